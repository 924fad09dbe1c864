"""The names of all the organisation's accounts, listed once a day for every container: a burst asks for none singly.

Who meets an account that the table does not know lists for some seconds; the next goes on from there, and everybody
else asks for its own account meanwhile. An item of the notifications table says how far it has come.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from botocore.exceptions import ClientError

from chalicelib import clock
from chalicelib.aws import organizations
from chalicelib.aws.clients import client, transient_as_unavailable
from chalicelib.aws.organizations import AccountPage
from chalicelib.finding.model import Account
from chalicelib.ledger import account_names
from chalicelib.ledger.table import ConditionFailed, text, update_item
from chalicelib.settings import notifications_table

_KEY = "account#all"
"""Among the accounts' items, which are all that the function may write. Their ids are digits."""

_LEASE = timedelta(minutes=1)
"""Longer than a function runs: whoever died in the middle leaves the list to the next."""

_SECONDS = 3.0
"""How long one finding lists. With a call that is not answered, it still gets its own account's name in time."""


class _Listed(NamedTuple):
    """How far the list has come."""

    rests_until: float
    """Epoch seconds: nobody lists before."""
    after: str = ""
    """Where the next page begins; empty: with the first."""
    day_ends: float = 0.0
    """Epoch seconds: when the first page's names are no longer believed."""


def list_on(now: datetime) -> dict[str, Account]:
    """List on for some seconds, unless somebody does or the day's list is done; return what was found, by id.

    What Organizations refuses is let be for the day. Raises AWSUnavailable, or botocore's error where the table
    refuses.
    """
    progress = _claimed(now)
    if progress is None:
        return {}
    found: dict[str, Account] = {}
    lease, over = progress.rests_until, clock.running() + _SECONDS
    while progress.rests_until == lease:
        page = _page(progress.after)
        progress = _gone_on(progress, page.after, over)
        _write(page.accounts, progress, now)
        found |= page.accounts
    return found


def _claimed(now: datetime) -> _Listed | None:
    """Claim the list for a minute; None where another has it, or nobody needs it."""
    try:
        item = update_item(
            _KEY,
            "SET rests_until = :lease, expires_at = :expires_at",
            "attribute_not_exists(rests_until) OR rests_until <= :now",
            {
                ":now": {"N": str(int(now.timestamp()))},
                ":lease": {"N": str(int((now + _LEASE).timestamp()))},
                ":expires_at": {"N": str(int((now + 2 * account_names.KEPT).timestamp()))},
            },
        )
    except ConditionFailed:
        return None
    after = text(item, "next_page")
    day_ends = float(text(item, "day_ends")) if after else (now + account_names.KEPT).timestamp()
    return _Listed(float(text(item, "rests_until")), after, day_ends)


def _page(after: str) -> AccountPage:
    """Ask for a page; what Organizations refuses is the end, but a place that it has forgotten."""
    try:
        return organizations.list_accounts(after)
    except ClientError as refusal:
        forgotten = after and refusal.response["Error"]["Code"] == "InvalidInputException"
        return _page("") if forgotten else AccountPage({}, "")


def _gone_on(progress: _Listed, after: str, over: float) -> _Listed:
    if not after:
        return _Listed(rests_until=progress.day_ends)
    rests_until = 0.0 if clock.running() >= over else progress.rests_until
    return progress._replace(rests_until=rests_until, after=after)


def _write(accounts: Mapping[str, Account], progress: _Listed, now: datetime) -> None:
    """Keep a page's names, and how far the list has come. What the table leaves out is asked for singly."""
    items = [account_names.item(account_id, account, now) for account_id, account in accounts.items()]
    puts = [{"PutRequest": {"Item": item}} for item in (*items, _item(progress, now))]
    with transient_as_unavailable("dynamodb:BatchWriteItem"):
        client("dynamodb").batch_write_item(RequestItems={notifications_table(): puts})


def _item(progress: _Listed, now: datetime) -> dict[str, Any]:
    after = {"next_page": {"S": progress.after}} if progress.after else {}
    return after | {
        "finding_id": {"S": _KEY},
        "rests_until": {"N": str(int(progress.rests_until))},
        "day_ends": {"N": str(int(progress.day_ends))},
        "expires_at": {"N": str(int((now + 2 * account_names.KEPT).timestamp()))},
    }
