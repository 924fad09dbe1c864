"""What the stand-in of Slack shows of a channel and of a thread, judged by Slack's own clients."""

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse

from statemachine.local import slack_workspace
from statemachine.local.slack_methods import DEFAULT_SCOPES, HISTORY_SCOPES
from statemachine.local.slack_stand_in import SlackStandIn
from tests.local.test_slack_stand_in import DIVIDER, client, refused

CHANNEL = "C012345678"
MARKED = {**DIVIDER, "block_id": "gdn.0123abcd.7"}


@dataclass
class Clock:
    """The stand-in's time; it passes when the test says so."""

    now: float = 1_700_000_000.0


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    time_ = SimpleNamespace(monotonic=lambda: clock.now, time=lambda: clock.now)
    monkeypatch.setattr(slack_workspace, "time", time_)
    return clock


@pytest.fixture
def readable(stand_in: SlackStandIn) -> SlackStandIn:
    stand_in.scopes = (*DEFAULT_SCOPES, *HISTORY_SCOPES)
    return stand_in


def post(stand_in: SlackStandIn, text: str = "x", **more: Any) -> str:
    return str(client(stand_in).chat_postMessage(channel=CHANNEL, text=text, **more)["ts"])


def history(stand_in: SlackStandIn, channel: str = CHANNEL, **more: Any) -> SlackResponse:
    return client(stand_in).conversations_history(channel=channel, **more)


def replies(stand_in: SlackStandIn, ts: str, **more: Any) -> SlackResponse:
    return client(stand_in).conversations_replies(channel=CHANNEL, ts=ts, **more)


def texts(answer: SlackResponse) -> list[str]:
    return [each["text"] for each in answer["messages"]]


def why_not(stand_in: SlackStandIn, channel: str = CHANNEL, **more: Any) -> SlackResponse:
    with pytest.raises(SlackApiError) as caught:
        history(stand_in, channel, **more)
    answer = caught.value.response
    assert isinstance(answer, SlackResponse)
    return answer


# --- Who may read


def test_by_default_the_app_may_not_read(stand_in: SlackStandIn) -> None:
    post(stand_in)
    answer = why_not(stand_in)
    assert (answer["error"], answer["needed"]) == ("missing_scope", "channels:history")
    assert (
        answer["provided"]
        == "chat:write,chat:write.public,channels:read,groups:read,reactions:read,users:read"
    )
    assert answer["provided"] == client(stand_in).auth_test().headers["x-oauth-scopes"]


def test_scopes_are_said_by_auth_test(readable: SlackStandIn) -> None:
    scopes = client(readable).auth_test().headers["x-oauth-scopes"].split(",")
    assert {"channels:history", "groups:history"} <= set(scopes)


@pytest.mark.parametrize(
    ("scope", "channel", "needed"),
    [
        ("channels:history", "C012345678", None),
        ("channels:history", "G012345678", "groups:history"),
        ("groups:history", "G012345678", None),
        ("groups:history", "C012345678", "channels:history"),
    ],
)
def test_each_sort_of_channel_has_its_scope(
    scope: str, channel: str, needed: str | None, stand_in: SlackStandIn
) -> None:
    stand_in.scopes = (*DEFAULT_SCOPES, scope)
    if needed is None:
        assert history(stand_in, channel)["messages"] == []
    else:
        assert why_not(stand_in, channel)["needed"] == needed


def test_only_a_channel_that_the_app_is_in_and_only_by_its_id(readable: SlackStandIn) -> None:
    readable.not_member, readable.unknown = {CHANNEL}, {"C404404404"}
    assert why_not(readable)["error"] == "not_in_channel"
    assert why_not(readable, "#security")["error"] == "channel_not_found"
    assert why_not(readable, "C404404404")["error"] == "channel_not_found"
    assert refused(readable, "conversations.history", channel=CHANNEL) == "channel_not_found"  # JSON
    about = client(readable).conversations_info(channel=CHANNEL)["channel"]
    assert about["is_member"] is False
    readable.not_member = ()
    assert client(readable).conversations_info(channel=CHANNEL)["channel"]["is_member"] is True


def test_an_archived_channel_is_still_read(readable: SlackStandIn) -> None:
    post(readable, "old")
    readable.archived = {CHANNEL}
    assert texts(history(readable)) == ["old"]


# --- Which messages


def test_a_channel_without_messages_shows_none(readable: SlackStandIn) -> None:
    answer = history(readable)
    assert (answer["messages"], answer["has_more"], "response_metadata" in answer.data) == ([], False, False)
    assert readable.messages == {}


def test_the_newest_is_first(readable: SlackStandIn) -> None:
    for text in "abc":
        post(readable, text)
    assert texts(history(readable)) == ["c", "b", "a"]


@pytest.mark.parametrize("inclusive", [False, True])
def test_a_span_has_its_ends_only_where_asked_for(inclusive: bool, readable: SlackStandIn) -> None:
    stamps = [post(readable, text) for text in "abcd"]
    span: dict[str, Any] = {"oldest": stamps[0], "latest": stamps[2], "inclusive": inclusive}
    assert texts(history(readable, **span)) == (["c", "b", "a"] if inclusive else ["b"])


def test_times_are_compared_as_numbers(readable: SlackStandIn, clock: Clock) -> None:
    post(readable, "a")
    clock.now += 10
    post(readable, "b")
    assert texts(history(readable, oldest="1700000005")) == ["b"]
    assert texts(history(readable, oldest="1700000005.5")) == ["b"]
    assert texts(history(readable, oldest="999999999.5")) == ["b", "a"]
    assert texts(history(readable, latest="1700000005")) == ["a"]


def test_a_channel_shows_no_replies_but_those_for_all(readable: SlackStandIn) -> None:
    parent = post(readable, "parent")
    post(readable, "hidden", thread_ts=parent)
    post(readable, "for all", thread_ts=parent, reply_broadcast=True)
    for_all, shown = history(readable)["messages"]
    assert (for_all["text"], for_all["subtype"], for_all["thread_ts"]) == (
        *("for all", "thread_broadcast"),
        parent,
    )
    assert (shown["text"], shown["thread_ts"], shown["reply_count"]) == ("parent", parent, 2)
    assert "subtype" not in shown


def test_a_thread_has_its_message_first(readable: SlackStandIn) -> None:
    parent = post(readable, "parent")
    first = post(readable, "1", thread_ts=parent)
    post(readable, "elsewhere")
    last = post(readable, "2", thread_ts=parent, reply_broadcast=True)
    assert texts(replies(readable, parent)) == ["parent", "1", "2"]
    assert texts(replies(readable, first)) == ["parent", "1", "2"]
    assert texts(replies(readable, parent, oldest=first)) == ["parent", "2"]
    assert texts(replies(readable, parent, oldest=last, inclusive=True)) == ["parent", "2"]
    assert {each["thread_ts"] for each in replies(readable, parent)["messages"]} == {parent}


def test_a_message_without_replies_is_a_thread_of_its_own(readable: SlackStandIn) -> None:
    ts = post(readable, "alone")
    (message,) = replies(readable, ts)["messages"]
    assert (message["text"], "thread_ts" in message) == ("alone", False)


def test_a_thread_of_nothing_is_not_found(readable: SlackStandIn) -> None:
    post(readable)
    with pytest.raises(SlackApiError, match="thread_not_found"):
        replies(readable, "1700000000.999999")


# --- Page by page


def test_pages_join_without_a_gap(readable: SlackStandIn) -> None:
    for number in range(5):
        post(readable, str(number))
    pages, cursor = [], ""
    while True:
        answer = history(readable, limit=2, cursor=cursor)
        pages.append(texts(answer))
        if not answer["has_more"]:
            break
        cursor = answer["response_metadata"]["next_cursor"]
    assert pages == [["4", "3"], ["2", "1"], ["0"]]


def test_a_page_has_100_messages_unless_asked_otherwise(readable: SlackStandIn) -> None:
    for number in range(101):
        post(readable, str(number))
    assert len(history(readable)["messages"]) == 100
    whole = history(readable, limit=1000)
    assert (len(whole["messages"]), whole["has_more"]) == (101, False)


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ({"cursor": "nonsense"}, "invalid_cursor"),
        ({"cursor": "bmV4dF90czox"}, "invalid_cursor"),
        ({"oldest": "yesterday"}, "invalid_ts_oldest"),
        ({"latest": "-1"}, "invalid_ts_latest"),
        ({"limit": "many"}, "invalid_arguments"),
    ],
)
def test_arguments_refused(arguments: dict[str, str], word: str, readable: SlackStandIn) -> None:
    post(readable)
    assert why_not(readable, **arguments)["error"] == word


# --- What is shown of a message


def test_a_message_is_shown_as_it_is_now(readable: SlackStandIn, clock: Clock) -> None:
    slack = client(readable)
    ts = post(readable, "old", blocks=[MARKED], attachments=[{"color": "#ff0000", "blocks": [DIVIDER]}])
    (message,) = history(readable)["messages"]
    assert (message["type"], message["ts"], message["bot_id"]) == ("message", ts, "B00000000")
    assert "edited" not in message
    clock.now += 60
    slack.chat_update(channel=CHANNEL, ts=ts, text="new", parse="none", blocks=[], attachments=[])
    (message,) = history(readable)["messages"]
    assert message["text"] == "new"
    assert message["edited"]["ts"] == "1700000060.000000"
    assert not {"blocks", "attachments", "parse"} & message.keys()


def test_the_names_of_blocks_are_kept_and_missing_ones_made(readable: SlackStandIn) -> None:
    post(readable, blocks=[MARKED, DIVIDER, DIVIDER], attachments=[{"blocks": [DIVIDER]}])
    (message,) = history(readable)["messages"]
    named = [*message["blocks"], *message["attachments"][0]["blocks"]]
    assert named[0] == MARKED
    assert len({each["block_id"] for each in named}) == 4
    assert all(each["block_id"] for each in named)
    assert history(readable)["messages"] == [message]
    (stored,) = readable.messages[CHANNEL]
    assert stored.payload["blocks"] == [MARKED, DIVIDER, DIVIDER]
    assert stored.payload["attachments"] == [{"blocks": [DIVIDER]}]


# --- Pace


def test_reads_have_a_pace_of_their_own(readable: SlackStandIn, clock: Clock) -> None:
    readable.reads_per_minute = 2
    ts = post(readable)
    for _ in range(2):
        history(readable)
    answer = why_not(readable)
    assert (answer.status_code, answer["error"], answer.headers["Retry-After"]) == (429, "ratelimited", "30")
    replies(readable, ts)  # another method has its own
    post(readable)
    clock.now += 30
    history(readable)
    assert why_not(readable)["error"] == "ratelimited"


def test_without_a_pace_every_read_is_answered(readable: SlackStandIn, clock: Clock) -> None:
    assert [history(readable)["ok"] for _ in range(60)] == [True] * 60
