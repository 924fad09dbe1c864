"""The notifications table itself: items read, one written with a condition. All else of the ledger stands on it.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.aws.clients import client, transient_as_unavailable
from chalicelib.errors import AWSUnavailable, LedgerUnreadable
from chalicelib.settings import notifications_table

_MOST = 100
"""Items of one BatchGetItem."""


class ConditionFailed(Exception):
    """The item was not as the condition wants it."""


def update_item(
    key: str, update: str, condition: str, values: dict[str, Any], *, returned: str = "ALL_NEW"
) -> dict[str, Any]:
    """Change an item where a condition holds (empty: always), else raise ConditionFailed; return it as it is then.

    With ``returned="NONE"`` nothing is returned: who may write some attributes only may not see the others so.
    """
    arguments: dict[str, Any] = {"ConditionExpression": condition} if condition else {}
    arguments |= {"ExpressionAttributeValues": values} if values else {}
    try:
        with transient_as_unavailable("dynamodb:UpdateItem"):
            answer = client("dynamodb").update_item(
                TableName=notifications_table(),
                Key={"finding_id": {"S": key}},
                UpdateExpression=update,
                ReturnValues=returned,
                **arguments,
            )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        raise ConditionFailed from error
    attributes: dict[str, Any] = answer.get("Attributes", {})
    return attributes


def read_item(key: str) -> dict[str, Any]:
    """Read an item, consistently; empty where there is none."""
    with transient_as_unavailable("dynamodb:GetItem"):
        answer = client("dynamodb").get_item(
            TableName=notifications_table(), Key={"finding_id": {"S": key}}, ConsistentRead=True
        )
    item: dict[str, Any] = answer.get("Item", {})
    return item


def read_items(keys: Iterable[str], names: Sequence[str], table: str = "") -> Iterator[dict[str, Any]]:
    """Read attributes of many items, consistently, in no order; an item that is not there is left out.

    Raises AWSUnavailable where DynamoDB throttles, even in part.
    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
    """
    ids = iter(dict.fromkeys(keys))
    while batch := list(islice(ids, _MOST)):
        yield from _read_batch(batch, names, table or notifications_table())


def _read_batch(keys: Sequence[str], names: Sequence[str], table: str) -> list[dict[str, Any]]:
    asked = {
        "Keys": [{"finding_id": {"S": each}} for each in keys],
        "ConsistentRead": True,
        "ProjectionExpression": ", ".join(("finding_id", *names)),
    }
    with transient_as_unavailable("dynamodb:BatchGetItem"):
        answer = client("dynamodb").batch_get_item(RequestItems={table: asked})
    if answer.get("UnprocessedKeys"):
        raise AWSUnavailable("dynamodb:BatchGetItem: not all items were read")
    items: list[dict[str, Any]] = answer["Responses"][table]
    return items


def text(item: dict[str, Any], name: str) -> str:
    """Give an attribute as text; empty where the item has none."""
    value = item.get(name, {})
    return str(value.get("S") or value.get("N") or "")


@contextmanager
def as_unreadable() -> Iterator[None]:
    """Raise whatever keeps the table from being used as LedgerUnreadable."""
    try:
        yield
    except (AWSUnavailable, ClientError) as error:
        raise LedgerUnreadable(str(error)) from error
