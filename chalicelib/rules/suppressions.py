"""The suppression list: which findings nobody wants to see, why, and until when."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from chalicelib.finding.model import Account, Finding
from chalicelib.rules import attributes, breadth, conditions, faults
from chalicelib.rules.attributes import Item
from chalicelib.rules.conditions import Comparison, Entry
from chalicelib.rules.faults import Collected, RuleFault, Unreadable

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
    collected = Collected()
    finding_type, rule = conditions.read_names(item, collected)
    collected.found += attributes.unknown(item, ATTRIBUTES)
    read_rule = Rule(
        finding_type=finding_type,
        rule=rule,
        conditions=conditions.read_conditions(item, conditions.UP_TO_HIGH, collected),
        reason=collected.value(lambda: attributes.reason(item), ""),
        enabled=collected.value(lambda: attributes.flag(item, "enabled", default=True), False),
        owner=collected.value(lambda: attributes.text(item, "owner"), ""),
        ticket=collected.value(lambda: attributes.text(item, "ticket"), ""),
        match_count=collected.value(lambda: attributes.count(item, "match_count"), 0),
        last_matched_at=collected.value(lambda: attributes.text(item, "last_matched_at"), ""),
    )
    if not collected.found:
        collected.found += _too_wide(read_rule, item)
    return faults.of_item(item, collected.found) if collected.found else read_rule


def _too_wide(rule: Rule, item: Item) -> Iterator[Unreadable]:
    """Name the fault of a rule that is held by too little for how much it may hide."""
    if found := breadth.fault(rule.finding_type, rule.conditions.wanted, frozenset(item)):
        key, said = found
        yield Unreadable(key, **said)


def check(finding: Finding, account: Account, items: Iterable[Item], now: datetime) -> Verdict:
    """Judge a finding by the list's items. ``now`` is aware. An unreadable rule is named, never applied."""
    standing = conditions.under_keys(finding, items)
    readings = [read(item) for item in standing]
    rules = (reading for reading in readings if isinstance(reading, Rule))
    comparison = Comparison(finding, account, now)
    first = next((rule for rule in rules if comparison.holds(rule.conditions)), None)
    return Verdict(
        suppressed=first is not None,
        rule=first,
        faulty=tuple(reading for reading in readings if isinstance(reading, RuleFault)),
        considered=len(standing),
    )
