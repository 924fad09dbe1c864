"""What is a finding and what is not; and that nothing but `InvalidFinding` ever comes out of `parse`."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.errors import InvalidFinding
from chalicelib.finding.event import parse
from chalicelib.finding.model import Finding, Severity
from tests.generate import Json, envelope, events, example, example_names, mangled_events

LEAST: Json = {
    "id": "0123456789abcdef0123456789abcdef",
    "type": "Recon:EC2/Portscan",
    "severity": 5,
    "accountId": "111122223333",
    "region": "eu-west-1",
}

any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


def with_detail(**members: object) -> Json:
    """Make an event of the least that a finding needs, and these members; None leaves one out."""
    detail = {**LEAST, **members}
    return envelope({name: member for name, member in detail.items() if member is not None})


@pytest.mark.parametrize("name", example_names())
def test_every_example_is_a_finding(name: str) -> None:
    event = example(name)
    finding = parse(event)
    assert (finding.id, finding.type) == (event["detail"]["id"], event["detail"]["type"])
    assert finding.region == event["detail"]["region"]


def test_examples_have_every_band() -> None:
    assert {parse(example(name)).band for name in example_names()} == set(Severity)


@pytest.mark.parametrize(
    ("event", "says"),
    [
        pytest.param(None, ["The event is null"], id="null"),
        pytest.param([example("example")], ["The event is a list"], id="list-of-events"),
        pytest.param("event", ["The event is a string"], id="string"),
        pytest.param(True, ["The event is a boolean"], id="boolean"),
        pytest.param({}, ["detail is missing"], id="empty"),
        pytest.param({"detail": []}, ["detail is a list"], id="detail-is-a-list"),
        pytest.param({"detail": "x"}, ["detail is a string"], id="detail-is-text"),
        pytest.param(LEAST, ["the event's envelope is missing"], id="bare-finding"),
        pytest.param({"Type": "x", "Severity": 5}, ["envelope is missing"], id="bare-finding-of-getfindings"),
        pytest.param(
            envelope({}),
            [f"detail.{name} is missing" for name in ("id", "type", "severity", "accountId", "region")],
            id="emptied-names-all",
        ),
        pytest.param(
            {**envelope(LEAST), "detail-type": "GuardDuty Malware Protection Object Scan Result"},
            ["detail-type is 'GuardDuty Malware Protection Object Scan Result', not 'GuardDuty Finding'"],
            id="other-detail-type",
        ),
        pytest.param({**envelope(LEAST), "detail-type": 7}, ["detail-type is a number"], id="number-as-type"),
        pytest.param(with_detail(id="  "), ["detail.id is blank"], id="blank-id"),
        pytest.param(
            with_detail(type=7), ["detail.type is a number, not a string"], id="number-as-finding-type"
        ),
        pytest.param(
            with_detail(accountId=111122223333), ["detail.accountId is a number"], id="number-as-account"
        ),
        pytest.param(with_detail(region={}), ["detail.region is an object"], id="object-as-region"),
        pytest.param(
            with_detail(severity="8"), ["detail.severity is a string, not a number"], id="text-severity"
        ),
        pytest.param(with_detail(severity=True), ["detail.severity is a boolean"], id="boolean-severity"),
        pytest.param(with_detail(severity=-0.1), ["detail.severity is not a finite"], id="negative-severity"),
        pytest.param(
            with_detail(severity=float("nan")), ["detail.severity is not a finite"], id="nan-severity"
        ),
        pytest.param(
            with_detail(severity=float("inf")), ["detail.severity is not a finite"], id="endless-severity"
        ),
        pytest.param(with_detail(severity=10**400), ["detail.severity is not a finite"], id="huge-severity"),
        pytest.param(
            with_detail(id=None, region=""), ["detail.id is missing; detail.region is blank"], id="both"
        ),
    ],
)
def test_what_is_no_finding_is_refused_and_says_why(event: Json, says: list[str]) -> None:
    with pytest.raises(InvalidFinding) as refused:
        parse(event)
    assert [part for part in says if part not in str(refused.value)] == []


@pytest.mark.parametrize(
    "event",
    [
        pytest.param({**envelope({}), "detail-type": "x" * 100_000}, id="long-detail-type"),
        pytest.param({**envelope({}), "detail-type": "\n<!channel>\u202e" * 9}, id="hostile-detail-type"),
        pytest.param(with_detail(id=["y" * 100_000], severity="z" * 100_000), id="long-values"),
    ],
)
def test_a_refusal_is_short_and_one_plain_line(event: Json) -> None:
    with pytest.raises(InvalidFinding) as refused:
        parse(event)
    said = str(refused.value)
    assert len(said) < 500
    assert said.isascii()
    assert "\n" not in said


@pytest.mark.parametrize(
    ("severity", "band"),
    [
        pytest.param(0, Severity.LOW, id="zero"),
        pytest.param(3.9, Severity.LOW, id="end-of-low"),
        pytest.param(4, Severity.MEDIUM, id="medium"),
        pytest.param(6.9, Severity.MEDIUM, id="end-of-medium"),
        pytest.param(7.0, Severity.HIGH, id="high"),
        pytest.param(8.9, Severity.HIGH, id="end-of-high"),
        pytest.param(9, Severity.CRITICAL, id="critical"),
        pytest.param(10.0, Severity.CRITICAL, id="ten"),
        pytest.param(99, Severity.CRITICAL, id="above-ten"),
    ],
)
def test_severity(severity: float, band: Severity) -> None:
    finding = parse(with_detail(severity=severity))
    assert (finding.severity, finding.band) == (severity, band)


def test_the_least_is_a_finding_that_says_little() -> None:
    expected = Finding(
        id=LEAST["id"],
        type="Recon:EC2/Portscan",
        severity=5.0,
        account_id="111122223333",
        region="eu-west-1",
        accounts=("111122223333",),
        regions=("eu-west-1",),
    )
    assert parse({"detail": LEAST}) == expected


@pytest.mark.parametrize(
    ("members", "test", "via", "only"),
    [
        pytest.param({}, False, "", False, id="guardduty"),
        pytest.param({"source": "guardduty-notifier.test"}, True, "", False, id="test-source"),
        pytest.param({"source": None, "detail-type": None}, False, "", False, id="nulls-count-as-missing"),
        pytest.param({"source": ["x"]}, False, "", False, id="wrong-typed-source-is-no-test"),
        pytest.param({"via": "replay"}, False, "replay", False, id="replayed"),
        pytest.param({"identifiersOnly": True}, False, "", True, id="identifiers-only"),
        pytest.param({"identifiersOnly": "false"}, False, "", False, id="not-identifiers-only"),
    ],
)
def test_envelope(members: Json, test: bool, via: str, only: bool) -> None:
    finding = parse({**envelope(LEAST), **members})
    assert (finding.test, finding.via, finding.identifiers_only) == (test, via, only)
    assert (finding.home_account, finding.home_region) == ("111122223333", "eu-west-1")


@pytest.mark.parametrize(
    ("service", "sample"),
    [
        pytest.param({"additionalInfo": {"sample": True}}, True, id="event"),
        pytest.param({"additionalInfo": {"sample": "true"}}, True, id="text"),
        pytest.param(
            {"additionalInfo": {"value": '{"sample": true}', "type": "default"}}, True, id="json-string"
        ),
        pytest.param(
            {"additionalInfo": {"value": '{"sample": true}', "sample": None}}, True, id="null-beside"
        ),
        pytest.param({"additionalInfo": {"sample": False}}, False, id="said-not"),
        pytest.param({"additionalInfo": {"value": "{"}}, False, id="broken-json"),
        pytest.param({"additionalInfo": {"value": "[" * 100_000}}, False, id="deep-json"),
        pytest.param({"additionalInfo": [True]}, False, id="list"),
        pytest.param({"additionalInfo": None}, False, id="null"),
        pytest.param(None, False, id="no-service"),
    ],
)
def test_sample(service: Json, sample: bool) -> None:
    assert parse(with_detail(service=service)).sample is sample


def test_what_guardduty_says_of_it() -> None:
    finding = parse(example("example"))
    assert finding.severity == 8.0
    assert finding.count == 12
    assert finding.resource_type == "Instance"
    assert finding.created_at == datetime(2026, 11, 20, 8, 13, 27, 501_000, tzinfo=UTC)
    assert finding.updated_at == datetime(2026, 11, 20, 9, 47, 55, 230_000, tzinfo=UTC)
    assert finding.first_seen == datetime(2026, 11, 20, 8, 4, 10, tzinfo=UTC)
    assert finding.last_seen == datetime(2026, 11, 20, 9, 41, 36, tzinfo=UTC)
    assert finding.archived is False


def test_part_of_a_sequence_and_of_a_custom_rule() -> None:
    finding = parse(example("part-of-sequence"))
    assert finding.sequence_arn.endswith("finding/" + example("attack-sequence")["detail"]["id"])
    assert finding.custom_rule == "Our discovery rule"


@pytest.mark.parametrize(
    ("members", "partition"),
    [
        pytest.param({"partition": "aws-cn"}, "aws-cn", id="said"),
        pytest.param({"region": "cn-north-1"}, "aws-cn", id="china-by-region"),
        pytest.param({"region": "us-gov-west-1"}, "aws-us-gov", id="govcloud-by-region"),
        pytest.param({"partition": 7}, "aws", id="wrong-typed"),
    ],
)
def test_partition(members: Json, partition: str) -> None:
    assert parse(with_detail(**members)).partition == partition


def test_short_account_ids_stay_as_they_are() -> None:
    assert parse(with_detail(accountId="123456")).account_id == "123456"


@given(events())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_shape_of_the_model_is_a_finding(event: Json) -> None:
    finding = parse(event)
    assert all(resource.ids and all(resource.ids) for resource in finding.resources)
    assert all(detail.label and detail.value for detail in finding.action + finding.details)
    assert all(detail.label and detail.value for resource in finding.resources for detail in resource.details)
    assert finding.accounts[0] == finding.account_id
    assert finding.regions[0] == finding.region
    json.dumps(repr(finding)).encode()


@given(mangled_events())
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_mangled_event_is_a_finding_or_refused(event: Json) -> None:
    try:
        finding = parse(event)
    except InvalidFinding as refused:
        assert len(str(refused)) < 700
    else:
        repr(finding).encode()  # no lone surrogate is left that a message could not be written with


@given(any_json)
@settings(max_examples=200, deadline=None)
def test_any_json_is_a_finding_or_refused(value: Json) -> None:
    for event in (value, {"detail": value}, with_detail(resource=value), with_detail(service=value)):
        try:
            parse(event)
        except InvalidFinding as refused:
            assert str(refused)


def test_deep_nesting_is_no_trouble() -> None:
    deep: Json = {}
    for _ in range(100_000):
        deep = {"a": [deep]}
    assert parse(with_detail(resource={"newDetails": deep}, service={"additionalInfo": deep, "new": deep}))
