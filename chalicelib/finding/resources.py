"""What a finding is about: every detail object of its ``resource``, known or not.

https://docs.aws.amazon.com/guardduty/latest/APIReference/API_Resource.html
"""

from collections.abc import Iterator, Mapping
from typing import Final

from chalicelib.finding import compute, containers, facets, identity, storage
from chalicelib.finding.arns import Place, arn_id
from chalicelib.finding.fields import Members, leaves, plain, record, records, text, unique, unknown
from chalicelib.finding.making import Read, by_arn, make
from chalicelib.finding.model import Resource
from chalicelib.finding.sessions import UNNAMED, or_unnamed, without_session


def resources(value: object, place: Place, finding_type: str = "") -> tuple[Resource, ...]:
    """Read every resource of a finding: first the one that its ``resourceType`` names, then the others.

    What there is decides, not ``resourceType``: several detail objects at once are normal.
    """
    members = record(value)
    known = [resource for name, read in READERS.items() for resource in _read(read, members.get(name), place)]
    new = [
        resource
        for name, member in members.items()
        if name not in READERS and isinstance(member, dict | list)
        for resource in _unknown(plain(name), member, place)
    ]
    read = [*known, *new]
    main = _main_kind(text(members.get("resourceType")), read)
    ordered = sorted(facets.marked(read, main, finding_type), key=lambda resource: resource.kind != main)
    return _with_bare(members, ordered, place)


def _with_bare(members: Members, read: list[Resource], place: Place) -> tuple[Resource, ...]:
    """Add plain values that stand beside the detail objects: they are a thing of their own, or the main one's."""
    known = {*READERS, "resourceType"}
    bare = {name: member for name, member in members.items() if name not in known and text(member)}
    if not bare:
        return tuple(read)
    kind = plain(members.get("resourceType")) or "resource"
    main, *others = read or [*_unknown(kind, bare, place)] or [Resource(kind, (UNNAMED,))]
    said = () if main.details and not read else tuple(unknown(bare))
    return (main._replace(details=(*main.details, *said)), *others)


def _read(read: Read, value: object, place: Place) -> list[Resource]:
    return [resource for members in records(value) for resource in read(members, place)]


def _main_kind(resource_type: str, read: list[Resource]) -> str:
    """Find the kind that ``resourceType`` means among those that are there."""
    folded = "".join(letter for letter in resource_type.lower() if letter.isalnum())
    main = MAIN_KINDS.get(folded, folded).replace("_", "")
    return next((resource.kind for resource in read if resource.kind.replace("_", "") == main), "")


def _unknown(name: str, value: object, place: Place) -> Iterator[Resource]:
    """Read a resource that GuardDuty has and we don't know yet, by what it has."""
    many = isinstance(value, list)
    for members in records(value):
        read = [(path, said) for path, said in leaves(members) if _names(path)]
        ids = _chosen_by_no_caller(read)
        arn = next((said for said in ids if said.startswith("arn:")), "")
        tagged = members.get("tags")
        described = tuple(unknown({key: member for key, member in members.items() if key != "tags"}))
        shown = sorted([*ids, arn_id(arn)], key=lambda said: said.startswith("arn:"))
        yield from make(name, shown, place, arn=arn, tagged=tagged, described=described, listed=many)


def _chosen_by_no_caller(read: list[tuple[str, str]]) -> list[str]:
    kept = (_without_session(path.lower(), said) for path, said in read if "session" not in path.lower())
    return or_unnamed(unique(name for names in kept for name in names), (said for _, said in read))


def _without_session(path: str, said: str) -> list[str]:
    return [said.partition(":")[0]] if path.endswith("principalid") else without_session(said)


def _names(path: str) -> bool:
    """Say whether an unknown member is an id, name or ARN of the thing itself."""
    return "." not in path and path.lower().endswith(("id", "arn", "name", "identifier"))


READERS: Final[Mapping[str, Read]] = {
    "instanceDetails": compute.instance,
    "accessKeyDetails": identity.access_key,
    "s3BucketDetails": storage.bucket,
    "eksClusterDetails": containers.eks_cluster,
    "kubernetesDetails": containers.kubernetes,
    "ecsClusterDetails": containers.ecs_cluster,
    "containerDetails": containers.container,
    "rdsDbInstanceDetails": storage.rds_instance,
    "rdsLimitlessDbDetails": storage.rds_limitless,
    "rdsDbUserDetails": identity.rds_user,
    "lambdaDetails": compute.lambda_function,
    "ebsVolumeDetails": storage.volumes,
    "ebsSnapshotDetails": by_arn("ebs_snapshot", "snapshotArn"),
    "ec2ImageDetails": by_arn("ec2_image", "imageArn"),
    "recoveryPointDetails": by_arn("recovery_point", "recoveryPointArn", *storage.RECOVERY_POINT),
    "bedrockGuardrailDetails": compute.guardrails,
    "modelDetails": compute.models,
}
"""How each detail object of a ``resource`` is read.

A new kind: a table of rows and a reader in the module of its like, a line here.
"""

MAIN_KINDS: Final[Mapping[str, str]] = {
    "instance": "ec2_instance",
    "ec2instance": "ec2_instance",
    "kubernetescluster": "eks_cluster",
    "rdsdbinstance": "rds_instance",
    "rdslimitlessdb": "rds_limitless",
    "lambda": "lambda_function",
    "ec2ami": "ec2_image",
    "ami": "ec2_image",
    "guardrail": "bedrock_guardrail",
    "model": "bedrock_model",
}
"""What ``resourceType`` means, lower case and without punctuation, where it is not the kind's own name."""
