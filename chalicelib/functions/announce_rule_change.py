"""The feed: every rule that somebody added, changed or deleted, posted to SLACK_CHANNEL, whatever the rules say.

The batch of a stream is tried again until this function returns: it raises where Slack clearly took nothing
or did not answer, and returns where Slack took the message, or has taken it before.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, TypedDict

from botocore.exceptions import ClientError

from chalicelib import settings
from chalicelib.aws import recent_findings
from chalicelib.errors import AWSUnavailable, SlackRejected, SlackUnavailable
from chalicelib.finding.model import Finding
from chalicelib.ledger import accounts, announcements, clocks
from chalicelib.message.console_links import table_link
from chalicelib.message.context import Note
from chalicelib.notify import outbox
from chalicelib.rule_feed import message, stream_records
from chalicelib.rule_feed.change import RuleChange
from chalicelib.rule_feed.message import AnnouncementPayload
from chalicelib.rules import dry_run
from chalicelib.rules.dry_run import Hindsight

Findings = Callable[[datetime, int], Iterable[Finding]]
"""GuardDuty's findings of the last days: from now, and how many days back."""

_LOOKING_BACK_MS = 20_000
"""People wait for the announcement: nobody waits longer than this for what a rule would have hidden."""

_POSTING_MS = 40_000
"""Kept for two posts to Slack, the tables and the secret, each with its timeout."""


class AnnouncementAnswer(TypedDict):
    """What the function returns; its event source looks only at whether it returns."""

    status: str
    """``announced``, ``announced before``, or ``nothing to announce``."""
    changes: int


@dataclass(frozen=True)
class Surroundings:
    """Where the function runs, and whom it asks about the past."""

    account_id: str
    remaining_ms: Callable[[], int]
    """How long Lambda lets it run."""
    findings: Findings


def announce(event: Mapping[str, Any], around: Surroundings, now: datetime) -> AnnouncementAnswer:
    """Post the changes in a batch of stream records; raises SlackRejected, SlackUnavailable, SlackUnanswered.

    ``event`` is ``{"Records": [{"eventID", "eventSourceARN", "dynamodb": {"OldImage", "NewImage", …}}]}``.
    """
    records: Sequence[Mapping[str, Any]] = event["Records"]
    changes = stream_records.changes(records)
    if not changes:
        return AnnouncementAnswer(status="nothing to announce", changes=0)
    batch = str(records[0]["eventID"])
    _refuse_while_closed(now)
    before, notes = _begun(batch, now)
    if before.announced:
        return AnnouncementAnswer(status="announced before", changes=len(changes))
    stream = str(records[0]["eventSourceARN"])
    past = _look_back(changes, stream.split(":")[3], around, now)
    _post_once(batch, _render(stream, changes, past, notes, now), now)
    return AnnouncementAnswer(status="announced", changes=len(changes))


def _refuse_while_closed(now: datetime) -> None:
    """Slack has closed the channel: neither it nor GuardDuty is asked again before it opens."""
    with suppress(AWSUnavailable, ClientError):
        if clocks.clock(settings.slack_channel()).closed_until > now.timestamp() * 1000:
            raise SlackUnavailable("Slack wants no message yet: the stream tries again")


def _begun(batch: str, now: datetime) -> tuple[announcements.Announcement, tuple[Note, ...]]:
    """Write the try down; without the table the batch is announced all the same."""
    try:
        before = announcements.begin(batch, now)
    except (AWSUnavailable, ClientError) as error:
        return announcements.Announcement(), (Note("table_unreachable", {"error": str(error)}),)
    return before, (Note("possibly_repeated"),) if before.repeated else ()


def _look_back(
    changes: Sequence[RuleChange], region: str, around: Surroundings, now: datetime
) -> Hindsight:  # fmt: skip
    """Try what hides on the findings of the last days; no failure here keeps the announcement back."""
    items = [change.item for change in changes if change.hides(now)]
    if not items:
        return Hindsight()
    until = max(around.remaining_ms() - _LOOKING_BACK_MS, _POSTING_MS)
    account_of = accounts.accounts(around.account_id, now)
    try:
        findings = recent_findings.WhileThereIsTime(
            around.findings(now, dry_run.DAYS), lambda: around.remaining_ms() > until
        )
        hidden, total = dry_run.look_back(items, findings, account_of, now)
    except recent_findings.UNKNOWN as error:
        return Hindsight(unknown=str(error))
    return Hindsight(hidden=hidden, findings=total, region=region, complete=findings.complete)


def _render(
    stream: str,
    changes: Sequence[RuleChange],
    past: Hindsight,
    notes: Sequence[Note],
    now: datetime,
) -> AnnouncementPayload:
    announced = message.announced(changes, past, now)
    language = settings.message_language()
    return message.render(announced, past, now, language, notes, _pages(stream))


def _pages(stream: str) -> dict[str, str]:
    """Name the tables' console pages, in the partition and region of a stream's ARN."""
    _, partition, _, region, *_ = stream.split(":")
    return {
        "suppressions": table_link(partition, region, settings.suppressions_table()),
        "routes": table_link(partition, region, settings.routes_table()),
    }


def _post_once(batch: str, payload: AnnouncementPayload, now: datetime) -> None:
    """Post, and keep down what became of it: a clear refusal is no try, an unanswered one stays."""
    try:
        outbox.post(payload, partial(message.render_plain, payload))
    except (SlackRejected, SlackUnavailable):
        # A try that stays only marks the next message as possibly repeated.
        with suppress(AWSUnavailable, ClientError):
            announcements.withdraw(batch)
        raise
    # Slack has it: should Lambda lose our answer, the worst is a repetition that says so.
    with suppress(AWSUnavailable, ClientError):
        announcements.end(batch, now)
