"""Once, as far as Slack's history shows: what becomes of a post that nobody answered.

Before it is repeated it is looked for. What stands is recorded as it stands, and decided on anew; what turns up beside
the message later is made to point to it, and never deleted.
"""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

from botocore.exceptions import ClientError

from chalicelib import clock, settings
from chalicelib.errors import AWSUnavailable, SlackRejected
from chalicelib.ledger import places
from chalicelib.ledger.claim import instant
from chalicelib.ledger.decide import TURNS_UP_WITHIN, Decision, FindingItem, is_unanswered
from chalicelib.ledger.notifications import Changes, FindingEntry
from chalicelib.ledger.table import as_unreadable
from chalicelib.message import pointer
from chalicelib.message.mark import MarkKind, finding_hash
from chalicelib.notify import answers, attempt, history, news, opening, outbox, plans, post, turns
from chalicelib.notify.answers import PostAnswer
from chalicelib.notify.attempt import Attempt
from chalicelib.notify.history import NotReadable, NotYet, Seen, Standing
from chalicelib.notify.job import Job
from chalicelib.notify.news import Said
from chalicelib.slack.api import Throttled
from chalicelib.slack.post import UPDATES, Letter
from chalicelib.slack.secret import Token

_ENDED: Changes = {"unanswered": "", "look_after": "", "attempt": "", "attempt_until": ""}


def for_unanswered(job: Job, entry: FindingEntry, decision: Decision) -> PostAnswer | NotReadable | None:
    """Do what is decided of a post that nobody answered: None for a new decision, as what stands is written by now.

    Raises SlackUnavailable, SlackUnanswered, LedgerUnreadable, ConditionFailed.
    """
    token = outbox.slack_secret()
    if not isinstance(token, Token):  # changed to a webhook just now
        return NotReadable.REFUSED
    match decision:
        case Decision.WAIT_FOR_SLACK if history.is_without_scope(token):
            return NotReadable.REFUSED
        case Decision.WAIT_FOR_SLACK:
            return _wait(
                job,
                _moment(attempt.looks_after(entry.item)),
                "Slack may be about to take an unanswered post.",
            )
        case Decision.WAIT_FOR_SURPLUS:
            turns_up = _moment(entry.item.notified_at) + TURNS_UP_WITHIN
            return _wait(job, turns_up, "An unanswered post may turn up beside this message.")
        case Decision.LOOK:
            return _look(job, entry, token)
        case _:
            return _settle(job, entry, token)


def staying(job: Job, entry: FindingEntry, answer: PostAnswer, *, looks: bool) -> PostAnswer:
    """Let who has posted stay where an unanswered post may turn up beside it."""
    if not (looks and answer["status"] == "posted" and entry.item.repeated and "repair" not in answer):
        return answer
    until = clock.now() + TURNS_UP_WITHIN
    return _wait(job, until, "It is posted; an unanswered post may turn up beside it.")


def _wait(job: Job, until: datetime, why: str) -> PostAnswer:
    return answers.wait(job, max(1, int((until - clock.now()).total_seconds()) + 1), why)


def _look(job: Job, entry: FindingEntry, token: Token) -> PostAnswer | NotReadable | None:
    """Write what stands."""
    if not job.rule:
        with as_unreadable():
            post.claim(job, entry)
    item = entry.item
    since = _earliest(item.repeated, attempt.since(item))
    seen = _seen(job, item, token, since, _moment(attempt.looks_after(item)))
    if isinstance(seen, NotYet):
        return answers.wait(
            job, seen.seconds, "Whether an unanswered post stands in Slack is looked at then."
        )
    if isinstance(seen, NotReadable):
        return seen
    replied = history.in_thread(token, (item.channel, item.ts), _hash(job), since) if item.ts else ()
    if isinstance(replied, NotYet):
        return answers.wait(
            job, replied.seconds, "Whether an unanswered reply stands in Slack is looked at then."
        )
    if isinstance(replied, NotReadable):
        return replied
    with as_unreadable():
        adopted = _adopted(job, item, seen, since)
        heard = _heard(job, item, (*seen, *replied))
        entry.change({**_ENDED, **adopted, **heard, **_opened(job, item, adopted)})
    _give_back(item, entry.item)
    return None


def _opened(job: Job, item: FindingItem, adopted: Changes) -> Changes:
    """What stands as this update asks for an answer as if its post had been answered."""
    if job.rule or adopted.get("notified_update") != job.update:
        return {}
    planned = plans.plan(job, item)
    return opening.changes(
        job, item, planned.asking, news=bool(planned.news), moved=adopted["ts"] != item.ts, shown=None
    )


def _settle(job: Job, entry: FindingEntry, token: Token) -> PostAnswer | NotReadable | None:
    """Let what has turned up beside the message point to it, unless it is the newer one."""
    item = entry.item
    posted = _moment(item.notified_at)
    seen = _seen(job, item, token, _moment(item.repeated), posted + TURNS_UP_WITHIN)
    if isinstance(seen, NotYet):
        return answers.wait(job, seen.seconds, "Whether an unanswered post has turned up is looked at then.")
    if isinstance(seen, NotReadable):
        return seen
    surplus = tuple(each for each in _messages(seen) if each.ts != item.ts)
    shown = max(item.notified_update, item.attempted_update)
    with as_unreadable():
        begun = Attempt(entry, job.nonce, {})
    if any(each.mark.update > shown for each in surplus):
        begun.take_back(_adopted(job, item, surplus, posted))
        return None
    try:
        answer = next(filter(None, (_point(job, item, each, token, begun) for each in surplus)), None)
    except Exception:
        begun.take_back()
        raise
    begun.take_back({} if answer else _settled(item))
    return answer


def _settled(item: FindingItem) -> Changes:
    return {"repeated": "", "asked_in": item.asked_in if is_unanswered(item) else ""}


def _seen(
    job: Job, item: FindingItem, token: Token, since: datetime, after: datetime
) -> Seen | NotYet | NotReadable:
    """Look in each channel that an attempt went to: what is refused elsewhere goes to SLACK_CHANNEL."""
    channels = dict.fromkeys(
        (*item.asked_in.split(), *filter(None, (item.channel,)), settings.slack_channel())
    )
    found: list[Standing] = []
    for channel in channels:
        seen = history.standing(token, channel, _hash(job), since, after)
        if isinstance(seen, NotYet | NotReadable):
            return seen
        found += seen
    return tuple({(each.channel, each.ts): each for each in found}.values())


def _adopted(job: Job, item: FindingItem, seen: Seen, since: datetime) -> Changes:
    """The newest is the finding's message from now on, as it stands."""
    found = _messages(seen)
    repeated: Changes = {"repeated": item.repeated or instant(since)}
    again = repeated if item.repeated or len(found) != 1 else {"asked_in": ""}
    best = max(found, key=lambda each: (each.mark.update, each.ts == item.ts), default=None)
    if best is None or best.ts == item.ts:  # what that shows is known, or uncertain; its news may be unsaid
        return again
    if best.mark.update < item.notified_update:
        return repeated
    mark, mine = best.mark, item.claimed_update == best.mark.update and bool(item.claimed_by)
    done: Changes = {"place": ""} if mark.update >= job.update else {}
    return {
        **again,
        **done,
        "channel": best.channel,
        "ts": best.ts,
        "notified_update": mark.update,
        "notified_by": item.claimed_by if mine else job.execution,
        "notified_at": instant(clock.now()),
        "notified_severity": mark.severity,
        "notified_count": mark.seen,
        "said": item.said or news.write(_said(job, best)),
        "content": "",
        "attempted_update": "",
        "shown_suppression": "",
        "shown_since": "",
    }


def _heard(job: Job, item: FindingItem, seen: Seen) -> Changes:
    """News that stands of this update or a newer one has been said."""
    said = news.read(item.said)
    heard = any(each.mark.kind is MarkKind.NEWS and each.mark.update >= job.update for each in seen)
    return {"said": news.write(news.say(job.finding, said, aloud=True))} if heard and said else {}


def _said(job: Job, best: Standing) -> Said:
    """A mark has no addresses and resources: those that are known by now are no news."""
    known = news.say(job.finding, None, aloud=True)
    return replace(known, severity=best.mark.severity, count=best.mark.seen)


def _messages(seen: Iterable[Standing]) -> list[Standing]:
    return [each for each in seen if each.mark.kind is MarkKind.FINDING]


def _point(job: Job, item: FindingItem, surplus: Standing, token: Token, begun: Attempt) -> PostAnswer | None:
    gate = turns.gate(UPDATES)
    if gate.seconds:
        return answers.wait(job, gate.seconds, "Other messages are changed just now.")
    permalink = answers.permalink(item.channel, item.ts)
    payload = pointer.render(permalink, surplus.mark, settings.message_language())
    # One that can't be changed any more stays as it is: it was taken, and says the same.
    with suppress(SlackRejected):
        done = outbox.door(token, begun.until).update(Letter(surplus.channel, payload), surplus.ts)
        if isinstance(done, Throttled):
            return answers.closed(job, done.seconds, gate)
    return None


def _give_back(before: FindingItem, after: FindingItem) -> None:
    """Let those behind move forward: what stands takes no turn."""
    place = places.read_place(before.place)
    if place and not after.place:
        # A place that stays is late when its time has passed: it costs its turn, no more.
        with suppress(AWSUnavailable, ClientError):
            turns.give_back(place)


def _hash(job: Job) -> str:
    return finding_hash(job.claim["finding_id"]) if job.claim else ""


def _earliest(*moments: str) -> datetime:
    return min(map(_moment, filter(None, moments)))


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text) if text else datetime.min.replace(tzinfo=UTC)
