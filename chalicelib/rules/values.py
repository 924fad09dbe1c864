"""The values of a condition, read strictly, each as it is compared: what can't be read is ``Unreadable``."""

import ipaddress
import re
from collections.abc import Callable, Iterable
from functools import lru_cache

from chalicelib.finding.made_ids import is_arn, unqualified
from chalicelib.rules import attributes, patterns
from chalicelib.rules.faults import Unreadable

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
ReadsOne = Callable[[str, object], str]

ACCOUNT_DIGITS = 12

_AWS_IDS = re.compile(
    r"(?:i|eni|vol|snap|ami|vpc|subnet|sg|lt)-[0-9a-f*?\[\]!-]+"
    r"|(?:db|cluster)-[0-9A-Z*?\[\]!-]+|shardgroup-[0-9a-z*?\[\]!-]+"
    r"|A[A-Z]{2}A[A-Z0-9*?\[\]!-]+|[0-9*?\[\]!-]{12}"
    r"|[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
)
_IDS_OF_IAM = re.compile(r"A(?:KIA|SIA|ROA|IDA)(?:[A-Z0-9]{8,}|[A-Z0-9]*[*?].*)")
_IAM_ARN = re.compile(r"(arn:[^:]*:iam:[^:]*:[^:]*:(?:user|role))/(?:(.*)/)?([^/]*)")
_HYPHENED = re.compile(r"([0-9]{4})-([0-9]{4})-([0-9]{4})")


def read(one: ReadsOne) -> Callable[[str, object], tuple[str, ...]]:
    """Make the reader of a condition of the reader of one value: it takes a value, or a list or set of them."""
    return lambda attribute, value: _each(_spread(value), lambda each: one(attribute, each), attribute)


def _spread(value: object) -> list[object]:
    if isinstance(value, set | frozenset):
        return sorted(value, key=repr)
    return list(value) if isinstance(value, list | tuple) else [value]


def _each(values: Iterable[object], one: Callable[[object], str], attribute: str) -> tuple[str, ...]:
    if said := tuple(dict.fromkeys(one(value) for value in values)):
        return said
    raise Unreadable("values", attribute=attribute)


def string(attribute: str, value: object) -> str:
    """Read a string that is not blank."""
    if not isinstance(value, str) or not value.strip():
        raise Unreadable("values", attribute=attribute)
    if len(value) > patterns.LONGEST:
        raise Unreadable("long", attribute=attribute, limit=patterns.LONGEST)
    return value.strip()


def small_letters(attribute: str, value: object) -> str:
    """Read what is compared without regard to letter case."""
    return string(attribute, value).lower()


def finding_id(attribute: str, value: object) -> str:
    """Read a finding's id, or its ARN, of which the last part counts."""
    written = string(attribute, value)
    return written.rpartition("/")[2] if written.startswith("arn:") else written


def account_id(attribute: str, value: object) -> str:
    """Read an account id: a string, a pattern or a number, padded to twelve digits, or with hyphens as AWS shows it."""
    if isinstance(value, str):
        written = string(attribute, value)
        return "".join(parts.groups()) if (parts := _HYPHENED.fullmatch(written)) else padded(written)
    amount = attributes.plain_number(value)
    if amount is None or not amount.is_integer() or not 0 <= amount < 10**ACCOUNT_DIGITS:
        raise Unreadable("account", attribute=attribute)
    return padded(str(int(amount)))


def padded(account: str) -> str:
    """Pad an account id to twelve digits; what is no digits stays."""
    return account.zfill(ACCOUNT_DIGITS) if account.isdecimal() else account


def resource_id(attribute: str, value: object) -> str:
    """Read an ARN or an id that AWS made; a name that anybody can give is a condition of its own kind."""
    written = string(attribute, value)
    if patterns.says_nothing(written):
        return written
    if is_arn(written):
        if unqualified(written) != written:
            raise Unreadable("qualified", attribute=attribute, value=written)
        return written
    if _AWS_IDS.fullmatch(written):
        return written
    raise Unreadable(_kind_of_name(written), attribute=attribute, value=written)


def _kind_of_name(written: str) -> str:
    if written.startswith("arn:"):
        return "session_arn"
    if "/" in written:
        return "free_image" if re.search(r"[.:@].*/|/.*[:@]", written) else "free_workload"
    return "free_name"


def principal(attribute: str, value: object) -> str:
    """Read the name or ARN of a user or role; an ARN without the path, which GuardDuty does not give."""
    written = string(attribute, value)
    if _IDS_OF_IAM.fullmatch(written):
        raise Unreadable("id_as_principal", value=written)
    if not (parts := _IAM_ARN.fullmatch(written)):
        return written
    if parts[2] and not patterns.narrows(parts[3]):
        raise Unreadable("path", value=written)
    return f"{parts[1]}/{parts[3]}"


def asn(attribute: str, value: object) -> str:
    """Read an AS number: digits, with or without ``AS`` before them."""
    written = value.strip().upper().removeprefix("AS") if isinstance(value, str) else value
    number = attributes.plain_number(written)
    if number is None or not number.is_integer() or not 0 < number < 2**32:
        raise Unreadable("asn", attribute=attribute)
    return str(int(number))


def port(attribute: str, value: object) -> str:
    """Read a port's number."""
    number = attributes.plain_number(value)
    if number is None or not number.is_integer() or not 0 <= number < 2**16:
        raise Unreadable("port", attribute=attribute)
    return str(int(number))


def domain(attribute: str, value: object) -> str:
    """Read a domain in small letters, without the closing dot."""
    if written := plain_domain(string(attribute, value)):
        return written
    raise Unreadable("values", attribute=attribute)


def plain_domain(name: str) -> str:
    """Return a domain as it is compared."""
    return name.lower().rstrip(".")


def tag(attribute: str, value: object) -> str:
    """Read a tag as ``key`` or ``key=value``; wildcards stand in the value only (``*`` alone is any tag)."""
    written = string(attribute, value)
    key = written.partition("=")[0]
    if not key or (patterns.wild(key) and not patterns.says_nothing(written)):
        raise Unreadable("tag", value=written)
    return written


def address(attribute: str, value: object) -> str:
    """Read an address or CIDR as its network is written (``10.0.0.1/8`` as ``10.0.0.0/8``)."""
    written = string(attribute, value)
    try:
        found = network(written)
    except ValueError:
        raise Unreadable("address", value=written) from None
    return str(found.network_address if found.num_addresses == 1 else found)


@lru_cache(maxsize=4096)
def network(written: str) -> Network:
    """Read an address or CIDR, with or without host bits. Raises ``ValueError``."""
    return ipaddress.ip_network(written, strict=False)
