"""Addresses of pages in AWS's consoles, right for the finding's partition.

Only texts of known shape get into an address, so that nobody can lead a reader elsewhere.
"""

import re
from urllib.parse import quote

from chalicelib.finding.model import Finding, Resource

URL_LIMIT = 3000
"""Characters of a button's URL: https://docs.slack.dev/reference/block-kit/block-elements/button-element."""

_HOSTS = {
    "aws": "https://{region}.console.aws.amazon.com",
    "aws-us-gov": "https://console.amazonaws-us-gov.com",
    "aws-cn": "https://console.amazonaws.cn",
}
# GuardDuty's own links in Security Hub have the first form; the other partitions know the search only.
_FINDING = {
    "aws": "#/findings?macros=current&fId={id}",
    "aws-us-gov": "#/findings?search=id%3D{id}",
    "aws-cn": "#/findings?search=id%3D{id}",
}
_REGION = re.compile(r"[a-z]{2,}(?:-[a-z]+)+-\d+")
_EXECUTION = re.compile(r"arn:(aws[a-z-]*):states:([a-z0-9-]+):\d{12}:execution:[\w.:-]+")
_FINDING_ARN = re.compile(r"arn:(aws[a-z-]*):guardduty:([a-z0-9-]+):\d{12}:detector/[\w-]+/finding/([\w-]+)")
_STATES_ACCOUNT = re.compile(r"arn:aws[a-z-]*:states:[a-z0-9-]+:(\d{12}):")
_ADDRESS = re.compile(r"https://[!-;=?-{}~]{1,3000}")
_PORTAL = re.compile(r"https://[A-Za-z0-9.-]+")

_RESOURCE_PAGES = {
    "ec2_instance": "/ec2/home?region={region}#InstanceDetails:instanceId={id}",
    "ebs_volume": "/ec2/home?region={region}#VolumeDetails:volumeId={id}",
    "ebs_snapshot": "/ec2/home?region={region}#SnapshotDetails:snapshotId={id}",
    "ec2_image": "/ec2/home?region={region}#ImageDetails:imageId={id}",
    "s3_bucket": "/s3/buckets/{id}?region={region}",
    "eks_cluster": "/eks/home?region={region}#/clusters/{id}",
    "ecs_cluster": "/ecs/v2/clusters/{id}/services?region={region}",
    "lambda_function": "/lambda/home?region={region}#/functions/{id}",
    "rds_instance": "/rds/home?region={region}#database:id={id}",
}
_IAM_PAGES = {
    "IAMUser": "/iam/home?region={region}#/users/details/{id}",
    "AssumedRole": "/iam/home?region={region}#/roles/details/{id}",
    "Role": "/iam/home?region={region}#/roles/details/{id}",
}


def is_address(url: str) -> bool:
    """Know an address that opens, and ends no link of Slack's: neither spaces nor ``<``, ``>`` and ``|`` in it."""
    return _ADDRESS.fullmatch(url) is not None


def is_region(name: str) -> bool:
    """Know a name that has a region's form."""
    return _REGION.fullmatch(name) is not None


def opens(url: str) -> bool:
    """Know an address that a button may have."""
    return len(url) <= URL_LIMIT and is_address(url)


def console_link(finding: Finding) -> str:
    """Build the address of a finding in the GuardDuty console, or "" for a partition that we don't know."""
    return _finding_page(finding.partition, finding.region, finding.id)


def findings_link(partition: str, region: str, finding_type: str) -> str:
    """Build the address of all findings of a type in the GuardDuty console of a region, or ""."""
    page = f"#/findings?search=type%3D{_quoted(finding_type)}"
    return _guardduty_page(partition or "aws", region, page) if finding_type else ""


def finding_link(partition: str, region: str, finding_id: str) -> str:
    """Build the address of a finding in the GuardDuty console from its parts, or ""."""
    return _finding_page(partition, region, finding_id)


def sequence_link(finding: Finding) -> str:
    """Build the address of the attack sequence that a finding belongs to, or ""."""
    match = _FINDING_ARN.fullmatch(finding.sequence_arn)
    return _finding_page(*match.groups()) if match else ""


def execution_link(arn: str) -> str:
    """Build the address of an execution in the Step Functions console from its ARN, or ""."""
    match = _EXECUTION.fullmatch(arn)
    if not match or not (host := console(match.group(1), match.group(2))):
        return ""
    return f"{host}/states/home?region={match.group(2)}#/v2/executions/details/{arn}"


def resource_link(finding: Finding, resource: Resource) -> str:
    """Build the address of a resource in its own console, or "" where it can't be built."""
    region = resource.region or finding.region
    page, name = _resource_page(resource)
    host = console(finding.partition or "aws", region)
    if not (page and name and host and _REGION.fullmatch(region)):
        return ""
    link = host + page.format(region=region, id=_quoted(name))
    return link if len(link) < URL_LIMIT // 3 else ""


def table_link(partition: str, region: str, table: str) -> str:
    """Build the address of a table's items in the DynamoDB console, or "" for a partition that we don't know."""
    host = console(partition, region)
    page = f"/dynamodbv2/home?region={quote(region, safe='')}#item-explorer?table={quote(table, safe='')}"
    return host + page if host else ""


def table_link_beside(execution: str, table: str) -> str:
    """Build the address of a table's items where an execution runs, its stack's partition and region, or ""."""
    match = _EXECUTION.fullmatch(execution)
    return table_link(match.group(1), match.group(2), table) if match else ""


def through_portal(portal: str, account_id: str, url: str) -> str:
    """Lead a console's address through IAM Identity Center, so that it opens in the right account.

    https://docs.aws.amazon.com/singlesignon/latest/userguide/createshortcutlink.html. A portal that is no
    https address leaves the address as it is.
    """
    base = _PORTAL.match(portal)
    if not (url and base and re.fullmatch(r"\d{12}", account_id)):
        return url
    return f"{base.group(0)}/start/#/console?account_id={account_id}&destination={_quoted(url)}"


def execution_account(url: str) -> str:
    """Read the account out of an execution's address."""
    match = _STATES_ACCOUNT.search(url)
    return match.group(1) if match else ""


def _finding_page(partition: str, region: str, finding_id: str) -> str:
    partition = partition or "aws"
    return _guardduty_page(partition, region, _FINDING.get(partition, "").format(id=_quoted(finding_id)))


def _guardduty_page(partition: str, region: str, page: str) -> str:
    if not (host := console(partition, region)):
        return ""
    home = f"{host}/guardduty/home?region={_quoted(region)}"
    link = home + page
    return link if len(link) < URL_LIMIT // 3 else f"{home[: URL_LIMIT // 3]}#/findings"


def _quoted(text: str) -> str:
    """Quote a text for an address, even one that JSON allows and UTF-8 does not."""
    return quote(text.encode("utf-8", "replace"), safe="")


def console(partition: str, region: str) -> str:
    """Name a console's host; a region of unknown shape goes to the common host."""
    host = _HOSTS.get(partition, "")
    if not _REGION.fullmatch(region):
        host = host.replace("{region}.", "")
    return host.format(region=region)


def _resource_page(resource: Resource) -> tuple[str, str]:
    if resource.kind == "access_key":
        user_type = next((detail.value for detail in resource.details if detail.label == "user_type"), "")
        return _IAM_PAGES.get(user_type, ""), resource.name
    return _RESOURCE_PAGES.get(resource.kind, ""), _last_part(resource.ids[0])


def _last_part(identifier: str) -> str:
    return re.split(r"[:/]", identifier)[-1] if identifier.startswith("arn:") else identifier
