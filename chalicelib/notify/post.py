"""The post of a finding that no rule hides: claimed, in its turn, through the gate, recorded at once."""

from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial

from botocore.exceptions import ClientError

from chalicelib import clock
from chalicelib.errors import AWSUnavailable, SlackUnanswered
from chalicelib.ledger import clocks, content, places
from chalicelib.ledger.claim import Claim, instant
from chalicelib.ledger.decide import Decision, FindingItem, is_stamped, is_unanswered
from chalicelib.ledger.notifications import Changes, FindingEntry
from chalicelib.ledger.table import as_unreadable
from chalicelib.notify import answers, delivery, news, opening, outbox, plans, turns
from chalicelib.notify.answers import PostAnswer
from chalicelib.notify.attempt import Attempt, Fresh
from chalicelib.notify.delivery import Done, Plan
from chalicelib.notify.job import Job
from chalicelib.notify.plans import REPEATED
from chalicelib.notify.turns import Gate, Turn
from chalicelib.slack.api import Throttled
from chalicelib.slack.post import Door
from chalicelib.slack.secret import Secret

_POSTED_WITHIN, _LOOK_AGAIN = timedelta(seconds=5), timedelta(seconds=30)

_UNSTAMPED: Changes = {"shown_suppression": "", "shown_since": ""}

CLAIM_MARGIN = timedelta(minutes=4)
"""A claim is believed for so long after its place's time. An owner that comes back later has lost nothing."""


def post(job: Job, entry: FindingEntry, decision: Decision) -> PostAnswer:
    """Post it, or say for how long to wait; raises the exceptions of ``errors``, and ConditionFailed."""
    if decision is Decision.NOTHING:
        done = Done("nothing new", entry.item.channel, entry.item.ts, content.unpack(entry.item.content))
        with as_unreadable():
            entry.change(_recorded(job, entry.item, plans.plan(job, entry.item), done))
        return answers.posted(decision, done)
    secret = outbox.slack_secret()
    plan = plans.with_answer(job, entry.item, prepare(job, entry), secret)
    queue = delivery.queue(plan, secret)
    turn = None if job.without_ledger else turns.turn(job, entry.item, queue)
    if turn and (seconds := turn.seconds):
        _keep(entry, turn)
        turns.report(turn, job)
        return answers.wait(job, seconds, f"Its turn in {queue} is at {turn.at}.")
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
    return {**attempted, **({} if is_stamped(item, job.update) else _UNSTAMPED)}


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
        _remember_id(plan.channel, done.channel)
    answer = answers.posted(decision, done)
    changes = _recorded(job, entry.item, plan, done)
    moved = done.how == "posted"
    fresh = partial(
        opening.changes, job, asked=plan.asking, news=bool(plan.news), moved=moved, shown=plan.watch
    )
    if job.claim and not _is_recorded(entry, begun, changes, fresh):
        changes = {**changes, **opening.for_repair(job, entry.item, fresh(entry.item))}
        answer["repair"] = _repair(job.claim, changes)
    return answer


def _is_recorded(entry: FindingEntry, begun: Attempt, changes: Changes, fresh: Fresh) -> bool:
    try:
        return begun.record(changes, fresh) and entry.claim is not None
    except (AWSUnavailable, ClientError):
        return False


def _remember_id(channel: str, id_: str) -> None:
    """One channel has one clock, by whatever name."""
    # What is not written now is written at the next post.
    with suppress(AWSUnavailable, ClientError):
        clocks.is_also(channel, id_)


def _recorded(job: Job, item: FindingItem, plan: Plan, done: Done) -> Changes:
    aloud = bool(plan.news) or done.how == "posted"
    repeated = REPEATED in plan.context.notes
    said = news.say(job.finding, news.read(item.said), aloud=aloud, repeated=repeated)
    changes: Changes = {
        "notified_update": job.update,
        "notified_by": job.execution,
        "notified_at": instant(job.now),
        "notified_severity": job.finding.severity,
        "notified_count": job.finding.count,
        "channel": done.channel,
        "ts": done.ts,
        "said": news.write(said),
        "content": content.pack(done.content) if done.content else "",
        "attempted_update": "",
        "place": "",
    }
    return changes if is_stamped(item, job.update) else {**changes, **_UNSTAMPED}


def _repair(claim: Claim, changes: Changes) -> dict[str, dict[str, str]]:
    """The values of RecordNotification: they are in its definition by name."""
    names = (
        *("notified_update", "notified_by", "notified_at", "channel", "ts", "said"),
        *("attention", "awaits", "awaits_since"),
    )
    numbers = {"notified_severity", "notified_count"}
    return {
        **{f":{name}": {"S": str(changes[name])} for name in names},
        **{f":{name}": {"N": str(changes[name])} for name in sorted(numbers)},
        ":expires_at": {"N": claim["expires_at"]},
        ":one": {"N": "1"},
    }
