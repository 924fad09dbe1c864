"""What is next of a finding that asks for an answer, as tables."""

from typing import Any

import pytest

from chalicelib.attention.decide import NextStep, Sight, decide
from chalicelib.attention.reactions import Blind, MessageGone, NotYet, Reading
from chalicelib.ledger.claim import instant
from chalicelib.ledger.watch import Answer, Watch
from tests.attention.watches import at, watch

HIDDEN, ARCHIVED, NOBODY_ASKED = Sight(hidden=True), Sight(archived=True), Sight()
NOT_YET, GONE = Sight(reactions=NotYet(30)), Sight(reactions=MessageGone())


def blind(why: str = "scope") -> Sight:
    return Sight(reactions=Blind(why))


def standing(*, seen: str = "", handled: str = "", ignored: str = "") -> Sight:
    """Reactions of users, apart by spaces."""
    found = (
        *(f"{user} eyes" for user in seen.split()),
        *(f"{user} white_check_mark" for user in handled.split()),
        *ignored.split(","),
    )
    return Sight(reactions=Reading(tuple(seen.split()), tuple(handled.split()), tuple(filter(None, found))))


NOTHING = standing()


def after(sight: Sight, seconds: float = 60, **known: Any) -> NextStep:
    return decide("f", watch(**known), sight, at(seconds))


def shown(**known: Any) -> Watch:
    """One whose message shows what is known."""
    asked = watch(**known)
    return asked.with_(shown=asked.said)


T0, T60 = instant(at(0)), instant(at(60))
SEEN = {"seen_by": ("U1",), "seen_at": T0}
HANDLED = {"answer": Answer.HANDLED, "handled_by": ("U1",), "answered_at": T0}
WAS_HIDDEN = {"answer": Answer.HIDDEN, "answered_at": T0}
WAS_ARCHIVED = {"answer": Answer.ARCHIVED, "answered_at": T0}

NOTICED: dict[str, tuple[dict[str, Any], Sight, dict[str, Any]]] = {
    "nobody": ({}, NOTHING, {}),
    "seen": ({}, standing(seen="U1"), {"seen_by": ("U1",), "seen_at": T60}),
    "seen-by-another-too": (SEEN, standing(seen="U2 U1"), {"seen_by": ("U1", "U2"), "seen_at": T0}),
    "the-first-gave-it-back": (SEEN, standing(seen="U2"), {"seen_by": ("U2",), "seen_at": T0}),
    "seen-no-more": (SEEN, NOTHING, {"seen_by": (), "seen_at": ""}),
    "handled": (
        {},
        standing(handled="U1"),
        {"answer": Answer.HANDLED, "handled_by": ("U1",), "answered_at": T60},
    ),
    "handled-beats-seen": (
        SEEN,
        standing(seen="U1", handled="U2"),
        {"answer": Answer.HANDLED, "handled_by": ("U2",), "answered_at": T60, "seen_by": ("U1",)},
    ),
    "handled-by-another-too": (
        HANDLED,
        standing(handled="U2 U1"),
        {"handled_by": ("U1", "U2"), "answered_at": T0},
    ),
    "handled-no-more": (HANDLED, NOTHING, {"answer": Answer.OPEN, "handled_by": (), "answered_at": ""}),
    "handled-no-more-but-seen": (
        HANDLED,
        standing(seen="U2"),
        {"answer": Answer.OPEN, "handled_by": (), "answered_at": "", "seen_by": ("U2",), "seen_at": T60},
    ),
    "handled-on-an-earlier-message": ({**HANDLED, "elsewhere": True}, NOTHING, {}),
    "handled-on-an-earlier-message-and-here": (
        {**HANDLED, "elsewhere": True},
        standing(handled="U2"),
        {"handled_by": ("U2",), "elsewhere": False},
    ),
    "hidden": ({}, HIDDEN, {"answer": Answer.HIDDEN, "answered_at": T60}),
    "hidden-though-seen": (SEEN, HIDDEN, {"answer": Answer.HIDDEN, "answered_at": T60, "seen_by": ("U1",)}),
    "hidden-though-handled": (HANDLED, HIDDEN, {}),
    "hidden-still": (WAS_HIDDEN, HIDDEN, {}),
    "hidden-no-more": (WAS_HIDDEN, NOTHING, {"answer": Answer.OPEN, "answered_at": ""}),
    "hidden-no-more-as-far-as-is-known": (WAS_HIDDEN, NOT_YET, {"answer": Answer.OPEN, "answered_at": ""}),
    "archived": ({}, ARCHIVED, {"answer": Answer.ARCHIVED, "answered_at": T60}),
    "archived-though-handled": (HANDLED, ARCHIVED, {}),
    "archived-no-more": (WAS_ARCHIVED, NOTHING, {"answer": Answer.OPEN, "answered_at": ""}),
    "archived-still-as-far-as-is-known": (WAS_ARCHIVED, NOTHING._replace(archived=None), {}),
    "not-known-to-be-archived": (SEEN, standing(seen="U1")._replace(archived=None), {}),
    "archived-no-more-but-handled": (
        WAS_ARCHIVED,
        standing(handled="U1"),
        {"answer": Answer.HANDLED, "handled_by": ("U1",), "answered_at": T60},
    ),
    "not-asked": (SEEN, NOBODY_ASKED, {}),
    "not-yet": ({**SEEN, **HANDLED}, NOT_YET, {}),
    "blind": ({}, blind("group"), {"blind": "group"}),
    "blind-though-handled": (HANDLED, blind(), {}),
    "blind-though-seen": (SEEN, blind(), {"blind": "scope"}),
    "blind-no-more": ({"blind": "scope"}, NOTHING, {"blind": ""}),
    "blind-still-as-far-as-is-known": ({"blind": "scope"}, NOT_YET, {}),
    "gone": ({}, GONE, {"gone": True}),
    "gone-and-handled": (HANDLED, GONE, {"shown": "handled  U1"}),
    "gone-though-it-can-be-read": ({"gone": True}, NOTHING, {}),
    "gone-though-it-can-be-read-and-handled": (
        {"gone": True},
        standing(handled="U1"),
        {"gone": False, "answer": Answer.HANDLED, "handled_by": ("U1",), "answered_at": T60},
    ),
    "there-again": ({"gone": True, "reposted": True}, NOTHING, {"gone": False}),
    "opened-anew": (
        {"anew": True},
        standing(seen="U1", handled="U2"),
        {"anew": False, "ignored": ("U1 eyes", "U2 white_check_mark")},
    ),
    "opened-anew-and-nothing-stands": ({"anew": True}, NOTHING, {"anew": False}),
    "opened-anew-not-yet-read": ({"anew": True}, NOT_YET, {}),
    "opened-anew-nobody-asked": ({"anew": True}, NOBODY_ASKED, {}),
    "ignored-still": ({"ignored": ("U1 eyes",)}, standing(ignored="U1 eyes"), {}),
    "ignored-taken-away": (
        {"ignored": ("U1 eyes", "U2 eyes")},
        standing(ignored="U2 eyes"),
        {"ignored": ("U2 eyes",)},
    ),
    "ignored-and-given-by-another": (
        {"ignored": ("U1 eyes",)},
        standing(seen="U2", ignored="U1 eyes"),
        {"seen_by": ("U2",), "seen_at": T60},
    ),
}


@pytest.mark.parametrize(("known", "sight", "changes"), NOTICED.values(), ids=NOTICED)
def test_what_is_noticed(known: dict[str, Any], sight: Sight, changes: dict[str, Any]) -> None:
    assert after(sight, **known).watch == watch(**known).with_(**changes)


OVER = 1000  # one deadline is over

NEXT: dict[str, tuple[Watch, Sight, float, str]] = {
    "nothing-is-due": (watch(), NOTHING, 60, "wait"),
    "due": (watch(), NOTHING, OVER, "remind"),
    "due-and-said": (watch(reminded=1), NOTHING, OVER, "wait"),
    "due-and-begun": (watch(reminding=1), NOTHING, OVER, "remind"),
    "due-again": (watch(reminded=1), NOTHING, 1800, "remind"),
    "all-is-said": (watch(reminded=3), NOTHING, 90_000, "wait"),
    "nobody-is-reminded-of-it": (watch(reminds=False), NOTHING, OVER, "wait"),
    "due-not-yet-read": (watch(), NOT_YET, OVER, "wait"),
    "due-but-blind": (watch(), blind(), OVER, "wait"),
    "due-but-nobody-asked": (watch(within=1), NOBODY_ASKED, 3, "wait"),
    "due-and-was-blind": (watch(blind="scope"), NOTHING, OVER, "remind"),
    "due-but-just-seen": (watch(), standing(seen="U1"), OVER, "show"),
    "seen-and-shown": (shown(**SEEN), standing(seen="U1"), OVER, "wait"),
    "seen-and-due": (shown(**SEEN), standing(seen="U1"), 3600, "remind"),
    "seen-by-another-too": (shown(**SEEN), standing(seen="U1 U2"), 3600, "show"),
    "seen-not-shown-not-yet-read": (watch(**SEEN), NOT_YET, 60, "show"),
    "seen-not-shown-blind": (watch(**SEEN), blind(), 60, "show"),
    "seen-no-more": (shown(**SEEN), NOTHING, 3600, "show"),
    "seen-no-more-and-not-shown": (watch(**SEEN), NOTHING, 60, "wait"),
    "seen-no-more-and-due": (watch(**SEEN), NOTHING, 2000, "remind"),
    "switched-on-again": (watch(off=True), NOTHING, 2000, "wait"),
    "handled": (watch(), standing(handled="U1"), OVER, "show"),
    "handled-and-shown": (shown(**HANDLED), standing(handled="U1"), OVER, "handled"),
    "handled-and-shown-not-yet-read": (shown(**HANDLED), NOT_YET, OVER, "handled"),
    "handled-no-more-and-shown": (shown(**HANDLED), NOTHING, 60, "show"),
    "handled-no-more-and-not-shown": (watch(**HANDLED), NOTHING, 60, "wait"),
    "archived": (watch(), ARCHIVED, OVER, "show"),
    "archived-and-shown": (shown(**WAS_ARCHIVED), ARCHIVED, OVER, "handled"),
    "hidden": (watch(), HIDDEN, OVER, "show"),
    "hidden-and-shown": (shown(**WAS_HIDDEN), HIDDEN, OVER, "handled"),
    "gone": (watch(), GONE, OVER, "show"),
    "takes-no-reply": (watch(gone=True), NOTHING, OVER, "show"),
    "takes-no-reply-again": (watch(gone=True, reposted=True, reminded=1), NOTHING, OVER, "wait"),
    "takes-no-reply-and-handled": (watch(gone=True), standing(handled="U1"), OVER, "show"),
    "gone-again": (watch(reposted=True), GONE, OVER, "wait"),
    "gone-again-and-seen": (watch(reposted=True, **SEEN), GONE, OVER, "wait"),
    "gone-and-handled": (watch(**HANDLED), GONE, 60, "handled"),
    "opened-anew": (watch(anew=True), standing(handled="U1"), 2, "wait"),
}


@pytest.mark.parametrize(("known", "sight", "seconds", "status"), NEXT.values(), ids=NEXT)
def test_what_is_next(known: Watch, sight: Sight, seconds: float, status: str) -> None:
    step = decide("f", known, sight, at(seconds))
    assert step.status == status
    assert (step.seconds > 0) is (status == "wait")
    assert step.why.endswith(".")


@pytest.mark.parametrize(
    ("known", "sight", "seconds", "reminded"),
    [
        pytest.param({}, standing(seen="U1"), 60, 0, id="seen-before-any-deadline"),
        pytest.param({}, standing(seen="U1"), 3700, 1, id="seen-late"),
        pytest.param({"reminded": 2}, standing(seen="U1"), 1900, 2, id="seen-after-two"),
        pytest.param(SEEN, NOTHING, 2000, 0, id="seen no more: it is with others now, and due"),
        pytest.param({"off": True}, NOTHING, 2000, 2, id="switched-on-again"),
        pytest.param(SEEN, standing(seen="U2"), 2000, 0, id="seen-by-another-now"),
        pytest.param(HANDLED, NOTHING, 1000, 1, id="handled-no-more"),
        pytest.param({**HANDLED, "reminded": 2}, NOTHING, 1000, 2, id="handled-no-more-after-two"),
        pytest.param(HANDLED, standing(seen="U1"), 1000, 0, id="handled-no-more-but-seen"),
        pytest.param(WAS_ARCHIVED, NOT_YET, 1000, 1, id="archived-no-more"),
        pytest.param({}, NOTHING, 90_000, 0, id="nobody: who reminds writes it"),
        pytest.param({"blind": "scope"}, NOTHING, 1000, 0, id="what came while nobody could see is due"),
    ],
)
def test_what_came_while_nobody_was_to_answer_is_over(
    known: dict[str, Any], sight: Sight, seconds: float, reminded: int
) -> None:
    assert after(sight, seconds, **known).watch.reminded == reminded


@pytest.mark.parametrize(
    ("known", "sight", "seconds", "expected"),
    [
        pytest.param(watch(), NOT_YET, 60, 30, id="as-slack-says"),
        pytest.param(watch(), Sight(reactions=NotYet(0)), 60, 1, id="never-at-once"),
        pytest.param(watch(within=10), NOTHING, 4.5, 6, id="a-deadline"),
        pytest.param(watch(within=10), NOBODY_ASKED, 4.5, 6, id="a-deadline-while-nobody-is-asked"),
        pytest.param(watch(within=1), NOBODY_ASKED, 2, 3, id="not-before-somebody-is-asked"),
        pytest.param(watch(within=10, reminded=3), NOTHING, 3600, 431, id="by-age"),
    ],
)
def test_when_it_looks_again(known: Watch, sight: Sight, seconds: float, expected: int) -> None:
    assert decide("f", known, sight, at(seconds)).seconds == expected


AHEAD = "The next reminder is due at 2026-11-20T10:15:05.000Z."
BY_RULE = f"Hidden by a rule of the suppression list; noticed at {T60}."


@pytest.mark.parametrize(
    ("known", "sight", "seconds", "words"),
    [
        (watch(), NOTHING, 60, f"Nobody has answered. {AHEAD}"),
        (watch(reminds=False), NOTHING, 60, "Nobody has answered."),
        (watch(), NOTHING, 1800, "Nobody has answered. Deadline 2 of 3 was 2026-11-20T10:30:05.000Z."),
        (
            shown(**SEEN),
            standing(seen="U1"),
            3600,
            f"U1 has it in hand; noticed at {T0}. Deadline 1 of 3 was 2026-11-20T11:00:05.000Z.",
        ),
        (shown(**HANDLED), NOT_YET, 60, f"Handled by U1; noticed at {T0}."),
        (shown(**WAS_ARCHIVED), ARCHIVED, 60, f"Archived in GuardDuty; noticed at {T0}."),
        (
            watch(),
            HIDDEN,
            60,
            f"The message is to show it: {BY_RULE}",
        ),
        (watch(), NOT_YET, 60, "Slack wants to be asked later."),
        (watch(), NOBODY_ASKED, 2, f"It was posted just now: nobody is asked yet. {AHEAD}"),
        (watch(), GONE, 60, "The message is gone, and nobody has answered: it is posted anew, once."),
    ],
)
def test_it_says_why(known: Watch, sight: Sight, seconds: float, words: str) -> None:
    assert decide("f", known, sight, at(seconds)).why == words


@pytest.mark.parametrize(
    ("why", "words"),
    [
        ("scope", "reactions:read"),
        ("channel", "the message's channel"),
        ("group", "RESPONDERS"),
        ("some-other", "Nobody's answer can be seen."),
    ],
)
def test_blind_it_says_what_is_missing_and_that_nobody_is_reminded(why: str, words: str) -> None:
    step = after(blind(why))
    assert words in step.why
    assert step.why.endswith("Nobody is reminded.")
