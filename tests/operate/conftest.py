"""Shared by the tests of the commands for a deployed stage."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from chalicelib.aws import clients
from statemachine.local.guardduty_stand_in import GuardDutyStandIn
from statemachine.local.local_aws import make_tables
from tests.operate.common import EVENT, REGION, Desk


@pytest.fixture
def local_aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    with mock_aws(config={"lambda": {"use_docker": False}}):
        yield


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Desk]:
    detail = EVENT["detail"] | {"updatedAt": datetime.now(UTC).isoformat()}
    detail["service"] = detail["service"] | {"archived": False}
    with mock_aws(), GuardDutyStandIn([detail]) as guardduty:
        monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
        monkeypatch.setenv("AWS_ENDPOINT_URL_GUARDDUTY", guardduty.url)
        clients.client.cache_clear()
        make_tables(boto3.client("dynamodb", region_name=REGION), "dev")
        yield Desk(guardduty, tmp_path)
        clients.client.cache_clear()
