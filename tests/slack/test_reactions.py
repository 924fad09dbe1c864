"""Reading of people, over real HTTP from a stand-in of Slack on loopback; and what is no answer."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from chalicelib.errors import SlackUnavailable
from chalicelib.slack import api, reactions
from chalicelib.slack.api import Gone, Posted, Throttled, Token
from chalicelib.slack.reactions import Identity, Reaction
from chalicelib.slack.refusals import HistoryRefused, TokenRefused
from statemachine.local.slack_methods import DEFAULT_SCOPES
from statemachine.local.slack_stand_in import SlackFault, SlackStandIn
from tests.slack.test_api import assert_no_secret, recording

TOKEN = Token("xoxb-verysecret-token")
CHANNEL, TS, GROUP = "C012345678", "1700000000.000001", "S0614TZR7"
ANNA, BEN, ROBOT = "U0ANNA", "W0BEN", "U0ROBOT"
SCOPES = (*DEFAULT_SCOPES, "usergroups:read", "users:read")


@pytest.fixture
def stand_in() -> Iterator[SlackStandIn]:
    with SlackStandIn(
        tokens={TOKEN.value}, scopes=SCOPES, groups={GROUP: (ANNA, BEN)}, bots={ROBOT}
    ) as server:
        yield server


def posted(stand_in: SlackStandIn) -> str:
    came = api.post(TOKEN, stand_in.url, CHANNEL, {"text": "x"})
    assert isinstance(came, Posted)
    return came.ts


def of(url: str) -> Any:
    return reactions.reactions(TOKEN, url, CHANNEL, TS)


QUESTIONS: list[Callable[[str], Any]] = [
    of,
    lambda url: reactions.members(TOKEN, url, GROUP),
    lambda url: reactions.is_bot(TOKEN, url, ANNA),
    lambda url: reactions.identity(TOKEN, url),
]
each_question = pytest.mark.parametrize("ask", QUESTIONS, ids=("reactions", "members", "is_bot", "identity"))


# --- What is asked


@pytest.mark.parametrize(
    ("ask", "path", "body"),
    [
        (QUESTIONS[0], "/reactions.get", f"channel={CHANNEL}&timestamp={TS}&full=true"),
        (QUESTIONS[1], "/usergroups.users.list", f"usergroup={GROUP}"),
        (QUESTIONS[2], "/users.info", f"user={ANNA}"),
        (QUESTIONS[3], "/auth.test", ""),
    ],
)
def test_the_question_as_slack_wants_it(ask: Callable[[str], Any], path: str, body: str) -> None:
    with recording(b'{"ok": true, "message": {}, "users": []}') as (url, seen):
        ask(url)
    assert (seen["path"], seen["body"]) == (path, body.encode())
    assert seen["Content-Type"] == "application/x-www-form-urlencoded"


# --- What comes


def test_who_reacted(stand_in: SlackStandIn) -> None:
    ts = posted(stand_in)
    assert reactions.reactions(TOKEN, stand_in.url, CHANNEL, ts) == ()
    stand_in.react(CHANNEL, ts, "eyes", ANNA)
    stand_in.react(CHANNEL, ts, "eyes", BEN)
    stand_in.react(CHANNEL, ts, "+1::skin-tone-2", BEN)
    assert reactions.reactions(TOKEN, stand_in.url, CHANNEL, ts) == (
        Reaction("eyes", (ANNA, BEN)),
        Reaction("+1", (BEN,)),
    )


def test_who_is_in_a_group_and_who_is_a_bot_and_who_we_are(stand_in: SlackStandIn) -> None:
    assert reactions.members(TOKEN, stand_in.url, GROUP) == frozenset({ANNA, BEN})
    assert [reactions.is_bot(TOKEN, stand_in.url, each) for each in (ANNA, ROBOT, "U0")] == [
        False,
        True,
        False,
    ]
    assert reactions.identity(TOKEN, stand_in.url) == Identity("U00000000", frozenset(SCOPES))


@pytest.mark.parametrize("word", ["message_not_found", "channel_not_found", "is_archived", "is_inactive"])
def test_a_message_that_is_gone(word: str, stand_in: SlackStandIn) -> None:
    stand_in.script(SlackFault(error=word))
    assert of(stand_in.url) == Gone()


def test_a_deleted_message_with_replies_is_gone(stand_in: SlackStandIn) -> None:
    body = {"ok": True, "message": {"subtype": "tombstone", "ts": TS, "text": "This message was deleted."}}
    stand_in.script(SlackFault(body=json.dumps(body).encode()))
    assert of(stand_in.url) == Gone()


EYES = {"name": "eyes", "users": [ANNA], "count": 1}


@pytest.mark.parametrize(
    ("listed", "read"),
    [
        pytest.param(None, (), id="null"),
        pytest.param("eyes", (), id="text"),
        pytest.param({"eyes": [ANNA]}, (), id="object"),
        pytest.param([None, 7, "eyes", [EYES], EYES], (Reaction("eyes", (ANNA,)),), id="items"),
        pytest.param([{"users": [ANNA], "count": 1}], (), id="no-name"),
        pytest.param([{**EYES, "name": 7}], (), id="number-as-name"),
        pytest.param([{**EYES, "name": "<!here>"}], (), id="markup-as-name"),
        pytest.param([{**EYES, "name": "eyes\n"}], (), id="line-end-in-name"),
        pytest.param([{**EYES, "name": "x" * 101}], (), id="long-name"),
        pytest.param(
            [{**EYES, "name": "eyes::skin-tone-6"}], (Reaction("eyes", (ANNA,)),), id="tone-of-skin"
        ),
        pytest.param([{**EYES, "name": "eyes::skin-tone-9"}], (), id="no-tone"),
        pytest.param([{"name": "eyes", "count": 3}], (Reaction("eyes", (), complete=False),), id="no-users"),
        pytest.param([{"name": "eyes", "users": ANNA}], (Reaction("eyes", ()),), id="text-as-users"),
        pytest.param([{"name": "eyes", "users": {ANNA: 1}}], (Reaction("eyes", ()),), id="object-as-users"),
        pytest.param([{**EYES, "count": 2}], (Reaction("eyes", (ANNA,), complete=False),), id="incomplete"),
        pytest.param([{**EYES, "count": "9"}], (Reaction("eyes", (ANNA,)),), id="text-as-count"),
        pytest.param(
            [{**EYES, "users": [ANNA, ANNA, BEN], "count": 3}],
            (Reaction("eyes", (ANNA, BEN)),),
            id="twice",
        ),
        pytest.param(
            [
                {
                    "name": "eyes",
                    "users": [
                        *(None, 7, [ANNA], "", "B0ROBOT", "u0anna", "U", "UÄÖ", "U0ANNA\n"),
                        *("<@U0ANNA>", "U0> <!channel", "U" * 22, ANNA),
                    ],
                }
            ],
            (Reaction("eyes", (ANNA,)),),
            id="what-is-no-user",
        ),
    ],
)
def test_what_is_no_reaction_is_nothing(listed: Any, read: tuple[Reaction, ...]) -> None:
    assert reactions.of_message({"reactions": listed}) == read


def test_a_huge_list_is_read(stand_in: SlackStandIn) -> None:
    users = [f"U{number:08}" for number in range(50_000)]
    body = {"ok": True, "message": {"reactions": [{"name": "eyes", "users": users, "count": 50_000}]}}
    stand_in.script(SlackFault(body=json.dumps(body).encode()))
    ((name, named, complete),) = of(stand_in.url)
    assert (name, named, complete) == ("eyes", tuple(users), True)


# --- What does not


@pytest.mark.parametrize(
    ("ask", "body"),
    [
        pytest.param(QUESTIONS[0], b'{"ok": true}', id="no-message"),
        pytest.param(QUESTIONS[0], b'{"ok": true, "message": [1]}', id="list-as-message"),
        pytest.param(QUESTIONS[1], b'{"ok": true}', id="no-users"),
        pytest.param(QUESTIONS[1], b'{"ok": true, "users": "U0ANNA"}', id="text-as-users"),
        *(
            pytest.param(ask, body, id=f"{body!r}"[:20] + str(number))
            for number, ask in enumerate(QUESTIONS)
            for body in (b"", b"<html>", b'{"message": {}}', b"[]")
        ),
    ],
)
def test_what_is_no_answer_is_none(ask: Callable[[str], Any], body: bytes, stand_in: SlackStandIn) -> None:
    stand_in.script(SlackFault(body=body))
    with pytest.raises(SlackUnavailable) as caught:
        ask(stand_in.url)
    assert_no_secret(caught.value)


@each_question
@pytest.mark.parametrize(
    ("fault", "error", "said"),
    [
        pytest.param(SlackFault(status=503), SlackUnavailable, "HTTP 503", id="503"),
        pytest.param(SlackFault(error="internal_error"), SlackUnavailable, "internal_error", id="internal"),
        pytest.param(SlackFault(reset=True), SlackUnavailable, "connection to Slack broke", id="reset"),
        pytest.param(SlackFault(error="token_revoked"), TokenRefused, "token_revoked", id="token"),
        pytest.param(SlackFault(error="not_in_channel"), HistoryRefused, "Invite the app", id="outside"),
        pytest.param(SlackFault(error="no_such_subteam"), HistoryRefused, "RESPONDERS", id="group"),
        pytest.param(SlackFault(error="plan_upgrade_required"), HistoryRefused, "paid plans", id="plan"),
        pytest.param(SlackFault(error="bad_timestamp"), HistoryRefused, r"methods/[a-z.]+#errors", id="new"),
    ],
)
def test_each_fault_has_its_error_and_no_secret(
    ask: Callable[[str], Any],
    fault: SlackFault,
    error: type[Exception],
    said: str,
    stand_in: SlackStandIn,
) -> None:
    stand_in.script(fault)
    with pytest.raises(error, match=said) as caught:
        ask(stand_in.url)
    assert type(caught.value) is error
    assert_no_secret(caught.value)
    assert len(stand_in.requests) == 1


@each_question
def test_too_fast(ask: Callable[[str], Any], stand_in: SlackStandIn) -> None:
    stand_in.script(SlackFault(retry_after=7))
    assert ask(stand_in.url) == Throttled(7)


@pytest.mark.parametrize(
    ("ask", "scope"),
    [(QUESTIONS[0], "reactions:read"), (QUESTIONS[1], "usergroups:read"), (QUESTIONS[2], "users:read")],
)
@pytest.mark.parametrize("named", [True, False], ids=("scope-named", "scope-not-named"))
def test_the_scope_that_slack_misses_is_named(
    ask: Callable[[str], Any], scope: str, named: bool, stand_in: SlackStandIn
) -> None:
    stand_in.scopes = ()
    if not named:
        stand_in.script(SlackFault(error="missing_scope"))
    with pytest.raises(HistoryRefused, match=f"Give the app the scope {scope} and install it again"):
        ask(stand_in.url)


@pytest.mark.parametrize("who", [None, 7, ["U0ANNA"]])
def test_a_token_that_is_nobody(who: Any, stand_in: SlackStandIn) -> None:
    stand_in.script(SlackFault(body=json.dumps({"ok": True, "user_id": who}).encode()))
    assert reactions.identity(TOKEN, stand_in.url) == Identity("", frozenset())
