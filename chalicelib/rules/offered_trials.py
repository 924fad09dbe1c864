"""Rules that may be offered for findings of one type in one account and region, tried on all of those."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from hashlib import sha256
from ipaddress import IPv6Address, ip_address
from typing import Any, NamedTuple

from chalicelib.finding.model import Account, Finding
from chalicelib.rules import conditions, suppressions
from chalicelib.rules.breadth import Wanted
from chalicelib.rules.conditions import Comparison, RuleStanding
from chalicelib.rules.patterns import wild
from chalicelib.rules.suggested_rule import LONGEST, about, offered
from chalicelib.rules.suppressions import Rule
from chalicelib.rules.table import CONDITIONS, compared_with
from chalicelib.rules.wider_conditions import Breadth, conditions_of

FEWEST = 5
"""Posted findings for which a rule is offered: what came less often is no noise."""

NOT_POSTED = -1

SaidConditions = tuple[tuple[str, tuple[str, ...]], ...]
"""Conditions as a key."""


class Tried(NamedTuple):
    """A finding below Critical on which rules are tried."""

    finding: Finding
    account: Account
    kept: bool
    """No rule that is offered may hide it."""
    number: int = NOT_POSTED
    """Which of the posted findings it is."""

    @property
    def is_wanted(self) -> bool:
        """Whether it is one that a rule is to hide."""
        return self.number != NOT_POSTED and not self.kept


TriedTogether = Sequence[Tried]
"""Findings of one type in one account and region."""


class Proved(NamedTuple):
    """A rule that may be offered, and what it would have done."""

    rule: dict[str, Any]
    hides: frozenset[int]
    """The numbers of the posted findings."""
    highest: float
    besides: int
    breadth: Breadth

    @property
    def order(self) -> tuple[int, Breadth, str, str]:
        """Sort the most specific first, then by name; the whole of it keeps rules of one name in order."""
        return -len(self.rule), self.breadth, self.rule["rule"], json.dumps(self.rule, sort_keys=True)


@dataclass
class _Candidate:
    """A rule that is tried, and what it held for; ``rule`` reaches as high as any finding here."""

    item: dict[str, Any]
    rule: Rule
    breadth: Breadth
    held: list[Tried] = field(default_factory=list)

    @cached_property
    def wanted(self) -> Wanted:
        """What it says beside account and region, which all findings here have."""
        every = self.rule.conditions.wanted
        return {name: values for name, values in every.items() if name not in ("account_id", "region")}


def proved(place: TriedTogether, now: datetime) -> list[Proved]:
    """Try on all findings what may be said of five and more, and keep what would have hidden five and more."""
    candidates = _candidates(place, now)
    lookup = _Lookup(candidates)
    for each in place if candidates else ():
        comparison = Comparison(each.finding, each.account, now)
        for candidate in lookup.possible(each):
            if comparison.holds(candidate.rule.conditions):
                candidate.held.append(each)
    return [found for candidate in candidates if (found := _proved(candidate))]


def _candidates(place: TriedTogether, now: datetime) -> list[_Candidate]:
    """Make a rule of each of the conditions that five and more findings have in common."""
    wanted = [each.finding for each in place if each.is_wanted]
    counted: Counter[SaidConditions] = Counter()
    least: dict[SaidConditions, Breadth] = {}
    for finding in wanted:
        said = _said(finding)
        counted.update(said.keys())
        least.update({each: min(breadth, least.get(each, breadth)) for each, breadth in said.items()})
    highest = max(wanted, key=lambda finding: finding.severity)
    common = [said for said, count in counted.items() if count >= FEWEST]
    return [made for said in common if (made := _candidate(highest, said, least[said], now))]


def _said(finding: Finding) -> dict[SaidConditions, Breadth]:
    """Name each of a finding's conditions once, by the narrowest that they are."""
    every = [(tuple(wanted.items()), breadth) for breadth, wanted in conditions_of(finding)]
    return dict(reversed(every))


def _candidate(finding: Finding, said: SaidConditions, breadth: Breadth, now: datetime) -> _Candidate | None:
    """Make the rule; None where the list would not take it as one that can match."""
    named = sha256(repr((finding.type, said)).encode("utf-8", "surrogatepass")).hexdigest()[:8]
    item = offered(finding, f"{about(dict(said))} {named}", dict(said), now)
    rule = suppressions.read({**item, "reason": "tried"})
    valid = conditions.standing(rule, now)[0] is RuleStanding.VALID
    return _Candidate(item, rule, breadth) if isinstance(rule, Rule) and valid and _is_short(item) else None


def _is_short(item: Mapping[str, Any]) -> bool:
    return len(json.dumps(item)) <= LONGEST


def _proved(candidate: _Candidate) -> Proved | None:
    """Let the rule reach as high as it may: below all that is to be kept, and no higher than what it is to hide."""
    limit = min((each.finding.severity for each in candidate.held if each.kept), default=float("inf"))
    below = [each for each in candidate.held if each.finding.severity < limit]
    posted = [each for each in below if each.is_wanted]
    if len(posted) < FEWEST:
        return None
    highest = max(each.finding.severity for each in posted)
    others = (each for each in below if each.number == NOT_POSTED and each.finding.severity <= highest)
    return Proved(
        rule={**candidate.item, "max_severity": highest},
        hides=frozenset(each.number for each in posted),
        highest=highest,
        besides=sum(1 for _ in others),
        breadth=candidate.breadth,
    )


class _Lookup:
    """Which rules may hold for a finding, by what it names: of many rules, few are asked about each."""

    def __init__(self, candidates: Iterable[_Candidate]) -> None:
        self._by_value: dict[str, dict[str, list[_Candidate]]] = defaultdict(lambda: defaultdict(list))
        self._always: list[_Candidate] = []
        every = list(candidates)
        common = Counter(pair for each in every for pair in _pairs(each.wanted))
        for each in every:
            self._add(each, common)

    def _add(self, candidate: _Candidate, common: Mapping[tuple[str, str], int]) -> None:
        """Put a rule under the values of the condition that it shares with the fewest."""
        literal = {name: values for name, values in candidate.wanted.items() if _is_literal(name, values)}
        if not literal:
            self._always.append(candidate)
            return
        rarest = min(literal, key=lambda name: sum(common[name, value] for value in literal[name]))
        for value in literal[rarest]:
            self._by_value[rarest][value].append(candidate)

    def possible(self, tried: Tried) -> Iterator[_Candidate]:
        """Name each rule that may hold for it once."""
        yield from self._always
        for name, rules in self._by_value.items():
            things = compared_with(CONDITIONS[name], tried.finding, tried.account)
            named = {said for thing in things for one in thing for said in _spellings(name, one)}
            found = (rule for value in named if value in rules for rule in rules[value])
            yield from {id(rule): rule for rule in found}.values()


def _pairs(wanted: Wanted) -> Iterator[tuple[str, str]]:
    return ((name, value) for name, values in wanted.items() for value in values)


def _is_literal(name: str, values: Iterable[str]) -> bool:
    """Whether only these very names match."""
    return not any(wild(value) or (name == "actor_ip" and "/" in value) for value in values)


def _spellings(name: str, said: str) -> tuple[str, ...]:
    """Write an address in each way in which a rule may have it; any other name as it is."""
    if name != "actor_ip":
        return (said,)
    try:
        parsed = ip_address(said.strip())
    except ValueError:
        return ()
    mapped = parsed.ipv4_mapped if isinstance(parsed, IPv6Address) else None
    return (str(parsed), str(mapped)) if mapped else (str(parsed),)
