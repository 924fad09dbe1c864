"""How the Slack stand-in shows a channel's messages and a thread's, page by page.

https://docs.slack.dev/reference/methods/conversations.history, …/conversations.replies,
https://docs.slack.dev/apis/web-api/pagination
"""

import re
from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import Any

from statemachine.local import slack_reactions
from statemachine.local.slack_reactions import OUR_BOT, US
from statemachine.local.slack_workspace import Message

MOST_AT_ONCE = 999
"""Messages of one page, whatever was asked for."""
USUAL_AT_ONCE = 100

Paging = Callable[[Sequence[Message], Mapping[str, Any]], dict[str, Any] | str]
"""Makes an answer's fields of a channel's messages and the arguments, or Slack's word for what is wrong."""


def channel_page(messages: Sequence[Message], arguments: Mapping[str, Any]) -> dict[str, Any] | str:
    """Show a channel: newest first, and of threads only what stands in the channel."""
    newest_first = [each for each in reversed(messages) if not each.thread_ts or each.broadcast]
    return _page(newest_first, messages, arguments)


def thread_page(messages: Sequence[Message], arguments: Mapping[str, Any]) -> dict[str, Any] | str:
    """Show a thread: the message it hangs on, whenever that was, then the replies, oldest first."""
    wanted = str(arguments.get("ts", ""))
    here = next((each for each in messages if each.ts == wanted), None)
    if here is None:
        return "thread_not_found"
    parent = here.thread_ts or here.ts
    thread = [each for each in messages if parent in (each.ts, each.thread_ts)]
    return _page(thread, messages, arguments, always=parent)


def _page(
    shown: Sequence[Message], messages: Sequence[Message], arguments: Mapping[str, Any], always: str = ""
) -> dict[str, Any] | str:
    """Cut a page out of what is shown; the message ``always`` is in the time asked for, whenever it was."""
    wrong = _wrong(arguments)
    if wrong:
        return wrong
    left = [each for each in shown if each.ts == always or _is_in_time(each.ts, arguments)]
    if cursor := str(arguments.get("cursor", "")):
        places = [place for place, each in enumerate(left) if _cursor(each) == cursor]
        if not places:
            return "invalid_cursor"
        left = left[places[0] :]
    size = min(int(arguments.get("limit") or USUAL_AT_ONCE), MOST_AT_ONCE)
    answer: dict[str, Any] = {
        "messages": [_message(each, messages) for each in left[:size]],
        "has_more": len(left) > size,
    }
    if len(left) > size:
        answer["response_metadata"] = {"next_cursor": _cursor(left[size])}
    return answer


def _wrong(arguments: Mapping[str, Any]) -> str:
    for name in ("oldest", "latest"):
        if not re.fullmatch(r"\d{1,10}(\.\d{1,6})?", str(arguments.get(name) or "0")):
            return f"invalid_ts_{name}"
    cursor = str(arguments.get("cursor") or "")
    if cursor and not _is_cursor(cursor):
        return "invalid_cursor"
    limit = str(arguments.get("limit") or USUAL_AT_ONCE)
    return "" if re.fullmatch(r"[1-9]\d{0,8}", limit) else "invalid_arguments"


def _is_in_time(ts: str, arguments: Mapping[str, Any]) -> bool:
    at, oldest = _micros(ts), _micros(str(arguments.get("oldest") or "0"))
    latest = _micros(str(arguments.get("latest") or "9999999999"))
    if str(arguments.get("inclusive", "")).lower() in ("true", "1"):
        return oldest <= at <= latest
    return oldest < at < latest


def _micros(ts: str) -> int:
    seconds, _, parts = ts.partition(".")
    return int(seconds) * 1_000_000 + int(parts.ljust(6, "0"))


def _cursor(next_: Message) -> str:
    return b64encode(f"next_ts:{next_.ts.replace('.', '')}".encode()).decode()


def _is_cursor(cursor: str) -> bool:
    try:
        return b64decode(cursor, validate=True).startswith(b"next_ts:")
    except Error:
        return False


def _message(message: Message, messages: Sequence[Message]) -> dict[str, Any]:
    """Show a message as it is now."""
    now = with_block_ids(message.shown, message.ts)
    content = {name: now[name] for name in ("blocks", "attachments") if now.get(name)}
    shown = {"type": "message", "ts": message.ts, "user": US, "bot_id": OUR_BOT, **content}
    shown["text"] = now.get("text", "")
    shown |= slack_reactions.shown(message)
    if message.broadcast:
        shown["subtype"] = "thread_broadcast"
    if message.updates:
        shown["edited"] = {"user": US, "ts": message.edited_ts}
    count = sum(each.thread_ts == message.ts for each in messages)
    if count:
        shown["reply_count"] = count
    if count or message.thread_ts:
        shown["thread_ts"] = message.thread_ts or message.ts
    return shown


def with_block_ids(content: Mapping[str, Any], ts: str) -> dict[str, Any]:
    """Give each block that has no ``block_id`` one, as Slack does in what it answers; what was given stays."""
    shown = dict(content)
    if content.get("blocks"):
        shown["blocks"] = _named(content["blocks"], ts)
    if content.get("attachments"):
        shown["attachments"] = [
            {**each, "blocks": _named(each["blocks"], f"{ts} {number}")} if each.get("blocks") else each
            for number, each in enumerate(content["attachments"])
        ]
    return shown


def _named(blocks: Sequence[Mapping[str, Any]], of: str) -> list[dict[str, Any]]:
    return [
        {"block_id": sha256(f"{of} {number}".encode()).hexdigest()[:5], **block}
        for number, block in enumerate(blocks)
    ]
