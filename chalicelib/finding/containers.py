"""What runs in containers: clusters of EKS and ECS, workloads of Kubernetes, tasks, containers."""

from collections.abc import Iterator
from typing import Final

from chalicelib.finding.arns import Place, arn_id, at_arn
from chalicelib.finding.fields import Members, Row, details, found, only_true, records, text, time, word
from chalicelib.finding.identity import kubernetes_user
from chalicelib.finding.making import make, named
from chalicelib.finding.model import Resource

EKS_CLUSTER: Final = (
    word("status", "status"),
    Row("vpc", "vpcId"),
    time("created", "createdAt"),
)


def eks_cluster(members: Members, place: Place) -> Iterator[Resource]:
    """Read a cluster of EKS."""
    return named("eks_cluster", members, place, EKS_CLUSTER, "name", "arn")


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


def kubernetes(members: Members, place: Place) -> Iterator[Resource]:
    """Read workloads, then users."""
    for workload in records(members.get("kubernetesWorkloadDetails")):
        yield from _workload(workload, place)
    for user in records(members.get("kubernetesUserDetails")):
        yield from kubernetes_user(user, place)


def _workload(members: Members, place: Place) -> Iterator[Resource]:
    name, namespace = text(members.get("name")), text(members.get("namespace"))
    path = f"{namespace}/{name}" if namespace and name else ""
    ids = [name, path, text(members.get("uid"))]
    return make("kubernetes_workload", ids, place, described=details(members, *WORKLOAD))


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


def ecs_cluster(members: Members, place: Place) -> Iterator[Resource]:
    """Read a cluster of ECS and its tasks."""
    yield from named("ecs_cluster", members, place, ECS_CLUSTER, "name", "arn")
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


def container(members: Members, place: Place) -> Iterator[Resource]:
    """Read a container."""
    ids = found(members, "name", "image", "id", "imageUid")
    return make("container", ids, place, described=details(members, *CONTAINER))
