"""How much a rule may hide, by what holds it: the whole matrix, and what is narrow by itself."""

from typing import Any

import pytest

from chalicelib.rules import breadth, suppressions
from chalicelib.rules.breadth import MATRIX, Demand, Holder, Scope
from chalicelib.rules.faults import RuleFault
from chalicelib.rules.table import CONDITIONS, Chooser, chooser
from tests.rules.common import HERE, an_item

BOUNDS = {"max_severity": 6.9, "expires_at": "2199-12-31"}
SCOPES = {
    Scope.ONE: ("Recon:EC2/Portscan", "Recon:EC2/*", "Recon:*"),
    Scope.ANY_PURPOSE: ("*:EC2/Portscan", "*:EC2/*"),
    Scope.EVERY: ("*", "*:*"),
}
HELD_BY: dict[Holder, dict[str, Any]] = {
    Holder.IDENTITY: {"account_id": HERE},
    Holder.ADDRESSES: {"actor_ip": "198.51.100.0/24"},
    Holder.OWNER: {"principal": "alice"},
    Holder.ANYONE: {"country": "NO"},
    Holder.NOTHING: {},
}


def fault(**given: Any) -> str:
    reading = suppressions.read(an_item(**given))
    return reading.key if isinstance(reading, RuleFault) else ""


@pytest.mark.parametrize("holder", Holder)
@pytest.mark.parametrize("scope", Scope)
def test_the_matrix(holder: Holder, scope: Scope) -> None:
    demand = MATRIX[holder][list(Scope).index(scope)]
    for finding_type in SCOPES[scope]:
        rule = {"finding_type": finding_type, **HELD_BY[holder]}
        assert bool(fault(**rule)) is (demand is not Demand.NONE)
        assert bool(fault(**rule, **BOUNDS)) is (demand is Demand.REFUSED)
        if demand is Demand.BOUNDS:
            for one, bound in BOUNDS.items():
                assert fault(**rule, **{one: bound}), "both are needed"


@pytest.mark.parametrize(
    ("given", "key"),
    [
        pytest.param({"finding_type": "*"}, "star", id="nothing"),
        pytest.param({"finding_type": "*", **BOUNDS}, "star", id="bounds-are-no-condition"),
        pytest.param({"finding_type": "*", "region": "eu-west-1", **BOUNDS}, "star", id="a-region-holds-nothing"),
        pytest.param({"finding_type": "*", "country": "NO", **BOUNDS}, "star_anyone", id="a-country-for-everything"),
        pytest.param({"finding_type": "*:EC2/*"}, "unheld", id="every-purpose-by-nothing"),
        pytest.param({"finding_type": "*:EC2/*", "tag": "Team=data"}, "member", id="every-purpose-by-a-tag"),
        pytest.param({"finding_type": "Recon:EC2/*", "local_port": 22}, "anyone", id="one-type-by-a-port"),
    ],
)  # fmt: skip
def test_each_fault_says_its_own_reason(given: dict[str, Any], key: str) -> None:
    assert fault(**given) == key


def test_the_fault_names_what_holds_the_rule() -> None:
    reading = suppressions.read(
        an_item(finding_type="*", tag="Team=data", principal="alice", region="eu-west-1")
    )
    assert isinstance(reading, RuleFault)
    assert "principal, tag" in reading.why


WIDE: list[dict[str, Any]] = [
    {"account_id": "1*"},
    {"account_id": [f"{digit}*" for digit in range(10)]},
    {"account_id": [HERE, "1*"]},
    {"account_id": "[0-9]*"},
    {"account_id": "????????????"},
    {"ou_path": "o-*"},
    {"ou_path": "*/r-*"},
    {"ou_path": "Root/Payments/*"},
    {"ou_path": "*ou-ab12-sandbox?/*"},
    {"region": ["eu-*", "us-*", "ap-*"]},
    {"region": "*-*-1"},
    {"resource_id": "arn:*"},
    {"resource_id": "i-*"},
    {"resource_id": ["i-0abc", "i-*"]},
    {"resource_id": "arn:aws:s3:::*"},
    {"resource_id": "arn:aws:s3:::data-*"},
    {"resource_id": f"arn:aws:lambda:eu-west-1:{HERE}:function:a*"},
    {"resource_id": f"arn:aws:lambda:*:{HERE}:function:resize-images"},
    {"resource_id": "arn:aws:lambda:eu-west-1:*:function:resize-images"},
    {"actor_ip": "128.0.0.0/1"},
    {"actor_ip": ["0.0.0.0/1", "128.0.0.0/1"]},
    {"actor_ip": "::/1"},
    {"actor_ip": ["10.0.0.0/16", "198.51.100.7"]},
    {"actor_ip": ["2001:db8::/48", "2001:db9::1"]},
    {"actor_ip": "::ffff:0:0/96"},
    {"actor_ip": "64:ff9b::/96"},
    {"principal": "a*"},
    {"principal": "[!x]*"},
    {"bucket": "*s*"},
    {"domain": "*.com"},
    {"file_hash": "ab*"},
    {"remote_account_id": "4444*"},
    {"tag": "x=*"},
]


@pytest.mark.parametrize("wanted", WIDE, ids=str)
def test_a_wide_value_holds_nothing_whatever_stands_beside_it(wanted: dict[str, Any]) -> None:
    assert fault(finding_type="*", **wanted, **BOUNDS) == "star"


NARROW: list[dict[str, Any]] = [
    {"finding_id": "0123456789abcdef"},
    {"account_id": [HERE, "444455556666"]},
    {"account_id": "1111-2222-3333"},
    {"ou_path": "*/ou-ab12-sandbox1/*"},
    {"ou_path": f"*/{HERE}/"},
    {"resource_id": "i-0abc"},
    {"resource_id": "arn:aws:s3:::invoices"},
    {"resource_id": "arn:aws:s3:::invoices/2026*"},
    {"resource_id": f"arn:aws:lambda:eu-west-1:{HERE}:function:resize-*"},
    {"resource_id": f"arn:aws:ec2:eu-west-1:{HERE}:instance/i-0abc"},
    {"actor_ip": "10.0.0.0/16"},
    {"actor_ip": ["198.51.100.0/24", "203.0.113.7", "2001:db8::/48"]},
    {"actor_ip": "::ffff:198.51.0.0/112"},
    {"remote_account_id": "444455556666"},
    {"file_hash": "ab" * 32},
]


@pytest.mark.parametrize("wanted", NARROW, ids=str)
def test_a_narrow_value_holds_a_rule_for_everything(wanted: dict[str, Any]) -> None:
    assert fault(finding_type="*", **wanted) == ""
    assert fault(finding_type="*", **wanted, country="NO", principal="a*") == "", "the best counts"


OWNED: list[dict[str, Any]] = [
    {"principal": "alice"},
    {"principal": "ci-deploy*"},
    {"bucket": "b"},
    {"account_name": "pay-*"},
    {"tag": "Team"},
    {"tag": "Team=*"},
    {"domain": "*.example.com"},
    {"threat_name": "EICAR-Test-File"},
    {"image_id": "ami-0a"},
    {"principal": "AWSReservedSSO_Admin_0123", "session_name": "jane@example.com"},
]


@pytest.mark.parametrize("wanted", OWNED, ids=str)
def test_what_others_name_holds_a_rule_for_everything_with_both_bounds(wanted: dict[str, Any]) -> None:
    assert fault(finding_type="*", **wanted) == "member"
    assert fault(finding_type="*", **wanted, **BOUNDS) == ""


ANYONE = [row.name for row in CONDITIONS.values() if row.chooser in (Chooser.ANYONE, Chooser.ATTACKER)]


@pytest.mark.parametrize("name", ANYONE)
@pytest.mark.parametrize("value", ["64500", "6*"])
def test_what_anyone_chooses_needs_bounds_even_for_one_type(name: str, value: str) -> None:
    """In full as by pattern: a rule is not the better for being wider."""
    by = breadth.held({name: (value,)})
    assert (by.by, by.names) == (Holder.ANYONE, (name,))


@pytest.mark.parametrize(
    ("principals", "kind"),
    [
        pytest.param(("AWSReservedSSO_Admin_01",), Chooser.OWNER, id="identity-center"),
        pytest.param(("AWSReservedSSO_Admin_01", "Deploy"), Chooser.ANYONE, id="one-other-role"),
        pytest.param((), Chooser.ANYONE, id="nobody-said"),
    ],
)
def test_a_session_is_named_by_its_caller_unless_identity_center_names_it(
    principals: tuple[str, ...], kind: Chooser
) -> None:
    assert chooser("session_name", {"principal": principals, "session_name": ("jane",)}) is kind


@pytest.mark.parametrize(
    ("given", "note"),
    [
        pytest.param({"finding_type": "*", "actor_ip": "198.51.100.7"}, "every_purpose", id="addresses"),
        pytest.param(
            {"finding_type": "Recon:*", "actor_ip": "198.51.100.7"}, "", id="addresses-of-one-purpose"
        ),
        pytest.param({"finding_type": "Recon:EC2/*"}, "held_by_type", id="nothing"),
        pytest.param({"finding_type": "Recon:EC2/*", "region": "eu-west-1"}, "held_by_type", id="a-region"),
        pytest.param({"finding_type": "*", "account_id": HERE}, "", id="an-account"),
    ],
)
def test_what_a_valid_rules_verdict_says_besides(given: dict[str, Any], note: str) -> None:
    rule = suppressions.read(an_item(**given))
    assert isinstance(rule, suppressions.Rule)
    assert breadth.note(rule.finding_type, rule.conditions.wanted) == note


SAMPLES = {
    "account_id": HERE,
    "ou_path": HERE,
    "remote_account_id": HERE,
    "file_hash": "ab" * 32,
    "actor_ip": "::1",
}
OWNER, OTHER_SIDE, ANYBODY = (Chooser.OWNER,), (Chooser.OTHER_SIDE,), (Chooser.ANYONE,)
HELD_BY_OTHERS: list[tuple[dict[str, Any], tuple[Chooser, ...], tuple[str, ...]]] = [
    ({}, (), ()),
    ({"region": "eu-west-1"}, (), ()),
    ({"account_id": HERE}, (), ()),
    ({"account_id": HERE, "principal": "alice", "country": "NO"}, (), ()),
    ({"remote_account_id": "444455556666", "principal": "alice"}, (), ()),
    ({"principal": "alice"}, OWNER, ("principal",)),
    ({"principal": "a*"}, (), ()),
    ({"account_id": [HERE, "1*"], "principal": "alice"}, OWNER, ("principal",)),
    ({"principal": "alice", "api": "CreateUser"}, OWNER, ("principal",)),
    ({"principal": "a*", "api": "CreateUser"}, ANYBODY, ("api",)),
    ({"bucket": "b*", "object_key": "x"}, ANYBODY, ("object_key",)),
    ({"bucket": "b*", "object_key": "x", "country": "NO"}, ANYBODY, ("object_key", "country")),
    ({"actor_ip": "198.51.100.7"}, OTHER_SIDE, ("actor_ip",)),
    ({"actor_ip": "0.0.0.0/1"}, (), ()),
    ({"actor_ip": "198.51.100.7", "tag": "Team=a"}, OWNER + OTHER_SIDE, ("tag", "actor_ip")),
    ({"principal": "AWSReservedSSO_A_01", "session_name": "j"}, OWNER, ("principal", "session_name")),
    ({"principal": "Deploy", "session_name": "j"}, OWNER, ("principal",)),
]


@pytest.mark.parametrize(("given", "choosers", "names"), HELD_BY_OTHERS, ids=str)
def test_who_can_make_a_finding_match_where_aws_and_the_organisation_can_not_say(
    given: dict[str, Any], choosers: tuple[Chooser, ...], names: tuple[str, ...]
) -> None:
    rule = suppressions.read(an_item(**given, **BOUNDS))
    assert isinstance(rule, suppressions.Rule)
    assert breadth.by_others(rule.conditions.wanted) == (choosers, names)


@pytest.mark.parametrize("name", CONDITIONS)
def test_each_condition_that_holds_a_rule_alone_has_its_chooser_named(name: str) -> None:
    wanted = {name: (SAMPLES.get(name, "2222"),)}
    expected = {
        Chooser.IDENTITY: (), Chooser.AWS: (), Chooser.NOTHING: (), Chooser.ATTACKER: ANYBODY,
    }.get(CONDITIONS[name].chooser, (CONDITIONS[name].chooser,))  # fmt: skip
    assert breadth.by_others(wanted).choosers == expected
