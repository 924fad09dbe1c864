"""The weekly message: each rule in words, its proof, and the rule itself to be copied."""

import json
from html import unescape
from typing import Any

import pytest

from chalicelib.catch_up import quieter_message
from chalicelib.catch_up.quieter_message import Offer
from chalicelib.rules import suppressions
from chalicelib.rules.attributes import REASON_TO_WRITE
from chalicelib.rules.quieter import Quieter
from chalicelib.rules.suppressions import Rule
from chalicelib.settings import LANGUAGES
from chalicelib.text import words
from tests import slack_limits
from tests.bless_quieter import goldens, offer
from tests.goldens import written

HOSTILE = (
    "```<!channel> @here *b* _i_ :tada: evil.example.com https://203.0.113.9/x & \u202e\u200bx\n\U0001f600"
)


def made(hides: int = 41, besides: int = 0, **given: Any) -> Quieter:
    rule = {
        "finding_type": "Recon:EC2/PortProbeUnprotectedPort",
        "rule": "scanner",
        "reason": REASON_TO_WRITE,
        "account_id": "111122223333",
        "max_severity": 5.0,
        "expires_at": "2026-12-23",
    }
    return Quieter({**rule, **given}, hides, 60, hides / 60, 5.0, besides)


def payload(*rules: Quieter, language: str = "en", **given: Any) -> dict[str, Any]:
    offered = Offer(**{"rules": rules, "days": 14, "stage": "dev", "table": "https://e.com/t", **given})
    return quieter_message.payload(offered, language)


def sections(message: dict[str, Any]) -> list[str]:
    return [block["text"]["text"] for block in message["blocks"] if block["type"] == "section"]


def copied(message: dict[str, Any]) -> list[dict[str, Any]]:
    """The rules in blocks of code; in a ``plain_text`` nothing is one."""
    texts = (
        block["text"]["text"] for block in message["blocks"] if block.get("text", {}).get("type") == "mrkdwn"
    )
    return [json.loads(unescape(text.split("```")[1])) for text in texts if "```" in text]


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_reads_as_it_did(language: str) -> None:
    """After a change of the words: python -m tests.bless_quieter, and make pictures."""
    [(path, message)] = [(path, message) for path, message in goldens() if f".{language}." in path.name]
    assert path.read_text(encoding="utf-8") == written(path, message)
    assert slack_limits.faults(message) == []


def test_a_rule_is_said_proved_and_shown() -> None:
    [tried_on, words_, proof, how] = sections(payload(made()))
    assert tried_on.startswith(
        "Tried on the 60 findings below Critical that were posted in the last 14 days."
    )
    assert words_ == (
        "The rule hides Recon:EC2/PortProbeUnprotectedPort in account 111122223333, up to Medium (5),"
        " until 23 December 2026."
    )
    assert proof.split("\n")[0] == (
        "*41 of 60 posts, 68 %*, the highest Medium 5.0; would also have hidden nothing else."
    )
    assert (
        "Put your reason" in how and "`guardduty-notifier suppressions --stage dev --suggest --json`" in how
    )


@pytest.mark.parametrize(
    ("besides", "end"),
    [(1, "would also have hidden 1 other finding."), (1200, "would also have hidden 1,200 other findings.")],
)
def test_what_it_would_hide_besides_is_said(besides: int, end: str) -> None:
    assert sections(payload(made(besides=besides)))[2].split("\n")[0].endswith(end)


def test_no_more_is_said_than_is_proved() -> None:
    """59 of 60 are not 99 %, and all of them are 100."""
    assert " 98 %" in sections(payload(made(59)))[2]
    assert " 100 %" in sections(payload(made(60)))[2]


def test_the_rule_that_is_copied_is_the_rule() -> None:
    """As it is, it is refused; with a reason it is valid."""
    offered = offer()
    rules = copied(quieter_message.payload(offered, "en"))
    assert rules == [each.rule for each in offered.rules]
    assert not any(isinstance(suppressions.read(rule), Rule) for rule in rules)
    assert all(isinstance(suppressions.read({**rule, "reason": "known"}), Rule) for rule in rules)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_others_chose_is_no_markup_and_comes_through_unchanged(language: str) -> None:
    rule = made(rule=HOSTILE, domain=["evil.example.com"], container=HOSTILE)
    message = payload(rule, language=language)
    assert slack_limits.faults(message) == []
    assert copied(message) == [rule.rule]
    for text in slack_limits.texts(message):
        assert "evil.example.com" not in text and "https://203" not in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_three_long_rules_fit_into_a_message(language: str) -> None:
    long = [made(container=[f"{number}-{'<&>' * 60}" for number in range(2)]) for _ in range(3)]
    assert slack_limits.faults(payload(*long, language=language)) == []


def test_a_rule_that_is_too_long_is_not_shown_in_part() -> None:
    message = payload(made(container=["x" * 60] * 20 + ["y" * 900]))
    assert copied(message) == []
    assert sections(message)[2].endswith("\nThe rule is too long for a message.")


def test_that_it_is_not_all_is_said() -> None:
    assert "at least so many" in sections(payload(made(), complete=False))[0]


def test_without_a_page_of_the_list_there_is_no_button() -> None:
    kinds = [
        [block["type"] for block in payload(made(), table=table)["blocks"]] for table in ("https://e.com", "")
    ]
    assert [each.count("actions") for each in kinds] == [1, 0]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_text_alone_says_the_proofs(language: str) -> None:
    message = quieter_message.without_blocks(offer(), language)
    title = words.catalogue(language).quieter["title_several"].format(number=3)
    assert "blocks" not in message
    assert message["text"].startswith(title)
    assert all(share in message["text"] for share in ("64 %", "18 %", "10 %"))
    assert slack_limits.faults(message) == []
