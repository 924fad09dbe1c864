"""What a rule may say of a finding so that it hides others like it too: the offered conditions, and less of them.

Each keeps type, account and region: what was looked at before a rule is offered is of those alone.
"""

from collections.abc import Iterator
from enum import IntEnum

from chalicelib.finding.model import Finding
from chalicelib.rules.breadth import Wanted
from chalicelib.rules.offered_conditions import can_be_said, other_side, parts_for

MOST_TAGS = 50
"""Tags of one finding that are tried: AWS lets a resource have no more."""

_ALONE = frozenset({"file_hash"})
"""Without this, malware that nobody knows yet would be hidden: what says it is never left out."""


class Breadth(IntEnum):
    """How much a rule's conditions are about, the least first."""

    AS_OFFERED = 0
    """As a message offers it: the thing of ours, and what makes the finding what it is."""
    THING_AND_HOSTS = 1
    THING = 2
    CALLER = 3
    HOSTS = 4
    TAG = 5
    """The least specific: whoever may tag a thing brings it under the rule."""


def conditions_of(finding: Finding) -> Iterator[tuple[Breadth, Wanted]]:
    """Name the conditions to try, the narrowest first; none for what only the finding's id says."""
    here = {"account_id": (finding.account_id,), "region": (finding.region,)}
    for breadth, said in _said(finding):
        if said and can_be_said(said):
            yield breadth, {name: tuple(sorted(values)) for name, values in {**here, **said}.items()}


def _said(finding: Finding) -> Iterator[tuple[Breadth, Wanted]]:
    ours, beside = parts_for(finding)
    yield Breadth.AS_OFFERED, {**ours, **beside}
    if not (ours or beside) or beside.keys() & _ALONE:
        return
    hosts = other_side(finding)
    yield Breadth.THING_AND_HOSTS, {**ours, **hosts}
    yield Breadth.THING, ours
    yield Breadth.CALLER, beside if "principal" in beside else {}
    yield Breadth.HOSTS, hosts
    yield from ((Breadth.TAG, tag) for tag in _tags(finding))


def _tags(finding: Finding) -> list[Wanted]:
    tags = {f"{tag.key}={tag.value}" for resource in finding.resources for tag in resource.tags}
    return [{"tag": (tag,)} for tag in sorted(tags)[:MOST_TAGS]]
