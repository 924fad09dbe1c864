"""Every path of the definition and every failure on it, through the real definition and the real functions."""

import json
import logging
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from random import Random
from typing import Any

import boto3
import pytest
from boto3.dynamodb.types import TypeSerializer
from hypothesis import given, settings
from moto.core.exceptions import JsonRESTError
from moto.organizations.models import OrganizationsBackend
from moto.ssm.models import SimpleSystemManagerBackend
from pytest_httpserver import HTTPServer

from chalicelib.errors import InvalidFinding
from chalicelib.finding.event import parse
from chalicelib.finding.getfindings import identifiers
from chalicelib.ledger.claim import instant
from chalicelib.message.context import MessageContext
from chalicelib.message.render import render, render_plain
from statemachine.local.aws_stand_in import AwsFault
from statemachine.local.guardduty_stand_in import GuardDutyStandIn
from statemachine.local.local_aws import ACCOUNT, STAGE
from statemachine.local.slack_stand_in import SlackFault, SlackStandIn
from tests.generate import mangled, mangled_events, random_event
from tests.machine import Event, Machine, Outcome, breaking, event, finding, shown, wait_until

ONE = f"{1:032x}"
MEMBER = "444455556666"
ROLE = "guardduty-notifier-tag-reader"


def sentence(outcome: Outcome) -> str:
    """What the exception said: a Lambda function's cause is JSON."""
    return str(json.loads(outcome.cause)["errorMessage"])


def without(*names: str) -> Event:
    made = event()
    for name in names:
        del made["detail"][name]
    return made


def pascal(value: Any) -> Any:
    """As GetFindings spells it."""
    if isinstance(value, dict):
        return {name[0].upper() + name[1:]: pascal(member) for name, member in value.items()}
    return [pascal(item) for item in value] if isinstance(value, list) else value


# --- an event that is no finding ---------------------------------------------------------------------------

REFUSED: dict[str, tuple[Event, list[str]]] = {
    "no-id": (without("id"), ["detail.id is missing"]),
    "no-type": (without("type"), ["detail.type is missing"]),
    "no-severity": (without("severity"), ["detail.severity is missing"]),
    "no-account": (without("accountId"), ["detail.accountId is missing"]),
    "no-region": (without("region"), ["detail.region is missing"]),
    "all-of-them-are-named": (
        without("id", "type", "severity", "accountId", "region"),
        ["detail.id", "detail.type", "detail.severity", "detail.accountId", "detail.region"],
    ),
    "severity-text": (event(severity="8"), ["detail.severity is a string, not a number"]),
    "wrong": (event(id=7, type=None), ["detail.id is a number", "detail.type is missing"]),
    "empty": ({}, ["detail is missing"]),
    "bare-finding-without-its-id": (without("id")["detail"], ["detail.id is missing"]),
    "nothing-of-a-finding": ({"any": "thing"}, ["detail is missing"]),
    "other-detail-type": (event() | {"detail-type": "Scheduled Event"}, ["detail-type"]),
}


@pytest.fixture(scope="module")
def refused() -> dict[str, Outcome]:
    """The whole table at once."""
    with SlackStandIn() as slack, Machine(slack) as machine:
        outcomes = machine.run_all([wrong for wrong, _ in REFUSED.values()])
        assert {name for name, _ in machine.invocations} == {"read-finding"}
        assert machine.count("read-finding") == len(REFUSED)
        assert not slack.requests
    return dict(zip(REFUSED, outcomes, strict=True))


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_finding_is_refused(refused: dict[str, Outcome], name: str) -> None:
    outcome = refused[name]
    assert (outcome.status, outcome.error) == ("FAILED", "InvalidFinding")
    assert outcome.states == ["ReadFinding"]
    for word in REFUSED[name][1]:
        assert word in sentence(outcome)


FORMS: dict[str, Event] = {
    "bare": finding(1)["detail"],
    "as-get-findings-gives-it": pascal(finding(1)["detail"]),
    "as-get-findings-gives-it-in-an-event": finding(1) | {"detail": pascal(finding(1)["detail"])},
}


@pytest.mark.parametrize("name", FORMS)
def test_a_finding_started_by_hand_is_posted_like_its_event(machine: Machine, name: str) -> None:
    outcome = machine.run(FORMS[name])
    assert outcome.end == "Notified"
    assert parse(outcome.output).resources == parse(finding(1)).resources
    assert len(machine.posts(ONE)) == 1
    assert machine.run(finding(1)).end == "AlreadyNotified", "it is the same update of the same finding"


@pytest.mark.parametrize(
    ("function", "end", "error"),
    [
        pytest.param("look-up-account", "Notified", None, id="account"),
        pytest.param("look-up-resource-tags", "Notified", None, id="tags"),
        pytest.param("check-suppression-list", "Notified", None, id="suppression"),
        pytest.param("post-to-slack", "PostToSlack", "InvalidFinding", id="post"),
    ],
)
def test_what_was_read_is_not_refused_later_but_by_the_post(
    machine: Machine, function: str, end: str, error: str | None
) -> None:
    def refuse(name: str, _: object) -> None:
        if name == function:
            raise InvalidFinding("detail.severity is missing")

    machine.disturb = refuse
    outcome = machine.run(finding(1))
    assert (outcome.end, outcome.error) == (end, error)
    assert machine.count(function) == 1


# --- an event that carries identifiers only ----------------------------------------------------------------

SEQUENCE = event("attack-sequence")


@pytest.fixture
def guardduty() -> Iterator[GuardDutyStandIn]:
    with GuardDutyStandIn([SEQUENCE["detail"]]) as stand_in:
        yield stand_in


class TestIdentifiers:
    @pytest.fixture
    def machine(self, slack: SlackStandIn, guardduty: GuardDutyStandIn) -> Iterator[Machine]:
        with Machine(slack, AWS_ENDPOINT_URL_GUARDDUTY=guardduty.url) as machine:
            yield machine

    def test_the_rest_is_fetched_once(self, machine: Machine, guardduty: GuardDutyStandIn) -> None:
        outcome = machine.run(identifiers(SEQUENCE))
        assert outcome.end == "Notified"
        assert parse(outcome.output).signals == parse(SEQUENCE).signals
        assert (guardduty.calls["ListDetectors"], guardduty.calls["GetFindings"]) == (1, 1)
        assert "only identifiers are shown" not in shown(machine.messages()[0])

    @pytest.mark.parametrize(
        ("fault", "fetches", "says"),
        [
            pytest.param(AwsFault("GetFindings", times=2), 3, "", id="throttled-for-a-while"),
            pytest.param(AwsFault("GetFindings", times=99), 4, "guardduty:GetFindings", id="throttled-for-good"),
            pytest.param(AwsFault("GetFindings", "AccessDeniedException", 403), 1, "AccessDenied", id="refused"),
        ],
    )  # fmt: skip
    def test_a_fetch_that_fails(
        self, machine: Machine, guardduty: GuardDutyStandIn, fault: AwsFault, fetches: int, says: str
    ) -> None:
        guardduty.script(fault)
        outcome = machine.run(identifiers(SEQUENCE))
        assert (outcome.end, guardduty.calls["GetFindings"]) == ("Notified", fetches)
        assert ("ReadFindingByIdentifiers" in outcome.states) is bool(says)
        [message] = machine.messages()
        assert ("only identifiers are shown" in shown(message)) is bool(says)
        assert says in shown(message)
        assert outcome.output["claim"]["finding_id"] == SEQUENCE["detail"]["id"]

    def test_what_guardduty_does_not_list_is_posted_by_its_identifiers(
        self, machine: Machine, guardduty: GuardDutyStandIn
    ) -> None:
        gone = identifiers(event("attack-sequence", id=ONE))
        outcome = machine.run(gone)
        assert outcome.end == "Notified"
        assert outcome.output["not_fetched"] == {"why": f"GuardDuty lists no finding {ONE}"}
        assert guardduty.calls["GetFindings"] == 4, "its list may be behind"
        assert f"GuardDuty lists no finding {ONE}" in shown(machine.messages()[0])
        assert machine.run(gone).end == "AlreadyNotified"

    def test_an_event_behind_a_list_that_is_late(self, machine: Machine, guardduty: GuardDutyStandIn) -> None:
        late = event("attack-sequence", id=ONE)

        def listed(name: str, _: object) -> None:
            if name == "read-finding" and machine.count(name) == 2:
                guardduty.put(late["detail"])

        machine.disturb = listed
        outcome = machine.run(identifiers(late))
        assert (outcome.end, "not_fetched" in outcome.output) == ("Notified", False)
        assert parse(outcome.output).signals == parse(late).signals


def test_a_function_that_does_not_run_is_waited_for_an_hour_and_then_redriven(slack: SlackStandIn) -> None:
    def crash(name: str, _: object) -> None:
        if name == "read-finding":
            raise crash_of_the_runtime()

    with Machine(slack, at=datetime(2026, 11, 20, 12, tzinfo=UTC)) as machine:
        began = machine.now
        machine.disturb = crash
        failed = machine.run(finding(1))
        assert (failed.status, failed.end) == ("FAILED", "ReadFindingByIdentifiers")
        assert (machine.now - began).total_seconds() > 3600
        machine.disturb = lambda *_: None
        again = machine.redrive(failed)
        assert (again.end, "not_fetched" in again.output) == ("Notified", False)
        assert len(machine.posts(ONE)) == 1


# --- looking up the account --------------------------------------------------------------------------------


def crash_of_the_runtime() -> Exception:
    """Named as Lambda names it, which no class in code could be."""
    crashed: Exception = type("Runtime.ExitError", (Exception,), {})("signal: killed")
    return crashed


class TestAccount:
    def test_its_name_is_posted(self, machine: Machine) -> None:
        outcome = machine.run(finding(1))
        found = outcome.output["enrichment"]["account"]
        assert found["name"] == "payments-prod"
        assert found["ou_path"].startswith("o-")
        assert "payments-prod (111122223333)" in shown(machine.messages()[0])

    def test_the_root_address_reaches_no_execution(self, machine: Machine) -> None:
        assert "root@example.com" not in history(machine, machine.run(finding(1)))

    def test_a_burst_makes_one_call(self, machine: Machine) -> None:
        """All accounts are listed, and none is asked for by itself."""
        calls: list[str] = []
        with (
            breaking(OrganizationsBackend, "describe_account", lambda *_, **__: calls.append("one")),
            breaking(OrganizationsBackend, "list_accounts", lambda *_, **__: calls.append("all")),
        ):
            machine.run(finding(1))
            machine.run_all([finding(number) for number in range(2, 6)])
        assert calls == ["all"]

    def test_failing_it_is_posted_by_its_id(self, slack: SlackStandIn) -> None:
        """Refused, throttled twice, throttled for good and crashed for good, each on an account of its own."""
        left = {"100000000002": 2, "100000000003": 99, "100000000004": 99}

        def fault(_: object, **asked: str) -> None:
            account = asked["AccountId"]
            if account == "100000000001":
                raise JsonRESTError("AccessDeniedException", "not yours to see")
            left[account] -= 1
            if left[account] >= 0:
                raise (
                    crash_of_the_runtime()
                    if account.endswith("4")
                    else JsonRESTError("TooManyRequestsException", "")
                )

        accounts = {"100000000002": "patient"}
        with (
            Machine(slack, accounts=accounts) as machine,
            breaking(OrganizationsBackend, "describe_account", fault),
        ):
            outcomes = machine.run_all(
                [finding(number, accountId=f"10000000000{number}") for number in range(1, 5)]
            )
            messages = [shown(machine.posts(f"{number:032x}")[0]) for number in range(1, 5)]
        refused, patient, throttled, crashed = (one.output["enrichment"]["account"] for one in outcomes)
        assert {outcome.end for outcome in outcomes} == {"Notified"}
        assert refused["error"] == "AccessDeniedException"
        assert (patient["name"], "error" in patient) == ("patient", False)
        assert throttled["error"] == "AWSUnavailable"
        assert crashed["error"] == "Runtime.ExitError"
        assert [f"10000000000{number}" in message for number, message in enumerate(messages, 1)] == [True] * 4
        assert "patient (100000000002)" in messages[1]

    def test_the_own_account_without_an_organisation_asks_itself(
        self, slack: SlackStandIn, httpserver: HTTPServer
    ) -> None:
        httpserver.expect_oneshot_request("/getAccountInformation").respond_with_json(
            {"AccountId": ACCOUNT, "AccountName": "lone"}
        )

        def no_organisation(*_: object, **__: object) -> None:
            raise JsonRESTError("AWSOrganizationsNotInUseException", "none")

        with (
            Machine(slack, AWS_ENDPOINT_URL_ACCOUNT=httpserver.url_for("").rstrip("/")) as machine,
            breaking(OrganizationsBackend, "describe_account", no_organisation),
            breaking(OrganizationsBackend, "list_accounts", no_organisation),
        ):
            own = machine.run(finding(1, accountId=ACCOUNT))
            other = machine.run(finding(2))
        assert own.output["enrichment"]["account"]["name"] == "lone"
        assert "lone (123456789012)" in shown(machine.posts(ONE)[0])
        assert other.output["enrichment"]["account"]["error"] == "AWSOrganizationsNotInUseException"
        assert other.end == "Notified"


# --- looking up tags ---------------------------------------------------------------------------------------


def volume_finding(account: str, region: str, volume: str) -> Event:
    """A finding about one volume, which GuardDuty gives no tags."""
    made = event("ebs-malware", id=ONE, accountId=account, region=region)
    arn = f"arn:aws:ec2:{region}:{account}:volume/{volume}"
    made["detail"]["resource"] = {
        "resourceType": "Instance",
        "ebsVolumeDetails": {"scannedVolumeDetails": [{"volumeArn": arn}]},
    }
    return made


def tagged_volume(region: str, **credentials: str) -> str:
    ec2 = boto3.client("ec2", region_name=region, **credentials)  # type: ignore[call-overload]
    tags = [{"ResourceType": "volume", "Tags": [{"Key": "Team", "Value": "ledger"}]}]
    made = ec2.create_volume(AvailabilityZone=f"{region}a", Size=1, TagSpecifications=tags)
    return str(made["VolumeId"])


def credentials_in(account: str) -> dict[str, str]:
    arn = f"arn:aws:iam::{account}:role/somebody"
    given_ = boto3.client("sts").assume_role(RoleArn=arn, RoleSessionName="somebody")["Credentials"]
    return {
        "aws_access_key_id": given_["AccessKeyId"],
        "aws_secret_access_key": given_["SecretAccessKey"],
        "aws_session_token": given_["SessionToken"],
    }


class TestTags:
    def test_from_inside_the_finding(self, machine: Machine) -> None:
        tags = machine.run(finding(1)).output["enrichment"]["tags"]
        assert tags["source"] == "finding"
        assert tags["tags"]["i-0a1b2c3d4e5f60718"]["Team"] == "payments"
        assert "Team=payments" in shown(machine.messages()[0])

    def test_asked_live_in_the_region_of_the_finding(self, machine: Machine) -> None:
        volume = tagged_volume("ap-northeast-1")
        tags = machine.run(volume_finding(ACCOUNT, "ap-northeast-1", volume)).output["enrichment"]["tags"]
        assert tags["source"] == "live"
        assert list(tags["tags"].values()) == [{"Team": "ledger"}]
        assert "owner ledger" in shown(machine.messages()[0])

    def test_of_an_iam_user_and_of_a_role(self, machine: Machine) -> None:
        iam = boto3.client("iam")
        iam.create_user(UserName="alice", Tags=[{"Key": "Team", "Value": "people"}])
        iam.create_role(
            RoleName="Deploy", AssumeRolePolicyDocument="{}", Tags=[{"Key": "Team", "Value": "robots"}]
        )
        user = machine.run(event("iam-user-anomaly", accountId=ACCOUNT))
        role = machine.run(event("iam-user-tor", accountId=ACCOUNT))
        assert user.output["enrichment"]["tags"]["tags"] == {"AKIAIOSFODNN7EXAMPLE": {"Team": "people"}}
        assert role.output["enrichment"]["tags"]["tags"] == {"ASIAIOSFODNN7EXAMPLE": {"Team": "robots"}}
        assert ["owner people" in shown(one) for one in machine.messages()] == [True, False]

    def test_through_the_role_in_a_member_account(self, slack: SlackStandIn) -> None:
        with Machine(slack, TAG_READER_ROLE_NAME=ROLE) as machine:
            volume = tagged_volume("ap-northeast-1", **credentials_in(MEMBER))
            outcome = machine.run(volume_finding(MEMBER, "ap-northeast-1", volume))
            own = machine.run(volume_finding(ACCOUNT, "ap-northeast-1", volume) | {"time": "later"})
        assert list(outcome.output["enrichment"]["tags"]["tags"].values()) == [{"Team": "ledger"}]
        assert own.output["enrichment"]["tags"] == {"source": "none", "tags": {}}

    def test_none_and_why(self, machine: Machine) -> None:
        """Not to be asked, refused, and a principal that is gone: posted without tags."""
        unset = machine.run(volume_finding(MEMBER, "eu-west-1", "vol-0"))
        gone = machine.run(event("iam-user-anomaly", accountId=ACCOUNT))
        assert "TAG_READER_ROLE_NAME is not set" in unset.output["enrichment"]["tags"]["note"]
        assert gone.output["enrichment"]["tags"]["source"] == "none"
        assert gone.output["enrichment"]["tags"]["error"] == "NoSuchEntityException"
        assert (unset.end, gone.end) == ("Notified", "Notified")

    def test_a_sample_is_not_asked_about(self, slack: SlackStandIn) -> None:
        with Machine(slack, TAG_READER_ROLE_NAME=ROLE) as machine:
            sample = volume_finding(MEMBER, "eu-west-1", "vol-0")
            sample["detail"]["service"]["additionalInfo"] = {"sample": True}
            tags = machine.run(sample).output["enrichment"]["tags"]
        assert tags == {"source": "none", "tags": {}}


# --- the suppression list ----------------------------------------------------------------------------------


def put_rule(machine: Machine, **attributes: Any) -> None:
    """Add a rule as DynamoDB keeps it: a list as L, a set as SS, a number as N."""
    machine.aws.client("dynamodb").put_item(
        TableName=f"guardduty-notifier-{STAGE}-suppressions",
        Item={name: TypeSerializer().serialize(value) for name, value in attributes.items()},
    )


def rule_item(machine: Machine, finding_type: str, rule: str) -> dict[str, str]:
    key = {"finding_type": {"S": finding_type}, "rule": {"S": rule}}
    found = machine.aws.client("dynamodb").get_item(
        TableName=f"guardduty-notifier-{STAGE}-suppressions", Key=key
    )
    return {name: next(iter(value.values())) for name, value in found.get("Item", {}).items()}


# name → (event, rule's attributes, whether the rule hides it); every finding has a type of its own, which is the
# rule's finding_type where none is given
STAR_ACCOUNT = "555566667777"
SUPPRESSIONS: dict[str, tuple[str, dict[str, Any], bool]] = {
    "full-type": ("example", {}, True),
    "another-type": ("example", {"finding_type": "Recon:EC2/Other"}, False),
    "account-id": ("example", {"account_id": "111122223333"}, True),
    "account-id-wildcard": ("example", {"account_id": "1111*"}, True),
    "account-id-number": ("example", {"account_id": 111122223333}, True),
    "another-account": ("example", {"account_id": "444455556666"}, False),
    "account-name": ("example", {"account_name": "payments-*"}, True),
    "another-name": ("example", {"account_name": "data-*"}, False),
    "ou-path": ("example", {"ou_path": "o-*/r-*/*"}, True),
    "another-ou": ("example", {"ou_path": "o-*/r-*/ou-sandbox/*"}, False),
    "region-of-a-list": ("example", {"region": ["us-east-1", "eu-west-1"]}, True),
    "another-region": ("example", {"region": "us-*"}, False),
    "resource-of-a-set": ("example", {"resource_id": {"i-0000", "i-0a1b2c3d4e5f60718"}}, True),
    "resource-arn": ("example", {"resource_id": "arn:aws:ec2:*:*:instance/i-0a1b*"}, True),
    "another-resource": ("example", {"resource_id": "i-0000*"}, False),
    "principal": ("iam-user-anomaly", {"principal": "ali?e"}, True),
    "another-principal": ("iam-user-anomaly", {"principal": "bob"}, False),
    "tag-with-value": ("example", {"tag": "Team=pay*"}, True),
    "tag-key": ("example", {"tag": "Owner"}, True),
    "another-tag": ("example", {"tag": "Team=ledger"}, False),
    "actor-in-cidr": ("example", {"actor_ip": "198.51.100.0/24"}, True),
    "not-every-actor": ("ec2-port-probe", {"actor_ip": "198.51.100.0/24"}, False),
    "every-actor-of-a-list": ("ec2-port-probe", {"actor_ip": ["198.51.100.0/24", "203.0.113.80",
                                                              "192.0.2.14"]}, True),
    "no-actor": ("ec2-dns-request", {"actor_ip": "0.0.0.0/0"}, False),
    "domain": ("ec2-dns-request", {"domain": "*.example.com"}, True),
    "another-domain": ("ec2-dns-request", {"domain": "*.example.net"}, False),
    "all-conditions-must-hold": ("example", {"region": "eu-west-1", "tag": "Team=ledger"}, False),
    "up-to-its-severity": ("example", {"max_severity": 8}, True),
    "above-its-severity": ("example", {"max_severity": Decimal("7.9")}, False),
    "severity-as-text": ("example", {"max_severity": "8.5"}, True),
    "critical-is-not-hidden": ("attack-sequence", {}, False),
    "critical-is-hidden-on-purpose": ("attack-sequence", {"max_severity": 10}, True),
    "not-yet-expired": ("example", {"expires_at": "2199-12-31"}, True),
    "expired": ("example", {"expires_at": "2026/01/31"}, False),
    "expired-epoch": ("example", {"expires_at": 1_700_000_000}, False),
    "switched-off": ("example", {"enabled": False}, False),
    "unknown-attribute": ("example", {"acount_id": "444455556666"}, False),
    "no-reason": ("example", {"reason": ""}, False),
    "unreadable-date": ("example", {"expires_at": "soon"}, False),
    "star-with-a-condition": ("example", {"finding_type": "*", "account_id": STAR_ACCOUNT}, True),
    "star-without": ("example", {"finding_type": "*"}, False),
    "family": ("example", {"finding_type": "Row:Family/*"}, True),
    "any-purpose": ("example", {"finding_type": "*:Anything/*", "tag": "Team=payments",
                                "max_severity": 8, "expires_at": "2199-12-31"}, True),
}  # fmt: skip
OWN_TYPES = {
    "family": "Row:Family/Thing",
    "any-purpose": "Row:Anything/Thing",
    "critical-is-not-hidden": "AttackSequence:Row/One",
    "critical-is-hidden-on-purpose": "AttackSequence:Row/Two",
}
FAULTY = {"unknown-attribute", "no-reason", "unreadable-date", "star-without"}


def suppressible(number: int, name: str) -> Event:
    kind = OWN_TYPES.get(name, f"Row{number}:EC2/Thing")
    account = {"accountId": STAR_ACCOUNT} if name == "star-with-a-condition" else {}
    return event(SUPPRESSIONS[name][0], id=f"{number:032x}", type=kind, **account)


@pytest.fixture(scope="module")
def suppressed() -> dict[str, tuple[Outcome, dict[str, str]]]:
    """The whole table at once: each row's outcome, and its rule's item afterwards."""
    events = [suppressible(number, name) for number, name in enumerate(SUPPRESSIONS, 1)]
    keys = []
    with SlackStandIn() as slack, Machine(slack) as machine:
        for (name, (_, attributes, _)), made in zip(SUPPRESSIONS.items(), events, strict=True):
            item = {"finding_type": made["detail"]["type"], "rule": name, "reason": "scanner"} | attributes
            put_rule(machine, **item)
            keys.append((item["finding_type"], name))
        outcomes = machine.run_all(events)
        items = [rule_item(machine, *key) for key in keys]
    return dict(zip(SUPPRESSIONS, zip(outcomes, items, strict=True), strict=True))


@pytest.mark.parametrize("name", SUPPRESSIONS)
def test_each_condition_of_a_rule(suppressed: dict[str, tuple[Outcome, dict[str, str]]], name: str) -> None:
    outcome, item = suppressed[name]
    hidden = SUPPRESSIONS[name][2]
    assert outcome.end == ("Suppressed" if hidden else "Notified")
    assert (outcome.output["verdict"]["rule"] or {}).get("rule") == (name if hidden else None)
    assert item.get("match_count") == ("1" if hidden else None)
    assert ("last_matched_at" in item) is hidden
    assert (name in [fault["rule"] for fault in outcome.output["verdict"]["faulty"]]) is (name in FAULTY)


class TestSuppression:
    def test_a_suppressed_finding_says_by_which_rule_and_why(self, machine: Machine) -> None:
        machine.suppress(
            finding_type="Backdoor:EC2/*", rule="lab", reason="a test range", owner="jane", ticket="SEC-1"
        )
        outcomes = [machine.run(finding(1)), machine.run(finding(2))]
        for outcome in outcomes:
            assert outcome.end == "Suppressed"
            assert "RecordSuppression" in outcome.states
        rule = outcomes[0].output["verdict"]["rule"]
        assert (rule["finding_type"], rule["rule"], rule["reason"]) == (
            "Backdoor:EC2/*",
            "lab",
            "a test range",
        )
        assert rule_item(machine, "Backdoor:EC2/*", "lab")["match_count"] == "2"
        assert not machine.slack.requests

    def test_a_rule_that_was_edited_holds_at_once(self, machine: Machine) -> None:
        rule = {"finding_type": "Backdoor:EC2/*", "rule": "lab", "reason": "a test range"}
        machine.suppress(**rule)
        assert machine.run(finding(1)).end == "Suppressed"
        machine.suppress(**rule, enabled=False)
        assert machine.run(finding(2)).end == "Notified"

    def test_a_rule_deleted_meanwhile_is_not_brought_back(self, machine: Machine) -> None:
        machine.suppress(finding_type="Backdoor:EC2/*", rule="lab", reason="a test range")
        dynamodb = machine.aws.client("dynamodb")
        key = {"finding_type": {"S": "Backdoor:EC2/*"}, "rule": {"S": "lab"}}
        deleted: list[object] = []

        def delete(operation: str, arguments: object) -> bool:
            if operation == "update_item" and "match_count" in repr(arguments) and not deleted:
                deleted.append(key)
                dynamodb.delete_item(TableName=f"guardduty-notifier-{STAGE}-suppressions", Key=key)
            return False

        machine.break_dynamodb(delete, "never")
        assert machine.run(finding(1)).end == "Suppressed"
        assert deleted
        assert rule_item(machine, "Backdoor:EC2/*", "lab") == {}

    def test_counting_may_fail(self, machine: Machine) -> None:
        machine.suppress(finding_type="Backdoor:EC2/*", rule="lab", reason="a test range")
        machine.break_dynamodb(
            lambda name, arguments: name == "update_item" and "match_count" in repr(arguments),
            "ValidationException",
            times=99,
        )
        outcome = machine.run(finding(1))
        assert (outcome.status, outcome.end, machine.broken) == ("SUCCEEDED", "Suppressed", 4)
        assert "match_count" not in rule_item(machine, "Backdoor:EC2/*", "lab")
        assert not machine.slack.requests

    def test_a_faulty_rule_is_named_in_message_and_execution(self, machine: Machine) -> None:
        machine.suppress(finding_type="Backdoor:EC2/*", rule="typo", reason="lab", acount_id="1" * 12)
        outcome = machine.run(finding(1))
        [fault] = outcome.output["verdict"]["faulty"]
        assert (fault["rule"], fault["why"]) == ("typo", "unknown attribute acount_id, perhaps account_id")
        said = shown(machine.messages()[0])
        assert "Suppression rule Backdoor:EC2/ typo is faulty and was not applied: unknown attribute" in said

    @pytest.mark.parametrize(
        ("error", "calls", "says"),
        [
            pytest.param("ResourceNotFoundException", 1, "ResourceNotFound", id="refused-at-once"),
            pytest.param("ThrottlingException", 4, "ThrottlingException", id="throttled-for-good"),
        ],
    )
    def test_an_unreadable_list_is_posted_with_a_line(
        self, machine: Machine, error: str, calls: int, says: str
    ) -> None:
        machine.suppress(finding_type="Backdoor:EC2/*", rule="lab", reason="a test range")
        machine.break_dynamodb(
            lambda name, asked: name == "query" and "suppressions" in str(asked), error, times=99
        )
        outcome = machine.run(finding(1))
        assert "SuppressionListUnreadable" in outcome.states
        assert (outcome.end, machine.count("check-suppression-list")) == ("Notified", calls)
        assert says in str(outcome.output["verdict"])
        assert "The suppression list could not be read" in shown(machine.messages()[0])
        assert says in shown(machine.messages()[0])


# --- post -----------------------------------------------------------------------------------------------

SECRET = "xoxb-1111-2222-do-not-show-me"
WEBHOOK = "/services/T00000000/B00000000/do-not-show-me"


def history(machine: Machine, outcome: Outcome) -> str:
    """All that the console and DescribeExecution show of an execution."""
    pages = machine.stepfunctions.get_paginator("get_execution_history").paginate(executionArn=outcome.arn)
    events = [one for page in pages for one in page["events"]]
    described = machine.stepfunctions.describe_execution(executionArn=outcome.arn)
    return json.dumps([events, described], default=str)


def put_secret(machine: Machine, value: str) -> None:
    machine.aws.client("ssm").put_parameter(
        Name=f"/guardduty-notifier/{STAGE}/slack", Value=value, Type="SecureString", Overwrite=True
    )


class TestRefusedMessage:
    @pytest.mark.parametrize("error", ["invalid_blocks", "msg_blocks_too_long", "invalid_attachments"])
    def test_the_essentials_go_as_plain_text(self, machine: Machine, error: str) -> None:
        machine.slack.script(SlackFault(error=error))
        assert machine.run(finding(1)).end == "Notified"
        assert [request.error for request in machine.slack.requests] == [error, ""]
        [message] = machine.messages()
        assert not {"blocks", "attachments"} & message.payload.keys()
        for word in ("Backdoor:EC2/C&amp;CActivity.B", "payments-prod", "111122223333", "eu-west-1",
                     "i-0a1b2c3d4e5f60718", "Team", f"fId={ONE}", "High 8.0"):  # fmt: skip
            assert word in shown(message)
        assert machine.count("post-to-slack") == 1

    def test_an_update_goes_as_plain_text_too(self, machine: Machine) -> None:
        machine.run(finding(1))
        machine.slack.script(SlackFault(error="invalid_blocks", method="chat.update"))
        assert machine.run(finding(1, 5)).end == "Notified"
        [message] = machine.messages()
        assert [update["blocks"] for update in message.updates] == [[]]

    def test_refused_once_more_it_fails_for_a_redrive(self, machine: Machine) -> None:
        machine.slack.script(SlackFault(error="invalid_blocks", times=2))
        outcome = machine.run(finding(1))
        assert (outcome.error, outcome.end, len(machine.slack.requests)) == (
            "SlackRejected",
            "PostToSlack",
            2,
        )

    def test_through_a_webhook(self, slack: SlackStandIn) -> None:
        slack.script(SlackFault(error="invalid_blocks", method="webhook"))
        with Machine(slack, secret=slack.webhook_url) as machine:
            assert machine.run(finding(1)).end == "Notified"
        [message] = machine.messages("#webhook")
        assert "blocks" not in message.payload


class TestSecret:
    def test_a_changed_token_is_read_anew_and_used(self, slack: SlackStandIn) -> None:
        with Machine(slack, secret="xoxb-old") as machine:
            machine.run(finding(1))
            slack.tokens = {"xoxb-new"}
            put_secret(machine, "xoxb-new")
            assert machine.run(finding(2)).end == "Notified"
            assert [request.error for request in slack.requests] == ["", "invalid_auth", ""]
            assert machine.run(finding(3)).end == "Notified"
            assert len(slack.requests) == 4, "the new one is kept"

    def test_a_bad_one_that_has_not_changed_fails_after_one_request(self, slack: SlackStandIn) -> None:
        slack.tokens = {"xoxb-good"}
        with Machine(slack, secret="xoxb-bad") as machine:
            failed = machine.run(finding(1))
            assert (failed.error, failed.end, len(slack.requests)) == ("SlackRejected", "PostToSlack", 1)
            assert (
                "Put a valid bot token into the parameter that SLACK_SECRET_PARAMETER names" in failed.cause
            )
            put_secret(machine, "xoxb-good")
            assert machine.redrive(failed).end == "Notified"

    def test_a_token_changed_to_a_webhook(self, slack: SlackStandIn) -> None:
        slack.tokens = set()
        with Machine(slack) as machine:
            put_secret(machine, slack.webhook_url)
            assert machine.run(finding(1)).end == "Notified"
            assert len(machine.messages("#webhook")) == 1

    def test_missing_it_fails_in_place_and_a_redrive_posts(self, machine: Machine) -> None:
        machine.aws.client("ssm").delete_parameter(Name=f"/guardduty-notifier/{STAGE}/slack")
        failed = machine.run(finding(1))
        assert (failed.error, failed.end) == ("InvalidSettings", "PostToSlack")
        assert "/guardduty-notifier/local/slack could not be read: ParameterNotFound" in failed.cause
        assert "aws ssm put-parameter" in failed.cause
        assert machine.count("post-to-slack") == 1
        put_secret(machine, "xoxb-good")
        assert machine.redrive(failed).end == "Notified"
        assert len(machine.messages()) == 1

    def test_garbage_fails_in_place_and_a_redrive_posts(self, slack: SlackStandIn) -> None:
        with Machine(slack, secret="hunter2-garbage") as machine:
            failed = machine.run(finding(1))
            assert (failed.error, failed.end) == ("InvalidSettings", "PostToSlack")
            assert "must be a bot token (xoxb-…) or the URL of an incoming webhook" in sentence(failed)
            assert "hunter2" not in history(machine, failed)
            put_secret(machine, "xoxb-good")
            assert machine.redrive(failed).end == "Notified"

    @pytest.mark.parametrize(
        ("secret", "faults", "status"),
        [
            pytest.param(SECRET, (), "SUCCEEDED", id="token-taken"),
            pytest.param(SECRET, (SlackFault(error="invalid_auth", times=2),), "FAILED", id="token-refused"),
            pytest.param(SECRET, (SlackFault(reset=True),), "SUCCEEDED", id="token-reset"),
            pytest.param(WEBHOOK, (), "SUCCEEDED", id="webhook-taken"),
            pytest.param(WEBHOOK, (SlackFault(error="no_service", times=2),), "FAILED", id="webhook-refused"),
            pytest.param(WEBHOOK, (SlackFault(reset=True),), "SUCCEEDED", id="webhook-reset"),
        ],
    )
    def test_it_is_nowhere_to_be_seen(
        self,
        slack: SlackStandIn,
        caplog: pytest.LogCaptureFixture,
        capfd: pytest.CaptureFixture[str],
        secret: str,
        faults: tuple[SlackFault, ...],
        status: str,
    ) -> None:
        caplog.set_level(logging.INFO)
        slack.script(*faults)
        url = slack.url.removesuffix("/api") + secret if secret.startswith("/") else secret
        with Machine(slack, secret=url) as machine:
            outcome = machine.run(finding(1))
            seen = history(machine, outcome)
        out, err = capfd.readouterr()
        assert outcome.status == status
        assert slack.requests
        assert "do-not-show-me" not in seen + outcome.cause + out + err + caplog.text
        assert "do-not-show-me" not in json.dumps([request.body for request in slack.requests])

    def test_slack_is_not_there_and_the_webhook_is_not_shown(self, slack: SlackStandIn) -> None:
        slack.stop()
        with Machine(slack, secret=slack.url.removesuffix("/api") + WEBHOOK) as machine:
            arn = machine.start(finding(1))
            wait_until(lambda: machine.count("post-to-slack") >= 2)
            slack.start()
            outcome = machine.wait(arn)
            seen = history(machine, outcome)
        assert outcome.end == "Notified"
        assert "No connection to Slack" in seen
        assert "do-not-show-me" not in seen


class TestWebhook:
    def test_it_posts_in_the_channel_it_is_bound_to(self, slack: SlackStandIn) -> None:
        with Machine(slack, secret=slack.webhook_url) as machine:
            outcome = machine.run(finding(1))
            assert "ts" not in machine.item(ONE)
        assert (outcome.end, len(machine.messages("#webhook"))) == ("Notified", 1)
        assert [request.method for request in slack.requests] == ["webhook"]

    def test_what_slack_says_of_a_dead_one_says_what_to_do(self, slack: SlackStandIn) -> None:
        slack.webhooks = set()
        with Machine(slack, secret=slack.webhook_url) as machine:
            failed = machine.run(finding(1))
        assert (failed.error, len(slack.requests)) == ("SlackRejected", 1)
        assert "Put a valid bot token or webhook URL into the parameter" in failed.cause


class TestRoutes:
    def test_to_a_channel_calling_somebody(self, machine: Machine) -> None:
        machine.put(
            "routes",
            finding_type="Backdoor:EC2/*",
            rule="soc",
            channel="#soc",
            mention="@here",
            tag="Team=payments",
            min_severity=7,
            max_severity=8.9,
        )
        outcome = machine.run(finding(1))
        assert (outcome.end, machine.messages()) == ("Notified", [])
        [message] = machine.messages("#soc")
        assert "<!here>" in shown(message)

    def test_whom_no_route_claims_goes_to_the_usual_channel(self, machine: Machine) -> None:
        machine.put("routes", finding_type="Recon:EC2/*", rule="soc", channel="#soc")
        machine.run(finding(1))
        assert len(machine.messages()) == 1
        assert "<!" not in shown(machine.messages()[0]).replace("<!date", "")

    def test_those_of_other_types_are_not_read(self, machine: Machine) -> None:
        machine.run(finding(1))
        before = machine.dynamodb_calls.copy()
        machine.run(finding(2))
        alone, before = machine.dynamodb_calls - before, machine.dynamodb_calls.copy()
        for number in range(50):
            machine.put("routes", finding_type=f"Recon:EC2/Type{number}", rule="soc", channel="#soc")
        machine.run(finding(3))
        reads = {
            name: count for name, count in (machine.dynamodb_calls - before).items() if name != "put_item"
        }
        assert (reads, reads.get("scan")) == (dict(alone), None)

    def test_an_edit_holds_from_the_next_finding_on(self, machine: Machine) -> None:
        for number, channel in enumerate(("#soc", "#cloud"), 1):
            machine.put("routes", finding_type="*", rule="soc", channel=channel)
            machine.run(finding(number))
        machine.delete("routes", finding_type="*", rule="soc")
        machine.run(finding(3))
        assert [len(machine.messages(each)) for each in ("#soc", "#cloud", "#security")] == [1, 1, 1]

    def test_where_the_channel_refuses_it_goes_to_the_usual_one_with_a_line(self, machine: Machine) -> None:
        machine.slack.unknown = {"#gone"}
        machine.put("routes", finding_type="Backdoor:EC2/*", rule="soc", channel="#gone")
        assert machine.run(finding(1)).end == "Notified"
        [message] = machine.messages()
        assert "Meant for channel #gone, which Slack refused" in shown(message)
        assert "channel_not_found" in shown(message)
        assert [request.channel for request in machine.slack.requests] == ["#gone", "#security"]

    def test_where_both_refuse_it_fails_in_place(self, machine: Machine) -> None:
        machine.slack.unknown = {"#gone", "#security"}
        machine.put("routes", finding_type="Backdoor:EC2/*", rule="soc", channel="#gone")
        failed = machine.run(finding(1))
        assert (failed.error, failed.end, len(machine.slack.requests)) == ("SlackRejected", "PostToSlack", 2)
        assert "Invite the app to #security or correct SLACK_CHANNEL" in failed.cause

    def test_a_faulty_route_is_named(self, machine: Machine) -> None:
        machine.put("routes", finding_type="Backdoor:EC2/*", rule="soc", mention="everybody")
        machine.run(finding(1))
        assert "Route Backdoor:EC2/ soc is faulty and was not followed" in shown(machine.messages()[0])

    def test_a_sample_calls_nobody(self, machine: Machine) -> None:
        machine.put("routes", finding_type="CryptoCurrency:EC2/*", rule="soc", mention="@here")
        machine.run(event("sample"))
        assert "<!here>" not in shown(machine.messages()[0])


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        pytest.param("SLACK_CHANNEL", "", "SLACK_CHANNEL is not set", id="no-channel"),
        pytest.param("SLACK_API_URL", "https://slack.example.com/api", "SLACK_API_URL must be", id="api-url"),
        pytest.param("SLACK_MESSAGES_PER_SECOND", "fast", "SLACK_MESSAGES_PER_SECOND must be", id="pace"),
        pytest.param("MESSAGE_LANGUAGE", "de", "MESSAGE_LANGUAGE must be en or ja", id="language"),
        pytest.param("ACCESS_PORTAL_URL", "http://x", "ACCESS_PORTAL_URL must begin", id="portal"),
        pytest.param("RUNBOOK_URL", "http://x", "RUNBOOK_URL must be", id="runbook"),
    ],
)
def test_a_wrong_setting_fails_in_place_and_says_what_to_correct(
    slack: SlackStandIn, monkeypatch: pytest.MonkeyPatch, name: str, value: str, says: str
) -> None:
    with Machine(slack) as machine:
        monkeypatch.setenv(name, value)
        failed = machine.run(finding(1))
        assert (failed.error, failed.end, slack.requests) == ("InvalidSettings", "PostToSlack", [])
        assert says in sentence(failed)
        monkeypatch.undo()
        monkeypatch.setenv("SLACK_CHANNEL", "#security")
        assert machine.redrive(failed).end == "Notified" or name == "SLACK_API_URL"


# --- anything at all ---------------------------------------------------------------------------------------


@settings(max_examples=150, deadline=None, derandomize=True)
@given(mangled_events())
def test_whatever_comes_is_posted_or_refused(wild: Any) -> None:
    try:
        read = parse(wild)
    except InvalidFinding:
        return
    for payload in (render(read, MessageContext()), render_plain(read, MessageContext())):
        assert json.dumps(payload)


def wild_events(count: int) -> Iterator[Event]:
    """Mangled events as far as JSON can say them."""
    seed = 0
    while count:
        seed += 1
        made = mangled(random_event(Random(seed)), Random(seed), 6)
        try:
            json.dumps(made, allow_nan=False).encode()
        except ValueError:
            continue
        yield made
        count -= 1


def test_whatever_comes_ends_well_through_the_machine(machine: Machine) -> None:
    ends = {
        (outcome.status, outcome.error or outcome.end)
        for outcome in machine.run_all([*wild_events(10), without("id")])
    }
    assert ends == {("SUCCEEDED", "Notified"), ("FAILED", "InvalidFinding")}


UNCLEAR = SlackFault(reset=True, taken=True)
FAULTS = (
    SlackFault(retry_after=1),
    SlackFault(status=500),
    SlackFault(error="service_unavailable"),
    SlackFault(reset=True),
    UNCLEAR,
)


@pytest.fixture
def patient(slack: SlackStandIn) -> Iterator[Machine]:
    """A machine in which waits cost nothing, and executions overlap while Slack's answers are on the way."""
    with Machine(slack, at=datetime(2026, 11, 20, 12, tzinfo=UTC), slack_takes=0.1) as local:
        yield local


@pytest.mark.parametrize("seed", range(5))
def test_the_newest_update_is_posted_and_once_where_slack_was_clear(patient: Machine, seed: int) -> None:
    """Twenty findings, each updated, delivered twice and refused at random, DynamoDB throttling, all at once."""
    random = Random(seed)
    updates = {
        number: [random.choice((0, 5, 10)) for _ in range(random.randint(1, 4))] for number in range(20)
    }
    faults = {number: random.choice((None, *FAULTS)) for number in updates}
    for number, fault in faults.items():
        if fault:
            patient.slack.script(replace(fault, when=partial(_is_about, f"{number:032x}")))
    patient.break_dynamodb(
        lambda *_: random.random() < 0.05, "ProvisionedThroughputExceededException", times=20
    )
    deliveries = [
        (number, minute) for number, minutes in updates.items() for minute in (*minutes, minutes[0])
    ]
    random.shuffle(deliveries)
    outcomes = patient.run_all(
        [finding(number, minute, service={"count": 20 + minute}) for number, minute in deliveries]
    )
    assert {outcome.end for outcome in outcomes} <= {"Notified", "AlreadyNotified", "Superseded"}
    for number, minutes in updates.items():
        newest, item = max(minutes), patient.item(f"{number:032x}")
        assert item["notified_update"] == f"2026-11-20T10:{newest:02d}:00.000Z"
        assert not {"attempt", "attempt_until", "attempted_update", "unanswered"} & item.keys()
        *earlier, message = patient.posts(f"{number:032x}")
        assert message.ts == item["ts"]
        assert f"{20 + newest} times since" in shown(message)
        assert not earlier or (faults[number] is UNCLEAR and "ossibly repeated" in shown(message))
        assert len(earlier) < 2


def _is_about(finding_id: str, body: Mapping[str, Any]) -> bool:
    return finding_id in json.dumps(body)


def test_the_clock_of_an_execution_is_now(machine: Machine) -> None:
    before = instant(datetime.now(UTC))
    machine.run(finding(1))
    assert before <= machine.item(ONE)["notified_at"] <= instant(datetime.now(UTC))


def test_ssm_is_asked_once_for_many(machine: Machine) -> None:
    calls = []
    with breaking(SimpleSystemManagerBackend, "get_parameter", lambda *_, **__: calls.append(1)):
        machine.run(finding(1))
        machine.run_all([finding(number) for number in range(2, 5)])
    assert len(calls) == 1
