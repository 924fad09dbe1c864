"""The one engine that says whether a hand-written rule holds for a finding, for suppressions and routes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import partial

from chalicelib.finding.model import Account, Finding, Things
from chalicelib.rules import attributes, chances, faults, patterns
from chalicelib.rules.attributes import Item
from chalicelib.rules.comparing import Question
from chalicelib.rules.faults import Collected, RuleFault
from chalicelib.rules.patterns import key_fault, says_nothing
from chalicelib.rules.table import CONDITIONS, Condition, compared_with

keys = patterns.keys
"""Every partition key whose rules may match a type: what to query."""

UP_TO_HIGH = 8.9
"""The highest severity below Critical."""

NAMES = ("finding_type", "rule")
COMMON = (*NAMES, *CONDITIONS, "max_severity", "expires_at", "enabled", "reason", "owner", "ticket")
"""The attributes that suppressions and routes share."""


@dataclass(frozen=True)
class Conditions:
    """When a rule holds: all of it must be true of a finding."""

    wanted: Mapping[str, tuple[str, ...]]
    """Each condition's values, in the order of ``CONDITIONS``. Any may match."""
    nothing: tuple[str, ...] = ()
    """Attributes that stand in the item and are no condition, because they match anything (``*``)."""
    min_severity: float = 0.0
    max_severity: float = 10.0
    expires_at: datetime | None = None
    """The last moment at which it holds, in UTC."""


@dataclass(frozen=True)
class Entry:
    """What every readable item of the two tables has."""

    finding_type: str
    rule: str
    conditions: Conditions
    reason: str = ""
    enabled: bool = True
    owner: str = ""
    ticket: str = ""


class RuleStanding(StrEnum):
    """What becomes of an item."""

    VALID = "valid"
    FAULTY = "faulty"
    NEVER = "never"  # readable, but no finding can match it
    OFF = "off"


def read_names(item: Item, collected: Collected) -> tuple[str, str]:
    """Read an item's key: ``finding_type``, which types can match, and ``rule``."""
    finding_type = collected.value(lambda: _finding_type(item), "")
    return finding_type, collected.value(lambda: attributes.name(item, "rule"), "")


def _finding_type(item: Item) -> str:
    finding_type = attributes.name(item, "finding_type")
    if key := key_fault(finding_type):
        raise faults.Unreadable(key, value=finding_type)
    return finding_type


def read_conditions(item: Item, max_severity: float, collected: Collected) -> Conditions:
    """Read an item's conditions; ``max_severity`` where it has none of its own."""
    rows = [row for name, row in CONDITIONS.items() if name in item]
    unread: tuple[str, ...] = ()
    values = {row.name: collected.value(partial(_read, row, item), unread) for row in rows}
    nothing = tuple(name for name, wanted in values.items() if any(map(says_nothing, wanted)))
    return Conditions(
        wanted={name: wanted for name, wanted in values.items() if name not in nothing},
        nothing=nothing,
        min_severity=collected.value(lambda: attributes.severity(item, "min_severity", 0.0), 0.0),
        max_severity=collected.value(lambda: attributes.severity(item, "max_severity", max_severity), 0.0),
        expires_at=collected.value(lambda: attributes.expiry(item), None),
    )


def _read(row: Condition, item: Item) -> tuple[str, ...]:
    if row.beside and row.beside not in item:
        raise faults.Unreadable("beside", attribute=row.name, beside=row.beside)
    return row.read(row.name, item[row.name])


def under_keys(finding: Finding, items: Iterable[Item]) -> list[Item]:
    """Return the items under the finding's keys that are not switched off, the most specific first."""
    order = {key: position for position, key in enumerate(keys(finding.type))}
    applied = [item for item in items if _key(item) in order and item.get("enabled") is not False]
    return sorted(applied, key=lambda item: (order[_key(item)], faults.named(item.get("rule"))))


def _key(item: Item) -> str:
    return faults.named(item.get("finding_type"))


class Comparison:
    """A finding beside rules: what it names is read once, and what several rules want is asked once."""

    def __init__(self, finding: Finding, account: Account, now: datetime) -> None:
        """``account`` is that of ``finding.account_id``; ``now`` is aware."""
        self._finding, self._account, self._now = finding, account, now
        self._things: dict[str, Things] = {}
        self._held: dict[tuple[str, tuple[str, ...]], bool] = {}

    def holds(self, conditions: Conditions) -> bool:
        """Whether all conditions hold; those of long lists are asked last, when all others do."""
        return (
            conditions.min_severity <= self._finding.severity <= conditions.max_severity
            and not _expired(conditions, self._now)
            and all(
                self._one_holds(name, conditions.wanted[name])
                for name in sorted(conditions.wanted, key=lambda name: len(self._named(name)))
            )
        )

    def _named(self, name: str) -> Things:
        if name not in self._things:
            self._things[name] = compared_with(CONDITIONS[name], self._finding, self._account)
        return self._things[name]

    def _one_holds(self, name: str, wanted: tuple[str, ...]) -> bool:
        asked = (name, wanted)
        if asked not in self._held:
            self._held[asked] = _every(self._named(name), CONDITIONS[name].question(wanted))
        return self._held[asked]


def _every(things: Things, matches: Question) -> bool:
    """Whether there is at least one thing, and each has a name that matches; no name is asked about twice."""
    known: dict[str, bool] = {}

    def is_meant(name: str) -> bool:
        if name not in known:
            known[name] = matches(name)
        return known[name]

    return bool(things) and all(any(map(is_meant, names)) for names in things)


def hold(conditions: Conditions, finding: Finding, account: Account, now: datetime) -> bool:
    """Whether all conditions hold. ``account`` is that of ``finding.account_id``; ``now`` is aware."""
    return Comparison(finding, account, now).holds(conditions)


def _expired(conditions: Conditions, now: datetime) -> bool:
    return conditions.expires_at is not None and now > conditions.expires_at


def never(entry: Entry, now: datetime) -> RuleFault | None:
    """Say why a readable rule can never match, or ``None`` when it can."""
    conditions = entry.conditions
    if _expired(conditions, now):
        when = f"{conditions.expires_at:%Y-%m-%d %H:%M} UTC"
        return faults.fault(entry.finding_type, entry.rule, "expired", when=when)
    if conditions.min_severity > conditions.max_severity:
        low, high = f"{conditions.min_severity:g}", f"{conditions.max_severity:g}"
        return faults.fault(entry.finding_type, entry.rule, "severities", low=low, high=high)
    reasons = chances.none(entry.finding_type, conditions.wanted)
    key, values = next(reasons, ("", {}))
    return faults.fault(entry.finding_type, entry.rule, key, **values) if key else None


def doubts(entry: Entry) -> tuple[RuleFault, ...]:
    """Say why a rule that can match perhaps never does."""
    return tuple(
        faults.fault(entry.finding_type, entry.rule, key, **values)
        for key, values in chances.small(entry.finding_type, entry.conditions.wanted)
    )


def standing(reading: Entry | RuleFault, now: datetime) -> tuple[RuleStanding, RuleFault | None]:
    """Give the verdict on what was read, and why: for the feed and the ``suppressions`` command alike."""
    if isinstance(reading, RuleFault):
        # A key that no type has is readable enough to be named as what it is.
        only_its_key = all(fault.key.startswith("key") for fault in reading.each)
        return (RuleStanding.NEVER if only_its_key else RuleStanding.FAULTY), reading
    if not reading.enabled:
        return RuleStanding.OFF, None
    why = never(reading, now)
    return (RuleStanding.NEVER if why else RuleStanding.VALID), why
