"""Whether what somebody is to answer is looked after: the machine that keeps time, the index, and its executions."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from chalicelib.attention import schedule
from chalicelib.ledger import watch
from chalicelib.ledger.claim import instant
from statemachine.deploy import definition, executions
from statemachine.operate.checks import Check, StagePlace, indexes
from statemachine.session import client

MANY_RUNNING = 5_000
"""More than anybody answers, and each looks at Slack."""
_SETTLED = timedelta(hours=1)
"""The hourly look starts anew what was lost."""
_MOST_OPEN = 2_000
"""Entries looked at, the oldest first: an answer in time, and what is lost is lost in numbers."""

_BATCH = 100
"""https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html"""

_OFF = "not looked at: ANSWER_WITHIN is off"


def machine_as_here(place: StagePlace, name: str) -> Check:
    """The attention machine is there, and has this folder's definition."""
    if not place.stage.answer_within:
        return Check(name, None, _OFF)
    hint = f"make deploy STAGE={place.stage.name}"
    stepfunctions = client("stepfunctions")
    try:
        found = stepfunctions.describe_state_machine(stateMachineArn=_machine(place))
    except stepfunctions.exceptions.StateMachineDoesNotExist:
        return Check(name, False, "missing", hint)
    if found.get("status", "ACTIVE") != "ACTIVE":
        return Check(name, False, f"it is {found['status']}", f"Wait until it is gone, then: {hint}")
    if json.loads(found["definition"]) != _wanted(place):
        return Check(name, False, "it has another definition", hint)
    return Check(name, True, "that of this folder")


def _wanted(place: StagePlace) -> dict[str, Any]:
    functions = {definition.function_placeholder(each): each for each in place.stage.functions}
    values = {
        placeholder: place.arn("lambda", f"function:{place.stage.function(functions[placeholder])}")
        for placeholder in definition.placeholders(definition.ATTENTION)
    }
    return definition.definition(values, definition.ATTENTION)


def index_active(place: StagePlace, name: str) -> Check:
    """The index that lists what is open can be asked."""
    if not place.stage.answer_within:
        return Check(name, None, _OFF)
    return indexes.judge(place, name, _index_status(place))


def _index_status(place: StagePlace) -> str:
    return indexes.status(place, watch.INDEX)


def executions_run(place: StagePlace, name: str) -> Check:
    """What is open has an execution that keeps its time, and there are not too many of them."""
    if not place.stage.answer_within:
        return Check(name, None, _OFF)
    if _index_status(place) != "ACTIVE":
        return Check(name, None, "not looked at: there is no index to ask")
    running = [arn.rsplit(":", 1)[1] for arn in executions.running(_machine(place))]
    if len(running) > MANY_RUNNING:
        hint = (
            "Is ANSWER_WITHIN for what nobody answers? Leave that severity out, or suppress what is no news."
        )
        return Check(name, False, f"{len(running):,} findings wait for an answer", hint)
    lost = [each for each, named in _open(place) if not any(_is_of(one, named) for one in running)]
    if lost:
        hint = (
            "The hourly look starts such executions anew: is Reconcile on? The log of"
            f" {place.stage.function('replay-findings')} says what kept it from that."
        )
        return Check(name, False, f"{len(lost)} wait for an answer and nothing keeps time: {lost[0]}", hint)
    return Check(name, True, f"{len(running):,} findings wait for an answer")


def _is_of(execution: str, name: str) -> bool:
    """Know an execution by the name of the first for the same opening; those started anew have a number behind it."""
    return execution == name or (execution.startswith(f"{name}-") and execution[len(name) + 1 :].isdecimal())


def _open(place: StagePlace) -> Iterator[tuple[str, str]]:
    """What has been open for more than an hour, and is still waited for: finding, and its first execution's name."""
    now = datetime.now(UTC)
    asked = (
        client("dynamodb")
        .get_paginator("query")
        .paginate(
            TableName=indexes.table(place),
            IndexName=watch.INDEX,
            KeyConditionExpression="awaits = :what AND awaits_since BETWEEN :since AND :until",
            ExpressionAttributeValues={
                ":what": {"S": watch.ANSWER},
                ":since": {"S": instant(now - schedule.LASTS)},
                ":until": {"S": instant(now - _SETTLED)},
            },
        )
    )
    listed = ({"finding_id": each["finding_id"]} for page in asked for each in page["Items"])
    keys = list(islice(listed, _MOST_OPEN))
    for start in range(0, len(keys), _BATCH):
        for item in _items(place, keys[start : start + _BATCH]):
            found = watch.read(item.get("attention", {}).get("S", ""))
            if found and found.is_open:  # the index follows a little later
                key = item["finding_id"]["S"]
                yield key, watch.execution_name(key, found.opening)


def _items(place: StagePlace, keys: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    dynamodb = client("dynamodb")
    asked = {indexes.table(place): {"Keys": keys, "ProjectionExpression": "finding_id, attention"}}
    while asked:
        answer = dynamodb.batch_get_item(RequestItems=asked)
        yield from answer["Responses"].get(indexes.table(place), [])
        asked = answer.get("UnprocessedKeys", {})


def _machine(place: StagePlace) -> str:
    return place.arn("states", f"stateMachine:{place.stage.stack}-attention")
