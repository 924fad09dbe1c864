"""What runs in containers: clusters, tasks, workloads, containers and their images."""

import re
from collections.abc import Iterator
from typing import Final

from chalicelib.finding.arns import arn_id
from chalicelib.finding.fields import Members, at, first, records, text, unique
from chalicelib.finding.members.parts import Parts, each, first_of, of_kind
from chalicelib.finding.model import Thing, Things

_TASKS: Final = "ecsClusterDetails.taskDetails"
_WORKLOADS: Final = "kubernetesDetails.kubernetesWorkloadDetails"


def clusters(parts: Parts) -> Things:
    """Read the name of each cluster, of EKS and of ECS."""
    kinds = ("eksClusterDetails", "ecsClusterDetails")
    own = (name for kind in kinds for name in each(records(parts.resource.get(kind)), "name"))
    listed = (found for kind in ("eks_cluster", "ecs_cluster") for found in of_kind(parts, kind))
    named = (
        first_of([arn_id(first(found.members, "uid", "data.eksCluster.arn")), first(found.members, "name")])
        for found in listed
    )
    return (*own, *named)


def _tasks(parts: Parts) -> list[Members]:
    return records(at(parts.resource, _TASKS))


def ecs_services(parts: Parts) -> Things:
    """Read the service of each task; a task that belongs to none has none, and a sequence says none."""
    own = (_service(text(task.get("group"))) for task in _tasks(parts))
    return (*own, *(() for _ in of_kind(parts, "ecs_task")))


def _service(group: str) -> Thing:
    kind, _, name = group.partition(":")
    return (name,) if kind == "service" and name else ()


def task_definitions(parts: Parts) -> Things:
    """Read the definition of each task: its ARN, its family, and both with and without the revision."""
    own = (first(task, "definitionArn") for task in _tasks(parts))
    listed = (first(task.data, "taskDefinitionArn") for task in of_kind(parts, "ecs_task"))
    return tuple(_definition(arn) for arn in (*own, *listed))


def _definition(arn: str) -> Thing:
    named = (arn, arn_id(arn))
    revision = r":[0-9]+\Z"
    return tuple(unique([*named, *(re.sub(revision, "", name) for name in named)]))


def _workloads(parts: Parts) -> list[Members]:
    return records(at(parts.resource, _WORKLOADS))


def namespaces(parts: Parts) -> Things:
    """Read the namespace of each workload."""
    listed = (workload.data for workload in of_kind(parts, "kubernetes_workload"))
    return (*each(_workloads(parts), "namespace"), *each(listed, "namespace"))


def service_accounts(parts: Parts) -> Things:
    """Read the service account of each workload; a sequence says none."""
    own = each(_workloads(parts), "serviceAccountName")
    return (*own, *(() for _ in of_kind(parts, "kubernetes_workload")))


def workloads(parts: Parts) -> Things:
    """Read the name of each workload; a pod also by the workload that made it."""
    own = ((text(each.get("name")), text(each.get("type"))) for each in _workloads(parts))
    listed = of_kind(parts, "kubernetes_workload")
    said = ((first(each.members, "name"), first(each.data, "type")) for each in listed)
    return tuple(_workload(name, kind) for name, kind in (*own, *said))


def _workload(name: str, kind: str) -> Thing:
    return tuple(unique([name, *(pod_owners(name) if _is_pod(kind) else ())]))


def _is_pod(kind: str) -> bool:
    return kind.lower() == "pods"


def is_lone_pod(parts: Parts) -> bool:
    """Say whether a pod is among the workloads whose name does not show which workload made it."""
    pods = (text(each.get("name")) for each in _workloads(parts) if _is_pod(text(each.get("type"))))
    return any(not any(pod_owners(name)) for name in pods)


_RANDOM: Final = "[bcdfghjklmnpqrstvwxz2456789]"
"""What Kubernetes makes suffixes of: https://github.com/kubernetes/apimachinery/blob/master/pkg/util/rand/rand.go."""

APPENDED: Final = (
    rf"-{_RANDOM}{{8,10}}-{_RANDOM}{{5}}",  # a ReplicaSet's, of a Deployment
    rf"-[0-9]{{8}}-{_RANDOM}{{5}}",  # a Job's, of a CronJob
    r"-[0-9]+",  # a StatefulSet's
    rf"-{_RANDOM}{{5}}",  # a DaemonSet's or a Job's
)
"""What stands in a pod's name behind that of the workload that made it."""


def pod_owners(name: str) -> Iterator[str]:
    """Name the workloads that may have made a pod of this name, the likeliest first."""
    for appended in APPENDED:
        if made := re.fullmatch(f"(.+?){appended}", name):
            yield made[1]


def containers(parts: Parts) -> Things:
    """Read the name of each container."""
    listed = (container.members for container in of_kind(parts, "container"))
    return (*each(_containers(parts), "name"), *each(listed, "name"))


def images(parts: Parts) -> Things:
    """Read the image of each container, with and without tag and digest."""
    listed = (container.data for container in of_kind(parts, "container"))
    said = (first(container, "image") for container in (*_containers(parts), *listed))
    return tuple(tuple(unique([image, untagged(image)])) for image in said)


def untagged(image: str) -> str:
    """Leave out tag and digest of an image's reference."""
    return re.sub(r":[^:/]*\Z", "", image.partition("@")[0])


def _containers(parts: Parts) -> list[Members]:
    """Find the finding's container, else each of its tasks and workloads; one that lists none is one without a name."""
    if own := records(parts.resource.get("containerDetails")):
        return own
    holders = (*_tasks(parts), *_workloads(parts))
    return [found for holder in holders for found in records(holder.get("containers")) or [{}]]
