"""Which values are narrow by themselves: a rule is held by a condition only where every one of its values is."""

import re
from collections.abc import Callable

from chalicelib.rules.patterns import literals, wild
from chalicelib.rules.values import Network, network

Narrow = Callable[[tuple[str, ...]], bool]

FEW = 4
"""Literal characters of a name with wildcards that still name something."""

MOST_ADDRESSES = 2**16
"""IPv4 addresses of all networks together; of IPv6 one /48."""

MOST_NETWORKS_OF_64 = 2**16
"""A /48 in networks of 64 bits."""

_OF_IPV4 = ("::ffff:0:0/96", "64:ff9b::/96")
"""Where every IPv4 address stands in IPv6: mapped, and as NAT64 shows it."""

_ARN = re.compile(r"(arn:[^:]*:[^:]*:[^:]*):([^:]*):(.*)", re.DOTALL)
_OF_OU = re.compile(r"ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}|[0-9]{12}")


def each(one: Callable[[str], bool]) -> Narrow:
    """One wide value makes the condition hold nothing."""
    return lambda wanted: all(map(one, wanted))


def is_account(value: str) -> bool:
    """Twelve digits."""
    return re.fullmatch(r"[0-9]{12}", value) is not None


def is_whole(value: str) -> bool:
    """No wildcards."""
    return not wild(value)


def is_hash(value: str) -> bool:
    """The whole of a SHA-256."""
    return re.fullmatch(r"[0-9a-f]{64}", value) is not None


def is_resource(value: str) -> bool:
    """A whole id or ARN, or an ARN with wildcards in its name only, of a literal account or bucket."""
    if not wild(value):
        return True
    parts = _ARN.fullmatch(value)
    if not parts or wild(parts[1]) or wild(parts[2]):
        return False
    kind, slash, name = parts[3].partition("/") if "/" in parts[3] else parts[3].rpartition(":")
    holder = bool(parts[2]) or bool(slash and kind)
    return holder and not wild(kind) and len(literals(name)) >= FEW


def is_ou_path(value: str) -> bool:
    """An organisational unit or an account is named in full."""
    return any(_OF_OU.fullmatch(part) for part in value.split("/"))


def is_name(value: str) -> bool:
    """A whole name, or a pattern with some literal characters."""
    return not wild(value) or len(literals(value)) >= FEW


def is_domain(value: str) -> bool:
    """A whole domain, or a pattern with some letters or digits: dots alone say nothing."""
    return not wild(value) or sum(map(str.isalnum, literals(value))) >= FEW


def are_few_addresses(wanted: tuple[str, ...]) -> bool:
    """Networks that are small together; IPv4 addresses in IPv6's form are IPv4 addresses."""
    networks = [network(cidr) for cidr in wanted]
    of_four = sum(each.num_addresses for each in networks if each.version == 4 or _has_ipv4(each))
    of_six = sum(max(1, each.num_addresses >> 64) for each in networks if each.version == 6)
    return of_four <= MOST_ADDRESSES and of_six <= MOST_NETWORKS_OF_64


def _has_ipv4(cidr: Network) -> bool:
    return any(cidr.overlaps(network(written)) for written in _OF_IPV4)


def always(_: tuple[str, ...]) -> bool:
    """Whatever it says: what anyone chooses is as wide in full as by pattern."""
    return True


def not_at_all(_: tuple[str, ...]) -> bool:
    """It holds nothing, whatever it says."""
    return False
