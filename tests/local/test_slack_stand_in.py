"""The stand-in of Slack as a server, judged by Slack's own clients."""

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, HTTPResponse
from typing import Any
from urllib.parse import urlsplit

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.webhook import WebhookClient

from statemachine.local.slack_stand_in import SlackFault, SlackRequest, SlackStandIn

TOKEN = "xoxb-any"
DIVIDER = {"type": "divider"}
PATIENCE = 100
"""Seconds that a client waits for an answer: none takes so long, however busy the machine is."""


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


# --- Arguments


def test_a_token_may_be_an_argument_and_is_not_kept(stand_in: SlackStandIn) -> None:
    stand_in.tokens = {"xoxb-1"}
    form = {"Content_Type": "application/x-www-form-urlencoded"}
    status, body = raw(
        stand_in, "POST", "/api/chat.postMessage", "token=xoxb-1&channel=%23a&text=x+y", **form
    )
    assert (status, b'"ok": true' in body) == (200, True)
    assert stand_in.requests[0].body == {"channel": "#a", "text": "x y"}


def test_a_webhook_takes_a_form(stand_in: SlackStandIn) -> None:
    form = {"Content_Type": "application/x-www-form-urlencoded"}
    path = urlsplit(stand_in.webhook_url).path
    assert raw(stand_in, "POST", path, 'payload={"text":"x"}', **form) == (200, b"ok")
    assert stand_in.messages["#webhook"][0].payload == {"text": "x"}


# --- Many at once


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


# --- Stopping


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
