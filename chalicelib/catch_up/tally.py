"""What a replay found and did, counted."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, NamedTuple

from chalicelib.catch_up.compare import Judged
from chalicelib.catch_up.missing import FindingStanding, on_its_way
from chalicelib.catch_up.request import ReplayRequest
from chalicelib.ledger.claim import instant

GIVEN_UP = "executions ended without posting"
REFUSED = "Step Functions refused the input"
GONE = "no longer listed"
NOT_LOOKED_AT = "not looked at"
FORECAST = ("would be posted", "would be hidden")
_NOT_DONE = (GIVEN_UP, REFUSED, GONE)
_ALREADY = ("posted", "suppressed", "under way", GONE)

MOST_NAMED = 100
"""Missing findings that an answer names; the rest it counts."""


class Outcome(NamedTuple):
    """What came of a missing finding."""

    word: str
    """posted, suppressed, under way: an execution had it already. started, redriven: one has it now. Or a reason."""
    rule: str = ""
    """The suppression rule that would hide it."""


Act = Callable[[Judged], Outcome]
"""Does something about a missing finding and says what came of it."""


@dataclass(frozen=True)
class Tally:
    """What was found and done: a value, which adding and moving leave as it is."""

    listed: int = 0
    standings: Counter[FindingStanding] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    """What came of the missing: started, redriven, under way, …."""
    skipped: Counter[str] = field(default_factory=Counter)
    late: int = 0
    """Missing ones that the event path had lost: those whose event may be on its way don't count."""
    suppressed_by: frozenset[str] = frozenset()
    in_digests: int = 0
    """Posted ones that have no message of their own."""
    digests: frozenset[str] = frozenset()
    """The digests that show them."""
    named: tuple[dict[str, Any], ...] = ()
    unnamed: int = 0
    """Missing ones that are counted only."""

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            listed=self.listed + other.listed,
            standings=self.standings + other.standings,
            outcomes=self.outcomes + other.outcomes,
            skipped=self.skipped + other.skipped,
            late=self.late + other.late,
            suppressed_by=self.suppressed_by | other.suppressed_by,
            in_digests=self.in_digests + other.in_digests,
            digests=self.digests | other.digests,
            named=self.named + other.named,
            unnamed=self.unnamed + other.unnamed,
        )

    def shortened(self, most: int) -> "Tally":
        """Name so many missing findings at most, and count the others: ten thousand would fill the memory."""
        left = self.named[most:]
        return replace(self, named=self.named[:most], unnamed=self.unnamed + len(left)) if left else self

    def moved(self, before: str, after: str) -> "Tally":
        """Count one missing finding's outcome anew: what came of it is now ``after``."""
        return replace(self, outcomes=self.outcomes - Counter([before]) + Counter([after]))

    @property
    def missing(self) -> int:
        """How many were to be posted."""
        return sum(number for standing, number in self.standings.items() if standing.missing)

    def to_json(self) -> dict[str, Any]:
        """Return the counts, and the missing by name as far as there is room."""
        standings, outcomes = self.standings, self.outcomes
        return {
            "listed": self.listed,
            "already_posted": standings[FindingStanding.POSTED] + outcomes["posted"],
            "not_due": standings[FindingStanding.NOT_DUE],
            "suppressed": standings[FindingStanding.SUPPRESSED] + outcomes["suppressed"],
            "missing": self.missing - sum(outcomes[each] for each in (*_ALREADY, NOT_LOOKED_AT)),
            "under_way": standings[FindingStanding.IN_DIGEST] + outcomes["under way"],
            **({"in_digests": self.in_digests} if self.in_digests else {}),
            "not_looked_at": outcomes[NOT_LOOKED_AT],
            "started": outcomes["started"],
            "redriven": outcomes["redriven"],
            **{name.replace(" ", "_"): outcomes[name] for name in FORECAST if outcomes[name]},
            "skipped": dict(self.skipped),
            "findings": list(self.named[:MOST_NAMED]),
            "findings_left_out": max(0, len(self.named) - MOST_NAMED) + self.unnamed,
        }


@dataclass(frozen=True)
class Result:
    """What a run came to."""

    tally: Tally
    rest: ReplayRequest | None = None
    """What is left to do; None where all is done."""
    why: str = ""
    """Why it stopped."""
    unread: Mapping[str, str] = field(default_factory=dict)
    """Regions whose list was not read, or not to its end, and why."""
    held_up: str = ""
    """Why missing findings were not looked at."""
    quieter: str = ""
    """What came of the rules that are offered once a week."""

    def to_json(self) -> dict[str, Any]:
        """Return the function's answer; ``next`` is a payload's ``next``."""
        left = {"next": self.rest.to_json(), "stopped": self.why} if self.rest else {"next": None}
        unread = {"not_compared": dict(self.unread)} if self.unread else {}
        quieter = {"quieter": self.quieter} if self.quieter else {}
        return {**self.tally.to_json(), **unread, **quieter, **left}


def counted(each: Judged, outcome: Outcome | None, now: datetime) -> Tally:
    """Count one listed finding, and what came of it where it was missing."""
    hidden = each.standing is FindingStanding.SUPPRESSED
    one = Tally(
        listed=1,
        standings=Counter([each.standing]),
        suppressed_by=frozenset([each.record.suppressed_by] if hidden else ()),
    )
    one += _in_digest(each)
    return one + came_of(each, outcome, now) if outcome else one


def _in_digest(each: Judged) -> Tally:
    """Count a finding that is posted, and that a digest shows."""
    posted = each.standing in (FindingStanding.POSTED, FindingStanding.NOT_DUE)
    id_ = each.record.digest_id if posted else ""
    return Tally(in_digests=1, digests=frozenset([id_])) if id_ else Tally()


def came_of(each: Judged | None, outcome: Outcome, now: datetime) -> Tally:
    """Count what came of a missing finding; None where it is gone."""
    word = outcome.word
    outcomes, skipped = Counter([word]), Counter([word] if word in _NOT_DONE else ())
    if each is None or word in _ALREADY:
        done = Tally(outcomes=outcomes, skipped=skipped)
        return done + _in_digest(each) if each else done
    said = named(each) | {"outcome": word} | ({"rule": outcome.rule} if outcome.rule else {})
    late = int(not on_its_way(each.finding, each.standing, now))
    return Tally(outcomes=outcomes, skipped=skipped, late=late, named=(said,))


def named(each: Judged) -> dict[str, Any]:
    """Name a missing finding: identifiers only."""
    finding = each.finding
    return {
        "id": finding.id,
        "type": finding.type,
        "severity": finding.severity,
        "account": finding.account_id,
        "region": finding.region,
        "updated": instant(finding.updated_at) if finding.updated_at else "",
        "why": str(each.standing),
    }
