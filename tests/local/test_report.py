"""How a run and its messages are shown in a terminal, and in a pipe."""

import io
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from statemachine.local import report
from statemachine.local.executions import AttentionRun, LocalExecution, SlackCall, Step
from statemachine.local.report import builder_link, message_lines, plain, show
from tests.bless import MESSAGES


@pytest.mark.parametrize(
    ("markup", "seen"),
    [
        pytest.param("a &lt;b&gt; &amp;amp;", "a <b> &amp;", id="entities"),
        pytest.param("<https://example.com|here>", "here", id="link"),
        pytest.param("<!here> look", "@here look", id="mention"),
        pytest.param(
            "<!date^1795161850^{date_short_pretty} {time}|2026-11-20 08:04 UTC>",
            "2026-11-20 08:04 UTC",
            id="date",
        ),
    ],
)
def test_markup_is_undone(markup: str, seen: str) -> None:
    assert plain(markup) == seen


def test_a_message_of_text_only() -> None:
    assert list(message_lines({"text": "one &lt;two&gt;"})) == ["one <two>"]


def test_the_builder_shows_the_message_without_the_channel() -> None:
    link = builder_link({"channel": "C1", "text": "t", "blocks": [{"type": "divider"}]})
    assert link.endswith("#%7B%22blocks%22%3A%5B%7B%22type%22%3A%22divider%22%7D%5D%7D")


RULE = {"finding_type": "Backdoor:EC2/*", "rule": "lab", "reason": "a \x1b test", "expires_at": None}


@pytest.mark.parametrize(
    ("end", "posted", "says"),
    [
        pytest.param("Suppressed", {"why": "Rule x\x1b hides it."}, "  Rule x\\x1b hides it.", id="shown"),
        pytest.param(
            "Suppressed",
            {"Error": "SlackRejected", "Cause": "{}"},
            "  Rule Backdoor:EC2/* lab hides it without end, because “a test”.",
            id="show-suppression-has-failed",
        ),
        pytest.param("Superseded", {"why": "A newer update is shown."}, "", id="not-hidden"),
    ],
)
def test_what_is_hidden_says_by_which_rule(
    capsys: pytest.CaptureFixture[str], end: str, posted: dict[str, Any], says: str
) -> None:
    output = {"verdict": {"suppressed": True, "rule": RULE}, "posted": posted}
    show(LocalExecution("e.json", True, "SUCCEEDED", steps=[Step(end, 0.0, 0, None)], output=output))
    shown = capsys.readouterr().out.splitlines()
    assert shown[3:] == [*filter(None, [says]), "  SUCCEEDED", ""]


def test_what_is_folded_says_in_which_digest(capsys: pytest.CaptureFixture[str]) -> None:
    posted = {"decision": "fold", "digest": {"id": "202611261405-3fa9c1d2"}}
    run = LocalExecution(
        "e.json", True, "SUCCEEDED", steps=[Step("Notified", 0.0, 0, None)], is_followed=True
    )
    run.output = {"posted": posted}
    show(run)
    shown = capsys.readouterr().out.splitlines()
    assert shown[3:] == ["  in the digest 202611261405-3fa9c1d2", "  SUCCEEDED", ""]


# --- who has answered ---


def step(state: str, took: float = 0.1, **answer: Any) -> Step:
    return Step(state, took, 0, {"answer": answer} if answer else {})


def notified(**more: Any) -> LocalExecution:
    return LocalExecution("e.json", True, "SUCCEEDED", steps=[step("Notified")], **more)


WAITS: dict[str, Any] = {"status": "wait", "seconds": 9}
REMINDED = [
    step("LookForAnswer"),
    step("Answered?", **WAITS),
    step("AwaitAnswer", 9, **WAITS),
    step("LookForAnswer"),
    step("Answered?", status="remind", seconds=0),
    step("Remind"),
    step("Answered?", status="handled"),
    step("Handled"),
]


def test_what_was_looked_for_and_done_says_when_and_what_was_next(capsys: pytest.CaptureFixture[str]) -> None:
    show(notified(attention=AttentionRun("", "SUCCEEDED", None, None, REMINDED)))
    shown = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert shown[3:] == [
        ["Attention", "At", "second", "Retries", "Then"],
        ["LookForAnswer", "0.0", "wait", "9", "s"],
        ["LookForAnswer", "9.2", "remind"],
        ["Remind", "9.4", "handled"],
        ["Handled", "9.6"],
        ["attention:", "Handled"],
        ["SUCCEEDED"],
        [],
    ]


@pytest.mark.parametrize(
    ("steps", "ended"),
    [
        pytest.param([step("LookForAnswer")], "LookForAnswer 0.0", id="it-failed"),
        pytest.param([*REMINDED[:2], step("AwaitAnswer", 5)], "AwaitAnswer 0.2", id="it-was-given-up"),
    ],
)
def test_the_state_in_which_it_ended_stands_there(
    capsys: pytest.CaptureFixture[str], steps: list[Step], ended: str
) -> None:
    show(notified(attention=AttentionRun("", "ABORTED", None, None, steps)))
    shown = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert shown[shown.index("attention: nobody has answered, and no reminder is left") - 1] == (ended)


@pytest.mark.parametrize(
    ("end", "followed", "is_said"),
    [("Notified", True, True), ("Notified", False, False), ("AlreadyNotified", True, False)],
)
def test_where_no_answer_is_asked_for_it_says_so(
    capsys: pytest.CaptureFixture[str], end: str, followed: bool, is_said: bool
) -> None:
    show(LocalExecution("e.json", True, "SUCCEEDED", steps=[step(end)], is_followed=followed))
    assert ("attention: no answer is asked for" in capsys.readouterr().out) is is_said


def test_a_reply_says_where_it_stands_and_how_much_later(capsys: pytest.CaptureFixture[str]) -> None:
    def call(at: float, **body: Any) -> SlackCall:
        return SlackCall("", "chat.postMessage", {"text": "x", **body}, 200, {"ok": True}, at)

    calls = [
        call(5),
        call(5.9, thread_ts="1"),
        call(15.2, thread_ts="1", reply_broadcast=True),
        call(25, thread_ts="1", reply_broadcast=False),
    ]
    show(notified(slack=calls))
    said = [line for line in capsys.readouterr().out.splitlines() if "→" in line]
    assert said == [
        "  chat.postMessage → 200",
        "  chat.postMessage → 200, in the thread",
        "  chat.postMessage → 200, in the thread and the channel, 10 s later",
        "  chat.postMessage → 200, in the thread, 20 s later",
    ]


# --- messages ---

Shown = Callable[..., str]


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Shown:
    """Shows a call on a terminal or in a pipe of 80 columns."""

    def shown_(body: Any, *, terminal: bool = True, status: int | None = 200, **answer: Any) -> str:
        file = io.StringIO()
        console = Console(
            file=file,
            highlight=False,
            width=80,
            force_terminal=terminal,
            color_system="truecolor" if terminal else None,
        )
        monkeypatch.setattr(report, "_console", console)
        call = SlackCall("", "chat.postMessage", body, status, {"ok": status == 200, **answer})
        show(
            LocalExecution("e.json", True, "SUCCEEDED", steps=[Step("Notified", 0.0, 0, None)], slack=[call])
        )
        return file.getvalue()

    return shown_


def said(text: str, **more: Any) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": text, **more}


def section(text: str) -> dict[str, Any]:
    return {"blocks": [{"type": "section", "text": said(text)}]}


LABEL = {"type": "plain_text", "text": "Finding", "emoji": False}
BUTTON = {
    "type": "button",
    "text": LABEL,
    "url": "https://console.aws.example.com/#/findings?fId=1",
}
LINK = re.compile(r"\x1b\]8;[^;]*;([^\x1b]*)\x1b\\(.*?)\x1b\]8;;\x1b\\", re.DOTALL)
SIGNS = re.compile(r"\x1b\[[0-9;]*m")


def seen(out: str) -> str:
    """What was printed, without where links lead."""
    return LINK.sub(r"\2", out)


def links(out: str) -> dict[str, str]:
    return {SIGNS.sub("", label): url for url, label in LINK.findall(out)}


class TestTerminal:
    @pytest.mark.parametrize(
        ("text", "signs"),
        [
            pytest.param("*bold*", "\x1b[1mbold", id="bold"),
            pytest.param("_italic_", "\x1b[3mitalic", id="italic"),
            pytest.param("~strike~", "\x1b[9mstrike", id="strike"),
            pytest.param("`code`", "\x1b[36mcode", id="code"),
            pytest.param("<!here>", "\x1b[33m@here", id="called"),
            pytest.param("a\n&gt; quoted", "▌ \x1b[0mquoted", id="quoted"),
            pytest.param("```block```", "▌ \x1b[0mblock", id="block"),
        ],
    )
    def test_marks_are_looks_and_no_signs(self, shown: Shown, text: str, signs: str) -> None:
        out = shown(section(text))
        assert signs in out
        assert not set("*_~`<>") & set(seen(out))

    def test_plain_text_is_literal(self, shown: Shown) -> None:
        out = shown({"blocks": [{"type": "header", "text": {**LABEL, "text": "*a* `b` :db8:"}}]})
        assert "\x1b[1m*a* `b` :db8:" in out

    def test_each_line_of_an_attachment_has_the_bar_in_its_colour(self, shown: Shown) -> None:
        blocks = [{"type": "section", "text": said("word " * 60), "fields": [said("one"), said("two")]}]
        out = shown({"text": "above", "attachments": [{"color": "#d13212", "blocks": blocks}]})
        lines = [line for line in seen(out).splitlines() if "word" in line or "one" in line]
        assert len(lines) > 4
        assert all("\x1b[38;2;209;50;18m▌" in line for line in lines)
        assert "one" in lines[-1], "two fields stand beside each other"
        assert "two" in lines[-1]

    def test_links_are_hyperlinks(self, shown: Shown) -> None:
        body = {**section("see <https://e.com/?a=1&amp;b|this>"), "attachments": []}
        body["blocks"].append({"type": "actions", "elements": [BUTTON]})
        found = links(shown(body))
        assert found.pop("See it in Block Kit Builder") == builder_link(body)
        assert found == {"this": "https://e.com/?a=1&b", "[Finding]": BUTTON["url"]}

    @pytest.mark.parametrize(
        "url", ["javascript:alert(1)", "https://e.com/\x1b\\x", "https://e.com/\u202e", ""]
    )
    def test_only_the_web_can_be_followed(self, shown: Shown, url: str) -> None:
        out = shown({"blocks": [{"type": "actions", "elements": [{**BUTTON, "url": url}]}]})
        assert "[Finding]" not in links(out)
        assert "[Finding]" in SIGNS.sub("", out)

    @pytest.mark.parametrize(
        ("status", "answer", "says"),
        [
            pytest.param(200, {}, "\x1b[32m  chat.postMessage → 200", id="taken"),
            pytest.param(
                200,
                {"ok": False, "error": "is_archived"},
                "\x1b[31m  chat.postMessage → 200 is_archived",
                id="refused",
            ),
            pytest.param(None, {}, "\x1b[31m  chat.postMessage → no answer", id="no-answer"),
        ],
    )
    def test_whether_slack_took_it(
        self, shown: Shown, status: int | None, answer: dict[str, Any], says: str
    ) -> None:
        assert says in shown({"text": "x"}, status=status, **answer)


class TestPipe:
    def test_words_alone(self, shown: Shown) -> None:
        body = section("*bold* `code` <https://e.com/?a=1|this>")
        body["blocks"].append({"type": "actions", "elements": [BUTTON]})
        out = shown(body, terminal=False)
        assert "bold code this" in out
        assert "[Finding]" in out
        assert "http" not in out
        assert "Block Kit" not in out
        assert "\x1b" not in out

    @pytest.mark.parametrize("name", ["example.en", "example.ja"])
    def test_an_example_fits_two_screens(self, shown: Shown, name: str) -> None:
        body = json.loads((MESSAGES / f"{name}.json").read_text(encoding="utf-8"))
        states = 9
        for terminal in (True, False):
            assert len(shown(body, terminal=terminal).splitlines()) + states <= 80


HOSTILE = st.text(st.characters() | st.sampled_from("\x1b\x07\x9b\u202e\r\n\t[]8;*`_<>|"))


@given(HOSTILE)
def test_nothing_that_others_wrote_controls_the_terminal(text: str) -> None:
    link = f"<https://e.com/{text}|{text}> `{text}` *{text}*"
    plain_ = {**LABEL, "text": text}
    blocks = [
        {"type": "header", "text": plain_},
        {"type": "section", "text": said(text), "fields": [said(text)]},
        {"type": "section", "text": said(link)},
        {"type": "actions", "elements": [{"type": "button", "text": plain_, "url": text}]},
        {"type": "context", "elements": [said(text)]},
    ]
    body = {"text": text, "blocks": blocks, "attachments": [{"color": text, "text": text}]}
    with pytest.MonkeyPatch.context() as patch:
        file = io.StringIO()
        patch.setattr(report, "_console", Console(file=file, width=80, force_terminal=True, highlight=False))
        call = SlackCall("", "chat.postMessage", body, 200, {"ok": False, "error": text})
        show(LocalExecution("e", True, "SUCCEEDED", steps=[Step("Notified", 0.0, 0, None)], slack=[call]))
    # What is ours: colours, links to the web in visible ASCII, and line ends.
    out = re.sub(r"\x1b\[[0-9;]*m|\x1b\]8;(id=\d+)?;(https?://[!-~]+)?\x1b\\", "", file.getvalue())
    assert not [each for each in out if each != "\n" and (ord(each) < 32 or 127 <= ord(each) < 160)]
    assert "\u202e" not in out
