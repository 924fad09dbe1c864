"""The stand-in of GuardDuty, judged by boto3, which parses what it says."""

import json
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from chalicelib.finding.event import parse
from chalicelib.finding.getfindings import event
from statemachine.local.guardduty_stand_in import DETECTOR, GuardDutyStandIn
from tests.generate import EVENTS

# Of members that are not in its model boto3 says nothing: these events have such members.
_BEYOND_THE_MODEL = ("resource-of-plain-values", "runtime-container", "unknown-kind")
_KNOWN_TO_BOTO3 = [path for path in sorted(EVENTS.glob("*.json")) if path.stem not in _BEYOND_THE_MODEL]
_CONFIG = Config(retries={"total_max_attempts": 1})


def client(service: str, url: str) -> Any:
    return boto3.client(  # type: ignore[call-overload]
        service,
        endpoint_url=url,
        region_name="eu-west-1",
        aws_access_key_id="made-up",
        aws_secret_access_key="made-up",
        config=_CONFIG,
    )


def finding(number: int, **changed: Any) -> dict[str, Any]:
    made = {
        "id": f"{number:032x}",
        "type": "Recon:EC2/Portscan",
        "severity": 8,
        "accountId": "111122223333",
        "region": "eu-west-1",
        "updatedAt": f"2026-11-20T08:{number % 60:02}:00.000Z",
        "service": {"archived": False},
    }
    return made | changed


def ids(guardduty: Any, **criterion: Any) -> list[str]:
    found = guardduty.list_findings(DetectorId=DETECTOR, FindingCriteria={"Criterion": criterion})
    listed: list[str] = found["FindingIds"]
    return listed


def refused(call: Any, **arguments: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return str(caught.value.response["Error"]["Code"])


@pytest.mark.parametrize("path", _KNOWN_TO_BOTO3, ids=lambda path: path.stem)
def test_a_finding_comes_back_as_the_event_that_brought_it(path: Any) -> None:
    posted = json.loads(path.read_text("utf-8"))
    with GuardDutyStandIn([posted["detail"]]) as stand_in:
        [found] = client("guardduty", stand_in.url).get_findings(
            DetectorId=DETECTOR, FindingIds=[posted["detail"]["id"]]
        )["Findings"]
    ours, theirs = event(found, posted["account"], posted["region"]), {**posted, "identifiersOnly": False}
    assert parse({**ours, "source": posted["source"]}) == parse(theirs)


def test_pages_end_with_an_empty_token() -> None:
    with GuardDutyStandIn(map(finding, range(120))) as stand_in:
        guardduty = client("guardduty", stand_in.url)
        pages = list(guardduty.get_paginator("list_findings").paginate(DetectorId=DETECTOR))
        assert [len(page["FindingIds"]) for page in pages] == [50, 50, 20]
        assert pages[-1]["NextToken"] == ""
        assert stand_in.calls == {"ListFindings": 3}


@pytest.mark.parametrize(
    ("criterion", "numbers"),
    [
        pytest.param({}, [1, 2, 3], id="all"),
        pytest.param({"severity": {"GreaterThanOrEqual": 8}}, [1, 3], id="at-least"),
        pytest.param({"severity": {"Gte": 5, "LessThan": 9}}, [1, 2], id="between"),
        pytest.param({"service.archived": {"Eq": ["false"]}}, [1, 2], id="not-archived"),
        pytest.param({"updatedAt": {"Gte": 1_795_161_720_000}}, [2, 3], id="by-milliseconds"),
        pytest.param({"type": {"NotEquals": ["Recon:EC2/Portscan"]}}, [3], id="another-type"),
        pytest.param({"nobody.knows": {"Gte": 1}}, [], id="not-there"),
    ],
)
def test_criteria(criterion: Any, numbers: list[int]) -> None:
    found = [
        finding(1),
        finding(2, severity=5.5),
        finding(3, severity=9.0, type="Policy:S3/Any", service={"archived": True}),
    ]
    with GuardDutyStandIn(found) as stand_in:
        listed = ids(client("guardduty", stand_in.url), **criterion)
    assert [int(each, 16) for each in listed] == numbers


def test_times_are_compared_in_milliseconds() -> None:
    with GuardDutyStandIn(map(finding, (1, 2))) as stand_in:
        guardduty = client("guardduty", stand_in.url)
        second = 1_000 * 1_795_161_720  # 2026-11-20T08:02:00Z
        assert [int(each, 16) for each in ids(guardduty, updatedAt={"Gte": second})] == [2]
        assert len(ids(guardduty, updatedAt={"Gte": second - 60_000})) == 2


@pytest.mark.parametrize(("order", "numbers"), [("ASC", [1, 2, 3]), ("DESC", [3, 2, 1])])
def test_findings_are_sorted(order: str, numbers: list[int]) -> None:
    with GuardDutyStandIn(map(finding, (2, 3, 1))) as stand_in:
        found = client("guardduty", stand_in.url).list_findings(
            DetectorId=DETECTOR, SortCriteria={"AttributeName": "updatedAt", "OrderBy": order}
        )
    assert [int(each, 16) for each in found["FindingIds"]] == numbers


def test_a_newer_update_takes_the_place_of_the_older() -> None:
    with GuardDutyStandIn([finding(1)]) as stand_in:
        stand_in.put(finding(1, severity=9))
        [found] = client("guardduty", stand_in.url).get_findings(
            DetectorId=DETECTOR, FindingIds=[f"{1:032x}", f"{2:032x}"]
        )["Findings"]
    assert found["Severity"] == 9


def test_what_guardduty_refuses() -> None:
    with GuardDutyStandIn() as stand_in:
        guardduty = client("guardduty", stand_in.url)
        too_many = [f"{number:032x}" for number in range(51)]
        call = guardduty.get_findings
        assert refused(call, DetectorId=DETECTOR, FindingIds=too_many) == "BadRequestException"
        assert refused(call, DetectorId="another", FindingIds=[]) == "BadRequestException"
        listing = guardduty.list_findings
        assert refused(listing, DetectorId=DETECTOR, NextToken="x") == "BadRequestException"
        assert refused(listing, DetectorId=DETECTOR, MaxResults=51) == "BadRequestException"
        assert refused(guardduty.list_filters, DetectorId=DETECTOR) == "UnknownOperationException"


def test_a_criterion_of_filters_only_is_refused() -> None:
    with GuardDutyStandIn([finding(1)]) as stand_in:
        criterion = {"Criterion": {"type": {"Matches": ["Recon:*"]}}}
        listing = client("guardduty", stand_in.url).list_findings
        assert refused(listing, DetectorId=DETECTOR, FindingCriteria=criterion) == "BadRequestException"


def test_the_detector_and_its_organisation() -> None:
    with GuardDutyStandIn(frequency="ONE_HOUR") as stand_in:
        guardduty = client("guardduty", stand_in.url)
        assert guardduty.list_detectors()["DetectorIds"] == [DETECTOR]
        assert guardduty.get_detector(DetectorId=DETECTOR)["FindingPublishingFrequency"] == "ONE_HOUR"
        organisation = guardduty.describe_organization_configuration(DetectorId=DETECTOR)
        assert organisation["AutoEnableOrganizationMembers"] == "ALL"
    with GuardDutyStandIn(detector="") as stand_in:
        assert client("guardduty", stand_in.url).list_detectors()["DetectorIds"] == []
