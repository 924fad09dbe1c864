"""LookForAnswer: has somebody taken the finding, and if not, what is next, and when.

What was noticed is written before it is said: an execution that is lost costs a reminder, never an answer.
"""

from datetime import datetime
from typing import NotRequired, TypedDict

from chalicelib import settings
from chalicelib.attention import look, schedule
from chalicelib.attention.decide import NextStep
from chalicelib.aws import metrics
from chalicelib.ledger import watch
from chalicelib.ledger.claim import instant
from chalicelib.ledger.notifications import FindingEntry, held
from chalicelib.ledger.table import ConditionFailed, as_unreadable
from chalicelib.ledger.watch import Watch

_READS = 2
"""Who finds the item changed at its write looks once more; then it waits."""


class LookRequest(TypedDict):
    """What the state LookForAnswer passes. Executions wait for seven days: these names stay readable for as long."""

    finding_id: str
    """The key of the finding's item."""
    opening: str
    """The update that opened it."""
    execution: str
    since: str
    """When the execution was started."""


class LookAnswer(TypedDict):
    """What is next, and when."""

    status: str
    """``wait``, ``show``, ``remind``, ``handled`` or ``unanswered``."""
    seconds: int
    why: str
    """In words."""
    at: NotRequired[str]
    """When it was looked, where somebody is to be reminded: Remind does not trust an old look."""


def look_for_answer(request: LookRequest, now: datetime) -> LookAnswer:
    """Look for the answer, and say what is next.

    Raises AWSUnavailable, LedgerUnreadable, SlackUnavailable; and what stays: InvalidSettings, SlackRejected.
    """
    asks = bool(settings.answer_within())
    for _ in range(_READS):
        try:
            return _looked(request, now) if asks else _switched_off(request, now)
        except ConditionFailed:
            continue
    return LookAnswer(status="wait", seconds=1, why="Others were changing the finding's item just now.")


def _switched_off(request: LookRequest, now: datetime) -> LookAnswer:
    """End, and write so: switched on again, nobody is reminded of what was due meanwhile."""
    entry = held(request["finding_id"], now)
    with as_unreadable():
        known = watch.read(entry.read().attention)
    if known and known.opening == request["opening"] and known.is_open and not known.off:
        with as_unreadable():
            entry.change(watch.changes(known.with_(off=True)))
    return _end("unanswered", "Attention is switched off (ANSWER_WITHIN).")


def _looked(request: LookRequest, now: datetime) -> LookAnswer:
    entry = held(request["finding_id"], now)
    with as_unreadable():
        known = watch.read(entry.read().attention)
    if known is None:
        return _end("unanswered", "The finding's item is not there any more, or asks for no answer.")
    if known.opening != request["opening"]:
        return _end(
            "handled", f"It was opened anew by a newer update, of {known.opening}: its execution asks."
        )
    step = look.next_step(entry, known, now)
    if step.watch != known:
        _write(entry, known, step.watch, now)
    return _limited(step, datetime.fromisoformat(request["since"]) + schedule.LASTS, now)


def _write(entry: FindingEntry, before: Watch, after: Watch, now: datetime) -> None:
    with as_unreadable():
        entry.change(watch.changes(after))
    if before.is_open and not after.is_open and settings.runs_in_lambda():
        took = max(0, int((now - datetime.fromisoformat(before.posted_at)).total_seconds()))
        print(metrics.line({"SecondsToAnswer": took}, settings.stage(), now, "Seconds"))


def _limited(step: NextStep, end: datetime, now: datetime) -> LookAnswer:
    """An answer is shown however late it comes; nobody is waited for, or reminded, longer than an execution lasts."""
    if step.status in ("wait", "remind") and now >= end:
        days = schedule.LASTS.days
        return _end(
            "unanswered", f"{step.why} It was asked for {days} days: the daily list goes on naming it."
        )
    seconds = min(step.seconds, max(1, int((end - now).total_seconds()) + 1))
    answer = LookAnswer(status=step.status, seconds=seconds, why=step.why)
    if step.status == "remind":
        answer["at"] = instant(now)
    return answer


def _end(status: str, why: str) -> LookAnswer:
    return LookAnswer(status=status, seconds=0, why=why)
