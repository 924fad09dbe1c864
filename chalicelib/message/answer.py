"""The answer on a message that stands: what reactions do, who has the finding in hand, that it is handled."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from html import unescape
from typing import Any, NamedTuple

from chalicelib.message import blocks, headline, people, phrases, signs
from chalicelib.message.blocks import Block
from chalicelib.text import words
from chalicelib.text.untrusted import plain, width

_ABOVE = 2
"""Blocks: the header and the sentence that matters."""

_LONGEST_PLAIN = 4000
"""Units of text that chat.update takes."""

_NEEDED_LINES = 2
"""Of a plain text: its headline, and its last line, the mark."""


class AnswerStage(StrEnum):
    """How far a finding's answer has come."""

    OPEN = "open"
    SEEN = "seen"
    HANDLED = "handled"
    ARCHIVED = "archived"
    HIDDEN = "hidden"
    """By a rule: its stamp says so."""
    UNSEEN = "unseen"
    """Nobody's answer can be seen: nothing is asked for."""


_OVER = {AnswerStage.HANDLED: "handled_mark", AnswerStage.ARCHIVED: "archived_mark"}


class ShownAnswer(NamedTuple):
    """What a message is to say of its finding's answer."""

    stage: AnswerStage
    who: tuple[str, ...] = ()
    """Users' ids."""
    since: datetime | None = None
    """When it began to be asked for."""
    noticed: datetime | None = None
    again: bool = False
    """It was opened again: reactions that stood there don't count."""


def answered(content: Mapping[str, Any], answer: ShownAnswer, language: str) -> dict[str, Any]:
    """Put the answer on a message's payload, with blocks or without, which says nothing else than before."""
    line = _line(answer, language)
    if not line:
        return dict(content)
    mark = words.catalogue(language).attention[_OVER[answer.stage]] if answer.stage in _OVER else ""
    if not content.get("blocks"):
        return _on_text(content, line, mark)
    return _over(content, line, mark) if mark else _at_the_end(content, line)


def _line(answer: ShownAnswer, language: str) -> str:
    said = words.catalogue(language).attention
    key = "hint_again" if answer.again else "hint"
    if answer.stage is not AnswerStage.OPEN:
        key = str(answer.stage)
    if key not in said:
        return ""
    return said[key].format(
        who=people.named(answer.who, language),
        at=phrases.moment(answer.noticed),
        span=_span(answer, language),
    )


def _span(answer: ShownAnswer, language: str) -> str:
    """Say within which time it was noticed: when it was given Slack does not say."""
    if not answer.since or not answer.noticed:
        return words.sentence("unknown", language, {})
    return people.span(answer.noticed - answer.since, language)


def _at_the_end(content: Mapping[str, Any], line: str) -> dict[str, Any]:
    return {**content, "blocks": [*content["blocks"], blocks.context(line)]}


def _over(content: Mapping[str, Any], line: str, mark: str) -> dict[str, Any]:
    """Say it behind the headline, and make all grey: nothing is to do any more."""
    shown = content["blocks"]
    attachments = [{**each, "color": signs.GREY} for each in content.get("attachments", [])]
    return {
        **content,
        **({"attachments": attachments} if attachments else {}),
        "text": headline.greyed(str(content.get("text", "")), mark),
        "blocks": [_grey(shown[0], mark), *shown[1:_ABOVE], blocks.section(line), *shown[_ABOVE:]],
    }


def _grey(first: Block, mark: str) -> Block:
    text = first.get("text", {})
    if first.get("type") != "header":
        return first
    said = plain(unescape(headline.greyed(text.get("text", ""), mark)), blocks.HEADER_LIMIT)
    return {**first, "text": {**text, "text": said}}


def _on_text(content: Mapping[str, Any], line: str, mark: str) -> dict[str, Any]:
    """Put it behind the headline of a message without blocks; where there is no room, the last lines make some."""
    first, *rest = str(content.get("text", "")).split("\n")
    lines = [f"*{mark}* {first}" if mark else first, line, *rest]
    while len(lines) > _NEEDED_LINES + 1 and width("\n".join(lines)) > _LONGEST_PLAIN:
        del lines[-_NEEDED_LINES]
    return {**content, "text": "\n".join(lines)}
