"""The message: headline, summary, what to do, the links, then what a responder acts on under a colour.

Slack folds long attachments behind "Show more": what a reader must see and click stands above them.
"""

from collections.abc import Sequence
from typing import Any

from chalicelib.finding.model import Finding
from chalicelib.message import blocks, body, headline, notes, phrases, signs, summary, what_to_do
from chalicelib.message.blocks import Block
from chalicelib.message.context import MessageContext, Note
from chalicelib.text.untrusted import code, inert, plain

TEXT_LIMIT = 3900
"""Units of a top-level text: Slack recommends less than 4,000
(https://docs.slack.dev/reference/methods/chat.postMessage)."""

_URGENT_ROOM = 500


def render(finding: Finding, context: MessageContext) -> dict[str, Any]:
    """Make the payload of ``chat.postMessage`` or of a webhook, without the channel.

    ``text`` is what notifications and screen readers say; the blocks are what a reader sees.
    """
    said = "\n".join(summary.lines(finding, context))
    above = [*_top(finding, context, said), *notes.buttons(finding, context)]
    last = notes.notes(context)
    room = blocks.MESSAGE_LIMIT - blocks.size([*above, *last])
    under = body.under_the_colour(
        finding, context, "\n".join((said, what_to_do.line(finding, context))), room
    )
    text = headline.notification(finding, context)
    attachment = {
        "color": signs.colour(finding, context),
        "fallback": text,
        "blocks": [*under, *last],
    }
    return _payload(notes.called(finding, context, text), blocks=above, attachments=[attachment])


def render_plain(finding: Finding, context: MessageContext) -> dict[str, Any]:
    """Make a payload of text only, for when Slack refuses the blocks: the essentials, as safe as the rest."""
    language = context.language
    title = notes.called(finding, context, f"*{headline.headline(finding, context, inert, 400)}*")
    shown = summary.lines(finding, context)
    said = [
        title,
        *shown,
        body.what_happened(finding, language),
        what_to_do.line(finding, context),
        *body.without_blocks(finding, context, "\n".join(shown), 1800),
        *notes.sentences(context.notes, language),
        notes.suppression(context),
        *notes.plain_links(finding, context),
    ]
    return _payload(phrases.fit(said, TEXT_LIMIT, language))


def render_news(finding: Finding, context: MessageContext, news: Sequence[Note]) -> dict[str, Any]:
    """Make the short message that says what is new: a reply in the thread, or its own with a webhook."""
    language = context.language
    heading = f"*{headline.headline(finding, context, inert, 250)}*"
    said = phrases.fit((f"• {each}" for each in notes.sentences(news, language)), 1500, language)
    besides = [note for note in context.notes if note not in news]
    noted = phrases.fit(notes.sentences(besides, language), _URGENT_ROOM, language)
    about = (summary.what(finding, context), summary.whose(finding, context))
    shown = "\n".join(
        filter(None, (notes.called(finding, context, heading), said, code(finding.type), *about, noted))
    )
    text = (headline.notification(finding, context), *notes.sentences(news, language))
    return _payload(
        notes.called(finding, context, phrases.fit(text, TEXT_LIMIT, language, phrases.BETWEEN)),
        blocks=[blocks.section(shown), *notes.to_the_finding(finding, context)],
    )


def _payload(text: str, **parts: list[dict[str, Any]]) -> dict[str, Any]:
    return {"text": text, **parts, "unfurl_links": False, "unfurl_media": False}


def _top(finding: Finding, context: MessageContext, said: str) -> list[Block]:
    """Make what stands above the buttons: nothing cuts it."""
    language = context.language
    urgent = [each for each in context.notes if each.key in notes.URGENT_NOTES]
    first = phrases.fit(
        [notes.suppression(context), *notes.sentences(urgent, language)], _URGENT_ROOM, language
    )
    sections = (
        notes.called(finding, context, said),
        first,
        body.what_happened(finding, language),
        what_to_do.line(finding, context),
    )
    return [
        blocks.header(headline.headline(finding, context, plain)),
        *(blocks.section(text) for text in sections if text),
    ]
