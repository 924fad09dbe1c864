"""What GuardDuty found: the threat, what surrounds a process, what it observed, what is unusual, and the rest."""

from chalicelib.finding import unusual as unusual_things
from chalicelib.finding.model import Detail, Finding
from chalicelib.message import lines, phrases
from chalicelib.message.context import MessageContext
from chalicelib.message.lines import Line

THREAT = (
    "threat_name",
    "malware",
    "malware_severity",
    "threat_sha256",
    "file_hash",
    "infected_file",
    "infected_resource",
    "infected_volume",
    "trigger_finding",
    "tor",
)
"""Labels of the details that name the threat, in their order; a threat list stands behind the names."""

RUNTIME = (
    "command_line",
    "tool",
    "script",
    "threat_file",
    "file",
    "library",
    "ld_preload",
    "socket",
    "release_agent",
    "mount_source",
    "mount_target",
    "module_file",
    "module_sha256",
    "memory_region",
    "service",
)
"""Labels of what surrounds a process."""

OBSERVED = (
    "tor",
    "malicious_ip",
    "malicious_domain",
    "malicious_file",
    "malicious_process",
    "cryptomining_ip",
    "cryptomining_domain",
    "cryptomining_process",
    "suspicious_process",
    "suspicious_network",
    "suspicious_user_agent",
    "sensitive_data",
    "high_risk_api",
    "unusual_api_for_account",
    "unusual_asn_for_account",
    "unusual_asn_for_user",
)
"""Labels of what GuardDuty observed in an attack sequence."""


_REST_ROOM = 200


def threat(finding: Finding, context: MessageContext, said: str) -> list[Line]:
    """Name the threat: its names, the list that has it, hashes, files, the finding that made GuardDuty look."""
    first, *others = THREAT
    labels = (first, "threat_list", *(each for each in others if each != "tor" or not finding.signals))
    return _of(labels, "threat", finding, context, said)


def runtime(finding: Finding, context: MessageContext, said: str) -> list[Line]:
    """Say what surrounds the process."""
    return _of(RUNTIME, "runtime", finding, context, said)


def observed(finding: Finding, context: MessageContext, said: str) -> list[Line]:
    """Say what GuardDuty observed in an attack sequence."""
    return _of(OBSERVED, "observed", finding, context, said) if finding.signals else []


def unusual(finding: Finding, context: MessageContext, said: str) -> list[Line]:
    """Say what is unusual: calls in a list of their own, as many as have room."""
    calls = _of(("unusual_api",), "unusual_api", finding, context, said)
    return calls + _of(
        tuple(each for each in unusual_things.LABELS if each != "unusual_api"),
        "unusual",
        finding,
        context,
        said,
    )


def rest(finding: Finding, context: MessageContext, said: str) -> list[Line]:
    """Say a little of the rest."""
    elsewhere = {*THREAT, *RUNTIME, *OBSERVED, "threat_list", *unusual_things.LABELS, "session_issuer", "mfa"}
    found = [one for label, one in phrases.counted(finding.details) if label not in elsewhere]
    return lines.of_details("details", found, finding, context.language, said, room=_REST_ROOM)


def _of(
    labels: tuple[str, ...], label: str, finding: Finding, context: MessageContext, said: str
) -> list[Line]:
    found: list[Detail] = lines.labelled(finding.details, labels)
    return lines.of_details(label, found, finding, context.language, said)
