"""What may go wrong at a call of the outside, and where in a history it does.

A call is told by its name (``dynamodb:UpdateItem finding``), by whoever makes it and by the how-manieth of theirs
it is, so that a fault stays where it is when other things of the history are left out.
"""

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

Kind = str

FAULTS: Mapping[str, tuple[Kind, ...]] = {
    "dynamodb": ("death before", "death after", "lost", "throttled", "slow"),
    "aws": ("death before", "death after", "lost", "throttled", "slow"),
    "slack": ("death before", "death after", "lost", "late", "vanished", "unavailable", "throttled", "slow"),
    "lambda": ("throttled", "lost", "zombie", "slow"),
    "state": ("throttled", "lost", "slow"),
}
"""What may happen at each sort of call.

``death``: the function dies before the call or after its effect. ``lost``: the effect came, its answer did not.
``late``: as lost, and the effect comes only up to forty seconds after the caller has given up.
``vanished``: no answer and no effect.
``unavailable``: an error in place of the effect. ``throttled``: too many requests. ``slow``: it takes seconds.
``zombie``: the state machine gives the function up, which runs on.
"""


SELDOM = frozenset(
    {
        "replay-findings: dynamodb:GetItem channel",
        "replay-findings: dynamodb:UpdateItem channel",
        "replay-findings: states:DescribeExecution",
        "replay-findings: states:RedriveExecution",
        "replay-findings: states:StartExecution",
    }
)
"""Calls that few histories make: where faults are drawn at all, each second one of these goes wrong."""


class Place(NamedTuple):
    """One call: who makes it, of what name, and the how-manieth of theirs."""

    who: str
    call: str
    nth: int


def chance(*of: object) -> float:
    """Draw a number of 0 to 1 from what it is about: the same for the same, whatever else happens."""
    drawn = hashlib.blake2b(repr(of).encode(), digest_size=7).digest()
    return int.from_bytes(drawn) / 2**56


@dataclass
class Faults:
    """The faults of one history: drawn at a rate, or only those that are told."""

    seed: int
    rate: float = 0.0
    told: Mapping[Place, Kind] | None = None
    until: float = float("inf")
    """Seconds since the start, after which nothing goes wrong."""
    happened: dict[Place, Kind] = field(default_factory=dict)
    reached: Counter[tuple[str, Kind]] = field(default_factory=Counter)
    """How often each fault happened at each call, and (with an empty kind) how often there was none."""
    _counts: Counter[tuple[str, str]] = field(default_factory=Counter)

    def at(self, who: str, call: str, sort: str, elapsed: float) -> Kind:
        """Say what goes wrong with the next call of this name; empty where nothing does."""
        self._counts[who, call] += 1
        place = Place(who, call, self._counts[who, call])
        kind = self._kind(place, sort) if elapsed < self.until else ""
        self.reached[call, kind] += 1
        if kind:
            self.happened[place] = kind
        return kind

    def _kind(self, place: Place, sort: str) -> Kind:
        if self.told is not None:
            return self.told.get(place, "")
        rate = max(self.rate, 0.5) if self.rate and place.call in SELDOM else self.rate
        if chance(self.seed, "fault", place) >= rate:
            return ""
        kinds = FAULTS[sort]
        return kinds[int(chance(self.seed, "kind", place) * len(kinds))]
