"""What the Slack stand-in answers to each method of the Web API that it knows, and to webhooks.

It knows no server and nothing of what goes wrong on the way: arguments in, Slack's answer out.
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Unpack

from statemachine.local import slack_history, slack_reactions
from statemachine.local.slack_content import content_error, validation
from statemachine.local.slack_reactions import OUR_BOT, US
from statemachine.local.slack_terms import DEFAULT_SCOPES, HISTORY_SCOPES, MOST_PER_MINUTE, READING, Terms
from statemachine.local.slack_workspace import Allowance, Channel, Message, Workspace, channel_id, is_id

__all__ = [
    "DEFAULT_SCOPES",
    "HISTORY_SCOPES",
    "READING",
    "WEBHOOK",
    "Reply",
    "SlackMethods",
    "Terms",
    "as_webhook",
    "too_fast",
]

WEBHOOK = "webhook"
"""The name of a post to an incoming webhook among the methods."""

LONGEST_TEXT = 40_000
"""Characters of `text`; Slack cuts the rest off."""
LONGEST_UPDATE = 4_000
"""Characters of `text` that chat.update takes: https://docs.slack.dev/reference/methods/chat.update#errors."""
_STATUS_OF_WEBHOOK_ERROR = {
    "ratelimited": 429,
    "action_prohibited": 403,
    "no_service": 404,
    "channel_not_found": 404,
    "channel_is_archived": 410,
    "rollup_error": 500,
}


@dataclass(frozen=True)
class Reply:
    """What is answered: Slack's JSON, unless there is a body; or a reset of the connection, maybe after silence."""

    status: int = 200
    fields: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    reset: bool = False
    hang: float = 0.0


class SlackMethods:
    """Slack's methods on one workspace; the terms may be changed at any time."""

    def __init__(self, **terms: Unpack[Terms]) -> None:
        self.rate = terms.get("rate")
        self.burst = terms.get("burst", 1)
        self.tokens = terms.get("tokens")
        self.webhooks = terms.get("webhooks")
        self.webhook_channel = terms.get("webhook_channel", "#webhook")
        self.unknown = terms.get("unknown", ())
        self.archived = terms.get("archived", ())
        self.scopes = terms.get("scopes", DEFAULT_SCOPES)
        self.not_member = terms.get("not_member", ())
        self.reads_per_minute = terms.get("reads_per_minute")
        self.groups = terms.get("groups", {})
        self.bots = terms.get("bots", ())
        self._workspace = Workspace(terms.get("channels", ("#security",)))
        self._reads: dict[str, Allowance] = {}

    def react(self, channel: str, ts: str, name: str, user: str) -> None:
        """Let a user react to a message, as people do in Slack; raises LookupError where there is no such message."""
        where = self._workspace.channel(channel)
        where.messages[ts] = slack_reactions.with_reaction(where.messages[ts], name, user)

    def unreact(self, channel: str, ts: str, name: str, user: str) -> None:
        """Take a user's reaction away, as `react` gives it."""
        where = self._workspace.channel(channel)
        where.messages[ts] = slack_reactions.without_reaction(where.messages[ts], name, user)

    def _carried_out(self, method: str, credential: str, arguments: Mapping[str, Any]) -> Reply:
        if method == WEBHOOK:
            return as_webhook(self._webhook(credential, arguments))
        if method == "blocks.validate":  # which wants no token
            return Reply(fields=validation(arguments))
        methods: dict[str, Callable[[Mapping[str, Any]], Reply]] = {
            "chat.postMessage": self._post_message,
            "chat.update": self._update,
            "auth.test": self._auth_test,
            "conversations.info": self._conversation,
            "users.conversations": self._own_channels,
            "conversations.history": partial(self._read, slack_history.channel_page, "conversations.history"),
            "conversations.replies": partial(self._read, slack_history.thread_page, "conversations.replies"),
            "reactions.get": self._reactions,
            "usergroups.users.list": self._members,
            "users.info": self._user,
        }
        if method not in methods:
            return _error("unknown_method")
        return self._unauthorised(credential) or methods[method](arguments)

    def _unauthorised(self, token: str) -> Reply | None:
        if not token:
            return _error("not_authed")
        known = token in self.tokens if self.tokens is not None else token.startswith(("xoxb-", "xoxe.xoxb-"))
        return None if known else _error("invalid_auth")

    def _webhook(self, path: str, arguments: Mapping[str, Any]) -> Reply:
        if self.webhooks is not None and path not in self.webhooks:
            return _error("no_service")
        if "text" not in arguments and not arguments.get("attachments") and not arguments.get("blocks"):
            return _error("invalid_payload" if not arguments else "no_text")
        return self._post_message({**arguments, "channel": self.webhook_channel})

    def _post_message(self, arguments: Mapping[str, Any]) -> Reply:
        channel = self._channel(arguments.get("channel"))
        if isinstance(channel, Reply):
            return channel
        seconds = channel.allowance.seconds_to_wait(self.rate, self.burst) if self.rate is not None else 0
        if seconds:
            return too_fast(seconds)
        thread = arguments.get("thread_ts") or ""
        if thread and not re.fullmatch(r"\d{10}\.\d{6}", str(thread)):
            return _error("invalid_thread_ts")
        wrong = content_error(arguments)
        return _error(wrong) if wrong else self._posted(channel, arguments, str(thread))

    def _posted(self, channel: Channel, arguments: Mapping[str, Any], thread: str) -> Reply:
        broadcast = arguments.get("reply_broadcast") in (True, 1, "true", "1")
        message = self._workspace.post(channel, _content(arguments), thread, broadcast=broadcast)
        where = {"thread_ts": message.thread_ts} if message.thread_ts else {}
        return _done(channel, message, {"ts": message.ts, **message.payload, **where})

    def _update(self, arguments: Mapping[str, Any]) -> Reply:
        if not is_id(arguments.get("channel")):
            return _error("channel_not_found")
        channel = self._channel(arguments["channel"])
        if isinstance(channel, Reply):
            return channel
        message = channel.messages.get(str(arguments.get("ts")))
        if message is None:
            return _error("message_not_found")
        wrong = content_error(arguments)
        if not wrong and len(str(arguments.get("text", ""))) > LONGEST_UPDATE:
            wrong = "msg_too_long"
        if wrong:
            return _error(wrong)
        updated = self._workspace.update(channel, message, _content(arguments))
        return _done(channel, updated, updated.shown)

    def _auth_test(self, _: Mapping[str, Any]) -> Reply:
        who = {
            "team": "Stand-in",
            "user": "guardduty-notifier",
            "team_id": "T00000000",
            "user_id": US,
        }
        return Reply(
            fields={"ok": True, "url": "https://stand-in.example.com/", **who, "bot_id": OUR_BOT},
            headers={"x-oauth-scopes": ",".join(self.scopes)},
        )

    def _conversation(self, arguments: Mapping[str, Any]) -> Reply:
        name = arguments.get("channel")
        if not is_id(name) or _is_listed(name, self.unknown):
            return _error("channel_not_found")
        known = self._workspace.known(str(name))
        about = {
            "id": name,
            "name": known.key.lstrip("#") if known else str(name).lower(),
            "is_channel": True,
            "is_member": not _is_listed(name, self.not_member),
            "is_archived": _is_listed(name, self.archived),
        }
        return Reply(fields={"ok": True, "channel": about})

    def _own_channels(self, arguments: Mapping[str, Any]) -> Reply:
        """List the channels that the app is a member of."""
        wanted = str(arguments.get("types") or "public_channel").split(",")
        scopes = {"public_channel": "channels:read", "private_channel": "groups:read"}
        for kind in wanted:
            if kind not in scopes:
                return _error("invalid_types")
            if scopes[kind] not in self.scopes:
                return self._missing(scopes[kind])
        mine = [each for each in self._workspace.channels() if not _is_listed(each.id, self.not_member)]
        listed = [{"id": each.id, "name": each.key.lstrip("#"), "is_member": True} for each in mine]
        return Reply(fields={"ok": True, "channels": listed, "response_metadata": {"next_cursor": ""}})

    def _read(self, page: slack_history.Paging, method: str, arguments: Mapping[str, Any]) -> Reply:
        """Answer with messages of a channel, where the app may read there."""
        name = str(arguments.get("channel", ""))
        refusal = self._unreadable(name)
        if refusal:
            return refusal
        known = self._workspace.known(name)
        messages = list(known.messages.values()) if known else []
        return self._too_often(method) or _answer(page(messages, arguments))

    def _reactions(self, arguments: Mapping[str, Any]) -> Reply:
        """Answer with a message's reactions: in a channel that the app is not in as well, where it knows it."""
        name = arguments.get("channel")
        if "reactions:read" not in self.scopes:
            return self._missing("reactions:read")
        if not is_id(name) or _is_listed(name, self.unknown):
            return _error("channel_not_found")
        known = self._workspace.known(str(name))
        messages = known.messages if known else {}
        return self._too_often("reactions.get") or _answer(slack_reactions.reactions(messages, arguments))

    def _members(self, arguments: Mapping[str, Any]) -> Reply:
        if "usergroups:read" not in self.scopes:
            return self._missing("usergroups:read")
        refusal = self._too_often("usergroups.users.list")
        return refusal or _answer(slack_reactions.members(self.groups, arguments))

    def _user(self, arguments: Mapping[str, Any]) -> Reply:
        if "users:read" not in self.scopes:
            return self._missing("users:read")
        return self._too_often("users.info") or _answer(slack_reactions.user(self.bots, arguments))

    def _too_often(self, method: str) -> Reply | None:
        if self.reads_per_minute is None:
            return None
        most = min(self.reads_per_minute, MOST_PER_MINUTE.get(method, self.reads_per_minute))
        seconds = self._reads.setdefault(method, Allowance()).seconds_to_wait(most / 60, most)
        return too_fast(seconds) if seconds else None

    def _unreadable(self, name: str) -> Reply | None:
        """Say why the app may not read a channel, which is known by its id only."""
        if not set(HISTORY_SCOPES) & set(self.scopes):
            return self._missing(HISTORY_SCOPES[0])
        if not is_id(name) or _is_listed(name, self.unknown):
            return _error("channel_not_found")
        needed = HISTORY_SCOPES[name.startswith("G")]
        if needed not in self.scopes:
            return self._missing(needed)
        return _error("not_in_channel") if _is_listed(name, self.not_member) else None

    def _missing(self, scope: str) -> Reply:
        fields = {"ok": False, "error": "missing_scope", "needed": scope, "provided": ",".join(self.scopes)}
        return Reply(fields=fields)

    def _channel(self, name: object) -> Channel | Reply:
        if not isinstance(name, str) or not name.strip("#") or _is_listed(name, self.unknown):
            return _error("channel_not_found")
        if _is_listed(name, self.archived):
            return _error("is_archived")
        return self._workspace.channel(name)


def as_webhook(reply: Reply) -> Reply:
    """Say it as a webhook does: `ok`, or the bare word with a status."""
    word = str(reply.fields.get("error", "ok"))
    word = "channel_is_archived" if word == "is_archived" else word
    status = 200 if word == "ok" else _STATUS_OF_WEBHOOK_ERROR.get(word, 400)
    return replace(reply, status=status, body=word.encode())


def too_fast(seconds: int) -> Reply:
    """Refuse until so many seconds have gone."""
    return Reply(429, {"ok": False, "error": "ratelimited"}, {"Retry-After": str(seconds)})


def _error(word: str) -> Reply:
    return Reply(fields={"ok": False, "error": word})


def _answer(found: Mapping[str, Any] | str) -> Reply:
    """Answer with fields, or with Slack's word for what is wrong."""
    return _error(found) if isinstance(found, str) else Reply(fields={"ok": True, **found})


def _done(channel: Channel, message: Message, seen: Mapping[str, Any]) -> Reply:
    said = {"type": "message", **slack_history.with_block_ids(seen, message.ts)}
    return Reply(fields={"ok": True, "channel": channel.id, "ts": message.ts, "message": said})


def _content(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """What of the arguments is the message itself."""
    addressing = ("channel", "ts", "thread_ts", "reply_broadcast")
    content = {name: value for name, value in arguments.items() if name not in addressing}
    if isinstance(content.get("text"), str):
        content["text"] = content["text"][:LONGEST_TEXT]
    return content


def _is_listed(name: object, channels: Collection[str]) -> bool:
    return channel_id(str(name)) in {channel_id(channel) for channel in channels}
