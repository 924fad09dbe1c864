"""Some of the same on Amazon's own DynamoDB, run here: what moto's stand-in says of conditions is not all ours."""

from collections.abc import Iterator

import pytest

from statemachine.local.slack_stand_in import SlackFault, SlackStandIn
from tests.fakes.dynamodb_local import DynamoDBLocalMissing, dynamodb_local
from tests.machine import Machine, finding
from tests.promises.common import NOON, ONE, given, says_repeated, suppress, times_seen


@pytest.fixture
def machine(slack: SlackStandIn) -> Iterator[Machine]:
    """A machine whose tables are in a DynamoDB Local of its own."""
    try:
        with dynamodb_local() as url, Machine(slack, at=NOON, AWS_ENDPOINT_URL_DYNAMODB=url) as local:
            yield local
            given(not local.dynamodb_calls, "something went to moto's tables")
    except DynamoDBLocalMissing as missing:
        pytest.skip(str(missing))


def test_a_post_that_slack_did_not_answer_is_never_repeated_unmarked(
    machine: Machine, slack: SlackStandIn
) -> None:
    slack.script(SlackFault(reset=True, taken=True, method="chat.postMessage"), SlackFault(status=503))
    machine.run(finding(1))
    _, *repetitions = machine.posts(ONE)
    assert all(map(says_repeated, repetitions))


def test_a_message_is_never_overwritten_by_an_older_update_that_a_rule_hides(machine: Machine) -> None:
    machine.run(finding(1, 5, service={"count": 40}))
    suppress(machine)
    machine.run(finding(1, 0, service={"count": 2}))
    [message] = machine.messages()
    assert times_seen(message) == [40]
