"""The few rules that would make a channel quieter, each proved on what was posted."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from chalicelib.finding.model import Account, Finding

MOST = 3
"""Rules that are offered at once."""

FEWEST = 5
"""Findings that a rule must add to what those before it hide."""


class Posted(NamedTuple):
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
    posted: Sequence[Posted], others: Sequence[tuple[Finding, Account]], now: datetime, most: int = MOST
) -> tuple[Quieter, ...]:
    """Choose the rules, the one first that hides most, then the one that hides most of what that leaves.

    What they are does not depend on the order in which findings come. ``now`` is aware.
    """
    raise NotImplementedError
