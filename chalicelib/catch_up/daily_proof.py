"""The daily proof: compare a day, say so in Slack, then replay what is missing. On Mondays the week with it.

Slack first: what is replayed before would not be missing any more when a failed post is tried again.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from chalicelib import settings
from chalicelib.aws import rule_tables
from chalicelib.catch_up import compare, executions, proof_message, replay
from chalicelib.catch_up.compare import Judged
from chalicelib.catch_up.later import Later
from chalicelib.catch_up.missing import on_its_way
from chalicelib.catch_up.proof_message import Day, Week
from chalicelib.catch_up.request import Here, ReplayRequest
from chalicelib.catch_up.tally import MOST_NAMED, Act, Outcome, Result, Tally
from chalicelib.catch_up.time_left import TimeLeft
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
    missing = Missing(Later(request, here, now))
    result = replay.run(request, here, now, _collector(missing, now), has_time, most_named=MOST_NAMED)
    if result.rest:
        return result
    lines = _lines(request, here, now, result.tally, missing.named)
    if request.dry_run:
        return result
    outbox.post(proof_message.payload(lines, settings.message_language()))
    return _replayed(result, missing.later, executions.starter(here, now), has_time)


def _collector(missing: Missing, now: datetime) -> Act:
    look = executions.looker(now)

    def collect(each: Judged) -> Outcome:
        seen = look(each)
        if seen.word == "missing" and on_its_way(each.finding, each.standing, now):
            return Outcome("under way")
        if seen.word == "missing":
            missing.add(each)
        return seen

    return collect


def _lines(
    request: ReplayRequest, here: Here, now: datetime, tally: Tally, missing: Sequence[Finding]
) -> list[str]:  # fmt: skip
    language = settings.message_language()
    hours = round((now - request.since).total_seconds() / 3600)
    lines = proof_message.day(_day(tally), hours, request.min_severity, missing, language)
    if now.weekday() != 0:
        return lines
    week = _week(replace(request, since=now - timedelta(days=7)), here, now)
    rules = rule_tables.every_item(settings.suppressions_table())
    return [*lines, *proof_message.week(week, proof_message.review(rules, now), language)]


def _day(tally: Tally) -> Day:
    counts = tally.to_json()
    unreadable = counts["skipped"].get("unreadable", 0)
    return Day(
        listed=counts["listed"] + unreadable,
        posted=counts["already_posted"] + counts["not_due"],
        suppressed=counts["suppressed"],
        rules=len(tally.suppressed_by - {""}),
        under_way=counts["under_way"],
        missing=counts["missing"],
        unreadable=unreadable,
    )


def _week(request: ReplayRequest, here: Here, now: datetime) -> Week:
    """Count by severity with lists of ids alone: nothing is fetched."""
    counts: dict[str, int] = {}
    hidden_by: Counter[str] = Counter()
    for band, lowest, below in _BANDS:
        if below is not None and request.min_severity >= below:
            continue
        of_band = replace(request, min_severity=max(float(lowest), request.min_severity))
        ids = [each for page in compare.pages_of_ids(of_band, here, below) for each in page]
        counts[band] = len(set(ids))
        hidden_by.update(_hidden(records.read(ids), now))
    return Week(counts, hidden_by)


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
