"""Turns in a channel: whoever must wait learns for how long, and waits in the state machine.

Slack takes about one message a second in a channel (https://docs.slack.dev/apis/web-api/rate-limits).
"""

import math
from collections.abc import Callable
from typing import TypedDict

from chalicelib.ledger import notifications
from chalicelib.ledger.notifications import Clock

# A clock exactly at the limit still draws refusals (4.5 % in a simulation with whole seconds of waiting, none at 0.9).
_SHARE_OF_LIMIT = 0.9


# While it is closed a channel regains what it takes at once: the slots need not move by all of that time. Simulated
# with 200 messages through 5 a second (burst 5): 47.1 s instead of 47.8, the slowest of 200 runs 49.2 instead of 52.
_REGAINED = 500


class Slot(TypedDict):
    """An execution's turn; it travels in the state, so that a retry takes no other. Times are epoch milliseconds."""

    execution: str
    channel: str
    at: int
    shifted: int


def turn(
    channel: str, execution: str, kept: Slot | None, per_second: float, now: Callable[[], int]
) -> tuple[Slot, int]:  # fmt: skip
    """Give the execution's slot, taken now unless it has one, and the whole seconds to wait for it (0: go).

    The seconds count from the answer on: what looking took would make neighbours of slots that are apart.
    """
    if kept and kept["execution"] == execution and kept["channel"] == channel:
        return kept, wait(kept, notifications.clock(channel), now())
    at, clock = notifications.take_slot(channel, math.ceil(1000 / (per_second * _SHARE_OF_LIMIT)), now())
    slot = Slot(execution=execution, channel=channel, at=at, shifted=clock.shifted)
    return slot, wait(slot, clock, now())


def close(channel: str, seconds: int, now: int) -> None:
    """Close a channel that answered 429 for everybody, and move the slots that are taken."""
    milliseconds = seconds * 1000
    notifications.close(channel, now + milliseconds, max(0, milliseconds - _REGAINED), now)


def wait(slot: Slot | None, clock: Clock, now: int) -> int:
    """Whole seconds until the slot, moved by every closing since it was taken, and until the channel is open."""
    at = slot["at"] + clock.shifted - slot["shifted"] if slot else 0
    return max(0, math.ceil((max(at, clock.closed_until) - now) / 1000))
