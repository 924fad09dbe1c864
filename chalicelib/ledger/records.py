"""What the notifications table says of many findings at once."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any

from chalicelib import clock
from chalicelib.ledger.claim import are_past
from chalicelib.ledger.table import read_items


@dataclass(frozen=True)
class Record:
    """A finding's item: what was claimed, posted and suppressed last; empty where it says nothing.

    Updates and times are texts as ``claim.instant`` writes them, which sort as their moments do.
    """

    claimed_update: str = ""
    claimed_by: str = ""
    """The execution's ARN."""
    notified_update: str = ""
    notified_at: str = ""
    notified_severity: str = ""
    suppressed_update: str = ""
    suppressed_at: str = ""
    suppressed_severity: str = ""
    suppressed_by: str = ""
    awaits: str = ""
    """What of an answer is still to come (``watch.ANSWER``: somebody is to answer)."""

    @property
    def stands_in_slack(self) -> bool:
        """Whether it was posted, and not hidden since."""
        return bool(self.notified_update) and self.notified_update >= self.suppressed_update


NAMES = tuple(each.name for each in fields(Record))


def read(finding_ids: Iterable[str], table: str = "") -> dict[str, Record]:
    """Read findings' items, consistently; a finding without one that is believed is left out.

    ``table`` is another stage's than the settings name. Raises AWSUnavailable where DynamoDB throttles, even in
    part, and botocore's error when it refuses.
    """
    found = {item["finding_id"]["S"]: _record(item) for item in read_items(finding_ids, NAMES, table)}
    now = clock.now()
    return {each: record for each, record in found.items() if are_past(_times(record), now)}


def _times(record: Record) -> tuple[str, ...]:
    """What an item of far future is known by, as ``believed`` knows it."""
    return (
        record.claimed_update,
        record.notified_update,
        record.notified_at,
        record.suppressed_update,
        record.suppressed_at,
    )


def _record(item: dict[str, Any]) -> Record:
    said = {name: item[name] for name in NAMES if name in item}
    return Record(**{name: str(value.get("S") or value.get("N") or "") for name, value in said.items()})
