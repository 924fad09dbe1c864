"""How the Slack stand-in shows reactions, user groups and users.

https://docs.slack.dev/reference/methods/reactions.get, …/usergroups.users.list, …/users.info
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from statemachine.local.slack_workspace import Message

US, OUR_BOT = "U00000000", "B00000000"
"""The ids of the app's own user, and of its bot."""

LISTED = 50
"""Users that are named of a reaction, unless all are asked for; `count` is always right. The number is made up."""


def with_reaction(message: Message, name: str, user: str) -> Message:
    """Let a user react; a second time changes nothing."""
    users = message.reactions.get(name, ())
    return (
        message if user in users else replace(message, reactions={**message.reactions, name: (*users, user)})
    )


def without_reaction(message: Message, name: str, user: str) -> Message:
    """Take a user's reaction away."""
    left = tuple(each for each in message.reactions.get(name, ()) if each != user)
    others = {each: users for each, users in message.reactions.items() if each != name}
    return replace(message, reactions={**others, name: left} if left else others)


def shown(message: Message, *, full: bool = False) -> dict[str, Any]:
    """Show a message's reactions: without any there is no field."""
    each = [
        {"name": name, "users": list(users if full else users[:LISTED]), "count": len(users)}
        for name, users in message.reactions.items()
    ]
    return {"reactions": each} if each else {}


def reactions(messages: Mapping[str, Message], arguments: Mapping[str, Any]) -> dict[str, Any] | str:
    """Answer reactions.get: the fields, or Slack's word for what is wrong."""
    ts = str(arguments.get("timestamp") or "")
    if not ts:
        return "no_item_specified"
    if not re.fullmatch(r"\d{10}\.\d{6}", ts):
        return "bad_timestamp"
    message = messages.get(ts)
    if message is None:
        return "message_not_found"
    full = str(arguments.get("full", "")).lower() in ("true", "1")
    about = {"type": "message", "user": US, "bot_id": OUR_BOT, "text": message.shown.get("text", "")}
    return {"type": "message", "message": {**about, "ts": ts, **shown(message, full=full)}}


def members(
    groups: Mapping[str, Collection[str]] | None, arguments: Mapping[str, Any]
) -> dict[str, Any] | str:
    """Answer usergroups.users.list likewise."""
    if groups is None:
        return "plan_upgrade_required"
    group = groups.get(str(arguments.get("usergroup") or ""))
    return "no_such_subteam" if group is None else {"users": list(group)}


def user(bots: Collection[str], arguments: Mapping[str, Any]) -> dict[str, Any] | str:
    """Answer users.info likewise."""
    id_ = str(arguments.get("user") or "")
    if not re.fullmatch(r"[UW][A-Z0-9]+", id_):
        return "user_not_found"
    return {"user": {"id": id_, "name": id_.lower(), "deleted": False, "is_bot": id_ == US or id_ in bots}}
