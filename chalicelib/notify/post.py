"""The post of a finding that no rule hides: claimed, in its turn, through the gate, recorded at once."""

from datetime import datetime, timedelta
from functools import partial

from botocore.exceptions import ClientError

from chalicelib import clock, settings
from chalicelib.errors import AWSUnavailable, SlackUnanswered
from chalicelib.ledger import content, digests, places
from chalicelib.ledger.claim import instant
from chalicelib.ledger.clocks import QueueTooLong
from chalicelib.ledger.decide import (
    Decision,
    FindingItem,
    Wish,
    decide,
    is_stamped,
    is_unanswered,
)
from chalicelib.ledger.digest_ids import is_folded
from chalicelib.ledger.notifications import Changes, FindingEntry
from chalicelib.ledger.table import as_unreadable
from chalicelib.notify import answers, delivery, fold, opening, outbox, own_digest, plans, recording, turns
from chalicelib.notify.answers import PostAnswer
from chalicelib.notify.attempt import CLAIM_MARGIN, Attempt, Fresh
from chalicelib.notify.delivery import Done, Plan
from chalicelib.notify.job import Job
from chalicelib.notify.recording import UNSTAMPED
from chalicelib.notify.turns import Gate, Turn
from chalicelib.slack.api import Throttled
from chalicelib.slack.post import UPDATES, Door
from chalicelib.slack.secret import Secret

_POSTED_WITHIN, _LOOK_AGAIN = timedelta(seconds=5), timedelta(seconds=30)


def post(job: Job, entry: FindingEntry, wish: Wish, decision: Decision) -> PostAnswer:
    """Post it, or say for how long to wait; raises the exceptions of ``errors``, and ConditionFailed."""
    if decision is Decision.NOTHING:
        return _remember(job, entry, decision)
    secret = outbox.slack_secret()
    planned = prepare(job, entry)
    if decision is Decision.UPDATE:
        planned = planned._replace(news=())
    plan = plans.with_answer(job, entry.item, planned, secret)
    instead = decide(entry.item, wish._replace(queue_is_long=True), job.now)
    try:
        turn = _turn(job, entry.item, delivery.queue(plan, secret), may_wait=instead is decision)
    except QueueTooLong as queue:
        return _do_instead(job, entry, wish, instead, plan, queue.seconds)
    return _in_turn(job, entry, decision, plan, secret, turn)


def _remember(job: Job, entry: FindingEntry, decision: Decision) -> PostAnswer:
    """Nothing is said: what would have been news is news still."""
    item = entry.item
    done = Done("nothing new", item.channel, item.ts, content.unpack(item.content))
    with as_unreadable():
        entry.change(recording.recorded(job, item, plans.plan(job, item)._replace(news=()), done))
    turns.leave(item.place)
    if is_folded(item):
        return own_digest.see_to(job, digests.id_of(item.fold), "It has not risen since.")
    return answers.posted(decision, done)


def _turn(job: Job, item: FindingItem, queue: str, *, may_wait: bool) -> Turn | None:
    """Take its turn; raises QueueTooLong where something else is to be done than to wait for long."""
    if job.without_ledger:
        return None
    after = settings.fold_after()
    longest = None if may_wait or not after or queue == UPDATES else after * 1000
    return turns.turn(job, item, queue, longest)


def _do_instead(
    job: Job, entry: FindingEntry, wish: Wish, instead: Decision, plan: Plan, seconds: int
) -> PostAnswer:
    """No place was taken: a finding without a message is folded, news is shown in its message only."""
    if instead is Decision.FOLD:
        return fold.join(job, entry, plan, seconds)
    return post(job, entry, wish._replace(queue_is_long=True), instead)


def _in_turn(
    job: Job, entry: FindingEntry, decision: Decision, plan: Plan, secret: Secret, turn: Turn | None
) -> PostAnswer:
    if turn and (seconds := turn.seconds):
        _keep(entry, turn)
        turns.report(turn, job)
        return answers.wait(job, seconds, f"Its turn in {turn.place.channel} is at {turn.at}.")
    return _attempt(job, entry, decision, plan, secret, turn)


def prepare(job: Job, entry: FindingEntry) -> Plan:
    """Claim it, and read where it goes: raises LedgerUnreadable, RoutesUnreadable, ConditionFailed."""
    with as_unreadable():
        claim(job, entry)
    return plans.plan(job, entry.item)


def seconds_for_newer(item: FindingItem, now: datetime) -> int:
    """Say when to look again at a newer update: just after its turn, then every half a minute while its claim lives."""
    over = datetime.fromisoformat(item.claimed_until)
    due = over - CLAIM_MARGIN + _POSTED_WITHIN
    until = due if due > now else min(over, now + _LOOK_AGAIN)
    return min(places.LONGEST_WAIT, int((until - now).total_seconds()) + 1)


def claim(job: Job, entry: FindingEntry) -> None:
    """Before the channel's clock: an event that is delivered twice takes one place."""
    item = entry.item
    lives = item.claimed_until > instant(job.now)
    if not lives or (item.claimed_update, item.claimed_by) != (job.update, job.execution):
        entry.change(_claimed(job))


def _claimed(job: Job) -> Changes:
    return {
        "claimed_update": job.update,
        "claimed_by": job.execution,
        "claimed_until": instant(clock.now() + CLAIM_MARGIN),
    }


def _keep(entry: FindingEntry, turn: Turn) -> None:
    """Write the place, and let the claim live until its time."""
    changes: dict[str, str | float] = {}
    if entry.item.place != turn.place.to_text():
        changes["place"] = turn.place.to_text()
    due = datetime.fromisoformat(turn.at)
    if entry.item.claimed_until < instant(due + CLAIM_MARGIN / 2):
        changes["claimed_until"] = instant(due + CLAIM_MARGIN)
    if changes:
        with as_unreadable(), turns.giving_back(entry.item.place, turn):
            entry.change(changes)


def _attempt(
    job: Job, entry: FindingEntry, decision: Decision, plan: Plan, secret: Secret, turn: Turn | None
) -> PostAnswer:
    """Write the attempt, post, and take this attempt back where Slack clearly took nothing."""
    before, begun = entry.item, _begin(job, entry, plan, turn)
    door = outbox.door(secret, begun.until)
    try:
        gate = turns.gate(turn.place.channel) if turn else Gate(0)
        if gate.seconds:
            begun.take_back()
            return answers.wait(job, gate.seconds, "Others are posting just now.")
        done = delivery.carry_out(plans.with_context(job, before, plan), door)
    except SlackUnanswered:
        _leave(begun, door)
        raise
    except Exception:
        begun.take_back()
        raise
    if isinstance(done, Throttled):
        begun.take_back()
        return answers.closed(job, done.seconds, gate)
    if turn:
        turns.took(turn.place.channel, gate)
    return _answered(job, entry, decision, plan, begun, done)


def _begin(job: Job, entry: FindingEntry, plan: Plan, turn: Turn | None) -> Attempt:
    begun = {**_claimed(job), **_uncertain(job, entry.item), **_asked(entry.item, plan)}
    if turn is None:
        return Attempt(entry, job.nonce, begun)
    turns.sleep_until(turn.due)
    with as_unreadable(), turns.giving_back(entry.item.place, turn):
        return Attempt(entry, job.nonce, {**begun, "place": turn.place.to_text()})


def _uncertain(job: Job, item: FindingItem) -> Changes:
    """What the message says from now on is known only when the attempt is recorded."""
    attempted = {"attempted_update": max(job.update, item.attempted_update)}
    return {**attempted, **({} if is_stamped(item, job.update) else UNSTAMPED)}


def _asked(item: FindingItem, plan: Plan) -> Changes:
    """Where the post goes, besides where others went that may turn up still."""
    others = item.asked_in.split() if item.repeated or is_unanswered(item) else ()
    return {"asked_in": " ".join(dict.fromkeys((*others, plan.channel)))}


def _leave(begun: Attempt, door: Door) -> None:
    """Only what adds a message may have added one."""
    if door.adds:
        begun.leave_unanswered()
    else:
        begun.leave_changed()


def _answered(
    job: Job, entry: FindingEntry, decision: Decision, plan: Plan, begun: Attempt, done: Done
) -> PostAnswer:
    """Record what Slack said at once; what can't be written is left to the state machine."""
    if done.how == "posted" and done.channel != plan.channel:
        turns.is_also(plan.channel, done.channel)
    answer = answers.posted(decision, done)
    changes = recording.recorded(job, entry.item, plan, done)
    moved = done.how == "posted"
    fresh = partial(
        opening.changes, job, asked=plan.asking, news=bool(plan.news), moved=moved, shown=plan.watch
    )
    if job.claim and not _is_recorded(entry, begun, changes, fresh):
        changes = {**changes, **opening.for_repair(job, entry.item, fresh(entry.item))}
        answer["repair"] = recording.repair(job.claim, changes)
    return answer


def _is_recorded(entry: FindingEntry, begun: Attempt, changes: Changes, fresh: Fresh) -> bool:
    try:
        return begun.record(changes, fresh) and entry.claim is not None
    except (AWSUnavailable, ClientError):
        return False
