"""Remind: a reply in the finding's thread, once for each deadline; many that are due at once are one message."""

from datetime import datetime, timedelta

from chalicelib import clock, settings
from chalicelib.attention import acting, pool, schedule
from chalicelib.attention.acting import ActAnswer, Doing
from chalicelib.errors import SlackRejected, SlackUnanswered
from chalicelib.finding.model import Severity
from chalicelib.ledger import pools
from chalicelib.ledger.claim import instant
from chalicelib.ledger.table import as_unreadable
from chalicelib.message import reminder
from chalicelib.message.mark import Mark, MarkKind, finding_hash, marked
from chalicelib.notify import history, outbox, turns
from chalicelib.notify.attempt import LIVES, Attempt
from chalicelib.notify.history import NotReadable, NotYet
from chalicelib.notify.turns import Gate
from chalicelib.slack.api import Gone, Posted, Throttled
from chalicelib.slack.post import Door, Letter
from chalicelib.slack.secret import Token

UNKNOWN_FOR = timedelta(seconds=60)
"""So long a reminder that Slack did not answer is let be: then it stands in the thread, or it never will."""

_LATER = 60

_POOL_IS_KNOWN = LIVES + UNKNOWN_FOR
"""So long after it was claimed one message for many stands there, or was given back."""


def remind(doing: Doing) -> ActAnswer:
    """Remind of the deadline that is due; raises the exceptions of ``errors``, and ConditionFailed."""
    if not acting.is_of_now(doing):
        return acting.look_again("The finding waits for another answer by now.")
    if not isinstance(outbox.slack_secret(), Token):
        # Whoever looks may know the token for some minutes more.
        return acting.look_again("A webhook can't remind.", seconds=_LATER)
    if acting.is_stale(doing):
        return acting.look_again("Somebody may have answered since it was looked.", seconds=_LATER)
    if not_now := acting.busy(doing) or _resolved(doing):
        return not_now
    number = schedule.due(doing.watch, doing.now)
    if not number or not doing.watch.is_open or doing.watch.blind or doing.watch.gone or not doing.item.ts:
        return _not_due(doing)
    return _served(doing, number) or _in_turn(doing, number)


def _in_turn(doing: Doing, number: int) -> ActAnswer:
    taken = acting.take_turn(doing, doing.item.channel)
    if seconds := taken.seconds:
        return acting.turn(seconds, f"Its turn in {doing.item.channel} is at {taken.at}.")
    turns.sleep_until(taken.due)
    return _remind(doing, number)


def _served(doing: Doing, number: int) -> ActAnswer | None:
    """Let one message for many remind of this one; who died as it was to post it posts it now.

    It counts once it is known: whoever could not post it gives it back.
    """
    with as_unreadable():
        pooled = pools.read(doing.item.channel)
    mine = bool(doing.watch.reminding) and pooled.by == doing.execution
    if mine or not pooled.serves(doing.watch.posted_at, schedule.deadlines(doing.watch)[number - 1]):
        return None
    left = datetime.fromisoformat(pooled.at) + _POOL_IS_KNOWN - doing.now
    if left > timedelta():
        return acting.turn(int(left.total_seconds()) + 1, "Another is posting one message for all.")
    return _count(doing, number, "One message has reminded of all that is due in the channel.")


def _not_due(doing: Doing) -> ActAnswer:
    if doing.watch.place:
        acting.change(doing, place="")
    return acting.look_again("Nothing is due that can be reminded of.")


def _count(doing: Doing, number: int, why: str) -> ActAnswer:
    """It has been reminded of: never two for one deadline."""
    acting.change(doing, reminded=number, reminding=0, reminding_until="", place="")
    return acting.look_again(why)


# --- a reminder whose fate is not known ---


def _resolved(doing: Doing) -> ActAnswer | None:
    """Say what became of it: None where there is none, or it does not stand there and is posted again."""
    number, until = doing.watch.reminding, doing.watch.reminding_until
    if not number:
        return None
    if until > instant(doing.now):
        left = int((datetime.fromisoformat(until) - doing.now).total_seconds()) + 1
        return acting.look_again("Whether the reminder stands in Slack is looked at then.", seconds=left)
    found = _standing(doing, datetime.fromisoformat(until) - LIVES - UNKNOWN_FOR)
    if isinstance(found, NotYet):
        return acting.turn(found.seconds, "Whether the reminder stands in Slack is looked at then.")
    if isinstance(found, NotReadable):
        return _count(
            doing, number, "Whether the reminder stands in Slack can't be seen: it counts as posted."
        )
    kinds = (MarkKind.REMINDER, MarkKind.POOL)
    if any(
        each.mark.kind in kinds and (each.mark.update, each.mark.seen) == (doing.opening, number)
        for each in found
    ):
        return _count(doing, number, "The reminder stands in Slack.")
    return None


def _standing(doing: Doing, since: datetime) -> history.Seen | NotYet | NotReadable:
    """Look in the thread, and in the channel where it was to be one for many."""
    token, item = outbox.slack_secret(), doing.item
    if not isinstance(token, Token):
        return NotReadable.REFUSED
    with as_unreadable():
        pooled = pools.read(item.channel)
    if pooled.by == doing.execution and pooled.at >= instant(since):
        after = datetime.fromisoformat(doing.watch.reminding_until)
        return history.standing(token, item.channel, _hash(doing), since, after)
    return history.in_thread(token, (item.channel, item.ts), _hash(doing), since)


def _hash(doing: Doing) -> str:
    return finding_hash(doing.entry.claim["finding_id"]) if doing.entry.claim else ""


# --- in its turn ---


def _remind(doing: Doing, number: int) -> ActAnswer:
    """Write that it is begun, remind, and write that it is done."""
    channel, before = doing.item.channel, doing.watch
    begun = acting.begin(doing, reminding=number, reminding_until=instant(clock.now() + LIVES))
    try:
        gate = turns.gate(channel)
        if gate.seconds:
            acting.end_quietly(doing, begun, reminding=0, reminding_until="")
            return acting.turn(gate.seconds, "Others are posting just now.")
        with as_unreadable():
            many = pool.many(doing)
        if many and not pool.claimed(doing):
            acting.end(doing, begun, reminding=0, reminding_until="", place="")
            acting.given_back(before, doing.watch)
            return acting.turn(1, "Another is posting one message for all.")
        done = _post(doing, number, many, outbox.door(outbox.slack_secret(), begun.until))
    except SlackUnanswered as unanswered:
        until = instant(clock.now() + UNKNOWN_FOR)
        acting.end(doing, begun, reminding_until=until, place="")
        return acting.look_again(str(unanswered), seconds=int(UNKNOWN_FOR.total_seconds()))
    except Exception:
        acting.end_quietly(doing, begun, reminding=0, reminding_until="")
        raise
    return _came(doing, begun, done, gate, number)


def _came(
    doing: Doing, begun: Attempt, done: Posted | Throttled | Gone, gate: Gate, number: int
) -> ActAnswer:
    if isinstance(done, Throttled):
        acting.end_quietly(doing, begun, reminding=0, reminding_until="")
        return acting.turn(done.seconds, "Slack wants no more for now.")
    turns.took(doing.item.channel, gate)
    if isinstance(done, Gone):
        # What was posted anew for that takes no reply either: else each look would find it due again at once.
        over = number if doing.watch.reposted else doing.watch.reminded
        acting.end(doing, begun, gone=True, reminded=over, reminding=0, reminding_until="", place="")
        return acting.look_again("The message is gone.", "gone")
    acting.end(doing, begun, reminded=number, reminding=0, reminding_until="", place="")
    return acting.look_again(f"Deadline {number} of {schedule.LAST} is reminded of.", "reminded")


def _post(
    doing: Doing, number: int, many: tuple[reminder.Unanswered, ...], door: Door
) -> Posted | Throttled | Gone:
    watch, language, channel = doing.watch, settings.message_language(), doing.item.channel
    mark = Mark(
        MarkKind.POOL if many else MarkKind.REMINDER, _hash(doing), doing.opening, watch.severity, number
    )
    if many:
        return pool.post(doing, door, marked(reminder.render_pool(many, language), mark))
    finding = pool.unanswered(watch, number)
    payload = marked(reminder.render(finding, doing.now, language, last=number == schedule.LAST), mark)
    critical = Severity.of(watch.severity) is Severity.CRITICAL
    try:
        return door.reply(Letter(channel, payload), doing.item.ts, broadcast=critical)
    except SlackRejected:  # a locked thread
        return door.post(Letter(channel, payload))
