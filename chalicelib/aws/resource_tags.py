"""Tags of resources that came without any, asked where they live.

https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html (one region, one account)
https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUserTags.html and API_ListRoleTags.html, because
GetResources returns nothing for IAM users and roles.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from chalicelib.aws.clients import client, client_as, transient_as_unavailable
from chalicelib.finding.model import Finding, Resource

_ARN = re.compile(
    r"arn:[\w-]+:[\w-]+:[\w-]*:\d*:\S+"
)  # a malformed one makes GetResources refuse all the others
_MOST_ARNS = 100  # GetResources takes no more at once
_NOT_TAGGABLE = frozenset({"s3_object", "bedrock_model", "kubernetes_workload", "container"})

Tags = dict[str, dict[str, str]]
"""Resource id → its tags."""

Clients = Callable[[str, str | None], Any]
"""Service, region (None: no matter) → client."""


def own_clients() -> Clients:
    """Clients of the function's own account."""
    return client


def member_clients(finding: Finding, role_name: str) -> Clients:
    """Clients of the finding's account, through the role that it gives to its GuardDuty administrator."""
    with transient_as_unavailable("sts:AssumeRole"):
        credentials = client("sts").assume_role(
            RoleArn=f"arn:{finding.partition}:iam::{finding.account_id}:role/{role_name}",
            RoleSessionName="guardduty-notifier",
        )["Credentials"]
    return lambda service, region: client_as(service, region, credentials)


def untagged(finding: Finding) -> tuple[Resource, ...]:
    """Name the resources whose tags AWS can be asked for: in the finding's account, without tags in the finding."""
    return tuple(
        resource
        for resource in finding.resources
        if not resource.tags
        and resource.account_id in ("", finding.account_id)
        and (resource.kind == "access_key" or _has_taggable_arn(resource))
    )


def look_up(finding: Finding, resources: tuple[Resource, ...], clients: Clients) -> Tags:
    """Ask for the tags of resources; raises AWSUnavailable when AWS throttles, botocore's error when it refuses."""
    arns = [resource.arn for resource in resources if _has_taggable_arn(resource)][:_MOST_ARNS]
    tags = _tags_by_arn(arns, clients("resourcegroupstaggingapi", finding.region)) if arns else {}
    principals = [resource for resource in resources if resource.kind == "access_key"]
    return tags | {
        principal.ids[0]: found
        for principal in principals
        if (found := _tags_of_principal(principal, clients))
    }


def _has_taggable_arn(resource: Resource) -> bool:
    return resource.kind not in _NOT_TAGGABLE and bool(_ARN.fullmatch(resource.arn))


def _tags_by_arn(arns: list[str], tagging: Any) -> Tags:
    with transient_as_unavailable("tag:GetResources"):
        found = tagging.get_resources(ResourceARNList=arns)["ResourceTagMappingList"]
    return {mapping["ResourceARN"]: _plain(mapping["Tags"]) for mapping in found if mapping["Tags"]}


def _tags_of_principal(principal: Resource, clients: Clients) -> dict[str, str]:
    name = principal.name
    kind = next((detail.value for detail in principal.details if detail.label == "user_type"), "")
    if not name:
        return {}
    if kind == "IAMUser":
        with transient_as_unavailable("iam:ListUserTags"):
            return _plain(clients("iam", None).list_user_tags(UserName=name)["Tags"])
    if kind in ("Role", "AssumedRole"):
        with transient_as_unavailable("iam:ListRoleTags"):
            return _plain(clients("iam", None).list_role_tags(RoleName=name)["Tags"])
    return {}


def _plain(tags: list[Mapping[str, str]]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in tags}
