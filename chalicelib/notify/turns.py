"""Waiting for one's turn: a place in the channel's queue, the rest of the wait asleep, and the gate."""

from collections.abc import Callable

from chalicelib import clock
from chalicelib.ledger import clocks, places
from chalicelib.ledger.places import CRITICAL, LATE, NAP, REST, ChannelClock, QueuePlace

_WHOLE_SECOND = 1000

# At the gate: others may pass it first each time it opens.
_TRIES = 5


def seconds_until_turn(
    queue: str,
    per_second: float,
    kept: QueuePlace | None,
    keep: Callable[[QueuePlace], QueuePlace],
    *,
    critical: bool,
    again: bool,
) -> int:
    """Say for how many whole seconds to wait for one's place; 0: it is one's turn, and the gate is next.

    Who tries ``again`` keeps a place that has passed: after a wait the state machine would count its tries anew.
    ``kept`` is the place that the finding has; ``keep`` writes a new one and says which stands. Sleeps up to
    three seconds.
    """
    step = places.interval(per_second)
    place, seen = _place(queue, step, kept, keep, critical=critical, again=again)
    left = places.due(place, seen) - clock.milliseconds()
    if seconds := places.seconds_to_wait(left):
        return seconds
    if left > 0:
        clock.sleep(left / _WHOLE_SECOND)
    return 0


def seconds_at_the_gate(queue: str, per_second: float) -> int:
    """Pass the gate just before the post, asleep where it opens soon (0); else say for how many seconds to wait."""
    gap, until = places.interval(per_second), clock.milliseconds() + NAP
    for _ in range(_TRIES):
        closed = clocks.pass_gate(queue, gap, clock.milliseconds())
        if not closed:
            return 0
        if clock.milliseconds() + closed > until:
            return max(1, places.seconds_to_wait(closed))
        clock.sleep(closed / _WHOLE_SECOND)
    return 1


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
