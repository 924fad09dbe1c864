"""Accounts' names as they were looked up: an item for each in the notifications table (``account#ID``).

Every call may raise AWSUnavailable, or botocore's error where AWS refuses.
"""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from chalicelib.aws.clients import client, transient_as_unavailable
from chalicelib.finding.model import Account
from chalicelib.ledger.table import read_item, text
from chalicelib.settings import notifications_table

KEPT = timedelta(days=1)
"""How long a name is believed."""


class KeptAccount(NamedTuple):
    """An account's name, and until when it is believed."""

    account: Account
    until: float
    """Epoch seconds: a day after it was looked up."""


def kept(found: Account, now: datetime) -> KeptAccount:
    """Keep in memory what has just been looked up."""
    return KeptAccount(found, (now + KEPT).timestamp())


def read(account_id: str, now: datetime) -> KeptAccount | None:
    """Read an account's name as looked up within the last day."""
    found = read_item(f"account#{account_id}")
    until = float(text(found, "expires_at") or 0)
    if until <= now.timestamp():
        return None
    return KeptAccount(Account(name=text(found, "name"), ou_path=text(found, "ou_path")), until)


def keep(account_id: str, found: Account, now: datetime) -> None:
    """Keep an account's name for a day."""
    with transient_as_unavailable("dynamodb:PutItem"):
        client("dynamodb").put_item(
            TableName=notifications_table(),
            Item=item(account_id, found, now),
        )


def item(account_id: str, found: Account, now: datetime) -> dict[str, Any]:
    """Make the item that keeps an account's name for a day."""
    return {
        "finding_id": {"S": f"account#{account_id}"},
        "name": {"S": found.name},
        "ou_path": {"S": found.ou_path},
        "expires_at": {"N": str(int((now + KEPT).timestamp()))},
    }
