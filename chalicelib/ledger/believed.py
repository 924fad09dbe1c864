"""What of an item is believed: nothing, where it names a time that we could not have written.

Whoever may write the table could else silence a finding with one item, for good: of far future, it is newer than
whatever GuardDuty sends.
"""

from datetime import datetime, timedelta

from chalicelib.ledger import digest_ids
from chalicelib.ledger.claim import are_past, instant
from chalicelib.ledger.decide import FindingItem

_LONGEST_QUEUE = timedelta(days=7)
"""Half a million messages: a claim lives until its place's time."""


def believed(item: FindingItem, now: datetime) -> FindingItem:
    """Give the item as it is; where it names a time that can't be, one that says nothing, with its version."""
    of_now = (
        item.claimed_update,
        item.attempt_until,
        item.attempted_update,
        item.unanswered,
        item.look_after,
        item.repeated,
        item.notified_update,
        item.notified_at,
        item.suppressed_update,
        item.suppressed_at,
        item.shown_since,
        item.awaits_since,
    )
    may_be = are_past(of_now, now) and item.claimed_until <= instant(now + _LONGEST_QUEUE)
    return item if may_be and _may_be_folded(item.fold, now) else FindingItem(v=item.v)


def _may_be_folded(fold: str, now: datetime) -> bool:
    """A digest whose minute never comes is never posted, nor is one that has no name."""
    id_ = digest_ids.id_of(fold)
    return not fold or (bool(id_) and are_past([instant(digest_ids.begins(id_))], now))
