"""What a phone shows first: severity, mark and title, then the sentence that matters."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.finding.model import Account, Finding, Resource
from chalicelib.message.context import MessageContext
from chalicelib.message.render import render, render_news
from chalicelib.settings import LANGUAGES
from tests.bless import OU_PATH
from tests.message.common import PLAIN, RENDERINGS, SSH, Rendering, said, shown


@pytest.mark.parametrize(
    ("severity", "word", "colour"),
    [
        pytest.param(1.0, "Low 1.0", "#0073bb", id="low"),
        pytest.param(3.9, "Low 3.9", "#0073bb", id="3.9-is-low"),
        pytest.param(4.0, "Medium 4.0", "#ff9900", id="4.0-is-medium"),
        pytest.param(6.9, "Medium 6.9", "#ff9900", id="6.9-is-medium"),
        pytest.param(7.0, "High 7.0", "#d13212", id="7.0-is-high"),
        pytest.param(8.9, "High 8.9", "#d13212", id="8.9-is-high"),
        pytest.param(8.96, "High 8.96", "#d13212", id="never-rounded-into-another-band"),
        pytest.param(9.0, "Critical 9.0", "#7b1fa2", id="9.0-is-critical"),
        pytest.param(10.0, "Critical 10.0", "#7b1fa2", id="10-is-critical"),
    ],
)
def test_severity_comes_first_in_words_and_number(severity: float, word: str, colour: str) -> None:
    payload = render(replace(SSH, severity=severity), PLAIN)
    header = payload["blocks"][0]["text"]["text"]
    assert header == f"{word} · SSH brute force attempts against i-0abc1234def567890."
    assert payload["text"].startswith(word)
    assert payload["attachments"][0]["color"] == colour


def test_japanese_names_the_severity_in_both_languages() -> None:
    payload = render(replace(SSH, severity=9.5), replace(PLAIN, language="ja"))
    assert payload["blocks"][0]["text"]["text"].startswith("重大 (Critical) 9.5 · ")


def test_the_order_is_what_whose_whom_when() -> None:
    assert render(SSH, PLAIN)["blocks"][1]["text"]["text"] == (
        "EC2 instance `web-1 (i-0abc1234def567890)` in account `web-prod (111122223333)`, `eu-west-1`. "
        "Owner: `team-web`. By `198.51.100.7` (Norway). "
        "Seen 12 times, last <!date^1795144440^{date_short_pretty} {time}|2026-11-20 03:14 UTC>."
    )


def test_japanese_says_the_same_in_fields() -> None:
    assert render(SSH, replace(PLAIN, language="ja"))["blocks"][1]["text"]["text"] == (
        "EC2 インスタンス: `web-1 (i-0abc1234def567890)`\n"
        "アカウント: `web-prod (111122223333)` / リージョン: `eu-west-1`\n"
        "所有者: `team-web` / アクター: `198.51.100.7` (Norway)\n"
        "検出: 12 回、最後は <!date^1795144440^{date_short_pretty} {time}|2026-11-20 03:14 UTC>"
    )


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("finding", "name", "harmless"),
    [
        pytest.param(SSH, "https://evil.example/x", "hxxps://evil[.]example/x (111122223333)", id="account"),
        pytest.param(SSH, "evil.example", "evil[.]example (111122223333)", id="account-named-as-a-domain"),
        pytest.param(
            replace(SSH, resources=(Resource("s3_bucket", ("arn:aws:s3:::x",), "https://evil.example/x"),)),
            "web-prod",
            "hxxps://evil[.]example/x",
            id="resource",
        ),
        pytest.param(replace(SSH, region="evil.example"), "web-prod", "evil[.]example", id="region"),
        pytest.param(replace(SSH, type="ftp://evil.example"), "web-prod", "ftp://evil[.]example", id="type"),
    ],
)
def test_where_no_block_is_shown_nothing_of_others_is_a_link_either(
    finding: Finding, name: str, harmless: str, language: str
) -> None:
    context = replace(PLAIN, language=language, account=Account(name))
    message = render(finding, context)
    texts = message["text"], message["attachments"][0]["fallback"]
    for text in (*texts, render_news(finding, context, [])["text"]):
        assert harmless in text
        assert "evil.example" not in text


@pytest.mark.parametrize(
    ("path", "units"),
    [
        pytest.param(OU_PATH, "*OU* `ou-ab12-workloads/ou-ab12-payments1`", id="units-above-the-account"),
        pytest.param(
            "o-exampleorgid/r-ab12/ou-ab12-payments1/111122223333/", "*OU* `ou-ab12-payments1`", id="one"
        ),
        pytest.param("o-exampleorgid/r-ab12/111122223333/", "", id="right-below-the-root"),
        pytest.param("", "", id="unknown"),
    ],
)
def test_organizational_units_are_shown_without_root_and_account(path: str, units: str) -> None:
    message = said(render(SSH, MessageContext(account=Account("web-prod", path))))
    assert (units or "*OU*") in message if units else "*OU*" not in message
    assert "o-exampleorgid" not in message


@pytest.mark.parametrize(
    ("change", "mark"),
    [
        pytest.param({"sample": True}, "SAMPLE", id="sample"),
        pytest.param({"source": "guardduty-notifier.test"}, "TEST", id="test"),
    ],
)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("rendering", RENDERINGS.values(), ids=RENDERINGS)
def test_what_did_not_happen_is_marked_and_mentions_nobody(
    rendering: Rendering, language: str, change: dict[str, Any], mark: str
) -> None:
    payload = rendering(replace(SSH, **change), replace(PLAIN, language=language, mention="<!channel>"))
    assert mark in payload["text"]
    assert mark in shown(payload) or "blocks" not in payload
    assert "<!channel>" not in said(payload)
