"""Reading members of a finding that may be missing, null or of another type than GuardDuty's model says.

Every function takes any JSON value and never raises: what can't be read is empty.
"""

import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Final, NamedTuple

from chalicelib.finding.masking import mask, mask_member
from chalicelib.finding.model import Detail, Form, Tag

Members = Mapping[str, object]
"""An object of the finding, by its members' names."""

KEPT: Final = 25
"""How many of a list are kept as details; what rules match on is always kept whole."""

LONGEST_LABEL: Final = 80
"""Characters of a label that is GuardDuty's own name for a member."""

SAYS_NOTHING: Final = frozenset(("null", "unknown"))
"""What GuardDuty writes, in whatever case, where it has no value: no detail."""

LARGEST_NUMBER: Final = 10**18
"""No number of GuardDuty's comes near; Python refuses to print integers of more than 4,300 digits."""

LARGEST_SECONDS: Final = 32_503_680_000
"""The year 3000 in epoch seconds: anything above is milliseconds."""


def text(value: object) -> str:
    """Read a string or a number as text; anything else, and blank text, is empty."""
    if isinstance(value, str):
        return _printable(value) if value.strip() else ""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    return _digits(value)


def _printable(value: str) -> str:
    """Replace lone surrogates, which JSON allows and UTF-8 does not."""
    return value if value.isascii() else value.encode("utf-8", "replace").decode("utf-8")


def _digits(value: float) -> str:
    if not -LARGEST_NUMBER < value < LARGEST_NUMBER:  # also false for NaN
        return ""
    return str(int(value)) if value == int(value) else str(value)


def record(value: object) -> Mapping[str, object]:
    """Read an object; anything else is an empty one."""
    return value if isinstance(value, dict) else {}


def records(value: object) -> list[Mapping[str, object]]:
    """Read a list of objects, or one object as a list of one; what is no object is left out."""
    if value is None:  # by far the most members that are looked for
        return []
    return [item for item in items(value) if isinstance(item, dict) and item]


def items(value: object) -> list[object]:
    """Read a list; a single value is a list of one, null an empty list."""
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


def at(value: object, path: str) -> list[object]:
    """Follow a path of member names (``a.b.c``) through objects, and through the items of lists."""
    reached = items(value) if value else []
    for name in path.split(".") if reached else ():
        reached = _below(reached, name)
        if not reached:  # most paths lead nowhere in most findings
            break
    return reached


def _below(nodes: list[object], name: str) -> list[object]:
    reached: list[object] = []
    for node in nodes:
        leaf = node.get(name) if isinstance(node, dict) else None
        if isinstance(leaf, list):
            reached += leaf
        elif leaf is not None:
            reached.append(leaf)
    return reached


def found(value: object, *paths: str) -> list[str]:
    """Read all texts at the paths, in order, without repetition."""
    if not value:
        return []
    leaves_there = [leaf for path in paths for leaf in at(value, path)]
    return unique(map(text, leaves_there)) if leaves_there else []


def first(value: object, *paths: str) -> str:
    """Read the first text at the paths, in order of preference."""
    for path in paths if value else ():
        for leaf in at(value, path):
            if said := text(leaf):
                return said
    return ""


def unique(values: Iterable[str]) -> list[str]:
    """Leave out empty texts and repetitions."""
    return list(dict.fromkeys(filter(None, values)))


def whole(value: object) -> int | None:
    """Read a whole number, also one written as text or as a float."""
    try:
        number = float(value) if isinstance(value, str | int | float) else math.nan
    except (ValueError, OverflowError):
        return None
    return int(number) if -LARGEST_NUMBER < number < LARGEST_NUMBER and number == int(number) else None


def flag(value: object) -> bool | None:
    """Read a boolean, also one written as text; None when there is none."""
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}.get(value.strip().lower()) if isinstance(value, str) else None


def yes_no(value: object) -> str:
    """Read a boolean as one of our words, ``yes`` or ``no``."""
    return {True: "yes", False: "no", None: ""}[flag(value)]


def yes(value: object) -> str:
    """Read a boolean that is worth a word only when it is true."""
    return "yes" if flag(value) else ""


def number(value: object) -> float | None:
    """Read a number of any size that we can print, also one written as text."""
    try:
        read = float(text(value) or "nan")
    except ValueError:
        return None
    return read if math.isfinite(read) else None


def moment(value: object) -> datetime | None:
    """Read a time: ISO 8601 (UTC unless it says otherwise), or seconds or milliseconds since 1970."""
    written = text(value).strip()
    try:
        return _since_1970(float(written)) if _looks_epoch(written) else _iso(written)
    except (ValueError, OverflowError):
        return None


def _looks_epoch(written: str) -> bool:
    """Know epoch numbers (nine digits and more) from dates in ISO's basic form (eight)."""
    digits = written.partition(".")[0]
    return digits.isascii() and digits.isdigit() and len(digits) >= 9


def _since_1970(seconds: float) -> datetime:
    seconds = seconds if seconds < LARGEST_SECONDS else seconds / 1000
    if seconds >= LARGEST_SECONDS:
        raise ValueError("no time of ours")
    return datetime.fromtimestamp(seconds, UTC)


def _iso(written: str) -> datetime | None:
    when = datetime.fromisoformat(written)
    when = when.astimezone(UTC) if when.tzinfo else when.replace(tzinfo=UTC)
    return when if when.year > 1970 else None  # 1970-01-01 and 0001-01-01 are how programs write "no time"


def iso(value: object) -> str:
    """Read a time as ISO 8601 text in UTC."""
    when = moment(value)
    return when.isoformat() if when else ""


def parsed(value: object) -> Mapping[str, object]:
    """Read an object that is written as a JSON string."""
    try:
        return record(json.loads(value)) if isinstance(value, str) else record(value)
    except (ValueError, RecursionError):
        return {}


def tags(value: object) -> tuple[Tag, ...]:
    """Read a list of ``{"key": …, "value": …}``; a tag without a key is none, a value may be empty."""
    pairs = ((text(tag.get("key")), text(tag.get("value"))) for tag in records(value))
    return tuple(Tag(key, content) for key, content in dict.fromkeys(pairs) if key)


class Row(NamedTuple):
    """Where a detail stands: its label, the paths that may hold it, how to show and how to read it."""

    label: str
    path: str
    form: Form = Form.CODE
    read: Callable[[object], str] = text


def word(label: str, path: str) -> Row:
    """Make a row whose value is words."""
    return Row(label, path, Form.TEXT)


def time(label: str, path: str) -> Row:
    """Make a row whose value is a time."""
    return Row(label, path, Form.TIME, iso)


def truth(label: str, path: str) -> Row:
    """Make a row whose value is yes or no."""
    return Row(label, path, Form.TEXT, yes_no)


def only_true(label: str, path: str) -> Row:
    """Make a row that is there only when its value is true."""
    return Row(label, path, Form.TEXT, yes)


def details(value: object, *rows: Row) -> tuple[Detail, ...]:
    """Read what the rows name; a row with several values makes several details."""
    made: list[Detail] = []
    for row in rows if value else ():
        if leaves_there := at(value, row.path):
            made += several(row.label, map(row.read, leaves_there), row.form)
    return tuple(made)


def several(label: str, values: Iterable[str], form: Form = Form.CODE) -> list[Detail]:
    """Make a detail of each value, masked, up to `KEPT`, then a ``more`` with the number left out."""
    said = [value for value in unique(values) if value.lower() not in SAYS_NOTHING]
    made = [Detail(label, mask(value), form) for value in said[:KEPT]]
    if len(said) > KEPT:
        made.append(Detail("more", str(len(said) - KEPT), Form.TEXT))
    return made


def plain(name: object) -> str:
    """Read a name that GuardDuty has for something, without what no such name has in it.

    Names of members are labels in the message; those of an event that is no real one may be anything.
    """
    return _NO_NAME.sub("", text(name))[:LONGEST_LABEL]


_NO_NAME: Final = re.compile(r"[^\w.:-]+")


def words_of(name: str) -> str:
    """Write a member's name as words: ``packageVersion`` is ``package version``."""
    return " ".join(each if each.isupper() else each.lower() for each in _WORD.findall(name))


_WORD: Final = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z0-9]+(?![a-z])|[^\W_]+")


def leaves(value: object, label: str = "") -> list[tuple[str, str]]:
    """Read the first texts anywhere inside, each under its dotted path, for members that we don't know.

    Looks at no more than some hundreds of members, four levels deep.
    """
    read: list[tuple[str, str]] = []
    pending: list[tuple[str, object, int]] = [(label, value, 0)]
    for _ in range(40 * KEPT):
        if not pending or len(read) == KEPT:
            break
        path, node, depth = pending.pop()
        if said := text(node) or yes_no(node):
            read.append((path, said))
        elif depth < 4:
            pending.extend(reversed(_members(path, node, depth + 1)))
    return read


def _members(path: str, node: object, depth: int) -> list[tuple[str, object, int]]:
    if isinstance(node, list):
        return [(path, item, depth) for item in node[: KEPT + 1]]
    members = list(record(node).items())[: 4 * KEPT]
    return [(f"{path}.{plain(name)}".strip(".")[:LONGEST_LABEL], member, depth) for name, member in members]


def unknown(value: object, label: str = "") -> Iterator[Detail]:
    """Make details of members that we don't know, labelled by GuardDuty's own names for them."""
    for path, said in leaves(value, label):
        if said.lower() not in SAYS_NOTHING:
            yield Detail(path, mask_member(path, said))
