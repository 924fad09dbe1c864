"""What a rule may say of a finding so that it hides others like it too: the offered conditions, and less of them.

Each keeps type, account and region: what was looked at before a rule is offered is of those alone.
"""

from collections.abc import Iterator

from chalicelib.finding.model import Finding
from chalicelib.rules.breadth import Wanted
from chalicelib.rules.offered_conditions import can_be_said, other_side, parts_for

MOST_TAGS = 50
"""Tags of one finding that are tried: AWS lets a resource have no more."""

_ALONE = frozenset({"file_hash"})
"""Without this, malware that nobody knows yet would be hidden: what says it is never left out."""


def conditions_of(finding: Finding) -> Iterator[Wanted]:
    """Name the conditions to try, the narrowest first; none for what only the finding's id says.

    Beside account and region: the thing of ours with what a message's rule says of it; the thing and the other
    side's hosts; the thing; who called; the hosts; one tag of the thing.
    """
    ours, beside = parts_for(finding)
    if not (ours or beside):
        return
    here = {"account_id": (finding.account_id,), "region": (finding.region,)}
    yield _sorted({**here, **ours, **beside})
    if beside.keys() & _ALONE:
        return
    hosts = other_side(finding)
    caller = beside if "principal" in beside else {}
    wider: list[Wanted] = [{**ours, **hosts} if hosts else {}, ours, caller, hosts, *_tags(finding)]
    yield from (_sorted({**here, **said}) for said in wider if said and can_be_said(said))


def _sorted(wanted: Wanted) -> Wanted:
    """Write the same values the same way, in whatever order a finding names them."""
    return {condition: tuple(sorted(values)) for condition, values in wanted.items()}


def _tags(finding: Finding) -> list[Wanted]:
    tags = {f"{tag.key}={tag.value}" for resource in finding.resources for tag in resource.tags}
    return [{"tag": (tag,)} for tag in sorted(tags)[:MOST_TAGS]]
