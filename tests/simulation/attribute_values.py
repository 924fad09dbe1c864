"""DynamoDB's values as the table keeps them: pairs of a type and a content that nobody can change.

``{"N": "1.0"}`` is kept as ``("N", "1")``: two values are equal for DynamoDB where the pairs are.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
"""

import re
from collections.abc import Callable, Mapping
from decimal import Context, Decimal, DecimalException
from functools import lru_cache
from typing import Any

Value = tuple[str, Any]
Item = dict[str, Value]
Given = dict[str, Any]
"""A value, or an item, as boto3's client takes and gives it."""


class Unsupported(Exception):
    """What the simulation does not know; the text names it."""


class Refused(Exception):
    """What DynamoDB answers in place of a result: the error's code and message."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message


class Invalid(Refused):
    """A request that DynamoDB finds faulty."""

    def __init__(self, message: str) -> None:
        super().__init__("ValidationException", message)


_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_EXACT = Context(prec=400)
"""Adds the largest number to the smallest without rounding."""
_DIGITS = 38
_LARGEST, _SMALLEST = 125, -130
"""Powers of ten."""
_DEEPEST = 31
"""Lists and maps in each other; DynamoDB refuses more."""
_LONGEST_NAME = 65535


@lru_cache(maxsize=4096)
def number(text: str) -> str:
    """Write a number as DynamoDB answers it."""
    if not text.isascii():
        raise Unsupported(f"the number {text}")  # DynamoDB Local takes other scripts' digits
    if not _NUMBER.fullmatch(text):
        raise Invalid("A value provided cannot be converted into a number")
    try:
        return _written(Decimal(text))
    except DecimalException:
        raise Unsupported(f"the number {text}") from None


def added(left: str, right: str) -> str:
    """Add two numbers."""
    return _written(_EXACT.add(Decimal(left), Decimal(right)))


def subtracted(left: str, right: str) -> str:
    """Subtract a number from another."""
    return _written(_EXACT.subtract(Decimal(left), Decimal(right)))


def _written(exact: Decimal) -> str:
    if not exact:
        return "0"
    if exact.adjusted() > _LARGEST:
        raise Invalid(
            "Number overflow. Attempting to store a number with magnitude larger than supported range"
        )
    if exact.adjusted() < _SMALLEST:
        raise Invalid(
            "Number underflow. Attempting to store a number with magnitude smaller than supported range"
        )
    digits = "".join(map(str, exact.as_tuple().digits)).strip("0")
    if len(digits) > _DIGITS:
        raise Invalid("Attempting to store more than 38 significant digits in a Number")
    text = format(exact, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def value_of(given: Any) -> Value:
    """Read a value as boto3's client takes it."""
    value = _value_of(given)
    if value[0] in {"L", "M"} and _depth(value) > _DEEPEST:
        raise Unsupported(f"more than {_DEEPEST} lists and maps in each other")
    return value


def _value_of(given: Any) -> Value:
    if type(given) is not dict:
        raise Unsupported(f"the value {given!r}")
    if len(given) != 1:
        raise Invalid("Supplied AttributeValue must contain exactly one of the supported datatypes")
    [(kind, content)] = given.items()
    if kind == "S" and type(content) is str and content.isascii():
        return kind, content  # by far the most
    if kind not in _READ:
        raise Unsupported(f"the type {kind}")
    wanted, read = _READ[kind]
    if type(content) not in wanted:
        raise Unsupported(f"{kind} of {type(content).__name__}")
    return kind, read(content)


def _text(content: str) -> str:
    try:
        content.encode()
    except UnicodeEncodeError:
        raise Unsupported(f"the text {content!r}") from None
    return content


def _null(content: bool) -> bool:
    if not content:
        raise Invalid("Null attribute value types must have the value of true")
    return content


def _set(content: list[Any]) -> tuple[str, ...]:
    if any(type(each) is not str for each in content):
        raise Unsupported(f"the set {content!r}")
    if not content or "" in content:
        raise Invalid("An string set may not be empty, nor have a empty string as a member")
    if len(set(content)) < len(content):
        raise Invalid(f"Input collection {content} contains duplicates")
    return tuple(sorted(map(_text, content)))


def _list(content: list[Any]) -> tuple[Value, ...]:
    return tuple(map(_value_of, content))


def _map(content: Given) -> Item:
    return {_name(name): _value_of(each) for name, each in content.items()}


def _name(name: Any) -> str:
    if type(name) is not str:
        raise Unsupported(f"the attribute name {name!r}")
    if not name or len(_text(name).encode()) > _LONGEST_NAME:
        raise Invalid("Empty attribute name, or one that is too large")
    return name


_READ: dict[str, tuple[tuple[type, ...], Callable[[Any], Any]]] = {
    "S": ((str,), _text),
    "N": ((str,), number),
    "B": ((bytes,), bytes),
    "BOOL": ((bool,), bool),
    "NULL": ((bool,), _null),
    "SS": ((list, tuple), _set),
    "L": ((list, tuple), _list),
    "M": ((dict,), _map),
}


def _depth(value: Value) -> int:
    kind, content = value
    if kind == "L":
        return 1 + max(map(_depth, content), default=0)
    if kind == "M":
        return 1 + max(map(_depth, content.values()), default=0)
    return 0


def item_of(given: Any) -> Item:
    """Read an item, or a key, as boto3's client takes it."""
    if type(given) is not dict:
        raise Unsupported(f"the item {given!r}")
    return {_name(name): value_of(each) for name, each in given.items()}


def given_form(value: Value) -> Given:
    """Write a value as boto3's client gives it: a copy."""
    kind, content = value
    if kind == "SS":
        return {kind: list(content)}
    if kind == "L":
        return {kind: [given_form(each) for each in content]}
    if kind == "M":
        return {kind: given_item(content)}
    return {kind: content}


def given_item(item: Mapping[str, Value]) -> Given:
    """Write an item as boto3's client gives it: a copy."""
    return {name: given_form(value) for name, value in item.items()}


def size(item: Mapping[str, Value]) -> int:
    """Count an item's bytes as DynamoDB does."""
    return sum([_bytes(name) + _size(value) for name, value in item.items()])


def _size(value: Value) -> int:
    kind, content = value
    if kind == "S":
        return _bytes(content)
    measure = _SIZES.get(kind)
    return 1 if measure is None else measure(content)


def _bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode())


@lru_cache(maxsize=4096)
def _size_of_number(text: str) -> int:
    """One byte, one for each two digits as they stand on either side of the point, one for a minus."""
    if text == "0":
        return 1
    whole, _, fraction = text.lstrip("-").partition(".")
    pairs = whole.zfill(len(whole) + len(whole) % 2) + fraction.ljust(len(fraction) + len(fraction) % 2, "0")
    taken = re.sub(r"^(?:00)+|(?:00)+$", "", pairs)
    return 1 + len(taken) // 2 + text.startswith("-")


_SIZES: dict[str, Callable[[Any], int]] = {
    "N": _size_of_number,
    "B": len,
    "SS": lambda content: sum(map(_bytes, content)),
    "L": lambda content: 3 + sum(1 + _size(each) for each in content),
    "M": lambda content: 3 + len(content) + size(content),
}
