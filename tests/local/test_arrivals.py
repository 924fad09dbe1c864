"""Who starts when: some at once, or one each so many seconds."""

import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import chain, repeat

import pytest

from statemachine.local.arrivals import by_the_clock, some_at_once

LONG = 60
"""Seconds after which what is waited for never comes."""


class Clock(threading.Event):
    """Remembers for how long it was asked to wait, and does not wait."""

    def __init__(self, began: float = 100, later: float = 100) -> None:
        super().__init__()
        self.waits: list[float | None] = []
        self._times: Iterator[float] = chain([began], repeat(later))

    def now(self) -> float:
        return next(self._times)

    def wait(self, timeout: float | None = None) -> bool:
        self.waits.append(timeout)
        return self.is_set()

    @property
    def moments(self) -> list[float]:
        """What it was asked for, by whichever thread first."""
        return sorted(wait for wait in self.waits if wait is not None)


def arrive(clock: Clock, every: float, run: Callable[[int], int], events: list[int]) -> list[int]:
    return list(by_the_clock(run, events, every, clock, clock.now))


def itself(event: int) -> int:
    return event


@pytest.mark.parametrize(
    ("every", "moments"),
    [
        pytest.param(5, [0, 5, 10, 15], id="seconds"),
        pytest.param(0.25, [0, 0.25, 0.5, 0.75], id="fractions"),
        pytest.param(0, [0, 0, 0, 0], id="all-at-once"),
    ],
)
def test_each_waits_for_its_moment(every: float, moments: list[float]) -> None:
    clock = Clock()
    assert arrive(clock, every, itself, [7, 8, 9, 10]) == [7, 8, 9, 10]
    assert clock.moments == moments


def test_a_late_start_delays_no_other() -> None:
    """Moments are counted from the beginning: what starting costs does not add up."""
    clock = Clock(began=100, later=107)
    arrive(clock, 5, itself, [1, 2, 3, 4])
    assert clock.moments == [0, 0, 3, 8]


def test_a_slow_one_holds_up_no_other() -> None:
    """The first ends only when the last has started."""
    last_started = threading.Event()

    def run(event: int) -> int:
        if event == 3:
            last_started.set()
        return event if event != 1 or last_started.wait(LONG) else -1

    assert arrive(Clock(), 5, run, [1, 2, 3]) == [1, 2, 3], "and the order is kept"


def test_what_is_stopped_while_it_waits_does_not_start() -> None:
    """The real wait, for a moment that no test lives to see."""
    stopped = threading.Event()
    started: list[int] = []

    def run(event: int) -> int:
        started.append(event)
        return event

    with closing(by_the_clock(run, [1, 2, 3], 86_400, stopped)) as outcomes:
        assert next(outcomes) == 1
    assert (started, stopped.is_set()) == ([1], True)


def test_so_many_at_once_and_no_more() -> None:
    together = threading.Barrier(2, timeout=LONG)
    running: list[int] = []
    seen: list[int] = []

    def run(event: int) -> int:
        running.append(event)
        together.wait()
        seen.append(len(running))
        together.wait()
        running.remove(event)
        together.wait()
        return event

    assert list(some_at_once(run, [1, 2, 3, 4], 2, threading.Event())) == [1, 2, 3, 4]
    assert seen == [2, 2, 2, 2]


def test_whoever_stops_waits_for_nothing_that_runs() -> None:
    stopped = threading.Event()

    def run(event: int) -> int:
        return event if event == 1 or stopped.wait(LONG) else -1

    with closing(some_at_once(run, [1, 2], 2, stopped)) as outcomes:
        assert next(outcomes) == 1
    assert stopped.is_set()
