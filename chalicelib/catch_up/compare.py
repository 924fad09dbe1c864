"""GuardDuty's list compared with what is posted about each finding, page by page."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from chalicelib.aws import guardduty
from chalicelib.aws.guardduty import Criteria
from chalicelib.catch_up.missing import FindingStanding, judge
from chalicelib.catch_up.request import Here, InvalidRequest, Position, ReplayRequest
from chalicelib.errors import InvalidFinding
from chalicelib.finding.event import parse
from chalicelib.finding.getfindings import event
from chalicelib.finding.model import Finding
from chalicelib.ledger import records
from chalicelib.ledger.records import Record
from chalicelib.rules.patterns import matches


class NoDetector(Exception):
    """GuardDuty is off in the region, or somebody else's."""


class Source(NamedTuple):
    """Where a finding is listed."""

    region: str
    detector: str
    interval: timedelta | None
    """How often the detector publishes recurrences; None judges by hand."""


@dataclass(frozen=True)
class Judged:
    """One listed finding and what became of it."""

    source: Source
    finding: Finding
    event: Mapping[str, Any]
    """As GuardDuty would have sent it."""
    record: Record
    standing: FindingStanding


@dataclass(frozen=True)
class Page:
    """One page of a list, and where to go on behind it."""

    at: Position
    judged: tuple[Judged, ...]
    unreadable: int
    behind: Position | None


def pages_of_ids(request: ReplayRequest, here: Here, below: int | None = None) -> Iterator[list[str]]:
    """List finding ids only, up to 50 at a time."""
    criteria = Criteria(request.region or here.region, request.since, request.min_severity, below)
    for detector in _detectors(criteria.region):
        for _, ids, _ in guardduty.pages(detector, criteria, ""):
            yield ids


def _detectors(region: str) -> list[str]:
    if found := guardduty.detectors(region):
        return found
    raise NoDetector(f"GuardDuty has no detector in {region}: it is off there, or in another account.")


def pages(request: ReplayRequest, here: Here, now: datetime) -> Iterator[Page]:
    """Read the list from the request's position on, judged page by page."""
    criteria = Criteria(request.region or here.region, request.since, request.min_severity)
    detectors, at = _detectors(criteria.region), request.at
    if at.detector and at.detector not in detectors:
        raise InvalidRequest(f"next names the detector {at.detector}, which {criteria.region} has no more.")
    ahead = detectors[detectors.index(at.detector) :] if at.detector else detectors
    for number, detector in enumerate(ahead):
        following = Position(ahead[number + 1]) if detector != ahead[-1] else None
        interval = guardduty.interval(detector, criteria.region) if _by_schedule(request) else None
        source = Source(criteria.region, detector, interval)
        for token, ids, more in guardduty.pages(detector, criteria, "" if number else at.token):
            done = at.done if (detector, token) == (at.detector, at.token) else ()
            behind = Position(detector, more) if more else following
            left = [each for each in ids if each not in done]
            judged, unreadable = _judged(request, here, now, source, left)
            yield Page(Position(detector, token, done), judged, unreadable, behind)


def _by_schedule(request: ReplayRequest) -> bool:
    return request.reconcile or request.proof


def judged_anew(
    request: ReplayRequest, here: Here, now: datetime, source: Source, ids: Sequence[str]
) -> tuple[Judged, ...]:
    """Fetch findings again, up to 50, and judge them; those that are gone or can't be read are left out."""
    return _judged(request, here, now, source, ids)[0]


def _judged(
    request: ReplayRequest, here: Here, now: datetime, source: Source, ids: Sequence[str]
) -> tuple[tuple[Judged, ...], int]:
    """Fetch findings and what is posted about them, and judge them; and count those that can't be read."""
    if not ids:
        return (), 0
    region, detector, interval = source
    events = [event(each, here.account, region) for each in guardduty.fetch(detector, region, ids)]
    read = [(posted, _parsed(posted)) for posted in events]
    wanted = [(posted, finding) for posted, finding in read if finding and _wanted(finding, request)]
    found = records.read(finding.id for _, finding in wanted) if wanted else {}
    judged = (
        Judged(source, finding, posted, record, judge(finding, record, now, interval))
        for posted, finding in wanted
        for record in [found.get(finding.id, Record())]
    )
    return tuple(judged), sum(finding is None for _, finding in read)


def _parsed(posted: Mapping[str, Any]) -> Finding | None:
    try:
        return parse({**posted, "via": "replay"})
    except InvalidFinding:
        return None


def _wanted(finding: Finding, request: ReplayRequest) -> bool:
    """What the list's criteria can't say: fractions, patterns, and what changed since it was listed."""
    of_type = not request.type or matches(finding.type, (request.type,))
    return of_type and finding.severity >= request.min_severity and not finding.archived
