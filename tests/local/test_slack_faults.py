"""The faults that the stand-in of Slack is told to have, judged by Slack's own clients."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from statemachine.local.slack_stand_in import SlackFault, SlackStandIn
from tests.local.test_slack_stand_in import TOKEN, client, raw, refused, sent, webhook
from tests.machine import wait_until


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
