"""What a reader sees of a payload, measured: visible characters, lines, rows of a terminal."""

import math
import re
import unicodedata
from collections.abc import Iterable, Iterator

from chalicelib.settings import LANGUAGES
from chalicelib.text import words
from tests.slack_limits import Payload, blocks_of, texts

_NAMED = re.compile(r"<[!@#h][^<>|]*\|([^<>]*)>")
_UNNAMED = re.compile(r"<([^<>|]*)>")

WHAT_TO_DO = {"en": "What to do", "ja": "対応手順"}
"""How the line begins that says what to do."""

HAPPENED = {language: words.label("signals", language) for language in LANGUAGES}
"""How the list of an attack sequence's signals begins."""


def visible(text: str) -> str:
    """Undo mrkdwn: a date token counts as its fallback, a link as its label, and bold and code as their words."""
    shown = _UNNAMED.sub(r"\1", _NAMED.sub(r"\1", text))
    return entities(shown.replace("*", "").replace("`", ""))


def entities(text: str) -> str:
    """Undo the three escaped characters."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def notification(payload: Payload) -> str:
    """What a phone shows before the message is opened."""
    return visible(payload["text"])


def headline(payload: Payload) -> str:
    """The large letters above the message."""
    first = payload["blocks"][0]
    assert first["type"] == "header", first
    return entities(first["text"]["text"])


def top(payload: Payload) -> list[str]:
    """The lines between the headline and the buttons, as they are seen."""
    return [line for block in payload["blocks"][1:] for line in _lines(block) if block["type"] != "actions"]


def summary(payload: Payload) -> list[str]:
    """The lines under the headline: the first section, as far as no part with a title of its own begins in it."""
    lines = list(_lines(payload["blocks"][1]))
    titles = (*WHAT_TO_DO.values(), *HAPPENED.values())
    ends = (number for number, line in enumerate(lines) if line.startswith(titles))
    return lines[: next(ends, len(lines))]


def what_to_do(payload: Payload, language: str) -> str:
    """The line that says what to do, without its title; empty where there is none."""
    title = WHAT_TO_DO[language]
    found = (line.removeprefix(title).strip(" :") for line in top(payload) if line.startswith(title))
    return next(found, "")


def what_happened(payload: Payload, language: str) -> list[str]:
    """The numbered lines of the signals, wherever they stand."""
    lines = shown(payload)
    start = next((at for at, line in enumerate(lines) if line.startswith(HAPPENED[language])), len(lines))
    listed = []
    for line in lines[start + 1 :]:
        if not re.match(r"\d+\. ", line):
            break
        listed.append(line)
    return listed


def shown(payload: Payload) -> list[str]:
    """All lines of the blocks, those of attachments too, as they are seen; without the notification."""
    return [line for block in blocks_of(payload) for line in _lines(block)]


def under_the_headline(payload: Payload) -> list[str]:
    """All lines of the blocks but the headline, which is GuardDuty's own sentence, and the buttons."""
    kept = [block for block in blocks_of(payload) if block["type"] not in ("header", "actions")]
    return [line for block in kept for line in _lines(block)]


def everything(payload: Payload) -> int:
    """Count the characters of all texts together as they are sent, markup too: notification, blocks, buttons."""
    return sum(map(len, texts(payload)))


def rows(payload: Payload, columns: int = 80) -> int:
    """Count the rows that the blocks take on a terminal of so many columns; buttons stand side by side."""
    return sum(_rows(block, columns) for block in blocks_of(payload))


def refanged(lines: Iterable[str]) -> list[str]:
    """Put the dots back into what is defanged, to look for values as the finding has them."""
    return [line.replace("[.]", ".").replace("hxxp", "http") for line in lines]


def _rows(block: dict[str, object], columns: int) -> int:
    lines = list(_lines(block))
    if block["type"] == "actions":
        lines = [" ".join(f"[{label}]" for label in lines)]
    return sum(max(1, math.ceil(_columns(line) / columns)) for line in lines)


def _columns(line: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in line)


def _lines(node: object) -> Iterator[str]:
    """Read the lines of all text objects in a block."""
    if isinstance(node, list):
        for each in node:
            yield from _lines(each)
    elif isinstance(node, dict):
        if node.get("type") == "mrkdwn":
            yield from visible(node["text"]).split("\n")
        elif node.get("type") == "plain_text":
            yield from entities(node["text"]).split("\n")
        else:
            for each in node.values():
                yield from _lines(each)
