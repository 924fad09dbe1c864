"""Nothing is believed of an item of a time in which nobody of us can have written it."""

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.ledger.believed import believed
from chalicelib.ledger.claim import instant
from chalicelib.ledger.decide import FindingItem

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
FAR = "9999-01-01T00:00:00.000Z"
TIMES = [
    name
    for name in FindingItem._fields
    if name.endswith(("_update", "_at", "_until", "_after", "_since")) or name in ("unanswered", "repeated")
]


def with_(name: str, time: str) -> FindingItem:
    return FindingItem(v=3, ts="1")._replace(**{name: time})  # type: ignore[arg-type]


@pytest.mark.parametrize("name", TIMES)
def test_an_item_of_far_future_says_nothing_but_its_version(name: str) -> None:
    forged = with_(name, FAR)
    assert believed(forged, NOW) == FindingItem(v=3)


@pytest.mark.parametrize("name", TIMES)
def test_an_item_of_a_clock_that_goes_before_is_believed(name: str) -> None:
    ahead = with_(name, instant(NOW + timedelta(minutes=59)))
    assert believed(ahead, NOW) == ahead


def test_a_claim_may_live_as_long_as_a_queue_is() -> None:
    waiting = FindingItem(claimed_until=instant(NOW + timedelta(hours=30)))
    assert believed(waiting, NOW) == waiting
