"""The stand-in of Slack, judged by Slack's own clients."""

import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.webhook import WebhookClient

from statemachine.local import slack_workspace
from statemachine.local.slack_stand_in import WEBHOOK, Message, SlackFault, SlackRequest, SlackStandIn
from tests.machine import wait_until

TOKEN = "xoxb-any"
DIVIDER = {"type": "divider"}
PATIENCE = 100
"""Seconds that a client waits for an answer: none takes so long, however busy the machine is."""


@pytest.fixture
def stand_in() -> Iterator[SlackStandIn]:
    with SlackStandIn() as server:
        yield server


def client(stand_in: SlackStandIn, token: str | None = TOKEN) -> WebClient:
    return WebClient(token=token, base_url=f"{stand_in.url}/", retry_handlers=[], timeout=PATIENCE)


def webhook(stand_in: SlackStandIn, path: str = "") -> WebhookClient:
    url = stand_in.webhook_url if not path else stand_in.url.removesuffix("/api") + path
    return WebhookClient(url, retry_handlers=[], timeout=PATIENCE)


def refused(stand_in: SlackStandIn, method: str = "chat.postMessage", **arguments: Any) -> str:
    """Call a method and return Slack's word for why not."""
    with pytest.raises(SlackApiError) as caught:
        client(stand_in).api_call(method, json={"channel": "#a", **arguments})
    return str(caught.value.response["error"])


def raw(stand_in: SlackStandIn, method: str, path: str, body: str = "", **headers: str) -> tuple[int, bytes]:
    answer = sent(stand_in, method, path, body, **headers)
    return answer.status, answer.read()


def sent(stand_in: SlackStandIn, method: str, path: str, body: str = "", **headers: str) -> HTTPResponse:
    connection = HTTPConnection(urlsplit(stand_in.url).netloc, timeout=PATIENCE)
    connection.request(
        method, path, body.encode(), {name.replace("_", "-"): value for name, value in headers.items()}
    )
    return connection.getresponse()


# --- Messages


def test_a_message_is_kept(stand_in: SlackStandIn) -> None:
    answer = client(stand_in).chat_postMessage(channel="#security", text="hello", blocks=[DIVIDER])
    [message] = stand_in.messages["#security"]
    assert message == Message(answer["ts"], {"text": "hello", "blocks": [DIVIDER]})
    assert answer["message"]["text"] == "hello"
    assert answer["channel"].startswith("C")


def test_every_message_has_a_ts_of_its_own(stand_in: SlackStandIn) -> None:
    stamps = [client(stand_in).chat_postMessage(channel="#a", text="x")["ts"] for _ in range(5)]
    assert len(set(stamps)) == 5
    assert stamps == sorted(stamps)


@pytest.mark.parametrize("again", ["#security", "security"])
def test_a_channel_is_the_same_by_name_and_id(again: str, stand_in: SlackStandIn) -> None:
    first = client(stand_in).chat_postMessage(channel="#security", text="1")
    assert client(stand_in).chat_postMessage(channel=again, text="2")["channel"] == first["channel"]
    client(stand_in).chat_postMessage(channel=first["channel"], text="3")
    assert [message.payload["text"] for message in stand_in.messages["#security"]] == ["1", "2", "3"]


def test_a_channel_by_id_keeps_its_id(stand_in: SlackStandIn) -> None:
    assert client(stand_in).chat_postMessage(channel="C012345678", text="x")["channel"] == "C012345678"
    assert list(stand_in.messages) == ["C012345678"]


def test_long_text_is_cut(stand_in: SlackStandIn) -> None:
    client(stand_in).chat_postMessage(channel="#a", text="x" * 40_001)
    assert len(stand_in.messages["#a"][0].payload["text"]) == 40_000


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        pytest.param({}, "no_text", id="no-text"),
        pytest.param({"text": "x", "channel": ""}, "channel_not_found", id="no-channel"),
        pytest.param({"text": "x", "channel": "#"}, "channel_not_found", id="no-name"),
        pytest.param({"text": "x", "channel": 7}, "channel_not_found", id="number-as-channel"),
        pytest.param({"text": "x", "channel": "#unknown"}, "channel_not_found", id="unknown-channel"),
        pytest.param({"text": "x", "channel": "unknown"}, "channel_not_found", id="unknown-by-bare-name"),
        pytest.param({"text": "x", "channel": "C0ARCHIVED"}, "is_archived", id="archived-channel"),
        pytest.param({"text": "x", "blocks": [{"type": "wat"}]}, "invalid_blocks", id="blocks"),
        pytest.param({"text": "x", "thread_ts": "0"}, "invalid_thread_ts", id="no-thread-ts"),
    ],
)
def test_what_is_refused_is_not_kept(arguments: dict[str, Any], word: str, stand_in: SlackStandIn) -> None:
    stand_in.unknown, stand_in.archived = {"#unknown"}, {"C0ARCHIVED"}
    assert refused(stand_in, **arguments) == word
    assert stand_in.messages == {}
    assert [request.error for request in stand_in.requests] == [word]


def test_an_unknown_method_is_refused(stand_in: SlackStandIn) -> None:
    assert refused(stand_in, "chat.shout") == "unknown_method"


# --- Tokens


@pytest.mark.parametrize(
    ("accepted", "token", "word"),
    [
        pytest.param(None, None, "not_authed", id="none"),
        pytest.param(None, "xoxp-user", "invalid_auth", id="user-token"),
        pytest.param({"xoxb-1"}, "xoxb-2", "invalid_auth", id="another"),
        pytest.param(set(), "xoxb-1", "invalid_auth", id="nobody"),
    ],
)
def test_tokens_refused(
    accepted: set[str] | None, token: str | None, word: str, stand_in: SlackStandIn
) -> None:
    stand_in.tokens = accepted
    with pytest.raises(SlackApiError) as caught:
        client(stand_in, token).chat_postMessage(channel="#a", text="x")
    assert caught.value.response["error"] == word


def test_a_token_may_be_an_argument_and_is_not_kept(stand_in: SlackStandIn) -> None:
    stand_in.tokens = {"xoxb-1"}
    form = {"Content_Type": "application/x-www-form-urlencoded"}
    status, body = raw(
        stand_in, "POST", "/api/chat.postMessage", "token=xoxb-1&channel=%23a&text=x+y", **form
    )
    assert (status, b'"ok": true' in body) == (200, True)
    assert stand_in.requests[0].body == {"channel": "#a", "text": "x y"}


def test_who_the_token_is(stand_in: SlackStandIn) -> None:
    answer = client(stand_in).auth_test()
    assert answer["user"] == "guardduty-notifier"
    assert answer.headers["x-oauth-scopes"].startswith("chat:write,")


def test_what_a_channel_is(stand_in: SlackStandIn) -> None:
    stand_in.archived = {"#old"}
    channel = client(stand_in).chat_postMessage(channel="#security", text="x")["channel"]
    about = client(stand_in).conversations_info(channel=channel)["channel"]
    assert (about["name"], about["is_member"], about["is_archived"]) == ("security", True, False)


def test_methods_that_read_take_no_json_and_no_names(stand_in: SlackStandIn) -> None:
    assert refused(stand_in, "conversations.info", channel="C012345678") == "channel_not_found"
    with pytest.raises(SlackApiError, match="channel_not_found"):
        client(stand_in).conversations_info(channel="#security")


# --- Threads and updates


def test_a_reply_is_in_its_thread(stand_in: SlackStandIn) -> None:
    slack = client(stand_in)
    first = slack.chat_postMessage(channel="#a", text="1")["ts"]
    second = slack.chat_postMessage(channel="#a", text="2", thread_ts=first, reply_broadcast=True)
    third = slack.chat_postMessage(channel="#a", text="3", thread_ts=second["ts"])
    assert second["message"]["thread_ts"] == third["message"]["thread_ts"] == first
    assert [(m.thread_ts, m.broadcast) for m in stand_in.messages["#a"]] == [
        ("", False),
        (first, True),
        (first, False),
    ]


def test_a_reply_to_nothing_is_a_message_of_the_channel(stand_in: SlackStandIn) -> None:
    answer = client(stand_in).chat_postMessage(
        channel="#a", text="x", thread_ts="1700000000.000001", reply_broadcast=True
    )
    assert "thread_ts" not in answer["message"]
    assert (stand_in.messages["#a"][0].thread_ts, stand_in.messages["#a"][0].broadcast) == ("", False)


def test_an_update_replaces_what_it_mentions(stand_in: SlackStandIn) -> None:
    slack = client(stand_in)
    first = slack.chat_postMessage(channel="#a", text="1", blocks=[DIVIDER])
    slack.chat_update(channel=first["channel"], ts=first["ts"], text="2")
    [message] = stand_in.messages["#a"]
    assert message.shown == {"text": "2", "blocks": [DIVIDER]}
    slack.chat_update(channel=first["channel"], ts=first["ts"], text="3", blocks=[])
    [message] = stand_in.messages["#a"]
    assert message.shown == {"text": "3", "blocks": []}
    assert message.payload == {"text": "1", "blocks": [DIVIDER]}
    assert [update["text"] for update in message.updates] == ["2", "3"]


def test_a_message_that_a_person_deletes_can_not_be_updated(stand_in: SlackStandIn) -> None:
    slack = client(stand_in)
    answers = [slack.chat_postMessage(channel="#a", text=text) for text in ("gone", "kept")]
    stand_in.delete(stand_in.messages["#a"][0])
    assert [message.payload["text"] for message in stand_in.messages["#a"]] == ["kept"]
    gone, kept = ({"channel": answer["channel"], "ts": answer["ts"], "text": "x"} for answer in answers)
    assert refused(stand_in, "chat.update", **gone) == "message_not_found"
    assert slack.chat_update(**kept)["ok"]


def test_updates_that_are_refused(stand_in: SlackStandIn) -> None:
    first = client(stand_in).chat_postMessage(channel="#a", text="1")
    there = {"channel": first["channel"], "ts": first["ts"]}
    assert refused(stand_in, "chat.update", ts=first["ts"], text="x") == "channel_not_found"  # a name
    assert refused(stand_in, "chat.update", **{**there, "ts": "1.2"}, text="x") == "message_not_found"
    assert refused(stand_in, "chat.update", **there) == "no_text"
    assert refused(stand_in, "chat.update", **there, text="x" * 4001) == "msg_too_long"
    stand_in.archived = {"#a"}
    assert refused(stand_in, "chat.update", **there, text="x") == "is_archived"
    assert stand_in.messages["#a"][0].updates == ()


# --- Webhooks


def test_a_webhook_posts_into_its_channel(stand_in: SlackStandIn) -> None:
    stand_in.webhook_channel = "#security"
    answer = webhook(stand_in).send(text="hello", blocks=[DIVIDER])
    assert (answer.status_code, answer.body) == (200, "ok")
    assert stand_in.messages["#security"][0].payload["text"] == "hello"
    assert (stand_in.requests[0].method, stand_in.requests[0].channel) == (WEBHOOK, "#security")


def test_a_webhook_takes_a_form(stand_in: SlackStandIn) -> None:
    form = {"Content_Type": "application/x-www-form-urlencoded"}
    path = urlsplit(stand_in.webhook_url).path
    assert raw(stand_in, "POST", path, 'payload={"text":"x"}', **form) == (200, b"ok")
    assert stand_in.messages["#webhook"][0].payload == {"text": "x"}


def test_webhooks_refused(stand_in: SlackStandIn) -> None:
    path = urlsplit(stand_in.webhook_url).path
    json = {"Content_Type": "application/json"}
    assert raw(stand_in, "POST", path, "{", **json) == (400, b"invalid_payload")
    assert raw(stand_in, "POST", path, '{"a": 1}', **json) == (400, b"no_text")
    answer = webhook(stand_in).send(blocks=[{"type": "wat"}])
    assert (answer.status_code, answer.body) == (400, "invalid_blocks")
    stand_in.unknown = {"#webhook"}
    assert webhook(stand_in).send(text="x").status_code == 404
    stand_in.unknown, stand_in.archived = (), {"#webhook"}
    answer = webhook(stand_in).send(text="x")
    assert (answer.status_code, answer.body) == (410, "channel_is_archived")
    stand_in.webhooks = {"/services/another"}
    answer = webhook(stand_in).send(text="x")
    assert (answer.status_code, answer.body) == (404, "no_service")
    stand_in.archived = ()
    assert webhook(stand_in, "/services/another").send(text="x").status_code == 200


# --- Pace


@dataclass
class Clock:
    """The time by which the stand-in counts; it passes when the test says so."""

    now: float = 1000.0


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    time_ = SimpleNamespace(monotonic=lambda: clock.now, time=time.time)
    monkeypatch.setattr(slack_workspace, "time", time_)
    return clock


def test_too_many_at_once_are_refused(stand_in: SlackStandIn, clock: Clock) -> None:
    stand_in.rate, stand_in.burst = 0.4, 2
    slack = client(stand_in)
    slack.chat_postMessage(channel="#a", text="x")
    slack.chat_postMessage(channel="#a", text="x")
    with pytest.raises(SlackApiError) as caught:
        slack.chat_postMessage(channel="#a", text="x")
    assert caught.value.response["error"] == "ratelimited"
    assert caught.value.response.status_code == 429
    assert caught.value.response.headers["Retry-After"] == "3"
    assert webhook(stand_in).send(text="another channel").status_code == 200
    assert len(stand_in.messages["#a"]) == 2


def test_the_allowance_comes_back(stand_in: SlackStandIn, clock: Clock) -> None:
    stand_in.rate, stand_in.burst = 16, 1
    statuses = []
    for _ in range(64):
        statuses.append(webhook(stand_in).send(text="x").status_code)
        clock.now += 1 / 64
    assert statuses == [200, 429, 429, 429] * 16
    assert len(stand_in.messages["#webhook"]) == 16


def test_the_allowance_never_grows_beyond_the_burst(stand_in: SlackStandIn, clock: Clock) -> None:
    stand_in.rate, stand_in.burst = 16, 2
    for _ in range(2):
        statuses = [webhook(stand_in).send(text="x").status_code for _ in range(3)]
        assert statuses == [200, 200, 429]
        clock.now += 3600


def test_a_webhook_too_fast(stand_in: SlackStandIn, clock: Clock) -> None:
    stand_in.rate = 0.1
    webhook(stand_in).send(text="x")
    answer = webhook(stand_in).send(text="x")
    assert (answer.status_code, answer.body, answer.headers["Retry-After"]) == (429, "ratelimited", "10")


def test_a_storm_is_counted_exactly(stand_in: SlackStandIn) -> None:
    with ThreadPoolExecutor(60) as pool:
        answers = list(
            pool.map(lambda n: client(stand_in).chat_postMessage(channel="#a", text=str(n)), range(300))
        )
    assert len({answer["ts"] for answer in answers}) == 300
    assert {message.payload["text"] for message in stand_in.messages["#a"]} == {str(n) for n in range(300)}
    assert len(stand_in.requests) == 300


def test_many_connections_at_once(stand_in: SlackStandIn) -> None:
    address = urlsplit(stand_in.url)
    waiting = [
        socket.create_connection((str(address.hostname), address.port or 0), PATIENCE) for _ in range(250)
    ]
    assert client(stand_in).auth_test()["ok"]
    for one in waiting:
        one.close()


# --- Faults


@pytest.mark.parametrize(
    ("fault", "status", "body"),
    [
        pytest.param(SlackFault(status=503), 503, b"", id="status"),
        pytest.param(SlackFault(status=500, body=b"<html>"), 500, b"<html>", id="body"),
        pytest.param(SlackFault(body=b"garbage"), 200, b"garbage", id="garbage"),
        pytest.param(
            SlackFault(error="internal_error"), 200, b'{"ok": false, "error": "internal_error"}', id="word"
        ),
        pytest.param(
            SlackFault(status=500, error="fatal_error"),
            500,
            b'{"ok": false, "error": "fatal_error"}',
            id="both",
        ),
        pytest.param(SlackFault(retry_after=3), 429, b'{"ok": false, "error": "ratelimited"}', id="too-fast"),
    ],
)
def test_a_fault_is_answered_and_takes_nothing(
    fault: SlackFault, status: int, body: bytes, stand_in: SlackStandIn
) -> None:
    stand_in.script(fault)
    message = '{"channel": "#a", "text": "x"}'
    headers = {"Content_Type": "application/json", "Authorization": f"Bearer {TOKEN}"}
    assert raw(stand_in, "POST", "/api/chat.postMessage", message, **headers) == (status, body)
    assert stand_in.messages == {}
    assert client(stand_in).chat_postMessage(channel="#a", text="x")["ok"]
    assert [request.status for request in stand_in.requests] == [status, 200]


@pytest.mark.parametrize(
    ("fault", "status", "body"),
    [
        pytest.param(SlackFault(error="internal_error"), 400, "internal_error", id="word"),
        pytest.param(SlackFault(error="no_service"), 404, "no_service", id="word-with-its-status"),
        pytest.param(SlackFault(status=500, error="rollup_error"), 500, "rollup_error", id="given-status"),
        pytest.param(SlackFault(retry_after=3), 429, "ratelimited", id="too-fast"),
        pytest.param(SlackFault(status=503), 503, "", id="status"),
    ],
)
def test_a_fault_of_a_webhook(fault: SlackFault, status: int, body: str, stand_in: SlackStandIn) -> None:
    stand_in.script(fault)
    answer = webhook(stand_in).send(text="x")
    assert (answer.status_code, answer.body) == (status, body)
    assert stand_in.messages == {}


def test_headers_of_a_fault(stand_in: SlackStandIn) -> None:
    stand_in.script(
        SlackFault(status=302, headers={"Location": "http://127.0.0.1:9/"}),
        SlackFault(429, headers={"Retry-After": "x"}),
    )
    assert sent(stand_in, "POST", "/api/auth.test").headers["Location"] == "http://127.0.0.1:9/"
    assert sent(stand_in, "POST", "/api/auth.test").headers["Retry-After"] == "x"


@pytest.mark.parametrize("taken", [False, True])
def test_a_reset_is_a_reset(taken: bool, stand_in: SlackStandIn) -> None:
    stand_in.script(SlackFault(reset=True, taken=taken))
    with pytest.raises(ConnectionResetError):
        client(stand_in).chat_postMessage(channel="#a", text="x")
    assert bool(stand_in.messages) is taken
    assert [request.status for request in stand_in.requests] == [0]


def test_a_fault_may_take_the_message(stand_in: SlackStandIn) -> None:
    stand_in.script(SlackFault(error="internal_error", taken=True))
    assert refused(stand_in, text="x") == "internal_error"
    assert len(stand_in.messages["#a"]) == 1


def test_hanging_ends_in_a_reset(stand_in: SlackStandIn) -> None:
    stand_in.script(SlackFault(hang=0.3))
    began = time.monotonic()
    with pytest.raises(ConnectionResetError):
        client(stand_in).auth_test()
    assert time.monotonic() - began >= 0.3


def test_hanging_does_not_hold_up_others_or_the_end() -> None:
    """Whoever waited for the hour would wait for longer than its client and this test do."""
    with SlackStandIn(SlackFault(hang=3600)) as stand_in, ThreadPoolExecutor(1) as pool:
        hanging = pool.submit(lambda: client(stand_in).auth_test())
        wait_until(lambda: stand_in.requests)
        assert client(stand_in).auth_test()["ok"]
        stand_in.stop()
        assert isinstance(hanging.exception(), ConnectionResetError)
        stand_in.start()


def test_faults_come_in_order_and_times(stand_in: SlackStandIn) -> None:
    stand_in.script(SlackFault(error="fatal_error", times=2), SlackFault(error="internal_error"))
    words = [refused(stand_in, text="x") for _ in range(3)]
    assert words == ["fatal_error", "fatal_error", "internal_error"]
    assert client(stand_in).chat_postMessage(channel="#a", text="x")["ok"]


def test_a_fault_waits_for_its_request(stand_in: SlackStandIn) -> None:
    stand_in.script(
        SlackFault(error="message_not_found", method="chat.update"),
        SlackFault(error="internal_error", when=lambda body: "bad" in body.get("text", "")),
    )
    assert client(stand_in).chat_postMessage(channel="#a", text="good")["ok"]
    assert refused(stand_in, text="bad") == "internal_error"
    assert refused(stand_in, "chat.update", text="x") == "message_not_found"


def test_a_stopped_server_refuses_and_comes_back(stand_in: SlackStandIn) -> None:
    url = stand_in.url
    client(stand_in).chat_postMessage(channel="#a", text="1")
    stand_in.stop()
    with pytest.raises(OSError, match="refused"):
        client(stand_in).chat_postMessage(channel="#a", text="2")
    stand_in.start()
    client(stand_in).chat_postMessage(channel="#a", text="3")
    assert stand_in.url == url
    assert [message.payload["text"] for message in stand_in.messages["#a"]] == ["1", "3"]


def test_a_kept_connection_ends_with_the_server(stand_in: SlackStandIn) -> None:
    connection = HTTPConnection(urlsplit(stand_in.url).netloc, timeout=PATIENCE)
    for _ in range(2):
        connection.request("POST", "/api/auth.test")
        assert connection.getresponse().read() == b'{"ok": false, "error": "not_authed"}'
    stand_in.stop()
    with pytest.raises(OSError, match="reset"):
        connection.request("POST", "/api/auth.test")
        connection.getresponse()
    stand_in.start()


# --- Accounts


def test_requests_are_written_down(stand_in: SlackStandIn) -> None:
    before = time.monotonic()
    client(stand_in).chat_postMessage(channel="#a", text="x")
    [request] = stand_in.requests
    body = {"channel": "#a", "text": "x"}
    assert request == SlackRequest("chat.postMessage", "#a", body, 200, "", request.at)
    assert before <= request.at <= time.monotonic()


def test_accounts_are_copies(stand_in: SlackStandIn) -> None:
    client(stand_in).chat_postMessage(channel="#a", text="x")
    stand_in.requests.clear()
    stand_in.messages["#a"].clear()
    assert (len(stand_in.requests), len(stand_in.messages["#a"])) == (1, 1)


def test_reset_forgets(stand_in: SlackStandIn) -> None:
    client(stand_in).chat_postMessage(channel="#a", text="x")
    stand_in.script(SlackFault(status=500))
    stand_in.reset()
    assert (stand_in.requests, stand_in.messages) == ([], {})
    assert client(stand_in).auth_test()["ok"]


@pytest.mark.parametrize("path", ["/", "/api/a/b", "/elsewhere/x"])
def test_other_paths_are_not_found(path: str, stand_in: SlackStandIn) -> None:
    assert raw(stand_in, "POST", path)[0] == 404
    assert stand_in.requests == []
