"""When somebody is to have answered, and when it is looked whether somebody has."""

from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from chalicelib.attention import schedule
from chalicelib.ledger.claim import instant
from chalicelib.ledger.watch import Watch
from tests.attention.watches import POSTED, at, watch

MINUTE = 60
HOUR = 3600


def looks(watch: Watch, finding_id: str = "f") -> list[float]:
    """Every look of an execution at which nothing happens, in seconds after the post."""
    now, found = POSTED, []
    while now < POSTED + schedule.LASTS:
        now = schedule.next_look(finding_id, watch, now)
        found.append(round((now - POSTED).total_seconds(), 3))
    return found


@pytest.mark.parametrize(
    ("seen_by", "expected"),
    [
        pytest.param((), [15, 30, 60], id="nobody-has-it-in-hand"),
        pytest.param(("U1",), [60, 120, 240], id="somebody-has"),
    ],
)
def test_there_are_three_deadlines(seen_by: tuple[str, ...], expected: list[int]) -> None:
    asked = watch(within=15 * MINUTE, seen_by=seen_by)
    assert schedule.deadlines(asked) == tuple(POSTED + timedelta(minutes=each) for each in expected)


@pytest.mark.parametrize(
    ("seconds", "reminded", "due"),
    [
        (899, 0, 0),
        (900, 0, 1),
        (900, 1, 0),
        (1800, 1, 2),
        (1800, 0, 2),
        (3599, 2, 0),
        (3600, 0, 3),
        (90_000, 3, 0),
    ],
)
def test_those_that_are_over_together_are_one(seconds: int, reminded: int, due: int) -> None:
    asked = watch(within=900, reminded=reminded)
    assert schedule.due(asked, at(seconds)) == due
    assert schedule.due(asked.with_(reminds=False), at(seconds)) == 0


@pytest.mark.parametrize(
    ("seconds", "changes", "expected"),
    [
        (0, {}, 900),
        (0, {"reminded": 1}, 1800),
        (1000, {}, 1800),
        (3600, {}, None),
        (0, {"reminded": 3}, None),
        (0, {"reminds": False}, None),
        (1000, {"seen_by": ("U1",), "reminded": 1}, 7200),
    ],
)
def test_the_next_deadline(seconds: int, changes: dict[str, object], expected: int | None) -> None:
    asked = watch(within=900).with_(**changes)
    assert schedule.next_deadline(asked, at(seconds)) == (None if expected is None else at(expected))


def test_looks_are_frequent_at_first() -> None:
    found = looks(watch(reminds=False))
    ages = [1, 3, 7, 15, 30, 45, 67.5, 101.25]
    before = 0.0
    for seen, age in zip(found, ages, strict=False):
        wait = (age - before) * MINUTE
        assert age * MINUTE - 0.1 * wait <= seen <= age * MINUTE
        before = age
    assert len(found) == 39, "each is three transitions"


@pytest.mark.parametrize("finding_id", ["a", "b", "c", "\ud800"])
def test_no_two_looks_are_further_apart_than_six_hours(finding_id: str) -> None:
    found = looks(watch(reminds=False), finding_id)
    assert max(after - before for before, after in pairwise([0, *found])) <= 6 * HOUR + 0.001


def test_findings_that_were_posted_together_are_looked_at_apart() -> None:
    firsts = sorted(looks(watch(reminds=False), str(number))[0] for number in range(50))
    assert firsts[0] < 55
    assert firsts[-1] > 59
    assert len(set(firsts)) == 50


def test_no_look_is_later_than_a_deadline() -> None:
    found = looks(watch(within=24 * HOUR))
    assert {24 * HOUR, 48 * HOUR, 96 * HOUR} <= set(found)
    assert not {24 * HOUR} & set(looks(watch(within=24 * HOUR, reminds=False)))


def test_a_deadline_of_seconds_is_looked_at_in_seconds() -> None:
    assert looks(watch(within=10))[:3] == [10, 20, 40]


@pytest.mark.parametrize(("seconds", "young"), [(-3, True), (0, True), (4.9, True), (5, False)])
def test_nobody_answers_at_once(seconds: float, young: bool) -> None:
    asked = watch(within=1)
    assert schedule.is_young(asked, at(seconds)) is young
    if young:
        assert schedule.next_look("f", asked, at(seconds)) == at(5)


def test_times_are_those_of_the_item() -> None:
    posted = datetime.fromisoformat("2026-11-20T10:00:00.250+00:00")
    [first, *_] = schedule.deadlines(watch(within=10, posted_at=instant(posted)))
    assert first == posted + timedelta(seconds=10)
