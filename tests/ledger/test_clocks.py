"""The channels' clocks on DynamoDB's arithmetic (moto's; on Amazon's own in test_notifications)."""

from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.ledger import clocks, places
from chalicelib.ledger.clocks import QueueTooLong
from chalicelib.ledger.places import CRITICAL, LATE, REST, QueuePlace
from chalicelib.ledger.table import read_item
from statemachine.local.local_aws import LocalAWS

NOW = 1_795_000_000_000
SECOND = STEP = 1000


@pytest.fixture(autouse=True)
def table() -> Iterator[None]:
    with LocalAWS():
        yield


def take(band: int = REST, channel: str = "#a", now: int = NOW, longest: int | None = None) -> QueuePlace:
    return clocks.take(channel, band, STEP, now, longest)[0]


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


# --- no place that is further away than somebody waits ---


def refused(band: int = REST, now: int = NOW, *, longest: int) -> int:
    """For how many seconds one would wait that was given no place; and none is gone."""
    before = clocks.clock("#a")
    with pytest.raises(QueueTooLong) as queue:
        take(band, now=now, longest=longest)
    assert clocks.clock("#a") == before
    return queue.value.seconds


@pytest.mark.parametrize(
    ("longest", "places_"), [(0, 1), (999, 1), (1000, 2), (1001, 2), (5000, 6), (5999, 6)], ids=str
)
def test_the_places_within_the_limit_are_given_and_no_other(longest: int, places_: int) -> None:
    assert [due(take(longest=longest)) for _ in range(places_)] == [
        number * STEP for number in range(places_)
    ]
    assert refused(longest=longest) == places_
    assert due(take()) == places_ * STEP, "who has no limit takes the next one"


def test_a_place_that_comes_free_is_given() -> None:
    taken = [take(longest=1000) for _ in range(2)]
    assert refused(longest=1000) == 2
    clocks.give_back(taken[1], STEP, NOW)
    assert due(take(longest=1000)) == 1000


def test_as_time_passes_places_come_within_the_limit() -> None:
    for _ in range(3):
        take(longest=2000)
    assert refused(longest=2000, now=NOW + 999) == 2
    assert due(take(longest=2000, now=NOW + 1000)) == 3000


@pytest.mark.parametrize("front", [CRITICAL, LATE])
def test_those_in_front_are_waited_for_too(front: int) -> None:
    for _ in range(5):
        take(front)
    assert refused(longest=4999) == 5
    assert due(take(longest=5000)) == 5000
    assert refused(longest=5000) == 6


@pytest.mark.parametrize("front", [CRITICAL, LATE])
def test_those_who_come_in_front_lengthen_the_queue(front: int) -> None:
    first = take(longest=3000)
    for _ in range(3):
        take(front)
    assert due(first) == 3000
    assert refused(longest=3000) == 4
    assert due(take(longest=4000)) == 4000


def test_those_behind_are_not_waited_for() -> None:
    for _ in range(100):
        take()
    assert due(take(LATE, longest=0)) == 0
    assert refused(LATE, longest=0) == 1
    assert due(take(CRITICAL, longest=0)) == 0, "it is said before the late one"


def test_the_wait_counts_from_when_slack_takes_messages_again() -> None:
    for _ in range(2):
        take()
    clocks.close("#a", 600, NOW)
    # Half a second of the closing is regained, so that the two that waited end at 601.5 s.
    assert due(take(longest=1500)) == 601_500
    assert refused(longest=2499) == 2
    assert due(take(longest=2500)) == 602_500


def test_in_a_closed_channel_nobody_waited_for_a_place_is_given_at_its_end() -> None:
    clocks.close("#a", 600, NOW)
    assert due(take(longest=0)) == 600_000
    assert refused(longest=0) == 1


def test_the_wait_counts_from_when_the_gate_opens() -> None:
    clocks.pass_gate("#a", 900, NOW)
    assert due(take(longest=0)) == 900
    assert refused(longest=999) == 1


def test_who_has_seen_the_last_place_free_is_not_given_the_one_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for _ in range(2):
        take()
    others = [take, take]

    def read_then_others_take(key: str) -> dict[str, Any]:
        seen = read_item(key)
        if others:
            others.pop()()
        return seen

    clocks.item_key("#a")
    monkeypatch.setattr(clocks, "read_item", read_then_others_take)
    with pytest.raises(QueueTooLong):
        take(longest=2000)
    assert clocks.clock("#a").end2 == NOW + 3000 + STEP * (1 - len(others))
