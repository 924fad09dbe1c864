"""JSONPath as the state machine's definition uses it: paths, payload templates, an intrinsic, choice rules.

Everything is read once, when an interpreter is made, into functions that only look things up afterwards. What is
written otherwise than these functions know is refused then.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

Context = Mapping[str, Any]
"""The context object: what ``$$`` is."""

Value = Callable[[Any, Context], Any]
"""Makes a value of a state's input and the context object."""

Rule = Callable[[Any], bool]
"""Says of a state's input whether a choice rule matches."""

Steps = tuple[str | int, ...]
"""The names and indices from a value down to a part of it."""

MISSING: Final = object()
"""What a path finds where nothing stands."""

CONTEXT = (
    "$$.Execution.Id",
    "$$.Execution.Name",
    "$$.Execution.StartTime",
    "$$.Execution.Input",
    "$$.State.Name",
    "$$.State.EnteredTime",
    "$$.State.RetryCount",
)
"""What of the context object there is here."""

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_PATH = re.compile(r"\$(?:\.[A-Za-z_]\w*|\[\d+\])*")
_STEP = re.compile(r"\.(\w+)|\[(\d+)\]")
_INTRINSIC = re.compile(r"(States\.\w+)\((.*)\)", re.DOTALL)
_ARGUMENT = re.compile(r"\s*(?:'((?:[^'\\]|\\.)*)'|(\$[^\s,]*))\s*(?:,|$)", re.DOTALL)
_PART = re.compile(r"\\([\\'{}])|(\{\})|([^\\{}]+)", re.DOTALL)


class Unsupported(Exception):
    """A definition says what this interpreter does not know."""


class StateError(Exception):
    """What a task or a state fails with."""

    def __init__(self, error: str, cause: str = "") -> None:
        super().__init__(error, cause)
        self.error = error
        self.cause = cause


def written_as(value: Any) -> str:
    """Write a value as Step Functions passes it on: compact JSON."""
    return _ENCODER.encode(value)


def known(written: Any, fields: Iterable[str], where: str) -> Mapping[str, Any]:
    """Refuse what is no object of these fields alone."""
    if not isinstance(written, Mapping):
        raise Unsupported(f"{where}: {written!r} is no object")
    for name in written:
        if name not in fields:
            raise Unsupported(f"{where}: the field {name} is not supported")
    return written


# --- paths


def steps(path: Any, where: str) -> Steps:
    """Read a path into a state's input: ``$``, ``$.name.other``, ``$.list[0]``."""
    if not isinstance(path, str) or not _PATH.fullmatch(path):
        raise Unsupported(f"{where}: the path {path!r} is not supported")
    return tuple(name or int(index) for name, index in _STEP.findall(path))


def find(value: Any, way: Steps) -> Any:
    """Return what stands at a path, or `MISSING`."""
    for step in way:
        if isinstance(value, dict) if isinstance(step, str) else isinstance(value, list):
            try:
                value = value[step]
            except LookupError:
                return MISSING
        else:
            return MISSING
    return value


def put(value: Any, way: Steps, part: Any) -> Any:
    """Return a copy of a value with a part of it replaced or added; the value itself stays as it is."""
    if not way:
        return part
    if not isinstance(value, dict):
        raise StateError(
            "States.ResultPathMatchFailure", f"{way[0]} can't be put into {type(value).__name__}"
        )
    first, *rest = way
    return {**value, first: put(value.get(first, {}), tuple(rest), part)}


def at(path: Any, where: str) -> Value:
    """Read a path into the input or the context object; where nothing stands there, that is an error.

    An execution's history on AWS names that error States.Runtime, also in Parameters, for which the documents know
    a States.ParameterPathFailure, too. It is the stricter of both: nothing catches it.
    """
    if isinstance(path, str) and path.startswith("$$"):
        if not any(path == each or path.startswith(f"{each}.") for each in CONTEXT):
            raise Unsupported(f"{where}: the path {path!r} is not supported")
        return _found(steps(path[1:], where), path, where, of_context=True)
    return _found(steps(path, where), path, where, of_context=False)


def _found(way: Steps, path: str, where: str, *, of_context: bool) -> Value:
    field = where.rsplit(": ", 1)[-1]

    def value(given: Any, context: Context) -> Any:
        whole = context if of_context else given
        found = find(whole, way)
        if found is MISSING:
            raise StateError(
                "States.Runtime",
                f"The JSONPath '{path}' specified for the field '{field}' could not be found in the input "
                f"'{written_as(whole)}'",
            )
        return found

    return value


# --- payload templates


def template(written: Any, where: str) -> Value:
    """Read a payload template: an object, in which what is named ``….$`` is a path or an intrinsic."""
    if not isinstance(written, Mapping):
        raise Unsupported(f"{where}: {written!r} is no object")
    return _node(written, where)


def _node(written: Any, where: str) -> Value:
    if isinstance(written, Mapping):
        members = dict(_member(name, each, where) for name, each in written.items())
        if len(members) < len(written):
            raise Unsupported(f"{where}: a field stands there twice, as a value and as a path")
        return lambda given, context: {name: make(given, context) for name, make in members.items()}
    if isinstance(written, list):
        items = [_node(each, where) for each in written]
        return lambda given, context: [make(given, context) for make in items]
    return lambda given, context: written


def _member(name: str, written: Any, where: str) -> tuple[str, Value]:
    place = f"{where}: {name}"
    if not name.endswith(".$"):
        return name, _node(written, place)
    intrinsic = _INTRINSIC.fullmatch(written) if isinstance(written, str) else None
    if intrinsic:
        return name[:-2], _intrinsic(intrinsic[1], intrinsic[2], place)
    return name[:-2], at(written, place)


def _intrinsic(name: str, arguments: str, where: str) -> Value:
    if name != "States.Format":
        raise Unsupported(f"{where}: the intrinsic {name} is not supported")
    read = _arguments(arguments, where)
    if not read or not isinstance(read[0], str):
        raise Unsupported(f"{where}: States.Format is not supported without a text of its own")
    parts = _parts(read[0], where)
    values = [each for each in read[1:] if not isinstance(each, str)]
    if len(values) < len(read) - 1:
        raise Unsupported(f"{where}: a text in place of {{}} is not supported")
    if parts.count(None) != len(values):
        raise Unsupported(f"{where}: {{}} and what is to stand for it differ in number: {arguments}")

    def text(given: Any, context: Context) -> str:
        fillings = iter([_shown(make(given, context)) for make in values])
        return "".join(next(fillings) if part is None else part for part in parts)

    return text


def _arguments(written: str, where: str) -> list[str | Value]:
    """Read an intrinsic's arguments: texts, as they are written, and paths."""
    read: list[str | Value] = []
    position = 0
    while position < len(written):
        argument = _ARGUMENT.match(written, position)
        if not argument:
            raise Unsupported(f"{where}: the argument {written[position:]!r} is not supported")
        read.append(argument[1] if argument[2] is None else at(argument[2], where))
        position = argument.end()
    return read


def _parts(text: str, where: str) -> list[str | None]:
    """Cut a text at its ``{}``, which are None; a brace that is meant is written ``\\{``."""
    parts: list[str | None] = []
    position = 0
    while position < len(text):
        part = _PART.match(text, position)
        if not part:
            raise Unsupported(f"{where}: {text[position:]!r} is not supported in a text")
        parts.append(None if part[2] else part[1] or part[3])
        position = part.end()
    return parts


def _shown(value: Any) -> str:
    if isinstance(value, dict | list):
        raise StateError("States.IntrinsicFailure", "States.Format takes texts, numbers, booleans and null")
    return value if isinstance(value, str) else json.dumps(value)


# --- choice rules

_RULES_OF_RULES = ("And", "Or", "Not")


def rule(written: Any, where: str) -> Rule:
    """Read a choice rule, without the state that comes next."""
    operators = list(known(written, (*_RULES_OF_RULES, "Variable", *_OPERATORS), where))
    if operators and operators[0] in _RULES_OF_RULES and len(operators) == 1:
        return _combined(operators[0], written[operators[0]], where)
    if len(operators) != 2 or "Variable" not in operators or set(operators) & set(_RULES_OF_RULES):
        raise Unsupported(f"{where}: no rule of one operator: {', '.join(operators)}")
    [operator] = set(operators) - {"Variable"}
    return _compared(written["Variable"], operator, written[operator], where)


def _combined(operator: str, written: Any, where: str) -> Rule:
    if operator == "Not":
        negated = rule(written, f"{where}: Not")
        return lambda given: not negated(given)
    if not isinstance(written, list) or not written:
        raise Unsupported(f"{where}: {operator} of nothing")
    rules = [rule(each, f"{where}: {operator}") for each in written]
    every = all if operator == "And" else any
    return lambda given: every(each(given) for each in rules)


def _compared(variable: Any, operator: str, operand: Any, where: str) -> Rule:
    kind, compare = _OPERATORS[operator]
    if operator == "IsPresent":
        way = steps(variable, f"{where}: Variable")
        wanted = _of_kind(operand, bool, f"{where}: IsPresent")
        return lambda given: (find(given, way) is not MISSING) is wanted
    of = at(variable, f"{where}: Variable")
    if operator.endswith("Path"):
        other = at(operand, f"{where}: {operator}")
    else:
        fixed = _of_kind(operand, kind, f"{where}: {operator}")
        other = lambda given, context: fixed  # noqa: E731 - the other branch's is a function, too
    if str(variable).startswith("$$") or str(operand).startswith("$$"):
        raise Unsupported(f"{where}: the context object is not supported in a rule")

    def matches(given: Any) -> bool:
        left, right = of(given, {}), other(given, {})
        return _is(left, kind) and _is(right, kind) and compare(left, right)

    return matches


def _of_kind(operand: Any, kind: Any, where: str) -> Any:
    if not _is(operand, kind):
        raise Unsupported(f"{where}: {operand!r} is not supported")
    return operand


def _is(value: Any, kind: Any) -> bool:
    """Numbers are no booleans, as Python thinks."""
    return isinstance(value, kind) and (kind is bool or not isinstance(value, bool))


_OPERATORS: dict[str, tuple[Any, Callable[[Any, Any], bool]]] = {
    "IsPresent": (bool, lambda left, right: left is right),
    "BooleanEquals": (bool, lambda left, right: left is right),
    "StringEquals": (str, lambda left, right: left == right),
    "StringEqualsPath": (str, lambda left, right: left == right),
    "NumericLessThan": (int | float, lambda left, right: left < right),
    "NumericGreaterThanEquals": (int | float, lambda left, right: left >= right),
}
"""What each operator compares, and how."""
