"""How much a rule may hide, by what holds it: who hides by what anyone can make a finding carry, hides attackers."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Final, NamedTuple

from chalicelib.rules.table import CONDITIONS, Chooser, chooser

Wanted = Mapping[str, tuple[str, ...]]
"""A rule's conditions and what it wants of each."""


class Scope(StrEnum):
    """Which finding types a rule is for."""

    ONE = "one"  # one type, or those of one purpose
    ANY_PURPOSE = "any purpose"
    EVERY = "every"


class Holder(StrEnum):
    """The best that holds a rule."""

    IDENTITY = "identity"
    ADDRESSES = "addresses"
    OWNER = "owner"
    ANYONE = "anyone"
    NOTHING = "nothing"


class Demand(StrEnum):
    """What a rule needs to be applied."""

    NONE = "none"
    BOUNDS = "bounds"  # its own max_severity and expires_at
    REFUSED = "refused"


MATRIX: Final[Mapping[Holder, tuple[Demand, Demand, Demand]]] = {
    Holder.IDENTITY: (Demand.NONE, Demand.NONE, Demand.NONE),
    Holder.ADDRESSES: (Demand.NONE, Demand.NONE, Demand.NONE),
    Holder.OWNER: (Demand.NONE, Demand.BOUNDS, Demand.BOUNDS),
    Holder.ANYONE: (Demand.BOUNDS, Demand.BOUNDS, Demand.REFUSED),
    Holder.NOTHING: (Demand.NONE, Demand.BOUNDS, Demand.REFUSED),
}
"""What is demanded of a rule that this holds, for each scope."""

_HOLDERS: Final[Mapping[Chooser, Holder]] = {
    Chooser.IDENTITY: Holder.IDENTITY,
    Chooser.AWS: Holder.IDENTITY,
    Chooser.OWNER: Holder.OWNER,
    Chooser.OTHER_SIDE: Holder.OWNER,
    Chooser.ANYONE: Holder.ANYONE,
    Chooser.ATTACKER: Holder.ANYONE,
    Chooser.NOTHING: Holder.NOTHING,
}

_FAULTS: Final[Mapping[tuple[Demand, Holder], str]] = {
    (Demand.REFUSED, Holder.NOTHING): "star",
    (Demand.REFUSED, Holder.ANYONE): "star_anyone",
    (Demand.BOUNDS, Holder.OWNER): "member",
    (Demand.BOUNDS, Holder.ANYONE): "anyone",
    (Demand.BOUNDS, Holder.NOTHING): "unheld",
}

BOUNDS: Final = frozenset({"max_severity", "expires_at"})


class Held(NamedTuple):
    """What holds a rule, and by which conditions."""

    by: Holder
    names: tuple[str, ...] = ()


class ByOthers(NamedTuple):
    """What holds a rule that is held only by what others can choose; empty of any other rule."""

    choosers: tuple[Chooser, ...] = ()
    names: tuple[str, ...] = ()


def scope(finding_type: str) -> Scope:
    """Say which types a key is for."""
    if finding_type in ("*", "*:*"):
        return Scope.EVERY
    return Scope.ANY_PURPOSE if finding_type.startswith("*:") else Scope.ONE


def held(wanted: Wanted) -> Held:
    """Find the best that holds a rule: a condition of which every value is narrow by itself."""
    holders = {name: _holder(name, wanted) for name in _holding(wanted)}
    best = next((holder for holder in Holder if holder in holders.values()), Holder.NOTHING)
    return Held(best, tuple(name for name, holder in holders.items() if holder is best))


def _holding(wanted: Wanted) -> Iterator[str]:
    return (name for name in wanted if CONDITIONS[name].narrow(wanted[name]))


def _holder(name: str, wanted: Wanted) -> Holder:
    return Holder.ADDRESSES if name == "actor_ip" else _HOLDERS[chooser(name, wanted)]


def fault(finding_type: str, wanted: Wanted, given: frozenset[str]) -> tuple[str, dict[str, str]] | None:
    """Say why a rule is too wide for what holds it, as a fault's key and values, or ``None``.

    ``given`` are the attributes that the rule has itself.
    """
    by = held(wanted)
    demand = MATRIX[by.by][list(Scope).index(scope(finding_type))]
    if demand is Demand.NONE or (demand is Demand.BOUNDS and given >= BOUNDS):
        return None
    said = {"value": finding_type, "names": ", ".join(by.names)}
    return _FAULTS[demand, by.by], said


def note(finding_type: str, wanted: Wanted) -> str:
    """Name what to say of a rule that may stand, though it hides much; empty where there is nothing to say."""
    by = held(wanted).by
    if by is Holder.ADDRESSES and scope(finding_type) is not Scope.ONE:
        return "every_purpose"
    return "held_by_type" if by is Holder.NOTHING else ""


def by_others(wanted: Wanted) -> ByOthers:
    """Name who can make a finding match the rule, where AWS or the organisation knows no condition that holds it.

    Of one rule this is the same for every finding: a condition holds by all of its values, whichever of them a
    finding has, and all conditions must match. So it takes everybody named to bring a finding under the rule.
    What anyone can choose is named only where nothing else holds: beside an owner's condition it keeps nobody out,
    and an attacker is anyone.
    """
    choosers = {name: chooser(name, wanted) for name in _holding(wanted)}
    if any(_HOLDERS[who] is Holder.IDENTITY for who in choosers.values()):
        return ByOthers()
    known = {name: who for name, who in choosers.items() if _HOLDERS[who] is Holder.OWNER}
    named = known or dict.fromkeys(choosers, Chooser.ANYONE)
    return ByOthers(tuple(who for who in Chooser if who in named.values()), tuple(named))


def chosen_by_owners(wanted: Wanted) -> tuple[str, ...]:
    """Name a route's conditions where there are some and none is of a kind that account owners can't choose."""
    ours = any(_HOLDERS[chooser(name, wanted)] is Holder.IDENTITY for name in wanted)
    return () if ours else tuple(wanted)
