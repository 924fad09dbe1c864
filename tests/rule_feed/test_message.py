"""The feed's message: its golden files, and that Slack takes it whatever changed."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.rule_feed.change import RuleChange
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
    assert sum("hides *:EC2/*" in body for body in bodies) == 1
    assert sum("Also:" in body for body in bodies) == 1


def _looks(name: str) -> tuple[str, set[str]]:
    posted = payload(CASES[name], "en")
    assert posted["blocks"][0]["text"]["text"] in posted["text"]
    return posted["text"].split(" ")[0], slack_limits.colours(posted)


@pytest.mark.parametrize(
    ("name", "sign", "colours"),
    [
        pytest.param("added", "Suppression", set(), id="added"),
        pytest.param("changed", "Suppression", set(), id="changed"),
        pytest.param("changed-to-off", "Suppression", set(), id="switched-off"),
        pytest.param("added-faulty", "⚠", {"#e8590c"}, id="added-faulty"),
        pytest.param("added-expired", "⚠", {"#e8590c"}, id="added-expired"),
        pytest.param("changed-to-faulty", "⚠", {"#e8590c"}, id="changed-to-faulty"),
        pytest.param("deleted", "🗑", {"#8d9096"}, id="deleted"),
        pytest.param("deleted-faulty", "🗑", {"#8d9096"}, id="deleted-and-was-faulty"),
        pytest.param("route-deleted", "🗑", {"#8d9096"}, id="route-deleted"),
        pytest.param("several", "Suppression", {"#8d9096"}, id="one-of-several-deleted"),
    ],
)
def test_what_has_no_effect_any_more_looks_different(name: str, sign: str, colours: set[str]) -> None:
    assert _looks(name) == (sign, colours)


def test_a_faulty_one_among_several_is_in_the_headline() -> None:
    posted = payload([*CASES["added"], *CASES["changed-to-faulty"]], "en")
    assert posted["text"].startswith("⚠ Suppression list changed\n")
    assert posted["blocks"][0]["text"]["text"] == "⚠ Suppression list changed"
    assert len(posted["attachments"]) == 1


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_notification_shows_no_markup(name: str, language: str) -> None:
    assert "`" not in payload(CASES[name], language)["text"]


@pytest.mark.parametrize("name", CASES)
def test_nothing_is_said_twice(name: str) -> None:
    """Of one change: many changes may have much in common."""
    if len(CASES[name]) == 1:
        said = [
            line for text in slack_limits.texts(payload(CASES[name], "en"))[1:] for line in text.split("\n")
        ]
        assert len(said) == len(set(said))


@pytest.mark.parametrize("name", ["deleted", "changed-to-off", "added", "late", "added-expired"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_times_are_the_readers_own(name: str, language: str) -> None:
    said = " ".join(slack_limits.texts(payload(CASES[name], language)))
    assert "<!date^" in said
    assert not re.search(r"\d{2}:\d{2}", slack_limits.OUR_MARKUP.sub("", said))


@pytest.mark.parametrize(
    ("changes", "last"),
    [
        pytest.param(
            CASES["changed-to-faulty"],
            "Such findings are posted from now on, unless another rule hides them.",
            id="hid-until-now",
        ),
        pytest.param(
            CASES["added-faulty"],
            "Findings of Recon:EC2/* go on being posted, unless another rule hides them.",
            id="never-hid",
        ),
        pytest.param(
            [change(USUAL | {"domain": ""}, USUAL | {"domain": 7})],
            "Findings of Recon:EC2/* go on being posted, unless another rule hides them.",
            id="was-faulty-before",
        ),
        pytest.param(
            [change(None, {"finding_type": "*", "rule": "r"})],
            "All findings go on being posted, unless another rule hides them.",
            id="every-type",
        ),
        pytest.param(
            [change(None, {"finding_type": "*", "rule": "r"}, "routes")],
            "All findings go on to where another route sends them, or to the usual channel.",
            id="route",
        ),
    ],
)
def test_a_rule_without_effect_says_what_becomes_of_its_findings(
    changes: Sequence[RuleChange], last: str
) -> None:
    (attachment,) = payload(changes, "en")["attachments"]
    assert attachment["blocks"][0]["text"]["text"].split("\n")[-1] == last


@pytest.mark.parametrize("last", ["yesterday", 7, "0001-01-01T00:00:00+23:00", ["<!here>"]])
def test_a_counter_that_somebody_typed_is_shown_as_it_is(last: object) -> None:
    posted = payload([change(USUAL | {"last_matched_at": last, "match_count": "*many*"}, None)], "en")
    assert slack_limits.faults(posted) == []
    assert "It has hidden ∗many∗ findings, the last " in " ".join(slack_limits.texts(posted))


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
