"""What lies behind us: GuardDuty's findings of the last days, and the names of their accounts."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from functools import cache

from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from chalicelib.aws import guardduty, organizations
from chalicelib.aws.clients import client
from chalicelib.aws.guardduty import Criteria
from chalicelib.errors import AWSUnavailable, InvalidFinding
from chalicelib.finding.event import parse
from chalicelib.finding.getfindings import event
from chalicelib.finding.model import Account, Finding
from chalicelib.ledger import notifications

AccountOf = Callable[[str], Account]

UNKNOWN = (AWSUnavailable, ClientError, InvalidFinding, ResponseParserError, ValueError)
"""Why the past may not be known: botocore raises ValueError for a time that it can't read."""


def accounts(own_account_id: str, now: datetime) -> AccountOf:
    """Name accounts as the state machine does, each once; one that can't be named is empty."""

    @cache
    def account_of(account_id: str) -> Account:
        try:
            kept = notifications.account(account_id, now)
            return kept or organizations.describe_account(account_id, own_account_id)
        except (AWSUnavailable, ClientError):
            return Account()  # counted as a finding on which the rule could not be tried

    return account_of


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
