"""The thread of a digest: its first findings by name, as long as the channel's queue is short.

Each reply is written down before it is posted, and posted at most once: one that is lost costs detail. The command
``digest`` lists all of them.
"""

from enum import Enum

from chalicelib import clock, settings
from chalicelib.errors import SlackRejected, SlackUnanswered, SlackUnavailable
from chalicelib.ledger import digests
from chalicelib.ledger.clocks import QueueTooLong
from chalicelib.ledger.decide import FindingItem
from chalicelib.ledger.notifications import FindingEntry
from chalicelib.ledger.places import NAP, REST
from chalicelib.ledger.table import as_unreadable
from chalicelib.message import digest_thread
from chalicelib.message.digest import MOST_REPLIES, Digest, FoldedFinding
from chalicelib.message.mark import MarkKind, marked
from chalicelib.notify import digest_letter, outbox, turns
from chalicelib.notify.attempt import LIVES
from chalicelib.slack.api import Posted
from chalicelib.slack.post import Letter

_RUNS = LIVES / 2
"""So long a run posts replies: each waits for up to three seconds."""
_OVER = str(MOST_REPLIES)


class Named(Enum):
    """How far it came."""

    SOME = "more are to come"
    ALL = "no more are posted"


def are_left(item: FindingItem) -> bool:
    """Whether replies are to come: a digest's item counts in ``said`` those that were begun."""
    return _begun(item) < MOST_REPLIES


def name(id_: str, entry: FindingEntry, findings: list[FoldedFinding]) -> Named:
    """Post replies, for half a minute at most; raises LedgerUnreadable, ConditionFailed."""
    ends = clock.now() + _RUNS
    portal = settings.access_portal_url()
    said = Digest(id_, digests.begins(id_), findings, settings.stage(), access_portal=portal)
    pages = digest_thread.replies(said, settings.message_language())
    while clock.now() < ends:
        number = _begun(entry.item)
        if number >= len(pages) or not _reply(id_, entry, findings, pages[number], number):
            _write(entry, _OVER)
            return Named.ALL
    return Named.SOME


def _reply(
    id_: str, entry: FindingEntry, findings: list[FoldedFinding], page: dict[str, object], number: int
) -> bool:
    """Post one; False where others wait, or Slack takes none."""
    channel = entry.item.channel
    try:
        turn = turns.take("", channel, REST, again=False, longest=NAP)
    except QueueTooLong:
        return False
    with turns.giving_back("", turn):
        _write(entry, str(number + 1))
    turns.sleep_until(turn.due)
    gate = turns.gate(channel)
    if gate.seconds:
        return False
    mark = digest_letter.mark_of(id_, findings)._replace(kind=MarkKind.FOLDED, seen=number)
    letter = Letter(channel, marked(page, mark))
    try:
        done = outbox.door(outbox.slack_secret(), clock.now() + LIVES / 2).reply(
            letter, entry.item.ts, broadcast=False
        )
    except (SlackRejected, SlackUnavailable, SlackUnanswered):
        return False
    turns.took(channel, gate)
    return isinstance(done, Posted)


def _begun(item: FindingItem) -> int:
    return int(item.said) if item.said.isdecimal() else 0


def _write(entry: FindingEntry, begun: str) -> None:
    if entry.item.said != begun:
        with as_unreadable():
            entry.change({"said": begun})
