"""The digest that an execution sees to: it waits until nobody can join any more, posts it, and names its findings.

One execution owns it: whose conditional write made the digest's item. What it has found out travels in its state.
"""

from datetime import timedelta
from typing import NotRequired, TypedDict

from chalicelib import settings
from chalicelib.errors import AWSUnavailable, LedgerUnreadable
from chalicelib.ledger import digests
from chalicelib.notify import answers, digest
from chalicelib.notify.answers import PostAnswer
from chalicelib.notify.digest_run import DigestRun, DigestStep, Progress, progress
from chalicelib.notify.job import Job

_others: dict[str, str] = {}
"""Whose digests are, whose claim lives at least for as long as findings may join (``digest.ready_at``).

The owner may run in this container as well. Who comes later asks anew: the owner may have died.
"""

_OLDEST = timedelta(days=14)
"""So long an execution can be redriven. An older digest's item may be gone, and a new one would post it again."""


class OwnDigest(TypedDict):
    """What travels in the state of an execution that sees to a digest."""

    id: str
    counted: NotRequired[int]
    readings: NotRequired[int]
    channel: NotRequired[str]
    ts: NotRequired[str]


def go_on(job: Job) -> PostAnswer | None:
    """Go on seeing to the digest, whatever has become of the execution's own finding; None where it sees to none."""
    before = job.state.get("posted") or {}
    own = before.get("digest")
    if before.get("status") != "wait" or not isinstance(own, dict) or not digests.is_id(str(own.get("id"))):
        return None
    return _carry_on(job, str(own["id"]), progress(own))


def see_to(job: Job, id_: str, why: str) -> PostAnswer:
    """See to it that somebody posts a digest: this execution, where nobody else does."""
    owner = _others.get(id_, "")
    if owner not in ("", job.execution) and job.now < digest.ready_at(id_):
        return _in_digest(id_, DigestStep("another's", why, by=owner))
    if job.now > digests.begins(id_) + _OLDEST:
        return _in_digest(id_, DigestStep("posted", why))
    answer = _carry_on(job, id_, Progress())
    answer["why"] = f"{why} {answer['why']}".strip()
    return answer


def forget() -> None:
    """Forget what the container knows, as a new one."""
    _others.clear()


def _carry_on(job: Job, id_: str, progress: Progress) -> PostAnswer:
    run = DigestRun(id_, job.execution, job.nonce, job.now, job.retry_count > 0, progress)
    try:
        step = digest.carry_on(run)
    except LedgerUnreadable as failure:
        # Without the ledger nobody knows its findings: it is waited for, as long as for Slack, and not done without.
        raise AWSUnavailable(str(failure)) from failure
    if step.status == "another's":
        for each in [each for each in _others if digest.ready_at(each) <= job.now]:
            _others.pop(each, None)
        _others[id_] = step.by
    return _answer(job, id_, step)


def _answer(job: Job, id_: str, step: DigestStep) -> PostAnswer:
    if step.status == "closed":
        answer = answers.closed(job, step.seconds, step.gate)
    elif step.status == "wait":
        answer = answers.wait(job, step.seconds, step.why)
    else:
        return _in_digest(id_, step)
    answer["digest"] = step.progress.to_json(id_)
    return answer


def _in_digest(id_: str, step: DigestStep) -> PostAnswer:
    command = f"guardduty-notifier digest {id_} --stage {settings.stage()}"
    said = f"{step.why} The finding is in the digest {id_}: {command}".strip()
    answer = PostAnswer(status="posted", decision="fold", why=said, how="folded", digest={"id": id_})
    if step.by:
        answer["by"] = step.by
    if step.channel:
        answer["channel"] = step.channel
    if step.ts:
        answer["ts"], answer["permalink"] = step.ts, answers.permalink(step.channel, step.ts)
    if step.attention:
        answer["attention"] = step.attention
    return answer
