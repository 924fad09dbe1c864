"""Account names from AWS Organizations, or for the own account from AWS Account Management.

https://docs.aws.amazon.com/organizations/latest/APIReference/API_DescribeAccount.html and …/API_ListAccounts.html
https://docs.aws.amazon.com/accounts/latest/reference/API_GetAccountInformation.html
"""

from typing import Any, NamedTuple

from botocore.exceptions import ClientError

from chalicelib.aws.clients import client, transient_as_unavailable
from chalicelib.finding.model import Account

_MOST = 20
"""Accounts of a page: Organizations gives no more."""


class AccountPage(NamedTuple):
    """Some of the organisation's accounts."""

    accounts: dict[str, Account]
    """By id, those that come with name and path."""
    after: str
    """Where the next page begins; empty where there is none, or no use in it."""


def list_accounts(after: str) -> AccountPage:
    """List accounts from where a page ended (empty: the first); raises as ``describe_account`` does.

    A page may be empty and not the last. One of accounts without paths ends the list: what does not know them would
    take the paths from rules that name one.
    """
    asked: dict[str, Any] = {"NextToken": after} if after else {}
    with transient_as_unavailable("organizations:ListAccounts"):
        answer = client("organizations").list_accounts(MaxResults=_MOST, **asked)
    found = {each["Id"]: _account(each) for each in answer["Accounts"] if each.get("Paths")}
    useful = found or not answer["Accounts"]
    return AccountPage(found, str(answer.get("NextToken") or "") if useful else "")


def describe_account(account_id: str, own_account_id: str) -> Account:
    """Name an account; raises AWSUnavailable when AWS throttles, and botocore's error when it refuses.

    The answer holds the root user's e-mail address too: nothing but name and path leaves this function.
    """
    try:
        with transient_as_unavailable("organizations:DescribeAccount"):
            found: dict[str, Any] = client("organizations").describe_account(AccountId=account_id)["Account"]
    except ClientError as error:
        if account_id != own_account_id:
            raise
        return _own_account(error)
    return _account(found)


def unit_name(unit_id: str) -> str:
    """Name an organizational unit; raises as ``describe_account`` does.

    https://docs.aws.amazon.com/organizations/latest/APIReference/API_DescribeOrganizationalUnit.html
    """
    with transient_as_unavailable("organizations:DescribeOrganizationalUnit"):
        answer = client("organizations").describe_organizational_unit(OrganizationalUnitId=unit_id)
    return str(answer["OrganizationalUnit"].get("Name", ""))


def _account(found: dict[str, Any]) -> Account:
    paths = found.get("Paths") or [""]
    return Account(name=found.get("Name", ""), ou_path=paths[0])


def _own_account(refusal: ClientError) -> Account:
    """Without an organization, or without leave to ask it, an account may still ask its own name."""
    try:
        with transient_as_unavailable("account:GetAccountInformation"):
            found = client("account").get_account_information()
    except ClientError as error:
        raise error from refusal
    return Account(name=found.get("AccountName", ""))
