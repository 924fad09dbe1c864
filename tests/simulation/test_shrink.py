"""A failing history comes out as short as it can be, and fails still."""

from collections.abc import Callable, Iterator, Sequence
from typing import cast

import pytest

from tests.simulation.faults import Place
from tests.simulation.invariants import INVARIANTS, broken
from tests.simulation.journal import Journal
from tests.simulation.shrink import fewer, shrink
from tests.simulation.story import Arrival, Deed, Outage, Story
from tests.simulation.world import World

Needs = Callable[[Sequence[int]], bool]


def needs(*wanted: int) -> Needs:
    return lambda some: set(wanted) <= set(some)


@pytest.mark.parametrize("wanted", [(0,), (7,), (19,), (0, 19), (3, 4), (9, 10), (2, 11), (1, 8, 15)])
def test_only_what_is_needed_is_kept_in_its_order(wanted: tuple[int, ...]) -> None:
    assert list(fewer(range(20), needs(*wanted))) == list(wanted)


@pytest.mark.parametrize("size", range(12))
def test_nothing_is_kept_where_nothing_is_needed(size: int) -> None:
    assert list(fewer(range(size), needs())) == []


@pytest.mark.parametrize("size", range(12))
def test_all_is_kept_where_all_is_needed(size: int) -> None:
    assert list(fewer(range(size), needs(*range(size)))) == list(range(size))


def test_either_of_two_is_enough() -> None:
    assert len(fewer(range(20), lambda some: 5 in some or 14 in some)) == 1


def test_few_tries_are_made_for_one_of_many() -> None:
    tried: list[Sequence[int]] = []

    def fails(some: Sequence[int]) -> bool:
        tried.append(some)
        return 700 in some

    assert list(fewer(range(1000), fails)) == [700]
    assert len(tried) < 50


CALL = "post-to-slack: slack:chat.postMessage"
NEEDED = Place("finding-1-update-1", CALL, 1)
LONG = Story(
    5,
    (
        Arrival(1.0, 1, 1, 0.5),
        Arrival(40.0, 3, 1, 39.0, 9.0),
        Arrival(90.0, 1, 2, 89.0),
    ),
    deeds=(Deed(50.0, "rule", 3), Deed(70.0, "unrule", 3), Deed(200.0, "redrive")),
    outages=(Outage(150.0, 160.0, "503"),),
    faults={
        NEEDED: "lost",
        Place("finding-1-update-2", "invoke look-up-account", 1): "slow",
        Place("finding-3-update-1", "state RecordSuppression", 1): "throttled",
        Place("finding-9-update-1", CALL, 1): "lost",
    },
    hours=1.0,
)


@pytest.fixture(autouse=True)
def once_whatever_slack_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """An invariant that one lost answer breaks, where history can't be read."""

    def twice(_: Story, journal: Journal) -> Iterator[str]:
        posted = [each.finding for each in journal.slack if each.taken and each.method == "chat.postMessage"]
        yield from {each for each in posted if posted.count(each) > 1}

    monkeypatch.setitem(cast(dict[str, object], INVARIANTS), "once", twice)


def test_a_history_is_shortened_to_what_breaks_the_invariant() -> None:
    short = shrink(LONG, "once")
    assert short == Story(5, (LONG.arrivals[0],), faults={NEEDED: "lost"})
    assert "once" in broken(short, World(short).run())


def test_drawn_faults_become_told_ones() -> None:
    drawn = Story(137, (Arrival(1.0, 1, 1, 0.5),), fault_rate=0.1)
    assert "once" in broken(drawn, World(drawn).run()), "another seed breaks it"
    short = shrink(drawn, "once")
    assert short.fault_rate == 0
    assert short.faults
    assert len(short.faults) < len(_happened(drawn))
    assert "once" in broken(short, World(short).run())
    for place in short.faults:
        less = {each: kind for each, kind in short.faults.items() if each != place}
        assert "once" not in broken(short, World(Story(drawn.seed, drawn.arrivals, faults=less)).run())


def _happened(story: Story) -> dict[Place, str]:
    world = World(story)
    world.run()
    return world.faults.happened


def test_a_history_that_breaks_nothing_is_left_as_it_is() -> None:
    story = Story(5, (Arrival(1.0, 1, 1, 0.5), Arrival(9.0, 2, 1, 8.5)), faults={})
    assert shrink(story, "once") == story


def test_no_more_histories_are_run_than_may_be() -> None:
    assert shrink(LONG, "once", most=0) == LONG
    some = shrink(LONG, "once", most=6)
    assert 1 < len(some.arrivals) + len(some.faults or {}) < len(LONG.arrivals) + len(LONG.faults or {})
    assert "once" in broken(some, World(some).run())
