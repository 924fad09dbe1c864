"""What is unusual: in the form of anomaly findings and in the older ones, in words, each thing of its own."""

import pytest

from chalicelib.finding import unusual
from chalicelib.finding.event import parse
from chalicelib.finding.model import Detail, Form
from chalicelib.text import words
from tests.finding.test_evidence import with_service
from tests.generate import Json


def said(**info: Json) -> list[tuple[str, str]]:
    details = parse(with_service(additionalInfo=info)).details
    return [(detail.label, detail.value) for detail in details]


def behaviour(subject: str, feature: str, *seen: str, subtype: str = "UNSEEN") -> list[tuple[str, str]]:
    observed = {"profileType": "FREQUENCY", "profileSubtype": subtype, "observations": {"text": list(seen)}}
    anomaly = {"unusual": {"behavior": {subject: {feature: observed}}}}
    details = parse(with_service(detection={"anomaly": anomaly})).details
    return [(detail.label, detail.value) for detail in details]


@pytest.mark.parametrize(
    ("name", "value", "read"),
    [
        pytest.param(
            "anomalousAPIs",
            "iam.amazonaws.com:[ListUsers:AccessDenied , GetUser:success] , s3.amazonaws.com:[ListBuckets]",
            ["ListUsers (AccessDenied)", "GetUser", "ListBuckets"],
            id="calls-and-how-they-ended",
        ),
        pytest.param("unusualAPIsUserIdentityProfiling", "ListUsers , GetUser", ["ListUsers", "GetUser"], id="list"),
        pytest.param("APIs", ["ListUsers:AccessDenied"], ["ListUsers (AccessDenied)"], id="no-service"),
        pytest.param("anomalousAPIs", "what is this?", ["what is this?"], id="as-it-came"),
    ],
)  # fmt: skip
def test_each_api_is_one(name: str, value: Json, read: list[str]) -> None:
    assert said(anomalies={name: value}) == [("unusual_api", each) for each in read]


@pytest.mark.parametrize(
    ("name", "value", "read"),
    [
        pytest.param(
            "unusualASNsAccountProfiling",
            "asnNumber: 64500 asnOrg: EXAMPLE-LCG asnNumber: 64501 asnOrg: Example Two",
            [("unusual_network", "EXAMPLE-LCG (AS64500)"), ("unusual_network", "Example Two (AS64501)")],
            id="networks",
        ),
        pytest.param("isps", "Example Tor", [("unusual_network", "Example Tor")], id="isp"),
        pytest.param("hoursOfDay", [3], [("unusual_hour", "3")], id="hour"),
        pytest.param(
            "unusualUserAgentsAccountProfiling",
            "AWS CLI , Boto, Inc",
            [("unusual_user_agent", "AWS CLI"), ("unusual_user_agent", "Boto, Inc")],
            id="user-agents",
        ),
        pytest.param("unusualUserNamesBucketProfiling", "alice", [("unusual_user", "alice")], id="user"),
        pytest.param("unusualUserTypesAccountProfiling", "Root", [("unusual_user_type", "Root")], id="type"),
        pytest.param("unusualBucketsUserIdentityProfiling", "b", [("unusual_bucket", "b")], id="bucket"),
        pytest.param("isUnusualUserIdentity", "true", [("unusual_user", "yes")], id="true"),
        pytest.param("isUnusualUserIdentity", "false", [], id="false"),
        pytest.param("numberOfPast24HoursAPIsBucketProfiling", "7", [], id="number-of-the-past"),
        pytest.param("unusualASNsAccountProfiling", "", [], id="empty"),
        pytest.param("userNames", "UNKNOWN", [], id="unknown"),
        pytest.param("isps", [None, "null"], [], id="null"),
        pytest.param("unusualNewThingsAccountProfiling", "x", [("unusual", "new things: x")], id="new"),
    ],
)
def test_older_forms_in_words(name: str, value: Json, read: list[tuple[str, str]]) -> None:
    assert said(unusualBehavior={name: value}) == read


@pytest.mark.parametrize("group", unusual.OLDER)
def test_a_text_alone(group: str) -> None:
    assert said(**{group: "odd"}) == [("unusual", "odd")]


def test_what_is_normal_is_no_detail() -> None:
    assert said(profiledBehavior={"frequentProfiledAPIsAccountProfiling": "ListUsers"}) == []
    assert behaviour("Account", "API", "ListUsers", subtype="FREQUENT") == []
    profiles = {"userAgent": {"Account": [{"observations": {"text": ["console"]}}]}}
    assert parse(with_service(detection={"anomaly": {"profiles": profiles}})).details == ()


@pytest.mark.parametrize(
    ("subject", "feature", "read"),
    [
        pytest.param("User identity", "API", "unusual_api", id="feature-within-subject"),
        pytest.param("userAgent", "Account", "unusual_user_agent", id="subject-within-feature"),
        pytest.param("Account", "ASN organisation", "unusual_network", id="network"),
    ],
)
def test_behaviour(subject: str, feature: str, read: str) -> None:
    assert behaviour(subject, feature, "one", "two") == [(read, "one"), (read, "two")]


def test_unusual_without_an_observation() -> None:
    assert behaviour("Account", "newThing") == [("unusual", "new thing")]


def test_a_long_list_says_how_many_more() -> None:
    listed = behaviour("Account", "API", *(f"Get{number}" for number in range(40)))
    assert listed[:2] == [("unusual_api", "Get0"), ("unusual_api", "Get1")]
    assert listed[25:] == [("more", "15")]


@pytest.mark.parametrize("wrong", [None, [], "", 7, {"a": {"b": {"c": 1}}}, [[1]], {"": None}])
def test_wrong_shapes_raise_nothing(wrong: Json) -> None:
    anomaly = {"unusual": {"behavior": {"Account": wrong, "API": {"": wrong}}}}
    event = with_service(additionalInfo={"unusual": wrong}, detection={"anomaly": anomaly})
    assert {detail.label for detail in parse(event).details} <= {*unusual.LABELS}


@pytest.mark.parametrize("label", unusual.LABELS)
def test_every_label_has_words(label: str) -> None:
    assert words.knows(words.LABELS, label)


def test_what_reads_as_a_credential_is_masked() -> None:
    event = with_service(additionalInfo={"unusual": {"userAgents": "curl --token=abcdefgh"}})
    assert parse(event).details == (Detail("unusual_user_agent", "curl --token=••••", Form.CODE),)
