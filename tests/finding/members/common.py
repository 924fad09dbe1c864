"""What the tests of members share: what a finding of these parts names."""

from typing import Any

from chalicelib.finding.event import parse
from chalicelib.finding.model import Things

HERE, THERE = "111122223333", "444455556666"


def named(
    condition: str,
    resource: dict[str, Any] | None = None,
    service: dict[str, Any] | None = None,
    **sequence: Any,
) -> Things:
    """Read the things of a condition from a finding of this resource, this service, or this attack sequence."""
    said = {**(service or {}), **({"detection": {"sequence": sequence}} if sequence else {})}
    detail = {
        "id": "f1",
        "type": "Recon:EC2/Portscan",
        "severity": 5,
        "accountId": HERE,
        "region": "eu-west-1",
    }
    return parse({"detail": {**detail, "resource": resource or {}, "service": said}}).members.get(
        condition, ()
    )


def acting(name: str, **action: Any) -> dict[str, Any]:
    """Make a finding's service of one action."""
    return {"action": {name: action}}


def listed(kind: str, uid: str = "", name: str = "", **data: Any) -> dict[str, Any]:
    """Make a resource of an attack sequence."""
    camel = kind.lower().split("_")
    part = camel[0] + "".join(map(str.capitalize, camel[1:]))
    return {"resourceType": kind, "uid": uid, "name": name, "accountId": HERE, "data": {part: data}}
