"""An account's name and OU path: from the container, else the table, else AWS: all at once, or this one."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime
from functools import cache

from botocore.exceptions import ClientError

from chalicelib.aws import organizations
from chalicelib.errors import AWSUnavailable
from chalicelib.finding.model import Account
from chalicelib.ledger import account_listing, account_names, unit_names
from chalicelib.ledger.account_names import KeptAccount

AccountOf = Callable[[str], Account]

_accounts: dict[str, KeptAccount] = {}
"""In the container, for no longer than in the table: an account may be moved, and a rule may name where it was."""


def account(account_id: str, own_account_id: str, now: datetime) -> Account:
    """Name an account; a burst asks AWS for all of them once.

    Raises AWSUnavailable, or botocore's error where AWS refuses.
    """
    known = _accounts.get(account_id)
    if known is None or known.until <= now.timestamp():
        known = _kept_or_listed(account_id, now) or _asked_account(account_id, own_account_id, now)
        _accounts[account_id] = known
    return known.account


def accounts(own_account_id: str, now: datetime) -> AccountOf:
    """Name accounts as the state machine does, each once; one that can't be named is empty."""

    @cache
    def account_of(account_id: str) -> Account:
        try:
            kept = account_names.read(account_id, now)
            return kept.account if kept else organizations.describe_account(account_id, own_account_id)
        except (AWSUnavailable, ClientError):
            return Account()  # counted as a finding on which the rule could not be tried

    return account_of


def other_names(account_ids: Iterable[str], now: datetime) -> dict[str, str]:
    """Name accounts as far as container and table know them; Organizations is asked for none."""
    found: dict[str, str] = {}
    # What can't be read costs the names that are left.
    with suppress(AWSUnavailable, ClientError):
        for account_id in account_ids:
            kept = _accounts.get(account_id)
            if kept is None or kept.until <= now.timestamp():
                kept = account_names.read(account_id, now)
            if kept and kept.account.name:
                found[account_id] = kept.account.name
    return found


def forget() -> None:
    """Forget what the container knows, as a new one."""
    _accounts.clear()
    unit_names.forget()


def _kept_or_listed(account_id: str, now: datetime) -> KeptAccount | None:
    try:
        return account_names.read(account_id, now) or _listed(account_id, now)
    except (AWSUnavailable, ClientError):
        return None  # the cache costs a call when it fails, not the name


def _listed(account_id: str, now: datetime) -> KeptAccount | None:
    found = account_listing.list_on(now)
    _accounts.update({each: account_names.kept(account, now) for each, account in found.items()})
    return _accounts[account_id] if account_id in found else None


def _asked_account(account_id: str, own_account_id: str, now: datetime) -> KeptAccount:
    found = organizations.describe_account(account_id, own_account_id)
    # The next container asks again where it is not written.
    with suppress(AWSUnavailable, ClientError):
        account_names.keep(account_id, found, now)
    return account_names.kept(found, now)
