"""A digest's findings, counted: by type, and within a type by account, resource and remote host.

In whatever order they come the numbers are the same, and so is the order of what has the same number.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple, TypeVar

from chalicelib.message import phrases
from chalicelib.message.digest import MOST_HOSTS, MOST_RESOURCES, FoldedFinding
from chalicelib.text.untrusted import clean

_Key = TypeVar("_Key", str, tuple[str, str])


class FindingGroup(NamedTuple):
    """Findings counted together. A counter says of how many findings something is named."""

    type: str
    number: int
    severity: float
    """The highest; of samples only where all are."""
    lowest: float
    samples: int
    accounts: Counter[str]
    """By their ids."""
    names: Mapping[str, str]
    """What each account is called, by its id."""
    resources: Counter[str]
    hosts: Counter[str]
    more_resources: bool
    """Whether a finding has perhaps more than were kept of it."""
    more_hosts: bool
    regions: Counter[tuple[str, str]]
    """By partition and region."""
    first: datetime | None
    last: datetime | None

    @property
    def account(self) -> str:
        """The one account's id; empty where there are several."""
        return next(iter(self.accounts)) if len(self.accounts) == 1 else ""


class CountedFindings(NamedTuple):
    """All findings of a digest, and those of each type, the most severe first."""

    all: FindingGroup
    groups: list[FindingGroup]


def counted(findings: Sequence[FoldedFinding]) -> CountedFindings:
    """Count findings, at least one."""
    names, by_type = _names(findings), defaultdict[str, list[FoldedFinding]](list)
    for each in findings:
        by_type[each.type].append(each)
    groups = sorted((_group(found, names) for found in by_type.values()), key=_rank)
    return CountedFindings(_group(findings, names), groups)


def most(counts: Counter[_Key]) -> list[tuple[_Key, int]]:
    """Sort by number, then by name: in whatever order they came."""
    return sorted(counts.items(), key=lambda each: (-each[1], each[0]))


def _rank(group: FindingGroup) -> tuple[bool, float, int, str]:
    """Sort the most severe first, then the rarest: a flood of others as severe must not hide one that is unlike them.

    Samples alone are behind all that is real.
    """
    return group.samples == group.number, -group.severity, group.number, group.type


def _group(findings: Sequence[FoldedFinding], names: Mapping[str, str]) -> FindingGroup:
    real = [each for each in findings if not each.sample] or findings
    seen = sorted(filter(None, map(moment, {each.at for each in findings})))
    return FindingGroup(
        type=findings[0].type,
        number=len(findings),
        severity=max(each.severity for each in real),
        lowest=min(each.severity for each in real),
        samples=sum(each.sample for each in findings),
        accounts=Counter(each.account for each in findings),
        names=names,
        resources=_named(each.resources for each in findings),
        hosts=_named(each.hosts for each in findings),
        more_resources=any(len(each.resources) >= MOST_RESOURCES for each in findings),
        more_hosts=any(len(each.hosts) >= MOST_HOSTS for each in findings),
        regions=Counter((each.partition, each.region) for each in findings if each.region.strip()),
        first=seen[0] if seen else None,
        last=seen[-1] if seen else None,
    )


def _named(named: Iterable[Sequence[str]]) -> Counter[str]:
    counts = Counter(name for each in named for name in set(each))
    return Counter({name: number for name, number in counts.items() if clean(name)})


def _names(findings: Iterable[FoldedFinding]) -> dict[str, str]:
    """Name each account in one way: by its name, where no other has the same, else by its id too."""
    said = defaultdict[str, Counter[str]](Counter)
    for each in findings:
        said[each.account][each.account_name] += 1
    named = {
        account: clean(max(names, key=lambda name: (names[name], name))) for account, names in said.items()
    }
    often = Counter(named.values())
    return {
        account: (name if often[name] == 1 else phrases.named(name, account)) or account
        for account, name in named.items()
    }


def moment(text: str) -> datetime | None:
    """Read a finding's time; None where it is none."""
    try:
        when = datetime.fromisoformat(text)
        return (when if when.tzinfo else when.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
