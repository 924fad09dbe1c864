"""What people have of findings is read in every form it comes in."""

import base64
import gzip
import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from statemachine.local.own_events import LARGEST, OwnEvent, read_events
from statemachine.session import WrongInput
from tests.machine import EVENTS, event

FINDING = event()["detail"]
ENVELOPED = {
    "version": "0",
    "id": FINDING["id"],
    "detail-type": "GuardDuty Finding",
    "source": "aws.guardduty",
    "account": FINDING["accountId"],
    "time": FINDING["updatedAt"],
    "region": FINDING["region"],
    "resources": [],
    "detail": FINDING,
}
"""What GuardDuty would have sent of it."""

LISTED = {
    "AccountId": "111122223333",
    "Id": "5ecd1f0a7b3e4c6d8f9a0b1c2d3e4f50",
    "Region": "eu-west-1",
    "Severity": 5.0,
    "Type": "UnauthorizedAccess:EC2/SSHBruteForce",
    "UpdatedAt": "2026-11-20T09:47:55.230Z",
    "Resource": {"InstanceDetails": {"InstanceId": "i-1", "ProductCodes": [{"Code": "c"}]}},
    "Service": {"Archived": False, "AdditionalInfo": {"Value": '{"sample":true}', "Type": "default"}},
}
"""A finding as aws guardduty get-findings prints it."""

ASFF = {
    "SchemaVersion": "2018-10-08",
    "Id": "arn:aws:guardduty:eu-west-1:111122223333:detector/d/finding/f",
    "ProductArn": "arn:aws:securityhub:eu-west-1::product/aws/guardduty",
    "AwsAccountId": "111122223333",
    "Severity": {"Label": "HIGH"},
}
OCSF = {"class_uid": 2004, "metadata": {"version": "1.1.0"}, "finding_info": {"uid": "f"}, "severity": "High"}


def read(tmp_path: Path, content: Any) -> list[OwnEvent]:
    file = tmp_path / "own.json"
    if isinstance(content, bytes):
        file.write_bytes(content)
    else:
        file.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return read_events(str(file))


def events(tmp_path: Path, content: Any) -> list[Any]:
    return [own.event for own in read(tmp_path, content)]


def sns(held: Any) -> dict[str, Any]:
    return {"Type": "Notification", "MessageId": "m", "TopicArn": "t", "Message": json.dumps(held)}


def sqs(held: Any) -> dict[str, Any]:
    return {"Messages": [{"MessageId": "m", "ReceiptHandle": "r", "Body": json.dumps(held)}]}


def lambda_sqs(held: Any) -> dict[str, Any]:
    return {"Records": [{"messageId": "m", "eventSource": "aws:sqs", "body": json.dumps(held)}]}


def lambda_sns(held: Any) -> dict[str, Any]:
    return {"Records": [{"EventSource": "aws:sns", "Sns": {"Subject": "s", "Message": json.dumps(held)}}]}


def kinesis(held: Any) -> dict[str, Any]:
    data = base64.b64encode(json.dumps(held).encode()).decode()
    return {"Records": [{"eventSource": "aws:kinesis", "kinesis": {"partitionKey": "p", "data": data}}]}


def firehose(held: Any) -> dict[str, Any]:
    data = base64.b64encode((json.dumps(held) + "\n").encode()).decode()
    return {"invocationId": "i", "records": [{"recordId": "1", "data": data}]}


def logs(held: Any) -> dict[str, Any]:
    lines = {"messageType": "DATA_MESSAGE", "logEvents": [{"id": "1", "message": json.dumps(held)}]}
    return {"awslogs": {"data": base64.b64encode(gzip.compress(json.dumps(lines).encode())).decode()}}


def filtered_logs(held: Any) -> dict[str, Any]:
    return {"events": [{"logStreamName": "s", "timestamp": 1, "message": json.dumps(held)}]}


def execution(held: Any) -> dict[str, Any]:
    return {"executionArn": "a", "name": "n", "status": "SUCCEEDED", "input": json.dumps(held)}


WRAPPERS = [sns, sqs, lambda_sqs, lambda_sns, kinesis, firehose, logs, filtered_logs, execution]


@pytest.mark.parametrize("wrapped", WRAPPERS)
@pytest.mark.parametrize(
    ("held", "sent"),
    [pytest.param(event(), event(), id="event"), pytest.param(FINDING, ENVELOPED, id="finding")],
)
def test_a_wrapper_is_taken_off(tmp_path: Path, wrapped: Callable[[Any], Any], held: Any, sent: Any) -> None:
    assert events(tmp_path, wrapped(held)) == [sent]


def test_wrappers_stand_in_each_other(tmp_path: Path) -> None:
    assert events(tmp_path, lambda_sqs(sns(lambda_sns(event())))) == [event()]


def test_not_without_end(tmp_path: Path) -> None:
    held: Any = event()
    for _ in range(11):
        held = {"detail": held}
    with pytest.raises(WrongInput, match="wrapped more than 10 times"):
        read(tmp_path, held)


FORMS = [
    pytest.param(event(), [event()], id="event"),
    pytest.param(FINDING, [ENVELOPED], id="finding"),
    pytest.param({"detail": FINDING}, [ENVELOPED], id="detail-alone"),
    pytest.param([event(), FINDING], [event(), ENVELOPED], id="list"),
    pytest.param({"findings": [FINDING, FINDING]}, [ENVELOPED, ENVELOPED], id="small-findings"),
    pytest.param("\n".join(map(json.dumps, [FINDING, event()])), [ENVELOPED, event()], id="lines"),
    pytest.param(gzip.compress(json.dumps(FINDING).encode() + b"\n"), [ENVELOPED], id="export"),
    pytest.param(gzip.compress(b"\xef\xbb\xbf" + json.dumps(event()).encode()), [event()], id="mark-in-gzip"),
    pytest.param(json.dumps(event()).encode("utf-16"), [event()], id="windows-redirection"),
    pytest.param(
        {
            "Source": "aws.guardduty",
            "DetailType": "GuardDuty Finding",
            "Detail": json.dumps(FINDING),
        },
        [ENVELOPED | {"id": "", "time": ""}],
        id="put-events",
    ),
]


@pytest.mark.parametrize(("content", "sent"), FORMS)
def test_every_form(tmp_path: Path, content: Any, sent: list[Any]) -> None:
    assert events(tmp_path, content) == sent


@pytest.mark.parametrize("content", [LISTED, [LISTED], {"Findings": [LISTED]}])
def test_what_get_findings_prints_is_what_guardduty_would_have_sent(tmp_path: Path, content: Any) -> None:
    [sent] = events(tmp_path, content)
    assert (sent["source"], sent["detail-type"]) == ("aws.guardduty", "GuardDuty Finding")
    assert (sent["account"], sent["region"]) == ("111122223333", "eu-west-1")
    assert sent["detail"]["type"] == LISTED["Type"]
    assert sent["detail"]["service"] == {"archived": False, "additionalInfo": {"sample": True}}
    assert sent["detail"]["resource"]["instanceDetails"]["productCodes"] == [{"productCodeId": "c"}]


def test_each_of_several_has_a_name(tmp_path: Path) -> None:
    assert [Path(own.name).name for own in read(tmp_path, [FINDING, LISTED])] == ["own.json#1", "own.json#2"]
    assert [Path(own.name).name for own in read(tmp_path, [FINDING])] == ["own.json"]


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    given = io.TextIOWrapper(io.BytesIO(gzip.compress(json.dumps(FINDING).encode())))
    monkeypatch.setattr(sys, "stdin", given)
    assert read_events("-") == [OwnEvent("-", ENVELOPED)]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param({"Findings": [ASFF]}, "Security Hub writes it (ASFF)", id="asff"),
        pytest.param([OCSF], "OCSF", id="ocsf"),
    ],
)
def test_a_relative_is_named(tmp_path: Path, content: Any, said: str) -> None:
    [own] = read(tmp_path, content)
    assert own.event is None
    assert said in own.stranger


@pytest.mark.parametrize("path", sorted(EVENTS.glob("*.json")), ids=lambda path: path.stem)
def test_events_stay_as_they_are(path: Path) -> None:
    assert read_events(str(path)) == [OwnEvent(str(path), json.loads(path.read_text()))]


REFUSED = [
    pytest.param([], "no finding in it. Give an event of EventBridge, a finding", id="empty-list"),
    pytest.param({"Findings": []}, "no finding in it", id="no-findings"),
    pytest.param({}, "no GuardDuty finding in it", id="empty-object"),
    pytest.param({"detail": {}}, "no GuardDuty finding in it", id="nothing-inside"),
    pytest.param([event(), 7], "no GuardDuty finding in it", id="a-number"),
    pytest.param({"FindingIds": ["a"]}, "Fetch them: aws guardduty get-findings", id="list-findings"),
    pytest.param({"source": "aws.guardduty"}, "not an EventBridge event", id="no-detail"),
    pytest.param(event() | {"detail": 7}, "not an EventBridge event", id="detail-is-none"),
    pytest.param({"Source": "x", "DetailType": "y", "Detail": "7"}, "not an EventBridge event", id="entry"),
    pytest.param({"Type": "SubscriptionConfirmation", "Message": "You have"}, "not JSON", id="confirmation"),
    pytest.param({"Message": "[" * 300 + "]" * 300}, "nested deeper than 200", id="deep-message"),
    pytest.param({"records": [{"data": "%"}]}, "a record's data can't be read", id="no-base64"),
    pytest.param({"records": [{"data": "H4sIAA=="}]}, "a record's data can't be read", id="half-a-gzip"),
    pytest.param(gzip.compress(b"{}")[:-9], "not all of it is gzip", id="cut"),
    pytest.param(b"\x1f\x8b123456789012345678", "not all of it is gzip", id="no-gzip"),
    pytest.param(b"\xff{", "not JSON", id="no-text"),
    pytest.param(
        gzip.compress(json.dumps(event(description="x" * LARGEST)).encode()), "AWS would not", id="large"
    ),
]


@pytest.mark.parametrize(("content", "said"), REFUSED)
def test_what_is_no_finding_is_refused_in_a_line(tmp_path: Path, content: Any, said: str) -> None:
    with pytest.raises(WrongInput) as refused:
        read(tmp_path, content)
    assert said in refused.value.message
    assert "\n" not in refused.value.message
    assert refused.value.exit_code == 2
