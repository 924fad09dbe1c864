"""Whether a finding that GuardDuty lists has been posted, or should have been."""

import hashlib
import re
from datetime import datetime, timedelta
from enum import StrEnum

from chalicelib.catch_up.request import MARGIN
from chalicelib.finding.model import Finding
from chalicelib.ledger import digests
from chalicelib.ledger.claim import claim
from chalicelib.ledger.records import Record

# "Near real time": https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings_eventbridge.html
_ON_ITS_WAY = timedelta(minutes=15)

# Whoever owns a digest waits for Slack for 75 minutes, then fails; the hourly look has tried by then, where it is on.
_LONGEST_OWNED = timedelta(hours=2)

# What was handled before severities were recorded: nothing rises above what was posted, and a rule without
# max_severity hides nothing that is Critical.
_AS_POSTED, _AS_HIDDEN = 10.0, 8.9


class FindingStanding(StrEnum):
    """What became of a finding's latest update; the last five are missing."""

    POSTED = "posted"
    SUPPRESSED = "suppressed"
    NOT_DUE = "not due"
    """Posted; it has recurred since, and its next event is not due yet."""
    IN_DIGEST = "in a digest that is not posted yet"
    """It is under way: who owns the digest posts it, or the hourly look does."""
    NEVER = "never posted"
    LOST = "in a digest that nobody posts"
    """Its digest has no item, as its execution ended before it saw to it; or none has posted it for two hours."""
    ROSE = "severity rose"
    OVERDUE = "recurrence not posted"
    NEWER = "newer than posted"
    """By hand: every update that is not posted is wanted."""

    @property
    def missing(self) -> bool:
        """Whether it is to be posted."""
        return self in (
            FindingStanding.NEVER,
            FindingStanding.LOST,
            FindingStanding.ROSE,
            FindingStanding.OVERDUE,
            FindingStanding.NEWER,
        )


def update(finding: Finding, now: datetime) -> str:
    """Name the finding's update as the table knows it; empty where it does not say which, or lies about it."""
    claimed = claim(finding, now)
    return claimed["update"] if claimed else ""


def judge(finding: Finding, record: Record, now: datetime, interval: timedelta | None) -> FindingStanding:
    """Say what became of it. ``interval`` is how often recurrences are published; None judges by hand.

    The list changes at once, events of recurrences come after the interval: in between nothing is missing.
    """
    posted = record.notified_update >= record.suppressed_update
    handled = record.notified_update if posted else record.suppressed_update
    handled_at = record.notified_at if posted else record.suppressed_at
    severity = record.notified_severity if posted else record.suppressed_severity
    if not handled:
        return FindingStanding.NEVER
    if handled >= update(finding, now):
        return _shown(record, FindingStanding.POSTED, now) if posted else FindingStanding.SUPPRESSED
    if interval is None:
        return FindingStanding.NEWER
    if finding.severity > _number(severity, _AS_POSTED if posted else _AS_HIDDEN):
        return FindingStanding.ROSE
    if _since(handled_at, now) > interval + MARGIN:
        return FindingStanding.OVERDUE
    return _shown(record, FindingStanding.NOT_DUE, now) if posted else FindingStanding.SUPPRESSED


def _shown(record: Record, standing: FindingStanding, now: datetime) -> FindingStanding:
    """What a digest shows is posted when the digest is."""
    if not record.waits_for_digest:
        return standing
    is_owned = record.digest and now < digests.begins(record.digest_id) + _LONGEST_OWNED
    return FindingStanding.IN_DIGEST if is_owned else FindingStanding.LOST


def on_its_way(finding: Finding, standing: FindingStanding, now: datetime) -> bool:
    """Whether its event may just not have arrived yet."""
    moment = {FindingStanding.NEVER: finding.created_at, FindingStanding.ROSE: finding.updated_at}.get(
        standing
    )
    return moment is not None and now - moment < _ON_ITS_WAY


def execution_name(finding: Finding, now: datetime) -> str:
    """Name the execution that posts this update of the finding: always the same, with room for ``-9``.

    At most 80 characters, and only those that logs take too:
    https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
    """
    stamp = re.sub(r"[-:.]", "", update(finding, now)) or "unknown-update"
    name = f"replay-{finding.id}-{stamp}"
    if re.fullmatch(r"[0-9A-Za-z_-]{1,78}", name):
        return name
    return f"replay-{hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()}"


def _number(text: str, unknown: float) -> float:
    try:
        return float(text)
    except ValueError:
        return unknown


def _since(text: str, now: datetime) -> timedelta:
    try:
        return now - datetime.fromisoformat(text)
    except ValueError:
        return timedelta.max
