"""Waiting for one's turn: a place in the channel's queue, the rest of the wait asleep, and the gate."""

import math
from collections.abc import Callable

from chalicelib import clock
from chalicelib.ledger import clocks, places
from chalicelib.ledger.places import CRITICAL, LATE, NAP, REST, ChannelClock, QueuePlace

_WHOLE_SECOND = 1000


def seconds_until_turn(
    queue: str,
    per_second: float,
    kept: QueuePlace | None,
    keep: Callable[[QueuePlace], QueuePlace],
    *,
    critical: bool,
    again: bool,
) -> int:
    """Say for how many whole seconds to wait; 0: the gate is passed, post now.

    Who tries ``again`` keeps a place that has passed: after a wait the state machine would count its tries anew.
    ``kept`` is the place that the finding has; ``keep`` writes a new one and says which stands. Sleeps up to
    three seconds for the place, and as long for the gate.
    """
    step, began = places.interval(per_second), clock.milliseconds()
    place, seen = _place(queue, step, kept, keep, critical=critical, again=again)
    left = places.due(place, seen) - clock.milliseconds()
    if seconds := places.seconds_to_wait(left):
        return seconds
    clock.sleep(max(0, left) / _WHOLE_SECOND)
    return _through_the_gate(queue, places.gap(per_second), began + 2 * NAP)


def give_back(place: QueuePlace, per_second: float) -> None:
    """Let those behind move forward: nothing is posted in this place."""
    clocks.give_back(place, places.interval(per_second), clock.milliseconds())


def _place(
    queue: str,
    step: int,
    kept: QueuePlace | None,
    keep: Callable[[QueuePlace], QueuePlace],
    *,
    critical: bool,
    again: bool,
) -> tuple[QueuePlace, ChannelClock]:
    """Keep the place that is had, exchange one that has passed, or take the next."""
    band, now = CRITICAL if critical else REST, clock.milliseconds()
    if kept and kept.channel == queue and (kept.band == CRITICAL) == critical:
        seen = clocks.clock(queue)
        if again or not places.is_past(kept, seen, now):
            return kept, seen
        band = CRITICAL if critical else LATE
    elif kept:
        clocks.give_back(kept, step, now)
    taken, seen = clocks.take(queue, band, step, now)
    stands = keep(taken)
    if stands != taken:
        clocks.give_back(taken, step, now)
    return stands, seen


def _through_the_gate(queue: str, gap: int, until: int) -> int:
    """Pass the gate, asleep where it opens soon; else say for how many seconds to wait."""
    while closed := clocks.pass_gate(queue, gap, clock.milliseconds()):
        if clock.milliseconds() + closed > until:
            return max(1, math.ceil(closed / _WHOLE_SECOND))
        clock.sleep(closed / _WHOLE_SECOND)
    return 0
