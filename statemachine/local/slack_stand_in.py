"""A Slack of our own on loopback, which keeps accounts: for the local run, the tests and the measurements.

It speaks chat.postMessage, chat.update, blocks.validate, auth.test, conversations.info, conversations.history,
conversations.replies, reactions.get, usergroups.users.list, users.info and incoming webhooks as Slack does,
including what surprises: updates keep old blocks unless asked otherwise, know channels by id only and take 4,000
characters; a reply to a message that does not exist becomes a message of the channel; a channel's history has no
replies; of a reaction not every user is named. What Slack refuses, it refuses; what goes wrong on the way, a script
of `SlackFault`s says.
"""

import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self, Unpack
from urllib.parse import parse_qsl, urlsplit

from statemachine.local.loopback import Exchange, LoopbackServer
from statemachine.local.slack_faults import SlackFault, faulty, next_fault
from statemachine.local.slack_methods import READING, WEBHOOK, Reply, SlackMethods, Terms
from statemachine.local.slack_workspace import Message

__all__ = ["WEBHOOK", "Message", "SlackFault", "SlackRequest", "SlackStandIn"]


@dataclass(frozen=True)
class SlackRequest:
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


class SlackStandIn(SlackMethods):
    """The server and its accounts."""

    def __init__(self, *faults: SlackFault, **terms: Unpack[Terms]) -> None:
        super().__init__(**terms)
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._stopped.set()
        self._port = 0
        self._faults = list(faults)
        self._requests: list[SlackRequest] = []

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Listen; after `stop` on the same port again, with the accounts as they were."""
        self._server = LoopbackServer(self._respond, self._port)
        self._port = self._server.server_port
        self._stopped.clear()
        self._server.start()

    def stop(self) -> None:
        """Refuse connections; what hangs is let go."""
        self._stopped.set()
        self._server.stop()

    @property
    def url(self) -> str:
        """What SLACK_API_URL is to be."""
        return f"http://127.0.0.1:{self._port}/api"

    @property
    def webhook_url(self) -> str:
        """A webhook of `webhook_channel`."""
        return f"http://127.0.0.1:{self._port}/services/T00000000/B00000000/stand-in"

    @property
    def requests(self) -> list[SlackRequest]:
        """Every request so far, in the order of answering."""
        with self._lock:
            return list(self._requests)

    @property
    def messages(self) -> dict[str, list[Message]]:
        """Every message, by channel (`#name`, or the id where it was posted by id), in order of posting."""
        with self._lock:
            return self._workspace.messages

    def script(self, *faults: SlackFault) -> None:
        """Add faults behind those that are left; each request meets the first that is meant for it."""
        with self._lock:
            self._faults.extend(faults)

    def delete(self, message: Message) -> None:
        """Delete a message, as a person does in Slack."""
        with self._lock:
            self._workspace.delete(message)

    def react(self, channel: str, ts: str, name: str, user: str) -> None:
        """Let a user react to a message, as a person does in Slack."""
        with self._lock:
            super().react(channel, ts, name, user)

    def unreact(self, channel: str, ts: str, name: str, user: str) -> None:
        """Take a user's reaction away."""
        with self._lock:
            super().unreact(channel, ts, name, user)

    def reset(self) -> None:
        """Forget requests, messages and faults."""
        with self._lock:
            self._faults.clear()
            self._requests.clear()
            self._workspace.clear()
            self._reads.clear()

    def _respond(self, exchange: Exchange, body: bytes) -> None:
        address = urlsplit(exchange.path)
        method = WEBHOOK if address.path.startswith("/services/") else address.path.removeprefix("/api/")
        if self._stopped.is_set():
            exchange.reset()
        elif "/" in method:
            _send(exchange, Reply(404, body=b"not found"))
        else:
            kind = exchange.headers.get_content_type()
            arguments = {**_form(address.query), **_arguments(kind, body, method)}
            token = str(arguments.pop("token", ""))
            bearer = exchange.headers.get("Authorization", "").removeprefix("Bearer ")
            credential = address.path if method == WEBHOOK else bearer or token
            _send(exchange, self._answer(method, credential, arguments))

    def _answer(self, method: str, credential: str, arguments: dict[str, Any]) -> Reply:
        with self._lock:
            fault = next_fault(self._faults, method, arguments)
            if fault is None or fault.taken:
                reply = self._carried_out(method, credential, arguments)
            if fault is not None:
                reply = faulty(fault, method)
            self._requests.append(self._noted(method, arguments, reply))
        if reply.hang:
            self._stopped.wait(reply.hang)
        return reply

    def _noted(self, method: str, arguments: dict[str, Any], reply: Reply) -> SlackRequest:
        channel = self.webhook_channel if method == WEBHOOK else str(arguments.get("channel", ""))
        status = 0 if reply.reset else reply.status
        return SlackRequest(
            method, channel, arguments, status, str(reply.fields.get("error", "")), time.monotonic()
        )


def _send(exchange: Exchange, reply: Reply) -> None:
    if reply.reset:
        exchange.reset()
        return
    body = json.dumps(dict(reply.fields)).encode() if reply.body is None else reply.body
    kind = "application/json; charset=utf-8" if reply.body is None else "text/html"
    exchange.send(reply.status, {"Content-Type": kind, **reply.headers}, body)


def _arguments(kind: str, body: bytes, method: str) -> Mapping[str, Any]:
    """Read a call's arguments: a form, JSON (not by methods that only read), or a webhook's `payload`."""
    if kind == "application/x-www-form-urlencoded":
        form = _form(body.decode("utf-8", "replace"))
        return _object(form["payload"]) if method == WEBHOOK and "payload" in form else form
    return {} if method in READING else _object(body)


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
