"""What a person reads of histories."""

from collections import Counter
from dataclasses import fields

import pytest

from tests.simulation.faults import FAULTS, Place
from tests.simulation.interpreter import Execution
from tests.simulation.journal import Invocation, Journal, SlackCall, Started
from tests.simulation.report import Reached, reached, sort_of, told
from tests.simulation.story import Arrival, Deed, Outage, Story, finding_id
from tests.simulation.world import World

NAME = "finding-1-update-1"
STORY = Story(
    1,
    (Arrival(1.0, 1, 1, 0.5), Arrival(20.0, 1, 2, 9.5, 9.0, lost=True)),
    deeds=(Deed(7.0, "rule", 1), Deed(700.0, "redrive")),
    outages=(Outage(3.0, 6.0, "503"),),
    faults={Place(NAME, "state RecordNotification", 1): "lost"},
)


def call(at: float, **told: object) -> SlackCall:
    made = SlackCall(
        at, "chat.postMessage", "#security", Invocation("post-to-slack", NAME, at), finding_id(1), 1
    )
    for name, value in told.items():
        setattr(made, name, value)
    return made


def journal() -> Journal:
    execution = Execution("", NAME, {}, "SUCCEEDED")
    started = Started(
        execution, finding_id(1), 1, 1.0, redriven=[700.0], ended=[(8.0, "Gone"), (702.0, "Notified")]
    )
    calls = [
        call(4.0, status=503),
        call(5.0, status=429, error="ratelimited", answered=True),
        call(701.0, ts="701.5", answered=True, repeated=True),
        call(701.9, ts="702.5", update=0, reply=True),
    ]
    return Journal(started=[started], slack=calls, ended_at=1000.0)


def test_a_history_is_told_in_the_order_of_its_times() -> None:
    assert told(STORY, journal()).splitlines() == [
        "      1.0 s  finding 1 update 1 (8) arrives",
        f"      1.0 s  {NAME}: lost at the 1. state RecordNotification",
        "      3.0 s  Slack is out of order until 6 s: 503",
        f"      4.0 s  {NAME}: chat.postMessage finding 1 update 1: takes nothing, unheard",
        f"      5.0 s  {NAME}: chat.postMessage finding 1 update 1: ratelimited",
        "      7.0 s  somebody: rule, finding 1",
        f"      8.0 s  {NAME} ends: Gone",
        "      9.5 s  finding 1 update 2 (9) its event is lost",
        f"    700.0 s  {NAME} is redriven",
        "    700.0 s  somebody: redrive",
        f"    701.0 s  {NAME}: chat.postMessage finding 1 update 1, repeated: takes 701.5",
        f"    701.9 s  {NAME}: chat.postMessage finding 1 update 0, reply: takes 702.5, unheard",
        f"    702.0 s  {NAME} ends: Notified",
    ]


def test_a_real_history_is_told_in_the_order_of_its_times() -> None:
    lines = told(STORY, World(STORY).run()).splitlines()
    times = [float(line.split(" s  ", 1)[0]) for line in lines]
    assert times == sorted(times)
    assert len([line for line in lines if line.endswith("ends: Notified")]) == 1


def test_what_one_history_reached() -> None:
    happened = journal()
    happened.rules.append({"finding": finding_id(1), "begins": 7.0, "ends": 9.0})
    happened.invocations.append(Invocation("post-to-slack", NAME, 1.0, died=True))
    faults = Counter({("state RecordNotification", "lost"): 1})
    found = reached(STORY, happened, faults)
    assert found == Reached(1, 1, 1, 1, 1, 1, faults, Counter(told=1))


def test_nothing_reached_is_not_counted() -> None:
    story = Story(1, (Arrival(1.0, 1, 1, 0.5),))
    assert reached(story, Journal(), Counter()) == Reached(histories=1, profiles=Counter(told=1))


def test_what_two_reached_is_what_both_reached() -> None:
    one = Reached(1, 2, 3, 4, 5, 6, Counter({("a", "lost"): 1, ("b", ""): 2}), Counter(day=1))
    two = Reached(
        10, 20, 30, 40, 50, 60, Counter({("a", "lost"): 3, ("c", "slow"): 1}), Counter(day=1, queue=2)
    )
    assert one + two == Reached(
        *(11, 22, 33, 44, 55, 66),
        Counter({("a", "lost"): 4, ("b", ""): 2, ("c", "slow"): 1}),
        Counter(day=2, queue=2),
    )
    assert one + Reached() == one
    assert len(fields(Reached)) == 8


def test_what_never_went_wrong_at_a_call_that_was_made_is_missed() -> None:
    faults = Counter({("state A", ""): 5, ("state A", "lost"): 1, ("invoke b", "zombie"): 1})
    assert Reached(faults=faults).missed == [
        *(("invoke b", kind) for kind in ("throttled", "lost", "slow")),
        *(("state A", kind) for kind in ("throttled", "slow")),
    ]


def test_nothing_is_missed_where_all_went_wrong_or_nothing_was_called() -> None:
    assert Reached().missed == []
    assert Reached(faults=Counter({("state A", kind): 1 for kind in FAULTS["state"]})).missed == []


def test_it_is_said() -> None:
    faults = Counter({("state A", "lost"): 1, ("state A", ""): 9})
    said = Reached(4, 1, 2, 3, 4, 17, faults, Counter(queue=1, day=3)).lines()
    assert said == [
        "4 histories, 17 executions: day 3, queue 1",
        "   25% with a rule",
        "   50% with more than one update",
        "   75% with a 429",
        "  100% with a death",
        "  1 pairs of call and fault reached, 2 not",
        "    never at state A: throttled, slow",
    ]
    assert Reached().lines()[0].startswith("0 histories")


@pytest.mark.parametrize(
    ("called", "sort"),
    [
        ("invoke post-to-slack", "lambda"),
        ("state RecordNotification", "state"),
        ("post-to-slack: slack:chat.postMessage", "slack"),
        ("post-to-slack: dynamodb:UpdateItem finding", "dynamodb"),
        ("post-to-slack: ssm:GetParameter", "aws"),
        ("replay-findings: states:StartExecution", "aws"),
    ],
)
def test_a_call_is_of_a_sort(called: str, sort: str) -> None:
    assert sort_of(called) == sort


def test_each_call_of_a_history_is_of_the_sort_that_was_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    arrivals = (Arrival(1.0, 3, 1, 0.5), Arrival(1.0, 4, 1, 0.5))
    world = World(Story(1, arrivals, deeds=(Deed(0.0, "rule", 4),), faults={}, hours=2.0))
    asked, at = set(), world.faults.at

    def watched(who: str, name: str, sort: str, elapsed: float) -> str:
        asked.add((name, sort))
        return at(who, name, sort, elapsed)

    monkeypatch.setattr(world.faults, "at", watched)
    world.run()
    assert {sort for _, sort in asked} == set(FAULTS)
    assert [(name, sort_of(name)) for name, _ in sorted(asked)] == sorted(asked)
