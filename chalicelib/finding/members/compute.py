"""Instances and functions: of which image, in which network, with which profile."""

from collections.abc import Iterator

from chalicelib.finding.arns import arn_id
from chalicelib.finding.fields import Members, found, record, records, text
from chalicelib.finding.members.parts import Parts, SequenceResource, each, of_kind
from chalicelib.finding.model import Thing, Things


def image_ids(parts: Parts) -> Things:
    """Read the image of each instance; a sequence does not say its instances' images."""
    return (*each(_instances(parts), "imageId"), *(() for _ in of_kind(parts, "ec2_instance")))


def vpc_ids(parts: Parts) -> Things:
    """Read the VPC of each interface."""
    return (*each(_interfaces(parts), "vpcId"), *_of_sequence(parts, "vpcId"))


def subnet_ids(parts: Parts) -> Things:
    """Read the subnet of each interface; a function may use any of its subnets."""
    subnets = each((_function(parts) or {},), "vpcConfig.subnetIds")[0]
    of_function = tuple((subnet,) for subnet in subnets) or (((),) if _function(parts) else ())
    own = of_function if not _instances(parts) else each(_interfaces(parts), "subnetId")
    return (*own, *_of_sequence(parts, "subNetId"))


def security_group_ids(parts: Parts) -> Things:
    """Read the groups of each interface: any of them is its."""
    groups = "securityGroups.groupId"
    return (*each(_interfaces(parts), groups), *_of_sequence(parts, groups))


def instance_profiles(parts: Parts) -> Things:
    """Read the profile of each instance, by name and ARN."""
    said = [found(each, "iamInstanceProfile.arn") for each in _instances(parts)]
    paths = ("IamInstanceProfile.arn", "iamInstanceProfile.arn")
    said += [found(each.data, *paths) for each in of_kind(parts, "ec2_instance")]
    return tuple(tuple(name for arn in arns for name in (arn, arn_id(arn)) if name) for arns in said)


def functions(parts: Parts) -> Things:
    """Read the name of each function."""
    return each(records(parts.resource.get("lambdaDetails")), "functionName")


def _instances(parts: Parts) -> list[Members]:
    return records(parts.resource.get("instanceDetails"))


def _function(parts: Parts) -> Members | None:
    return next(iter(records(parts.resource.get("lambdaDetails"))), None)


def _interfaces(parts: Parts) -> list[Members]:
    """Find the interfaces of each instance, else where the function runs; one that has none is one without a name."""
    if instances := _instances(parts):
        return [found for each in instances for found in records(each.get("networkInterfaces")) or [{}]]
    functions = records(parts.resource.get("lambdaDetails"))
    return [record(each.get("vpcConfig")) for each in functions]


def _of_sequence(parts: Parts, path: str) -> Iterator[Thing]:
    interfaces = of_kind(parts, "ec2_network_interface")
    yield from each((interface.data for interface in interfaces), path)
    known = {text(interface.members.get("uid")) for interface in interfaces}
    yield from (() for instance in of_kind(parts, "ec2_instance") if not _attached(instance, known))


def _attached(instance: SequenceResource, known: set[str]) -> bool:
    """Say whether every interface of an instance is among the sequence's resources."""
    uids = found(instance.data, "ec2NetworkInterfaceUids")
    return bool(uids) and set(uids) <= known
