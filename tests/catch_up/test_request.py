"""What somebody asks for: read, or refused in one clear line."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.catch_up.request import InvalidRequest, Position, ReplayRequest, look_back, read_request
from tests.catch_up.test_replay import HERE, HOUR, NOW


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        pytest.param("24h", NOW - timedelta(hours=24), id="hours"),
        pytest.param("7d", NOW - timedelta(days=7), id="days"),
        pytest.param(" 7d\n", NOW - timedelta(days=7), id="spaces"),
        pytest.param("2026-11-01", datetime(2026, 11, 1, tzinfo=UTC), id="date"),
        pytest.param("2026-11-20T11:59Z", datetime(2026, 11, 20, 11, 59, tzinfo=UTC), id="timestamp"),
        pytest.param("2026-11-20T11:59+09:00", datetime(2026, 11, 20, 2, 59, tzinfo=UTC), id="zone"),
    ],
)
def test_how_far_to_look_back(text: str, moment: datetime) -> None:
    assert look_back(text, NOW) == moment


@pytest.mark.parametrize(
    "text", ["", "0h", "7", "h", "7w", "yesterday", "2026-13-01", "2026-11-21", "-7d", "１d", "999999h"]
)
def test_a_bad_date_is_one_clear_line(text: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        look_back(text, NOW)
    assert "since is" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_payload() -> None:
    asked = {"since": "7d", "min_severity": 4, "type": "Recon:*", "region": "us-east-1", "dry_run": True}
    wanted = ReplayRequest(NOW - timedelta(days=7), 4.0, "Recon:*", "us-east-1", dry_run=True)
    assert read_request(asked, NOW) == wanted
    assert read_request({}, NOW) == ReplayRequest(NOW - timedelta(hours=24))
    reconcile = ReplayRequest(NOW - timedelta(hours=8), reconcile=True)
    assert read_request({"reconcile": True}, NOW) == reconcile
    assert read_request({"proof": True}, NOW) == ReplayRequest(NOW - timedelta(hours=31), proof=True)
    assert read_request({"reconcile": True, "hours": 5}, NOW).since == NOW - timedelta(hours=5)


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param([], id="list"),
        pytest.param({"dryrun": True}, id="misspelt"),
        pytest.param({"dry_run": "yes"}, id="flag"),
        pytest.param({"min_severity": "7"}, id="severity-as-text"),
        pytest.param({"min_severity": 11}, id="severity-above-10"),
        pytest.param({"min_severity": True}, id="severity-as-flag"),
        pytest.param({"hours": 0}, id="no-hours"),
        pytest.param({"hours": 3, "since": "7d"}, id="twice"),
        pytest.param({"type": 7}, id="type"),
        pytest.param({"reconcile": True, "regions": "us-east-1, eu-west-1"}, id="regions-with-a-space"),
        pytest.param({"reconcile": True, "regions": ["us-east-1"]}, id="regions-as-a-list"),
        pytest.param({"proof": True, "regions": "evil.example/"}, id="no-region"),
        pytest.param({"since": "24h", "regions": "us-east-1"}, id="regions-by-hand"),
        pytest.param({"next": "x"}, id="next"),
        pytest.param({"next": {"since": "x", "at": {}}}, id="next-without-its-parts"),
        pytest.param({"source": "aws.events", "detail-type": "Scheduled Event"}, id="a-schedules-own-event"),
    ],
)
def test_an_unknown_payload_starts_nothing(payload: Any) -> None:
    with pytest.raises(InvalidRequest):
        read_request(payload, NOW)


def test_next_is_read_back() -> None:
    at = Position("d", "50", ("a", "b"))
    others = ("us-west-2", "us-east-2")
    asked = ReplayRequest(NOW - HOUR, 4.5, "Recon:*", "us-east-1", reconcile=True, at=at, regions=others)
    assert read_request({"next": json.loads(json.dumps(asked.to_json()))}, NOW) == asked


def test_a_next_from_before_there_were_regions_is_read_too() -> None:
    left = ReplayRequest(NOW - HOUR).to_json()
    del left["regions"]
    assert read_request({"next": left}, NOW) == ReplayRequest(NOW - HOUR)


def test_no_region_is_compared_twice() -> None:
    asked = read_request({"reconcile": True, "regions": "us-east-1,eu-west-1"}, NOW)
    assert asked.all_regions(HERE) == ("eu-west-1", "us-east-1")
    assert read_request({"region": "us-east-2"}, NOW).all_regions(HERE) == ("us-east-2",)
