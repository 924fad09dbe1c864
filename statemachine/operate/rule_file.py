"""Rules in a file, suppressions or routes, in whatever form people have them.

One rule, a JSON list of them, or one after the other (JSON lines); as plain JSON, or as DynamoDB writes items: as
``aws dynamodb scan`` and ``get-item`` print them, and as an export of the table has them.
"""

from collections.abc import Iterator
from decimal import Decimal, DecimalException
from typing import Any

from boto3.dynamodb.types import TypeDeserializer

from statemachine import json_file
from statemachine.session import WrongInput

_KEY = ("finding_type", "rule")

_FORMS = (
    "Give one rule, a JSON list of suppression rules or routes, one a line, or what aws dynamodb scan prints."
)


def read_rules(path: str) -> list[dict[str, Any]]:
    """Read the rules, numbers as Decimal; raises WrongInput for what is no item with a key of its own.

    Whether the rules are any good is not judged here.
    """
    placed = list(_placed(path))
    rules = [_rule(given, f"{path}: {place}") for place, given in placed]
    keys: set[tuple[str, str]] = set()
    for (place, _), rule in zip(placed, rules, strict=True):
        key = (rule["finding_type"], rule["rule"])
        if key in keys:
            raise WrongInput(f"{path}: {place} has the same finding_type and rule as one before it.")
        keys.add(key)
    return rules


def _placed(path: str) -> Iterator[tuple[str, Any]]:
    """Give each rule as it stands in the file, and where that is."""
    found = json_file.documents(path, Decimal)
    number = 0
    for document in found:
        for given in _listed(document.value):
            number += 1
            line = f" (line {document.line})" if len(found) > 1 else ""
            yield f"rule {number}{line}", given
            if not isinstance(given, dict):
                raise WrongInput(f"{path}: rule {number}{line} is no JSON object. {_FORMS}")


def _listed(value: Any) -> list[Any]:
    if isinstance(value, dict) and isinstance(value.get("Items"), list):
        return list(value["Items"])
    return value if isinstance(value, list) else [value]


def _rule(given: dict[str, Any], where: str) -> dict[str, Any]:
    item = given["Item"] if isinstance(given.get("Item"), dict) else given
    rule = _plain(item, where) if isinstance(item.get("finding_type"), dict) else item
    if not all(isinstance(rule.get(name), str) and rule[name] for name in _KEY):
        raise WrongInput(f"{where} has no finding_type or no rule, which are its key. {_FORMS}")
    return rule


def _plain(item: dict[str, Any], where: str) -> dict[str, Any]:
    """Read an item in DynamoDB's form: each value under the name of its kind."""
    plain: dict[str, Any] = {}
    for name, value in item.items():
        try:
            plain[name] = TypeDeserializer().deserialize(value)
            if isinstance(plain[name], Decimal) and not plain[name].is_finite():
                raise ValueError("what is no number is read as NaN")
        except (AttributeError, DecimalException, TypeError, ValueError):
            raise WrongInput(
                f'{where}: {name} is not in DynamoDB\'s form, such as {{"S": "text"}}, as its finding_type is.'
            ) from None
    return plain
