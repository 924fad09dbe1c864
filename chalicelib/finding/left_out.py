"""``left_out``: what an event that was too large has lost on its way, by the paths of what was cut."""

import json
from collections.abc import Iterable
from typing import Any, Final, NamedTuple

MEMBER: Final = "left_out"
"""The member of the event, beside ``detail``."""

MOST: Final = 50
"""Cuts that are named; where there are more, what holds them is named in their place."""

MOST_COUNTED: Final = 10**12
"""No list and no text comes near; what says more was made to be long."""

LONGEST_PATH: Final = 200
"""Bytes of a path; of a longer one its beginning is named, which holds the rest."""


class Cut(NamedTuple):
    """Something that is not whole: ``kept`` of ``of`` items of a list, or characters of a text."""

    path: tuple[str, ...]
    """Names of members from the event on; which item of a list it is in is not said."""
    kept: int
    of: int


def read(said: object) -> list[Cut]:
    """Read what an event already names; what is no cut is none."""
    entries = said if isinstance(said, list) else []
    return [
        Cut(tuple(entry["path"].split(".")), entry["kept"], entry["of"])
        for entry in entries
        if _is_cut(entry)
    ]


def _is_cut(entry: Any) -> bool:
    if not isinstance(entry, dict) or entry.keys() != {"path", "kept", "of"}:
        return False
    numbers = (entry["kept"], entry["of"])
    return isinstance(entry["path"], str) and all(
        type(each) is int and 0 <= each <= MOST_COUNTED for each in numbers
    )


def bounded(cuts: Iterable[Cut]) -> list[Cut]:
    """Add up the cuts of each path; where there are too many, those that lie deepest are named by their holders."""
    found = _added(cut._replace(path=_short(cut.path)) for cut in cuts)
    while len(found) > MOST:
        deepest = max(len(cut.path) for cut in found)
        if deepest == 1:
            return _added(cut._replace(path=("event",)) for cut in found)
        found = _added(cut._replace(path=cut.path[: deepest - 1]) for cut in found)
    return found


def to_json(cuts: Iterable[Cut]) -> list[dict[str, object]]:
    """Return them as the event carries them."""
    return [{"path": ".".join(cut.path), "kept": cut.kept, "of": cut.of} for cut in cuts]


def _added(cuts: Iterable[Cut]) -> list[Cut]:
    found: dict[str, Cut] = {}
    for cut in cuts:
        name = ".".join(cut.path)
        before = found.get(name, Cut(cut.path, 0, 0))
        kept, of = (min(MOST_COUNTED, sum(both)) for both in ((before.kept, cut.kept), (before.of, cut.of)))
        found[name] = Cut(before.path, kept, of)
    return list(found.values())


def _short(path: tuple[str, ...]) -> tuple[str, ...]:
    room = LONGEST_PATH
    for length, name in enumerate(path):
        room -= len(json.dumps(name)) - 1
        if room < 0:
            return path[:length] or ("event",)
    return path
