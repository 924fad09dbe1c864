"""Each invariant of digests bites where it is broken, and not in the nearest history where it holds."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, NamedTuple

import pytest

from chalicelib.ledger import digests
from tests.simulation.interpreter import Execution
from tests.simulation.invariants import broken
from tests.simulation.journal import DigestLeft, Invocation, Joined, Journal, SlackCall, Started
from tests.simulation.storms import STORMS
from tests.simulation.story import HOUR, START, Arrival, Outage, Story, draw, finding_id
from tests.simulation.world import World

ID = digests.digest_id("channel#security", START)
OTHER = digests.digest_id("channel#security", START + timedelta(minutes=1))
KEY = digests.key(ID)
OWNER = "finding-101-update-1"
COUNT = 100
JOINED_AT = 101.0


def story(*more: Arrival, **told: Any) -> Story:
    arrivals = tuple(Arrival(1.0, each, 1, 0.5) for each in range(1, COUNT + 3))
    usual: dict[str, Any] = {"history": True, "fold_after": "90"}
    return Story(1, (*arrivals, *more), **usual | told)


def started(finding: int, at: float = 1.0, end: str = "Notified", status: str = "SUCCEEDED") -> Started:
    name = f"finding-{finding}-update-1"
    return Started(Execution(name, name, {}, status), finding_id(finding), 1, at, ended=[(at + 1, end)])


def kept(opening: str = "a", name: str = "") -> Started:
    execution = Execution("", name or f"kept-{opening}", {"opening": opening})
    return Started(execution, KEY, 0, 130.0, ended=[(131.0, "Handled")])


def joined(finding: int = COUNT + 1, at: float = 2.0, digest: str = ID, update: int = 1) -> Joined:
    return Joined(at, finding_id(finding), update, digest)


def call(at: float = 126.0, **told: Any) -> SlackCall:
    """Make the digest's message, which Slack took, unless it is told otherwise."""
    invocation = Invocation("post-to-slack", told.pop("who", OWNER), at, told.pop("died", False))
    made = SlackCall(at, "chat.postMessage", "#security", invocation, KEY, 0, digest=ID, counts=2)
    usual: dict[str, Any] = {"ts": f"{at}", "answered": True, "status": 200}
    return replace(made, **usual | told)


def own(at: float, finding: int = COUNT + 1, update: int = 1) -> SlackCall:
    return call(at, finding=finding_id(finding), update=update, digest="", counts=0)


def journal(*calls: SlackCall, **told: Any) -> Journal:
    """Make a history in which two of many are in one digest."""
    members = frozenset(finding_id(each) for each in (COUNT + 1, COUNT + 2))
    usual: dict[str, Any] = {
        "started": [started(each) for each in range(1, COUNT + 3)],
        "slack": list(calls),
        "joined": [joined(), joined(COUNT + 2)],
        "digests": {ID: DigestLeft(OWNER, posted=bool(calls), members=members)},
        "ended_at": 48 * HOUR,
    }
    return Journal(**usual | told)


def owned_by(owner: str, *members: int) -> dict[str, DigestLeft]:
    return {ID: DigestLeft(owner, posted=True, members=frozenset(map(finding_id, members)))}


def of(*bad: int) -> list[Started]:
    """Make the executions, of which some failed."""
    return [
        started(each, end="SlackDown", status="FAILED") if each in bad else started(each)
        for each in range(1, COUNT + 3)
    ]


class Case(NamedTuple):
    """A history, and whether the invariant is broken in it."""

    invariant: str
    what: str
    breaks: bool
    story: Story
    journal: Journal


ONE = story()
RISEN = story(Arrival(200.0, COUNT + 1, 2, 199.0, 8.5))
SAME = story(Arrival(200.0, COUNT + 1, 2, 199.0))
CRITICAL = story(Arrival(1.0, COUNT + 3, 1, 0.5, 9.0))
WITH_CRITICAL = [*of(), started(COUNT + 3)]
LOOKED = story(hours=9.0)
OUT = story(outages=(Outage(0, 60, "503"),))
NEVER_FOLDED = story(fold_after="off")
NO_MEMBERS: dict[str, Any] = {"joined": [], "digests": {}}
FEW = Story(1, tuple(Arrival(1.0, each, 1, 0.5) for each in range(1, 61)), fold_after="90")
IN_MANY = {"started": [started(each) for each in range(1, 61)], "joined": [joined(60)]}
POSTED = journal(call())

CASES = [
    Case("in one digest", "in one", False, ONE, POSTED),
    Case(
        "in one digest",
        "in two",
        True,
        ONE,
        journal(call(), joined=[joined(), joined(at=70.0, digest=OTHER)]),
    ),
    Case("in one digest", "it had a message", True, ONE, journal(own(1.5), call())),
    Case("in one digest", "an update that rose", False, RISEN, journal(call(), own(201.0, update=2))),
    Case("in one digest", "an update that did not", True, SAME, journal(call(), own(201.0, update=2))),
    # ---
    Case("a digest counts its findings", "two", False, ONE, POSTED),
    Case("a digest counts its findings", "one", True, ONE, journal(call(counts=1))),
    Case("a digest counts its findings", "at least one", False, ONE, journal(call(counts=1, at_least=True))),
    Case("a digest counts its findings", "at least three", True, ONE, journal(call(counts=3, at_least=True))),
    # ---
    Case("a digest is one message", "once", False, ONE, POSTED),
    Case("a digest is one message", "twice", True, OUT, journal(call(), call(127.0, repeated=True))),
    Case(
        "a digest is one message",
        "as nobody heard the first",
        False,
        OUT,
        journal(call(answered=False), call(200.0, repeated=True)),
    ),
    Case(
        "a digest is one message",
        "neither says that it may be a repetition",
        True,
        OUT,
        journal(call(answered=False), call(200.0)),
    ),
    Case(
        "a digest is one message",
        "it could have been looked for",
        True,
        ONE,
        journal(call(answered=False), call(200.0, repeated=True)),
    ),
    # ---
    Case(
        "a digest's replies are sent once",
        "two",
        False,
        ONE,
        journal(call(), call(127.1, reply=True, counts=0), call(128.2, reply=True, counts=1)),
    ),
    Case(
        "a digest's replies are sent once",
        "one twice",
        True,
        ONE,
        journal(call(), call(127.1, reply=True, counts=1), call(128.2, reply=True, counts=1)),
    ),
    # ---
    Case("nothing Critical is folded", "none is", False, ONE, POSTED),
    Case("nothing Critical is folded", "one is", True, CRITICAL, journal(joined=[joined(COUNT + 3)])),
    # ---
    Case(
        "what is Critical waits for no storm",
        "at once",
        False,
        CRITICAL,
        journal(own(4.0, COUNT + 3), started=WITH_CRITICAL),
    ),
    Case(
        "what is Critical waits for no storm",
        "behind all",
        True,
        CRITICAL,
        journal(own(80.0, COUNT + 3), started=WITH_CRITICAL),
    ),
    # ---
    Case("folded only where the queue is long", "behind a hundred", False, ONE, POSTED),
    Case("folded only where the queue is long", "behind sixty", True, FEW, journal(**IN_MANY)),
    Case("folded only where the queue is long", "there are none to be", True, NEVER_FOLDED, POSTED),
    # ---
    Case("visible within three minutes", "after two", False, ONE, POSTED),
    Case("visible within three minutes", "after four", True, ONE, journal(call(240.0))),
    Case("visible within three minutes", "never", True, ONE, journal()),
    Case("visible within three minutes", "Slack was out", False, OUT, journal(call(240.0))),
    # ---
    Case("a digest is posted or somebody failed", "posted", False, ONE, POSTED),
    Case("a digest is posted or somebody failed", "nobody failed", True, ONE, journal()),
    Case(
        "a digest is posted or somebody failed",
        "its owner failed",
        False,
        ONE,
        journal(started=of(COUNT + 1)),
    ),
    Case("a digest is posted or somebody failed", "another failed", True, ONE, journal(started=of(1))),
    Case(
        "a digest is posted or somebody failed",
        "its owner failed, and the looks go on",
        True,
        LOOKED,
        journal(started=of(COUNT + 1)),
    ),
    # ---
    Case("one answer for a digest", "one", False, ONE, journal(call(), attention=[kept()])),
    Case("one answer for a digest", "two", True, ONE, journal(call(), attention=[kept(), kept("b")])),
    Case(
        "one answer for a digest",
        "one for what it shows",
        True,
        ONE,
        journal(call(), attention=[replace(kept(name="own"), finding=finding_id(COUNT + 1))]),
    ),
    # ---
    Case("a digest has one owner", "it posts", False, ONE, POSTED),
    Case("a digest has one owner", "another posts", True, ONE, journal(call(who="finding-102-update-1"))),
    Case(
        "a digest has one owner", "it has none", True, ONE, journal(call(), digests=owned_by("", COUNT + 1))
    ),
    # ---
    Case("digests in pace", "a second apart", False, ONE, journal(call(), call(127.0, reply=True))),
    Case("digests in pace", "half a second", True, ONE, journal(call(), call(126.5, reply=True))),
    Case("digests in pace", "behind a finding", True, ONE, journal(own(125.6, 1), call())),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.invariant}: {case.what}")
def test_it_bites_where_it_is_broken(case: Case) -> None:
    assert (case.invariant in broken(case.story, case.journal)) is case.breaks


def test_each_has_a_history_that_breaks_it_and_one_that_does_not() -> None:
    assert {(case.invariant, case.breaks) for case in CASES} == {
        (name, breaks) for name in STORMS for breaks in (True, False)
    }


@pytest.mark.parametrize("seed", [5, 7, 13, 15, 40, 44, 46, 51, 68])
def test_what_holds_holds_in_storms(seed: int) -> None:
    drawn = draw(seed, "storm")
    assert broken(drawn, World(drawn).run()) == {}
