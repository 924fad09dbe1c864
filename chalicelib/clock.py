"""The one door to the time: who wants to know it asks here, so that a whole day can pass in a second of a test."""

import time
from datetime import UTC, datetime


def now() -> datetime:
    """Say what time it is, in UTC."""
    return datetime.now(UTC)


def milliseconds() -> int:
    """Say what time it is, in epoch milliseconds: the time of the channels' clocks."""
    return int(now().timestamp() * 1000)


def sleep(seconds: float) -> None:
    """Let time pass. Waits are the state machine's: a function sleeps what is left of one, up to three seconds.

    Only a look by schedule, which no state machine runs, sleeps where AWS throttles it.
    """
    time.sleep(seconds)


def running() -> float:
    """Say for how many seconds this has run, from a moment that means nothing; it never goes back."""
    return time.monotonic()
