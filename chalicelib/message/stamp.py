"""A stamp: a line on a message that stands, which says that a rule hides its finding from now on."""

from collections.abc import Mapping
from html import unescape
from typing import Any

from chalicelib.message import blocks, headline, notes, signs
from chalicelib.message.blocks import Block
from chalicelib.message.context import MessageContext
from chalicelib.text.untrusted import plain

_ABOVE = 2
"""Blocks: the header and the sentence that matters."""


def stamped(content: Mapping[str, Any], context: MessageContext) -> dict[str, Any]:
    """Put ``context.suppressed`` on a message's payload, which says nothing else than before."""
    line = notes.suppression(context)
    shown = content.get("blocks")
    if not shown:
        return stamped_plain(content, context)
    attachments = [{**each, "color": signs.GREY} for each in content.get("attachments", [])]
    return {
        **content,
        **({"attachments": attachments} if attachments else {}),
        "text": headline.hidden(str(content.get("text", "")), context.language),
        "blocks": [_grey(shown[0], context), *shown[1:_ABOVE], blocks.section(line), *shown[_ABOVE:]],
    }


def _grey(first: Block, context: MessageContext) -> Block:
    """Make the headline say at one glance that nothing is to do any more."""
    text = first.get("text", {})
    if first.get("type") != "header":
        return first
    said = plain(unescape(headline.hidden(text.get("text", ""), context.language)), blocks.HEADER_LIMIT)
    return {**first, "text": {**text, "text": said}}


def stamped_plain(content: Mapping[str, Any], context: MessageContext) -> dict[str, Any]:
    """Put it on what the payload says without its blocks."""
    without = {name: value for name, value in content.items() if name not in ("blocks", "attachments")}
    return {**without, "text": f"{content.get('text', '')}\n{notes.suppression(context)}"}
