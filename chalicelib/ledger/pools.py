"""One reminder of many findings in a channel: who posted it, and when, as the channel's item says.

Every call may raise AWSUnavailable, or botocore's error where AWS refuses.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from chalicelib.ledger import clocks
from chalicelib.ledger.claim import instant
from chalicelib.ledger.table import ConditionFailed, read_item, text, update_item

SPAN = timedelta(minutes=10)
"""It is of all that is due by so long after it."""


class Pooled(NamedTuple):
    """The channel's last reminder of many."""

    at: str = ""
    by: str = ""
    """An execution."""

    def serves(self, posted_at: str, deadline: datetime) -> bool:
        """Whether it was a reminder of what was posted then and is due by a deadline."""
        until = datetime.fromisoformat(self.at) + SPAN if self.at else None
        return until is not None and posted_at < self.at and deadline <= until


def read(channel: str) -> Pooled:
    """Read it; empty where there was none."""
    item = read_item(clocks.item_key(channel))
    return Pooled(text(item, "pooled_at"), text(item, "pooled_by"))


def claim(channel: str, by: str, now: datetime) -> bool:
    """Claim the next one; False where another has it."""
    try:
        update_item(
            clocks.item_key(channel),
            "SET pooled_at = :now, pooled_by = :by",
            "attribute_not_exists(pooled_at) OR pooled_at <= :over",
            {":now": {"S": instant(now)}, ":by": {"S": by}, ":over": {"S": instant(now - SPAN)}},
        )
    except ConditionFailed:
        return False
    return True


def give_back(channel: str, by: str) -> None:
    """Let another have it: nothing was posted."""
    try:
        update_item(
            clocks.item_key(channel), "REMOVE pooled_at, pooled_by", "pooled_by = :by", {":by": {"S": by}}
        )
    except ConditionFailed:
        return
