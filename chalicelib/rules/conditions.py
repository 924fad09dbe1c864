"""The one engine that says whether a hand-written rule holds for a finding, for suppressions and routes."""

import ipaddress
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from chalicelib.finding.model import Account, Finding, Resource
from chalicelib.finding.sessions import UNNAMED
from chalicelib.rules import attributes, faults, patterns
from chalicelib.rules.attributes import Item
from chalicelib.rules.faults import RuleFault
from chalicelib.rules.patterns import key_fault, matches, narrows, says_nothing

keys = patterns.keys
"""Every partition key whose rules may match a type: what to query."""

UP_TO_HIGH = 8.9
"""The highest severity below Critical."""

READERS: Mapping[str, Callable[[str, object], tuple[str, ...]]] = {
    "account_id": attributes.account_ids,
    "account_name": attributes.strings,
    "ou_path": attributes.strings,
    "region": attributes.regions,
    "resource_id": attributes.strings,
    "principal": attributes.strings,
    "tag": attributes.tags,
    "actor_ip": attributes.addresses,
    "domain": attributes.domains,
}
"""The conditions, in the order in which they are said, and how each is read."""

NAMES = ("finding_type", "rule")
COMMON = (*NAMES, *READERS, "max_severity", "expires_at", "enabled", "reason", "owner", "ticket")
"""The attributes that suppressions and routes share."""

CHOSEN_BY_MEMBERS = frozenset({"account_name", "tag"})
"""What whoever has a member account can choose, and so use to hide from us."""


@dataclass(frozen=True)
class Conditions:
    """When a rule holds: all of it must be true of a finding."""

    wanted: Mapping[str, tuple[str, ...]]
    """Each condition's patterns (``actor_ip``: networks), in the order of ``READERS``. Any may match."""
    nothing: tuple[str, ...] = ()
    """Attributes that stand in the item and are no condition, because they match anything (``*``)."""
    min_severity: float = 0.0
    max_severity: float = 10.0
    expires_at: datetime | None = None
    """The last moment at which it holds, in UTC."""


@dataclass(frozen=True)
class Entry:
    """What every readable item of the two tables has."""

    finding_type: str
    rule: str
    conditions: Conditions
    reason: str = ""
    enabled: bool = True
    owner: str = ""
    ticket: str = ""


class RuleStanding(StrEnum):
    """What becomes of an item."""

    VALID = "valid"
    FAULTY = "faulty"
    NEVER = "never"  # readable, but no finding can match it
    OFF = "off"


def read_names(item: Item) -> tuple[str, str]:
    """Read an item's key: ``finding_type``, which types can match, and ``rule``. Raises ``Unreadable``."""
    finding_type, rule = (attributes.name(item, name) for name in NAMES)
    if key := key_fault(finding_type):
        raise faults.Unreadable(key, value=finding_type)
    return finding_type, rule


def read_conditions(item: Item, max_severity: float) -> Conditions:
    """Read an item's conditions; ``max_severity`` where it has none of its own. Raises ``Unreadable``."""
    values = {name: read(name, item[name]) for name, read in READERS.items() if name in item}
    nothing = tuple(name for name, wanted in values.items() if any(map(says_nothing, wanted)))
    return Conditions(
        wanted={name: wanted for name, wanted in values.items() if name not in nothing},
        nothing=nothing,
        min_severity=attributes.severity(item, "min_severity", 0.0),
        max_severity=attributes.severity(item, "max_severity", max_severity),
        expires_at=attributes.expiry(item),
    )


def narrowing(conditions: Conditions) -> frozenset[str]:
    """Name the conditions that narrow a rule: not ``[!p]*``, not ``0.0.0.0/0``."""
    return frozenset(name for name, wanted in conditions.wanted.items() if _narrow(name, wanted))


def _narrow(name: str, wanted: tuple[str, ...]) -> bool:
    if name == "actor_ip":
        return all(attributes.network(cidr).prefixlen > 0 for cidr in wanted)
    return all(map(narrows, wanted))


def under_keys(finding: Finding, items: Iterable[Item]) -> list[Item]:
    """Return the items under the finding's keys that are not switched off, the most specific first."""
    order = {key: position for position, key in enumerate(keys(finding.type))}
    applied = [item for item in items if _key(item) in order and item.get("enabled") is not False]
    return sorted(applied, key=lambda item: (order[_key(item)], faults.named(item.get("rule"))))


def _key(item: Item) -> str:
    return faults.named(item.get("finding_type"))


def hold(conditions: Conditions, finding: Finding, account: Account, now: datetime) -> bool:
    """Whether all conditions hold. ``account`` is that of ``finding.account_id``; ``now`` is aware."""
    return (
        conditions.min_severity <= finding.severity <= conditions.max_severity
        and not _expired(conditions, now)
        # What was cut may be what a rule does not mean: every address it knows is not every address there was.
        and not (conditions.wanted and finding.shortened)
        and all(HOLDS[name](wanted, finding, account) for name, wanted in conditions.wanted.items())
    )


def _expired(conditions: Conditions, now: datetime) -> bool:
    return conditions.expires_at is not None and now > conditions.expires_at


def _account_ids(finding: Finding) -> frozenset[str]:
    return frozenset(map(attributes.padded, (finding.account_id, *finding.accounts)))


def _account_id(wanted: tuple[str, ...], finding: Finding, _: Account) -> bool:
    return all(matches(account_id, wanted) for account_id in _account_ids(finding))


def _account_name(wanted: tuple[str, ...], finding: Finding, account: Account) -> bool:
    return _known_account(finding, account.name) and matches(account.name, wanted)


def _ou_path(wanted: tuple[str, ...], finding: Finding, account: Account) -> bool:
    return _known_account(finding, account.ou_path) and matches(account.ou_path, wanted)


def _known_account(finding: Finding, known: str) -> bool:
    # Of a sequence's other accounts neither name nor path is known: one of them may be another's.
    return bool(known) and len(_account_ids(finding)) == 1


def _region(wanted: tuple[str, ...], finding: Finding, _: Account) -> bool:
    return all(matches(region.lower(), wanted) for region in {finding.region, *finding.regions})


def _resource_id(wanted: tuple[str, ...], finding: Finding, _: Account) -> bool:
    # What is not listed are facets of one thing (an instance and its role): one of them suffices.
    facets = (resource for resource in finding.resources if not resource.listed)
    listed = (resource for resource in finding.resources if resource.listed)
    return any(_any(_ids(facet), wanted) for facet in facets) or _every(
        _any(_ids(one), wanted) for one in listed
    )


def _ids(resource: Resource) -> tuple[str, ...]:
    """Name a resource; its ``name`` may be a tag, which who owns the resource chooses: ``ids`` has the others."""
    return (*resource.ids, resource.arn) if resource.arn else resource.ids


def _tag(wanted: tuple[str, ...], finding: Finding, _: Account) -> bool:
    untagged = [resource for resource in finding.resources if not _tagged(resource, wanted)]
    return len(untagged) < len(finding.resources) and not any(resource.listed for resource in untagged)


def _tagged(resource: Resource, wanted: tuple[str, ...]) -> bool:
    return any(_is_tag(key, value, tag) for key, value in resource.tags for tag in wanted)


def _is_tag(key: str, value: str, wanted: str) -> bool:
    # Compared from the tag's side, because a key may itself contain "=".
    pattern = wanted.removeprefix(key + "=")
    return wanted == key or (pattern != wanted and (value == pattern or matches(value, (pattern,))))


def _principal(wanted: tuple[str, ...], finding: Finding, _: Account) -> bool:
    return _every(_any(names, wanted) for names in finding.principals)


def _actor_ip(wanted: tuple[str, ...], finding: Finding, _: Account) -> bool:
    return _every(_within(address, wanted) for address in finding.actor_ips)


def _within(address: str, wanted: tuple[str, ...]) -> bool:
    try:
        parsed = ipaddress.ip_address(address.strip())
    except ValueError:
        return False
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    networks = [attributes.network(cidr) for cidr in wanted]
    return any(one in cidr for one in (parsed, mapped) if one is not None for cidr in networks)


def _domain(wanted: tuple[str, ...], finding: Finding, _: Account) -> bool:
    return _every(matches(attributes.plain_domain(domain), wanted) for domain in finding.domains)


def _any(names: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    return any(matches(name, wanted) for name in names if name != UNNAMED)


def _every(matched: Iterable[bool]) -> bool:
    """Whether there is at least one, and each is true."""
    results = list(matched)
    return bool(results) and all(results)


HOLDS: Mapping[str, Callable[[tuple[str, ...], Finding, Account], bool]] = {
    "account_id": _account_id,
    "account_name": _account_name,
    "ou_path": _ou_path,
    "region": _region,
    "resource_id": _resource_id,
    "principal": _principal,
    "tag": _tag,
    "actor_ip": _actor_ip,
    "domain": _domain,
}
"""Whether each condition holds."""


def never(entry: Entry, now: datetime) -> RuleFault | None:
    """Say why a readable rule can never match, or ``None`` when it can."""
    conditions = entry.conditions
    if _expired(conditions, now):
        when = f"{conditions.expires_at:%Y-%m-%d %H:%M} UTC"
        return faults.fault(entry.finding_type, entry.rule, "expired", when=when)
    if conditions.min_severity > conditions.max_severity:
        low, high = f"{conditions.min_severity:g}", f"{conditions.max_severity:g}"
        return faults.fault(entry.finding_type, entry.rule, "severities", low=low, high=high)
    account_ids = conditions.wanted.get("account_id", ())
    if account_ids and not any(map(_possible_account_id, account_ids)):
        return faults.fault(entry.finding_type, entry.rule, "account_digits", value=account_ids[0])
    return None


def _possible_account_id(pattern: str) -> bool:
    # Only an id without wildcards is judged.
    return any(map(pattern.__contains__, "*?[")) or (len(pattern) == 12 and pattern.isdecimal())


def standing(reading: Entry | RuleFault, now: datetime) -> tuple[RuleStanding, RuleFault | None]:
    """Give the verdict on what was read, and why: for the feed and the ``suppressions`` command alike."""
    if isinstance(reading, RuleFault):
        # A key that no type has is readable enough to be named as what it is.
        return (RuleStanding.NEVER if reading.key.startswith("key") else RuleStanding.FAULTY), reading
    if not reading.enabled:
        return RuleStanding.OFF, None
    why = never(reading, now)
    return (RuleStanding.NEVER if why else RuleStanding.VALID), why
