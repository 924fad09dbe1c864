"""What the notifications table says of many findings at once, and all rules of the suppression list.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from itertools import islice
from typing import Any

from chalicelib.aws.clients import client, transient_as_unavailable
from chalicelib.aws.rule_tables import plain
from chalicelib.catch_up.missing import Record
from chalicelib.errors import AWSUnavailable
from chalicelib.rules.attributes import Item
from chalicelib.settings import notifications_table, suppressions_table

_MOST = 100
"""Items of one BatchGetItem."""


NAMES = tuple(each.name for each in fields(Record))


def read(finding_ids: Iterable[str]) -> dict[str, Record]:
    """Read findings' items, consistently; a finding without one is left out.

    Raises AWSUnavailable where DynamoDB throttles, even in part, and botocore's error when it refuses.
    """
    ids = iter(dict.fromkeys(finding_ids))
    found: dict[str, Record] = {}
    while batch := list(islice(ids, _MOST)):
        found |= _read(batch)
    return found


def rules() -> Iterator[Item]:
    """Read the whole suppression list."""
    query: dict[str, Any] = {"TableName": suppressions_table()}
    while True:
        with transient_as_unavailable("dynamodb:Scan"):
            page = client("dynamodb").scan(**query)
        yield from map(plain, page["Items"])
        if not page.get("LastEvaluatedKey"):
            return
        query["ExclusiveStartKey"] = page["LastEvaluatedKey"]


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
    return {item["finding_id"]["S"]: _record(item) for item in answer["Responses"][notifications_table()]}


def _record(item: dict[str, Any]) -> Record:
    said = {name: item[name] for name in NAMES if name in item}
    return Record(**{name: str(value.get("S") or value.get("N") or "") for name, value in said.items()})
