"""Who has answered, over real HTTP from a stand-in of Slack; time and the table's gates are the test's."""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from chalicelib import clock
from chalicelib.attention import asking, reactions
from chalicelib.attention.reactions import Blind, MessageGone, NotYet, Reading, answers
from chalicelib.errors import SlackRejected, SlackUnavailable
from chalicelib.ledger import clocks
from chalicelib.ledger.places import ChannelClock
from chalicelib.slack import api
from chalicelib.slack.api import Posted, Token, Webhook
from statemachine.local import slack_reactions, slack_workspace
from statemachine.local.local_aws import LocalAWS
from statemachine.local.slack_methods import DEFAULT_SCOPES as SHIPPED
from statemachine.local.slack_methods import HISTORY_SCOPES
from statemachine.local.slack_stand_in import SlackFault, SlackStandIn
from tests.attention.watches import watch
from tests.slack.test_api import assert_no_secret

CHANNEL, GROUP = "C012345678", "S0614TZR7"
ANNA, BEN, ROBOT = "U0ANNA", "W0BEN", "U0ROBOT"
EYES, CHECK = "eyes", "white_check_mark"
ASK, PAGE, MEMBERS, WHO = "reactions.get", "conversations.history", "usergroups.users.list", "auth.test"
LEAST = tuple(each for each in SHIPPED if each != "users:read")
READS = (*LEAST, *HISTORY_SCOPES)
HISTORY_ONLY = tuple(each for each in READS if each != "reactions:read")
NOTHING_READ = tuple(each for each in LEAST if each != "reactions:read")

Came = Reading | NotYet | Blind | MessageGone


@dataclass
class World:
    """Slack, the time, and the gates as ``ledger.clocks`` has them."""

    slack: SlackStandIn
    now: datetime = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
    gates: dict[str, int] = field(default_factory=dict)
    secrets: list[Token | Webhook] = field(default_factory=lambda: [Token("xoxb-secret-one")])
    """What the parameter holds, by each reading anew; the last stays."""

    def seconds(self) -> float:
        return self.now.timestamp()

    def pass_gate(self, queue: str, gap: int, now: int) -> tuple[int, ChannelClock]:
        opens = self.gates.get(queue, 0)
        if opens > now:
            return opens - now, ChannelClock()
        self.gates[queue] = now + gap
        return 0, ChannelClock()

    def close(self, queue: str, seconds: int, now: int) -> None:
        self.gates[queue] = now + seconds * 1000

    def secret(self, *, anew: bool = False) -> Token | Webhook:
        if anew and len(self.secrets) > 1:
            self.secrets.pop(0)
        return self.secrets[0]

    def post(self, text: str = "x", channel: str = CHANNEL) -> str:
        """A message that stands in a channel, however it came there."""
        workspace = self.slack._workspace
        return workspace.post(workspace.channel(channel), {"text": text}, "", broadcast=False).ts

    def pass_time(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def asked(self, *but: str) -> list[str]:
        """What Slack was asked since the last time, but who we are."""
        methods = [each.method for each in self.slack.requests]
        self.slack._requests.clear()
        return [each for each in methods if each not in (WHO, *but)]


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with SlackStandIn(groups={GROUP: (ANNA,)}, bots={ROBOT}, scopes=LEAST) as slack:
        world = World(slack)
        monkeypatch.setenv("SLACK_API_URL", slack.url)
        monkeypatch.setattr(clock, "now", lambda: world.now)
        monkeypatch.setattr(clocks, "pass_gate", world.pass_gate)
        monkeypatch.setattr(clocks, "close", world.close)
        monkeypatch.setattr(reactions, "slack_secret", world.secret)
        monkeypatch.setattr(clock, "sleep", world.pass_time)
        time_ = SimpleNamespace(monotonic=world.seconds, time=world.seconds)
        monkeypatch.setattr(slack_workspace, "time", time_)
        reactions.forget()
        yield world
        reactions.forget()


def look(ts: str, channel: str = CHANNEL, **changes: Any) -> Came:
    return answers(watch(**changes), channel, ts)


def read(ts: str, **changes: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:
    came = look(ts, **changes)
    assert isinstance(came, Reading), came
    return came.seen, came.handled


# --- By message


def test_a_reaction_is_seen_and_its_withdrawal(world: World) -> None:
    ts = world.post()
    for give, name, want in (
        (world.slack.react, EYES, ((ANNA,), ())),
        (world.slack.react, CHECK, ((ANNA,), (ANNA,))),
        (world.slack.unreact, CHECK, ((ANNA,), ())),
        (world.slack.unreact, EYES, ((), ())),
    ):
        give(CHANNEL, ts, name, ANNA)
        assert read(ts) == want
        world.pass_time(2)
    assert world.asked() == [ASK] * 4


def test_what_was_given_before_is_ignored(world: World) -> None:
    ts = world.post()
    world.slack.react(CHANNEL, ts, CHECK, ANNA)
    world.slack.react(CHANNEL, ts, EYES, BEN)
    came = look(ts, ignored=(f"{ANNA} {CHECK}",))
    assert came == Reading((BEN,), (), (f"{ANNA} {CHECK}", f"{BEN} {EYES}"))


@pytest.mark.parametrize("scopes", [LEAST, READS, HISTORY_ONLY], ids=("by-one", "both", "history"))
def test_a_deleted_message_is_gone(scopes: tuple[str, ...], world: World) -> None:
    world.slack.scopes = scopes
    ts, other = world.post(), world.post()
    world.slack.delete(world.slack.messages[CHANNEL][0])
    assert look(ts) == MessageGone()
    world.pass_time(2)
    assert read(other) == ((), ())


@pytest.mark.parametrize("word", ["channel_not_found", "is_archived"])
def test_a_channel_that_is_gone_takes_the_message_along(word: str, world: World) -> None:
    world.slack.script(SlackFault(error=word, method=ASK))
    assert look(world.post()) == MessageGone()


# --- By history


def test_one_page_serves_all_that_is_open_in_a_channel(world: World) -> None:
    world.slack.scopes = READS
    each = [world.post(str(number)) for number in range(100)]
    world.slack.react(CHANNEL, each[0], CHECK, ANNA)
    assert [read(ts)[1] for ts in each] == [(ANNA,), *[()] * 99]
    assert world.asked() == [PAGE]
    world.slack.react(CHANNEL, each[1], CHECK, BEN)
    world.pass_time(9)
    assert read(each[1])[1] == ()
    world.pass_time(1)
    assert read(each[1])[1] == (BEN,)
    assert world.asked() == [PAGE]


def test_who_is_to_answer_within_seconds_is_looked_at_within_a_second(world: World) -> None:
    """Who has answered since the last look is not reminded."""
    world.slack.scopes = READS
    ts = world.post()
    assert read(ts, within=20) == ((), ())
    world.slack.react(CHANNEL, ts, CHECK, ANNA)
    world.pass_time(1.9)
    assert read(ts, within=20) == ((), ())
    world.pass_time(0.1)
    assert read(ts, within=900) == ((), ())
    assert read(ts, within=20) == ((), (ANNA,))
    assert world.asked() == [PAGE, PAGE]


def test_what_is_older_than_the_page_is_asked_for_alone(world: World) -> None:
    world.slack.scopes = READS
    old = world.post()
    world.slack.react(CHANNEL, old, EYES, ANNA)
    for number in range(101):
        world.post(str(number))
    assert read(old) == ((ANNA,), ())
    assert world.asked() == [PAGE, ASK]
    world.pass_time(60)
    assert read(old) == ((ANNA,), ())
    assert world.asked() == [ASK], "it has not come to stand among the newest"


def test_without_the_scope_for_reactions_history_goes_back_as_far(world: World) -> None:
    world.slack.scopes = HISTORY_ONLY
    old, older = sorted((world.post(), world.post()), reverse=True)
    for number in range(101):
        world.post(str(number))
    world.slack.react(CHANNEL, older, EYES, ANNA)
    assert read(old) == ((), ())
    assert read(older) == ((ANNA,), ()), "from the same page"
    assert world.asked() == [PAGE, PAGE]
    world.pass_time(60)
    assert read(older) == ((ANNA,), ())
    assert world.asked() == [PAGE], "it has not come to stand among the newest"


def test_a_message_that_came_after_the_page_is_not_gone(world: World) -> None:
    world.slack.scopes = HISTORY_ONLY
    assert read(world.post()) == ((), ())
    world.pass_time(5)
    assert read(world.post()) == ((), ())
    assert world.asked() == [PAGE, PAGE]


def test_what_was_given_before_it_opened_again_is_looked_at_right_then(world: World) -> None:
    """Some seconds later it would pass for an answer to the news."""
    world.slack.scopes = READS
    ts = world.post()
    assert read(ts) == ((), ())
    world.slack.react(CHANNEL, ts, CHECK, ANNA)
    world.pass_time(2)
    assert read(ts) == ((), ())
    assert read(ts, anew=True) == ((), (ANNA,))
    assert world.asked() == [PAGE, PAGE]


def test_two_questions_of_one_look_wait_for_each_other(world: World) -> None:
    """Who came again later, in another container, would read the newest first again."""
    world.slack.scopes = HISTORY_ONLY
    old = world.post()
    for number in range(101):
        world.post(str(number))
    began = world.now
    assert read(old) == ((), ())
    assert world.now - began == timedelta(milliseconds=asking.GAP)
    reactions.forget()
    world.slack.script(SlackFault(retry_after=30, method=PAGE))
    world.pass_time(2)
    assert isinstance(look(old), NotYet)
    assert isinstance(look(old), NotYet)
    assert world.now - began < timedelta(seconds=5), "nobody sleeps for a minute"


def test_where_history_does_not_name_everybody_the_message_is_asked_for(world: World) -> None:
    world.slack.scopes = (*READS, "usergroups:read")
    ts = world.post()
    for number in range(slack_reactions.LISTED):
        world.slack.react(CHANNEL, ts, CHECK, f"U{number:04}")
    world.slack.react(CHANNEL, ts, CHECK, ANNA)
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("RESPONDERS", GROUP)
        assert read(ts) == ((), (ANNA,))
    assert world.asked() == [MEMBERS, PAGE, ASK]


@pytest.mark.parametrize("word", ["not_in_channel", "channel_not_found", "missing_scope"])
def test_where_history_is_refused_each_message_is_asked_for(word: str, world: World) -> None:
    world.slack.scopes = READS
    world.slack.script(SlackFault(error=word, method=PAGE))
    ts = world.post()
    world.slack.react(CHANNEL, ts, EYES, ANNA)
    assert read(ts) == ((ANNA,), ())
    world.pass_time(599)
    assert read(ts) == ((ANNA,), ())
    assert world.asked() == [PAGE, ASK, ASK]
    world.pass_time(1)
    assert read(ts) == ((ANNA,), ())
    assert world.asked() == [PAGE], "it may have been let in"


@pytest.mark.parametrize(
    ("channel", "scope", "asks"),
    [
        ("C012345678", "channels:history", [PAGE]),
        ("C012345678", "groups:history", [PAGE, ASK]),  # it may be private
        ("G012345678", "groups:history", [PAGE]),
        ("G012345678", "channels:history", [ASK]),
        ("D012345678", "channels:history", [ASK]),
    ],
)
def test_each_sort_of_channel_has_its_scope(channel: str, scope: str, asks: list[str], world: World) -> None:
    world.slack.scopes = (*LEAST, scope)
    assert look(world.post(channel=channel), channel) == Reading((), (), ())
    assert world.asked() == asks


# --- Blind


@pytest.mark.parametrize(
    ("scopes", "not_member", "why"),
    [
        pytest.param(NOTHING_READ, (), "scope", id="no-scope"),
        pytest.param(HISTORY_ONLY, (CHANNEL,), "channel", id="history-and-not-a-member"),
    ],
)
def test_nobodys_answer_can_be_seen(
    scopes: tuple[str, ...], not_member: tuple[str, ...], why: str, world: World
) -> None:
    world.slack.scopes, world.slack.not_member = scopes, not_member
    assert look(world.post()) == Blind(why)


def test_a_refused_message_is_no_silence(world: World) -> None:
    world.slack.script(SlackFault(error="not_in_channel", method=ASK))
    assert look(world.post()) == Blind("channel")


def test_a_webhook_sees_nothing_and_a_name_is_no_channel(world: World) -> None:
    assert look("17.5", "#security") == Blind("channel")
    world.secrets = [Webhook("https://hooks.slack.com/services/T/B/secret")]
    assert look("17.5") == Blind("scope")
    assert world.asked() == []


def test_a_scope_that_comes_is_found_within_ten_minutes(world: World) -> None:
    world.slack.scopes = NOTHING_READ
    ts = world.post()
    assert look(ts) == Blind("scope")
    world.slack.scopes = LEAST
    world.pass_time(599)
    assert look(ts) == Blind("scope")
    world.pass_time(1)
    assert read(ts) == ((), ())


def test_where_slack_names_no_scopes_it_is_asked(world: World) -> None:
    body = b'{"ok": true, "user_id": "U00000000"}'
    world.slack.script(SlackFault(body=body, method=WHO))
    ts = world.post()
    world.slack.react(CHANNEL, ts, EYES, ANNA)
    assert read(ts) == ((ANNA,), ())
    assert world.asked() == [PAGE, ASK, "users.info"]


def test_where_slack_names_no_scopes_no_bot_counts_either(world: World) -> None:
    world.slack.scopes = SHIPPED
    world.slack.script(SlackFault(body=b'{"ok": true, "user_id": "U00000000"}', method=WHO))
    ts = world.post()
    world.slack.react(CHANNEL, ts, CHECK, ROBOT)
    assert read(ts) == ((), ())


def test_a_token_that_may_not_ask_who_it_is_asks_for_reactions(world: World) -> None:
    world.slack.script(SlackFault(error="access_denied", method=WHO))
    assert read(world.post()) == ((), ())


# --- Who counts


@pytest.fixture
def grouped(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setenv("RESPONDERS", GROUP)
    world.slack.scopes = (*LEAST, "usergroups:read")
    return world


def test_only_members_count_and_the_group_is_read_every_ten_minutes(grouped: World) -> None:
    ts = grouped.post()
    for user in (ANNA, BEN):
        grouped.slack.react(CHANNEL, ts, CHECK, user)
    assert read(ts) == ((), (ANNA,))
    grouped.slack.groups = {GROUP: (BEN,)}
    grouped.pass_time(599)
    assert read(ts) == ((), (ANNA,))
    assert grouped.asked() == [MEMBERS, ASK, ASK]
    grouped.pass_time(2)
    assert read(ts) == ((), (BEN,))


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"scopes": LEAST}, id="no-scope"),
        pytest.param({"groups": {}}, id="no-such-group"),
        pytest.param({"groups": None}, id="no-paid-plan"),
        pytest.param({"groups": {GROUP: ()}}, id="nobody-in-it"),
        pytest.param({"groups": {GROUP: ("<!here>", "B0ROBOT")}}, id="no-users-in-it"),
    ],
)
def test_a_group_that_cant_be_read_lets_nobody_answer(change: dict[str, Any], grouped: World) -> None:
    for name, value in change.items():
        setattr(grouped.slack, name, value)
    ts = grouped.post()
    grouped.slack.react(CHANNEL, ts, CHECK, ANNA)
    assert [look(ts), look(ts)] == [Blind("group")] * 2
    assert grouped.asked() == [MEMBERS], "Slack takes 20 of these a minute"


def test_a_group_that_slack_does_not_show_now_is_asked_for_again(grouped: World) -> None:
    ts = grouped.post()
    grouped.slack.script(SlackFault(retry_after=30, method=MEMBERS), SlackFault(status=503, method=MEMBERS))
    assert look(ts) == NotYet(30)
    with pytest.raises(SlackUnavailable):
        look(ts)
    assert read(ts) == ((), ())


def test_bots_never_count(world: World) -> None:
    world.slack.scopes = SHIPPED
    ts = world.post()
    for user in ("U00000000", "B0ROBOT", "USLACKBOT", ROBOT):
        world.slack.react(CHANNEL, ts, CHECK, user)
    world.slack.react(CHANNEL, ts, EYES, ANNA)
    for _ in range(2):
        assert read(ts) == ((ANNA,), ())
        world.pass_time(3600)
    assert world.asked() == [ASK, "users.info", "users.info", ASK], "each user is asked about once"


def test_who_can_not_be_asked_about_is_a_person(world: World) -> None:
    world.slack.scopes = SHIPPED
    world.slack.script(SlackFault(error="access_denied", method="users.info"))
    ts = world.post()
    world.slack.react(CHANNEL, ts, EYES, ANNA)
    assert read(ts) == ((ANNA,), ())


def test_a_crowd_is_not_asked_about_at_once(world: World) -> None:
    world.slack.scopes = SHIPPED
    ts = world.post()
    for number in range(300):
        world.slack.react(CHANNEL, ts, EYES, f"U{number:04}")
    assert len(read(ts)[0]) == 10
    world.pass_time(2)
    assert len(read(ts)[0]) == 20
    assert world.asked(ASK) == ["users.info"] * 20


# --- Pace


@pytest.mark.parametrize(
    ("scopes", "method"), [(LEAST, ASK), (HISTORY_ONLY, PAGE)], ids=("by-message", "history")
)
def test_a_429_is_not_yet_for_all(scopes: tuple[str, ...], method: str, world: World) -> None:
    world.slack.scopes = scopes
    ts, other = world.post(), world.post()
    world.slack.script(SlackFault(retry_after=30, method=method))
    first, second = look(ts), look(other)
    assert isinstance(first, NotYet)
    assert isinstance(second, NotYet)
    assert 30 <= first.seconds <= 45 >= second.seconds >= 30
    assert world.asked() == [method], "the second did not ask"
    world.pass_time(30)
    assert read(ts) == ((), ())


@pytest.mark.parametrize("method", [WHO, "users.info"])
def test_a_429_of_other_questions_is_not_yet_either(method: str, world: World) -> None:
    world.slack.scopes = SHIPPED
    ts = world.post()
    world.slack.react(CHANNEL, ts, EYES, ANNA)
    world.slack.script(SlackFault(retry_after=7, method=method))
    assert look(ts) == NotYet(7)


@pytest.mark.parametrize(("within", "most"), [(10, 1), (900, 15), (86_400, 60)])
def test_who_comes_too_early_returns_the_sooner_the_less_time_there_is(
    within: int, most: int, world: World
) -> None:
    each = [world.post() for _ in range(60)]
    read(each[0])
    waits = [look(ts, within=within) for ts in each]
    seconds = [came.seconds for came in waits if isinstance(came, NotYet)]
    assert len(seconds) == 60
    assert 2 == min(seconds) < max(seconds) <= 2 + most
    assert len(set(seconds)) > most // 3, "not all at once"


def test_two_hundred_open_findings_stay_within_what_slack_takes(world: World) -> None:
    world.slack.reads_per_minute = 50
    waiting = [(0.0, world.post()) for _ in range(200)]
    began = world.now
    while waiting:
        at, ts = heapq.heappop(waiting)
        world.now = began + timedelta(seconds=at)
        came = look(ts)
        if isinstance(came, NotYet):
            heapq.heappush(waiting, (at + came.seconds, ts))
    asked = [each for each in world.slack.requests if each.method == ASK]
    assert [each.status for each in asked] == [200] * 200
    assert world.now - began < timedelta(minutes=8)


# --- What can't be had


@pytest.mark.parametrize(
    "fault",
    [
        SlackFault(status=503, method=ASK),
        SlackFault(reset=True, method=ASK),
        SlackFault(body=b"<html>", method=ASK),
        SlackFault(status=503, method=WHO),
    ],
)
def test_what_can_not_be_had_is_raised(fault: SlackFault, world: World) -> None:
    world.slack.script(fault)
    with pytest.raises(SlackUnavailable) as caught:
        look(world.post())
    assert_no_secret(caught.value)


def test_a_changed_token_is_read_anew(world: World) -> None:
    ts = world.post()
    world.slack.tokens, world.secrets = {"xoxb-two"}, [Token("xoxb-secret-one"), Token("xoxb-two")]
    assert read(ts) == ((), ())


@pytest.mark.parametrize("others", [[], [Token("xoxb-two")]], ids=("the-same", "another"))
def test_a_token_that_slack_does_not_know_is_a_refusal(others: list[Token], world: World) -> None:
    ts = world.post()
    world.slack.tokens = ()
    world.secrets += others
    with pytest.raises(SlackRejected, match="invalid_auth") as caught:
        look(ts)
    assert type(caught.value) is SlackRejected, "the machine knows the plain class"
    assert world.slack.requests[-1].method == WHO


# --- The gate in the table


def test_the_gate_is_everybodys(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [datetime(2026, 11, 20, 10, 0, tzinfo=UTC)]
    with SlackStandIn() as slack, LocalAWS(settings={"SLACK_API_URL": slack.url}):
        monkeypatch.setattr(clock, "now", lambda: now[0])
        came = api.post(Token("xoxb-local"), slack.url, CHANNEL, {"text": "x"})
        assert isinstance(came, Posted)
        assert look(came.ts) == Reading((), (), ())
        reactions.forget()
        assert isinstance(look(came.ts), NotYet)
        assert clocks.clock(asking.REACTIONS).open_at == clock.milliseconds() + asking.GAP
        now[0] += timedelta(seconds=2)
        slack.script(SlackFault(retry_after=30, method=ASK))
        assert isinstance(look(came.ts), NotYet)
        assert clocks.clock(asking.REACTIONS).closed_until == clock.milliseconds() + 30_000
        assert [each.method for each in slack.requests].count(ASK) == 2
