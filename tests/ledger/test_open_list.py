"""The list of what is to be answered: an index says which items, the items say what."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib import clock
from chalicelib.aws.clients import client
from chalicelib.errors import AWSUnavailable
from chalicelib.ledger import open_list, watch
from chalicelib.ledger.claim import instant
from chalicelib.ledger.open_list import Watched
from chalicelib.ledger.watch import ANSWER, WITHDRAWAL, Answer, Watch
from chalicelib.settings import notifications_table
from statemachine.local.local_aws import LocalAWS


@pytest.fixture(autouse=True)
def table() -> Iterator[None]:
    with LocalAWS():
        yield


def asked(minutes: int = 0, **changed: Any) -> Watch:
    """An answer that is asked for since so many minutes."""
    since = instant(clock.now() - timedelta(minutes=minutes))
    made = Watch(
        opening=since,
        posted_at=since,
        within=900,
        severity=9.0,
        type="Recon:EC2/Portscan",
        account="111122223333",
        account_name="payments",
        region="eu-west-1",
    )
    return made.with_(**changed)


def put(key: str, of: Watch, **more: str) -> None:
    texts = {"finding_id": key, "channel": "C1", "ts": f"{key}.1", **watch.changes(of), **more}
    client("dynamodb").put_item(
        TableName=notifications_table(), Item={name: {"S": value} for name, value in texts.items() if value}
    )


def keys(what: str = ANSWER, **given: str) -> list[str]:
    return [each.finding_id for each in open_list.watched(what, **given)]


def test_an_entry_says_what_is_asked_for_and_where_the_message_is() -> None:
    one = asked(5, seen_by=("U1",))
    put("1", one)
    assert list(open_list.watched(ANSWER)) == [Watched("1", one, "C1", "1.1")]


def test_how_long_it_is_open_counts_from_our_post() -> None:
    one = Watched("1", asked())
    now = datetime.fromisoformat(one.watch.posted_at) + timedelta(minutes=20)
    assert (one.seconds_open(now), one.seconds_late(now)) == (1200, 300)


def test_the_oldest_are_first_over_all_pages() -> None:
    for number in range(230):
        put(str(number), asked(number))
    assert keys() == [str(number) for number in reversed(range(230))]


def test_what_was_answered_lately_is_a_list_of_its_own() -> None:
    now = clock.now()
    for number, hours in enumerate((1, 30, 60)):
        when = instant(now - timedelta(hours=hours))
        put(str(number), asked(answer=Answer.HANDLED, answered_at=when))
    put("open", asked())
    assert keys(WITHDRAWAL, since=instant(now - timedelta(hours=40))) == ["1", "0"]
    assert keys(WITHDRAWAL, until=instant(now - timedelta(hours=40))) == ["2"]


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"attention": "{"}, id="unreadable"),
        pytest.param({"attention": asked(answer=Answer.HANDLED).to_text()}, id="answered-at-no-time"),
        pytest.param({"attention": "{}"}, id="of-nothing"),
        pytest.param({"attention": asked(posted_at="yesterday").to_text()}, id="since-nobody-knows-when"),
        pytest.param({"attention": asked(posted_at="2026-11-20").to_text()}, id="without-a-time-zone"),
        pytest.param({"attention": asked(posted_at=3).to_text()}, id="a-number-for-a-time"),
        pytest.param({"attention": asked(within="900").to_text()}, id="a-text-for-a-number"),
        pytest.param({"attention": asked(type=["x"]).to_text()}, id="a-list-for-a-text"),
        pytest.param({"attention": ""}, id="never-asked-for"),
        pytest.param({"notified_at": "9999-01-01T00:00:00.000Z"}, id="of-far-future"),
        pytest.param({"awaits_since": "9"}, id="since-far-future"),
    ],
)
def test_an_item_that_can_not_be_is_no_entry(changed: dict[str, str]) -> None:
    put("1", asked(1), **changed)
    put("2", asked())
    assert keys() == ["2"]


def test_what_the_index_lists_late_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    put("1", asked(answer=Answer.HANDLED, answered_at=instant(clock.now())))
    listed = [watch.Awaited(key, "2026") for key in ("1", "1", "gone")]
    monkeypatch.setattr(watch, "awaited", lambda *_: iter(listed))
    assert keys() == []
    assert keys(WITHDRAWAL) == ["1"]


def test_where_dynamodb_gives_a_part_nothing_is_believed_complete(monkeypatch: pytest.MonkeyPatch) -> None:
    put("1", asked())
    answer = {"Responses": {notifications_table(): []}, "UnprocessedKeys": {notifications_table(): {}}}
    monkeypatch.setattr(client("dynamodb"), "batch_get_item", lambda **_: answer)
    with pytest.raises(AWSUnavailable, match="not all items"):
        keys()
