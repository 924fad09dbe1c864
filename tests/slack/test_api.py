"""Posting, over real HTTP to a stand-in of Slack on loopback."""

import datetime
import ipaddress
import socket
import ssl
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from chalicelib.errors import InvalidSettings, SlackRejected, SlackUnanswered, SlackUnavailable
from chalicelib.slack import api
from chalicelib.slack.api import Gone, Posted, Throttled, Token, Webhook
from chalicelib.slack.refusals import ChannelRefused, MessageRefused, TokenRefused
from statemachine.local.slack_stand_in import WEBHOOK, SlackFault, SlackStandIn
from tests.machine import wait_until

TOKEN = Token("xoxb-verysecret-token")
PATH = "/services/T000/B000/verysecretpath"
PAYLOAD = {"text": "Port scan", "blocks": [{"type": "divider"}]}


@pytest.fixture
def stand_in() -> Iterator[SlackStandIn]:
    with SlackStandIn(tokens={TOKEN.value}, webhooks={PATH}) as server:
        yield server


def secret_of(kind: str, stand_in: SlackStandIn) -> Token | Webhook:
    return TOKEN if kind == "token" else Webhook(stand_in.url.removesuffix("/api") + PATH)


def post(stand_in: SlackStandIn, kind: str = "token") -> Posted | Throttled:
    return api.post(secret_of(kind, stand_in), stand_in.url, "#security", PAYLOAD)


def posted(stand_in: SlackStandIn) -> Posted:
    outcome = post(stand_in)
    assert isinstance(outcome, Posted)
    return outcome


# --- What arrives


def test_a_token_posts_a_message(stand_in: SlackStandIn) -> None:
    outcome = posted(stand_in)
    [message] = stand_in.messages["#security"]
    assert (message.ts, message.payload) == (outcome.ts, PAYLOAD)
    assert outcome.channel.startswith("C")
    [request] = stand_in.requests
    assert (request.method, request.body) == ("chat.postMessage", {**PAYLOAD, "channel": "#security"})


def test_a_webhook_posts_a_message(stand_in: SlackStandIn) -> None:
    assert post(stand_in, "webhook") == Posted("#security", "")
    [message] = stand_in.messages["#webhook"]
    assert message.payload == PAYLOAD
    assert stand_in.requests[0].body == PAYLOAD


def test_a_real_webhook_is_posted_to_loopback_in_a_local_run(stand_in: SlackStandIn) -> None:
    secret = api.read_secret(f"https://hooks.slack.com{PATH}", stand_in.url)
    assert api.post(secret, stand_in.url, "#security", PAYLOAD) == Posted("#security", "")


def test_any_text_arrives_as_it_is(stand_in: SlackStandIn) -> None:
    text = 'Grüße 日本語 🔥 \\ " \u2028 </x> \x00'
    api.post(TOKEN, stand_in.url, "#security", {"text": text})
    assert stand_in.messages["#security"][0].payload["text"] == text


def test_half_a_surrogate_does_not_fail_a_post(stand_in: SlackStandIn) -> None:
    assert isinstance(api.post(TOKEN, stand_in.url, "#security", {"text": "\ud83d"}), Posted)


def test_the_request_as_slack_wants_it() -> None:
    with recording(b'{"ok": true, "channel": "C012345678", "ts": "1.2"}') as (url, seen):
        assert api.post(TOKEN, url, "#security", {"text": "x"}) == Posted("C012345678", "1.2")
    assert seen == {
        "path": "/chat.postMessage",
        "Authorization": "Bearer xoxb-verysecret-token",
        "Content-Type": "application/json; charset=utf-8",
        "Cookie": None,
        "body": b'{"text": "x", "channel": "#security"}',
    }


@contextmanager
def recording(answer: bytes) -> Iterator[tuple[str, dict[str, Any]]]:
    """Serve one request with an answer, and write down what it was."""
    seen: dict[str, Any] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            seen["path"] = self.path
            for name in ("Authorization", "Content-Type", "Cookie"):
                seen[name] = self.headers.get(name)
            seen["body"] = self.rfile.read(int(self.headers["Content-Length"]))
            self.wfile.write(b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nConnection: close\r\n\r\n" + answer)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", seen
        thread.join(5)


@pytest.mark.parametrize("kind", ["token", "webhook"])
def test_the_environment_has_no_say(
    kind: str, stand_in: SlackStandIn, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert isinstance(post(stand_in, kind), Posted)


# --- What goes wrong on the way

FAULTS = [
    pytest.param(SlackFault(status=500), SlackUnavailable, id="500"),
    pytest.param(SlackFault(status=502, body=b"<html>bad gateway</html>"), SlackUnavailable, id="502"),
    pytest.param(SlackFault(status=503), SlackUnavailable, id="503"),
    pytest.param(SlackFault(status=504, taken=True), SlackUnanswered, id="504"),
    pytest.param(SlackFault(error="service_unavailable"), SlackUnavailable, id="service-unavailable"),
    pytest.param(
        SlackFault(error="service_unavailable", status=503), SlackUnavailable, id="service-unavailable-503"
    ),
    pytest.param(SlackFault(error="request_timeout"), SlackUnavailable, id="request-timeout"),
    pytest.param(SlackFault(error="internal_error"), SlackUnanswered, id="internal-error"),
    pytest.param(SlackFault(error="internal_error", status=500), SlackUnanswered, id="internal-error-500"),
    pytest.param(SlackFault(error="fatal_error", taken=True), SlackUnanswered, id="fatal-error"),
    pytest.param(SlackFault(reset=True), SlackUnanswered, id="reset-before-taking"),
    pytest.param(SlackFault(reset=True, taken=True), SlackUnanswered, id="reset-after-taking"),
    pytest.param(SlackFault(body=b"<html>", taken=True), SlackUnanswered, id="garbage"),
    pytest.param(SlackFault(body=b"", taken=True), SlackUnanswered, id="empty"),
    pytest.param(SlackFault(body=b"\xff\xfe\x00", taken=True), SlackUnanswered, id="binary"),
    pytest.param(SlackFault(body=b"[" * 100_000), SlackUnanswered, id="deep"),
    pytest.param(SlackFault(body=b"[1]"), SlackUnanswered, id="list"),
    pytest.param(SlackFault(body=b'{"a": 1}'), SlackUnanswered, id="object-without-ok"),
    pytest.param(
        SlackFault(body=b'{"ok": true, "x": "%s"}' % (b"x" * 3_000_000), taken=True),
        SlackUnanswered,
        id="longer-than-read",
    ),
    pytest.param(
        SlackFault(status=302, headers={"Location": "http://["}), SlackRejected, id="redirect-nowhere"
    ),
    pytest.param(SlackFault(error="channel_not_found"), ChannelRefused, id="channel-not-found"),
    pytest.param(SlackFault(error="invalid_blocks"), MessageRefused, id="message"),
    pytest.param(SlackFault(error="msg_blocks_too_long"), MessageRefused, id="message-too-long"),
    pytest.param(SlackFault(error="token_revoked"), TokenRefused, id="token"),
    pytest.param(SlackFault(error="no_service", status=404), TokenRefused, id="no-service"),
    pytest.param(SlackFault(status=403), TokenRefused, id="403"),
    pytest.param(SlackFault(error="Robert'); <!channel>"), SlackRejected, id="hostile-word"),
    pytest.param(SlackFault(body=b'{"ok": false}'), SlackRejected, id="refused-without-a-word"),
    pytest.param(SlackFault(body=b'{"ok": false, "error": ["x"]}'), SlackRejected, id="refused-with-a-list"),
]


@pytest.mark.parametrize("kind", ["token", "webhook"])
@pytest.mark.parametrize(("fault", "error"), FAULTS)
def test_each_fault_has_its_error_and_no_secret(
    kind: str, fault: SlackFault, error: type[Exception], stand_in: SlackStandIn
) -> None:
    if kind == "webhook" and fault.error == "Robert'); <!channel>":
        error = MessageRefused  # a bare word that can't be read, with HTTP 400
    stand_in.script(fault)
    with pytest.raises(error) as caught:
        post(stand_in, kind)
    assert type(caught.value) is error
    assert_no_secret(caught.value)
    assert len(stand_in.requests) == 1
    assert len(stand_in.messages) == fault.taken


def assert_no_secret(error: BaseException) -> None:
    assert error.__cause__ is None
    assert error.__context__ is None
    printed = "".join(traceback.format_exception(error)) + repr(error) + repr(vars(error))
    assert "verysecret" not in printed
    assert "<!channel>" not in printed


@pytest.mark.parametrize("kind", ["token", "webhook"])
def test_a_slow_answer_is_unanswered(
    kind: str, stand_in: SlackStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "TIMEOUT", (1.0, 0.2))
    stand_in.script(SlackFault(hang=30, taken=True))
    with pytest.raises(SlackUnanswered, match="ReadTimeout") as caught:
        post(stand_in, kind)
    assert_no_secret(caught.value)


@pytest.mark.parametrize("kind", ["token", "webhook"])
def test_an_answer_that_is_cut_short_is_unanswered(
    kind: str, stand_in: SlackStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "TIMEOUT", (1.0, 0.2))
    stand_in.script(SlackFault(body=b"x", headers={"Content-Length": "5"}))
    with pytest.raises(SlackUnanswered) as caught:
        post(stand_in, kind)
    wait_until(lambda: stand_in.requests)
    assert len(stand_in.requests) == 1
    assert_no_secret(caught.value)


@pytest.mark.parametrize("kind", ["token", "webhook"])
def test_a_refused_connection_is_unavailable(kind: str, stand_in: SlackStandIn) -> None:
    stand_in.stop()
    with pytest.raises(SlackUnavailable, match="the message was not sent") as caught:
        post(stand_in, kind)
    assert_no_secret(caught.value)
    stand_in.start()
    assert isinstance(post(stand_in, kind), Posted)


def test_a_connection_that_does_not_come_about_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "TIMEOUT", (0.2, 1.0))
    with full_backlog() as port, pytest.raises(SlackUnavailable, match="ConnectTimeout") as caught:
        api.post(TOKEN, f"http://127.0.0.1:{port}", "#security", PAYLOAD)
    assert_no_secret(caught.value)


@contextmanager
def full_backlog() -> Iterator[int]:
    """Listen and never accept, with the queue filled: further connections get no answer."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
        yield port
        for one in waiting:
            one.close()


def test_a_certificate_of_nobody_is_unavailable(tmp_path: Path) -> None:
    with self_signed(tmp_path) as port, pytest.raises(SlackUnavailable, match="SSLError") as caught:
        api.post(TOKEN, f"https://127.0.0.1:{port}/api", "#security", PAYLOAD)
    assert_no_secret(caught.value)


@contextmanager
def self_signed(folder: Path) -> Iterator[int]:
    """Serve TLS with a certificate that nobody vouches for."""
    file = folder / "certificate.pem"
    file.write_bytes(certificate())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    server = HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.handle_request)
    thread.start()
    yield server.server_port
    thread.join(5)
    server.server_close()


def certificate() -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder(issuer_name=name, subject_name=name, public_key=key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    return private + made.public_bytes(serialization.Encoding.PEM)


def test_tls_to_a_port_without_it_is_unanswered(stand_in: SlackStandIn) -> None:
    with pytest.raises(SlackUnanswered, match="SSLError") as caught:
        api.post(TOKEN, stand_in.url.replace("http:", "https:"), "#security", PAYLOAD)
    assert_no_secret(caught.value)


@pytest.mark.parametrize("kind", ["token", "webhook"])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(kind: str, status: int, stand_in: SlackStandIn) -> None:
    with SlackStandIn() as elsewhere:
        stand_in.script(SlackFault(status=status, headers={"Location": f"{elsewhere.url}/chat.postMessage"}))
        with pytest.raises(SlackRejected, match=rf"HTTP {status}\. .*correct SLACK_API_URL"):
            post(stand_in, kind)
        assert elsewhere.requests == []


def test_an_address_of_somebody_else_is_refused_before_anything_is_sent() -> None:
    with pytest.raises(InvalidSettings):
        api.post(TOKEN, "https://evil.example.com/api", "#security", PAYLOAD)


# --- Too fast


@pytest.mark.parametrize("kind", ["token", "webhook"])
@pytest.mark.parametrize(
    ("fault", "seconds"),
    [
        pytest.param(SlackFault(retry_after=2), 2, id="429"),
        pytest.param(
            SlackFault(status=429, headers={"Retry-After": "7"}, body=b"slow down"), 7, id="429-in-words"
        ),
        pytest.param(SlackFault(status=429, headers={"retry-after": " 7 "}), 7, id="case-and-spaces"),
        pytest.param(SlackFault(status=429), api.USUAL_WAIT, id="no-header"),
        pytest.param(SlackFault(status=429, headers={"Retry-After": "soon"}), api.USUAL_WAIT, id="garbage"),
        pytest.param(SlackFault(status=429, headers={"Retry-After": "-1"}), api.USUAL_WAIT, id="negative"),
        pytest.param(
            SlackFault(status=429, headers={"Retry-After": "nan"}), api.USUAL_WAIT, id="not-a-number"
        ),
        pytest.param(SlackFault(status=429, headers={"Retry-After": "²"}), api.USUAL_WAIT, id="other-digits"),
        pytest.param(
            SlackFault(status=429, headers={"Retry-After": "9" * 400}), api.USUAL_WAIT, id="endless"
        ),
        pytest.param(SlackFault(retry_after=0), 1, id="zero"),
        pytest.param(SlackFault(status=429, headers={"Retry-After": "1.2"}), 2, id="fraction"),
        pytest.param(SlackFault(retry_after=3600), 3600, id="an-hour"),
        pytest.param(SlackFault(retry_after=3601), 3600, id="more-than-an-hour"),
        pytest.param(SlackFault(error="ratelimited"), api.USUAL_WAIT, id="word"),
        pytest.param(SlackFault(error="rate_limited", headers={"Retry-After": "3"}), 3, id="other-word"),
    ],
)
def test_too_fast(kind: str, fault: SlackFault, seconds: int, stand_in: SlackStandIn) -> None:
    stand_in.script(fault)
    assert post(stand_in, kind) == Throttled(seconds)
    assert stand_in.messages == {}


# --- Answers that say yes


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        pytest.param(b'{"ok": true}', Posted("#security", ""), id="bare"),
        pytest.param(b'{"ok": true, "channel": 1, "ts": 2.5}', Posted("#security", ""), id="wrong-types"),
        pytest.param(b'{"ok": true, "channel": "C1", "ts": "1.2"}', Posted("C1", "1.2"), id="whole"),
        pytest.param(b'{"ok": true, "warning": "missing_charset"}', Posted("#security", ""), id="warning"),
        pytest.param(b'{"ok": true, "error": "channel_not_found"}', Posted("#security", ""), id="yes-and-no"),
    ],
)
def test_yes_is_yes(body: bytes, outcome: Posted, stand_in: SlackStandIn) -> None:
    stand_in.script(SlackFault(body=body))
    assert post(stand_in) == outcome


@pytest.mark.parametrize("body", [b"ok", b"ok\n", b'{"ok": true}'], ids=["plain", "newline", "json"])
def test_a_webhook_says_ok(body: bytes, stand_in: SlackStandIn) -> None:
    stand_in.script(SlackFault(body=body))
    assert post(stand_in, "webhook") == Posted("#security", "")


@pytest.mark.parametrize("value", [b"1", b'"true"', b"null"])
def test_only_true_is_yes(value: bytes, stand_in: SlackStandIn) -> None:
    stand_in.script(SlackFault(body=b'{"ok": %s}' % value))
    with pytest.raises(SlackUnanswered):
        post(stand_in)


def test_the_web_api_says_more_than_ok(stand_in: SlackStandIn) -> None:
    stand_in.script(SlackFault(body=b"ok"))
    with pytest.raises(SlackUnanswered):
        post(stand_in)


def test_yes_with_an_error_status_is_not_yes(stand_in: SlackStandIn) -> None:
    stand_in.script(SlackFault(status=500, body=b'{"ok": true}'), SlackFault(status=500, body=b"ok"))
    with pytest.raises(SlackUnavailable):
        post(stand_in)
    with pytest.raises(SlackUnavailable):
        post(stand_in, "webhook")


# --- Slack's own refusals


def test_an_unknown_channel_says_what_to_do(stand_in: SlackStandIn) -> None:
    stand_in.unknown = {"#security"}
    with pytest.raises(SlackRejected) as caught:
        post(stand_in)
    assert str(caught.value) == (
        "Slack refused the post: channel_not_found. Invite the app to #security or correct SLACK_CHANNEL"
    )


def test_an_archived_channel_of_a_webhook_says_what_to_do(stand_in: SlackStandIn) -> None:
    stand_in.archived = {"#webhook"}
    with pytest.raises(SlackRejected, match=r"channel_is_archived\. Unarchive the webhook's channel"):
        post(stand_in, "webhook")


def test_another_token_is_refused(stand_in: SlackStandIn) -> None:
    stand_in.tokens, stand_in.webhooks = set(), set()
    with pytest.raises(TokenRefused, match="invalid_auth"):
        post(stand_in)
    with pytest.raises(TokenRefused, match="no_service"):
        post(stand_in, "webhook")


@pytest.mark.parametrize(
    ("needed", "scope"),
    [
        pytest.param(b'"chat:write.public"', "chat:write.public", id="said"),
        pytest.param(b'"<!channel>` *x*"', "channelx", id="hostile"),
        pytest.param(b"7", "chat:write", id="no-text"),
    ],
)
def test_the_missing_scope_is_named(needed: bytes, scope: str, stand_in: SlackStandIn) -> None:
    stand_in.script(SlackFault(body=b'{"ok": false, "error": "missing_scope", "needed": %s}' % needed))
    with pytest.raises(SlackRejected) as caught:
        post(stand_in)
    assert f"Give the app the scope {scope} and" in str(caught.value)


# --- Updates and replies


def test_an_update_replaces_the_message(stand_in: SlackStandIn) -> None:
    first = posted(stand_in)
    assert api.update(TOKEN, stand_in.url, first.channel, {"text": "new"}, ts=first.ts) == first
    [message] = stand_in.messages["#security"]
    assert message.shown == {"parse": "none", "text": "new", "blocks": [], "attachments": []}


def test_an_update_keeps_its_own_blocks(stand_in: SlackStandIn) -> None:
    first = posted(stand_in)
    payload = {"text": "new", "attachments": [{"color": "#ff0000", "blocks": [{"type": "divider"}]}]}
    api.update(TOKEN, stand_in.url, first.channel, payload, ts=first.ts)
    assert stand_in.messages["#security"][0].shown == {**payload, "parse": "none", "blocks": []}


def update(stand_in: SlackStandIn) -> Posted | Throttled | Gone:
    return api.update(TOKEN, stand_in.url, "C012345678", {"text": "x"}, ts="1700000000.000001")


def reply(stand_in: SlackStandIn) -> Posted | Throttled | Gone:
    return api.reply(TOKEN, stand_in.url, "C012345678", {"text": "x"}, ts="1700000000.000001")


@pytest.mark.parametrize("call", [update, reply])
@pytest.mark.parametrize(
    "word",
    [
        *("message_not_found", "cant_update_message", "edit_window_closed", "thread_not_found"),
        *("channel_not_found", "is_archived", "not_in_channel", "is_inactive"),
    ],
)
def test_what_can_not_be_reached_is_gone(
    call: Callable[[SlackStandIn], object], word: str, stand_in: SlackStandIn
) -> None:
    stand_in.script(SlackFault(error=word))
    assert call(stand_in) == Gone()


@pytest.mark.parametrize("call", [update, reply])
def test_updates_and_replies_fail_as_posts_do(
    call: Callable[[SlackStandIn], object], stand_in: SlackStandIn
) -> None:
    stand_in.script(
        SlackFault(retry_after=4),
        SlackFault(error="invalid_auth"),
        SlackFault(status=500),
        SlackFault(reset=True),
    )
    assert call(stand_in) == Throttled(4)
    for error in (TokenRefused, SlackUnavailable, SlackUnanswered):
        with pytest.raises(error) as caught:
            call(stand_in)
        assert_no_secret(caught.value)


def test_a_message_that_was_never_there_is_gone(stand_in: SlackStandIn) -> None:
    assert update(stand_in) == Gone()


@pytest.mark.parametrize("broadcast", [False, True])
def test_a_reply_is_in_the_thread(broadcast: bool, stand_in: SlackStandIn) -> None:
    first = posted(stand_in)
    reply = api.reply(TOKEN, stand_in.url, first.channel, {"text": "worse"}, ts=first.ts, broadcast=broadcast)
    assert isinstance(reply, Posted)
    answer = stand_in.messages["#security"][1]
    assert (answer.ts, answer.thread_ts, answer.broadcast) == (reply.ts, first.ts, broadcast)


def test_the_names_of_methods(stand_in: SlackStandIn) -> None:
    post(stand_in)
    post(stand_in, "webhook")
    update(stand_in)
    methods = [request.method for request in stand_in.requests]
    assert methods == ["chat.postMessage", WEBHOOK, "chat.update"]
