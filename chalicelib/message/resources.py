"""What a resource reads like: kind, name and id, then what matters of it, in few words."""

from collections.abc import Callable, Mapping, Sequence

from chalicelib.finding.model import Detail, Finding, Resource
from chalicelib.finding.sessions import UNNAMED
from chalicelib.message import phrases
from chalicelib.text import words
from chalicelib.text.untrusted import code, inert

MATTERS: Mapping[str, Sequence[str]] = {
    "access_key": ("user_type", "principal_id"),
    "ec2_instance": (
        "instance_type",
        "instance_state",
        "public_address",
        "ipv6_address",
        "vpc",
        "security_group",
        "instance_profile",
        "launched",
    ),
    "ebs_volume": ("scan", "device", "snapshot"),
    "ecs_task": ("task_definition", "launch_type", "container", "image", "privileged", "host_path"),
    "eks_cluster": ("vpc",),
    "ecs_cluster": (),
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
    "s3_bucket": ("bucket_role", "public_access", "public_read", "public_write", "encryption"),
    "s3_object": ("hash", "version"),
    "ec2_network_interface": ("public_address", "ipv6_address", "vpc"),
}
"""Labels of the details that stand beside a resource, in their order; other kinds show their first ones."""

NOISE = frozenset({"availability_zone", "etag", "image_description"})
"""Labels of details that help nobody."""

_ROOT = "Root"
_HOLDERS = {
    _ROOT: "root_user",
    "IAMUser": "iam_user",
    "AssumedRole": "iam_role",
    "Role": "iam_role",
    "FederatedUser": "federated_user",
}
"""Whose an access key is, by GuardDuty's word for it."""
_FIRST_ONES = 6
_ARNS_BY_NAME = frozenset({"instance_profile", "role", "task_definition"})
_NAME = 64
_ID = 80
_BESIDE = 28
"""Characters of a role's name beside which a person or an account is named: the details have the whole of it."""


def kind(each: Resource, language: str) -> str:
    """Name a resource's kind, of an access key whose it is; one that we don't know reads as GuardDuty writes it."""
    own = _HOLDERS.get(detail(each, "user_type"), each.kind) if each.kind == "access_key" else each.kind
    if words.knows(words.KINDS, own):
        return words.kind(own, language)
    return inert(words.readable(own), 60) or words.label("resource", language)


def called(each: Resource) -> str:
    """Name it as people do: by its name, else by its id."""
    return each.name or each.ids[0]


def briefly(each: Resource, language: str, show: Callable[[str, int], str], limit: int = 60) -> str:
    """Name kind and name, made fit by ``show``; the root user has no name of its own."""
    own = kind(each, language)
    return own if detail(each, "user_type") == _ROOT else f"{own} {show(called(each), limit)}"


def named(each: Resource) -> str:
    """Name it in a list of its kind: the name, else the id."""
    return code(called(each), _NAME)


def named_whole(each: Resource) -> str:
    """Name it where it is described: name and id; the name alone where the id is an ARN."""
    if each.ids[0] == UNNAMED or not each.name or each.name in each.ids[0] or each.ids[0].startswith("arn:"):
        return named(each)
    return f"{named(each)} ({code(each.ids[0], _ID)})"


def thing(each: Resource, finding: Finding, language: str) -> str:
    """Name it whole: kind, name and id; of a user or role who it is, and the person behind it."""
    if each.kind == "access_key":
        return _holder(each, finding, language)
    return f"{kind(each, language)} {named_whole(each)}"


def _holder(each: Resource, finding: Finding, language: str) -> str:
    """Name who holds a key: the root user, an IAM user, or a role and its session."""
    who = kind(each, language)
    key, name = key_of(each), each.name or each.ids[0]
    if detail(each, "user_type") != _ROOT:
        who = f"{who} {phrases.known(name, finding, _BESIDE if each.person or _from_elsewhere(finding) else _NAME)}"
    if any(each.person in other.ids for other in finding.resources):
        return who  # EC2's own session: it is named by the instance, which the finding names itself
    if each.person and each.person != name:
        return _joined(who, "with_session", {"session": phrases.known(each.person, finding, _NAME)}, language)
    return _joined(who, "with_key", {"key": code(key, 60)}, language) if key and key != name else who


def _from_elsewhere(finding: Finding) -> bool:
    """Whether an account is named beside whoever called."""
    return any(each.account for each in finding.actors)


def _joined(who: str, key: str, values: Mapping[str, str], language: str) -> str:
    return words.sentence("comma", language, {}).join((who, words.sentence(key, language, values)))


def is_held(each: Resource) -> bool:
    """Know the key of a user or role; the root user has neither a name nor an id besides the account's."""
    return each.kind == "access_key" and detail(each, "user_type") != _ROOT


def key_of(each: Resource) -> str:
    """Read the id of an access key, which is to be revoked."""
    return next((name for name in each.ids if name[:4] in ("AKIA", "ASIA")), "")


def detail(each: Resource, label: str) -> str:
    """Read the first value of a detail; empty where there is none."""
    return next((one.value for one in each.details if one.label == label), "")


def facts(each: Resource, finding: Finding, language: str, said: str = "") -> tuple[list[str], int]:
    """Say what matters of a resource, and count the details that are left out.

    Args:
        said: what the reader knows already: a value in it is not said again.
    """
    shown = _shown(each)
    own = {each.ids[0], each.name}
    useful = [
        (label, one)
        for label, one in phrases.counted(each.details)
        if label not in NOISE
        and one.value not in own
        and (len(one.value) < 6 or not phrases.says(said, one.value))
    ]
    matters = sorted(
        ((label, one) for label, one in useful if label in shown), key=lambda pair: shown.index(pair[0])
    )
    found = [_briefly(one) for _, one in matters]
    where = elsewhere(each, finding, language, said)
    return [*where, *phrases.briefs(found, finding, language)], len(useful) - len(matters)


def elsewhere(each: Resource, finding: Finding, language: str, said: str) -> list[str]:
    """Say in which other account or region it is; of an account that is named above only that it is another."""
    found = []
    if each.account_id not in ("", finding.account_id):
        other = phrases.briefs([Detail("account", each.account_id)], finding, language)
        found += [words.sentence("other_account", language, {})] if each.account_id in said else other
    if each.region not in ("", finding.region):
        found += phrases.briefs([Detail("region", each.region)], finding, language)
    return found


def _shown(each: Resource) -> Sequence[str]:
    """Name the labels that stand beside a resource."""
    if each.kind in MATTERS:
        return MATTERS[each.kind]
    labels = dict.fromkeys(label for label, _ in phrases.counted(each.details))
    return [label for label in labels if label not in NOISE][:_FIRST_ONES]


def _briefly(one: Detail) -> Detail:
    """Name a role and the like instead of quoting its ARN, whose account and path are the resource's own."""
    name = one.value.rpartition("/")[2]
    is_arn = one.label in _ARNS_BY_NAME and one.value.startswith("arn:")
    return one._replace(value=name) if is_arn and name else one
