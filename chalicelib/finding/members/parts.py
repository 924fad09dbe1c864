"""What readers of members take: the parts of a finding, and lists of things by their names."""

from collections.abc import Iterable
from typing import NamedTuple

from chalicelib.finding.arns import Place
from chalicelib.finding.fields import Members, found, plain, record, records
from chalicelib.finding.model import Things
from chalicelib.finding.sequence_resources import KINDS_OF_DATA


class Parts(NamedTuple):
    """The parts of a finding that say something; what is missing is empty."""

    resource: Members
    service: Members
    action: Members
    sequence: Members
    place: Place


class SequenceResource(NamedTuple):
    """One resource of an attack sequence, and what its ``data`` says of it as this kind."""

    members: Members
    data: Members


def each(things: Iterable[Members], *paths: str) -> Things:
    """Read what each thing is called at the paths; one without any name is there, and no rule can match it."""
    return tuple(tuple(found(thing, *paths)) for thing in things)


def of_kind(parts: Parts, kind: str) -> list[SequenceResource]:
    """Find the resources of a sequence that are of a kind, by their type or by their data."""
    kinds = (_kinds(resource) for resource in records(parts.sequence.get("resources")))
    return [SequenceResource(members, named[kind]) for members, named in kinds if kind in named]


def _kinds(resource: Members) -> tuple[Members, dict[str, Members]]:
    data = record(resource.get("data"))
    named = {KINDS_OF_DATA.get(name, plain(name)): record(member) for name, member in data.items()}
    said = plain(resource.get("resourceType")).lower()
    return resource, {said: {}} | named


def first_of(things: Iterable[str]) -> tuple[str, ...]:
    """Name a thing by the first that is not empty, or by nothing."""
    return next(((name,) for name in things if name), ())
