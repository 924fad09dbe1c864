"""LookForAnswer: what was noticed lies in the finding's item before it is said."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.attention import reactions, schedule
from chalicelib.attention.reactions import Blind, MessageGone, NotYet, Reading
from chalicelib.aws import clients
from chalicelib.errors import InvalidSettings, LedgerUnreadable, SlackUnavailable
from chalicelib.functions.look_for_answer import LookAnswer, LookRequest, look_for_answer
from chalicelib.ledger import watch as ledger
from chalicelib.ledger.claim import instant
from chalicelib.ledger.notifications import FindingEntry, held
from chalicelib.ledger.table import ConditionFailed, read_item
from chalicelib.ledger.watch import Answer, Watch
from chalicelib.settings import notifications_table
from statemachine.local.aws_stand_in import AwsFault
from statemachine.local.guardduty_stand_in import GuardDutyStandIn
from statemachine.local.local_aws import LocalAWS
from tests.attention.watches import OPENING, POSTED, at, watch
from tests.machine import event

KEY = "a-finding"
NOTHING = Reading((), (), ())
HANDLED = Reading((), ("U1",), ("U1 white_check_mark",))
SEEN = Reading(("U1",), (), ("U1 eyes",))

REQUEST: LookRequest = {
    "finding_id": KEY,
    "opening": OPENING,
    "execution": "arn:aws:states:eu-west-1:111122223333:execution:guardduty-notifier-dev-attention:a-finding",
    "since": "2026-11-20T10:00:06.123Z",
}


class World:
    """A finding's item, what GuardDuty lists, and what Slack says; and what either was asked."""

    def __init__(self, guardduty: GuardDutyStandIn) -> None:
        self.guardduty = guardduty
        self.says: Any = NOTHING
        self.asked: list[tuple[str, str]] = []
        self.meanwhile: Callable[[], None] = lambda: None

    def answers(self, _: Watch, channel: str, ts: str) -> Any:
        self.asked.append((channel, ts))
        self.meanwhile()
        if isinstance(self.says, Exception):
            raise self.says
        return self.says

    def keep(self, asked: Watch, **attributes: str) -> None:
        """Write the finding's item, as who posted it does."""
        entry = held(KEY, at(0))
        entry.read()
        message = {"channel": "C0123456789", "ts": "1763632805.000100", "notified_update": OPENING}
        entry.change({**message, **ledger.changes(asked), **attributes})

    def list(self, *, archived: bool) -> None:
        self.guardduty.put(event(id=KEY, service={"archived": archived})["detail"])

    @property
    def item(self) -> dict[str, str]:
        return {name: value.get("S") or value["N"] for name, value in read_item(KEY).items()}

    @property
    def watch(self) -> Watch:
        return ledger.read(self.item["attention"]) or pytest.fail("it can't be read")


@pytest.fixture(scope="module")
def guardduty() -> Iterator[GuardDutyStandIn]:
    """A local AWS for all of these tests: each begins without the item. Its clients are made at once, as each test
    takes AWS's variables away.
    """
    with pytest.MonkeyPatch.context() as environment, GuardDutyStandIn() as stand_in, LocalAWS():
        environment.setenv("AWS_ENDPOINT_URL_GUARDDUTY", stand_in.url)
        clients.client("dynamodb"), clients.client("guardduty", "eu-west-1")
        yield stand_in


@pytest.fixture
def world(guardduty: GuardDutyStandIn, monkeypatch: pytest.MonkeyPatch) -> World:
    clients.client("dynamodb").delete_item(TableName=notifications_table(), Key={"finding_id": {"S": KEY}})
    guardduty.calls.clear()
    found = World(guardduty)
    found.list(archived=False)
    monkeypatch.setattr(reactions, "answers", found.answers)
    return found


def answer(seconds: float = 60, **request: str) -> LookAnswer:
    return look_for_answer({**REQUEST, **request}, at(seconds))  # type: ignore[typeddict-item]


def test_todays_form_of_the_request_stays_readable(world: World) -> None:
    """An execution goes on with the definition that it was started with: it asks in this form for seven days.

    A name may come besides, and not be required; none of these may go, or mean something else.
    """
    started_today = {"finding_id", "opening", "execution", "since"}
    assert {*REQUEST} == started_today
    assert LookRequest.__required_keys__ <= started_today <= LookRequest.__annotations__.keys()
    world.keep(watch())
    assert look_for_answer(REQUEST, at(60))["status"] == "wait"
    assert look_for_answer({**REQUEST, "opening": "2026-11-20T09:00:00.000Z"}, at(60))["status"] == "handled"


# --- what is next ---


def test_nobody_has_answered(world: World) -> None:
    world.keep(watch())
    before = world.item
    found = answer()
    assert (found["status"], 0 < found["seconds"] <= 120) == ("wait", True)
    assert world.asked == [("C0123456789", "1763632805.000100")]
    assert world.item == before, "nothing was noticed, so nothing is written"


def test_who_answers_is_written_before_it_is_said(world: World) -> None:
    world.keep(watch())
    world.says = HANDLED
    assert answer()["status"] == "show"
    assert world.watch == watch(
        answer=Answer.HANDLED, handled_by=("U1",), answered_at="2026-11-20T10:01:05.000Z"
    )
    assert (world.item["awaits"], world.item["awaits_since"]) == ("withdrawal", "2026-11-20T10:01:05.000Z")


def test_nothing_but_the_answer_is_written(world: World) -> None:
    """The function's policy allows no other attribute."""
    world.keep(watch())
    before = world.item
    world.says = SEEN
    answer()
    changed = {name for name, value in world.item.items() if before.get(name) != value}
    assert changed <= {"attention", "awaits", "awaits_since", "v", "expires_at"}
    assert "attention" in changed
    lives = datetime.fromtimestamp(int(world.item["expires_at"]), UTC)
    assert lives == at(60) + timedelta(days=90)


def test_what_is_shown_is_the_end(world: World) -> None:
    shown = watch(answer=Answer.HANDLED, handled_by=("U1",), answered_at="2026-11-20T10:01:05.000Z")
    world.keep(shown.with_(shown=shown.said))
    world.says = HANDLED
    assert answer()["status"] == "handled"


def test_a_deadline_is_reminded_of(world: World) -> None:
    world.keep(watch())
    found = answer(901)
    assert (found["status"], found["at"]) == ("remind", instant(at(901)))


def test_a_newer_opening_is_anothers(world: World) -> None:
    world.keep(watch(opening="2026-11-20T11:00:00.000Z"))
    found = answer()
    assert (found["status"], world.asked) == ("handled", [])
    assert "2026-11-20T11:00:00.000Z" in found["why"]


@pytest.mark.parametrize("attributes", [{}, {"attention": ""}, {"attention": "{}"}, {"attention": "[1]"}])
def test_without_a_question_there_is_no_answer(world: World, attributes: dict[str, str]) -> None:
    if attributes:
        world.keep(watch(), **attributes)
    assert answer()["status"] == "unanswered"


def test_of_an_item_that_is_not_believed_nothing_is_written(world: World) -> None:
    world.keep(watch(), claimed_until="2099-01-01T00:00:00.000Z")
    before = world.item
    world.says = HANDLED
    assert answer()["status"] == "unanswered"
    assert world.item == before


def test_switched_off_it_ends(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.keep(watch())
    monkeypatch.setenv("ANSWER_WITHIN", "off")
    found = answer()
    assert (found["status"], world.asked) == ("unanswered", [])
    assert "switched off" in found["why"]


def test_switched_on_again_nobody_is_reminded_of_what_was_due_meanwhile(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.keep(watch())
    monkeypatch.setenv("ANSWER_WITHIN", "off")
    answer(80)
    assert world.watch.off
    monkeypatch.delenv("ANSWER_WITHIN")
    assert answer(90_000)["status"] == "wait"
    assert (world.watch.off, world.watch.reminded) == (False, schedule.LAST)


def test_a_setting_that_cant_be_read_is_said(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.keep(watch())
    monkeypatch.setenv("ANSWER_WITHIN", "soon")
    with pytest.raises(InvalidSettings):
        answer()


# --- cheap first ---


def test_at_the_start_nobody_is_asked(world: World) -> None:
    world.keep(watch())
    assert answer(2)["status"] == "wait"
    assert (world.asked, {*world.guardduty.calls}) == ([], set())


def test_what_stands_there_as_it_opens_again_is_looked_at_right_then(world: World) -> None:
    world.keep(watch(anew=True))
    world.says = HANDLED
    assert answer(2)["status"] == "wait"
    assert world.watch == watch(ignored=("U1 white_check_mark",))


def test_what_a_rule_hides_is_asked_for_nowhere(world: World) -> None:
    world.keep(watch(), suppressed_update="2026-11-20T10:05:00.000Z")
    assert answer()["status"] == "show"
    assert world.watch.answer is Answer.HIDDEN
    assert (world.asked, {*world.guardduty.calls}) == ([], set())


def test_what_was_hidden_before_it_was_posted_is_not_hidden(world: World) -> None:
    world.keep(watch(), suppressed_update=OPENING)
    assert answer()["status"] == "wait"


# --- GuardDuty ---


def test_what_is_archived_is_answered(world: World) -> None:
    world.keep(watch())
    world.list(archived=True)
    assert answer()["status"] == "show"
    assert (world.watch.answer, world.asked) == (Answer.ARCHIVED, [])


@pytest.mark.parametrize("operation", ["ListDetectors", "GetFindings"])
def test_what_guardduty_refuses_does_not_keep_anybody_from_answering(world: World, operation: str) -> None:
    world.keep(watch())
    world.list(archived=True)
    world.guardduty.script(AwsFault(operation, "AccessDeniedException", 403))
    world.says = HANDLED
    assert answer()["status"] == "show"
    assert world.watch.answer is Answer.HANDLED


# --- Slack ---


@pytest.mark.parametrize(
    ("says", "status", "changes"),
    [
        (NotYet(30), "wait", {}),
        (Blind("group"), "wait", {"blind": "group"}),
        (MessageGone(), "show", {"gone": True}),
    ],
)
def test_what_slack_says_instead(world: World, says: Any, status: str, changes: dict[str, Any]) -> None:
    world.keep(watch())
    world.says = says
    assert answer(901)["status"] == status
    assert world.watch == watch(**changes)


def test_a_message_that_cant_be_named_shows_no_reactions(world: World) -> None:
    world.keep(watch(), ts="")
    assert answer(901)["status"] == "wait"
    assert (world.watch.blind, world.asked) == ("channel", [])


def test_slack_down_is_tried_again(world: World) -> None:
    world.keep(watch())
    world.says = SlackUnavailable("no connection")
    with pytest.raises(SlackUnavailable):
        answer()


# --- others write ---


def test_who_finds_the_item_changed_looks_once_more(world: World) -> None:
    world.keep(watch())
    world.says = HANDLED

    def once() -> None:
        world.meanwhile = lambda: None
        world.keep(watch(severity=9.5))

    world.meanwhile = once
    assert answer()["status"] == "show"
    assert (world.watch.severity, world.watch.answer) == (9.5, Answer.HANDLED)
    assert len(world.asked) == 2


def test_whom_others_overtake_twice_waits(world: World) -> None:
    world.keep(watch())
    world.says = HANDLED
    world.meanwhile = lambda: world.keep(watch())
    assert answer() == {
        "status": "wait",
        "seconds": 1,
        "why": "Others were changing the finding's item just now.",
    }
    assert world.watch == watch()


def test_a_table_that_cant_be_read_is_said(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAGE", "another")
    with pytest.raises(LedgerUnreadable):
        answer()


def test_a_write_that_was_refused_is_no_answer(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.keep(watch())
    world.says = HANDLED

    def refuse(*_: object) -> None:
        raise ConditionFailed

    monkeypatch.setattr(FindingEntry, "change", refuse)
    assert answer()["status"] == "wait"


# --- seven days ---


def test_nobody_is_asked_for_longer_than_seven_days(world: World) -> None:
    world.keep(watch(reminded=3))
    since = datetime.fromisoformat(REQUEST["since"])
    end = (since + timedelta(days=7) - POSTED).total_seconds()
    early = answer(end - 90)
    assert (early["status"], early["seconds"]) == ("wait", 91)
    late = answer(end)
    assert (late["status"], late["seconds"]) == ("unanswered", 0)
    assert "7 days" in late["why"]


def test_an_answer_is_shown_however_late(world: World) -> None:
    world.keep(watch(reminded=3))
    world.says = HANDLED
    assert answer(8 * 86_400)["status"] == "show"
    assert world.watch.answer is Answer.HANDLED


# --- the metric ---


def metric(capsys: pytest.CaptureFixture[str]) -> list[int]:
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert all(line["_aws"]["CloudWatchMetrics"][0]["Metrics"][0]["Unit"] == "Seconds" for line in lines)
    return [line["SecondsToAnswer"] for line in lines]


def test_how_long_an_answer_took_is_counted_once(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "any")
    world.keep(watch())
    world.says = SEEN
    answer(60)
    world.says = HANDLED
    answer(180)
    answer(420)
    assert metric(capsys) == [180]


def test_at_home_nothing_is_printed(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.keep(watch())
    world.says = HANDLED
    answer()
    assert metric(capsys) == []
