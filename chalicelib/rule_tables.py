"""The tables that people edit by hand, suppressions and routes: the items under some keys.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html
"""

from collections.abc import Iterable, Iterator
from typing import Any

from boto3.dynamodb.types import TypeDeserializer

from chalicelib.aws import client, transient_as_unavailable

Item = dict[str, Any]


def items(table: str, keys: Iterable[str]) -> Iterator[Item]:
    """Read, consistently, every item under the keys: an edit holds from the next finding on.

    Raises AWSUnavailable when DynamoDB throttles or fails, botocore's error when it refuses.
    """
    for key in keys:
        yield from _items_under(table, key)


def _items_under(table: str, key: str) -> Iterator[Item]:
    query = {
        "TableName": table,
        "KeyConditionExpression": "finding_type = :key",
        "ExpressionAttributeValues": {":key": {"S": key}},
        "ConsistentRead": True,
    }
    while True:
        with transient_as_unavailable("dynamodb:Query"):
            page = client("dynamodb").query(**query)
        yield from map(plain, page["Items"])
        if not page.get("LastEvaluatedKey"):
            return
        query["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def plain(item: dict[str, Any]) -> Item:
    """Read an item in DynamoDB's form as Python values (numbers as Decimal)."""
    return {name: TypeDeserializer().deserialize(value) for name, value in item.items()}
