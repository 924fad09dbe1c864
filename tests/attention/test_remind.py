"""Remind, against a local AWS and a stand-in of Slack: once for each deadline, whatever is lost."""

from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.ledger.claim import instant
from chalicelib.ledger.watch import Answer
from chalicelib.message import mark
from chalicelib.message.mark import MarkKind
from statemachine.local.slack_stand_in import SlackFault, SlackStandIn
from statemachine.local.slack_workspace import Message
from tests.attention.acts import EXECUTION, act, asking, notice, watched
from tests.machine import Machine, finding, shown
from tests.promises.common import ONE

ROUTE = {"finding_type": "*", "rule": "all", "mention": "@here", "escalate_mention": "U0BOSS000"}


@pytest.fixture
def machine(slack: SlackStandIn) -> Iterator[Machine]:
    """A High finding, of which its route reminds after a minute, and that was posted a minute ago."""
    with asking(slack) as local:
        local.put("routes", **ROUTE, answer_within="1m")
        local.start(finding(1))
        local.pass_time(seconds=61)
        yield local


def reminders(machine: Machine) -> list[Message]:
    found = ((message, mark.read(message.payload)) for message in machine.messages())
    return [message for message, marked in found if marked and marked.kind is MarkKind.REMINDER]


def test_it_is_a_reply_that_calls(machine: Machine) -> None:
    assert act(machine, "remind")["how"] == "reminded"
    [reply] = reminders(machine)
    assert (reply.thread_ts, reply.broadcast) == (machine.item(ONE)["ts"], False)
    assert "<!here> Nobody has taken this finding yet" in shown(reply)
    assert "U0BOSS000" not in shown(reply)
    assert (watched(machine).reminded, watched(machine).reminding, watched(machine).place) == (1, 0, "")


def test_there_is_one_for_each_deadline_and_the_last_calls_others(machine: Machine) -> None:
    act(machine, "remind")
    assert act(machine, "remind")["status"] == "wait"
    machine.pass_time(seconds=60)
    act(machine, "remind")
    machine.pass_time(seconds=120)
    act(machine, "remind")
    machine.pass_time(hours=1)
    act(machine, "remind")
    _, second, last = reminders(machine)
    assert "<@U0BOSS000>" not in shown(second)
    assert "<!here> <@U0BOSS000>" in shown(last)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"answer": Answer.HANDLED, "answered_at": "2026-11-20T12:00:30.000Z"}, id="handled"),
        pytest.param({"blind": "scope"}, id="nobody-s-answer-can-be-seen"),
        pytest.param({"reminds": False}, id="it-does-not-remind"),
        pytest.param({"seen_by": ("U01",)}, id="somebody-has-it-in-hand"),
    ],
)
def test_where_nothing_is_due_nobody_is_disturbed(machine: Machine, changes: dict[str, Any]) -> None:
    notice(machine, **changes)
    assert act(machine, "remind")["status"] == "wait"
    assert reminders(machine) == []


def test_a_critical_one_is_shown_in_the_channel(slack: SlackStandIn) -> None:
    with asking(slack) as machine:
        machine.start(finding(1, severity=9.5))
        machine.pass_time(minutes=16)
        act(machine, "remind")
        [reply] = reminders(machine)
        assert reply.broadcast


def test_a_refused_rate_is_waited_for_with_its_place(machine: Machine, slack: SlackStandIn) -> None:
    slack.script(SlackFault(retry_after=7))
    assert act(machine, "remind")["status"] == "turn"
    assert (watched(machine).reminded, watched(machine).reminding) == (0, 0)
    machine.pass_time(seconds=8)
    assert act(machine, "remind")["how"] == "reminded"


def is_reminder(body: object) -> bool:
    return "gdn/reminder/" in str(body)


@pytest.mark.parametrize("taken", [True, False])
def test_an_unanswered_one_is_looked_for(slack: SlackStandIn, machine: Machine, taken: bool) -> None:
    slack.scopes = (*slack.scopes, "channels:history")
    slack.script(SlackFault(reset=True, taken=taken, when=is_reminder))
    assert act(machine, "remind") | {"why": ""} == {"status": "wait", "seconds": 60, "why": ""}
    assert watched(machine).reminding == 1
    assert act(machine, "remind")["seconds"] > 1, "Slack may take it still"
    machine.pass_time(seconds=58)
    assert act(machine, "remind")["status"] == "wait"
    machine.pass_time(seconds=3)
    act(machine, "remind")
    assert len(reminders(machine)) == 1
    assert machine.item(ONE).get("unanswered") is None, "the finding's own posts were answered"


def test_where_it_can_t_be_looked_for_it_counts(slack: SlackStandIn, machine: Machine) -> None:
    slack.script(SlackFault(reset=True, when=is_reminder))
    act(machine, "remind")
    machine.pass_time(seconds=61 - 1)
    machine.pass_time(seconds=1)
    act(machine, "remind")
    assert reminders(machine) == []
    assert (watched(machine).reminded, watched(machine).reminding) == (1, 0)


def test_a_reply_to_nothing_says_that_the_message_is_gone(machine: Machine, slack: SlackStandIn) -> None:
    slack.script(SlackFault(error="thread_not_found", when=is_reminder))
    assert act(machine, "remind")["how"] == "gone"
    assert (watched(machine).gone, watched(machine).reminded) == (True, 0)


def test_what_was_posted_anew_and_takes_no_reply_is_not_due_at_each_look(
    machine: Machine, slack: SlackStandIn
) -> None:
    notice(machine, reposted=True)
    slack.script(SlackFault(error="is_archived", when=is_reminder))
    assert act(machine, "remind")["how"] == "gone"
    assert (watched(machine).gone, watched(machine).reminded) == (True, 1)


def execution(number: int) -> str:
    return f"{EXECUTION}-{number}"


def many(machine: Machine, last: int) -> None:
    for number in range(2, last + 1):
        machine.start(finding(number))
    machine.pass_time(seconds=61)


def remind(machine: Machine, number: int) -> None:
    act(machine, "remind", f"{number:032x}", execution(number))


def test_six_are_one_message(machine: Machine) -> None:
    many(machine, 6)
    for number in range(1, 7):
        remind(machine, number)
    assert watched(machine, f"{2:032x}").reminded == 0, "it is not known yet whether the one is taken"
    machine.pass_time(minutes=2)
    for number in range(2, 7):
        remind(machine, number)
    assert reminders(machine) == []
    [pooled] = [message for message in machine.messages() if "6 findings in this channel" in shown(message)]
    assert not pooled.thread_ts
    assert shown(pooled).count("/archives/") == 6
    assert {watched(machine, f"{number:032x}").reminded > 0 for number in range(1, 7)} == {True}


def test_what_waited_for_a_message_that_slack_refused_is_in_the_next_one(
    machine: Machine, slack: SlackStandIn
) -> None:
    many(machine, 6)

    def meanwhile(body: object) -> bool:
        if "gdn/pool/" not in str(body):
            return False
        remind(machine, 2)
        return True

    slack.script(SlackFault(retry_after=7, when=meanwhile))
    remind(machine, 1)
    assert watched(machine, f"{2:032x}").reminded == 0
    machine.pass_time(seconds=8)
    remind(machine, 1)
    assert any("6 findings in this channel" in shown(each) for each in machine.messages())


def test_who_failed_for_long_or_is_redriven_looks_first(machine: Machine) -> None:
    """Somebody may have answered since."""
    looked = {"at": instant(machine.now)}
    machine.pass_time(seconds=61)
    assert act(machine, "remind", looked=looked) | {"why": ""} == {"status": "wait", "seconds": 60, "why": ""}
    assert reminders(machine) == []
    assert act(machine, "remind", looked={"at": instant(machine.now)})["how"] == "reminded"


def test_where_the_token_became_a_webhook_it_is_not_due_at_each_look(
    machine: Machine, slack: SlackStandIn
) -> None:
    machine.set_secret(slack.webhook_url)
    machine.pass_time(minutes=6)  # a token is kept for five
    assert act(machine, "remind") | {"why": ""} == {"status": "wait", "seconds": 60, "why": ""}


def test_five_are_reminded_of_one_by_one(machine: Machine) -> None:
    many(machine, 5)
    for number in range(1, 6):
        remind(machine, number)
    assert len(reminders(machine)) == 5


def test_who_dies_with_the_one_message_posts_it_later(machine: Machine, slack: SlackStandIn) -> None:
    slack.scopes = (*slack.scopes, "channels:history")
    many(machine, 6)
    slack.script(SlackFault(reset=True, when=lambda body: "gdn/pool/" in str(body)))
    remind(machine, 1)
    machine.pass_time(seconds=61)
    for number in range(1, 7):
        remind(machine, number)
    machine.pass_time(seconds=61)
    remind(machine, 1)
    assert reminders(machine) == []
    assert len([each for each in machine.messages() if "6 findings in this channel" in shown(each)]) == 1
