"""How much a rule may hide, by what holds it: who hides by what anyone can make a finding carry, hides attackers."""

from collections.abc import Mapping
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


def scope(finding_type: str) -> Scope:
    """Say which types a key is for."""
    if finding_type in ("*", "*:*"):
        return Scope.EVERY
    return Scope.ANY_PURPOSE if finding_type.startswith("*:") else Scope.ONE


def held(wanted: Wanted) -> Held:
    """Find the best that holds a rule: a condition of which every value is narrow by itself."""
    holders = {name: _holder(name, wanted) for name in wanted if CONDITIONS[name].narrow(wanted[name])}
    best = next((holder for holder in Holder if holder in holders.values()), Holder.NOTHING)
    return Held(best, tuple(name for name, holder in holders.items() if holder is best))


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


def chosen_by_owners(wanted: Wanted) -> tuple[str, ...]:
    """Name a route's conditions where there are some and none is of a kind that account owners can't choose."""
    ours = any(_HOLDERS[chooser(name, wanted)] is Holder.IDENTITY for name in wanted)
    return () if ours else tuple(wanted)
