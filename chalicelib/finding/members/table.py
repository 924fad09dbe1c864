"""What a rule can name of a finding: for each condition the members that say it, and how they are read."""

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from chalicelib.finding.members import (
    activity,
    compute,
    containers,
    ids,
    malware,
    network,
    people,
    storage,
)
from chalicelib.finding.members.parts import Parts
from chalicelib.finding.model import Things


class Member(NamedTuple):
    """How the things of one condition are read, and from where: a path stands for all that is below it."""

    read: Callable[[Parts], Things]
    reads: tuple[str, ...]


def _sequence(*paths: str) -> tuple[str, ...]:
    return tuple(f"service.detection.sequence.{path}" for path in paths)


def _resource(*paths: str) -> tuple[str, ...]:
    return tuple(f"resource.{path}" for path in paths)


def _listed(*paths: str) -> tuple[str, ...]:
    """Paths in a sequence's resources; what kind each is, is read as well."""
    return _sequence("resources.resourceType", *(f"resources.{path}" for path in paths))


_UID: Final = "uid"
_WORKLOAD: Final = "kubernetesDetails.kubernetesWorkloadDetails"
_USER: Final = "kubernetesDetails.kubernetesUserDetails"
_REMOTE: Final = (
    "service.action.*.remoteIpDetails",
    "service.action.portProbeAction.portProbeDetails.remoteIpDetails",
    "service.action.kubernetesApiCallAction.sourceIPs",
    "service.action.kubernetesApiCallAction.sourceIps",
    *_sequence("endpoints.ip"),
    *_sequence("sequenceIndicators", "signals.signalIndicators"),
)
_SCAN: Final = "service.malwareScanDetails"
_ON_VOLUMES: Final = "service.ebsVolumeScanDetails.scanDetections"
_BY_NAME: Final = f"{_ON_VOLUMES}.threatDetectedByName"


MEMBERS: Final[Mapping[str, Member]] = {
    "resource_id": Member(
        ids.resource_ids,
        (
            *_resource(
                *ids.OF_ARNS, *ids.OF_IDS, "lambdaDetails.functionArn", "accessKeyDetails.principalId"
            ),
            "service.action.*.localNetworkInterface",
            *_resource("s3BucketDetails.arn", "s3BucketDetails.name"),
            *_resource("s3BucketDetails.s3ObjectDetails.objectArn", "s3BucketDetails.s3ObjectDetails.key"),
            *_resource("ebsVolumeDetails.scannedVolumeDetails.volumeArn"),
            *_resource("ebsVolumeDetails.skippedVolumeDetails.volumeArn"),
            *_resource("bedrockGuardrailDetails.guardrails.arn"),
            *_listed(_UID, "region", "accountId", "data.eksCluster.arn", "data.accessKey.principalId"),
        ),
    ),
    "image_id": Member(compute.image_ids, (*_resource("instanceDetails.imageId"), *_listed())),
    "vpc_id": Member(
        compute.vpc_ids,
        (
            *_resource("instanceDetails.networkInterfaces.vpcId", "lambdaDetails.vpcConfig.vpcId"),
            *_listed(_UID, "data.ec2Instance.ec2NetworkInterfaceUids", "data.ec2NetworkInterface.vpcId"),
        ),
    ),
    "subnet_id": Member(
        compute.subnet_ids,
        (
            *_resource("instanceDetails.networkInterfaces.subnetId", "lambdaDetails.vpcConfig.subnetIds"),
            *_listed(_UID, "data.ec2Instance.ec2NetworkInterfaceUids", "data.ec2NetworkInterface.subNetId"),
        ),
    ),
    "security_group_id": Member(
        compute.security_group_ids,
        (
            *_resource("instanceDetails.networkInterfaces.securityGroups.groupId"),
            *_resource("lambdaDetails.vpcConfig.securityGroups.groupId"),
            *_listed(_UID, "data.ec2Instance.ec2NetworkInterfaceUids"),
            *_listed("data.ec2NetworkInterface.securityGroups.groupId"),
        ),
    ),
    "instance_profile": Member(
        compute.instance_profiles,
        (
            *_resource("instanceDetails.iamInstanceProfile.arn"),
            *_listed("data.ec2Instance.IamInstanceProfile.arn", "data.ec2Instance.iamInstanceProfile.arn"),
        ),
    ),
    "bucket": Member(storage.buckets, (*_resource("s3BucketDetails.name"), *_listed(_UID, "name"))),
    "object_key": Member(
        storage.object_keys,
        (*_resource("s3BucketDetails.s3ObjectDetails.key"), *_listed(_UID, "data.s3Object.key")),
    ),
    "function": Member(compute.functions, _resource("lambdaDetails.functionName")),
    "database": Member(
        storage.databases,
        (
            *_resource(
                "rdsDbInstanceDetails.dbInstanceIdentifier", "rdsDbInstanceDetails.dbClusterIdentifier"
            ),
            *_resource("rdsLimitlessDbDetails.dbShardGroupIdentifier"),
            *_resource("rdsLimitlessDbDetails.dbClusterIdentifier"),
        ),
    ),
    "cluster": Member(
        containers.clusters,
        (
            *_resource("eksClusterDetails.name", "ecsClusterDetails.name"),
            *_listed(_UID, "name", "data.eksCluster.arn"),
        ),
    ),
    "ecs_service": Member(
        containers.ecs_services, (*_resource("ecsClusterDetails.taskDetails.group"), *_listed())
    ),
    "task_definition": Member(
        containers.task_definitions,
        (
            *_resource("ecsClusterDetails.taskDetails.definitionArn"),
            *_listed("data.ecsTask.taskDefinitionArn"),
        ),
    ),
    "namespace": Member(
        containers.namespaces,
        (*_resource(f"{_WORKLOAD}.namespace"), *_listed("data.kubernetesWorkload.namespace")),
    ),
    "service_account": Member(
        containers.service_accounts, (*_resource(f"{_WORKLOAD}.serviceAccountName"), *_listed())
    ),
    "workload": Member(
        containers.workloads,
        (
            *_resource(f"{_WORKLOAD}.name", f"{_WORKLOAD}.type"),
            *_listed("name", "data.kubernetesWorkload.type"),
        ),
    ),
    "container": Member(
        containers.containers,
        (
            *_resource("containerDetails.name", f"{_WORKLOAD}.containers.name"),
            *_resource("ecsClusterDetails.taskDetails.containers.name"),
            *_listed("name"),
        ),
    ),
    "image": Member(
        containers.images,
        (
            *_resource("containerDetails.image", f"{_WORKLOAD}.containers.image"),
            *_resource("ecsClusterDetails.taskDetails.containers.image"),
            *_listed("data.container.image"),
        ),
    ),
    "principal": Member(
        people.principals,
        (
            *_resource("accessKeyDetails.userName", "accessKeyDetails.userType"),
            *_resource(f"{_USER}.username", f"{_USER}.sessionName", f"{_USER}.impersonatedUser.username"),
            "service.action.*.remoteAccountDetails.accountId",
            *_sequence("actors.user.name", "actors.user.uid", "actors.user.type", "actors.user.account.uid"),
            *_listed("accountId", "data.accessKey.userName", "data.accessKey.userType"),
        ),
    ),
    "session_name": Member(
        people.session_names,
        (
            *_resource("accessKeyDetails.principalId", "accessKeyDetails.userType"),
            *_resource("accessKeyDetails.userName", f"{_USER}.sessionName"),
            *_sequence("actors.user.name", "actors.user.uid", "actors.user.type"),
            *_listed(_UID, "data.accessKey"),
        ),
    ),
    "actor_ip": Member(network.actor_ips, _REMOTE),
    "remote_account_id": Member(
        network.remote_account_ids, ("service.action.*.remoteAccountDetails.accountId",)
    ),
    "asn": Member(network.asns, (*_REMOTE, *_sequence("endpoints.autonomousSystem"))),
    "country": Member(network.countries, (*_REMOTE, *_sequence("endpoints.location"))),
    "local_port": Member(
        network.local_ports,
        (
            "service.action.networkConnectionAction.localPortDetails.port",
            "service.action.networkConnectionAction.connectionDirection",
            "service.action.portProbeAction.portProbeDetails.localPortDetails.port",
        ),
    ),
    "api": Member(
        activity.apis,
        (
            "service.action.awsApiCallAction.api",
            "service.action.awsApiCallAction.serviceName",
            "service.action.awsApiCallAction.errorCode",
            "service.action.kubernetesApiCallAction.verb",
            "service.action.kubernetesApiCallAction.resource",
            "service.action.kubernetesApiCallAction.subresource",
            "service.additionalInfo",
            *_sequence("signals.activities.api.operation", "signals.activities.api.service"),
            *_sequence("signals.activities.api.error"),
        ),
    ),
    "file_hash": Member(
        malware.file_hashes,
        (
            *(f"{_SCAN}.threats.{name}" for name in ("hash", "itemPaths.hash", "itemDetails.hash", "count")),
            f"{_SCAN}.uniqueThreatCount",
            *(f"{_BY_NAME}.threatNames.{name}" for name in ("filePaths.hash", "itemCount")),
            *(f"{_BY_NAME}.{name}" for name in ("itemCount", "uniqueThreatNameCount", "shortened")),
        ),
    ),
    "threat_name": Member(
        malware.threat_names,
        (
            *(f"{_SCAN}.{name}" for name in ("threats.name", "uniqueThreatCount")),
            *(f"{_BY_NAME}.{name}" for name in ("threatNames.name", "uniqueThreatNameCount", "shortened")),
            f"{_ON_VOLUMES}.highestSeverityThreatDetails.threatName",
        ),
    ),
    "process_path": Member(
        activity.process_paths,
        ("service.runtimeDetails.process.executablePath", *_sequence("actors.process.path")),
    ),
    "process_hash": Member(
        activity.process_hashes,
        ("service.runtimeDetails.process.executableSha256", *_sequence("actors.process.sha256")),
    ),
}
"""What only rules read; the rest a ``Finding`` has itself (``OWN``)."""

OWN: Final[Mapping[str, tuple[str, ...]]] = {
    "finding_id": ("id",),
    "account_id": ("accountId", *_listed("accountId", _UID)),
    "region": ("region", *_listed("region", _UID)),
    "domain": (
        "service.action.*.domain",
        "service.action.*.domainWithSuffix",
        "service.action.*.domainDetails.domain",
        *_sequence("endpoints.domain", "sequenceIndicators", "signals.signalIndicators"),
    ),
    "tag": (
        "resource.*.tags",
        "resource.ecsClusterDetails.taskDetails.tags",
        *_listed("tags"),
    ),
    "account_name": (),
    "ou_path": (),
}
"""Where what a ``Finding`` has itself comes from; name and path are those of AWS Organizations."""


def members(parts: Parts) -> dict[str, Things]:
    """Read all that a rule can name; a condition that nothing is there for is not in it."""
    read = ((condition, member.read(parts)) for condition, member in MEMBERS.items())
    return {condition: things for condition, things in read if things}


def reads(condition: str) -> tuple[str, ...]:
    """Name the members that a condition reads, by their paths in the finding (``*``: whatever is there)."""
    return MEMBERS[condition].reads if condition in MEMBERS else OWN[condition]
