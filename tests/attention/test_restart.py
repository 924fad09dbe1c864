"""What keeps a finding's time is never lost for longer than an hour."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from chalicelib import clock
from chalicelib.attention import look, reactions
from chalicelib.attention.restart import NO_TIME, Restarts, restart
from chalicelib.errors import SlackRejected, SlackUnavailable
from chalicelib.ledger import notifications, open_list, watch
from chalicelib.ledger.claim import instant
from chalicelib.ledger.notifications import FindingEntry
from chalicelib.ledger.table import ConditionFailed
from chalicelib.ledger.watch import ANSWER, WITHDRAWAL, Answer, Watch
from chalicelib.slack.api import Posted
from chalicelib.slack.post import Door, Letter
from chalicelib.slack.secret import Token
from statemachine.local.aws_stand_in import AwsFault
from statemachine.local.slack_stand_in import SlackStandIn
from tests.catch_up.test_daily_proof import TOKEN, make_parameter
from tests.catch_up.test_replay import HERE, World, world
from tests.ledger.test_open_list import asked, put

MACHINE = f"{HERE.machine}-attention"
OUTPUT = {"answer": {"status": "unanswered", "seconds": 0, "why": "after seven days"}}
DAY = 24 * 60
LONG_KEY = "k" * 62


@pytest.fixture
def here() -> Iterator[World]:
    with world() as made:
        yield made


def run(looks: int = 1000) -> Restarts:
    """An hourly look that has time for so many findings."""
    left = iter([True] * looks)
    return restart(MACHINE, clock.now(), lambda: next(left, False))


def counts(came: Restarts) -> tuple[int, int]:
    return came.open, came.restarted


def name(key: str, of: Watch, suffix: str = "") -> str:
    return watch.execution_name(key, of.opening) + suffix


def names(here: World) -> list[str]:
    return [each.name for each in here.executions.of(MACHINE)]


def test_what_has_an_execution_is_left_alone(here: World) -> None:
    one, two = asked(5), asked(7)
    put("1", one)
    put("2", two)
    here.executions.add(name("1", one), machine=MACHINE)
    here.executions.add(name("2", two, "-2"), machine=MACHINE)
    assert counts(run()) == (2, 0)
    assert here.executions.calls["DescribeExecution"] == here.executions.calls["StartExecution"] == 0


def test_one_that_was_lost_is_started_with_the_input_of_the_state(here: World) -> None:
    one = asked(5)
    put("1", one)
    assert counts(run()) == (1, 1)
    [started] = here.executions.of(MACHINE)
    assert started.name == name("1", one)
    assert started.input == json.dumps({"finding_id": "1", "opening": one.opening}, separators=(",", ":"))
    assert counts(run()) == (1, 0)
    assert here.executions.executions == []


@pytest.mark.parametrize(
    ("ended", "restarted", "suffixes"),
    [
        pytest.param({"status": "FAILED", "error": "SlackDown"}, 1, [""], id="failed"),
        pytest.param({"status": "TIMED_OUT"}, 1, [""], id="timed-out"),
        pytest.param({"status": "ABORTED"}, 1, [""], id="aborted"),
        pytest.param({"status": "FAILED", "days_ago": 15}, 1, ["", "-2"], id="failed-long-ago"),
        pytest.param({"status": "SUCCEEDED"}, 1, ["", "-2"], id="ended-while-open"),
        pytest.param({"status": "SUCCEEDED", "output": "[]"}, 1, ["", "-2"], id="an-output-of-another-kind"),
        pytest.param({"status": "SUCCEEDED", "output": json.dumps(OUTPUT)}, 0, [""], id="unanswered"),
    ],
)
def test_one_that_ended_goes_on(
    ended: dict[str, Any],
    restarted: int,
    suffixes: list[str],
    here: World,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    see(monkeypatch)
    one = asked(8 * DAY)
    put("1", one)
    here.executions.add(name("1", one), machine=MACHINE)
    here.executions.end(name("1", one), **ended, machine=MACHINE)
    came = run()
    assert (came.restarted, came.failed) == (restarted, {})
    assert names(here) == [name("1", one, suffix) for suffix in suffixes]
    running = [each for each in here.executions.of(MACHINE) if each.status == "RUNNING"]
    assert len(running) == restarted


def test_one_that_was_switched_off_goes_on(here: World) -> None:
    """It ended in Unanswered before its seven days were over."""
    one = asked(6 * DAY)
    put("1", one)
    here.executions.add(name("1", one), machine=MACHINE)
    here.executions.end(name("1", one), "SUCCEEDED", output=json.dumps(OUTPUT), machine=MACHINE)
    assert run().restarted == 1


def test_an_answer_that_comes_after_seven_days_is_seen_and_shown(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = asked(9 * DAY)
    put("1", one)
    here.executions.add(name("1", one), machine=MACHINE)
    here.executions.end(name("1", one), "SUCCEEDED", output=json.dumps(OUTPUT), machine=MACHINE)
    see(monkeypatch, answer=Answer.HANDLED, handled_by=("U1",), answered_at=instant(clock.now()))
    assert counts(run()) == (1, 1)
    assert written("1").handled_by == ("U1",)
    assert keys(ANSWER) == []
    assert names(here) == [name("1", one), name("1", one, "-2")]


# --- answers that may be taken back


def see(monkeypatch: pytest.MonkeyPatch, **changed: Any) -> list[str]:
    """Let a look see this; return whom it looks at."""
    looked: list[str] = []

    def look_at(entry: FindingEntry, known: Watch, _: object) -> Watch:
        assert entry.claim
        looked.append(entry.claim["finding_id"])
        return known.with_(**changed)

    monkeypatch.setattr(look, "look", look_at)
    return looked


def handled(hours: float, **changed: Any) -> Watch:
    """An answer so many hours ago, which its message shows."""
    when = instant(clock.now() - timedelta(hours=hours))
    made = asked(20 * DAY, answer=Answer.HANDLED, handled_by=("U1",), answered_at=when)
    return made.with_(**{"shown": made.said, **changed})


def written(key: str) -> Watch:
    found = watch.read(notifications.read(key).attention)
    assert found
    return found


def keys(what: str) -> list[str]:
    return [each.finding_id for each in open_list.watched(what)]


OPEN = {"answer": Answer.OPEN, "handled_by": (), "answered_at": ""}


def test_an_answer_that_was_taken_back_opens_it_again(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    before = handled(3)
    put("1", before)
    see(monkeypatch, **OPEN)
    came = run()
    assert came.to_json() == {"open": 0, "restarted": 1, "reopened": 1}
    after = written("1")
    assert after == before.with_(**OPEN, opening=after.opening)
    assert after.opening > before.opening
    assert keys(ANSWER) == ["1"]
    assert names(here) == [name("1", after)]
    assert counts(run()) == (1, 0)


def test_an_answer_is_looked_at_for_a_day(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for key, hours in (("1", 23), ("2", 25), ("3", 7 * 24)):
        put(key, handled(hours))
    looked = see(monkeypatch)
    assert run().to_json() == {"open": 0, "restarted": 0, "reopened": 0}
    assert looked == ["1"]
    assert keys(WITHDRAWAL) == ["3", "2", "1"]
    assert names(here) == []


def test_after_eight_days_it_is_taken_off_the_list(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    looked = see(monkeypatch)
    one = handled(8 * 24 + 1)
    put("1", one)
    run()
    assert (keys(WITHDRAWAL), looked, written("1")) == ([], [], one)
    assert names(here) == []


def test_an_answer_that_its_message_does_not_show_has_an_execution(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = see(monkeypatch)
    one, two = handled(30, shown=""), handled(31, shown="")
    put("1", one)
    put("2", two)
    here.executions.add(name("2", two), machine=MACHINE)
    assert run().restarted == 1
    assert (sorted(names(here)), looked) == (sorted([name("1", one), name("2", two)]), [])


def test_who_else_has_handled_it_is_shown_too(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    one = handled(1)
    put("1", one)
    here.executions.add(name("1", one), "SUCCEEDED", machine=MACHINE)
    see(monkeypatch, handled_by=("U1", "U2"))
    assert run().to_json() == {"open": 0, "restarted": 1, "reopened": 0}
    assert names(here) == [name("1", one), name("1", one, "-2")]
    assert written("1").handled_by == ("U1", "U2")


@pytest.mark.parametrize("error", [SlackUnavailable("no answer"), SlackRejected("no token")])
def test_where_reactions_can_not_be_read_the_others_are_looked_after(
    error: Exception, here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def look_at(*_: object) -> None:
        raise error

    monkeypatch.setattr(look, "look", look_at)
    put("1", handled(3))
    put("2", handled(2, shown=""))
    came = run()
    assert (came.restarted, came.failed) == (1, {str(error): 1})
    assert len(names(here)) == 1


def test_what_others_change_meanwhile_is_left_to_them(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def changed(*_: object) -> None:
        raise ConditionFailed

    see(monkeypatch, **OPEN)
    monkeypatch.setattr(FindingEntry, "change", changed)
    one = handled(3)
    put("1", one)
    assert run().failed == {}
    assert (written("1"), names(here)) == (one, [])


def test_a_name_has_room_for_its_number(here: World) -> None:
    one = asked(5)
    put(LONG_KEY, one)
    first = name(LONG_KEY, one)
    assert len(first) == 80
    here.executions.add(first, "SUCCEEDED", machine=MACHINE)
    assert run().restarted == 1
    assert names(here) == [first, f"{first[:78]}-2"]
    assert run().restarted == 0


def test_nine_that_ended_without_an_answer_are_for_a_person(here: World) -> None:
    one = asked(5)
    put("1", one)
    for suffix in ("", *(f"-{number}" for number in range(2, 10))):
        here.executions.add(name("1", one, suffix), "SUCCEEDED", machine=MACHINE)
    came = run()
    assert (came.restarted, came.failed) == (0, {"executions end without an answer": 1})


def test_one_that_is_refused_keeps_nobody_back(here: World) -> None:
    for number in range(3):
        put(str(number), asked(number))
    here.executions.script(AwsFault("StartExecution", "ThrottlingException", 400))
    came = run()
    assert (came.open, came.restarted) == (3, 2)
    assert came.failed == {"states:StartExecution: ThrottlingException": 1}
    assert run().restarted == 1


def test_what_there_is_no_time_for_is_said(here: World) -> None:
    for number in range(3):
        put(str(number), asked(number))
    came = run(looks=1)
    assert (came.open, came.restarted, came.failed) == (1, 1, {NO_TIME: 1})


def test_where_nothing_can_be_listed_that_is_said(here: World) -> None:
    put("1", asked())
    here.executions.script(AwsFault("ListExecutions", "AccessDeniedException", 400))
    came = run()
    assert (came.restarted, names(here)) == (0, [])
    assert [why for why in came.failed if "AccessDenied" in why]


def test_where_nothing_waits_step_functions_is_not_asked(here: World) -> None:
    assert counts(run()) == (0, 0)
    assert not here.executions.calls


def test_switched_off_nothing_is_asked(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANSWER_WITHIN", "off")
    put("1", asked())
    assert counts(run()) == (0, 0)
    assert here.executions.calls["ListExecutions"] == 0


def test_more_than_a_page_runs(here: World) -> None:
    for number in range(1001):
        here.executions.add(f"e{number}", machine=MACHINE)
    one = asked()
    put("1", one)
    here.executions.add(name("1", one), machine=MACHINE, days_ago=1)  # the last of the list
    assert run().restarted == 0


@pytest.mark.parametrize("stands", [True, False])
def test_an_answer_holds_as_long_as_its_reaction_stands_in_slack(stands: bool) -> None:
    """Through all of it: Slack is asked, and GuardDuty whether the finding is archived."""
    reactions.forget()
    with SlackStandIn() as slack, world(slack=slack.url) as here:
        make_parameter()
        posted = Door(slack.url, Token(TOKEN)).post(Letter("#security", {"text": "a finding"}))
        assert isinstance(posted, Posted)
        slack.react(posted.channel, posted.ts, "white_check_mark", "U0ANNA")
        if not stands:
            slack.unreact(posted.channel, posted.ts, "white_check_mark", "U0ANNA")
        made = handled(3, handled_by=("U0ANNA",))
        put("1", made.with_(shown=made.said), channel=posted.channel, ts=posted.ts)
        came = run()
        assert (came.restarted, came.reopened, came.failed) == ((0, 0, {}) if stands else (1, 1, {}))
        assert written("1").is_open is not stands
        assert len(names(here)) == came.restarted
