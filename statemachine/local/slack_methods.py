"""What the Slack stand-in answers to chat.postMessage, chat.update, auth.test, conversations.info and webhooks.

It knows no server and nothing of what goes wrong on the way: arguments in, Slack's answer out.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypedDict, Unpack

from statemachine.local.slack_content import content_error
from statemachine.local.slack_workspace import Channel, Message, Workspace, channel_id, is_id

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


class Terms(TypedDict, total=False):
    """What Slack takes and what it does not.

    `tokens` and `webhooks` (paths) are those that it accepts; None accepts any bot token and any /services/….
    `unknown` and `archived` are channels, as `#name` or id; every other channel exists.
    `rate` messages a second, `burst` at once, are what it takes in one channel; None takes all.
    """

    rate: float | None
    burst: int
    tokens: Collection[str] | None
    webhooks: Collection[str] | None
    webhook_channel: str
    unknown: Collection[str]
    archived: Collection[str]


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
        self._workspace = Workspace()

    def _carried_out(self, method: str, credential: str, arguments: Mapping[str, Any]) -> Reply:
        if method == WEBHOOK:
            return as_webhook(self._webhook(credential, arguments))
        carry_out = {
            "chat.postMessage": self._post_message,
            "chat.update": self._update,
            "auth.test": self._auth_test,
            "conversations.info": self._conversation,
        }.get(method)
        if carry_out is None:
            return _error("unknown_method")
        return self._unauthorised(credential) or carry_out(arguments)

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
        seconds = channel.seconds_to_wait(self.rate, self.burst) if self.rate is not None else 0
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
            "user_id": "U00000000",
        }
        return Reply(
            fields={"ok": True, "url": "https://stand-in.example.com/", **who, "bot_id": "B00000000"},
            headers={"x-oauth-scopes": "chat:write,chat:write.public,channels:read"},
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
            "is_member": True,
            "is_archived": _is_listed(name, self.archived),
        }
        return Reply(fields={"ok": True, "channel": about})

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


def _done(channel: Channel, message: Message, seen: Mapping[str, Any]) -> Reply:
    said = {"type": "message", **seen}
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
