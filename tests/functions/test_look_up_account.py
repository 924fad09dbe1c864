"""What the states before the post add to the execution stays small, and costs nothing when a cache fails."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from moto.core.exceptions import JsonRESTError
from moto.dynamodb.models import DynamoDBBackend

from chalicelib.functions.look_up_account import look_up_account
from chalicelib.functions.look_up_resource_tags import look_up_resource_tags
from chalicelib.ledger import accounts, notifications
from statemachine.local.local_aws import ACCOUNT, LocalAWS
from tests.machine import Event, breaking, event

NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)
FINDINGS_ACCOUNT = "111122223333"


@pytest.fixture(autouse=True)
def aws() -> Iterator[LocalAWS]:
    with LocalAWS(accounts={FINDINGS_ACCOUNT: "payments-prod"}) as local:
        yield local


def with_tags(number: int, size: int) -> Event:
    made = event()
    tags = [{"key": f"{n}", "value": "x" * size} for n in range(number)]
    made["detail"]["resource"] = {
        "s3BucketDetails": [
            {"arn": f"arn:aws:s3:::bucket-{n}", "name": f"bucket-{n}", "tags": tags} for n in range(20)
        ]
    }
    return made


@pytest.mark.parametrize(
    ("number", "size", "all_of_them"),
    [pytest.param(10, 20, True, id="usual"), pytest.param(50, 256, False, id="as-many-as-aws-allows")],
)
def test_the_tags_leave_room_for_the_finding(number: int, size: int, all_of_them: bool) -> None:
    found = look_up_resource_tags(with_tags(number, size), ACCOUNT)
    assert found["source"] == "finding"
    assert (len(found["tags"]) == 20) is all_of_them
    assert len(json.dumps(found)) < 62_000


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
    kept = notifications.account(FINDINGS_ACCOUNT, NOW)
    assert kept is not None
    assert kept.name == "payments-prod"


def test_it_is_kept_for_a_day() -> None:
    look_up_account(event(), ACCOUNT, NOW)
    assert notifications.account(FINDINGS_ACCOUNT, NOW.replace(day=21, hour=9)) is not None
    assert notifications.account(FINDINGS_ACCOUNT, NOW.replace(day=21, hour=10)) is None
