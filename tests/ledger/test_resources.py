"""How many findings a resource has had: of a week, each once, and no more than an item holds."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.ledger import resources
from chalicelib.ledger.table import read_item, update_item
from statemachine.local.local_aws import LocalAWS

NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)


@pytest.fixture(autouse=True)
def aws() -> Iterator[LocalAWS]:
    with LocalAWS() as local:
        yield local


def counted(findings: str, days: int = 0) -> list[int]:
    return [resources.findings_on("i-1", each, NOW + timedelta(days=days)) for each in findings]


def members() -> list[str]:
    found: list[str] = read_item("resource#i-1")["findings"]["SS"]
    return sorted(found)


@pytest.fixture
def three(monkeypatch: pytest.MonkeyPatch) -> None:
    """No more than three are counted."""
    monkeypatch.setattr(resources, "MOST", 3)


def test_a_finding_counts_once() -> None:
    assert counted("abba") == [1, 2, 2, 2]


def test_it_counts_the_last_seven_days() -> None:
    counted("a")
    assert (counted("b", days=7), counted("c", days=8)) == ([2], [2])


@pytest.mark.usefixtures("three")
def test_no_more_are_kept_than_are_counted() -> None:
    assert counted("abcdefga") == [1, 2, 3, 3, 3, 3, 3, 3]
    assert len(members()) == 3


@pytest.mark.usefixtures("three")
def test_what_counts_no_more_makes_room() -> None:
    counted("abcd")
    assert counted("dea", days=9) == [1, 2, 3]
    assert members() == ["2026-11-29 a", "2026-11-29 d", "2026-11-29 e"]


@pytest.mark.usefixtures("three")
def test_one_that_comes_every_day_is_one() -> None:
    assert [counted("a", days) for days in range(6)] == [[1]] * 6
    assert counted("b", days=6) == [2]


def test_an_item_that_grew_before_there_was_a_bound_is_only_counted() -> None:
    ids = [f"2026-11-20 {number:032x}" for number in range(2 * resources.MOST)]
    update_item("resource#i-1", "ADD findings :all", "", {":all": {"SS": ids}})
    assert counted("a") == [resources.MOST]
    assert len(members()) == len(ids)


def test_the_largest_item_is_far_below_what_dynamodb_holds() -> None:
    longest = "x" * 64  # GuardDuty's ids have 32 characters
    assert resources.MOST * len(f"2026-11-20 {longest}") < 400_000 / 10
