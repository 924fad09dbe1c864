"""Once, as far as Slack's history shows: what nobody answered is looked for before it is repeated."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

import pytest
import requests

from chalicelib.message.mark import MarkKind, read
from statemachine.local.slack_methods import DEFAULT_SCOPES, HISTORY_SCOPES
from statemachine.local.slack_stand_in import Message, SlackFault, SlackStandIn
from tests.machine import Machine, finding, shown
from tests.promises.common import (
    NOON,
    ONE,
    given,
    says_repeated,
    says_suppressed,
    suppress,
    times_seen,
)

READS = (*DEFAULT_SCOPES, *HISTORY_SCOPES)
POST, UPDATE, LOOK = "chat.postMessage", "chat.update", "conversations.history"
UNANSWERED = SlackFault(reset=True, taken=True, method=POST)
LOST = SlackFault(reset=True, method=POST)


@contextmanager
def stage(**terms: Any) -> Iterator[tuple[Machine, SlackStandIn]]:
    settings = {name: terms.pop(name) for name in [*terms] if name.isupper()}
    with SlackStandIn(**{"scopes": READS} | terms) as slack, Machine(slack, at=NOON, **settings) as machine:
        yield machine, slack


def asked(slack: SlackStandIn, method: str) -> int:
    return sum(each.method == method for each in slack.requests)


def kinds(messages: list[Message]) -> list[str]:
    """What each message is for, by its mark."""
    marks = [read({"bot_id": "B", **message.shown}) for message in messages]
    return [str(mark.kind) if mark else "" for mark in marks]


def test_a_post_that_slack_answers_is_not_looked_for() -> None:
    with stage() as (machine, slack):
        machine.run(finding(1))
        machine.run(finding(1, 5, severity=8.5))
        assert asked(slack, LOOK) == 0


def test_slack_has_fifteen_seconds_before_it_is_looked() -> None:
    with stage() as (machine, slack):
        slack.script(UNANSWERED)
        machine.run(finding(1))
        post, look = (
            next(each for each in slack.requests if each.method == method) for method in (POST, LOOK)
        )
        assert 15 <= look.at - post.at < 30
        assert asked(slack, POST) == 1


def test_what_slack_did_not_take_is_posted_without_a_mark() -> None:
    with stage() as (machine, slack):
        slack.script(LOST)
        assert machine.run(finding(1)).end == "Notified"
        [message] = machine.posts(ONE)
        assert not says_repeated(message)
        assert asked(slack, POST) == 2


def test_what_slack_takes_after_the_look_points_to_the_message() -> None:
    """The surplus is found a minute later, and nothing is deleted."""
    with stage() as (machine, slack):
        slack.script(LOST)
        execution = machine.start(finding(1))
        machine.pass_time(seconds=40)
        [message] = machine.messages()
        late = next(each for each in slack.requests if each.method == POST).body
        requests.post(
            f"{slack.url}/{POST}", json=late, headers={"Authorization": "Bearer xoxb-late"}, timeout=9
        )
        given(len(machine.messages()) == 2, "Slack did not take it late")
        assert machine.wait(execution).end == "Notified"
        first, second = machine.messages()
        assert first.shown == message.shown
        assert kinds([first, second]) == [MarkKind.FINDING, MarkKind.POINTER]
        assert first.ts.replace(".", "") in shown(second)
        machine.run(finding(1, 5, service={"count": 4}))
        assert [times_seen(each) for each in machine.messages()] == [[4], []]


def test_the_look_goes_to_the_channel_that_the_attempt_went_to() -> None:
    with stage(SLACK_CHANNEL="C0USUAL0000") as (machine, slack):
        machine.put("routes", finding_type="*", rule="team", region="*", channel="C0TEAM00000")
        slack.script(UNANSWERED)
        execution = machine.start(finding(1))
        machine.delete("routes", finding_type="*", rule="team")
        machine.put("routes", finding_type="*", rule="team", region="*", channel="C0OTHER0000")
        assert machine.wait(execution).end == "Notified"
        assert [key for key, messages in slack.messages.items() if messages] == ["C0TEAM00000"]


def test_a_newer_update_goes_over_an_older_one_that_nobody_answered() -> None:
    with stage() as (machine, slack):
        slack.script(UNANSWERED)
        first = machine.start(finding(1))
        second = machine.run(finding(1, 5, severity=8.5, service={"count": 4}))
        assert second.end == "Notified"
        assert machine.wait(first).end in ("Superseded", "Notified")
        message, *replies = machine.messages()
        assert times_seen(message) == [4]
        assert [each.thread_ts for each in replies] == [message.ts] * len(replies)
        assert "rose" in " ".join(map(shown, replies))


def test_a_rule_that_hides_it_meanwhile_is_shown_on_what_stands() -> None:
    with stage() as (machine, slack):
        slack.script(UNANSWERED)
        execution = machine.start(finding(1))
        suppress(machine)
        assert machine.wait(execution).end == "Suppressed"
        machine.run(finding(1, 5, service={"count": 4}))
        [message] = machine.posts(ONE)
        assert says_suppressed(message)


def test_a_reply_that_nobody_answered_is_said_once() -> None:
    with stage() as (machine, slack):
        machine.run(finding(1))
        slack.script(UNANSWERED)
        assert machine.run(finding(1, 5, severity=8.5)).end == "Notified"
        message, *replies = machine.messages()
        assert len(replies) == 1
        assert not says_repeated(replies[0])
        assert not says_repeated(message)


def test_a_reply_that_slack_did_not_take_is_said_without_a_mark() -> None:
    with stage() as (machine, slack):
        machine.run(finding(1))
        slack.script(LOST)
        machine.run(finding(1, 5, severity=8.5))
        _, *replies = machine.messages()
        assert [says_repeated(each) for each in replies] == [False]


def test_a_message_that_takes_a_deleted_ones_place_is_looked_for_too() -> None:
    with stage() as (machine, slack):
        machine.run(finding(1))
        slack.delete(machine.posts(ONE)[0])
        slack.script(UNANSWERED)
        assert machine.run(finding(1, 5)).end == "Notified"
        assert len(machine.posts(ONE)) == 1


@pytest.mark.parametrize("error", ["invalid_blocks", "msg_blocks_too_long"])
def test_plain_text_is_found_too(error: str) -> None:
    with stage() as (machine, slack):
        form = SlackFault(error=error, method=POST, when=lambda body: "blocks" in body, times=9)
        slack.script(
            form, SlackFault(reset=True, taken=True, method=POST, when=lambda body: "blocks" not in body)
        )
        assert machine.run(finding(1)).end == "Notified"
        assert len(machine.posts(ONE)) == 1


def test_a_429_of_the_history_is_waited_for() -> None:
    with stage() as (machine, slack):
        slack.script(UNANSWERED, SlackFault(retry_after=40, method=LOOK))
        assert machine.run(finding(1)).end == "Notified"
        assert len(machine.posts(ONE)) == 1
        first, second = (each.at for each in slack.requests if each.method == LOOK)
        assert second - first >= 40


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(SlackFault(retry_after=30, method=LOOK, times=10**6), id="429"),
        pytest.param(SlackFault(status=503, method=LOOK, times=10**6), id="503"),
        pytest.param(SlackFault(reset=True, method=LOOK, times=10**6), id="no answer"),
    ],
)
def test_a_history_that_never_comes_is_done_without_after_ten_minutes(fault: SlackFault) -> None:
    with stage() as (machine, slack):
        slack.script(UNANSWERED, fault)
        assert machine.run(finding(1)).end == "Notified"
        first, second = machine.posts(ONE)
        assert [says_repeated(first), says_repeated(second)] == [False, True]
        posted = [each.at for each in slack.requests if each.method == POST]
        assert 600 <= posted[1] - posted[0] <= 15 * 60


@pytest.mark.parametrize(
    ("terms", "fault"),
    [
        ({"scopes": DEFAULT_SCOPES}, None),
        ({"not_member": ["#security"]}, None),
        ({}, SlackFault(error="access_denied", method=LOOK, times=9)),
        ({}, SlackFault(error="unknown_method", method=LOOK, times=9)),
    ],
)
def test_where_history_may_not_be_read_a_repetition_is_marked(
    terms: dict[str, Any], fault: SlackFault | None
) -> None:
    with stage(**terms) as (machine, slack):
        slack.script(UNANSWERED, *([fault] if fault else []))
        assert machine.run(finding(1)).end == "Notified"
        first, second = machine.posts(ONE)
        assert [says_repeated(first), says_repeated(second)] == [False, True]


def test_many_are_looked_for_at_once_each_minute() -> None:
    with stage() as (machine, slack):
        slack.script(SlackFault(reset=True, taken=True, method=POST, times=60))
        outcomes = machine.run_all([finding(number) for number in range(1, 61)])
        assert {each.end for each in outcomes} == {"Notified"}
        assert len(machine.messages()) == 60
        looks = [each.at for each in slack.requests if each.method == LOOK]
        assert looks
        assert all(later - earlier >= 60 for earlier, later in pairwise(looks))


def test_the_mark_is_in_what_is_kept_and_no_reader_sees_it() -> None:
    with stage() as (machine, _):
        machine.run(finding(1))
        [message] = machine.posts(ONE)
        given(kinds([message]) == [MarkKind.FINDING], "the message has no mark")
        texts = json.dumps([message.shown["text"], message.shown["attachments"]])
        assert "gdn/" not in texts
