"""One execution's post of one finding, as its state says."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from chalicelib.finding.event import parse
from chalicelib.finding.model import Finding
from chalicelib.ledger.claim import Claim, instant
from chalicelib.notify import lookups, patience, verdicts
from chalicelib.notify.lookups import State
from chalicelib.notify.patience import Failing

_DONE_WITHOUT = timedelta(minutes=15)
"""What could not be had is tried anew by whoever comes back after a longer wait."""


class Job(NamedTuple):
    """What an execution has found out, and who it is."""

    state: State
    finding: Finding
    claim: Claim | None
    """Which update of the finding; None where it claims nothing."""
    execution: str
    nonce: str
    """Of this run of the function alone."""
    retry_count: int
    failing: Failing | None
    place: str
    """Of a finding that claims nothing: what an earlier run of this execution took."""
    rule: Mapping[str, Any]
    """The rule that hides the finding; empty where none does."""
    without_ledger: str
    """Why the notifications table is done without; empty where it is not."""
    without_routes: str
    now: datetime

    @property
    def update(self) -> str:
        """The update as a text; one that claims nothing is newer than nothing."""
        return self.claim["update"] if self.claim else instant(self.now)


def read(state: State, execution: str, nonce: str, retry_count: int, now: datetime) -> Job:
    """Read the state that PostToSlack and ShowSuppression pass."""
    before: Mapping[str, Any] = state.get("posted") or {}
    return Job(
        state=state,
        finding=parse(state).tagged(lookups.tags(state)),
        claim=lookups.claim(state),
        execution=execution,
        nonce=nonce,
        retry_count=retry_count,
        failing=patience.failing(before.get("failing"), now, failed=retry_count > 0),
        place=before.get("place", ""),
        rule=verdicts.suppressing_rule(state),
        without_ledger=_without(state, "without_ledger", now),
        without_routes=_without(state, "without_routes", now),
        now=now,
    )


def _without(state: State, what: str, now: datetime) -> str:
    failure: Mapping[str, str] = state.get(what) or {}
    if not failure or now - datetime.fromisoformat(failure["at"]) > _DONE_WITHOUT:
        return ""
    return lookups.sentence(failure["error"], failure["cause"])
