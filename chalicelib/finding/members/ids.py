"""What AWS calls a resource: ids that it made, and ARNs. Never a name that anybody can give."""

from collections.abc import Iterable, Iterator

from chalicelib.finding.arns import bucket_arn, instance_arn
from chalicelib.finding.fields import Members, at, first, found, plain, record, records, text, unique
from chalicelib.finding.made_ids import id_in_arn, is_arn, is_made_by_aws, principal_id, unqualified
from chalicelib.finding.members.parts import Parts, of_kind
from chalicelib.finding.model import Thing, Things

NAMED_BY_STRANGERS = frozenset({"container", "kubernetes_workload"})
"""Kinds of a sequence's resources whose uid is a container's or a pod's, of which AWS knows nothing."""

KNOWN_BY_ID = frozenset(
    {
        *("access_key", "ec2_image", "ec2_instance", "ec2_launch_template", "ec2_network_interface"),
        *("ec2_vpc", "ecs_task"),
    }
)
"""Kinds of a sequence's resources whose uid may be an id that AWS made; of all others only an ARN counts."""

OF_ARNS = (
    "ebsSnapshotDetails.snapshotArn",
    "ec2ImageDetails.imageArn",
    "recoveryPointDetails.recoveryPointArn",
    "eksClusterDetails.arn",
    "ecsClusterDetails.arn",
    "ecsClusterDetails.taskDetails.arn",
    "bedrockGuardrailDetails.guardrailArn",
    "rdsDbInstanceDetails.dbInstanceArn",
    "rdsLimitlessDbDetails.dbShardGroupArn",
)
"""Where the ARNs of a finding's resource stand."""

OF_IDS = (
    "instanceDetails.instanceId",
    "instanceDetails.networkInterfaces.networkInterfaceId",
    "accessKeyDetails.accessKeyId",
    "rdsDbInstanceDetails.dbiResourceId",
    "rdsLimitlessDbDetails.dbShardGroupResourceId",
)
"""Where the ids stand that AWS made of it."""


def resource_ids(parts: Parts) -> Things:
    """Read every resource: facets of one thing are one thing; of a list each is one, and its facets name it too."""
    facets = unique(_facets(parts))
    listed = [tuple(unique([*own, *facets])) for own in _listed(parts.resource, parts)]
    alone = [tuple(facets)] if facets and not listed else []
    return (*alone, *listed, *map(tuple, _of_sequence(parts)))


def _facets(parts: Parts) -> Iterator[str]:
    yield from filter(_id, found(parts.resource, *OF_IDS))
    for member in parts.action.values():
        yield from filter(_id, found(member, "localNetworkInterface"))
    for instance_id in found(parts.resource, "instanceDetails.instanceId"):
        yield instance_arn(instance_id, parts.place)
    yield from map(principal_id, found(parts.resource, "accessKeyDetails.principalId"))
    for arn in found(parts.resource, *OF_ARNS):
        yield from _by_arn(arn)
    yield from map(unqualified, filter(is_arn, found(parts.resource, "lambdaDetails.functionArn")))


def _id(said: str) -> bool:
    return not said.startswith("arn:")


def _by_arn(arn: str) -> Iterator[str]:
    if is_arn(arn):
        yield arn
        yield id_in_arn(arn)


def _listed(resource: Members, parts: Parts) -> Iterator[Iterable[str]]:
    for bucket in records(resource.get("s3BucketDetails")):
        yield from _bucket(bucket, parts)
    for name in ("scannedVolumeDetails", "skippedVolumeDetails"):
        for volume in records(record(resource.get("ebsVolumeDetails")).get(name)):
            yield _by_arn(text(volume.get("volumeArn")))
    main = first(resource, "bedrockGuardrailDetails.guardrailArn")
    for guardrail in at(resource, "bedrockGuardrailDetails.guardrails.arn"):
        if text(guardrail) != main:
            yield _by_arn(text(guardrail))


def _bucket(members: Members, parts: Parts) -> Iterator[Iterable[str]]:
    """Read a bucket, or each of its objects: who names the bucket means them all, who names an object means it."""
    name = text(members.get("name"))
    own = list(filter(is_arn, [text(members.get("arn")) or bucket_arn(name, parts.place)]))
    objects = records(members.get("s3ObjectDetails"))
    for each in objects:
        key = text(each.get("key"))
        built = bucket_arn(f"{name}/{key}", parts.place) if name and key else ""
        yield [*filter(is_arn, [text(each.get("objectArn")) or built]), *own]
    if not objects:
        yield own


def _of_sequence(parts: Parts) -> Iterator[Thing]:
    """Read each resource of a sequence by its own ids: all of them must match."""
    keys = {id(each.members): each.data for each in of_kind(parts, "access_key")}
    for members in records(parts.sequence.get("resources")):
        kind = plain(members.get("resourceType")).lower()
        data = record(members.get("data"))
        strange = kind in NAMED_BY_STRANGERS or "container" in data or "kubernetesWorkload" in data
        of_key = map(principal_id, found(keys.get(id(members), {}), "principalId"))
        yield tuple(unique([*(() if strange else _by_uid(members, kind, parts)), *of_key]))


def _by_uid(members: Members, kind: str, parts: Parts) -> Iterator[str]:
    for uid in found(members, "uid", "data.eksCluster.arn"):
        yield from map(unqualified, _by_arn(uid))
        own = principal_id(uid) or (uid if is_made_by_aws(uid) else "")
        if own and kind in KNOWN_BY_ID:
            yield own
            region = first(members, "region") or parts.place.region
            account_id = first(members, "accountId") or parts.place.account_id
            yield instance_arn(own, parts.place._replace(region=region, account_id=account_id))
