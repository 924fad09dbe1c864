"""No member that a condition does not read can make it hold: whoever writes it there hides nothing by it."""

from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from random import Random
from typing import Any

import pytest

from chalicelib.errors import InvalidFinding
from chalicelib.finding.event import parse
from chalicelib.finding.members import table as members
from chalicelib.finding.members.parts import Parts
from chalicelib.finding.members.table import MEMBERS, Member
from chalicelib.finding.model import Account, Finding, Things
from chalicelib.rules import conditions
from chalicelib.rules.conditions import Conditions
from chalicelib.rules.table import CONDITIONS, Chooser, Condition
from tests.generate import Json, example, example_names, random_event
from tests.rules.common import NOW

NAME, ADDRESS = "i-0fedcba9", "203.0.113.99"
"""Read as an id, and as a name of anything; and an address."""

Path = tuple[str | int, ...]


@cache
def events() -> tuple[Json, ...]:
    """The shown findings, and generated ones of all shapes."""
    generated = (random_event(Random(seed)) for seed in range(8))
    return (*map(example, example_names()), *generated)


def texts(node: Json, path: Path = ()) -> Iterator[Path]:
    """Name the place of every text of a finding."""
    if isinstance(node, dict | list):
        for key, member in node.items() if isinstance(node, dict) else enumerate(node):
            yield from texts(member, (*path, key))
    elif isinstance(node, str):
        yield path


def is_read(path: Path, row: Condition) -> bool:
    """Whether a condition says that it reads what stands at this place."""
    names = [name for name in path if isinstance(name, str)]
    return any(_leads_to(read.split("."), names) for read in row.reads)


def _leads_to(read: list[str], names: list[str]) -> bool:
    return len(read) <= len(names) and all(
        part in ("*", name) for part, name in zip(read, names, strict=False)
    )


def written(event: Json, places: list[Path], value: str) -> Finding | None:
    """Read the finding with this value at these places; None where it is no finding any more."""
    changed = deepcopy(event)
    for *way, last in places:
        holder: Any = changed["detail"]
        for step in way:
            holder = holder[step]
        holder[last] = value
    try:
        return parse(changed)
    except InvalidFinding:
        return None


def holds(row: Condition, finding: Finding | None, value: str) -> bool:
    wanted = Conditions(wanted={row.name: (value,)})
    return finding is not None and conditions.hold(wanted, finding, Account(), NOW)


ROWS = [(row, ADDRESS if row.name == "actor_ip" else NAME) for row in CONDITIONS.values()]


def leaks(event: Json, rows: list[tuple[Condition, str]]) -> list[str]:
    """Name the conditions that a value holds which stands only where they do not read, and where it stands."""
    places = list(texts(event["detail"]))
    found = []
    for value in {value for _, value in rows}:
        alike = [row for row, its in rows if its == value]
        for place in places:
            finding = written(event, [place], value)
            unread = (row for row in alike if not is_read(place, row))
            found += [f"{row.name} by {place}" for row in unread if holds(row, finding, value)]
        for row in alike:
            elsewhere = [place for place in places if not is_read(place, row)]
            found += [f"{row.name} by all"] if holds(row, written(event, elsewhere, value), value) else []
    return found


@pytest.mark.parametrize("number", range(len(events())))
def test_what_a_condition_does_not_read_never_makes_it_hold(number: int) -> None:
    assert leaks(events()[number], ROWS) == []


def _too_much(own: Member, other: Member) -> Member:
    """Make a reader that takes the names of another kind for names of its own."""

    def read(parts: Parts) -> Things:
        stolen = tuple(name for thing in other.read(parts) for name in thing)
        return tuple((*thing, *stolen) for thing in own.read(parts) or ((),))

    return Member(read, own.reads)


NEIGHBOURS = {name: "container" if name != "container" else "image" for name in MEMBERS if name != "actor_ip"}
"""What each condition would read too much of: what whoever runs a container calls it."""


@pytest.mark.parametrize("name", NEIGHBOURS)
def test_a_condition_that_reads_one_kind_too_many_is_found(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    mutant = _too_much(MEMBERS[name], MEMBERS[NEIGHBOURS[name]])
    monkeypatch.setattr(members, "MEMBERS", {**MEMBERS, name: mutant})
    assert leaks(example("runtime-container"), [(CONDITIONS[name], NAME)])


def test_an_address_read_from_too_many_places_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    mutant = _too_much(MEMBERS["actor_ip"], MEMBERS["container"])
    monkeypatch.setattr(members, "MEMBERS", {**MEMBERS, "actor_ip": mutant})
    assert leaks(example("runtime-container"), [(CONDITIONS["actor_ip"], ADDRESS)])


CALLERS_WORDS = (
    "title",
    "description",
    "resource.accessKeyDetails.userName",
    "resource.containerDetails.name",
    "resource.containerDetails.image",
    "resource.containerDetails.id",
    "resource.kubernetesDetails.kubernetesUserDetails.sessionName",
    "resource.kubernetesDetails.kubernetesWorkloadDetails.name",
    "resource.kubernetesDetails.kubernetesWorkloadDetails.uid",
    "resource.instanceDetails.tags",
    "resource.instanceDetails.imageId",
    "resource.rdsDbUserDetails.user",
    "service.action.awsApiCallAction.userAgent",
    "service.action.awsApiCallAction.affectedResources",
    "service.action.dnsRequestAction.domain",
    "service.action.kubernetesApiCallAction.requestUri",
    "service.action.kubernetesApiCallAction.parameters",
    "service.action.kubernetesApiCallAction.userAgent",
    "service.additionalInfo.userAgent",
    "service.runtimeDetails.process.executablePath",
    "service.detection.sequence.actors.user.name",
    "service.detection.sequence.resources.name",
    "service.detection.sequence.resources.tags",
)
"""What a caller, or the other side, writes into a finding."""

IDENTITY = [row for row in CONDITIONS.values() if row.chooser in (Chooser.IDENTITY, Chooser.AWS)]


@pytest.mark.parametrize("row", IDENTITY, ids=lambda row: row.name)
def test_what_identifies_is_read_from_nothing_that_a_caller_writes(row: Condition) -> None:
    assert not [path for path in CALLERS_WORDS if is_read(tuple(path.split(".")), row)]


def test_every_condition_can_hold_for_a_shown_finding() -> None:
    """Else that none leaks would say nothing."""
    shown = [parse(event) for event in events()]
    never_named = {"account_name", "ou_path", "finding_id", "account_id", "region", "domain", "tag"}
    for name in MEMBERS.keys() - never_named:
        named = [finding.members.get(name, ()) for finding in shown]
        assert any(things and all(things) for things in named), name
