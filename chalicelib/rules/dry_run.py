"""What suppressions would have hidden among findings that are known, by the very engine that hides them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from chalicelib.finding.model import Account, Finding
from chalicelib.rules import breadth, conditions, suppressions
from chalicelib.rules.attributes import Item
from chalicelib.rules.breadth import ByOthers
from chalicelib.rules.faults import RuleFault
from chalicelib.rules.suppressions import Rule

DAYS = 7
"""How far one looks back, unless asked otherwise."""

_NAMES = frozenset({"account_name", "ou_path"})


@dataclass(frozen=True)
class Hidden:
    """What one rule would have hidden."""

    findings: int = 0
    highest: float = 0.0
    """The highest severity among them."""
    unnamed: int = 0
    """Findings on which the rule can't be tried, because their account's name and path are not known."""
    by_others: ByOthers = field(default_factory=ByOthers)
    """Who could make a finding match it, where that is neither AWS nor the organisation: of all findings or of none."""


@dataclass(frozen=True)
class Hindsight:
    """What some rules would have hidden among the findings of the last days."""

    hidden: tuple[Hidden, ...] = ()
    """One for each rule, in the rules' order."""
    findings: int = 0
    """How many findings were looked at."""
    days: int = DAYS
    region: str = ""
    """Whose GuardDuty was asked: it lists the findings of its own region only."""
    complete: bool = True
    """Whether all findings of these days were looked at."""
    unknown: str = ""
    """Why nothing is known; empty where something is."""


def look_back(
    items: Sequence[Item], findings: Iterable[Finding], account_of: Callable[[str], Account], now: datetime
) -> tuple[tuple[Hidden, ...], int]:
    """Try each item of the suppression list alone on every finding, as it would be judged now.

    ``account_of`` is asked only where a rule's answer may depend on an account's name or path.
    Returns what each would have hidden, and how many findings there were.
    """
    readings = [suppressions.read(item) for item in items]
    rules = {place: rule for place, rule in enumerate(readings) if isinstance(rule, Rule) and rule.enabled}
    hidden = [_nothing_yet(reading) for reading in readings]
    total = 0
    for finding in findings:
        total += 1
        keys = frozenset(suppressions.keys(finding.type))
        for place, rule in rules.items():
            if rule.finding_type in keys:
                hidden[place] = _tried(hidden[place], rule, finding, account_of, now)
    return tuple(hidden), total


def _nothing_yet(reading: Rule | RuleFault) -> Hidden:
    if isinstance(reading, RuleFault):
        return Hidden()
    return Hidden(by_others=breadth.by_others(reading.conditions.wanted))


def _tried(
    before: Hidden, rule: Rule, finding: Finding, account_of: Callable[[str], Account], now: datetime
) -> Hidden:  # fmt: skip
    named = bool(_NAMES & rule.conditions.wanted.keys())
    account = account_of(finding.account_id) if named else Account()
    if conditions.hold(rule.conditions, finding, account, now):
        highest = max(before.highest, finding.severity)
        return replace(before, findings=before.findings + 1, highest=highest)
    return replace(before, unnamed=before.unnamed + 1) if named and account == Account() else before
