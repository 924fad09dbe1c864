"""Each finding that waits for an answer has an execution that keeps its time: one that was lost is started again.

The hourly look does it. A lost execution costs a reminder, never an answer: what counts lies in the finding's item.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from botocore.exceptions import ClientError

from chalicelib import settings
from chalicelib.attention.keeper import Keeper, TimeKept
from chalicelib.aws import step_functions
from chalicelib.errors import AWSUnavailable
from chalicelib.ledger import open_list, watch
from chalicelib.ledger.open_list import Watched

NO_TIME = "the time limit is near"


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


def restart(machine: str, has_time: Callable[[], bool]) -> Restarts:
    """Start anew what was lost of the attention machine's executions; what AWS refuses is ``failed``, not raised."""
    came = Restarts()
    if not settings.answer_within():
        return came
    try:
        keeper = Keeper(machine)
        _each(open_list.watched(watch.ANSWER), lambda each: _open(each, keeper, came), has_time, came)
    except (AWSUnavailable, ClientError) as error:
        came.failed[str(error)] += 1
    return came


def _each(
    entries: Iterable[Watched],
    act: Callable[[Watched], None],
    has_time: Callable[[], bool],
    came: Restarts,
) -> None:
    """Act on each entry while there is time; one that AWS refuses does not keep the others from it."""
    for each in entries:
        if not has_time():
            came.failed[NO_TIME] += 1
            return
        try:
            act(each)
        except (AWSUnavailable, ClientError, step_functions.InputRefused) as error:
            came.failed[str(error)] += 1


def _open(each: Watched, keeper: Keeper, came: Restarts) -> None:
    came.open += 1
    _count(keeper.keep(each), came)


def _count(kept: TimeKept, came: Restarts) -> None:
    came.restarted += kept is TimeKept.RESTARTED
    if kept is TimeKept.GIVEN_UP:
        came.failed[str(kept)] += 1
