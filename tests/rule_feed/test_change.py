"""A change and its verdict: one engine, three users."""

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.finding.model import Account, Finding, Resource
from chalicelib.rule_feed import body, message
from chalicelib.rule_feed.change import RuleChange
from chalicelib.rules import conditions, dry_run, sentences, suppressions
from chalicelib.rules.conditions import RuleStanding
from chalicelib.rules.dry_run import Hindsight
from chalicelib.rules.faults import RuleFault
from tests import slack_limits
from tests.bless_announcements import NOW
from tests.rule_feed.test_stream_records import Item

KEYS = st.sampled_from(
    [
        "Recon:EC2/Portscan",
        "Recon:EC2/*",
        "*:EC2/*",
        "*",
        "*:*",
        "Recon:S3/X",
        "Recon:EC2/Port*",
        "recon",
        " x",
    ]
)
CONDITIONS = st.fixed_dictionaries(
    {
        "finding_type": KEYS,
        "rule": st.just("r"),
        "reason": st.sampled_from(["known", "ours", "`<!here>`", " "]),
    },
    optional={
        "account_id": st.sampled_from(["111122223333", "9*", "payments", 111122223333, [], ["1", "*"]]),
        "account_name": st.sampled_from(["pay-*", "*", "shop"]),
        "resource_id": st.sampled_from(["i-0abc", "i-*", "other", {"i-0abc", "x"}]),
        "region": st.sampled_from(["eu-*", "us-east-1", "", 3]),
        "actor_ip": st.sampled_from(["198.51.100.0/24", "0.0.0.0/0", "300.1.1.1"]),
        "max_severity": st.sampled_from([Decimal("4"), "8", 10, 11, "high", True]),
        "expires_at": st.sampled_from(["2026-12-31", "2026-11-21", "soon", 4102444800]),
        "enabled": st.sampled_from([True, False, "yes"]),
        "acount_id": st.just("1"),
    },
)
FINDINGS = st.builds(
    Finding,
    id=st.just("f1"),
    type=st.sampled_from(["Recon:EC2/Portscan", "Recon:S3/X"]),
    severity=st.sampled_from([2.0, 5.0, 8.9, 9.0]),
    account_id=st.sampled_from(["111122223333", "999900001111"]),
    region=st.sampled_from(["eu-west-1", "us-east-1"]),
    resources=st.just((Resource("ec2_instance", ("i-0abc",)),)),
    actor_ips=st.sampled_from([(), ("198.51.100.7",), ("198.51.100.7", "203.0.113.9")]),
)
ACCOUNTS = {"111122223333": Account("pay-dev", "Root/Payments")}


def account_of(account_id: str) -> Account:
    return ACCOUNTS.get(account_id, Account())


@settings(max_examples=300, deadline=None)
@given(CONDITIONS, st.lists(FINDINGS, max_size=4))
def test_feed_command_and_state_machine_never_disagree(item: Item, findings: list[Finding]) -> None:
    verdicts = [suppressions.check(each, account_of(each.account_id), [item], NOW) for each in findings]
    suppressed = [each for each, verdict in zip(findings, verdicts, strict=True) if verdict.suppressed]
    (hidden,), total = dry_run.look_back([item], findings, account_of, NOW)
    assert (hidden.findings, total) == (len(suppressed), len(findings))
    assert hidden.highest == max((each.severity for each in suppressed), default=0.0)

    added = RuleChange("suppressions", None, item)
    reading = added.read()
    standing = conditions.standing(reading, NOW)[0]
    assert added.hides(NOW) == (standing is RuleStanding.VALID)
    assert added.hides(NOW) or not suppressed
    assert isinstance(reading, RuleFault) or not any(verdict.faulty for verdict in verdicts)
    posted = message.announced([added], Hindsight((hidden,) * added.hides(NOW), total), NOW)
    text = slack_limits.texts(message.render(posted, Hindsight((), total), NOW, "en"))
    assert sentences.verdict_sentence(reading, NOW, "en").startswith("Valid.") == added.hides(NOW)
    verdict = body.verdict(added, NOW, "en")
    assert any(verdict.replace("`<!here>`", "") in each for each in text)
