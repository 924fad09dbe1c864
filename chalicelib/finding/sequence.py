"""An attack sequence: what happened in order, by whom, to what, all of it in ``service.detection.sequence``.

https://docs.aws.amazon.com/guardduty/latest/APIReference/API_Sequence.html
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Final

from chalicelib.finding import direction
from chalicelib.finding.actions import as_number, is_address, plain_domains
from chalicelib.finding.fields import (
    Members,
    at,
    first,
    found,
    leaves,
    moment,
    number,
    parsed,
    plain,
    record,
    records,
    several,
    unique,
    whole,
    words_of,
)
from chalicelib.finding.model import Actor, Detail, Direction, Form, Process, Signal
from chalicelib.finding.runtime import process
from chalicelib.finding.sessions import person

END_OF_TIME: Final = datetime.max.replace(tzinfo=UTC)


def sequence(service: Members) -> Members:
    """Find the sequence of a finding's ``service``; an empty object for every other finding."""
    return record(record(service.get("detection")).get("sequence"))


def signals(members: Members) -> tuple[Signal, ...]:
    """Read every step in order of time; steps without a time come last, in GuardDuty's order."""
    read = [_signal(each) for each in records(members.get("signals"))]
    return tuple(sorted(read, key=lambda signal: signal.first_seen or signal.last_seen or END_OF_TIME))


def _signal(members: Members) -> Signal:
    return Signal(
        name=first(members, "name", "type", "uid") or "?",
        description=first(members, "description") or ", ".join(_calls(members)[:3]),
        first_seen=_when(members, "firstSeenAt", "createdAt"),
        last_seen=_when(members, "lastSeenAt", "updatedAt"),
        severity=number(members.get("severity")),
        count=max(whole(members.get("count")) or 1, 1),
    )


def _when(members: Members, *names: str) -> datetime | None:
    return next((when for name in names if (when := moment(members.get(name)))), None)


def _calls(members: Members, under: str = "") -> list[str]:
    """Read the API calls of a step, or of all steps under ``signals.``, as ``s3:DeleteObject``."""
    calls = records(at(members, f"{under}activities.api"))
    said = (
        (first(call, "service").removesuffix(".amazonaws.com"), first(call, "operation")) for call in calls
    )
    return unique(":".join(filter(None, pair)) for pair in said)


def actors(members: Members) -> tuple[Actor, ...]:
    """Read who acted, then the hosts from which it came, then those to which it went."""
    keys = _keys(members)
    people = [who for each in records(members.get("actors")) if _is_known(who := _person(each, keys))]
    signals_of = _signals_of(members)
    hosts = (
        _endpoint(each, signals_of.get(first(each, "id"), Direction.UNKNOWN), people=bool(people))
        for each in records(members.get("endpoints"))
    )
    known = sorted(filter(_is_known, hosts), key=lambda host: host.direction in direction.OUR_SIDE)
    return tuple(dict.fromkeys((*people, *known)))


def _is_known(actor: Actor) -> bool:
    return actor._replace(direction=Direction.UNKNOWN) != Actor()


def _signals_of(members: Members) -> dict[str, Direction]:
    """Read what the steps that name an endpoint are, by the endpoint's id."""
    found_of: dict[str, Direction] = {}
    for signal in records(members.get("signals")):
        seen = direction.of_signal(first(signal, "type"), first(signal, "name"))
        for endpoint in found(signal, "endpointIds") if seen else ():
            found_of.setdefault(endpoint, seen)
    return found_of


def _keys(members: Members) -> dict[str, str]:
    """Read the access keys that are among the resources, by their principal's id; a principal with several has none."""
    keys: dict[str, str] = {}
    for each in records(members.get("resources")):
        for principal_id in found(each, "data.accessKey.principalId"):
            keys[principal_id] = "" if principal_id in keys else first(each, "uid")
    return keys


def _person(members: Members, keys: Mapping[str, str]) -> Actor:
    user_id = first(members, "user.uid")
    return Actor(
        user=first(members, "user.name", "user.uid", "user.credentialUid"),
        person=person(first(members, "user.type"), first(members, "user.name"), user_id),
        account=first(members, "user.account.account", "user.account.name", "user.account.uid"),
        credential=first(members, "user.credentialUid") or keys.get(user_id, ""),
        issuer=first(members, "session.issuer"),
        mfa=next(iter(_mfa(members)), ""),
        direction=Direction.CALLED_BY,
    )


def _mfa(members: Members, under: str = "") -> list[str]:
    """Read whether sessions were opened with a second factor."""
    said = found(members, f"{under}session.mfaStatus")
    return [{"ENABLED": "yes", "DISABLED": "no"}.get(each.upper(), each) for each in said]


def _endpoint(members: Members, signal: Direction, *, people: bool) -> Actor:
    said, address = first(members, "connection.direction"), first(members, "ip")
    domain = next(iter(plain_domains([first(members, "domain")])), "")
    return Actor(
        address=address or domain,
        domain=domain,
        port=first(members, "port"),
        country=first(members, "location.country"),
        city=first(members, "location.city"),
        organisation=first(members, "autonomousSystem.name"),
        asn=as_number(first(members, "autonomousSystem.number")),
        direction=direction.of_endpoint(said, signal, only_domain=not address, people=people),
    )


def processes(members: Members) -> tuple[Process, ...]:
    """Read the processes that acted."""
    seen = (process(each, "actor") for each in records(at(members, "actors.process")))
    return tuple(dict.fromkeys(each for each in seen if each.name or each.path or each.sha256))


INDICATORS: Final = {
    "SUSPICIOUS_USER_AGENT": "suspicious_user_agent",
    "SUSPICIOUS_NETWORK": "suspicious_network",
    "MALICIOUS_IP": "malicious_ip",
    "TOR_IP": "tor",
    "HIGH_RISK_API": "high_risk_api",
    "UNUSUAL_API_FOR_ACCOUNT": "unusual_api_for_account",
    "UNUSUAL_ASN_FOR_ACCOUNT": "unusual_asn_for_account",
    "UNUSUAL_ASN_FOR_USER": "unusual_asn_for_user",
    "SUSPICIOUS_PROCESS": "suspicious_process",
    "MALICIOUS_DOMAIN": "malicious_domain",
    "MALICIOUS_PROCESS": "malicious_process",
    "CRYPTOMINING_IP": "cryptomining_ip",
    "CRYPTOMINING_DOMAIN": "cryptomining_domain",
    "CRYPTOMINING_PROCESS": "cryptomining_process",
    "MALICIOUS_FILE": "malicious_file",
    "VULNERABILITY": "vulnerability",
    "MALICIOUS_PACKAGE": "malicious_package",
    "MISCONFIGURATION": "misconfiguration",
    "REACHABILITY": "reachability",
    "SENSITIVE_DATA": "sensitive_data",
}
"""What GuardDuty observed, apart from tactics and techniques, and our labels for it."""


def tactics(members: Members) -> tuple[str, ...]:
    """Read the tactics of MITRE ATT&CK."""
    return tuple(_indicated(members, "ATTACK_TACTIC"))


def techniques(members: Members) -> tuple[str, ...]:
    """Read the techniques of MITRE ATT&CK."""
    return tuple(_indicated(members, "ATTACK_TECHNIQUE"))


def _indicators(members: Members) -> list[Members]:
    """Read what was observed in the whole sequence, then in its steps."""
    return records(members.get("sequenceIndicators")) + records(at(members, "signals.signalIndicators"))


def _indicated(members: Members, *endings: str) -> list[str]:
    keys = ((first(each, "key").upper(), each) for each in _indicators(members))
    return unique(said for key, each in keys if key.endswith(endings) for said in found(each, "values"))


def addresses(members: Members) -> list[str]:
    """Read every remote address: of endpoints, and observed."""
    return unique([*found(members, "endpoints.ip"), *filter(is_address, _indicated(members, "_IP"))])


def domains(members: Members) -> list[str]:
    """Read every remote domain: of endpoints, and observed."""
    return plain_domains([*found(members, "endpoints.domain"), *_indicated(members, "_DOMAIN")])


def described(members: Members) -> tuple[Detail, ...]:
    """Read what else the sequence says: calls, what GuardDuty observed, sessions."""
    return (
        *several("api", _calls(members, "signals.")),
        *_observed(_indicators(members)),
        *several("user_agent", found(members, "signals.activities.api.userAgent")),
        *several("mfa", unique(_mfa(members, "actors.")), Form.TEXT),
        *several("session_issuer", found(members, "actors.session.issuer")),
        *several("further_sequence_type", found(members, "additionalSequenceTypes")),
    )


def _observed(indicators: list[Members]) -> Iterator[Detail]:
    said: dict[str, list[str]] = {}
    for each in indicators:
        said.setdefault(plain(each.get("key")), []).extend(found(each, "values") or found(each, "title"))
    for key, values in said.items():
        if key and key not in ("ATTACK_TACTIC", "ATTACK_TECHNIQUE"):
            form = Form.DOMAIN if key.endswith("_DOMAIN") else Form.CODE
            yield from several(INDICATORS.get(key, key), map(_plain_text, values), form)


def _plain_text(said: str) -> str:
    """Say a value that is an object, written as JSON, in words: ``{"packageName": "x"}`` as ``package name x``."""
    if not said.startswith("{"):
        return said
    read = leaves(parsed(said))
    return ", ".join(f"{words_of(path)} {value}".strip() for path, value in read) or said
