"""The rule that is offered hides this here when it comes again, and nothing else."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from tests.machine import Event
from tests.promises.trials import Rule, Trials, a_finding, trials


@pytest.fixture(scope="module")
def trial() -> Iterator[Trials]:
    with trials() as made:
        yield made


Changes = Mapping[str, object]

EKS = "arn:aws:eks:{}:111122223333:cluster/{}"
LAMBDA = "arn:aws:lambda:{}:111122223333:function:resize-images:{}"
ECS_TASK = "arn:aws:ecs:{}:111122223333:task/batch/{}"
DEFINITION = "arn:aws:ecs:eu-west-1:111122223333:task-definition/{}"

PROCESS = "service.runtimeDetails.process.executablePath"
WORKLOAD = "resource.kubernetesDetails.kubernetesWorkloadDetails"
KUBERNETES_USER = "resource.kubernetesDetails.kubernetesUserDetails"
KEY = "resource.accessKeyDetails"
TASK = "resource.ecsClusterDetails.taskDetails"
CONNECTED_TO = "service.action.networkConnectionAction.remoteIpDetails.ipAddressV4"
CALLED_FROM = "service.action.awsApiCallAction.remoteIpDetails.ipAddressV4"


def standalone_container(changes: Changes) -> Event:
    """A container on an instance, in no cluster."""
    made = a_finding("runtime-container", changes)
    for of_a_cluster in ("eksClusterDetails", "kubernetesDetails"):
        del made["detail"]["resource"][of_a_cluster]
    return made


def pod(changes: Changes) -> Event:
    """A pod of a deployment with a service account of its own."""
    usual = {f"{WORKLOAD}.name": "api-7d9f8c6b5d-x7k2p", f"{WORKLOAD}.serviceAccountName": "api"}
    return a_finding("runtime-container", usual | dict(changes))


def of(name: str) -> Callable[[Changes], Event]:
    return lambda changes: a_finding(name, changes)


KINDS: dict[str, Callable[[Changes], Event]] = {
    "standalone container": standalone_container,
    "pod": pod,
    "kubernetes call": of("eks-role-binding"),
    "anonymous kubernetes call": of("eks-anonymous-access"),
    "function": of("lambda-network"),
    "role": of("iam-user-tor"),
    "bucket's policy": of("s3-bucket-public"),
    "buckets' data": of("s3-buckets-exfiltration"),
    "task": of("ecs-task-runtime"),
    "instance": of("example"),
    "database": of("rds-login"),
}

offers: dict[str, Rule] = {}


def offered(trial: Trials, kind: str) -> Rule:
    """The rule that is offered for a kind of finding; each is asked for once."""
    if kind not in offers:
        offers[kind] = trial.offered_rule(KINDS[kind]({}))
    return offers[kind]


def role(name: str, session: str) -> dict[str, Any]:
    return {
        "accessKeyId": "ASIAOTHER",
        "principalId": f"AROAOTHER:{session}",
        "userType": "AssumedRole",
        "userName": name,
    }


SAME_AGAIN = [
    pytest.param("standalone container", {"resource.containerDetails.id": "containerd://new"}, id="restarted"),
    pytest.param(
        "pod",
        {
            f"{WORKLOAD}.name": "api-7d9f8c6b5d-q8z4m",
            "resource.containerDetails.id": "containerd://new",
            "resource.instanceDetails.instanceId": "i-0eeeeeeeeeeeeeeee",
        },
        id="next-pod-on-another-node",
    ),
    pytest.param("kubernetes call", {f"{KUBERNETES_USER}.sessionName": ["deploy-43"]}, id="eks-next-session"),
    pytest.param("anonymous kubernetes call", {"service.count": 9}, id="anonymous-again"),
    pytest.param(
        "function", {"resource.lambdaDetails.functionArn": LAMBDA.format("eu-west-1", 8)}, id="next-version"
    ),
    pytest.param(
        "role", {f"{KEY}.accessKeyId": "ASIANEXT", f"{KEY}.principalId": "AROACKCEVSQ6C2EXAMPLE:deploy-43"},
        id="next-session",
    ),
    pytest.param("bucket's policy", {f"{KEY}.accessKeyId": "ASIANEXT"}, id="bucket-next-session"),
    pytest.param("buckets' data", {f"{KEY}.accessKeyId": "ASIANEXT"}, id="buckets-next-session"),
    pytest.param(
        "task",
        {
            f"{TASK}.arn": ECS_TASK.format("eu-west-1", "ffffffffffffffffffffffffffffffff"),
            f"{TASK}.definitionArn": DEFINITION.format("nightly:13"),
        },
        id="next-deployment",
    ),
    pytest.param("instance", {"service.count": 9}, id="instance-again"),
    pytest.param("database", {"service.count": 9}, id="database-again"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "changes"), SAME_AGAIN)
def test_the_offered_rule_hides_the_same_when_it_comes_again(
    trial: Trials, kind: str, changes: Changes
) -> None:
    assert trial.hidden(KINDS[kind](changes), offered(trial, kind))


# Each is another thing, which the rule of the first must not hide.

ELSEWHERE = "us-east-1"
OTHERS_BY_NAME = [
    pytest.param("standalone container", {"resource.containerDetails.name": "other"}, id="another-container"),
    pytest.param("function", {
        "resource.lambdaDetails.functionName": "other",
        "resource.lambdaDetails.functionArn": LAMBDA.replace("resize-images", "other").format("eu-west-1", 7),
    }, id="another-function"),
    pytest.param("role", {KEY: role("Admin", "any")}, id="another-role"),
    pytest.param("bucket's policy", {KEY: role("Admin", "any")}, id="another-role-opens-the-bucket"),
    pytest.param("buckets' data", {"resource.s3BucketDetails.0.name": "customer-secrets",
                                   "resource.s3BucketDetails.0.arn": "arn:aws:s3:::customer-secrets"},
                 id="another-bucket-of-two"),
    pytest.param("instance", {"resource.instanceDetails.instanceId": "i-0eeeeeeeeeeeeeeee"},
                 id="another-instance"),
    pytest.param("standalone container", {"resource.instanceDetails.instanceId": "i-0eeeeeeeeeeeeeeee"},
                 id="container-on-another-instance"),
    pytest.param("standalone container", {"resource.containerDetails.name": "miner",
                                          "resource.containerDetails.image": "api"},
                 id="image-named-like-the-container"),
    pytest.param("pod", {f"{WORKLOAD}.namespace": "default"}, id="pod-in-another-namespace"),
    pytest.param("pod", {"resource.eksClusterDetails.name": "other",
                         "resource.eksClusterDetails.arn": EKS.format("eu-west-1", "other")},
                 id="pod-in-another-cluster"),
    pytest.param("kubernetes call", {"resource.eksClusterDetails.name": "other",
                                     "resource.eksClusterDetails.arn": EKS.format("eu-west-1", "other")},
                 id="workload-of-that-name-in-another-cluster"),
    pytest.param("anonymous kubernetes call", {
        "region": ELSEWHERE, "resource.eksClusterDetails.arn": EKS.format(ELSEWHERE, "prod"),
    }, id="cluster-of-that-name-in-another-region"),
    pytest.param("function", {"region": ELSEWHERE,
                              "resource.lambdaDetails.functionArn": LAMBDA.format(ELSEWHERE, 7)},
                 id="function-of-that-name-in-another-region"),
    pytest.param("database", {
        "region": ELSEWHERE,
        "resource.rdsDbInstanceDetails.dbInstanceArn": f"arn:aws:rds:{ELSEWHERE}:111122223333:db:orders-1",
        "resource.rdsDbInstanceDetails.dbiResourceId": "db-OTHER",
    }, id="database-of-that-name-in-another-region"),
    pytest.param("task", {f"{TASK}.group": "service:other", f"{TASK}.definitionArn": DEFINITION.format("other:1")},
                 id="another-service-of-the-cluster"),
    pytest.param("task", {
        "region": ELSEWHERE,
        "resource.ecsClusterDetails.arn": f"arn:aws:ecs:{ELSEWHERE}:111122223333:cluster/batch",
        f"{TASK}.arn": ECS_TASK.format(ELSEWHERE, "ffffffffffffffffffffffffffffffff"),
    }, id="task-of-such-a-cluster-in-another-region"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "changes"), OTHERS_BY_NAME)
def test_the_offered_rule_hides_nothing_of_another_name(trial: Trials, kind: str, changes: Changes) -> None:
    assert not trial.hidden(KINDS[kind](changes), offered(trial, kind))


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        pytest.param("role", role("OrganizationAccountAccessRole", "Deploy"), id="role"),
        pytest.param("bucket's policy", role("OrganizationAccountAccessRole", "Deploy"), id="bucket"),
    ],
)
def test_the_rule_offered_for_a_role_does_not_hide_another_roles_session_named_like_it(
    trial: Trials, kind: str, key: dict[str, Any]
) -> None:
    assert not trial.hidden(KINDS[kind]({KEY: key}), offered(trial, kind))


OTHERS_OF_THE_SAME_NAME = [
    # what runs in it is not named
    pytest.param("standalone container", {"resource.containerDetails.image": "evil.example/miner:1"},
                 id="container-of-another-image"),
    pytest.param("standalone container", {PROCESS: "/tmp/miner"}, id="container-running-another-program"),
    pytest.param("pod", {"resource.containerDetails.image": "evil.example/miner:1"}, id="pod-of-another-image"),
    pytest.param("pod", {f"{WORKLOAD}.serviceAccountName": "admin"}, id="pod-of-another-service-account"),
    pytest.param("pod", {PROCESS: "/tmp/miner"}, id="pod-running-another-program"),
    # neither who acted nor from where
    pytest.param("kubernetes call", {f"{KUBERNETES_USER}.username": "intruder",
                                     f"{KUBERNETES_USER}.uid": "aws-iam-authenticator:111122223333:AROAOTHER",
                                     KEY: role("Admin", "any")},
                 id="another-kubernetes-user"),
    pytest.param("anonymous kubernetes call", {
        "service.action.kubernetesApiCallAction.sourceIPs": ["203.0.113.200"],
        "service.action.kubernetesApiCallAction.remoteIpDetails.ipAddressV4": "203.0.113.200",
    }, id="anonymous-from-elsewhere"),
    # not whom it talks to
    pytest.param("function", {CONNECTED_TO: "203.0.113.200"}, id="function-talking-to-somebody-else"),
    # who acted, and nothing of what it was done to or from where
    pytest.param("role", {CALLED_FROM: "203.0.113.200"}, id="role-from-elsewhere"),
    pytest.param("role", {"region": ELSEWHERE}, id="role-in-another-region"),
    pytest.param("bucket's policy", {"resource.s3BucketDetails.0.name": "customer-secrets",
                                     "resource.s3BucketDetails.0.arn": "arn:aws:s3:::customer-secrets"},
                 id="another-bucket"),
    # what it was done to, and nothing of who acted
    pytest.param("buckets' data", {KEY: role("Admin", "any")}, id="another-role-reads-the-buckets"),
    pytest.param("instance", {CONNECTED_TO: "203.0.113.200"}, id="instance-talking-to-somebody-else"),
    pytest.param("database", {
        "service.action.rdsLoginAttemptAction.remoteIpDetails.ipAddressV4": "203.0.113.200",
    }, id="login-from-elsewhere"),
    # not what runs in it
    pytest.param("task", {PROCESS: "/tmp/other"}, id="task-running-another-program"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "changes"), OTHERS_OF_THE_SAME_NAME)
def test_the_offered_rule_hides_nothing_else_of_the_same_name(
    trial: Trials, kind: str, changes: Changes
) -> None:
    assert not trial.hidden(KINDS[kind](changes), offered(trial, kind))
