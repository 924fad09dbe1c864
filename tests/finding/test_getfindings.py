"""GetFindings' form and the event's form of one finding are the same finding."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import botocore.session
import pytest
from botocore.model import ListShape, MapShape, Shape, StructureShape
from hypothesis import HealthCheck, given, settings

from chalicelib.finding.event import parse
from chalicelib.finding.getfindings import MAPS, WIRE_NAMES, detail, event
from tests.generate import Json, Pair, envelope, pairs


def inner(shape: Shape) -> tuple[Shape, int]:
    """Look through lists and maps; count the maps."""
    if isinstance(shape, ListShape):
        return inner(shape.member)
    if isinstance(shape, MapShape):
        found, levels = inner(shape.value)
        return found, levels + 1
    return shape, 0


def members(shape: Shape, holder: str) -> Iterator[tuple[str, str, str, int]]:
    """Walk the model: each member with its holder's name, its name in an event, its levels of maps."""
    if isinstance(shape, StructureShape):
        for name, member in shape.members.items():
            found, levels = inner(member)
            yield holder, name, member.serialization.get("name", name), levels
            yield from members(found, "" if levels else name)


def model() -> list[tuple[str, str, str, int]]:
    guardduty = botocore.session.get_session().get_service_model("guardduty")
    return list(members(guardduty.shape_for("Finding"), "Finding"))


def test_every_member_of_the_model_gets_its_name_in_events() -> None:
    walked = model()
    assert len(walked) > 500
    named = {(holder, name): wire for holder, name, wire, _ in walked}
    ours = {
        (holder, name): WIRE_NAMES.get((holder, name), name[0].lower() + name[1:]) for holder, name in named
    }
    assert ours == named


def test_no_exception_is_left_over() -> None:
    assert set(WIRE_NAMES) - {(holder, name) for holder, name, _, _ in model()} == set()


def test_every_map_of_the_model_keeps_its_keys() -> None:
    walked = model()
    assert {name: levels for _, name, _, levels in walked if levels} == MAPS
    assert [name for _, name, _, levels in walked if name in MAPS and not levels] == []


@given(pairs())
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_both_forms_are_the_same_finding(pair: Pair) -> None:
    replayed = event(pair.finding, "111122223333", "eu-west-1")
    assert parse(replayed) == parse(envelope(pair.detail))
    assert json.loads(json.dumps(replayed)) == replayed


def test_envelope() -> None:
    made = event({"Id": "1", "UpdatedAt": "2026-11-20T09:47:55.230Z"}, "111122223333", "eu-west-1")
    assert made == {
        "version": "0",
        "id": "1",
        "detail-type": "GuardDuty Finding",
        "source": "aws.guardduty",
        "account": "111122223333",
        "time": "2026-11-20T09:47:55.230Z",
        "region": "eu-west-1",
        "resources": [],
        "detail": {"id": "1", "updatedAt": "2026-11-20T09:47:55.230Z"},
    }


@pytest.mark.parametrize(
    ("info", "expected"),
    [
        pytest.param({"Value": '{"sample":true}', "Type": "default"}, {"sample": True}, id="expanded"),
        pytest.param({"Value": "", "Type": "default"}, {"value": "", "type": "default"}, id="empty"),
        pytest.param({"Value": "{", "Type": "x"}, {"value": "{", "type": "x"}, id="broken"),
        pytest.param({"Value": "[1]"}, {"value": "[1]"}, id="a-list"),
        pytest.param({"Value": "[" * 100_000}, {"value": "[" * 100_000}, id="deep"),
        pytest.param({}, {}, id="nothing"),
    ],
)
def test_additional_info(info: Json, expected: Json) -> None:
    assert detail({"Service": {"AdditionalInfo": info}}) == {"service": {"additionalInfo": expected}}


@pytest.mark.parametrize(
    "when",
    [
        pytest.param(datetime(2026, 10, 2, 6, 30, 11, 123_000, tzinfo=UTC), id="utc"),
        pytest.param(
            datetime(2026, 10, 2, 15, 30, 11, 123_000, tzinfo=timezone(timedelta(hours=9))), id="tokyo"
        ),
        pytest.param(datetime(2026, 10, 2, 6, 30, 11, 123_000), id="naive-is-utc"),
    ],
)
def test_times(when: datetime) -> None:
    made = detail({"Resource": {"EksClusterDetails": {"CreatedAt": when}}})
    assert made == {"resource": {"eksClusterDetails": {"createdAt": "2026-10-02T06:30:11.123Z"}}}


def test_names_in_maps_are_data() -> None:
    call = {"AffectedResources": {"AWS::S3::Bucket": "Example", "Api": "X"}}
    made = detail({"Service": {"Action": {"AwsApiCallAction": call}}})
    assert made == {
        "service": {"action": {"awsApiCallAction": {"affectedResources": call["AffectedResources"]}}}
    }
