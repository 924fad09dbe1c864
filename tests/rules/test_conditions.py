"""The matching engine: when each condition holds, and how a rule stands."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.finding.members.table import MEMBERS
from chalicelib.finding.model import Account, Resource, Tag, Things
from chalicelib.rules import conditions, suppressions
from chalicelib.rules.conditions import RuleStanding
from chalicelib.rules.faults import RuleFault
from chalicelib.rules.table import CONDITIONS, Chooser
from tests.rules.common import HERE, NOW, a_finding, an_item, holds

THERE = "444455556666"

NAMES_OF_OWNERS = [
    name for name, row in CONDITIONS.items() if row.chooser is Chooser.OWNER and name in MEMBERS
]

INSTANCE = ("i-0abc", "arn:aws:ec2:eu-west-1:111122223333:instance/i-0abc")
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
        pytest.param("1111-2222-3333", True, id="as-the-console-shows-it"),
        pytest.param("1111-2222-33*", False, id="no-other-form-with-hyphens"),
    ],
)
def test_account_id(wanted: object, held: bool) -> None:
    assert holds(a_finding(), account_id=wanted) is held


def test_every_account_of_a_sequence_must_match() -> None:
    sequence = a_finding(accounts=(HERE, THERE))
    assert not holds(sequence, account_id=HERE)
    assert not holds(a_finding(accounts=(THERE,)), account_id=THERE)  # the finding's own counts too
    assert holds(sequence, account_id=[HERE, THERE])


def test_a_resource_of_an_unknown_account_matches_no_account() -> None:
    """A bucket's ARN does not say whose it is: it may be that of another account."""
    sequence = a_finding(unsaid=frozenset({"account_id"}), accounts=(HERE,))
    assert not holds(sequence, account_id=HERE)
    assert not holds(sequence, Account("pay-dev"), account_name="pay-dev")
    assert not holds(sequence, Account(ou_path="Root/Payments"), ou_path="Root/Payments")
    assert holds(sequence, region="eu-west-1")


@pytest.mark.parametrize("cut", [{"shortened": True}, {"identifiers_only": True}])
def test_no_condition_but_the_id_holds_where_something_is_missing(cut: dict[str, bool]) -> None:
    """Each of the addresses that are left is known: that does not say that each of them was."""
    whole = a_finding(actor_ip=(("198.51.100.1",),))
    missing = replace(whole, **cut)  # type: ignore[arg-type]
    assert holds(whole, actor_ip="198.51.100.0/24", account_id=HERE)
    assert not holds(missing, actor_ip="198.51.100.0/24")
    assert not holds(missing, account_id=HERE)
    assert not holds(missing, finding_id="f1", account_id=HERE)
    assert holds(missing, finding_id="f1"), "an id is never cut"
    assert holds(missing), "a rule without conditions says nothing of what was cut"


@pytest.mark.parametrize(
    ("wanted", "held"),
    [
        pytest.param("f1", True, id="id"),
        pytest.param(f"arn:aws:guardduty:eu-west-1:{HERE}:detector/d1/finding/f1", True, id="arn"),
        pytest.param(["f0", "f1"], True, id="any-of-a-list"),
        pytest.param("f2", False, id="another"),
    ],
)
def test_finding_id(wanted: object, held: bool) -> None:
    assert holds(a_finding(), finding_id=wanted) is held


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
    ("things", "wanted", "held"),
    [
        pytest.param((INSTANCE,), "i-0abc", True, id="by-id"),
        pytest.param((INSTANCE,), "i-0a*", True, id="by-pattern"),
        pytest.param((INSTANCE,), "arn:aws:ec2:*:instance/i-0abc", True, id="by-arn"),
        pytest.param((INSTANCE,), "i-0ab", False, id="whole-value"),
        pytest.param((), "i-0abc", False, id="nothing-there"),
        pytest.param((INSTANCE, ("vol-0a",)), "i-0abc", False, id="every-thing"),
        pytest.param((INSTANCE, ("vol-0a",)), ["i-0abc", "vol-0a"], True, id="every-thing-matches"),
        pytest.param((INSTANCE, ()), ["i-0abc", "i-*"], False, id="a-thing-without-a-name"),
    ],
)
def test_every_thing_matches_by_any_of_its_names(things: Things, wanted: object, held: bool) -> None:
    assert holds(a_finding(resource_id=things), resource_id=wanted) is held


@pytest.mark.parametrize(
    ("condition", "name", "wanted", "held"),
    [
        pytest.param("bucket", "invoices", "invoices", True, id="name"),
        pytest.param("bucket", "invoices", "Invoices", False, id="case-sensitive"),
        pytest.param("principal", "alice", "al*ce", True, id="wildcard"),
        pytest.param("principal", f"arn:aws:iam::{HERE}:role/Deploy", f"arn:aws:iam::{HERE}:role/team/Deploy", True,
                     id="arn-without-its-path"),
        pytest.param("principal", f"arn:aws:iam::{THERE}:role/Deploy", f"arn:aws:iam::{HERE}:role/Deploy", False,
                     id="arn-of-another-account"),
        pytest.param("principal", f"arn:aws:iam::{HERE}:user/Deploy", f"arn:aws:iam::{HERE}:role/Deploy", False,
                     id="arn-of-a-user"),
        pytest.param("asn", "64500", "AS64500", True, id="as-number"),
        pytest.param("asn", "64500", 64500, True, id="as-number-as-number"),
        pytest.param("country", "norway", "NORWAY", True, id="country-in-any-case"),
        pytest.param("local_port", "22", Decimal(22), True, id="port"),
        pytest.param("local_port", "22", ["80", "443"], False, id="another-port"),
        pytest.param("file_hash", "ab" * 32, "AB" * 32, True, id="hash-in-any-case"),
        pytest.param("remote_account_id", THERE, 444455556666, True, id="account"),
    ],
)  # fmt: skip
def test_how_names_are_compared(condition: str, name: str, wanted: object, held: bool) -> None:
    rule: dict[str, Any] = {condition: wanted, "max_severity": 8.9, "expires_at": "2199-12-31"}
    assert holds(a_finding(**{condition: ((name,),)}), **rule) is held


def test_a_name_is_no_name_of_another_kind() -> None:
    """Whatever else is called like it: each condition asks about its own things alone."""
    everything = dict.fromkeys(MEMBERS, (("prod",),))
    for condition in NAMES_OF_OWNERS:
        others = {name: things for name, things in everything.items() if name != condition}
        rule: dict[str, Any] = {condition: "prod"}
        assert holds(a_finding(**{condition: (("prod",),)}), **rule)
        assert not holds(a_finding(**others), **rule)


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
    hosts = tuple((address,) for address in addresses)
    assert holds(a_finding(actor_ip=hosts), actor_ip=wanted) is held


def test_either_address_of_a_host_suffices() -> None:
    host = a_finding(actor_ip=(("198.51.100.7", "2001:db8::7"),))
    assert holds(host, actor_ip="198.51.100.7")
    assert holds(host, actor_ip="2001:db8::/48")


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


@pytest.mark.parametrize("nothing", ["*", "**", "?*", "*.*", "????", "*-*", ["*", "i-0a"], {"i-0a", "*"}])
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


@pytest.mark.parametrize("exclusion", ["[!i]*", "*[!0-9]"])
def test_an_exclusion_is_kept_though_it_narrows_nothing(exclusion: str) -> None:
    assert not holds(a_finding(bucket=(("i-0",),)), bucket=exclusion)
    assert isinstance(suppressions.read(an_item(finding_type="*", bucket=exclusion)), RuleFault)


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
        pytest.param("remote_account_id", "1234567890123", "account_digits", id="no-remote-account-id"),
        pytest.param("region", ["Ireland", "EU (Ireland)"], "region_name", id="a-regions-display-name"),
        pytest.param("ou_path", "ou-ab12-sandbox1", "ou_alone", id="an-ou-without-its-path"),
        pytest.param(
            "ou_path", "o-example/r-ab12/ou-ab12-sandbox1/", "ou_alone", id="a-path-without-its-account"
        ),
        pytest.param("finding_type", "recon:EC2/portscan", "type_case", id="letter-case-of-the-type"),
        pytest.param("finding_type", "Recon:ec2/*", "type_case", id="letter-case-of-the-service"),
    ],
)
def test_a_rule_that_no_finding_can_match_says_why(attribute: str, value: object, key: str) -> None:
    rule = suppressions.read(an_item(**{attribute: value}))
    assert isinstance(rule, suppressions.Rule)
    why = conditions.never(rule, NOW)
    assert why is not None
    assert why.key == key
    assert attribute in why.why


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        pytest.param("account_id", ["payments", HERE], id="one-that-can-match"),
        pytest.param("region", "*-1", id="region-by-pattern"),
        pytest.param("region", "us-gov-west-1", id="govcloud"),
        pytest.param("ou_path", "*/ou-ab12-sandbox1/*", id="ou-by-pattern"),
        pytest.param("ou_path", f"o-example/r-ab12/ou-ab12-sandbox1/{HERE}/", id="whole-path"),
        pytest.param("finding_type", "New:Service/NobodyKnows", id="a-new-type"),
    ],
)
def test_a_rule_that_some_finding_may_match_is_never_called_impossible(attribute: str, value: object) -> None:
    rule = suppressions.read(an_item(**{attribute: value}))
    assert isinstance(rule, suppressions.Rule)
    assert conditions.never(rule, NOW) is None


@pytest.mark.parametrize(
    ("item", "key", "near"),
    [
        pytest.param({"finding_type": "Recon:EC2/Portscann"}, "type_near", "Recon:EC2/Portscan", id="type"),
        pytest.param({"finding_type": "Recon:EC3/*"}, "type_near", "Recon:EC2/*", id="type-by-pattern"),
        pytest.param(
            {"finding_type": "Quantum:Qubit/Theft"}, "type_unknown", None, id="a-type-like-no-other"
        ),
        pytest.param({"tag": "Team:data"}, "tag_colon", "Team=data", id="colon-in-a-tag"),
    ],
)
def test_a_rule_that_perhaps_never_matches_is_doubted(
    item: dict[str, Any], key: str, near: str | None
) -> None:
    rule = suppressions.read(an_item(**item))
    assert isinstance(rule, suppressions.Rule)
    [doubt] = conditions.doubts(rule)
    assert (doubt.key, dict(doubt.values).get("near")) == (key, near)
    assert conditions.standing(rule, NOW) == (RuleStanding.VALID, None)


@pytest.mark.parametrize("tag", ["Team=data:web", "Team", "aws:cloudformation:stack-name"])
def test_a_colon_where_it_may_stand_is_not_doubted(tag: str) -> None:
    rule = suppressions.read(an_item(tag=tag))
    assert isinstance(rule, suppressions.Rule)
    assert conditions.doubts(rule) == ()


def test_switched_off_is_a_standing_of_its_own() -> None:
    assert conditions.standing(suppressions.read(an_item(enabled=False)), NOW) == (RuleStanding.OFF, None)
