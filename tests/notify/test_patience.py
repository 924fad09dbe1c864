"""How long Slack's failures are waited for, across waits."""

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.ledger.claim import instant
from chalicelib.notify import patience
from chalicelib.notify.patience import Failing

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def ago(**span: float) -> str:
    return instant(NOW - timedelta(**span))


def trouble(since: float, last: float) -> Failing:
    """Both in minutes before now."""
    return Failing(since=ago(minutes=since), last=ago(minutes=last))


@pytest.mark.parametrize(
    ("before", "failed", "after"),
    [
        pytest.param(None, False, None, id="nothing has failed"),
        pytest.param(None, True, trouble(0, 0), id="the first failure"),
        pytest.param(trouble(50, 10), True, trouble(50, 0), id="it goes on"),
        pytest.param(trouble(50, 10), False, trouble(50, 10), id="it may go on"),
        pytest.param(trouble(200, 66), False, None, id="long forgotten"),
        pytest.param(trouble(200, 66), True, trouble(0, 0), id="another trouble"),
    ],
)
def test_since_when_it_has_failed(before: Failing | None, failed: bool, after: Failing | None) -> None:
    assert patience.failing(before, NOW, failed=failed) == after


@pytest.mark.parametrize(("minutes", "over"), [(0, False), (75, False), (75.1, True)])
def test_when_it_is_over(minutes: float, over: bool) -> None:
    assert patience.is_over(trouble(minutes, 0), NOW) is over


def test_without_trouble_nothing_is_over() -> None:
    assert not patience.is_over(None, NOW)


@pytest.mark.parametrize(
    ("seconds", "minutes", "waits"),
    [(2, 0, 2), (2, 1, 60), (200, 1, 200), (2, 30, 120), (3600, 30, 3600)],
)
def test_a_wait_is_as_long_again_as_the_trouble(seconds: int, minutes: float, waits: int) -> None:
    assert patience.backed_off(seconds, trouble(minutes, 0), NOW) == waits


def test_without_trouble_a_wait_is_as_long_as_it_is() -> None:
    assert patience.backed_off(7, None, NOW) == 7
