"""Why a rule can't be applied: an English sentence, and its key and values for other languages."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple, TypeVar

from chalicelib.text import words
from chalicelib.text.untrusted import clean

T = TypeVar("T")

SHOWN = 100
"""Characters of a hand-typed value that a sentence shows."""

WHY = words.catalogue(words.FALLBACK).faults
"""Each key's English sentence."""


SHOWN_OF_MORE = 40
"""The same of the faults behind the first."""

NAMED_AT_ONCE = 4
"""Faults of one rule that are named; how many more there are, is counted."""

FaultValues = tuple[tuple[str, str], ...]


class FurtherFault(NamedTuple):
    """One more thing that is wrong with a rule: its key in ``WHY``, and the sentence's values."""

    key: str
    values: FaultValues = ()


class RuleFault(NamedTuple):
    """A rule that is never applied (or can never match), and why."""

    finding_type: str
    rule: str
    why: str
    """A short English sentence for each fault, each naming its attribute, without the full stop."""
    key: str = ""
    """The first sentence's key in ``WHY``, and its values: for other languages."""
    values: FaultValues = ()
    more: tuple[FurtherFault, ...] = ()
    """What else is wrong with it."""

    @property
    def each(self) -> tuple[FurtherFault, ...]:
        """All that is wrong with it."""
        return (FurtherFault(self.key, self.values), *self.more)

    def to_json(self) -> dict[str, object]:
        """Return it as the execution carries it; at most two thousand characters."""
        more = [{"key": key, "values": dict(values)} for key, values in self.more]
        return {
            "finding_type": shown(self.finding_type),
            "rule": shown(self.rule),
            "why": self.why,
            "key": self.key,
            "values": dict(self.values),
        } | ({"more": more} if more else {})


class Unreadable(Exception):
    """An item that can't be read as a rule. Caught by whoever reads the item; it becomes a ``RuleFault``."""

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(key)
        self.key = key
        self.values = {name: shown(value) for name, value in values.items()}


class Collected:
    """Reads one attribute after the other, and keeps every fault: whoever mends a rule wants to know them all."""

    def __init__(self, found: Iterable[Unreadable] = ()) -> None:
        self.found = list(found)

    def value(self, read: Callable[[], T], otherwise: T) -> T:
        """Read something; where it can't be read, keep why, and go on with something else."""
        try:
            return read()
        except Unreadable as unreadable:
            self.found.append(unreadable)
            return otherwise


def fault(finding_type: object, rule: object, key: str, **values: object) -> RuleFault:
    """Name the fault ``key`` of the rule under these two names, in English."""
    said = {name: shown(value) for name, value in values.items()}
    return RuleFault(named(finding_type), named(rule), WHY[key].format_map(said), key, tuple(said.items()))


def of_item(item: Mapping[str, object], found: Sequence[Unreadable]) -> RuleFault:
    """Name all that makes ``item`` unreadable: there is at least one fault."""
    first, *others = found
    named_fault = fault(item.get("finding_type"), item.get("rule"), first.key, **first.values)
    more = [FurtherFault(each.key, _short(each.values)) for each in others[: NAMED_AT_ONCE - 1]]
    if left := len(others) - len(more):
        more.append(FurtherFault("more", (("count", str(left)),)))
    why = "; ".join((named_fault.why, *(WHY[key].format_map(dict(values)) for key, values in more)))
    return named_fault._replace(why=why, more=tuple(more))


def _short(values: Mapping[str, str]) -> FaultValues:
    return tuple((name, shown(value, SHOWN_OF_MORE)) for name, value in values.items())


def from_json(given: Mapping[str, object]) -> RuleFault:
    """Read back what ``RuleFault.to_json`` made: a function takes it from the execution's state."""
    more = given.get("more")
    further = [each for each in more if isinstance(each, Mapping)] if isinstance(more, list) else []
    return RuleFault(
        named(given.get("finding_type")),
        named(given.get("rule")),
        named(given.get("why")),
        named(given.get("key")),
        _values(given.get("values")),
        tuple(FurtherFault(named(each.get("key")), _values(each.get("values"))) for each in further),
    )


def _values(given: object) -> FaultValues:
    pairs = given.items() if isinstance(given, Mapping) else ()
    return tuple((str(name), str(value)) for name, value in pairs)


def named(value: object) -> str:
    """Return a name as it stands in its item; empty when it is no string."""
    return value if isinstance(value, str) else ""


def shown(value: object, limit: int = SHOWN) -> str:
    """Return a hand-typed value on one line, without control or bidirectional characters, and cut."""
    line = clean(str(value)[: 4 * limit])
    return line if len(line) <= limit else line[: limit - 1] + "…"
