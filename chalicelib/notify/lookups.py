"""What the states before found out, read from the execution's state: empty where they failed."""

import json
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
    return Account(
        name=found.get("name", ""), ou_path=found.get("ou_path", ""), ou_names=found.get("ou_names", "")
    )


def other_accounts(state: State) -> Mapping[str, str]:
    """Read what LookUpAccount found of other accounts: their names by their ids."""
    found: Mapping[str, str] = _part(state, "account").get("other_accounts") or {}
    return found


def claim(state: State) -> Claim | None:
    """Read which update of the finding this execution is to post; None where it claims nothing."""
    # LookUpAccount said it before ReadFinding did. An execution goes on with the definition that it was started with,
    # for an hour or after a redrive for two weeks, and calls the functions as they are by then.
    found = state.get("claim") or _part(state, "account").get("claim")
    return cast(Claim, found) if found else None


def why_not_fetched(state: State) -> str:
    """Read why an event that carries identifiers only has stayed so."""
    failure = state.get("not_fetched") or {}
    return str(failure.get("why") or "this execution did not ask for them")


def sentence(error: str, cause: str) -> str:
    """Say why a function failed: its cause is JSON, and a person wants its sentence, else the error's name."""
    try:
        return str(json.loads(cause)["errorMessage"])
    except (ValueError, KeyError, TypeError):
        return error


def _part(state: State, part: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = (state.get("enrichment") or {}).get(part) or {}
    return found
