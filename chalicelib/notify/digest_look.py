"""Whether a digest that nobody answered stands in Slack, by its mark in the channel's history."""

from datetime import UTC, datetime
from enum import Enum

from chalicelib import clock, settings
from chalicelib.ledger import digests
from chalicelib.ledger.decide import FindingItem
from chalicelib.message.mark import MarkKind, finding_hash
from chalicelib.notify import attempt, history
from chalicelib.notify.history import NotReadable, NotYet, Standing
from chalicelib.slack.secret import Token


class NotSaid(Enum):
    """Why nothing can be said of it."""

    NEVER = "the app may not read the channel"


def look(id_: str, item: FindingItem, token: Token, *, too_early: bool) -> Standing | int | NotSaid | None:
    """Say what stands: None: nothing; a number: it can't be said before so many seconds have gone.

    Raises SlackUnavailable, LedgerUnreadable.
    """
    after = _moment(attempt.looks_after(item))
    if too_early:
        if history.is_without_scope(token):
            return NotSaid.NEVER
        return max(1, int((after - clock.now()).total_seconds()) + 1)
    since = _moment(min(filter(None, (item.repeated, attempt.since(item)))))
    channels = dict.fromkeys((*item.asked_in.split(), settings.slack_channel()))
    for channel in channels:
        seen = history.standing(token, channel, finding_hash(digests.key(id_)), since, after)
        if isinstance(seen, NotYet):
            return seen.seconds
        if isinstance(seen, NotReadable):
            return NotSaid.NEVER
        if found := [each for each in seen if each.mark.kind is MarkKind.DIGEST]:
            return found[0]
    return None


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text) if text else datetime.min.replace(tzinfo=UTC)
