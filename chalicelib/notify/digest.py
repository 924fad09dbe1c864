"""A digest is posted by who owns it: once, in front of the queue, when all who may belong to it are known.

The digest's item is one of the ledger's: claimed, attempted and recorded as a finding's is, and decided on by the same
rows. Every step may be died in, and is come back to: by a retry, by a redrive, or by the hourly look.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from botocore.exceptions import ClientError

from chalicelib import clock
from chalicelib.errors import AWSUnavailable, SlackUnanswered
from chalicelib.ledger import content, digests, watch
from chalicelib.ledger.claim import instant
from chalicelib.ledger.decide import Decision, FindingItem, Wish, decide, is_unanswered
from chalicelib.ledger.notifications import Changes, FindingEntry
from chalicelib.ledger.places import LATE
from chalicelib.ledger.table import ConditionFailed, as_unreadable
from chalicelib.message.digest import FoldedFinding
from chalicelib.notify import attempt, digest_letter, digest_look, digest_replies, opening, outbox, turns
from chalicelib.notify.attempt import CLAIM_MARGIN, LIVES, Attempt
from chalicelib.notify.digest_look import NotSaid
from chalicelib.notify.opening import StartedWatch
from chalicelib.notify.turns import Gate
from chalicelib.slack.api import Posted, Throttled
from chalicelib.slack.secret import Token

SETTLES = timedelta(seconds=5)
"""Between two readings of the index, which is late by a second mostly: when they agree it has heard of all."""
_MOST_READINGS = 5
_SETTLED_AFTER = timedelta(minutes=5)
"""So long after its minute the index has heard of all, whatever was read."""

_READS = 2
_LOOKS = 3


class Progress(NamedTuple):
    """How far it is: what an execution has found out, and carries in its state."""

    counted: int = 0
    """Findings of the last reading of the index."""
    readings: int = 0
    channel: str = ""
    """Where Slack took the message, which could not be recorded."""
    ts: str = ""

    def to_json(self, id_: str) -> dict[str, Any]:
        """Write it with the digest's id, as the state carries it."""
        return {"id": id_, **{name: value for name, value in self._asdict().items() if value}}


class DigestRun(NamedTuple):
    """One run of who sees to a digest."""

    id: str
    execution: str
    """Or what else does it."""
    nonce: str
    """Of this run alone."""
    now: datetime
    again: bool
    """Whether the run before has failed."""
    progress: Progress


class DigestStep(NamedTuple):
    """What a run came to."""

    status: str
    """``posted``, ``another's`` (who posts it), ``wait``, ``closed`` (Slack wants no more)."""
    why: str
    seconds: int = 0
    """After which to come again."""
    progress: Progress = Progress()
    gate: Gate = Gate(0)
    channel: str = ""
    ts: str = ""
    attention: StartedWatch | None = None
    """The execution that is to wait for its answer."""
    owner: str = ""
    """Whose it is, where it is another's."""


def progress(own: Mapping[str, Any]) -> Progress:
    """Read how far it is from the state."""
    found = Progress()
    said = {name: own[name] for name, usual in found._asdict().items() if type(own.get(name)) is type(usual)}
    return Progress(**said)


def ready_at(id_: str) -> datetime:
    """Say when nobody can join any more: its minute is over, and so is each function that began in it."""
    return digests.begins(id_) + digests.MINUTE + LIVES


def carry_on(run: DigestRun) -> DigestStep:
    """Do the digest's next step; raises the exceptions of ``errors``."""
    entry = digests.held(run.id, run.now)
    looks = True
    for _ in range(_LOOKS * _READS):
        with as_unreadable():
            entry.read()
        try:
            step = _next(run, entry, looks=looks)
        except ConditionFailed:
            continue
        if isinstance(step, DigestStep):
            return step
        looks = looks and step is not NotSaid.NEVER
    return _wait(run, 1, "Others were changing the digest's item just now.")


def _next(run: DigestRun, entry: FindingEntry, *, looks: bool) -> DigestStep | NotSaid | None:
    """Act on the item as it was read: None, or why nothing can be seen, for a new decision."""
    item = entry.item
    if run.progress.channel and not item.notified_update:
        return _record_late(run, entry)
    if not item.v:
        with as_unreadable():
            entry.change(_owned(run, ready_at(run.id)))
        return None
    return _act(run, entry, decide(item, _wish(run, item, looks=looks), run.now))


def _act(run: DigestRun, entry: FindingEntry, decision: Decision) -> DigestStep | NotSaid | None:
    item = entry.item
    match decision:
        case Decision.ALREADY | Decision.SUPERSEDED | Decision.IN_DIGEST:
            return _posted(run, entry)
        case Decision.CLAIMED:
            return DigestStep("another's", f"{item.claimed_by} posts it.", owner=item.claimed_by)
        case Decision.WAIT_FOR_ATTEMPT:
            return _wait(run, attempt.seconds_left(item, run.now), "Another run posts the digest.")
        case Decision.WAIT_FOR_SLACK | Decision.LOOK:
            return _look(run, entry, decision)
        case _:
            return _gather(run, entry)


def _wish(run: DigestRun, item: FindingItem, *, looks: bool) -> Wish:
    uncertain = is_unanswered(item) and not item.notified_update
    return Wish(
        execution=run.execution,
        update=instant(digests.begins(run.id)),
        verdict_at=instant(run.now),
        looks=looks and uncertain and isinstance(outbox.slack_secret(), Token),
    )


def _owned(run: DigestRun, until: datetime) -> Changes:
    begins = instant(digests.begins(run.id))
    return {
        "claimed_update": begins,
        "claimed_by": run.execution,
        "claimed_until": instant(until + CLAIM_MARGIN),
        "awaits": watch.POST,
        "awaits_since": begins,
    }


def _wait(run: DigestRun, seconds: float, why: str, **found: Any) -> DigestStep:
    return DigestStep("wait", why, max(1, int(seconds)), run.progress._replace(**found))


# --- who belongs to it ---


def _gather(run: DigestRun, entry: FindingEntry) -> DigestStep:
    """Wait until nobody can join, then until the index has heard of all; then post."""
    ready, now = ready_at(run.id), clock.now()
    if now < ready:
        seconds = (ready - now).total_seconds() + 1
        return _wait(run, seconds, f"Findings may join the digest {run.id} until {instant(ready)}.")
    with as_unreadable():
        findings = digests.members(run.id)
    known, readings = run.progress.counted, run.progress.readings + 1
    settled = len(findings) == known or now > ready + _SETTLED_AFTER
    if not findings and settled:
        raise AWSUnavailable(f"The index lists no finding of the digest {run.id}")
    if not settled and readings < _MOST_READINGS:
        why = "The index may not have heard of all its findings yet."
        return _wait(run, SETTLES.total_seconds(), why, counted=len(findings), readings=readings)
    return _in_turn(run, entry, findings, at_least=not settled)


# --- in its turn ---


def _in_turn(
    run: DigestRun, entry: FindingEntry, findings: list[FoldedFinding], *, at_least: bool
) -> DigestStep:
    """In front of the queue: behind those alone that are Critical."""
    letter = digest_letter.letter(run.id, run.execution, findings, entry.item, at_least=at_least)
    kept = entry.item.place
    turn = turns.take(kept, letter.channel, LATE, again=run.again)
    changes = {**_owned(run, clock.now()), "place": turn.place.to_text()}
    if seconds := turn.seconds:
        with as_unreadable(), turns.giving_back(kept, turn):
            entry.change(changes)
        return _wait(run, seconds, f"Its turn in {letter.channel} is at {turn.at}.")
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
    letter: digest_letter.DigestLetter,
    begun: Attempt,
    findings: list[FoldedFinding],
) -> DigestStep:
    door = outbox.door(outbox.slack_secret(), begun.until)
    try:
        gate = turns.gate(letter.channel)
        if gate.seconds:
            begun.take_back()
            return _wait(run, gate.seconds, "Others are posting just now.")
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
    return _record(run, entry, begun, done, asked)


def _record(
    run: DigestRun, entry: FindingEntry, begun: Attempt, done: Posted, asked: watch.Watch | None
) -> DigestStep:
    """Write what Slack said at once; what can't be written is carried by the state, and written by the next run."""
    changes = _recorded(run, done.channel, done.ts, asked)
    try:
        written = begun.record({**changes, "content": content.pack(done.payload)})
    except (AWSUnavailable, ClientError):
        written = False
    if not written:
        return _wait(run, 1, "It is posted, and not recorded yet.", channel=done.channel, ts=done.ts)
    return _posted(run, entry)


def _recorded(run: DigestRun, channel: str, ts: str, asked: watch.Watch | None) -> Changes:
    awaited: Changes = watch.changes(asked) if asked else {"awaits": "", "awaits_since": ""}
    return {
        "notified_update": instant(digests.begins(run.id)),
        "notified_by": run.execution,
        "notified_at": instant(clock.now()),
        "channel": channel,
        "ts": ts,
        "place": "",
        **awaited,
    }


def _record_late(run: DigestRun, entry: FindingEntry) -> DigestStep:
    """Write what an earlier run was told by Slack, and could not write."""
    with as_unreadable():
        token = isinstance(outbox.slack_secret(), Token)
        asked = digest_letter.watched(run.id, digests.members(run.id)) if token else None
        found = run.progress
        ended = {"attempt": "", "attempt_until": "", "unanswered": "", "look_after": "", "content": ""}
        entry.change({**ended, **_recorded(run, found.channel, found.ts, asked)})
    return _posted(run, entry)


# --- a post that nobody answered ---


def _look(run: DigestRun, entry: FindingEntry, decision: Decision) -> DigestStep | NotSaid | None:
    """Look whether it stands in Slack: then it is recorded as it stands."""
    token = outbox.slack_secret()
    if not isinstance(token, Token):
        return NotSaid.NEVER
    seen = digest_look.look(run.id, entry.item, token, too_early=decision is Decision.WAIT_FOR_SLACK)
    if isinstance(seen, NotSaid):
        return seen
    if isinstance(seen, int):
        return _wait(run, seen, "Whether an unanswered digest stands in Slack is looked at then.")
    ended = attempt.ended_unknown(entry.item)
    with as_unreadable():
        if seen is None:
            entry.change(ended)
            return None
        asked = digest_letter.watched(run.id, digests.members(run.id))
        known = {"repeated": "", "unanswered": "", "look_after": "", "asked_in": "", "content": ""}
        entry.change({**ended, **_recorded(run, seen.channel, seen.ts, asked), **known})
    return _posted(run, entry)


# --- it is posted ---


def _posted(run: DigestRun, entry: FindingEntry) -> DigestStep:
    """Who posted it names its first findings in its thread, as long as nobody waits for that."""
    item = entry.item
    mine = item.notified_by == run.execution
    started = opening.started(entry.claim, item.attention) if mine and entry.claim else None
    why = f"The digest was posted at {item.notified_at} by {item.notified_by}."
    if mine and item.ts and digest_replies.are_left(item):
        with as_unreadable():
            findings = digests.members(run.id)
        if digest_replies.name(run.id, entry, findings) is digest_replies.Named.SOME:
            return _wait(run, 1, "Its findings are being named in its thread.")
    return DigestStep("posted", why, channel=item.channel, ts=item.ts, attention=started)
