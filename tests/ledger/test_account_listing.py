"""The organisation's accounts, listed once a day for all containers: what it saves, and what it leaves as it was."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

import pytest
from botocore.client import BaseClient
from moto.core.exceptions import JsonRESTError
from moto.dynamodb.models import DynamoDBBackend
from moto.organizations.models import FakeAccount, OrganizationsBackend

from chalicelib import clock
from chalicelib.errors import AWSUnavailable
from chalicelib.finding.model import Account
from chalicelib.ledger import account_names, accounts
from statemachine.local.local_aws import ACCOUNT, LocalAWS
from tests.machine import breaking

NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)
SIXTY = {f"{number:012}": f"account {number}" for number in range(1, 61)}
PAGES = 4
"""The sixty and the own one, twenty on a page."""


@pytest.fixture(autouse=True)
def aws() -> Iterator[LocalAWS]:
    with LocalAWS(accounts=SIXTY) as local:
        yield local


@pytest.fixture
def calls() -> Iterator[Counter[str]]:
    """What Organizations is asked."""
    made: Counter[str] = Counter()
    make_api_call = BaseClient._make_api_call  # type: ignore[attr-defined]

    def recorded(client: Any, operation: str, arguments: Any) -> Any:
        if client.meta.service_model.service_name == "organizations":
            made[operation] += 1
        return make_api_call(client, operation, arguments)

    with patch.object(BaseClient, "_make_api_call", recorded):
        yield made


def in_a_new_container(account_id: str, at: datetime = NOW) -> str:
    accounts.forget()
    return accounts.account(account_id, ACCOUNT, at).name


def refusing(code: str) -> Callable[..., None]:
    def refuse(*_: object, **__: object) -> None:
        raise JsonRESTError(code, "no")

    return refuse


def test_one_finding_names_every_account(calls: Counter[str]) -> None:
    assert [in_a_new_container(each) for each in SIXTY] == list(SIXTY.values())
    assert calls == {"ListAccounts": PAGES}


def test_a_burst_of_sixty_accounts_in_ten_containers(calls: Counter[str]) -> None:
    """Nine begin while the first lists: each asks for its own. The other fifty ask nobody."""
    first, *others = SIXTY
    list_accounts = OrganizationsBackend.list_accounts
    begun: list[str] = []

    def listing(*arguments: Any, **named: Any) -> Any:
        if not begun:
            begun.extend(others[:9])
            named_meanwhile = [in_a_new_container(each) for each in begun]
            assert named_meanwhile == [SIXTY[each] for each in begun]
        return list_accounts(*arguments, **named)

    with patch.object(OrganizationsBackend, "list_accounts", listing):
        assert in_a_new_container(first) == SIXTY[first]
    assert [in_a_new_container(each) for each in others] == [SIXTY[each] for each in others]
    assert calls == {"ListAccounts": PAGES, "DescribeAccount": 9}


def test_a_new_account_is_asked_for_singly(calls: Counter[str], aws: LocalAWS) -> None:
    in_a_new_container("000000000001")
    aws.client("organizations").create_account(AccountName="new", Email="root@example.com")
    new = aws.client("organizations").list_accounts()["Accounts"][-1]["Id"]
    calls.clear()
    assert [in_a_new_container(new) for _ in "12"] == ["new", "new"]
    assert calls == {"DescribeAccount": 1}


def test_a_name_is_no_older_than_a_day(calls: Counter[str]) -> None:
    in_a_new_container("000000000001")
    with patch.object(FakeAccount, "describe", lambda _: {"Name": "renamed", "Paths": ["o/r/"]}):
        assert in_a_new_container("000000000002", NOW + timedelta(hours=23, minutes=59)) == "account 2"
    calls.clear()
    assert in_a_new_container("000000000002", NOW + timedelta(days=1)) == "account 2"
    assert calls == {"ListAccounts": PAGES}


@pytest.mark.parametrize("code", ["AccessDeniedException", "AWSOrganizationsNotInUseException"])
def test_who_may_not_list_asks_as_ever_and_lists_no_more_for_the_day(calls: Counter[str], code: str) -> None:
    with breaking(OrganizationsBackend, "list_accounts", refusing(code)):
        assert [in_a_new_container(each) for each in list(SIXTY)[:3]] == list(SIXTY.values())[:3]
        assert calls == {"ListAccounts": 1, "DescribeAccount": 3}
        in_a_new_container("000000000004", NOW + timedelta(days=1))
    assert calls == {"ListAccounts": 2, "DescribeAccount": 4}


def test_accounts_without_paths_are_not_believed(calls: Counter[str]) -> None:
    describe = FakeAccount.describe

    def pathless(account: FakeAccount) -> dict[str, Any]:
        return {name: value for name, value in describe(account).items() if name != "Paths"}

    with patch.object(FakeAccount, "describe", pathless):
        in_a_new_container("000000000001")
    accounts.forget()
    found = accounts.account("000000000002", ACCOUNT, NOW)
    assert (found.name, bool(found.ou_path)) == ("account 2", True)
    assert calls == {"ListAccounts": 1, "DescribeAccount": 2}


def test_a_long_list_is_taken_in_turns(calls: Counter[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Each finding lists for three seconds: two pages here, where a page takes two."""
    seconds = iter(range(0, 1000, 2))
    monkeypatch.setattr(clock, "running", lambda: float(next(seconds)))
    in_a_new_container("000000000001")
    assert calls == {"ListAccounts": 2}
    in_a_new_container("000000000060")
    assert calls == {"ListAccounts": PAGES}
    calls.clear()
    assert [in_a_new_container(each) for each in SIXTY] == list(SIXTY.values())
    assert not calls


def test_a_place_in_the_list_that_is_forgotten_begins_anew(
    calls: Counter[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = iter(range(0, 1000, 2))
    monkeypatch.setattr(clock, "running", lambda: float(next(seconds)))
    in_a_new_container("000000000001")
    list_accounts = OrganizationsBackend.list_accounts

    def forgetful(*arguments: Any, **named: Any) -> Any:
        if named["next_token"] and calls["ListAccounts"] == 3:
            raise JsonRESTError("InvalidInputException", "You provided invalid values for NextToken")
        return list_accounts(*arguments, **named)

    with patch.object(OrganizationsBackend, "list_accounts", forgetful):
        in_a_new_container("000000000060")
        in_a_new_container("000000000060")
    assert [in_a_new_container(each) for each in SIXTY] == list(SIXTY.values())
    assert calls["ListAccounts"] == 3 + PAGES


@pytest.mark.parametrize(
    ("backend", "operation"),
    [
        pytest.param(OrganizationsBackend, "list_accounts", id="list"),
        pytest.param(DynamoDBBackend, "put_item", id="write"),
        pytest.param(DynamoDBBackend, "update_item", id="claim"),
    ],
)
@pytest.mark.parametrize("code", ["TooManyRequestsException", "AccessDeniedException"])
def test_what_fails_costs_a_call_and_no_name(backend: type, operation: str, code: str) -> None:
    with breaking(backend, operation, refusing(code)):
        assert in_a_new_container("000000000001") == "account 1"


def test_who_died_in_the_middle_leaves_the_list_to_the_next(calls: Counter[str]) -> None:
    class Died(BaseException):
        pass

    def die(*_: object, **__: object) -> None:
        raise Died

    with patch.object(account_names, "item", die), pytest.raises(Died):
        in_a_new_container("000000000001")
    in_a_new_container("000000000002", NOW + timedelta(seconds=59))
    assert calls == {"ListAccounts": 1, "DescribeAccount": 1}
    in_a_new_container("000000000003", NOW + timedelta(seconds=60))
    assert calls == {"ListAccounts": 1 + PAGES, "DescribeAccount": 1}


def test_throttled_both_ways_it_is_tried_anew_by_the_state_machine() -> None:
    with (
        breaking(OrganizationsBackend, "list_accounts", refusing("TooManyRequestsException")),
        breaking(OrganizationsBackend, "describe_account", refusing("TooManyRequestsException")),
        pytest.raises(AWSUnavailable),
    ):
        in_a_new_container("000000000001")


def test_nothing_but_name_and_path_is_kept(aws: LocalAWS) -> None:
    in_a_new_container("000000000001")
    items = aws.client("dynamodb").scan(TableName="guardduty-notifier-local-notifications")["Items"]
    assert len(items) == len(SIXTY) + 2
    assert "example.com" not in repr(items)
    kept = account_names.read("000000000002", NOW)
    assert kept is not None
    assert kept.account == Account(name="account 2", ou_path=kept.account.ou_path)
