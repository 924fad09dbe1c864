"""Which update of a finding an execution is to post."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import TypedDict

from chalicelib.finding.model import Finding

# Asked for by the state ClaimNotification, which executions that were started with an older definition still have.
LEASE = timedelta(minutes=30)

# Clocks differ by seconds; what lies further ahead is forged or made by hand, and would silence real updates.
FUTURE = timedelta(hours=1)

# GuardDuty keeps findings for 90 days: https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings.html
KEPT = timedelta(days=90)


class Claim(TypedDict):
    """A finding's item and the update of it that is to be posted."""

    finding_id: str
    """The item's key: the finding's id; for a test event a key of its own."""
    update: str
    """The finding's update, as a timestamp that sorts as text."""
    lease_over: str
    """For older definitions: claims made before this instant and never posted may be taken over."""
    expires_at: str
    """Epoch seconds after which DynamoDB may drop the item."""


def key(finding: Finding) -> str:
    """Name the item of a finding; a test event never touches what a real finding has claimed or posted."""
    return f"test#{finding.source}#{finding.id}" if finding.test else finding.id


def claim(finding: Finding, now: datetime) -> Claim | None:
    """Say what to claim, or None where the event does not say which update it is, or lies about it."""
    updated_at = finding.updated_at or finding.last_seen or finding.created_at
    if updated_at is None or updated_at > now + FUTURE:
        return None
    return Claim(
        finding_id=key(finding),
        update=instant(updated_at),
        lease_over=instant(now - LEASE),
        expires_at=str(int((max(updated_at, now) + KEPT).timestamp())),
    )


def are_past(times: Iterable[str], now: datetime) -> bool:
    """Say whether all these times have come, as far as clocks differ: else nobody of us has written them."""
    return all(each <= instant(now + FUTURE) for each in times)


def instant(moment: datetime) -> str:
    """Write a moment in UTC with milliseconds: such texts sort as their moments do."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
