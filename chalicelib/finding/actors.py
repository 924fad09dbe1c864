"""Who is on the other side of what was done: hosts, callers, accounts, services, and what each did."""

import re
from collections.abc import Iterator
from typing import Final

from chalicelib.finding import direction
from chalicelib.finding.actions import (
    ADDRESSES,
    LOGIN_ATTRIBUTES,
    SOURCES,
    TABLES,
    as_number,
    is_address,
    plain_domains,
    port,
    remote_hosts,
)
from chalicelib.finding.fields import Members, at, first, found, leaves, record, records, text, yes_no
from chalicelib.finding.masking import mask
from chalicelib.finding.model import Actor, Direction


def actors(value: object, user: str, role: str, finding_type: str) -> tuple[Actor, ...]:
    """Read who is on the other side: each remote address, with what is known of it.

    Args:
        value: the finding's ``service.action``.
        user: who acted, where the finding's resource says so (Kubernetes, RDS).
        role: ``service.resourceRole``.
        finding_type: the finding's type.
    """
    seen = (
        actor._replace(direction=_direction(name, member, role, finding_type))
        for name, member in record(value).items()
        for actor in _actors(record(member), user)
    )
    return tuple(dict.fromkeys(seen))


def _direction(name: str, action: object, role: str, finding_type: str) -> Direction:
    return direction.of_action(name, first(action, "connectionDirection"), role, finding_type)


def what_happened(value: object, role: str, finding_type: str) -> Direction:
    """Say what was done, also where nobody is named on the other side: of the first action that is known."""
    action = record(value)
    said = direction.NAMES.get(text(action.get("actionType")), "")
    there = (name for name, member in action.items() if name in TABLES and records(member))
    known = said or next(there, "")
    return _direction(known, action.get(known), role, finding_type) if known else Direction.UNKNOWN


def _actors(action: Members, user: str) -> Iterator[Actor]:
    """Read each remote host, once for each of an action's; without any, the account, service or domain that called."""
    who = first(action, *(f"{name}.user" for name in LOGIN_ATTRIBUTES)) or user
    caller = Actor(
        user=who,
        account=first(action, "remoteAccountDetails.accountId"),
        ours=next(filter(None, map(yes_no, at(action, "remoteAccountDetails.affiliated"))), ""),
        service=first(action, "remoteAccountDetails.awsServiceName"),
        domain=next(iter(plain_domains(found(action, "domainDetails.domain"))), ""),
        user_agent=mask(first(action, "userAgent")),
    )
    remotes = [remote for remote in remote_hosts(action) if found(remote, *ADDRESSES)]
    ports, remote_port = _probed(action), first(action, "remotePortDetails.port")
    for remote in remotes:
        probed = tuple(ports.get(tuple(found(remote, *ADDRESSES)), ()))
        yield _host(remote, caller)._replace(port=remote_port, probed=probed)
    for address in found(action, *SOURCES):
        if address not in found(remotes, *ADDRESSES):
            yield Actor(address=address, user=who, user_agent=caller.user_agent)
    if not remotes and caller._replace(user="", ours="") != Actor():
        yield caller


def _probed(action: Members) -> dict[tuple[str, ...], dict[str, None]]:
    """Read which ports of ours each host probed, by the host's addresses."""
    ports: dict[tuple[str, ...], dict[str, None]] = {}
    for probe in records(action.get("portProbeDetails")):
        came_to = [said for each in records(probe.get("localPortDetails")) if (said := port(each))]
        for remote in records(probe.get("remoteIpDetails")):
            ports.setdefault(tuple(found(remote, *ADDRESSES)), {}).update(dict.fromkeys(came_to))
    return ports


def _host(remote: object, caller: Actor) -> Actor:
    addresses = found(remote, *ADDRESSES)
    return caller._replace(
        address=addresses[0],
        other_address=next(iter(addresses[1:]), ""),
        country=first(remote, "country.countryName", "country.countryCode"),
        city=first(remote, "city.cityName"),
        organisation=first(remote, "organization.org", "organization.asnOrg"),
        isp=first(remote, "organization.isp"),
        asn=as_number(first(remote, "organization.asn")),
    )


_REMOTE: Final = re.compile(r"(?i)remote|dest|peer")
_PORT: Final = re.compile(r"(?i)port$")


def of_runtime(value: object) -> tuple[Actor, ...]:
    """Read whom a process talked to, where the context of ``service.runtimeDetails`` names addresses (a reverse shell).

    GuardDuty's model has no such member yet: any whose name speaks of the other end is looked at.
    """
    context = record(record(value).get("context"))
    remote = {name: member for name, member in context.items() if _REMOTE.search(name)}
    said = leaves(remote) if remote else []
    ports = [each for path, each in said if _PORT.search(path) and each.isdecimal()]
    addresses = dict.fromkeys(each for _, each in said if is_address(each))
    one = ports[0] if len(ports) == len(addresses) == 1 else ""
    return tuple(Actor(address=each, port=one, direction=Direction.TALKS_TO) for each in addresses)
