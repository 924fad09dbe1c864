"""Which event is run when: some at once, or one each so many seconds, as findings arrive."""

import math
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

import click

_DAY = 86_400

Arrival = TypeVar("Arrival")
Ended = TypeVar("Ended")


def read_every(_: click.Context, __: click.Parameter, text: str | None) -> float | None:
    """Read --every."""
    if text is None:
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds <= _DAY:
        raise click.UsageError(
            f"--every: {text!r} is no number of seconds from 0 (all at once) to {_DAY} (a day):"
            " give one, such as 5 or 0.5"
        )
    return seconds


def some_at_once(
    run: Callable[[Arrival], Ended], events: Sequence[Arrival], at_once: int, stopped: threading.Event
) -> Generator[Ended]:
    """Run the events, so many at once; the results come in the events' order."""
    with _threads(at_once, stopped) as pool:
        yield from pool.map(run, events)


def by_the_clock(
    run: Callable[[Arrival], Ended],
    events: Sequence[Arrival],
    every: float,
    stopped: threading.Event,
    now: Callable[[], float] = time.monotonic,
) -> Generator[Ended]:
    """Run one event each ``every`` seconds, however long those before it take; results in the events' order."""
    began = now()

    def run_in_time(number: int, event: Arrival) -> Ended:
        if stopped.wait(max(0.0, began + number * every - now())):
            raise InterruptedError
        return run(event)

    # Each waits for its moment in a thread of its own: nobody who is slow holds up another.
    with _threads(len(events), stopped) as pool:
        yield from pool.map(run_in_time, range(len(events)), events)


@contextmanager
def _threads(number: int, stopped: threading.Event) -> Iterator[ThreadPoolExecutor]:
    """Stop what still runs before waiting for its end: nobody waits for an hour of retries."""
    with ThreadPoolExecutor(number) as pool:
        try:
            yield pool
        finally:
            stopped.set()
