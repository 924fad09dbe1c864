"""What the ledger says of many findings: those in a digest are posted when the digest is."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib import clock
from chalicelib.aws.clients import client
from chalicelib.ledger import digests, records, watch
from chalicelib.ledger.claim import KEPT, instant
from chalicelib.ledger.digests import DigestState
from chalicelib.ledger.records import Record
from chalicelib.settings import notifications_table
from statemachine.local.local_aws import LocalAWS

AT = "2026-11-20T10:00:00.000Z"
DIGEST = digests.digest_id("channel#C1", datetime(2026, 11, 20, 10, tzinfo=UTC))


@pytest.fixture(autouse=True)
def table() -> Iterator[None]:
    with LocalAWS():
        yield


def put(key: str, **texts: str) -> None:
    client("dynamodb").put_item(
        TableName=notifications_table(),
        Item={name: {"S": value} for name, value in {"finding_id": key, **texts}.items()},
    )


def member(key: str = "1", digest: str = DIGEST, **texts: str) -> None:
    put(key, notified_update=AT, notified_at=AT, fold=digests.fold(digest, key), **texts)


def read(key: str = "1") -> Record:
    return records.read([key])[key]


def standing() -> tuple[bool, bool, str]:
    found = read()
    return found.stands_in_slack, found.waits_for_digest, found.awaits


def test_a_member_stands_in_slack_when_its_digest_is_posted_and_awaits_what_that_awaits() -> None:
    member()
    assert standing() == (False, True, "")
    assert read().digest is None
    put(digests.key(DIGEST), awaits=watch.POST, awaits_since=AT)
    assert standing() == (False, True, watch.POST)
    put(digests.key(DIGEST), notified_update=AT, channel="C1", ts="1.1", awaits=watch.ANSWER, awaits_since=AT)
    assert standing() == (True, False, watch.ANSWER)
    assert read().digest_id == DIGEST


@pytest.mark.parametrize("own", [{"ts": "2.2"}, {"unfolded": AT}])
def test_one_with_a_message_of_its_own_needs_no_digest(own: dict[str, str]) -> None:
    member(**own, awaits=watch.ANSWER, awaits_since=AT)
    assert standing() == (True, False, watch.ANSWER)
    assert read().digest_id == ""


def test_one_that_was_hidden_since_does_not_stand_there() -> None:
    put(digests.key(DIGEST), notified_update=AT)
    member(suppressed_update="2026-11-20T11:00:00.000Z")
    assert standing() == (False, False, "")


def test_a_fold_that_names_no_digest_is_posted_by_nobody() -> None:
    put("1", notified_update=AT, fold="rubbish")
    assert standing() == (False, True, "")


def test_a_digest_whose_item_has_lived_its_time_is_not_posted_again() -> None:
    now = clock.now()
    member("1", digests.digest_id("C1", now - KEPT - timedelta(hours=1)))
    member("2", digests.digest_id("C1", now - KEPT + timedelta(hours=1)))
    assert not read("1").waits_for_digest
    assert read("2").waits_for_digest


def test_digests_of_a_page_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[set[str]] = []

    def states(ids: Iterable[str], _: str) -> dict[str, DigestState]:
        asked.append(set(ids))
        return {}

    monkeypatch.setattr(digests, "states", states)
    put("0", notified_update=instant(datetime(2026, 11, 20, tzinfo=UTC)))
    records.read(["0"])
    assert asked == []
    for number in range(1, 30):
        member(str(number))
    assert len(records.read(map(str, range(30)))) == 30
    assert asked == [{DIGEST}]
