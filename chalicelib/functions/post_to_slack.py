"""PostToSlack: one finding posted, once, in its channel's turn, in the message that it has already or a new one.

The order is what keeps it to once: read what is posted, take a turn, write the attempt, post. What is posted is
written by the state machine afterwards; an attempt that nothing followed is known by what it left behind.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple, NotRequired, TypedDict, TypeVar

from botocore.exceptions import ClientError

from chalicelib import settings
from chalicelib.aws import rule_tables
from chalicelib.errors import AWSUnavailable, SlackDown, SlackRejected, SlackUnavailable
from chalicelib.finding.event import parse
from chalicelib.finding.model import Finding, Severity
from chalicelib.ledger import clocks, notifications, places
from chalicelib.ledger.claim import Claim, instant
from chalicelib.ledger.notifications import Notification
from chalicelib.ledger.places import QueuePlace
from chalicelib.message import suggested_rule
from chalicelib.message.console_links import execution_link
from chalicelib.message.context import Links, MessageContext, Note, Suppressed
from chalicelib.notify import lookups, news, outbox, patience, posting, turns, verdicts
from chalicelib.notify.patience import Failing
from chalicelib.notify.posting import Done, Plan
from chalicelib.rules import routes
from chalicelib.slack.api import Throttled
from chalicelib.slack.secret import Secret

T = TypeVar("T")

# After so many retries of the state, what a table would add is done without: twice is better than never.
_PATIENCE = 4

# Another execution is posting this finding: by then it has recorded what it posted, or its attempt is stale.
_SECONDS_FOR_ANOTHER = 3

_REPEATED = Note("possibly_repeated")


class PostRequest(TypedDict):
    """What the state PostToSlack passes."""

    state: dict[str, Any]
    execution: str
    retry_count: int


class PostAnswer(TypedDict):
    """What the state PostToSlack returns."""

    status: str
    """``posted``, ``wait`` (come again after ``seconds``) or ``superseded``."""
    how: NotRequired[str]
    """What was done in Slack: ``posted``, ``updated``, ``updated and replied``, ``nothing new``; ``gone`` where
    the message of a suppressed finding is not there any more."""
    channel: NotRequired[str]
    ts: NotRequired[str]
    seconds: NotRequired[int]
    failing: NotRequired[Failing]
    """Since when Slack, or what is asked before it, has failed."""
    place: NotRequired[str]
    """The place in the channel's queue, of a finding that has no item to keep it."""
    record: NotRequired[dict[str, Any]]
    """The values of RecordNotification's update; absent where nothing is claimed."""


class _Job(NamedTuple):
    """One execution's post of one finding."""

    finding: Finding
    claim: Claim | None
    execution: str
    place: str
    """Of a finding that claims nothing: what an earlier run of this execution took."""
    retry_count: int
    failing: Failing | None
    now: datetime


def notify(request: PostRequest, now: datetime) -> PostAnswer:
    """Post the finding or say what to wait for; raises the exceptions of ``errors`` and AWS's own."""
    state = request["state"]
    job, notes = _job(request, now)
    before, unreadable = _before(job)
    if rule := verdicts.suppressing_rule(state):
        return _show_suppression(job, state, before, rule)
    if job.claim and before.supersedes(job.claim, job.execution):
        return _superseded(job, before)
    secret = outbox.slack_secret()
    route, unrouted = _route(job, state)
    notes = (*notes, *unreadable, *unrouted)
    plan = _plan(job, before, route, _message_context(job, state, notes, route.mention))
    if posting.is_silent(plan, secret):
        return _posted(job, plan, before, Done("nothing new", plan.message_channel, plan.ts))
    seconds, place = _turn(job, plan, before, secret)
    if seconds:
        return _wait(job, seconds, place)
    return _attempt(job._replace(place=place), _with_context(job, before, plan), before, secret)


def _job(request: PostRequest, now: datetime) -> tuple[_Job, tuple[Note, ...]]:
    state = request["state"]
    finding = parse(state).tagged(lookups.tags(state))
    before: PostAnswer | dict[str, Any] = state.get("posted") or {}
    retry_count = request["retry_count"]
    failing = patience.failing(before.get("failing"), now, failed=retry_count > 0)
    place = before.get("place", "")
    job = _Job(finding, lookups.claim(state), request["execution"], place, retry_count, failing, now)
    if not finding.identifiers_only:
        return job, ()
    return job, (Note("identifiers_only", {"why": lookups.why_not_fetched(state)}),)


def _unless_lost(job: _Job, key: str, without: T, look: Callable[[], T]) -> tuple[T, tuple[Note, ...]]:
    """Look something up; after some retries of the machine do without it, with a line that says so."""
    try:
        return look(), ()
    except (AWSUnavailable, ClientError) as error:
        if job.retry_count < _PATIENCE:
            raise
        return without, (Note(key, {"error": str(error)}),)


def _before(job: _Job) -> tuple[Notification, tuple[Note, ...]]:
    claim = job.claim
    if claim is None:
        return Notification(), ()
    without = notifications.UNREADABLE
    return _unless_lost(job, "table_unreachable", without, lambda: notifications.read(claim["finding_id"]))


def _route(job: _Job, state: Mapping[str, Any]) -> tuple[routes.Choice, tuple[Note, ...]]:
    finding = job.finding

    def choose() -> routes.Choice:
        items = rule_tables.every_item(settings.routes_table())
        return routes.choose(finding, lookups.account(state), items, job.now)

    choice, notes = _unless_lost(job, "routes_unreadable", routes.Choice(), choose)
    faults = (verdicts.faulty("route_faulty", fault) for fault in choice.faulty[: verdicts.MOST_FAULTS_NAMED])
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
        notes=(*verdicts.notes(state), *notes),
    )


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


def _show_suppression(
    job: _Job, state: Mapping[str, Any], before: Notification, rule: Mapping[str, Any]
) -> PostAnswer:
    """Update the message that posted the finding: it says which rule hides its recurrences, and until when."""
    until = rule.get("expires_at")
    suppressed = Suppressed(job.now, str(rule["rule"]), datetime.fromisoformat(until) if until else None)
    context = replace(_message_context(job, state, (), ""), suppressed=suppressed)
    plan = Plan(job.finding, context, settings.slack_channel(), before.channel, before.ts, posted=True)
    _give_back(job, before)
    secret = outbox.slack_secret()
    if job.claim is None or not posting.updates(plan, secret):
        return PostAnswer(status="posted", how="nothing new")
    done = posting.carry_out(plan, secret)
    if isinstance(done, Throttled):
        raise SlackUnavailable(f"Slack wants no more for {done.seconds} seconds")
    if done.how == "updated":
        notifications.remember_shown_suppression(job.claim["finding_id"], str(rule["rule"]))
    return PostAnswer(status="posted", how=done.how, channel=done.channel, ts=done.ts)


def _give_back(job: _Job, before: Notification) -> None:
    """Let those behind move forward: what is hidden takes no turn."""
    place = places.read_place(before.place)
    if place and job.claim:
        # A place that stays is late when its time has passed: it costs its turn, no more.
        with suppress(AWSUnavailable, ClientError):
            if notifications.drop_place(job.claim["finding_id"], before.place):
                turns.give_back(place, settings.slack_messages_per_second())


def _wait(job: _Job, seconds: int, place: str = "") -> PostAnswer:
    """Wait; after a failure for longer than one's turn takes, as the state machine then counts its retries anew."""
    if job.retry_count:
        seconds = patience.backed_off(seconds, job.failing, job.now)
    answer = PostAnswer(status="wait", seconds=seconds)
    if place:
        answer["place"] = place
    if job.failing:
        answer["failing"] = job.failing
    return answer


def _turn(job: _Job, plan: Plan, before: Notification, secret: Secret) -> tuple[int, str]:
    """Wait for the finding's turn; Critical findings take theirs before all others."""
    queue, per_second = posting.queue(plan, secret)
    own = job.place

    def keep(place: QueuePlace) -> QueuePlace:
        nonlocal own
        if job.claim is None:
            own = place.to_text()
            return place
        stands = notifications.keep_place(job.claim, before.place, place.to_text())
        return places.read_place(stands) or place

    def turn() -> int:
        kept = places.read_place(before.place or job.place)
        critical = job.finding.band is Severity.CRITICAL
        again = job.retry_count > 0
        return turns.seconds_until_turn(queue, per_second, kept, keep, critical=critical, again=again)

    return _unless_lost(job, "table_unreachable", 0, turn)[0], own


def _attempt(job: _Job, plan: Plan, before: Notification, secret: Secret) -> PostAnswer:
    """Write the attempt, post, and take this attempt back where Slack clearly took nothing."""
    if not _begun(job, before):
        return _overtaken(job)
    if seconds := _at_the_gate(job, plan, secret):
        _withdraw(job, before)
        return _wait(job, seconds, job.place)
    try:
        done = posting.carry_out(plan, secret)
    except (SlackRejected, SlackUnavailable) as failure:
        _withdraw(job, before)
        if isinstance(failure, SlackUnavailable) and patience.is_over(job.failing, job.now):
            raise SlackDown(str(failure)) from failure
        raise
    if isinstance(done, Throttled):
        _withdraw(job, before)
        return _closed(job, done.seconds)
    return _posted(job, plan, before, done)


def _at_the_gate(job: _Job, plan: Plan, secret: Secret) -> int:
    return _unless_lost(
        job, "table_unreachable", 0, lambda: turns.seconds_at_the_gate(*posting.queue(plan, secret))
    )[0]


def _closed(job: _Job, seconds: int) -> PostAnswer:
    """Slack wants no more yet: that is waited for, and not for ever."""
    if patience.is_over(job.failing, job.now):
        raise SlackDown("Slack has wanted no more for over an hour: redrive the execution when it does")
    return _wait(job._replace(failing=patience.failing(job.failing, job.now, failed=True)), seconds)


def _begun(job: _Job, before: Notification) -> bool:
    claim = job.claim
    if claim is None:
        return True

    def begin() -> bool:
        return notifications.begin_attempt(claim, job.execution, before, job.now)

    return _unless_lost(job, "table_unreachable", True, begin)[0]


def _overtaken(job: _Job) -> PostAnswer:
    """Somebody else was faster: with newer data, or with this very post, which we wait for."""
    if job.claim:
        before = notifications.read(job.claim["finding_id"])
        if before.supersedes(job.claim, job.execution):
            return _superseded(job, before)
    return _wait(job, _SECONDS_FOR_ANOTHER)


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
    if done.how == "posted" and done.channel != plan.channel:
        _remember_id(plan.channel, done.channel)
    answer = PostAnswer(status="posted", how=done.how, channel=done.channel, ts=done.ts)
    if job.claim:
        answer["record"] = _record(job, job.claim, plan, before, done)
    return answer


def _remember_id(channel: str, id_: str) -> None:
    """One channel has one clock, by whatever name."""
    # What is not written now is written at the next post.
    with suppress(AWSUnavailable, ClientError):
        clocks.is_also(channel, id_)


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
