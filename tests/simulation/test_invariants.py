"""Each invariant bites where it is broken, and not in the nearest history where it holds."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, NamedTuple

import pytest

from tests.simulation.attention import ATTENTION
from tests.simulation.faults import Place
from tests.simulation.interpreter import Entered, Execution
from tests.simulation.invariants import INVARIANTS, broken
from tests.simulation.journal import Invocation, Journal, SlackCall, Started
from tests.simulation.storms import STORMS
from tests.simulation.story import HOUR, START, Arrival, Deed, Outage, Story, finding_id

NEVER = float("inf")
LATE = 48 * HOUR


def arrived(update: int = 1, at: float = 1.0, **told: Any) -> Arrival:
    return Arrival(**{"at": at, "finding": 1, "update": update, "of": at} | told)


def story(*arrivals: Arrival, **told: Any) -> Story:
    return Story(1, arrivals or (arrived(),), **{"history": True} | told)


def started(
    update: int = 1,
    at: float = 1.0,
    ends: Sequence[tuple[float, str]] = ((5.0, "Notified"),),
    status: str = "SUCCEEDED",
    *,
    finding: int = 1,
    redriven: Sequence[float] = (),
    waits: Sequence[tuple[float, float]] = (),
) -> Started:
    """Make an execution that waited for Slack from one second to another."""
    execution = Execution("", f"finding-{finding}-update-{update}", {}, status)
    execution.started_at = START + timedelta(seconds=at)
    execution.ended_at = START + timedelta(seconds=ends[-1][0]) if ends else None
    for begin, end in waits:
        for state, moment in (("WaitForSlack", begin), ("PostToSlack", end)):
            execution.entered.append(Entered(state, START + timedelta(seconds=moment), {}))
    return Started(execution, finding_id(finding), update, at, list(redriven), ended=list(ends))


def failed(update: int = 1, at: float = 1.0, ended: float = 5.0, **more: Any) -> Started:
    return started(update, at, [(ended, "SlackUnavailable")], "FAILED", **more)


def ended_in(end: str, update: int = 1, at: float = 1.0, ended: float = 5.0, **more: Any) -> Started:
    return started(update, at, [(ended, end)], **more)


def running(update: int = 1, at: float = 1.0, **more: Any) -> Started:
    return started(update, at, [], "RUNNING", **more)


def post(at: float = 4.0, update: int = 1, *, finding: int = 1, died: bool = False, **more: Any) -> SlackCall:
    """Make a message that Slack took, whose answer was heard."""
    invocation = Invocation("post-to-slack", "", at, died)
    call = SlackCall(at, "chat.postMessage", "#security", invocation, finding_id(finding), update)
    told: dict[str, Any] = {"ts": f"{at}", "answered": True, "status": 200} | more
    return replace(call, **told)


def updated(at: float, update: int, of: float, **more: Any) -> SlackCall:
    """Make a change of the message that was posted at a moment."""
    return post(at, update, **{"method": "chat.update", "ts": f"{of}"} | more)


def journal(*happened: Started | SlackCall, **more: Any) -> Journal:
    return Journal(
        started=[each for each in happened if isinstance(each, Started)],
        slack=[each for each in happened if isinstance(each, SlackCall)],
        **{"ended_at": LATE} | more,
    )


def rule(begins: float = 0.0, ends: float = NEVER, finding: int = 1) -> dict[str, Any]:
    return {"finding": finding_id(finding), "begins": begins, "ends": ends}


class Case(NamedTuple):
    """A history, and whether the invariant is broken in it."""

    invariant: str
    what: str
    breaks: bool
    story: Story
    journal: Journal


def _lost(of: float = HOUR, **told: Any) -> Story:
    lost = arrived(2, of, lost=True, **{"severity": told.pop("severity", 8.0)})
    return story(arrived(), lost, **{"hours": 40.0} | told)


ONE = story()
TWO = story(arrived(), arrived(2, 100.0))
CRITICAL = story(arrived(severity=9.0))
BOTH = story(arrived(), arrived(at=100.0, finding=2))
DELETED = [(50.0, finding_id(1))]
POSTED = journal(started(), post())

CASES = [
    Case("every execution ends", "one runs still", True, ONE, journal(running())),
    Case("every execution ends", "it ended", False, ONE, journal(started())),
    Case("every execution ends", "it failed", False, ONE, journal(failed())),
    # ---
    Case("shown or failed", "nothing is shown", True, ONE, journal(started())),
    Case("shown or failed", "it is shown", False, ONE, POSTED),
    Case("shown or failed", "it is shown by a change", False, TWO, journal(started(2), updated(9.0, 2, 4.0))),
    Case("shown or failed", "only the older one is", True, TWO, journal(started(), started(2), post())),
    Case(
        "shown or failed", "only the newer one is", False, TWO, journal(started(), started(2), post(4.0, 2))
    ),
    Case("shown or failed", "Slack did not take it", True, ONE, journal(started(), post(ts=""))),
    Case("shown or failed", "only a reply says so", True, ONE, journal(started(), post(reply=True))),
    Case("shown or failed", "another finding is shown", True, BOTH, journal(started(), post(finding=2))),
    Case("shown or failed", "it failed", False, ONE, journal(failed())),
    Case("shown or failed", "an older one failed", True, TWO, journal(failed(), started(2), post())),
    Case("shown or failed", "a newer one failed", False, TWO, journal(started(), failed(2))),
    Case("shown or failed", "a rule hid it", False, ONE, journal(ended_in("Suppressed"))),
    Case(
        "shown or failed",
        "it left it to one that a rule hid",
        False,
        TWO,
        journal(ended_in("Superseded", ended=200.0), ended_in("Suppressed", 2, 100.0)),
    ),
    Case(
        "shown or failed",
        "it left it to one that came only later",
        True,
        TWO,
        journal(ended_in("AlreadyNotified", ended=50.0), ended_in("Suppressed", 2, 100.0)),
    ),
    Case(
        "shown or failed",
        "it left it to an older one that a rule hid",
        True,
        TWO,
        journal(ended_in("Suppressed"), ended_in("Superseded", 2, 100.0, 200.0)),
    ),
    Case(
        "shown or failed",
        "two left it to each other",
        True,
        TWO,
        journal(ended_in("Superseded", 1, ended=200.0), ended_in("AlreadyNotified", 2, 100.0, 201.0)),
    ),
    # ---
    Case("left to one that is there", "nobody is", True, ONE, journal(ended_in("AlreadyNotified"))),
    Case("left to one that is there", "it is shown", False, ONE, journal(ended_in("Superseded"), post())),
    Case(
        "left to one that is there",
        "it is shown only later",
        True,
        ONE,
        journal(ended_in("Superseded"), post(6.0)),
    ),
    Case(
        "left to one that is there",
        "another runs",
        False,
        ONE,
        journal(ended_in("AlreadyNotified", at=2.0), running()),
    ),
    Case(
        "left to one that is there",
        "another begins only later",
        True,
        ONE,
        journal(ended_in("AlreadyNotified"), running(at=6.0)),
    ),
    Case(
        "left to one that is there",
        "an older one runs",
        True,
        TWO,
        journal(ended_in("AlreadyNotified", 2), running()),
    ),
    Case(
        "left to one that is there",
        "another finding's runs",
        True,
        BOTH,
        journal(ended_in("AlreadyNotified", at=2.0), running(finding=2)),
    ),
    Case(
        "left to one that is there",
        "another was hidden",
        False,
        ONE,
        journal(ended_in("Superseded", ended=9.0), ended_in("Suppressed")),
    ),
    Case(
        "left to one that is there",
        "another failed within the lease",
        False,
        ONE,
        journal(ended_in("AlreadyNotified", ended=604.0), failed()),
    ),
    Case(
        "left to one that is there",
        "another failed before the lease",
        True,
        ONE,
        journal(ended_in("AlreadyNotified", ended=606.0), failed()),
    ),
    Case(
        "left to one that is there",
        "another failed and is redriven",
        False,
        ONE,
        journal(ended_in("AlreadyNotified", ended=9000.0), failed(redriven=[8000.0])),
    ),
    Case(
        "left to one that is there",
        "another is redriven only later",
        True,
        ONE,
        journal(ended_in("AlreadyNotified", ended=9000.0), failed(redriven=[9001.0])),
    ),
    # ---
    Case("a lost event is found", "it never is", True, _lost(), POSTED),
    Case("a lost event is found", "it is", False, _lost(), journal(post(), updated(HOUR * 8, 2, 4.0))),
    Case("a lost event is found", "its execution failed", False, _lost(), journal(post(), failed(2))),
    Case("a lost event is found", "an older one failed", True, _lost(), journal(post(), failed(1))),
    Case("a lost event is found", "nobody looks long enough", False, _lost(hours=10.0), POSTED),
    Case("a lost event is found", "its severity is not looked for", False, _lost(severity=6.9), POSTED),
    Case(
        "a lost event is found",
        "it is archived in time",
        False,
        _lost(deeds=(Deed(HOUR * 2, "archive", 1),)),
        POSTED,
    ),
    Case(
        "a lost event is found",
        "it is archived too late",
        True,
        _lost(deeds=(Deed(HOUR * 11, "archive", 1),)),
        POSTED,
    ),
    Case(
        "a lost event is found",
        "another is archived",
        True,
        _lost(deeds=(Deed(HOUR * 2, "archive", 2),)),
        POSTED,
    ),
    Case("a lost event is found", "a rule hides it", False, _lost(), journal(post(), rules=[rule()])),
    Case("a lost event is found", "a rule hid it before", True, _lost(), journal(post(), rules=[rule(0, 9)])),
    Case(
        "a lost event is found",
        "a rule hides what is not Critical",
        True,
        _lost(severity=9.0),
        journal(post(), rules=[rule()]),
    ),
    Case(
        "a lost event is found",
        "a newer one was not lost",
        False,
        story(arrived(lost=True), arrived(2, 2.0), hours=40.0),
        journal(post(update=2)),
    ),
    # ---
    Case(
        "never older over newer", "older over newer", True, TWO, journal(post(4.0, 2), updated(9.0, 1, 4.0))
    ),
    Case("never older over newer", "newer over older", False, TWO, journal(post(), updated(9.0, 2, 4.0))),
    Case("never older over newer", "the same again", False, TWO, journal(post(4.0, 2), updated(9.0, 2, 4.0))),
    Case(
        "never older over newer",
        "Slack did not take it",
        False,
        TWO,
        journal(post(4.0, 2), updated(9.0, 1, 4.0, ts="")),
    ),
    Case("never older over newer", "in another message", False, TWO, journal(post(4.0, 2), post(9.0, 1))),
    Case("never older over newer", "told by order", True, TWO, journal(updated(9.0, 1, 4.0), post(4.0, 2))),
    # ---
    Case("nothing hidden is posted", "it is", True, ONE, journal(post(61.0), rules=[rule()])),
    Case("nothing hidden is posted", "the rule is new", False, ONE, journal(post(60.0), rules=[rule()])),
    Case(
        "nothing hidden is posted", "the rule is gone", False, ONE, journal(post(70.0), rules=[rule(0, 69.0)])
    ),
    Case(
        "nothing hidden is posted",
        "the rule is another's",
        False,
        ONE,
        journal(post(70.0), rules=[rule(0, 99, 2)]),
    ),
    Case("nothing hidden is posted", "it is Critical", False, CRITICAL, journal(post(61.0), rules=[rule()])),
    Case("nothing hidden is posted", "no rule", False, ONE, journal(post(61.0))),
    Case(
        "nothing hidden is posted",
        "it says that it is hidden",
        False,
        ONE,
        journal(updated(61.0, 1, 4.0, suppressed=True), rules=[rule()]),
    ),
    Case(
        "nothing hidden is posted",
        "the list could not be read",
        False,
        ONE,
        journal(post(61.0, unlisted=True), rules=[rule()]),
    ),
    Case(
        "nothing hidden is posted", "Slack took none", False, ONE, journal(post(61.0, ts=""), rules=[rule()])
    ),
    Case(
        "nothing hidden is posted", "a reply", True, ONE, journal(post(61.0, 0, reply=True), rules=[rule()])
    ),
    Case(
        "nothing hidden is posted",
        "a reply about what may be Critical",
        False,
        story(arrived(severity=9.0), arrived(2, 2.0)),
        journal(post(61.0, 0, reply=True), rules=[rule()]),
    ),
    # ---
    Case("hidden by a rule", "no rule", True, ONE, journal(ended_in("Suppressed"))),
    Case("hidden by a rule", "a rule", False, ONE, journal(ended_in("Suppressed"), rules=[rule()])),
    Case(
        "hidden by a rule",
        "another's rule",
        True,
        ONE,
        journal(ended_in("Suppressed"), rules=[rule(finding=2)]),
    ),
    Case("hidden by a rule", "a later rule", True, ONE, journal(ended_in("Suppressed"), rules=[rule(5.1)])),
    Case(
        "hidden by a rule", "a rule before", True, ONE, journal(ended_in("Suppressed"), rules=[rule(0, 0.9)])
    ),
    Case(
        "hidden by a rule",
        "a rule for a moment",
        False,
        ONE,
        journal(ended_in("Suppressed"), rules=[rule(2, 3)]),
    ),
    Case(
        "hidden by a rule", "it is Critical", True, CRITICAL, journal(ended_in("Suppressed"), rules=[rule()])
    ),
    Case("hidden by a rule", "it was posted", False, ONE, POSTED),
    # ---
    Case("once", "two messages", True, ONE, journal(post(), post(9.0))),
    Case("once", "one message", False, ONE, POSTED),
    Case("once", "two findings", False, BOTH, journal(post(), post(9.0, finding=2))),
    Case("once", "one is a reply", False, ONE, journal(post(), post(9.0, reply=True))),
    Case("once", "one is changed", False, ONE, journal(post(), updated(9.0, 1, 4.0))),
    Case("once", "Slack took one", False, ONE, journal(post(ts=""), post(9.0))),
    Case("once", "one was deleted before", False, ONE, journal(post(), post(60.0), deleted=DELETED)),
    Case("once", "one was deleted after", True, ONE, journal(post(), post(9.0), deleted=DELETED)),
    Case("once", "two stand for one", True, ONE, journal(post(), post(60.0), post(61.0), deleted=DELETED)),
    Case(
        "once",
        "another's was deleted",
        True,
        BOTH,
        journal(post(), post(60.0), deleted=[(50.0, finding_id(2))]),
    ),
    # ---
    Case(
        "once",
        "history can't be read",
        False,
        story(history=False),
        journal(post(), post(9.0)),
    ),
    Case("once", "Slack was out", False, story(outages=(Outage(0, 9, "503"),)), journal(post(), post(9.0))),
    Case(
        "once",
        "one points to the other",
        False,
        ONE,
        journal(post(), post(9.0), updated(70.0, 0, 9.0, points=True)),
    ),
    Case(
        "once",
        "one was to point to the other",
        True,
        ONE,
        journal(post(), post(9.0), updated(70.0, 0, 9.0, points=True, ts="")),
    ),
    Case("once where answered", "both answers were heard", True, ONE, journal(post(), post(9.0))),
    Case("once where answered", "the first was not", False, ONE, journal(post(answered=False), post(9.0))),
    Case("once where answered", "the function died", False, ONE, journal(post(died=True), post(9.0))),
    Case(
        "once where answered", "only the last was not", True, ONE, journal(post(), post(9.0, answered=False))
    ),
    Case(
        "once where answered",
        "one was not, and there are three",
        True,
        ONE,
        journal(post(answered=False), post(9.0), post(12.0)),
    ),
    Case("once where answered", "one was deleted", False, ONE, journal(post(), post(60.0), deleted=DELETED)),
    # ---
    Case("a repetition is marked", "it is not", True, ONE, journal(post(answered=False), post(9.0))),
    Case("a repetition is marked", "it is", False, ONE, journal(post(), post(9.0, repeated=True))),
    Case(
        "a repetition is marked",
        "only one of two is",
        True,
        ONE,
        journal(post(), post(9.0, repeated=True), post(12.0)),
    ),
    Case(
        "a repetition is marked",
        "one was deleted before",
        False,
        ONE,
        journal(post(), post(60.0), deleted=DELETED),
    ),
    Case(
        "a repetition is marked",
        "one was deleted after",
        True,
        ONE,
        journal(post(), post(9.0), deleted=DELETED),
    ),
]


def _waited(*waits: tuple[float, float], calls: Sequence[SlackCall] = (), until: float = 410.0) -> Journal:
    return journal(
        started(ends=[(until, "Notified")], waits=waits), post(1.0), *calls, post(until), ended_at=until
    )


_ROUNDS = [(2.0 + 60 * number, 61.7 + 60 * number) for number in range(7)]

CASES += [
    Case("never idle while somebody waits", "one waits all the time", True, ONE, _waited((1.5, 409.0))),
    Case("never idle while somebody waits", "one waits in rounds", True, ONE, _waited(*_ROUNDS)),
    Case("never idle while somebody waits", "nobody waits", False, ONE, _waited()),
    Case("never idle while somebody waits", "only at first", False, ONE, _waited((1.5, 300.0))),
    Case("never idle while somebody waits", "only at last", False, ONE, _waited((50.0, 409.0))),
    Case(
        "never idle while somebody waits", "with a pause", False, ONE, _waited((1.5, 200.0), (230.0, 409.0))
    ),
    Case("never idle while somebody waits", "not long", False, ONE, _waited((1.5, 290.0), until=300.0)),
    Case(
        "never idle while somebody waits",
        "another is posted meanwhile",
        False,
        ONE,
        _waited((1.5, 409.0), calls=[post(200.0, finding=2)]),
    ),
    Case(
        "never idle while somebody waits",
        "Slack wants no more",
        False,
        ONE,
        _waited((1.5, 409.0), calls=[post(2.0, ts="", status=429, closes=200.0)]),
    ),
    Case(
        "never idle while somebody waits",
        "Slack is slow by its rate",
        False,
        story(rate=0.01),
        _waited((1.5, 409.0)),
    ),
    Case(
        "never idle while somebody waits",
        "Slack is out of order",
        False,
        story(outages=(Outage(0, 9, "503"),)),
        _waited((1.5, 409.0)),
    ),
]

_SWAPPED = journal(post(400.0), post(300.0, finding=2))
_PLACE = Place("finding-1-update-1", "invoke post-to-slack", 1)


def _two(seconds: float = 100.0, severities: tuple[float, float] = (8.0, 8.0), **told: Any) -> Story:
    first, second = severities
    return story(arrived(severity=first), arrived(at=1 + seconds, finding=2, severity=second), **told)


CASES += [
    Case("first come, first served", "the later one is before", True, _two(), _SWAPPED),
    Case(
        "first come, first served",
        "the earlier one is before",
        False,
        _two(),
        journal(post(300.0), post(400.0, finding=2)),
    ),
    Case("first come, first served", "both came within a minute", False, _two(60.0), _SWAPPED),
    Case(
        "first come, first served", "the later one is Critical", False, _two(severities=(8.0, 9.0)), _SWAPPED
    ),
    Case("first come, first served", "both are Critical", True, _two(severities=(9.5, 9.0)), _SWAPPED),
    Case(
        "first come, first served",
        "the earlier one's event was lost",
        False,
        story(arrived(lost=True), arrived(at=300.0), arrived(at=200.0, finding=2)),
        _SWAPPED,
    ),
    Case("first come, first served", "something went wrong", False, _two(faults={_PLACE: "lost"}), _SWAPPED),
    Case("first come, first served", "faults were drawn", False, _two(fault_rate=0.01), _SWAPPED),
    Case("first come, first served", "nothing told went wrong", True, _two(faults={}), _SWAPPED),
    Case(
        "first come, first served",
        "a rule was there",
        False,
        _two(),
        journal(*_SWAPPED.slack, rules=[rule()]),
    ),
]


CASES += [
    Case("in pace", "two in half a second", True, _two(), journal(post(300.0), post(300.5, finding=2))),
    Case("in pace", "two in a second", False, _two(), journal(post(300.0), post(301.0, finding=2))),
    Case("in pace", "faults", False, _two(fault_rate=0.1), journal(post(300.0), post(300.5, finding=2))),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.invariant}: {case.what}")
def test_an_invariant_bites_where_it_is_broken_and_only_there(case: Case) -> None:
    places = list(INVARIANTS[case.invariant](case.story, case.journal))
    assert bool(places) == case.breaks, places


@pytest.mark.parametrize("name", sorted(INVARIANTS.keys() - ATTENTION.keys() - STORMS.keys()))
def test_each_invariant_has_histories_that_break_it_and_that_do_not(name: str) -> None:
    assert {case.breaks for case in CASES if case.invariant == name} == {True, False}


def test_a_history_in_which_all_is_right_breaks_none() -> None:
    assert broken(ONE, POSTED) == {}


def test_what_is_broken_is_named_with_its_places() -> None:
    found = broken(ONE, journal(started(), post(), post(9.0)))
    assert found == {
        "once": ["finding 1: 2 messages"],
        "once where answered": ["finding 1: 2 messages, and 0 answers were not heard before the last"],
        "a repetition is marked": ["finding 1: 2 messages of which none says that it may be a repetition"],
    }
