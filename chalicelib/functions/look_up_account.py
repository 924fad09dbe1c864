"""LookUpAccount: the finding's account by name and OU path."""

from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.finding.event import parse
from chalicelib.ledger.accounts import account
from chalicelib.ledger.claim import claim


def look_up_account(event: object, own_account_id: str, now: datetime) -> dict[str, Any]:
    """Name the finding's account, or say why nobody can."""
    finding = parse(event)
    # ReadFinding says it. A definition from before that one has it from here, until the stack is updated too.
    claimed = claim(finding, now)
    try:
        found = account(finding.account_id, own_account_id, now)
    except ClientError as refusal:
        code = refusal.response["Error"]["Code"]
        return {"name": "", "ou_path": "", "error": code, "cause": str(refusal), "claim": claimed}
    return {"name": found.name, "ou_path": found.ou_path, "claim": claimed}
