"""Whether the doctor sees that findings of a storm can share messages, and that these are posted."""

from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from chalicelib.ledger import digests, watch
from chalicelib.ledger.claim import instant
from statemachine.local.local_aws import make_tables
from statemachine.operate.checks import indexes, storms
from tests.operate.checks.common import place
from tests.operate.common import REGION

NAME = "guardduty-notifier-dev-notifications"

pytestmark = pytest.mark.usefixtures("local_aws")


def dynamodb() -> Any:
    return boto3.client("dynamodb", region_name=REGION)


def put_unposted(ago: timedelta, **changed: str) -> str:
    begins = datetime.now(UTC) - ago
    id_ = digests.digest_id("C1", begins)
    item = {
        "finding_id": digests.key(id_),
        "awaits": watch.POST,
        "awaits_since": instant(digests.begins(id_)),
        **changed,
    }
    dynamodb().put_item(TableName=NAME, Item={name: {"S": value} for name, value in item.items()})
    return id_


@pytest.mark.parametrize(("after", "said"), [("", "90 s"), ("30", "30 s")])
def test_the_index_is_there_and_what_it_is_for(after: str, said: str) -> None:
    make_tables(dynamodb(), "dev")
    found = storms.index_active(place(FOLD_AFTER=after), "index")
    assert (found.good, found.said) == (
        True,
        f"active; findings that would wait for over {said} share a message",
    )


def test_where_digests_are_off_it_says_what_that_means() -> None:
    found = storms.index_active(place(FOLD_AFTER="off"), "index")
    assert found.good is None
    assert "FOLD_AFTER is off" in found.said


@pytest.mark.parametrize(
    ("status", "said", "hint"),
    [
        pytest.param("", "missing", "make deploy STAGE=dev", id="missing"),
        pytest.param("CREATING", "creating", "look again", id="being-made"),
    ],
)
def test_an_index_that_can_not_be_asked_fails(
    monkeypatch: pytest.MonkeyPatch, status: str, said: str, hint: str
) -> None:
    monkeypatch.setattr(indexes, "status", lambda *_: status)
    found = storms.index_active(place(), "index")
    assert (found.good, found.said) == (False, said)
    assert hint in found.hint
    assert storms.digests_posted(place(), "digests").good is None


def test_a_stage_of_an_older_version_has_no_such_index() -> None:
    make_tables(dynamodb(), "dev")
    dynamodb().update_table(
        TableName=NAME, GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": digests.INDEX}}]
    )
    assert storms.index_active(place(), "index").said == "missing"


def test_a_digest_that_the_hourly_look_should_have_posted_fails() -> None:
    make_tables(dynamodb(), "dev")
    put_unposted(timedelta(minutes=90))
    put_unposted(timedelta(hours=5), finding_id="1")
    assert storms.digests_posted(place(), "digests").said == "none waits to be posted"
    late = put_unposted(timedelta(hours=3))
    found = storms.digests_posted(place(), "digests")
    assert (found.good, found.said) == (False, f"1 not posted for over two hours: {late}")
    assert f"guardduty-notifier digest {late} --stage dev" in found.hint


def test_without_a_table_nothing_is_looked_at() -> None:
    assert storms.digests_posted(place(), "digests").good is None
