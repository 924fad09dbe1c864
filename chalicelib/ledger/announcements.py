"""What stands of batches of rule changes: an item for each in the notifications table (``announcement#BATCH``).

Every call may raise AWSUnavailable, or botocore's error where AWS refuses.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from chalicelib.ledger.claim import instant
from chalicelib.ledger.table import text, update_item

# Longer than a table's stream keeps its records: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html
_KEPT = timedelta(days=2)


class Announcement(NamedTuple):
    """What stands of a batch of rule changes since an earlier try to announce it."""

    announced: bool = False
    repeated: bool = False
    """Slack may have taken it before: an earlier try was neither answered nor withdrawn."""


def begin(batch: str, now: datetime) -> Announcement:
    """Write that a batch of rule changes is about to be announced, and read what stood there before."""
    item = update_item(
        _key(batch),
        "SET expires_at = :expires_at ADD tries :one",
        "",
        {":expires_at": {"N": str(int((now + _KEPT).timestamp()))}, ":one": {"N": "1"}},
    )
    return Announcement(announced="announced_at" in item, repeated=int(text(item, "tries")) > 1)


def withdraw(batch: str) -> None:
    """Take the try back: Slack clearly did not take the message."""
    update_item(_key(batch), "ADD tries :less", "", {":less": {"N": "-1"}})


def end(batch: str, now: datetime) -> None:
    """Write that Slack took the message."""
    update_item(_key(batch), "SET announced_at = :now", "", {":now": {"S": instant(now)}})


def _key(batch: str) -> str:
    return f"announcement#{batch}"
