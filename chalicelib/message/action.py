"""What was done: a phrase where it is a connection, a port probe or a DNS request, else as it was said."""

from collections.abc import Collection, Mapping

from chalicelib.finding.model import Detail, Finding
from chalicelib.message import phrases
from chalicelib.text import words
from chalicelib.text.untrusted import inert

SaidByLabel = Mapping[str, Detail]

_CONNECTION = ("direction", "protocol", "local_address", "local_port", "remote_port")
_DNS_REQUEST = ("domain", "protocol")
_PROBE = frozenset({"local_address", "local_port", "blocked"})
_ANSWERS = {"yes": "done_blocked", "no": "done_not_blocked"}


def described(finding: Finding, language: str, said: str) -> tuple[str, list[str]]:
    """Make the label, the phrase if it is one of those, and a piece of each detail that it does not say.

    Args:
        said: what stands above: a detail whose value is in it is not said again.
    """
    found = {detail.label: detail for detail in reversed(finding.action)}
    labels = [detail.label for detail in finding.action]
    if labels.count("direction") == 1:
        used = [found[label] for label in _CONNECTION if label in found]
        return "connection", _posted(_connection(found, finding, language), used, found, finding, language)
    if "domain" in found and "api" not in found and {"protocol", "blocked"} & found.keys():
        used = [found[label] for label in _DNS_REQUEST if label in found]
        return "action", _posted(_dns_request(found, finding, language), used, found, finding, language)
    if "local_port" in found and found.keys() <= _PROBE and len(_values("local_address", finding)) < 2:
        used = [detail for detail in finding.action if detail.label != "blocked"]
        return "action", _posted(_probe(finding, language), used, found, finding, language)
    if _LOGIN.keys() & found.keys():
        return "logins", _logins(finding, language)
    new = [detail for detail in finding.action if not _is_said(detail, said)]
    return "action", phrases.details(new, finding, language)


_LOGIN = {"login_user": 0, "application": 1, "failed_logins": 2, "successful_logins": 3}
"""Labels of a login attempt, in the order in which each attempt has them."""


def _logins(finding: Finding, language: str) -> list[str]:
    """Describe each attempt to log in, those with success first: who, by what, how often."""
    attempts: list[list[Detail]] = []
    last = len(_LOGIN)
    for detail in finding.action:
        place = _LOGIN.get(detail.label, last)
        if place <= last:
            attempts.append([])
        attempts[-1].append(detail)
        last = place
    comma = words.sentence("comma", language, {})
    attempts.sort(key=lambda attempt: all(detail.label != "successful_logins" for detail in attempt))
    return [comma.join(phrases.briefs(attempt, finding, language)) for attempt in attempts]


_SHORTEST = 3


def _is_said(detail: Detail, said: str) -> bool:
    """Whether the summary has it: the call itself, its service, who called from where."""
    if detail.label in ("api", "service", "verb", "kubernetes_resource", "remote_account", "login_user"):
        return detail.value.removesuffix(".amazonaws.com") in said
    return detail.label in (
        "caller_type",
        "remote_account_affiliated",
        "remote_service",
        "vpc_owner_account",
    ) or (len(detail.value) > _SHORTEST and detail.value in said)


def _posted(
    phrase: str, used: Collection[Detail], found: SaidByLabel, finding: Finding, language: str
) -> list[str]:
    """Join the phrase, whether it was blocked, and what it leaves unsaid."""
    key = _ANSWERS.get(found["blocked"].value, "") if "blocked" in found else ""
    whole = words.sentence(key, language, {"what": phrase}) if key else phrase
    known = {*used, *([found["blocked"]] if key else [])} | _of_resources(finding)
    unsaid = [detail for detail in finding.action if detail not in known]
    return [whole, *phrases.details(unsaid, finding, language)]


def _of_resources(finding: Finding) -> set[Detail]:
    """Take what the first resource says already: its network interface."""
    return {detail for each in finding.resources[:1] for detail in each.details}


def _values(label: str, finding: Finding) -> list[str]:
    return list(dict.fromkeys(detail.value for detail in finding.action if detail.label == label))


def _connection(said: SaidByLabel, finding: Finding, language: str) -> str:
    """Say who called whom: ``outbound TCP 10.0.12.34:49822 → 198.51.100.23:4444``."""
    address = finding.actors[0].address if len(finding.actors) == 1 else ""
    local = _end(_value("local_address", said), _value("local_port", said), finding, language)
    remote = _end(address, _value("remote_port", said), finding, language)
    direction = said["direction"].value.upper()
    ends = (remote, local) if direction == "INBOUND" else (local, remote)
    arrow = " → ".join(filter(None, ends))
    said_first = (words.value(direction, language), _protocol(said, finding), arrow)
    return " ".join(filter(None, said_first)) or inert(phrases.prose(said["direction"].value, finding), 60)


def _value(label: str, said: SaidByLabel) -> str:
    return said[label].value if label in said else ""


def _protocol(said: SaidByLabel, finding: Finding) -> str:
    """Name the protocol; ``0`` is GuardDuty's for one that it does not know."""
    name = _value("protocol", said)
    return inert(phrases.prose(name, finding), 40) if name != "0" else ""


def _end(address: str, port: str, finding: Finding, language: str) -> str:
    if port and not address:
        return words.sentence("port", language, {"port": phrases.known(port, finding)})
    return phrases.endpoint(address, port, finding)


def _probe(finding: Finding, language: str) -> str:
    """Say which ports were probed: ``port probe → 10.0.12.34:22 (SSH), 10.0.12.34:3389 (RDP)``."""
    address = "".join(_values("local_address", finding))
    ends = ", ".join(_end(address, port, finding, language) for port in _values("local_port", finding))
    return words.sentence("probed", language, {"ends": ends})


def _dns_request(said: SaidByLabel, finding: Finding, language: str) -> str:
    """Say who was asked for: ``DNS request: c2[.]example[.]com (UDP)``."""
    asked = phrases.details([said["domain"]._replace(label="dns_request")], finding, language)
    protocol = _protocol(said, finding)
    return "".join((*asked, f" ({protocol})" if protocol else ""))
