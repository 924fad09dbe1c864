"""What GuardDuty lists and nobody posted is started; who is stopped goes on exactly there."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

import boto3
import pytest
from moto import mock_aws

from chalicelib import clock
from chalicelib.aws import clients
from chalicelib.catch_up.missing import execution_name
from chalicelib.catch_up.request import Here
from chalicelib.finding.event import parse
from chalicelib.finding.model import Finding
from chalicelib.functions import replay_findings
from chalicelib.ledger import digests
from chalicelib.ledger.claim import instant
from statemachine.local import local_aws
from statemachine.local.aws_stand_in import AwsFault
from statemachine.local.guardduty_stand_in import GuardDutyStandIn
from tests.fakes.step_functions_stand_in import StepFunctionsStandIn
from tests.generate import example

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)
HERE = Here("aws", "eu-west-1", "123456789012", "dev")
TABLE = "guardduty-notifier-dev-notifications"
FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:guardduty-notifier-dev-replay-findings"
HOUR = timedelta(hours=1)


def detail(number: int, ago: timedelta = HOUR, **changed: Any) -> dict[str, Any]:
    """A finding updated some time ago, as GuardDuty has it."""
    posted: dict[str, Any] = example("example")["detail"]
    updated = instant(NOW - ago)
    return posted | {"id": f"{number:032x}", "createdAt": updated, "updatedAt": updated} | changed


def finding(ago: timedelta = HOUR, **changed: Any) -> Finding:
    return parse({"detail": detail(1, ago, **changed)})


@dataclass
class World:
    """Stand-ins and tables, as the function sees them."""

    guardduty: GuardDutyStandIn
    executions: StepFunctionsStandIn
    dynamodb: Any
    remaining: int = 900_000
    regions: Any = None
    slept: list[float] = field(default_factory=list)
    """How many seconds each pause took: none takes any here, and the time that remains is shorter by it."""

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.remaining -= int(seconds * 1000)

    def run(self, **payload: Any) -> dict[str, Any]:
        return self.at(NOW, **payload)

    def at(self, now: datetime, **payload: Any) -> dict[str, Any]:
        return replay_findings.replay_findings(payload, FUNCTION, lambda: self.remaining, now, "run")

    def notify(self, number: int, ago: timedelta = HOUR, posted: timedelta = HOUR, **item: Any) -> None:
        """Write what RecordNotification writes."""
        said = {"notified_update": instant(NOW - ago), "notified_at": instant(NOW - posted), **item}
        self.put(number, said, notified_severity=8)

    def post_all(self, numbers: range) -> None:
        """Write the same of many findings."""
        said = {"notified_update": {"S": instant(NOW - HOUR)}, "notified_at": {"S": instant(NOW - HOUR)}}
        for start in range(0, len(numbers), 25):
            items = [
                {"finding_id": {"S": f"{number:032x}"}, **said} for number in numbers[start : start + 25]
            ]
            puts = [{"PutRequest": {"Item": item}} for item in items]
            self.dynamodb.batch_write_item(RequestItems={TABLE: puts})

    def fold(self, number: int, digest: str, **texts: str) -> None:
        """Write what a finding's item says that went into a digest."""
        said = {"notified_update": instant(NOW - HOUR), "notified_at": instant(NOW - HOUR)}
        folded = {"fold": digests.fold(digest, f"{number:032x}"), **texts}
        self.put(number, {**said, **folded}, notified_severity=8)

    def put_digest(self, digest: str, **texts: str) -> None:
        """Write a digest's item."""
        said = {"finding_id": digests.key(digest), **texts}
        self.dynamodb.put_item(TableName=TABLE, Item={name: {"S": text} for name, text in said.items()})

    def put(self, number: int, texts: dict[str, str], **numbers: float) -> None:
        self.dynamodb.put_item(
            TableName=TABLE,
            Item={
                "finding_id": {"S": f"{number:032x}"},
                **{name: {"S": text} for name, text in texts.items()},
                **{name: {"N": str(value)} for name, value in numbers.items()},
            },
        )


@contextmanager
def world(*details: dict[str, Any], slack: str = "", **guardduty: Any) -> Iterator[World]:
    with (
        GuardDutyStandIn(details, **guardduty) as listed,
        StepFunctionsStandIn(HERE.machine) as executions,
        mock_aws(),
        patch.dict(os.environ),
    ):
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            del os.environ[name]
        os.environ.update(
            AWS_DEFAULT_REGION="eu-west-1",
            AWS_ACCESS_KEY_ID="made-up",
            AWS_SECRET_ACCESS_KEY="made-up",
            AWS_ENDPOINT_URL_GUARDDUTY=listed.url,
            AWS_ENDPOINT_URL_SFN=executions.url,
            STAGE="dev",
            SLACK_CHANNEL="#security",
            SLACK_API_URL=slack or "http://127.0.0.1:9/api",
        )
        forget()
        dynamodb = boto3.client("dynamodb")
        local_aws.make_tables(dynamodb, "dev")
        made = World(listed, executions, dynamodb)
        with patch.object(clock, "sleep", made.sleep):
            yield made
    forget()


def forget() -> None:
    """A new container; boto3's session stays, with the models it has read: clients ask the environment anew."""
    clients.client.cache_clear()


def name(number: int, ago: timedelta = HOUR) -> str:
    return execution_name(parse({"detail": detail(number, ago)}), NOW)


# --- what is started


def test_a_thousand_findings_half_of_them_posted() -> None:
    with world(*(detail(number) for number in range(1000))) as here:
        here.post_all(range(0, 1000, 2))
        answer = here.run(since="24h")
        assert (answer["listed"], answer["already_posted"], answer["started"]) == (1000, 500, 500)
        assert answer["next"] is None
        assert here.executions.calls == {"StartExecution": 500}
        assert here.guardduty.calls == {"ListDetectors": 1, "ListFindings": 20, "GetFindings": 20}
        assert {each.name for each in here.executions.executions} == {name(n) for n in range(1, 1000, 2)}
        again = here.at(LATER, since="24h")
        assert (again["started"], again["under_way"], len(here.executions.executions)) == (0, 500, 500)
        here.post_all(range(1, 1000, 2))
        here.executions.calls.clear()
        assert here.run(since="24h")["already_posted"] == 1000
        assert not here.executions.calls


# --- stopped and continued


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(AwsFault("ListDetectors"), id="detectors"),
        pytest.param(AwsFault("ListFindings", after=1), id="list-throttled-on-its-second-page"),
        pytest.param(
            AwsFault("ListFindings", "InternalServerErrorException", 500, after=2), id="server-error"
        ),
        pytest.param(AwsFault("GetFindings", after=1), id="findings"),
    ],
)
def test_a_throttled_guardduty_is_respected_and_continued(fault: AwsFault) -> None:
    with world(*(detail(number) for number in range(120))) as here:
        here.guardduty.script(fault)
        first = here.run(since="24h")
        assert fault.operation in first["stopped"]
        assert here.guardduty.calls[fault.operation] == fault.after + 1
        second = here.run(next=first["next"])
        assert first["started"] + second["started"] == first["listed"] + second["listed"] == 120
        assert here.executions.calls == {"StartExecution": 120}


@pytest.mark.parametrize("code", ["ThrottlingException", "ExecutionLimitExceeded", "KmsThrottlingException"])
def test_a_throttled_step_functions_is_respected_and_continued(code: str) -> None:
    with world(*(detail(number) for number in range(120))) as here:
        here.executions.script(AwsFault("StartExecution", code, 400, after=70))
        first = here.run(since="24h")
        assert (first["started"], len(first["next"]["at"]["done"])) == (70, 20)
        second = here.run(next=json.loads(json.dumps(first["next"])))
        assert (second["started"], second["next"]) == (50, None)
        assert here.executions.calls == {"StartExecution": 121}


def test_a_run_near_its_time_limit_stops_and_is_continued() -> None:
    with world(*(detail(number) for number in range(120))) as here:
        seconds = iter([100_000] * 60 + [15_000] + [100_000] * 1000)
        first = replay_findings.replay_findings({"since": "24h"}, FUNCTION, lambda: next(seconds), NOW, "run")
        assert first["stopped"] == "the time limit is near"
        assert 0 < first["started"] < 120
        second = here.run(next=first["next"])
        assert first["started"] + second["started"] == 120
        assert len(here.executions.executions) == here.executions.calls["StartExecution"] == 120


def test_a_table_that_throttles_stops_the_run_before_anything_is_started() -> None:
    with world(detail(1)) as here:
        here.dynamodb.delete_table(TableName=TABLE)
        with pytest.raises(Exception, match="ResourceNotFound"):
            here.run(since="24h")
        assert not here.executions.calls
