"""Which resources of a finding belong to another of its resources, and are not one more of what it is about."""

from collections.abc import Iterable, Mapping
from typing import Final

from chalicelib.finding.fields import Members, at, found, records
from chalicelib.finding.model import Resource

OWNERS: Final[Mapping[str, tuple[str, ...]]] = {
    "ebs_volume": ("ec2_instance",),
    "ebs_snapshot": ("ec2_instance", "ebs_volume"),
    "ec2_image": ("ec2_instance",),
    "access_key": (
        *("s3_bucket", "s3_object", "ec2_instance", "lambda_function", "eks_cluster", "ecs_cluster"),
        *("kubernetes_workload", "rds_instance", "rds_limitless", "bedrock_guardrail", "bedrock_model"),
    ),
    "kubernetes_user": ("eks_cluster", "kubernetes_workload"),
    "rds_user": ("rds_instance", "rds_limitless"),
    "s3_object": ("s3_bucket",),
    "container": ("ec2_instance",),
    "ec2_instance": ("ecs_task", "kubernetes_workload", "container"),
}
"""Kinds that belong to a thing of one of these kinds, unless the finding is about them (its ``resourceType``)."""

INSIDE: Final[Mapping[str, tuple[str, ...]]] = {
    "eks_cluster": ("kubernetes_workload",),
    "ecs_cluster": ("ecs_task",),
    "container": ("ecs_task", "kubernetes_workload"),
}
"""Kinds that belong to a thing of one of these kinds even where ``resourceType`` names them: a pod is one thing."""

OF_OBJECTS: Final[Mapping[str, tuple[str, ...]]] = {"s3_bucket": ("s3_object",)}
"""The same, where the finding is about objects."""

ABOUT: Final = {"S3": "s3_bucket"}
"""What a type is about, by its second part, where GuardDuty's ``resourceType`` is that of whoever called."""


def marked(read: Iterable[Resource], main: str, finding_type: str) -> list[Resource]:
    """Mark the facets among a plain finding's resources; one resource at least is none.

    Args:
        read: the resources.
        main: the kind that ``resourceType`` names.
        finding_type: the finding's type.
    """
    resources = list(read)
    kinds = {resource.kind for resource in resources}
    about = ABOUT.get(finding_type.partition(":")[2].partition("/")[0], "")
    main = about if main == "access_key" and about in kinds else main
    owners = {**OWNERS, **OF_OBJECTS} if main == "s3_object" else OWNERS
    facets = {kind for kind in kinds if kind != main and not kinds.isdisjoint(owners.get(kind, ()))}
    facets |= {kind for kind in kinds if not kinds.isdisjoint(INSIDE.get(kind, ()))}
    if facets == kinds:
        facets = facets - {main or resources[0].kind} if kinds else facets
    return [resource._replace(facet=True) if resource.kind in facets else resource for resource in resources]


PARTS: Final = (
    "data.ec2Instance.ec2NetworkInterfaceUids",
    "data.s3Bucket.s3ObjectUids",
    "data.ecsTask.containerUids",
    "data.kubernetesWorkload.containerUids",
)
"""Where a sequence's resource names those that belong to it."""

SHARED: Final = (
    *("iamInstanceProfile", "autoscalingAutoScalingGroup", "ec2LaunchTemplate", "ec2Vpc", "ec2Image"),
    "cloudformationStack",
)
"""What instances have in common: each names the instances to which it belongs."""


def of_sequence(members: Members) -> frozenset[str]:
    """Name, by their ``uid``, the resources of an attack sequence that belong to others of it, as far as it says so."""
    resources = records(members.get("resources"))
    by_uid = {uid: each for each in resources for uid in found(each, "uid")}
    facets = {part for each in resources for part in found(each, *PARTS)}
    facets |= {uid for uid, each in by_uid.items() if _is_shared(each, by_uid)}
    facets |= {uid for uid in by_uid if uid.startswith("arn:") and _bucket(uid) in by_uid}
    others = [each for each in resources if not _is_key(each)]
    return frozenset(facets | (_held(members, by_uid) if others else set()))


def _is_shared(each: Members, by_uid: Mapping[str, Members]) -> bool:
    return any(uid in by_uid for uid in found(each, *(f"data.{part}.ec2InstanceUids" for part in SHARED)))


def _bucket(uid: str) -> str:
    """Read the ARN of the bucket that holds an object."""
    bucket, slash, _ = uid.partition("/")
    return bucket if slash and ":s3:::" in bucket else ""


def _is_key(each: Members) -> bool:
    return bool(at(each, "data.accessKey")) or "ACCESS_KEY" in found(each, "resourceType")


def _held(members: Members, by_uid: Mapping[str, Members]) -> set[str]:
    """Name the access keys of those who acted: what these did it to is what the sequence is about."""
    people = set(found(members, "actors.user.credentialUid", "actors.user.uid"))
    keys = ((uid, each) for uid, each in by_uid.items() if _is_key(each))
    return {uid for uid, each in keys if people & {uid, *found(each, "data.accessKey.principalId")}}
