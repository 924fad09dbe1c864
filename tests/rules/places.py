"""The places of a finding's texts, and what becomes of the finding when somebody else's word stands there."""

from collections.abc import Iterable, Iterator
from functools import cache
from random import Random
from typing import Any

import botocore.session
from botocore.model import ListShape, MapShape, Shape, StructureShape

from chalicelib.errors import InvalidFinding
from chalicelib.finding.event import parse
from chalicelib.finding.model import Finding
from tests.generate import Json, example, example_names, random_event

Place = tuple[str | int, ...]
"""The way to a text in the detail of an event: names of members, and positions in lists."""


@cache
def events() -> tuple[Json, ...]:
    """The shown findings, and generated ones of all shapes."""
    generated = (random_event(Random(seed)) for seed in range(8))
    return (*map(example, example_names()), *generated)


@cache
def members() -> tuple[str, ...]:
    """Name every text and time that a finding may have, as GuardDuty's model says it."""
    model = botocore.session.get_session().get_service_model("guardduty")
    return tuple(_members(model.shape_for("Finding")))


def _members(shape: Shape, above: str = "") -> Iterator[str]:
    if isinstance(shape, StructureShape):
        for name, member in shape.members.items():
            said = str(member.serialization.get("name", name))
            yield from _members(member, f"{above}.{said}".strip("."))
    elif isinstance(shape, ListShape):
        yield from _members(shape.member, above)
    elif isinstance(shape, MapShape):
        yield from _members(shape.value, f"{above}.*")
    elif shape.type_name in ("string", "timestamp"):
        yield above


def texts(node: Json, place: Place = ()) -> Iterator[Place]:
    """Name the place of every text of a finding."""
    if isinstance(node, dict | list):
        for key, member in node.items() if isinstance(node, dict) else enumerate(node):
            yield from texts(member, (*place, key))
    elif isinstance(node, str):
        yield place


def path(place: Place) -> str:
    """Name the member that stands at a place, as the conditions' table names it."""
    return ".".join(name for name in place if isinstance(name, str))


def of_each_member(places: Iterable[Place]) -> list[Place]:
    """Choose two places of each member: further items of a list are read like its second."""
    by_member: dict[str, list[Place]] = {}
    for place in places:
        by_member.setdefault(path(place), []).append(place)
    return [place for alike in by_member.values() for place in alike[:2]]


def is_under(name: str, paths: Iterable[str]) -> bool:
    """Whether a member is one of these, or stands below one (``*``: whatever is there)."""
    return any(_leads_to(above.split("."), name.split(".")) for above in paths)


def _leads_to(above: list[str], names: list[str]) -> bool:
    return len(above) <= len(names) and all(
        part in ("*", name) for part, name in zip(above, names, strict=False)
    )


def text_at(event: Json, place: Place) -> str:
    """Read the text at a place."""
    node: Any = event["detail"]
    for step in place:
        node = node[step]
    return str(node)


def written(event: Json, words: Iterable[tuple[Place, str]]) -> Finding | None:
    """Read the finding with these words at these places; None where it is no finding any more."""
    made = event
    for place, word in words:
        made = changed(made, ("detail", *place), word)
    try:
        return parse(made)
    except InvalidFinding:
        return None


def changed(node: Json, place: Place, value: object) -> Json:
    """Return it with a value at a place; what leads there is copied, and nothing beside it."""
    if not place:
        return value
    step, *rest = place
    made: Any = node.copy()
    made[step] = changed(node[step], tuple(rest), value)
    return made
