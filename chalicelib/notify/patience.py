"""How long Slack's failures are waited for, across waits: after each wait the state machine counts retries anew."""

from datetime import UTC, datetime, timedelta
from typing import TypedDict

from chalicelib.ledger.claim import instant

LONGEST = timedelta(minutes=75)
"""As long as the state machine's own forty retries take on the average."""

# Slack's longest Retry-After is an hour (``LONGEST_WAIT``): who comes back after it and is refused again waits no more.
_CLOSED, _CLOSED_AT_MOST = timedelta(minutes=59), timedelta(minutes=70)

# Slack may want no more for an hour (``LONGEST_WAIT``): what failed longer ago than that is another trouble.
_FORGOTTEN = timedelta(minutes=65)

_MOST_SECONDS = 120


class Failing(TypedDict):
    """Since when an execution has failed to post, and when last. It travels in the state."""

    since: str
    last: str


def failing(before: Failing | None, now: datetime, *, failed: bool) -> Failing | None:
    """Say since when it has been failing; None where it is not."""
    recent = before if before and before["last"] >= instant(now - _FORGOTTEN) else None
    if not failed:
        return recent
    return Failing(since=recent["since"] if recent else instant(now), last=instant(now))


def is_over(trouble: Failing | None, now: datetime) -> bool:
    """Whether it has been waited for long enough: what fails now fails for people to see."""
    return trouble is not None and trouble["since"] < instant(now - LONGEST)


def is_closed_for_good(since: int, seconds: int, now: datetime) -> bool:
    """Whether Slack has refused every message of a channel for an hour, or will have before it is asked again.

    ``since`` is in epoch milliseconds, 0 where it has not; ``seconds`` is how long it wants no more.
    """
    closed = now - datetime.fromtimestamp(since / 1000, UTC) if since else timedelta()
    return closed >= _CLOSED or (bool(since) and closed + timedelta(seconds=seconds) > _CLOSED_AT_MOST)


def backed_off(seconds: int, trouble: Failing | None, now: datetime) -> int:
    """Wait as long again as it has been failing, at most two minutes, and not less than ``seconds``."""
    if trouble is None:
        return seconds
    elapsed = (now - datetime.fromisoformat(trouble["since"])).total_seconds()
    return max(seconds, min(_MOST_SECONDS, int(elapsed)))
