"""The rules that are offered hide what they promise, and nothing that somebody has to see."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.errors import InvalidFinding
from chalicelib.finding.event import parse
from chalicelib.finding.model import Account, Finding, Severity
from chalicelib.rules import conditions, suppressions
from chalicelib.rules.attributes import REASON_TO_WRITE
from chalicelib.rules.conditions import RuleStanding
from chalicelib.rules.offered_trials import FEWEST
from chalicelib.rules.quieter import MOST, PostedFinding, Quieter, quieter
from chalicelib.rules.suggested_rule import DAYS, suggest
from chalicelib.rules.suppressions import Rule
from tests.generate import Json, events, mangled_events
from tests.organisation import Findings, organisation
from tests.rules.common import NOW, a_finding
from tests.rules.offered_cases import (
    API_CALL,
    CONNECTION,
    IN_AN_OBJECT,
    INSTANCE_ID,
    KEY,
    Case,
    Changes,
    all_cases,
    changed,
    like,
)

COMMON = {"finding_type", "rule", "reason", "account_id", "region", "max_severity", "expires_at"}
STRANGER = f"{CONNECTION}.remoteIpDetails"
TAGS = "resource.instanceDetails.tags"
HOSTS = "service.action.portProbeAction.portProbeDetails"
USER = "arn:aws:iam::111122223333:user/alice"
HERE = Account("payments", "o-1/ou-1/111122223333/")


def adds(found: Quieter) -> dict[str, Any]:
    return {name: value for name, value in found.rule.items() if name not in COMMON}


def many(findings: Iterable[Finding], is_open: bool = False) -> list[PostedFinding]:
    """Let each have an id of its own."""
    return [
        PostedFinding(replace(each, id=f"{number:032x}"), HERE, is_open)
        for number, each in enumerate(findings)
    ]


def of(name: str, *changes: Changes) -> list[Finding]:
    return [parse(like(name, each)) for each in changes]


def instances(count: int, more: Changes | None = None) -> list[Changes]:
    return [{INSTANCE_ID: f"i-{number:08x}", TAGS: [], **(more or {})} for number in range(count)]


def strangers(count: int, more: Changes | None = None) -> list[Changes]:
    return [{STRANGER: {"ipAddressV4": f"203.0.113.{number}"}, **(more or {})} for number in range(count)]


def one_host(address: str) -> Changes:
    return {HOSTS: [{"remoteIpDetails": {"ipAddressV4": address}}]}


def tagged(count: int) -> list[Changes]:
    """Instances with a tag in common, each with another stranger."""
    tags = {TAGS: [{"key": "fleet", "value": "honeypot"}]}
    return [{**one, **other} for one, other in zip(instances(count, tags), strangers(count), strict=True)]


def callers(count: int) -> list[Changes]:
    """One user, from as many addresses, in one and the same call."""
    return [{f"{API_CALL}.remoteIpDetails": {"ipAddressV4": f"203.0.113.{each}"}} for each in range(count)]


def in_order(value: object) -> object:
    return sorted(value) if isinstance(value, list) else value


# --- which rule


@pytest.mark.parametrize(
    ("findings", "said"),
    [
        pytest.param(
            of("ec2-ssh-brute-force", *strangers(6)),
            {"resource_id": "i-0a1b2c3d4e5f60718"},
            id="an-instance-and-many-strangers",
        ),
        pytest.param(
            of("ec2-port-probe", *instances(6, one_host("198.51.100.99"))),
            {"actor_ip": "198.51.100.99"},
            id="a-stranger-and-many-instances",
        ),
        pytest.param(
            of("ec2-port-probe", *[one_host("198.51.100.99")] * 6),
            {"resource_id": "i-0a1b2c3d4e5f60718", "actor_ip": "198.51.100.99"},
            id="always-the-same-the-most-specific",
        ),
        pytest.param(
            of("example", *tagged(6)), {"tag": "fleet=honeypot"}, id="a-tag-and-nothing-else-in-common"
        ),
        pytest.param(of("iam-user-anomaly", *callers(6)), {"principal": USER}, id="a-user-from-anywhere"),
    ],
)
def test_the_rule_says_what_many_findings_have_in_common(
    findings: list[Finding], said: dict[str, Any]
) -> None:
    found, *_ = quieter(many(findings), [], NOW)
    assert adds(found) == said
    assert (found.hides, found.of, found.share, found.besides) == (6, 6, 1.0, 0)


def test_it_is_offered_as_a_message_offers_a_rule() -> None:
    findings = of("ec2-ssh-brute-force", *strangers(6))
    (found,) = quieter(many(findings), [], NOW)
    alike = suggest(findings[0], NOW)
    assert alike and found.rule == {**alike, "rule": found.rule["rule"]}
    assert found.rule["reason"] == REASON_TO_WRITE
    assert found.rule["expires_at"] == f"{NOW + timedelta(days=DAYS):%Y-%m-%d}"


def test_its_name_stays_as_long_as_it_says_the_same() -> None:
    """However many findings there are, how severe, and when: added again, the rule replaces itself."""
    findings = of("ec2-ssh-brute-force", *strangers(9))
    higher = [replace(each, severity=6.0) for each in findings]
    (first,) = quieter(many(findings), [], NOW)
    (later,) = quieter(many(higher[3:]), [], NOW + timedelta(days=7))
    assert first.rule["rule"] == later.rule["rule"]
    assert first.rule != later.rule


@pytest.mark.parametrize(("count", "offered"), [(FEWEST - 1, 0), (FEWEST, 1)])
def test_only_what_came_five_times_is_offered(count: int, offered: int) -> None:
    assert len(quieter(many(of("ec2-ssh-brute-force", *strangers(count))), [], NOW)) == offered


@pytest.mark.parametrize(
    "change",
    [{"account_id": "444455556666", "accounts": ("444455556666",)}, {"region": "us-east-1"}],
    ids=["account", "region"],
)
def test_no_rule_reaches_into_another_account_or_region(change: dict[str, Any]) -> None:
    here = of("ec2-ssh-brute-force", *strangers(8))
    there = [replace(each, **change) for each in here[:4]]
    assert quieter(many(here[4:] + there), [], NOW) == ()


def test_the_next_rule_is_chosen_by_what_it_adds_and_says_what_it_hides_alone() -> None:
    """A stranger at eight instances, one of which five more strangers try: that stranger's finding is in both."""
    scanned = of("ec2-port-probe", *instances(8, one_host("198.51.100.99")))
    one = [{INSTANCE_ID: "i-00000000", TAGS: [], **one_host(f"203.0.113.{each}")} for each in range(6)]
    found = quieter(many(scanned + of("ec2-port-probe", *one)), [], NOW)
    assert [(adds(each), each.hides) for each in found] == [
        ({"actor_ip": "198.51.100.99"}, 8),
        ({"resource_id": "i-00000000"}, 7),
    ]
    assert [(each.of, each.share) for each in found] == [(14, 8 / 14), (14, 0.5)]


def test_a_rule_that_adds_fewer_than_five_is_not_offered() -> None:
    scanned = of("ec2-port-probe", *instances(8, one_host("198.51.100.99")))
    one = [{INSTANCE_ID: "i-00000000", TAGS: [], **one_host(f"203.0.113.{each}")} for each in range(4)]
    found = quieter(many(scanned + of("ec2-port-probe", *one)), [], NOW)
    assert [adds(each) for each in found] == [{"actor_ip": "198.51.100.99"}]


def test_no_more_rules_than_are_asked_for() -> None:
    posted = noise_of(MOST + 2)
    assert [len(quieter(posted, [], NOW, most)) for most in (0, 1, MOST, MOST + 2)] == [0, 1, MOST, MOST + 2]
    assert quieter(posted, [], NOW) == quieter(posted, [], NOW, MOST + 2)[:MOST]


def noise_of(instances_of_it: int) -> list[PostedFinding]:
    changes = [
        {INSTANCE_ID: f"i-{number:08x}", TAGS: [], **one}
        for number in range(instances_of_it)
        for one in strangers(5 + number)
    ]
    return many(of("ec2-ssh-brute-force", *changes))


# --- what no rule hides


def test_an_open_finding_leaves_no_rule_that_hides_it() -> None:
    findings = of("ec2-ssh-brute-force", *strangers(7))
    waits = many(findings[:1], is_open=True)
    assert quieter(waits + many(findings[1:]), [], NOW) == ()


@pytest.mark.parametrize(
    ("usual", "open_one"),
    [
        pytest.param({}, {STRANGER: {"ipAddressV4": "::ffff:203.0.113.0"}, INSTANCE_ID: "i-0"}, id="address"),
        pytest.param({"accountId": "1"}, {"accountId": "000000000001"}, id="account"),
        pytest.param({}, {"region": "EU-WEST-1"}, id="region"),
    ],
)
def test_an_open_finding_is_known_however_it_is_written(usual: Changes, open_one: Changes) -> None:
    """Where it is not open, the same rule hides it."""
    same = {STRANGER: {"ipAddressV4": "203.0.113.0"}}
    findings = of("ec2-ssh-brute-force", *instances(6, {**same, **usual}))
    (other,) = of("ec2-ssh-brute-force", {**same, TAGS: [], **usual, **open_one})
    (found,) = quieter(many(findings), [(other, HERE)], NOW)
    assert (adds(found), found.hides, found.besides) == ({"actor_ip": "203.0.113.0"}, 6, 1)
    assert quieter(many(findings) + many([other], is_open=True), [], NOW) == ()


def test_above_the_rules_highest_severity_a_finding_may_be_open() -> None:
    findings = of("ec2-ssh-brute-force", *strangers(12))
    low = [replace(each, severity=2.0) for each in findings[:6]]
    waits = many([replace(findings[6], severity=5.0)], is_open=True)
    high = [replace(each, severity=8.0) for each in findings[7:]]
    between = [(replace(findings[0], severity=severity), HERE) for severity in (2.0, 3.0, 5.0)]
    (found,) = quieter(many(low + high) + waits, between, NOW)
    assert (found.rule["max_severity"], found.highest, found.hides, found.of) == (2.0, 2.0, 6, 12)
    assert found.besides == 1


def test_a_rule_reaches_no_higher_than_what_was_posted() -> None:
    posted = [replace(each, severity=5.0) for each in of("ec2-ssh-brute-force", *strangers(6))]
    unposted = [(replace(each, severity=8.0), HERE) for each in posted]
    (found,) = quieter(many(posted), unposted, NOW)
    assert (found.rule["max_severity"], found.besides) == (5.0, 0)


def test_what_it_would_have_hidden_besides_is_counted() -> None:
    findings = of("ec2-ssh-brute-force", *strangers(9))
    elsewhere = of("ec2-ssh-brute-force", *strangers(4, {INSTANCE_ID: "i-0fedcba9876543210"}))
    others = [(each, HERE) for each in (*findings[6:], *elsewhere)]
    (found,) = quieter(many(findings[:6]), others, NOW)
    assert (found.hides, found.of, found.besides) == (6, 6, 3)


KEPT = [
    pytest.param({"signals": ({},)}, id="sequence"),
    pytest.param({"sample": True}, id="sample"),
    pytest.param({"source": "test.guardduty-notifier"}, id="test"),
]


@pytest.mark.parametrize("change", KEPT)
def test_sequences_samples_and_tests_are_not_hidden(change: dict[str, Any]) -> None:
    findings = of("ec2-ssh-brute-force", *strangers(7))
    kept = [replace(each, **change) for each in findings]
    assert quieter(many(kept), [], NOW) == ()
    assert quieter(many(findings[1:]), [(kept[0], HERE)], NOW) == ()
    assert quieter(many(findings[1:] + kept[:1]), [], NOW) == ()


def test_critical_findings_neither_count_nor_keep_a_rule_away() -> None:
    findings = of("ec2-ssh-brute-force", *strangers(12))
    critical = [replace(each, severity=9.0) for each in findings[6:]]
    assert quieter(many(critical), [], NOW) == ()
    (found,) = quieter(many(findings[:6] + critical), [], NOW)
    assert (found.hides, found.of) == (6, 6)
    assert found.rule["max_severity"] < 9.0


def test_of_malware_no_more_is_left_out_than_in_a_message() -> None:
    """Nobody knows the next file: no rule hides what an object has whatever it is."""
    files = [
        {"service.malwareScanDetails.threats": [{"name": "t", "hash": f"{each:064x}"}]} for each in range(6)
    ]
    assert quieter(many([parse(changed(IN_AN_OBJECT.base, each)) for each in files]), [], NOW) == ()
    (found,) = quieter(many([parse(IN_AN_OBJECT.base)] * 6), [], NOW)
    assert "file_hash" in found.rule


def test_a_name_with_wildcards_is_meant_literally() -> None:
    users = ["j*"] * 6 + ["jane", "john"]
    changes = [{f"{KEY}.userName": user, **call} for user, call in zip(users, callers(8), strict=True)]
    (found,) = quieter(many(of("iam-user-anomaly", *changes)), [], NOW)
    assert (adds(found), found.hides) == ({"principal": USER.replace("alice", "j[*]")}, 6)


@pytest.mark.parametrize(
    "finding",
    [
        pytest.param(a_finding(), id="nothing-is-known"),
        pytest.param(a_finding(type="Recon:EC2/*"), id="the-type-is-a-pattern"),
        pytest.param(replace(of("example", {})[0], shortened=True), id="not-whole"),
        pytest.param(replace(of("example", {})[0], account_id="a", accounts=("a",)), id="no-accounts-id"),
        pytest.param(replace(of("example", {})[0], region="nowhere", regions=("nowhere",)), id="no-region"),
    ],
)
def test_what_no_rule_can_say_is_left(finding: Finding) -> None:
    assert quieter(many([finding] * 6), [], NOW) == ()


def test_nothing_posted_nothing_offered() -> None:
    assert quieter([], [(each, HERE) for each in of("example", *tagged(6))], NOW) == ()


# --- the promise


def is_valid(found: Quieter) -> bool:
    """Whether the list takes it as one that can match, once a person has written why."""
    rule = suppressions.read({**found.rule, "reason": "known"})
    return isinstance(rule, Rule) and conditions.standing(rule, NOW)[0] is RuleStanding.VALID


def hides(found: Quieter, finding: Finding, account: Account) -> bool:
    return suppressions.check(finding, account, [{**found.rule, "reason": "known"}], NOW).suppressed


def assert_kept(found: Sequence[Quieter], given: Findings) -> None:
    """Hold every promise against what the engine does to the same findings."""
    seen: set[str] = set()
    for each in found:
        assert is_valid(each)
        assert json.loads(json.dumps(each.rule)) == each.rule
        hidden = [one for one in given.posted if hides(each, one.finding, one.account)]
        assert each.hides == len(hidden)
        assert each.besides == sum(hides(each, *other) for other in given.others)
        assert each.highest == max(one.finding.severity for one in hidden)
        assert each.share == each.hides / each.of
        assert not any(one.open or must_be_seen(one.finding) for one in hidden)
        ids = {one.finding.id for one in hidden}
        assert len(ids - seen) >= FEWEST
        seen |= ids


def must_be_seen(finding: Finding) -> bool:
    return finding.band is Severity.CRITICAL or bool(finding.signals) or finding.sample or finding.test


class Made(NamedTuple):
    """What a finding is made of; few of each, so that some have things in common."""

    base: str
    account: str
    region: str
    instance: int
    stranger: str
    severity: float
    tag: str
    sample: bool


ADDRESSES = ("203.0.113.1", "::ffff:203.0.113.1", "2001:db8::1", "2001:DB8:0::1", "nowhere")
MADE = st.builds(
    Made,
    base=st.sampled_from(("example", "ec2-ssh-brute-force", "ec2-port-probe")),
    account=st.sampled_from(("111122223333", "111122223333", "1")),
    region=st.sampled_from(("eu-west-1", "eu-west-1", "EU-WEST-1")),
    instance=st.integers(0, 1),
    stranger=st.sampled_from(ADDRESSES),
    severity=st.sampled_from((2.0, 5.0, 5.0, 8.9, 9.0)),
    tag=st.sampled_from(("a", "a", "[b]*", "")),
    sample=st.sampled_from((False,) * 20 + (True,)),
)


def finding_of(made: Made, number: int) -> Finding:
    remote = {"ipAddressV4": made.stranger}
    where = {HOSTS: [{"remoteIpDetails": remote}]} if made.base == "ec2-port-probe" else {STRANGER: remote}
    own = {INSTANCE_ID: f"i-{made.instance:08x}", TAGS: [{"key": "team", "value": made.tag}]}
    found = parse(like(made.base, {**own, **where, "accountId": made.account, "region": made.region}))
    return replace(found, id=f"{number:032x}", severity=made.severity, sample=made.sample)


def findings_of(made: Sequence[tuple[Made, int]]) -> Findings:
    """Of ten one is open, and two were not posted."""
    given = Findings([], [])
    for number, (each, lot) in enumerate(made):
        finding = finding_of(each, number)
        if lot in (8, 9):
            given.others.append((finding, HERE))
        else:
            given.posted.append(PostedFinding(finding, HERE, lot == 0))
    return given


MANY = st.lists(st.tuples(MADE, st.integers(0, 9)), min_size=FEWEST, max_size=60).map(findings_of)


@given(MANY, st.randoms(use_true_random=False))
def test_what_is_promised_is_what_the_engine_does_in_whatever_order(given_: Findings, random: Random) -> None:
    found = quieter(given_.posted, given_.others, NOW)
    assert_kept(found, given_)
    random.shuffle(given_.posted)
    random.shuffle(given_.others)
    assert quieter(given_.posted, given_.others, NOW) == found


def test_the_same_of_an_organisation() -> None:
    given_ = organisation(accounts=20, findings=800)
    found = quieter(given_.posted, given_.others, NOW)
    assert len(found) == MOST
    assert_kept(found, given_)
    backwards = quieter(given_.posted[::-1], given_.others[::-1], NOW)
    assert backwards == found


@pytest.mark.parametrize("case", all_cases(), ids=lambda case: case.id)
def test_what_a_message_offers_is_offered_where_it_came_five_times(case: Case) -> None:
    finding = parse(case.base)
    given_ = Findings(many([finding] * FEWEST), [])
    found = quieter(given_.posted, [], NOW)
    if must_be_seen(finding):
        assert found == ()
        return
    assert [each.hides for each in found] == [FEWEST]
    assert_kept(found, given_)
    said = adds(found[0])
    as_offered = {name: in_order(value) for name, value in case.adds.items()}
    assert said == as_offered or len(said) > len(as_offered)


@given(events() | mangled_events())
def test_no_finding_breaks_it(event: Json) -> None:
    try:
        finding = parse(event)
    except InvalidFinding:
        return
    given_ = Findings(many([finding] * FEWEST), [(finding, Account())])
    assert_kept(quieter(given_.posted, given_.others, NOW), given_)
