"""What the stand-in of Slack shows of reactions, user groups and users, judged by Slack's own clients."""

from typing import Any

import pytest
from slack_sdk.errors import SlackApiError

from statemachine.local import slack_reactions
from statemachine.local.slack_methods import DEFAULT_SCOPES, HISTORY_SCOPES
from statemachine.local.slack_stand_in import SlackStandIn
from tests.local.test_slack_history import CHANNEL, Clock, clock, history, post
from tests.local.test_slack_stand_in import client, refused

__all__ = ["clock"]

ANNA, BEN, ROBOT = "U0ANNA", "W0BEN", "U0ROBOT"


@pytest.fixture
def open_(stand_in: SlackStandIn) -> SlackStandIn:
    """A Slack that shows all of it."""
    stand_in.scopes = (*DEFAULT_SCOPES, *HISTORY_SCOPES, "usergroups:read", "users:read")
    stand_in.groups, stand_in.bots = {"S0614TZR7": (ANNA, BEN), "S0EMPTY": ()}, {ROBOT}
    return stand_in


def reactions(stand_in: SlackStandIn, ts: str, **more: Any) -> Any:
    return client(stand_in).reactions_get(channel=CHANNEL, timestamp=ts, **more)["message"].get("reactions")


def why_not(stand_in: SlackStandIn, method: str, **arguments: Any) -> str:
    with pytest.raises(SlackApiError) as caught:
        client(stand_in).api_call(method, params=arguments)
    return str(caught.value.response["error"])


# --- Reactions


def test_a_reaction_is_given_and_taken_away(stand_in: SlackStandIn) -> None:
    ts = post(stand_in)
    assert reactions(stand_in, ts) is None
    stand_in.react(CHANNEL, ts, "eyes", ANNA)
    stand_in.react(CHANNEL, ts, "eyes", BEN)
    stand_in.react(CHANNEL, ts, "eyes", ANNA)
    stand_in.react(CHANNEL, ts, "tada", BEN)
    assert reactions(stand_in, ts) == [
        {"name": "eyes", "users": [ANNA, BEN], "count": 2},
        {"name": "tada", "users": [BEN], "count": 1},
    ]
    stand_in.unreact(CHANNEL, ts, "eyes", ANNA)
    stand_in.unreact(CHANNEL, ts, "tada", BEN)
    stand_in.unreact(CHANNEL, ts, "tada", BEN)
    assert reactions(stand_in, ts) == [{"name": "eyes", "users": [BEN], "count": 1}]


def test_a_channels_name_does_as_well(stand_in: SlackStandIn) -> None:
    answer = client(stand_in).chat_postMessage(channel="#security", text="x")
    stand_in.react("#security", answer["ts"], "eyes", ANNA)
    said = client(stand_in).reactions_get(channel=answer["channel"], timestamp=answer["ts"])
    assert said["message"]["reactions"][0]["users"] == [ANNA]


def test_nobody_reacts_to_nothing(stand_in: SlackStandIn) -> None:
    with pytest.raises(LookupError):
        stand_in.react(CHANNEL, "1700000000.000001", "eyes", ANNA)


def test_an_update_keeps_them(stand_in: SlackStandIn) -> None:
    ts = post(stand_in)
    stand_in.react(CHANNEL, ts, "eyes", ANNA)
    client(stand_in).chat_update(channel=CHANNEL, ts=ts, text="y")
    assert reactions(stand_in, ts) == [{"name": "eyes", "users": [ANNA], "count": 1}]


def test_a_channels_history_has_them(open_: SlackStandIn) -> None:
    ts, _ = post(open_), post(open_, "another")
    open_.react(CHANNEL, ts, "eyes", ANNA)
    another, message = history(open_)["messages"]
    assert message["reactions"] == [{"name": "eyes", "users": [ANNA], "count": 1}]
    assert "reactions" not in another


def test_not_everybody_is_named_but_everybody_counted(open_: SlackStandIn) -> None:
    ts = post(open_)
    everybody = [f"U{number:04}" for number in range(slack_reactions.LISTED + 3)]
    for user in everybody:
        open_.react(CHANNEL, ts, "eyes", user)
    (listed,), (full,) = reactions(open_, ts), reactions(open_, ts, full=True)
    assert (listed["users"], listed["count"]) == (everybody[: slack_reactions.LISTED], len(everybody))
    assert (full["users"], full["count"]) == (everybody, len(everybody))
    assert history(open_)["messages"][0]["reactions"] == [listed]


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        pytest.param({}, "no_item_specified", id="no-timestamp"),
        pytest.param({"timestamp": "17"}, "bad_timestamp", id="timestamp"),
        pytest.param({"timestamp": "1700000000.000001"}, "message_not_found", id="message"),
        pytest.param(
            {"channel": "#security", "timestamp": "1700000000.000001"}, "channel_not_found", id="name"
        ),
        pytest.param(
            {"channel": "C404404404", "timestamp": "1700000000.000001"}, "channel_not_found", id="channel"
        ),
    ],
)
def test_what_is_no_message_has_no_reactions(
    arguments: dict[str, Any], word: str, stand_in: SlackStandIn
) -> None:
    stand_in.unknown = {"C404404404"}
    assert why_not(stand_in, "reactions.get", **{"channel": CHANNEL, **arguments}) == word


def test_a_form_only(stand_in: SlackStandIn) -> None:
    assert (
        refused(stand_in, "reactions.get", channel=CHANNEL, timestamp=post(stand_in)) == "channel_not_found"
    )


# --- People


def test_a_groups_users(open_: SlackStandIn) -> None:
    assert client(open_).usergroups_users_list(usergroup="S0614TZR7")["users"] == [ANNA, BEN]
    assert client(open_).usergroups_users_list(usergroup="S0EMPTY")["users"] == []
    assert why_not(open_, "usergroups.users.list", usergroup="S404") == "no_such_subteam"
    open_.groups = None
    assert why_not(open_, "usergroups.users.list", usergroup="S0614TZR7") == "plan_upgrade_required"


def test_who_is_a_bot(open_: SlackStandIn) -> None:
    about = {user: client(open_).users_info(user=user)["user"] for user in (ANNA, ROBOT, slack_reactions.US)}
    assert [each["is_bot"] for each in about.values()] == [False, True, True]
    assert [each["id"] for each in about.values()] == list(about)
    assert why_not(open_, "users.info", user="anna") == "user_not_found"


# --- Scopes and pace


@pytest.mark.parametrize(
    ("method", "scope"),
    [
        ("reactions.get", "reactions:read"),
        ("usergroups.users.list", "usergroups:read"),
        ("users.info", "users:read"),
    ],
)
def test_each_has_its_scope(method: str, scope: str, open_: SlackStandIn) -> None:
    open_.scopes = tuple(each for each in open_.scopes if each != scope)
    with pytest.raises(SlackApiError) as caught:
        client(open_).api_call(method)
    assert (caught.value.response["error"], caught.value.response["needed"]) == ("missing_scope", scope)


def test_each_has_a_pace_of_its_own(open_: SlackStandIn, clock: Clock) -> None:
    open_.reads_per_minute = 50
    ts = post(open_)
    for _ in range(50):
        reactions(open_, ts)
    for _ in range(20):
        client(open_).usergroups_users_list(usergroup="S0EMPTY")
    assert why_not(open_, "reactions.get", channel=CHANNEL, timestamp=ts) == "ratelimited"
    assert why_not(open_, "usergroups.users.list", usergroup="S0EMPTY") == "ratelimited"
    client(open_).users_info(user=ANNA)
    clock.now += 2
    reactions(open_, ts)
    assert why_not(open_, "usergroups.users.list", usergroup="S0EMPTY") == "ratelimited"
