"""Each invariant of answers bites where it is broken, and not in the nearest history where it holds."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, NamedTuple

import pytest

from chalicelib.ledger.claim import instant
from chalicelib.ledger.watch import ANSWER, WITHDRAWAL, Answer, Watch
from tests.simulation.attention import ATTENTION
from tests.simulation.interpreter import Execution
from tests.simulation.journal import Invocation, Journal, Left, Reaction, SlackCall, Started
from tests.simulation.story import BOTS, HOUR, START, Arrival, Story, finding_id

ONE = finding_id(1)
OPENING, AGAIN = (instant(START + timedelta(seconds=each)) for each in (1.0, 3 * HOUR))
LATE = 9 * 24 * HOUR
NOW_AND_THEN = tuple(float(each) for each in range(60, 40_000, 600))


def story(*arrivals: Arrival, **told: Any) -> Story:
    usual: dict[str, Any] = {"answer_within": "high=2h", "history": True, "calls": True}
    return Story(1, arrivals or (Arrival(1.0, 1, 1, 1.0),), **usual | told)


def kept(
    ends: Sequence[tuple[float, str]] = ((7 * 24 * HOUR, "Unanswered"),),
    status: str = "SUCCEEDED",
    *,
    opening: str = OPENING,
    at: float = 5.0,
) -> Started:
    """Make an execution that kept the time of an opening."""
    asked = {"finding_id": ONE, "opening": opening}
    execution = Execution("", f"kept-{opening}-{at}", asked, status)
    return Started(execution, ONE, 0, at, ended=list(ends), machine="attention")


HANDLED = kept([(600.0, "Handled")])
ABORTED = kept([(600.0, "aborted")], "ABORTED")


def reminder(at: float, deadline: int = 1, opening: str = OPENING, **more: Any) -> SlackCall:
    invocation = Invocation("post-to-slack", "kept", at)
    call = SlackCall(at, "chat.postMessage", "#security", invocation, ONE, 0, reply=True)
    told: dict[str, Any] = {"ts": f"{at}", "answered": True, "reminder": deadline, "opening": opening}
    return replace(call, **told | more)


def reaction(
    at: float, name: str = "white_check_mark", user: str = "U0ANN", *, given: bool = True
) -> Reaction:
    return Reaction(at, ONE, "4.1", name, user, given)


def asked(answer: Answer = Answer.OPEN, **more: Any) -> Watch:
    posted = instant(START + timedelta(seconds=5))
    told = {"answered_at": instant(START + timedelta(seconds=600))} if answer else {}
    return replace(Watch(OPENING, posted, 7200, 8.0, "T", "1", "a", "r", answer=answer), **told | more)


def left(watch: Watch | None = None, listed: str = ANSWER, **more: Any) -> dict[str, Left]:
    return {ONE: Left(watch or asked(), listed, **more)}


BY_U1 = asked(Answer.HANDLED, handled_by=("U0ANN",))
SHOWN = left(BY_U1, WITHDRAWAL, shown=("<@U0ANN>",), standing=(("4.1", "white_check_mark", "U0ANN"),))
TAKEN_AWAY = (reaction(100.0), reaction(700.0, given=False))
BENS_TOO = (reaction(800.0, user="U0BEN", given=False),)
BOTS_OWN = (reaction(200.0, user=BOTS[0]), reaction(700.0, user=BOTS[0], given=False))
NO_MORE_IN_HAND = (reaction(60.0, "eyes"), reaction(700.0, "eyes", given=False))


def journal(
    *happened: Started | SlackCall | Reaction,
    left: dict[str, Left] | None = None,
    looks: Sequence[float] = (),
    **more: Any,
) -> Journal:
    attention = [each for each in happened if isinstance(each, Started)]
    return Journal(
        attention=attention,
        slack=[each for each in happened if isinstance(each, SlackCall)],
        reactions=[each for each in happened if isinstance(each, Reaction)],
        invocations=[
            Invocation("look-for-answer", one.execution.name, at) for one in attention for at in looks
        ],
        left=left or {},
        **{"ended_at": LATE} | more,
    )


USUAL = story()


class Case(NamedTuple):
    """A history, and whether the invariant is broken in it."""

    invariant: str
    what: str
    breaks: bool
    journal: Journal
    story: Story = USUAL


def posted(severity: float, end: str = "Notified", **more: Any) -> tuple[Journal, Story]:
    started = Started(Execution("", "one", {}, "SUCCEEDED"), ONE, 1, 1.0, ended=[(4.0, end)])
    return Journal(started=[started], **more), story(Arrival(1.0, 1, 1, 1.0, severity))


LEFT_ALONE, ONCE, CALLED = (
    "who answered is left alone",
    "one reminder for each deadline",
    "others are called once",
)
LISTED, ASKED, KEPT = "what is open is listed", "an answer is asked for", "somebody keeps the time"
SHOWS, ANSWERABLE, BACK = "an answer is shown", "no reminder without an answer", "taken back"
PEOPLE = "people answer"

CASES = [
    Case(LEFT_ALONE, "answered", True, journal(kept(), reaction(100), reminder(7200), looks=(60, 7100))),
    Case(LEFT_ALONE, "nobody did", False, journal(kept(), reminder(7200), looks=(60, 7100))),
    Case(
        LEFT_ALONE,
        "only just before the look",
        False,
        journal(kept(), reaction(7050), reminder(7200), looks=(60, 7100)),
    ),
    Case(
        LEFT_ALONE,
        "after the look",
        False,
        journal(kept(), reaction(7150), reminder(7200), looks=(60, 7100)),
    ),
    Case(
        LEFT_ALONE,
        "in hand is not answered",
        False,
        journal(kept(), reaction(100, "eyes"), reminder(7200), looks=(60, 7100)),
    ),
    Case(
        LEFT_ALONE,
        "a bot's is none",
        False,
        journal(kept(), reaction(100, user=BOTS[0]), reminder(7200), looks=(60, 7100)),
    ),
    Case(
        LEFT_ALONE,
        "taken away",
        False,
        journal(kept(), *TAKEN_AWAY, reminder(7200), looks=(60, 7100)),
    ),
    Case(
        LEFT_ALONE,
        "its message is gone",
        False,
        journal(kept(), reaction(100), reminder(7200), looks=(60, 7100), deleted=[(700.0, ONE)]),
    ),
    Case(
        LEFT_ALONE,
        "given before it opened again",
        False,
        journal(
            HANDLED,
            kept(opening=AGAIN, at=3 * HOUR),
            reaction(100),
            reminder(6 * HOUR, opening=AGAIN),
            looks=NOW_AND_THEN,
        ),
    ),
    Case(
        LEFT_ALONE,
        "given after it opened again",
        True,
        journal(
            HANDLED,
            kept(opening=AGAIN, at=3 * HOUR),
            reaction(4 * HOUR),
            reminder(6 * HOUR, opening=AGAIN),
            looks=NOW_AND_THEN,
        ),
    ),
    # ---
    Case(ONCE, "twice", True, journal(kept(), reminder(7200), reminder(7300))),
    Case(ONCE, "one after the other", False, journal(kept(), reminder(7200), reminder(14400, 2))),
    Case(ONCE, "an earlier one later", True, journal(kept(), reminder(7200, 2), reminder(14400, 1))),
    Case(ONCE, "Slack took one", False, journal(kept(), reminder(7200, ts=""), reminder(7300))),
    Case(
        ONCE, "one was changed", False, journal(kept(), reminder(7200), reminder(7300, method="chat.update"))
    ),
    Case(ONCE, "for each opening", False, journal(kept(), reminder(7200), reminder(9e4, opening=AGAIN))),
    # ---
    Case(
        CALLED,
        "twice",
        True,
        journal(kept(), reminder(7200, 2, escalates=True), reminder(14400, 3, escalates=True)),
    ),
    Case(CALLED, "once", False, journal(kept(), reminder(7200, 2), reminder(14400, 3, escalates=True))),
    Case(
        CALLED,
        "once each time",
        False,
        journal(kept(), reminder(7200, 3, escalates=True), reminder(9e4, 3, AGAIN, escalates=True)),
    ),
    # ---
    Case(LISTED, "it is", False, journal(left=left())),
    Case(LISTED, "it is not", True, journal(left=left(listed=""), ended_at=HOUR)),
    Case(LISTED, "as what may be taken back", True, journal(left=left(listed=WITHDRAWAL), ended_at=HOUR)),
    Case(LISTED, "not even after a week", True, journal(left=left(listed=""))),
    Case(LISTED, "answered, and listed", True, journal(left=left(BY_U1))),
    Case(LISTED, "answered, and not listed", False, journal(left=left(BY_U1, WITHDRAWAL))),
    Case(LISTED, "unreadable", True, journal(left={ONE: Left(None, ANSWER)})),
    # ---
    Case(ASKED, "High, and nothing asked", True, *posted(8.0)),
    Case(ASKED, "High", False, *posted(8.0, left=left())),
    Case(ASKED, "Medium", False, *posted(6.0)),
    Case(ASKED, "hidden", False, *posted(8.0, "Suppressed")),
    Case(ASKED, "switched off", False, posted(8.0)[0], story(answer_within="off")),
    Case(ASKED, "only Critical ones are to be", False, posted(8.0)[0], story(answer_within="critical=15m")),
    # ---
    Case(KEPT, "to the end", False, journal(kept(), left=left()), story(hours=30)),
    Case(KEPT, "aborted, and looked for", True, journal(ABORTED, left=left()), story(hours=30)),
    Case(KEPT, "aborted, and not looked for", False, journal(ABORTED, left=left())),
    Case(KEPT, "aborted after the looks", False, journal(ABORTED, left=left()), story(hours=1)),
    Case(KEPT, "started anew", False, journal(ABORTED, kept(at=HOUR), left=left()), story(hours=30)),
    Case(KEPT, "never started", True, journal(left=left()), story(hours=30)),
    Case(KEPT, "of another opening", True, journal(kept(opening=AGAIN), left=left()), story(hours=30)),
    Case(KEPT, "while all goes wrong", False, journal(ABORTED, left=left()), story(hours=4, fault_rate=0.1)),
    Case(KEPT, "answered", False, journal(HANDLED, left=SHOWN), story(hours=30)),
    # ---
    Case(SHOWS, "it is", False, journal(HANDLED, reaction(100), left=SHOWN, looks=(60, 590))),
    Case(
        SHOWS,
        "the message does not say so",
        True,
        journal(HANDLED, left=left(BY_U1, WITHDRAWAL, shown=("<@U0BEN>",))),
    ),
    Case(
        SHOWS,
        "what the message says is not known",
        False,
        journal(HANDLED, left=left(BY_U1, WITHDRAWAL, shown=("<@U0BEN>",), known=False)),
    ),
    Case(SHOWS, "the message is gone", False, journal(HANDLED, left=left(BY_U1, WITHDRAWAL))),
    Case(SHOWS, "nobody has noticed", True, journal(kept(), reaction(100), left=left(), looks=(60, 590))),
    Case(SHOWS, "after the last look", False, journal(kept(), reaction(700), left=left(), looks=(60, 590))),
    Case(SHOWS, "taken away", False, journal(kept(), *TAKEN_AWAY, left=left(), looks=(60, 590))),
    Case(SHOWS, "it failed", False, journal(ABORTED, reaction(100), left=left(), looks=(60, 590))),
    Case(
        SHOWS,
        "it can't be seen",
        False,
        journal(kept(), reaction(100), left=left(asked(blind="scope")), looks=(60, 590)),
    ),
    # ---
    Case(ANSWERABLE, "it is", False, journal(reminder(7200))),
    Case(ANSWERABLE, "no finding asks", True, journal(reminder(7200)), story(answer_within="off")),
    Case(
        ANSWERABLE,
        "nothing can be read",
        True,
        journal(reminder(7200)),
        story(reads_reactions=False, history=False),
    ),
    Case(ANSWERABLE, "history can be read", False, journal(reminder(7200)), story(reads_reactions=False)),
    Case(
        ANSWERABLE, "Slack did not take it", False, journal(reminder(7200, ts="")), story(answer_within="off")
    ),
    # ---
    Case(BACK, "it stands", False, journal(HANDLED, reaction(100), left=SHOWN), story(hours=30)),
    Case(
        BACK,
        "and it is not open",
        True,
        journal(HANDLED, *TAKEN_AWAY, left=left(BY_U1, WITHDRAWAL)),
        story(hours=30),
    ),
    Case(
        BACK,
        "by a bot, from what a bot had given",
        False,
        journal(HANDLED, reaction(100), *BOTS_OWN, left=left(BY_U1, WITHDRAWAL)),
        story(hours=30),
    ),
    Case(
        BACK,
        "by somebody who had given none",
        False,
        journal(
            HANDLED, reaction(100), reaction(700.0, user="U0BEN", given=False), left=left(BY_U1, WITHDRAWAL)
        ),
        story(hours=30),
    ),
    Case(
        BACK,
        "what had said that it is in hand",
        False,
        journal(HANDLED, reaction(100), *NO_MORE_IN_HAND, left=left(BY_U1, WITHDRAWAL)),
        story(hours=30),
    ),
    Case(
        BACK,
        "the last of two",
        True,
        journal(HANDLED, reaction(50.0, user="U0BEN"), *TAKEN_AWAY, *BENS_TOO, left=left(BY_U1, WITHDRAWAL)),
        story(hours=30),
    ),
    Case(BACK, "and it is open", False, journal(HANDLED, *TAKEN_AWAY, left=left()), story(hours=30)),
    Case(BACK, "nobody looks", False, journal(HANDLED, *TAKEN_AWAY, left=left(BY_U1, WITHDRAWAL))),
    Case(
        BACK,
        "only after a day",
        False,
        journal(HANDLED, reaction(24 * HOUR, given=False), left=left(BY_U1, WITHDRAWAL)),
        story(hours=30),
    ),
    Case(
        BACK,
        "its message is gone",
        False,
        journal(HANDLED, *TAKEN_AWAY, left=left(BY_U1, WITHDRAWAL), deleted=[(800.0, ONE)]),
        story(hours=30),
    ),
    Case(
        BACK,
        "archived besides",
        False,
        journal(HANDLED, *TAKEN_AWAY, left=left(asked(Answer.ARCHIVED), WITHDRAWAL)),
        story(hours=30),
    ),
    # ---
    Case(PEOPLE, "a person does", False, journal(left=left(asked(seen_by=("U0BEN",))))),
    Case(PEOPLE, "nobody does", False, journal(left=left())),
    Case(PEOPLE, "a bot has it in hand", True, journal(left=left(asked(seen_by=("U0BEN", BOTS[0]))))),
    Case(PEOPLE, "a bot handled it", True, journal(left=left(asked(Answer.HANDLED, handled_by=BOTS)))),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.invariant}: {case.what}")
def test_it_bites_only_where_it_is_broken(case: Case) -> None:
    assert bool(list(ATTENTION[case.invariant](case.story, case.journal))) is case.breaks


def test_each_invariant_is_shown_to_bite_and_not_to() -> None:
    for breaks in (True, False):
        assert {case.invariant for case in CASES if case.breaks is breaks} == ATTENTION.keys()
