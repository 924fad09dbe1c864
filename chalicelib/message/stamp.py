"""A stamp: a line on a message that stands, which says that a rule hides its finding from now on."""

from collections.abc import Mapping
from typing import Any

from chalicelib.message import blocks, notes
from chalicelib.message.context import MessageContext

_ABOVE = 2
"""Blocks: the header and the sentence that matters."""


def stamped(content: Mapping[str, Any], context: MessageContext) -> dict[str, Any]:
    """Put ``context.suppressed`` on a message's payload, which says nothing else than before."""
    line = notes.suppression(context)
    shown = content.get("blocks")
    if not shown:
        return stamped_plain(content, context)
    return {**content, "blocks": [*shown[:_ABOVE], blocks.section(line), *shown[_ABOVE:]]}


def stamped_plain(content: Mapping[str, Any], context: MessageContext) -> dict[str, Any]:
    """Put it on what the payload says without its blocks."""
    without = {name: value for name, value in content.items() if name not in ("blocks", "attachments")}
    return {**without, "text": f"{content.get('text', '')}\n{notes.suppression(context)}"}
