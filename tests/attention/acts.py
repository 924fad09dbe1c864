"""Acts on a finding's answer, as the attention machine asks for them: on a local AWS, in a time of the test's own."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any

from chalicelib.ledger import watch
from chalicelib.ledger.watch import Watch
from statemachine.local import local_aws
from statemachine.local.slack_stand_in import SlackStandIn
from tests.machine import Machine
from tests.promises.common import NOON, ONE

OPENING = "2026-11-20T10:00:00.000Z"
EXECUTION = "arn:aws:states:us-east-1:123456789012:execution:guardduty-notifier-dev-attention:one"


@contextmanager
def asking(slack: SlackStandIn) -> Iterator[Machine]:
    """A machine whose findings ask for an answer; nobody looks for one but the test."""
    with Machine(slack, at=NOON, ANSWER_WITHIN="critical=15m high=24h") as machine:
        machine.aws.client("stepfunctions").update_state_machine(
            stateMachineArn=local_aws.ATTENTION,
            definition=json.dumps({"StartAt": "Nobody", "States": {"Nobody": {"Type": "Succeed"}}}),
        )
        yield machine


def act(
    machine: Machine,
    what: str,
    finding_id: str = ONE,
    execution: str = EXECUTION,
    *,
    tries: int = 0,
    looked: Mapping[str, Any] = MappingProxyType({}),
) -> Any:
    """Do it, as the states ShowAnswer and Remind."""
    attention = {"finding_id": finding_id, "opening": watched(machine, finding_id).opening, "act": what}
    request = {"attention": attention, "execution": execution, "retry_count": tries, "looked": {**looked}}
    return machine.invoke("post-to-slack", request)


def watched(machine: Machine, finding_id: str = ONE) -> Watch:
    """The watch in a finding's item."""
    found = watch.read(machine.item(finding_id)["attention"])
    assert found is not None
    return found


def notice(machine: Machine, finding_id: str = ONE, **changes: Any) -> None:
    """Write what a look would have noticed."""
    written = watch.changes(watched(machine, finding_id).with_(**changes))
    machine.aws.client("dynamodb").update_item(
        TableName="guardduty-notifier-local-notifications",
        Key={"finding_id": {"S": finding_id}},
        UpdateExpression="SET attention = :a, awaits = :b, awaits_since = :c ADD v :one",
        ExpressionAttributeValues={
            ":a": {"S": written["attention"]},
            ":b": {"S": written["awaits"]},
            ":c": {"S": written["awaits_since"]},
            ":one": {"N": "1"},
        },
    )
