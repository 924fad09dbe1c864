"""What a responder acts on, by kind of finding: the table of ``docs/messages.md``, and what a message says of it.

The page is the tests' data: each row of its table has a builder of events (``acts_on_events``), and what a list may
lose is what the page says.
"""

import re
from dataclasses import replace
from enum import Enum
from pathlib import Path
from typing import NamedTuple

from chalicelib.finding.event import parse
from chalicelib.finding.model import Account, Finding
from chalicelib.message.context import MessageContext
from chalicelib.message.render import render
from tests import bless
from tests.message import measure
from tests.message.acts_on_events import OURS, OURS_NAMED, Built, Place
from tests.slack_limits import Payload

PAGE = Path(__file__).parents[2] / "docs" / "messages.md"
NUMBERS = (1, 5, 40, 400)
FEW = 5


class Kept(Enum):
    """What a list keeps when it is cut."""

    EACH_OF_FEW = "each"
    COUNTED = "counted"
    MAY_GO = "may go"


class Row(NamedTuple):
    """A row of the table: a kind of finding."""

    kind: str
    facts: tuple[str, ...]
    many: tuple[str, ...]


_CELL = re.compile(r"`([^`]+)`")


def rows() -> dict[str, Row]:
    """Read the table of what must be in the message, by the kind of finding."""
    return {
        kind: Row(kind, tuple(_CELL.findall(facts)), tuple(_CELL.findall(many)))
        for kind, facts, many in _table("kind of finding")
    }


def vocabulary() -> dict[str, str]:
    """Read what counts as said, by fact."""
    return {_CELL.findall(name)[0]: said for name, said in _table("fact")}


def lists() -> dict[str, Kept]:
    """Read what is kept of each list that is too long."""
    return {_CELL.findall(name)[0]: _kept(said) for name, said in _table("list")}


def _kept(said: str) -> Kept:
    if said.startswith("may be left"):
        return Kept.MAY_GO
    assert said.endswith("then how many more"), said
    return Kept.EACH_OF_FEW if said.startswith("each of up to five") else Kept.COUNTED


def _table(first: str) -> list[list[str]]:
    """Read the body of the table whose first column has this title."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith(f"| {first} |"))
    body = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        body.append([cell.strip() for cell in line.strip("|").split("|")])
    return body


def posted(built: Built, language: str = "en") -> tuple[Finding, Payload]:
    """Parse a built event and render its message, with what Organizations would say of the other accounts."""
    finding = parse(built.event)
    return finding, render(finding, context(language))


def context(language: str) -> MessageContext:
    """What the golden messages are rendered with, and the name of the account beside ours."""
    return replace(
        bless.context(language, other_accounts={OURS: OURS_NAMED}),
        account=Account("payments-prod", bless.OU_PATH, "Workloads/Payments"),
    )


def says(payload: Payload, *values: str) -> bool:
    """Whether one line of the blocks has all the values, each as a word of its own."""
    return any(all(has(line, value) for value in values) for line in measure.refanged(measure.shown(payload)))


def has(text: str, value: str) -> bool:
    """Whether a text has the value as a word of its own: ``198.51.100.1`` is not in ``198.51.100.10``."""
    return token(value).search(text) is not None


def token(value: str) -> re.Pattern[str]:
    """Match a value where it is not a part of a longer name; a port may follow an address, and Japanese a name."""
    return re.compile(rf"(?<![A-Za-z0-9_.@-]){re.escape(value)}(?![A-Za-z0-9_@-]|\.\w)")


def says_public(payload: Payload, bucket: str) -> bool:
    """Whether a line names the bucket and says that it, and not only that others are not, is public."""
    lines = measure.refanged(measure.shown(payload))
    return any(has(line, bucket) and re.search(r"(?i)(?<!not )\bpublic\b", line) for line in lines)


def left_out(payload: Payload, values: tuple[str, ...]) -> tuple[int, bool]:
    """Count the values that the blocks do not have, and tell whether the message says that number."""
    whole = "\n".join(measure.refanged(measure.shown(payload)))
    left = sum(not has(whole, value) for value in values)
    return left, re.search(rf"(?<![\d,.])(?:{left:,}|{left}) more\b", whole) is not None


def pooled(payload: Payload) -> int:
    """Read how many things of all kinds the message leaves to GuardDuty; 0 where it does not say."""
    found = re.search(r"(\d[\d,]*) more in GuardDuty", "\n".join(measure.shown(payload)))
    return int(found[1].replace(",", "")) if found else 0


PLACES = tuple(Place)
