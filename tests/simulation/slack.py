"""Slack in this process: the stand-in's own methods, reached by what the real client sends, read by its parsing."""

import io
import json
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import requests
from requests.structures import CaseInsensitiveDict
from urllib3.connection import HTTPConnection
from urllib3.exceptions import MaxRetryError, NewConnectionError

from chalicelib.ledger import digests
from chalicelib.message.mark import Mark, MarkKind, finding_hash
from chalicelib.message.mark import read as mark_of
from statemachine.local.slack_methods import (
    DEFAULT_SCOPES,
    HISTORY_SCOPES,
    READING,
    Reply,
    SlackMethods,
    too_fast,
)
from statemachine.local.slack_workspace import Message
from tests.simulation.faults import chance
from tests.simulation.journal import SlackCall
from tests.simulation.story import BOTS, ESCALATED, update_seen

if TYPE_CHECKING:
    from tests.simulation.world import World

_GIVES_UP = 10.0
"""Seconds after which our client does not wait for an answer any more (``chalicelib.slack.api.TIMEOUT``)."""
_REMINDING = ("reminder", "pool")
"""Kinds of messages that remind: of one finding, of many at once."""
_DIGESTS = (MarkKind.DIGEST, MarkKind.FOLDED)
_READS_PER_MINUTE = 50
"""Tier 3 of https://docs.slack.dev/apis/web-api/rate-limits."""


class Slack(SlackMethods):
    """The workspace, and the way of a request to it."""

    def __init__(self, world: "World", rate: float, burst: int) -> None:
        super().__init__(rate=rate, burst=burst, reads_per_minute=_READS_PER_MINUTE, bots=BOTS)
        self.scopes = tuple(
            each for each in DEFAULT_SCOPES if world.story.reads_reactions or each != "reactions:read"
        )
        if world.story.history:
            self.scopes = (*self.scopes, *HISTORY_SCOPES)
        self._world = world
        self._keys = {finding_hash(each): each for each in world.findings}
        """The keys of findings and digests, as marks name them."""

    def know(self, key: str) -> None:
        """Know a digest's key, as its messages have it in their marks."""
        self._keys[finding_hash(key)] = key

    def delete(self, finding: str) -> bool:
        """Delete the newest message of a finding, as people do; say whether there was one."""
        for _, message in self._of(finding)[-1:]:
            self._workspace.delete(message)
            return True
        return False

    def react_to(self, finding: str, name: str, user: str, *, given: bool) -> str:
        """React to the newest message of a finding, or take the reaction away; name the message by its ts."""
        for channel, message in self._of(finding)[-1:]:
            (self.react if given else self.unreact)(channel, message.ts, name, user)
            return message.ts
        return ""

    def standing(self, finding: str) -> list[Message]:
        """Give a finding's messages, as they are now."""
        return [message for _, message in self._of(finding)]

    def _of(self, finding: str) -> list[tuple[str, Message]]:
        return [
            (channel, message)
            for channel, messages in self._workspace.messages.items()
            for message in messages
            if _is_about(message, finding) and not message.thread_ts and _is_no_reminder(message)
        ]

    def exchange(self, request: requests.PreparedRequest) -> requests.Response:
        """Answer a request, unless something goes wrong on the way."""
        world = self._world
        method = str(request.url).rsplit("/", 1)[1]
        token = str(request.headers.get("Authorization", "")).removeprefix("Bearer ")
        arguments = _arguments(request, method)
        call = self._noted(method, arguments)
        kind = world.fault(f"slack:{method}", "slack")
        if kind == "death before":
            world.die()
        world.sleep(world.latency(0.03, 0.09))  # on its way to Slack
        if kind == "slow":
            world.sleep(world.latency(2.0, 8.0))
        if world.in_outage("silent"):
            kind = "vanished"
        if world.in_outage("mute") and method == "chat.postMessage":
            kind = "lost"
        if kind in ("lost", "late", "vanished"):
            self._unanswered(kind, call, method, token, arguments)
        reply = self._out_of_order(kind, call) or self._carry_out(call, method, token, arguments)
        call.status, call.error = reply.status, str(reply.fields.get("error", ""))
        call.closes = float(reply.headers.get("Retry-After", 0))
        if kind == "death after":
            world.die()
        world.sleep(world.latency(0.03, 0.2))
        call.answered = True
        return _response(reply)

    def _noted(self, method: str, arguments: Mapping[str, Any]) -> SlackCall:
        text = json.dumps(arguments, ensure_ascii=False)
        seen = re.search(r"([\d,]+) times(?: since|, last| by now)", text)
        mark = mark_of(arguments)
        about = self._about(mark, text)
        digest = digests.id_of_key(about) if mark and mark.kind in _DIGESTS else ""
        reminds = mark is not None and mark.kind in _REMINDING
        call = SlackCall(
            at=self._world.scheduler.elapsed,
            method=method,
            channel=str(arguments.get("channel", "")),
            invocation=self._world.invocation,
            finding="" if "GuardDuty lists" in text and not digest else about,
            update=update_seen(int(seen[1].replace(",", ""))) if seen and not digest else 0,
            reply="thread_ts" in arguments,
            suppressed="Suppressed since" in text,
            points="Posted twice" in text,
            repeated="ossibly repeated" in text,
            unlisted="suppression list could not be read" in text,
            reminder=mark.seen if mark and reminds else 0,
            opening=mark.update if mark and reminds else "",
            escalates=f"<!subteam^{ESCALATED}>" in text,
            digest=digest,
            counts=mark.seen if mark and digest else 0,
            at_least=bool(digest) and "at least" in text.lower(),
        )
        self._world.journal.slack.append(call)
        return call

    def _about(self, mark: Mark | None, text: str) -> str:
        """Name the finding, or the digest, that a call is about."""
        if mark is not None:
            return self._keys.get(mark.finding, "")
        named = (self._keys.get(each, each) for each in re.findall(r"[0-9a-f]{32}", text))
        return next((each for each in named if each in self._world.findings), "")

    def _unanswered(
        self, kind: str, call: SlackCall, method: str, token: str, arguments: Mapping[str, Any]
    ) -> None:
        world = self._world

        def carry_out() -> None:
            self._carry_out(call, method, token, arguments)

        if kind == "lost":
            carry_out()
        world.sleep(_GIVES_UP)
        if kind == "late":
            world.scheduler.spawn(carry_out, after=world.latency(0.5, 40.0))
        raise requests.exceptions.ReadTimeout("Read timed out.")

    def _out_of_order(self, kind: str, call: SlackCall) -> Reply | None:
        """Say what is answered in place of carrying it out."""
        world = self._world
        how = chance(world.story.seed, "how", call.at, call.finding)
        if kind == "throttled" or world.in_outage("429"):
            return too_fast(int(1 + how * 60))
        if world.in_outage("archived") and call.method not in READING:
            return Reply(fields={"ok": False, "error": "is_archived"})
        if kind == "unavailable" or world.in_outage("503"):
            if how < 0.2:
                reason = NewConnectionError(HTTPConnection("slack.com"), "refused")
                raise requests.exceptions.ConnectionError(MaxRetryError(None, "", reason))  # type: ignore[arg-type]
            return (
                Reply(status=503)
                if how < 0.6
                else Reply(fields={"ok": False, "error": "service_unavailable"})
            )
        return None

    def _carry_out(self, call: SlackCall, method: str, token: str, arguments: Mapping[str, Any]) -> Reply:
        reply = self._carried_out(method, token, arguments)
        call.ts = str(reply.fields.get("ts", "")) if reply.fields.get("ok") else ""
        return reply


def adapter(slack: Slack) -> Callable[..., Any]:
    """Make what stands for requests' HTTPAdapter."""

    class Adapter:
        def __init__(self, max_retries: int = 0) -> None:
            assert max_retries == 0

        def send(self, request: requests.PreparedRequest, **_: Any) -> requests.Response:
            return slack.exchange(request)

        def close(self) -> None:
            pass

    return Adapter


def _is_about(message: Message, finding: str) -> bool:
    """Whether it is a finding's, or a digest's by its key. A digest names findings, and is none of theirs."""
    if mark := mark_of(message.payload):
        return mark.finding == finding_hash(finding)
    return finding in json.dumps(message.payload)


def _is_no_reminder(message: Message) -> bool:
    mark = mark_of(message.payload)
    return mark is None or mark.kind not in _REMINDING


def _arguments(request: requests.PreparedRequest, method: str) -> dict[str, Any]:
    """Read a call's arguments: methods that only read want a form, the others get JSON."""
    kind, body = str(request.headers.get("Content-Type", "")), request.body or b""
    if kind.startswith("application/x-www-form-urlencoded"):
        return dict(parse_qsl(body.decode() if isinstance(body, bytes) else body, keep_blank_values=True))
    arguments: dict[str, Any] = json.loads(body or b"{}")
    return {} if method in READING else arguments


def _response(reply: Reply) -> requests.Response:
    response = requests.Response()
    response.status_code = reply.status
    response.headers = CaseInsensitiveDict(reply.headers)
    body = reply.body if reply.body is not None else json.dumps(reply.fields).encode()
    response.raw = io.BytesIO(body)
    return response
