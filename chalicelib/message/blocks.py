"""Block Kit as plain dicts. Texts come finished: escaped and cut by ``text.untrusted``.

The limits are those of https://docs.slack.dev/reference/block-kit/blocks and its pages. Slack also refuses
a message whose blocks hold more than about 12,000 characters, which none of those pages says
(``msg_blocks_too_long``; 9,597 were taken, 11,341 refused: https://github.com/slackapi/bolt-js/issues/2509).
"""

from collections.abc import Iterable, Sequence
from typing import Any

from chalicelib.text.untrusted import width

Block = dict[str, Any]

HEADER_LIMIT = 150
SECTION_LIMIT = 3000
FIELDS_LIMIT = 10
MESSAGE_LIMIT = 8800
"""Units of text in all blocks of a message, with room below the 9,000 that are known to be taken."""


def header(text: str) -> Block:
    """Make a title in large letters; emoji codes stay as they are typed."""
    return {"type": "header", "text": {"type": "plain_text", "text": text, "emoji": False}}


def section(text: str) -> Block:
    """Make a paragraph of ours in mrkdwn. ``verbatim``: Slack makes no links and mentions of its own."""
    return {"type": "section", "text": _mrkdwn(text)}


def literal(text: str) -> Block:
    """Make a paragraph of somebody else's prose: nothing in it is markup."""
    return {"type": "section", "text": {"type": "plain_text", "text": text, "emoji": False}}


def context(text: str) -> Block:
    """Make a small line of ours in mrkdwn, as ``section``."""
    return {"type": "context", "elements": [_mrkdwn(text)]}


def fields(pairs: Iterable[tuple[str, str]]) -> list[Block]:
    """Make a section of short label-and-value pairs, in their order; those without a value are left out."""
    filled = [_mrkdwn(f"*{label}*\n{value}") for label, value in pairs if value]
    return [{"type": "section", "fields": filled[:FIELDS_LIMIT]}] if filled else []


def buttons(links: Iterable[tuple[str, str, str]]) -> list[Block]:
    """Make a row of links from action ids, labels and addresses; those without an address are left out."""
    elements = [
        {
            "type": "button",
            "action_id": action_id,
            "text": {"type": "plain_text", "text": label, "emoji": False},
            "url": url,
        }
        for action_id, label, url in links
        if url
    ]
    return [{"type": "actions", "elements": elements}] if elements else []


def size(blocks: Sequence[Block]) -> int:
    """Count the units of all texts in the blocks."""
    return sum(_size(block) for block in blocks)


def _size(node: Any) -> int:
    if isinstance(node, list):
        return sum(map(_size, node))
    if not isinstance(node, dict):
        return 0
    text = node.get("text")
    own = width(text) if isinstance(text, str) else _size(text)
    return own + _size(node.get("fields")) + _size(node.get("elements"))


def _mrkdwn(text: str) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": text, "verbatim": True}
