"""CheckSuppressionList: whether a rule hides the finding, with all that was looked up."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chalicelib import settings
from chalicelib.aws import rule_tables
from chalicelib.finding.event import parse
from chalicelib.ledger.claim import instant
from chalicelib.notify import lookups
from chalicelib.rules import suppressions


def check_suppression_list(state: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Ask the list about the finding with all that was looked up; a test is named, because it counts at no rule."""
    finding = parse(state).tagged(lookups.tags(state))
    found = rule_tables.items(settings.suppressions_table(), suppressions.keys(finding.type))
    verdict = suppressions.check(finding, lookups.account(state), found, now)
    return verdict.to_json() | {"at": instant(now)} | ({"test": True} if finding.test else {})
