"""What is next of a finding that asks for an answer: one pure function of what is known, of what is seen, and the time.

It stands nowhere else. ``look`` sees, the function ``look-for-answer`` writes what was noticed, and then says it.
"""

from datetime import datetime
from math import ceil
from typing import NamedTuple

from chalicelib.attention import schedule
from chalicelib.attention.reactions import Blind, MessageGone, NotYet, Reading
from chalicelib.ledger.claim import instant
from chalicelib.ledger.watch import Answer, Watch


class Sight(NamedTuple):
    """What a look sees. Who is hidden is not looked at further; who is archived neither."""

    hidden: bool = False
    """By a rule of the suppression list, since what its message shows."""
    archived: bool | None = False
    """In GuardDuty; None where that does not say."""
    reactions: Reading | NotYet | Blind | MessageGone | None = None
    """None: nobody was asked."""


class NextStep(NamedTuple):
    """What is next."""

    watch: Watch
    """With what was noticed: to be written before anything is said."""
    status: str
    """``wait``, ``show``, ``remind``, ``handled`` or ``unanswered``, as the state Answered? knows them."""
    seconds: int
    """Until the next look, where it waits."""
    why: str
    """In words: who looks at the execution reads it."""


def decide(finding_id: str, before: Watch, sight: Sight, now: datetime) -> NextStep:
    """Say what is next."""
    watch = _counted(before, _noticed(before, sight, now), now)
    if isinstance(sight.reactions, MessageGone) or _takes_no_reply(watch, sight):
        return _without_message(finding_id, watch, now)
    if not _is_shown(watch):
        return NextStep(watch, "show", 0, f"The message is to show it: {_state(watch)}")
    if not watch.is_open:
        return NextStep(watch, "handled", 0, _state(watch))
    if isinstance(sight.reactions, Reading):
        return _unanswered(finding_id, watch, now)
    return _not_seen(finding_id, watch, sight.reactions, now)


def _takes_no_reply(watch: Watch, sight: Sight) -> bool:
    """Whether the message can be read, as in an archived channel, and nothing can be said there any more."""
    return watch.gone and watch.is_open and isinstance(sight.reactions, Reading)


def _unanswered(finding_id: str, watch: Watch, now: datetime) -> NextStep:
    """Remind, or wait: reactions were read in this very look, and none of them is an answer."""
    if number := schedule.due(watch, now):
        deadline = schedule.deadlines(watch)[number - 1]
        why = f"{_state(watch)} Deadline {number} of {schedule.LAST} was {instant(deadline)}."
        return NextStep(watch, "remind", 0, why)
    return _wait(finding_id, watch, now, _state(watch))


def _not_seen(finding_id: str, watch: Watch, reactions: NotYet | Blind | None, now: datetime) -> NextStep:
    """Wait: somebody may have answered, so nobody is reminded; what is due meanwhile is due when it can be seen."""
    if isinstance(reactions, Blind):
        return _wait(finding_id, watch, now, f"{_BLIND.get(reactions.why, _BLIND[''])} Nobody is reminded.")
    if reactions is None:
        return _wait(finding_id, watch, now, "It was posted just now: nobody is asked yet.")
    return NextStep(watch, "wait", max(1, reactions.seconds), "Slack wants to be asked later.")


_BLIND = {
    "scope": "The Slack app may not see reactions (scope reactions:read), or the secret is a webhook.",
    "channel": "The Slack app may not see reactions in the message's channel.",
    "group": "Who is in the user group RESPONDERS can't be read, and nobody else's answer counts.",
    "": "Nobody's answer can be seen.",
}


def _wait(finding_id: str, watch: Watch, now: datetime, why: str) -> NextStep:
    deadline = schedule.next_deadline(watch, now) if not watch.blind else None
    when = f" The next reminder is due at {instant(deadline)}." if deadline else ""
    return NextStep(watch, "wait", _seconds(finding_id, watch, now), why + when)


def _seconds(finding_id: str, watch: Watch, now: datetime) -> int:
    return max(1, ceil((schedule.next_look(finding_id, watch, now) - now).total_seconds()))


def _without_message(finding_id: str, watch: Watch, now: datetime) -> NextStep:
    if not watch.is_open:  # nobody needs a message anew that says: it is done
        why = f"{_state(watch)} Its message is gone: nothing is left to show it on."
        return NextStep(watch.with_(shown=watch.said), "handled", 0, why)
    if not watch.reposted:
        return NextStep(
            watch, "show", 0, "The message is gone, and nobody has answered: it is posted anew, once."
        )
    # Who deletes it twice does not want it there.
    seconds = _seconds(finding_id, watch, now)
    why = "The message that was posted anew is gone too: nobody is reminded, and the daily list has the finding."
    return NextStep(watch, "wait", seconds, why)


def _is_shown(watch: Watch) -> bool:
    """A message is posted without an answer: until there is one, there is nothing to show."""
    return watch.shown.strip() == watch.said.strip()


def _state(watch: Watch) -> str:
    match watch.answer:
        case Answer.HIDDEN:
            return f"Hidden by a rule of the suppression list; noticed at {watch.answered_at}."
        case Answer.ARCHIVED:
            return f"Archived in GuardDuty; noticed at {watch.answered_at}."
        case Answer.HANDLED:
            return f"Handled by {', '.join(watch.handled_by)}; noticed at {watch.answered_at}."
    if watch.seen_by:
        return f"{', '.join(watch.seen_by)} has it in hand; noticed at {watch.seen_at}."
    return "Nobody has answered."


# --- what was noticed ---


def _noticed(watch: Watch, sight: Sight, now: datetime) -> Watch:
    # What was archived is so until GuardDuty says otherwise.
    archived = watch.answer is Answer.ARCHIVED if sight.archived is None else sight.archived
    if sight.hidden or archived:
        return _answered(watch, Answer.HIDDEN if sight.hidden else Answer.ARCHIVED, now)
    match sight.reactions:
        case None:
            return watch
        case Reading() as reading:
            return _read(watch, reading, now)
        case unread:
            return _unread(watch, unread)


def _unread(watch: Watch, unread: NotYet | Blind | MessageGone) -> Watch:
    """What reactions said last holds. What the rule or the archive said does not hold any more."""
    known = watch if watch.answer is Answer.HANDLED else _opened(watch)
    if known.is_open and isinstance(unread, Blind):
        return known.with_(blind=unread.why)
    if known.is_open and isinstance(unread, MessageGone):
        return known.with_(gone=True, blind="")
    return known


def _answered(watch: Watch, answer: Answer, now: datetime) -> Watch:
    """Who has handled it has, whatever comes besides."""
    if watch.answer in (answer, Answer.HANDLED):
        return watch
    return watch.with_(answer=answer, answered_at=instant(now))


def _opened(watch: Watch) -> Watch:
    return watch.with_(answer=Answer.OPEN, handled_by=(), answered_at="")


def _read(watch: Watch, reading: Reading, now: datetime) -> Watch:
    seen, handled = reading.seen, reading.handled
    if watch.elsewhere and not handled:
        return watch
    ignored = tuple(each for each in watch.ignored if each in reading.standing)
    if watch.anew:  # all that stands there was given to what was said before
        seen, handled, ignored = (), (), reading.standing
    seen_by = _in_order(watch.seen_by, seen)
    found = watch.with_(
        anew=False,
        ignored=ignored,
        elsewhere=False,
        gone=watch.gone and not (watch.reposted or handled),  # who found it so is believed, once
        blind="",
        seen_by=seen_by,
        seen_at=(watch.seen_at or instant(now)) if seen_by else "",
    )
    if not handled:
        return _opened(found)
    at = watch.answered_at if watch.answer is Answer.HANDLED else instant(now)
    by = _in_order(watch.handled_by, handled)
    return found.with_(answer=Answer.HANDLED, handled_by=by, answered_at=at)


def _in_order(before: tuple[str, ...], found: tuple[str, ...]) -> tuple[str, ...]:
    """Who was noticed first stays the first, as long as the reaction stands."""
    return tuple(dict.fromkeys((*(each for each in before if each in found), *found)))


def _counted(before: Watch, after: Watch, now: datetime) -> Watch:
    """What came before somebody took it, while it was answered, or attention was switched off, has passed unsaid.

    Not so what came while somebody had it in hand who gives it back: now it is with others, and they are to know.
    """
    goes_on = before.is_open and not before.off and (bool(before.seen_by) or not after.seen_by)
    if not after.is_open or goes_on:
        return after
    return after.with_(off=False, reminded=max(after.reminded, schedule.over(after, now)))
