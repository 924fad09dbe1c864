"""The suggested rule: as it is, it suppresses that finding here, and nothing else."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from chalicelib.finding.event import parse
from chalicelib.finding.model import Account, Finding, Resource, Thing
from chalicelib.rules import suppressions
from chalicelib.rules.attributes import Item
from chalicelib.rules.suggested_rule import suggest
from chalicelib.rules.table import CONDITIONS

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
FINDINGS = {
    path.stem: parse(json.loads(path.read_text("utf-8")))
    for path in sorted(Path("tests/events").glob("*.json"))
}
NO_RULE = {"identifiers-only", "unknown-kind"}
"""Of the one nothing is known, of the other nothing that a rule could name."""
SUGGESTED = {name: finding for name, finding in FINDINGS.items() if name not in NO_RULE}


def a_finding(*things: Thing, **given: Any) -> Finding:
    usual: dict[str, Any] = {"id": "f1", "type": "Recon:EC2/Portscan", "severity": 5.0}
    usual |= {"account_id": "111122223333", "region": "eu-west-1"}
    return Finding(**(usual | {"members": {"resource_id": things}} | given))


def hides(rule: Item, finding: Finding, now: datetime = NOW) -> bool:
    return suppressions.check(finding, Account(), [rule], now).suppressed


def suggested(finding: Finding) -> Item:
    rule = suggest(finding, NOW)
    assert rule
    return rule


@pytest.mark.parametrize("name", SUGGESTED)
def test_what_is_suggested_suppresses_this_here_for_thirty_days(name: str) -> None:
    finding = SUGGESTED[name]
    rule = suggested(finding)
    assert hides(rule, finding)
    assert hides(rule, finding, NOW + timedelta(days=30))
    assert not hides(rule, finding, NOW + timedelta(days=31))
    assert not hides(rule, replace(finding, account_id="999900001111", accounts=()))
    assert not hides(rule, replace(finding, type=finding.type + "X"))
    assert not hides(rule, replace(finding, severity=finding.severity + 0.1))
    others = dict.fromkeys(finding.members, (("other",),))
    assert not hides(rule, replace(finding, members=others))


def test_the_item() -> None:
    finding = a_finding(("i-0abc",), id="f00dfeed1234")
    assert suggested(finding) == {
        "finding_type": "Recon:EC2/Portscan",
        "rule": "i-0abc f00dfeed",
        "reason": "(write here why this is known)",
        "account_id": "111122223333",
        "resource_id": "i-0abc",
        "max_severity": 5,
        "expires_at": "2026-12-22",
    }


CLUSTER = "arn:aws:eks:eu-west-1:111122223333:cluster/prod"


@pytest.mark.parametrize(
    ("finding", "wanted"),
    [
        pytest.param(a_finding(("i-1", "eni-1")), {"resource_id": "i-1"}, id="facets-the-first"),
        pytest.param(a_finding(("i-1",), ("i-2",)), {"resource_id": ["i-1", "i-2"]}, id="each-of-a-list"),
        pytest.param(
            a_finding(("i-1", CLUSTER)), {"resource_id": CLUSTER}, id="the-cluster-not-its-instance"
        ),
        pytest.param(a_finding(("ASIA1", "AROA1")), {"resource_id": "AROA1"}, id="no-temporary-key"),
        pytest.param(
            a_finding(
                members={"principal": (("Deploy", "arn"),), "resource_id": (("AROA1",),)},
                resources=(Resource("access_key", ("x",)),),
            ),
            {"principal": "Deploy"},
            id="who-acted",
        ),
        pytest.param(
            a_finding(members={"workload": (("api-x7k2p", "api"),), "namespace": (("pay",),)}),
            {"workload": "api", "namespace": "pay"},
            id="the-workload-not-the-pod",
        ),
        pytest.param(
            a_finding(members={"container": ((" c*[x]?",),)}), {"container": "[ ]c[*][[]x][?]"}, id="literal"
        ),
    ],
)
def test_which_conditions(finding: Finding, wanted: dict[str, Any]) -> None:
    rule = suggest(finding, NOW)
    assert (
        rule and {name: rule[name] for name in rule if name in CONDITIONS and name != "account_id"} == wanted
    )


@pytest.mark.parametrize(
    "finding",
    [
        pytest.param(a_finding(), id="no-resource"),
        pytest.param(a_finding(("i-1",), ()), id="one-without-a-name"),
        pytest.param(a_finding(*((f"i-{n}",) for n in range(21))), id="too-many"),
        pytest.param(a_finding((f"i-{'0' * 2049}",)), id="too-long-a-name"),
        pytest.param(a_finding(("anything",)), id="an-id-that-no-rule-may-have"),
        pytest.param(a_finding(("i-1",), type="Recon:EC2/*"), id="the-type-is-a-pattern"),
        pytest.param(a_finding(("i-1",), type="Recon"), id="no-type"),
    ],
)
def test_nothing_is_offered_that_would_not_hold(finding: Finding) -> None:
    assert suggest(finding, NOW) is None


NAMES = st.text(min_size=1, max_size=60) | st.text("*?[]!-ab \n`<>&\u202e\ud800", min_size=1, max_size=9)


def in_container(name: str) -> Finding:
    return a_finding(members={"container": ((name,),)})


@given(NAMES, NAMES)
def test_only_this_whatever_its_name(name: str, other: str) -> None:
    rule = suggest(in_container(name), NOW)
    assume(rule)
    assert rule
    assert hides(rule, in_container(name))
    assert hides(rule, in_container(other)) == (other == name)


@given(st.text("*?[]!ab ", min_size=1, max_size=9).filter(str.strip))
def test_a_rule_is_offered_for_names_full_of_wildcards(name: str) -> None:
    assert suggest(in_container(name), NOW)


@given(st.floats(1, 10))
def test_the_severity_is_exact(severity: float) -> None:
    finding = a_finding(("i-1",), severity=severity)
    assert hides(suggested(finding), finding)
