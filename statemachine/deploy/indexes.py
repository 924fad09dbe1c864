"""A table that is there already gets its indexes one by one: CloudFormation makes one in an update, and waits for none.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-table.html
"""

import time
from collections.abc import Iterator, Sequence
from typing import Any

from statemachine.deploy import stack, template_text, watch
from statemachine.deploy.stack import Json, Stage
from statemachine.deploy.watch import say
from statemachine.session import client

TABLE = "NotificationsTable"
"""The template's name of the only table that has indexes."""
_INDEXES, _ATTRIBUTES = "GlobalSecondaryIndexes", "AttributeDefinitions"


def bodies(stage: Stage, kind: str) -> Iterator[str]:
    """Write the templates to deploy, one after the other: each brings one index at most, the last is whole.

    ``kind`` is the change set's: CREATE makes the table with all of them. Who has deployed one asks for the next,
    which comes when the table takes another index.
    """
    whole = stack.filled(stage.parameters)
    there = _names(_deployed(stage)) if kind == "UPDATE" else _names(whole)
    missing = [name for name in _names(whole) if name not in there]
    for number, name in enumerate(missing, 1):
        _wait_until_active(stage)
        if later := missing[number:]:
            say(f"The index {name} first: CloudFormation makes one in an update. Then {', '.join(later)}.")
            yield template_text.write(without(whole, later))
    yield template_text.write(whole)


def without(template: Json, names: Sequence[str]) -> Json:
    """Leave indexes out of the template, and the attributes that no other key names: DynamoDB wants no others."""
    table = template["Resources"][TABLE]
    made = table["Properties"]
    indexes = [each for each in made[_INDEXES] if each["IndexName"] not in names]
    schemas = (made["KeySchema"], *(each["KeySchema"] for each in indexes))
    keys = {key["AttributeName"] for schema in schemas for key in schema}
    attributes = [each for each in made[_ATTRIBUTES] if each["AttributeName"] in keys]
    kept = {name: value for name, value in made.items() if name != _INDEXES} | {_ATTRIBUTES: attributes}
    left = {**table, "Properties": kept | ({_INDEXES: indexes} if indexes else {})}
    return {**template, "Resources": {**template["Resources"], TABLE: left}}


def _names(template: Json) -> list[str]:
    made = template["Resources"].get(TABLE, {}).get("Properties", {})
    return [each["IndexName"] for each in made.get(_INDEXES, [])]


def _deployed(stage: Stage) -> Json:
    """Read the template that the stack has: CloudFormation compares with it, and not with the table."""
    found = client("cloudformation").get_template(StackName=stage.stack)["TemplateBody"]
    return template_text.read(found) if isinstance(found, str) else found


def _wait_until_active(stage: Stage) -> None:
    """Wait until no index is being made: the table takes no other change until then."""
    said: set[str] = set()
    while busy := _being_made(stage):
        if new := busy - said:
            say(f"The index {', '.join(sorted(new))} is being made: that takes minutes.")
            said |= new
        time.sleep(watch.PAUSE)


def _being_made(stage: Stage) -> set[str]:
    table = client("dynamodb").describe_table(TableName=f"{stage.stack}-notifications")["Table"]
    found: list[dict[str, Any]] = table.get(_INDEXES, [])
    return {each["IndexName"] for each in found if each.get("IndexStatus", "ACTIVE") != "ACTIVE"}
