"""Attack sequences: steps in order of time, everything in the account and region where it is."""

from datetime import UTC, datetime

import pytest

from chalicelib.finding.event import parse
from chalicelib.finding.model import Actor, Detail, Finding, Form
from tests.generate import Json, envelope, example


def with_sequence(**sequence: Json) -> Finding:
    least = {"id": "1", "type": "A:B/C", "severity": 9.5, "accountId": "111122223333", "region": "eu-west-1"}
    return parse(envelope({**least, "service": {"detection": {"sequence": sequence}}}))


@pytest.fixture
def finding() -> Finding:
    return parse(example("attack-sequence"))


def test_steps_come_in_order_of_time(finding: Finding) -> None:
    assert [signal.name for signal in finding.signals] == [
        "UnauthorizedAccess:IAMUser/TorIPCaller",
        "Trail deleted",
        "Unusual reads of S3 objects",
        "Command and control domain queried",
    ]


def test_a_step(finding: Finding) -> None:
    reads = finding.signals[2]
    assert (reads.count, reads.severity) == (1200, 8.0)
    assert reads.first_seen == datetime(2026, 11, 20, 9, 10, tzinfo=UTC)
    assert reads.last_seen == datetime(2026, 11, 20, 9, 41, 36, tzinfo=UTC)
    assert reads.description == "Many objects of example-invoices were read."


def test_a_step_without_description_says_its_calls(finding: Finding) -> None:
    assert finding.signals[1].description == "cloudtrail:DeleteTrail, iam:AttachRolePolicy"


def test_the_description_of_the_sequence_stands_in(finding: Finding) -> None:
    assert finding.description.startswith("A sequence of actions involving 4 signals")


def test_accounts_and_regions_are_complete(finding: Finding) -> None:
    assert finding.accounts == ("111122223333", "444455556666")
    assert finding.regions == ("eu-west-1", "us-east-1")


def test_resources_stand_in_their_own_account(finding: Finding) -> None:
    posted = [(each.kind, each.ids[0], each.account_id, each.region) for each in finding.resources]
    assert posted == [
        ("access_key", "AKIAIOSFODNN7EXAMPLE", "111122223333", "eu-west-1"),
        ("s3_bucket", "example-invoices", "111122223333", "eu-west-1"),
        ("s3_object", "2026/11.csv", "111122223333", "eu-west-1"),
        ("ec2_instance", "i-0b1c2d3e4f5061728", "444455556666", "us-east-1"),
        ("ec2_network_interface", "eni-0123456789abcdef1", "444455556666", "us-east-1"),
    ]
    assert all(each.listed for each in finding.resources)


def test_an_instance_of_a_sequence(finding: Finding) -> None:
    instance = finding.resources[3]
    assert instance.arn == "arn:aws:ec2:us-east-1:444455556666:instance/i-0b1c2d3e4f5061728"
    assert instance.name == "etl-1"
    assert ("Team", "data") in instance.tags
    assert Detail("instance_profile", "arn:aws:iam::444455556666:instance-profile/etl") in instance.details


def test_actors_then_endpoints(finding: Finding) -> None:
    assert finding.actors == (
        Actor(user="alice", account="payments-prod"),
        Actor(user="Deploy", account="data-prod"),
        Actor(
            address="198.51.100.66",
            port="443",
            country="Germany",
            city="Berlin",
            organisation="Example Tor",
            asn="64503",
        ),
        Actor(address="c2.example.com", port="8443"),
    )
    assert [process.role for process in finding.processes] == ["actor"]


def test_tactics_and_techniques(finding: Finding) -> None:
    assert finding.tactics == ("Initial Access", "Defense Evasion", "Exfiltration")
    assert finding.techniques[0] == "T1078.004 - Valid Accounts: Cloud Accounts"


@pytest.mark.parametrize(
    "detail",
    [
        pytest.param(Detail("api", "s3:GetObject"), id="call"),
        pytest.param(Detail("tor", "198.51.100.66"), id="tor-once-although-in-step-and-sequence"),
        pytest.param(Detail("malicious_domain", "c2.example.com", Form.DOMAIN), id="domain"),
        pytest.param(Detail("high_risk_api", "cloudtrail:DeleteTrail"), id="risky-api"),
        pytest.param(Detail("user_agent", "python-requests/2.32"), id="user-agent"),
        pytest.param(Detail("mfa", "DISABLED", Form.TEXT), id="mfa"),
        pytest.param(Detail("further_sequence_type", "AttackSequence:S3/CompromisedData"), id="type"),
    ],
)
def test_what_was_observed(finding: Finding, detail: Detail) -> None:
    assert finding.details.count(detail) == 1


def test_everything_that_rules_match_on_is_kept() -> None:
    made = [
        {"uid": f"i-{number}", "accountId": f"{number:012}", "resourceType": "EC2_INSTANCE"}
        for number in range(400)
    ]
    actors = [{"user": {"name": f"user-{number}"}} for number in range(400)]
    endpoints = [{"ip": f"203.0.113.{number}"} for number in range(200)]
    finding = with_sequence(resources=made, actors=actors, endpoints=endpoints)
    counts = (len(finding.resources), len(finding.accounts), len(finding.principals), len(finding.actor_ips))
    assert counts == (400, 401, 400, 200)


@pytest.mark.parametrize(
    ("resource", "kind", "labels"),
    [
        pytest.param({"uid": "x", "resourceType": "NEW_KIND"}, "new_kind", [], id="unknown-kind"),
        pytest.param(
            {"uid": "x", "data": {"s3Bucket": {"ownerId": "o"}}}, "s3_bucket", ["owner"], id="by-data"
        ),
        pytest.param(
            {"uid": "x", "resourceType": "NEW", "data": {"newKind": {"size": 7}}},
            "new",
            ["size"],
            id="new-data",
        ),
        pytest.param({"uid": "x", "data": ["?"]}, "resource", [], id="nothing-known"),
        pytest.param({"name": "n", "resourceType": "<!here>"}, "here", [], id="hostile-kind"),
    ],
)
def test_resources_of_other_kinds(resource: Json, kind: str, labels: list[str]) -> None:
    (made,) = with_sequence(resources=[resource]).resources
    assert (made.kind, [detail.label for detail in made.details]) == (kind, labels)


def test_steps_without_time_come_last_and_have_a_name() -> None:
    timed = {"uid": "b", "firstSeenAt": 1_790_000_000}
    finding = with_sequence(signals=[{"description": "no time"}, {"type": "DNS_LOGS"}, timed, "x", None])
    assert [signal.name for signal in finding.signals] == ["b", "?", "DNS_LOGS"]


def test_an_access_key_has_its_users_name() -> None:
    key = {
        "uid": "AKIAIOSFODNN7EXAMPLE",
        "resourceType": "ACCESS_KEY",
        "data": {"accessKey": {"userName": "alice"}},
    }
    (made,) = with_sequence(resources=[key]).resources
    assert (made.ids, made.name) == (("AKIAIOSFODNN7EXAMPLE", "alice"), "alice")


@pytest.mark.parametrize("sequence", [None, [], "x", {"signals": 7, "actors": "x", "resources": None}])
def test_wrong_shapes_say_less(sequence: Json) -> None:
    finding = with_sequence(**sequence) if isinstance(sequence, dict) else with_sequence()
    assert (finding.signals, finding.actors, finding.resources) == ((), (), ())
