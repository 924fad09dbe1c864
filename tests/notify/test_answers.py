"""What the output of an execution says: what was decided, and why; who posted, when, and where."""

from collections.abc import Iterator

import pytest

from chalicelib.ledger.claim import instant
from statemachine.local.slack_stand_in import SlackStandIn
from tests.machine import Machine, Outcome, finding, lambda_error
from tests.promises.common import NOON, ONE, says_repeated, suppress


@pytest.fixture
def machine(slack: SlackStandIn) -> Iterator[Machine]:
    with Machine(slack, at=NOON, SLACK_MESSAGES_PER_SECOND="0.1") as local:
        yield local


def permalink(machine: Machine) -> str:
    """What leads to the finding's message."""
    item = machine.item(ONE)
    return f"https://slack.com/archives/{item['channel']}/p{item['ts'].replace('.', '')}"


def decided(outcome: Outcome) -> tuple[str, str, str]:
    """How an execution ended, and what its output says first; the answer itself says the same."""
    output = outcome.output
    assert (output["decision"], output["why"]) == (output["posted"]["decision"], output["posted"]["why"])
    return outcome.end, output["decision"], output["why"]


def test_a_duplicate_names_who_posted_when_and_where(machine: Machine) -> None:
    first = machine.run(finding(1))
    posted_at = machine.item(ONE)["notified_at"]
    machine.pass_time(minutes=10)
    second = machine.run(finding(1))
    end, decision, why = decided(second)
    assert (end, decision) == ("AlreadyNotified", "already")
    assert (second.output["posted"]["by"], second.output["posted"]["at"]) == (first.arn, posted_at)
    assert first.arn in why
    assert posted_at in why
    assert second.output["permalink"] == permalink(machine)
    assert second.output["channel"] == machine.item(ONE)["channel"]


def test_a_duplicate_of_what_waits_for_its_turn_names_who_has_it(machine: Machine) -> None:
    machine.run(finding(2))
    first, second = machine.start(finding(1)), machine.start(finding(1))
    assert (machine.is_running(first), machine.is_running(second)) == (True, False)
    outcome = machine.wait(second)
    end, _, why = decided(outcome)
    assert (end, outcome.output["posted"]["by"]) == ("AlreadyNotified", first)
    assert first in why
    assert outcome.output["permalink"] is None
    assert machine.wait(first).end == "Notified"
    assert len(machine.posts(ONE)) == 1


def test_what_is_posted_updated_or_replied(machine: Machine) -> None:
    updates = (finding(1), finding(1, 5), finding(1, 10, severity=8.5))
    outcomes = [machine.run(each) for each in updates]
    assert [decided(each)[:2] for each in outcomes] == [
        ("Notified", "post"),
        ("Notified", "update"),
        ("Notified", "reply"),
    ]
    assert all(each.output["why"] for each in outcomes)
    assert {each.output["permalink"] for each in outcomes} == {permalink(machine)}


def test_what_is_superseded_names_the_newer_update(machine: Machine) -> None:
    machine.run(finding(1, 5))
    outcome = machine.run(finding(1))
    end, decision, why = decided(outcome)
    assert (end, decision) == ("Superseded", "superseded")
    assert "2026-11-20T10:05:00.000Z" in why
    assert outcome.output["permalink"] == permalink(machine)


def test_what_is_suppressed_names_the_rule_and_its_reason(machine: Machine) -> None:
    suppress(machine, owner="jane", ticket="SEC-1\x1b[2J")
    outcome = machine.run(finding(1))
    end, decision, why = decided(outcome)
    assert (end, decision) == ("Suppressed", "suppressed")
    assert why == (
        "Rule Backdoor:EC2/* known hides it without end, because “a test”; owner jane; ticket SEC-1[2J."
    )
    assert outcome.output["verdict"]["rule"]["rule"] == "known"
    assert outcome.output["permalink"] is None


def test_what_is_suppressed_afterwards_leads_to_its_message(machine: Machine) -> None:
    machine.run(finding(1))
    suppress(machine, expires_at="2099-12-31")
    outcome = machine.run(finding(1, 5))
    end, decision, why = decided(outcome)
    assert (end, decision) == ("Suppressed", "stamp")
    assert "hides it until 2099-12-31 23:59 UTC, because" in why
    assert outcome.output["permalink"] == permalink(machine)


def test_an_answer_that_lambda_loses_is_not_posted_again(machine: Machine, slack: SlackStandIn) -> None:
    lost: list[str] = []

    def lose(name: str, _: object) -> None:
        if name == "post-to-slack" and slack.requests and not lost:
            lost.append(name)
            raise lambda_error("Lambda.ServiceException")

    machine.disturb_answer = lose
    outcome = machine.run(finding(1))
    assert lost
    end, decision, why = decided(outcome)
    assert (end, decision) == ("Notified", "already")
    assert f"posted it at {instant(NOON)}" in why
    assert [says_repeated(message) for message in machine.posts(ONE)] == [False]
    assert len(slack.requests) == 1


def test_what_the_function_could_not_record_the_state_machine_records(machine: Machine) -> None:
    machine.break_dynamodb(
        lambda operation, arguments: operation == "update_item" and "notified_by =" in repr(arguments),
        "InternalServerError",
    )
    outcome = machine.run(finding(1))
    assert (machine.broken, outcome.states[-3:]) == (1, ["RecordNotification", "Posted?", "Notified"])
    item, [message] = machine.item(ONE), machine.posts(ONE)
    assert (item["notified_by"], item["ts"], item["notified_severity"]) == (outcome.arn, message.ts, "8.0")
    assert item["notified_update"] == "2026-11-20T10:00:00.000Z"
    assert not {"attempt", "attempt_until", "attempted_update", "place"} & item.keys()
    assert machine.run(finding(1)).end == "AlreadyNotified"
    assert machine.run(finding(1, 5)).output["decision"] == "update"
    assert [says_repeated(message) for message in machine.posts(ONE)] == [False]
