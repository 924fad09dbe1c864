"""Account names from AWS Organizations, or for the own account from AWS Account Management.

https://docs.aws.amazon.com/organizations/latest/APIReference/API_DescribeAccount.html
https://docs.aws.amazon.com/accounts/latest/reference/API_GetAccountInformation.html
"""

from typing import Any

from botocore.exceptions import ClientError

from chalicelib.aws.clients import client, transient_as_unavailable
from chalicelib.finding.model import Account


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
