"""The second way in, beside EventBridge: what GuardDuty lists and nobody posted goes through the state machine.

Nothing is posted twice: an execution's name is made of finding and update, and every execution claims before it posts.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from chalicelib.catch_up.compare import Judged, pages
from chalicelib.catch_up.request import Here, ReplayRequest
from chalicelib.catch_up.tally import Outcome, Result, Tally, counted
from chalicelib.errors import AWSUnavailable


def run(
    request: ReplayRequest,
    here: Here,
    now: datetime,
    act: Callable[[Judged], Outcome | None],
    has_time: Callable[[], bool],
    watch: Callable[[Tally], None] = lambda _: None,
    most_named: int | None = None,
) -> Result:
    """Compare a region's list with what is posted, and do ``act`` to each missing finding.

    What came of a finding for which `act` returns None is for the caller to count.
    `most_named` is how many of the missing the tally names; None names all of them.
    Stops between two findings when time is over, or where AWS throttles; ``rest`` then goes on exactly there.
    Raises NoDetector, and botocore's error where AWS refuses.
    """
    tally, at = Tally(), request.at
    try:
        for page in pages(request, here, now):
            at = page.at
            tally += Tally(skipped=Counter({"unreadable": page.unreadable} if page.unreadable else {}))
            for each in page.judged:
                if not has_time():
                    return Result(tally, replace(request, at=at), "the time limit is near")
                # Act first: what AWS then throttles is neither counted nor done, and comes again.
                outcome = act(each) if each.standing.missing else None
                tally = _shortened(tally + counted(each, outcome, now), most_named)
                at = replace(at, done=(*at.done, each.finding.id))
                watch(tally)
            at = page.behind or at
            if page.behind and not has_time():
                return Result(tally, replace(request, at=at), "the time limit is near")
    except AWSUnavailable as error:
        return Result(tally, replace(request, at=at), str(error))
    return Result(tally)


def _shortened(tally: Tally, most_named: int | None) -> Tally:
    return tally if most_named is None else tally.shortened(most_named)
