"""The rule that would suppress this finding here when it comes again: what a person may want to add."""

import json
import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from chalicelib.finding.arns import arn_id
from chalicelib.finding.model import Account, Finding
from chalicelib.rules import faults, patterns, suppressions
from chalicelib.rules.attributes import REASON_TO_WRITE, Item
from chalicelib.rules.breadth import Wanted
from chalicelib.rules.offered_conditions import MOST_VALUES, conditions_for

DAYS = 30
"""How long the rule holds."""

LONGEST: Final = 10_000
"""Bytes of it as JSON. A state's output may have 262,144; a finding leaves room for this and all that is beside it."""

# Wildcards, and spaces at either end, which reading a rule strips.
_NOT_LITERAL = re.compile(r"[*?[]|\A\s|\s\Z")


def suggest(finding: Finding, now: datetime) -> dict[str, Any] | None:
    """Make the rule: this type, here, what makes the finding what it is, up to its severity, for 30 days.

    It is plain JSON. A person must write the reason: as it is, the rule is refused. With one it hides the
    finding: that was tried. Where what makes the finding what it is can't be said, or not in ``LONGEST``, the
    rule is for this finding alone.

    None for samples and tests, and where no rule can hide the finding.
    """
    if finding.sample or finding.test or patterns.wild(finding.type):
        return None
    rules = (_rule(finding, wanted, now) for wanted in _narrowing(finding))
    fitting = (rule for rule in rules if len(json.dumps(rule)) <= LONGEST)
    return next((rule for rule in fitting if would_hide(rule, finding, now)), None)


def would_hide(rule: Item, finding: Finding, now: datetime) -> bool:
    """Whether an offered rule hides a finding once a person has written a reason into it."""
    return suppressions.check(finding, Account(), [{**rule, "reason": "tried"}], now).suppressed


def _narrowing(finding: Finding) -> Iterator[Wanted]:
    """Name the conditions to try, the best first: no condition but the id holds for a finding that is not whole."""
    here = {"account_id": _unique(finding.account_id, *finding.accounts)}
    here |= {"region": _unique(finding.region, *finding.regions)}
    its_id = {"finding_id": (finding.id,)}
    if max(map(len, here.values())) <= MOST_VALUES:
        if wanted := conditions_for(finding):
            yield here | dict(wanted)
        yield here | its_id
    yield its_id


def _unique(*values: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))


def _rule(finding: Finding, wanted: Wanted, now: datetime) -> dict[str, Any]:
    return offered(finding, _name(finding, wanted), wanted, now)


def offered(finding: Finding, name: str, wanted: Wanted, now: datetime) -> dict[str, Any]:
    """Write a rule for findings of this type, up to this severity, by what is wanted literally of them."""
    return {
        "finding_type": finding.type,
        "rule": name,
        "reason": REASON_TO_WRITE,
        **{condition: _pattern(values) for condition, values in wanted.items()},
        "max_severity": finding.severity,
        "expires_at": f"{now + timedelta(days=DAYS):%Y-%m-%d}",
    }


def _name(finding: Finding, wanted: Wanted) -> str:
    """Name the rule by what it is about, and by the finding, so that no two have one name."""
    if "finding_id" in wanted:
        return faults.shown(finding.id, 60)
    return f"{about(wanted)} {faults.shown(finding.id)[:8]}"


def about(wanted: Wanted) -> str:
    """Say in one short line what is wanted beside account and region: names without their ARNs."""
    said = (values for condition, values in wanted.items() if condition not in ("account_id", "region"))
    return faults.shown(", ".join(arn_id(value) or value for values in said for value in values), 60)


def _pattern(names: Iterable[str]) -> str | list[str]:
    """Write patterns that match these names only, even ones with wildcards in them or spaces around them."""
    exact = [_NOT_LITERAL.sub(lambda found: f"[{found[0]}]", name) for name in names]
    return exact[0] if len(exact) == 1 else exact
