"""What a token reads of people in Slack: who reacted to a message, who is in a user group, who is a bot; who it is.

https://docs.slack.dev/reference/methods/reactions.get, …/usergroups.users.list, …/users.info, …/auth.test.
Only ids are trusted: what people call themselves is theirs to choose.
"""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from chalicelib.errors import SlackUnavailable
from chalicelib.slack.api import Gone, SlackAnswer, Throttled, Token
from chalicelib.slack.reading import question

_USER = re.compile(r"[UW][A-Z0-9]{2,20}", re.ASCII)
_NAME = re.compile(r"[a-z0-9_+'-]{1,100}", re.ASCII)
_TONE = re.compile(r"::skin-tone-[2-6]$")

_GONE = ("message_not_found", "channel_not_found", "is_archived", "is_inactive")
"""The message is not there any more, or its channel: we posted it there."""
_DELETED = "tombstone"
"""The subtype of what stands where a message with replies was deleted (seen in workspaces, not documented)."""


class Reaction(NamedTuple):
    """One reaction to a message, and who gave it."""

    name: str
    """Without the tone of skin; tones of one hand are several reactions of that name."""
    users: tuple[str, ...]
    """Ids, those that Slack names."""
    complete: bool = True
    """Whether they are all: Slack does not name everybody where many gave it, but counts them."""


Reactions = tuple[Reaction, ...]


class Identity(NamedTuple):
    """Who the token is."""

    user: str
    """The id of its user; empty where Slack says none."""
    scopes: frozenset[str]
    """Empty where Slack says nothing of them."""


def identity(token: Token, api_url: str) -> Identity | Throttled:
    """Ask auth.test who the token is. Slack names a token's scopes in a header of each answer (`x-oauth-scopes`).

    Raises TokenRefused, SlackUnavailable.
    """
    answer = question(token, api_url, "auth.test", {}, about="who the token is")
    if isinstance(answer, Throttled):
        return answer
    scopes = (each.strip() for each in answer.headers.get("x-oauth-scopes", "").split(","))
    user = answer.fields.get("user_id")
    return Identity(user if isinstance(user, str) else "", frozenset(filter(None, scopes)))


def reactions(token: Token, api_url: str, channel: str, ts: str) -> Reactions | Throttled | Gone:
    """Ask reactions.get who reacted to a message (scope reactions:read); `channel` is an id.

    Raises HistoryRefused, TokenRefused, SlackUnavailable.
    """
    wanted = {"channel": channel, "timestamp": ts, "full": "true"}
    answer = question(token, api_url, "reactions.get", wanted, about=channel, known=_GONE)
    if isinstance(answer, Throttled):
        return answer
    if not answer.ok:
        return Gone()
    message = answer.fields.get("message")
    if not isinstance(message, dict):  # it must not pass for a message without reactions
        raise SlackUnavailable("Slack's answer to reactions.get has no message")
    return Gone() if is_deleted(message) else of_message(message)


def is_deleted(message: Mapping[str, Any]) -> bool:
    """Whether only a message's place is left: replies hang on it."""
    return message.get("subtype") == _DELETED


def of_message(message: Mapping[str, Any]) -> Reactions:
    """Read a message's reactions, as reactions.get and a channel's history show them; what is none is left out."""
    listed = message.get("reactions")
    found = [_reaction(each) for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    return tuple(each for each in found if each)


def _reaction(listed: Mapping[str, Any]) -> Reaction | None:
    name, count = listed.get("name"), listed.get("count")
    name = _TONE.sub("", name) if isinstance(name, str) else ""
    if not _NAME.fullmatch(name):
        return None
    users = listed.get("users")
    named = len(users) if isinstance(users, list) else 0
    return Reaction(name, _users(users), not (isinstance(count, int) and count > named))


def members(token: Token, api_url: str, group: str) -> frozenset[str] | Throttled:
    """Ask usergroups.users.list who is in a user group (scope usergroups:read): ids. Raises as `reactions` does.

    Slack takes about 20 such calls a minute.
    """
    answer = question(token, api_url, "usergroups.users.list", {"usergroup": group}, about=group)
    if isinstance(answer, Throttled):
        return answer
    users = answer.fields.get("users")
    if not isinstance(users, list):
        raise SlackUnavailable("Slack's answer to usergroups.users.list has no list of users")
    return frozenset(_users(users))


def is_bot(token: Token, api_url: str, user: str) -> bool | Throttled:
    """Ask users.info whether a user is a bot (scope users:read); who can't be seen is none.

    Raises as `reactions` does.
    """
    known = ("user_not_found", "user_not_visible")
    answer = question(token, api_url, "users.info", {"user": user}, about=user, known=known)
    return answer if isinstance(answer, Throttled) else _is_bot(answer)


def _is_bot(answer: SlackAnswer) -> bool:
    about = answer.fields.get("user")
    return isinstance(about, dict) and about.get("is_bot") is True


def _users(listed: object) -> tuple[str, ...]:
    """Take the ids out of a list, each once."""
    found = listed if isinstance(listed, list) else []
    return tuple(dict.fromkeys(each for each in found if isinstance(each, str) and _USER.fullmatch(each)))
