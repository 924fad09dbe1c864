"""What GuardDuty lists and nobody posted: compared, started, continued; posted once."""

import json
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

import boto3
import pytest
from moto import mock_aws

import app
from chalicelib import settings
from chalicelib.aws import clients
from chalicelib.catch_up.compare import NoDetector
from chalicelib.catch_up.missing import FindingStanding, execution_name, judge, on_its_way
from chalicelib.catch_up.request import Here, InvalidRequest, Position, ReplayRequest, look_back, read_request
from chalicelib.errors import AWSUnavailable
from chalicelib.finding.event import parse
from chalicelib.finding.getfindings import identifiers
from chalicelib.finding.model import Finding
from chalicelib.functions import replay_findings
from chalicelib.ledger.claim import instant
from chalicelib.ledger.records import Record
from statemachine.deploy import stack
from statemachine.local import local_aws
from statemachine.local.aws_stand_in import AwsFault
from statemachine.local.guardduty_stand_in import GuardDutyStandIn
from statemachine.local.local_aws import LocalAWS
from statemachine.local.slack_stand_in import SlackStandIn
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

    def run(self, **payload: Any) -> dict[str, Any]:
        return self.at(NOW, **payload)

    def at(self, now: datetime, **payload: Any) -> dict[str, Any]:
        return replay_findings.replay_findings(payload, FUNCTION, lambda: self.remaining, now)

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
        yield World(listed, executions, dynamodb)
    forget()


def forget() -> None:
    """A new container; boto3's session stays, with the models it has read: clients ask the environment anew."""
    clients.client.cache_clear()


def name(number: int, ago: timedelta = HOUR) -> str:
    return execution_name(parse({"detail": detail(number, ago)}), NOW)


# --- what is asked


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
    reconcile = ReplayRequest(NOW - timedelta(hours=3), reconcile=True)
    assert read_request({"reconcile": True}, NOW) == reconcile
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
    asked = ReplayRequest(NOW - HOUR, 4.5, "Recon:*", "us-east-1", reconcile=True, at=at)
    assert read_request({"next": json.loads(json.dumps(asked.to_json()))}, NOW) == asked


# --- what is missing

SIX_HOURS = timedelta(hours=6)


def posted(ago: timedelta, posted_ago: timedelta | None = None, severity: str = "8") -> Record:
    return Record(
        notified_update=instant(NOW - ago),
        notified_at=instant(NOW - (posted_ago or ago)),
        notified_severity=severity,
    )


def suppressed(ago: timedelta, at: timedelta | None = None) -> Record:
    moment = instant(NOW - (at or ago))
    return Record(suppressed_update=instant(NOW - ago), suppressed_at=moment, suppressed_by="r")


BOTH = Record(
    notified_update=instant(NOW - 9 * HOUR),
    notified_at=instant(NOW - 9 * HOUR),
    notified_severity="5",
    suppressed_update=instant(NOW - 2 * HOUR),
    suppressed_at=instant(NOW - 2 * HOUR),
)


@pytest.mark.parametrize(
    ("record", "by_schedule", "by_hand"),
    [
        pytest.param(Record(), FindingStanding.NEVER, FindingStanding.NEVER, id="never-posted"),
        pytest.param(
            Record(claimed_update="9"), FindingStanding.NEVER, FindingStanding.NEVER, id="claimed-only"
        ),
        pytest.param(posted(HOUR), FindingStanding.POSTED, FindingStanding.POSTED, id="posted"),
        pytest.param(
            posted(HOUR / 2), FindingStanding.POSTED, FindingStanding.POSTED, id="newer-posted-than-listed"
        ),
        pytest.param(
            posted(2 * HOUR), FindingStanding.NOT_DUE, FindingStanding.NEWER, id="active-and-not-due"
        ),
        pytest.param(
            posted(7 * HOUR), FindingStanding.NOT_DUE, FindingStanding.NEWER, id="within-the-margin"
        ),
        pytest.param(posted(7.1 * HOUR), FindingStanding.OVERDUE, FindingStanding.NEWER, id="overdue"),
        pytest.param(
            posted(9 * HOUR, 2 * HOUR),
            FindingStanding.NOT_DUE,
            FindingStanding.NEWER,
            id="old-but-posted-lately",
        ),
        pytest.param(
            posted(2 * HOUR, None, "7.9"), FindingStanding.ROSE, FindingStanding.NEWER, id="severity-rose"
        ),
        pytest.param(
            posted(2 * HOUR, None, "8.0"), FindingStanding.NOT_DUE, FindingStanding.NEWER, id="same-severity"
        ),
        pytest.param(
            posted(2 * HOUR, None, ""), FindingStanding.NOT_DUE, FindingStanding.NEWER, id="severity-unknown"
        ),
        pytest.param(
            suppressed(HOUR), FindingStanding.SUPPRESSED, FindingStanding.SUPPRESSED, id="suppressed"
        ),
        pytest.param(
            suppressed(2 * HOUR),
            FindingStanding.SUPPRESSED,
            FindingStanding.NEWER,
            id="suppressed-and-not-due",
        ),
        pytest.param(
            suppressed(8 * HOUR), FindingStanding.OVERDUE, FindingStanding.NEWER, id="suppressed-and-overdue"
        ),
        pytest.param(
            BOTH, FindingStanding.SUPPRESSED, FindingStanding.NEWER, id="suppressed-after-it-was-posted"
        ),
        pytest.param(
            Record(notified_update="2026-01-01", notified_at="?"),
            FindingStanding.OVERDUE,
            FindingStanding.NEWER,
            id="unreadable",
        ),
    ],
)
def test_what_is_missing(record: Record, by_schedule: FindingStanding, by_hand: FindingStanding) -> None:
    assert judge(finding(), record, NOW, SIX_HOURS) is by_schedule
    assert judge(finding(), record, NOW, None) is by_hand


def test_the_detectors_frequency_says_when_an_event_was_due() -> None:
    record = posted(2.1 * HOUR)
    assert judge(finding(), record, NOW, HOUR) is FindingStanding.OVERDUE
    assert judge(finding(), record, NOW, 2 * HOUR) is FindingStanding.NOT_DUE


def test_a_finding_that_does_not_say_its_update_is_missing_until_posted() -> None:
    unknown: dict[str, Any] = {"updatedAt": None, "createdAt": None, "service": {}}
    assert judge(finding(**unknown), Record(), NOW, SIX_HOURS) is FindingStanding.NEVER
    assert execution_name(finding(**unknown), NOW).endswith("unknown-update")


def test_only_what_is_new_may_be_on_its_way() -> None:
    minute = timedelta(minutes=1)
    assert on_its_way(finding(14 * minute), FindingStanding.NEVER, NOW)
    assert not on_its_way(finding(16 * minute), FindingStanding.NEVER, NOW)
    assert not on_its_way(finding(minute, createdAt=instant(NOW - HOUR)), FindingStanding.NEVER, NOW)
    assert on_its_way(finding(minute, createdAt=instant(NOW - HOUR)), FindingStanding.ROSE, NOW)
    assert not on_its_way(finding(minute), FindingStanding.OVERDUE, NOW)


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({}, id="usual"),
        pytest.param({"id": "x" * 300}, id="long"),
        pytest.param({"id": "名前 <!channel>/:*"}, id="hostile"),
        pytest.param({"id": "\ud800"}, id="no-utf-8"),
    ],
)
def test_the_executions_name_is_what_step_functions_takes(changed: dict[str, Any]) -> None:
    made = execution_name(finding(**changed), NOW)
    assert len(made + "-9") <= 80
    assert made.replace("-", "").isalnum()
    assert made.isascii()
    assert made == execution_name(finding(**changed), NOW + HOUR)
    assert made != execution_name(finding(2 * HOUR, **changed), NOW)


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


def test_the_input_is_the_event_and_says_that_it_was_replayed() -> None:
    with world(detail(1)) as here:
        here.run(since="24h")
        [started] = here.executions.executions
    event = json.loads(started.input)
    assert (event["via"], event["account"], event["region"]) == ("replay", "123456789012", "eu-west-1")
    sent = parse({**example("example"), "detail": detail(1)})
    assert parse({**event, "via": "", "account": "111122223333"}) == sent


@pytest.mark.parametrize(
    "made",
    [
        pytest.param(example("attack-sequence")["detail"], id="attack-sequence"),
        pytest.param(detail(1, title="x" * 250_000), id="large"),
    ],
)
def test_what_may_be_too_large_is_passed_by_its_identifiers(made: dict[str, Any]) -> None:
    at = instant(NOW - HOUR)
    with world(made | {"updatedAt": at, "severity": 9.0}) as here:
        here.run(since="24h")
        [started] = here.executions.executions
    event = json.loads(started.input)
    assert event["identifiersOnly"] is True
    assert (event["detail"]["id"], event["detail"]["updatedAt"], event["via"]) == (made["id"], at, "replay")
    assert len(started.input) < 2_000


def test_identifiers_are_those_of_the_attack_sequences_rule() -> None:
    rule = stack.template()["Resources"]["AttackSequenceRule"]["Properties"]["Targets"][0]
    paths = rule["InputTransformer"]["InputPathsMap"]
    written = {path.removeprefix("$.detail.") for path in paths.values() if path.startswith("$.detail.")}
    event = identifiers(example("attack-sequence"))
    kept = event["detail"]
    assert isinstance(kept, dict)
    ours = {*kept, *(f"service.{each}" for each in kept["service"])} - {"service", "service.archived"}
    assert ours == written
    assert event["identifiersOnly"] is True


def test_only_what_is_asked_for_is_started() -> None:
    details = [
        detail(1),
        detail(2, severity=6.9),
        detail(3, ago=25 * HOUR),
        detail(4, type="Recon:EC2/Portscan"),
        detail(5, service={"archived": True}),
        detail(6, severity=7.2),
    ]
    with world(*details) as here:
        assert here.run(since="24h", min_severity=7.1, dry_run=True)["listed"] == 3
        answer = here.run(since="24h", min_severity=7, type="Recon:*")
        assert [each["id"] for each in answer["findings"]] == [f"{4:032x}"]
        assert [each.name for each in here.executions.executions] == [name(4)]


def test_a_region_without_a_detector() -> None:
    with world(detector="") as here, pytest.raises(NoDetector, match="eu-west-1"):
        here.run(since="24h")


def test_a_finding_that_can_not_be_read_is_counted_and_keeps_nobody_back() -> None:
    with world(detail(1), detail(2, accountId=None)) as here:
        answer = here.run(since="24h")
    assert (answer["started"], answer["skipped"]) == (1, {"unreadable": 1})


# --- executions that are there already


@pytest.mark.parametrize(
    ("ended", "outcome", "names"),
    [
        pytest.param({}, "under_way", [""], id="running"),
        pytest.param({"status": "FAILED", "error": "SlackRejected"}, "redriven", [""], id="failed"),
        pytest.param({"status": "TIMED_OUT"}, "redriven", [""], id="timed-out"),
        pytest.param({"status": "ABORTED"}, "redriven", [""], id="aborted"),
        pytest.param({"status": "FAILED", "days_ago": 15}, "started", ["", "-2"], id="failed-long-ago"),
        pytest.param(
            {"status": "SUCCEEDED", "output": '{"posted": {"status": "posted"}}'},
            "already_posted",
            [""],
            id="posted",
        ),
        pytest.param(
            {"status": "SUCCEEDED", "output": '{"verdict": {"suppressed": true}}'},
            "suppressed",
            [""],
            id="suppressed",
        ),
        pytest.param(
            {"status": "SUCCEEDED", "output": '{"verdict": {"suppressed": false}, "failure": {}}'},
            "started",
            ["", "-2"],
            id="left-it-to-one-that-failed",
        ),
        pytest.param({"status": "SUCCEEDED", "output": "[1]"}, "started", ["", "-2"], id="unreadable"),
    ],
)
def test_a_name_that_is_taken(ended: dict[str, Any], outcome: str, names: list[str]) -> None:
    with world(detail(1)) as here:
        here.executions.add(name(1))
        if ended:
            here.executions.end(name(1), **ended)
        answer = here.run(since="24h")
        counted = ("under_way", "redriven", "started", "already_posted", "suppressed")
        assert {each: answer[each] for each in counted if answer[each]} == {outcome: 1}
        assert [each.name for each in here.executions.executions] == [name(1) + each for each in names]


def test_names_do_not_go_on_for_ever() -> None:
    with world(detail(1)) as here:
        for suffix in ("", *(f"-{number}" for number in range(2, 10))):
            here.executions.add(name(1) + suffix, "SUCCEEDED")
        answer = here.run(since="24h")
        assert answer["skipped"] == {"executions ended without posting": 1}
        assert (answer["missing"], answer["findings"][0]["id"]) == (1, f"{1:032x}")


@pytest.mark.parametrize(
    ("status", "outcome", "started"),
    [
        pytest.param("RUNNING", "under_way", 1, id="running"),
        pytest.param("FAILED", "redriven", 1, id="failed"),
        pytest.param("SUCCEEDED", "started", 2, id="succeeded-without-post"),
        pytest.param("", "started", 1, id="gone"),
    ],
)
def test_who_has_claimed_the_update_is_asked_first(status: str, outcome: str, started: int) -> None:
    """Redriven, the execution that the rule had started keeps its claim; a new one would find it claimed."""
    with world(detail(1)) as here:
        arn = f"{HERE.machine.replace(':stateMachine:', ':execution:')}:by-the-rule"
        if status:
            assert here.executions.add("by-the-rule", status) == arn
        here.put(1, {"claimed_update": instant(NOW - HOUR), "claimed_by": arn})
        answer = here.run(since="24h")
        assert (answer[outcome], len(here.executions.executions)) == (1, started)


def test_an_older_claim_is_nothing_to_wait_for() -> None:
    with world(detail(1)) as here:
        arn = here.executions.add("by-the-rule")
        here.put(1, {"claimed_update": instant(NOW - 2 * HOUR), "claimed_by": arn})
        assert here.run(since="24h")["started"] == 1


def test_an_input_that_step_functions_refuses_keeps_nobody_back() -> None:
    fault = AwsFault("StartExecution", "InvalidExecutionInput", 400)
    with world(detail(1), detail(2)) as here:
        here.executions.script(fault)
        answer = here.run(since="24h")
    assert (answer["started"], answer["missing"]) == (1, 2)
    assert answer["skipped"] == {"Step Functions refused the input": 1}


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
        first = replay_findings.replay_findings({"since": "24h"}, FUNCTION, lambda: next(seconds), NOW)
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


# --- the hourly look


def test_reconcile_leaves_an_active_finding_alone_until_its_event_is_overdue() -> None:
    with world(detail(1, ago=timedelta(minutes=5))) as here:
        here.notify(1, ago=5 * HOUR, posted=5 * HOUR)
        for hour in range(2):
            quiet = here.at(NOW + hour * HOUR, reconcile=True)
            assert (quiet["listed"], quiet["not_due"], quiet["started"]) == (1, 1, 0)
        overdue = here.at(NOW + timedelta(hours=2, minutes=30), reconcile=True)
        assert (overdue["started"], overdue["findings"][0]["why"]) == (1, "recurrence not posted")
        assert here.run(since="24h")["started"] == 0


def test_reconcile_posts_a_severity_that_rose() -> None:
    with world(detail(1, severity=8.5)) as here:
        here.notify(1, ago=2 * HOUR, posted=2 * HOUR)
        assert here.run(reconcile=True)["started"] == 1


def test_what_reconcile_found_shows_in_a_metric(capsys: pytest.CaptureFixture[str]) -> None:
    fresh = detail(2, ago=timedelta(minutes=1))
    with world(detail(1), fresh, detail(3)) as here:
        here.notify(3)
        assert here.run(reconcile=True, hours=3, min_severity=7)["started"] == 2
    line = json.loads(capsys.readouterr().out)
    [about] = line["_aws"]["CloudWatchMetrics"]
    assert (about["Namespace"], about["Dimensions"]) == ("GuardDutyNotifier", [["Stage"]])
    assert {each["Name"] for each in about["Metrics"]} == {"FoundByReplay", "Listed", "Missing"}
    counted = {name: line[name] for name in ("Stage", "FoundByReplay", "Listed", "Missing")}
    assert counted == {"Stage": "dev", "FoundByReplay": 1, "Listed": 3, "Missing": 2}


def test_a_scheduled_run_that_stops_early_is_an_error() -> None:
    with world(detail(1), detail(2)) as here:
        here.executions.script(AwsFault("StartExecution", "ThrottlingException", 400, after=1))
        with pytest.raises(AWSUnavailable, match="after 1 findings"):
            here.run(reconcile=True)
        again = here.at(LATER, reconcile=True)
        assert (again["under_way"], again["started"]) == (1, 1)


# --- only looking


def test_a_dry_run_starts_nothing_and_says_what_a_rule_would_hide() -> None:
    rule = {"finding_type": "Recon:EC2/*", "rule": "scanner", "reason": "known", "account_name": "payments"}
    with world(detail(1), detail(2, type="Recon:EC2/Portscan"), detail(3, type="Recon:EC2/Portscan")) as here:
        here.notify(3)
        here.dynamodb.put_item(
            TableName=settings.suppressions_table(),
            Item={key: {"S": value} for key, value in rule.items()},
        )
        kept = {"name": {"S": "payments"}, "expires_at": {"N": str(int(NOW.timestamp()) + 60)}}
        here.dynamodb.put_item(TableName=TABLE, Item={"finding_id": {"S": "account#111122223333"}, **kept})
        answer = here.run(since="24h", dry_run=True)
        assert not here.executions.executions
        assert here.executions.calls["StartExecution"] == 0
    assert (answer["would_be_posted"], answer["would_be_hidden"], answer["already_posted"]) == (1, 1, 1)
    said = {each["id"][-1]: (each["outcome"], each.get("rule")) for each in answer["findings"]}
    assert said == {"1": ("would be posted", None), "2": ("would be hidden", "scanner")}


# --- through the state machine


def wait_for_executions(local: LocalAWS) -> Counter[str]:
    """Wait for the end of all that were started, and count how they ended."""
    stepfunctions = local.client("stepfunctions")
    started = stepfunctions.list_executions(stateMachineArn=local_aws.MACHINE)["executions"]
    for each in started:
        local.ended(each["executionArn"]).wait()
    ended = stepfunctions.list_executions(stateMachineArn=local_aws.MACHINE)["executions"]
    return Counter(each["status"] for each in ended)


@dataclass
class Remaining:
    """A context whose time runs out after so many looks at it."""

    looks: int
    invoked_function_arn: str = local_aws.function_arn("replay-findings")

    def get_remaining_time_in_millis(self) -> int:
        self.looks -= 1
        return 60_000 if self.looks >= 0 else 10_000


@contextmanager
def local_world(*details: dict[str, Any]) -> Iterator[tuple[LocalAWS, SlackStandIn]]:
    with GuardDutyStandIn(details) as guardduty, SlackStandIn() as slack:
        around = {
            "AWS_ENDPOINT_URL_GUARDDUTY": guardduty.url,
            "SLACK_API_URL": slack.url,
            "SLACK_CHANNEL": "#security",
            "SLACK_MESSAGES_PER_SECOND": "100",
        }
        with LocalAWS(accounts={"111122223333": "payments"}, settings=around) as local:
            yield local, slack


def updated(minutes: float) -> dict[str, Any]:
    moment = instant(datetime.now(UTC) - timedelta(minutes=minutes))
    return {"updatedAt": moment, "createdAt": moment}


def test_an_hour_without_eventbridge_is_posted_at_the_next_look_once() -> None:
    missed = [detail(number, **updated(minutes)) for number, minutes in enumerate((50, 30, 5))]
    active = detail(9, **updated(2))
    with local_world(*missed, active) as (local, slack):
        posted = instant(datetime.now(UTC) - 2 * HOUR)
        local.client("dynamodb").put_item(
            TableName="guardduty-notifier-local-notifications",
            Item={
                "finding_id": {"S": active["id"]},
                "notified_update": {"S": posted},
                "notified_at": {"S": posted},
                "notified_severity": {"N": "8"},
            },
        )
        first = app.replay_findings({"reconcile": True, "min_severity": 7}, Remaining(1000))
        assert (first["started"], first["not_due"]) == (3, 1)
        assert wait_for_executions(local) == {"SUCCEEDED": 3}
        second = app.replay_findings({"reconcile": True, "min_severity": 7}, Remaining(1000))
        assert (second["started"], second["already_posted"], second["not_due"]) == (0, 3, 1)
        [messages] = slack.messages.values()
    assert [message.updates for message in messages] == [(), (), ()]


def test_stopped_and_continued_everything_is_posted_once() -> None:
    sequence = example("attack-sequence")["detail"] | updated(10)
    with local_world(*(detail(number, **updated(20 + number)) for number in range(3)), sequence) as (
        local,
        slack,
    ):
        first = app.replay_findings({"since": "24h"}, Remaining(2))
        assert (first["started"], first["stopped"]) == (2, "the time limit is near")
        second = app.replay_findings({"next": first["next"]}, Remaining(1000))
        assert (second["started"], second["next"]) == (2, None)
        assert wait_for_executions(local) == {"SUCCEEDED": 4}
        again = app.replay_findings({"since": "24h"}, Remaining(1000))
        assert (again["started"], again["already_posted"]) == (0, 4)
        [posted] = slack.messages.values()
    assert len(posted) == 4
    assert all(not message.updates for message in posted)
    assert "What happened, in order" in json.dumps([message.payload for message in posted])
