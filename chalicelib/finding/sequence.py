"""An attack sequence: what happened in order, by whom, to what, all of it in ``service.detection.sequence``.

https://docs.aws.amazon.com/guardduty/latest/APIReference/API_Sequence.html
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Final

from chalicelib.finding.actions import as_number, is_address, plain_domains
from chalicelib.finding.fields import (
    Row,
    at,
    details,
    first,
    found,
    moment,
    number,
    plain,
    record,
    records,
    several,
    time,
    unique,
    unknown,
    whole,
    word,
)
from chalicelib.finding.model import Actor, Detail, Form, Process, Resource, Signal
from chalicelib.finding.resources import (
    Place,
    access_key_names,
    arn_account,
    arn_id,
    arn_region,
    bucket_arn,
    instance_arn,
    make,
)
from chalicelib.finding.runtime import process
from chalicelib.finding.sessions import or_unnamed, sessions, without_session

Members = Mapping[str, object]

END_OF_TIME: Final = datetime.max.replace(tzinfo=UTC)


def sequence(service: Members) -> Members:
    """Find the sequence of a finding's ``service``; an empty object for every other finding."""
    return record(record(service.get("detection")).get("sequence"))


def signals(members: Members) -> tuple[Signal, ...]:
    """Read every step in order of time; steps without a time come last, in GuardDuty's order."""
    read = [_signal(each) for each in records(members.get("signals"))]
    return tuple(sorted(read, key=lambda signal: signal.first_seen or signal.last_seen or END_OF_TIME))


def _signal(members: Members) -> Signal:
    return Signal(
        name=first(members, "name", "type", "uid") or "?",
        description=first(members, "description") or ", ".join(_calls(members)[:3]),
        first_seen=_when(members, "firstSeenAt", "createdAt"),
        last_seen=_when(members, "lastSeenAt", "updatedAt"),
        severity=number(members.get("severity")),
        count=max(whole(members.get("count")) or 1, 1),
    )


def _when(members: Members, *names: str) -> datetime | None:
    return next((when for name in names if (when := moment(members.get(name)))), None)


def _calls(members: Members, under: str = "") -> list[str]:
    """Read the API calls of a step, or of all steps under ``signals.``, as ``s3:DeleteObject``."""
    calls = records(at(members, f"{under}activities.api"))
    said = (
        (first(call, "service").removesuffix(".amazonaws.com"), first(call, "operation")) for call in calls
    )
    return unique(":".join(filter(None, pair)) for pair in said)


def actors(members: Members) -> tuple[Actor, ...]:
    """Read who acted, then the endpoints from which or to which it went."""
    people = (_person(each) for each in records(members.get("actors")))
    hosts = (_endpoint(each) for each in records(members.get("endpoints")))
    return tuple(dict.fromkeys(actor for actor in (*people, *hosts) if actor != Actor()))


def _person(members: Members) -> Actor:
    return Actor(
        user=first(members, "user.name", "user.uid", "user.credentialUid"),
        account=first(members, "user.account.account", "user.account.name", "user.account.uid"),
    )


def _endpoint(members: Members) -> Actor:
    return Actor(
        address=first(members, "ip", "domain"),
        port=first(members, "port"),
        country=first(members, "location.country"),
        city=first(members, "location.city"),
        organisation=first(members, "autonomousSystem.name"),
        asn=as_number(first(members, "autonomousSystem.number")),
    )


def processes(members: Members) -> tuple[Process, ...]:
    """Read the processes that acted."""
    seen = (process(each, "actor") for each in records(at(members, "actors.process")))
    return tuple(dict.fromkeys(each for each in seen if each.name or each.path or each.sha256))


def principals(members: Members) -> list[tuple[str, ...]]:
    """Read each user who acted and each access key among the resources by the names that no caller chose."""
    users = records(at(members, "actors.user"))
    keys = [each for each in records(members.get("resources")) if _kind(each) == "access_key"]
    return [*(tuple(_user_names(user)) for user in users), *(tuple(_key_names(key)) for key in keys)]


def _user_names(members: Members) -> list[str]:
    said = found(members, "name", "uid", "credentialUid")
    chosen = sessions(found(members, "uid"))
    if first(members, "type") == "FederatedUser":
        chosen |= {first(members, "name")}
    return or_unnamed(_without(said, chosen), said)


def _key_names(members: Members) -> list[str]:
    said = found(members, "uid", "name")
    names = [name for _, part in _data(members) for name in access_key_names(part)]
    return or_unnamed(unique([*_without(said, _chosen(members)), *names]), said)


def _chosen(members: Members) -> frozenset[str]:
    """Read which names of an access key are its session's or a federated user's; a role named alike keeps its own."""
    data = [part for _, part in _data(members)]
    principal_ids = [*found(members, "uid"), *(each for part in data for each in found(part, "principalId"))]
    federated = (part for part in data if first(part, "userType") == "FederatedUser")
    return sessions(principal_ids) | {first(part, "userName") for part in federated}


def _without(names: list[str], chosen: frozenset[str]) -> list[str]:
    return unique(each for name in names if name not in chosen for each in without_session(name))


INDICATORS: Final = {
    "SUSPICIOUS_USER_AGENT": "suspicious_user_agent",
    "SUSPICIOUS_NETWORK": "suspicious_network",
    "MALICIOUS_IP": "malicious_ip",
    "TOR_IP": "tor",
    "HIGH_RISK_API": "high_risk_api",
    "UNUSUAL_API_FOR_ACCOUNT": "unusual_api_for_account",
    "UNUSUAL_ASN_FOR_ACCOUNT": "unusual_asn_for_account",
    "UNUSUAL_ASN_FOR_USER": "unusual_asn_for_user",
    "SUSPICIOUS_PROCESS": "suspicious_process",
    "MALICIOUS_DOMAIN": "malicious_domain",
    "MALICIOUS_PROCESS": "malicious_process",
    "CRYPTOMINING_IP": "cryptomining_ip",
    "CRYPTOMINING_DOMAIN": "cryptomining_domain",
    "CRYPTOMINING_PROCESS": "cryptomining_process",
    "MALICIOUS_FILE": "malicious_file",
    "VULNERABILITY": "vulnerability",
    "MALICIOUS_PACKAGE": "malicious_package",
    "MISCONFIGURATION": "misconfiguration",
    "REACHABILITY": "reachability",
    "SENSITIVE_DATA": "sensitive_data",
}
"""What GuardDuty observed, apart from tactics and techniques, and our labels for it."""


def tactics(members: Members) -> tuple[str, ...]:
    """Read the tactics of MITRE ATT&CK."""
    return tuple(_indicated(members, "ATTACK_TACTIC"))


def techniques(members: Members) -> tuple[str, ...]:
    """Read the techniques of MITRE ATT&CK."""
    return tuple(_indicated(members, "ATTACK_TECHNIQUE"))


def _indicators(members: Members) -> list[Members]:
    """Read what was observed in the whole sequence, then in its steps."""
    return records(members.get("sequenceIndicators")) + records(at(members, "signals.signalIndicators"))


def _indicated(members: Members, *endings: str) -> list[str]:
    keys = ((first(each, "key").upper(), each) for each in _indicators(members))
    return unique(said for key, each in keys if key.endswith(endings) for said in found(each, "values"))


def addresses(members: Members) -> list[str]:
    """Read every remote address: of endpoints, and observed."""
    return unique([*found(members, "endpoints.ip"), *filter(is_address, _indicated(members, "_IP"))])


def domains(members: Members) -> list[str]:
    """Read every remote domain: of endpoints, and observed."""
    return plain_domains([*found(members, "endpoints.domain"), *_indicated(members, "_DOMAIN")])


def described(members: Members) -> tuple[Detail, ...]:
    """Read what else the sequence says: calls, what GuardDuty observed, sessions."""
    return (
        *several("api", _calls(members, "signals.")),
        *_observed(_indicators(members)),
        *several("user_agent", found(members, "signals.activities.api.userAgent")),
        *several("mfa", found(members, "actors.session.mfaStatus"), Form.TEXT),
        *several("session_issuer", found(members, "actors.session.issuer")),
        *several("further_sequence_type", found(members, "additionalSequenceTypes")),
    )


def _observed(indicators: list[Members]) -> Iterator[Detail]:
    said: dict[str, list[str]] = {}
    for each in indicators:
        said.setdefault(plain(each.get("key")), []).extend(found(each, "values") or found(each, "title"))
    for key, values in said.items():
        if key and key not in ("ATTACK_TACTIC", "ATTACK_TECHNIQUE"):
            form = Form.DOMAIN if key.endswith("_DOMAIN") else Form.CODE
            yield from several(INDICATORS.get(key, key), values, form)


RESOURCE: Final[Mapping[str, tuple[Row, ...]]] = {
    "s3_bucket": (
        word("public_access", "effectivePermission"),
        word("public_read", "publicReadAccess"),
        word("public_write", "publicWriteAccess"),
        Row("owner", "ownerId"),
        Row("encryption", "encryptionType"),
        Row("encryption_key", "encryptionKeyArn"),
        time("created", "createdAt"),
    ),
    "s3_object": (Row("object_key", "key"), Row("version", "versionId"), Row("etag", "eTag")),
    "ec2_instance": (
        Row("instance_type", "instanceType"),
        word("instance_state", "instanceState"),
        Row("instance_profile", "IamInstanceProfile.arn"),
        Row("instance_profile", "iamInstanceProfile.arn"),
        word("image_description", "imageDescription"),
        word("platform", "platform"),
        Row("availability_zone", "availabilityZone"),
        Row("outpost", "outpostArn"),
        Row("network_interface", "ec2NetworkInterfaceUids"),
    ),
    "access_key": (
        Row("user", "userName"),
        word("user_type", "userType"),
        Row("principal_id", "principalId"),
    ),
    "ec2_network_interface": (
        Row("public_address", "publicIp"),
        Row("private_address", "privateIpAddresses.privateIpAddress"),
        Row("ipv6_address", "ipv6Addresses"),
        Row("vpc", "vpcId"),
        Row("subnet", "subNetId"),
        Row("security_group", "securityGroups.groupName"),
    ),
    "eks_cluster": (word("status", "status"), Row("vpc", "vpcId"), time("created", "createdAt")),
    "kubernetes_workload": (Row("workload_type", "type"), Row("namespace", "namespace")),
    "container": (Row("image", "image"), Row("image_id", "imageUid")),
    "ecs_cluster": (word("status", "status"),),
    "ecs_task": (
        Row("task_definition", "taskDefinitionArn"),
        Row("launch_type", "launchType"),
        time("created", "createdAt"),
    ),
    "ec2_launch_template": (Row("version", "version"),),
    "bedrock_guardrail": (
        Row("version", "version"),
        word("guardrail_action", "guardrailAction"),
        word("guardrail_source", "guardrailSource"),
    ),
}
"""What is told of each kind's ``data``; of a kind that is not here, whatever it has."""

PLAIN_KINDS: Final = (
    "iam_instance_profile",
    "autoscaling_auto_scaling_group",
    "cloudformation_stack",
    "ec2_vpc",
    "ec2_image",
)
"""Kinds whose ``data`` says no more than which instances belong to them."""

KINDS_OF_DATA: Final = {
    "".join([kind.split("_")[0], *(part.capitalize() for part in kind.split("_")[1:])]): kind
    for kind in (*RESOURCE, *PLAIN_KINDS)
}
"""The kinds by the names of their parts of ``data``: ``{"s3Bucket": "s3_bucket", …}``."""


def resources(members: Members, place: Place) -> tuple[Resource, ...]:
    """Read every resource, each in its own account and region."""
    return tuple(
        each for resource in records(members.get("resources")) for each in _resource(resource, place)
    )


def accounts(members: Members) -> list[str]:
    """Read the accounts of the resources."""
    return _said_or_in_arn(members, "accountId", arn_account)


def regions(members: Members) -> list[str]:
    """Read the regions of the resources."""
    return _said_or_in_arn(members, "region", arn_region)


def _said_or_in_arn(members: Members, name: str, part: Callable[[str], str]) -> list[str]:
    return unique(first(each, name) or part(first(each, "uid")) for each in records(members.get("resources")))


def _kind(members: Members) -> str:
    kind = plain(members.get("resourceType")).lower()
    return kind or next((of for of, _ in _data(members)), "resource")


def _data(members: Members) -> list[tuple[str, Members]]:
    """Read each part of ``data`` with the kind that it describes: ``s3Bucket`` describes an ``s3_bucket``."""
    return [
        (KINDS_OF_DATA.get(name, plain(name)), record(member))
        for name, member in record(members.get("data")).items()
    ]


def _described(kind: str, data: Members) -> tuple[Detail, ...]:
    return details(data, *RESOURCE[kind]) if kind in RESOURCE else tuple(unknown(data))


def _resource(members: Members, place: Place) -> Iterator[Resource]:
    kind = _kind(members)
    uid = without_session(first(members, "uid"))[0]
    name = first(members, "name", "data.accessKey.userName")
    here = Place(
        first(members, "cloudPartition") or place.partition,
        first(members, "region") or arn_region(uid) or place.region,
        first(members, "accountId") or arn_account(uid) or place.account_id,
    )
    data = _data(members)
    arn = uid if uid.startswith("arn:") else _arn(kind, uid, name, here)
    own = _without([name], _chosen(members))
    shown = [*own, arn_id(uid)][:1] if uid.startswith("arn:") else []
    ids = [*shown, uid, *own, arn_id(uid), *(said for of, part in data for said in _ids(of, part))]
    yield from make(
        kind,
        or_unnamed(unique(ids), [name]),
        here,
        name=name,
        arn=arn,
        tagged=members.get("tags"),
        described=tuple(detail for of, part in data for detail in _described(of, part)),
        listed=True,
    )


def _ids(kind: str, data: Members) -> list[str]:
    if kind == "access_key":
        return access_key_names(data)
    return found(data, "arn", "key") if kind in ("eks_cluster", "s3_object") else []


def _arn(kind: str, uid: str, name: str, place: Place) -> str:
    if kind == "ec2_instance":
        return instance_arn(uid, place)
    return bucket_arn(name or uid, place) if kind == "s3_bucket" else ""
