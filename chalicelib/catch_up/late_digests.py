"""Digests that stayed unposted: the hourly look posts them, where who owns one has died or given up.

What a digest shows is posted by nobody else. What Slack or AWS refuses is posted at the next look.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from botocore.exceptions import ClientError

from chalicelib import clock
from chalicelib.catch_up.time_left import TimeLeft
from chalicelib.errors import (
    AWSUnavailable,
    InvalidSettings,
    LedgerUnreadable,
    SlackRejected,
    SlackUnanswered,
    SlackUnavailable,
)
from chalicelib.ledger import digests
from chalicelib.notify import digest
from chalicelib.notify.digest import DigestRun, DigestStep, Progress

LATE_AFTER: Final = timedelta(minutes=10)
"""After a digest's minute has begun: by then its owner has posted it, or its claim says that it lives."""

NO_TIME: Final = "the time limit is near"

_LONGEST_WAIT: Final = 15
"""Seconds: the index settles, others post, a turn comes. What takes longer is left to the next look."""
_MOST_STEPS: Final = 20

_DOWN = (LedgerUnreadable, SlackUnavailable)
"""The next digest would fare no better."""
_REFUSED = (AWSUnavailable, ClientError, InvalidSettings, SlackRejected, SlackUnanswered)
"""It may be this one alone: one whose findings the index does not list keeps no other from being posted."""


@dataclass
class LateDigests:
    """What an hourly look found of digests that nobody has posted, and what it did."""

    posted: int = 0
    left: int = 0
    """Whose owner is about to post it."""
    failed: Counter[str] = field(default_factory=Counter)
    """Why digests were not posted: the next look does it."""

    def to_json(self) -> dict[str, int]:
        """Return the counts."""
        return {"posted": self.posted, "left": self.left}


def post(execution: str, nonce: str, now: datetime, has_time: TimeLeft) -> LateDigests:
    """Post what stayed unposted, within half of the time; what is refused is ``failed``, not raised.

    ``execution`` is who posts; ``nonce`` names this run of the function.
    """
    came = LateDigests()
    half = replace(has_time, reserve=max(has_time.reserve, has_time.remaining() / 2000))
    try:
        _each(list(digests.unposted(now - LATE_AFTER)), execution, nonce, half, came)
    except (AWSUnavailable, ClientError) as error:
        came.failed[str(error)] += 1
    return came


def _each(ids: Iterable[str], execution: str, nonce: str, has_time: TimeLeft, came: LateDigests) -> None:
    """Post each, until time is over or nobody answers: then the others would wait in vain."""
    why = ""
    for id_ in dict.fromkeys(ids):
        why = why or ("" if has_time() else NO_TIME)
        if why:
            came.failed[why] += 1
            continue
        try:
            _one(id_, execution, nonce, has_time, came)
        except _DOWN as error:
            why = str(error)
            came.failed[why] += 1
        except _REFUSED as error:
            came.failed[str(error)] += 1


def _one(id_: str, execution: str, nonce: str, has_time: TimeLeft, came: LateDigests) -> None:
    progress = Progress()
    for number in range(_MOST_STEPS):
        # Lambda gives a run that failed its name again: the moment keeps the two apart.
        this_run = f"{nonce}/{clock.milliseconds()}/{number}"
        run = DigestRun(id_, execution, this_run, clock.now(), again=False, progress=progress)
        step = digest.carry_on(run)
        if _is_done(id_, step, came):
            return
        if step.seconds > _LONGEST_WAIT or not has_time(step.seconds):
            came.failed[step.why or f"Slack wants no message for {step.seconds} s"] += 1
            return
        clock.sleep(step.seconds)
        progress = step.progress
    came.failed[step.why] += 1


def _is_done(id_: str, step: DigestStep, came: LateDigests) -> bool:
    """Whether somebody has posted it, or does; what is left to be said in its thread is detail."""
    if step.status == "another's":
        came.left += 1
        return True
    if step.status != "posted" and not _is_posted(id_):
        return False
    came.posted += 1
    return True


def _is_posted(id_: str) -> bool:
    state = digests.states([id_]).get(id_)
    return bool(state and state.posted)
