"""The streams of the tables that people edit, as an event source mapping hands them to a function.

https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html,
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_StreamRecord.html
"""

import base64
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from chalicelib import settings
from chalicelib.aws import rule_tables
from chalicelib.rule_feed.change import RuleChange
from chalicelib.rules.attributes import Item

StreamRecord = Mapping[str, Any]


def changes(records: Sequence[StreamRecord]) -> tuple[RuleChange, ...]:
    """Read what people changed, in the stream's order; what the state machine counts is no change."""
    read = map(_change, records)
    return tuple(change for change in read if change.is_made_by_somebody())


def _change(record: StreamRecord) -> RuleChange:
    data = record["dynamodb"]
    table = str(record["eventSourceARN"]).partition(":table/")[2].partition("/")[0]
    return RuleChange(
        table="routes" if table == settings.routes_table() else "suppressions",
        old=_item(data.get("OldImage")),
        new=_item(data.get("NewImage")),
        at=_moment(data.get("ApproximateCreationDateTime")),
    )


def _item(image: Mapping[str, Any] | None) -> Item | None:
    return None if image is None else rule_tables.plain({name: _bytes(each) for name, each in image.items()})


def _bytes(value: Mapping[str, Any]) -> dict[str, Any]:
    """Undo Lambda's base64 of binary values: boto3 reads bytes only."""
    kind, given = next(iter(value.items()))
    if kind == "B":
        given = base64.b64decode(given)
    elif kind == "BS":
        given = [base64.b64decode(each) for each in given]
    elif kind == "L":
        given = [_bytes(each) for each in given]
    elif kind == "M":
        given = {name: _bytes(each) for name, each in given.items()}
    return {kind: given}


def _moment(seconds: object) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if isinstance(seconds, int | float) else None
