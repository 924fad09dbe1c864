"""The daily proof: compare a day, say so in Slack, then replay what is missing. On Mondays the week with it,
and a message of its own with the rules that would make it quieter.

Slack first: what is replayed before would not be missing any more when a failed post is tried again.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from chalicelib import settings
from chalicelib.aws import rule_tables
from chalicelib.catch_up import compare, executions, look, proof_message, quieter_week, waiting
from chalicelib.catch_up.compare import Judged
from chalicelib.catch_up.later import Later
from chalicelib.catch_up.missing import on_its_way
from chalicelib.catch_up.proof_message import Compared, Day, Week
from chalicelib.catch_up.request import Here, ReplayRequest
from chalicelib.catch_up.tally import GONE, Act, Outcome, Result, Tally
from chalicelib.catch_up.time_left import TO_POST, TimeLeft
from chalicelib.errors import AWSUnavailable
from chalicelib.finding.model import Finding, Severity
from chalicelib.ledger import records
from chalicelib.ledger.records import Record
from chalicelib.notify import outbox

_BANDS = ((Severity.CRITICAL, 9, None), (Severity.HIGH, 7, 9), (Severity.MEDIUM, 4, 7), (Severity.LOW, 1, 4))


class Missing:
    """The missing findings of a proof: all of them by name, and those that its message names."""

    def __init__(self, later: Later) -> None:
        self.later = later
        self.named: list[Finding] = []
        """The most severe, the one updated first before others of its severity."""

    def add(self, each: Judged) -> None:
        """Keep one."""
        self.later.add(each)
        self.named = sorted([*self.named, each.finding], key=lambda finding: -finding.severity)
        del self.named[proof_message.NAMED :]


def prove(request: ReplayRequest, here: Here, now: datetime, has_time: TimeLeft) -> Result:
    """Prove the time since ``request.since``; where a list was not read to its end, nothing is said.

    Raises what Slack's and AWS's refusals are (``errors``): silence must mean that something is broken.
    """
    missing, to_spare = Missing(Later(request, here, now)), replace(has_time, reserve=TO_POST)
    result = look.look(request, here, now, _collector(missing, now), has_time, to_spare)
    if result.rest:
        return result
    lines = _lines(request, here, now, result, missing.named, to_spare)
    if request.dry_run:
        return result
    outbox.post(proof_message.payload(lines, settings.message_language()))
    done = _replayed(result, missing.later, executions.starter(here, now), has_time)
    if not _is_weekly(now):
        return done
    return replace(
        done, quieter=quieter_week.offer(request, _compared(request, here, result), here, now, has_time)
    )


def _collector(missing: Missing, now: datetime) -> Act:
    state_of = executions.looker(now)

    def collect(each: Judged) -> Outcome:
        seen = state_of(each)
        if seen.word == "missing" and on_its_way(each.finding, each.standing, now):
            return Outcome("under way")
        if seen.word == "missing":
            missing.add(each)
        return seen

    return collect


def _lines(
    request: ReplayRequest,
    here: Here,
    now: datetime,
    result: Result,
    missing: Sequence[Finding],
    has_time: TimeLeft,
) -> list[str]:
    language = settings.message_language()
    hours = round((now - request.since).total_seconds() / 3600)
    compared = _compared(request, here, result)
    regions = Compared(compared, result.unread)
    lines = proof_message.day(_day(result.tally), hours, request.min_severity, missing, language, regions)
    lines += waiting.day(now, language, has_time)
    if not _is_weekly(now):
        return lines
    week = _week(replace(request, since=now - timedelta(days=7)), compared, here, now, has_time)
    rules = rule_tables.every_item(settings.suppressions_table())
    answers = waiting.week(now, language, has_time)
    return [*lines, *proof_message.week(week, proof_message.review(rules, now), language), *answers]


def _is_weekly(now: datetime) -> bool:
    return now.weekday() == 0


def _compared(request: ReplayRequest, here: Here, result: Result) -> list[str]:
    return [region for region in request.all_regions(here) if region not in result.unread]


def _day(tally: Tally) -> Day:
    counts = tally.to_json()
    unreadable, gone = counts["skipped"].get("unreadable", 0), counts["skipped"].get(GONE, 0)
    return Day(
        listed=counts["listed"] + unreadable - gone,
        posted=counts["already_posted"] + counts["not_due"] - tally.in_digests,
        in_digests=tally.in_digests,
        digests=len(tally.digests),
        suppressed=counts["suppressed"],
        rules=len(tally.suppressed_by - {""}),
        under_way=counts["under_way"],
        missing=counts["missing"],
        unreadable=unreadable,
        not_looked_at=counts["not_looked_at"],
    )


def _week(
    request: ReplayRequest, regions: Sequence[str], here: Here, now: datetime, has_time: TimeLeft
) -> Week:
    """Count by severity with lists of ids alone: nothing is fetched.

    Where time or throttling stops it, it says at least so many: the day's proof is posted all the same.
    """
    ids: Counter[str] = Counter()
    hidden_by: Counter[str] = Counter()
    pages = _pages_of_the_week(request, regions, here)
    with suppress(AWSUnavailable):
        while has_time():
            band, page = next(pages, ("", []))
            if not band:
                return Week(ids, hidden_by)
            ids[band] += len(page)
            hidden_by.update(_hidden(records.read(page), now))
    return Week(ids, hidden_by, at_least=True)


def _pages_of_the_week(
    request: ReplayRequest, regions: Sequence[str], here: Here
) -> Iterator[tuple[str, list[str]]]:
    """List ids by bands, the highest first; what is updated meanwhile is listed again, and counted once."""
    for band, lowest, below in _BANDS:
        if below is not None and request.min_severity >= below:
            continue
        of_band = replace(request, min_severity=max(float(lowest), request.min_severity))
        for region in regions:
            seen: set[str] = set()
            for page in compare.pages_of_ids(replace(of_band, region=region), here, below):
                new = [each for each in page if each not in seen]
                seen.update(new)
                yield band, new


def _hidden(found: Mapping[str, Record], now: datetime) -> Iterable[str]:
    """Name the rule of each finding whose latest update was suppressed."""
    return [
        each.suppressed_by
        for each in found.values()
        if each.suppressed_by and each.suppressed_update > each.notified_update
    ]


def _replayed(result: Result, missing: Later, start: Act, has_time: TimeLeft) -> Result:
    """Replay the missing ones; those that time or throttling does not allow are missing at the next look.

    Nothing that may pass is raised: Lambda would run the whole proof again, and post it a second time.
    """
    tally = result.tally
    for _, outcome in missing.work(start, has_time):
        # The others stay counted as missing, and the hourly look starts them.
        tally = tally.moved("missing", outcome.word)
    return replace(result, tally=tally)
