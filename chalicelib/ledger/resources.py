"""How many findings a resource has had: an item for each in the notifications table (``resource#ID``)."""

from datetime import datetime, timedelta

from chalicelib.ledger.claim import instant
from chalicelib.ledger.table import update_item

_SEEN = timedelta(days=7)


def findings_on(resource: str, finding_id: str, now: datetime) -> int:
    """Count the findings on a resource in the last seven days, this one among them.

    The item lives for two weeks from its first finding, so that it never grows without end.
    """
    day, week = instant(now)[:10], instant(now - _SEEN)[:10]
    found = update_item(
        f"resource#{resource}",
        "SET expires_at = if_not_exists(expires_at, :expires_at) ADD findings :finding",
        "",
        {
            ":finding": {"SS": [f"{day} {finding_id}"]},
            ":expires_at": {"N": str(int((now + 2 * _SEEN).timestamp()))},
        },
    )
    seen = (each.split(" ", 1) for each in found["findings"]["SS"])
    return len({name for on, name in seen if on >= week})
