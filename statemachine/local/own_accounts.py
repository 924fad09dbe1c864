"""The accounts of the local organisation: those of the examples, or whoever's own."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from statemachine import json_file
from statemachine.local import local_aws
from statemachine.session import WrongInput

_PATH = re.compile(r"o-[a-z0-9]{4,32}/r-[a-z0-9]{4,32}/(ou-[a-z0-9]{4,32}-[a-z0-9]{4,32}/)*([0-9]{12}/)?")
"""https://docs.aws.amazon.com/organizations/latest/APIReference/API_Account.html, shorter ids let pass."""

_FORM = (
    'not a JSON object from account id to name, or to {"name": "payments-prod", "ou_path":'
    ' "o-exampleorgid/r-ab12/ou-ab12-payments/"}'
)


@dataclass(frozen=True)
class LocalAccounts:
    """What the local Organizations knows of accounts, by their ids."""

    names: Mapping[str, str]
    ou_paths: Mapping[str, str]


EXAMPLES: Final = LocalAccounts(
    {"111122223333": "payments-prod", "444455556666": "data-dev", local_aws.ACCOUNT: "security"},
    {
        "111122223333": "o-exampleorgid/r-ab12/ou-ab12-payments/",
        "444455556666": "o-exampleorgid/r-ab12/ou-ab12-sandbox1/",
    },
)
"""Those of the events and rules in this repository."""


def read_accounts(path: str) -> LocalAccounts:
    """Read a file of --accounts; raises WrongInput."""
    given = json_file.read(path)
    if not isinstance(given, dict):
        raise WrongInput(f"{path}: {_FORM}")
    names, paths = {}, {}
    for account_id, said in given.items():
        account = {"name": said} if isinstance(said, str) else said
        names[account_id], ou_path = _account(account, f"{path}: {account_id}")
        if ou_path:
            paths[account_id] = ou_path
    return LocalAccounts(names, paths)


def _account(account: Any, where: str) -> tuple[str, str]:
    if not isinstance(account, dict) or not isinstance(account.get("name"), str):
        raise WrongInput(f"{where}: {_FORM}")
    if unknown := account.keys() - {"name", "ou_path"}:
        raise WrongInput(f"{where}: no {min(unknown)!r} is known of an account: name and ou_path are")
    path = account.get("ou_path", "")
    if not isinstance(path, str) or (path and not _PATH.fullmatch(path.rstrip("/") + "/")):
        raise WrongInput(
            f"{where}: its ou_path is no path as AWS Organizations has it, of ids:"
            " o-exampleorgid/r-ab12/ou-ab12-sandbox1/"
        )
    return account["name"], path.rstrip("/") + "/" if path else ""
