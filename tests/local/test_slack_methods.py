"""What the stand-in of Slack says to each method and to a webhook, judged by Slack's own clients."""

import json
from typing import Any
from urllib.parse import urlsplit

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from statemachine.local.slack_stand_in import WEBHOOK, Message, SlackStandIn
from tests.local.test_slack_stand_in import DIVIDER, client, raw, refused, webhook

# --- Messages


def test_a_message_is_kept(stand_in: SlackStandIn) -> None:
    answer = client(stand_in).chat_postMessage(channel="#security", text="hello", blocks=[DIVIDER])
    [message] = stand_in.messages["#security"]
    assert message == Message(answer["ts"], {"text": "hello", "blocks": [DIVIDER]})
    assert answer["message"]["text"] == "hello"
    assert answer["channel"].startswith("C")


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


# --- Forms


@pytest.mark.parametrize(
    ("message", "pointers"),
    [
        pytest.param({"blocks": [DIVIDER], "attachments": [{"blocks": [DIVIDER]}]}, [], id="well-formed"),
        pytest.param({"blocks": [DIVIDER], "text": "x"}, ["/text"], id="more-than-blocks"),
        pytest.param({"blocks": [DIVIDER, {"type": "wat"}]}, ["/blocks/1"], id="block"),
        pytest.param({"blocks": [DIVIDER] * 51}, ["/blocks"], id="too-many"),
        pytest.param({"attachments": [{"blocks": [{}]}]}, ["/attachments/0/blocks/0"], id="attached"),
        pytest.param({"attachments": [7]}, ["/attachments"], id="no-attachment"),
    ],
)
def test_a_form_is_judged_without_a_token(
    message: dict[str, Any], pointers: list[str], stand_in: SlackStandIn
) -> None:
    ask = WebClient(base_url=f"{stand_in.url}/").api_call
    said: Any
    try:
        said = ask("blocks.validate", params={"message": json.dumps(message)}).data
    except SlackApiError as error:
        said = error.response.data
    assert [each["pointer"] for each in said.get("errors", [])] == pointers
    assert said.get("error", "") == ("invalid_blocks" if pointers else "")
    assert stand_in.messages == {}


@pytest.mark.parametrize("arguments", [{}, {"message": "{"}, {"message": "{}", "view": "{}"}])
def test_one_thing_is_judged_at_a_time(arguments: dict[str, str], stand_in: SlackStandIn) -> None:
    with pytest.raises(SlackApiError, match="invalid_arguments"):
        client(stand_in).api_call("blocks.validate", params=arguments)


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


# --- Updates


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
