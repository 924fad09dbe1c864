"""The notifications table itself: one item read or written, with a condition. All else of the ledger stands on it.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.aws.clients import client, transient_as_unavailable
from chalicelib.errors import AWSUnavailable, LedgerUnreadable
from chalicelib.settings import notifications_table


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
