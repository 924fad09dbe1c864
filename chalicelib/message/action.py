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


def described(finding: Finding, language: str) -> list[str]:
    """Make the phrase, if it is one of those, and a piece of each detail that it does not say."""
    said = {detail.label: detail for detail in reversed(finding.action)}
    labels = [detail.label for detail in finding.action]
    if labels.count("direction") == 1:
        used = [said[label] for label in _CONNECTION if label in said]
        return _posted(_connection(said, finding, language), used, said, finding, language)
    if "domain" in said and "api" not in said and {"protocol", "blocked"} & said.keys():
        used = [said[label] for label in _DNS_REQUEST if label in said]
        return _posted(_dns_request(said, finding, language), used, said, finding, language)
    if "local_port" in said and said.keys() <= _PROBE and len(_values("local_address", finding)) < 2:
        used = [detail for detail in finding.action if detail.label != "blocked"]
        return _posted(_probe(finding, language), used, said, finding, language)
    return phrases.details(finding.action, finding, language)


def _posted(
    phrase: str, used: Collection[Detail], said: SaidByLabel, finding: Finding, language: str
) -> list[str]:
    """Join the phrase, whether it was blocked, and what it leaves unsaid."""
    key = _ANSWERS.get(said["blocked"].value, "") if "blocked" in said else ""
    whole = words.sentence(key, language, {"what": phrase}) if key else phrase
    known = {*used, *([said["blocked"]] if key else [])} | _of_resources(finding)
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
