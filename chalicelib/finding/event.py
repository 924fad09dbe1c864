"""From an EventBridge event to a `Finding`: the one door by which GuardDuty's JSON comes in."""

import math
from dataclasses import replace
from typing import Final

from chalicelib.errors import InvalidFinding
from chalicelib.finding import (
    actions,
    actors,
    evidence,
    identity,
    resources,
    runtime,
    sequence,
    sequence_resources,
)
from chalicelib.finding.arns import Place
from chalicelib.finding.fields import (
    LARGEST_NUMBER,
    Members,
    flag,
    moment,
    number,
    record,
    text,
    unique,
    whole,
)
from chalicelib.finding.members import containers, table
from chalicelib.finding.members.parts import Parts
from chalicelib.finding.model import Actor, Detail, Direction, Finding

DETAIL_TYPE: Final = "GuardDuty Finding"
SOURCE: Final = "aws.guardduty"

PARTITIONS: Final = (
    ("cn-", "aws-cn"),
    ("us-gov-", "aws-us-gov"),
    ("us-iso-", "aws-iso"),
    ("us-isob-", "aws-iso-b"),
)

REQUIRED_TEXTS: Final = ("id", "type", "accountId", "region")
"""Members of a finding without which it can't be posted, matched or linked."""


def parse(event: object) -> Finding:
    """Read an event as GuardDuty sends it: ``{"detail-type": "GuardDuty Finding", "detail": {…}, …}``.

    The envelope may lack all but ``detail``, so that an event pasted by hand works. Missing, null or
    wrong-typed members of the finding make it say less; without a usable ``id``, ``type``, ``severity``,
    ``accountId`` or ``region`` it is refused.
    https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings_eventbridge.html

    Raises:
        InvalidFinding: one sentence that names every missing or wrong field. Nothing else is ever raised.
    """
    envelope = _envelope(event)
    detail = record(envelope["detail"])
    service, resource = record(detail.get("service")), record(detail.get("resource"))
    steps, action = sequence.sequence(service), record(service.get("action"))
    said = _said(envelope, detail, service, steps)
    place = Place(said.partition, said.region, said.account_id)
    return _with_parts(said, Parts(resource, service, action, steps, place))


def _envelope(event: object) -> Members:
    if not isinstance(event, dict):
        raise InvalidFinding(
            f"The event is {_kind(event)}, not an object with a GuardDuty finding in its detail."
        )
    if faults := _faults(event):
        raise InvalidFinding(f"The event is no GuardDuty finding that can be posted: {'; '.join(faults)}.")
    return event


def _faults(event: Members) -> list[str]:
    faults = _wrong_detail_type(event.get("detail-type"))
    detail = event.get("detail")
    if isinstance(detail, dict):
        return faults + _wrong_members(detail)
    if detail is None and _bare(event):
        return [
            *faults,
            "it is a bare finding, and the event's envelope is missing (put the finding into detail)",
        ]
    return [*faults, "detail is missing" if detail is None else f"detail is {_kind(detail)}, not an object"]


def _wrong_detail_type(said: object) -> list[str]:
    if said is None or said == DETAIL_TYPE:
        return []
    shown = ascii(said[:60]) if isinstance(said, str) else _kind(said)
    return [f"detail-type is {shown}, not '{DETAIL_TYPE}'"]


def _bare(event: Members) -> bool:
    """Know a finding without envelope, in GuardDuty's spelling or in that of GetFindings."""
    return {"type", "severity"} <= event.keys() or {"Type", "Severity"} <= event.keys()


def _wrong_members(detail: Members) -> list[str]:
    faults = [fault for name in REQUIRED_TEXTS if (fault := _wrong_text(name, detail.get(name)))]
    return faults + _wrong_severity(detail.get("severity"))


def _wrong_text(name: str, value: object) -> str:
    if value is None:
        return f"detail.{name} is missing"
    if not isinstance(value, str):
        return f"detail.{name} is {_kind(value)}, not a string"
    return "" if value.strip() else f"detail.{name} is blank"


def _wrong_severity(value: object) -> list[str]:
    if value is None:
        return ["detail.severity is missing"]
    if isinstance(value, bool) or not isinstance(value, int | float):
        return [f"detail.severity is {_kind(value)}, not a number"]
    usable = 0 <= value < LARGEST_NUMBER and math.isfinite(value)
    return [] if usable else ["detail.severity is not a finite number from 0 up"]


def _kind(value: object) -> str:
    if isinstance(value, bool):
        return "a boolean"
    names = {dict: "an object", list: "a list", str: "a string", int: "a number", float: "a number"}
    return names.get(type(value), "null")


def _said(envelope: Members, detail: Members, service: Members, steps: Members) -> Finding:
    """Read what GuardDuty says of the finding, and the event that brought it."""
    return Finding(
        id=text(detail["id"]),
        type=text(detail["type"]),
        severity=number(detail["severity"]) or 0.0,
        account_id=text(detail["accountId"]),
        region=text(detail["region"]),
        arn=text(detail.get("arn")),
        partition=_partition(text(detail.get("partition")), text(detail["region"])),
        title=text(detail.get("title")),
        description=text(detail.get("description")) or text(steps.get("description")),
        count=max(whole(service.get("count")) or 1, 1),
        created_at=moment(detail.get("createdAt")),
        updated_at=moment(detail.get("updatedAt")),
        first_seen=moment(service.get("eventFirstSeen")),
        last_seen=moment(service.get("eventLastSeen")),
        sample=flag(evidence.additional(service).get("sample")) or False,
        archived=flag(service.get("archived")) or False,
        sequence_arn=text(detail.get("associatedAttackSequenceArn")),
        custom_rule=text(detail.get("customDetectionRuleName")),
        source=text(envelope.get("source")) or SOURCE,
        home_account=text(envelope.get("account")),
        home_region=text(envelope.get("region")),
        via=text(envelope.get("via")),
        identifiers_only=flag(envelope.get("identifiersOnly")) or False,
        shortened=bool(envelope.get("left_out")),
    )


def _partition(said: str, region: str) -> str:
    """Read the partition: what the finding says, else what its region says."""
    if said.startswith("aws"):
        return said
    return next((name for prefix, name in PARTITIONS if region.startswith(prefix)), "aws")


def _with_parts(said: Finding, parts: Parts) -> Finding:
    """Read to what it happened, what was done and by whom, and why GuardDuty says so.

    All of it in one `replace`, which looks at each member of the finding.
    """
    resource, steps, place = parts.resource, parts.sequence, parts.place
    role = text(parts.service.get("resourceRole"))
    ran = runtime.processes(parts.service.get("runtimeDetails")) + sequence.processes(steps)
    others = _others(parts, said.type, role)
    return replace(
        said,
        resource_type=text(resource.get("resourceType")),
        resources=resources.resources(resource, place, said.type)
        + sequence_resources.resources(steps, place),
        accounts=tuple(unique([place.account_id, *sequence_resources.accounts(steps)])),
        regions=tuple(unique([place.region, *sequence_resources.regions(steps)])),
        unsaid=sequence_resources.unsaid(steps),
        action=actions.described(parts.action),
        actor_ips=tuple(unique([*actions.addresses(parts.action), *sequence.addresses(steps)])),
        domains=tuple(unique([*actions.domains(parts.action), *sequence.domains(steps)])),
        actors=others,
        direction=others[0].direction if others else _done(parts.action, role, said.type, ran=bool(ran)),
        outbound=actions.outbound(parts.action, role),
        processes=ran,
        details=_details(parts, said.type),
        signals=sequence.signals(steps),
        tactics=sequence.tactics(steps),
        techniques=sequence.techniques(steps),
        members=table.members(parts),
        lone_pod=containers.is_lone_pod(parts),
    )


def _others(parts: Parts, finding_type: str, role: str) -> tuple[Actor, ...]:
    """Read who is on the other side: of what was done, of what ran, of a sequence's steps."""
    hosts = actors.actors(parts.action, identity.user(parts.resource), role, finding_type)
    ran = () if hosts else actors.of_runtime(parts.service.get("runtimeDetails"))
    return hosts + ran + sequence.actors(parts.sequence)


def _done(action: Members, role: str, finding_type: str, *, ran: bool) -> Direction:
    """Say what was done where nobody is on the other side."""
    done = actors.what_happened(action, role, finding_type)
    return done or (Direction.RAN if ran else Direction.UNKNOWN)


def _details(parts: Parts, finding_type: str) -> tuple[Detail, ...]:
    """Read what surrounds what ran, why GuardDuty says so, and what a sequence says beside its steps."""
    return (
        *runtime.described(parts.service.get("runtimeDetails")),
        *evidence.described(parts.service, finding_type),
        *sequence.described(parts.sequence),
    )
