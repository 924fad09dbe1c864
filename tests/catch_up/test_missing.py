"""Which finding is missing, and the name of the execution that posts it."""

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.catch_up.missing import FindingStanding, execution_name, judge, on_its_way
from chalicelib.ledger.claim import instant
from chalicelib.ledger.records import Record
from tests.catch_up.test_replay import HOUR, NOW, finding

SIX_HOURS = timedelta(hours=6)


def posted(ago: timedelta, posted_ago: timedelta | None = None, severity: str = "8") -> Record:
    return Record(
        notified_update=instant(NOW - ago),
        notified_at=instant(NOW - (posted_ago or ago)),
        notified_severity=severity,
    )


def suppressed(ago: timedelta, at: timedelta | None = None, severity: str = "") -> Record:
    moment = instant(NOW - (at or ago))
    return Record(
        suppressed_update=instant(NOW - ago),
        suppressed_at=moment,
        suppressed_by="r",
        suppressed_severity=severity,
    )


BOTH = Record(
    notified_update=instant(NOW - 9 * HOUR),
    notified_at=instant(NOW - 9 * HOUR),
    notified_severity="5",
    suppressed_update=instant(NOW - 2 * HOUR),
    suppressed_at=instant(NOW - 2 * HOUR),
)


@pytest.mark.parametrize(
    ("record", "by_schedule", "by_hand"),
    [
        pytest.param(Record(), FindingStanding.NEVER, FindingStanding.NEVER, id="never-posted"),
        pytest.param(
            Record(claimed_update="9"), FindingStanding.NEVER, FindingStanding.NEVER, id="claimed-only"
        ),
        pytest.param(posted(HOUR), FindingStanding.POSTED, FindingStanding.POSTED, id="posted"),
        pytest.param(
            posted(HOUR / 2), FindingStanding.POSTED, FindingStanding.POSTED, id="newer-posted-than-listed"
        ),
        pytest.param(
            posted(2 * HOUR), FindingStanding.NOT_DUE, FindingStanding.NEWER, id="active-and-not-due"
        ),
        pytest.param(
            posted(7 * HOUR), FindingStanding.NOT_DUE, FindingStanding.NEWER, id="within-the-margin"
        ),
        pytest.param(posted(7.1 * HOUR), FindingStanding.OVERDUE, FindingStanding.NEWER, id="overdue"),
        pytest.param(
            posted(9 * HOUR, 2 * HOUR),
            FindingStanding.NOT_DUE,
            FindingStanding.NEWER,
            id="old-but-posted-lately",
        ),
        pytest.param(
            posted(2 * HOUR, None, "7.9"), FindingStanding.ROSE, FindingStanding.NEWER, id="severity-rose"
        ),
        pytest.param(
            posted(2 * HOUR, None, "8.0"), FindingStanding.NOT_DUE, FindingStanding.NEWER, id="same-severity"
        ),
        pytest.param(
            posted(2 * HOUR, None, ""), FindingStanding.NOT_DUE, FindingStanding.NEWER, id="severity-unknown"
        ),
        pytest.param(
            suppressed(HOUR), FindingStanding.SUPPRESSED, FindingStanding.SUPPRESSED, id="suppressed"
        ),
        pytest.param(
            suppressed(2 * HOUR),
            FindingStanding.SUPPRESSED,
            FindingStanding.NEWER,
            id="suppressed-and-not-due",
        ),
        pytest.param(
            suppressed(8 * HOUR), FindingStanding.OVERDUE, FindingStanding.NEWER, id="suppressed-and-overdue"
        ),
        pytest.param(
            suppressed(2 * HOUR, severity="7.9"),
            FindingStanding.ROSE,
            FindingStanding.NEWER,
            id="above-what-was-hidden",
        ),
        pytest.param(
            BOTH, FindingStanding.SUPPRESSED, FindingStanding.NEWER, id="suppressed-after-it-was-posted"
        ),
        pytest.param(
            Record(notified_update="2026-01-01", notified_at="?"),
            FindingStanding.OVERDUE,
            FindingStanding.NEWER,
            id="unreadable",
        ),
    ],
)
def test_what_is_missing(record: Record, by_schedule: FindingStanding, by_hand: FindingStanding) -> None:
    assert judge(finding(), record, NOW, SIX_HOURS) is by_schedule
    assert judge(finding(), record, NOW, None) is by_hand


def test_the_detectors_frequency_says_when_an_event_was_due() -> None:
    record = posted(2.1 * HOUR)
    assert judge(finding(), record, NOW, HOUR) is FindingStanding.OVERDUE
    assert judge(finding(), record, NOW, 2 * HOUR) is FindingStanding.NOT_DUE


def test_a_finding_that_does_not_say_its_update_is_missing_until_posted() -> None:
    unknown: dict[str, Any] = {"updatedAt": None, "createdAt": None, "service": {}}
    assert judge(finding(**unknown), Record(), NOW, SIX_HOURS) is FindingStanding.NEVER
    assert execution_name(finding(**unknown), NOW).endswith("unknown-update")


def test_only_what_is_new_may_be_on_its_way() -> None:
    minute = timedelta(minutes=1)
    assert on_its_way(finding(14 * minute), FindingStanding.NEVER, NOW)
    assert not on_its_way(finding(16 * minute), FindingStanding.NEVER, NOW)
    assert not on_its_way(finding(minute, createdAt=instant(NOW - HOUR)), FindingStanding.NEVER, NOW)
    assert on_its_way(finding(minute, createdAt=instant(NOW - HOUR)), FindingStanding.ROSE, NOW)
    assert not on_its_way(finding(minute), FindingStanding.OVERDUE, NOW)


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({}, id="usual"),
        pytest.param({"id": "x" * 300}, id="long"),
        pytest.param({"id": "名前 <!channel>/:*"}, id="hostile"),
        pytest.param({"id": "\ud800"}, id="no-utf-8"),
    ],
)
def test_the_executions_name_is_what_step_functions_takes(changed: dict[str, Any]) -> None:
    made = execution_name(finding(**changed), NOW)
    assert len(made + "-9") <= 80
    assert made.replace("-", "").isalnum()
    assert made.isascii()
    assert made == execution_name(finding(**changed), NOW + HOUR)
    assert made != execution_name(finding(2 * HOUR, **changed), NOW)
