"""A look at a finding that asks for an answer: cheap first, and no further than needed."""

from datetime import datetime

from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from chalicelib.attention import decide, reactions, schedule
from chalicelib.attention.decide import NextStep, Sight
from chalicelib.attention.reactions import Blind, MessageGone, NotYet, Reading
from chalicelib.aws import guardduty
from chalicelib.ledger import digests
from chalicelib.ledger.decide import FindingItem
from chalicelib.ledger.notifications import FindingEntry
from chalicelib.ledger.watch import Watch

_NOT_SAID = (ClientError, ResponseParserError, ValueError, OverflowError)
"""GuardDuty refuses, or says what botocore can't read. Whether it is archived is one answer of several."""


def look(entry: FindingEntry, watch: Watch, now: datetime) -> Watch:
    """Look whether somebody has answered; nothing is written. The entry is read, and ``watch`` is what it has.

    Raises AWSUnavailable, InvalidSettings, LedgerUnreadable, SlackRejected, SlackUnavailable.
    """
    return next_step(entry, watch, now).watch


def next_step(entry: FindingEntry, watch: Watch, now: datetime) -> NextStep:
    """Look, and say what is next besides."""
    finding_id = entry.claim["finding_id"] if entry.claim else ""
    return decide.decide(finding_id, watch, _sight(finding_id, entry.item, watch, now), now)


def _sight(finding_id: str, item: FindingItem, watch: Watch, now: datetime) -> Sight:
    if _is_hidden(item):
        return Sight(hidden=True)
    # What stands there as it opens again is looked at right then: each minute more would hide a true answer.
    if schedule.is_young(watch, now) and not watch.anew:
        return Sight()
    # A digest is none of GuardDuty's findings.
    archived = False if digests.is_key(finding_id) else _is_archived(finding_id, watch.region)
    return Sight(archived=True) if archived else Sight(archived=archived, reactions=_reactions(item, watch))


def _is_hidden(item: FindingItem) -> bool:
    """Whether a rule hides the newest update; a stamp that brought its own content shows that very update."""
    stamped = bool(item.shown_suppression) and item.suppressed_update == item.notified_update
    return stamped or item.suppressed_update > item.notified_update


def _is_archived(finding_id: str, region: str) -> bool | None:
    """None where GuardDuty does not say: it refuses, or does not list the finding."""
    try:
        return guardduty.is_archived(finding_id, region)
    except _NOT_SAID:
        return None


def _reactions(item: FindingItem, watch: Watch) -> Reading | NotYet | Blind | MessageGone:
    # What a webhook posted can't be named, so nobody can ask for its reactions.
    return reactions.answers(watch, item.channel, item.ts) if item.ts else Blind(reactions.CHANNEL)
