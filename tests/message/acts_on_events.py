"""Events of every kind in the table of ``docs/messages.md``, with lists of any length; what matters stands anywhere.

Addresses, accounts and ids are documentation's. A builder says itself what its message must have.
"""

import hashlib
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, NamedTuple

from chalicelib.finding.model import Direction
from tests.generate import envelope

Json = dict[str, Any]

HERE = "111122223333"
OURS = "444455556666"
OURS_NAMED = "data-dev"
STRANGER = "999988887777"
INSTANCE = "i-0a1b2c3d4e5f60718"
REMOTE = "198.51.100.23"
OTHER = "2001:db8::17"
DOMAIN = "c2.example.com"
POOL = "pool.example.org"
POOL_ADDRESS = "203.0.113.250"
LIST = "Example threat list"
USER_KEY, ROLE_KEY, SECOND_KEY = "AKIAIOSFODNN7EXAMPLE", "ASIAIOSFODNN7EXAMPLE", "ASIAI44QH8DHBEXAMPLE"
PERSON = "jane.doe@example.com"
ROLE = "AWSReservedSSO_Operators_0123456789abcdef"
OWNER = "team-payments@example.com"
IMAGE = "example.com/worker:9"
PATH = "/tmp/.x/kworkerds"
WORST = "/srv/uploads/.cache/dropper"
MIDNIGHT = "2026-11-20T00:00:00Z"


class Place(Enum):
    """Where in a list the thing stands that matters most."""

    FIRST = "first"
    MIDDLE = "middle"
    LAST = "last"


class Built(NamedTuple):
    """An event, and what its message must have."""

    event: Json
    facts: Mapping[str, tuple[tuple[str, ...], ...]]
    """Per fact everything to be said: the values that stand in one line, each as a word of its own."""
    many: Mapping[str, tuple[str, ...]] = {}
    """Per list the names of all that is in it."""
    direction: Direction = Direction.UNKNOWN


Builder = Callable[[int, Place], Built]


def sha256(text: str) -> str:
    """Make a hash that is somebody's in the finding."""
    return hashlib.sha256(text.encode()).hexdigest()


def placed(thing: Any, others: list[Any], place: Place) -> list[Any]:
    """Put what matters most at its place among the others."""
    at = {Place.FIRST: 0, Place.MIDDLE: len(others) // 2, Place.LAST: len(others)}[place]
    return [*others[:at], thing, *others[at:]]


def one(**values: str) -> dict[str, tuple[tuple[str, ...], ...]]:
    """Name facts of one value each; an underscore stands for a space."""
    return {name.replace("_", " "): ((value,),) for name, value in values.items()}


def address(number: int) -> str:
    """Make a documentation address, another for each number below 440."""
    return f"198.51.100.{number + 24}" if number < 230 else f"203.0.113.{number - 230 + 60}"


def remote(at: str = REMOTE, other: str = "") -> Json:
    """Describe a remote host."""
    return {
        "ipAddressV4": at,
        **({"ipAddressV6": other} if other else {}),
        "country": {"countryName": "Norway", "countryCode": "NO"},
        "city": {"cityName": "Oslo"},
        "organization": {
            "asn": "64500",
            "asnOrg": "Example Hosting AS",
            "isp": "Example Hosting",
            "org": "Example Hosting",
        },
    }


def event(type_: str, title: str, resource: Json, service: Json, **more: Any) -> Json:
    """Make an event around a resource and a service."""
    said = {
        "serviceName": "guardduty",
        "detectorId": "2cb1a9d8e7f6054b3c2d1e0f9a8b7c6d",
        "resourceRole": "TARGET",
        "archived": False,
        "count": 3,
        "eventFirstSeen": "2026-11-20T08:04:10.000Z",
        "eventLastSeen": "2026-11-20T09:41:36.000Z",
        "additionalInfo": {},
    }
    number = sha256(type_)[:32]
    detector = f"arn:aws:guardduty:eu-west-1:{HERE}:detector/2cb1a9d8e7f6054b3c2d1e0f9a8b7c6d"
    made: Json = envelope(
        {
            "schemaVersion": "2.0",
            "accountId": HERE,
            "region": "eu-west-1",
            "partition": "aws",
            "id": number,
            "arn": f"{detector}/finding/{number}",
            "type": type_,
            "title": title,
            "description": title,
            "severity": 8,
            "createdAt": "2026-11-20T08:13:27.501Z",
            "updatedAt": "2026-11-20T09:47:55.230Z",
            "resource": resource,
            "service": {**said, **service},
            **more,
        }
    )
    return made


def tags(number: int, place: Place) -> list[Json]:
    """Make tags, one of which says whose it is."""
    others = [{"key": f"Label{each:03}", "value": f"label-{each:03}"} for each in range(number - 1)]
    return placed({"key": "Owner", "value": OWNER}, others, place)


def tag_values(number: int) -> tuple[str, ...]:
    """Name the values of the tags."""
    return (OWNER, *(f"label-{each:03}" for each in range(number - 1)))


def instance(number: int = 1, place: Place = Place.LAST) -> Json:
    """Describe our instance with so many tags."""
    return {
        "instanceId": INSTANCE,
        "instanceType": "m6i.large",
        "instanceState": "running",
        "launchTime": "2026-10-02T06:30:11Z",
        "imageId": "ami-0fedcba9876543210",
        "networkInterfaces": [
            {
                "networkInterfaceId": "eni-0123456789abcdef0",
                "privateIpAddress": "10.0.12.34",
                "publicIp": "203.0.113.57",
                "subnetId": "subnet-0a1b2c3d4e5f60718",
                "vpcId": "vpc-0fedcba9876543210",
                "securityGroups": [{"groupId": "sg-0123456789abcdef0", "groupName": "web"}],
            }
        ],
        "tags": tags(number, place),
    }


def of_instance(number: int, place: Place) -> Json:
    """Make the resource of a finding about our instance."""
    return {"resourceType": "Instance", "instanceDetails": instance(number, place)}


def evidence(*names: str) -> Json:
    """Say which threats a list of threats knows."""
    return {"threatIntelligenceDetails": [{"threatListName": LIST, "threatNames": list(names)}]}


def connection(direction: str, local: int, far: int, **host: str) -> Json:
    """Describe a connection."""
    return {
        "actionType": "NETWORK_CONNECTION",
        "networkConnectionAction": {
            "connectionDirection": direction,
            "protocol": "TCP",
            "blocked": False,
            "localIpDetails": {"ipAddressV4": "10.0.12.34"},
            "localPortDetails": {"port": local, "portName": "Unknown"},
            "remotePortDetails": {"port": far, "portName": "Unknown"},
            "remoteIpDetails": remote(**host),
        },
    }


def dns(domain: str) -> Json:
    """Describe a DNS request."""
    return {"actionType": "DNS_REQUEST", "dnsRequestAction": {"domain": domain, "protocol": "UDP"}}


def call(api: str, service: str, **more: Any) -> Json:
    """Describe an API call."""
    return {
        "actionType": "AWS_API_CALL",
        "awsApiCallAction": {
            "api": api,
            "serviceName": f"{service}.amazonaws.com",
            "callerType": "Remote IP",
            "userAgent": "aws-cli/2.17.0",
            "remoteIpDetails": remote(),
            "affectedResources": {},
            **more,
        },
    }


def kubernetes_call(verb: str, resource: str, addresses: list[str]) -> Json:
    """Describe a call of Kubernetes' API."""
    return {
        "verb": verb,
        "resource": resource,
        "requestUri": f"/api/v1/{resource}",
        "sourceIPs": addresses,
        "userAgent": "kubectl/v1.30.1",
        "remoteIpDetails": remote(addresses[0]),
        "statusCode": 200,
    }


def user_key() -> Json:
    """Describe a user's own access key."""
    return {
        "accessKeyId": USER_KEY,
        "principalId": "AIDACKCEVSQ6C2EXAMPLE",
        "userType": "IAMUser",
        "userName": "alice",
    }


def role_key() -> Json:
    """Describe the key of a role's session, which a person has opened."""
    return {
        "accessKeyId": ROLE_KEY,
        "principalId": f"AROACKCEVSQ6C2EXAMPLE:{PERSON}",
        "userType": "AssumedRole",
        "userName": ROLE,
    }


def at_port(host: str, port: int) -> dict[str, tuple[tuple[str, ...], ...]]:
    """Say that an address must be there with its port."""
    return {"remote address": ((host, str(port)),)}


def ec2_outbound(number: int, place: Place) -> Built:
    service = {
        "resourceRole": "ACTOR",
        "action": connection("OUTBOUND", 49822, 4444),
        "evidence": evidence("ExampleBot"),
    }
    return Built(
        event("Backdoor:EC2/C&CActivity.B", "C&C server was contacted.", of_instance(number, place), service),
        {**one(resource=INSTANCE, threat="ExampleBot", owner=OWNER), **at_port(REMOTE, 4444)},
        {"tags": tag_values(number)},
        Direction.TALKS_TO,
    )


def ec2_attacked(number: int, place: Place) -> Built:
    service = {"action": connection("INBOUND", 2222, 51512, other=OTHER)}
    return Built(
        event(
            "UnauthorizedAccess:EC2/SSHBruteForce",
            "SSH brute force attacks.",
            of_instance(number, place),
            service,
        ),
        one(resource=INSTANCE, remote_address=REMOTE, other_address=OTHER, attacked_port="2222", owner=OWNER),
        {"tags": tag_values(number)},
        Direction.ATTACKED_FROM,
    )


def ec2_port_probe(number: int, place: Place) -> Built:
    probes = [(address(each), 2000 + each) for each in range(number)]
    details = [
        {
            "localPortDetails": {"port": port, "portName": "Unknown"},
            "localIpDetails": {"ipAddressV4": "10.0.12.34"},
            "remoteIpDetails": remote(host),
        }
        for host, port in probes
    ]
    action = {
        "actionType": "PORT_PROBE",
        "portProbeAction": {"blocked": False, "portProbeDetails": details},
    }
    pairs = tuple((host, str(port)) for host, port in probes[: number if number <= 5 else 1])
    return Built(
        event(
            "Recon:EC2/PortProbeUnprotectedPort",
            "An unprotected port is being probed.",
            of_instance(number, place),
            {"action": action},
        ),
        {
            **one(resource=INSTANCE, owner=OWNER),
            "probed port": pairs,
            "remote address": tuple((host,) for host, _ in pairs),
        },
        {"tags": tag_values(number), "probes": tuple(host for host, _ in probes)},
        Direction.PROBED_BY,
    )


def ec2_dns(number: int, place: Place) -> Built:
    service = {"resourceRole": "ACTOR", "action": dns(DOMAIN), "evidence": evidence("ExampleBot")}
    return Built(
        event(
            "Backdoor:EC2/C&CActivity.B!DNS",
            "A C&C server was asked for.",
            of_instance(number, place),
            service,
        ),
        one(resource=INSTANCE, domain=DOMAIN, threat="ExampleBot", owner=OWNER),
        {"tags": tag_values(number)},
        Direction.ASKED_FOR,
    )


def call_by_user(number: int, place: Place) -> Built:
    affected = placed(
        "arn:aws:iam::111122223333:user/backdoor", [f"user-{n:03}" for n in range(1, number)], place
    )
    action = call("CreateAccessKey", "iam", affectedResources={"AWS::IAM::User": affected})
    return Built(
        event(
            "Persistence:IAMUser/AnomalousBehavior",
            "A user is anomalously invoking APIs.",
            {"resourceType": "AccessKey", "accessKeyDetails": user_key()},
            {"action": action},
        ),
        one(user="alice", credential=USER_KEY, api="CreateAccessKey", remote_address=REMOTE),
        {"affected resources": tuple(each.rpartition("/")[2] for each in affected)},
        Direction.CALLED_BY,
    )


def call_by_role(number: int, place: Place) -> Built:
    calls = placed("DeleteTrail", [f"List{n:03}Things" for n in range(1, number)], place)
    observed = {"profileType": "FREQUENCY", "profileSubtype": "UNSEEN", "observations": {"text": calls}}
    anomaly = {"unusual": {"behavior": {"User identity": {"API": observed}}}}
    return Built(
        event(
            "Discovery:IAMUser/AnomalousBehavior",
            "A role is anomalously invoking APIs.",
            {"resourceType": "AccessKey", "accessKeyDetails": role_key()},
            {"action": call("ListUsers", "iam"), "detection": {"anomaly": anomaly}},
        ),
        one(person=PERSON, user=ROLE, credential=ROLE_KEY, api="ListUsers", remote_address=REMOTE),
        {"unusual APIs": tuple(calls)},
        Direction.CALLED_BY,
    )


def call_by_root(_number: int, _place: Place) -> Built:
    key = {"accessKeyId": "", "principalId": HERE, "userType": "Root", "userName": "Root"}
    return Built(
        event(
            "Policy:IAMUser/RootCredentialUsage",
            "An API was invoked with the account's own credentials.",
            {"resourceType": "AccessKey", "accessKeyDetails": key},
            {"action": call("ConsoleLogin", "signin")},
        ),
        one(root_user="Root user", api="ConsoleLogin", remote_address=REMOTE),
        direction=Direction.CALLED_BY,
    )


def _by_account(account: str, *, ours: bool) -> Json:
    remote_account = {"accountId": account, "affiliated": ours}
    return event(
        "UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.InsideAWS",
        "Credentials of an instance are used from another account.",
        {
            "resourceType": "AccessKey",
            "accessKeyDetails": {**role_key(), "principalId": f"AROACKCEVSQ6C2EXAMPLE:{INSTANCE}"},
            "instanceDetails": instance(),
        },
        {"action": call("GetCallerIdentity", "sts", remoteAccountDetails=remote_account)},
    )


def call_by_ours(_number: int, _place: Place) -> Built:
    return Built(
        _by_account(OURS, ours=True),
        one(
            resource=INSTANCE,
            user=ROLE,
            credential=ROLE_KEY,
            api="GetCallerIdentity",
            remote_account=OURS,
            remote_account_name=OURS_NAMED,
        ),
        direction=Direction.CALLED_BY,
    )


def call_by_stranger(_number: int, _place: Place) -> Built:
    return Built(
        _by_account(STRANGER, ours=False),
        one(
            resource=INSTANCE,
            user=ROLE,
            credential=ROLE_KEY,
            api="GetCallerIdentity",
            remote_account=STRANGER,
            remote_address=REMOTE,
        ),
        direction=Direction.CALLED_BY,
    )


def bucket(
    name: str, permission: str, role: str = "Destination", number: int = 1, place: Place = Place.LAST
) -> Json:
    """Describe a bucket."""
    return {
        "arn": f"arn:aws:s3:::{name}",
        "name": name,
        "type": role,
        "createdAt": 1646144449.0,
        "tags": tags(number, place),
        "publicAccess": {"effectivePermission": permission},
    }


def buckets(number: int, place: Place, role: str = "Destination") -> list[Json]:
    """Describe buckets, one of which is public."""
    others = [bucket(f"claims-{each:03}", "NOT_PUBLIC", "Source") for each in range(number - 1)]
    return placed(bucket("exports-open", "PUBLIC", role), others, place)


def bucket_names(number: int) -> tuple[str, ...]:
    """Name the buckets."""
    return ("exports-open", *(f"claims-{each:03}" for each in range(number - 1)))


def s3_policy(number: int, place: Place) -> Built:
    described = buckets(number, place)
    next(each for each in described if each["name"] == "exports-open")["tags"] = tags(number, place)
    return Built(
        event(
            "Policy:S3/BucketAnonymousAccessGranted",
            "Anonymous access to a bucket was granted.",
            {"resourceType": "AccessKey", "accessKeyDetails": role_key(), "s3BucketDetails": described},
            {"action": call("PutBucketPolicy", "s3")},
        ),
        one(
            public_bucket="exports-open",
            person=PERSON,
            credential=ROLE_KEY,
            api="PutBucketPolicy",
            remote_address=REMOTE,
            owner=OWNER,
        ),
        {"buckets": bucket_names(number), "tags": tag_values(number)},
        Direction.CALLED_BY,
    )


def s3_exfiltration(number: int, place: Place) -> Built:
    resource = {
        "resourceType": "S3Bucket",
        "accessKeyDetails": role_key(),
        "s3BucketDetails": buckets(number, place),
    }
    return Built(
        event(
            "Exfiltration:S3/AnomalousBehavior",
            "Objects were copied in an unusual way.",
            resource,
            {"action": call("CopyObject", "s3")},
        ),
        one(
            public_bucket="exports-open",
            person=PERSON,
            user=ROLE,
            credential=ROLE_KEY,
            api="CopyObject",
            remote_address=REMOTE,
        ),
        {"buckets": bucket_names(number)},
        Direction.CALLED_BY,
    )


def s3_object_malware(number: int, place: Place) -> Built:
    keys = placed("incoming/invoice.exe", [f"incoming/{n:03}.pdf" for n in range(1, number)], place)
    objects = [{"objectArn": f"arn:aws:s3:::uploads/{key}", "key": key, "hash": sha256(key)} for key in keys]
    names = placed("Trojan.Worst", [f"Adware.Example{n:03}" for n in range(1, number)], place)
    threats = [
        {"name": name, "source": "AMAZON", "count": 1, "hash": sha256(key)}
        for name, key in zip(names, keys, strict=True)
    ]
    held = {**bucket("uploads", "NOT_PUBLIC"), "s3ObjectDetails": objects}
    return Built(
        event(
            "Object:S3/MaliciousFile",
            "A malicious file was found.",
            {"resourceType": "S3Object", "s3BucketDetails": [held]},
            {"malwareScanDetails": {"scanId": "scan-1", "uniqueThreatCount": number, "threats": threats}},
        ),
        one(resource="uploads", object=keys[0], threat=names[0], hash=sha256(keys[0])),
        {"objects": tuple(keys), "threats": tuple(names)},
    )


def ebs_malware(number: int, place: Place) -> Built:
    worst = {
        "name": "Trojan.Worst",
        "severity": "HIGH",
        "itemCount": 1,
        "filePaths": [{"filePath": WORST, "fileName": "dropper", "hash": sha256(WORST)}],
    }
    others = [
        {
            "name": f"Adware.Example{each:03}",
            "severity": "LOW",
            "itemCount": 1,
            "filePaths": [{"filePath": f"/home/x/{each:03}.js", "hash": sha256(f"{each}")}],
        }
        for each in range(number - 1)
    ]
    volumes = [f"vol-0a1b2c3d4e5f{each:05}" for each in range(number)]
    scan = {
        "scanId": "8f9a0b1c2d3e4f505ecd1f0a7b3e4c6d",
        "triggerFindingId": "5ecd1f0a7b3e4c6d8f9a0b1c2d3e4f50",
        "scanDetections": {
            "highestSeverityThreatDetails": {"severity": "HIGH", "threatName": "Trojan.Worst", "count": 1},
            "threatDetectedByName": {"itemCount": number, "threatNames": placed(worst, others, place)},
        },
    }
    scanned = [
        {"volumeArn": f"arn:aws:ec2:eu-west-1:{HERE}:volume/{each}", "deviceName": "/dev/sda"}
        for each in volumes
    ]
    resource = {**of_instance(1, place), "ebsVolumeDetails": {"scannedVolumeDetails": scanned}}
    return Built(
        event(
            "Execution:EC2/MaliciousFile",
            "The instance has malicious files.",
            resource,
            {"ebsVolumeScanDetails": scan},
        ),
        one(
            resource=INSTANCE,
            threat="Trojan.Worst",
            hash=sha256(WORST),
            path=WORST,
            triggering_finding="5ecd1f0a7b3e4c6d8f9a0b1c2d3e4f50",
        ),
        {
            "files": (WORST, *(f"/home/x/{each:03}.js" for each in range(number - 1))),
            "volumes": tuple(volumes),
        },
    )


def cluster() -> Json:
    """Describe our cluster."""
    return {"name": "prod-cluster", "arn": f"arn:aws:eks:eu-west-1:{HERE}:cluster/prod-cluster", "tags": []}


def eks_anonymous(number: int, _place: Place) -> Built:
    hosts = [address(each) for each in range(number)]
    action = {
        "actionType": "KUBERNETES_API_CALL",
        "kubernetesApiCallAction": kubernetes_call("list", "secrets", hosts),
    }
    who = {"kubernetesUserDetails": {"username": "system:anonymous", "groups": ["system:unauthenticated"]}}
    return Built(
        event(
            "Discovery:Kubernetes/SuccessfulAnonymousAccess",
            "Kubernetes' API was invoked.",
            {"resourceType": "EKSCluster", "eksClusterDetails": cluster(), "kubernetesDetails": who},
            {"action": action},
        ),
        {
            **one(resource="prod-cluster", user="system:anonymous"),
            "api": (("list", "secrets"),),
            "remote address": tuple((host,) for host in hosts[: number if number <= 5 else 1]),
        },
        {"addresses": tuple(hosts)},
        Direction.CALLED_BY,
    )


def eks_role_binding(_number: int, _place: Place) -> Built:
    who = {"username": "deployer", "groups": ["deployers"], "sessionName": [PERSON]}
    action = {
        "actionType": "KUBERNETES_API_CALL",
        "kubernetesApiCallAction": kubernetes_call("create", "clusterrolebindings", [REMOTE]),
        "kubernetesRoleBindingDetails": {
            "kind": "ClusterRoleBinding",
            "name": "night-shift",
            "roleRefName": "cluster-admin",
            "roleRefKind": "ClusterRole",
        },
    }
    return Built(
        event(
            "PrivilegeEscalation:Kubernetes/AnomalousBehavior.RoleBindingCreated",
            "A role binding was created in an unusual way.",
            {
                "resourceType": "EKSCluster",
                "eksClusterDetails": cluster(),
                "kubernetesDetails": {"kubernetesUserDetails": who},
            },
            {"action": action},
        ),
        one(
            resource="prod-cluster",
            user="deployer",
            person=PERSON,
            granted_role="cluster-admin",
            role_binding="night-shift",
            remote_address=REMOTE,
        ),
        direction=Direction.CALLED_BY,
    )


def process(number: int) -> Json:
    """Describe the process that ran, with so many ancestors."""
    return {
        "process": {
            "name": "kworkerds",
            "executablePath": PATH,
            "executableSha256": sha256(PATH),
            "pid": 4242,
            "user": "www-data",
            "lineage": [
                {"name": f"parent{each:03}", "executablePath": f"/usr/bin/parent{each:03}", "pid": 100 + each}
                for each in range(number)
            ],
        },
        "context": {"commandLineExample": "kworkerds --quiet"},
    }


def parents(number: int) -> tuple[str, ...]:
    """Name the ancestors."""
    return tuple(f"parent{each:03}" for each in range(number))


def runtime_container(number: int, _place: Place) -> Built:
    resource = {
        "resourceType": "Container",
        "eksClusterDetails": cluster(),
        "containerDetails": {"id": "containerd://0123456789abcdef", "name": "worker-main", "image": IMAGE},
        "instanceDetails": instance(),
    }
    service = {"runtimeDetails": process(number), "action": connection("OUTBOUND", 40000, 8443)}
    return Built(
        event("Execution:Runtime/ReverseShell", "A reverse shell was opened.", resource, service),
        {
            **one(resource="worker-main", process_path=PATH, hash=sha256(PATH), image=IMAGE),
            **at_port(REMOTE, 8443),
        },
        {"lineage": parents(number)},
        Direction.TALKS_TO,
    )


def runtime_ecs(number: int, place: Place) -> Built:
    task = f"arn:aws:ecs:eu-west-1:{HERE}:task/batch/0123456789abcdef0123456789abcdef"
    others = [{"name": f"sidecar-{n:03}", "image": f"example.com/sidecar:{n}"} for n in range(1, number)]
    described = {
        "name": "batch",
        "arn": f"arn:aws:ecs:eu-west-1:{HERE}:cluster/batch",
        "taskDetails": {
            "arn": task,
            "launchType": "FARGATE",
            "containers": placed({"name": "worker-main", "image": IMAGE}, others, place),
        },
    }
    acting = {"name": "worker-main", "image": IMAGE, "id": "0123-1"}
    return Built(
        event(
            "CryptoCurrency:Runtime/BitcoinTool.B!DNS",
            "A process asks for a cryptocurrency pool.",
            {"resourceType": "ECSCluster", "ecsClusterDetails": described, "containerDetails": acting},
            {"runtimeDetails": process(number), "action": dns(POOL)},
        ),
        one(
            resource="0123456789abcdef0123456789abcdef",
            process_path=PATH,
            hash=sha256(PATH),
            image=IMAGE,
            domain=POOL,
        ),
        {
            "lineage": parents(number),
            "containers": ("worker-main", *(f"sidecar-{n:03}" for n in range(1, number))),
        },
        Direction.ASKED_FOR,
    )


def runtime_ec2(number: int, place: Place) -> Built:
    return Built(
        event(
            "Execution:Runtime/NewBinaryExecuted",
            "A new binary was executed.",
            of_instance(number, place),
            {"runtimeDetails": process(number), "evidence": evidence("CoinMiner")},
        ),
        one(resource=INSTANCE, process_path=PATH, hash=sha256(PATH), threat="CoinMiner", owner=OWNER),
        {"lineage": parents(number), "tags": tag_values(number)},
        Direction.RAN,
    )


def rds_login(number: int, place: Place) -> Built:
    others = [
        {"user": f"guess{n:03}", "application": "mysql", "failedLoginAttempts": 7} for n in range(1, number)
    ]
    got_in = {
        "user": "ledger_admin",
        "application": "mysql",
        "failedLoginAttempts": 120,
        "successfulLoginAttempts": 1,
    }
    resource = {
        "resourceType": "RDSDBInstance",
        "rdsDbInstanceDetails": {
            "dbInstanceIdentifier": "orders-one",
            "dbInstanceArn": f"arn:aws:rds:eu-west-1:{HERE}:db:orders-one",
            "engine": "Aurora MySQL",
        },
        "rdsDbUserDetails": {"user": "ledger_admin", "database": "orders", "authMethod": "Password"},
    }
    action = {
        "actionType": "RDS_LOGIN_ATTEMPT",
        "rdsLoginAttemptAction": {
            "remoteIpDetails": remote(),
            "LoginAttributes": placed(got_in, others, place),
        },
    }
    return Built(
        event(
            "CredentialAccess:RDS/AnomalousBehavior.SuccessfulBruteForce",
            "A user logged in after many failed attempts.",
            resource,
            {"action": action},
        ),
        one(resource="orders-one", login_user="ledger_admin", remote_address=REMOTE),
        {"logins": ("ledger_admin", *(f"guess{n:03}" for n in range(1, number)))},
        Direction.LOGGED_IN_FROM,
    )


def lambda_network(number: int, place: Place) -> Built:
    function = {
        "functionArn": f"arn:aws:lambda:eu-west-1:{HERE}:function:resize-images",
        "functionName": "resize-images",
        "role": f"arn:aws:iam::{HERE}:role/resizer",
        "tags": tags(number, place),
    }
    service = {
        "resourceRole": "ACTOR",
        "action": connection("OUTBOUND", 49152, 6667),
        "evidence": evidence("ExampleBot"),
    }
    return Built(
        event(
            "Backdoor:Lambda/C&CActivity.B",
            "A function is talking to a C&C server.",
            {"resourceType": "Lambda", "lambdaDetails": function},
            service,
        ),
        {**one(resource="resize-images", threat="ExampleBot", owner=OWNER), **at_port(REMOTE, 6667)},
        {"tags": tag_values(number)},
        Direction.TALKS_TO,
    )


def endpoints(number: int, place: Place) -> list[Json]:
    """Describe the hosts that called us, and a mining pool that we called."""
    callers = [
        {
            "id": f"endpoint-{each}",
            "ip": address(each),
            "connection": {"direction": "INBOUND"},
            "location": {"country": "Norway", "city": "Oslo"},
        }
        for each in range(max(1, number - 1))
    ]
    pool = {
        "id": "pool",
        "ip": POOL_ADDRESS,
        "domain": POOL,
        "port": 3333,
        "connection": {"direction": "OUTBOUND"},
    }
    return placed(pool, callers, place)


def signals(number: int, named: str, uid: str) -> list[Json]:
    """Describe the signals, each a minute after the one before it; every one names the same resource."""
    return [
        {
            "uid": f"signal-{each}",
            "type": "CLOUD_TRAIL",
            "name": named if not each else f"Unusual step {each:03}",
            "firstSeenAt": f"2026-11-20T{each // 60:02}:{each % 60:02}:00Z",
            "lastSeenAt": f"2026-11-20T{each // 60:02}:{each % 60:02}:30Z",
            "severity": 5.0,
            "count": 1,
            "resourceUids": [uid],
            "actorIds": ["actor-1"],
            "endpointIds": ["endpoint-0"],
        }
        for each in range(number)
    ]


def signal_names(number: int, named: str) -> tuple[str, ...]:
    """Name the signals in their order."""
    return (named, *(f"Unusual step {each:03}" for each in range(1, number)))


def part(kind: str, uid: str, name: str, account: str = HERE, **data: Json) -> Json:
    """Describe a resource of a sequence."""
    return {
        "uid": uid,
        "name": name,
        "accountId": account,
        "resourceType": kind,
        "region": "eu-west-1" if account == HERE else "us-east-1",
        "cloudPartition": "aws",
        "tags": [],
        "data": data,
    }


def sequence(type_: str, **members: Any) -> Json:
    """Make the event of an attack sequence."""
    return event(
        type_,
        "A sequence of actions was observed.",
        {"resourceType": "AttackSequence"},
        {
            "detection": {
                "sequence": {
                    "uid": "seq-0a1b2c3d",
                    "description": "A sequence of actions was observed.",
                    **members,
                }
            }
        },
        severity=9,
    )


def _who(uid: str, name: str, key: str, session: str) -> Json:
    return {
        "id": uid,
        "user": {
            "name": name,
            "uid": f"AROACKCEVSQ6C2EXAMPLE:{session}",
            "type": "AssumedRole",
            "credentialUid": key,
        },
        "session": {"uid": session, "mfaStatus": "DISABLED", "issuer": f"arn:aws:iam::{HERE}:role/{name}"},
    }


def _sequence_hosts(number: int, place: Place) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Name every remote address, and those that must be there."""
    every = tuple(each["ip"] for each in endpoints(number, place))
    must = every if len(every) <= 5 else (POOL_ADDRESS, address(0))
    return every, tuple((host,) for host in must)


def sequence_s3(number: int, place: Place) -> Built:
    held = [
        part(
            "S3_BUCKET",
            f"arn:aws:s3:::{name}",
            name,
            s3Bucket={"effectivePermission": "PUBLIC" if name == "exports-open" else "NOT_PUBLIC"},
        )
        for name in placed("exports-open", list(bucket_names(number)[1:]), place)
    ]
    elsewhere = part(
        "EC2_INSTANCE", "i-0b1c2d3e4f5061728", "etl-one", OURS, ec2Instance={"instanceState": "running"}
    )
    key = part("ACCESS_KEY", SECOND_KEY, ROLE, accessKey={"userName": ROLE, "userType": "AssumedRole"})
    resources = placed(key, placed(elsewhere, held, place), place)
    named = "UnauthorizedAccess:IAMUser/TorIPCaller"
    hosts, must = _sequence_hosts(number, place)
    built = sequence(
        "AttackSequence:S3/CompromisedData",
        actors=[_who("actor-1", ROLE, ROLE_KEY, PERSON), _who("actor-2", "etl", SECOND_KEY, "etl-session")],
        endpoints=endpoints(number, place),
        resources=resources,
        signals=signals(number, named, "arn:aws:s3:::exports-open"),
        sequenceIndicators=[{"key": "HIGH_RISK_API", "values": ["s3:PutBucketPolicy"]}],
    )
    return Built(
        built,
        {
            **one(person=PERSON, public_bucket="exports-open", domain=POOL, signal=named),
            "credential": ((ROLE_KEY,), (SECOND_KEY,)),
            "resource elsewhere": (("i-0b1c2d3e4f5061728",), (OURS,)),
            "remote address": must,
        },
        {"buckets": bucket_names(number), "addresses": hosts, "signals": signal_names(number, named)},
    )


def sequence_ec2(number: int, place: Place) -> Built:
    names = [f"i-0a1b2c3d4e5f6{each:04}" for each in range(number)]
    ours = [part("EC2_INSTANCE", uid, "", ec2Instance={"instanceState": "running"}) for uid in names]
    elsewhere = part(
        "EC2_INSTANCE", "i-0b1c2d3e4f5061728", "etl-one", OURS, ec2Instance={"instanceState": "running"}
    )
    acted = {"name": "kworkerds", "path": PATH, "sha256": sha256(PATH)}
    named = "Execution:Runtime/SuspiciousTool"
    hosts, must = _sequence_hosts(number, place)
    return Built(
        sequence(
            "AttackSequence:EC2/CompromisedInstanceGroup",
            actors=[{"id": "actor-1", "process": acted}],
            endpoints=endpoints(number, place),
            resources=placed(elsewhere, ours, place),
            signals=signals(number, named, names[0]),
        ),
        {
            **one(resource=names[0], process_path=PATH, hash=sha256(PATH), domain=POOL, signal=named),
            "resource elsewhere": (("i-0b1c2d3e4f5061728",), (OURS,)),
            "remote address": must,
        },
        {
            "instances": ("i-0b1c2d3e4f5061728", *names),
            "addresses": hosts,
            "signals": signal_names(number, named),
        },
    )


def custom_rule(_number: int, _place: Place) -> Built:
    return Built(
        event(
            "CustomDetection:IAMUser/NightShift",
            "A rule of our own has matched.",
            {"resourceType": "AccessKey", "accessKeyDetails": user_key()},
            {"action": call("CreateUser", "iam")},
            customDetectionRuleName="night-shift-rule",
            severity=9.5,
        ),
        one(
            custom_rule="night-shift-rule",
            user="alice",
            credential=USER_KEY,
            api="CreateUser",
            remote_address=REMOTE,
        ),
        direction=Direction.CALLED_BY,
    )


def ai_protection(number: int, place: Place) -> Built:
    models = placed("example.large-v1:0", [f"example.small-v{n}:0" for n in range(1, number)], place)
    guardrail = f"arn:aws:bedrock:eu-west-1:{HERE}:guardrail/abcd1234efgh"
    resource = {
        "resourceType": "AccessKey",
        "accessKeyDetails": role_key(),
        "bedrockGuardrailDetails": {
            "guardrailArn": guardrail,
            "guardrailVersion": "2",
            "guardrailAction": "GUARDRAIL_INTERVENED",
        },
        "modelDetails": [{"modelId": each} for each in models],
    }
    return Built(
        event(
            "Impact:IAMUser/AnomalousBehavior.BedrockModelInvocation",
            "A model was invoked in an unusual way.",
            resource,
            {"action": call("InvokeModel", "bedrock")},
        ),
        {
            **one(person=PERSON, credential=ROLE_KEY, api="InvokeModel", remote_address=REMOTE),
            "resource": (("abcd1234efgh",),),
            "model": ((models[0],),),
        },
        {"models": tuple(models)},
        Direction.CALLED_BY,
    )


def unknown_kind(number: int, place: Place) -> Built:
    things = [{"thingId": f"thing-{each:03}", "colour": "blue"} for each in range(number)]
    resource = {
        "resourceType": "QuantumTask",
        "quantumTaskDetails": {"taskName": "night-task", "shots": 1000, "tags": tags(number, place)},
        "newThings": things,
        "note": "loaned-to-physics",
    }
    action = {
        "actionType": "QUANTUM_MEASUREMENT",
        "quantumMeasurementAction": {"basis": "X", "remoteIpDetails": remote()},
    }
    return Built(
        event("Impact:Quantum/QubitTheft.A", "A task is losing qubits.", resource, {"action": action}),
        one(resource="night-task", remote_address=REMOTE, plain_value="loaned-to-physics"),
        {"new things": tuple(f"thing-{each:03}" for each in range(number))},
    )


BUILDERS: Mapping[str, Builder] = {
    "EC2 instance that calls out": ec2_outbound,
    "EC2 instance under attack": ec2_attacked,
    "EC2 port probe": ec2_port_probe,
    "EC2 DNS request": ec2_dns,
    "API call by a user": call_by_user,
    "API call by an assumed role": call_by_role,
    "API call by the root user": call_by_root,
    "API call from an account of ours": call_by_ours,
    "API call from a stranger's account": call_by_stranger,
    "S3 policy": s3_policy,
    "S3 exfiltration": s3_exfiltration,
    "S3 object malware": s3_object_malware,
    "EBS malware": ebs_malware,
    "EKS anonymous access": eks_anonymous,
    "EKS role binding": eks_role_binding,
    "Runtime, container": runtime_container,
    "Runtime, ECS task": runtime_ecs,
    "Runtime, EC2 instance": runtime_ec2,
    "RDS login": rds_login,
    "Lambda network": lambda_network,
    "Attack sequence, S3": sequence_s3,
    "Attack sequence, EC2": sequence_ec2,
    "Custom detection rule": custom_rule,
    "AI Protection": ai_protection,
    "Unknown kind": unknown_kind,
}
"""A builder for each row of the table."""
