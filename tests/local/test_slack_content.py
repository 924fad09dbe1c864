"""What Slack would refuse in a message."""

from typing import Any

import pytest

from statemachine.local.slack_content import content_error


def text(letters: int, kind: str = "mrkdwn") -> dict[str, Any]:
    return {"type": kind, "text": "x" * letters}


def section(letters: int) -> dict[str, Any]:
    return {"type": "section", "text": text(letters)}


def named(name: str) -> dict[str, Any]:
    return {**section(1), "block_id": name}


def fields(count: int, letters: int = 1) -> dict[str, Any]:
    return {"type": "section", "fields": [text(letters)] * count}


def header(letters: int) -> dict[str, Any]:
    return {"type": "header", "text": text(letters, "plain_text")}


def context(count: int) -> dict[str, Any]:
    return {"type": "context", "elements": [text(1)] * count}


def button(letters: int = 1, url: str = "https://example.com/") -> dict[str, Any]:
    return {"type": "button", "text": text(letters, "plain_text"), "url": url}


def actions(*buttons: dict[str, Any]) -> dict[str, Any]:
    return {"type": "actions", "elements": list(buttons)}


GOOD_AND_BAD = [
    pytest.param(section(3000), section(3001), id="section"),
    pytest.param(section(1), section(0), id="text-of-nothing"),
    pytest.param(fields(10), fields(11), id="fields"),
    pytest.param(fields(1, 2000), fields(1, 2001), id="field"),
    pytest.param(header(150), header(151), id="header"),
    pytest.param(context(10), context(11), id="context"),
    pytest.param(actions(*[button()] * 25), actions(*[button()] * 26), id="actions"),
    pytest.param(actions(button(75)), actions(button(76)), id="button"),
    pytest.param(
        actions(button(url="https://e.com/" + "x" * 2986)),
        actions(button(url="https://e.com/" + "x" * 2987)),
        id="url",
    ),
    pytest.param({**section(1), "block_id": "x" * 255}, {**section(1), "block_id": "x" * 256}, id="block-id"),
    pytest.param({"type": "divider"}, {"type": "diviner"}, id="type"),
    pytest.param(fields(1), {"type": "section", "fields": ["x"]}, id="field-as-a-string"),
    pytest.param(section(1), {"type": "section"}, id="section-of-nothing"),
    pytest.param(section(1), {"type": "section", "text": "x"}, id="text-as-a-string"),
    pytest.param(
        {"type": "section", "text": {**text(1), "verbatim": True}},
        {"type": "section", "text": {**text(1, "plain_text"), "verbatim": True}},
        id="verbatim-is-markdown's",
    ),
    pytest.param(
        {"type": "section", "text": {**text(1, "plain_text"), "emoji": False}},
        {"type": "section", "text": {**text(1), "emoji": False}},
        id="emoji-is-plain-text's",
    ),
]


@pytest.mark.parametrize(("good", "bad"), GOOD_AND_BAD)
def test_blocks(good: dict[str, Any], bad: dict[str, Any]) -> None:
    assert content_error({"blocks": [good]}) == ""
    assert content_error({"blocks": [good, bad]}) == "invalid_blocks"
    assert content_error({"attachments": [{"blocks": [good]}]}) == ""
    assert content_error({"attachments": [{"blocks": [good, bad]}]}) == "invalid_attachments"


@pytest.mark.parametrize(
    ("message", "word"),
    [
        pytest.param({"text": "x"}, "", id="text"),
        pytest.param({"attachments": [{"color": "#ff0000", "text": "x"}]}, "", id="attachment"),
        pytest.param({}, "no_text", id="nothing"),
        pytest.param({"text": "", "blocks": [], "attachments": []}, "no_text", id="all-empty"),
        pytest.param({"text": "x", "blocks": "[]"}, "invalid_blocks_format", id="blocks-as-text"),
        pytest.param({"text": "x", "blocks": ["x"]}, "invalid_blocks", id="block-as-text"),
        pytest.param(
            {"text": "x", "attachments": {"a": 1}}, "invalid_attachments", id="attachments-as-object"
        ),
        pytest.param({"attachments": ["x"]}, "invalid_attachments", id="attachment-as-text"),
        pytest.param({"attachments": [{"blocks": {"a": 1}}]}, "invalid_attachments", id="attached-object"),
        pytest.param({"attachments": [{"text": "x"}] * 100}, "", id="100-attachments"),
        pytest.param({"attachments": [{"text": "x"}] * 101}, "too_many_attachments", id="101-attachments"),
        pytest.param({"blocks": [{"type": "divider"}] * 50}, "", id="50-blocks"),
        pytest.param({"blocks": [{"type": "divider"}] * 51}, "invalid_blocks", id="51-blocks"),
        pytest.param({"blocks": [section(2835)] * 4}, "", id="11,340-characters"),
        pytest.param(
            {"blocks": [section(2835)] * 3, "attachments": [{"blocks": [section(2836)]}]},
            "msg_blocks_too_long",
            id="11,341-characters-in-two-places",
        ),
    ],
)
def test_messages(message: dict[str, Any], word: str) -> None:
    assert content_error(message) == word


@pytest.mark.parametrize(
    ("message", "word"),
    [
        pytest.param({"blocks": [named("a"), named("b")]}, "", id="two-names"),
        pytest.param({"blocks": [named("a"), named("a")]}, "invalid_blocks", id="twice"),
        pytest.param({"blocks": [section(1), section(1)]}, "", id="none"),
        pytest.param(
            {"blocks": [named("a")], "attachments": [{"blocks": [named("a")]}]},
            "invalid_attachments",
            id="twice-in-two-places",
        ),
        pytest.param(
            {"attachments": [{"blocks": [named("a")]}, {"blocks": [named("a")]}]},
            "invalid_attachments",
            id="twice-in-two-attachments",
        ),
        pytest.param({"blocks": [{**section(1), "block_id": 7}]}, "invalid_blocks", id="number-as-name"),
    ],
)
def test_a_block_has_a_name_of_its_own(message: dict[str, Any], word: str) -> None:
    assert content_error(message) == word
