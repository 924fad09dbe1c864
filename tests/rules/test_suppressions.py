"""The suppression list: which rule wins, which are refused, and what no rule may ever do."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from chalicelib.finding.model import Account, Finding, Resource, Tag
from chalicelib.rules import conditions, suppressions
from chalicelib.rules.conditions import RuleStanding
from tests.rules import common

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ACCOUNT = Account("pay-dev", "Root/Payments")
TYPE = "Recon:EC2/Portscan"


def a_finding(**given: Any) -> Finding:
    usual: dict[str, Any] = {"resources": (Resource("x", ("i-0abc",), tags=(Tag("Team", "data"),)),)}
    usual |= {"resource_id": (("i-0abc",),), "principal": (("alice",),), "actor_ip": (("198.51.100.7",),)}
    return common.a_finding(**(usual | {"domains": ("c2.example.com",)} | given))


def an_item(**given: Any) -> dict[str, Any]:
    return {"finding_type": TYPE, "rule": "r", "reason": "known"} | given


def check(*items: dict[str, Any], finding: Finding | None = None) -> suppressions.Verdict:
    return suppressions.check(finding or a_finding(), ACCOUNT, items, NOW)


def test_nothing_is_suppressed_by_an_empty_list() -> None:
    assert check().to_json() == {
        "suppressed": False,
        "rule": None,
        "faulty": [],
        "faulty_left_out": 0,
        "considered": 0,
    }


def test_the_verdict_names_the_rule_and_why() -> None:
    item = an_item(reason=" scans\nby us ", expires_at="2026-12-31", owner="alice", ticket="SEC-1")
    assert check(item).to_json() == {
        "suppressed": True,
        "rule": {
            "finding_type": TYPE,
            "rule": "r",
            "reason": "scans by us",
            "expires_at": "2026-12-31T23:59:59+00:00",
            "owner": "alice",
            "ticket": "SEC-1",
        },
        "faulty": [],
        "faulty_left_out": 0,
        "considered": 1,
    }


@pytest.mark.parametrize("key", conditions.keys(TYPE))
def test_a_rule_under_each_key_of_the_type_suppresses(key: str) -> None:
    assert check(an_item(finding_type=key, account_id="111122223333")).suppressed


@pytest.mark.parametrize(
    "key", ["Recon:EC2/PortProbeUnprotectedPort", "Recon:S3/*", "Recon:EC2/Port*", "recon:EC2/*"]
)
def test_a_rule_of_another_key_is_not_considered(key: str) -> None:
    verdict = check(an_item(finding_type=key))
    assert (verdict.suppressed, verdict.considered, verdict.faulty) == (False, 0, ())


def test_the_most_specific_rule_wins_then_the_first_by_name() -> None:
    keys = ("*:EC2/*", "Recon:*", "Recon:EC2/*")
    wide = [an_item(finding_type=key, rule="a", account_id="111122223333") for key in keys]
    exact = [an_item(rule="b"), an_item(rule="a", max_severity=1), an_item(rule="c")]
    assert _winner(*wide, *exact) == (TYPE, "b")
    assert _winner(*wide) == ("Recon:EC2/*", "a")
    assert _winner(*wide[:2]) == ("*:EC2/*", "a")


def _winner(*items: dict[str, Any]) -> tuple[str, str]:
    rule = check(*items).rule
    assert rule
    return rule.finding_type, rule.rule


def test_a_faulty_rule_is_named_and_a_valid_one_still_suppresses() -> None:
    verdict = check(an_item(rule="a", acount_id="111122223333"), an_item(rule="b"))
    assert verdict.suppressed
    assert [(fault.rule, fault.why) for fault in verdict.faulty] == [
        ("a", "unknown attribute acount_id, perhaps account_id")
    ]


def test_a_rule_that_is_switched_off_is_neither_applied_nor_named() -> None:
    verdict = check(an_item(enabled=False), an_item(rule="s", enabled=False, acount_id="1"))
    assert (verdict.suppressed, verdict.faulty, verdict.considered) == (False, (), 0)
    assert check(an_item(enabled=True)).suppressed


def test_an_expired_rule_is_no_fault() -> None:
    verdict = check(an_item(expires_at="2026-11-21"))
    assert (verdict.suppressed, verdict.faulty, verdict.considered) == (False, (), 1)


def test_what_the_machine_writes_is_no_fault() -> None:
    rule = suppressions.read(an_item(match_count=Decimal(7), last_matched_at="2026-11-21T00:00:00Z"))
    assert isinstance(rule, suppressions.Rule)
    assert (rule.match_count, rule.last_matched_at) == (7, "2026-11-21T00:00:00Z")


def test_a_rule_that_is_too_wide_is_named_and_not_applied() -> None:
    wide = {"finding_type": "*", "tag": "Team=data"}
    assert [fault.key for fault in check(an_item(**wide)).faulty] == ["member"]
    assert not check(an_item(**wide)).suppressed
    assert check(an_item(**wide, max_severity=Decimal("6.9"), expires_at="2026-12-31")).suppressed


def test_a_sequence_is_suppressed_only_where_all_of_it_matches() -> None:
    sequence = a_finding(
        type="AttackSequence:S3/CompromisedData",
        severity=9.1,
        accounts=("111122223333", "444455556666"),
        resource_id=(("arn:aws:s3:::a",), ("arn:aws:s3:::b",)),
    )
    key = {"finding_type": "AttackSequence:*", "max_severity": 10}
    both = ["111122223333", "444455556666"]
    buckets = ["arn:aws:s3:::a", "arn:aws:s3:::b"]
    assert not check(an_item(**key, account_id=both[0]), finding=sequence).suppressed
    assert not check(an_item(**key, resource_id=buckets[0]), finding=sequence).suppressed
    assert check(an_item(**key, account_id=both, resource_id=buckets), finding=sequence).suppressed


def test_the_verdict_in_the_execution_stays_small_whatever_the_rules_say() -> None:
    hostile = "\U0001f4a5" * 900
    faulty = [an_item(rule=f"{number}{hostile}", **{hostile * 50: 1}) for number in range(500)]
    posted = check(*faulty, an_item(rule="s" * 1024, reason=hostile * 100, owner=hostile)).to_json()
    assert len(json.dumps(posted)) < 60_000
    assert len(json.dumps(posted, ensure_ascii=False)) < 16_000
    assert (posted["faulty_left_out"], posted["considered"], posted["suppressed"]) == (490, 501, True)


# What no list of items may do, whatever stands in it.

TEXTS = (
    st.sampled_from(["", " ", "*", "?*", "i-0abc", "alice", "eu-west-1", "Team=data", "198.51.100.7", "x"])
    | st.text()
)
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.decimals() | st.binary(max_size=4) | TEXTS
)
VALUES = (
    SCALARS
    | st.lists(SCALARS, max_size=3)
    | st.frozensets(TEXTS)
    | st.dictionaries(TEXTS, SCALARS, max_size=2)
)
KEYS = st.sampled_from([*conditions.keys(TYPE), "Recon:EC2/Port*", "AttackSequence:*"])
ATTRIBUTES = st.sampled_from(sorted(suppressions.ATTRIBUTES)) | st.text()
ARBITRARY = st.dictionaries(ATTRIBUTES, VALUES, max_size=6)
RULES = st.builds(lambda item, key: an_item() | item | {"finding_type": key}, ARBITRARY, KEYS)

FITTING: dict[str, list[object]] = {
    "account_id": ["111122223333", Decimal(111122223333), ["1111*", "x"]],
    "account_name": ["pay-*", "pay-dev", "prod"],
    "ou_path": ["Root/*", "Root"],
    "region": ["eu-*", {"us-east-1", "eu-west-1"}],
    "resource_id": ["i-*", "i-0abc", "*"],
    "bucket": ["[!i]*"],
    "principal": ["alice", ["bob"]],
    "tag": ["Team", "Team=d*", "Team=web"],
    "actor_ip": ["198.51.100.0/24", "::/0"],
    "domain": ["*.example.com", "*.example.net", "*"],
    "max_severity": [Decimal("6.9"), "8.9", 10, 1],
    "expires_at": ["2026-12-31", "2025/01/01", Decimal(1798718400)],
    "enabled": [True, False],
}
READABLE = st.fixed_dictionaries(
    {
        "finding_type": st.sampled_from(conditions.keys(TYPE)),
        "rule": st.just("r"),
        "reason": st.just("known"),
    },
    optional={attribute: st.sampled_from(values) for attribute, values in FITTING.items()},
)
FINDINGS = st.builds(
    a_finding,
    severity=st.floats(0, 10),
    accounts=st.sampled_from([(), ("111122223333",), ("111122223333", "444455556666")]),
    resource_id=st.sampled_from([(), (("i-0abc",),), (("b",), ("i-0abc",))]),
    actor_ip=st.sampled_from(
        [(), (("198.51.100.7",),), (("198.51.100.7",), ("203.0.113.9",)), (("mangled",),), ((),)]
    ),
    domains=st.sampled_from([(), ("c2.example.com",)]),
    principal=st.sampled_from([(), (("alice",),), (("alice",), ("bob",))]),
)


@given(st.lists(RULES | ARBITRARY, max_size=5), FINDINGS)
def test_no_item_makes_the_check_fail(items: list[dict[str, Any]], finding: Finding) -> None:
    verdict = check(*items, finding=finding)
    json.dumps(verdict.to_json())
    assert verdict.suppressed is (verdict.rule is not None)


@given(READABLE, FINDINGS, st.sampled_from(sorted(FITTING)), st.data())
def test_adding_a_condition_never_widens_a_rule(
    item: dict[str, Any], finding: Finding, attribute: str, data: st.DataObject
) -> None:
    # What is no rule yet may become one by a condition ("*" by an account). A severity or a date of its own
    # may lift the default or the need for one: they are no conditions.
    assume(attribute not in item and attribute not in ("max_severity", "expires_at"))
    assume(isinstance(suppressions.read(item), suppressions.Rule))
    narrowed = item | {attribute: data.draw(st.sampled_from(FITTING[attribute]))}
    if check(narrowed, finding=finding).suppressed:
        assert check(item, finding=finding).suppressed


@given(READABLE, FINDINGS, st.text().filter(lambda name: name not in suppressions.ATTRIBUTES), VALUES)
def test_a_rule_with_an_unknown_attribute_never_suppresses(
    item: dict[str, Any], finding: Finding, attribute: str, value: object
) -> None:
    assert not check(item | {attribute: value}, finding=finding).suppressed


@given(READABLE, st.floats(9.0, 10.0))
def test_critical_is_never_hidden_unless_the_rule_says_so(item: dict[str, Any], severity: float) -> None:
    item.pop("max_severity", None)
    assert not check(item, finding=a_finding(severity=severity)).suppressed


@given(READABLE | RULES, FINDINGS)
def test_the_standing_and_the_check_never_disagree(item: dict[str, Any], finding: Finding) -> None:
    reading = suppressions.read(item)
    standing, why = conditions.standing(reading, NOW)
    verdict = check(item, finding=finding)
    if verdict.suppressed:
        assert standing is RuleStanding.VALID
        assert why is None
    if verdict.faulty:
        assert (standing, why) == (RuleStanding.FAULTY, verdict.faulty[0])
