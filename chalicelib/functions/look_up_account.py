"""LookUpAccount: the finding's account by name and OU path, and which update of the finding this execution has."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.finding.event import parse
from chalicelib.finding.model import Finding
from chalicelib.ledger.accounts import account
from chalicelib.ledger.claim import claim


def look_up_account(event: object, own_account_id: str, now: datetime) -> dict[str, Any]:
    """Name the finding's account, and say which of its updates this execution is to post."""
    finding = parse(event)
    try:
        found = account(finding.account_id, own_account_id, now)
    except ClientError as refusal:
        return _unknown(finding, refusal.response["Error"]["Code"], str(refusal), now)
    return {"name": found.name, "ou_path": found.ou_path, "claim": claim(finding, now)}


def account_unknown(event: object, failure: Mapping[str, str], now: datetime) -> dict[str, Any]:
    """Say which update this is, and why nothing is known of the account."""
    return _unknown(parse(event), failure.get("Error", ""), failure.get("Cause", ""), now)


def _unknown(finding: Finding, error: str, cause: str, now: datetime) -> dict[str, Any]:
    return {"name": "", "ou_path": "", "claim": claim(finding, now), "error": error, "cause": cause}
