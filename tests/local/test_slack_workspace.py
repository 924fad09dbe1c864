"""The stand-in's channels, their messages and their pace, judged by Slack's own clients."""

import time
from dataclasses import dataclass
from types import SimpleNamespace

import pytest
from slack_sdk.errors import SlackApiError

from statemachine.local import slack_workspace
from statemachine.local.slack_stand_in import SlackStandIn
from tests.local.test_slack_stand_in import DIVIDER, client, refused, webhook

# --- Messages


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
