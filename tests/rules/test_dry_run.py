"""What a rule would have hidden among findings that are known."""

from dataclasses import replace

import pytest

from chalicelib.finding.event import parse
from chalicelib.finding.model import Account
from chalicelib.rules import dry_run
from tests.bless_announcements import NOW
from tests.functions.test_announce_rule_change import EVENT
from tests.rule_feed.test_change import account_of
from tests.rule_feed.test_stream_records import Item


def test_the_highest_severity_is_posted_in_whatever_order_they_come() -> None:
    findings = [replace(parse(EVENT), severity=severity) for severity in (2.0, 8.0, 5.0, 9.5)]
    item = {"finding_type": findings[0].type, "rule": "r", "reason": "x"}
    (hidden,), total = dry_run.look_back([item], findings, account_of, NOW)
    assert (hidden.findings, hidden.highest, total) == (3, 8.0, 4)


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"enabled": False}, id="off"),
        pytest.param({"acount_id": "1"}, id="faulty"),
        pytest.param({"expires_at": "2026-11-21"}, id="expired"),
        pytest.param({"finding_type": "Recon:S3/*"}, id="another-type"),
    ],
)
def test_what_holds_for_nothing_would_have_hidden_nothing(more: Item) -> None:
    finding = parse(EVENT)
    item = {"finding_type": finding.type, "rule": "r", "reason": "x"}
    found, _ = dry_run.look_back([item, item | more], [finding], account_of, NOW)
    assert [each.findings for each in found] == [1, 0]


def test_a_name_is_asked_for_only_where_it_matters() -> None:
    finding = parse(EVENT)
    asked: list[str] = []

    def ask(account_id: str) -> Account:
        asked.append(account_id)
        return Account()

    by_id = {"finding_type": finding.type, "rule": "r", "reason": "x", "account_id": finding.account_id}
    elsewhere = by_id | {"finding_type": "Recon:S3/*", "account_name": "a"}
    (one, other), total = dry_run.look_back([by_id, elsewhere], [finding, finding], ask, NOW)
    assert (one.findings, other.findings, total, asked) == (2, 0, 2, [])
    (named,), _ = dry_run.look_back([by_id | {"account_name": "a"}], [finding], ask, NOW)
    assert (named.findings, named.unnamed, asked) == (0, 1, [finding.account_id])


@pytest.mark.parametrize(
    ("more", "names"),
    [
        pytest.param({}, (), id="its-type-alone"),
        pytest.param({"account_id": parse(EVENT).account_id}, (), id="an-account"),
        pytest.param({"image_id": ["ami-*", "ami-0a"]}, ("image_id",), id="an-owners-choice"),
        pytest.param({"image_id": ["ami-*", "*a"]}, (), id="one-value-is-wide"),
        pytest.param({"acount_id": "1"}, (), id="faulty"),
    ],
)
def test_by_whose_choice_it_matched_is_the_rules_own(more: Item, names: tuple[str, ...]) -> None:
    """Whichever findings there are, and of a rule that hides none of them."""
    item = {"finding_type": parse(EVENT).type, "rule": "r", "reason": "x"} | more
    for findings in ([], [parse(EVENT)], [parse(EVENT)] * 2):
        (hidden,), _ = dry_run.look_back([item], findings, account_of, NOW)
        assert hidden.by_others.names == names
