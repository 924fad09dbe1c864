"""The account's name: kept for a day, and found all the same when its cache fails."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from moto.core.exceptions import JsonRESTError
from moto.dynamodb.models import DynamoDBBackend
from moto.organizations.models import OrganizationsBackend

from chalicelib import clock
from chalicelib.aws import organizations
from chalicelib.aws.organizations import unit_name
from chalicelib.finding.model import Account
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


# --- what people call it ---


@pytest.fixture
def in_a_unit(aws: LocalAWS) -> None:
    """Move the finding's account to Payments, below Workloads."""
    client = boto3.client("organizations")
    root = client.list_roots()["Roots"][0]["Id"]
    parent = root
    for name in ("Workloads", "Payments"):
        parent = client.create_organizational_unit(ParentId=parent, Name=name)["OrganizationalUnit"]["Id"]
        UNITS[name] = parent
    path = f"o-exampleorg/{root}/{UNITS['Workloads']}/{UNITS['Payments']}/"
    account_names.keep(FINDINGS_ACCOUNT, Account("payments-prod", path), NOW)


UNITS: dict[str, str] = {}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The units that Organizations is asked for."""
    units: list[str] = []

    def heard(unit: str) -> str:
        units.append(unit)
        return unit_name(unit)

    monkeypatch.setattr(organizations, "unit_name", heard)
    return units


@pytest.mark.usefixtures("in_a_unit")
def test_its_units_are_named_from_the_top() -> None:
    assert look_up_account(event(), ACCOUNT, NOW)["ou_names"] == "Workloads/Payments"


@pytest.mark.usefixtures("in_a_unit")
def test_each_unit_is_asked_for_once_a_day(asked: list[str]) -> None:
    look_up_account(event(), ACCOUNT, NOW)
    look_up_account(event(), ACCOUNT, NOW)
    accounts.forget()  # another container
    assert look_up_account(event(), ACCOUNT, NOW)["ou_names"] == "Workloads/Payments"
    assert asked == [UNITS["Workloads"], UNITS["Payments"]]


@pytest.mark.usefixtures("in_a_unit")
@pytest.mark.parametrize(
    ("code", "calls"),
    [
        pytest.param("AccessDeniedException", 1, id="a-refusal-holds-for-the-day"),
        pytest.param("TooManyRequestsException", 2, id="throttled-the-next-asks-again"),
    ],
)
def test_a_failure_costs_the_units_names_only(code: str, calls: int) -> None:
    asked: list[object] = []

    def refuse(*_: object, **__: object) -> None:
        asked.append(code)
        raise JsonRESTError(code, "no")

    with breaking(OrganizationsBackend, "describe_organizational_unit", refuse):
        for _ in range(2):
            found = look_up_account(event(), ACCOUNT, NOW)
            accounts.forget()
            assert (found["name"], "ou_names" in found, "error" in found) == ("payments-prod", False, False)
    assert len(asked) == calls


@pytest.mark.usefixtures("in_a_unit")
def test_when_time_is_short_no_unit_is_asked_for(asked: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = iter(float(7 * each) for each in range(100))
    monkeypatch.setattr(clock, "running", lambda: next(seconds))
    found = look_up_account(event(), ACCOUNT, NOW)
    assert (found["name"], asked) == ("payments-prod", [])


OTHER = "777788889999"


def naming(other: str) -> dict[str, Any]:
    """An event that was called from another account."""
    found = event("member-account", accountId=FINDINGS_ACCOUNT)
    action = found["detail"]["service"]["action"]["awsApiCallAction"]
    action["remoteAccountDetails"] = {"accountId": other, "affiliated": True}
    return found


def test_another_account_that_the_table_knows_is_named() -> None:
    account_names.keep(OTHER, Account("data-dev", ""), NOW)
    assert look_up_account(naming(OTHER), ACCOUNT, NOW)["other_accounts"] == {OTHER: "data-dev"}


def test_a_strangers_account_is_not_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    found = naming(OTHER)
    assert OTHER in str(found)
    look_up_account(found, ACCOUNT, NOW)
    monkeypatch.setattr(organizations, "describe_account", lambda *_: pytest.fail("asked"))
    monkeypatch.setattr(organizations, "list_accounts", lambda *_: pytest.fail("asked"))
    assert "other_accounts" not in look_up_account(found, ACCOUNT, NOW)


def test_of_many_other_accounts_some_are_named() -> None:
    ids = [*(f"{number:012d}" for number in range(1, 10)), "444455556666"]
    for each in ids:
        account_names.keep(each, Account(f"name-{each}", ""), NOW)
    assert accounts.other_names(ids, NOW).keys() == set(ids)
    named = look_up_account(_of_accounts(ids), ACCOUNT, NOW)["other_accounts"]
    assert len(named) == 5


def _of_accounts(ids: list[str]) -> dict[str, Any]:
    found = event("attack-sequence")
    sequence = found["detail"]["service"]["detection"]["sequence"]
    made = [{**sequence["resources"][0], "uid": each, "accountId": each} for each in ids]
    sequence["resources"] = [*sequence["resources"], *made]
    return found


def test_other_accounts_may_fail() -> None:
    look_up_account(naming(OTHER), ACCOUNT, NOW)  # the finding's own is known

    def refuse(*_: object, **__: object) -> None:
        raise JsonRESTError("AccessDeniedException", "no")

    with breaking(DynamoDBBackend, "get_item", refuse):
        found = look_up_account(naming(OTHER), ACCOUNT, NOW)
    assert "other_accounts" not in found
    assert "error" not in found
