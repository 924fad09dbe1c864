"""ShowAnswer, against a local AWS and a stand-in of Slack: on the message, in its turn, and once."""

from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.errors import SlackUnanswered
from chalicelib.ledger.watch import Answer
from statemachine.local.slack_stand_in import SlackFault, SlackStandIn
from tests.attention.acts import OPENING, act, asking, notice, watched
from tests.machine import Machine, finding, shown
from tests.promises.common import ONE

BOB = "U0AAAAAAA"
HANDLED: dict[str, Any] = {
    "answer": Answer.HANDLED,
    "handled_by": (BOB,),
    "answered_at": "2026-11-20T12:04:00.000Z",
}


@pytest.fixture
def machine(slack: SlackStandIn) -> Iterator[Machine]:
    with asking(slack) as local:
        local.start(finding(1))
        yield local


def test_a_post_asks_for_an_answer(machine: Machine) -> None:
    asked = watched(machine)
    assert (asked.opening, asked.within, asked.reminds, asked.anew) == (OPENING, 86_400, False, False)
    assert machine.item(ONE)["awaits"] == "answer"
    [message] = machine.messages()
    assert "React to this message" in shown(message)
    assert asked.shown == asked.said


def test_who_has_it_in_hand_stands_on_the_message(machine: Machine) -> None:
    notice(machine, seen_by=(BOB,), seen_at="2026-11-20T12:04:00.000Z")
    assert act(machine, "show")["status"] == "wait"
    [message] = machine.messages()
    assert f"👀 <@{BOB}>" in shown(message)
    assert "React to this message" not in shown(message)


def test_that_it_is_handled_is_shown_and_is_the_end(machine: Machine) -> None:
    notice(machine, **HANDLED)
    answer = act(machine, "show")
    assert (answer["status"], answer["how"]) == ("handled", "shown")
    [message] = machine.messages()
    assert "Handled by" in shown(message)
    assert act(machine, "show")["status"] == "handled"
    assert len(machine.messages()[0].updates) == 1, "what is shown is not shown again"


def test_an_update_keeps_the_answer_and_its_content_goes_without(machine: Machine) -> None:
    notice(machine, **HANDLED)
    act(machine, "show")
    machine.run(finding(1, 5))
    assert "Handled by" in shown(machine.messages()[0])
    notice(machine, answer=Answer.OPEN, handled_by=())
    act(machine, "show")
    assert "Handled" not in shown(machine.messages()[0])


def test_news_opens_it_again_and_the_thread_says_so(machine: Machine) -> None:
    notice(machine, **HANDLED)
    act(machine, "show")
    machine.run(finding(1, 5, severity=8.5))
    message, reply = machine.messages()
    assert "It is open again" in shown(reply)
    assert "Handled" not in shown(message)
    opened = watched(machine)
    assert (opened.opening, opened.is_open, opened.anew) == ("2026-11-20T10:05:00.000Z", True, True)


def test_a_refused_rate_is_waited_for(machine: Machine, slack: SlackStandIn) -> None:
    notice(machine, **HANDLED)
    slack.script(SlackFault(retry_after=7))
    assert act(machine, "show") | {"why": ""} == {"status": "turn", "seconds": 7, "why": ""}
    assert watched(machine).shown != watched(machine).said
    machine.pass_time(seconds=8)
    assert act(machine, "show")["status"] == "handled"


def test_a_stamp_stays(machine: Machine) -> None:
    machine.suppress(finding_type="Backdoor:EC2/*", rule="known", reason="a test")
    machine.pass_time(minutes=2)
    machine.run(finding(1, 5))
    notice(machine, answer=Answer.HIDDEN, answered_at="2026-11-20T12:04:00.000Z")
    assert act(machine, "show")["status"] == "handled"
    assert "Suppressed since" in shown(machine.messages()[0])


def test_a_message_that_is_gone_is_posted_anew_once(machine: Machine, slack: SlackStandIn) -> None:
    [first] = machine.messages()
    slack.delete(first)
    notice(machine, gone=True)
    assert act(machine, "show")["how"] == "posted anew"
    anew = machine.messages()[-1]
    assert machine.item(ONE)["ts"] == anew.ts
    assert "React to this message" in shown(anew)
    slack.delete(anew)
    notice(machine, gone=True)
    before = len(slack.requests)
    act(machine, "show")
    assert len(slack.requests) == before


def test_what_is_posted_anew_names_nobody(machine: Machine, slack: SlackStandIn) -> None:
    """A new message calls whom it names."""
    slack.delete(machine.messages()[0])
    notice(machine, gone=True, seen_by=(BOB,), seen_at="2026-11-20T12:04:00.000Z")
    act(machine, "show")
    assert BOB not in shown(machine.messages()[-1])
    assert "React to this message" in shown(machine.messages()[-1])


def test_a_new_message_of_what_is_handled_names_nobody_and_is_no_withdrawal(
    machine: Machine, slack: SlackStandIn
) -> None:
    notice(machine, **HANDLED)
    act(machine, "show")
    slack.delete(machine.messages()[0])
    machine.run(finding(1, 5))
    anew = machine.messages()[-1]
    assert "Handled by" in shown(anew)
    assert BOB not in shown(anew)
    assert watched(machine).elsewhere
    act(machine, "show")
    assert BOB in shown(machine.messages()[-1]), "a change of a message calls nobody"


def test_what_may_have_been_posted_anew_is_not_posted_again(machine: Machine, slack: SlackStandIn) -> None:
    slack.delete(machine.messages()[0])
    notice(machine, gone=True)
    slack.script(SlackFault(reset=True, taken=True, method="chat.postMessage"))
    with pytest.raises(SlackUnanswered):
        act(machine, "show")
    act(machine, "show", tries=1)
    assert len(machine.messages()) == 1, "it stands there, and nobody knows"
