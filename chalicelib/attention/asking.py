"""What Slack is asked about answers, within what it takes of a workspace, and what of it a warm container knows.

Slack limits a method by app and workspace, whatever the channel: https://docs.slack.dev/apis/web-api/rate-limits.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import NamedTuple, TypeVar

from botocore.exceptions import ClientError

from chalicelib import clock, settings
from chalicelib.errors import AWSUnavailable
from chalicelib.ledger import clocks
from chalicelib.ledger.table import as_unreadable
from chalicelib.slack import reactions, reading
from chalicelib.slack.api import Gone, Throttled
from chalicelib.slack.reactions import Identity, Reactions
from chalicelib.slack.refusals import HistoryRefused
from chalicelib.slack.secret import Token

T = TypeVar("T")

REACTIONS, HISTORY = "reactions.get", "conversations.history"
"""The queues of questions, each with its clock among the channels' (``channel#reactions.get``): the methods' names."""
GAP = 1_250
"""Milliseconds between two of a queue: 48 a minute, where Slack takes 50 (Tier 3)."""

_PAGE_KEPT = timedelta(seconds=10)
_PART_KEPT = 0.1
"""Of the time within which somebody is to answer."""
_KEPT = timedelta(minutes=10)
"""What changes seldom: who we are and what we may, who is in a group, which channel's history is refused."""
_MOST_APART = 60
_NAPS = 2
_MOST_BOTS = 10
"""Users that are asked about in one look; who is not known by then counts at the next one."""


class PutOff(Exception):
    """It can't be said before so many seconds have gone."""

    def __init__(self, seconds: int) -> None:
        """Say it."""
        super().__init__(f"not before {seconds} s")
        self.seconds = seconds


class Asker(NamedTuple):
    """Who asks, and about which message."""

    token: Token
    channel: str
    """Its id."""
    ts: str
    within: int
    """Seconds within which somebody is to answer: who has less time comes back sooner."""
    anew: bool = False
    """Wants to know what stands there right now, not some seconds ago."""


class _ReactionsPage(NamedTuple):
    """Some messages of a channel and who reacted to them, by ts."""

    taken: datetime
    found: dict[str, Reactions]
    goes_on: bool
    """Whether there are older ones."""


@dataclass
class _Known:
    """What the container knows, each with when it was read."""

    identities: dict[str, tuple[datetime, Identity]] = field(default_factory=dict)
    members: dict[str, tuple[datetime, frozenset[str]]] = field(default_factory=dict)
    """Of a group; empty where nobody is in it, or it can't be read."""
    pages: dict[str, list[_ReactionsPage]] = field(default_factory=dict)
    newest: dict[str, tuple[datetime, str]] = field(default_factory=dict)
    """When a channel's newest messages were read, and the ts of the oldest of them where there are older ones."""
    refused: dict[str, datetime] = field(default_factory=dict)
    """When a channel's history was refused."""
    bots: dict[str, bool] = field(default_factory=dict)


_known = _Known()


def forget() -> None:
    """Forget what the container knows, as a new one."""
    for each in vars(_known).values():
        each.clear()


def who_we_are(token: Token) -> Identity:
    """Say who the token is and what it may; raises PutOff, TokenRefused, SlackUnavailable."""
    now = clock.now()
    kept = _known.identities.get(token.value)
    if kept and now - kept[0] < _KEPT:
        return kept[1]
    try:
        found = _unless_throttled(reactions.identity(token, settings.slack_api_url()))
    except HistoryRefused:
        found = Identity("", frozenset())  # what is asked next says what is wrong
    _known.identities[token.value] = (now, found)
    return found


def may(identity: Identity, *scopes: str) -> bool:
    """Whether the token has one of these scopes, as far as Slack says."""
    return not identity.scopes or not identity.scopes.isdisjoint(scopes)


def members(token: Token, group: str) -> frozenset[str]:
    """Say who is in a user group; empty where that can't be read. Raises as ``who_we_are`` does."""
    now = clock.now()
    kept = _known.members.get(group)
    if kept and now - kept[0] < _KEPT:
        return kept[1]
    try:
        found = _unless_throttled(reactions.members(token, settings.slack_api_url(), group))
    except HistoryRefused:
        found = frozenset()
    _known.members[group] = (now, found)
    return found


def is_person(token: Token) -> Callable[[str], bool]:
    """Make what asks users.info whether a user is a person; raises as ``who_we_are`` does."""
    asked = 0

    def person(user: str) -> bool:
        nonlocal asked
        if user in _known.bots:
            return not _known.bots[user]
        if asked == _MOST_BOTS:
            return False
        asked += 1
        try:
            bot = _unless_throttled(reactions.is_bot(token, settings.slack_api_url(), user))
        except HistoryRefused:
            return True
        _known.bots[user] = bot
        return not bot

    return person


def by_message(asker: Asker) -> Reactions | Gone:
    """Ask for one message's reactions; raises HistoryRefused besides what ``who_we_are`` raises."""
    _pass(REACTIONS, asker)
    came = reactions.reactions(asker.token, settings.slack_api_url(), asker.channel, asker.ts)
    if isinstance(came, Throttled):
        raise _closed(REACTIONS, asker, came)
    return came


def by_newest(asker: Asker) -> Reactions | Gone | None:
    """Look for the message among the channel's newest, which serve all who ask; None: it can't be said by them.

    Raises as ``by_message`` does.
    """
    kept = _kept(asker)
    if kept is not None:
        return kept
    read_at, oldest = _known.newest.get(asker.channel, (None, ""))
    is_fresh = read_at and clock.now() - read_at < _page_kept(asker) and not asker.anew
    if is_fresh or asker.ts < oldest:
        return None
    _pass(HISTORY, asker)
    page = _page(asker, "")
    oldest = min(page.found, default="") if page.goes_on else ""
    _known.newest[asker.channel] = (page.taken, oldest)
    return page.found.get(asker.ts, Gone() if asker.ts > oldest else None)


def by_history(asker: Asker) -> Reactions | Gone:
    """Look for the message where it stood in the channel's history; raises as ``by_message`` does."""
    kept = _kept(asker)
    if kept is not None:
        return kept
    _pass(HISTORY, asker, naps=_NAPS)  # who comes again another time may have to read the newest first again
    return _page(asker, asker.ts).found.get(asker.ts, Gone())


def is_refused(channel: str) -> bool:
    """Whether a channel's history was refused lately."""
    at = _known.refused.get(channel)
    return bool(at and clock.now() - at < _KEPT)


def refuse(channel: str) -> None:
    """Keep that a channel's history is refused."""
    _known.refused[channel] = clock.now()


def _kept(asker: Asker) -> Reactions | None:
    if asker.anew:
        return None
    now = clock.now()
    fresh = [each for each in _known.pages.get(asker.channel, []) if now - each.taken < _PAGE_KEPT]
    _known.pages[asker.channel] = fresh
    enough = (page for page in reversed(fresh) if now - page.taken < _page_kept(asker))
    return next((page.found[asker.ts] for page in enough if asker.ts in page.found), None)


def _page_kept(asker: Asker) -> timedelta:
    """Who is to answer within seconds is not reminded because of what was seen some seconds ago."""
    return min(_PAGE_KEPT, timedelta(seconds=asker.within * _PART_KEPT))


def _page(asker: Asker, latest: str) -> _ReactionsPage:
    """Read a page of the channel's history, up to a message (empty: the newest), and keep it for a moment."""
    came = reading.history(asker.token, settings.slack_api_url(), asker.channel, latest=latest)
    if isinstance(came, Throttled):
        raise _closed(HISTORY, asker, came)
    listed = [each for each in came.messages if isinstance(each.get("ts"), str)]
    found = {each["ts"]: reactions.of_message(each) for each in listed if not reactions.is_deleted(each)}
    page = _ReactionsPage(clock.now(), found, bool(came.cursor))
    _known.pages.setdefault(asker.channel, []).append(page)
    return page


def _pass(queue: str, asker: Asker, naps: int = 0) -> None:
    """Pass the queue's gate, if need be after some naps; who does not come through returns, not all at one time."""
    now = clock.milliseconds()
    with as_unreadable():
        closed, _ = clocks.pass_gate(queue, GAP, now)
    if not closed:
        return
    if not naps or closed > GAP:
        raise PutOff(-(-closed // 1000) + _apart(asker, now))
    clock.sleep(closed / 1000)
    _pass(queue, asker, naps - 1)


def _closed(queue: str, asker: Asker, throttled: Throttled) -> PutOff:
    """Close the queue for everybody, as Slack wants no more."""
    now = clock.milliseconds()
    # Where the table can't be reached, the one whom Slack refused waits alone.
    with suppress(AWSUnavailable, ClientError):
        clocks.close(queue, throttled.seconds, now)
    return PutOff(throttled.seconds + _apart(asker, now))


def _apart(asker: Asker, now: int) -> int:
    """Spread those who come back, another way each time; seconds."""
    most = min(max(asker.within // 60, 1), _MOST_APART)
    drawn = sha256(f"{asker.channel} {asker.ts} {now}".encode()).digest()
    return int.from_bytes(drawn[:4], "big") % (most + 1)


def _unless_throttled(answer: T | Throttled) -> T:
    if isinstance(answer, Throttled):
        raise PutOff(answer.seconds)
    return answer
