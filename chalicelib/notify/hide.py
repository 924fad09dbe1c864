"""What becomes of a finding that a rule hides: it is remembered, and a message that stands says so. Never a new one."""

from contextlib import suppress

from botocore.exceptions import ClientError

from chalicelib.errors import AWSUnavailable, SlackRejected, SlackUnanswered
from chalicelib.ledger import content, places
from chalicelib.ledger.claim import instant
from chalicelib.ledger.decide import Decision, FindingItem
from chalicelib.ledger.notifications import Changes, FindingEntry
from chalicelib.ledger.places import QueuePlace
from chalicelib.ledger.table import as_unreadable
from chalicelib.notify import answers, attempt, delivery, outbox, plans, turns, verdicts
from chalicelib.notify.answers import PostAnswer
from chalicelib.notify.attempt import Attempt
from chalicelib.notify.job import Job
from chalicelib.slack.api import Gone, Payload, Posted, Throttled
from chalicelib.slack.post import UPDATES


def hide(job: Job, entry: FindingEntry, decision: Decision) -> PostAnswer:
    """Remember it, and stamp the message; raises the exceptions of ``errors``, and ConditionFailed."""
    if decision is Decision.STAMP:
        return _stamp(job, entry)
    before = entry.item
    if changes := {**attempt.died(before), **_remembered(job, before), **_given_back(job, before)}:
        with as_unreadable():
            entry.change(changes)
    place = places.read_place(before.place)
    if place and not entry.item.place:
        _give_back(place)
    return answers.suppressed(job, before, "nothing new")


def _remembered(job: Job, item: FindingItem) -> Changes:
    if item.suppressed_update >= job.update:
        return {}
    return {
        "suppressed_update": job.update,
        "suppressed_by": f"{job.rule['finding_type']} {job.rule['rule']}",
        "suppressed_at": instant(job.now),
        "suppressed_severity": job.finding.severity,
    }


def _given_back(job: Job, item: FindingItem) -> Changes:
    return {"place": ""} if item.place and not _is_anothers(job, item) else {}


def _is_anothers(job: Job, item: FindingItem) -> bool:
    """Whether another execution is about to post the finding, in the place that it has."""
    return item.claimed_by not in ("", job.execution) and item.claimed_until > instant(job.now)


def _give_back(place: QueuePlace) -> None:
    """Let those behind move forward: what is hidden takes no turn."""
    # A place that stays is late when its time has passed: it costs its turn, no more.
    with suppress(AWSUnavailable, ClientError):
        turns.give_back(place)


def _stamp(job: Job, entry: FindingEntry) -> PostAnswer:
    """In the turn of changed messages: they have a queue of their own, unless the finding waits in another."""
    remembered = _remembered(job, entry.item)
    if _is_anothers(job, entry.item):
        return _stamp_now(job, entry, remembered)
    turn = turns.turn(job, entry.item, UPDATES)
    kept = {**remembered, "place": turn.place.to_text()}
    if seconds := turn.seconds:
        if remembered or entry.item.place != kept["place"]:
            with as_unreadable(), turns.giving_back(entry.item.place, turn):
                entry.change(kept)
        return answers.wait(job, seconds, f"Its turn in {UPDATES} is at {turn.at}.")
    turns.sleep_until(turn.due)
    with turns.giving_back(entry.item.place, turn):
        return _stamp_now(job, entry, kept)


def _stamp_now(job: Job, entry: FindingEntry, changes: Changes) -> PostAnswer:
    uncertain: Changes = {}
    if _content(entry.item) is None:  # it brings its own, and is written before as any content is
        uncertain = {"attempted_update": max(job.update, entry.item.attempted_update)}
    with as_unreadable():
        begun = Attempt(entry, job.nonce, {**changes, **uncertain})
    try:
        gate = turns.gate(UPDATES)
        if gate.seconds:
            begun.take_back()
            return answers.wait(job, gate.seconds, "Other messages are changed just now.")
        done = _put(job, entry.item, begun)
    except SlackRejected as refusal:
        begun.take_back({"place": ""})
        return answers.suppressed(job, entry.item, "not shown", f"Its message does not say so: {refusal}")
    except SlackUnanswered:
        begun.leave_changed()
        raise
    except Exception:
        begun.take_back()
        raise
    if isinstance(done, Throttled):
        begun.take_back()
        return answers.closed(job, done.seconds, gate)
    turns.took(UPDATES, gate)
    if isinstance(done, Gone):
        begun.take_back({"place": ""})
        return answers.suppressed(job, entry.item, "gone")
    with as_unreadable():
        begun.record(_stamped(job, entry.item))
    return answers.suppressed(job, entry.item, "stamped")


def _put(job: Job, item: FindingItem, begun: Attempt) -> Posted | Throttled | Gone:
    planned = plans.stamp(job, item, verdicts.shown_as(job.rule), instant(job.now))
    door = outbox.door(outbox.slack_secret(), begun.until)
    return delivery.put_stamp(planned, _content(item), door)


def _content(item: FindingItem) -> Payload | None:
    """What the message says; None where that is not known, or not for sure."""
    return None if item.attempted_update else content.unpack(item.content)


def _stamped(job: Job, item: FindingItem) -> Changes:
    """The message names the rule. Where its content was not known, it shows this update's now."""
    place = {} if _is_anothers(job, item) else {"place": ""}
    stamped = {"shown_suppression": verdicts.shown_as(job.rule), "shown_since": instant(job.now), **place}
    if _content(item) is not None:
        return stamped
    shown = {"notified_update": job.update, "notified_by": job.execution, "notified_at": instant(job.now)}
    return {
        **stamped,
        **shown,
        "notified_severity": job.finding.severity,
        "content": "",
        "attempted_update": "",
    }
