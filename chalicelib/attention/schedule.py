"""When somebody is to have answered, and when it is looked whether somebody has. All of it counts from our post."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from hashlib import sha256

from chalicelib.ledger.watch import Watch

TIMES = (1, 2, 4)
"""The deadlines, in what is allowed (``Watch.within``)."""
LAST = len(TIMES)
"""The deadline at which others are called besides."""

_SEEN = 4
"""Who has it in hand has so many times as long."""

LASTS = timedelta(days=7)
"""So long an execution asks at most: executions that are open are a quota of the account."""

_FIRST = timedelta(seconds=5)
"""Sooner nobody has read the message."""

_AGES = (60, 180, 420, 900, 1800)
_GROWTH = 1.5
_MOST_APART = 6 * 3600
_EARLIER = 0.1
"""The part of a wait by which looks at findings that were posted together are spread."""


def deadlines(watch: Watch) -> tuple[datetime, ...]:
    """Say by when somebody is to have answered: three moments."""
    posted = datetime.fromisoformat(watch.posted_at)
    allowed = watch.within * (_SEEN if watch.seen_by else 1)
    return tuple(posted + timedelta(seconds=allowed * each) for each in TIMES)


def over(watch: Watch, now: datetime) -> int:
    """Count the deadlines that are over: those that came together are one, the last of them."""
    return sum(each <= now for each in deadlines(watch))


def due(watch: Watch, now: datetime) -> int:
    """Number the deadline that is to be reminded of, from 1 to ``LAST``; 0: none."""
    last = over(watch, now)
    return last if watch.reminds and last > watch.reminded else 0


def next_deadline(watch: Watch, now: datetime) -> datetime | None:
    """Say when there is to be a reminder next; None where there is to be none any more."""
    ahead = deadlines(watch)[watch.reminded :] if watch.reminds else ()
    return next((each for each in ahead if each > now), None)


def is_young(watch: Watch, now: datetime) -> bool:
    """Whether it was posted so short ago that nobody can have answered."""
    return now < datetime.fromisoformat(watch.posted_at) + _FIRST


def next_look(finding_id: str, watch: Watch, now: datetime) -> datetime:
    """Say when to look again: never later than a deadline, and at most six hours from now."""
    posted = datetime.fromisoformat(watch.posted_at)
    regular = next(each for each in _looks(finding_id, posted) if each > now)
    # A deadline that comes while nobody is asked yet is looked at as soon as somebody is.
    deadline = next_deadline(watch, posted if is_young(watch, now) else now)
    return max(posted + _FIRST, min(regular, deadline or regular))


def _looks(finding_id: str, posted: datetime) -> Iterator[datetime]:
    """Each is earlier than its age by the same part of its wait: so no two are further apart than allowed."""
    earlier = _EARLIER * int(sha256(finding_id.encode("utf-8", "surrogatepass")).hexdigest()[:8], 16) / 2**32
    before = 0.0
    for age in _ages():
        yield posted + timedelta(seconds=age - earlier * (age - before))
        before = age


def _ages() -> Iterator[float]:
    yield from _AGES
    age: float = _AGES[-1]
    while True:
        age = min(_GROWTH * age, age + _MOST_APART)
        yield age
