"""Slack's door: a bot token posts through the Web API, a webhook's URL through the webhook.

What a token reads there: `chalicelib.slack.reading`.

What comes of a post is `Posted`, `Throttled` or `Gone`, or an exception whose text says to a person what to
correct. Neither token nor webhook URL is in any of them, nor in what an exception chains to.

https://docs.slack.dev/reference/methods/chat.postMessage,
https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
"""

import json
import math
import re
import ssl
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import urlencode

import requests
import urllib3.exceptions
from requests.adapters import HTTPAdapter

from chalicelib import logs
from chalicelib.errors import SlackUnanswered, SlackUnavailable
from chalicelib.slack.refusals import GONE, TOO_FAST, trouble
from chalicelib.slack.secret import Secret, Token, Webhook, api_base, read_secret

__all__ = [
    "Gone",
    "Payload",
    "Posted",
    "Throttled",
    "Token",
    "Webhook",
    "api_base",
    "post",
    "read_secret",
    "reply",
    "update",
]

logs.keep_secrets_out()

TIMEOUT = (3.05, 10.0)
"""Seconds to connect (just over TCP's first resend at 3 s), and to wait for Slack (mostly under 1 s).
A function's own timeout must be longer than two such posts, so that we and not Lambda say what happened."""
LONGEST_CALL = timedelta(seconds=sum(TIMEOUT))
LONGEST_ANSWER = 1_000_000
"""Bytes read of an answer. Slack echoes the message, which is far smaller."""
USUAL_WAIT = 5
"""Seconds to wait where Slack says "too fast" and not how long; with HTTP 429 it always says."""
LONGEST_WAIT = 3600
"""Seconds: no Retry-After makes a finding wait longer than this before Slack is asked again."""

JSON = "application/json; charset=utf-8"
FORM = "application/x-www-form-urlencoded"

Payload = Mapping[str, Any]


class Posted(NamedTuple):
    """Slack took the message."""

    channel: str
    """The channel's id as Slack said it, which `update` needs; with a webhook, the channel as given."""
    ts: str
    """The message's id in the channel; empty with a webhook."""
    payload: Payload = MappingProxyType({})
    """What it took: not always what was wanted, where it refused something."""


class Throttled(NamedTuple):
    """Slack took nothing and wants no more for this many seconds, 1 to 3600."""

    seconds: int


@dataclass(frozen=True)
class Gone:
    """The message that was to be updated or replied to can't be any more: post a new one."""


def post(secret: Secret, api_url: str, channel: str, payload: Payload) -> Posted | Throttled:
    """Post a message: `payload` holds text, blocks, attachments and the like, as for chat.postMessage.

    Raises SlackRejected (ChannelRefused, MessageRefused, TokenRefused), SlackUnavailable, SlackUnanswered.
    """
    if isinstance(secret, Webhook):
        return outcome(_webhook(secret, payload), channel)
    return outcome(_call(secret, api_url, "chat.postMessage", {**payload, "channel": channel}), channel)


def update(
    secret: Secret, api_url: str, channel: str, payload: Payload, *, ts: str
) -> Posted | Throttled | Gone:
    """Replace the message `ts`; `channel` is the id from `Posted`, as chat.update knows no names.

    Slack keeps the old blocks and attachments unless asked otherwise: those that `payload` lacks are emptied.
    Its text may have 4,000 characters, a tenth of what `post` may. Raises as `post` does.
    """
    # parse: chat.update would otherwise make links of bare domains, unlike chat.postMessage.
    body = {"parse": "none", "blocks": [], "attachments": [], **payload, "channel": channel, "ts": ts}
    answer = _call(_token(secret), api_url, "chat.update", body)
    return Gone() if answer.error in GONE else outcome(answer, channel)


def reply(
    secret: Secret, api_url: str, channel: str, payload: Payload, *, ts: str, broadcast: bool = False
) -> Posted | Throttled | Gone:
    """Reply in the thread of message `ts`, with `broadcast` in the channel as well. Raises as `post` does.

    Where the message was deleted, Slack posts the reply as a message of the channel
    (https://github.com/slack-go/slack/issues/1571).
    """
    body = {**payload, "channel": channel, "thread_ts": ts, "reply_broadcast": broadcast}
    answer = _call(_token(secret), api_url, "chat.postMessage", body)
    return Gone() if answer.error in GONE else outcome(answer, channel)


class _Raw(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: bytes


class SlackAnswer(NamedTuple):
    """An answer as far as it can be read. `error` is Slack's word, empty where there is none."""

    ok: bool
    error: str
    status: int
    headers: Mapping[str, str]
    fields: Mapping[str, Any]


def _token(secret: Secret) -> Token:
    if isinstance(secret, Token):
        return secret
    raise SlackUnavailable("The Slack secret has just been changed to a webhook: the next try posts with it")


def outcome(answer: SlackAnswer, channel: str) -> Posted | Throttled:
    """Say what came of a call, or raise what Slack's refusal means."""
    if answer.ok:
        return Posted(_text(answer.fields.get("channel")) or channel, _text(answer.fields.get("ts")))
    if wait := throttled(answer):
        return wait
    raise trouble(answer.error, answer.status, channel=channel, needed=needed(answer))


def throttled(answer: SlackAnswer) -> Throttled | None:
    """Say for how long Slack wants no more, where that is the answer."""
    if answer.status == 429 or answer.error in TOO_FAST:
        return Throttled(_wait(answer.headers.get("Retry-After", "")))
    return None


def needed(answer: SlackAnswer) -> str:
    """Name the scope that Slack says is missing; an answer is not trusted with more."""
    return re.sub(r"[^a-z:.,_]", "", _text(answer.fields.get("needed")))[:80]


def _wait(header: str) -> int:
    """Read Retry-After: whole seconds, by https://docs.slack.dev/apis/web-api/rate-limits."""
    if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", header.strip()):
        return USUAL_WAIT
    return min(max(math.ceil(float(header)), 1), LONGEST_WAIT)


def _call(token: Token, api_url: str, method: str, arguments: Mapping[str, Any]) -> SlackAnswer:
    headers = {"Authorization": f"Bearer {token.value}", "Content-Type": JSON}
    return _api_answer(_exchange(f"{api_base(api_url)}/{method}", headers, json.dumps(arguments).encode()))


def ask(
    token: Token, api_url: str, method: str, arguments: Mapping[str, Any], longest: int = LONGEST_ANSWER
) -> SlackAnswer:
    """Call a method that only reads: such want a form (https://docs.slack.dev/apis/web-api/).

    An answer of more than ``longest`` bytes is cut off there, and then can't be read.
    """
    headers = {"Authorization": f"Bearer {token.value}", "Content-Type": FORM}
    url = f"{api_base(api_url)}/{method}"
    return _api_answer(_exchange(url, headers, urlencode(arguments).encode(), longest))


def _webhook(webhook: Webhook, payload: Payload) -> SlackAnswer:
    """Post to a webhook. It answers `ok` or the bare word of an error; some of Slack's answer in JSON."""
    raw = _exchange(webhook.url, {"Content-Type": JSON}, json.dumps(payload).encode())
    if raw.body.lstrip().startswith(b"{"):
        return _api_answer(raw)
    text = raw.body[:200].decode("utf-8", "replace").strip()
    ok = text == "ok" and raw.status == 200
    return SlackAnswer(ok, "" if ok else _word(text), raw.status, raw.headers, {})


def _api_answer(raw: _Raw) -> SlackAnswer:
    fields = _object(raw.body)
    ok = fields.get("ok") is True and 200 <= raw.status < 300
    error = _word(fields.get("error")) or ("unknown_error" if fields.get("ok") is False else "")
    return SlackAnswer(ok, "" if ok else error, raw.status, raw.headers, fields)


def _object(body: bytes) -> dict[str, Any]:
    try:
        read = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return read if isinstance(read, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _word(value: object) -> str:
    """Return Slack's word for an error, or nothing: an answer is not trusted with more."""
    text = _text(value)
    return text if re.fullmatch(r"[a-z0-9_]{1,80}", text) else ""


def _exchange(url: str, headers: Mapping[str, str], body: bytes, longest: int = LONGEST_ANSWER) -> _Raw:
    came = _attempt(url, headers, body, longest)
    if isinstance(came, Exception):
        raise came  # not inside the except block: ours would hold on to requests' error, which has the URL
    return came


def _attempt(
    url: str, headers: Mapping[str, str], body: bytes, longest: int
) -> _Raw | SlackUnavailable | SlackUnanswered:
    """Send it once.

    The bare adapter knows no redirects, proxies, netrc or cookies. No connection is kept for the next call:
    one that Slack closed while the container was frozen looks like one that broke after sending.
    """
    request = requests.Request("POST", url, {**headers, "Accept-Encoding": "identity"}, data=body).prepare()
    try:
        with (
            closing(HTTPAdapter(max_retries=0)) as adapter,
            adapter.send(request, stream=True, timeout=TIMEOUT) as response,
        ):
            return _Raw(response.status_code, response.headers, _body(response, longest))
    except (OSError, urllib3.exceptions.HTTPError) as failure:
        return _no_answer(failure)


def _body(response: requests.Response, longest: int) -> bytes:
    body = bytearray()
    for chunk in response.iter_content(8192):
        body += chunk
        if len(body) > longest:
            break
    return bytes(body)


def _no_answer(failure: Exception) -> SlackUnavailable | SlackUnanswered:
    name = type(failure).__name__
    if _never_connected(failure):
        return SlackUnavailable(f"No connection to Slack ({name}): the message was not sent")
    return SlackUnanswered(f"The connection to Slack broke ({name}): it may have taken the message")


def _never_connected(failure: Exception) -> bool:
    """Whether nothing can have been sent: no address, refused, too slow to connect, bad certificate."""
    reason = getattr(failure.args[0] if failure.args else None, "reason", None)
    if isinstance(reason, urllib3.exceptions.NewConnectionError | urllib3.exceptions.ConnectTimeoutError):
        return True
    cause = reason.args[0] if isinstance(reason, urllib3.exceptions.SSLError) and reason.args else None
    return isinstance(cause, ssl.SSLCertVerificationError)
