"""Lines of ours: notes, suppression, mentions, and the links."""

import re
from collections.abc import Iterable
from datetime import datetime

from chalicelib.finding.model import Finding
from chalicelib.message import blocks, body, console_links, phrases
from chalicelib.message.blocks import Block
from chalicelib.message.context import MessageContext, Note, Value
from chalicelib.text import words
from chalicelib.text.untrusted import code, escape, inert

URGENT_NOTES = ("possibly_repeated", "channel_refused")
"""Notes that a reader needs before anything else: they stand above the colour."""

_NOTES_ROOM = 900
_MENTION = r"(?:<(?:!(?:here|channel|everyone|subteam\^\w{1,20})|@\w{1,20})(?:\|[^<>|]{0,40})?>\s?){1,3}"


def notes(context: MessageContext) -> list[Block]:
    """Make the section of notes, without the urgent ones."""
    language = context.language
    said = sentences([each for each in context.notes if each.key not in URGENT_NOTES], language)
    text = phrases.fit((f"• {each}" for each in said), _NOTES_ROOM, language)
    return body.labelled("note", text, language)


def sentences(notes: Iterable[Note], language: str) -> list[str]:
    """Say notes as sentences, their values made safe."""
    return [words.sentence(each.key, language, _shown(each, language)) for each in notes]


def _shown(note: Note, language: str) -> dict[str, str]:
    if note.key == "severity_rose":
        return {key: _severity(value, language) for key, value in note.values.items()}
    return {key: _show(value) for key, value in note.values.items()}


def _show(value: Value) -> str:
    if isinstance(value, datetime):
        return phrases.moment(value)
    if isinstance(value, str):
        return value if value.isascii() and value.isdigit() and len(value) < 20 else code(value, 260)
    return f"{value:,}"


def _severity(value: Value, language: str) -> str:
    try:
        return phrases.severity(float(str(value)), language)
    except ValueError:
        return _show(value)


def suppression(context: MessageContext) -> str:
    """Say which rule hides the finding from now on, or nothing."""
    if not (posted := context.suppressed):
        return ""
    values = {
        "since": phrases.moment(posted.since),
        "rule": code(posted.rule),
        "until": phrases.moment(posted.until),
    }
    return words.sentence("suppressed_until" if posted.until else "suppressed", context.language, values)


def _addresses(finding: Finding, context: MessageContext) -> list[tuple[str, str]]:
    """Name the pages worth opening, consoles' through the access portal where there is one."""
    portal, execution = context.links.access_portal, context.links.execution
    account = finding.account_id
    resource = next(
        (
            (each.account_id or account, link)
            for each in finding.resources[:5]
            if (link := console_links.resource_link(finding, each))
        ),
        (account, ""),
    )
    return [
        ("open_finding", console_links.through_portal(portal, account, console_links.console_link(finding))),
        (
            "open_sequence",
            console_links.through_portal(portal, account, console_links.sequence_link(finding)),
        ),
        ("open_resource", console_links.through_portal(portal, *resource)),
        (
            "open_execution",
            console_links.through_portal(portal, console_links.execution_account(execution), execution),
        ),
        ("open_suppressions", context.links.suppressions),
    ]


def buttons(finding: Finding, context: MessageContext) -> list[Block]:
    """Make the row of links, and the lines that explain them."""
    said = _explained(finding, context.language)
    return [*map(blocks.section, said), *_row(_addresses(finding, context), context.language)]


def to_the_finding(finding: Finding, context: MessageContext) -> list[Block]:
    """Make the links of news: the finding alone, as the finding's message has the others."""
    return _row(_addresses(finding, context)[:1], context.language)


def _explained(finding: Finding, language: str) -> list[str]:
    said = [words.sentence("in_sequence", language, {})] if finding.sequence_arn else []
    return said + ([words.sentence("replayed", language, {})] if finding.via == "replay" else [])


def _row(addresses: Iterable[tuple[str, str]], language: str) -> list[Block]:
    return blocks.buttons(
        (key, words.label(key, language), url) for key, url in addresses if console_links.opens(url)
    )


def plain_links(finding: Finding, context: MessageContext) -> list[str]:
    """Make the links of a message without blocks."""
    return [
        f"<{escape(url)}|{words.label(key, context.language)}>"
        for key, url in _addresses(finding, context)
        if len(url) < 1000 and console_links.is_address(url)
    ]


def called(finding: Finding, context: MessageContext, text: str) -> str:
    """Put the mention before a text, unless nothing happened."""
    if not context.mention or finding.sample or finding.test:
        return text
    return f"{mention(context.mention)} {text}"


def mention(written: str) -> str:
    """Give Slack's markup of whom to call as it is, anything else as mere text."""
    return written if re.fullmatch(_MENTION, written) else inert(written, 100)
