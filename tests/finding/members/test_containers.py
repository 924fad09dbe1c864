"""Clusters, tasks, workloads, containers and images, each by its own name."""

from typing import Any

import pytest

from chalicelib.finding.members.containers import pod_owners, untagged
from chalicelib.finding.model import Things
from tests.finding.members.common import HERE, listed, named

DEFINITION = f"arn:aws:ecs:eu-west-1:{HERE}:task-definition/nightly"
IMAGE = "example.com:5000/team/api"


def task(**members: Any) -> dict[str, Any]:
    return {"ecsClusterDetails": {"name": "batch", "taskDetails": members}}


def workload(**members: Any) -> dict[str, Any]:
    return {"kubernetesDetails": {"kubernetesWorkloadDetails": members}}


POD = workload(
    name="api-x7k2p", type="pods", namespace="pay", serviceAccountName="api", containers=[{"name": "a"}]
)
ALONE = {"containerDetails": {"name": "own", "image": f"{IMAGE}:1.2"}}


@pytest.mark.parametrize(
    ("condition", "resource", "things"),
    [
        pytest.param("cluster", {"eksClusterDetails": {"name": "prod"}}, (("prod",),), id="eks"),
        pytest.param("cluster", task(), (("batch",),), id="ecs"),
        pytest.param("ecs_service", task(group="service:nightly"), (("nightly",),), id="service"),
        pytest.param("ecs_service", task(group="family:nightly"), ((),), id="task-of-no-service"),
        pytest.param("ecs_service", task(arn="x"), ((),), id="task-of-no-group"),
        pytest.param(
            "task_definition", task(definitionArn=f"{DEFINITION}:12"),
            ((f"{DEFINITION}:12", "nightly:12", DEFINITION, "nightly"),), id="definition-with-and-without-revision",
        ),
        pytest.param("task_definition", task(arn="x"), ((),), id="no-definition"),
        pytest.param("namespace", POD, (("pay",),), id="namespace"),
        pytest.param("namespace", workload(name="api"), ((),), id="no-namespace"),
        pytest.param("service_account", POD, (("api",),), id="service-account"),
        pytest.param("workload", POD, (("api-x7k2p", "api"),), id="pod"),
        pytest.param("workload", workload(name="api-x7k2p", type="deployments"), (("api-x7k2p",),), id="no-pod"),
        pytest.param("workload", workload(namespace="pay"), ((),), id="workload-without-a-name"),
        pytest.param("container", POD, (("a",),), id="container-of-a-pod"),
        pytest.param("container", POD | ALONE, (("own",),), id="its-own-container"),
        pytest.param("container", workload(name="api", containers=[]), ((),), id="workload-without-containers"),
        pytest.param("container", task(containers=[{"name": "a"}, {"image": "b"}]), (("a",), ()), id="each-of-a-task"),
        pytest.param("image", ALONE, ((f"{IMAGE}:1.2", IMAGE),), id="image-with-and-without-tag"),
        pytest.param("image", POD, ((),), id="no-image-said"),
    ],
)  # fmt: skip
def test_of_a_finding(condition: str, resource: dict[str, Any], things: Things) -> None:
    assert named(condition, resource) == things


@pytest.mark.parametrize(
    ("condition", "resource", "things"),
    [
        pytest.param("cluster", listed("EKS_CLUSTER", "x", "prod"), (("prod",),), id="cluster"),
        pytest.param("cluster", listed("ECS_CLUSTER", f"arn:aws:ecs:r:{HERE}:cluster/b", "x"), (("b",),), id="by-arn"),
        pytest.param("ecs_service", listed("ECS_TASK", "x"), ((),), id="service-is-not-said"),
        pytest.param("task_definition", listed("ECS_TASK", "x", taskDefinitionArn=f"{DEFINITION}:1"),
                     ((f"{DEFINITION}:1", "nightly:1", DEFINITION, "nightly"),), id="definition"),
        pytest.param("namespace", listed("KUBERNETES_WORKLOAD", "x", "api", namespace="pay"), (("pay",),), id="space"),
        pytest.param("service_account", listed("KUBERNETES_WORKLOAD", "x"), ((),), id="account-is-not-said"),
        pytest.param("workload", listed("KUBERNETES_WORKLOAD", "x", "api-x7k2p", type="PODS"),
                     (("api-x7k2p", "api"),), id="pod"),
        pytest.param("container", listed("CONTAINER", "x", "api"), (("api",),), id="container"),
        pytest.param("image", listed("CONTAINER", "x", "api", image=IMAGE), ((IMAGE,),), id="image"),
    ],
)  # fmt: skip
def test_of_a_sequence(condition: str, resource: dict[str, Any], things: Things) -> None:
    assert named(condition, resources=[resource]) == things


@pytest.mark.parametrize(
    ("pod", "owner"),
    [
        pytest.param("falco-x7k2p", "falco", id="daemon-set"),
        pytest.param("api-7d9f8c6b5d-x7k2p", "api", id="deployment"),
        pytest.param("api-v2-7d9f8c6b-x7k2p", "api-v2", id="short-hash"),
        pytest.param("db-0", "db", id="stateful-set"),
        pytest.param("report-28812345-x7k2p", "report", id="cron-job"),
        pytest.param("api-aeiou", "", id="letters-that-no-suffix-has"),
        pytest.param("api-x7k2", "", id="too-short"),
        pytest.param("api", "", id="no-suffix"),
        pytest.param("-x7k2p", "", id="nothing-but-a-suffix"),
    ],
)
def test_who_made_a_pod(pod: str, owner: str) -> None:
    assert next(pod_owners(pod), "") == owner


@pytest.mark.parametrize(
    ("image", "plain"),
    [
        ("nginx", "nginx"),
        ("nginx:1.27", "nginx"),
        ("example.com:5000/nginx", "example.com:5000/nginx"),
        ("example.com:5000/nginx:1.27", "example.com:5000/nginx"),
        ("nginx@sha256:0123", "nginx"),
        ("nginx:1.27@sha256:0123", "nginx"),
    ],
)
def test_an_image_without_tag_and_digest(image: str, plain: str) -> None:
    assert untagged(image) == plain
