"""What the states before found out, read from the execution's state (``$.enrichment``): empty where they failed."""

from collections.abc import Mapping
from typing import Any, cast

from chalicelib.finding.model import Account
from chalicelib.ledger.claim import Claim

State = Mapping[str, Any]


def tags(state: State) -> Mapping[str, Mapping[str, str]]:
    """Read what LookUpResourceTags found: each resource's tags, by its id."""
    found: Mapping[str, Mapping[str, str]] = _part(state, "tags").get("tags", {})
    return found


def account(state: State) -> Account:
    """Read what LookUpAccount found."""
    found = _part(state, "account")
    return Account(name=found.get("name", ""), ou_path=found.get("ou_path", ""))


def claim(state: State) -> Claim | None:
    """Read which update of the finding this execution is to post; None where it claims nothing."""
    found = _part(state, "account").get("claim")
    return cast(Claim, found) if found else None


def _part(state: State, part: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = (state.get("enrichment") or {}).get(part) or {}
    return found
