"""Spans of time, as people write them and as they are said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.text import durations

MONTH = 30 * 86_400


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("1s", 1),
        ("90s", 90),
        ("15m", 900),
        (" 24h ", 86_400),
        ("7d", 604_800),
        pytest.param("30d", MONTH, id="the-longest"),
        pytest.param("720h", MONTH, id="the-longest-in-hours"),
    ],
)
def test_a_span_is_read(written: str, seconds: int) -> None:
    assert durations.seconds(written) == seconds


@pytest.mark.parametrize(
    "written",
    [
        *("", " ", "0m", "-5m", "+5m", "015m", "1.5h", "15", "m", "15M", "15 m", "15min", "1h30m", "2w"),
        *("PT15M", "15m\n15m", "１５m", "١٥m", "off"),
        pytest.param("31d", id="longer-than-a-month"),
        pytest.param(f"{MONTH + 1}s", id="a-second-longer-than-a-month"),
        pytest.param("99999999s", id="too-many-digits"),
    ],
)
def test_what_is_no_span_is_nothing(written: str) -> None:
    assert durations.seconds(written) == 0


def test_its_examples_can_be_read() -> None:
    examples, _, longest = durations.EXAMPLES.partition(", at most ")
    assert all(durations.seconds(each) for each in examples.replace(" or ", ", ").split(", "))
    assert durations.seconds(longest) == MONTH


@given(st.integers(1, MONTH))
def test_what_is_written_exactly_is_read_as_the_same(span: int) -> None:
    assert durations.seconds(durations.exactly(span)) == span


@pytest.mark.parametrize(
    ("span", "written"),
    [(1, "1s"), (90, "90s"), (900, "15m"), (9000, "150m"), (86_400, "1d"), (90_000, "25h")],
)
def test_a_span_is_written_exactly(span: int, written: str) -> None:
    assert durations.exactly(span) == written


@pytest.mark.parametrize(
    ("span", "said"),
    [
        (0, "0s"),
        (59.9, "59s"),
        (60, "1m"),
        pytest.param(119, "119s", id="less-than-two-of-a-unit-is-said-in-the-smaller-one"),
        (120, "2m"),
        pytest.param(290, "4m", id="what-is-left-over-is-not-said"),
        (1800, "30m"),
        (5400, "90m"),
        (9000, "2h"),
        (86_400, "1d"),
        (100_000, "27h"),
        (200_000, "2d"),
    ],
)
def test_a_span_is_said_in_its_largest_unit(span: float, said: str) -> None:
    assert durations.shown(span) == said
