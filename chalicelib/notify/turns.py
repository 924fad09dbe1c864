"""Waiting for one's turn: a place in the channel's queue, the rest of the wait asleep, and the gate."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import NamedTuple

from botocore.exceptions import ClientError

from chalicelib import clock, settings
from chalicelib.aws import metrics
from chalicelib.errors import AWSUnavailable
from chalicelib.finding.model import Severity
from chalicelib.ledger import clocks, places
from chalicelib.ledger.claim import instant
from chalicelib.ledger.decide import FindingItem
from chalicelib.ledger.places import CRITICAL, LATE, NAP, REST, ChannelClock, QueuePlace
from chalicelib.ledger.table import ConditionFailed, as_unreadable
from chalicelib.notify.job import Job
from chalicelib.slack.post import UPDATES, UPDATES_SHARE

_WHOLE_SECOND = 1000

# At the gate: others may pass it first each time it opens.
_TRIES = 5


class Turn(NamedTuple):
    """A finding's turn in a queue."""

    place: QueuePlace
    due: int
    """Epoch milliseconds, as far as is known by now: others may move it."""

    @property
    def at(self) -> str:
        """When it is, as a text."""
        return instant(datetime.fromtimestamp(self.due / _WHOLE_SECOND, UTC))

    @property
    def seconds(self) -> int:
        """For how many whole seconds to wait; 0: it is one's turn, and the gate is next."""
        return places.seconds_to_wait(self.due - clock.milliseconds())


def turn(job: Job, item: FindingItem, queue: str, longest: int | None = None) -> Turn:
    """Take the turn of a finding's post, whose place lies in its item; raises as ``take`` does."""
    band = band_of(job.finding.severity)
    return take(item.place, queue, band, again=job.retry_count > 0, longest=longest)


def band_of(severity: float) -> int:
    """Name the band of the queue in which something of a severity takes its first place."""
    return CRITICAL if Severity.of(severity) is Severity.CRITICAL else REST


def take(kept: str, queue: str, band: int, *, again: bool, longest: int | None = None) -> Turn:
    """Keep the place that was taken, as text, exchange one that has passed, or take the band's next.

    A place that is taken is the caller's to write. Who tries ``again`` keeps a place that has passed: after a wait the
    state machine would count its tries anew. Raises QueueTooLong where a first place is over ``longest`` milliseconds
    away.
    """
    with as_unreadable():
        place, seen = _place(queue, places.read_place(kept), band, again=again, longest=longest)
    return Turn(place, places.due(place, seen))


@contextmanager
def giving_back(kept: str, taken: Turn) -> Iterator[None]:
    """Give a place that was taken back where it can't be written: somebody has changed the item."""
    new = kept != taken.place.to_text()
    try:
        yield
    except ConditionFailed:
        if new:
            give_back(taken.place)
        raise


def report(taken: Turn, job: Job) -> None:
    """Count how long the queue is, in seconds, for its alarm; a test calls nobody."""
    if settings.runs_in_lambda() and not job.finding.test:
        ahead = max(0, (taken.due - clock.milliseconds()) // _WHOLE_SECOND)
        print(metrics.line({"QueueSeconds": ahead}, settings.stage(), job.now, unit="Seconds"))


def sleep_until(due: int) -> None:
    """Sleep what is left of a wait, up to three seconds."""
    left = min(NAP, due - clock.milliseconds())
    if left > 0:
        clock.sleep(left / _WHOLE_SECOND)


class Gate(NamedTuple):
    """What came of the way through a channel's gate."""

    seconds: int
    """For how many to wait; 0: it is passed."""
    closed_since: int = 0
    """Epoch milliseconds since when Slack has refused every message of the channel; 0 where it has not."""


def gate(queue: str) -> Gate:
    """Pass the gate just before the post, asleep where it opens soon; else say for how many seconds to wait."""
    until = clock.milliseconds() + NAP
    for _ in range(_TRIES):
        with as_unreadable():
            closed, seen = clocks.pass_gate(queue, _step(queue), clock.milliseconds())
        if not closed:
            return Gate(0, seen.closed_since)
        if clock.milliseconds() + closed > until:
            return Gate(max(1, places.seconds_to_wait(closed)))
        clock.sleep(closed / _WHOLE_SECOND)
    return Gate(1)


def took(queue: str, passed: Gate) -> None:
    """Slack took the message: from now on it refuses nothing."""
    if passed.closed_since:
        # What is not written now is written after the next message.
        with suppress(AWSUnavailable, ClientError):
            clocks.took(queue)


def give_back(place: QueuePlace) -> None:
    """Let those behind move forward: nothing is posted in this place."""
    clocks.give_back(place, _step(place.channel), clock.milliseconds())


def leave(kept: str) -> None:
    """Give back a place that was kept, as text, and is not written any more; one that can't be passes unused."""
    if place := places.read_place(kept):
        with suppress(AWSUnavailable, ClientError):
            give_back(place)


def is_also(queue: str, id_: str) -> None:
    """One channel has one clock, by whatever name: Slack calls the queue's channel ``id_``."""
    # What is not written now is written at the next post.
    with suppress(AWSUnavailable, ClientError):
        clocks.is_also(queue, id_)


def _step(queue: str) -> int:
    """How far the queue's places are apart."""
    rate = settings.slack_messages_per_second()
    return places.interval(rate * UPDATES_SHARE if queue == UPDATES else rate)


def _place(
    queue: str, kept: QueuePlace | None, band: int, *, again: bool, longest: int | None
) -> tuple[QueuePlace, ChannelClock]:
    now = clock.milliseconds()
    if kept and kept.channel == queue and (kept.band == CRITICAL) == (band == CRITICAL):
        seen = clocks.clock(queue)
        if again or not places.is_past(kept, seen, now):
            return kept, seen
        return clocks.take(queue, CRITICAL if band == CRITICAL else LATE, _step(queue), now)
    taken = clocks.take(queue, band, _step(queue), now, longest)
    if kept:  # only now: whoever takes none has it still
        give_back(kept)
    return taken
