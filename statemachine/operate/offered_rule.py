"""The rule offered for one finding of GuardDuty's list, as the finding's execution offers it."""

import json
import re
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from botocore.parsers import ResponseParserError

from chalicelib.aws import guardduty
from chalicelib.errors import AWSUnavailable, InvalidFinding
from chalicelib.finding.event import parse
from chalicelib.finding.getfindings import event
from chalicelib.finding.model import Finding
from chalicelib.finding.prune import prune
from chalicelib.rules.suggested_rule import suggest
from statemachine.operate.terminal import visible
from statemachine.session import Failed, WrongInput

_ID = re.compile(r"[A-Za-z0-9-]{1,300}")
_REGION = re.compile(r"[a-z]{2,}(-[a-z]+)+-\d+")
_ARN = re.compile(rf"arn:aws[a-z-]*:guardduty:([a-z0-9-]+):\d{{12}}:detector/[\w-]+/finding/({_ID.pattern})")


class WantedFinding(NamedTuple):
    """A finding that a person names."""

    id: str
    region: str
    """Whose list it is in."""


def wanted(named: str, region: str, home: str) -> WantedFinding:
    """Read a finding's id or ARN, in a region where one is given; raises WrongInput."""
    arn = _ARN.fullmatch(named.strip())
    found = arn[2] if arn else named.strip()
    if not _ID.fullmatch(found):
        raise WrongInput(
            f"{visible(named)!r} is no finding's id. Copy the id or the ARN from GuardDuty's console."
        )
    if region and not _REGION.fullmatch(region):
        raise WrongInput(f"{visible(region)!r} is no region. Write it as AWS does, such as eu-west-1.")
    if arn and region not in ("", arn[1]):
        raise WrongInput(f"That finding is in {arn[1]}, not in {region}. Leave --region out.")
    return WantedFinding(found, arn[1] if arn else region or home)


def rule_for(named: WantedFinding, account: str, now: datetime) -> dict[str, Any]:
    """Make the rule that would hide the finding, as plain JSON; raises WrongInput, Failed, botocore's errors."""
    try:
        finding = _finding(named, account)
    except AWSUnavailable as error:
        raise Failed(f"GuardDuty did not answer: {error}. Run it again.") from None
    # A time that botocore can't read, or Python can't hold.
    except (InvalidFinding, ResponseParserError, ValueError, OverflowError) as error:
        raise Failed(f"GuardDuty's finding {named.id} can't be read: {error}") from None
    if finding.sample:
        raise WrongInput(f"{named.id} is a sample: no rule is offered for it. Give the id of a real finding.")
    rule = suggest(finding, now)
    if rule is None:
        raise WrongInput(
            f"No rule can say what {named.id} is about: archive it in GuardDuty, or write a rule with its finding_id."
        )
    return rule


def _finding(named: WantedFinding, account: str) -> Finding:
    """Fetch it, and shorten it as its execution does: what is left out there must not be counted on here."""
    detectors = guardduty.detectors(named.region)
    if not detectors:
        raise WrongInput(f"GuardDuty is off in {named.region}. Name the finding's own region with --region.")
    for detector in detectors:  # a region has one
        if found := guardduty.fetch(detector, named.region, [named.id]):
            return parse(prune(event(found[0], account, named.region)))
    raise WrongInput(
        f"GuardDuty lists no finding {named.id} in {named.region}. Check the id, or name its region with --region."
    )


def as_read(rule: dict[str, Any], reason: str) -> dict[str, Any]:
    """Give it a reason, and its numbers as they are read from a file."""
    read: dict[str, Any] = json.loads(json.dumps({**rule, "reason": reason}), parse_float=Decimal)
    return read
