"""How Slack's texts are read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statemachine.local.mrkdwn import Run, is_link, passages


def runs(text: str, language: str = "", **more: object) -> list[tuple[str, ...]]:
    """The runs of a text of one passage: characters, marks, address."""
    (passage,) = passages({"type": "mrkdwn", "text": text, **more}, language)
    assert passage.kind == "text"
    return [(run.text, *sorted(run.marks), *filter(None, [run.url])) for run in passage.runs]


DATE = "<!date^1795167696^{date_short_pretty} {time}|2026-11-20 09:41 UTC>"


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        pytest.param("*a* b", [("a", "bold"), (" b",)], id="bold"),
        pytest.param("_a_ ~b~", [("a", "italic"), (" ",), ("b", "strike")], id="italic-and-strike"),
        pytest.param("*a _b_*", [("a ", "bold"), ("b", "bold", "italic")], id="one-in-the-other"),
        pytest.param("a*b*c 2*3 *4", [("a*b*c 2*3 *4",)], id="no-mark-within-a-word"),
        pytest.param("* a * ** *a\nb*", [("* a * ** *a",), ("\n",), ("b*",)], id="no-mark-around-nothing"),
        pytest.param("snake_case_name", [("snake_case_name",)], id="snake-case"),
        pytest.param("`*a* &lt;b&gt; :eyes:`", [("*a* <b> :eyes:", "code")], id="code-is-literal"),
        pytest.param(
            "*a `*` b*", [("a ", "bold"), ("*", "bold", "code"), (" b", "bold")], id="code-ends-nothing"
        ),
        pytest.param("a &lt;b&gt; &amp;amp;", [("a <b> &amp;",)], id="escapes-once"),
        pytest.param("&amp;lt;b", [("&lt;b",)], id="escapes-in-order"),
        pytest.param(
            "<https://e.com/?a=1&amp;b|x *y*>", [("x *y*", "https://e.com/?a=1&b")], id="link-with-a-label"
        ),
        pytest.param("<https://e.com>", [("https://e.com", "https://e.com")], id="link"),
        pytest.param("*<http://e.com|x>*", [("x", "bold", "http://e.com")], id="bold-link"),
        pytest.param("<javascript:alert(1)|x>", [("<javascript:alert(1)|x>",)], id="only-the-web"),
        pytest.param("<mailto:a@example.com>", [("a@example.com",)], id="mail"),
        pytest.param("<!here>", [("@here", "chip")], id="here"),
        pytest.param(
            "<@U1> <#C1|general>", [("@U1", "chip"), (" ",), ("#general", "chip")], id="people-and-channels"
        ),
        pytest.param("<!subteam^S1|@sec>", [("@sec", "chip")], id="group-by-name"),
        pytest.param("<!subteam^S1>", [("@S1", "chip")], id="group-by-id"),
        pytest.param("&lt;!here&gt;", [("<!here>",)], id="escaped-calls-nobody"),
        pytest.param(DATE, [("2026-11-20 09:41 UTC",)], id="date"),
        pytest.param(":eyes: :db8: 2001:db8::1", [("👀 :db8: 2001:db8::1",)], id="emoji-that-there-are"),
    ],
)
def test_mrkdwn(text: str, seen: list[tuple[str, ...]]) -> None:
    assert runs(text) == seen


@pytest.mark.parametrize(
    ("language", "format_", "seen"),
    [
        pytest.param("en", "{date_short_pretty} {time}", "Nov 20, 2026 9:41 AM", id="english"),
        pytest.param("ja", "{date_short_pretty} {time}", "2026年11月20日 9:41", id="japanese"),
        pytest.param(
            "en", "{date_long} at {time_secs}", "Friday, November 20, 2026 at 9:41:36 AM", id="long"
        ),
        pytest.param("en", "{date} {ago}", "then", id="what-is-not-drawn"),
        pytest.param("fr", "{date}", "then", id="a-language-that-is-not-drawn"),
    ],
)
def test_a_date_stands_as_the_reader_wants_it(language: str, format_: str, seen: str) -> None:
    assert runs(f"<!date^1795167696^{format_}^https://e.com|then>", language) == [(seen,)]


@pytest.mark.parametrize("seconds", ["253402300800", "999999999999", "-1", "x", "9" * 5000])
def test_a_date_that_is_none_is_its_fallback(seconds: str) -> None:
    assert runs(f"<!date^{seconds}^{{date}}|then>", "en") == [("then",)]


def test_verbatim_makes_no_links() -> None:
    text = "see https://e.com/a."
    assert runs(text) == [("see ",), ("https://e.com/a", "https://e.com/a"), (".",)]
    assert runs(text, verbatim=True) == [(text,)]


@pytest.mark.parametrize(
    ("emoji", "seen"),
    [
        pytest.param({"emoji": False}, "*a* :eyes: <b>", id="not-wanted"),
        pytest.param({"emoji": True}, "*a* 👀 <b>", id="wanted"),
        pytest.param({}, "*a* 👀 <b>", id="not-said"),
    ],
)
def test_plain_text_is_literal(emoji: dict[str, bool], seen: str) -> None:
    (passage,) = passages({"type": "plain_text", "text": "*a* :eyes: &lt;b&gt;", **emoji})
    assert passage.runs == (Run(seen),)


def test_quotes_and_blocks() -> None:
    read = passages({"type": "mrkdwn", "text": "a\n&gt; *b*\n> c\nd\n```\n*e*\n\nf\n```\ng"})
    assert [(each.kind, "".join(run.text for run in each.runs)) for each in read] == [
        ("text", "a"),
        ("quote", "b\nc"),
        ("text", "d"),
        ("block", "*e*\n\nf"),
        ("text", "g"),
    ]


SIGNS = st.text(st.sampled_from("*_~`<>|&;:!@#^\n ab/{}.") | st.characters(), max_size=80)


@given(SIGNS)
def test_any_text_can_be_read_and_links_lead_to_the_web(text: str) -> None:
    for passage in passages({"type": "mrkdwn", "text": text}, "en"):
        assert all(is_link(run.url) for run in passage.runs if run.url)


@given(st.text(st.characters(exclude_characters="*_~`<>&:\n")))
def test_words_without_signs_stay(text: str) -> None:
    read = passages({"type": "mrkdwn", "text": text, "verbatim": True})
    assert "".join(run.text for passage in read for run in passage.runs) == text
