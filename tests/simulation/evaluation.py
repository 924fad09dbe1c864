"""What DynamoDB's operators and functions do with values, and what they refuse."""

import operator
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from tests.simulation.attribute_values import Invalid, Item, Unsupported, Value, added

Values = Mapping[str, Value]
Operand = Callable[[Item, Values], Value | None]
Check = Callable[[Values], None]

ORDERED = frozenset("SNB")
"""The types whose values have an order."""
_WRONG_TYPE = "An operand in the update expression has an incorrect data type"


def apart(paths: list[str]) -> tuple[str, ...]:
    if len(set(paths)) < len(paths):
        raise Invalid("Two document paths overlap with each other; must remove or rewrite one of these paths")
    return tuple(paths)


def has_type(name: str, types: frozenset[str]) -> Check:
    def check(values: Values) -> None:
        if values[name][0] not in types:
            raise Invalid(f"Incorrect operand type for operator or function: {values[name][0]}")

    return check


def is_range(lower: str, upper: str) -> Check:
    def check(values: Values) -> None:
        if not ordered(operator.le, values[lower], values[upper]):
            raise Invalid(
                "The BETWEEN operator requires upper bound to be greater than or equal to lower bound"
            )

    return check


def equal(left: Value | None, right: Value | None) -> bool:
    return left is not None and left == right


def ordered(order: Callable[[Any, Any], bool], left: Value | None, right: Value | None) -> bool:
    """Compare values of one type; Python orders texts as their bytes in UTF-8 are ordered."""
    if left is None or right is None or left[0] != right[0] or left[0] not in ORDERED:
        return False
    if left[0] == "N":
        return order(Decimal(left[1]), Decimal(right[1]))
    return order(left[1], right[1])


def begins_with(value: Value | None, start: Value | None) -> bool:
    if value is None or start is None or value[0] != start[0] or value[0] not in {"S", "B"}:
        return False
    return bool(value[1].startswith(start[1]))


def contains(value: Value | None, part: Value | None) -> bool:
    if value is None or part is None:
        return False
    if value[0] in {"S", "B"}:
        return part[0] == value[0] and part[1] in value[1]
    if value[0] == "SS":
        return part[0] == "S" and part[1] in value[1]
    return value[0] == "L" and part in value[1]


def members(value: Value | None) -> Value | None:
    """Count a set's members as size() does, which knows nothing of what is not there."""
    if value is None:
        return None
    if value[0] != "SS":
        raise Unsupported(f"the size of {value[0]}")
    return "N", str(len(value[1]))


def there(path: str) -> Operand:
    def operand(item: Item, values: Values) -> Value:
        if path not in item:
            raise Invalid("The provided expression refers to an attribute that does not exist in the item")
        return item[path]

    return operand


def calculated(calculate: Callable[[str, str], str], left: Value | None, right: Value | None) -> Value:
    if left is None or right is None or left[0] != "N" or right[0] != "N":
        raise Invalid(_WRONG_TYPE)
    return "N", calculate(left[1], right[1])


def grown(before: Value | None, more: Value) -> Value:
    if before is None:
        return more
    if before[0] != more[0]:
        raise Invalid(_WRONG_TYPE)
    if more[0] == "N":
        return "N", added(before[1], more[1])
    return "SS", tuple(sorted({*before[1], *more[1]}))


def shrunk(before: Value | None, less: Value) -> Value | None:
    if before is None:
        return None
    if before[0] != "SS":
        raise Invalid(_WRONG_TYPE)
    left = tuple(each for each in before[1] if each not in less[1])
    return ("SS", left) if left else None
