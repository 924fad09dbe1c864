"""The rule offered for a finding: in the output of every execution that showed it, and of no other."""

from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.finding.event import parse
from chalicelib.rules.suggested_rule import suggest
from statemachine.local.slack_stand_in import SlackFault, SlackStandIn
from tests.machine import Machine, Outcome, event, finding, lambda_error, shown
from tests.promises.common import NOON, ONE, suppress


@pytest.fixture
def machine(slack: SlackStandIn) -> Iterator[Machine]:
    with Machine(slack, at=NOON) as local:
        yield local


# --- where it is found


def offered(outcome: Outcome) -> dict[str, Any] | None:
    """What an execution's output offers, at its top."""
    rule: dict[str, Any] | None = outcome.output["suggested_rule"]
    return rule


def test_whatever_was_posted_updated_or_replied_offers_it(machine: Machine) -> None:
    outcomes = [machine.run(each) for each in (finding(1), finding(1, 5), finding(1, 10, severity=8.5))]
    assert [each.output["decision"] for each in outcomes] == ["post", "update", "reply"]
    assert [offered(each) for each in outcomes] == [
        suggest(parse(finding(1, severity=severity)), NOON) for severity in (8, 8, 8.5)
    ]
    assert all(offered(each) for each in outcomes)


def test_what_a_webhook_keeps_quiet_about_offers_it(slack: SlackStandIn) -> None:
    with Machine(slack, at=NOON, secret=slack.webhook_url) as machine:
        machine.run(finding(1))
        outcome = machine.run(finding(1, 5))
    assert (outcome.end, outcome.output["decision"]) == ("Notified", "nothing")
    assert offered(outcome)


def test_after_a_wait_it_is_offered_of_the_day_of_the_post(slack: SlackStandIn) -> None:
    with Machine(slack, at=NOON, SLACK_MESSAGES_PER_SECOND="0.1") as machine:
        machine.run(finding(2))
        outcome = machine.run(finding(1))
        waited = next(step for step in outcome.steps if step.state == "WaitForSlack")
    assert waited.input["suggested_rule"] is None
    assert (outcome.end, offered(outcome)) == ("Notified", suggest(parse(finding(1)), NOON))


def test_what_record_notification_writes_down_offers_it(machine: Machine) -> None:
    with machine.dynamodb_down():
        arn = machine.start(finding(1))
        machine.pass_time(minutes=10)
    outcome = machine.wait(arn)
    assert outcome.states[-3:] == ["RecordNotification", "Posted?", "Notified"]
    assert offered(outcome)


def test_what_was_posted_although_its_answer_was_lost_offers_it(machine: Machine) -> None:
    lost = iter([True])

    def lose(name: str, _: Any) -> None:
        if name == "post-to-slack" and next(lost, False):
            raise lambda_error("Lambda.Unknown")

    machine.disturb_answer = lose
    outcome = machine.run(finding(1))
    assert (outcome.end, outcome.output["decision"]) == ("Notified", "already")
    assert len(machine.messages()) == 1
    assert offered(outcome)


def test_what_was_not_shown_offers_nothing(machine: Machine) -> None:
    machine.run(finding(1, 5))
    duplicate, older = machine.run(finding(1, 5)), machine.run(finding(1))
    suppress(machine)
    stamped, hidden = machine.run(finding(1, 10)), machine.run(finding(2))
    outcomes = (duplicate, older, stamped, hidden)
    assert [each.end for each in outcomes] == ["AlreadyNotified", "Superseded", "Suppressed", "Suppressed"]
    assert [offered(each) for each in outcomes] == [None] * 4


@pytest.mark.parametrize(
    "made",
    [
        pytest.param(event("sample"), id="sample"),
        pytest.param(event() | {"source": "guardduty-notifier.test"}, id="test"),
    ],
)
def test_a_sample_or_a_test_that_is_posted_offers_nothing(machine: Machine, made: dict[str, Any]) -> None:
    outcome = machine.run(made)
    assert (outcome.end, offered(outcome)) == ("Notified", None)


def test_no_message_carries_it(machine: Machine, slack: SlackStandIn) -> None:
    slack.script(SlackFault(error="invalid_blocks"))
    for made in (finding(1), finding(2), finding(2, 5, severity=8.5)):
        machine.run(made)
    assert len(machine.messages()) == 3
    for message in machine.messages():
        assert "max_severity" not in shown(message) and "finding_type" not in shown(message)


def test_added_with_a_reason_it_suppresses_the_recurrence_and_nothing_else(machine: Machine) -> None:
    rule = offered(machine.run(finding(1)))
    assert rule
    machine.suppress(**rule | {"reason": "We know it."})
    assert machine.run(finding(1, 5)).end == "Suppressed"
    other = finding(2)
    other["detail"]["resource"]["instanceDetails"]["instanceId"] = "i-0fedcba9876543210"
    assert machine.run(other).end == "Notified"
    assert len(machine.posts(ONE)) == 1
