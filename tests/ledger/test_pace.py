"""Turns in a channel, on DynamoDB's own arithmetic (moto's)."""

from collections.abc import Iterator

import pytest

from chalicelib.ledger import pace
from chalicelib.ledger.notifications import Clock
from chalicelib.ledger.pace import Slot
from statemachine.local.local_aws import LocalAWS

NOW = 1_795_000_000_000
SECOND = 1000


@pytest.fixture
def table() -> Iterator[None]:
    with LocalAWS():
        yield


def slot(at: int = NOW, shifted: int = 0) -> Slot:
    return Slot(execution="me", channel="#a", at=at, shifted=shifted)


@pytest.mark.parametrize(
    ("kept", "clock", "seconds"),
    [
        pytest.param(slot(NOW), Clock(), 0, id="now"),
        pytest.param(slot(NOW - 5 * SECOND), Clock(), 0, id="past"),
        pytest.param(slot(NOW + 1), Clock(), 1, id="a-moment-is-a-second"),
        pytest.param(slot(NOW + SECOND), Clock(), 1, id="a-second"),
        pytest.param(slot(NOW + SECOND + 1), Clock(), 2, id="more-than-a-second"),
        pytest.param(slot(NOW), Clock(closed_until=NOW + 7 * SECOND), 7, id="closed"),
        pytest.param(slot(NOW), Clock(shifted=3 * SECOND), 3, id="moved-by-a-closing-since"),
        pytest.param(slot(NOW, 3 * SECOND), Clock(shifted=3 * SECOND), 0, id="moved-before-it-was-taken"),
        pytest.param(None, Clock(), 0, id="no-slot"),
        pytest.param(None, Clock(shifted=9 * SECOND, closed_until=NOW + SECOND), 1, id="no-slot-but-closed"),
    ],
)
def test_how_long_to_wait(kept: Slot | None, clock: Clock, seconds: int) -> None:
    assert pace.wait(kept, clock, NOW) == seconds


def test_slots_are_as_far_apart_as_the_pace_allows(table: None) -> None:
    slots = [pace.turn("#a", f"execution-{n}", None, 1.0, lambda: NOW)[0]["at"] - NOW for n in range(4)]
    assert slots == [0, 1112, 2224, 3336], "0.9 of what Slack takes"


def test_channels_do_not_wait_for_each_other(table: None) -> None:
    assert [pace.turn(channel, "me", None, 1.0, lambda: NOW)[1] for channel in ("#a", "#b")] == [0, 0]


def test_an_idle_channels_slot_is_now(table: None) -> None:
    pace.turn("#a", "one", None, 1.0, lambda: NOW)
    assert pace.turn("#a", "two", None, 1.0, lambda: NOW + 60 * SECOND) == (
        Slot(execution="two", channel="#a", at=NOW + 60 * SECOND, shifted=0),
        0,
    )


def test_a_slot_is_kept_by_its_execution_in_its_channel_only(table: None) -> None:
    first, _ = pace.turn("#a", "me", None, 1.0, lambda: NOW)
    assert pace.turn("#a", "me", first, 1.0, lambda: NOW)[0] == first
    assert pace.turn("#a", "another", first, 1.0, lambda: NOW)[0] != first
    assert pace.turn("#b", "me", first, 1.0, lambda: NOW)[0]["channel"] == "#b"


def test_a_closing_moves_those_who_wait_once(table: None) -> None:
    kept = [pace.turn("#a", f"{n}", None, 1.0, lambda: NOW)[0] for n in range(3)]
    pace.close("#a", 10, NOW)
    pace.close("#a", 10, NOW)  # the same 429, posted by another execution
    waits = [pace.turn("#a", f"{n}", one, 1.0, lambda: NOW)[1] for n, one in enumerate(kept)]
    assert waits == [10, 11, 12], "half a second less than it is closed"


def test_a_closing_of_an_idle_channel(table: None) -> None:
    pace.close("#a", 10, NOW)
    taken, seconds = pace.turn("#a", "me", None, 1.0, lambda: NOW)
    assert seconds == 10
    assert pace.turn("#a", "me", taken, 1.0, lambda: NOW + 10 * SECOND)[1] == 0
