"""LookUpAccount: the finding's account by name and OU path, and what people call both and other accounts of ours."""

import re
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from chalicelib import clock
from chalicelib.finding.event import parse
from chalicelib.finding.model import Account, Finding
from chalicelib.ledger import unit_names
from chalicelib.ledger.accounts import account, other_names
from chalicelib.ledger.claim import claim

_MOST_OTHERS = 5

_SECONDS = 6.0
"""So long names besides the account's own are asked for: with a call that is not answered the function still ends."""


def look_up_account(event: object, own_account_id: str, now: datetime) -> dict[str, Any]:
    """Name the finding's account, or say why nobody can."""
    until = clock.running() + _SECONDS
    finding = parse(event)
    # ReadFinding says it. A definition from before that one has it from here, until the stack is updated too.
    claimed = claim(finding, now)
    try:
        found = account(finding.account_id, own_account_id, now)
    except ClientError as refusal:
        code = refusal.response["Error"]["Code"]
        return {"name": "", "ou_path": "", "error": code, "cause": str(refusal), "claim": claimed}
    return {
        "name": found.name,
        "ou_path": found.ou_path,
        **_besides(finding, found, until, now),
        "claim": claimed,
    }


def _besides(finding: Finding, found: Account, until: float, now: datetime) -> dict[str, Any]:
    """Say what is known besides, and nothing where there is nothing: most findings name one account."""
    others = _others(finding) if clock.running() < until else []
    said = {
        "ou_names": unit_names.names(found.ou_path, until, now) if clock.running() < until else "",
        "other_accounts": other_names(others, now),
    }
    return {name: value for name, value in said.items() if value}


def _others(finding: Finding) -> list[str]:
    """List the other accounts that a finding names, as far as they have ids."""
    named = (*finding.accounts, *(actor.account for actor in finding.actors))
    others = dict.fromkeys(each for each in named if re.fullmatch(r"\d{12}", each))
    return [each for each in others if each != finding.account_id][:_MOST_OTHERS]
