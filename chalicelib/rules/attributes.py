"""The values of a rule's item, read strictly: what the table's description does not allow is ``Unreadable``.

Values come as boto3's ``TypeDeserializer`` gives them (S ``str``, N ``Decimal``, BOOL ``bool``, L ``list``,
SS and NS ``set``, NULL ``None``, M ``dict``, B bytes) or as plain JSON (numbers ``int`` and ``float``).
"""

import difflib
import ipaddress
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import lru_cache

from chalicelib.rules import patterns
from chalicelib.rules.faults import Unreadable

Item = Mapping[str, object]
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

ACCOUNT_DIGITS = 12

_NUMBER = r"[0-9]+(\.[0-9]+)?"
_DAY = r"([0-9]{4})([-/])([0-9]{2})\2([0-9]{2})"
_MOMENT = r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:?[0-9]{2}.*"


def refuse_unknown(item: Item, known: Collection[str]) -> None:
    """Refuse an item with an attribute that is not ``known``: it may be a misspelt condition."""
    for attribute in sorted(str(name) for name in item if name not in known):
        near = difflib.get_close_matches(attribute[: patterns.LONGEST].lower(), sorted(known), n=1)
        if near:
            raise Unreadable("misspelt", attribute=attribute, near=near[0])
        raise Unreadable("unknown", attribute=attribute)


def name(item: Item, attribute: str) -> str:
    """Read a string that must be there and not be blank."""
    value = item.get(attribute)
    if not isinstance(value, str) or not value.strip():
        raise Unreadable("name", attribute=attribute)
    return value


def text(item: Item, attribute: str) -> str:
    """Read a string that may be missing (empty then)."""
    value = item.get(attribute, "")
    if not isinstance(value, str):
        raise Unreadable("text", attribute=attribute)
    return value.strip()


def reason(item: Item) -> str:
    """Read why: there must be a reason."""
    value = item.get("reason")
    if not isinstance(value, str) or not value.strip():
        raise Unreadable("reason")
    return value.strip()


def flag(item: Item, attribute: str, default: bool) -> bool:
    """Read a Boolean."""
    value = item.get(attribute, default)
    if not isinstance(value, bool):
        raise Unreadable("flag", attribute=attribute)
    return value


def severity(item: Item, attribute: str, default: float) -> float:
    """Read a severity from 0 to 10: a number, or a string of one."""
    if attribute not in item:
        return default
    value = _number(item[attribute])
    if value is None or not 0 <= value <= 10:
        raise Unreadable("severity", attribute=attribute)
    return value


def number(item: Item, attribute: str, default: float) -> float:
    """Read a number, or a string of one."""
    if attribute not in item:
        return default
    value = _number(item[attribute])
    if value is None:
        raise Unreadable("number", attribute=attribute)
    return value


def count(item: Item, attribute: str) -> int:
    """Read a counter of the state machine's: a number only."""
    value = item.get(attribute, 0)
    if isinstance(value, str):
        raise Unreadable("number", attribute=attribute)
    return int(number(item, attribute, 0))


def _number(value: object) -> float | None:
    if isinstance(value, str):
        return float(value) if re.fullmatch(_NUMBER, value.strip()) else None
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    # Bounded before it is converted: float() of a huge int raises, of a huge Decimal is infinite.
    plain = not isinstance(value, Decimal) or value.is_finite()
    return float(value) if plain and -1e15 < value < 1e15 else None


def expiry(item: Item) -> datetime | None:
    """Read the last moment at which the rule holds, in UTC; ``None`` when it has no end."""
    if "expires_at" not in item:
        return None
    moment = _moment(item["expires_at"])
    if moment is None:
        raise Unreadable("date")
    return moment


def _moment(value: object) -> datetime | None:
    try:
        seconds = _number(value)
        if seconds is not None:
            return datetime.fromtimestamp(seconds, UTC)
        return _written(value.strip()) if isinstance(value, str) else None
    except (ValueError, OverflowError, OSError):  # a 13th month; a year that datetime has not
        return None


def _written(text: str) -> datetime | None:
    if day := re.fullmatch(_DAY, text):
        return datetime.combine(date(int(day[1]), int(day[3]), int(day[4])), time.max, UTC)
    if not re.fullmatch(_MOMENT, text):
        return None
    moment = datetime.fromisoformat(text)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def strings(attribute: str, value: object) -> tuple[str, ...]:
    """Read a string, or a list or set of strings, none of them blank."""
    return _values(value, lambda one: _string(attribute, one), "values", attribute)


def account_ids(attribute: str, value: object) -> tuple[str, ...]:
    """Read account ids: strings, patterns or numbers, padded to twelve digits."""
    return _values(value, _account_id, "account", attribute)


def regions(attribute: str, value: object) -> tuple[str, ...]:
    """Read region names in lower case."""
    return tuple(one.lower() for one in strings(attribute, value))


def domains(attribute: str, value: object) -> tuple[str, ...]:
    """Read domains in lower case, without the closing dot."""
    return _values(value, lambda one: _domain(attribute, one), "values", attribute)


def tags(attribute: str, value: object) -> tuple[str, ...]:
    """Read tags as ``key`` or ``key=value``; wildcards stand in the value only (``*`` alone is any tag)."""
    return _values(value, lambda one: _tag(attribute, one), "values", attribute)


def addresses(attribute: str, value: object) -> tuple[str, ...]:
    """Read addresses and CIDRs, each as its network is written (``10.0.0.1/8`` as ``10.0.0.0/8``)."""
    return _values(value, lambda one: _address(attribute, one), "values", attribute)


def _values(value: object, one: Callable[[object], str], key: str, attribute: str) -> tuple[str, ...]:
    if isinstance(value, set | frozenset):
        return tuple(sorted(_each(value, one, key, attribute)))
    return _each(value if isinstance(value, list | tuple) else (value,), one, key, attribute)


def _each(
    values: Iterable[object], one: Callable[[object], str], key: str, attribute: str
) -> tuple[str, ...]:
    if read := tuple(one(value) for value in values):
        return read
    raise Unreadable(key, attribute=attribute)


def _string(attribute: str, value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise Unreadable("values", attribute=attribute)
    if len(value) > patterns.LONGEST:
        raise Unreadable("long", attribute=attribute, limit=patterns.LONGEST)
    return value.strip()


def _account_id(value: object) -> str:
    if isinstance(value, str):
        return padded(_string("account_id", value))
    amount = _number(value)
    if amount is None or not amount.is_integer() or not 0 <= amount < 10**ACCOUNT_DIGITS:
        raise Unreadable("account")
    return padded(str(int(amount)))


def padded(account_id: str) -> str:
    """Pad an account id to twelve digits; what is no digits stays."""
    return account_id.zfill(ACCOUNT_DIGITS) if account_id.isdecimal() else account_id


def _domain(attribute: str, value: object) -> str:
    domain = plain_domain(_string(attribute, value))
    if not domain:
        raise Unreadable("values", attribute=attribute)
    return domain


def plain_domain(domain: str) -> str:
    """Return a domain as it is compared: lower case, without the closing dot."""
    return domain.lower().rstrip(".")


def _tag(attribute: str, value: object) -> str:
    tag = _string(attribute, value)
    key = tag.partition("=")[0]
    if not key or (patterns.wild(key) and not patterns.says_nothing(tag)):
        raise Unreadable("tag", value=tag)
    return tag


def _address(attribute: str, value: object) -> str:
    written = _string(attribute, value)
    try:
        found = network(written)
    except ValueError:
        raise Unreadable("address", value=written) from None
    return str(found.network_address if found.num_addresses == 1 else found)


@lru_cache(maxsize=4096)
def network(written: str) -> Network:
    """Read an address or CIDR, with or without host bits. Raises ``ValueError``."""
    return ipaddress.ip_network(written, strict=False)
