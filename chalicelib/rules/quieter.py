"""The few rules that would make a channel quieter, each proved on what was posted."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from chalicelib.finding.model import Account, Finding, Severity
from chalicelib.rules import offered_trials
from chalicelib.rules.offered_trials import FEWEST, Proved, Tried, TriedTogether
from chalicelib.rules.patterns import wild
from chalicelib.rules.values import padded

MOST = 3
"""Rules that are offered at once."""


class PostedFinding(NamedTuple):
    """A finding that stands in Slack: posted, and not hidden since."""

    finding: Finding
    account: Account
    open: bool
    """Somebody is still to answer it."""


class Quieter(NamedTuple):
    """A rule that is offered, and what it would have done."""

    rule: dict[str, Any]
    """Plain JSON as ``suggested_rule.suggest`` makes it: as it is, refused; a person must write the reason."""
    hides: int
    """Posted findings that it alone would have hidden."""
    of: int
    """All posted findings below Critical."""
    share: float
    """``hides`` of ``of``, from 0 to 1."""
    highest: float
    """The highest severity among those that it would have hidden."""
    besides: int
    """Findings of the others, that were not posted, that it would have hidden too."""


def quieter(
    posted: Sequence[PostedFinding],
    others: Sequence[tuple[Finding, Account]],
    now: datetime,
    most: int = MOST,
) -> tuple[Quieter, ...]:
    """Choose the rules, the one first that hides most, then the one that hides most of what that leaves.

    What they are does not depend on the order in which findings come. ``now`` is aware.
    """
    of = sum(1 for each in posted if _is_below_critical(each.finding))
    proved = [each for place in _places(posted, others) for each in offered_trials.proved(place, now)]
    return tuple(
        Quieter(each.rule, len(each.hides), of, len(each.hides) / of, each.highest, each.besides)
        for each in _chosen(proved, most)
    )


def _is_below_critical(finding: Finding) -> bool:
    return finding.band is not Severity.CRITICAL


def _places(
    posted: Sequence[PostedFinding], others: Sequence[tuple[Finding, Account]]
) -> Iterator[TriedTogether]:
    """Put together what one rule can hide: findings of one type in one account and region.

    Critical findings are in none: a rule's own highest severity keeps it from them.
    """
    places: dict[tuple[str, ...], list[Tried]] = defaultdict(list)
    for number, each in enumerate(posted):
        kept = each.open or _is_kept(each.finding)
        places[_place(each.finding)].append(Tried(each.finding, each.account, kept, number))
    for finding, account in others:
        if _place(finding) in places:
            places[_place(finding)].append(Tried(finding, account, _is_kept(finding)))
    for place in places.values():
        below = [each for each in place if _is_below_critical(each.finding)]
        if sum(each.is_wanted for each in below) >= FEWEST:
            yield below


def _place(finding: Finding) -> tuple[str, ...]:
    return finding.type, padded(finding.account_id), finding.region.lower()


def _is_kept(finding: Finding) -> bool:
    """Whether no rule that is offered may hide it, though it is below Critical."""
    sequence = finding.type.startswith("AttackSequence:") or bool(finding.signals)
    return sequence or finding.sample or finding.test or wild(finding.type)


def _chosen(proved: Sequence[Proved], most: int) -> Iterator[Proved]:
    """Take the rule that adds most, again and again; of those that add as much the most specific, then by name."""
    seen: set[int] = set()
    for _ in range(most):
        ranked = ((len(each.hides - seen), each) for each in proved)
        worth = [(added, each) for added, each in ranked if added >= FEWEST]
        if not worth:
            return
        _, best = min(worth, key=lambda one: (-one[0], *one[1].order))
        seen |= best.hides
        yield best
