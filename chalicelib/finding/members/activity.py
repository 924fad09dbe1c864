"""What was done: every API that a finding names, and the processes that ran."""

import re
from collections.abc import Iterator
from typing import Final

from chalicelib.finding import evidence
from chalicelib.finding.fields import Members, at, first, items, record, records, text, unique
from chalicelib.finding.members.parts import Parts, each
from chalicelib.finding.model import Thing, Things


def apis(parts: Parts) -> Things:
    """Read every API that the finding names: called, unusual, or called in a step of a sequence."""
    return (*_called(parts), *_anomalous(parts), *_of_sequence(parts))


def _called(parts: Parts) -> Iterator[Thing]:
    for call in records(parts.action.get("awsApiCallAction")):
        yield _names(first(call, "api"), first(call, "serviceName"), first(call, "errorCode"))
    for call in records(parts.action.get("kubernetesApiCallAction")):
        resource = "/".join(filter(None, (first(call, "resource"), first(call, "subresource"))))
        verb = first(call, "verb")
        yield (f"{verb}:{resource}",) if verb and resource else ()


def _of_sequence(parts: Parts) -> Iterator[Thing]:
    for call in records(at(parts.sequence, "signals.activities.api")):
        yield _names(first(call, "operation"), first(call, "service"), first(call, "error"))


def _names(api: str, service: str, error: str) -> Thing:
    """Name a call with and without its service, each with and without how it ended."""
    prefix = service.removesuffix(".amazonaws.com")
    named = [name for name in (api, f"{prefix}:{api}" if prefix else "") if api and name]
    failed = "" if error.lower() == "success" else error
    return tuple(unique([*named, *(f"{name}/{failed}" for name in named if failed)]))


_GROUPS: Final = ("anomalies", "unusual", "unusualBehavior")
_OF_SERVICE: Final = re.compile(r"\s*([A-Za-z0-9.-]+):\[([^\]]*)\]\s*,?")


def _anomalous(parts: Parts) -> Iterator[Thing]:
    """Read the APIs of ``additionalInfo``: ``iam.amazonaws.com:[ListUsers:success , GetUser:AccessDenied]``."""
    more = evidence.additional(parts.service)
    for group in _GROUPS:
        for name, value in record(more.get(group)).items():
            if "api" in text(name).lower():
                yield from (thing for said in items(value) for thing in _listed(text(said)))


def _listed(said: str) -> Iterator[Thing]:
    groups = list(_OF_SERVICE.finditer(said))
    rest = _OF_SERVICE.sub("", said) if groups else said
    for group in groups:
        yield from (_call(each, group[1]) for each in group[2].split(",") if each.strip())
    yield from (_call(each, "") for each in rest.split(",") if each.strip())


def _call(said: str, service: str) -> Thing:
    api, _, error = said.strip().partition(":")
    # What reads otherwise than we know may name an API that a rule does not mean.
    return _names(api, service, error) if re.fullmatch(r"\w+", api) else ()


def process_paths(parts: Parts) -> Things:
    """Read the program of each process."""
    return (*each(_processes(parts), "executablePath"), *each(_of_actors(parts), "path"))


def process_hashes(parts: Parts) -> Things:
    """Read the SHA-256 of each process's program, in small letters."""
    said = (*each(_processes(parts), "executableSha256"), *each(_of_actors(parts), "sha256"))
    return tuple(tuple(name.lower() for name in thing) for thing in said)


def _processes(parts: Parts) -> list[Members]:
    """Find the finding's own process, not those above it nor those beside it."""
    return records(record(parts.service.get("runtimeDetails")).get("process"))


def _of_actors(parts: Parts) -> list[Members]:
    """Find the process of each actor of a sequence; who has none is one without a program."""
    return [record(actor.get("process")) for actor in records(parts.sequence.get("actors"))]
