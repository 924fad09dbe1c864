"""A digest's post: in its turn, through the gate, recorded at once; one that nobody answered is looked for.

Its item is held by who calls: each write may raise ConditionFailed, where somebody else has changed it.
"""

from datetime import UTC, datetime
from enum import Enum

from botocore.exceptions import ClientError

from chalicelib import clock, settings
from chalicelib.errors import AWSUnavailable, SlackUnanswered
from chalicelib.ledger import digests, watch
from chalicelib.ledger.claim import instant
from chalicelib.ledger.decide import Decision, FindingItem, is_unanswered
from chalicelib.ledger.notifications import Changes, FindingEntry
from chalicelib.ledger.places import LATE
from chalicelib.ledger.table import as_unreadable
from chalicelib.message.digest import FoldedFinding
from chalicelib.message.mark import MarkKind, finding_hash
from chalicelib.notify import attempt, digest_letter, history, outbox, recording, turns
from chalicelib.notify.attempt import CLAIM_MARGIN, Attempt
from chalicelib.notify.digest_letter import DigestLetter
from chalicelib.notify.digest_run import DigestRun, DigestStep, wait
from chalicelib.notify.history import NotReadable, NotYet, Standing
from chalicelib.slack.api import Posted, Throttled
from chalicelib.slack.secret import Token


class NotSaid(Enum):
    """Why nothing can be said of it."""

    NEVER = "the app may not read the channel"


def owned(run: DigestRun, until: datetime) -> Changes:
    """Say what is to be written of who sees to it: nobody else does until then, and a while longer."""
    begins = instant(digests.begins(run.id))
    return {
        "claimed_update": begins,
        "claimed_by": run.execution,
        "claimed_until": instant(max(until, clock.now()) + CLAIM_MARGIN),
        "awaits": watch.POST,
        "awaits_since": begins,
    }


def post(
    run: DigestRun, entry: FindingEntry, findings: list[FoldedFinding], *, at_least: bool
) -> DigestStep | None:
    """Post it in front of the queue, behind those alone that are Critical; None where it is recorded.

    Raises SlackRejected, SlackUnavailable, SlackUnanswered, LedgerUnreadable.
    """
    letter = digest_letter.letter(run.id, run.execution, findings, entry.item, at_least=at_least)
    kept = entry.item.place
    turn = turns.take(kept, letter.channel, LATE, again=run.again)
    changes = {**owned(run, datetime.fromisoformat(turn.at)), "place": turn.place.to_text()}
    if seconds := turn.seconds:
        with as_unreadable(), turns.giving_back(kept, turn):
            entry.change(changes)
        return wait(run, seconds, f"Its turn in {letter.channel} is at {turn.at}.")
    turns.sleep_until(turn.due)
    asked = " ".join(dict.fromkeys((*_asked(entry.item), letter.channel)))
    with as_unreadable(), turns.giving_back(kept, turn):
        begun = Attempt(entry, run.nonce, {**changes, "asked_in": asked})
    return _post(run, entry, letter, begun, findings)


def _asked(item: FindingItem) -> list[str]:
    return item.asked_in.split() if item.repeated or is_unanswered(item) else []


def _post(
    run: DigestRun,
    entry: FindingEntry,
    letter: DigestLetter,
    begun: Attempt,
    findings: list[FoldedFinding],
) -> DigestStep | None:
    door = outbox.door(outbox.slack_secret(), begun.until)
    try:
        gate = turns.gate(letter.channel)
        if gate.seconds:
            begun.take_back()
            return wait(run, gate.seconds, "Others are posting just now.")
        asked = digest_letter.watched(run.id, findings) if isinstance(door.secret, Token) else None
        done = door.post(letter.dressed(asked))
    except SlackUnanswered:
        begun.leave_unanswered()
        raise
    except Exception:
        begun.take_back()
        raise
    if isinstance(done, Throttled):
        begun.take_back()
        return DigestStep("closed", "", done.seconds, run.progress, gate)
    turns.took(letter.channel, gate)
    turns.is_also(letter.channel, done.channel)
    return _record(run, entry, begun, done, asked)


def _record(
    run: DigestRun, entry: FindingEntry, begun: Attempt, done: Posted, asked: watch.Watch | None
) -> DigestStep | None:
    """Write what Slack said at once; what can't be written is carried by the state, and written by the next run."""
    try:
        written = begun.record(recording.digest(run.id, run.execution, done, asked))
    except (AWSUnavailable, ClientError):
        written = False
    if not written:
        return wait(run, 1, "It is posted, and not recorded yet.", channel=done.channel, ts=done.ts)
    return None


def record_standing(run: DigestRun, entry: FindingEntry, channel: str, ts: str, then: FindingItem) -> None:
    """Write that it stands in Slack, as an earlier run heard or a look has found: what it says is made anew.

    ``then`` is the item as that message was made of it: its own attempt is no reason to call it a repetition.
    """
    with as_unreadable():
        findings = digests.members(run.id)
        asked = digest_letter.watched(run.id, findings) if ts else None
        made = digest_letter.letter(run.id, run.execution, findings, then, at_least=False)
        shown = made.dressed(asked).payload if findings else {}
        recorded = recording.digest(run.id, run.execution, Posted(channel, ts, shown), asked)
        entry.change({**attempt.ENDED_FOR_GOOD, **recorded})


# --- a post that nobody answered ---


def look(run: DigestRun, entry: FindingEntry, decision: Decision) -> DigestStep | NotSaid | None:
    """Look whether it stands in Slack: None where that is recorded, else why nothing can be seen, or when it can."""
    token = outbox.slack_secret()
    if not isinstance(token, Token):
        return NotSaid.NEVER
    seen = _standing(run.id, entry.item, token, too_early=decision is Decision.WAIT_FOR_SLACK)
    if isinstance(seen, NotSaid):
        return seen
    if isinstance(seen, int):
        return wait(run, seen, "Whether an unanswered digest stands in Slack is looked at then.")
    if seen is None:
        with as_unreadable():
            entry.change(attempt.ended_unknown(entry.item))
    else:
        then = entry.item._replace(attempt="", unanswered="")
        record_standing(run, entry, seen.channel, seen.ts, then)
    return None


def _standing(
    id_: str, item: FindingItem, token: Token, *, too_early: bool
) -> Standing | int | NotSaid | None:
    """Say what stands: None: nothing; a number: it can't be said before so many seconds have gone.

    Raises SlackUnavailable, LedgerUnreadable.
    """
    after = _moment(attempt.looks_after(item))
    if too_early:
        if history.is_without_scope(token):
            return NotSaid.NEVER
        return max(1, int((after - clock.now()).total_seconds()) + 1)
    since = _moment(min(filter(None, (item.repeated, attempt.since(item)))))
    channels = dict.fromkeys((*item.asked_in.split(), settings.slack_channel()))
    for channel in channels:
        seen = history.standing(token, channel, finding_hash(digests.key(id_)), since, after)
        if isinstance(seen, NotYet):
            return seen.seconds
        if isinstance(seen, NotReadable):
            return NotSaid.NEVER
        if found := [each for each in seen if each.mark.kind is MarkKind.DIGEST]:
            return found[0]
    return None


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text) if text else datetime.min.replace(tzinfo=UTC)
