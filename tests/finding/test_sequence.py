"""Attack sequences: steps in order of time, by whom, and what was observed."""

from datetime import UTC, datetime

import pytest

from chalicelib.finding.model import Actor, Detail, Direction, Finding, Form
from tests.finding.common import with_sequence
from tests.generate import Json


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


def test_actors_then_endpoints(finding: Finding) -> None:
    assert finding.actors == (
        Actor(
            user="alice",
            account="payments-prod",
            credential="AKIAIOSFODNN7EXAMPLE",
            issuer="arn:aws:iam::111122223333:user/alice",
            mfa="no",
            direction=Direction.CALLED_BY,
        ),
        Actor(
            user="Deploy",
            account="data-prod",
            credential="ASIAIOSFODNN7EXAMPLE",
            direction=Direction.CALLED_BY,
        ),
        Actor(
            address="198.51.100.66",
            port="443",
            country="Germany",
            city="Berlin",
            organisation="Example Tor",
            asn="64503",
            direction=Direction.CALLED_BY,
        ),
        Actor(address="c2.example.com", domain="c2.example.com", port="8443", direction=Direction.TALKS_TO),
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
        pytest.param(Detail("mfa", "no", Form.TEXT), id="mfa"),
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
    things = [len(finding.members[name]) for name in ("resource_id", "principal", "actor_ip")]
    assert (len(finding.resources), len(finding.accounts), len(finding.actor_ips)) == (400, 401, 200)
    assert things == [400, 400, 200]


def test_steps_without_time_come_last_and_have_a_name() -> None:
    timed = {"uid": "b", "firstSeenAt": 1_790_000_000}
    finding = with_sequence(signals=[{"description": "no time"}, {"type": "DNS_LOGS"}, timed, "x", None])
    assert [signal.name for signal in finding.signals] == ["b", "?", "DNS_LOGS"]


@pytest.mark.parametrize("sequence", [None, [], "x", {"signals": 7, "actors": "x", "resources": None}])
def test_wrong_shapes_say_less(sequence: Json) -> None:
    finding = with_sequence(**sequence) if isinstance(sequence, dict) else with_sequence()
    assert (finding.signals, finding.actors, finding.resources) == ((), (), ())


def person(**actor: Json) -> Actor:
    (who,) = with_sequence(actors=[actor]).actors
    return who


def test_who_acted_with_which_credential() -> None:
    user = {
        "name": "etl-nightly",
        "uid": "AROAEXAMPLE:jane",
        "type": "AssumedRole",
        "credentialUid": "ASIAEXAMPLE",
    }
    session = {"mfaStatus": "ENABLED", "issuer": "arn:aws:iam::111122223333:role/etl-nightly"}
    assert person(user=user, session=session) == Actor(
        user="etl-nightly",
        person="jane",
        credential="ASIAEXAMPLE",
        issuer="arn:aws:iam::111122223333:role/etl-nightly",
        mfa="yes",
        direction=Direction.CALLED_BY,
    )


def key(uid: str, principal_id: str) -> Json:
    return {"uid": uid, "resourceType": "ACCESS_KEY", "data": {"accessKey": {"principalId": principal_id}}}


def test_the_credential_of_whoever_has_but_one_key_among_the_resources() -> None:
    actor = {"user": {"name": "alice", "uid": "AIDAEXAMPLE"}}
    one, other = key("AKIAEXAMPLE1", "AIDAEXAMPLE"), key("AKIAEXAMPLE2", "AIDAEXAMPLE")
    (alice,) = with_sequence(actors=[actor], resources=[one]).actors
    assert alice.credential == "AKIAEXAMPLE1"
    (alice,) = with_sequence(actors=[actor], resources=[one, other]).actors
    assert alice.credential == ""


def test_an_endpoints_domain_beside_its_address() -> None:
    (host,) = with_sequence(
        endpoints=[{"ip": "198.51.100.7", "domain": "Upload.Example.", "port": 8443}]
    ).actors
    assert (host.address, host.domain, host.port) == ("198.51.100.7", "upload.example", "8443")


def observed(key: str, *values: str) -> tuple[Detail, ...]:
    return with_sequence(sequenceIndicators=[{"key": key, "values": list(values)}]).details


def test_an_indicator_that_is_an_object_is_said_in_words() -> None:
    written = '{"packageName": "xz-utils", "packageVersion": "5.6.1", "fixed": null}'
    assert observed("MALICIOUS_PACKAGE", written) == (
        Detail("malicious_package", "package name xz-utils, package version 5.6.1"),
    )
    assert observed("VULNERABILITY", "{no JSON") == (Detail("vulnerability", "{no JSON"),)


def test_addresses_that_only_indicators_name_are_details() -> None:
    finding = with_sequence(sequenceIndicators=[{"key": "MALICIOUS_IP", "values": ["198.51.100.9"]}])
    assert finding.actors == ()
    assert finding.actor_ips == ("198.51.100.9",)
    assert finding.details == (Detail("malicious_ip", "198.51.100.9"),)


@pytest.mark.parametrize(("write", "public"), [("ALLOWED", True), ("BLOCKED", False), (None, False)])
def test_a_bucket_that_everybody_may_write_is_public(write: Json, public: bool) -> None:
    bucket = {"publicReadAccess": "BLOCKED", "publicWriteAccess": write}
    listed = {"uid": "example", "resourceType": "S3_BUCKET", "data": {"s3Bucket": bucket}}
    (resource,) = with_sequence(resources=[listed]).resources
    assert resource.public is public
    assert Detail("public_read", "BLOCKED", Form.TEXT) in resource.details
    assert (Detail("public_write", "ALLOWED", Form.TEXT) in resource.details) is public
