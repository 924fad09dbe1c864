"""What Slack refuses in a message: the judge of our messages, here and in the stand-in of Slack."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block

MOST_BLOCKS = 50
MOST_ATTACHMENTS = 100
LONGEST_BLOCKS = 11_340
"""Characters in all blocks. Undocumented; 11,341 were refused: https://github.com/slackapi/bolt-js/issues/2867."""


def content_error(arguments: Mapping[str, Any]) -> str:
    """Say Slack's word for what it would refuse in a message, or nothing.

    Shapes and most lengths are judged by Slack's own models, the rest by the reference:
    https://docs.slack.dev/reference/block-kit/blocks.
    """
    blocks = arguments.get("blocks") or []
    attachments = arguments.get("attachments") or []
    if not (arguments.get("text") or blocks or attachments):
        return "no_text"
    if not isinstance(blocks, list):
        return "invalid_blocks_format"
    if not _are_objects(attachments):
        return "invalid_attachments"
    if len(attachments) > MOST_ATTACHMENTS:
        return "too_many_attachments"
    return _blocks_error(blocks, [one.get("blocks") or [] for one in attachments])


def validation(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Answer as blocks.validate does: it knows a message's blocks and attachments, and refuses its other members.

    https://docs.slack.dev/reference/methods/blocks.validate
    """
    given = [name for name in ("blocks", "message", "view") if arguments.get(name)]
    if given != ["message"]:
        return {"ok": False, "error": "invalid_arguments"}
    try:
        message = json.loads(str(arguments["message"]))
    except ValueError:
        return {"ok": False, "error": "invalid_arguments"}
    wrong = list(_wrong_places(message)) if isinstance(message, dict) else [""]
    errors = [{"code": "failed_constraint", "message": "not as expected", "pointer": each} for each in wrong]
    return {"ok": False, "error": "invalid_blocks", "errors": errors} if errors else {"ok": True}


def _wrong_places(message: Mapping[str, Any]) -> Iterator[str]:
    """Point at each wrong member, as JSON pointers do."""
    yield from (f"/{name}" for name in message if name not in ("blocks", "attachments"))
    attachments = message.get("attachments") or []
    if not _are_objects(attachments):
        yield "/attachments"
        return
    attached = [(f"/attachments/{n}/blocks", one.get("blocks") or []) for n, one in enumerate(attachments)]
    for place, blocks in [("/blocks", message.get("blocks") or []), *attached]:
        if not isinstance(blocks, list) or len(blocks) > MOST_BLOCKS:
            yield place
        else:
            yield from (f"{place}/{n}" for n, one in enumerate(blocks) if not _are_blocks([one]))


def _blocks_error(blocks: list[Any], attached: list[Any]) -> str:
    if not _are_blocks(blocks):
        return "invalid_blocks"
    if not all(_are_blocks(one) for one in attached):
        return "invalid_attachments"
    names = [block["block_id"] for block in blocks if "block_id" in block]
    if len(names) != len(set(names)):
        return "invalid_blocks"
    names += [block["block_id"] for one in attached for block in one if "block_id" in block]
    if len(names) != len(set(names)):
        return "invalid_attachments"
    return "msg_blocks_too_long" if _letters([blocks, attached]) > LONGEST_BLOCKS else ""


def _are_objects(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, dict) for one in value)


def _are_blocks(blocks: object) -> bool:
    return (
        isinstance(blocks, list)
        and _are_objects(blocks)
        and len(blocks) <= MOST_BLOCKS
        and all(_is_block(block) for block in blocks)
        and all(_is_text(text) for text in _texts(blocks))
    )


def _is_block(block: dict[str, Any]) -> bool:
    """Let slack_sdk judge the shape; it leaves out bare strings and the length of a section's fields."""
    try:
        parsed = Block.parse(block)
        if parsed is None:
            return False
        parsed.to_dict()
    except (SlackObjectFormationError, TypeError, ValueError, AttributeError, KeyError):
        return False
    if block["type"] != "markdown" and not isinstance(block.get("text", {}), dict):
        return False
    fields = block.get("fields") or []
    return (
        isinstance(block.get("block_id", ""), str)
        and len(fields) <= 10
        and _are_objects(fields)
        and all(len(str(one.get("text"))) <= 2000 for one in fields)
    )


def _is_text(text: Mapping[str, Any]) -> bool:
    foreign = "emoji" if text["type"] == "mrkdwn" else "verbatim"
    return isinstance(text.get("text"), str) and 1 <= len(text["text"]) <= 3000 and foreign not in text


def _texts(value: object) -> Iterator[Mapping[str, Any]]:
    """Every text object at any depth."""
    if isinstance(value, list):
        for one in value:
            yield from _texts(one)
    elif isinstance(value, dict):
        if value.get("type") in ("mrkdwn", "plain_text"):
            yield value
        for one in value.values():
            yield from _texts(one)


def _letters(value: object) -> int:
    return sum(len(text["text"]) for text in _texts(value))
