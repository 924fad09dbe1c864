"""Whose turn it is: the arithmetic of places, as tables."""

import pytest

from chalicelib.ledger import places
from chalicelib.ledger.places import CRITICAL, LATE, REST, ChannelClock, QueuePlace

NOW = 1_795_000_000_000
SECOND, STEP = 1000, 1076


def place(band: int = REST, at: int = NOW, moved: int = 0, shifted: int = 0) -> QueuePlace:
    return QueuePlace("#a", band, at, moved, shifted)


@pytest.mark.parametrize(
    ("clock", "band", "at"),
    [
        pytest.param(ChannelClock(), REST, NOW, id="nobody was ever here"),
        pytest.param(ChannelClock(end2=NOW - 1), REST, NOW, id="idle"),
        pytest.param(ChannelClock(end2=NOW + 5 * STEP), REST, NOW + 5 * STEP, id="behind the last"),
        pytest.param(ChannelClock(end0=NOW + STEP), REST, NOW + STEP, id="behind the critical ones"),
        pytest.param(ChannelClock(end0=NOW + 9 * STEP, end2=NOW + 2 * STEP), REST, NOW + 9 * STEP,
                     id="behind the critical ones, though the rest ended before"),
        pytest.param(ChannelClock(end2=NOW + 5 * STEP), CRITICAL, NOW, id="critical goes first"),
        pytest.param(ChannelClock(end2=NOW + 5 * STEP + 400), CRITICAL, NOW + 400, id="critical, at the next beat"),
        pytest.param(ChannelClock(end0=NOW + STEP, end2=NOW + 5 * STEP), CRITICAL, NOW + STEP, id="critical in turn"),
        pytest.param(ChannelClock(end2=NOW + 5 * STEP), LATE, NOW, id="late ones before the rest"),
        pytest.param(ChannelClock(end0=NOW + 2 * STEP, end2=NOW + 5 * STEP), LATE, NOW + 2 * STEP,
                     id="late ones behind the critical ones"),
    ],
)  # fmt: skip
def test_the_next_place(clock: ChannelClock, band: int, at: int) -> None:
    assert places.next_place(clock, band, STEP, NOW) == at


@pytest.mark.parametrize(
    ("had", "clock", "at"),
    [
        pytest.param(place(), ChannelClock(), NOW, id="as it was taken"),
        pytest.param(place(), ChannelClock(moved2=3 * STEP), NOW + 3 * STEP, id="moved by those in front"),
        pytest.param(
            place(moved=STEP), ChannelClock(moved2=3 * STEP), NOW + 2 * STEP, id="moved before it was taken"
        ),
        pytest.param(place(), ChannelClock(moved2=-STEP), NOW - STEP, id="moved forward by one given back"),
        pytest.param(place(CRITICAL), ChannelClock(moved2=3 * STEP), NOW, id="the rest's moves are not its"),
        pytest.param(place(), ChannelClock(shifted=5 * SECOND), NOW + 5 * SECOND, id="moved by a closing"),
        pytest.param(
            place(shifted=5 * SECOND), ChannelClock(shifted=5 * SECOND), NOW, id="taken after the closing"
        ),
        pytest.param(place(), ChannelClock(closed_until=NOW + 7 * SECOND), NOW + 7 * SECOND, id="closed"),
    ],
)
def test_when_a_place_is_due(had: QueuePlace, clock: ChannelClock, at: int) -> None:
    assert places.due(had, clock) == at


@pytest.mark.parametrize(
    ("passed", "is_past"), [(-1, False), (0, False), (60_000, False), (60_001, True)], ids=str
)
def test_a_place_is_due_for_a_minute(passed: int, is_past: bool) -> None:
    assert places.is_past(place(at=NOW - passed), ChannelClock(), NOW) is is_past


@pytest.mark.parametrize(
    ("left", "seconds"),
    [(-5000, 0), (0, 0), (3000, 0), (3001, 1), (4000, 2), (10_500, 8), (302_000, 300), (9_000_000, 300)],
)
def test_a_wait_ends_early_and_is_looked_at_again_within_five_minutes(left: int, seconds: int) -> None:
    assert places.seconds_to_wait(left) == seconds


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", "{", '{"channel": "#a"}', '{"x": 1}'])
def test_what_is_no_place_is_none(text: str) -> None:
    assert places.read_place(text) is None


def test_a_place_is_read_as_it_was_written() -> None:
    assert places.read_place(place(LATE, NOW, 5, 7).to_text()) == place(LATE, NOW, 5, 7)
