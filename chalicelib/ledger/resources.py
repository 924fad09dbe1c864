"""How many findings a resource has had: an item for each in the notifications table (``resource#ID``)."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from chalicelib.ledger.claim import instant
from chalicelib.ledger.table import ConditionFailed, read_item, update_item
from chalicelib.message.context import MOST_ON_RESOURCE

MOST = MOST_ON_RESOURCE
"""How many are counted; an item of 400 kB holds some 9,500."""

_SEEN = timedelta(days=7)


def findings_on(resource: str, finding_id: str, now: datetime) -> int:
    """Count the findings on a resource in the last seven days, this one among them; ``MOST``: so many or more.

    The item lives for two weeks from its first finding.
    """
    week = instant(now - _SEEN)[:10]
    try:
        seen = _add(resource, finding_id, now)
    except ConditionFailed:
        _make_room(resource, week)
        try:
            seen = _add(resource, finding_id, now)
        except ConditionFailed:
            return MOST
    return len(_last_days(each for each in seen if each >= week))


def _add(resource: str, finding_id: str, now: datetime) -> list[str]:
    """Add the finding under its day; raises ConditionFailed where ``MOST`` are there."""
    found = update_item(
        f"resource#{resource}",
        "SET expires_at = if_not_exists(expires_at, :expires_at) ADD findings :finding",
        "attribute_not_exists(findings) OR size(findings) < :most",
        {
            ":finding": {"SS": [f"{instant(now)[:10]} {finding_id}"]},
            ":most": {"N": str(MOST)},
            ":expires_at": {"N": str(int((now + 2 * _SEEN).timestamp()))},
        },
    )
    return list(found["findings"]["SS"])


def _make_room(resource: str, week: str) -> None:
    """Let go what no longer counts: older than a week, or an older day of a finding that came again."""
    seen = read_item(f"resource#{resource}")["findings"]["SS"]
    last = _last_days(seen)
    idle = [each for each in seen if each < week or each != last[_finding(each)]]
    if idle:
        update_item(f"resource#{resource}", "DELETE findings :idle", "", {":idle": {"SS": idle}})


def _last_days(seen: Iterable[str]) -> dict[str, str]:
    """Give for each finding its last day."""
    return {_finding(each): each for each in sorted(seen)}


def _finding(seen: str) -> str:
    return seen.split(" ", 1)[1]
