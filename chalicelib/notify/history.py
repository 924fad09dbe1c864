"""What stands of ours in a channel, by Slack's history: read at most once a minute in a warm container.

The messages are known by their marks, whoever's finding they are: one look serves all who wait for a channel's.
https://docs.slack.dev/reference/methods/conversations.history, …/conversations.replies
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, NamedTuple

from chalicelib import clock, settings
from chalicelib.errors import SlackRejected, SlackUnanswered, SlackUnavailable
from chalicelib.ledger import clocks
from chalicelib.ledger.table import as_unreadable
from chalicelib.message import mark
from chalicelib.message.mark import Mark, MarkKind
from chalicelib.slack import reading
from chalicelib.slack.api import Throttled
from chalicelib.slack.reading import HistoryPage
from chalicelib.slack.secret import Token

_ID = re.compile(r"[CDG][A-Z0-9]{8,}")

_BETWEEN_LOOKS = timedelta(minutes=1)
_MOST_APART = 20
"""Seconds over which those come back that wait for a look: all at once they would be a container each."""
_ASKED_AGAIN_AFTER = timedelta(minutes=10)
"""Who may not read a channel may have been allowed to by then."""
_PATIENCE = timedelta(minutes=10)
"""So long a history that can't be had is waited for; then it is done without."""

# Our clock and Slack's may differ, and a message's ts is Slack's.
_CLOCKS_DIFFER = timedelta(seconds=60)

# A thousand messages of an hour, of which few are ours: more is no hour in which Slack did not answer.
_MOST_PAGES = 10


class Standing(NamedTuple):
    """A message of ours that stands in Slack."""

    channel: str
    """Its id."""
    ts: str
    mark: Mark


@dataclass(frozen=True)
class NotYet:
    """It can't be said before so many seconds have gone."""

    seconds: int


class NotReadable(Enum):
    """It can't be said at all."""

    REFUSED = "the app may not read the channel"


Seen = tuple[Standing, ...]


@dataclass
class _ChannelView:
    """What the container knows of a channel."""

    since: datetime | None = None
    """From when on it was read; None where it was not."""
    taken: datetime | None = None
    again: datetime | None = None
    """It is not read before."""
    wanted: datetime | None = None
    """From when on those who wait for the next look want it to be read."""
    failing: datetime | None = None
    """Since when it could not be read."""
    refused: bool = False
    standing: dict[str, list[Standing]] = field(default_factory=dict)
    """By the finding's hash."""


_SCOPES = {"channels:history", "groups:history"}

_scopes: dict[str, datetime] = {}
"""When the app was last seen to have none of them, for the life of the container."""
_channels: dict[str, _ChannelView] = {}
_ids: dict[str, str] = {}


def is_without_scope(token: Token) -> bool:
    """Whether it is known that the app may read no history: then nobody need wait for it."""
    now, seen = clock.now(), _scopes.get("none")
    if seen is None or now - seen > _ASKED_AGAIN_AFTER:
        _scopes.clear()
        try:
            scopes = reading.auth_test(token, settings.slack_api_url())["scopes"]
        except (SlackRejected, SlackUnavailable, SlackUnanswered):
            return False  # the look itself says what is wrong
        if not scopes or _SCOPES & set(scopes.split(",")):
            return False
        _scopes["none"] = now
    return True


def standing(
    token: Token, channel: str, finding: str, since: datetime, after: datetime
) -> Seen | NotYet | NotReadable:
    """Say what stands of a finding in a channel, of what was posted since ``since``, as it is later than ``after``.

    Raises SlackUnavailable.
    """
    id_ = _id(token, channel)
    if isinstance(id_, NotYet):
        return id_
    if not id_:
        return NotReadable.REFUSED
    known, now = _channels.setdefault(id_, _ChannelView()), clock.now()
    if known.since and known.taken and known.since <= since and known.taken >= after:
        return tuple(known.standing.get(finding, ()))
    known.wanted = min(since, known.wanted or since)
    if known.again and now < known.again:
        return NotReadable.REFUSED if known.refused else _not_yet(known.again + _apart(finding), now)
    if after > now:
        return _not_yet(after, now)
    known.again = now + _BETWEEN_LOOKS  # whoever comes meanwhile waits for this look
    came = _look(token, id_, known, now)
    return tuple(known.standing.get(finding, ())) if came is None else came


def in_thread(
    token: Token, message: tuple[str, str], finding: str, since: datetime
) -> Seen | NotYet | NotReadable:
    """Say what stands of a finding in its message's thread; ``message`` is channel and ts. Raises SlackUnavailable."""
    channel, ts = message

    def read(cursor: str) -> HistoryPage | Throttled:
        return reading.replies(
            token, settings.slack_api_url(), channel, ts=ts, oldest=_ts(since), cursor=cursor
        )

    pages = _pages(read)
    if isinstance(pages, Throttled):
        return NotYet(pages.seconds)
    if isinstance(pages, NotReadable):
        return pages
    return tuple(each for each in _ours(channel, pages) if each.mark.finding == finding)


def forget() -> None:
    """Forget what the container knows, as a new one."""
    _channels.clear()
    _scopes.clear()
    _ids.clear()


def _look(token: Token, id_: str, known: _ChannelView, now: datetime) -> NotYet | NotReadable | None:
    since = known.wanted or now

    def read(cursor: str) -> HistoryPage | Throttled:
        return reading.history(token, settings.slack_api_url(), id_, oldest=_ts(since), cursor=cursor)

    try:
        pages = _pages(read)
    except SlackUnavailable:
        if _is_out_of_patience(known, now, _BETWEEN_LOOKS):
            return NotReadable.REFUSED
        raise
    if isinstance(pages, Throttled):
        pause = timedelta(seconds=pages.seconds)
        return NotReadable.REFUSED if _is_out_of_patience(known, now, pause) else NotYet(pages.seconds)
    if isinstance(pages, NotReadable):
        known.again, known.refused = now + _ASKED_AGAIN_AFTER, True
        return pages
    known.standing.clear()
    for each in _ours(id_, pages):
        known.standing.setdefault(each.mark.finding, []).append(each)
    known.since, known.taken, known.wanted, known.failing, known.refused = since, now, None, None, False
    return None


def _is_out_of_patience(known: _ChannelView, now: datetime, pause: timedelta) -> bool:
    """Nobody asks again before the pause is over: those who come wait, or do without."""
    known.failing = known.failing or now
    known.refused = now - known.failing > _PATIENCE
    known.again = now + (_BETWEEN_LOOKS if known.refused else pause)
    return known.refused


def _pages(
    read: Callable[[str], HistoryPage | Throttled],
) -> list[Mapping[str, Any]] | Throttled | NotReadable:
    """Read to the end; what has no end in sight can't be said."""
    found: list[Mapping[str, Any]] = []
    cursor = ""
    for _ in range(_MOST_PAGES):
        try:
            page = read(cursor)
        except SlackRejected:
            return NotReadable.REFUSED
        if isinstance(page, Throttled):
            return page
        found += page.messages
        cursor = page.cursor
        if not cursor:
            return found
    return NotReadable.REFUSED


def _ours(channel: str, messages: list[Mapping[str, Any]]) -> Iterator[Standing]:
    for message in messages:
        marked, ts = mark.read(message), message.get("ts")
        if marked and marked.kind is not MarkKind.POINTER and isinstance(ts, str):
            yield Standing(channel, ts, marked)


def _id(token: Token, channel: str) -> str | NotYet:
    """Say by which id Slack calls a channel: history knows no names. Empty where that can't be known."""
    if _ID.fullmatch(channel):
        return channel
    if channel not in _ids:
        with as_unreadable():
            known = clocks.slack_id(channel)
        found = known or _id_of_ours(token, channel.lstrip("#"))
        if not found or isinstance(found, NotYet):
            return found
        _ids[channel] = found
    return _ids[channel]


def _id_of_ours(token: Token, name: str) -> str | NotYet:
    """Of the channels that the app is a member of: it may read no other's history."""
    try:
        found = reading.own_channels(token, settings.slack_api_url())
    except SlackRejected:
        return ""
    return NotYet(found.seconds) if isinstance(found, Throttled) else found.get(name, "")


def _apart(finding: str) -> timedelta:
    return timedelta(seconds=int(finding[:8] or "0", 16) % _MOST_APART)


def _not_yet(until: datetime, now: datetime) -> NotYet:
    return NotYet(int((until - now).total_seconds()) + 1)


def _ts(since: datetime) -> str:
    return f"{(since - _CLOCKS_DIFFER).timestamp():.6f}"
