"""LookUpResourceTags: the resources' tags, from the finding, else asked where the resources are."""

import json
from typing import Any

from chalicelib import settings
from chalicelib.aws import resource_tags
from chalicelib.finding.event import parse
from chalicelib.finding.model import Finding

# A state's output may hold 262,144 bytes with the finding in it. More tags than this are those of a
# sequence of many resources; the finding itself has them.
_MOST_BYTES_OF_TAGS = 60_000


def look_up_resource_tags(event: object, own_account_id: str) -> dict[str, Any]:
    """Give the resources' tags: the finding's own, else asked where the resource lives."""
    finding = parse(event)
    missing = resource_tags.untagged(finding)
    if finding.sample or not missing:
        return _tags(finding, {}, "")
    if finding.account_id == own_account_id:
        clients = resource_tags.own_clients()
    elif role_name := settings.tag_reader_role_name():
        clients = resource_tags.member_clients(finding, role_name)
    else:
        return _tags(
            finding, {}, "Tags are asked for in the own account only: TAG_READER_ROLE_NAME is not set."
        )
    return _tags(finding, resource_tags.look_up(finding, missing, clients), "")


def _tags(finding: Finding, live: resource_tags.Tags, note: str) -> dict[str, Any]:
    carried = {resource.ids[0]: dict(resource.tags) for resource in finding.resources if resource.tags}
    source = "live" if live else "finding" if carried else "none"
    found = {"source": source, "tags": _bounded(live | carried)}
    return found | {"note": note} if note else found


def _bounded(tags: resource_tags.Tags) -> resource_tags.Tags:
    kept: resource_tags.Tags = {}
    room = _MOST_BYTES_OF_TAGS
    for resource, its in tags.items():
        room -= len(json.dumps({resource: its}).encode())
        if room < 0:
            break
        kept[resource] = its
    return kept
