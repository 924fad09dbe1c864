"""PostToSlack: one finding posted, once, in its channel's turn, in the message that it has already or a new one.

The order is what keeps it to once: read what is posted, take a turn, write the attempt, post. What is posted is
written by the state machine afterwards; an attempt that nothing followed is known by what it left behind.
"""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple, NotRequired, TypedDict, TypeVar, cast

from botocore.exceptions import ClientError

from chalicelib import clock, settings
from chalicelib.aws import guardduty, rule_tables
from chalicelib.errors import AWSUnavailable, FindingNotListed, SlackRejected, SlackUnavailable
from chalicelib.finding.event import parse
from chalicelib.finding.model import Finding, Severity
from chalicelib.ledger import notifications, pace
from chalicelib.ledger.claim import Claim, instant
from chalicelib.ledger.notifications import Notification
from chalicelib.ledger.pace import Slot
from chalicelib.message import suggested_rule
from chalicelib.message.console_links import execution_link
from chalicelib.message.context import Links, MessageContext, Note, Suppressed
from chalicelib.notify import lookups, news, outbox, posting
from chalicelib.notify.posting import Done, Plan
from chalicelib.rules import routes, sentences
from chalicelib.rules.faults import RuleFault, from_json
from chalicelib.slack.api import Throttled
from chalicelib.slack.secret import Secret

T = TypeVar("T")

# After so many retries of the state, what a table would add is done without: twice is better than never.
_PATIENCE = 4

# Another execution is posting this finding: by then it has recorded what it posted, or its attempt is stale.
_SECONDS_FOR_ANOTHER = 3

_MOST_FAULTS_NAMED = 3


_REPEATED = Note("possibly_repeated")


class PostRequest(TypedDict):
    """What the state PostToSlack passes."""

    state: dict[str, Any]
    execution: str
    retry_count: int


class PostAnswer(TypedDict):
    """What the state PostToSlack returns."""

    status: str
    """``posted``, ``wait`` (come again after ``seconds``, with ``slot``) or ``superseded``."""
    how: NotRequired[str]
    """What was done in Slack: ``posted``, ``updated``, ``updated and replied``, ``nothing new``; ``gone`` where
    the message of a suppressed finding is not there any more."""
    channel: NotRequired[str]
    ts: NotRequired[str]
    seconds: NotRequired[int]
    slot: NotRequired[Slot | None]
    record: NotRequired[dict[str, Any]]
    """The values of RecordNotification's update; absent where nothing is claimed."""


class _Job(NamedTuple):
    """One execution's post of one finding."""

    finding: Finding
    claim: Claim | None
    execution: str
    slot: Slot | None
    retry_count: int
    now: datetime


def notify(request: PostRequest, now: datetime) -> PostAnswer:
    """Post the finding or say what to wait for; raises the exceptions of ``errors`` and AWS's own."""
    state = request["state"]
    job, notes = _job(request, now)
    before, unreadable = _before(job)
    if rule := _suppressing_rule(state):
        return _show_suppression(job, state, before, rule)
    if job.claim and before.supersedes(job.claim, job.execution):
        return _superseded(job, before)
    secret = outbox.slack_secret()
    route, unrouted = _route(job, state)
    notes = (*notes, *unreadable, *unrouted)
    plan = _plan(job, before, route, _message_context(job, state, notes, route.mention))
    if posting.is_silent(plan, secret):
        return _posted(job, plan, before, Done("nothing new", plan.message_channel, plan.ts))
    slot, seconds = _turn(job, plan, secret)
    if seconds:
        return PostAnswer(status="wait", seconds=seconds, slot=slot)
    return _attempt(job._replace(slot=slot), _with_context(job, before, plan), before, secret)


def _job(request: PostRequest, now: datetime) -> tuple[_Job, tuple[Note, ...]]:
    state = request["state"]
    finding = parse(state)
    job = _Job(finding, lookups.claim(state), request["execution"], _slot(state), request["retry_count"], now)
    whole, notes = _unless_lost(job, "identifiers_only", "why", finding, lambda: _whole(finding))
    return job._replace(finding=whole.tagged(lookups.tags(state))), notes


def _whole(finding: Finding) -> Finding:
    if not finding.identifiers_only:
        return finding
    return guardduty.whole(finding)


def _unless_lost(
    job: _Job, key: str, word: str, without: T, look: Callable[[], T]
) -> tuple[T, tuple[Note, ...]]:  # fmt: skip
    """Look something up; after some retries of the machine do without it, with a line that says so."""
    try:
        return look(), ()
    except (AWSUnavailable, ClientError, FindingNotListed) as error:
        if job.retry_count < _PATIENCE:
            raise
        return without, (Note(key, {word: str(error)}),)


def _before(job: _Job) -> tuple[Notification, tuple[Note, ...]]:
    claim = job.claim
    if claim is None:
        return Notification(), ()
    without = notifications.UNREADABLE
    return _unless_lost(
        job, "table_unreachable", "error", without, lambda: notifications.read(claim["finding_id"])
    )


def _route(job: _Job, state: Mapping[str, Any]) -> tuple[routes.Choice, tuple[Note, ...]]:
    finding = job.finding

    def choose() -> routes.Choice:
        items = rule_tables.every_item(settings.routes_table())
        return routes.choose(finding, lookups.account(state), items, job.now)

    choice, notes = _unless_lost(job, "routes_unreadable", "error", routes.Choice(), choose)
    faults = (_faulty("route_faulty", fault) for fault in choice.faulty[:_MOST_FAULTS_NAMED])
    return choice, (*notes, *faults)


def _context(job: _Job, before: Notification) -> tuple[Note, ...]:
    """What the table knows besides: that the suppression is over, and how many findings the resource has had."""
    over = (Note("suppression_over"),) if before.shown_suppression else ()
    if job.claim is None or not job.finding.resources or job.finding.test:
        return over
    # A line of context is not worth a retry.
    with suppress(AWSUnavailable, ClientError):
        count = notifications.findings_on(job.finding.resources[0].ids[0], job.finding.id, job.now)
        if count > 1:
            return (*over, Note("resource_seen", {"count": count, "days": 7}))
    return over


def _with_context(job: _Job, before: Notification, plan: Plan) -> Plan:
    """Only once it is posted: who must wait would look twice."""
    notes = (*plan.context.notes, *_context(job, before))
    return plan._replace(context=replace(plan.context, notes=notes))


def _message_context(
    job: _Job, state: Mapping[str, Any], notes: tuple[Note, ...], mention: str
) -> MessageContext:
    return MessageContext(
        account=lookups.account(state),
        links=Links(execution=execution_link(job.execution), access_portal=settings.access_portal_url()),
        language=settings.message_language(),
        mention=mention,
        notes=(*_verdict_notes(state), *notes),
    )


def _verdict_notes(state: Mapping[str, Any]) -> tuple[Note, ...]:
    verdict = state.get("verdict")
    if not isinstance(verdict, Mapping):
        return ()
    unreadable = (Note("list_unreadable", {"error": _reason(verdict)}),) if verdict.get("error") else ()
    faults: list[Mapping[str, object]] = verdict.get("faulty") or []
    return (*unreadable, *(_faulty("rule_faulty", from_json(fault)) for fault in faults[:_MOST_FAULTS_NAMED]))


def _reason(failure: Mapping[str, Any]) -> str:
    """A failed function's cause is JSON; a person wants its sentence, else the error's name."""
    try:
        return str(json.loads(failure["cause"])["errorMessage"])
    except (ValueError, KeyError, TypeError):
        return str(failure["error"])


def _faulty(key: str, fault: RuleFault) -> Note:
    why = sentences.fault_sentence(fault, settings.message_language())
    return Note(key, {"rule": f"{fault.finding_type} {fault.rule}", "why": why})


def _plan(job: _Job, before: Notification, route: routes.Choice, context: MessageContext) -> Plan:
    said = news.read(before.said)
    new = news.find(job.finding, said) if said else ()
    if before.attempted_by and new:
        new = (*new, _REPEATED)
    repeated = said.repeated if said and before.ts else bool(before.attempted_by)
    if repeated:
        context = replace(context, notes=(_REPEATED, *context.notes))
    return Plan(
        finding=job.finding,
        context=context,
        channel=route.channel or settings.slack_channel(),
        message_channel=before.channel,
        ts=before.ts,
        posted=bool(before.notified_update) and said is not None,
        news=new,
        broadcast=said is not None and news.rises(job.finding, said),
        rule=_rule_to_paste(job),
    )


def _rule_to_paste(job: _Job) -> Mapping[str, Any] | None:
    if job.finding.sample or job.finding.test:
        return None
    table, language = settings.suppressions_table(), settings.message_language()
    return suggested_rule.render(job.finding, job.now, table, language)


def _suppressing_rule(state: Mapping[str, Any]) -> Mapping[str, Any]:
    verdict = state.get("verdict") or {}
    rule: Mapping[str, Any] = verdict.get("rule") or {}
    return rule if verdict.get("suppressed") else {}


def _show_suppression(
    job: _Job, state: Mapping[str, Any], before: Notification, rule: Mapping[str, Any]
) -> PostAnswer:
    """Update the message that posted the finding: it says which rule hides its recurrences, and until when."""
    until = rule.get("expires_at")
    suppressed = Suppressed(job.now, str(rule["rule"]), datetime.fromisoformat(until) if until else None)
    context = replace(_message_context(job, state, (), ""), suppressed=suppressed)
    plan = Plan(job.finding, context, settings.slack_channel(), before.channel, before.ts, posted=True)
    secret = outbox.slack_secret()
    if job.claim is None or not posting.updates(plan, secret):
        return PostAnswer(status="posted", how="nothing new")
    done = posting.carry_out(plan, secret)
    if isinstance(done, Throttled):
        raise SlackUnavailable(f"Slack wants no more for {done.seconds} seconds")
    if done.how == "updated":
        notifications.remember_shown_suppression(job.claim["finding_id"], str(rule["rule"]))
    return PostAnswer(status="posted", how=done.how, channel=done.channel, ts=done.ts)


def _turn(job: _Job, plan: Plan, secret: Secret) -> tuple[Slot | None, int]:
    """Take a turn in the channel; Critical findings wait only where Slack itself has closed it."""
    channel = plan.message_channel if posting.updates(plan, secret) else plan.channel

    def turn() -> tuple[Slot | None, int]:
        if job.finding.band is Severity.CRITICAL:
            return None, pace.wait(None, notifications.clock(channel), clock.milliseconds())
        rate = settings.slack_messages_per_second()
        return pace.turn(channel, job.execution, job.slot, rate, clock.milliseconds)

    without: tuple[Slot | None, int] = (job.slot, 0)
    return _unless_lost(job, "table_unreachable", "error", without, turn)[0]


def _attempt(job: _Job, plan: Plan, before: Notification, secret: Secret) -> PostAnswer:
    """Write the attempt, post, and take this attempt back where Slack clearly took nothing."""
    if not _begun(job, before):
        return _overtaken(job)
    try:
        done = posting.carry_out(plan, secret)
    except (SlackRejected, SlackUnavailable):
        _withdraw(job, before)
        raise
    if isinstance(done, Throttled):
        _withdraw(job, before)
        return PostAnswer(status="wait", seconds=done.seconds, slot=job.slot)
    return _posted(job, plan, before, done)


def _begun(job: _Job, before: Notification) -> bool:
    claim = job.claim
    if claim is None:
        return True

    def begin() -> bool:
        return notifications.begin_attempt(claim, job.execution, before, job.now)

    return _unless_lost(job, "table_unreachable", "error", True, begin)[0]


def _overtaken(job: _Job) -> PostAnswer:
    """Somebody else was faster: with newer data, or with this very post, which we wait for."""
    if job.claim:
        before = notifications.read(job.claim["finding_id"])
        if before.supersedes(job.claim, job.execution):
            return _superseded(job, before)
    return PostAnswer(status="wait", seconds=_SECONDS_FOR_ANOTHER, slot=job.slot)


def _superseded(job: _Job, before: Notification) -> PostAnswer:
    if job.claim and before.attempted_by == job.execution:
        # An attempt that stays only makes the newer update wait until it is stale.
        with suppress(AWSUnavailable, ClientError):
            notifications.abandon_attempt(job.claim, job.execution)
    return PostAnswer(status="superseded")


def _withdraw(job: _Job, before: Notification) -> None:
    if job.claim is None:
        return
    # An attempt that stays only marks the next message as possibly repeated.
    with suppress(AWSUnavailable, ClientError):
        notifications.withdraw_attempt(job.claim, job.execution, before)


def _posted(job: _Job, plan: Plan, before: Notification, done: Done) -> PostAnswer:
    answer = PostAnswer(status="posted", how=done.how, channel=done.channel, ts=done.ts)
    if job.claim:
        answer["record"] = _record(job, job.claim, plan, before, done)
    return answer


def _record(job: _Job, claim: Claim, plan: Plan, before: Notification, done: Done) -> dict[str, Any]:
    aloud = bool(plan.news) or done.how == "posted"
    repeated = _REPEATED in plan.context.notes
    said = news.say(job.finding, news.read(before.said), aloud=aloud, repeated=repeated)
    return {
        ":update": {"S": claim["update"]},
        ":notified_at": {"S": instant(job.now)},
        ":channel": {"S": done.channel},
        ":ts": {"S": done.ts},
        ":severity": {"N": str(job.finding.severity)},
        ":count": {"N": str(job.finding.count)},
        ":said": {"S": news.write(said)},
        ":expires_at": {"N": claim["expires_at"]},
    }


def _slot(state: Mapping[str, Any]) -> Slot | None:
    found = (state.get("posted") or {}).get("slot")
    return cast(Slot, found) if found else None
