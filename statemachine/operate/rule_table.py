"""The suppression list's table as whoever edits it from a terminal needs it: all of it, and one rule written."""

from collections.abc import Callable
from decimal import DecimalException
from typing import Any

import click
from boto3.dynamodb.types import TypeSerializer
from botocore.exceptions import ClientError

from chalicelib.aws.rule_tables import plain
from chalicelib.rules import conditions, faults, sentences
from statemachine.operate.terminal import visible
from statemachine.session import WrongInput, client, code


def key(item: dict[str, Any]) -> tuple[str, str]:
    """Return what an item is known by: ``finding_type`` and ``rule``."""
    return str(item["finding_type"]), str(item["rule"])


def items(table: str) -> dict[tuple[str, str], dict[str, Any]]:
    """Read the whole table, consistently, by key; raises botocore's errors."""
    pages = client("dynamodb").get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
    return {key(item): item for page in pages for item in map(plain, page["Items"])}


def differences(old: dict[str, Any], new: dict[str, Any]) -> tuple[sentences.Change, ...]:
    """Return what writing ``new`` over ``old`` would change; the counters stay, so they never count."""
    return sentences.changes(_stored(old), _stored(new))


def _stored(item: dict[str, Any]) -> dict[str, Any]:
    """The item as the table gives it back: a whole number of a file is a Decimal there."""
    return plain(_serialized(item))


def put(table: str, rule: dict[str, Any]) -> bool:
    """Add a rule, unless somebody has just added one of its names."""
    return _written(
        rule,
        lambda: client("dynamodb").put_item(
            TableName=table, Item=_serialized(rule), ConditionExpression="attribute_not_exists(finding_type)"
        ),
    )


def replace(table: str, rule: dict[str, Any], old: dict[str, Any]) -> bool:
    """Replace what a rule says, not what is counted of it, unless somebody has changed it since it was ``old``."""
    fixed = {*conditions.NAMES, *sentences.COUNTERS}
    new = {name: value for name, value in _serialized(rule).items() if name not in fixed}
    before = {name: value for name, value in _serialized(old).items() if name not in fixed}
    alias = {name: f"#n{place}" for place, name in enumerate(sorted({*new, *before}))}
    update = "SET " + ", ".join(f"{alias[name]} = :new{place}" for place, name in enumerate(new))
    gone = ", ".join(alias[name] for name in sorted(before.keys() - new.keys()))
    same = (f"{alias[name]} = :old{place}" for place, name in enumerate(before))
    values = {f":new{place}": value for place, value in enumerate(new.values())}
    values |= {f":old{place}": value for place, value in enumerate(before.values())}
    return _written(
        rule,
        lambda: client("dynamodb").update_item(
            TableName=table,
            Key={name: {"S": rule[name]} for name in conditions.NAMES},
            UpdateExpression=f"{update} REMOVE {gone}" if gone else update,
            ConditionExpression=" AND ".join(["attribute_exists(finding_type)", *same]),
            ExpressionAttributeNames={short: name for name, short in alias.items()},
            ExpressionAttributeValues=values,
        ),
    )


def _written(rule: dict[str, Any], write: Callable[[], Any]) -> bool:
    try:
        write()
    except ClientError as error:
        if code(error) != "ConditionalCheckFailedException":
            raise
        names = " / ".join(map(faults.shown, key(rule)))
        click.echo(visible(f"Not written: somebody else has just changed {names}."), err=True)
        return False
    return True


def _serialized(item: dict[str, Any]) -> dict[str, Any]:
    try:
        return {name: TypeSerializer().serialize(value) for name, value in item.items()}
    except (DecimalException, TypeError) as error:
        names = " / ".join(map(faults.shown, key(item)))
        raise WrongInput(f"{names}: DynamoDB can't hold it ({type(error).__name__}).") from None
