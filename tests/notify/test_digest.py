"""Findings that share one message, as their own would have waited long: through the very handlers, to a real Slack."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import pytest

from chalicelib.ledger import digests
from chalicelib.message import digest_message
from chalicelib.message.digest import Digest
from chalicelib.message.mark import MarkKind, read
from chalicelib.notify import own_digest
from statemachine.local.slack_methods import DEFAULT_SCOPES, HISTORY_SCOPES
from statemachine.local.slack_stand_in import Message, SlackFault, SlackStandIn
from tests.machine import Event, Machine, finding, lambda_error, shown
from tests.promises.common import NOON, given, suppress

READS = (*DEFAULT_SCOPES, *HISTORY_SCOPES)
POST, LOOK = "chat.postMessage", "conversations.history"
CRITICAL = 9.5


@contextmanager
def storm(singles: int = 3, **terms: Any) -> Iterator[tuple[Machine, SlackStandIn, list[str]]]:
    """A stage in which the queue of #security is longer than findings wait: a message each 10.7 seconds.

    The first three are single messages; whatever comes then would wait for 21 seconds behind the first, more than
    the 15 seconds that it may.
    """
    settings = {name: terms.pop(name) for name in [*terms] if name.isupper()}
    secret = terms.pop("secret", "xoxb-local")
    settings = {"SLACK_MESSAGES_PER_SECOND": "0.1", "FOLD_AFTER": "15"} | settings
    with (
        SlackStandIn(**{"scopes": READS} | terms) as slack,
        Machine(
            slack, at=NOON, secret=slack.webhook_url if secret == "webhook" else secret, **settings
        ) as machine,
    ):
        own_digest.forget()
        yield machine, slack, [machine.start(finding(number)) for number in range(1, singles + 1)]


@contextmanager
def quick_storm(*faults: SlackFault) -> Iterator[tuple[Machine, SlackStandIn, int]]:
    """A digest of 25 findings in a channel that takes a message a second, whose queue is short by then; it is over."""
    with storm(singles=2, SLACK_MESSAGES_PER_SECOND="1", FOLD_AFTER="1") as (machine, slack, _):
        slack.script(*faults)
        executions = [machine.start(finding(number)) for number in range(11, 36)]
        folded = sum(machine.wait(each).output["decision"] == "fold" for each in executions)
        given(folded == 25, f"{folded} were folded")
        yield machine, slack, folded


def is_reply(body: Mapping[str, Any]) -> bool:
    return bool(body.get("thread_ts"))


def id_of(number: int) -> str:
    return f"{number:032x}"


def kinds(messages: list[Message]) -> list[str]:
    """What each message is for, by its mark."""
    marks = [read({"bot_id": "B", **message.shown}) for message in messages]
    return [str(mark.kind) if mark else "" for mark in marks]


def of_digest(machine: Machine, channel: str = "#security") -> list[Message]:
    """The digests that stand in a channel."""
    messages = machine.messages(channel)
    return [each for each, kind in zip(messages, kinds(messages), strict=True) if kind == MarkKind.DIGEST]


def counted(message: Message) -> int:
    """How many findings a digest has, by its mark."""
    mark = read({"bot_id": "B", **message.shown})
    given(mark is not None, "the message has no mark")
    return mark.seen if mark else 0


def digest_of(machine: Machine, number: int) -> str:
    """The digest of a finding, by its item; empty where it is in none."""
    return digests.id_of(machine.item(id_of(number)).get("fold", ""))


def item_of_digest(machine: Machine, id_: str) -> Mapping[str, str]:
    return machine.item(digests.key(id_))


def attack(number: int) -> Event:
    return finding(number, type="AttackSequence:IAM/CompromisedCredentials")


def of_a_test(number: int) -> Event:
    return finding(number) | {"source": "guardduty-notifier.test"}


class TestWhoIsFolded:
    def test_what_would_wait_for_too_long(self) -> None:
        with storm() as (machine, _, singles):
            folded = [machine.start(finding(number)) for number in range(4, 9)]
            ends = [machine.wait(execution).end for execution in (*singles, *folded)]
            assert ends == ["Notified"] * 8
            assert [len(machine.posts(id_of(number))) for number in range(1, 9)] == [1] * 3 + [0] * 5
            [message] = of_digest(machine)
            assert counted(message) == 5
            assert {digest_of(machine, number) for number in range(4, 9)} == {digest_of(machine, 4)}

    @pytest.mark.parametrize(
        "alone",
        [
            pytest.param(lambda: finding(9, severity=CRITICAL), id="critical"),
            pytest.param(lambda: attack(9), id="attack-sequence"),
        ],
    )
    def test_nothing_critical_and_no_attack_sequence(self, alone: Callable[[], Event]) -> None:
        with storm() as (machine, _, __):
            folded = machine.start(finding(4))
            assert machine.run(alone()).output["decision"] == "post"
            assert len(machine.posts(id_of(9))) == 1
            assert machine.wait(folded).output["decision"] == "fold"
            assert [counted(each) for each in of_digest(machine)] == [1]

    def test_no_test_event(self) -> None:
        with storm() as (machine, _, __):
            assert machine.run(of_a_test(9)).output["decision"] == "post"
            assert of_digest(machine) == []

    def test_nobody_where_it_is_off(self) -> None:
        with storm(FOLD_AFTER="off") as (machine, _, __):
            assert machine.run(finding(4)).output["decision"] == "post"
            assert of_digest(machine) == []

    def test_who_has_a_place_keeps_it(self) -> None:
        """Slack closes the channel while they wait: their places move away, and stay theirs."""
        with storm() as (machine, slack, singles):
            slack.script(SlackFault(retry_after=120, method=POST))
            assert [machine.wait(execution).output["decision"] for execution in singles] == ["post"] * 3
            assert of_digest(machine) == []

    def test_no_place_is_taken_for_it(self) -> None:
        with storm() as (machine, _, __):
            before = machine.item("channel##security")
            machine.start(finding(4))
            assert machine.item("channel##security") == before


class TestItsChannel:
    def test_two_routes_to_one_share_a_digest_and_another_has_its_own(self) -> None:
        with storm(singles=0) as (machine, _, __):
            for severity, channel in ((7, "#team"), (8, "#team"), (7.5, "#other")):
                machine.put(
                    "routes", finding_type="*", rule=f"r{severity}", region="*", channel=channel,
                    min_severity=severity, max_severity=severity,
                )  # fmt: skip
            for number, severity in enumerate((7, 8, 7, 7.5, 7.5, 7.5, 8, 7, 7.5), 1):
                machine.start(finding(number, severity=severity))
            machine.pass_time(minutes=5)
            assert [counted(each) for each in of_digest(machine, "#team")] == [2]
            assert [counted(each) for each in of_digest(machine, "#other")] == [1]
            assert digest_of(machine, 7) == digest_of(machine, 8) != digest_of(machine, 9)

    def test_one_that_slack_refuses_is_said_in_slack_channel(self) -> None:
        with storm(singles=0) as (machine, slack, _):
            machine.put("routes", finding_type="*", rule="team", region="*", channel="#team")
            executions = [machine.start(finding(number)) for number in range(1, 6)]
            machine.pass_time(seconds=100)
            slack.script(SlackFault(error="channel_not_found", method=POST))
            ends = [machine.wait(execution).end for execution in executions]
            assert ends == ["Notified"] * 5
            [message] = of_digest(machine)
            assert counted(message) == 2
            assert of_digest(machine, "#team") == []
            assert item_of_digest(machine, digest_of(machine, 5))["ts"] == message.ts


class TestTheAnswer:
    def test_of_a_member_says_where_it_is(self) -> None:
        with storm() as (machine, _, __):
            owner, member = machine.start(finding(4)), machine.start(finding(5))
            assert not machine.is_running(member)
            output = machine.outcome(member).output
            id_ = digest_of(machine, 5)
            assert (output["decision"], output["posted"]["status"]) == ("fold", "posted")
            assert output["posted"]["digest"] == {"id": id_}
            assert f"guardduty-notifier digest {id_} --stage local" in output["why"]
            assert "would have waited for 21 s" in output["why"]
            assert owner in output["why"]
            assert output["suggested_rule"]

    def test_of_the_owner_says_where_it_stands(self) -> None:
        with storm() as (machine, _, __):
            output = machine.run(finding(4)).output
            [message] = of_digest(machine)
            item = item_of_digest(machine, digest_of(machine, 4))
            assert output["decision"] == "fold"
            assert output["channel"] == item["channel"]
            assert output["permalink"].endswith(message.ts.replace(".", ""))
            assert output["suggested_rule"]

    def test_of_the_same_event_again_is_that_it_was_notified(self) -> None:
        with storm() as (machine, _, __):
            owner = machine.start(finding(4))
            again = machine.run(finding(4))
            assert again.end == "AlreadyNotified"
            assert again.output["posted"]["by"] == owner
            machine.wait(owner)
            late = machine.run(finding(4))
            assert late.end == "AlreadyNotified"
            assert late.output["permalink"] == machine.outcome(owner).output["permalink"]
            assert [counted(each) for each in of_digest(machine)] == [1]


class TestUpdates:
    def test_one_that_rises_has_a_message_of_its_own(self) -> None:
        with storm() as (machine, _, __):
            owner = machine.start(finding(4))
            risen = machine.run(finding(4, 5, severity=8.5))
            assert risen.output["decision"] == "post"
            assert len(machine.posts(id_of(4))) == 1
            item = machine.item(id_of(4))
            assert item["unfolded"] == item["notified_update"] == "2026-11-20T10:05:00.000Z"
            machine.wait(owner)
            assert [counted(each) for each in of_digest(machine)] == [1], "it stays in its digest"

    def test_one_that_does_not_is_remembered(self) -> None:
        with storm() as (machine, _, __):
            owner = machine.start(finding(4))
            machine.wait(owner)
            assert machine.run(finding(4, 5, service={"count": 500})).output["decision"] == "fold"
            assert kinds(machine.messages()) == [MarkKind.FINDING] * 3 + [MarkKind.DIGEST]
            assert [counted(each) for each in of_digest(machine)] == [1]
            assert machine.item(id_of(4))["notified_update"] == "2026-11-20T10:05:00.000Z"

    def test_an_older_one_is_superseded(self) -> None:
        with storm() as (machine, _, __):
            machine.start(finding(4, 5))
            older = machine.run(finding(4))
            assert older.end == "Superseded"
            assert digest_of(machine, 4) in older.output["why"]

    def test_news_of_a_posted_finding_is_shown_in_its_message_and_stays_news(self) -> None:
        with storm(singles=1) as (machine, _, singles):
            machine.wait(singles[0])
            for number in range(11, 15):
                machine.start(finding(number))
            assert machine.run(finding(1, 5, severity=8.5)).output["decision"] == "update"
            [message] = machine.posts(id_of(1))
            assert len(message.updates) == 1
            assert "8.5" in shown(message)
            machine.pass_time(minutes=10)
            assert machine.run(finding(1, 10, severity=8.5)).output["decision"] == "reply"
            assert [each for each in machine.messages() if "rose from High 8.0 to High 8.5" in shown(each)]


class TestItsOwner:
    def test_posts_it_though_a_rule_hides_its_own_finding_by_now(self) -> None:
        with storm() as (machine, _, __):
            owner = machine.start(finding(4))
            machine.start(finding(5))
            suppress(machine, finding_id=id_of(4))
            outcome = machine.wait(owner)
            assert "ShowSuppression" not in outcome.states, "what fails there is caught"
            assert outcome.end == "Notified"
            assert [counted(each) for each in of_digest(machine)] == [2]

    def test_whose_own_finding_a_rule_hides_fails_for_people_to_see(self) -> None:
        with storm() as (machine, slack, _):
            owner = machine.start(finding(4))
            machine.start(finding(5))
            suppress(machine, finding_id=id_of(4))
            machine.pass_time(seconds=80)
            slack.script(SlackFault(error="token_revoked", method=POST))
            failed = machine.wait(owner)
            assert failed.error == "SlackRejected"
            assert machine.redrive(failed).end == "Notified"
            assert [counted(each) for each in of_digest(machine)] == [2]

    def test_is_replaced_where_it_was_stopped(self) -> None:
        with storm() as (machine, _, __):
            owner = machine.start(finding(4))
            machine.start(finding(5))
            machine.stop(owner)
            machine.pass_time(minutes=1)
            assert not machine.is_running(machine.start(finding(5))), "its claim lives"
            machine.pass_time(minutes=8)
            assert of_digest(machine) == []
            taken = machine.run(finding(5))
            assert taken.end == "Notified"
            assert [counted(each) for each in of_digest(machine)] == [2]
            assert item_of_digest(machine, digest_of(machine, 5))["notified_by"] == taken.arn

    def test_that_was_redriven_days_after_finds_it_posted(self) -> None:
        with storm() as (machine, slack, _):
            owner = machine.start(finding(4))
            machine.start(finding(5))
            machine.pass_time(seconds=80)
            slack.script(SlackFault(error="token_revoked", method=POST))
            failed = machine.wait(owner)
            given(failed.error == "SlackRejected", "it did not fail")
            machine.pass_time(minutes=10)
            machine.run(finding(5))
            machine.pass_time(hours=50)
            assert machine.redrive(failed).end == "Notified"
            assert [counted(each) for each in of_digest(machine)] == [2]


def writes_to(key: str, names: str) -> Callable[[str, Any], bool]:
    """Accept the writes of an item that change an attribute."""
    return lambda operation, arguments: (
        operation == "update_item" and key in str(arguments) and f"{names} = " in str(arguments)
    )


class TestADeath:
    @pytest.mark.parametrize("taken", [False, True], ids=["before", "after"])
    @pytest.mark.parametrize("attribute", ["fold", "claimed_by", "place", "attempt", "notified_update"])
    def test_at_each_write_loses_nothing_and_repeats_nothing(self, attribute: str, *, taken: bool) -> None:
        with storm() as (machine, _, __):
            key = id_of(4) if attribute == "fold" else "digest#"
            machine.break_dynamodb(writes_to(key, attribute), "InternalServerError", taken=taken)
            owner, member = machine.start(finding(4)), machine.start(finding(5))
            assert [machine.wait(each).end for each in (owner, member)] == ["Notified"] * 2
            assert machine.broken == 1
            assert [counted(each) for each in of_digest(machine)] == [2]

    def test_of_the_function_between_any_two_visits_is_come_back_from(self) -> None:
        for visit in range(1, 6):
            with storm() as (machine, _, __):
                self._die_after(machine, visit)
                owner = machine.start(finding(4), "owner")
                machine.start(finding(5), "member")
                assert machine.wait(owner).end == "Notified"
                assert [counted(each) for each in of_digest(machine)] == [2]

    @staticmethod
    def _die_after(machine: Machine, visit: int) -> None:
        visits = 0

        def die(name: str, payload: Any) -> None:
            nonlocal visits
            if name == "post-to-slack" and payload["execution"].endswith(":owner"):
                visits += 1
                if visits == visit:
                    raise lambda_error("Runtime.ExitError")

        machine.disturb_answer = die

    def test_at_the_record_is_carried_by_the_state(self) -> None:
        with storm(scopes=DEFAULT_SCOPES) as (machine, _, __):
            machine.break_dynamodb(writes_to("digest#", "notified_update"), "InternalServerError", times=4)
            assert machine.run(finding(4)).end == "Notified"
            [message] = of_digest(machine)
            assert item_of_digest(machine, digest_of(machine, 4))["ts"] == message.ts
            assert item_of_digest(machine, digest_of(machine, 4))["content"]


class TestSlack:
    @pytest.mark.parametrize(
        "fault",
        [
            pytest.param(SlackFault(retry_after=30, method=POST), id="429"),
            pytest.param(SlackFault(status=503, method=POST), id="503"),
            pytest.param(SlackFault(reset=True, method=POST), id="lost"),
            pytest.param(SlackFault(reset=True, taken=True, method=POST), id="taken-without-an-answer"),
        ],
    )
    def test_that_fails_gets_it_once(self, fault: SlackFault) -> None:
        with storm() as (machine, slack, _):
            owner = machine.start(finding(4))
            machine.pass_time(seconds=80)
            slack.script(fault)
            assert machine.wait(owner).end == "Notified"
            [message] = of_digest(machine)
            item = item_of_digest(machine, digest_of(machine, 4))
            assert item["ts"] == message.ts
            assert "attempt" not in item

    def test_whose_history_may_not_be_read_may_get_it_twice(self) -> None:
        with storm(scopes=DEFAULT_SCOPES) as (machine, slack, _):
            owner = machine.start(finding(4))
            machine.pass_time(seconds=80)
            slack.script(SlackFault(reset=True, taken=True, method=POST))
            assert machine.wait(owner).end == "Notified"
            assert [counted(each) for each in of_digest(machine)] == [1, 1]

    def test_with_a_webhook_gets_one_message_and_nothing_else(self) -> None:
        with storm(secret="webhook", ANSWER_WITHIN="high=24h") as (machine, _, __):
            owner = machine.start(finding(4))
            machine.start(finding(5))
            outcome = machine.wait(owner)
            assert outcome.end == "Notified"
            assert "attention" not in outcome.output["posted"]
            item = item_of_digest(machine, digest_of(machine, 4))
            assert item["notified_update"]
            assert not {"ts", "awaits", "attention"} & set(item)
            assert kinds(machine.messages()).count(MarkKind.FOLDED) == 0


class TestTheIndex:
    def test_that_has_not_heard_of_all_is_waited_for(self) -> None:
        with storm() as (machine, _, __):
            with late_index(machine, [1, 2, 3]) as readings:
                owner = machine.start(finding(4))
                for number in (5, 6):
                    machine.start(finding(number))
                assert machine.wait(owner).end == "Notified"
            assert readings[:4] == [1, 2, 3, 3]
            assert [counted(each) for each in of_digest(machine)] == [3]

    def test_that_goes_on_hearing_of_more_is_not_waited_for_for_ever(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        said: list[bool] = []
        render = digest_message.render

        def rendered(digest: Digest, language: str) -> dict[str, Any]:
            said.append(digest.at_least)
            return render(digest, language)

        monkeypatch.setattr(digest_message, "render", rendered)
        with storm() as (machine, _, __):
            with late_index(machine, [1, 2, 3, 4, 5]):
                owner = machine.start(finding(4))
                for number in range(5, 10):
                    machine.start(finding(number))
                assert machine.wait(owner).end == "Notified"
            assert [counted(each) for each in of_digest(machine)] == [5]
            assert said
            assert all(said)

    def test_that_lists_nobody_is_asked_again(self) -> None:
        with storm() as (machine, _, __):
            with late_index(machine, [0] * 8):
                assert machine.run(finding(4)).end == "Notified"
            assert [counted(each) for each in of_digest(machine)] == [1]

    def test_that_is_not_made_yet_is_waited_for(self) -> None:
        """A deploy changes the functions first, and makes the index then."""
        with storm() as (machine, _, __):
            machine.break_dynamodb(asks_for_members, "ValidationException", times=6)
            owner, member = machine.start(finding(4)), machine.start(finding(5))
            assert [machine.wait(each).end for each in (owner, member)] == ["Notified"] * 2
            assert machine.broken == 6
            assert [counted(each) for each in of_digest(machine)] == [2]

    def test_that_is_not_made_for_hours_fails_for_people_to_see(self) -> None:
        with storm() as (machine, _, __):
            missing = [True]
            machine.break_dynamodb(
                lambda operation, arguments: bool(missing) and asks_for_members(operation, arguments),
                "ValidationException",
                times=500,
            )
            owner = machine.start(finding(4))
            machine.start(finding(5))
            failed = machine.wait(owner)
            assert failed.error in ("SlackDown", "AWSUnavailable")
            missing.clear()
            assert machine.redrive(failed).end == "Notified"
            assert [counted(each) for each in of_digest(machine)] == [2]

    def test_is_read_once_in_a_run(self) -> None:
        """Fifty thousand findings take a small function twenty seconds each time."""
        read = Counter[int]()
        members = digests.members

        def counting(id_: str, table: str = "") -> list[Any]:
            read[len(machine.invocations)] += 1
            return members(id_, table)

        with storm() as (machine, _, __), patch.object(digests, "members", counting):
            assert machine.run(finding(4)).end == "Notified"
        assert set(read.values()) == {1}


def asks_for_members(operation: str, arguments: Any) -> bool:
    """Accept the queries of the index of digests."""
    return operation == "query" and "'digests'" in str(arguments)


@contextmanager
def late_index(machine: Machine, hears: list[int]) -> Iterator[list[int]]:
    """Let the index list no more than so many findings, at each reading; then all."""
    readings: list[int] = []
    left, members = list(hears), digests.members

    def late(id_: str, table: str = "") -> list[Any]:
        found = sorted(members(id_, table))
        found = found[: left.pop(0)] if left else found
        readings.append(len(found))
        return found

    with patch.object(digests, "members", late):
        yield readings


class TestReplies:
    def test_name_the_findings_in_their_order_at_most_once(self) -> None:
        with quick_storm() as (machine, _, folded):
            [message] = of_digest(machine)
            replies = [each for each in machine.messages() if each.thread_ts == message.ts]
            assert kinds(replies) == [MarkKind.FOLDED] * 2
            assert [mark_of(each).seen for each in replies] == [0, 1]
            assert folded == counted(message)

    def test_are_not_posted_while_others_wait(self) -> None:
        with storm() as (machine, _, __):
            owner = machine.start(finding(4))
            machine.pass_time(seconds=118)
            for number in range(11, 14):
                machine.start(finding(number, severity=CRITICAL))
            machine.wait(owner)
            [message] = of_digest(machine)
            assert [each for each in machine.messages() if each.thread_ts] == []
            assert message

    def test_end_where_slack_takes_none(self) -> None:
        with quick_storm(SlackFault(retry_after=5, method=POST, when=is_reply)) as (machine, slack, _):
            assert [each for each in machine.messages() if each.thread_ts] == []
            assert sum(is_reply(each.body) for each in slack.requests) == 1


def mark_of(message: Message) -> Any:
    return read({"bot_id": "B", **message.shown})


class TestAttention:
    def test_is_started_once_for_all(self) -> None:
        with storm(ANSWER_WITHIN="high=24h") as (machine, _, __):
            machine.put(
                "routes", finding_type="*", rule="low", region="*", mention="<@U0000LOW0>", max_severity=7.5
            )
            machine.put(
                "routes", finding_type="*", rule="high", region="*", mention="<@U000HIGH0>", min_severity=7.6
            )
            owner = machine.start(finding(4, severity=7))
            member = machine.start(finding(5, severity=8.2))
            outcome = machine.wait(owner)
            assert "StartAttention" in outcome.states
            assert "StartAttention" not in machine.outcome(member).states
            item = item_of_digest(machine, digest_of(machine, 4))
            watch = json.loads(item["attention"])
            assert (watch["folded"], watch["severity"], watch["mention"]) == (2, 8.2, "<@U000HIGH0>")
            assert item["awaits"] == "answer"
            assert outcome.output["posted"]["attention"]["finding_id"] == digests.key(digest_of(machine, 4))
            assert "attention" not in machine.item(id_of(4))
