"""Answers that are asked for, as tests of attention want them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib.ledger.claim import instant
from chalicelib.ledger.watch import Watch

POSTED = datetime(2026, 11, 20, 10, 0, 5, tzinfo=UTC)
OPENING = "2026-11-20T10:00:00.000Z"


def at(seconds: float) -> datetime:
    """A moment, in seconds after the post."""
    return POSTED + timedelta(seconds=seconds)


def watch(**changes: Any) -> Watch:
    """One that reminds, and allows a quarter of an hour."""
    usual = Watch(
        opening=OPENING,
        posted_at=instant(POSTED),
        within=900,
        severity=9,
        type="Backdoor:EC2/DenialOfService.Tcp",
        account="111122223333",
        account_name="payments-prod",
        region="eu-west-1",
        reminds=True,
    )
    return usual.with_(**changes)
