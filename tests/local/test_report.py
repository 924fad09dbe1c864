"""How a message of Slack's is shown in a terminal."""

from typing import Any

import pytest

from statemachine.local.executions import LocalExecution, Step
from statemachine.local.report import builder_link, message_lines, plain, show


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
