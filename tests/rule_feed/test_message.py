"""The feed's message: its golden files, and that Slack takes it whatever changed."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.settings import LANGUAGES
from tests import slack_limits
from tests.bless_announcements import CASES, USUAL, change, goldens, payload
from tests.goldens import written
from tests.rule_feed.test_stream_records import Item

GOLDENS = list(goldens())


@pytest.mark.parametrize(("path", "content"), GOLDENS, ids=[path.stem for path, _ in GOLDENS])
def test_changes_read_as_in_their_golden_file(path: Path, content: dict[str, Any]) -> None:
    assert path.read_text("utf-8") == written(
        path, content
    )  # python -m tests.bless_announcements rewrites it


@pytest.mark.parametrize(("path", "content"), GOLDENS, ids=[path.stem for path, _ in GOLDENS])
def test_slack_takes_it_and_nothing_in_it_is_anybody_elses_markup(
    path: Path, content: dict[str, Any]
) -> None:
    assert slack_limits.faults(content) == []
    assert slack_limits.hosts(content) <= {"eu-west-1.console.aws.amazon.com"}
    assert not content["unfurl_links"] and not content["unfurl_media"]


def test_no_golden_file_is_left_over() -> None:
    assert {path for path, _ in GOLDENS} == set(GOLDENS[0][0].parent.iterdir())


def test_a_wide_rule_can_not_hide_behind_many_harmless_ones() -> None:
    posted = payload(CASES["many"], "en")["blocks"]
    bodies = [block["text"]["text"] for block in posted if block["type"] == "section"]
    assert sum("Hides *:EC2/*" in body for body in bodies) == 1
    assert sum("Also:" in body for body in bodies) == 1


VALUES = (
    st.none() | st.booleans() | st.decimals(allow_nan=False) | st.text() | st.lists(st.text(), max_size=9)
)
ANY_ITEMS = st.fixed_dictionaries(
    {"finding_type": st.text(min_size=1), "rule": st.text(min_size=1)},
    optional={
        "reason": st.text(max_size=2000),
        "domain": VALUES,
        "resource_id": VALUES,
        "match_count": VALUES,
    },
).flatmap(
    lambda base: st.dictionaries(st.text(min_size=1, max_size=20), VALUES, max_size=3).map(
        lambda more: more | base
    )
)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(st.none() | ANY_ITEMS, ANY_ITEMS, st.booleans()), min_size=1, max_size=30),
    st.sampled_from(LANGUAGES),
)
def test_any_changes_make_a_message_that_slack_takes(
    items: list[tuple[Item | None, Item, bool]], language: str
) -> None:
    changes = [
        change(old, new, "routes" if route else "suppressions", minutes=60 * (old is None))
        if old or not route
        else change(new, None, "routes")
        for old, new, route in items
    ]
    assert slack_limits.faults(payload(changes, language)) == []


def test_the_longest_changes_make_a_message_that_slack_takes() -> None:
    long = USUAL | {
        "rule": "&" * 999,
        "reason": "<" * 5000,
        "container": ["💥" * 900 + str(n) for n in range(9)],
    }
    for count in (1, 6, 25, 1000):
        posted = payload(
            [change(USUAL | {"rule": "&" * 999}, long | {"owner": ">" * 900}, minutes=60)] * count, "en"
        )
        assert slack_limits.faults(posted) == []
        assert sum("Valid." in text for text in slack_limits.texts(posted)) == min(count, 6)
