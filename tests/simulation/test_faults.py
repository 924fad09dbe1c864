"""Where faults are drawn, and that they stay there whatever else is drawn."""

import pytest

from tests.simulation.faults import FAULTS, Faults, Place, chance

CALL = "post-to-slack: slack:chat.postMessage"


def drawn(faults: Faults, who: str, times: int, sort: str = "slack") -> list[str]:
    return [faults.at(who, CALL, sort, 0.0) for _ in range(times)]


def test_a_chance_is_from_0_to_1_and_the_same_for_the_same() -> None:
    chances = [chance(1, "x", number) for number in range(500)]
    assert all(0 <= each < 1 for each in chances)
    assert min(chances) < 0.05
    assert max(chances) > 0.95
    assert chances == [chance(1, "x", number) for number in range(500)]
    assert len(set(chances)) == 500


def test_a_place_draws_the_same_whatever_was_drawn_before() -> None:
    alone = drawn(Faults(7, rate=0.5), "me", 50)
    among = Faults(7, rate=0.5)
    mixed = []
    for _ in range(50):
        among.at("somebody", CALL, "slack", 0.0)
        among.at("me", "another call", "slack", 0.0)
        mixed.append(among.at("me", CALL, "slack", 0.0))
    assert mixed == alone
    assert "" in alone
    assert set(alone) != {""}


@pytest.mark.parametrize(("seed", "who"), [(8, "me"), (7, "you")])
def test_another_seed_or_another_caller_draws_otherwise(seed: int, who: str) -> None:
    assert drawn(Faults(seed, rate=0.5), who, 50) != drawn(Faults(7, rate=0.5), "me", 50)


def test_the_rate_is_the_share() -> None:
    for rate in (0.0, 0.25, 1.0):
        share = sum(bool(each) for each in drawn(Faults(1, rate=rate), "me", 2000)) / 2000
        assert share == pytest.approx(rate, abs=0.04)


def test_only_what_is_told_goes_wrong() -> None:
    told = {Place("me", CALL, 2): "lost", Place("you", CALL, 1): "slow", Place("me", CALL, 9): "late"}
    faults = Faults(1, rate=1.0, told=told)
    assert drawn(faults, "me", 4) == ["", "lost", "", ""]
    assert drawn(faults, "you", 2) == ["slow", ""]
    assert faults.happened == {Place("me", CALL, 2): "lost", Place("you", CALL, 1): "slow"}


def test_nothing_goes_wrong_where_nothing_is_told() -> None:
    faults = Faults(1, rate=1.0, told={})
    assert drawn(faults, "me", 20) == [""] * 20
    assert faults.happened == {}


@pytest.mark.parametrize("told", [None, {Place("me", CALL, number): "lost" for number in range(1, 4)}])
def test_nothing_goes_wrong_later_than_it_may(told: dict[Place, str] | None) -> None:
    faults = Faults(1, rate=1.0, told=told, until=10.0)
    kinds = [faults.at("me", CALL, "slack", elapsed) for elapsed in (9.9, 10.0, 11.0)]
    assert [bool(each) for each in kinds] == [True, False, False]


@pytest.mark.parametrize("sort", FAULTS)
def test_each_kind_is_drawn_for_its_sort_and_no_other(sort: str) -> None:
    assert set(drawn(Faults(1, rate=1.0), "me", 400, sort)) == set(FAULTS[sort])


def test_what_happened_told_again_happens_again() -> None:
    first = Faults(3, rate=0.3)
    kinds = drawn(first, "me", 50)
    assert drawn(Faults(99, told=first.happened), "me", 50) == kinds


def test_each_call_is_counted_with_and_without_its_fault() -> None:
    faults = Faults(1, told={Place("me", CALL, 1): "lost", Place("you", CALL, 1): "lost"})
    drawn(faults, "me", 3)
    drawn(faults, "you", 1)
    faults.at("me", "another", "aws", 0.0)
    assert faults.reached == {(CALL, "lost"): 2, (CALL, ""): 2, ("another", ""): 1}
