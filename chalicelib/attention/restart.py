"""Each finding that waits for an answer has an execution that keeps its time: one that was lost is started again.

The hourly look does it. A lost execution costs a reminder, never an answer: what counts lies in the finding's item.
It looks besides where no execution looks any more: whether an answer was taken back, or came after seven days.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from botocore.exceptions import ClientError

from chalicelib import settings
from chalicelib.attention import look
from chalicelib.attention.keeper import Keeper, TimeKept
from chalicelib.aws.step_functions import InputRefused
from chalicelib.errors import (
    AWSUnavailable,
    InvalidSettings,
    LedgerUnreadable,
    SlackRejected,
    SlackUnavailable,
)
from chalicelib.ledger import open_list, watch
from chalicelib.ledger.claim import instant
from chalicelib.ledger.notifications import FindingEntry, held
from chalicelib.ledger.open_list import Watched
from chalicelib.ledger.table import ConditionFailed
from chalicelib.ledger.watch import Watch

NO_TIME = "the time limit is near"
_TAKEN_BACK_WITHIN = timedelta(days=1)
_LISTED = timedelta(days=8)
"""So long an answer stays in the list: a week's report is made of it, a day late at most."""

_REFUSALS = (
    AWSUnavailable,
    ClientError,
    InputRefused,
    InvalidSettings,
    LedgerUnreadable,
    SlackRejected,
    SlackUnavailable,
)


@dataclass
class Restarts:
    """What an hourly look found of what waits for answers, and what it did."""

    open: int = 0
    restarted: int = 0
    reopened: int = 0
    """Whose answer was taken back."""
    failed: Counter[str] = field(default_factory=Counter)
    """Why findings were not looked after: the next look does it."""

    def to_json(self) -> dict[str, int]:
        """Return the counts."""
        return {"open": self.open, "restarted": self.restarted, "reopened": self.reopened}

    def count(self, kept: TimeKept) -> None:
        """Count who keeps a finding's time now."""
        self.restarted += kept is TimeKept.RESTARTED
        if kept is TimeKept.GIVEN_UP:
            self.failed[str(kept)] += 1


def restart(machine: str, now: datetime, has_time: Callable[[], bool]) -> Restarts:
    """Start anew what was lost of the attention machine's executions; what is refused is ``failed``, not raised."""
    came = Restarts()
    if not settings.answer_within():
        return came
    keeper = Keeper(machine, now)
    try:
        _each(open_list.watched(watch.ANSWER), lambda each: _open(each, keeper, now, came), has_time, came)
        answered = open_list.watched(watch.WITHDRAWAL)
        _each(answered, lambda each: _answered(each, keeper, now, came), has_time, came)
    except (AWSUnavailable, ClientError) as error:
        came.failed[str(error)] += 1
    return came


def _each(
    entries: Iterable[Watched],
    act: Callable[[Watched], None],
    has_time: Callable[[], bool],
    came: Restarts,
) -> None:
    """Act on each entry while there is time; one that is refused does not keep the others from it."""
    for each in entries:
        if not has_time():
            came.failed[NO_TIME] += 1
            return
        try:
            act(each)
        except ConditionFailed:
            continue  # whoever changed it just now has looked at it
        except _REFUSALS as error:
            came.failed[str(error)] += 1


def _open(each: Watched, keeper: Keeper, now: datetime, came: Restarts) -> None:
    came.open += 1
    kept = keeper.keep(each)
    came.count(kept)
    if kept is TimeKept.UNANSWERED:
        _look_late(each, keeper, now, came)


def _look_late(each: Watched, keeper: Keeper, now: datetime, came: Restarts) -> None:
    """Look for the answer that no execution waits for any more; one is started to show it."""
    entry, known = _held(each, now)
    if known is None or not known.is_open:
        return
    after = look.look(entry, known, now)
    if not after.is_open:
        entry.change(watch.changes(after))
        came.count(keeper.keep(each, beyond=True))


def _answered(each: Watched, keeper: Keeper, now: datetime, came: Restarts) -> None:
    answered_at = each.watch.answered_at
    if answered_at < instant(now - _LISTED):
        _take_off(each, now)
    elif each.watch.said.strip() != each.watch.shown.strip():
        came.count(keeper.keep(each, beyond=True))
    elif answered_at >= instant(now - _TAKEN_BACK_WITHIN):
        _look_for_withdrawal(each, keeper, now, came)


def _take_off(each: Watched, now: datetime) -> None:
    """Take an answer off the list: it holds."""
    entry, known = _held(each, now)
    if known == each.watch:
        entry.change({"awaits": "", "awaits_since": ""})


def _look_for_withdrawal(each: Watched, keeper: Keeper, now: datetime, came: Restarts) -> None:
    """Look whether the answer still stands; where it does not, the finding is open again."""
    entry, known = _held(each, now)
    if known is None or known != each.watch:
        return
    after = look.look(entry, known, now)
    if after == known:
        return
    if after.is_open:
        after = after.with_(opening=instant(now))
        came.reopened += 1
    entry.change(watch.changes(after))
    came.count(keeper.keep(each._replace(watch=after)))


def _held(each: Watched, now: datetime) -> tuple[FindingEntry, Watch | None]:
    entry = held(each.finding_id, now)
    return entry, watch.read(entry.read().attention)
