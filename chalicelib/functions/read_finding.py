"""ReadFinding: whatever holds a finding → the event as GuardDuty sends it, whole, not too large, and its claim."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

from botocore.exceptions import ClientError

from chalicelib.aws import guardduty
from chalicelib.errors import FindingWithheld, InvalidFinding
from chalicelib.finding.event import parse
from chalicelib.finding.forms import delivered
from chalicelib.finding.prune import prune
from chalicelib.ledger.claim import claim
from chalicelib.notify.lookups import sentence

OF_STATES: Final = frozenset(
    {
        "claim",
        "not_fetched",
        "enrichment",
        "verdict",
        "posted",
        "remembered",
        "shown",
        "failure",
        "claim_failure",
        "without_ledger",
        "without_routes",
        "decision",
        "why",
        "channel",
        "permalink",
        "suggested_rule",
    }
)
"""What states add to the event. An execution that is started with another's input finds it all out itself."""

LONGEST_WHY: Final = 500


class Home(NamedTuple):
    """Where the function runs: a finding without an event's envelope is taken to come from here."""

    account: str
    region: str


def read_finding(given: object, home: Home, now: datetime) -> dict[str, Any]:
    """Read the event, and fetch what it lacks; raises InvalidFinding, FindingNotListed and FindingWithheld."""
    event = _event(given, home)
    try:
        whole = guardduty.whole(event)
    except ClientError as refusal:
        raise FindingWithheld(str(refusal)) from refusal
    return _travelling(whole, now)


def read_by_identifiers(
    given: object, failure: Mapping[str, str], home: Home, now: datetime
) -> dict[str, Any]:
    """Read the event as it came, and say why the rest of it could not be fetched."""
    event = _event(given, home)
    lacking = parse(event).identifiers_only
    why = sentence(failure.get("Error", ""), failure.get("Cause", ""))[:LONGEST_WHY]
    return _travelling(event, now) | ({"not_fetched": {"why": why}} if lacking else {})


def _event(given: object, home: Home) -> Mapping[str, Any]:
    try:
        event = delivered(given, home.account, home.region)
        parse(event)
    except RecursionError as error:
        raise InvalidFinding("The event is nested deeper than any GuardDuty finding.") from error
    return {name: member for name, member in dict(event).items() if name not in OF_STATES}  # type: ignore[call-overload]


def _travelling(event: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Shorten what is too large, and say which update of the finding it is."""
    try:
        pruned = prune(event)
    except RecursionError as error:
        raise InvalidFinding("The event is nested deeper than any GuardDuty finding.") from error
    return pruned | {"claim": claim(parse(pruned), now)}
