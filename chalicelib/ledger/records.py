"""What the notifications table says of many findings at once.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from itertools import islice
from typing import Any

from chalicelib import clock
from chalicelib.aws.clients import client, transient_as_unavailable
from chalicelib.errors import AWSUnavailable
from chalicelib.ledger.claim import are_past
from chalicelib.settings import notifications_table

_MOST = 100
"""Items of one BatchGetItem."""


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


NAMES = tuple(each.name for each in fields(Record))


def read(finding_ids: Iterable[str]) -> dict[str, Record]:
    """Read findings' items, consistently; a finding without one that is believed is left out.

    Raises AWSUnavailable where DynamoDB throttles, even in part, and botocore's error when it refuses.
    """
    ids = iter(dict.fromkeys(finding_ids))
    found: dict[str, Record] = {}
    while batch := list(islice(ids, _MOST)):
        found |= _read(batch)
    return found


def _read(finding_ids: Sequence[str]) -> dict[str, Record]:
    asked = {
        "Keys": [{"finding_id": {"S": each}} for each in finding_ids],
        "ConsistentRead": True,
        "ProjectionExpression": ", ".join(("finding_id", *NAMES)),
    }
    with transient_as_unavailable("dynamodb:BatchGetItem"):
        answer = client("dynamodb").batch_get_item(RequestItems={notifications_table(): asked})
    if answer.get("UnprocessedKeys"):
        raise AWSUnavailable("dynamodb:BatchGetItem: not all items were read")
    now = clock.now()
    found = {item["finding_id"]["S"]: _record(item) for item in answer["Responses"][notifications_table()]}
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
