"""What PostToSlack answers: what was decided and why, in words, as people look for it in the execution."""

from collections.abc import Mapping
from typing import Any, NotRequired, TypedDict

from chalicelib.errors import SlackDown
from chalicelib.ledger.decide import Decision, FindingItem
from chalicelib.ledger.digest_ids import is_folded
from chalicelib.ledger.digests import id_of
from chalicelib.message.console_links import execution_link
from chalicelib.notify import patience, verdicts
from chalicelib.notify.delivery import Done
from chalicelib.notify.job import Job
from chalicelib.notify.opening import StartedWatch
from chalicelib.notify.patience import Failing
from chalicelib.notify.turns import Gate


class PostAnswer(TypedDict):
    """What a run of the function came to; it is ``posted`` in the state."""

    status: str
    """``posted``, ``wait`` (come again after ``seconds``), ``superseded``, ``already`` or ``suppressed``."""
    decision: str
    """``post``, ``reply``, ``update``, ``nothing``, ``fold``, ``stamp``, or as the status."""
    why: str
    """In words."""
    how: NotRequired[str]
    """What was done in Slack: ``posted``, ``updated``, ``updated and replied``, ``updated and posted beside``,
    ``nothing new``, ``folded``, ``stamped``; ``gone`` where the message of a suppressed finding is not there."""
    channel: NotRequired[str]
    ts: NotRequired[str]
    permalink: NotRequired[str]
    by: NotRequired[str]
    """The execution that posted it, or is about to."""
    at: NotRequired[str]
    seconds: NotRequired[int]
    failing: NotRequired[Failing]
    """Since when Slack, or what is asked before it, has failed."""
    place: NotRequired[str]
    """The place in the channel's queue, of a finding that has no item to keep it."""
    repair: NotRequired[dict[str, dict[str, str]]]
    """The values of RecordNotification's update, where the function could not write them."""
    digest: NotRequired[Mapping[str, Any]]
    """The digest that shows the finding, by its ``id``; of an execution that sees to it, how far that is."""
    attention: NotRequired[StartedWatch]
    """The execution that is to wait for the answer which this update has begun to ask for."""


def wait(job: Job, seconds: int, why: str) -> PostAnswer:
    """Wait; after a failure for longer than one's turn takes, as the state machine then counts its retries anew."""
    if job.retry_count:
        seconds = patience.backed_off(seconds, job.failing, job.now)
    answer = PostAnswer(status="wait", decision="wait", why=why, seconds=seconds)
    if job.failing:
        answer["failing"] = job.failing
    return answer


def closed(job: Job, seconds: int, gate: Gate) -> PostAnswer:
    """Slack wants no more yet: that is waited for, and not for ever."""
    closed = patience.is_closed_for_good(gate.closed_since, seconds, job.now)
    if closed or patience.is_over(job.failing, job.now):
        raise SlackDown("Slack has wanted no more for over an hour: redrive the execution when it does")
    failing = patience.failing(job.failing, job.now, failed=True)
    return wait(job._replace(failing=failing), seconds, "Slack wants no more for now.")


def superseded(item: FindingItem) -> PostAnswer:
    """A newer update is shown."""
    newer = max(item.notified_update, item.attempted_update)
    where = f"by the digest {id_of(item.fold)}" if is_folded(item) else "in the finding's message"
    why = f"A newer update, of {newer}, is shown {where}, or its execution has failed there."
    return _in(item, PostAnswer(status="superseded", decision="superseded", why=why))


def already(item: FindingItem, execution: str) -> PostAnswer:
    """This update is shown: by this execution, whose answer was lost, or by another."""
    if item.notified_by == execution:
        why = f"This execution posted it at {item.notified_at}."
        return _in(item, PostAnswer(status="posted", decision="already", why=why, how="posted"))
    by = item.notified_by or "an execution that is not known any more"
    why = f"The same update was posted at {item.notified_at} by {_linked(by)}."
    answer = PostAnswer(status="already", decision="already", why=why, by=by, at=item.notified_at)
    return _in(item, answer)


def claimed(item: FindingItem) -> PostAnswer:
    """Another execution has this update, and posts it."""
    why = f"The same update is about to be posted by {_linked(item.claimed_by)}."
    return PostAnswer(status="already", decision="already", why=why, by=item.claimed_by)


def suppressed(job: Job, item: FindingItem, how: str, besides: str = "") -> PostAnswer:
    """A rule hides the finding."""
    why = verdicts.why_hidden(job.rule)
    word = "stamp" if how == "stamped" else "suppressed"
    answer = PostAnswer(status="suppressed", decision=word, why=f"{why} {besides}".rstrip(), how=how)
    return _in(item, answer) if item.ts else answer


def posted(decision: Decision, done: Done) -> PostAnswer:
    """It is shown now."""
    answer = PostAnswer(status="posted", decision=_WORDS[decision], why=_WHY[done.how], how=done.how)
    return _message(answer, done.channel, done.ts)


_WORDS = {
    Decision.POST: "post",
    Decision.REPLY: "reply",
    Decision.UPDATE: "update",
    Decision.NOTHING: "nothing",
}

_WHY = {
    "posted": "Nothing of the finding could be kept current: a new message was posted.",
    "updated": "The finding's message shows this update now; there was no news to disturb anybody with.",
    "updated and replied": "The finding's message shows this update now; a reply in its thread says what is new.",
    "updated and posted beside": "The message shows this update; Slack refused the reply: a message says what is new.",
    "nothing new": "There is no news, and no message that can be changed.",
}


def _in(item: FindingItem, answer: PostAnswer) -> PostAnswer:
    return _message(answer, item.channel, item.ts)


def _message(answer: PostAnswer, channel: str, ts: str) -> PostAnswer:
    answer["channel"], answer["ts"] = channel, ts
    if ts:
        answer["permalink"] = permalink(channel, ts)
    return answer


def permalink(channel: str, ts: str) -> str:
    """Lead to a message: Slack leads from here to the reader's workspace, whose name we don't know."""
    return f"https://slack.com/archives/{channel}/p{ts.replace('.', '')}"


def _linked(execution: str) -> str:
    link = execution_link(execution)
    return f"{execution} ({link})" if link else execution
