"""The page that draws what was posted."""

import io
import sys
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from statemachine.__main__ import _main
from statemachine.local.executions import SlackCall
from statemachine.local.preview import page, written

ROOT = Path(__file__).parent.parent.parent


def call(body: Mapping[str, Any], ts: str = "1", method: str = "chat.postMessage", **more: Any) -> SlackCall:
    ts = f"179516770{ts}.000000"
    answer = {"ok": True, "channel": "C1", "ts": ts, **more}
    where = {"channel": "C1", "ts": ts} if method == "chat.update" else {"channel": "#security"}
    return SlackCall("", method, {**where, **body}, 200, answer)


def said(text: str, **more: Any) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": text, **more}


class Read(HTMLParser):
    """A page as a browser reads it: its tags with their attributes, and what stands in each."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._open.append(f"{tag}.{dict(attrs).get('class', '')}")

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop().split(".")[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if "style." not in self._open:
            self.texts.append((" ".join(self._open[3:]), data))

    @property
    def text(self) -> str:
        return "".join(data for _, data in self.texts)

    def within(self, of: str) -> list[str]:
        """The texts in elements of a tag and class."""
        return [data for path, data in self.texts if of in path.split()]

    @property
    def links(self) -> dict[str, str | None]:
        anchors = iter([attributes["href"] for tag, attributes in self.tags if tag == "a"])
        return {
            data: next(anchors) for path, data in self.texts if any(x.startswith("a.") for x in path.split())
        }


def read(*calls: SlackCall) -> Read:
    return Read(page(calls))


class TestBlocks:
    def test_header_section_fields_context_and_divider(self) -> None:
        blocks = [
            {"type": "header", "text": {"type": "plain_text", "text": "*High* :db8: :eyes:", "emoji": False}},
            {"type": "section", "text": said("is *bold*"), "fields": [said("one"), said("two")]},
            {"type": "divider"},
            {"type": "context", "elements": [said("aside")]},
            {"type": "image", "image_url": "https://e.com/x.png", "alt_text": "x"},
        ]
        drawn = read(call({"text": "not shown", "blocks": blocks}))
        assert drawn.within("h3.") == ["*High* :db8: :eyes:"]
        assert drawn.within("b.")[-1] == "bold"
        assert [data.strip() for data in drawn.within("div.fields") if data.strip()] == ["one", "two"]
        assert [tag for tag, _ in drawn.tags].count("hr") == 1
        assert "aside" in drawn.within("div.context")
        assert "A block of the type image, which is not drawn here" in drawn.text
        assert "not shown" not in drawn.text

    def test_buttons_are_links(self) -> None:
        def button(label: str, **more: str) -> dict[str, Any]:
            return {"type": "button", "text": {"type": "plain_text", "text": label, "emoji": False}, **more}

        elements = [
            button("Finding", url="https://e.com/?a=1&b=2#/x", style="primary"),
            button("Bad", url="javascript:alert(1)", style='x" onclick="alert(1)'),
            button("None"),
        ]
        drawn = read(call({"blocks": [{"type": "actions", "elements": elements}]}))
        assert drawn.links == {"Finding": "https://e.com/?a=1&b=2#/x"}
        assert drawn.within("span.button") == ["Bad", "None"]
        assert ("a", {"class": "button primary", "href": "https://e.com/?a=1&b=2#/x"}) in drawn.tags

    def test_mrkdwn(self) -> None:
        text = "_i_ ~s~ `c` <https://e.com|l> <!here>\n&gt; q\n```b```"
        drawn = read(call({"blocks": [{"type": "section", "text": said(text)}]}))
        tags = ("i.", "s.", "code.", "a.", "span.chip", "blockquote.", "pre.")
        assert [drawn.within(tag) for tag in tags] == [[x] for x in ("i", "s", "c", "l", "@here", "q", "b")]

    @pytest.mark.parametrize(
        ("content", "shown"),
        [
            pytest.param({"text": "a *b*"}, "a b", id="mrkdwn"),
            pytest.param({"text": "a *b*", "mrkdwn": False}, "a *b*", id="plain"),
            pytest.param({"text": "a", "attachments": [{"text": "*b*"}]}, "ab", id="with-an-attachment"),
            pytest.param({"text": "", "attachments": [{"fallback": "f"}]}, "f", id="fallback"),
        ],
    )
    def test_without_blocks(self, content: dict[str, Any], shown: str) -> None:
        drawn = read(call(content))
        assert "".join(drawn.within("div.text")) == shown

    @pytest.mark.parametrize(
        ("colour", "drawn"),
        [("#d13212", "#d13212"), ("d13212", "#d13212"), ("good", "#2eb886"), (None, "#dddddd")]
        + [(bad, "#dddddd") for bad in ("red", "#d13212; x", "#d1321", "url(x)", '"')],
    )  # fmt: skip
    def test_every_attachment_has_its_bar(self, colour: str | None, drawn: str) -> None:
        attachments = [{"color": colour, "text": "one"}, {"color": "#123456", "text": "two"}]
        styles = [attributes.get("style") for _, attributes in read(call({"attachments": attachments})).tags]
        assert [style for style in styles if style] == [f"border-color: {drawn}", "border-color: #123456"]


class TestConversation:
    def test_an_update_stands_in_place_of_what_it_updates(self) -> None:
        drawn = read(
            call({"text": "first", "attachments": [{"text": "kept"}]}),
            call({"text": "other"}, "2"),
            call({"text": "second"}, "1", "chat.update"),
        )
        assert [x for x in drawn.within("div.text") if x != "kept"] == ["second", "first", "other"]
        assert drawn.within("div.text").count("kept") == 2, "an update keeps what it does not mention"
        assert "first" in [data for path, data in drawn.texts if "details." in path]
        assert "second" not in [data for path, data in drawn.texts if "details." in path]
        assert drawn.text.count("(edited)") == 1

    def test_replies_stand_in_the_thread(self) -> None:
        drawn = read(
            call({"text": "parent"}),
            call({"text": "other"}, "2"),
            call({"text": "reply", "thread_ts": "1795167701.000000", "reply_broadcast": True}, "3"),
        )
        assert drawn.within("div.text") == ["parent", "reply", "other"]
        assert [x for x in drawn.within("section.thread") if x in ("parent", "reply", "other")] == ["reply"]
        assert "1 reply" in drawn.text
        assert drawn.text.count("and in the channel") == 1

    def test_what_was_not_there_to_be_seen_is_drawn_all_the_same(self) -> None:
        drawn = read(
            call({"text": "edited"}, "1", "chat.update"), call({"text": "reply", "thread_ts": "1.0"}, "2")
        )
        assert drawn.within("div.text") == ["edited", "reply"]

    def test_reactions_stand_under_their_message(self) -> None:
        posts = [call({"text": "parent"}), call({"text": "other"}, "2")]
        reactions = {"1795167701.000000": {"eyes": 1, "white_check_mark": 2, "<b>": 1}}
        drawn = Read(page(posts, reactions))
        assert drawn.within("span.reaction") == ["👀 1", "✅ 2", ":<b>: 1"]
        said = [data for path, data in drawn.texts if "div.text" in path or "span.reaction" in path]
        assert said == ["parent", "👀 1", "✅ 2", ":<b>: 1", "other"]
        assert Read(page(posts)).within("span.reaction") == []

    def test_only_what_slack_took(self) -> None:
        refused = [
            SlackCall("", "chat.postMessage", {"text": "refused"}, 200, {"ok": False, "error": "no_text"}),
            SlackCall("", "chat.postMessage", {"text": "throttled"}, 429),
            SlackCall("", "webhook", {"text": "no answer"}, None),
            SlackCall("", "webhook", {"text": "refused"}, 404),
            SlackCall("", "webhook", {"text": "by webhook"}, 200),
        ]
        assert read(*refused).within("div.text") == ["by webhook"]
        assert "Nothing was posted" in read().text

    def test_each_channel_has_its_own(self) -> None:
        drawn = read(call({"text": "a"}), call({"text": "b", "channel": "#payments"}, "2", channel="C2"))
        assert [name for name in drawn.within("h2.") if name.startswith("#")] == ["#security", "#payments"]

    @pytest.mark.parametrize(("text", "language"), [("検出回数", "en"), ("アカウント", "ja"), ("it", "en")])
    def test_the_page_is_in_the_messages_language(self, text: str, language: str) -> None:
        assert read(call({"text": text})).tags[0] == ("html", {"lang": language})


# --- what others wrote ---

ALLOWED = {
    *("html", "head", "meta", "title", "style", "body", "main", "h2", "h3", "article", "section", "header"),
    *("div", "span", "b", "i", "s", "code", "pre", "blockquote", "a", "hr", "time", "details", "summary"),
    *("svg", "rect", "path", "circle"),
}
FORMATTING = {"b", "i", "s", "code", "pre", "blockquote", "a", "span", "div"}
HOSTILE = "</style></script><script>alert(1)</script>\"'><img src=x onerror=alert(1)><!--&quot;{{7*7}}"


def everywhere(text: str) -> list[SlackCall]:
    """A message that has the text in each of its places."""
    plain = {"type": "plain_text", "text": text, "emoji": False}
    button = {"type": "button", "text": plain, "url": text, "style": text, "action_id": text}
    link = said(f"<https://e.com/{text}|{text}> <{text}|{text}> <!{text}^{text}|{text}> `{text}` *{text}*")
    blocks = [
        {"type": "header", "text": plain},
        {"type": "section", "text": said(text), "fields": [said(text)], "accessory": button},
        {"type": "section", "text": link},
        {"type": "actions", "elements": [button]},
        {"type": "context", "elements": [said(text)]},
        {"type": text},
    ]
    attachments = [{"color": text, "fallback": text}, {"color": text, "blocks": blocks}]
    whole = {"channel": text, "text": text, "blocks": blocks, "attachments": attachments}
    return [call(whole), call({**whole, "thread_ts": "1795167701.000000"}, "2"), call({"text": text}, "3")]


def skeleton(found: Read) -> Iterator[str]:
    """The tags of the page that no words make."""
    return (tag for tag, _ in found.tags if tag not in FORMATTING)


@given(st.text() | st.text(st.sampled_from("<>\"'&;/=`*_~|:!-{}% \nab")))
@example(HOSTILE)
@example("`" + HOSTILE)
def test_nothing_written_by_others_is_more_than_text(text: str) -> None:
    drawn = read(*everywhere(text))
    assert {tag for tag, _ in drawn.tags} <= ALLOWED
    assert list(skeleton(drawn)) == list(skeleton(read(*everywhere("x"))))
    for tag, attributes in drawn.tags:
        assert not any(name.startswith("on") or name in ("src", "srcdoc") for name in attributes), tag
        assert str(attributes.get("href", "https://")).startswith(("https://", "http://"))


def test_hostile_text_is_seen_literally() -> None:
    drawn = read(call({"blocks": [{"type": "header", "text": {"type": "plain_text", "text": HOSTILE}}]}))
    assert drawn.within("h3.") == [HOSTILE]


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        pytest.param("gpj.\u202eexe", r"gpj.\u202eexe", id="turned-around"),
        pytest.param("a\x1b[2J\x00", r"a\x1b[2J\x00", id="controls"),
        pytest.param("\ud800", r"\ud800", id="half-a-character"),
        pytest.param("👩\u200d💻 ⚠\ufe0f", "👩\u200d💻 ⚠\ufe0f", id="emoji-stay-whole"),
    ],
)
def test_what_turns_text_around_or_shows_nothing_is_seen(text: str, seen: str) -> None:
    assert read(call({"text": text})).within("div.text") == [seen]


def test_the_page_needs_nothing_from_outside() -> None:
    html = page(everywhere("https://e.com/x"))
    drawn = Read(html)
    assert not {tag for tag, _ in drawn.tags} & {"script", "link", "img", "iframe"}
    assert "url(" not in html
    assert "@import" not in html
    policy = next(attributes for _, attributes in drawn.tags if attributes.get("http-equiv"))
    assert policy["content"] == "default-src 'none'; style-src 'unsafe-inline'"


# --- the command ---


def test_what_was_posted_until_it_was_stopped_is_drawn() -> None:
    file = io.StringIO()
    calls: list[SlackCall] = []
    with pytest.raises(KeyboardInterrupt), written(file, calls):
        calls.append(call({"text": "posted"}))
        raise KeyboardInterrupt
    assert "posted" in Read(file.getvalue()).within("div.text")


def test_run_writes_the_page(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    file = tmp_path / "page.html"
    event = "tests/events/example.json"
    monkeypatch.setattr(sys, "argv", ["statemachine", "run", event, event, "--json", "--preview", str(file)])
    monkeypatch.setenv("SLACK_MESSAGES_PER_SECOND", "100")
    with pytest.raises(SystemExit) as ended:
        _main()
    assert (ended.value.code, capsys.readouterr().err) == (0, "")
    drawn = Read(file.read_text(encoding="utf-8"))
    assert drawn.within("h2.")[0] == "#security"
    assert [tag for tag, _ in drawn.tags].count("article") == 1, (
        "the second run finds the first one's message"
    )
    assert all(str(link).startswith("https://") for link in drawn.links.values())
    assert drawn.links


def test_a_page_that_cannot_be_written_is_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    arguments = ["statemachine", "run", "tests/events/example.json", "--preview", str(tmp_path / "no" / "x")]
    monkeypatch.setattr(sys, "argv", arguments)
    assert _main() == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "No such file or directory" in said
