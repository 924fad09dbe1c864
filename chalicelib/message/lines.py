"""Lines under a label: each takes what has room, and counts what has none."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from chalicelib.finding.model import Detail, Finding
from chalicelib.message import phrases
from chalicelib.text import words
from chalicelib.text.untrusted import mixed, width

ROOM = 700
"""Units of a line."""
LIST_ROOM = 500
"""Units of a line that lists many of a kind."""
_SHORTEST = 6
"""Characters of a value that is not said twice: shorter ones stand in other words by chance."""


class Line(NamedTuple):
    """A line under a label."""

    label: str
    text: str
    left_out: int = 0
    """How many things it has no room for."""


def line(label: str, pieces: Sequence[str], language: str, room: int = ROOM, left_out: int = 0) -> Line:
    """Make a line of pieces that have room."""
    shown, cut = fitting([piece for piece in pieces if piece], room)
    return Line(words.label(label, language), phrases.BETWEEN.join(shown), left_out + cut)


def fitting(pieces: Sequence[str], room: int) -> tuple[list[str], int]:
    """Take as many as have room, the first in any case, and count the others."""
    shown: list[str] = []
    for piece in pieces:
        room -= width(piece) + len(phrases.BETWEEN)
        if shown and room < 0:
            break
        shown.append(piece)
    return shown, len(pieces) - len(shown)


def listed(
    label: str, pieces: Sequence[str], language: str, room: int = LIST_ROOM, left_out: int = 0
) -> Line:
    """List as many as have room, and say how many are left out, with those that were never made."""
    shown, left = fitting(pieces, room)
    left += left_out
    more = [words.sentence("more", language, {"count": str(left)})] if left else []
    return Line(words.label(label, language), phrases.BETWEEN.join((*shown, *more)))


def labelled(details: Iterable[Detail], labels: Sequence[str]) -> list[Detail]:
    """Take the details with one of the labels, in the labels' order."""
    found = [(labels.index(label), one) for label, one in phrases.counted(list(details)) if label in labels]
    return [one for _, one in sorted(found, key=lambda pair: pair[0])]


def of_details(
    label: str, details: Sequence[Detail], finding: Finding, language: str, said: str, room: int = ROOM
) -> list[Line]:
    """Make a line of the details that have not been said."""
    new = [one for one in details if len(one.value) < _SHORTEST or not phrases.says(said, one.value)]
    if not new:
        return []
    if {name for name, _ in phrases.counted(new)} == {label}:
        own, left = phrases.parted(new)
        return [listed(label, phrases.values(own, finding, language), language, LIST_ROOM, left)]
    return [line(label, phrases.briefs(new, finding, language), language, room)]


def of_texts(label: str, values: Sequence[str], finding: Finding, language: str) -> list[Line]:
    """Make a line of somebody's words; nothing where there are none."""
    said = [mixed(phrases.prose(value, finding), 120) for value in values if value]
    shown, left = fitting(said, 300)
    return [Line(words.label(label, language), ", ".join(shown), left)] if shown else []
