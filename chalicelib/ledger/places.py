"""Whose turn it is in a channel: the arithmetic of places in its queue, pure. All times are epoch milliseconds.

A place gives the order, the gate the pace. The queue has three bands, one behind the other: Critical findings, those
whose place has passed, the rest. Who takes a place in a band moves those behind it; who is moved finds out on waking.

Slack takes about one message a second in a channel (https://docs.slack.dev/apis/web-api/rate-limits).
"""

import json
import math
from typing import NamedTuple

CRITICAL, LATE, REST = range(3)
"""The bands, in the order of their turns."""

# Messages are on their way for some hundredths of a second, one longer than another: with less room between two of
# them a Slack that takes one message a second, and no two at once, refuses some.
_SHARE_OF_LIMIT = 0.935

STILL_DUE = 60_000
"""A place that has passed by less is still due: who woke late goes at once."""

LONGEST_WAIT = 300
"""Seconds: a wait is looked at again by then, as places may have moved forward."""

NAP = 3_000
"""What is left of a wait is slept in the function, so that a turn is met to the moment: waits have whole seconds."""
_EARLY = 2_000


class ChannelClock(NamedTuple):
    """A channel's clock, as it lies in its item."""

    end0: int = 0
    """When the band's next place begins. A band that ends before the one in front of it begins behind that."""
    end1: int = 0
    end2: int = 0
    moved0: int = 0
    """By how much the places of the band have been moved so far, by those in front and by those given back."""
    moved1: int = 0
    moved2: int = 0
    shifted: int = 0
    """By how much Slack's 429s have moved all places so far."""
    closed_until: int = 0
    """Slack refuses the channel until then."""
    closed_since: int = 0
    """Since when Slack has refused every message; 0 where it took the last one."""
    open_at: int = 0
    """The gate: no message begins before."""

    @property
    def ends(self) -> tuple[int, int, int]:
        """When each band's next place begins."""
        end1 = max(self.end1, self.end0)
        return self.end0, end1, max(self.end2, end1)

    @property
    def moved(self) -> tuple[int, int, int]:
        """How far each band's places were moved."""
        return self.moved0, self.moved1, self.moved2


class QueuePlace(NamedTuple):
    """A finding's place in a channel's queue; it lies in the finding's item."""

    channel: str
    band: int
    at: int
    moved: int
    shifted: int

    def to_text(self) -> str:
        """Write it as short JSON."""
        return json.dumps(self._asdict(), separators=(",", ":"))


def read_place(text: str) -> QueuePlace | None:
    """Read a place; None where there is none, or it can't be read."""
    try:
        return QueuePlace(**json.loads(text))
    except (ValueError, TypeError):
        return None


def interval(per_second: float) -> int:
    """How far places are apart, and messages at least."""
    return math.ceil(1000 / (per_second * _SHARE_OF_LIMIT))


def next_place(clock: ChannelClock, band: int, step: int, now: int) -> int:
    """Say when the band's next place begins: behind the band's last, or at the next beat of a busy queue, or now."""
    ends = clock.ends
    if clock.ends[band] > now:
        return ends[band]
    last = ends[REST]
    return last - (last - now) // step * step if last > now else now


def due(place: QueuePlace, clock: ChannelClock) -> int:
    """When the place's turn is, moved as it has been since it was taken, and not before the channel is open."""
    at = place.at + clock.moved[place.band] - place.moved + clock.shifted - place.shifted
    return max(at, clock.closed_until)


def is_past(place: QueuePlace, clock: ChannelClock, now: int) -> bool:
    """Whether the place is to be exchanged for the next one, before the rest."""
    return now - due(place, clock) > STILL_DUE


def seconds_to_wait(left: int) -> int:
    """How many whole seconds the state machine waits; 0 where the function sleeps what is left."""
    return 0 if left <= NAP else min(LONGEST_WAIT, max(1, (left - _EARLY) // 1000))
