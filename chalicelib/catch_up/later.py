"""Missing findings that are kept by name only, to be fetched anew, judged anew and acted on.

Ten thousand of them fit a function's memory, and what AWS throttles waits here: no state machine tries it again.
"""

from collections import deque
from collections.abc import Generator, Iterator, Sequence
from datetime import datetime
from typing import Final

from chalicelib import clock
from chalicelib.aws.guardduty import PAGE
from chalicelib.catch_up import compare
from chalicelib.catch_up.compare import Judged, Source
from chalicelib.catch_up.missing import FindingStanding
from chalicelib.catch_up.request import Here, ReplayRequest
from chalicelib.catch_up.tally import GONE, Act, Outcome
from chalicelib.catch_up.time_left import TimeLeft
from chalicelib.errors import AWSUnavailable

_PAUSES: Final = (1.0, 2.0, 4.0, 8.0, 16.0, 20.0)
"""Seconds between two tries where AWS throttles; the last one again and again."""
_MOST_PAUSES: Final = 12
"""In a row, without one finding done in between."""

_DONE: Final = {FindingStanding.SUPPRESSED: "suppressed", FindingStanding.IN_DIGEST: "under way"}

Came = tuple[Judged | None, Outcome]
"""A finding that is still listed, and what came of it."""


class Later:
    """A queue of missing findings: where each is listed, and its id."""

    def __init__(self, request: ReplayRequest, here: Here, now: datetime) -> None:
        self._asked = (request, here, now)
        self._left: deque[tuple[Source, str]] = deque()
        self.why = ""
        """What AWS refused last."""

    def __len__(self) -> int:
        return len(self._left)

    def add(self, each: Judged) -> None:
        """Keep a finding by its name."""
        self._left.append((each.source, each.finding.id))

    def throttled(self, each: Judged, error: AWSUnavailable) -> None:
        """Keep a finding that AWS did not let us act on."""
        self.add(each)
        self.why = str(error)

    def work(self, act: Act, has_time: TimeLeft) -> Iterator[Came]:
        """Act on each and say what came of it, until none is left, time is over, or AWS throttles on and on."""
        pauses = int(bool(self.why))
        while self._left and pauses <= _MOST_PAUSES:
            pause = _PAUSES[min(pauses, len(_PAUSES)) - 1] if pauses else 0.0
            if not has_time(pause):
                return
            if pause:
                clock.sleep(pause)
            self.why = ""
            done = yield from self._batch(act, has_time)
            pauses = 0 if not self.why else 1 if done else pauses + 1

    def _batch(self, act: Act, has_time: TimeLeft) -> Generator[Came, None, int]:
        """Fetch up to a page and act on it; return how many are done."""
        batch = self._take()
        try:
            found = compare.judged_anew(*self._asked, batch[0][0], [each for _, each in batch])
        except AWSUnavailable as error:
            self._put_back(batch)
            self.why = str(error)
            return 0
        gone = len(batch) - len(found)
        yield from [(None, Outcome(GONE))] * gone
        for number, each in enumerate(found):
            behind = [(other.source, other.finding.id) for other in found[number:]]
            if not has_time():
                self._put_back(behind)
                return gone + number
            try:
                outcome = _outcome(each, act)
            except AWSUnavailable as error:
                self._put_back(behind[1:])
                self.throttled(each, error)  # behind all others: it may be this one alone that AWS can't do
                return gone + number
            yield each, outcome
        return len(batch)

    def _take(self) -> list[tuple[Source, str]]:
        """Take up to a page of findings that are listed in one place."""
        batch = [self._left.popleft()]
        while self._left and len(batch) < PAGE and self._left[0][0] == batch[0][0]:
            batch.append(self._left.popleft())
        return batch

    def _put_back(self, batch: Sequence[tuple[Source, str]]) -> None:
        self._left.extendleft(reversed(batch))


def _outcome(each: Judged, act: Act) -> Outcome:
    """Act on a finding that is still missing; what was posted or hidden since it was listed first is done."""
    if each.standing.missing:
        return act(each)
    return Outcome(_DONE.get(each.standing, "posted"))
