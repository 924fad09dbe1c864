"""The account's name: kept for a day, and found all the same when its cache fails."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from moto.core.exceptions import JsonRESTError
from moto.dynamodb.models import DynamoDBBackend
from moto.organizations.models import OrganizationsBackend

from chalicelib.functions.look_up_account import look_up_account
from chalicelib.ledger import account_names, accounts
from statemachine.local.local_aws import ACCOUNT, LocalAWS
from tests.machine import breaking, event

NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)
FINDINGS_ACCOUNT = "111122223333"


@pytest.fixture(autouse=True)
def aws() -> Iterator[LocalAWS]:
    with LocalAWS(accounts={FINDINGS_ACCOUNT: "payments-prod"}) as local:
        yield local


@pytest.mark.parametrize("operation", ["get_item", "put_item"])
@pytest.mark.parametrize("code", ["AccessDeniedException", "ThrottlingException"])
def test_the_cache_of_names_may_fail(operation: str, code: str) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise JsonRESTError(code, "no")

    with breaking(DynamoDBBackend, operation, refuse):
        found = look_up_account(event(), ACCOUNT, NOW)
    assert found["name"] == "payments-prod"


def test_another_container_finds_the_name_in_the_table() -> None:
    look_up_account(event(), ACCOUNT, NOW)
    accounts.forget()
    kept = account_names.read(FINDINGS_ACCOUNT, NOW)
    assert kept is not None
    assert kept.account.name == "payments-prod"


def test_it_is_kept_for_a_day() -> None:
    look_up_account(event(), ACCOUNT, NOW)
    assert account_names.read(FINDINGS_ACCOUNT, NOW.replace(day=21, hour=9)) is not None
    assert account_names.read(FINDINGS_ACCOUNT, NOW.replace(day=21, hour=10)) is None


def test_it_says_the_name_and_the_path_and_no_more() -> None:
    assert look_up_account(event(), ACCOUNT, NOW).keys() == {"name", "ou_path", "claim"}


def test_a_refusal_is_said() -> None:
    def refuse(*_: object, **__: object) -> None:
        raise JsonRESTError("AccessDeniedException", "not yours to see")

    with (
        breaking(OrganizationsBackend, "describe_account", refuse),
        breaking(OrganizationsBackend, "list_accounts", refuse),
    ):
        found = look_up_account(event(), ACCOUNT, NOW)
    assert (found["name"], found["ou_path"], found["error"]) == ("", "", "AccessDeniedException")
    assert "not yours to see" in found["cause"]
