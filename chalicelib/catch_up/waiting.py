"""What the daily proof says of answers: what waits for one, and on Mondays how long they took."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta

from botocore.exceptions import ClientError

from chalicelib import settings
from chalicelib.catch_up import open_message
from chalicelib.catch_up.open_message import Waiting
from chalicelib.errors import AWSUnavailable
from chalicelib.ledger import open_list, watch
from chalicelib.ledger.claim import instant
from chalicelib.ledger.open_list import Watched

_A_WEEK = timedelta(days=7)


class _NoTime(Exception):
    """The list is longer than there is time for."""


def day(now: datetime, language: str, has_time: Callable[[], bool]) -> list[str]:
    """Say what waits longer than is allowed; nothing where nothing waits, or answers are not asked for."""
    return _said(language, lambda: open_message.day(_waiting(now, has_time), now, language))


def week(now: datetime, language: str, has_time: Callable[[], bool]) -> list[str]:
    """Say how the findings of a week were answered, and how long that took; nothing where none was."""

    def answered() -> list[str]:
        found = open_list.watched(watch.WITHDRAWAL, since=instant(now - _A_WEEK))
        return open_message.week([each.watch for each in _in_time(found, has_time)], language)

    return _said(language, answered)


def _said(language: str, lines: Callable[[], list[str]]) -> list[str]:
    """Say it, or why it can't be said: the proof is posted all the same."""
    if not settings.answer_within():
        return []
    try:
        return lines()
    except _NoTime:
        return open_message.unlisted("the time limit is near", language)
    except (AWSUnavailable, ClientError) as error:
        return open_message.unlisted(str(error), language)


def _waiting(now: datetime, has_time: Callable[[], bool]) -> Waiting:
    found = list(_in_time(open_list.watched(watch.ANSWER), has_time))
    return Waiting(
        number=len(found),
        late=[each for each in found if each.seconds_late(now) > 0],
        blind={each.watch.blind for each in found},
    )


def _in_time(entries: Iterable[Watched], has_time: Callable[[], bool]) -> Iterator[Watched]:
    for each in entries:
        if not has_time():
            raise _NoTime
        yield each
