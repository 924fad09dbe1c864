"""The arguments of boto3's client that the table's operations have in common."""

from collections.abc import Callable, Collection
from typing import Any

from tests.simulation import expressions
from tests.simulation.attribute_values import (
    Given,
    Invalid,
    Item,
    Unsupported,
    given_form,
    given_item,
    value_of,
)
from tests.simulation.evaluation import Values
from tests.simulation.expression_tokens import Names, Parsed, is_placeholder

Arguments = dict[str, Any]
Project = Callable[[Item], Given]

_RETURN_VALUES = ("NONE", "ALL_OLD", "ALL_NEW")
_NO_VALUES: Values = {}


def required(arguments: Arguments, name: str) -> Any:
    """Give an argument that has to be there."""
    if arguments.get(name) is None:
        raise Unsupported(f"no {name}")
    return arguments[name]


def return_values(arguments: Arguments, *possible: str) -> str:
    """Say what is to be answered of the item."""
    wanted = arguments.get("ReturnValues", "NONE")
    if wanted not in _RETURN_VALUES:
        raise Unsupported(f"ReturnValues {wanted!r}")
    if wanted not in possible:
        raise Invalid("Return values set to invalid value")
    return str(wanted)


def conditional(
    arguments: Arguments,
) -> tuple[expressions.Test | None, tuple[expressions.Change, ...], Values]:
    """Read the condition, the update's changes and the values of both."""
    named, values = names_of(arguments), values_of(arguments)
    parsed: list[Parsed[Any]] = []
    holds, changes = None, ()
    if "ConditionExpression" in arguments:
        parsed.append(expressions.condition(arguments["ConditionExpression"], named))
        holds = parsed[-1].body
    if "UpdateExpression" in arguments:
        parsed.append(expressions.update(arguments["UpdateExpression"], named))
        changes = parsed[-1].body
    check(parsed, named, values)
    return holds, changes, values


def projection(arguments: Arguments) -> Project:
    """Read which attributes are to be answered; no other expression is there to use the names."""
    parsed = _projected(arguments)
    check(parsed, names_of(arguments), _NO_VALUES)
    return project(parsed)


def key_condition(
    arguments: Arguments,
) -> tuple[tuple[expressions.KeyCondition, ...], Values, Project]:
    """Read what is asked for by key, and which attributes of it are to be answered."""
    named, values = names_of(arguments), values_of(arguments)
    asked = expressions.key_condition(required(arguments, "KeyConditionExpression"), named)
    parsed = _projected(arguments)
    check([asked, *parsed], named, values)
    return asked.body, values, project(parsed)


def _projected(arguments: Arguments) -> list[Parsed[tuple[str, ...]]]:
    if "ProjectionExpression" not in arguments:
        return []
    return [expressions.projection(arguments["ProjectionExpression"], names_of(arguments))]


def project(parsed: list[Parsed[tuple[str, ...]]]) -> Project:
    """Make what copies an item's wanted attributes."""
    if not parsed:
        return given_item
    wanted = parsed[0].body
    return lambda item: {name: given_form(item[name]) for name in wanted if name in item}


def names_of(arguments: Arguments) -> Names:
    """Read ExpressionAttributeNames."""
    given = arguments.get("ExpressionAttributeNames")
    if given is None:
        return ()
    _well_named(given, "#", "ExpressionAttributeNames")
    if any(type(name) is not str for name in given.values()):
        raise Unsupported(f"the names {given!r}")
    if "" in given.values():
        raise Invalid("ExpressionAttributeNames contains invalid value: Empty attribute name")
    return tuple(given.items())


def values_of(arguments: Arguments) -> Values:
    """Read ExpressionAttributeValues."""
    given = arguments.get("ExpressionAttributeValues")
    if given is None:
        return _NO_VALUES
    _well_named(given, ":", "ExpressionAttributeValues")
    return {name: value_of(value) for name, value in given.items()}


def _well_named(given: Any, mark: str, argument: str) -> None:
    if type(given) is not dict:
        raise Unsupported(f"{argument} {given!r}")
    if not given or not all(is_placeholder(name, mark) for name in given):
        raise Invalid(f"{argument} must not be empty, nor contain an invalid key")


def check(parsed: Collection[Parsed[Any]], names: Names, values: Values) -> None:
    """Refuse values that are not there, used by no expression or of the wrong type, and names that none uses."""
    used = set().union(*[each.values for each in parsed])
    if used != values.keys():
        raise Invalid(f"ExpressionAttributeValues not defined, or unused: {sorted(used ^ values.keys())}")
    if names and set().union(*[each.names for each in parsed]) != {name for name, _ in names}:
        raise Invalid("Value provided in ExpressionAttributeNames unused in expressions")
    for each in parsed:
        for demand in each.checks:
            demand(values)
