"""A failing history made short: whatever can be left out without mending it is left out."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from tests.simulation.invariants import broken
from tests.simulation.story import Story
from tests.simulation.world import World

T = TypeVar("T")

_MOST_RUNS = 400
"""A short story is a help; the shortest is not worth more than some minutes."""


def shrink(story: Story, invariant: str, most: int = _MOST_RUNS) -> Story:
    """Leave out what the invariant's breaking does not need; the faults become told ones."""
    world = World(story)
    world.run()
    told = replace(story, faults=dict(world.faults.happened), fault_rate=0.0)
    runs = 0

    def fails(tried: Story) -> bool:
        nonlocal runs
        runs += 1
        return runs <= most and invariant in broken(tried, World(tried).run())

    if not fails(told):
        return story
    before = None
    while before != told:
        before = told
        for each in (
            _without_outages,
            _without_arrivals,
            _without_deeds,
            _without_faults,
            _without_schedules,
        ):
            told = each(told, fails)
    return told


Fails = Callable[[Story], bool]


def _without_outages(story: Story, fails: Fails) -> Story:
    kept = fewer(story.outages, lambda some: fails(replace(story, outages=tuple(some))))
    return replace(story, outages=tuple(kept))


def _without_arrivals(story: Story, fails: Fails) -> Story:
    kept = fewer(story.arrivals, lambda some: fails(replace(story, arrivals=tuple(some))))
    return replace(story, arrivals=tuple(kept))


def _without_deeds(story: Story, fails: Fails) -> Story:
    kept = fewer(story.deeds, lambda some: fails(replace(story, deeds=tuple(some))))
    return replace(story, deeds=tuple(kept))


def _without_faults(story: Story, fails: Fails) -> Story:
    faults = list((story.faults or {}).items())
    return replace(story, faults=dict(fewer(faults, lambda some: fails(replace(story, faults=dict(some))))))


def _without_schedules(story: Story, fails: Fails) -> Story:
    without = replace(story, hours=0.0)
    return without if story.hours and fails(without) else story


def fewer(things: Sequence[T], fails: Callable[[Sequence[T]], bool]) -> Sequence[T]:
    """Leave out ever smaller parts of things as long as it goes on failing without them."""
    size = len(things)
    while size:
        start = 0
        while start < len(things):
            tried = [*things[:start], *things[start + size :]]
            if fails(tried):
                things = tried
            else:
                start += size
        size //= 2
    return things
