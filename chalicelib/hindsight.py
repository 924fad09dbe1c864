"""What suppressions would have hidden among findings that are known, by the very engine that hides them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from chalicelib import suppression
from chalicelib.attributes import Item
from chalicelib.finding.model import Account, Finding

DAYS = 7
"""How far one looks back, unless told otherwise."""

_NAMES = frozenset({"account_name", "ou_path"})


@dataclass(frozen=True)
class Hidden:
    """What one rule would have hidden."""

    findings: int = 0
    highest: float = 0.0
    """The highest severity among them."""
    unnamed: int = 0
    """Findings on which the rule can't be tried, because their account's name and path are not known."""


@dataclass(frozen=True)
class Hindsight:
    """What some rules would have hidden among the findings of the last days."""

    hidden: tuple[Hidden, ...] = ()
    """One for each rule, in the rules' order."""
    findings: int = 0
    """How many findings were looked at."""
    days: int = DAYS
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
    hidden = [Hidden() for _ in items]
    named = [_needs_names(item) for item in items]
    total = 0
    for total, finding in enumerate(findings, 1):  # noqa: B007 - the last number is how many there were
        keys = frozenset(suppression.keys(finding.type))
        for index, item in enumerate(items):
            if item.get("finding_type") in keys:
                account = account_of(finding.account_id) if named[index] else Account()
                hidden[index] = _tried(hidden[index], item, finding, account, named[index], now)
    return tuple(hidden), total


def _tried(
    before: Hidden, item: Item, finding: Finding, account: Account, named: bool, now: datetime
) -> Hidden:  # fmt: skip
    if suppression.check(finding, account, [item], now).suppressed:
        return Hidden(before.findings + 1, max(before.highest, finding.severity), before.unnamed)
    unnamed = before.unnamed + (named and account == Account())
    return Hidden(before.findings, before.highest, unnamed)


def _needs_names(item: Item) -> bool:
    rule = suppression.read(item)
    return isinstance(rule, suppression.Rule) and bool(_NAMES & rule.conditions.wanted.keys())
