"""What a resource reads like: kind, name and id, then what matters of it; the rest stands in the details."""

from collections.abc import Mapping, Sequence

from chalicelib.finding.model import Detail, Finding, Resource
from chalicelib.message import phrases
from chalicelib.text import words
from chalicelib.text.untrusted import code, inert, width

MATTERS: Mapping[str, Sequence[str]] = {
    "ec2_instance": (
        "instance_type",
        "public_address",
        "private_address",
        "ipv6_address",
        "vpc",
        "security_group",
        "instance_profile",
        "launched",
    ),
    "ebs_volume": ("scan", "device", "volume_type", "size_gb", "encryption"),
    "ecs_task": (
        "task_definition",
        "launch_type",
        "container",
        "image",
        "privileged",
        "host_path",
        "started_by",
        "started",
    ),
    "kubernetes_workload": (
        "workload_type",
        "namespace",
        "service_account",
        "image",
        "privileged",
        "privilege_escalation",
        "host_network",
        "host_ipc",
        "host_pid",
        "host_path",
    ),
    "lambda_function": ("version", "role", "vpc", "security_group", "modified"),
    "s3_bucket": ("bucket_role", "public_access", "public_read", "public_write", "encryption", "created"),
}
"""Labels of the details that stand beside a resource, in their order; other kinds show their first ones."""

FIRST_ONES = 8
NOISE = frozenset({"availability_zone", "etag", "image_description"})
"""Labels of details that help nobody."""

_ARNS_BY_NAME = frozenset({"instance_profile", "role", "task_definition"})
_REST_ROOM = 400


def kind(each: Resource, language: str) -> str:
    """Name a resource's kind; one that we don't know reads as GuardDuty writes it."""
    if words.knows(words.KINDS, each.kind):
        return words.kind(each.kind, language)
    return inert(words.readable(each.kind), 60) or words.label("resource", language)


def described(each: Resource, finding: Finding, language: str, room: int) -> str:
    """Describe a resource: kind, name and id, then the details that matter, in at most ``room`` units."""
    head = _head(each, language)
    elsewhere = [
        Detail("account", each.account_id if each.account_id not in ("", finding.account_id) else ""),
        Detail("region", each.region if each.region not in ("", finding.region) else ""),
    ]
    said = {each.ids[0], each.name}
    matters = [
        detail for detail in (*elsewhere, *_matters(each)) if detail.value and detail.value not in said
    ]
    below = phrases.fit(
        phrases.details(matters, finding, language), room - width(head) - 1, language, phrases.BETWEEN
    )
    return f"{head}\n{below}" if below else head


def rest(resources: Sequence[Resource], finding: Finding, language: str) -> list[str]:
    """Describe what else is known of the resources, a line each, which names it where there are several."""
    return [
        ": ".join(filter(None, (_head(each, language) if len(resources) > 1 else "", said)))
        for each in resources
        if (said := _rest(each, finding, language))
    ]


def _rest(each: Resource, finding: Finding, language: str) -> str:
    shown = _shown(each)
    left = [
        detail
        for label, detail in phrases.counted(each.details)
        if label not in shown and label not in NOISE and detail.value not in (each.ids[0], each.name)
    ]
    return phrases.fit(phrases.details(left, finding, language), _REST_ROOM, language, phrases.BETWEEN)


def _head(each: Resource, language: str) -> str:
    name = code(phrases.named(each.name, each.ids[0]), phrases.VALUE_LIMIT)
    return f"*{kind(each, language)}* {name}".rstrip()


def _matters(each: Resource) -> list[Detail]:
    shown = _shown(each)
    found = [
        (shown.index(label), detail) for label, detail in phrases.counted(each.details) if label in shown
    ]
    return [_briefly(detail) for _, detail in sorted(found, key=lambda pair: pair[0])]


def _shown(each: Resource) -> Sequence[str]:
    """Name the labels that stand beside a resource."""
    if each.kind in MATTERS:
        return MATTERS[each.kind]
    labels = dict.fromkeys(label for label, _ in phrases.counted(each.details))
    return [label for label in labels if label not in NOISE][:FIRST_ONES]


def _briefly(detail: Detail) -> Detail:
    """Name a role and the like instead of quoting its ARN, whose account and path are the resource's own."""
    name = detail.value.rpartition("/")[2]
    is_arn = detail.label in _ARNS_BY_NAME and detail.value.startswith("arn:")
    return detail._replace(value=name) if is_arn and name else detail
