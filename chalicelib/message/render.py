"""The message: header, the sentence that matters, the links, then everything else under a colour.

Slack folds long attachments behind "Show more": what a reader must see and click stands above them.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from chalicelib.finding.model import Finding, Severity
from chalicelib.message import blocks, body, notes, phrases, summary
from chalicelib.message.blocks import Block
from chalicelib.message.context import MessageContext, Note
from chalicelib.text import words
from chalicelib.text.untrusted import code, inert, plain

COLOURS: Mapping[Severity, str] = {
    Severity.CRITICAL: "#7b1fa2",
    Severity.HIGH: "#d13212",
    Severity.MEDIUM: "#ff9900",
    Severity.LOW: "#0073bb",
}
TEXT_LIMIT = 3900
"""Units of a top-level text: Slack recommends less than 4,000
(https://docs.slack.dev/reference/methods/chat.postMessage)."""

_URGENT_ROOM = 500
_DESCRIPTION_ROOM = 1500


def render(finding: Finding, context: MessageContext) -> dict[str, Any]:
    """Make the payload of ``chat.postMessage`` or of a webhook, without the channel.

    ``text`` is what notifications and screen readers say; the blocks are what a reader sees.
    """
    top = [*_top(finding, context), *notes.buttons(finding, context)]
    under = body.essentials(finding, context)
    last = notes.notes(context)
    room = blocks.MESSAGE_LIMIT - blocks.size([*top, *under, *last])
    description = body.description(finding, min(room, _DESCRIPTION_ROOM))
    details = body.details(finding, context.language, room - blocks.size(description))
    text = summary.notification(finding, context)
    attachment = {
        "color": COLOURS[finding.band],
        "fallback": text,
        "blocks": [*under, *description, *details, *last],
    }
    return _payload(notes.called(finding, context, text), blocks=top, attachments=[attachment])


def render_plain(finding: Finding, context: MessageContext) -> dict[str, Any]:
    """Make a payload of text only, for when Slack refuses the blocks: the essentials, as safe as the rest."""
    language = context.language
    pairs = (
        ("type", code(finding.type)),
        ("account", summary.account(finding, context)),
        ("organizational_unit", summary.organizational_unit(context)),
        ("region", code(finding.region, 80)),
        ("resource", _first_resources(finding, language)),
        ("tags", body.tags(finding, language)),
        ("first_seen", phrases.moment(finding.first_seen)),
        ("last_seen", phrases.moment(finding.last_seen)),
        ("count", str(finding.count)),
    )
    said = [f"{words.label(label, language)}: {value}" for label, value in pairs if value]
    title = notes.called(finding, context, f"*{summary.heading(finding, language, 400, inert)}*")
    rest = [
        *notes.sentences(context.notes, language),
        notes.suppression(context),
        *notes.plain_links(finding, context),
    ]
    return _payload(phrases.fit([title, summary.mark(finding, language), *said, *rest], TEXT_LIMIT, language))


def render_news(finding: Finding, context: MessageContext, news: Sequence[Note]) -> dict[str, Any]:
    """Make the short message that says what is new: a reply in the thread, or its own with a webhook."""
    language = context.language
    heading = f"*{summary.heading(finding, language, 250, inert)}*"
    said = phrases.fit((f"• {each}" for each in notes.sentences(news, language)), 1500, language)
    besides = [note for note in context.notes if note not in news]
    noted = phrases.fit(notes.sentences(besides, language), _URGENT_ROOM, language)
    about = summary.where(finding, context)
    shown = "\n".join(
        filter(None, (notes.called(finding, context, heading), said, code(finding.type), about, noted))
    )
    text = (summary.notification(finding, context), *notes.sentences(news, language))
    return _payload(
        notes.called(finding, context, phrases.fit(text, TEXT_LIMIT, language, phrases.BETWEEN)),
        blocks=[blocks.section(shown), *notes.buttons(finding, context)],
    )


def _payload(text: str, **parts: list[dict[str, Any]]) -> dict[str, Any]:
    return {"text": text, **parts, "unfurl_links": False, "unfurl_media": False}


def _top(finding: Finding, context: MessageContext) -> list[Block]:
    language = context.language
    sentence = notes.called(finding, context, summary.sentence(finding, context))
    urgent = [each for each in context.notes if each.key in notes.URGENT_NOTES]
    said = phrases.fit(
        [notes.suppression(context), *notes.sentences(urgent, language)], _URGENT_ROOM, language
    )
    shown = [
        blocks.header(summary.heading(finding, language, blocks.HEADER_LIMIT, plain)),
        blocks.section(sentence),
    ]
    return [*shown, blocks.section(said)] if said else shown


def _first_resources(finding: Finding, language: str) -> str:
    said = (code(phrases.named(each.name, each.ids[0])) for each in finding.resources)
    return phrases.fit(said, 700, language, ", ")
