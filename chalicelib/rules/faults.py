"""Why a rule can't be applied: an English sentence, and its key and values for other languages."""

from collections.abc import Mapping
from typing import NamedTuple

from chalicelib.text import words
from chalicelib.text.untrusted import clean

SHOWN = 100
"""Characters of a hand-typed value that a sentence shows."""

WHY = words.catalogue(words.FALLBACK).faults
"""Each key's English sentence."""


class RuleFault(NamedTuple):
    """A rule that is never applied (or can never match), and why."""

    finding_type: str
    rule: str
    why: str
    """One short English sentence that names the attribute, without its full stop."""
    key: str = ""
    """The sentence's key in ``WHY``, and its values: for other languages."""
    values: tuple[tuple[str, str], ...] = ()

    def to_json(self) -> dict[str, object]:
        """Return it as the execution carries it; at most a thousand characters."""
        return {
            "finding_type": shown(self.finding_type),
            "rule": shown(self.rule),
            "why": self.why,
            "key": self.key,
            "values": dict(self.values),
        }


class Unreadable(Exception):
    """An item that can't be read as a rule. Caught by whoever reads the item; it becomes a ``RuleFault``."""

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(key)
        self.key = key
        self.values = {name: shown(value) for name, value in values.items()}


def fault(finding_type: object, rule: object, key: str, **values: object) -> RuleFault:
    """Name the fault ``key`` of the rule under these two names, in English."""
    said = {name: shown(value) for name, value in values.items()}
    return RuleFault(named(finding_type), named(rule), WHY[key].format_map(said), key, tuple(said.items()))


def of_item(item: Mapping[str, object], unreadable: Unreadable) -> RuleFault:
    """Name what makes ``item`` unreadable."""
    return fault(item.get("finding_type"), item.get("rule"), unreadable.key, **unreadable.values)


def from_json(given: Mapping[str, object]) -> RuleFault:
    """Read back what ``RuleFault.to_json`` made: a function takes it from the execution's state."""
    values = given.get("values")
    pairs = values.items() if isinstance(values, Mapping) else ()
    return RuleFault(
        named(given.get("finding_type")),
        named(given.get("rule")),
        named(given.get("why")),
        named(given.get("key")),
        tuple((str(name), str(value)) for name, value in pairs),
    )


def named(value: object) -> str:
    """Return a name as it stands in its item; empty when it is no string."""
    return value if isinstance(value, str) else ""


def shown(value: object, limit: int = SHOWN) -> str:
    """Return a hand-typed value on one line, without control or bidirectional characters, and cut."""
    line = clean(str(value)[: 4 * limit])
    return line if len(line) <= limit else line[: limit - 1] + "…"
