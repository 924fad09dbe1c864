"""What an attack sequence is about: the resources that it lists, and the access keys among them.

https://docs.aws.amazon.com/guardduty/latest/APIReference/API_ResourceV2.html
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from chalicelib.finding import facets
from chalicelib.finding.arns import Place, arn_account, arn_id, arn_region, bucket_arn, instance_arn
from chalicelib.finding.fields import (
    Members,
    Row,
    details,
    first,
    found,
    plain,
    record,
    records,
    time,
    unique,
    unknown,
    word,
)
from chalicelib.finding.identity import access_key_names, person_behind
from chalicelib.finding.making import make
from chalicelib.finding.model import Detail, Resource
from chalicelib.finding.sessions import or_unnamed, sessions, without_chosen, without_session

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
"""What is shown of each kind's ``data``; of a kind that is not here, whatever it has."""

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
    steps, parts = _named_by_steps(members), facets.of_sequence(members)
    return tuple(
        each._replace(signals=steps[uid], facet=uid in parts)
        for resource in records(members.get("resources"))
        for uid in [first(resource, "uid")]
        for each in _resource(resource, place)
    )


def _named_by_steps(members: Members) -> Counter[str]:
    """Count the steps that name each resource."""
    named = (found(signal, "resourceUids") for signal in records(members.get("signals")))
    return Counter(uid for uids in named for uid in uids)


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
    own = without_chosen([name], _chosen(members))
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
        person=_person(members),
    )


def _person(members: Members) -> str:
    """Read who is behind an access key."""
    return next(
        (person_behind(_whole(members, part)) for kind, part in _data(members) if kind == "access_key"), ""
    )


def _whole(members: Members, key: Members) -> Members:
    return key if key.get("principalId") else {**key, "principalId": members.get("uid")}


def _ids(kind: str, data: Members) -> list[str]:
    if kind == "access_key":
        return access_key_names(data)
    return found(data, "arn", "key") if kind in ("eks_cluster", "s3_object") else []


def _arn(kind: str, uid: str, name: str, place: Place) -> str:
    if kind == "ec2_instance":
        return instance_arn(uid, place)
    return bucket_arn(name or uid, place) if kind == "s3_bucket" else ""


def _kind(members: Members) -> str:
    kind = plain(members.get("resourceType")).lower()
    return kind or next((of for of, _ in _data(members)), "resource")


def _data(members: Members) -> list[tuple[str, Members]]:
    """Read each part of ``data`` with the kind that it describes: ``s3Bucket`` describes an ``s3_bucket``."""
    return [
        (KINDS_OF_DATA.get(name, plain(name)), record(member))
        for name, member in record(members.get("data")).items()
    ]


def accounts(members: Members) -> list[str]:
    """Read the accounts of the resources."""
    return unique(_accounts(members))


def regions(members: Members) -> list[str]:
    """Read the regions of the resources."""
    return unique(_regions(members))


def unsaid(members: Members) -> frozenset[str]:
    """Name what is not said of each of the resources: its ``account_id``, its ``region``."""
    said = {"account_id": _accounts(members), "region": _regions(members)}
    return frozenset(name for name, each in said.items() if not all(each))


def _accounts(members: Members) -> list[str]:
    return _said_or_in_arn(members, "accountId", arn_account)


def _regions(members: Members) -> list[str]:
    return _said_or_in_arn(members, "region", arn_region)


def _said_or_in_arn(members: Members, name: str, part: Callable[[str], str]) -> list[str]:
    return [first(each, name) or part(first(each, "uid")) for each in records(members.get("resources"))]


def _chosen(members: Members) -> frozenset[str]:
    """Read which names of an access key are its session's or a federated user's; a role named alike keeps its own."""
    data = [part for _, part in _data(members)]
    principal_ids = [*found(members, "uid"), *(each for part in data for each in found(part, "principalId"))]
    federated = (part for part in data if first(part, "userType") == "FederatedUser")
    return sessions(principal_ids) | {first(part, "userName") for part in federated}
