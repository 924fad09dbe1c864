"""Nothing is believed of an item of a time in which nobody of us can have written it."""

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.ledger import digests
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


def folded(now: datetime) -> FindingItem:
    return FindingItem(v=3, fold=digests.fold(digests.digest_id("channel##a", now), "1"))


@pytest.mark.parametrize(
    "fold",
    [
        pytest.param("1", id="no digest"),
        pytest.param("202611201200-3fa9c1d2", id="no part of the index"),
        pytest.param("202611201200-3fa9c1d2.8", id="a part that nobody reads"),
        pytest.param("202613201200-3fa9c1d2.0", id="no month"),
        pytest.param("202611201301-3fa9c1d2.0", id="a minute that has not come"),
        pytest.param("999912312359-3fa9c1d2.0", id="a minute that never comes"),
    ],
)
def test_a_finding_in_a_digest_that_is_never_posted_is_in_none(fold: str) -> None:
    assert believed(FindingItem(v=3, fold=fold, notified_update=instant(NOW)), NOW) == FindingItem(v=3)


@pytest.mark.parametrize("minutes", [-90 * 24 * 60, 0, 59])
def test_a_finding_in_a_digest_of_a_minute_that_has_come_is_believed(minutes: int) -> None:
    item = folded(NOW + timedelta(minutes=minutes))
    assert believed(item, NOW) == item
