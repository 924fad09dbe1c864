"""What the tests of conditions share: a finding, an item, and whether the item holds for it."""

from datetime import UTC, datetime
from typing import Any

from chalicelib.finding.members.table import MEMBERS
from chalicelib.finding.model import Account, Finding
from chalicelib.rules import conditions, suppressions

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


HERE = "111122223333"


def a_finding(**given: Any) -> Finding:
    """A finding with these things: ``bucket=(("a",), ("b",))``, and whatever else a finding has."""
    usual: dict[str, Any] = {"id": "f1", "type": "Recon:EC2/Portscan", "severity": 5.0}
    usual |= {"account_id": HERE, "region": "eu-west-1"}
    members = {name: things for name, things in given.items() if name in MEMBERS}
    own = {name: value for name, value in given.items() if name not in MEMBERS}
    return Finding(**(usual | own), members=members)


def an_item(**given: Any) -> dict[str, Any]:
    return {"finding_type": "Recon:EC2/Portscan", "rule": "r", "reason": "known"} | given


def holds(finding: Finding, account: Account | None = None, now: datetime = NOW, **given: Any) -> bool:
    rule = suppressions.read(an_item(**given))
    assert isinstance(rule, suppressions.Rule), rule
    return conditions.hold(rule.conditions, finding, account or Account(), now)
