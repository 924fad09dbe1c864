"""The examples run as they are, and are made up."""

import ipaddress
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from chalicelib.finding.event import parse
from chalicelib.finding.model import Account
from chalicelib.rules import conditions, routes, suppressions
from chalicelib.rules.conditions import RuleStanding
from tests.pages import ROOT, names, text

EXAMPLES = ROOT / "examples"
EVENTS = sorted((EXAMPLES / "events").glob("*.json"))
NOW = datetime(2026, 11, 20, tzinfo=UTC)
NOBODY = Account()

MADE_UP = [ipaddress.ip_network(each) for each in ("198.51.100.0/24", "203.0.113.0/24", "192.0.2.0/24")]
"""https://www.rfc-editor.org/rfc/rfc5737"""


def listed(name: str) -> list[dict[str, Any]]:
    read: list[dict[str, Any]] = json.loads((EXAMPLES / name).read_text("utf-8"))
    return read


def finding(name: str) -> Any:
    return parse(json.loads((EXAMPLES / "events" / name).read_text("utf-8")))


@pytest.mark.parametrize("path", EVENTS, ids=lambda path: path.stem)
def test_an_event_is_one_of_the_tests_events(path: Path) -> None:
    assert path.read_bytes() == (ROOT / "tests/events" / path.name).read_bytes()


@pytest.mark.parametrize("path", EVENTS, ids=lambda path: path.stem)
def test_an_event_is_made_up(path: Path) -> None:
    written = path.read_text("utf-8")
    assert {*re.findall(r"\b\d{12}\b", written)} <= {"111122223333", "444455556666", "999988887777"}
    for each in re.findall(r"\b\d{1,3}(?:\.\d{1,3}){3}\b", written):
        address = ipaddress.ip_address(each)
        assert address.is_private or any(address in network for network in MADE_UP), each


def test_the_low_one_starts_nothing() -> None:
    stages = json.loads((ROOT / ".chalice/config.json").read_text("utf-8"))["stages"]
    least = float(stages["dev"]["stack_parameters"]["MinSeverity"])
    below = [path.name for path in EVENTS if finding(path.name).severity < least]
    assert below == ["ec2-port-probe.json"]


def test_the_page_names_every_file() -> None:
    files = [str(path.relative_to(EXAMPLES)) for path in EXAMPLES.rglob("*.json")]
    assert sorted(names(text("examples/README.md"))) == sorted(files)


def test_rules_are_valid() -> None:
    for rule in listed("suppressions.json"):
        assert conditions.standing(suppressions.read(rule), NOW) == (RuleStanding.VALID, None)
    for route in listed("routes.json"):
        assert conditions.standing(routes.read(route), NOW) == (RuleStanding.VALID, None)


def test_the_last_rule_hides_the_port_probe_and_nothing_else() -> None:
    last = listed("suppressions.json")[-1]
    hidden = [
        path.name
        for path in EVENTS
        if suppressions.check(finding(path.name), NOBODY, [last], NOW).rule is not None
    ]
    assert hidden == ["ec2-port-probe.json"]


def test_the_first_route_mentions_everybody_for_the_attack_sequence() -> None:
    chosen = routes.choose(finding("attack-sequence.json"), NOBODY, listed("routes.json"), NOW)
    assert chosen.route is not None
    assert (chosen.route.rule, chosen.mention) == ("critical", "<!channel>")


def test_the_last_route_says_within_which_time_somebody_is_to_answer() -> None:
    found = finding("runtime-container.json")
    chosen = routes.choose(found, Account(name="web-prod"), listed("routes.json")[-1:], NOW)
    assert (chosen.answer_within, chosen.escalate_mention) == (4 * 3600, "<!subteam^S0123456789>")
    assert routes.choose(found, NOBODY, listed("routes.json")[-1:], NOW).answer_within == 0
