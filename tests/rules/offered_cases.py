"""Findings of every kind that a rule is offered for: what the rule says of each, and what makes another of it."""

from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import Any, Final, NamedTuple

from tests.generate import Json, example

Changes = Mapping[str, object]
"""Members of a finding by their path (``resource.instanceDetails.instanceId``); ``None`` takes one away."""


AS_IT_IS: Final[Changes] = {}


class Case(NamedTuple):
    """A kind of finding, by one of it."""

    id: str
    base: Json
    adds: Mapping[str, Any]
    """What the rule says beside type, account, Region, severity and end."""
    another: Iterable[Changes]
    """Each makes it another finding, of which people have to hear."""
    same: Changes = AS_IT_IS
    """All of that is different when the same comes again."""


def all_cases() -> list[Case]:
    """Every kind of finding."""
    return [each for each in globals().values() if isinstance(each, Case)]


def changed(made: Json, changes: Changes) -> Json:
    """Change an event's finding."""
    event = deepcopy(made)
    for path, value in changes.items():
        *way, last = path.split(".")
        inside: Any = event["detail"]
        for step in way:
            inside = inside[int(step)] if isinstance(inside, list) else _member(inside, step)
        if isinstance(inside, list):
            inside[int(last)] = deepcopy(value)
        else:
            inside[last] = deepcopy(value)
    return event


def _member(inside: Json, step: str) -> Any:
    inside[step] = inside.get(step) or {}
    return inside[step]


def like(name: str, changes: Changes = AS_IT_IS) -> Json:
    """Take one of the events beside the tests, changed."""
    return changed(example(name), changes)


ALWAYS_ANOTHER: Final[tuple[Changes, ...]] = (
    {"type": "Recon:EC2/Portscan"},
    {"accountId": "777788889999"},
    {"region": "us-east-1"},
    {"severity": 8.9},
)
"""What makes each kind another finding; the severity of none of them is higher."""

ALWAYS_THE_SAME: Final[Changes] = {
    "id": "f" * 32,
    "arn": "arn:aws:guardduty:eu-west-1:111122223333:detector/d/finding/" + "f" * 32,
    "title": "Another title",
    "description": "Told otherwise",
    "createdAt": "2026-12-01T00:00:00.000Z",
    "updatedAt": "2026-12-01T01:00:00.000Z",
    "service.count": 99,
    "service.eventFirstSeen": "2026-12-01T00:00:00.000Z",
    "service.eventLastSeen": "2026-12-01T01:00:00.000Z",
}

INSTANCE, OTHER_INSTANCE = "i-0a1b2c3d4e5f60718", "i-0fedcba9876543210"
INSTANCE_ID = "resource.instanceDetails.instanceId"
PROCESS = "service.runtimeDetails.process"
WORKLOAD = "resource.kubernetesDetails.kubernetesWorkloadDetails"
USER = "resource.kubernetesDetails.kubernetesUserDetails"
KEY = "resource.accessKeyDetails"
TASK = "resource.ecsClusterDetails.taskDetails"
CONNECTION = "service.action.networkConnectionAction"
API_CALL = "service.action.awsApiCallAction"
KUBERNETES_CALL = "service.action.kubernetesApiCallAction"
CONTAINER = "resource.containerDetails"
IP = "remoteIpDetails.ipAddressV4"
ADDRESS, OTHER_ADDRESS = "198.51.100.23", "203.0.113.200"
EKS = "arn:aws:eks:eu-west-1:111122223333:cluster/{}"
ECS = "arn:aws:ecs:eu-west-1:111122223333:{}"
HASH, OTHER_HASH = "ab" * 32, "cd" * 32

OTHER_INSTANCE_CHANGES: Final[Changes] = {INSTANCE_ID: OTHER_INSTANCE}
NEXT_INSTANCE: Final[Changes] = {
    "resource.instanceDetails.imageId": "ami-0123456789abcdef0",
    "resource.instanceDetails.tags": [],
    "resource.instanceDetails.instanceType": "t3.small",
}
OTHER_CLUSTER: Final[Changes] = {
    "resource.eksClusterDetails.name": "other",
    "resource.eksClusterDetails.arn": EKS.format("other"),
}


# --- instances and functions

INBOUND = Case(
    "an instance, inbound",
    like("ec2-ssh-brute-force"),
    {"resource_id": INSTANCE},
    [OTHER_INSTANCE_CHANGES],
    {**NEXT_INSTANCE, f"{CONNECTION}.remoteIpDetails": {"ipAddressV4": OTHER_ADDRESS}},
)
PROBED = Case(
    "an instance, probed",
    like("ec2-port-probe"),
    {"resource_id": INSTANCE},
    [OTHER_INSTANCE_CHANGES],
    {f"service.action.portProbeAction.portProbeDetails.0.{IP}": OTHER_ADDRESS},
)
OUTBOUND = Case(
    "an instance, outbound",
    like("example"),
    {"resource_id": INSTANCE, "actor_ip": ADDRESS},
    [OTHER_INSTANCE_CHANGES, {f"{CONNECTION}.{IP}": OTHER_ADDRESS}],
    {**NEXT_INSTANCE, f"{CONNECTION}.localPortDetails": {"port": 50000}},
)
ACTING = Case(
    "an instance that acts, the direction unknown",
    like("example", {f"{CONNECTION}.connectionDirection": "UNKNOWN"}),
    {"resource_id": INSTANCE, "actor_ip": ADDRESS},
    [OTHER_INSTANCE_CHANGES, {f"{CONNECTION}.{IP}": OTHER_ADDRESS}],
)
OPENED = Case(
    "an instance that is the target of what it opened",
    like("example", {"service.resourceRole": "TARGET"}),
    {"resource_id": INSTANCE, "actor_ip": ADDRESS},
    [OTHER_INSTANCE_CHANGES, {f"{CONNECTION}.{IP}": OTHER_ADDRESS}],
)
BOTH_ADDRESSES = Case(
    "an instance, outbound to a host of two addresses",
    like("example", {f"{CONNECTION}.remoteIpDetails.ipAddressV6": "2001:db8::1"}),
    {"resource_id": INSTANCE, "actor_ip": [ADDRESS, "2001:db8::1"]},
    [
        OTHER_INSTANCE_CHANGES,
        {f"{CONNECTION}.remoteIpDetails": {"ipAddressV4": OTHER_ADDRESS, "ipAddressV6": "2001:db8::2"}},
    ],
    {f"{CONNECTION}.remoteIpDetails": {"ipAddressV6": "2001:db8::1"}},
)
ASKING = Case(
    "an instance, DNS",
    like("ec2-dns-request"),
    {"resource_id": INSTANCE, "domain": "c2.example.com"},
    [OTHER_INSTANCE_CHANGES, {"service.action.dnsRequestAction.domain": "d2.example.com"}],
    {**NEXT_INSTANCE, "service.action.dnsRequestAction.protocol": "TCP"},
)
ASKING_AS_TARGET = Case(
    "an instance, DNS, said to be the target",
    like("ec2-dns-request", {"service.resourceRole": "TARGET"}),
    {"resource_id": INSTANCE, "domain": "c2.example.com"},
    [OTHER_INSTANCE_CHANGES, {"service.action.dnsRequestAction.domain": "d2.example.com"}],
)


def on_an_instance(changes: Changes = AS_IT_IS) -> Json:
    """What runs on an instance, in no container."""
    without = dict.fromkeys((CONTAINER, "resource.eksClusterDetails", "resource.kubernetesDetails"))
    return like("runtime-container", {"resource.resourceType": "Instance", **without, **changes})


NEXT_PROCESS: Final[Changes] = {
    f"{PROCESS}.pid": 999,
    f"{PROCESS}.executableSha256": "12" * 32,
    f"{PROCESS}.user": "other",
    "service.runtimeDetails.context": {},
}
OTHER_PROGRAM: Final[Changes] = {f"{PROCESS}.executablePath": "/tmp/miner"}
RUNNING = Case(
    "a program on an instance",
    on_an_instance(),
    {"resource_id": INSTANCE, "process_path": "/usr/bin/dash"},
    [OTHER_INSTANCE_CHANGES, OTHER_PROGRAM],
    NEXT_PROCESS,
)

FUNCTION = "arn:aws:lambda:eu-west-1:111122223333:function:resize-images"
OTHER_FUNCTION: Final[Changes] = {
    "resource.lambdaDetails.functionArn": f"{FUNCTION}-2:7",
    "resource.lambdaDetails.functionName": "resize-images-2",
}
NEXT_VERSION: Final[Changes] = {
    "resource.lambdaDetails.functionArn": f"{FUNCTION}:8",
    "resource.lambdaDetails.functionVersion": "8",
    "resource.lambdaDetails.revisionId": "next",
}
CALLING = Case(
    "a function, outbound",
    like("lambda-network"),
    {"resource_id": FUNCTION, "actor_ip": ADDRESS},
    [OTHER_FUNCTION, {f"{CONNECTION}.{IP}": OTHER_ADDRESS}],
    NEXT_VERSION,
)
CALLED = Case(
    "a function, inbound",
    like(
        "lambda-network", {"service.resourceRole": "TARGET", f"{CONNECTION}.connectionDirection": "INBOUND"}
    ),
    {"resource_id": FUNCTION},
    [OTHER_FUNCTION],
    {**NEXT_VERSION, f"{CONNECTION}.{IP}": OTHER_ADDRESS},
)

# --- containers, pods, tasks

API_IMAGE = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/api:1.4.2"
OTHER_IMAGE: Final[Changes] = {f"{CONTAINER}.image": "evil.example/miner:1"}


def in_a_container(changes: Changes = AS_IT_IS) -> Json:
    """What runs in a container of no cluster."""
    without = dict.fromkeys(("resource.eksClusterDetails", "resource.kubernetesDetails"))
    return like("runtime-container", {"resource.resourceType": "Container", **without, **changes})


IN_A_CONTAINER = Case(
    "a container on an instance",
    in_a_container(),
    {"resource_id": INSTANCE, "container": "api", "image": API_IMAGE, "process_path": "/usr/bin/dash"},
    [OTHER_INSTANCE_CHANGES, {f"{CONTAINER}.name": "other"}, OTHER_IMAGE, OTHER_PROGRAM],
    {**NEXT_PROCESS, f"{CONTAINER}.id": "containerd://next"},
)


def pod(name: str, changes: Changes = AS_IT_IS) -> Json:
    """A pod that asks for a domain."""
    usual = {
        "type": "CryptoCurrency:Runtime/BitcoinTool.B!DNS",
        "resource.resourceType": "EKSCluster",
        f"{WORKLOAD}.name": name,
        f"{WORKLOAD}.namespace": "observability",
        f"{WORKLOAD}.serviceAccountName": "log-shipper",
        f"{CONTAINER}.name": "shipper",
        f"{CONTAINER}.image": "registry.example.com/log-shipper:2.4",
        f"{PROCESS}.executablePath": "/opt/shipper/ship",
        "service.resourceRole": "ACTOR",
        "service.action": {
            "actionType": "DNS_REQUEST",
            "dnsRequestAction": {"domain": "logs.example.net", "protocol": "UDP"},
        },
    }
    return like("runtime-container", {**usual, **changes})


POD: Final[Mapping[str, Any]] = {
    "resource_id": EKS.format("prod"),
    "namespace": "observability",
    "workload": "log-shipper",
    "service_account": "log-shipper",
    "image": "registry.example.com/log-shipper:2.4",
    "process_path": "/opt/shipper/ship",
    "domain": "logs.example.net",
}
OTHER_PODS: Final[tuple[Changes, ...]] = (
    OTHER_CLUSTER,
    {f"{WORKLOAD}.namespace": "default"},
    {f"{WORKLOAD}.serviceAccountName": "admin"},
    OTHER_IMAGE,
    {f"{CONTAINER}.image": "registry.example.com/log-shipper:2.5"},
    OTHER_PROGRAM,
    {"service.action.dnsRequestAction.domain": "pool.example.org"},
)


def next_pod(name: str) -> Changes:
    """The next pod, on another node."""
    return {
        **NEXT_PROCESS,
        "resource.instanceDetails": {"instanceId": OTHER_INSTANCE, "tags": []},
        "resource.eksClusterDetails.tags": [],
        f"{WORKLOAD}.name": name,
        f"{WORKLOAD}.uid": "another",
        f"{CONTAINER}.id": "containerd://next",
    }


def of_a_workload(made_by: str, name: str, later: str, workload: str = "log-shipper") -> Case:
    """A pod whose name tells which workload made it."""
    other: Changes = {f"{WORKLOAD}.name": name.replace(workload, "miner", 1)}
    return Case(f"a pod of {made_by}", pod(name), POD, [*OTHER_PODS, other], next_pod(later))


OF_A_DAEMON_SET = of_a_workload("a DaemonSet", "log-shipper-x7k2p", "log-shipper-q9zzz")
OF_A_DEPLOYMENT = of_a_workload(
    "a Deployment", "log-shipper-7d9f8c6b5d-x7k2p", "log-shipper-5f6d7c8b94-q9zzz"
)
OF_A_STATEFUL_SET = of_a_workload("a StatefulSet", "log-shipper-0", "log-shipper-12")
OF_A_CRON_JOB = of_a_workload("a CronJob", "log-shipper-29401380-x7k2p", "log-shipper-29401440-q9zzz")
WORKLOAD_ITSELF = Case(
    "a workload by its own name",
    pod("log-shipper", {f"{WORKLOAD}.type": "daemonsets"}),
    POD,
    [*OTHER_PODS, {f"{WORKLOAD}.name": "miner"}],
    next_pod("log-shipper"),
)
LONE_POD = Case(
    "a pod whose name tells no workload",
    pod("debug"),
    {name: value for name, value in POD.items() if name != "workload"},
    OTHER_PODS,
    next_pod("debug-again"),
)
POD_OF_UNKNOWN_ACCOUNT = Case(
    "a pod of which no service account is said",
    pod("log-shipper-x7k2p", {f"{WORKLOAD}.serviceAccountName": None}),
    {name: value for name, value in POD.items() if name != "service_account"},
    [
        *(each for each in OTHER_PODS if f"{WORKLOAD}.serviceAccountName" not in each),
        {f"{WORKLOAD}.name": "miner"},
    ],
    next_pod("log-shipper-q9zzz"),
)
POD_WITHOUT_PROCESS = Case(
    "a pod without a process",
    pod("log-shipper-x7k2p", {"service.runtimeDetails": None}),
    {name: value for name, value in POD.items() if name != "process_path"},
    [each for each in OTHER_PODS if each is not OTHER_PROGRAM] + [{f"{WORKLOAD}.name": "miner"}],
    {f"{WORKLOAD}.name": "log-shipper-q9zzz"},
)
POD_CONNECTING = Case(
    "a pod, outbound",
    pod("log-shipper-x7k2p", {"service.action": example("example")["detail"]["service"]["action"]}),
    {**{name: value for name, value in POD.items() if name != "domain"}, "actor_ip": ADDRESS},
    [*OTHER_PODS[:-1], {f"{WORKLOAD}.name": "miner"}, {f"{CONNECTION}.{IP}": OTHER_ADDRESS}],
    next_pod("log-shipper-q9zzz"),
)
POD_DOING_SOMETHING = Case(
    "a pod's program",
    pod("log-shipper-x7k2p", {"service.action": {}}),
    {name: value for name, value in POD.items() if name != "domain"},
    [*OTHER_PODS[:-1], {f"{WORKLOAD}.name": "miner"}],
    next_pod("log-shipper-q9zzz"),
)

TASK_ADDS: Final[Mapping[str, Any]] = {
    "resource_id": ECS.format("cluster/batch"),
    "ecs_service": "nightly",
    "task_definition": "nightly",
    "container": "worker",
    "process_path": "/tmp/xmrig",
    "domain": "pool.example.org",
}
OTHER_TASKS: Final[tuple[Changes, ...]] = (
    {
        "resource.ecsClusterDetails.name": "other",
        "resource.ecsClusterDetails.arn": ECS.format("cluster/other"),
    },
    {f"{TASK}.definitionArn": ECS.format("task-definition/other:12")},
    {f"{TASK}.containers.0.name": "sidecar"},
    OTHER_PROGRAM,
    {"service.action.dnsRequestAction.domain": "d2.example.com"},
)
NEXT_TASK: Final[Changes] = {
    f"{TASK}.arn": ECS.format(f"task/batch/{'f' * 32}"),
    f"{TASK}.definitionArn": ECS.format("task-definition/nightly:13"),
    f"{TASK}.startedBy": "ecs-svc/999",
    f"{TASK}.containers.0.id": "9999-1",
    f"{TASK}.containers.0.image": "example.com/worker:10",
    f"{PROCESS}.pid": 5,
}
OF_A_SERVICE = Case(
    "a task of a service",
    like("ecs-task-runtime"),
    TASK_ADDS,
    [*OTHER_TASKS, {f"{TASK}.group": "service:other"}, {f"{TASK}.group": "family:nightly"}],
    NEXT_TASK,
)
OF_NO_SERVICE = Case(
    "a task of no service",
    like("ecs-task-runtime", {f"{TASK}.group": "family:nightly"}),
    {name: value for name, value in TASK_ADDS.items() if name != "ecs_service"},
    OTHER_TASKS,
    NEXT_TASK,
)

# --- malware

VOLUME_SCAN = "service.ebsVolumeScanDetails.scanDetections"
THREATS: Final[Json] = {
    "itemCount": 1,
    "uniqueThreatNameCount": 1,
    "shortened": False,
    "threatNames": [
        {"name": "Trojan.Example", "itemCount": 1, "filePaths": [{"filePath": "/var/tmp/x", "hash": HASH}]}
    ],
}
OTHER_FILE_ON_VOLUME: Final[Changes] = {
    f"{VOLUME_SCAN}.threatDetectedByName.threatNames.0.filePaths.0.hash": OTHER_HASH
}
NEXT_SCAN: Final[Changes] = {
    "service.ebsVolumeScanDetails.scanId": "next",
    f"{VOLUME_SCAN}.threatDetectedByName.threatNames.0.filePaths.0.filePath": "/elsewhere",
    "resource.ebsVolumeDetails.scannedVolumeDetails.0.volumeArn": "arn:aws:ec2:eu-west-1:111122223333:volume/vol-0ff",
}
OF_VOLUMES: Final[Changes] = {f"{VOLUME_SCAN}.threatDetectedByName": THREATS}
SCANNED: Final[Changes] = {
    "resource.ebsVolumeDetails": example("ebs-malware")["detail"]["resource"]["ebsVolumeDetails"],
    "service.runtimeDetails": None,
    "service.resourceRole": "TARGET",
    "service.action": {},
    VOLUME_SCAN: {"threatDetectedByName": THREATS},
}
ON_VOLUMES = Case(
    "malware on volumes",
    like("ebs-malware", OF_VOLUMES),
    {"resource_id": INSTANCE, "file_hash": HASH},
    [OTHER_INSTANCE_CHANGES, OTHER_FILE_ON_VOLUME],
    NEXT_SCAN,
)
IN_A_CONTAINERS_VOLUME = Case(
    "malware of a container on an instance",
    in_a_container({"type": "Execution:Container/MaliciousFile", **SCANNED}),
    {"resource_id": INSTANCE, "container": "api", "image": API_IMAGE, "file_hash": HASH},
    [OTHER_INSTANCE_CHANGES, {f"{CONTAINER}.name": "other"}, OTHER_IMAGE, OTHER_FILE_ON_VOLUME],
    NEXT_SCAN,
)
IN_A_PODS_VOLUME = Case(
    "malware of a pod",
    pod("log-shipper-x7k2p", {"type": "Execution:Kubernetes/MaliciousFile", **SCANNED}),
    {
        **{name: value for name, value in POD.items() if name not in ("process_path", "domain")},
        "file_hash": HASH,
    },
    [*OTHER_PODS[:-2], {f"{WORKLOAD}.name": "miner"}, OTHER_FILE_ON_VOLUME],
    {**NEXT_SCAN, f"{WORKLOAD}.name": "log-shipper-q9zzz", INSTANCE_ID: OTHER_INSTANCE},
)
IN_A_TASKS_VOLUME = Case(
    "malware of a task",
    like("ecs-task-runtime", {"type": "Execution:ECS/MaliciousFile", **SCANNED}),
    {
        **{name: value for name, value in TASK_ADDS.items() if name not in ("process_path", "domain")},
        "file_hash": HASH,
    },
    [*OTHER_TASKS[:-2], {f"{TASK}.group": "service:other"}, OTHER_FILE_ON_VOLUME],
    {**NEXT_SCAN, f"{TASK}.definitionArn": ECS.format("task-definition/nightly:13")},
)

KNOWN_BY_ITS_SCAN = Case(
    "malware of a type that nobody knows",
    like(
        "ebs-malware", {"type": "Execution:EC2/SomethingNew", "resource.ebsVolumeDetails": None, **OF_VOLUMES}
    ),
    {"resource_id": INSTANCE, "file_hash": HASH},
    [OTHER_INSTANCE_CHANGES, OTHER_FILE_ON_VOLUME],
)

FOUND_HASH = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
OTHER_FILE: Final[Changes] = {"service.malwareScanDetails.threats.0.itemDetails.0.hash": OTHER_HASH}


def scanned_alone(kind: str, name: str, path: str) -> Case:
    """Malware in something that is scanned by itself."""
    made = like(name)
    inside = made["detail"]["resource"]
    member, last = path.split(".")
    arn = inside[member][last]
    return Case(
        f"malware in {kind}",
        made,
        {"resource_id": arn, "file_hash": FOUND_HASH},
        [{f"resource.{path}": f"{arn}-other"}, OTHER_FILE],
        {
            "service.malwareScanDetails.scanId": "next",
            "service.malwareScanDetails.threats.0.itemDetails.0.itemPath": "/elsewhere",
        },
    )


IN_A_SNAPSHOT = scanned_alone("a snapshot", "snapshot-malware", "ebsSnapshotDetails.snapshotArn")
IN_AN_IMAGE = scanned_alone("an image", "image-malware", "ec2ImageDetails.imageArn")
IN_A_BACKUP = scanned_alone(
    "a recovery point", "recovery-point-malware", "recoveryPointDetails.recoveryPointArn"
)

BUCKETS = "resource.s3BucketDetails"
IN_AN_OBJECT = Case(
    "malware in an object",
    like("s3-object-malware"),
    {
        "resource_id": "arn:aws:s3:::example-uploads",
        "file_hash": [
            "fe796dcce928a3876beb11ba9d0df018f810cc4760289b92eb16e1430a9c44f0",
            "c81b16fd0c3f34f33961e56ec848067fbd152775",
        ],
    },
    [
        {
            f"{BUCKETS}.0.arn": "arn:aws:s3:::other",
            f"{BUCKETS}.0.s3ObjectDetails.0.objectArn": "arn:aws:s3:::other/incoming/invoice.pdf.exe",
        },
        {"service.malwareScanDetails.threats.0.hash": OTHER_HASH},
        {"service.malwareScanDetails.threats.0.itemPaths.0.hash": OTHER_HASH},
    ],
    {
        f"{BUCKETS}.0.s3ObjectDetails.0.key": "incoming/next.exe",
        f"{BUCKETS}.0.s3ObjectDetails.0.objectArn": "arn:aws:s3:::example-uploads/incoming/next.exe",
        f"{BUCKETS}.0.s3ObjectDetails.0.versionId": "next",
    },
)

# --- who calls

ROLE = "arn:aws:iam::111122223333:role/Deploy"
ALICE = "arn:aws:iam::111122223333:user/alice"
SSO = "AWSReservedSSO_Admin_0123456789abcdef"


def key(name: str, user_type: str = "AssumedRole", principal_id: str = "AROAOTHER:any") -> Json:
    """An access key of somebody."""
    return {"accessKeyId": "ASIAOTHER", "principalId": principal_id, "userType": user_type, "userName": name}


def of(name: str, user_type: str = "AssumedRole", principal_id: str = "AROAOTHER:any") -> Changes:
    """Let somebody else's key be used."""
    return {KEY: key(name, user_type, principal_id)}


NEXT_SESSION: Final[Changes] = {
    f"{KEY}.accessKeyId": "ASIANEXT",
    f"{KEY}.principalId": "AROACKCEVSQ6C2EXAMPLE:next",
}
ELSEWHERE: Final[Changes] = {f"{API_CALL}.{IP}": OTHER_ADDRESS}
OTHER_API: Final[Changes] = {f"{API_CALL}.api": "GetObject", f"{API_CALL}.userAgent": "other"}
AS_A_PERSON: Final[Changes] = of(SSO, principal_id="AROAOTHER:jane@example.com")
AS_ANOTHER_PERSON: Final[Changes] = {f"{KEY}.principalId": "AROAOTHER:joe@example.com"}
HERE_ONLY: Final[Changes] = {f"{API_CALL}.remoteAccountDetails": None}

USER_CALLS = Case(
    "a user",
    like("iam-user-anomaly"),
    {"principal": ALICE},
    [of("bob", "IAMUser", "AIDAOTHER"), of("alice")],
    {f"{KEY}.accessKeyId": "AKIANEXT", **ELSEWHERE, **OTHER_API},
)
USER_FROM = Case(
    "a user, where from",
    like("iam-user-anomaly", {"type": "UnauthorizedAccess:IAMUser/ConsoleLoginSuccess.B"}),
    {"principal": ALICE, "actor_ip": ADDRESS},
    [of("bob", "IAMUser", "AIDAOTHER"), ELSEWHERE],
    {f"{KEY}.accessKeyId": "AKIANEXT", **OTHER_API},
)
ROLE_CALLS = Case(
    "a role",
    like("iam-user-tor", {"type": "Stealth:IAMUser/CloudTrailLoggingDisabled", **HERE_ONLY}),
    {"principal": ROLE},
    [of("Admin", principal_id="AROAOTHER:Deploy"), of("Deploy", "IAMUser", "AIDAOTHER")],
    {**NEXT_SESSION, **ELSEWHERE, **OTHER_API},
)
ROLE_FROM = Case(
    "a role, where from",
    like("iam-user-tor", HERE_ONLY),
    {"principal": ROLE, "actor_ip": "198.51.100.66"},
    [of("Admin"), ELSEWHERE],
    {**NEXT_SESSION, **OTHER_API},
)
ROLE_OF_INSTANCE = Case(
    "a role of an instance, taken away from it",
    like(
        "iam-user-tor",
        {
            "type": "UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.OutsideAWS",
            "resource.instanceDetails": {"instanceId": INSTANCE},
            **HERE_ONLY,
        },
    ),
    {"principal": ROLE, "actor_ip": "198.51.100.66"},
    [of("Admin"), ELSEWHERE],
    {**NEXT_SESSION, **OTHER_API, INSTANCE_ID: OTHER_INSTANCE},
)
ROLE_OF_ANOTHER_ACCOUNT = Case(
    "a role of another account",
    like("member-account"),
    {"principal": "arn:aws:iam::999988887777:role/Deploy", "remote_account_id": "999988887777"},
    [of("Admin"), {f"{API_CALL}.remoteAccountDetails.accountId": "555566667777"}, HERE_ONLY],
    {**NEXT_SESSION, **OTHER_API},
)
PERSON_CALLS = Case(
    "a person with a role of IAM Identity Center",
    like("iam-user-tor", {"type": "Persistence:IAMUser/AnomalousBehavior", **HERE_ONLY, **AS_A_PERSON}),
    {"principal": SSO, "session_name": "jane@example.com"},
    [AS_ANOTHER_PERSON, {f"{KEY}.userName": "AWSReservedSSO_Read_0123456789abcdef"}],
    {f"{KEY}.accessKeyId": "ASIANEXT", **ELSEWHERE, **OTHER_API},
)
ROOT_CALLS = Case(
    "root",
    like("iam-root"),
    {"principal": "root", "actor_ip": ADDRESS},
    [of("root", "IAMUser", "AIDAOTHER"), ELSEWHERE],
    OTHER_API,
)
SERVICE_CALLS = Case(
    "a service",
    like("iam-user-anomaly", of("lambda.amazonaws.com", "AWSService", "")),
    {"principal": "lambda.amazonaws.com", "actor_ip": ADDRESS},
    [of("ec2.amazonaws.com", "AWSService", ""), ELSEWHERE],
    OTHER_API,
)
GUARDRAIL = "arn:aws:bedrock:eu-west-1:111122223333:guardrail/abcd1234efgh"
GUARDRAIL_CHANGED = Case(
    "a guardrail that a role changed",
    like("bedrock-guardrail"),
    {"resource_id": GUARDRAIL, "principal": ROLE},
    [of("Admin"), {"resource.bedrockGuardrailDetails.guardrailArn": f"{GUARDRAIL}other"}],
    {**NEXT_SESSION, **ELSEWHERE, **OTHER_API},
)

INVOICES = "arn:aws:s3:::example-invoices"
OTHER_BUCKET: Final[Changes] = {f"{BUCKETS}.0.arn": "arn:aws:s3:::secrets", f"{BUCKETS}.0.name": "secrets"}
BUCKETS_READ = Case(
    "buckets",
    like("s3-buckets-exfiltration"),
    {"resource_id": [INVOICES, "arn:aws:s3:::example-elsewhere"], "principal": ROLE},
    [
        OTHER_BUCKET,
        {f"{BUCKETS}.1.arn": "arn:aws:s3:::secrets", f"{BUCKETS}.1.name": "secrets"},
        of("Admin", principal_id="AROAOTHER:Deploy"),
        of("Deploy", "IAMUser", "AIDAOTHER"),
    ],
    {**NEXT_SESSION, **ELSEWHERE, **OTHER_API, INSTANCE_ID: OTHER_INSTANCE},
)
BUCKET_FROM = Case(
    "a bucket, where from",
    like("s3-bucket-public", {"type": "Discovery:S3/TorIPCaller"}),
    {"resource_id": INVOICES, "principal": ROLE, "actor_ip": ADDRESS},
    [OTHER_BUCKET, of("Admin"), ELSEWHERE],
    {**NEXT_SESSION, **OTHER_API},
)
BUCKET_BY_A_PERSON = Case(
    "a bucket, by a person",
    like("s3-bucket-public", AS_A_PERSON),
    {"resource_id": INVOICES, "principal": SSO, "session_name": "jane@example.com"},
    [OTHER_BUCKET, AS_ANOTHER_PERSON, {f"{KEY}.userName": "AWSReservedSSO_Read_0123456789abcdef"}],
    {f"{KEY}.accessKeyId": "ASIANEXT", **ELSEWHERE, **OTHER_API},
)
ANONYMOUS_KEY: Final[Changes] = of("ANONYMOUS_PRINCIPAL", "AWSAccount", "ANONYMOUS_PRINCIPAL")
BUCKET_BY_ANYBODY = Case(
    "a bucket, by anybody",
    like("s3-bucket-public", ANONYMOUS_KEY),
    {"resource_id": INVOICES, "actor_ip": ADDRESS},
    [OTHER_BUCKET, ELSEWHERE],
    OTHER_API,
)
BUCKET_BY_ANOTHER_ACCOUNT = Case(
    "a bucket, by another account",
    like(
        "s3-bucket-public",
        {
            **of("", "AWSAccount", "AIDAOTHER"),
            f"{API_CALL}.remoteAccountDetails": {"accountId": "999988887777"},
        },
    ),
    {"resource_id": INVOICES, "remote_account_id": "999988887777"},
    [OTHER_BUCKET, {f"{API_CALL}.remoteAccountDetails.accountId": "555566667777"}],
    {f"{KEY}.accessKeyId": "ASIANEXT", **ELSEWHERE, **OTHER_API},
)
BUCKET_BY_A_FEDERATED_USER = Case(
    "a bucket, by a federated user",
    like("s3-bucket-public", of("bob", "FederatedUser", "111122223333:bob")),
    {"resource_id": INVOICES, "actor_ip": ADDRESS},
    [OTHER_BUCKET, ELSEWHERE],
    OTHER_API,
)

DATABASE = "arn:aws:rds:eu-west-1:111122223333:db:orders-1"
LOGIN_ELSEWHERE: Final[Changes] = {f"service.action.rdsLoginAttemptAction.{IP}": OTHER_ADDRESS}
OTHER_LOGIN: Final[Changes] = {"resource.rdsDbUserDetails.user": "other"}
LOGIN = Case(
    "a database",
    like("rds-login"),
    {"resource_id": DATABASE, "actor_ip": ADDRESS},
    [
        {
            "resource.rdsDbInstanceDetails.dbInstanceArn": f"{DATABASE}2",
            "resource.rdsDbInstanceDetails.dbiResourceId": "db-OTHER",
        },
        LOGIN_ELSEWHERE,
    ],
    OTHER_LOGIN,
)
SHARDS = "arn:aws:rds:eu-west-1:111122223333:shard-group:shardgroup-0123456789abcdef"
LOGIN_LIMITLESS = Case(
    "a limitless database",
    like("rds-limitless-login"),
    {"resource_id": SHARDS, "actor_ip": "198.51.100.66"},
    [{"resource.rdsLimitlessDbDetails.dbShardGroupArn": f"{SHARDS}0"}, LOGIN_ELSEWHERE],
    OTHER_LOGIN,
)

KUBERNETES_ELSEWHERE: Final[Changes] = {
    f"{KUBERNETES_CALL}.sourceIPs": [OTHER_ADDRESS],
    f"{KUBERNETES_CALL}.{IP}": OTHER_ADDRESS,
}
OTHER_CALLER: Final[Changes] = {**of("Admin"), f"{USER}.username": "intruder"}
KUBERNETES = Case(
    "a call of Kubernetes",
    like("eks-role-binding"),
    {
        "resource_id": EKS.format("prod"),
        "namespace": "payments",
        "api": "create:clusterrolebindings",
        "principal": [ROLE, "cluster-admin"],
    },
    [
        OTHER_CLUSTER,
        {f"{WORKLOAD}.namespace": "default"},
        {f"{KUBERNETES_CALL}.verb": "delete"},
        OTHER_CALLER,
        {f"{USER}.impersonatedUser.username": "somebody-else"},
    ],
    {**NEXT_SESSION, f"{USER}.sessionName": ["next"], **KUBERNETES_ELSEWHERE, f"{WORKLOAD}.name": "other"},
)
KUBERNETES_USER = Case(
    "a call by a user of Kubernetes",
    like("eks-anonymous-access", {f"{USER}.username": "jane"}),
    {"resource_id": EKS.format("prod"), "api": "list:secrets", "principal": "jane"},
    [OTHER_CLUSTER, {f"{KUBERNETES_CALL}.verb": "get"}, {f"{USER}.username": "joe"}],
    KUBERNETES_ELSEWHERE,
)
KUBERNETES_ANYBODY = Case(
    "a call of Kubernetes, by anybody",
    like("eks-anonymous-access"),
    {
        "resource_id": EKS.format("prod"),
        "api": "list:secrets",
        "principal": "system:anonymous",
        "actor_ip": [ADDRESS, "192.0.2.14"],
    },
    [
        OTHER_CLUSTER,
        {f"{KUBERNETES_CALL}.verb": "get"},
        {f"{USER}.username": "jane"},
        {f"{KUBERNETES_CALL}.sourceIPs": [ADDRESS, OTHER_ADDRESS]},
        KUBERNETES_ELSEWHERE,
    ],
    {f"{KUBERNETES_CALL}.requestUri": "/api/v1/secrets", f"{KUBERNETES_CALL}.userAgent": "other"},
)
KUBERNETES_FROM = Case(
    "a call of Kubernetes, where from",
    like("eks-anonymous-access", {"type": "Discovery:Kubernetes/TorIPCaller", f"{USER}.username": "jane"}),
    {
        "resource_id": EKS.format("prod"),
        "api": "list:secrets",
        "principal": "jane",
        "actor_ip": [ADDRESS, "192.0.2.14"],
    },
    [OTHER_CLUSTER, {f"{KUBERNETES_CALL}.verb": "get"}, {f"{USER}.username": "joe"}, KUBERNETES_ELSEWHERE],
    {f"{KUBERNETES_CALL}.userAgent": "other"},
)
KUBERNETES_PERSON = Case(
    "a call of Kubernetes, by a person",
    like(
        "eks-anonymous-access",
        {**AS_A_PERSON, f"{USER}.username": "admins", f"{USER}.sessionName": ["jane@example.com"]},
    ),
    {
        "resource_id": EKS.format("prod"),
        "api": "list:secrets",
        "principal": SSO,
        "session_name": "jane@example.com",
    },
    [
        OTHER_CLUSTER,
        {f"{KUBERNETES_CALL}.verb": "get"},
        {f"{KEY}.userName": "AWSReservedSSO_Read_0123456789abcdef"},
        {**AS_ANOTHER_PERSON, f"{USER}.sessionName": ["joe@example.com"]},
    ],
    {f"{KEY}.accessKeyId": "ASIANEXT", **KUBERNETES_ELSEWHERE},
)

KUBERNETES_IMPERSONATING = Case(
    "a call of Kubernetes, by a person as somebody else",
    changed(KUBERNETES_PERSON.base, {f"{USER}.impersonatedUser": {"username": "cluster-admin"}}),
    {**KUBERNETES_PERSON.adds, "principal": [SSO, "cluster-admin"]},
    [*KUBERNETES_PERSON.another, {f"{USER}.impersonatedUser.username": "somebody-else"}],
    KUBERNETES_PERSON.same,
)
TWENTY_BUCKETS = Case(
    "as many buckets as a rule names",
    like("s3-bucket-public", {BUCKETS: [{"arn": f"arn:aws:s3:::b-{each}"} for each in range(20)]}),
    {"resource_id": [f"arn:aws:s3:::b-{each}" for each in range(20)], "principal": ROLE},
    [OTHER_BUCKET, of("Admin")],
    NEXT_SESSION,
)

# --- by the id alone


def _addresses(count: int) -> list[str]:
    return [f"203.0.113.{number}" for number in range(count)]


BY_ID: Final[Mapping[str, Json]] = {
    "an attack sequence": like("attack-sequence"),
    "an attack sequence of one account, below Critical": like(
        "attack-sequence",
        {
            "severity": 8.0,
            "service.detection.sequence.resources": [],
            "service.detection.sequence.actors": [],
        },
    ),
    "an attack sequence by its type": like(
        "example", {"type": "AttackSequence:EC2/CompromisedInstanceGroup"}
    ),
    "steps of a sequence": like(
        "example", {"service.detection": {"sequence": {"signals": [{"name": "step", "type": "FINDING"}]}}}
    ),
    "Critical": like("example", {"severity": 9.0}),
    "several accounts": like(
        "example",
        {
            "service.detection": {
                "sequence": {
                    "resources": [
                        {"uid": OTHER_INSTANCE, "resourceType": "EC2_INSTANCE", "accountId": "444455556666"}
                    ]
                }
            }
        },
    ),
    "an unknown kind": like("unknown-kind"),
    "an unknown kind beside a known one": like(
        "example", {"resource.quantumDetails": {"arn": "arn:aws:q:::x"}}
    ),
    "malware of which not all is listed": like("ebs-malware"),
    "malware of which nothing is listed": like("ebs-malware", {"service.ebsVolumeScanDetails": {}}),
    "malware of a type that nobody knows, of which nothing is listed": like(
        "ebs-malware", {"type": "Execution:EC2/SomethingNew", "service.ebsVolumeScanDetails": {}}
    ),
    "malware by its type alone": like("example", {"type": "Execution:EC2/SuspiciousFile"}),
    "a lone pod of the default account": pod("debug", {f"{WORKLOAD}.serviceAccountName": "default"}),
    "a lone pod of which no account is said": pod("debug", {f"{WORKLOAD}.serviceAccountName": None}),
    "a pod without an image": pod("log-shipper-x7k2p", {f"{CONTAINER}.image": None}),
    "a pod in an unknown cluster": pod("log-shipper-x7k2p", {"resource.eksClusterDetails": {"name": "prod"}}),
    "a container of no instance": in_a_container({"resource.instanceDetails": None}),
    "a process without a program": on_an_instance({f"{PROCESS}.executablePath": None}),
    "a connection to nobody knows whom": like("example", {f"{CONNECTION}.remoteIpDetails": {}}),
    "a task of no definition": like("ecs-task-runtime", {f"{TASK}.definitionArn": None}),
    "a cluster of no task": like("ecs-task-runtime", {TASK: None}),
    "more buckets than anybody reads": like(
        "s3-bucket-public",
        {BUCKETS: [{"arn": f"arn:aws:s3:::b-{each}", "name": f"b-{each}"} for each in range(21)]},
    ),
    "more addresses than anybody reads": like(
        "eks-anonymous-access", {f"{KUBERNETES_CALL}.sourceIPs": _addresses(21)}
    ),
    "names of more characters than a rule may have": pod(
        "log-shipper-x7k2p", {f"{CONTAINER}.image": "x" * 2049}
    ),
    "a federated user": like("iam-user-anomaly", of("bob", "FederatedUser", "111122223333:bob")),
    "another account's anybody": like("member-account", of("", "AWSAccount", "AIDAOTHER")),
    "a service from nowhere": like(
        "member-account", {**of("a.amazonaws.com", "AWSService", ""), **HERE_ONLY}
    ),
    "root from nowhere": like("member-account", {**of("Root", "Root", "111122223333"), **HERE_ONLY}),
    "a bucket by anybody from nowhere": like(
        "s3-bucket-public", {**ANONYMOUS_KEY, f"{API_CALL}.remoteIpDetails": {}}
    ),
    "more characters than travel": like(
        "s3-bucket-public", {BUCKETS: [{"arn": f"arn:aws:s3:::{each:0500}"} for each in range(20)]}
    ),
    "a call of Kubernetes on a workload by nobody": like("eks-role-binding", {USER: None, KEY: None}),
    "a call of Kubernetes by nobody": like("eks-anonymous-access", {USER: None}),
    "anybody's call of Kubernetes from nowhere": like(
        "eks-anonymous-access", {f"{KUBERNETES_CALL}.sourceIPs": [], f"{KUBERNETES_CALL}.remoteIpDetails": {}}
    ),
    "a login from nowhere": like("rds-login", {"service.action": {}}),
    "an instance with somebody's key": like(
        "example", {KEY: key("Deploy"), "resource.resourceType": "Instance"}
    ),
    "two instances": like(
        "example", {"resource.instanceDetails": [{"instanceId": INSTANCE}, {"instanceId": OTHER_INSTANCE}]}
    ),
    "nothing at all": like("example", {"resource": {}}),
}
"""Findings of which their id alone says what they are."""
