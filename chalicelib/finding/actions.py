"""What was done and by whom: every action object of a finding's ``service.action``.

https://docs.aws.amazon.com/guardduty/latest/APIReference/API_Action.html
"""

import ipaddress
from collections.abc import Iterator, Mapping
from typing import Final

from chalicelib.finding.fields import (
    Members,
    Row,
    at,
    details,
    first,
    found,
    items,
    record,
    records,
    several,
    text,
    truth,
    unique,
    unknown,
    word,
)
from chalicelib.finding.model import Detail, Form


def port(value: object) -> str:
    """Read ``{"port": 22, "portName": "SSH"}`` as ``22 (SSH)``."""
    number, name = first(value, "port"), first(value, "portName")
    return f"{number} ({name})" if number and name and name.lower() != "unknown" else number


API_CALL: Final = (
    Row("api", "api"),
    Row("service", "serviceName"),
    Row("error_code", "errorCode"),
    word("caller_type", "callerType"),
    Row("domain", "domainDetails.domain", Form.DOMAIN),
    Row("remote_account", "remoteAccountDetails.accountId"),
    truth("remote_account_affiliated", "remoteAccountDetails.affiliated"),
    Row("remote_service", "remoteAccountDetails.awsServiceName"),
)

DNS_REQUEST: Final = (
    Row("domain", "domain", Form.DOMAIN),
    Row("domain_with_suffix", "domainWithSuffix", Form.DOMAIN),
    Row("protocol", "protocol"),
    truth("blocked", "blocked"),
    Row("vpc_owner_account", "vpcOwnerAccountId"),
)

NETWORK_CONNECTION: Final = (
    word("direction", "connectionDirection"),
    Row("protocol", "protocol"),
    Row("local_address", "localIpDetails.ipAddressV4"),
    Row("local_address", "localIpDetails.ipAddressV6"),
    Row("local_port", "localPortDetails", read=port),
    Row("remote_port", "remotePortDetails", read=port),
    Row("network_interface", "localNetworkInterface"),
    truth("blocked", "blocked"),
)

PORT_PROBE: Final = (
    Row("local_port", "portProbeDetails.localPortDetails", read=port),
    Row("local_address", "portProbeDetails.localIpDetails.ipAddressV4"),
    Row("local_address", "portProbeDetails.localIpDetails.ipAddressV6"),
    truth("blocked", "blocked"),
)

KUBERNETES_CALL: Final = (
    Row("verb", "verb"),
    Row("request_uri", "requestUri"),
    Row("kubernetes_resource", "resource"),
    Row("subresource", "subresource"),
    Row("resource_name", "resourceName"),
    Row("namespace", "namespace"),
    Row("status_code", "statusCode"),
    Row("parameters", "parameters"),
)

KUBERNETES_PERMISSION: Final = (
    Row("checked_verb", "verb"),
    Row("checked_resource", "resource"),
    Row("checked_namespace", "namespace"),
    truth("permission_allowed", "allowed"),
)

KUBERNETES_BINDING: Final = (
    Row("role_binding", "name"),
    Row("role_binding_kind", "kind"),
    Row("role_ref", "roleRefName"),
    Row("role_ref_kind", "roleRefKind"),
)

KUBERNETES_ROLE: Final = (
    Row("kubernetes_role", "name"),
    Row("kubernetes_role_kind", "kind"),
)

RDS_LOGIN: Final = (
    Row("login_user", "user"),
    Row("application", "application"),
    Row("failed_logins", "failedLoginAttempts"),
    Row("successful_logins", "successfulLoginAttempts"),
)

LOGIN_ATTRIBUTES: Final = ("LoginAttributes", "loginAttributes")
"""The model writes it with a capital, every other member without."""

TABLES: Final[Mapping[str, tuple[Row, ...]]] = {
    "awsApiCallAction": API_CALL,
    "dnsRequestAction": DNS_REQUEST,
    "networkConnectionAction": NETWORK_CONNECTION,
    "portProbeAction": PORT_PROBE,
    "kubernetesApiCallAction": KUBERNETES_CALL,
    "kubernetesPermissionCheckedDetails": KUBERNETES_PERMISSION,
    "kubernetesRoleBindingDetails": KUBERNETES_BINDING,
    "kubernetesRoleDetails": KUBERNETES_ROLE,
    "rdsLoginAttemptAction": (),
}
"""How each action object is read. Adding a kind: a table of rows and a line here."""


def described(value: object) -> tuple[Detail, ...]:
    """Read what was done, known or not; when nothing else is said, GuardDuty's name for the action."""
    action = record(value)
    described = [detail for name, member in action.items() for detail in _action(name, member)]
    return tuple(described) or details(action, word("action_type", "actionType"))


def _action(name: str, value: object) -> Iterator[Detail]:
    if not isinstance(value, dict):
        return
    yield from details(value, *TABLES[name]) if name in TABLES else unknown(_without_actor(value))
    yield from several("affected_resource", _affected(value))
    for attempt in _login_attempts(value):
        yield from details(attempt, *RDS_LOGIN)


def _without_actor(members: Members) -> Members:
    return {name: member for name, member in members.items() if name != "remoteIpDetails"}


def _affected(members: Members) -> list[str]:
    """Read ``{"AWS::S3::Bucket": "example"}`` as ``AWS::S3::Bucket example``."""
    affected = record(members.get("affectedResources"))
    return [
        f"{text(kind)} {said}".strip()
        for kind, names in affected.items()
        for said in unique(text(name) for name in items(names))
    ]


def _login_attempts(members: Members) -> list[Members]:
    return [attempt for name in LOGIN_ATTRIBUTES for attempt in records(members.get(name))]


ADDRESSES: Final = ("ipAddressV4", "ipAddressV6")

SOURCES: Final = ("sourceIPs", "sourceIps")
"""A Kubernetes call's addresses: events say ``sourceIPs``; the other follows the rule for names."""


def remote_hosts(action: object) -> list[object]:
    """Read the remote hosts of any action: a port probe has several."""
    return at(action, "remoteIpDetails") + at(action, "portProbeDetails.remoteIpDetails")


def as_number(said: str) -> str:
    """Leave out what stands for an unknown AS number (``-1``, ``0``)."""
    return "" if said.startswith("-") or said == "0" else said


def addresses(value: object) -> list[str]:
    """Read every remote address of the finding's ``service.action``."""
    hosts = [host for member in record(value).values() for host in remote_hosts(member)]
    sources = [said for member in record(value).values() for said in found(member, *SOURCES)]
    return unique([*found(hosts, *ADDRESSES), *sources])


def outbound(value: object, role: object) -> bool:
    """Say whether our side called: it opened a connection, or asked for a domain.

    Args:
        value: the finding's ``service.action``.
        role: ``service.resourceRole``: of a connection GuardDuty does not always know the direction.
    """
    connections = records(record(value).get("networkConnectionAction"))
    opened = found(connections, "connectionDirection") == ["OUTBOUND"] or text(role).upper() == "ACTOR"
    return bool(records(record(value).get("dnsRequestAction"))) or (bool(connections) and opened)


def domains(value: object) -> list[str]:
    """Read every domain of the finding's ``service.action``: asked for, or called from.

    ``domainWithSuffix`` is only the registered part of the domain beside it: it counts where it is alone.
    """
    return plain_domains([name for member in record(value).values() for name in _asked_for(member)])


def _asked_for(action: object) -> list[str]:
    return found(action, "domain", "domainDetails.domain") or found(action, "domainWithSuffix")


def plain_domains(said: list[str]) -> list[str]:
    """Write domains in lower case and without the closing dot."""
    return unique(name.strip().lower().removesuffix(".") for name in said)


def is_address(said: str) -> bool:
    """Know an IP address from other text."""
    try:
        ipaddress.ip_address(said)
    except ValueError:
        return False
    return True


def login_users(value: object) -> list[str]:
    """Read the database users of login attempts."""
    members = record(value).values()
    return unique(
        said for member in members for said in found(member, *(f"{name}.user" for name in LOGIN_ATTRIBUTES))
    )
