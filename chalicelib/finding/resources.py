"""What a finding is about: every detail object of its ``resource``, known or not.

https://docs.aws.amazon.com/guardduty/latest/APIReference/API_Resource.html
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from chalicelib.finding.fields import (
    Row,
    at,
    details,
    first,
    found,
    leaves,
    only_true,
    plain,
    record,
    records,
    several,
    tags,
    text,
    time,
    unique,
    unknown,
    word,
)
from chalicelib.finding.model import Detail, Form, Resource
from chalicelib.finding.sessions import made_of, or_unnamed, without_session

Members = Mapping[str, object]


class Place(NamedTuple):
    """Where the finding is: what its resources' ARNs are made of."""

    partition: str
    region: str
    account_id: str


def resources(value: object, place: Place) -> tuple[Resource, ...]:
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
    return _main_first(_kind_of(text(members.get("resourceType"))), [*known, *new])


def _read(read: "Read", value: object, place: Place) -> list[Resource]:
    return [resource for members in records(value) for resource in read(members, place)]


def _kind_of(resource_type: str) -> str:
    folded = "".join(letter for letter in resource_type.lower() if letter.isalnum())
    return MAIN_KINDS.get(folded, folded)


def _main_first(kind: str, read: list[Resource]) -> tuple[Resource, ...]:
    return tuple(sorted(read, key=lambda resource: resource.kind.replace("_", "") != kind.replace("_", "")))


def make(
    kind: str,
    ids: Iterable[str],
    place: Place,
    *,
    name: str = "",
    arn: str = "",
    tagged: object = None,
    described: tuple[Detail, ...] = (),
    listed: bool = False,
) -> Iterator[Resource]:
    """Make a resource, unless nothing in the finding identifies it."""
    known_as = unique([*ids, arn]) or [detail.value for detail in described[:1]]
    if known_as:
        yield Resource(
            kind=kind,
            ids=tuple(known_as),
            name=name,
            arn=arn,
            account_id=place.account_id,
            region=place.region,
            tags=tags(tagged),
            details=described,
            listed=listed,
        )


def arn_account(arn: str) -> str:
    """Read the account of an ARN; empty where it has none (buckets, public images)."""
    return _arn_part(arn, 4)


def arn_region(arn: str) -> str:
    """Read the region of an ARN; empty where it has none (buckets, IAM)."""
    return _arn_part(arn, 3)


def _arn_part(arn: str, place: int) -> str:
    parts = arn.split(":", 5)
    return parts[place] if len(parts) == 6 and parts[0] == "arn" else ""


def arn_id(arn: str) -> str:
    """Read a resource's own id from its ARN: what stands after its type (``instance/i-…`` → ``i-…``)."""
    own = _arn_part(arn, 5)
    if _arn_part(arn, 2) == "s3":  # a bucket, or a bucket and a key
        return own
    return own.rpartition("/")[2] or own if "/" in own else own.rpartition(":")[2]


def at_arn(arn: str, place: Place) -> Place:
    """Take account and region from an ARN where it has them: an image may belong to another account."""
    return place._replace(
        account_id=arn_account(arn) or place.account_id, region=arn_region(arn) or place.region
    )


def instance_arn(instance_id: str, place: Place) -> str:
    """Build an instance's ARN, which findings do not carry (``outpostArn`` is something else)."""
    if not (instance_id.startswith("i-") and all(place)):
        return ""
    return f"arn:{place.partition}:ec2:{place.region}:{place.account_id}:instance/{instance_id}"


def bucket_arn(name: str, place: Place) -> str:
    """Build a bucket's ARN."""
    return f"arn:{place.partition}:s3:::{name}" if name and place.partition else ""


def name_tag(tagged: object) -> str:
    """Find the value of the ``Name`` tag."""
    return next((tag.value for tag in tags(tagged) if tag.key == "Name"), "")


INSTANCE: Final = (
    Row("instance_type", "instanceType"),
    word("instance_state", "instanceState"),
    Row("public_address", "networkInterfaces.publicIp"),
    Row("private_address", "networkInterfaces.privateIpAddress"),
    Row("ipv6_address", "networkInterfaces.ipv6Addresses"),
    Row("vpc", "networkInterfaces.vpcId"),
    Row("subnet", "networkInterfaces.subnetId"),
    Row("security_group", "networkInterfaces.securityGroups.groupName"),
    Row("network_interface", "networkInterfaces.networkInterfaceId"),
    Row("instance_profile", "iamInstanceProfile.arn"),
    Row("image", "imageId"),
    word("image_description", "imageDescription"),
    word("platform", "platform"),
    Row("availability_zone", "availabilityZone"),
    Row("outpost", "outpostArn"),
    time("launched", "launchTime"),
)


def _instance(members: Members, place: Place) -> Iterator[Resource]:
    instance_id = text(members.get("instanceId"))
    return make(
        "ec2_instance",
        [instance_id],
        place,
        name=name_tag(members.get("tags")),
        arn=instance_arn(instance_id, place),
        tagged=members.get("tags"),
        described=details(members, *INSTANCE),
    )


ACCESS_KEY: Final = (
    Row("user", "userName"),
    word("user_type", "userType"),
    Row("principal_id", "principalId"),
    Row("access_key_id", "accessKeyId"),
)


def access_key_names(members: Members) -> list[str]:
    """Read every id and name of the user, role or key, but those that a caller chose.

    These are what stands behind the colon of ``AROA…:session``, and a federated user's name.
    """
    federated = first(members, "userType") == "FederatedUser"
    named = found(members, "accessKeyId", *(() if federated else ("userName",)))
    principal_ids = (each.partition(":")[0] for each in found(members, "principalId"))
    return unique([*(each for name in named for each in without_session(name)), *principal_ids])


def _known_access_key(members: Members) -> list[str]:
    return or_unnamed(access_key_names(members), found(members, "userName", "principalId"))


def _access_key(members: Members, place: Place) -> Iterator[Resource]:
    return make(
        "access_key",
        _known_access_key(members),
        place,
        name=first(members, "userName"),
        described=details(members, *ACCESS_KEY),
    )


BUCKET: Final = (
    word("bucket_role", "type"),
    word("public_access", "publicAccess.effectivePermission"),
    Row("owner", "owner.id"),
    Row("encryption", "defaultServerSideEncryption.encryptionType"),
    Row("encryption_key", "defaultServerSideEncryption.kmsMasterKeyArn"),
    time("created", "createdAt"),
)

OBJECT: Final = (
    Row("object_key", "key"),
    Row("version", "versionId"),
    Row("etag", "eTag"),
    Row("hash", "hash"),
)


def _bucket(members: Members, place: Place) -> Iterator[Resource]:
    """Read a bucket and its objects.

    Both are listed, so a rule's condition must hold for each of them: an object is known by its bucket's name
    too, and a bucket by those of its objects. A rule for a bucket then covers its objects, and a rule for an
    object holds for a finding on nothing else.
    """
    objects = [
        resource
        for each in records(members.get("s3ObjectDetails"))
        for resource in _object(each, members, place)
    ]
    name = text(members.get("name"))
    arn = text(members.get("arn")) or bucket_arn(name, place)
    yield from make(
        "s3_bucket",
        [name, arn, *(own for resource in objects for own in resource.ids)],
        place,
        arn=arn,
        tagged=members.get("tags"),
        described=details(members, *BUCKET),
        listed=True,
    )
    yield from objects


def _object(members: Members, bucket: Members, place: Place) -> Iterator[Resource]:
    key, name = text(members.get("key")), text(bucket.get("name"))
    path = f"{name}/{key}" if name and key else ""
    arn = text(members.get("objectArn")) or (path and bucket_arn(path, place))
    return make(
        "s3_object",
        [path, key, arn, name, text(bucket.get("arn")) or bucket_arn(name, place)],
        place,
        name=key,
        arn=arn,
        tagged=members.get("tags"),
        described=details(members, *OBJECT),
        listed=True,
    )


EKS_CLUSTER: Final = (
    word("status", "status"),
    Row("vpc", "vpcId"),
    time("created", "createdAt"),
)


def _eks_cluster(members: Members, place: Place) -> Iterator[Resource]:
    return _named("eks_cluster", members, place, EKS_CLUSTER, "name", "arn")


def _named(kind: str, members: Members, place: Place, rows: tuple[Row, ...], *ids: str) -> Iterator[Resource]:
    """Make a resource that has tags, and its name, its ARN and perhaps more ids in the given members."""
    arn = text(members.get(ids[1]))
    return make(
        kind,
        [*found(members, *ids), arn_id(arn)],
        at_arn(arn, place),
        arn=arn,
        tagged=members.get("tags"),
        described=details(members, *rows),
    )


WORKLOAD: Final = (
    Row("workload_type", "type"),
    Row("namespace", "namespace"),
    Row("service_account", "serviceAccountName"),
    Row("image", "containers.image"),
    Row("container", "containers.name"),
    only_true("privileged", "containers.securityContext.privileged"),
    only_true("privilege_escalation", "containers.securityContext.allowPrivilegeEscalation"),
    only_true("host_network", "hostNetwork"),
    only_true("host_ipc", "hostIPC"),
    only_true("host_pid", "hostPID"),
    Row("host_path", "volumes.hostPath.path"),
    Row("mount_path", "containers.volumeMounts.mountPath"),
)

KUBERNETES_USER: Final = (
    Row("group", "groups"),
    Row("session_name", "sessionName"),
    Row("impersonated_user", "impersonatedUser.username"),
    Row("impersonated_group", "impersonatedUser.groups"),
)


def _kubernetes(members: Members, place: Place) -> Iterator[Resource]:
    for workload in records(members.get("kubernetesWorkloadDetails")):
        yield from _workload(workload, place)
    for user in records(members.get("kubernetesUserDetails")):
        yield from _kubernetes_user(user, place)


def _workload(members: Members, place: Place) -> Iterator[Resource]:
    name, namespace = text(members.get("name")), text(members.get("namespace"))
    path = f"{namespace}/{name}" if namespace and name else ""
    ids = [name, path, text(members.get("uid"))]
    return make("kubernetes_workload", ids, place, described=details(members, *WORKLOAD))


def _kubernetes_user(members: Members, place: Place) -> Iterator[Resource]:
    ids = _kubernetes_names(members)
    return make("kubernetes_user", ids, place, described=details(members, *KUBERNETES_USER))


def _kubernetes_names(members: Members) -> list[str]:
    """Read what a Kubernetes user is called, but not a name that is the session's or is made of it."""
    chosen = found(members, "sessionName")
    said = found(members, "username")
    named = (each for name in said if not made_of(name, chosen) for each in without_session(name))
    return or_unnamed(unique([*named, *found(members, "uid")]), [*said, *chosen])


ECS_CLUSTER: Final = (
    word("status", "status"),
    Row("running_tasks", "runningTasksCount"),
    Row("active_services", "activeServicesCount"),
    Row("container_instances", "registeredContainerInstancesCount"),
)

ECS_TASK: Final = (
    Row("task_definition", "definitionArn"),
    Row("version", "version"),
    Row("launch_type", "launchType"),
    Row("task_group", "group"),
    Row("started_by", "startedBy"),
    time("started", "startedAt"),
    time("created", "createdAt"),
    Row("container", "containers.name"),
    Row("image", "containers.image"),
    only_true("privileged", "containers.securityContext.privileged"),
    Row("host_path", "volumes.hostPath.path"),
)


def _ecs_cluster(members: Members, place: Place) -> Iterator[Resource]:
    yield from _named("ecs_cluster", members, place, ECS_CLUSTER, "name", "arn")
    for task in records(members.get("taskDetails")):
        yield from _ecs_task(task, place)


def _ecs_task(members: Members, place: Place) -> Iterator[Resource]:
    arn = text(members.get("arn"))
    described = details(members, *ECS_TASK)
    definition = text(members.get("definitionArn"))
    ids = [arn_id(arn), arn, definition, arn_id(definition)]
    return make("ecs_task", ids, at_arn(arn, place), arn=arn, tagged=members.get("tags"), described=described)


CONTAINER: Final = (
    Row("image", "image"),
    Row("image_prefix", "imagePrefix"),
    Row("container_id", "id"),
    Row("container_runtime", "containerRuntime"),
    only_true("privileged", "securityContext.privileged"),
    only_true("privilege_escalation", "securityContext.allowPrivilegeEscalation"),
    Row("mount_path", "volumeMounts.mountPath"),
)


def _container(members: Members, place: Place) -> Iterator[Resource]:
    ids = found(members, "name", "image", "id", "imageUid")
    return make("container", ids, place, described=details(members, *CONTAINER))


RDS_INSTANCE: Final = (
    Row("db_cluster", "dbClusterIdentifier"),
    word("engine", "engine"),
    Row("engine_version", "engineVersion"),
    Row("resource_id", "dbiResourceId"),
)


def _rds_instance(members: Members, place: Place) -> Iterator[Resource]:
    more = ("dbClusterIdentifier", "dbiResourceId")
    return _named(
        "rds_instance", members, place, RDS_INSTANCE, "dbInstanceIdentifier", "dbInstanceArn", *more
    )


RDS_USER: Final = (
    Row("application", "application"),
    Row("database", "database"),
    Row("auth_method", "authMethod"),
    Row("ssl", "ssl"),
)


def _rds_user(members: Members, place: Place) -> Iterator[Resource]:
    return make("rds_user", [text(members.get("user"))], place, described=details(members, *RDS_USER))


RDS_LIMITLESS: Final = (
    Row("db_cluster", "dbClusterIdentifier"),
    word("engine", "engine"),
    Row("engine_version", "engineVersion"),
    Row("resource_id", "dbShardGroupResourceId"),
)


def _rds_limitless(members: Members, place: Place) -> Iterator[Resource]:
    more = ("dbClusterIdentifier", "dbShardGroupResourceId")
    name, arn = "dbShardGroupIdentifier", "dbShardGroupArn"
    return _named("rds_limitless", members, place, RDS_LIMITLESS, name, arn, *more)


LAMBDA: Final = (
    Row("version", "functionVersion"),
    Row("role", "role"),
    word("description", "description"),
    Row("vpc", "vpcConfig.vpcId"),
    Row("subnet", "vpcConfig.subnetIds"),
    Row("security_group", "vpcConfig.securityGroups.groupName"),
    time("modified", "lastModifiedAt"),
)


def _lambda_function(members: Members, place: Place) -> Iterator[Resource]:
    return _named("lambda_function", members, place, LAMBDA, "functionName", "functionArn")


VOLUME: Final = (
    Row("device", "deviceName"),
    Row("volume_type", "volumeType"),
    Row("size_gb", "volumeSizeInGB"),
    Row("encryption", "encryptionType"),
    Row("encryption_key", "kmsKeyArn"),
    Row("snapshot", "snapshotArn"),
)


def _volumes(members: Members, place: Place) -> Iterator[Resource]:
    for name, word_for in (("scannedVolumeDetails", "scanned"), ("skippedVolumeDetails", "skipped")):
        for volume in records(members.get(name)):
            yield from _volume(volume, Detail("scan", word_for, Form.TEXT), place)


def _volume(members: Members, scan: Detail, place: Place) -> Iterator[Resource]:
    arn = text(members.get("volumeArn"))
    described = (scan, *details(members, *VOLUME))
    return make(
        "ebs_volume", [arn_id(arn) or arn], at_arn(arn, place), arn=arn, described=described, listed=True
    )


def _by_arn(kind: str, member: str, *rows: Row, listed: bool = False) -> "Read":
    """Make the reader of a resource that is known by its ARN."""

    def read(members: Members, place: Place) -> Iterator[Resource]:
        arn = text(members.get(member))
        described = details(members, *rows)
        return make(kind, [arn_id(arn), arn], at_arn(arn, place), arn=arn, described=described, listed=listed)

    return read


RECOVERY_POINT: Final = (
    Row("backup_vault", "backupVaultName"),
    time("scan_from", "continuousScanDetails.startTime"),
    time("scan_to", "continuousScanDetails.endTime"),
)

GUARDRAIL: Final = (
    Row("version", "guardrailVersion"),
    word("guardrail_action", "guardrailAction"),
    word("guardrail_source", "guardrailSource"),
)


def _guardrails(members: Members, place: Place) -> Iterator[Resource]:
    """Read the guardrail that acted, then the others that were applied with it."""
    main = first(members, "guardrailArn")
    yield from _guardrail(main, details(members, *GUARDRAIL) + _filters(members), place)
    for other in records(members.get("guardrails")):
        if (arn := text(other.get("arn"))) != main:
            yield from _guardrail(arn, details(other, Row("version", "version")), place, listed=True)


def _guardrail(
    arn: str, described: tuple[Detail, ...], place: Place, listed: bool = False
) -> Iterator[Resource]:
    ids = [arn_id(arn), arn]
    return make("bedrock_guardrail", ids, at_arn(arn, place), arn=arn, described=described, listed=listed)


def _filters(members: Members) -> tuple[Detail, ...]:
    """Read what the guardrail's filters found: ``PROMPT_ATTACK, HIGH, BLOCKED``."""
    found_by = (
        found(each, "type", "confidence", "action") for each in records(members.get("contentPolicyFilters"))
    )
    return tuple(several("content_filter", (", ".join(said) for said in found_by), Form.TEXT))


def _models(members: Members, place: Place) -> Iterator[Resource]:
    model = text(members.get("modelId"))
    arn = model if model.startswith("arn:") else ""
    return make("bedrock_model", [arn_id(arn), model], at_arn(arn, place), arn=arn, listed=True)


def principals(value: object) -> list[tuple[str, ...]]:
    """Read each user, role or access key by every name of it in the finding's ``resource`` that no caller chose.

    Whom a Kubernetes user impersonates is a principal of its own: a rule for the one does not hide the other.
    """
    resource = record(value)
    people = records(at(resource, "kubernetesDetails.kubernetesUserDetails"))
    named = [
        *(_known_access_key(key) for key in records(resource.get("accessKeyDetails"))),
        *(_kubernetes_names(person) for person in people),
        *(found(person, "impersonatedUser.username") for person in people),
        *(found(account, "user") for account in records(resource.get("rdsDbUserDetails"))),
    ]
    return [tuple(names) for names in named if names]


def user(value: object) -> str:
    """Read who acted, where the finding's ``resource`` says so: a Kubernetes or a database user."""
    return first(value, "kubernetesDetails.kubernetesUserDetails.username", "rdsDbUserDetails.user")


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
    """Tell whether an unknown member is an id, name or ARN of the thing itself."""
    return "." not in path and path.lower().endswith(("id", "arn", "name", "identifier"))


Read = Callable[[Members, Place], Iterator[Resource]]

READERS: Final[Mapping[str, Read]] = {
    "instanceDetails": _instance,
    "accessKeyDetails": _access_key,
    "s3BucketDetails": _bucket,
    "eksClusterDetails": _eks_cluster,
    "kubernetesDetails": _kubernetes,
    "ecsClusterDetails": _ecs_cluster,
    "containerDetails": _container,
    "rdsDbInstanceDetails": _rds_instance,
    "rdsLimitlessDbDetails": _rds_limitless,
    "rdsDbUserDetails": _rds_user,
    "lambdaDetails": _lambda_function,
    "ebsVolumeDetails": _volumes,
    "ebsSnapshotDetails": _by_arn("ebs_snapshot", "snapshotArn"),
    "ec2ImageDetails": _by_arn("ec2_image", "imageArn"),
    "recoveryPointDetails": _by_arn("recovery_point", "recoveryPointArn", *RECOVERY_POINT),
    "bedrockGuardrailDetails": _guardrails,
    "modelDetails": _models,
}
"""How each detail object of a ``resource`` is read. A new kind: a table of rows, a reader, a line here."""

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
