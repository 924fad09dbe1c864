"""Whether a post asks for an answer: it opens one, opens it anew, raises it in place, or leaves it alone."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import NamedTuple, TypedDict

from chalicelib import settings
from chalicelib.finding.model import Finding, Severity
from chalicelib.ledger import watch
from chalicelib.ledger.claim import Claim, instant
from chalicelib.ledger.decide import FindingItem
from chalicelib.ledger.notifications import Changes
from chalicelib.ledger.watch import Answer, Watch
from chalicelib.message.answer import AnswerStage, ShownAnswer, answered
from chalicelib.message.context import Note
from chalicelib.notify import lookups
from chalicelib.notify.job import Job
from chalicelib.rules.routes import Choice
from chalicelib.slack.api import Payload


class Asking(NamedTuple):
    """What a finding's post asks for, by the settings and its route."""

    within: int = 0
    """Seconds within which somebody is to answer; 0: no answer is asked for."""
    reminds: bool = False
    mention: str = ""
    escalate: str = ""


class StartedWatch(TypedDict):
    """What the state StartAttention needs."""

    name: str
    finding_id: str
    opening: str


def asking(finding: Finding, route: Choice) -> Asking:
    """Say what a finding asks for where a bot token posts it. What is switched off no route switches on."""
    spans = settings.answer_within()
    within = (route.answer_within or spans.get(finding.band.lower(), 0)) if spans else 0
    if not within or finding.sample or finding.test:
        return Asking()
    reminds = finding.band is Severity.CRITICAL or route.asks
    return Asking(within, reminds, route.mention, route.escalate_mention)


def watched(job: Job, item: FindingItem, asked: Asking, *, news: bool) -> Watch | None:
    """Give the watch as it is from this post on; None where no answer is asked for, and none was.

    Where a newer update is hidden nothing is opened: nobody need look at this one.
    """
    before = watch.read(item.attention)
    if not asked.within or job.claim is None or item.suppressed_update > job.update:
        return before
    if before is None:
        return _opened(job, asked, anew=news and bool(item.ts))
    if before.is_open:
        return _raised(job, before, asked)
    if news or before.answer is Answer.HIDDEN:
        return _opened(job, asked, anew=True)
    return before


def notes(item: FindingItem, after: Watch | None, news: tuple[Note, ...]) -> tuple[Note, ...]:
    """Say in news that the finding is open again, or from now on: what was given before does not count."""
    before = watch.read(item.attention)
    if not news or after is None or not after.anew or after == before:
        return ()
    return (Note("open_again" if before else "open_now"),)


def changes(
    job: Job, item: FindingItem, asked: Asking, *, news: bool, moved: bool, shown: Watch | None
) -> Changes:
    """Say what of the item's watch changes with a post; nothing where it is left alone.

    Args:
        item: as it is when the post is recorded.
        news: whether the post said something new.
        moved: whether it is a new message, on which nobody has reacted.
        shown: what the message shows.
    """
    before, after = watch.read(item.attention), watched(job, item, asked, news=news)
    if after is None:
        return {}
    after = after.with_(gone=False)
    if moved:
        elsewhere = after.elsewhere or after.answer is Answer.HANDLED
        after = after.with_(anew=False, elsewhere=elsewhere, shown=on_a_new_message(shown or after).said)
    elif before is None or after.opening != before.opening:
        after = after.with_(shown=shown.said if shown else after.said)
    return {} if after == before else watch.changes(after)


def on_a_new_message(of: Watch) -> Watch:
    """Give it as a new message shows it: whoever that names would be called; who has it in hand says so anew."""
    return of.with_(seen_by=(), seen_at="") if of.is_open else of.with_(handled_by=())


def for_repair(job: Job, item: FindingItem, changed: Changes) -> Changes:
    """Say the same to the state machine, which always writes all of it: an index's key can't be empty."""
    return {
        "attention": item.attention or watch.NOTHING,
        "awaits": item.awaits or watch.NOTHING,
        "awaits_since": item.awaits_since or instant(job.now),
        **changed,
    }


def left_out_of(repair: Mapping[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    """Give a repair's values without this: DynamoDB refuses a value that an older definition has no name for."""
    names = {":attention", ":awaits", ":awaits_since"}
    return {name: value for name, value in repair.items() if name not in names}


def started(claim: Claim, attention: str) -> StartedWatch | None:
    """Say which execution is to wait for the answer that this update opened; None where it has opened none."""
    found = watch.read(attention)
    if found is None or not found.is_open or found.opening != claim["update"]:
        return None
    name = watch.execution_name(claim["finding_id"], found.opening)
    return StartedWatch(name=name, finding_id=claim["finding_id"], opening=found.opening)


def dress(shown: Watch | None, language: str) -> Callable[[Payload], Payload] | None:
    """Make what puts the answer on a payload; None where there is nothing to say of one."""
    return partial(_dressed, answer=showing(shown), language=language) if shown else None


def showing(of: Watch) -> ShownAnswer:
    """Say what a message is to show of a watch."""
    since = _moment(of.posted_at)
    match of.answer:
        case Answer.HANDLED:
            return ShownAnswer(AnswerStage.HANDLED, of.handled_by, since, _moment(of.answered_at))
        case Answer.ARCHIVED:
            return ShownAnswer(AnswerStage.ARCHIVED, (), since, _moment(of.answered_at))
        case Answer.HIDDEN:
            return ShownAnswer(AnswerStage.HIDDEN)
    if of.seen_by:
        return ShownAnswer(AnswerStage.SEEN, of.seen_by, since, _moment(of.seen_at))
    again = of.anew or bool(of.ignored)
    return ShownAnswer(AnswerStage.UNSEEN if of.blind else AnswerStage.OPEN, since=since, again=again)


def _dressed(payload: Payload, answer: ShownAnswer, language: str) -> Mapping[str, object]:
    return answered(payload, answer, language)


def _opened(job: Job, asked: Asking, *, anew: bool) -> Watch:
    finding = job.finding
    opened = Watch(
        opening=job.update,
        posted_at=instant(job.now),
        within=asked.within,
        severity=finding.severity,
        type=finding.type,
        account=finding.account_id,
        account_name=lookups.account(job.state).name,
        region=finding.home_region or finding.region,
        reminds=asked.reminds,
        mention=asked.mention,
        escalate=asked.escalate,
        anew=anew,
    )
    return opened.with_(shown=opened.said)


def _raised(job: Job, before: Watch, asked: Asking) -> Watch:
    """A worse finding has less time, from this post on: else all of it would be over. Who has it in hand has it."""
    if job.finding.severity <= before.severity:
        return before
    raised = before.with_(
        severity=job.finding.severity,
        reminds=before.reminds or asked.reminds,
        mention=asked.mention or before.mention,
        escalate=asked.escalate or before.escalate,
    )
    if asked.within >= before.within:
        return raised
    return raised.with_(
        opening=job.update,
        posted_at=instant(job.now),
        within=asked.within,
        reminded=0,
        reminding=0,
        reminding_until="",
    )


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
