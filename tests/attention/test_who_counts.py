"""Whose reactions count: a table."""

from typing import Any

import pytest

from chalicelib.attention.who_counts import Reading, are_complete, given, judged
from chalicelib.slack.reactions import Reaction, Reactions, of_message

ANNA, BEN, CARO, US, ROBOT = "U0ANNA", "W0BEN", "U0CARO", "U00000000", "U0ROBOT"
EYES, CHECK = "eyes", "white_check_mark"


def read(found: Reactions, ignored: tuple[str, ...] = (), members: frozenset[str] | None = None) -> Reading:
    possible = given(found, ignored=ignored, ourselves=US, members=members)
    return judged(possible, ignored=ignored, is_person=lambda user: user != ROBOT)


def by(name: str, *users: str) -> Reaction:
    return Reaction(name, users)


@pytest.mark.parametrize(
    ("found", "more", "seen", "handled"),
    [
        pytest.param((), {}, (), (), id="nobody"),
        pytest.param((by(EYES, ANNA),), {}, (ANNA,), (), id="seen"),
        pytest.param((by("eye", ANNA),), {}, (ANNA,), (), id="one-eye"),
        pytest.param((by(CHECK, ANNA),), {}, (), (ANNA,), id="handled"),
        pytest.param((by("heavy_check_mark", ANNA),), {}, (), (ANNA,), id="heavy-check"),
        pytest.param((by("ballot_box_with_check", ANNA),), {}, (), (ANNA,), id="ballot-box"),
        pytest.param((by("check", ANNA), by("done", ANNA)), {}, (), (), id="own-emoji"),
        pytest.param((by("tada", ANNA), by("+1", BEN)), {}, (), (), id="others"),
        pytest.param((by(EYES, ANNA), by(CHECK, ANNA)), {}, (ANNA,), (ANNA,), id="both"),
        pytest.param((by(EYES, CARO, ANNA, BEN),), {}, (CARO, ANNA, BEN), (), id="in-slacks-order"),
        pytest.param((by(EYES, ANNA), by("eye", ANNA, BEN)), {}, (ANNA, BEN), (), id="each-once"),
        pytest.param((by(EYES, ANNA), by(EYES, BEN, ANNA)), {}, (ANNA, BEN), (), id="tones"),
        pytest.param((by(CHECK, US), by(EYES, US, ANNA)), {}, (ANNA,), (), id="ourselves"),
        pytest.param((by(CHECK, "USLACKBOT"),), {}, (), (), id="slackbot"),
        pytest.param((by(CHECK, ROBOT, BEN),), {}, (), (BEN,), id="a-bot"),
        pytest.param(
            (by(CHECK, ANNA), by(EYES, BEN)), {"members": frozenset({BEN})}, (BEN,), (), id="members-only"
        ),
        pytest.param((by(CHECK, ANNA),), {"members": frozenset()}, (), (), id="nobody-is-a-member"),
        pytest.param(
            (by(CHECK, ANNA, BEN), by(EYES, ANNA)),
            {"ignored": (f"{ANNA} {CHECK}",)},
            (ANNA,),
            (BEN,),
            id="ignored-by-reaction",
        ),
    ],
)
def test_who_counts(
    found: Reactions, more: dict[str, Any], seen: tuple[str, ...], handled: tuple[str, ...]
) -> None:
    assert read(found, **more)[:2] == (seen, handled)


def test_what_stands_there_is_named_whether_it_is_ignored_or_not() -> None:
    found = (by(EYES, ANNA), by(CHECK, BEN, US), by("tada", CARO))
    for ignored in ((), (f"{ANNA} {EYES}",)):
        assert read(found, ignored).standing == (f"{BEN} {CHECK}", f"{ANNA} {EYES}")


def test_of_many_the_first_are_looked_at_and_those_that_are_ignored_take_no_seat() -> None:
    users = tuple(f"U{number:04}" for number in range(1000))
    first = read((by(EYES, *users),))
    assert first.seen == users[:20]
    later = read((by(EYES, *users),), first.standing)
    assert later.seen == users[20:40]
    assert set(first.standing) < set(later.standing)
    members = frozenset(users[-1:])
    assert read((by(EYES, *users),), members=members).seen == users[-1:]


def test_a_bot_is_asked_about_once_and_not_where_it_is_ignored() -> None:
    asked: list[str] = []

    def is_person(user: str) -> bool:
        asked.append(user)
        return True

    found = (by(EYES, ANNA, BEN), by(CHECK, ANNA))
    ignored = (f"{BEN} {EYES}",)
    judged(given(found, ignored=ignored, ourselves=US, members=None), ignored=ignored, is_person=is_person)
    assert asked == [ANNA]


@pytest.mark.parametrize(
    ("reactions", "complete"),
    [
        ((), True),
        ((by(EYES, ANNA),), True),
        ((Reaction(EYES, (ANNA,), complete=False),), False),
        ((Reaction(CHECK, (), complete=False),), False),
        ((Reaction("tada", (ANNA,), complete=False),), True),
    ],
)
def test_whether_everybody_is_named_matters_for_answers_only(reactions: Reactions, complete: bool) -> None:
    assert are_complete(reactions) is complete


def test_markup_never_comes_through() -> None:
    users = ["<!channel>", f"{ANNA}> <!here", "B0ROBOT", "anna", f"{BEN}\n", ANNA]
    hostile = {"reactions": [{"name": CHECK, "users": users}, {"name": "<@U0>", "users": [BEN]}]}
    assert read(of_message(hostile)) == Reading((), (ANNA,), (f"{ANNA} {CHECK}",))
