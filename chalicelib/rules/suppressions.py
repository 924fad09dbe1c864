"""The suppression list: which findings nobody wants to see, why, and until when."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from chalicelib.finding.model import Account, Finding
from chalicelib.rules import attributes, conditions, faults
from chalicelib.rules.attributes import Item
from chalicelib.rules.conditions import Entry
from chalicelib.rules.faults import RuleFault

keys = conditions.keys

ATTRIBUTES = frozenset({*conditions.COMMON, "match_count", "last_matched_at"})
"""Every attribute that a rule may have; the last two are the state machine's own."""

NAMED_FAULTS = 10
"""Faulty rules that an execution names; how many more there are, it counts."""


@dataclass(frozen=True)
class Rule(Entry):
    """A readable rule of the suppression list."""

    match_count: int = 0
    last_matched_at: str = ""


class Verdict(NamedTuple):
    """Whether a finding is suppressed, by which rule, and which rules could not be applied."""

    suppressed: bool
    rule: Rule | None = None
    """The most specific rule that holds; among equals the first by name."""
    faulty: tuple[RuleFault, ...] = ()
    considered: int = 0
    """How many rules stand under the finding's keys and are not switched off."""

    def to_json(self) -> dict[str, object]:
        """Return it as the execution carries it: a few kilobytes whatever the rules say."""
        return {
            "suppressed": self.suppressed,
            "rule": _rule_json(self.rule) if self.rule else None,
            "faulty": [fault.to_json() for fault in self.faulty[:NAMED_FAULTS]],
            "faulty_left_out": max(0, len(self.faulty) - NAMED_FAULTS),
            "considered": self.considered,
        }


def _rule_json(rule: Rule) -> dict[str, object]:
    # The names are the item's key, by which the machine counts the match: never cut. DynamoDB bounds them.
    expires_at = rule.conditions.expires_at
    return {
        "finding_type": rule.finding_type,
        "rule": rule.rule,
        "reason": faults.shown(rule.reason, 500),
        "expires_at": expires_at.isoformat(timespec="seconds") if expires_at else None,
        "owner": faults.shown(rule.owner),
        "ticket": faults.shown(rule.ticket),
    }


def read(item: Item) -> Rule | RuleFault:
    """Read an item as boto3 deserializes it or as plain JSON; a ``RuleFault`` where it is no rule."""
    try:
        rule = _rule(item)
    except faults.Unreadable as unreadable:
        return faults.of_item(item, unreadable)
    key = _too_wide(rule, item)
    return faults.fault(rule.finding_type, rule.rule, key, value=rule.finding_type) if key else rule


def _rule(item: Item) -> Rule:
    finding_type, rule = conditions.read_names(item)
    attributes.refuse_unknown(item, ATTRIBUTES)
    return Rule(
        finding_type=finding_type,
        rule=rule,
        conditions=conditions.read_conditions(item, max_severity=conditions.UP_TO_HIGH),
        reason=attributes.reason(item),
        enabled=attributes.flag(item, "enabled", default=True),
        owner=attributes.text(item, "owner"),
        ticket=attributes.text(item, "ticket"),
        match_count=attributes.count(item, "match_count"),
        last_matched_at=attributes.text(item, "last_matched_at"),
    )


def _too_wide(rule: Rule, item: Item) -> str:
    """Name the fault of a rule that hides from everywhere, and is held by too little."""
    narrowed_by = conditions.narrowing(rule.conditions)
    if rule.finding_type in ("*", "*:*") and not narrowed_by:
        return "star"
    bounded = "max_severity" in item and "expires_at" in item
    only_by_members = bool(narrowed_by) and narrowed_by <= conditions.CHOSEN_BY_MEMBERS
    return "member" if rule.finding_type.startswith("*") and only_by_members and not bounded else ""


def check(finding: Finding, account: Account, items: Iterable[Item], now: datetime) -> Verdict:
    """Judge a finding by the list's items. ``now`` is aware. An unreadable rule is named, never applied."""
    standing = conditions.under_keys(finding, items)
    readings = [read(item) for item in standing]
    rules = (reading for reading in readings if isinstance(reading, Rule))
    first = next((rule for rule in rules if conditions.hold(rule.conditions, finding, account, now)), None)
    return Verdict(
        suppressed=first is not None,
        rule=first,
        faulty=tuple(reading for reading in readings if isinstance(reading, RuleFault)),
        considered=len(standing),
    )
