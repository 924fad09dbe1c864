"""The world of a history: the same again is the same, faults are where they were told, people and schedules act."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

import pytest

from chalicelib.aws import clients
from chalicelib.errors import SlackUnavailable
from chalicelib.slack import reading
from chalicelib.slack.api import Throttled, Token
from chalicelib.slack.refusals import HistoryRefused
from statemachine.local.slack_workspace import channel_id
from tests.simulation.faults import Kind, Place
from tests.simulation.journal import Invocation, Journal, SlackCall, Started
from tests.simulation.story import HOUR, START, Arrival, Deed, Outage, Story, draw, finding_id
from tests.simulation.table import Unsupported
from tests.simulation.world import World

NAME = "finding-1-update-1"
ONE = Story(1, (Arrival(1.0, 1, 1, 0.5),), faults={})
POST = "post-to-slack"
TOKEN = Token("xoxb-any")
SLACK = f"{POST}: slack:chat.postMessage"
WRITE = f"{POST}: dynamodb:UpdateItem finding"


def going_wrong(*faults: tuple[str, Kind], story: Story = ONE, who: str = NAME) -> Story:
    """Let something go wrong at the first of somebody's calls of each name; of the writes, where the attempt begins."""
    return replace(story, faults={Place(who, call, 2 if call == WRITE else 1): kind for call, kind in faults})


class Effect(NamedTuple):
    """An attempt that was begun, or a record that was written, in a finding's item."""

    at: float
    by: Any


class Ran:
    """A history that has happened, and what it did to the finding's item."""

    def __init__(self, story: Story, prepare: Callable[[World], None] = lambda _: None) -> None:
        self.world = World(story)
        self.effects: list[Effect] = []
        self._watch(self.world)
        prepare(self.world)
        self.journal: Journal = self.world.run()

    def _watch(self, world: World) -> None:
        update_item = world.tables.update_item

        def watched(**arguments: Any) -> Any:
            written = arguments["UpdateExpression"]
            if "attempt = :attempt" in written or "notified_update = :notified_update" in written:
                self.effects.append(Effect(world.scheduler.elapsed, world.scheduler.current.about))
            return update_item(**arguments)

        world.tables.update_item = watched  # type: ignore[method-assign]

    def runs(self, function: str) -> list[Invocation]:
        return [each for each in self.journal.invocations if each.function == function]

    def effects_of(self, by: object) -> list[float]:
        return [each.at for each in self.effects if each.by is by]

    @property
    def only(self) -> Started:
        (started,) = self.journal.started
        return started

    def asked(self, call: str) -> dict[Kind, int]:
        """How often a call was made, by what went wrong."""
        return {kind: times for (name, kind), times in self.world.faults.reached.items() if name == call}


def taken_at(call: SlackCall) -> float:
    """The second in which Slack took a message: its ts says so."""
    return float(call.ts) - START.timestamp()


# --- the same again


def flattened(journal: Journal) -> str:
    calls = [{**vars(each), "invocation": each.invocation.who} for each in journal.slack]
    started = [(each.execution.name, each.at, each.ended, each.redriven) for each in journal.started]
    return repr(
        (started, calls, [vars(each) for each in journal.invocations], journal.rules, journal.deleted)
    )


@pytest.mark.parametrize("profile", ["faults", "people"])
def test_the_same_story_is_the_same_history(profile: str) -> None:
    story = next(each for each in map(draw, range(1, 100)) if each.profile == profile)
    first, second = World(story), World(story)
    journal = first.run()
    assert journal.slack
    assert flattened(journal) == flattened(second.run())
    assert first.faults.happened == second.faults.happened


def test_in_three_of_four_histories_the_app_may_read() -> None:
    share = sum(draw(seed).history for seed in range(1000)) / 1000
    assert share == pytest.approx(0.75, abs=0.05)
    assert World(replace(ONE, history=True)).slack.scopes != World(ONE).slack.scopes


def test_what_happened_told_again_is_the_same_history() -> None:
    story = next(each for each in map(draw, range(1, 100)) if each.fault_rate > 0.05)
    drawn = World(story)
    journal = drawn.run()
    assert drawn.faults.happened
    told = World(replace(story, faults=drawn.faults.happened, fault_rate=0.0))
    assert flattened(told.run()) == flattened(journal)


def test_without_a_fault_all_is_done_at_the_first_try() -> None:
    ran = Ran(ONE)
    (call,) = ran.journal.slack
    assert (ran.only.end, call.taken, call.answered, call.finding, call.update) == (
        *("Notified", True, True),
        *(finding_id(1), 1),
    )
    assert len(ran.runs(POST)) == 1
    assert {kind for _, kind in ran.world.faults.reached} == {""}


# --- faults of the tables, asked by a function


@pytest.mark.parametrize(
    ("kind", "effects", "died"),
    [
        ("death before", [0, 2], True),
        ("death after", [1, 2], True),
        ("lost", [2], False),
        ("throttled", [0, 2], False),
    ],
)
def test_a_fault_of_a_functions_write_is_where_it_was_told(
    kind: Kind, effects: list[int], died: bool
) -> None:
    """An attempt that was begun and died is waited for; one whose answer was lost is read."""
    ran = Ran(going_wrong((WRITE, kind)))
    runs = ran.runs(POST)
    wrote = [len(ran.effects_of(each)) for each in runs]
    assert [wrote[0], *filter(None, wrote[1:])] == effects
    assert [each.died for each in runs] == [died, *(False for _ in runs[1:])]
    assert ran.asked(WRITE)[kind] == 1
    assert ran.only.end == "Notified"


def test_a_slow_write_has_its_effect_seconds_later() -> None:
    slow, quick = Ran(going_wrong((WRITE, "slow"))), Ran(ONE)
    (first,) = slow.runs(POST)
    begun, _ = slow.effects_of(first)
    assert begun - first.began >= 2.0
    assert quick.effects_of(quick.runs(POST)[0])[0] - quick.runs(POST)[0].began < 1.0


# --- faults of the state machine's own write


@pytest.mark.parametrize(("kind", "effects"), [("throttled", 1), ("lost", 2), ("slow", 1)])
def test_a_fault_of_a_states_write_is_where_it_was_told(kind: Kind, effects: int) -> None:
    """The state writes where the function's own record failed."""
    own_record = Place(NAME, WRITE, 3)
    faults: dict[Place, Kind] = {own_record: "throttled", Place(NAME, "state RecordNotification", 1): kind}
    ran = Ran(replace(ONE, faults=faults))
    entered = next(each.at for each in ran.only.execution.entered if each.state == "RecordNotification")
    came = [at for at in ran.effects_of(ran.only) if at >= (entered - START).total_seconds()]
    assert len(came) == effects
    assert ran.asked("state RecordNotification") == {kind: 1} | ({"": 1} if kind != "slow" else {})
    assert (came[0] - (entered - START).total_seconds() >= 2.0) == (kind == "slow")
    assert ran.only.end == "Notified"


@pytest.mark.parametrize(("faults", "known"), [({}, True), ({Place(NAME, WRITE, 3): "throttled"}, False)])
def test_what_a_message_shows_is_not_known_where_the_state_wrote_that_it_was_posted(
    faults: dict[Place, Kind], known: bool
) -> None:
    deeds = (Deed(90.0, "react white_check_mark U0ANN", 1),)
    ran = Ran(replace(ONE, faults=faults, deeds=deeds, answer_within="high=2h"))
    left = ran.journal.left[finding_id(1)]
    assert left.watch and left.watch.handled_by == ("U0ANN",)
    assert (left.known, "U0ANN" in left.shown[-1]) == (known, known)


def test_what_the_state_wrote_of_a_finding_that_asks_for_nothing_is_no_answer_that_is_asked_for() -> None:
    ran = Ran(replace(ONE, faults={Place(NAME, WRITE, 3): "throttled"}))
    assert ran.world.tables.items(ran.world.table_names["notifications"])
    assert ran.asked("state RecordNotification") == {"": 1}
    assert ran.journal.left == {}


# --- faults of a function's invocation


@pytest.mark.parametrize(("kind", "runs"), [("throttled", 1), ("lost", 2), ("slow", 1)])
def test_a_fault_of_an_invocation_is_where_it_was_told(kind: Kind, runs: int) -> None:
    call = "invoke check-suppression-list"
    ran = Ran(going_wrong((call, kind)))
    entered = next(each.at for each in ran.only.execution.entered if each.state == "CheckSuppressionList")
    assert len(ran.runs("check-suppression-list")) == runs
    assert ran.asked(call) == {kind: 1} | ({"": 1} if kind != "slow" else {})
    began = ran.runs("check-suppression-list")[0].began - (entered - START).total_seconds()
    assert (began >= 2.0) == (kind == "slow")
    assert ran.only.end == "Notified"


def test_a_function_that_the_machine_gave_up_runs_on() -> None:
    ran = Ran(going_wrong((f"invoke {POST}", "zombie"), (SLACK, "slow")))
    zombie, *others = ran.runs(POST)
    (posted,) = (each for each in ran.journal.slack if each.invocation is zombie)
    assert not zombie.died
    assert posted.answered
    assert taken_at(posted) > others[0].began
    assert ran.only.end == "Notified"


def test_a_function_that_takes_too_long_is_ended() -> None:
    def endless(world: World) -> None:
        world._handlers = {**world._handlers, POST: lambda *_: world.sleep(HOUR)}

    ran = Ran(ONE, endless)
    assert ran.only.execution.status == "FAILED"
    assert ran.runs(POST)
    assert all(each.died for each in ran.runs(POST))


# --- faults of Slack

TWO_AT_ONCE = replace(ONE, burst=2)
"""So that Slack takes what comes late also where the repetition comes within the same second."""


def posts(ran: Ran) -> list[SlackCall]:
    """What was posted, without what was asked about scopes."""
    return [each for each in ran.journal.slack if each.method == "chat.postMessage"]


@pytest.mark.parametrize(
    ("kind", "taken", "died"),
    [
        ("death before", False, True),
        ("death after", True, True),
        ("lost", True, False),
        ("late", True, False),
        ("vanished", False, False),
        ("unavailable", False, False),
        ("throttled", False, False),
    ],
)
def test_a_fault_of_slack_is_where_it_was_told(kind: Kind, taken: bool, died: bool) -> None:
    ran = Ran(going_wrong((SLACK, kind), story=TWO_AT_ONCE))
    first, again = posts(ran)
    assert (first.taken, first.invocation.died) == (taken, died)
    assert (again.taken, again.answered) == (True, True)
    refused_to_connect = kind == "unavailable" and not first.status
    assert first.answered == (kind in ("throttled", "unavailable") and not refused_to_connect)
    assert again.repeated == (kind not in ("unavailable", "throttled"))
    assert ran.only.end == "Notified"


@pytest.mark.parametrize(("kind", "later"), [("lost", False), ("late", True)])
def test_only_what_is_late_comes_after_the_caller_gave_up(kind: Kind, later: bool) -> None:
    first, again = posts(Ran(going_wrong((SLACK, kind), story=TWO_AT_ONCE)))
    assert again.at - first.at >= 10.0
    gave_up = first.at + 10.0
    assert (taken_at(first) > gave_up - 1.0) == later  # a ts has whole seconds


def test_a_throttled_message_says_for_how_long() -> None:
    first, again = Ran(going_wrong((SLACK, "throttled"))).journal.slack
    assert first.status == 429
    assert first.closes >= 1.0
    assert again.at >= first.at + first.closes


def test_a_slow_slack_takes_the_message_seconds_later() -> None:
    (call,) = Ran(going_wrong((SLACK, "slow"))).journal.slack
    assert taken_at(call) - call.at >= 1.0
    assert call.answered


@pytest.mark.parametrize(
    ("how", "status", "error"),
    [("429", 429, "ratelimited"), ("silent", 0, ""), ("archived", 200, "is_archived")],
)
def test_in_an_outage_slack_takes_nothing(how: str, status: int, error: str) -> None:
    ran = Ran(replace(ONE, outages=(Outage(0.0, 60.0, how),)))
    first = ran.journal.slack[0]
    assert (first.status, first.error) == (status, error)
    assert not any(each.taken for each in ran.journal.slack if each.at < 59.0)
    assert (ran.only.end == "Notified") == (how != "archived")


# --- what the app may read


Read = Callable[[World, str, str], Any]


def reading_after(read: Read, story: Story, *faults: tuple[str, Kind]) -> tuple[Ran, list[Any]]:
    """Post as ever; when that is done, let the function read, and say what it got each time it tried."""
    came: list[Any] = []

    def prepare(world: World) -> None:
        post_to_slack = world._handlers[POST]

        def handler(job: Any, context: Any) -> Any:
            done = post_to_slack(job, context)
            (message,) = [each for messages in world.slack._workspace.messages.values() for each in messages]
            # The channel has no other id than the one that Slack answers with.
            came.append(outcome_of(lambda: read(world, channel_id("#security"), message.ts)))
            return done

        world._handlers = {**world._handlers, POST: handler}

    return Ran(going_wrong(*faults, story=story), prepare), came


def outcome_of(ask: Callable[[], Any]) -> Any:
    try:
        return ask()
    except (SlackUnavailable, HistoryRefused) as error:
        return error


def read_history(world: World, channel: str, _: str) -> Any:
    oldest = f"{world.now().timestamp() - 60:.6f}"
    return reading.history(TOKEN, "https://slack.com/api", channel, oldest=oldest)


def read_replies(_: World, channel: str, ts: str) -> Any:
    return reading.replies(TOKEN, "https://slack.com/api", channel, ts=ts, oldest=ts)


READABLE = replace(ONE, history=True)
READS = pytest.mark.parametrize(
    ("read", "method"), [(read_history, "conversations.history"), (read_replies, "conversations.replies")]
)


@READS
def test_what_was_posted_in_the_last_minute_can_be_read(read: Read, method: str) -> None:
    ran, [page] = reading_after(read, READABLE)
    post, asked = ran.journal.slack
    assert [each["ts"] for each in page.messages] == [post.ts]
    assert (asked.method, asked.channel, asked.answered, asked.status) == (
        *(method, channel_id("#security")),
        *(True, 200),
    )
    assert (asked.taken, asked.finding, asked.update, asked.reply) == (False, "", 0, False)
    assert asked.at > post.at


def test_what_is_older_is_not_read() -> None:
    def read(world: World, channel: str, _: str) -> Any:
        oldest = f"{world.now().timestamp() + 1:.6f}"
        return reading.history(TOKEN, "https://slack.com/api", channel, oldest=oldest)

    _, [page] = reading_after(read, READABLE)
    assert page == reading.HistoryPage((), "")


@READS
def test_without_the_scope_nothing_is_read(read: Read, method: str) -> None:
    ran, [refusal] = reading_after(read, ONE)
    assert isinstance(refusal, HistoryRefused)
    assert (ran.journal.slack[-1].method, ran.journal.slack[-1].error) == (method, "missing_scope")


@READS
@pytest.mark.parametrize("kind", ["lost", "late", "vanished", "unavailable"])
def test_a_read_that_is_not_answered_shows_nothing(read: Read, method: str, kind: Kind) -> None:
    call = f"{POST}: slack:{method}"
    ran, [error] = reading_after(read, READABLE, (call, kind))
    assert type(error) is SlackUnavailable
    assert ran.asked(call) == {kind: 1}
    assert not ran.journal.slack[-1].taken


@READS
def test_a_read_may_be_throttled(read: Read, method: str) -> None:
    ran, [throttled] = reading_after(read, READABLE, (f"{POST}: slack:{method}", "throttled"))
    assert isinstance(throttled, Throttled)
    assert ran.journal.slack[-1].status == 429


def test_an_archived_channel_is_still_read() -> None:
    def read(world: World, channel: str, ts: str) -> Any:
        world.sleep(10.0)
        return read_history(world, channel, ts)

    ran, [page] = reading_after(read, replace(READABLE, outages=(Outage(5.0, 600.0, "archived"),)))
    assert ran.journal.slack[-1].at > 5.0
    assert len(page.messages) == 1


# --- people


def test_an_abort_leaves_a_running_function_running() -> None:
    ran = Ran(replace(going_wrong((SLACK, "slow")), deeds=(Deed(2.0, "abort", 1),)))
    (call,) = ran.journal.slack
    assert ran.only.ended == [(2.0, "aborted")]
    assert (ran.only.aborted, ran.only.execution.status, ran.only.end) == (True, "ABORTED", "aborted")
    assert call.at < 2.0 < taken_at(call)
    assert (call.taken, call.answered, call.invocation.died) == (True, True, False)
    assert [each.state for each in ran.only.execution.entered][-1] == "PostToSlack"


ARCHIVED = replace(ONE, outages=(Outage(0.0, 600.0, "archived"),))


def test_a_redrive_goes_on_where_it_failed() -> None:
    ran = Ran(replace(ARCHIVED, deeds=(Deed(700.0, "redrive"),)))
    (first, _), (last, end) = ran.only.ended
    assert first < 600.0
    assert last > 700.0
    assert (end, ran.only.end, ran.only.redriven) == ("Notified", "Notified", [700.0])
    states = [each.state for each in ran.only.execution.entered]
    assert (states.count("PostToSlack"), states.count("LookUpAccount")) == (3, 1)
    assert states.count("CheckSuppressionList") == 2, "what was found out long ago is asked again"
    assert [each.taken for each in ran.journal.slack] == [False, True]


def test_what_is_not_redriven_stays_failed() -> None:
    ran = Ran(ARCHIVED)
    assert (ran.only.execution.status, len(ran.only.ended), ran.only.redriven) == ("FAILED", 1, [])


def test_a_rule_hides_and_is_in_the_journal() -> None:
    ran = Ran(replace(ONE, deeds=(Deed(0.0, "rule", 1),)))
    assert ran.only.end == "Suppressed"
    assert ran.journal.slack == []
    assert ran.journal.rules == [{"finding": finding_id(1), "begins": 0.0, "ends": float("inf")}]


def test_a_rule_hides_only_its_finding_and_only_while_it_is_there() -> None:
    arrivals = (Arrival(1.0, 2, 1, 0.5), Arrival(60.0, 1, 1, 59.0))
    ran = Ran(replace(ONE, arrivals=arrivals, deeds=(Deed(0.0, "rule", 1), Deed(30.0, "unrule", 1))))
    assert [each.end for each in ran.journal.started] == ["Notified", "Notified"]
    assert [each["ends"] for each in ran.journal.rules] == [30.0]


def test_a_deleted_message_is_noted_and_posted_anew() -> None:
    arrivals = (*ONE.arrivals, Arrival(60.0, 1, 2, 59.0))
    deeds = (Deed(0.5, "delete", 1), Deed(30.0, "delete", 1))
    ran = Ran(replace(ONE, arrivals=arrivals, deeds=deeds))
    assert ran.journal.deleted == [(30.0, finding_id(1))]
    posts = [each for each in ran.journal.slack if each.taken and not each.reply]
    assert [(each.method, each.update) for each in posts] == [
        ("chat.postMessage", 1),
        ("chat.postMessage", 2),
    ]


def test_a_lost_event_starts_nothing_and_the_same_event_again_has_a_name_of_its_own() -> None:
    arrivals = (*ONE.arrivals, replace(ONE.arrivals[0], at=60.0), Arrival(90.0, 2, 1, 89.0, lost=True))
    ran = Ran(replace(ONE, arrivals=arrivals))
    names = [(each.execution.name, each.end) for each in ran.journal.started]
    assert names == [(NAME, "Notified"), (f"{NAME}-again-1", "AlreadyNotified")]


# --- schedules

LOOK = "replay-findings: guardduty:ListFindings"


def test_schedules_are_called_at_their_hours() -> None:
    ran = Ran(replace(ONE, hours=2.0))
    called = {(each.began, each.who) for each in ran.runs("replay-findings")}
    assert called == {(HOUR, "hour-1-None"), (HOUR, "hour-1-7"), (2 * HOUR, "hour-2-None")}


def test_without_hours_no_schedule_is_called() -> None:
    assert Ran(ONE).runs("replay-findings") == []


def test_a_look_that_dies_is_tried_again() -> None:
    story = going_wrong((LOOK, "death before"), story=replace(ONE, hours=2.0), who="hour-2-None")
    first, again = (each for each in Ran(story).runs("replay-findings") if each.who == "hour-2-None")
    assert (first.died, again.died) == (True, False)
    assert again.began >= first.began + 60.0


def test_a_schedule_does_not_wait_for_another() -> None:
    story = going_wrong((LOOK, "death before"), story=replace(ONE, hours=1.0), who="hour-1-None")
    proof = [each.began for each in Ran(story).runs("replay-findings") if each.who == "hour-1-7"]
    assert proof == [HOUR]


def test_a_look_that_takes_too_long_is_ended_and_tried_again() -> None:
    def endless(world: World) -> None:
        world._handlers = {**world._handlers, "replay-findings": lambda *_: world.sleep(HOUR)}

    looks = Ran(replace(ONE, hours=2.0), endless).runs("replay-findings")
    assert len([each for each in looks if each.who == "hour-2-None"]) == 3
    assert all(each.died for each in looks)


def test_a_look_finds_a_lost_event() -> None:
    ran = Ran(replace(ONE, arrivals=(Arrival(1.0, 1, 1, 0.5, lost=True),), hours=10.0))
    assert [each.end for each in ran.journal.started] == ["Notified"]
    assert (ran.only.finding, ran.only.update) == (finding_id(1), 1)


# --- what the simulation does not know


def _an_unknown_client() -> object:
    return clients.client("s3")


def _an_unknown_operation() -> object:
    return clients.client("dynamodb").create_table(TableName="x")


def _an_unknown_argument() -> object:
    return clients.client("guardduty").get_detector(DetectorId="x", Detailed=True)


def _another_detector() -> object:
    return clients.client("guardduty").get_detector(DetectorId="x")


def _an_unknown_argument_of_a_table() -> object:
    return clients.client("dynamodb").get_item(TableName="x", Key={}, AttributesToGet=["a"])


UNKNOWN = (
    (_an_unknown_client, "s3"),
    (_an_unknown_operation, "dynamodb: create_table"),
    (_an_unknown_argument, "guardduty: get_detector: .*Detailed"),
    (_another_detector, "the detector x"),
    (_an_unknown_argument_of_a_table, "AttributesToGet"),
)


def asks(ask: Callable[[], object]) -> Callable[..., Any]:
    return lambda *_: {"status": str(ask())}


def asks_and_goes_on(ask: Callable[[], object]) -> Callable[..., Any]:
    def handler(*_: object) -> Any:
        try:
            ask()
        except Exception:  # noqa: BLE001 - that is what must not hide it
            return {"status": "nothing to post"}

    return handler


@pytest.mark.parametrize("handler", [asks, asks_and_goes_on])
@pytest.mark.parametrize(("ask", "named"), UNKNOWN)
def test_what_the_simulation_does_not_know_ends_the_history(
    ask: Callable[[], object], named: str, handler: Callable[[Callable[[], object]], Callable[..., Any]]
) -> None:
    def prepare(world: World) -> None:
        world._handlers = {**world._handlers, POST: handler(ask)}

    with pytest.raises(Unsupported, match=named):
        Ran(ONE, prepare)


def test_a_functions_own_error_is_the_state_machines() -> None:
    def failing(*_: object) -> Any:
        raise KeyError("made up")

    def prepare(world: World) -> None:
        world._handlers = {**world._handlers, POST: failing}

    assert Ran(ONE, prepare).only.end == "KeyError"
