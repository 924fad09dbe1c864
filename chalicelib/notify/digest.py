"""A digest is posted by who owns it: once, in front of the queue, when all who may belong to it are known.

The digest's item is one of the ledger's: claimed, attempted and recorded as a finding's is, and decided on by the same
rows. Every step may be died in, and is come back to: by a retry, by a redrive, or by the hourly look.
"""

from datetime import datetime, timedelta

from chalicelib import clock
from chalicelib.errors import AWSUnavailable
from chalicelib.ledger import digests
from chalicelib.ledger.claim import KEPT, instant
from chalicelib.ledger.decide import Decision, FindingItem, Wish, decide, is_unanswered
from chalicelib.ledger.notifications import FindingEntry
from chalicelib.ledger.table import ConditionFailed, as_unreadable
from chalicelib.message.digest import FoldedFinding
from chalicelib.notify import attempt, digest_post, digest_replies, opening, outbox
from chalicelib.notify.attempt import LIVES
from chalicelib.notify.digest_post import NotSaid
from chalicelib.notify.digest_run import DigestRun, DigestStep, Progress, wait
from chalicelib.slack.secret import Token

__all__ = ["DigestRun", "DigestStep", "Progress", "carry_on", "ready_at"]

SETTLES = timedelta(seconds=5)
"""Between two readings of the index, which is late by a second mostly: when they agree it has heard of all."""
_MOST_READINGS = 5
_SETTLED_AFTER = timedelta(minutes=5)
"""So long after its minute the index has heard of all, whatever was read."""

_READS = 2
_LOOKS = 3


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
    return wait(run, 1, "Others were changing the digest's item just now.")


def _next(run: DigestRun, entry: FindingEntry, *, looks: bool) -> DigestStep | NotSaid | None:
    """Act on the item as it was read: None, or why nothing can be seen, for a new decision."""
    item = entry.item
    if run.progress.channel and not item.notified_update:
        then = item._replace(attempt="")
        digest_post.record_standing(run, entry, run.progress.channel, run.progress.ts, then)
        return None
    return _act(run, entry, decide(item, _wish(run, item, looks=looks), run.now))


def _act(run: DigestRun, entry: FindingEntry, decision: Decision) -> DigestStep | NotSaid | None:
    item = entry.item
    match decision:
        case Decision.ALREADY | Decision.SUPERSEDED | Decision.IN_DIGEST:
            return _posted(run, entry)
        case Decision.CLAIMED:
            return DigestStep("another's", f"{item.claimed_by} posts it.", by=item.claimed_by)
        case Decision.WAIT_FOR_ATTEMPT:
            return wait(run, attempt.seconds_left(item, run.now), "Another run posts the digest.")
        case Decision.WAIT_FOR_SLACK | Decision.LOOK:
            return digest_post.look(run, entry, decision)
        case _ if not _is_claimed(run, item):
            with as_unreadable():
                entry.change(digest_post.owned(run, ready_at(run.id)))
            return None
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


def _is_claimed(run: DigestRun, item: FindingItem) -> bool:
    """Whether the claim is this execution's, and lives: who goes on without would be overtaken."""
    return item.claimed_by == run.execution and item.claimed_until > instant(run.now)


# --- who belongs to it ---


def _gather(run: DigestRun, entry: FindingEntry) -> DigestStep:
    """Wait until nobody can join, then until the index has heard of all; then post."""
    ready, now = ready_at(run.id), clock.now()
    if now < ready:
        seconds = (ready - now).total_seconds() + 1
        return wait(run, seconds, f"Findings may join the digest {run.id} until {instant(ready)}.")
    with as_unreadable():
        findings = digests.members(run.id)
    known, readings = run.progress.counted, run.progress.readings + 1
    settled = bool(findings) and (len(findings) == known or now > ready + _SETTLED_AFTER)
    if not settled and readings < _MOST_READINGS:
        why = "The index may not have heard of all its findings yet."
        return wait(run, SETTLES.total_seconds(), why, counted=len(findings), readings=readings)
    if not findings:
        return _empty(run, entry)
    return digest_post.post(run, entry, findings, at_least=not settled) or _posted(run, entry, findings)


def _empty(run: DigestRun, entry: FindingEntry) -> DigestStep:
    """Who made it is one of its findings: the index has not heard of them yet, until none of them is kept any more."""
    if clock.now() < digests.begins(run.id) + KEPT:
        raise AWSUnavailable(f"The index lists no finding of the digest {run.id}")
    with as_unreadable():
        entry.change({"awaits": "", "awaits_since": "", "place": ""})
    return DigestStep("posted", "Its findings are not kept any more: nothing was left to post.")


# --- it is posted ---


def _posted(run: DigestRun, entry: FindingEntry, findings: list[FoldedFinding] | None = None) -> DigestStep:
    """Who posted it names its first findings in its thread, as long as nobody waits for that.

    ``findings`` are those that this run has read: many thousands are not read twice in the time of one function.
    """
    item = entry.item
    mine = item.notified_by == run.execution
    started = opening.started(entry.claim, item.attention) if mine and entry.claim else None
    why = f"The digest was posted at {item.notified_at} by {item.notified_by}."
    if mine and item.ts and digest_replies.are_left(item):
        with as_unreadable():
            findings = findings or digests.members(run.id)
        if digest_replies.name(run.id, entry, findings) is digest_replies.Named.SOME:
            return wait(run, 1, "Its findings are being named in its thread.")
    return DigestStep("posted", why, by=item.notified_by, channel=item.channel, ts=item.ts, attention=started)
