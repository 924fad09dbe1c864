"""The matching engine: when each condition holds, and how a rule stands."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.finding.model import Account, Resource, Tag
from chalicelib.rules import conditions, suppressions
from chalicelib.rules.conditions import RuleStanding
from chalicelib.rules.faults import RuleFault
from tests.rules.common import HERE, NOW, a_finding, an_item, holds

THERE = "444455556666"

INSTANCE = Resource(
    "ec2_instance", ("i-0abc", "web-1"), arn="arn:aws:ec2:eu-west-1:111122223333:instance/i-0abc"
)
ROLE = Resource("access_key", ("AKIAEXAMPLE", "deploy"))
BUCKET_A = Resource("s3_bucket", ("bucket-a",), tags=(Tag("Team", "data"),), listed=True)
BUCKET_B = Resource("s3_bucket", ("bucket-b",), listed=True)


@pytest.mark.parametrize(
    ("wanted", "held"),
    [
        pytest.param("111122223333", True, id="exact"),
        pytest.param("444455556666", False, id="another"),
        pytest.param(Decimal("111122223333"), True, id="number"),
        pytest.param(111122223333, True, id="json-number"),
        pytest.param(111122223333.0, True, id="json-float"),
        pytest.param({Decimal("1"), Decimal("111122223333")}, True, id="number-set"),
        pytest.param(["444455556666", "1111*"], True, id="any-of-a-list"),
        pytest.param({"444455556666"}, False, id="set-without-it"),
        pytest.param(" 111122223333 ", True, id="spaces-around"),
        pytest.param("11112222333?", True, id="question-mark"),
        pytest.param("[!2]11122223333", True, id="brackets"),
        pytest.param("1111", False, id="not-a-prefix"),
    ],
)
def test_account_id(wanted: object, held: bool) -> None:
    assert holds(a_finding(), account_id=wanted) is held


def test_every_account_of_a_sequence_must_match() -> None:
    sequence = a_finding(accounts=(HERE, THERE))
    assert not holds(sequence, account_id=HERE)
    assert not holds(a_finding(accounts=(THERE,)), account_id=THERE)  # the finding's own counts too
    assert holds(sequence, account_id=[HERE, THERE])


def test_no_condition_holds_where_something_was_left_out() -> None:
    """Each of the addresses that are left is known: that does not say that each of them was."""
    cut = a_finding(shortened=True, actor_ips=("198.51.100.1",))
    assert holds(replace(cut, shortened=False), actor_ip="198.51.100.0/24", account_id=HERE)
    assert not holds(cut, actor_ip="198.51.100.0/24")
    assert not holds(cut, account_id=HERE)
    assert holds(cut), "a rule without conditions says nothing of what was cut"


@pytest.mark.parametrize(
    ("account", "accounts", "held"),
    [
        pytest.param(Account("pay-dev"), (HERE,), True, id="known"),
        pytest.param(Account("Pay-dev"), (HERE,), False, id="case-sensitive"),
        pytest.param(Account(""), (HERE,), False, id="unknown"),
        pytest.param(Account("pay-dev"), (), True, id="accounts-not-listed"),
        pytest.param(Account("pay-dev"), (HERE, THERE), False, id="another-account-whose-name-is-unknown"),
    ],
)
def test_account_name(account: Account, accounts: tuple[str, ...], held: bool) -> None:
    assert holds(a_finding(accounts=accounts), account, account_name="pay-*") is held


def test_ou_path() -> None:
    payments = Account("x", ou_path="Root/Payments/Prod")
    assert holds(a_finding(), payments, ou_path="Root/Payments/*")
    assert not holds(a_finding(), payments, ou_path="Payments")
    assert not holds(a_finding(), Account("x"), ou_path="Root/*")
    assert not holds(a_finding(accounts=(HERE, THERE)), payments, ou_path="Root/*")


def test_region() -> None:
    assert holds(a_finding(), region="EU-West-1")
    assert holds(a_finding(), region=["us-*", "eu-*"])
    assert not holds(a_finding(regions=("eu-west-1", "us-east-1")), region="eu-*")


@pytest.mark.parametrize(
    ("resources", "wanted", "held"),
    [
        pytest.param((INSTANCE,), "i-0abc", True, id="by-id"),
        pytest.param((INSTANCE,), "web-*", True, id="by-name"),
        pytest.param((INSTANCE,), "arn:aws:ec2:*:instance/i-0abc", True, id="by-arn"),
        pytest.param(
            (Resource("x", ("a",), name="people"),), "people", False, id="not-by-a-name-that-may-be-a-tag"
        ),
        pytest.param((INSTANCE,), "I-0ABC", False, id="case-sensitive"),
        pytest.param((INSTANCE,), "0abc", False, id="whole-value"),
        pytest.param((), "i-0abc", False, id="no-resource"),
        pytest.param((INSTANCE, ROLE), "deploy", True, id="one-facet-suffices"),
        pytest.param((BUCKET_A, BUCKET_B), "bucket-a", False, id="every-listed-one"),
        pytest.param((BUCKET_A, BUCKET_B), ["bucket-a", "bucket-b"], True, id="every-listed-one-matches"),
        pytest.param((BUCKET_A, BUCKET_B, ROLE), "bucket-a", False, id="one-bucket-of-two-beside-a-key"),
        pytest.param((BUCKET_A, BUCKET_B, ROLE), "AKIA*", True, id="the-key-beside-two-buckets"),
        pytest.param((BUCKET_A, ROLE), "bucket-?", True, id="the-only-bucket"),
    ],
)
def test_resource_id(resources: tuple[Resource, ...], wanted: object, held: bool) -> None:
    assert holds(a_finding(resources=resources), resource_id=wanted) is held


@pytest.mark.parametrize(
    ("principals", "held"),
    [
        pytest.param((), False, id="nobody"),
        pytest.param((("alice", "AIDAEXAMPLE"),), True, id="by-any-name"),
        pytest.param((("AIDAEXAMPLE", "alice"), ("bob",)), False, id="somebody-else-too"),
        pytest.param((("alice",), ("—",)), False, id="somebody-unnamed-too"),
    ],
)
def test_principal(principals: tuple[tuple[str, ...], ...], held: bool) -> None:
    assert holds(a_finding(principals=principals), principal="al*ce") is held


@pytest.mark.parametrize("wanted", ["—", "[—]", "[!a]*", ["alice", "[!a]"]])
def test_nothing_is_said_of_somebody_unnamed(wanted: object) -> None:
    unnamed = a_finding(principals=(("—",),), resources=(Resource("access_key", ("—",)),))
    assert not holds(unnamed, principal=wanted)
    assert not holds(unnamed, resource_id=wanted)


def tagged(*tags: tuple[str, str], listed: bool = False) -> Resource:
    return Resource("x", (f"r{len(tags)}{listed}",), tags=tuple(Tag(*tag) for tag in tags), listed=listed)


@pytest.mark.parametrize(
    ("resources", "wanted", "held"),
    [
        pytest.param((tagged(("Team", "data")),), "Team=data", True, id="exact"),
        pytest.param((tagged(("Team", "data")),), "Team=d*", True, id="wildcard-in-the-value"),
        pytest.param((tagged(("Team", "data")),), "Team", True, id="key-alone"),
        pytest.param((tagged(("Team", "data")),), "team=data", False, id="case-sensitive-key"),
        pytest.param((tagged(("Team", "data")),), "Team=Data", False, id="case-sensitive-value"),
        pytest.param((tagged(("Team", "data")),), "Team=", False, id="empty-value-is-a-value"),
        pytest.param((tagged(("Team", "")),), "Team=", True, id="empty-value"),
        pytest.param((tagged(("Teams", "data")),), "Team", False, id="longer-key"),
        pytest.param((tagged(("a=b", "c")),), "a=b=c", True, id="key-with-an-equals-sign"),
        pytest.param((tagged(("Team", "x")), tagged(("Team", "data"))), "Team=data", True, id="one-facet"),
        pytest.param((tagged(), tagged(("Team", "data"), listed=True)), "Team=data", True, id="the-listed"),
        pytest.param(
            (tagged(listed=True), tagged(("Team", "data"))), "Team=data", False, id="listed-without"
        ),
        pytest.param((BUCKET_A, BUCKET_B), "Team=data", False, id="one-bucket-without"),
        pytest.param((), "Team=data", False, id="no-resource"),
    ],
)
def test_tag(resources: tuple[Resource, ...], wanted: object, held: bool) -> None:
    assert holds(a_finding(resources=resources), tag=wanted) is held


@pytest.mark.parametrize(
    ("addresses", "wanted", "held"),
    [
        pytest.param(("198.51.100.7",), "198.51.100.0/24", True, id="in-the-cidr"),
        pytest.param(("198.51.100.7",), "198.51.100.7", True, id="address"),
        pytest.param(("198.51.100.7",), "198.51.100.9/24", True, id="cidr-with-host-bits"),
        pytest.param((), "198.51.100.0/24", False, id="no-address"),
        pytest.param(("198.51.100.7", "203.0.113.9"), "198.51.100.0/24", False, id="not-every-one"),
        pytest.param(
            ("198.51.100.7", "203.0.113.9"), ["198.51.100.0/24", "203.0.113.9"], True, id="every-one"
        ),
        pytest.param(("2001:db8::7",), "2001:DB8::/32", True, id="ipv6"),
        pytest.param(("2001:db8::7",), "198.51.100.0/24", False, id="ipv6-is-no-ipv4"),
        pytest.param(("::ffff:198.51.100.7",), "198.51.100.0/24", True, id="ipv4-in-ipv6"),
        pytest.param(("198.51.100.7:443",), "0.0.0.0/0", False, id="no-address-in-the-finding"),
        pytest.param(("198.51.100.7",), "0.0.0.0/0", True, id="everywhere"),
    ],
)
def test_actor_ip(addresses: tuple[str, ...], wanted: object, held: bool) -> None:
    assert holds(a_finding(actor_ips=addresses), actor_ip=wanted) is held


@pytest.mark.parametrize(
    ("domains", "wanted", "held"),
    [
        pytest.param(("c2.example.com",), "*.example.com", True, id="below"),
        pytest.param(("example.com",), "*.example.com", False, id="not-itself"),
        pytest.param(("C2.Example.com.",), "c2.EXAMPLE.com", True, id="case-and-closing-dot"),
        pytest.param(("c2.example.com",), "c2.example.com.", True, id="closing-dot-in-the-rule"),
        pytest.param(("c2.example.com", "example.net"), "*.example.com", False, id="not-every-one"),
        pytest.param((), "*.example.com", False, id="no-domain"),
    ],
)
def test_domain(domains: tuple[str, ...], wanted: object, held: bool) -> None:
    assert holds(a_finding(domains=domains), domain=wanted) is held


@pytest.mark.parametrize(
    "nothing", ["*", "**", "?*", "*.*", "????", "*-*", ["*", "i-other"], {"i-other", "*"}]
)
def test_a_condition_without_a_literal_character_is_no_condition(nothing: object) -> None:
    assert holds(a_finding(), resource_id=nothing)
    rule = suppressions.read(an_item(resource_id=nothing))
    assert isinstance(rule, suppressions.Rule)
    assert rule.conditions.nothing == ("resource_id",)


@pytest.mark.parametrize(
    "attribute", ["account_id", "account_name", "ou_path", "region", "principal", "tag", "domain"]
)
def test_a_star_is_no_condition_of_any_attribute(attribute: str) -> None:
    nothing: dict[str, Any] = {attribute: "*"}
    assert holds(a_finding(), **nothing)


@pytest.mark.parametrize("exclusion", ["[!i]*", "*[!0-9]", "[", "---"])
def test_an_exclusion_is_kept_though_it_narrows_nothing(exclusion: str) -> None:
    assert not holds(a_finding(resources=(Resource("x", ("i-0",)),)), resource_id=exclusion)
    assert isinstance(suppressions.read(an_item(finding_type="*", resource_id=exclusion)), RuleFault)


@pytest.mark.parametrize(
    ("severity", "given", "held"),
    [
        pytest.param(8.9, {}, True, id="high-unless-said"),
        pytest.param(9.0, {}, False, id="critical-is-not-hidden"),
        pytest.param(8.95, {}, False, id="between-the-bands"),
        pytest.param(9.0, {"max_severity": Decimal("9")}, True, id="critical-said"),
        pytest.param(10.0, {"max_severity": "10"}, True, id="string"),
        pytest.param(3.9, {"max_severity": Decimal("3.9")}, True, id="inclusive"),
        pytest.param(3.9, {"max_severity": 3.9}, True, id="json-number"),
        pytest.param(4.0, {"max_severity": " 3.9 "}, False, id="above"),
        pytest.param(0.0, {"max_severity": 0}, True, id="zero"),
    ],
)
def test_max_severity(severity: float, given: dict[str, Any], held: bool) -> None:
    assert holds(a_finding(severity=severity), **given) is held


@pytest.mark.parametrize(
    ("attribute", "value", "key"),
    [
        pytest.param("expires_at", "2020-01-01", "expired", id="expired"),
        pytest.param("account_id", ["payments", "1234567890123"], "account_digits", id="no-account-id"),
    ],
)
def test_a_rule_that_no_finding_can_match_says_why(attribute: str, value: object, key: str) -> None:
    rule = suppressions.read(an_item(**{attribute: value}))
    assert isinstance(rule, suppressions.Rule)
    why = conditions.never(rule, NOW)
    assert why is not None
    assert why.key == key
    assert attribute in why.why


def test_switched_off_is_a_standing_of_its_own() -> None:
    assert conditions.standing(suppressions.read(an_item(enabled=False)), NOW) == (RuleStanding.OFF, None)
