"""An account's name and OU path: from the container, else the table, else AWS."""

from collections.abc import Callable
from datetime import datetime
from functools import cache

from botocore.exceptions import ClientError

from chalicelib.aws import organizations
from chalicelib.errors import AWSUnavailable
from chalicelib.finding.model import Account
from chalicelib.ledger import account_names

AccountOf = Callable[[str], Account]

_accounts: dict[str, Account] = {}  # for the life of the container


def account(account_id: str, own_account_id: str, now: datetime) -> Account:
    """Name an account; a burst asks AWS once. Raises AWSUnavailable, or botocore's error where AWS refuses."""
    if account_id not in _accounts:
        kept = _kept_account(account_id, now)
        _accounts[account_id] = kept or _asked_account(account_id, own_account_id, now)
    return _accounts[account_id]


def accounts(own_account_id: str, now: datetime) -> AccountOf:
    """Name accounts as the state machine does, each once; one that can't be named is empty."""

    @cache
    def account_of(account_id: str) -> Account:
        try:
            kept = account_names.read(account_id, now)
            return kept or organizations.describe_account(account_id, own_account_id)
        except (AWSUnavailable, ClientError):
            return Account()  # counted as a finding on which the rule could not be tried

    return account_of


def forget() -> None:
    """Forget what the container knows, as a new one."""
    _accounts.clear()


def _kept_account(account_id: str, now: datetime) -> Account | None:
    try:
        return account_names.read(account_id, now)
    except (AWSUnavailable, ClientError):
        return None  # the cache costs a call when it fails, not the name


def _asked_account(account_id: str, own_account_id: str, now: datetime) -> Account:
    found = organizations.describe_account(account_id, own_account_id)
    try:
        account_names.keep(account_id, found, now)
    except (AWSUnavailable, ClientError):
        return found  # the next container asks again
    return found
