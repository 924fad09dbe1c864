"""A look by schedule: every region's list, and nothing that one region or a throttled call withholds ends it."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from botocore.exceptions import ClientError

from chalicelib.aws import guardduty
from chalicelib.catch_up import replay
from chalicelib.catch_up.compare import Judged, NoDetector
from chalicelib.catch_up.later import Later
from chalicelib.catch_up.request import Here, Position, ReplayRequest
from chalicelib.catch_up.tally import MOST_NAMED, NOT_LOOKED_AT, Act, Outcome, Result, Tally, came_of
from chalicelib.catch_up.time_left import TimeLeft
from chalicelib.errors import AWSUnavailable


def look(
    request: ReplayRequest, here: Here, now: datetime, act: Act, has_time: TimeLeft, to_spare: TimeLeft
) -> Result:
    """Compare the list of each region, and do ``act`` to each missing finding.

    What AWS throttles is tried again at the end, while there is time `to_spare`; then it is counted as not looked at.
    ``rest`` is what is left of the first region's list. Another region's that was not read to its end is ``unread``,
    as is each that can't be read where there are several. Raises what ``replay.run`` raises where there is but one.
    """
    later = Later(request, here, now)
    patient = _patient(act, later)
    first, *others = request.all_regions(here)
    asked = replace(request, region=first)
    total = (
        _region(asked, here, now, patient, has_time) if others else _run(asked, here, now, patient, has_time)
    )
    if total.rest:
        total = replace(total, rest=replace(total.rest, region=request.region))
    if total.rest and request.proof:
        return total  # it is made again, and then of all regions
    for region in others:
        asked = replace(request, region=region, at=Position())
        total = _with(total, region, _region(asked, here, now, patient, to_spare))
    return _looked_at(total, later, act, now, to_spare)


def _patient(act: Act, later: Later) -> Callable[[Judged], Outcome | None]:
    """Keep for later what AWS throttles, and a page of findings behind it without a call."""
    resting = 0

    def patient(each: Judged) -> Outcome | None:
        nonlocal resting
        if resting:
            resting -= 1
            later.add(each)
            return None
        try:
            return act(each)
        except AWSUnavailable as error:
            later.throttled(each, error)
            resting = guardduty.PAGE
            return None

    return patient


def _run(
    asked: ReplayRequest,
    here: Here,
    now: datetime,
    act: Callable[[Judged], Outcome | None],
    has_time: TimeLeft,
) -> Result:
    return replay.run(asked, here, now, act, has_time, most_named=MOST_NAMED)


def _region(
    asked: ReplayRequest,
    here: Here,
    now: datetime,
    act: Callable[[Judged], Outcome | None],
    has_time: TimeLeft,
) -> Result:
    """Compare one region of several: where GuardDuty refuses its list, the others are compared all the same."""
    try:
        return _run(asked, here, now, act, has_time)
    except NoDetector:
        why = "no detector"
    except ClientError as error:
        if error.operation_name not in guardduty.OPERATIONS:
            raise
        why = error.response.get("Error", {}).get("Code", "refused")
    return Result(Tally(), unread={asked.region: why})


def _with(total: Result, region: str, found: Result) -> Result:
    """Add another region's result; what is left of its list is compared at the next look."""
    unread = {region: found.why} if found.rest else found.unread
    tally = (total.tally + found.tally).shortened(MOST_NAMED)
    return replace(total, tally=tally, unread={**total.unread, **unread})


def _looked_at(total: Result, later: Later, act: Act, now: datetime, has_time: TimeLeft) -> Result:
    """Try again what AWS throttled, and count what it goes on to withhold."""
    tally = total.tally
    for each, outcome in later.work(act, has_time):
        tally = (tally + came_of(each, outcome, now)).shortened(MOST_NAMED)
    left = Counter({NOT_LOOKED_AT: len(later)} if later else {})
    tally += Tally(outcomes=left, skipped=left, unnamed=len(later))
    return replace(total, tally=tally, held_up=later.why or "the time limit is near")
