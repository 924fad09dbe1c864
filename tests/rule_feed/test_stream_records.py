"""The streams' records, read as changes that somebody made."""

import base64
import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from boto3.dynamodb.types import TypeSerializer

from chalicelib.rule_feed import stream_records
from tests.bless_announcements import NOW, USUAL

Item = dict[str, Any]


def image(item: Item) -> dict[str, Any]:
    return {name: TypeSerializer().serialize(value) for name, value in item.items()}


def record(old: Item | None, new: Item | None, table: str = "suppressions", at: float = 0) -> dict[str, Any]:
    images = {
        name: image(item) for name, item in (("OldImage", old), ("NewImage", new)) if item is not None
    }  # fmt: skip
    arn = f"arn:aws:dynamodb:eu-west-1:111122223333:table/guardduty-notifier-dev-{table}/stream/2026-11-22"
    data = {**images, "ApproximateCreationDateTime": at or NOW.timestamp()}
    return {"eventID": "e1", "eventSourceARN": arn, "dynamodb": json.loads(json.dumps(data, default=_base64))}


def _base64(value: Any) -> str:
    return base64.b64encode(bytes(value)).decode()


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAGE", "dev")


@pytest.mark.usefixtures("stage")
@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        pytest.param(None, USUAL, "added", id="added"),
        pytest.param(USUAL, None, "deleted", id="deleted"),
        pytest.param(USUAL, USUAL | {"region": "eu-*"}, "changed", id="changed"),
        pytest.param(USUAL, USUAL, "", id="written-again-as-it-was"),
        pytest.param(
            USUAL, USUAL | {"match_count": Decimal(13), "last_matched_at": "2026-11-22"}, "", id="counted"
        ),
        pytest.param(
            USUAL, USUAL | {"match_count": Decimal(13), "enabled": False}, "changed", id="counted-too"
        ),
        pytest.param(USUAL | {"a": b"\xff"}, USUAL | {"a": b"\xfe"}, "changed", id="bytes"),
        pytest.param(USUAL, USUAL | {"a": [b"x", {"b": {b"y"}}]}, "changed", id="bytes-within"),
    ],
)
def test_what_is_a_change(old: Item | None, new: Item | None, kind: str) -> None:
    changes = stream_records.changes([record(old, new)])
    assert [each.kind for each in changes] == [kind] * bool(kind)
    assert [(each.old, each.new) for each in changes] == [(old, new)] * bool(kind)


@pytest.mark.usefixtures("stage")
def test_a_change_knows_its_table_and_when() -> None:
    first, second = stream_records.changes(
        [record(None, USUAL, at=1764000000.5), record(None, USUAL, "routes")]
    )
    assert (first.table, first.at) == ("suppressions", datetime.fromtimestamp(1764000000.5, UTC))
    assert second.table == "routes"
