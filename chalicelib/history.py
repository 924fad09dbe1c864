"""What lies behind us: GuardDuty's findings of the last days, and the names of their accounts."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from botocore.exceptions import ClientError

from chalicelib import notifications, organizations
from chalicelib.aws import client, transient_as_unavailable
from chalicelib.errors import AWSUnavailable
from chalicelib.finding import Account, Finding, parse
from chalicelib.finding.getfindings import event

AccountOf = Callable[[str], Account]


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
    """List GuardDuty's findings of the last days in the function's own region, the latest first.

    Archived ones are left out: they were not told either. Raises AWSUnavailable when AWS throttles, and
    botocore's error when it refuses.
    """
    guardduty = client("guardduty")
    since = int((now - timedelta(days=days)).timestamp() * 1000)
    with transient_as_unavailable("guardduty:ListDetectors"):
        detectors: list[str] = guardduty.list_detectors()["DetectorIds"]
    for detector in detectors:  # a region has one
        for ids in _pages(guardduty, detector, since):
            with transient_as_unavailable("guardduty:GetFindings"):
                found = guardduty.get_findings(DetectorId=detector, FindingIds=ids)["Findings"]
            yield from (parse(event(each, "", guardduty.meta.region_name)) for each in found)


def _pages(guardduty: Any, detector: str, since: int) -> Iterator[list[str]]:
    query: dict[str, Any] = {
        "DetectorId": detector,
        "FindingCriteria": {
            "Criterion": {
                "updatedAt": {"GreaterThanOrEqual": since},
                "service.archived": {"Equals": ["false"]},
            }
        },
        "SortCriteria": {"AttributeName": "updatedAt", "OrderBy": "DESC"},
        "MaxResults": 50,
    }
    while True:
        with transient_as_unavailable("guardduty:ListFindings"):
            page = guardduty.list_findings(**query)
        if page["FindingIds"]:
            yield page["FindingIds"]
        if not page.get("NextToken"):
            return
        query["NextToken"] = page["NextToken"]
