"""The channels' clocks on DynamoDB's arithmetic (moto's; on Amazon's own in test_notifications)."""

from collections.abc import Iterator

import pytest

from chalicelib.ledger import clocks, places
from chalicelib.ledger.places import CRITICAL, LATE, REST, QueuePlace
from statemachine.local.local_aws import LocalAWS

NOW = 1_795_000_000_000
SECOND = STEP = 1000


@pytest.fixture(autouse=True)
def table() -> Iterator[None]:
    with LocalAWS():
        yield


def take(band: int = REST, channel: str = "#a", now: int = NOW) -> QueuePlace:
    return clocks.take(channel, band, STEP, now)[0]


def due(place: QueuePlace) -> int:
    return places.due(place, clocks.clock(place.channel)) - NOW


def test_places_follow_each_other() -> None:
    assert [due(place) for place in [take() for _ in range(4)]] == [0, 1000, 2000, 3000]


def test_an_idle_channels_place_is_now() -> None:
    take()
    assert take(now=NOW + 60 * SECOND).at == NOW + 60 * SECOND


def test_channels_do_not_wait_for_each_other() -> None:
    assert [due(take(channel=each)) for each in ("#a", "#b")] == [0, 0]


def test_critical_ones_go_before_all_others_in_turn_and_those_move() -> None:
    rest = [take() for _ in range(3)]
    critical = [take(CRITICAL) for _ in range(2)]
    assert [due(place) for place in (*critical, *rest, take())] == [0, 1000, 2000, 3000, 4000, 5000]


def test_late_ones_go_behind_the_critical_ones_and_before_the_rest() -> None:
    rest, critical = [take() for _ in range(2)], take(CRITICAL)
    late = [take(LATE) for _ in range(2)]
    assert [due(place) for place in (critical, *late, *rest, take(CRITICAL))] == [
        0,
        2000,
        3000,
        4000,
        5000,
        1000,
    ]


def test_the_rest_begins_behind_the_critical_ones() -> None:
    take(CRITICAL)
    take(CRITICAL)
    assert [due(take()), due(take())] == [2000, 3000]


def test_a_place_that_is_given_back_lets_those_behind_move_forward() -> None:
    first, second, third = (take() for _ in range(3))
    clocks.give_back(second, STEP, NOW)
    assert (due(third), due(take())) == (1000, 2000)
    assert due(first) == -1000, "it goes at once: the gate keeps the pace"


def test_a_place_whose_time_has_come_is_not_given_back() -> None:
    first = take()
    clocks.give_back(first, STEP, NOW + 10 * SECOND)
    assert due(first) == 0


def test_the_gate_lets_one_through_and_says_how_long_it_is_closed() -> None:
    assert [clocks.pass_gate("#a", 900, NOW + after)[0] for after in (0, 0, 500, 900)] == [0, 900, 400, 0]


def test_a_closing_moves_those_who_wait_once() -> None:
    taken = [take() for _ in range(3)]
    clocks.close("#a", 10, NOW)
    clocks.close("#a", 10, NOW)  # the same 429, heard by another execution
    assert [due(place) for place in taken] == [10_000, 10_500, 11_500], "half a second less than it is closed"
    assert clocks.pass_gate("#a", 900, NOW)[0] == 10_000


def test_it_is_known_since_when_nothing_was_taken() -> None:
    def closed_since(after: int) -> int:
        return clocks.pass_gate("#a", 900, NOW + after)[1].closed_since

    assert closed_since(0) == 0
    clocks.close("#a", 10, NOW + 1000)
    clocks.close("#a", 10, NOW + 20 * SECOND)
    assert closed_since(31 * SECOND) == NOW + 1000
    clocks.took("#a")
    assert closed_since(40 * SECOND) == 0


def test_who_comes_while_it_is_closed_has_a_place_behind_the_closing() -> None:
    clocks.close("#a", 10, NOW)
    assert [due(take()), due(take())] == [10_000, 11_000]


def test_an_id_is_another_name_of_what_was_used_first() -> None:
    take()
    clocks.is_also("#a", "C0123456789")
    clocks.forget()
    assert due(take(channel="C0123456789")) == 1000


def test_a_name_is_another_name_of_an_id_that_was_used_first() -> None:
    take(channel="C0123456789")
    clocks.pass_gate("C0123456789", 900, NOW)
    clocks.is_also("#a", "C0123456789")
    clocks.forget()
    assert due(take(channel="#a")) == 1000
