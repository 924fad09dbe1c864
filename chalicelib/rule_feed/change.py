"""A change that somebody made to a rule: what it was, what it is, and the verdict on it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from chalicelib.rules import conditions, faults, routes, sentences, suppressions
from chalicelib.rules.attributes import Item
from chalicelib.rules.conditions import Entry, RuleStanding
from chalicelib.rules.faults import RuleFault

Table = Literal["suppressions", "routes"]
ChangeKind = Literal["added", "changed", "deleted"]


@dataclass(frozen=True)
class RuleChange:
    """One change of one item; at least one of ``old`` and ``new`` is there."""

    table: Table
    old: Item | None
    new: Item | None
    at: datetime | None = None
    """When it was made, in UTC."""

    @property
    def kind(self) -> ChangeKind:
        """What was done to the rule."""
        if self.old is None:
            return "added"
        return "deleted" if self.new is None else "changed"

    @property
    def item(self) -> Item:
        """The rule as it is now; a deleted one as it was."""
        found = self.old if self.new is None else self.new
        return found or {}

    @property
    def names(self) -> tuple[str, str]:
        """The rule's key: ``finding_type`` and ``rule``."""
        return faults.named(self.item.get("finding_type")), faults.named(self.item.get("rule"))

    @property
    def differences(self) -> tuple[sentences.Change, ...]:
        """What differs between old and new, the counters aside; of a new rule everything but its key."""
        found = sentences.changes(self.old or {}, self.new or {})
        return tuple(each for each in found if each.attribute not in conditions.NAMES)

    def read(self) -> Entry | RuleFault:
        """Read the rule by its table's own engine."""
        return self._read(self.item)

    def standing(self, now: datetime) -> RuleStanding:
        """Say what becomes of the rule; of a deleted one what became of it."""
        return conditions.standing(self.read(), now)[0]

    def effect_before(self, now: datetime) -> Entry | None:
        """Read the rule as it was, where it had an effect until now."""
        if self.old is None:
            return None
        before = self._read(self.old)
        valid = conditions.standing(before, now)[0] is RuleStanding.VALID
        return before if valid and not isinstance(before, RuleFault) else None

    def has_effect(self, now: datetime) -> bool:
        """Whether from now on the rule does what it says."""
        return self.new is not None and self.standing(now) is RuleStanding.VALID

    def hides(self, now: datetime) -> bool:
        """Whether from now on it hides what matches."""
        return self.table == "suppressions" and self.has_effect(now)

    def is_made_by_somebody(self) -> bool:
        """Whether more has changed than what the state machine counts."""
        return self.kind != "changed" or bool(self.differences)

    def _read(self, item: Item) -> Entry | RuleFault:
        return routes.read(item) if self.table == "routes" else suppressions.read(item)
