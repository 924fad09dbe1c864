"""The rule offered for a finding, as the execution's output carries it and as people paste it."""

import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from chalicelib.finding.model import Finding
from chalicelib.rules.suggested_rule import suggest

LONGEST_RULE: Final = 10_000
"""Bytes of it. A state's output may have 262,144; with all that is beside it, the finding leaves room for more."""


def offered_rule(finding: Finding, now: datetime) -> dict[str, Any] | None:
    """Make the rule that would hide the finding here when it comes again, as plain JSON.

    None where there is none to offer: for samples and tests, and where it would name too much.
    """
    if finding.sample or finding.test:
        return None
    suggested = suggest(finding, now)
    rule = plain(suggested) if suggested else None
    return rule if len(json.dumps(rule)) <= LONGEST_RULE else None


def plain(rule: Mapping[str, Any]) -> dict[str, Any]:
    """Write a rule's numbers as JSON has them."""
    return {name: float(value) if isinstance(value, Decimal) else value for name, value in rule.items()}
