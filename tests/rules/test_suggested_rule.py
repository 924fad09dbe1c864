"""The rule that is offered hides the same when it comes again, and nothing that a person has to hear of."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from boto3.dynamodb.types import TypeDeserializer
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.errors import InvalidFinding
from chalicelib.finding.event import parse
from chalicelib.finding.model import Account, Finding, Resource
from chalicelib.rules import attributes, suppressions
from chalicelib.rules.faults import RuleFault
from chalicelib.rules.offered_conditions import MOST_VALUES
from chalicelib.rules.suggested_rule import DAYS, LONGEST, suggest, would_hide
from tests.generate import Json, events, example, mangled, mangled_events
from tests.rules.common import NOW, a_finding
from tests.rules.offered_cases import (
    ALWAYS_ANOTHER,
    ALWAYS_THE_SAME,
    BY_ID,
    Case,
    Changes,
    all_cases,
    changed,
    pod,
)

COMMON = {"finding_type", "rule", "reason", "account_id", "region", "max_severity", "expires_at"}
CASES = all_cases()
each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)


def offered(event: Json) -> dict[str, Any]:
    rule = suggest(parse(event), NOW)
    assert rule is not None
    return rule


def adds(rule: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in rule.items() if name not in COMMON}


def hidden(event: Json, rule: Mapping[str, Any]) -> bool:
    return would_hide(rule, parse(event), NOW)


def others(case: Case) -> list[Json]:
    """Make every finding of which people have to hear, though somebody added the rule."""
    return [changed(case.base, changes) for changes in (*ALWAYS_ANOTHER, *case.another)]


@each_case
def test_what_the_rule_says(case: Case) -> None:
    rule = offered(case.base)
    detail = case.base["detail"]
    assert adds(rule) == case.adds
    assert rule["finding_type"] == detail["type"]
    assert (rule["account_id"], rule["region"]) == (detail["accountId"], detail["region"])
    assert rule["max_severity"] == detail["severity"]
    assert rule["expires_at"] == "2026-12-22"
    assert rule["rule"] and len(rule["rule"]) < 80


@each_case
def test_the_same_when_it_comes_again_stays_hidden(case: Case) -> None:
    assert hidden(changed(case.base, {**ALWAYS_THE_SAME, **case.same}), offered(case.base))


@each_case
def test_each_difference_alone_is_notified(case: Case) -> None:
    rule = offered(case.base)
    assert [event for event in others(case) if hidden(event, rule)] == []


@each_case
def test_no_word_of_the_rule_is_idle(case: Case) -> None:
    """Without any one of its conditions, it would hide something of which people have to hear."""
    rule = offered(case.base)
    for condition in [*case.adds, "account_id", "region", "max_severity"]:
        less = {name: value for name, value in rule.items() if name != condition}
        if not is_said_twice(condition, rule):
            assert any(hidden(event, less) for event in others(case)), condition


def is_said_twice(condition: str, rule: Mapping[str, Any]) -> bool:
    """Whether another condition says it as well, or can't stand without it."""
    account = condition in ("account_id", "remote_account_id")
    of_arn = account and f"::{rule[condition]}:" in str(rule.get("principal"))
    return of_arn or (condition == "principal" and "session_name" in rule)


@each_case
def test_no_value_of_a_list_is_idle(case: Case) -> None:
    rule = offered(case.base)
    for condition, values in ((name, value) for name, value in rule.items() if isinstance(value, list)):
        for value in values:
            less = {**rule, condition: [each for each in values if each != value]}
            alone = condition == "actor_ip" and "of two addresses" in case.id
            assert hidden(case.base, less) is alone, f"{condition} {value}"


@pytest.mark.parametrize("kind", BY_ID)
def test_what_only_its_id_says_is_hidden_by_its_id(kind: str) -> None:
    event = BY_ID[kind]
    rule = offered(event)
    assert adds(rule) == {"finding_id": event["detail"]["id"]}
    again = {name: value for name, value in ALWAYS_THE_SAME.items() if name not in ("id", "arn")}
    assert hidden(changed(event, again), rule)
    assert not hidden(changed(event, {"id": "f" * 32}), rule)


@pytest.mark.parametrize(
    "more", [{"left_out": ["tags"]}, {"identifiersOnly": True}], ids=lambda more: next(iter(more))
)
def test_of_a_finding_that_is_not_whole_nothing_but_the_id_is_said(more: Json) -> None:
    """No other condition holds for such a finding, not even that of its account."""
    event = example("example") | more
    rule = offered(event)
    assert rule.keys() == COMMON - {"account_id", "region"} | {"finding_id"}
    assert hidden(event, rule)
    assert not hidden(changed(event, {"id": "f" * 32}), rule)


def test_several_accounts_and_regions_are_all_named() -> None:
    rule = offered(example("attack-sequence"))
    assert rule["account_id"] == ["111122223333", "444455556666"]
    assert rule["region"] == ["eu-west-1", "us-east-1"]


def test_more_accounts_than_anybody_reads_are_not_named() -> None:
    accounts = tuple(f"{number:012}" for number in range(MOST_VALUES + 1))
    rule = suggest(a_finding(account_id=accounts[0], accounts=accounts), NOW)
    assert rule and rule.keys() == COMMON - {"account_id", "region"} | {"finding_id"}


@pytest.mark.parametrize(
    "finding",
    [
        pytest.param(parse(example("sample")), id="sample"),
        pytest.param(replace(parse(example("example")), source="test.guardduty-notifier"), id="test"),
    ],
)
def test_for_samples_and_tests_no_rule_is_offered(finding: Finding) -> None:
    assert suggest(finding, NOW) is None


@pytest.mark.parametrize(
    "finding",
    [
        pytest.param(a_finding(type="Recon:EC2/*"), id="the-type-is-a-pattern"),
        pytest.param(a_finding(type="Recon"), id="no-type"),
        pytest.param(a_finding(severity=11.0), id="no-severity"),
        pytest.param(a_finding(id="1" * 2049), id="an-endless-id"),
    ],
)
def test_no_rule_is_offered_that_would_not_hide(finding: Finding) -> None:
    assert suggest(finding, NOW) is None


# --- as it is added


def test_added_unread_it_hides_nothing_and_is_named_as_faulty() -> None:
    event = example("example")
    rule = offered(event)
    verdict = suppressions.check(parse(event), Account(), [rule], NOW)
    assert not verdict.suppressed
    [fault] = verdict.faulty
    assert [each.key for each in fault.each] == ["reason_to_write"]
    assert "write in its place why" in fault.why


@pytest.mark.parametrize("reason", [attributes.REASON_TO_WRITE, f"  {attributes.REASON_TO_WRITE}\n"])
def test_the_text_in_the_reasons_place_is_no_reason(reason: str) -> None:
    assert isinstance(suppressions.read({**offered(example("example")), "reason": reason}), RuleFault)


def test_it_holds_for_thirty_days() -> None:
    rule = offered(example("example"))
    finding = parse(example("example"))
    assert would_hide(rule, finding, NOW + timedelta(days=DAYS))
    assert not would_hide(rule, finding, NOW + timedelta(days=DAYS + 1))


@each_case
def test_it_is_the_same_as_plain_json_and_as_dynamodb_has_it(case: Case) -> None:
    rule = json.loads(json.dumps(offered(case.base)))
    assert rule == offered(case.base)
    read = {name: TypeDeserializer().deserialize(_typed(value)) for name, value in rule.items()}
    assert hidden(case.base, rule) and hidden(case.base, read)


def _typed(value: object) -> Any:
    if isinstance(value, list):
        return {"L": [_typed(each) for each in value]}
    return {"N": str(value)} if isinstance(value, float) else {"S": value}


@given(st.floats(1, 8.9))
def test_the_severity_is_exact(severity: float) -> None:
    event = changed(example("example"), {"severity": severity})
    assert hidden(event, offered(event))


# --- whatever things are called

NAMES = st.text(min_size=1, max_size=60).filter(str.strip) | st.text(
    "*?[]!-ab \n", min_size=1, max_size=9
).filter(str.strip)


def in_namespace(name: str) -> Json:
    return pod("log-shipper-x7k2p", {"resource.kubernetesDetails.kubernetesWorkloadDetails.namespace": name})


@given(NAMES, NAMES)
def test_names_are_meant_literally(name: str, other: str) -> None:
    event, another = in_namespace(name), in_namespace(other)
    rule = offered(event)
    assert "namespace" in rule
    assert hidden(event, rule)
    same = parse(event).members["namespace"] == parse(another).members["namespace"]
    assert hidden(another, rule) is same


def test_wildcards_and_spaces_are_written_so_that_they_match_themselves() -> None:
    assert offered(in_namespace(" n*[x]? "))["namespace"] == "[ ]n[*][[]x][?][ ]"


# --- for every finding

ELSEWHERE: tuple[Changes, ...] = (
    {"type": "Recon:EC2/Portscan", "id": "f" * 32},
    {"accountId": "777788889999", "id": "f" * 32},
    {"region": "eu-north-1", "id": "f" * 32},
)


@given(events())
def test_every_finding_but_samples_has_a_rule_that_hides_it_and_none_elsewhere(event: Json) -> None:
    finding = parse(event)
    rule = suggest(finding, NOW)
    assert (rule is None) is (finding.sample or finding.test)
    if rule is not None:
        assert isinstance(suppressions.read({**rule, "reason": "known"}), suppressions.Rule)
        assert would_hide(rule, finding, NOW)
        assert json.loads(json.dumps(rule)) == rule
        assert [changes for changes in ELSEWHERE if hidden(changed(event, changes), rule)] == []


@given(mangled_events())
def test_no_finding_breaks_it(event: Json) -> None:
    try:
        finding = parse(event)
    except InvalidFinding:
        return
    rule = suggest(finding, NOW)
    assert rule is None or would_hide(rule, finding, NOW)


@given(st.sampled_from(CASES), st.integers(0, 2**32 - 1), st.integers(1, 3))
def test_a_finding_of_any_kind_with_something_missing_is_hidden_alike(
    case: Case, seed: int, times: int
) -> None:
    try:
        finding = parse(mangled(case.base, Random(seed), times))
    except InvalidFinding:
        return
    rule = suggest(finding, NOW)
    assert rule is None or would_hide(rule, finding, NOW)
    assert rule is not None or finding.sample or finding.test or not is_ordinary(finding)


def is_ordinary(finding: Finding) -> bool:
    """Whether type, id and severity are such as a rule can name."""
    return finding.type in {case.base["detail"]["type"] for case in CASES} and finding.severity <= 10


def test_a_rule_that_an_output_has_no_room_for_leaves_the_id() -> None:
    finding = parse(in_namespace("n" * (LONGEST + 1)))
    assert adds(suggest(finding, NOW) or {}) == {"finding_id": finding.id}


@given(mangled_events())
def test_an_output_has_room_for_every_rule(event: Json) -> None:
    try:
        finding = parse(event)
    except InvalidFinding:
        return
    assert len(json.dumps(suggest(finding, NOW))) <= LONGEST


def test_a_name_that_no_rule_may_have_leaves_the_id() -> None:
    finding = a_finding(resources=(Resource("ec2_instance", ("anything",)),))
    assert adds(suggest(finding, NOW) or {}) == {"finding_id": "f1"}
