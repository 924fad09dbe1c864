"""GuardDuty's own list of findings.

Every call may raise AWSUnavailable when AWS throttles or fails, and botocore's error when it refuses.
https://docs.aws.amazon.com/guardduty/latest/APIReference/API_ListFindings.html,
https://docs.aws.amazon.com/guardduty/latest/APIReference/API_GetFindings.html
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from botocore.parsers import ResponseParserError

from chalicelib.aws.clients import client, transient_as_unavailable
from chalicelib.errors import FindingNotListed, InvalidFinding
from chalicelib.finding.event import parse
from chalicelib.finding.getfindings import detail
from chalicelib.finding.model import Finding

PAGE = 50
"""Findings that ListFindings names and GetFindings gives in one call."""

OPERATIONS = frozenset({"ListDetectors", "GetDetector", "ListFindings", "GetFindings"})
"""What GuardDuty is asked here, as botocore's errors name it."""

_INTERVALS = {
    "FIFTEEN_MINUTES": timedelta(minutes=15),
    "ONE_HOUR": timedelta(hours=1),
    "SIX_HOURS": timedelta(hours=6),
}


@dataclass(frozen=True)
class Criteria:
    """Which findings of a region to list; those that are archived never are."""

    region: str
    since: datetime
    """Updated at this moment or later."""
    min_severity: float
    """Lists take whole numbers only: what lies between is for the caller to leave out."""
    below: int | None = None
    """Only severities below."""
    newest_first: bool = False
    """By update; else the oldest first."""


def whole(event: Mapping[str, Any]) -> Mapping[str, Any]:
    """Fetch the rest of an event that carries a finding's identifiers only; any other is whole already.

    Raises FindingNotListed too, and InvalidFinding where the event is none.
    """
    finding = parse(event)
    if not finding.identifiers_only:
        return event
    try:
        fetched = {name: event[name] for name in event if name != "identifiersOnly"}
        fetched |= {"detail": detail(_fetch(finding))}
        parse(fetched)
    # A time that botocore can't read, or Python can't hold.
    except (InvalidFinding, ResponseParserError, ValueError, OverflowError) as error:
        raise FindingNotListed(f"GuardDuty's answer can't be read: {type(error).__name__}") from error
    return fetched


def detectors(region: str) -> list[str]:
    """Name the region's detectors: one, or none where GuardDuty is off."""
    with transient_as_unavailable("guardduty:ListDetectors"):
        found: list[str] = client("guardduty", region).list_detectors()["DetectorIds"]
    return found


def interval(detector: str, region: str) -> timedelta:
    """How often the recurrences of a finding are published: after 6 hours unless it was changed."""
    with transient_as_unavailable("guardduty:GetDetector"):
        found = client("guardduty", region).get_detector(DetectorId=detector)
    return _INTERVALS.get(found.get("FindingPublishingFrequency", ""), timedelta(hours=6))


def pages(detector: str, criteria: Criteria, token: str) -> Iterator[tuple[str, list[str], str]]:
    """List findings from a page on, by update: each page's token, its finding ids, and the next one's token."""
    more = True
    while more:
        ids, following = _page(detector, criteria, token)
        yield token, ids, following
        token, more = following, bool(following)


def fetch(detector: str, region: str, finding_ids: Sequence[str]) -> list[dict[str, Any]]:
    """Fetch up to 50 findings; one that is gone is left out."""
    with transient_as_unavailable("guardduty:GetFindings"):
        found: list[dict[str, Any]] = client("guardduty", region).get_findings(
            DetectorId=detector, FindingIds=list(finding_ids)
        )["Findings"]
    return found


def is_archived(finding_id: str, region: str) -> bool | None:
    """Say whether people, or a filter of theirs, have archived a finding; None: it is gone, which is no answer."""
    found = [each for detector in detectors(region) for each in fetch(detector, region, [finding_id])]
    return any(bool(each.get("Service", {}).get("Archived")) for each in found) if found else None


def _page(detector: str, criteria: Criteria, token: str) -> tuple[list[str], str]:
    severity = {"GreaterThanOrEqual": math.floor(criteria.min_severity)}
    criterion = {
        "updatedAt": {"GreaterThanOrEqual": int(criteria.since.timestamp() * 1000)},
        "severity": severity if criteria.below is None else {**severity, "LessThan": criteria.below},
        "service.archived": {"Eq": ["false"]},
    }
    arguments = {"NextToken": token} if token else {}
    with transient_as_unavailable("guardduty:ListFindings"):
        found = client("guardduty", criteria.region).list_findings(
            DetectorId=detector,
            FindingCriteria={"Criterion": criterion},
            SortCriteria={
                "AttributeName": "updatedAt",
                "OrderBy": "DESC" if criteria.newest_first else "ASC",
            },
            MaxResults=PAGE,
            **arguments,
        )
    return found["FindingIds"], found.get("NextToken", "")


def _fetch(finding: Finding) -> dict[str, Any]:
    # The event's detectorId may be the member account's: the administrator's own detector lists the finding.
    region = finding.home_region or finding.region
    for detector in detectors(region):  # a region has one
        if found := fetch(detector, region, [finding.id]):
            return found[0]
    raise FindingNotListed(f"GuardDuty lists no finding {finding.id}")
