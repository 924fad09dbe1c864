"""GuardDuty's findings of the last days, as far as there is time to read them."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta

from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from chalicelib.aws import guardduty
from chalicelib.aws.clients import client
from chalicelib.aws.guardduty import Criteria
from chalicelib.errors import AWSUnavailable, InvalidFinding
from chalicelib.finding.event import parse
from chalicelib.finding.getfindings import event
from chalicelib.finding.model import Finding

UNKNOWN = (AWSUnavailable, ClientError, InvalidFinding, ResponseParserError, ValueError)
"""Why the past may not be known: botocore raises ValueError for a time that it can't read."""


class WhileThereIsTime:
    """Findings as long as there is time for more; ``complete`` says whether all of them came."""

    def __init__(self, findings: Iterable[Finding], has_time: Callable[[], bool]) -> None:
        self.complete = True
        self._findings = findings
        self._has_time = has_time

    def __iter__(self) -> Iterator[Finding]:
        """Give the findings one by one."""
        for finding in self._findings:
            if not self._has_time():
                self.complete = False
                return
            yield finding


def recent_findings(now: datetime, days: int) -> Iterator[Finding]:
    """List GuardDuty's findings of the last days in the function's own region, without the archived ones.

    Raises one of ``UNKNOWN``.
    """
    region: str = client("guardduty").meta.region_name
    criteria = Criteria(region=region, since=now - timedelta(days=days), min_severity=0)
    for detector in guardduty.detectors(region):
        for _, ids, _ in guardduty.pages(detector, criteria, ""):
            found = guardduty.fetch(detector, region, ids) if ids else []
            yield from (parse(event(each, "", region)) for each in found)
