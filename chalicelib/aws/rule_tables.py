"""The tables that people edit by hand, suppressions and routes: the items under some keys.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html and …/API_Scan.html. Both may grow,
so they are queried by the keys that may match a finding: what lies under others costs nothing.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from boto3.dynamodb.types import TypeDeserializer

from chalicelib.aws.clients import client, transient_as_unavailable

TableItem = dict[str, Any]


def every_item(table: str) -> Iterator[TableItem]:
    """Read, consistently, a table whole; raises as ``items`` does."""
    yield from _pages("dynamodb:Scan", lambda page: client("dynamodb").scan(**page), {"TableName": table})


def items(table: str, keys: Iterable[str]) -> Iterator[TableItem]:
    """Read, consistently, every item under the keys: an edit holds from the next finding on.

    Raises AWSUnavailable when DynamoDB throttles or fails, botocore's error when it refuses.
    """
    for key in keys:
        yield from _items_under(table, key)


def _items_under(table: str, key: str) -> Iterator[TableItem]:
    query = {
        "TableName": table,
        "KeyConditionExpression": "finding_type = :key",
        "ExpressionAttributeValues": {":key": {"S": key}},
    }
    yield from _pages("dynamodb:Query", lambda page: client("dynamodb").query(**page), query)


def _pages(
    call: str, read: Callable[[dict[str, Any]], dict[str, Any]], page: dict[str, Any]
) -> Iterator[TableItem]:
    while True:
        with transient_as_unavailable(call):
            answer = read({**page, "ConsistentRead": True})
        yield from map(plain, answer["Items"])
        if not answer.get("LastEvaluatedKey"):
            return
        page = {**page, "ExclusiveStartKey": answer["LastEvaluatedKey"]}


def plain(item: dict[str, Any]) -> TableItem:
    """Read an item in DynamoDB's form as Python values (numbers as Decimal)."""
    return {name: TypeDeserializer().deserialize(value) for name, value in item.items()}
