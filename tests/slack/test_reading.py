"""Reading, over real HTTP from a stand-in of Slack on loopback."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from chalicelib.errors import InvalidSettings, SlackRejected, SlackUnavailable
from chalicelib.slack import api, reading
from chalicelib.slack.api import Posted, Throttled, Token
from chalicelib.slack.reading import PAGE, HistoryPage
from chalicelib.slack.refusals import HistoryRefused, TokenRefused
from statemachine.local.slack_methods import DEFAULT_SCOPES, HISTORY_SCOPES
from statemachine.local.slack_stand_in import SlackFault, SlackStandIn
from tests.slack.test_api import assert_no_secret, recording

TOKEN = Token("xoxb-verysecret-token")
CHANNEL = "C012345678"
MARKED = {"type": "section", "block_id": "gdn.0123abcd.7", "text": {"type": "mrkdwn", "text": "*Port scan*"}}
TOO_LONG = b"x" * (reading.LONGEST_PAGE + 10_000)

Came = HistoryPage | Throttled


@pytest.fixture
def stand_in() -> Iterator[SlackStandIn]:
    with SlackStandIn(tokens={TOKEN.value}, scopes=(*DEFAULT_SCOPES, *HISTORY_SCOPES)) as server:
        yield server


def posted(stand_in: SlackStandIn, text: str = "x", **more: Any) -> Posted:
    came = api.post(TOKEN, stand_in.url, CHANNEL, {"text": text, **more})
    assert isinstance(came, Posted)
    return came


def replied(stand_in: SlackStandIn, to: Posted, text: str, *, broadcast: bool = False) -> Posted:
    came = api.reply(TOKEN, stand_in.url, CHANNEL, {"text": text}, ts=to.ts, broadcast=broadcast)
    assert isinstance(came, Posted)
    return came


def history(stand_in: SlackStandIn, oldest: str = "0", **more: Any) -> Came:
    return reading.history(TOKEN, stand_in.url, CHANNEL, oldest=oldest, **more)


def replies(stand_in: SlackStandIn, ts: str = "1700000000.000001", oldest: str = "0", **more: Any) -> Came:
    return reading.replies(TOKEN, stand_in.url, CHANNEL, ts=ts, oldest=oldest, **more)


def page(came: Came) -> HistoryPage:
    assert isinstance(came, HistoryPage)
    return came


def texts(came: Came) -> list[str]:
    return [str(each["text"]) for each in page(came).messages]


# --- Questions


def test_who_the_token_is(stand_in: SlackStandIn) -> None:
    who = reading.auth_test(TOKEN, stand_in.url)
    assert (who["user"], who["scopes"].split(",")[0]) == ("guardduty-notifier", "chat:write")


def test_what_a_channel_is(stand_in: SlackStandIn) -> None:
    stand_in.archived = {"C012345678"}
    about = reading.conversation(TOKEN, stand_in.url, "C012345678")["channel"]
    assert (about["id"], about["is_archived"]) == ("C012345678", True)


def test_questions_fail_as_posts_do(stand_in: SlackStandIn) -> None:
    stand_in.tokens = set()
    with pytest.raises(TokenRefused):
        reading.auth_test(TOKEN, stand_in.url)
    stand_in.script(SlackFault(retry_after=9))
    with pytest.raises(SlackUnavailable, match="ask again in 9 seconds"):
        reading.conversation(TOKEN, stand_in.url, "C012345678")


# --- What is asked


def test_the_question_as_slack_wants_it() -> None:
    with recording(b'{"ok": true, "messages": []}') as (url, seen):
        assert reading.history(TOKEN, url, CHANNEL, oldest="17.5") == HistoryPage((), "")
    assert seen == {
        "path": "/conversations.history",
        "Authorization": "Bearer xoxb-verysecret-token",
        "Content-Type": "application/x-www-form-urlencoded",
        "Cookie": None,
        "body": f"channel={CHANNEL}&oldest=17.5&inclusive=true&limit={PAGE}".encode(),
    }


@pytest.mark.parametrize(
    ("until", "sent"),
    [
        pytest.param({}, "", id="the-newest"),
        pytest.param({"latest": "17.5"}, "&latest=17.5", id="up-to-a-message"),
    ],
)
def test_the_question_about_what_came_last(until: dict[str, Any], sent: str) -> None:
    """With `oldest` Slack would begin there."""
    with recording(b'{"ok": true, "messages": []}') as (url, seen):
        reading.history(TOKEN, url, CHANNEL, **until)
    assert seen["body"] == f"channel={CHANNEL}&inclusive=true&limit={PAGE}{sent}".encode()


def test_a_channel_is_read_up_to_a_message(stand_in: SlackStandIn) -> None:
    first, second, _ = (posted(stand_in, text) for text in "abc")
    came = reading.history(TOKEN, stand_in.url, CHANNEL, latest=second.ts)
    assert texts(came) == ["b", "a"]
    assert page(reading.history(TOKEN, stand_in.url, CHANNEL, latest=first.ts, limit=1)).cursor == ""


def test_the_question_about_a_thread_as_slack_wants_it() -> None:
    with recording(b'{"ok": true, "messages": []}') as (url, seen):
        reading.replies(TOKEN, url, CHANNEL, ts="17.5", oldest="18", cursor="bmV4dA==", limit=3)
    assert seen["path"] == "/conversations.replies"
    assert seen["body"] == (
        f"ts=17.5&channel={CHANNEL}&oldest=18&inclusive=true&limit=3&cursor=bmV4dA%3D%3D".encode()
    )


# --- What comes


def test_a_mark_comes_back_as_it_was_posted(stand_in: SlackStandIn) -> None:
    first = posted(stand_in, blocks=[MARKED])
    (message,) = page(history(stand_in)).messages
    assert (message["ts"], message["blocks"]) == (first.ts, [MARKED])


def test_a_channel_is_read_from_a_message_on(stand_in: SlackStandIn) -> None:
    first, second, third = (posted(stand_in, text) for text in "abc")
    assert texts(history(stand_in)) == ["c", "b", "a"]
    assert texts(history(stand_in, second.ts)) == ["c", "b"]
    assert texts(history(stand_in, f"{third.ts.split('.')[0]}.999999")) == []
    assert len({first.ts, second.ts, third.ts}) == 3


@pytest.mark.parametrize("read", [history, replies])
def test_page_after_page_has_everything_once(read: Callable[..., Came], stand_in: SlackStandIn) -> None:
    parent = posted(stand_in, "0")
    for number in range(1, 5):
        if read is history:
            posted(stand_in, str(number))
        else:
            replied(stand_in, parent, str(number))
    more = {"ts": parent.ts} if read is replies else {}
    first = page(read(stand_in, limit=2, **more))
    second = page(read(stand_in, limit=2, cursor=first.cursor, **more))
    third = page(read(stand_in, limit=2, cursor=second.cursor, **more))
    assert third.cursor == ""
    found = [texts(each) for each in (first, second, third)]
    want = [["4", "3"], ["2", "1"], ["0"]] if read is history else [["0", "1"], ["2", "3"], ["4"]]
    assert found == want


def test_a_thread_is_read_by_its_message(stand_in: SlackStandIn) -> None:
    parent, _ = posted(stand_in, "parent"), posted(stand_in, "another")
    replied(stand_in, parent, "in the thread")
    replied(stand_in, parent, "in both", broadcast=True)
    assert texts(replies(stand_in, parent.ts)) == ["parent", "in the thread", "in both"]
    assert texts(history(stand_in)) == ["in both", "another", "parent"]


def test_what_is_no_message_is_left_out(stand_in: SlackStandIn) -> None:
    stand_in.script(SlackFault(body=b'{"ok": true, "messages": [{"ts": "1.2"}, "x", null, [1]]}'))
    assert page(history(stand_in)).messages == ({"ts": "1.2"},)


@pytest.mark.parametrize(
    ("more", "cursor"),
    [
        pytest.param({}, "", id="nothing-said"),
        pytest.param({"response_metadata": {"next_cursor": ""}}, "", id="empty"),
        pytest.param({"response_metadata": {"next_cursor": "a="}, "has_more": True}, "a=", id="more"),
        pytest.param({"response_metadata": {"next_cursor": "a="}}, "a=", id="only-a-cursor"),
        pytest.param({"response_metadata": None, "has_more": False}, "", id="null"),
    ],
)
def test_where_it_goes_on(more: dict[str, Any], cursor: str, stand_in: SlackStandIn) -> None:
    stand_in.script(SlackFault(body=json.dumps({"ok": True, "messages": [], **more}).encode()))
    assert history(stand_in) == HistoryPage((), cursor)


def test_a_page_may_be_longer_than_other_answers(stand_in: SlackStandIn) -> None:
    text = "x" * (reading.LONGEST_PAGE - 1000)
    stand_in.script(SlackFault(body=json.dumps({"ok": True, "messages": [{"text": text}]}).encode()))
    assert texts(history(stand_in)) == [text]


# --- What does not


@pytest.mark.parametrize("read", [history, replies])
@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b'{"ok": true}', id="no-messages"),
        pytest.param(b'{"ok": true, "messages": {"a": 1}}', id="messages-as-object"),
        pytest.param(b'{"ok": true, "messages": [], "has_more": true}', id="more-and-not-where"),
        pytest.param(
            b'{"ok": true, "messages": [], "has_more": true, "response_metadata": {"next_cursor": ""}}',
            id="more-and-nowhere",
        ),
        pytest.param(
            b'{"ok": true, "messages": [], "x": "%s"}' % TOO_LONG,
            id="cut-off",
        ),
        pytest.param(b"", id="empty"),
        pytest.param(b"<html>", id="garbage"),
        pytest.param(b'{"messages": []}', id="not-ok"),
    ],
)
def test_what_is_no_page_is_no_answer(read: Callable[..., Came], body: bytes, stand_in: SlackStandIn) -> None:
    stand_in.script(SlackFault(body=body))
    with pytest.raises(SlackUnavailable) as caught:
        read(stand_in)
    assert_no_secret(caught.value)


@pytest.mark.parametrize("read", [history, replies])
@pytest.mark.parametrize(
    ("fault", "error", "said"),
    [
        pytest.param(SlackFault(status=500), SlackUnavailable, "HTTP 500", id="500"),
        pytest.param(SlackFault(status=504), SlackUnavailable, "HTTP 504", id="504"),
        pytest.param(SlackFault(error="internal_error"), SlackUnavailable, "internal_error", id="internal"),
        pytest.param(SlackFault(error="fatal_error"), SlackUnavailable, "fatal_error", id="fatal"),
        pytest.param(
            SlackFault(error="service_unavailable"), SlackUnavailable, "service_un", id="unavailable"
        ),
        pytest.param(SlackFault(reset=True), SlackUnavailable, "connection to Slack broke", id="reset"),
        pytest.param(SlackFault(error="token_revoked"), TokenRefused, "token_revoked", id="token"),
        pytest.param(SlackFault(error="invalid_auth"), TokenRefused, "valid bot token", id="auth"),
        pytest.param(SlackFault(error="missing_scope"), HistoryRefused, "channels:history", id="scope"),
        pytest.param(SlackFault(error="not_in_channel"), HistoryRefused, "Invite the app", id="outside"),
        pytest.param(SlackFault(error="channel_not_found"), HistoryRefused, "by its id", id="channel"),
        pytest.param(SlackFault(error="no_permission"), HistoryRefused, "Invite the app", id="permission"),
        pytest.param(SlackFault(error="access_denied"), HistoryRefused, "workspace admin", id="denied"),
        pytest.param(
            SlackFault(error="method_not_supported_for_channel_type"),
            HistoryRefused,
            r"Look it up at https://docs.slack.dev/reference/methods/conversations\.(history|replies)#errors",
            id="method",
        ),
        pytest.param(
            SlackFault(error="not_allowed_token_type"), HistoryRefused, "not_allowed", id="sort-of-token"
        ),
        pytest.param(SlackFault(error="invalid_arguments"), HistoryRefused, "invalid_arg", id="arguments"),
        pytest.param(SlackFault(error="invalid_cursor"), HistoryRefused, "invalid_cursor", id="cursor"),
        pytest.param(SlackFault(error="invalid_ts_oldest"), HistoryRefused, "invalid_ts", id="oldest"),
        pytest.param(SlackFault(error="some_new_word"), HistoryRefused, "some_new_word", id="new-word"),
        pytest.param(SlackFault(status=302), HistoryRefused, "HTTP 302", id="redirect"),
    ],
)
def test_each_fault_has_its_error_and_no_secret(
    read: Callable[..., Came],
    fault: SlackFault,
    error: type[Exception],
    said: str,
    stand_in: SlackStandIn,
) -> None:
    stand_in.script(fault)
    with pytest.raises(error, match=said) as caught:
        read(stand_in)
    assert type(caught.value) is error
    assert_no_secret(caught.value)
    assert len(stand_in.requests) == 1


def test_a_thread_whose_message_is_gone_has_nothing(stand_in: SlackStandIn) -> None:
    assert replies(stand_in, "1234567890.000001") == HistoryPage((), "")


def test_a_refused_history_is_a_refusal_of_slacks() -> None:
    assert issubclass(HistoryRefused, SlackRejected)


def test_a_slow_answer_is_no_answer(stand_in: SlackStandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "TIMEOUT", (1.0, 0.2))
    stand_in.script(SlackFault(hang=30))
    with pytest.raises(SlackUnavailable, match=r"broke \(ReadTimeout\)$") as caught:
        history(stand_in)
    assert_no_secret(caught.value)


def test_a_refused_connection_is_no_answer(stand_in: SlackStandIn) -> None:
    stand_in.stop()
    with pytest.raises(SlackUnavailable, match="No connection to Slack") as caught:
        history(stand_in)
    assert "message" not in str(caught.value)
    assert_no_secret(caught.value)
    stand_in.start()


@pytest.mark.parametrize("read", [history, replies])
@pytest.mark.parametrize(
    ("fault", "seconds"),
    [
        pytest.param(SlackFault(retry_after=7), 7, id="429"),
        pytest.param(SlackFault(error="ratelimited"), api.USUAL_WAIT, id="word"),
    ],
)
def test_too_fast(read: Callable[..., Came], fault: SlackFault, seconds: int, stand_in: SlackStandIn) -> None:
    stand_in.script(fault)
    assert read(stand_in) == Throttled(seconds)


def test_the_scope_that_slack_misses_is_named(stand_in: SlackStandIn) -> None:
    stand_in.scopes = DEFAULT_SCOPES
    with pytest.raises(HistoryRefused) as caught:
        history(stand_in)
    assert str(caught.value) == (
        "Slack refused to show C012345678: missing_scope."
        " Give the app the scope channels:history and install it again"
    )


def test_an_address_of_somebody_else_is_refused_before_anything_is_asked() -> None:
    with pytest.raises(InvalidSettings):
        reading.history(TOKEN, "https://evil.example.com/api", CHANNEL, oldest="0")
