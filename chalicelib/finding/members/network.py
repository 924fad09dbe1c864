"""The other side: each remote host by its addresses, network and country; and the port of ours that it came to."""

from collections.abc import Iterator
from typing import NamedTuple

from chalicelib.finding import actions, sequence
from chalicelib.finding.fields import first, found, records, text
from chalicelib.finding.members.parts import Parts, each, first_of
from chalicelib.finding.model import Thing, Things


class RemoteHost(NamedTuple):
    """A remote host: all its addresses, and whose network and country they are in."""

    addresses: Thing
    asn: Thing = ()
    country: Thing = ()


def actor_ips(parts: Parts) -> Things:
    """Read the addresses of each remote host: IPv4 and IPv6 of one host are one thing."""
    return tuple(host.addresses for host in _hosts(parts))


def asns(parts: Parts) -> Things:
    """Read the AS number of each remote host."""
    return tuple(host.asn for host in _hosts(parts))


def countries(parts: Parts) -> Things:
    """Read the country of each remote host: its name and its code, in small letters."""
    return tuple(tuple(name.lower() for name in host.country) for host in _hosts(parts))


def _hosts(parts: Parts) -> list[RemoteHost]:
    found_hosts = [*_of_actions(parts), *_of_endpoints(parts)]
    known = {address for host in found_hosts for address in host.addresses}
    sources = [said for member in parts.action.values() for said in found(member, *actions.SOURCES)]
    observed = sequence.addresses(parts.sequence)
    return [*found_hosts, *(RemoteHost((said,)) for said in (*sources, *observed) if said not in known)]


def _of_actions(parts: Parts) -> Iterator[RemoteHost]:
    for member in parts.action.values():
        for remote in actions.remote_hosts(member):
            if isinstance(remote, dict) and remote:
                yield RemoteHost(
                    tuple(found(remote, *actions.ADDRESSES)),
                    first_of([actions.as_number(first(remote, "organization.asn"))]),
                    tuple(found(remote, "country.countryName", "country.countryCode")),
                )


def _of_endpoints(parts: Parts) -> Iterator[RemoteHost]:
    for endpoint in records(parts.sequence.get("endpoints")):
        yield RemoteHost(
            tuple(found(endpoint, "ip")),
            first_of([actions.as_number(first(endpoint, "autonomousSystem.number"))]),
            tuple(found(endpoint, "location.country")),
        )


def remote_account_ids(parts: Parts) -> Things:
    """Read each account that the call came from, where that is another."""
    said = (found(member, "remoteAccountDetails.accountId") for member in parts.action.values())
    return tuple((account_id,) for account_ids in said for account_id in account_ids)


def local_ports(parts: Parts) -> Things:
    """Read each port of ours that somebody came to; a connection that we opened has none."""
    connections = records(parts.action.get("networkConnectionAction"))
    probes = [
        found
        for probe in records(parts.action.get("portProbeAction"))
        for found in records(probe.get("portProbeDetails")) or [{}]
    ]
    inbound = (connection if _is_inbound(connection) else {} for connection in connections)
    return each((*inbound, *probes), "localPortDetails.port")


def _is_inbound(connection: object) -> bool:
    return text(first(connection, "connectionDirection")).upper() == "INBOUND"
