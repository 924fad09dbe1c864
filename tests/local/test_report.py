"""How a message of Slack's is shown in a terminal."""

import pytest

from statemachine.local.report import builder_link, message_lines, plain


@pytest.mark.parametrize(
    ("markup", "seen"),
    [
        pytest.param("a &lt;b&gt; &amp;amp;", "a <b> &amp;", id="entities"),
        pytest.param("<https://example.com|here>", "here", id="link"),
        pytest.param("<!here> look", "@here look", id="mention"),
        pytest.param("<!date^1795161850^{date_short_pretty}|x>", "2026-11-20 08:04 UTC", id="date"),
    ],
)
def test_markup_is_undone(markup: str, seen: str) -> None:
    assert plain(markup) == seen


def test_a_message_of_text_only() -> None:
    assert list(message_lines({"text": "one &lt;two&gt;"})) == ["one <two>"]


def test_the_builder_shows_the_message_without_the_channel() -> None:
    link = builder_link({"channel": "C1", "text": "t", "blocks": [{"type": "divider"}]})
    assert link.endswith("#%7B%22blocks%22%3A%5B%7B%22type%22%3A%22divider%22%7D%5D%7D")
