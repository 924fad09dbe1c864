"""What the rule that is offered says of a finding, for each kind of finding: what makes the next one another.

What our side is goes in. What strangers chose stays out, unless the finding is about them.
"""

import re
from collections.abc import Callable
from typing import Final, NamedTuple

from chalicelib.finding.made_ids import unqualified
from chalicelib.finding.model import Finding, Severity, Thing
from chalicelib.rules.breadth import Wanted
from chalicelib.rules.table import SSO_ROLE

MOST_VALUES: Final = 20
"""Values of one condition: a longer list nobody reads before adding it."""

_MALWARE: Final = re.compile(r"/(Malicious|Suspicious)File(!|\Z)")
_WHERE_FROM: Final = re.compile(r"IPCaller|ConsoleLogin|CredentialExfiltration")


class OfferedKind(NamedTuple):
    """A kind of finding: how it is known, which thing of ours it is about, and what is said beside that."""

    known: Callable[[Finding, frozenset[str]], bool]
    """Whether a finding is of this kind, by itself and the kinds of its resources."""
    ours: Callable[[Finding], Wanted]
    beside: Callable[[Finding], Wanted]


def conditions_for(finding: Finding) -> Wanted:
    """Name the conditions and their literal values; none where only the finding's id says it.

    These are findings of several things at once (attack sequences), those that nobody should hide by kind
    (Critical), those that are not whole, and those of which we do not know, or the finding does not say, what
    makes the next one another.
    """
    ours, beside = parts_for(finding)
    return {**ours, **beside}


def parts_for(finding: Finding) -> tuple[Wanted, Wanted]:
    """Name them in two parts: which thing of ours it is, and what is said beside that; none where one can't be."""
    kinds = frozenset(resource.kind for resource in finding.resources)
    if kinds - KNOWN_KINDS or not _is_one_thing(finding):
        return {}, {}
    kind = next((kind for kind in KINDS if kind.known(finding, kinds)), None)
    ours, beside = (kind.ours(finding), kind.beside(finding)) if kind else ({}, {})
    return (ours, beside) if can_be_said(ours) and can_be_said(beside) else ({}, {})


def _is_one_thing(finding: Finding) -> bool:
    whole = not (finding.shortened or finding.identifiers_only)
    sequence = finding.type.startswith("AttackSequence:") or bool(finding.signals)
    return whole and not sequence and len(finding.accounts) <= 1 and finding.band is not Severity.CRITICAL


def can_be_said(said: Wanted) -> bool:
    """Whether each condition has values, not too many, and none of a thing without a name."""
    return all(0 < len(values) <= MOST_VALUES and all(values) for values in said.values())


def _first(thing: Thing) -> str:
    return thing[0]


def _names(finding: Finding, condition: str, choose: Callable[[Thing], str] = _first) -> tuple[str, ...]:
    """Choose a name of each thing; an empty one, which can't be said, where a thing has none."""
    things = finding.members.get(condition, ())
    return tuple(dict.fromkeys(choose(thing) if thing else "" for thing in things))


def _where_named(finding: Finding, *conditions: str) -> Wanted:
    """Name the things of those conditions of which the finding says all."""
    named = {condition: _names(finding, condition) for condition in conditions}
    return {condition: names for condition, names in named.items() if names and all(names)}


# --- which thing of ours


def _nothing(_: Finding) -> Wanted:
    return {}


def _arns(finding: Finding, kind: str) -> tuple[str, ...]:
    """Find the ARN of the one resource of a kind; nothing where there are several."""
    arns = [each.arn for each in finding.resources if each.kind == kind and not each.listed]
    return tuple(map(unqualified, arns)) if len(arns) == 1 else ()


def _by_arn(kind: str) -> Callable[[Finding], Wanted]:
    return lambda finding: {"resource_id": _arns(finding, kind)}


def _buckets(finding: Finding) -> Wanted:
    arns = (each.arn for each in finding.resources if each.kind == "s3_bucket")
    return {"resource_id": tuple(dict.fromkeys(arns))}


def _instance(finding: Finding) -> Wanted:
    ids = [each.ids[0] for each in finding.resources if each.kind == "ec2_instance"]
    return {"resource_id": tuple(ids) if len(ids) == 1 else ()}


def _container(finding: Finding) -> Wanted:
    of_it = {condition: _names(finding, condition) for condition in ("container", "image")}
    return {**_instance(finding), **of_it}


def _pod(finding: Finding) -> Wanted:
    """Name the workload that made the pod, as its next pod has it too; a pod that shows none, by its account."""
    account = _where_named(finding, "service_account")
    of_its_own = bool(account) and "default" not in account["service_account"]
    by_account = finding.lone_pod and of_its_own
    workload = () if finding.lone_pod else _names(finding, "workload", lambda thing: thing[:2][-1])
    return {
        "resource_id": _arns(finding, "eks_cluster"),
        "namespace": _names(finding, "namespace"),
        **({} if by_account else {"workload": workload}),
        **account,
        "image": _names(finding, "image"),
    }


def _task(finding: Finding) -> Wanted:
    return {
        "resource_id": _arns(finding, "ecs_cluster"),
        **_where_named(finding, "ecs_service"),
        "task_definition": _names(finding, "task_definition", lambda thing: thing[-1]),
        "container": _names(finding, "container"),
    }


def _kubernetes_call(finding: Finding) -> Wanted:
    return {"resource_id": _arns(finding, "eks_cluster"), **_where_named(finding, "namespace", "api")}


def _guardrail(finding: Finding) -> Wanted:
    """Name the guardrail that was tampered with: other than keys, a finding about credentials has but that."""
    there = any(each.kind == "bedrock_guardrail" for each in finding.resources)
    return {"resource_id": _arns(finding, "bedrock_guardrail")} if there else {}


# --- what is said beside it


def _files(finding: Finding) -> Wanted:
    return {"file_hash": _names(finding, "file_hash")}


def _is_malware(finding: Finding) -> bool:
    scanned = {"file_hash", "threat_name"} & finding.members.keys()
    volumes = any(each.kind == "ebs_volume" for each in finding.resources)
    return bool(scanned) or volumes or bool(_MALWARE.search(finding.type))


def _addresses(finding: Finding) -> Wanted:
    hosts = finding.members.get("actor_ip", ())
    return {"actor_ip": tuple(dict.fromkeys(address for host in hosts for address in host))}


def _what_runs(finding: Finding) -> Wanted:
    """Name the infected files, else the program, and whom it talks to where it was our side that called."""
    if _is_malware(finding):
        return _files(finding)
    program = {"process_path": _names(finding, "process_path")} if "process_path" in finding.members else {}
    return {**program, **(other_side(finding) if finding.outbound else {})}


def other_side(finding: Finding) -> Wanted:
    """Name the hosts that it talks to, or that called: by domain where no address is known."""
    domains: Wanted = {"domain": finding.domains} if finding.domains else {}
    return domains if domains and not finding.actor_ips else {**domains, **_addresses(finding)}


def _files_or_caller(finding: Finding) -> Wanted:
    return _files(finding) if _is_malware(finding) else _caller_of_bucket(finding)


# --- who called

_ANONYMOUS: Final = "system:anonymous"
"""What Kubernetes calls everybody who does not say who they are."""


def _aws_caller(finding: Finding) -> Wanted:
    return _caller(finding, unknown=lambda names: not any(name.startswith("arn:") for name in names))


def _kubernetes_caller(finding: Finding) -> Wanted:
    return _caller(finding, unknown=lambda names: _ANONYMOUS in names)


def _caller(finding: Finding, unknown: Callable[[Thing], bool]) -> Wanted:
    """Name who called: of a role no session, but of a person's role the person's.

    Where the name does not say who it was, or the finding is about that, it is also said where from.
    """
    callers = finding.members.get("principal", ())
    person = any(map(_is_of_identity_center, callers))
    other = _other_account(finding)
    anybody = any(map(unknown, callers)) and not other
    whence = anybody or _is_about_whence(finding) or any(map(_is_root, callers))
    return {
        "principal": _names(finding, "principal", _principal),
        **({"session_name": _names(finding, "session_name")} if person else {}),
        **other,
        **(_addresses(finding) if whence else {}),
    }


def _caller_of_bucket(finding: Finding) -> Wanted:
    """Name who called; a caller without a name of its own by its account, else by where it came from."""
    callers = finding.members.get("principal", ())
    if callers and all(callers):
        return _aws_caller(finding)
    other = _other_account(finding)
    return other if other and not _is_about_whence(finding) else {**other, **_addresses(finding)}


def _principal(names: Thing) -> str:
    """Choose the ARN, by which a role is no user of its name; of root, and of people with a role, the name."""
    if _is_root(names):
        return "root"
    arn = next((name for name in names if ":iam:" in name and name.startswith("arn:")), "")
    return arn if arn and not _is_of_identity_center(names) else names[0]


def _is_root(names: Thing) -> bool:
    return "root" in names and any(name.startswith("arn:") for name in names)


def _is_of_identity_center(names: Thing) -> bool:
    return any(name.rpartition("/")[2].startswith(SSO_ROLE) for name in names)


def _other_account(finding: Finding) -> Wanted:
    accounts = _names(finding, "remote_account_id")
    return {"remote_account_id": accounts} if any(each != finding.account_id for each in accounts) else {}


def _is_about_whence(finding: Finding) -> bool:
    return _WHERE_FROM.search(finding.type) is not None


# --- the kinds


def _has(*wanted: str) -> Callable[[Finding, frozenset[str]], bool]:
    return lambda _, kinds: not kinds.isdisjoint(wanted)


def _is_kubernetes_call(finding: Finding, kinds: frozenset[str]) -> bool:
    return "eks_cluster" in kinds and ("kubernetes_user" in kinds or "api" in finding.members)


def _is_about_credentials(finding: Finding, _: frozenset[str]) -> bool:
    return any(resource.kind == "access_key" for resource in finding.resources[:1])


def _is_without_credentials(wanted: str) -> Callable[[Finding, frozenset[str]], bool]:
    return lambda _, kinds: wanted in kinds and "access_key" not in kinds


KINDS: Final = (
    OfferedKind(_has("recovery_point"), _by_arn("recovery_point"), _files),
    OfferedKind(_has("ec2_image"), _by_arn("ec2_image"), _files),
    OfferedKind(_has("ebs_snapshot"), _by_arn("ebs_snapshot"), _files),
    OfferedKind(_has("s3_bucket", "s3_object"), _buckets, _files_or_caller),
    OfferedKind(_is_kubernetes_call, _kubernetes_call, _kubernetes_caller),
    OfferedKind(_is_about_credentials, _guardrail, _aws_caller),
    OfferedKind(_is_without_credentials("rds_instance"), _by_arn("rds_instance"), _addresses),
    OfferedKind(_is_without_credentials("rds_limitless"), _by_arn("rds_limitless"), _addresses),
    OfferedKind(_is_without_credentials("kubernetes_workload"), _pod, _what_runs),
    OfferedKind(_is_without_credentials("ecs_cluster"), _task, _what_runs),
    OfferedKind(_is_without_credentials("lambda_function"), _by_arn("lambda_function"), _what_runs),
    OfferedKind(_is_without_credentials("container"), _container, _what_runs),
    OfferedKind(_is_without_credentials("ec2_instance"), _instance, _what_runs),
)
"""The first that a finding is of counts: what is more particular stands before what it is part of."""

KNOWN_KINDS: Final = frozenset(
    {
        *("access_key", "bedrock_guardrail", "bedrock_model", "container", "ebs_snapshot", "ebs_volume"),
        *("ec2_image", "ec2_instance", "ecs_cluster", "ecs_task", "eks_cluster", "kubernetes_user"),
        *("kubernetes_workload", "lambda_function", "rds_instance", "rds_limitless", "rds_user"),
        *("recovery_point", "s3_bucket", "s3_object"),
    }
)
"""Of any other, nobody knows what makes the next finding another."""
