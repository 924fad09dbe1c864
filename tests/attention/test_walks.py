"""Short histories, all of them: whatever people do in whatever order, some things never happen.

The machine is played here: it looks, shows, reminds and waits as its definition says.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise, product
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.attention.decide import Sight, decide
from chalicelib.attention.reactions import Blind, NotYet, Reading
from chalicelib.attention.schedule import due
from chalicelib.ledger import watch as ledger
from tests.attention.watches import POSTED, at, watch

DEEDS = (
    *("+eyes", "-eyes", "+check", "-check"),
    *("archive", "unarchive", "hide", "blind", "see", "busy", "pass 15m", "pass 1h"),
)
"""What people and time do."""

UNDONE = {"-eyes": "+eyes", "-check": "+check", "unarchive": "archive", "see": "blind"}

END = timedelta(hours=5)
"""The last deadline of whoever has it in hand is after four."""


class Visit(NamedTuple):
    """A look, as somebody beside the machine sees it."""

    at: datetime
    eyes: bool
    answered: bool
    """A look could see that somebody has answered."""
    unseen: bool
    """Nobody's reaction could be read."""
    status: str
    reminder: int


class World:
    """A finding's message, its people, and its execution of the attention machine."""

    def __init__(self) -> None:
        self.now = POSTED
        self.watch = watch()
        self.visits: list[Visit] = []
        self.next = POSTED
        self.reactions: set[str] = set()
        self.archived = self.hidden = self.blind = False
        self.busy = 0
        self.turn = ""

    def do(self, deed: str) -> None:
        match deed.split(" "):
            case ["pass", span]:
                self.until(self.now + (timedelta(minutes=15) if span == "15m" else timedelta(hours=1)))
            case ["archive" | "unarchive"]:
                self.archived = deed == "archive"
            case ["hide"]:
                self.hidden = True
            case ["blind" | "see"]:
                self.blind = deed == "blind"
            case ["busy"]:
                self.busy = 2
            case _:
                change = self.reactions.add if deed[0] == "+" else self.reactions.discard
                change(deed[1:])

    def until(self, moment: datetime) -> None:
        while self.next <= moment and not self.has_ended:
            self.now = self.next
            self._visit()
        self.now = max(self.now, moment)

    @property
    def has_ended(self) -> bool:
        return bool(self.visits) and self.visits[-1].status == "handled"

    def _visit(self) -> None:
        young = self.now < at(5)
        unseen = self.blind or self.busy > 0 or young
        check = "check" in self.reactions and not unseen
        answered = self.hidden or (self.archived and not young) or check
        step = decide("f", self.watch, self._sight(), self.now)
        self.watch = ledger.read(step.watch.to_text()) or pytest.fail("it can't be read again")
        number = 0
        if step.status == "remind":  # as the state Remind does
            number = due(self.watch, self.now)
            self.watch = self.watch.with_(reminded=number)
        wait = step.seconds if step.status == "wait" else 1
        if step.status == "show":  # as the state ShowAnswer does: others are shown first
            if self.turn == self.watch.said:
                self.watch = self.watch.with_(shown=self.watch.said)
            else:
                wait = 1200
            self.turn = self.watch.said
        eyes = "eyes" in self.reactions
        self.visits.append(Visit(self.now, eyes, answered, unseen, step.status, number))
        self.next = self.now + timedelta(seconds=wait)

    def _sight(self) -> Sight:
        if self.hidden:
            return Sight(hidden=True)
        if self.now < at(5):
            return Sight()
        if self.archived:
            return Sight(archived=True)
        if self.busy:
            self.busy -= 1
            return Sight(reactions=NotYet(10))
        if self.blind:
            return Sight(reactions=Blind("scope"))
        standing = tuple(f"U {name}" for name in sorted(self.reactions))
        by = ("U",)
        return Sight(
            reactions=Reading(
                by if "eyes" in self.reactions else (), by if "check" in self.reactions else (), standing
            )
        )


def histories(length: int) -> Iterator[tuple[str, ...]]:
    """Every history in which each deed does something."""
    for deeds in product(DEEDS, repeat=length):
        undone = (UNDONE.get(deed, deed) in (*deeds[:place], deed) for place, deed in enumerate(deeds))
        again = any(deed == last and not deed.startswith("pass") for last, deed in pairwise(deeds))
        if not again and all(undone):
            yield deeds


def played(deeds: tuple[str, ...]) -> World:
    world = World()
    for deed in deeds:
        world.do(deed)
    world.until(world.now + END)
    return world


def violations(world: World) -> Iterator[str]:
    """Name what must never happen; said without the code's own words for deadlines."""
    visits = world.visits
    reminders = [visit for visit in visits if visit.reminder]
    numbers = [visit.reminder for visit in reminders]
    if numbers != sorted(set(numbers)) or set(numbers) - {1, 2, 3}:
        yield f"one reminder for each deadline: {numbers}"
    for visit in reminders:
        allowed = 900 * 2 ** (visit.reminder - 1) * (4 if visit.eyes else 1)
        if visit.answered or visit.unseen:
            yield f"a reminder where an answer was visible, or nothing was: {visit}"
        if (visit.at - POSTED).total_seconds() < allowed:
            yield f"a reminder before its time: {visit}"
    for visit in visits:
        if visit.status == "handled" and not visit.answered and not visit.unseen:
            yield f"handled, and nobody has answered: {visit}"
    for before, visit in pairwise(visits):
        if visit.at - before.at > timedelta(hours=6):
            yield f"long not looked: {before} {visit}"
        if visit.eyes and not before.eyes and visit.reminder:
            yield f"reminded in the look that noticed that somebody has it in hand: {visit}"
    last = visits[-1]
    if world.has_ended != (last.status == "handled") or (last.answered and last.status != "handled"):
        yield f"it goes on though it is answered: {last}"


@pytest.mark.parametrize(("length", "many"), [(1, 8), (2, 62), (3, 510)])
def test_what_never_happens(length: int, many: int) -> None:
    found = {deeds: list(violations(played(deeds))) for deeds in histories(length)}
    assert len(found) == many
    assert {deeds: faults for deeds, faults in found.items() if faults} == {}


@given(st.lists(st.sampled_from(DEEDS), min_size=4, max_size=10))
def test_what_never_happens_in_longer_ones(deeds: list[str]) -> None:
    assert list(violations(played(tuple(deeds)))) == []


def test_whom_nobody_answers_is_reminded_of_three_times_in_time() -> None:
    world = played(("busy",))
    said = [((visit.at - POSTED).total_seconds(), visit.reminder) for visit in world.visits if visit.reminder]
    assert said == [(900, 1), (1800, 2), (3600, 3)]


@pytest.mark.parametrize(
    ("deeds", "reminders"),
    [
        (("+eyes",), [1, 2, 3]),
        (("+check",), []),
        (("pass 15m", "+check"), [1]),
        (("pass 15m", "+eyes", "pass 15m", "-eyes"), [1, 2, 3]),
        (("blind",), []),
        (("blind", "pass 1h", "see"), [3]),
        (("pass 1h", "archive"), [1, 2, 3]),
        (("hide",), []),
    ],
)
def test_how_often_is_reminded(deeds: tuple[str, ...], reminders: list[int]) -> None:
    assert [visit.reminder for visit in played(deeds).visits if visit.reminder] == reminders
