"""Who did what to whom: read from the kind of action, the connection's direction, the resource's role and the type.

A resource's role says less than its name: for everything but instances GuardDuty writes ``TARGET`` or nothing, and all
its sample findings say ``TARGET``. What is certain goes before it: a connection that was opened outwards, a request for
a domain, a type that by its definition says that the resource acts.
https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings-summary.html
"""

import re
from collections.abc import Mapping
from typing import Final

from chalicelib.finding.model import Direction

KINDS: Final[Mapping[str, Direction]] = {
    "portProbeAction": Direction.PROBED_BY,
    "dnsRequestAction": Direction.ASKED_FOR,
    "awsApiCallAction": Direction.CALLED_BY,
    "kubernetesApiCallAction": Direction.CALLED_BY,
    "kubernetesPermissionCheckedDetails": Direction.CALLED_BY,
    "kubernetesRoleBindingDetails": Direction.CALLED_BY,
    "kubernetesRoleDetails": Direction.CALLED_BY,
    "rdsLoginAttemptAction": Direction.LOGGED_IN_FROM,
}
"""What each kind of action is. A connection is not here: it has a direction of its own."""

NAMES: Final[Mapping[str, str]] = {
    "PORT_PROBE": "portProbeAction",
    "DNS_REQUEST": "dnsRequestAction",
    "AWS_API_CALL": "awsApiCallAction",
    "KUBERNETES_API_CALL": "kubernetesApiCallAction",
    "RDS_LOGIN_ATTEMPT": "rdsLoginAttemptAction",
    "NETWORK_CONNECTION": "networkConnectionAction",
}
"""What ``actionType`` calls them."""

OUR_SIDE: Final = frozenset((Direction.TALKS_TO, Direction.ASKED_FOR))
"""Our side began it."""

_ACTS: Final = re.compile(
    r"(?:Backdoor|CryptoCurrency|Trojan):.*"  # the resource is compromised and contacts others
    r"|Behavior:EC2/.*"  # "is communicating with", "is generating … traffic to a remote host"
    r"|DefenseEvasion:EC2/Unusual.*"  # an unusual resolver, DNS over HTTPS or TLS
    r"|Impact:(?:EC2|Runtime)/.*"  # scans, outbound brute force, requests for domains
    r"|Recon:EC2/Portscan"  # "outbound port scans to a remote host"
    r"|UnauthorizedAccess:(?:EC2|Runtime)/(?:TorClient|TorRelay|MetadataDNSRebind)"
    r"|Execution:Runtime/ReverseShell"
    r"|[^:]*:Lambda/.*"  # a function's network activity is what it opens itself
)
"""Types whose definition says that our resource acts on others.

Not those of brute force and of custom threat lists: their resource may be either, and its role says which.
https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_finding-types-ec2.html
https://docs.aws.amazon.com/guardduty/latest/ug/lambda-protection-finding-types.html
"""

_DNS: Final = re.compile(r".*(?:!DNS|DomainRequest|DNSDataExfiltration|DNSRebind).*")

_CALLED: Final = re.compile(r"[^:]*:(?:IAMUser|S3|Kubernetes)/.*")

_OF_SIGNALS: Final[Mapping[str, Direction]] = {
    "CLOUD_TRAIL": Direction.CALLED_BY,
    "S3_DATA_EVENTS": Direction.CALLED_BY,
    "EKS_AUDIT_LOGS": Direction.CALLED_BY,
    "DNS_LOGS": Direction.ASKED_FOR,
}


def of_action(name: str, connection: str, role: str, finding_type: str) -> Direction:
    """Say what an action is, seen from our side.

    Args:
        name: the member of ``service.action`` that describes it.
        connection: its ``connectionDirection``, of a connection.
        role: ``service.resourceRole``.
        finding_type: the finding's type.
    """
    if name in KINDS:
        return KINDS[name]
    connection, role = connection.upper(), role.upper()
    if connection == "OUTBOUND" or role == "ACTOR":
        return Direction.TALKS_TO
    if connection == "INBOUND":
        return Direction.ATTACKED_FROM
    if acts(finding_type):
        return Direction.TALKS_TO
    return Direction.ATTACKED_FROM if role == "TARGET" else Direction.UNKNOWN


def acts(finding_type: str) -> bool:
    """Say whether a type by its definition means that our resource acts on others."""
    return bool(_ACTS.fullmatch(finding_type))


def of_signal(kind: str, name: str) -> Direction:
    """Say what a step of an attack sequence is: a finding by its type, another by the log that it was seen in."""
    return _OF_SIGNALS.get(kind) or _of_type(name)


def _of_type(finding_type: str) -> Direction:
    if acts(finding_type):
        return Direction.ASKED_FOR if _DNS.fullmatch(finding_type) else Direction.TALKS_TO
    if _CALLED.fullmatch(finding_type):
        return Direction.CALLED_BY
    if ":RDS/" in finding_type:
        return Direction.LOGGED_IN_FROM
    return Direction.PROBED_BY if ":EC2/PortProbe" in finding_type else Direction.UNKNOWN


def of_endpoint(connection: str, signal: Direction, *, only_domain: bool, people: bool) -> Direction:
    """Say what a host of an attack sequence is: a server that our side talks to, or where somebody came from.

    Args:
        connection: its connection's ``direction``.
        signal: what the steps that name it are.
        only_domain: it has a name but no address: nobody calls from a name.
        people: somebody acted with credentials, so that who came inwards called.
    """
    if connection.upper() == "OUTBOUND" or (only_domain and signal not in OUR_SIDE):
        return Direction.TALKS_TO
    if signal:
        return signal
    if people:
        return Direction.CALLED_BY
    return Direction.ATTACKED_FROM if connection.upper() == "INBOUND" else Direction.UNKNOWN
