"""Reading what may be missing, null or of another type."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.finding import fields
from chalicelib.finding.model import Tag
from chalicelib.finding.resources import resources
from tests.finding.common import HERE
from tests.generate import Json

WHEN = datetime(2026, 10, 2, 6, 30, 11, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "read"),
    [
        pytest.param("2026-10-02T06:30:11Z", WHEN, id="utc"),
        pytest.param("2026-10-02T06:30:11.000000000Z", WHEN, id="nanoseconds"),
        pytest.param("2026-10-02T06:30:11", WHEN, id="without-zone"),
        pytest.param("2026-10-02 06:30:11.000", WHEN, id="blank-for-t"),
        pytest.param("2026-10-02T15:30:11+09:00", WHEN, id="tokyo"),
        pytest.param(" 2026-10-02T06:30:11Z ", WHEN, id="blanks-around"),
        pytest.param("2026-10-02", datetime(2026, 10, 2, tzinfo=UTC), id="date"),
        pytest.param(1790922611, WHEN, id="seconds"),
        pytest.param(1790922611.0, WHEN, id="float-seconds"),
        pytest.param(1790922611000, WHEN, id="milliseconds"),
        pytest.param("1790922611000", WHEN, id="milliseconds-as-text"),
        pytest.param("1790922611", WHEN, id="seconds-as-text"),
        pytest.param(0, None, id="zero"),
        pytest.param(-5, None, id="negative"),
        pytest.param("1970-01-01T00:00:00Z", None, id="epoch-is-no-time"),
        pytest.param("0001-01-01T00:00:00+14:00", None, id="before-all-time"),
        pytest.param("9999-12-31T23:59:59-14:00", None, id="after-all-time"),
        pytest.param("9" * 40, None, id="too-many-digits"),
        pytest.param(10**17, None, id="too-large"),
        pytest.param("yesterday", None, id="words"),
        pytest.param("", None, id="empty"),
        pytest.param(None, None, id="null"),
        pytest.param(True, None, id="boolean"),
        pytest.param([], None, id="list"),
    ],
)
def test_moment(value: Json, read: datetime | None) -> None:
    assert fields.moment(value) == read


@pytest.mark.parametrize(
    ("value", "read"),
    [
        pytest.param("text", "text", id="text"),
        pytest.param(" text ", " text ", id="blanks-are-kept"),
        pytest.param("  ", "", id="blank"),
        pytest.param(22, "22", id="whole"),
        pytest.param(64500.0, "64500", id="whole-float"),
        pytest.param(1.5, "1.5", id="float"),
        pytest.param(10**5000, "", id="huge"),
        pytest.param(float("nan"), "", id="nan"),
        pytest.param(float("-inf"), "", id="endless"),
        pytest.param(True, "", id="boolean"),
        pytest.param("a\ud800b", "a?b", id="lone-surrogate"),
        pytest.param("名前🔥", "名前🔥", id="other-scripts"),
    ],
)
def test_text(value: Json, read: str) -> None:
    assert fields.text(value) == read


@pytest.mark.parametrize(
    ("value", "read"),
    [
        pytest.param(7, 7, id="whole"),
        pytest.param("7", 7, id="text"),
        pytest.param(7.0, 7, id="float"),
        pytest.param(7.5, None, id="fraction"),
        pytest.param("seven", None, id="word"),
        pytest.param(10**400, None, id="huge"),
        pytest.param(float("nan"), None, id="nan"),
        pytest.param(None, None, id="null"),
    ],
)
def test_whole(value: Json, read: int | None) -> None:
    assert fields.whole(value) == read


@pytest.mark.parametrize(
    ("value", "read"),
    [
        pytest.param(True, True, id="true"),
        pytest.param("false", False, id="text"),
        pytest.param(" TRUE ", True, id="capitals"),
        pytest.param("yes", None, id="word"),
        pytest.param(1, None, id="number"),
    ],
)
def test_flag(value: Json, read: bool | None) -> None:
    assert fields.flag(value) is read


@pytest.mark.parametrize(
    ("value", "path", "read"),
    [
        pytest.param({"a": {"b": "x"}}, "a.b", ["x"], id="objects"),
        pytest.param({"a": [{"b": ["x", 2]}, {"b": "y"}, {}, 7]}, "a.b", ["x", "2", "y"], id="through-lists"),
        pytest.param([{"a": "x"}], "a", ["x"], id="list-at-the-root"),
        pytest.param({"a": {"b": None}}, "a.b", [], id="null"),
        pytest.param({"a": "x"}, "a.b", [], id="text-in-the-way"),
        pytest.param(None, "a", [], id="nothing"),
    ],
)
def test_paths(value: Json, path: str, read: list[str]) -> None:
    assert fields.found(value, path) == read
    assert fields.first(value, path) == (read[0] if read else "")


any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(any_json)
def test_nothing_raises(value: Json) -> None:
    for read in (fields.text, fields.moment, fields.whole, fields.number, fields.flag, fields.tags):
        read(value)
    fields.parsed(value)
    assert all(text for _, text in fields.leaves(value))


def test_every_tag_is_kept_and_none_without_a_key() -> None:
    tags = [{"key": f"k{number}", "value": str(number)} for number in range(60)]
    odd: Json = [{"key": ""}, {"value": "x"}, None, {"key": "Empty"}, {"key": "k0", "value": "0"}]
    made = resources({"lambdaDetails": {"functionName": "f", "tags": [*tags, *odd]}}, HERE)
    assert made[0].tags == (*(Tag(f"k{number}", str(number)) for number in range(60)), Tag("Empty", ""))
