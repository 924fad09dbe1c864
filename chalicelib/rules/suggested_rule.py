"""The rule that would suppress this finding here when it comes again: what a person may want to add."""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from chalicelib.finding.model import Account, Finding, Thing
from chalicelib.rules import faults, patterns, suppressions
from chalicelib.text import words

DAYS = 30
"""How long a pasted rule holds."""

MOST_RESOURCES = 20
"""Resources that one rule names: a longer list nobody reads before pasting it."""

# Wildcards, and spaces at either end, which reading a rule strips.
_NOT_LITERAL = re.compile(r"[*?[]|\A\s|\s\Z")


def suggest(finding: Finding, now: datetime, language: str = "en") -> dict[str, Any] | None:
    """Make the rule: this type, this account, this resource, up to this severity, for 30 days.

    None where no rule can say it: no resource, too many, or names that no rule may have. What is returned has
    been tried on the finding by the engine that suppresses.
    """
    named = _conditions(finding)
    shown = ", ".join(name for wanted in named.values() for name in wanted)
    rule: dict[str, Any] = {
        "finding_type": finding.type,
        "rule": f"{faults.shown(shown, 60)} {faults.shown(finding.id)[:8]}",
        "reason": words.catalogue(language).paste["reason"],
        "account_id": _pattern(dict.fromkeys((finding.account_id, *finding.accounts))),
        **{name: _pattern(wanted) for name, wanted in named.items()},
        "max_severity": Decimal(str(finding.severity)),
        "expires_at": f"{now + timedelta(days=DAYS):%Y-%m-%d}",
    }
    if patterns.wild(finding.type) or not named or max(map(len, named.values())) > MOST_RESOURCES:
        return None
    return rule if suppressions.check(finding, Account(), [rule], now).suppressed else None


def _conditions(finding: Finding) -> dict[str, list[str]]:
    """Name what the finding is about, by conditions that mean nothing else."""
    by_whom = [each.kind == "access_key" and not each.listed for each in finding.resources[:1]] == [True]
    names = ("principal",) if by_whom else ("resource_id", *BESIDE)
    named = {name: [_lasting(thing) for thing in finding.members.get(name, ())] for name in names}
    named["workload"] = [thing[-1] for thing in finding.members.get("workload", ()) if "workload" in names]
    if any("" in wanted for wanted in named.values()):
        return {}
    return {name: list(dict.fromkeys(wanted)) for name, wanted in named.items() if wanted}


BESIDE = ("namespace", "workload", "ecs_service", "container")
"""What runs in a cluster or on an instance: said where the finding says it."""


def _lasting(thing: Thing) -> str:
    """Choose the name that what comes again has too: no temporary key, and the cluster before its instance."""
    names = [name for name in thing if not name.startswith("ASIA")]
    clusters = [name for name in names if ":cluster/" in name]
    return next(iter((*clusters, *names)), "")


def _pattern(names: Iterable[str]) -> str | list[str]:
    """Write patterns that match these names only, even ones with wildcards in them or spaces around them."""
    exact = [_NOT_LITERAL.sub(lambda found: f"[{found[0]}]", name) for name in names]
    return exact[0] if len(exact) == 1 else exact
