"""What Slack refuses in a message, as its documentation says it and as others found out.

https://docs.slack.dev/reference/block-kit/blocks and its pages; the cap on all text together is in no page
(https://github.com/slackapi/bolt-js/issues/2509).
"""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from slack_sdk.models.blocks import Block

from chalicelib.settings import LANGUAGES
from chalicelib.text.words import catalogue

Payload = dict[str, Any]

ALL_TEXT = 9000
OUR_MARKUP = re.compile(
    r"<!date\^\d+\^\{date_short_pretty\} \{time\}\|\d{4}-\d\d-\d\d \d\d:\d\d UTC>"
    r"|<!date\^\d+\^\{time\}\|\d\d:\d\d UTC>"
    r"|<!(?:here|channel|everyone|subteam\^S\w+)>|<@U\w+>"
    r"|<https://[^<>|\s]+\|[^<>|]+>"
)
_OUR_BOLD = re.compile(r"^(?:<[!@][^>]*> )?\*[^*\n]+\*", re.MULTILINE)
_OURS = {
    said
    for language in LANGUAGES
    for sentence in catalogue(language).sentences.values()
    for said in re.findall(r"\*[^*]+\*", sentence)
}
"""What stands in bold within a sentence of ours, with its placeholders."""
_BOLD_WITHIN = re.compile(
    "|".join(sorted(re.sub(r"\\{\w+\\}", "[^*\\n]*", re.escape(each)) for each in _OURS))
)
_CODE_BLOCK = re.compile(r"```\n[^`]+\n```")
_CODE_SPAN = re.compile(r"`[^`\n]+`")


def faults(payload: Payload) -> list[str]:
    """Name everything that Slack would refuse in the payload, or that only a reader would notice."""
    return [*_refused_by_slack(payload), *_seen_by_a_reader(payload)]


def blocks_of(payload: Payload) -> list[dict[str, Any]]:
    """List all blocks, those of attachments too, in the order in which they are shown."""
    attached = [block for attachment in payload.get("attachments", []) for block in attachment["blocks"]]
    return [*payload.get("blocks", []), *attached]


def texts(payload: Payload) -> list[str]:
    """List all texts that a reader may see."""
    return [payload["text"], *(text["text"] for text in _text_objects(blocks_of(payload)))]


def colours(payload: Payload) -> set[str]:
    """Name the colours of its attachments."""
    return {attachment["color"] for attachment in payload.get("attachments", [])}


def hosts(payload: Payload) -> set[str]:
    """Name the hosts that its buttons and links lead to."""
    buttons = [button["url"] for block in blocks_of(payload) for button in block.get("elements", [])]
    links = [url for text in texts(payload) for url in re.findall(r"<(https?://[^<>|]+)[|>]", text)]
    return {urlsplit(url).netloc for url in [*buttons, *links]}


def utf16(text: str) -> int:
    """Count as JavaScript does."""
    return len(text.encode("utf-16-le")) // 2


def _text_objects(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, list):
        for each in node:
            yield from _text_objects(each)
    elif isinstance(node, dict):
        if node.get("type") in ("plain_text", "mrkdwn"):
            yield node
        for each in node.values():
            yield from _text_objects(each)


def _refused_by_slack(payload: Payload) -> Iterator[str]:
    blocks = blocks_of(payload)
    if not 0 < utf16(payload["text"]) < 4000:
        yield f"text has {utf16(payload['text'])} characters"
    if len(blocks) > 50:
        yield f"{len(blocks)} blocks"
    total = sum(utf16(text["text"]) for text in _text_objects(blocks))
    if total >= ALL_TEXT:
        yield f"{total} characters in all blocks"
    for block in blocks:
        yield from _refused_block(block)


def _refused_block(block: dict[str, Any]) -> Iterator[str]:
    kind = block["type"]
    limit = {"header": 150}.get(kind, 3000)
    if kind in ("header", "section") and "text" in block and not 0 < utf16(block["text"]["text"]) <= limit:
        yield f"{kind} of {utf16(block['text']['text'])} characters"
    if kind == "section" and not ("text" in block or block.get("fields")):
        yield "section without text"
    if len(block.get("fields", [])) > 10 or any(
        utf16(each["text"]) > 2000 for each in block.get("fields", [])
    ):
        yield "fields too many or too long"
    for element in block.get("elements", []):
        if utf16(element["text"]["text"]) > 75 or not 0 < len(element["url"]) <= 3000:
            yield f"button {element['text']['text']}"
    parsed = Block.parse(block)
    if parsed is None or parsed.to_dict() != block:
        yield f"slack_sdk reads another block: {parsed and parsed.to_dict()}"


def _seen_by_a_reader(payload: Payload) -> Iterator[str]:
    for text in texts(payload):
        if not text.strip() or not all(character.isprintable() or character == "\n" for character in text):
            yield f"empty or invisible characters: {text!r}"
        if "<" in OUR_MARKUP.sub("", text) or ">" in OUR_MARKUP.sub("", text):
            yield f"markup that is not ours: {text!r}"
        if re.search(r"&(?!(?:amp|lt|gt);)", text):
            yield f"a broken entity: {text!r}"
    for text_object in _text_objects(blocks_of(payload)):
        if text_object["type"] == "plain_text" and text_object.get("emoji") is not False:
            yield f"emoji codes become emoji: {text_object}"
        if text_object["type"] == "mrkdwn":
            yield from _formatted_by_others(text_object)


def _formatted_by_others(text_object: dict[str, Any]) -> Iterator[str]:
    if text_object.get("verbatim") is not True:
        yield f"not verbatim: {text_object}"
    left = OUR_MARKUP.sub(
        "",
        _BOLD_WITHIN.sub("", _OUR_BOLD.sub("", _CODE_SPAN.sub("", _CODE_BLOCK.sub("", text_object["text"])))),
    )
    if re.search(r"[*~`]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|:\w+:", left):
        yield f"formatting that is not ours: {left!r} in {text_object['text']!r}"
