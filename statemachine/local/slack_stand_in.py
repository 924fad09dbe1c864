"""A Slack of our own on loopback, which keeps accounts: for the local run, the tests and the measurements.

It speaks chat.postMessage, chat.update, auth.test, conversations.info and incoming webhooks as Slack does,
including what surprises: updates keep old blocks unless told otherwise, know channels by id only and take
4,000 characters; a reply to a message that does not exist becomes a message of the channel. What Slack
refuses, it refuses; what goes wrong on the way, a script of `Fault`s says.
"""

import json
import math
import re
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from statemachine.local.slack_content import content_error

WEBHOOK = "webhook"
"""The name under which `Request.method` and `Fault.method` know a post to an incoming webhook."""

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
class Fault:
    """What goes wrong instead of a usual answer, `times` times; at most one of reset, hang and an answer."""

    status: int = 200
    error: str = ""
    """Slack's word: `{"ok": false, "error": …}`, or bare from a webhook."""
    headers: Mapping[str, str] = field(default_factory=dict)
    retry_after: int | None = None
    """Seconds: HTTP 429 with this header."""
    body: bytes | None = None
    """An answer that is not Slack's own."""
    reset: bool = False
    """The connection is reset in place of an answer."""
    hang: float = 0.0
    """Seconds of silence, after which the connection is reset."""
    taken: bool = False
    """Whether the request was carried out all the same."""
    times: int = 1
    method: str = ""
    """Only requests of this method (`chat.postMessage`, `webhook`, …); empty: every one."""
    when: Callable[[Mapping[str, Any]], bool] | None = None
    """Only requests whose body it accepts."""


@dataclass(frozen=True)
class Request:
    """One request that came, without its token."""

    method: str
    channel: str
    body: dict[str, Any]
    status: int
    """What it was answered with; 0 where the connection was reset."""
    error: str
    """Slack's word in the answer, or empty."""
    at: float
    """When, by `time.monotonic`."""


@dataclass(frozen=True)
class Message:
    """One message that people see."""

    ts: str
    payload: Mapping[str, Any]
    """As it was posted."""
    thread_ts: str = ""
    broadcast: bool = False
    updates: tuple[Mapping[str, Any], ...] = ()
    """What each chat.update said, in order."""

    @property
    def shown(self) -> dict[str, Any]:
        """What is to be seen now: an update keeps what it does not mention."""
        now = dict(self.payload)
        for update in self.updates:
            now |= update
        return now


@dataclass
class _Channel:
    key: str
    id: str
    messages: dict[str, Message] = field(default_factory=dict)
    allowance: float | None = None
    counted_at: float = 0.0


@dataclass(frozen=True)
class _Reply:
    status: int = 200
    fields: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    reset: bool = False
    hang: float = 0.0


class SlackStandIn:
    """The server and its accounts; what it was made with may be changed at any time.

    `tokens` and `webhooks` (paths) are those that it accepts; None accepts any bot token and any /services/….
    `unknown` and `archived` are channels, as `#name` or id; every other channel exists.
    `rate` messages a second, `burst` at once, are what it takes in one channel; None takes all.
    """

    def __init__(
        self,
        *faults: Fault,
        rate: float | None = None,
        burst: int = 1,
        tokens: Collection[str] | None = None,
        webhooks: Collection[str] | None = None,
        webhook_channel: str = "#webhook",
        unknown: Collection[str] = (),
        archived: Collection[str] = (),
    ) -> None:
        self.rate = rate
        self.burst = burst
        self.tokens = tokens
        self.webhooks = webhooks
        self.webhook_channel = webhook_channel
        self.unknown = unknown
        self.archived = archived
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._stopped.set()
        self._port = 0
        self._count = 0
        self._faults = list(faults)
        self._requests: list[Request] = []
        self._channels: dict[str, _Channel] = {}

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Listen; after `stop` on the same port again, with the accounts as they were."""
        self._server = _Server(("127.0.0.1", self._port), self)
        self._port = self._server.server_port
        self._stopped.clear()
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        """Refuse connections; what hangs is let go."""
        self._stopped.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        """What SLACK_API_URL is to be."""
        return f"http://127.0.0.1:{self._port}/api"

    @property
    def webhook_url(self) -> str:
        """A webhook of `webhook_channel`."""
        return f"http://127.0.0.1:{self._port}/services/T00000000/B00000000/stand-in"

    @property
    def requests(self) -> list[Request]:
        """Every request so far, in the order of answering."""
        with self._lock:
            return list(self._requests)

    @property
    def messages(self) -> dict[str, list[Message]]:
        """Every message, by channel (`#name`, or the id where it was posted by id), in order of posting."""
        with self._lock:
            return {
                channel.key: list(channel.messages.values())
                for channel in self._channels.values()
                if channel.messages
            }

    def script(self, *faults: Fault) -> None:
        """Add faults behind those that are left; each request meets the first that is meant for it."""
        with self._lock:
            self._faults.extend(faults)

    def delete(self, message: Message) -> None:
        """Delete a message, as a person does in Slack."""
        with self._lock:
            for channel in self._channels.values():
                channel.messages.pop(message.ts, None)

    def delete_messages(self, channel: str) -> None:
        """Delete a channel's messages, as people do."""
        with self._lock:
            for kept in self._channels.values():
                if kept.key == channel:
                    kept.messages.clear()

    def reset(self) -> None:
        """Forget requests, messages and faults."""
        with self._lock:
            self._faults.clear()
            self._requests.clear()
            self._channels.clear()

    def _answer(self, method: str, credential: str, arguments: dict[str, Any]) -> _Reply:
        with self._lock:
            fault = self._next_fault(method, arguments)
            if fault is None or fault.taken:
                reply = self._carried_out(method, credential, arguments)
            if fault is not None:
                reply = _faulty(fault, method)
            self._requests.append(self._noted(method, arguments, reply))
        if reply.hang:
            self._stopped.wait(reply.hang)
        return reply

    def _next_fault(self, method: str, arguments: Mapping[str, Any]) -> Fault | None:
        for place, fault in enumerate(self._faults):
            if fault.method in ("", method) and (fault.when is None or fault.when(arguments)):
                left = replace(fault, times=fault.times - 1)
                self._faults[place : place + 1] = [left] if left.times > 0 else []
                return fault
        return None

    def _noted(self, method: str, arguments: dict[str, Any], reply: _Reply) -> Request:
        channel = self.webhook_channel if method == WEBHOOK else str(arguments.get("channel", ""))
        status = 0 if reply.reset else reply.status
        return Request(
            method, channel, arguments, status, str(reply.fields.get("error", "")), time.monotonic()
        )

    def _carried_out(self, method: str, credential: str, arguments: Mapping[str, Any]) -> _Reply:
        if method == WEBHOOK:
            return _as_webhook(self._webhook(credential, arguments))
        carry_out = {
            "chat.postMessage": self._post_message,
            "chat.update": self._update,
            "auth.test": self._auth_test,
            "conversations.info": self._conversation,
        }.get(method)
        if carry_out is None:
            return _error("unknown_method")
        return self._unauthorised(credential) or carry_out(arguments)

    def _unauthorised(self, token: str) -> _Reply | None:
        if not token:
            return _error("not_authed")
        known = token in self.tokens if self.tokens is not None else token.startswith(("xoxb-", "xoxe.xoxb-"))
        return None if known else _error("invalid_auth")

    def _webhook(self, path: str, arguments: Mapping[str, Any]) -> _Reply:
        if self.webhooks is not None and path not in self.webhooks:
            return _error("no_service")
        if "text" not in arguments and not arguments.get("attachments") and not arguments.get("blocks"):
            return _error("invalid_payload" if not arguments else "no_text")
        return self._post_message({**arguments, "channel": self.webhook_channel})

    def _post_message(self, arguments: Mapping[str, Any]) -> _Reply:
        channel = self._channel(arguments.get("channel"))
        if isinstance(channel, _Reply):
            return channel
        seconds = self._seconds_to_wait(channel)
        if seconds:
            return _Reply(429, {"ok": False, "error": "ratelimited"}, {"Retry-After": str(seconds)})
        thread = arguments.get("thread_ts") or ""
        if thread and not re.fullmatch(r"\d{10}\.\d{6}", str(thread)):
            return _error("invalid_thread_ts")
        wrong = content_error(arguments)
        return _error(wrong) if wrong else self._posted(channel, arguments, str(thread))

    def _posted(self, channel: _Channel, arguments: Mapping[str, Any], thread: str) -> _Reply:
        self._count += 1
        ts = f"{int(time.time())}.{self._count:06d}"
        parent = channel.messages.get(thread)
        thread = (
            (parent.thread_ts or parent.ts) if parent else ""
        )  # no parent: Slack silently leaves the thread
        broadcast = bool(thread) and arguments.get("reply_broadcast") in (True, 1, "true", "1")
        payload = _content(arguments)
        channel.messages[ts] = Message(ts, payload, thread, broadcast)
        seen = {"type": "message", "ts": ts, **payload, **({"thread_ts": thread} if thread else {})}
        return _Reply(fields={"ok": True, "channel": channel.id, "ts": ts, "message": seen})

    def _update(self, arguments: Mapping[str, Any]) -> _Reply:
        if not _is_id(arguments.get("channel")):
            return _error("channel_not_found")
        channel = self._channel(arguments["channel"])
        if isinstance(channel, _Reply):
            return channel
        message = channel.messages.get(str(arguments.get("ts")))
        if message is None:
            return _error("message_not_found")
        wrong = content_error(arguments)
        if not wrong and len(str(arguments.get("text", ""))) > LONGEST_UPDATE:
            wrong = "msg_too_long"
        return _error(wrong) if wrong else self._updated(channel, message, arguments)

    def _updated(self, channel: _Channel, message: Message, arguments: Mapping[str, Any]) -> _Reply:
        message = replace(message, updates=(*message.updates, _content(arguments)))
        channel.messages[message.ts] = message
        seen = {"type": "message", **message.shown}
        return _Reply(fields={"ok": True, "channel": channel.id, "ts": message.ts, "message": seen})

    def _auth_test(self, _: Mapping[str, Any]) -> _Reply:
        who = {
            "team": "Stand-in",
            "user": "guardduty-notifier",
            "team_id": "T00000000",
            "user_id": "U00000000",
        }
        return _Reply(
            fields={"ok": True, "url": "https://stand-in.example.com/", **who, "bot_id": "B00000000"},
            headers={"x-oauth-scopes": "chat:write,chat:write.public,channels:read"},
        )

    def _conversation(self, arguments: Mapping[str, Any]) -> _Reply:
        name = arguments.get("channel")
        if not _is_id(name) or self._is_listed(name, self.unknown):
            return _error("channel_not_found")
        known = self._channels.get(str(name))
        about = {
            "id": name,
            "name": known.key.lstrip("#") if known else str(name).lower(),
            "is_channel": True,
            "is_member": True,
            "is_archived": self._is_listed(name, self.archived),
        }
        return _Reply(fields={"ok": True, "channel": about})

    def _channel(self, name: object) -> _Channel | _Reply:
        if not isinstance(name, str) or not name.strip("#") or self._is_listed(name, self.unknown):
            return _error("channel_not_found")
        if self._is_listed(name, self.archived):
            return _error("is_archived")
        key = name if _is_id(name) else "#" + name.lstrip("#")
        channel_id = _channel_id(name)
        return self._channels.setdefault(channel_id, _Channel(key, channel_id))

    @staticmethod
    def _is_listed(name: object, channels: Collection[str]) -> bool:
        return _channel_id(str(name)) in {_channel_id(channel) for channel in channels}

    def _seconds_to_wait(self, channel: _Channel) -> int:
        """Take one from the channel's allowance (a token bucket), or say how long until there is one."""
        if self.rate is None:
            return 0
        now = time.monotonic()
        had = self.burst if channel.allowance is None else channel.allowance
        allowance = min(self.burst, had + (now - channel.counted_at) * self.rate)
        channel.counted_at = now
        channel.allowance = allowance - 1 if allowance >= 1 else allowance
        return 0 if allowance >= 1 else max(1, math.ceil((1 - allowance) / self.rate))


def _content(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """What of the arguments is the message itself."""
    addressing = ("channel", "ts", "thread_ts", "reply_broadcast")
    content = {name: value for name, value in arguments.items() if name not in addressing}
    if isinstance(content.get("text"), str):
        content["text"] = content["text"][:LONGEST_TEXT]
    return content


def _is_id(name: object) -> bool:
    return isinstance(name, str) and re.fullmatch(r"[CDG][A-Z0-9]{8,}", name) is not None


def _channel_id(name: str) -> str:
    return name if _is_id(name) else "C" + sha256(name.lstrip("#").encode()).hexdigest()[:10].upper()


def _error(word: str) -> _Reply:
    return _Reply(fields={"ok": False, "error": word})


def _as_webhook(reply: _Reply) -> _Reply:
    """Say it as a webhook does: `ok`, or the bare word with a status."""
    word = str(reply.fields.get("error", "ok"))
    word = "channel_is_archived" if word == "is_archived" else word
    status = 200 if word == "ok" else _STATUS_OF_WEBHOOK_ERROR.get(word, 400)
    return replace(reply, status=status, body=word.encode())


def _faulty(fault: Fault, method: str) -> _Reply:
    if fault.reset or fault.hang:
        return _Reply(reset=True, hang=fault.hang)
    if fault.retry_after is not None:
        fields, headers = {"ok": False, "error": "ratelimited"}, {"Retry-After": str(fault.retry_after)}
        reply = _Reply(429, fields, headers)
    else:
        fields = {"ok": False, "error": fault.error} if fault.error else {}
        body = fault.body if fault.body is not None or fault.error else b""
        reply = _Reply(fault.status, fields, fault.headers, body)
    if method == WEBHOOK and reply.fields:
        said = _as_webhook(reply)
        return said if reply.status == 200 else replace(said, status=reply.status)
    return reply


class _Server(ThreadingHTTPServer):
    """Takes a storm of connections at once, and does not wait for those that hang."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 1024

    def __init__(self, address: tuple[str, int], stand_in: SlackStandIn) -> None:
        super().__init__(address, _Handler)
        self.stand_in = stand_in

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print what is wrong with the stand-in; a client that left is nothing of the kind."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    def server_bind(self) -> None:
        """Bind without asking DNS for our name, as HTTPServer would: that can take seconds offline."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]


class _Handler(BaseHTTPRequestHandler):
    """HTTP in, HTTP out."""

    server: _Server
    protocol_version = "HTTP/1.1"
    timeout = 60

    def do_POST(self) -> None:
        """Answer a call with a form or JSON."""
        length = self.headers.get("Content-Length", "0")
        self._answer(self.rfile.read(int(length)) if length.isdigit() else b"")

    def do_GET(self) -> None:
        """Answer a call with a query."""
        self._answer(b"")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Print nothing."""

    def _answer(self, body: bytes) -> None:
        address = urlsplit(self.path)
        method = WEBHOOK if address.path.startswith("/services/") else address.path.removeprefix("/api/")
        if self.server.stand_in._stopped.is_set():
            self._reset()
        elif "/" in method:
            self._send(_Reply(404, body=b"not found"))
        else:
            arguments = {**_form(address.query), **_arguments(self.headers.get_content_type(), body, method)}
            token = str(arguments.pop("token", ""))
            bearer = self.headers.get("Authorization", "").removeprefix("Bearer ")
            credential = address.path if method == WEBHOOK else bearer or token
            self._send(self.server.stand_in._answer(method, credential, arguments))

    def _send(self, reply: _Reply) -> None:
        if reply.reset:
            self._reset()
            return
        body = json.dumps(dict(reply.fields)).encode() if reply.body is None else reply.body
        kind = "application/json; charset=utf-8" if reply.body is None else "text/html"
        headers = {"Content-Type": kind, "Content-Length": str(len(body)), **reply.headers}
        head = f"HTTP/1.1 {reply.status} Stand-in\r\n" + "".join(f"{k}: {v}\r\n" for k, v in headers.items())
        with suppress(OSError):  # a client that has gone
            self.wfile.write(head.encode("latin-1") + b"\r\n" + body)

    def _reset(self) -> None:
        """Close at once with a TCP reset: lingering for no time at all."""
        self.close_connection = True
        with suppress(OSError):
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.rfile.close()
        self.connection.close()


def _arguments(kind: str, body: bytes, method: str) -> dict[str, Any]:
    """Read a call's arguments: a form, JSON (not by methods that only read), or a webhook's `payload`."""
    if kind == "application/x-www-form-urlencoded":
        form = _form(body.decode("utf-8", "replace"))
        return _object(form["payload"]) if method == WEBHOOK and "payload" in form else form
    return {} if method == "conversations.info" else _object(body)


def _form(text: str) -> dict[str, Any]:
    form: dict[str, Any] = dict(parse_qsl(text, keep_blank_values=True))
    for name in ("blocks", "attachments", "metadata"):
        if name in form:
            form[name] = _json(form[name])
    return form


def _object(text: str | bytes) -> dict[str, Any]:
    read = _json(text)
    return read if isinstance(read, dict) else {}


def _json(text: str | bytes) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None
