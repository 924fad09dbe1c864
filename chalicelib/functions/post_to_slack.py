"""PostToSlack and ShowSuppression: read the finding's item, decide, and post it or stamp its message as hidden.

The order of writes: the claim, the channel's clock, the place, the attempt, what came of it. Each write to the item has
one condition: that it is as it was read.
"""

from datetime import datetime
from typing import Any, NotRequired, TypedDict, cast

from chalicelib import settings
from chalicelib.attention import acting
from chalicelib.attention.acting import ActAnswer, ActRequest
from chalicelib.attention.remind import remind
from chalicelib.attention.show import show
from chalicelib.aws import metrics
from chalicelib.errors import AWSUnavailable, SlackDown, SlackUnanswered, SlackUnavailable
from chalicelib.finding.model import Severity
from chalicelib.ledger import digests
from chalicelib.ledger.claim import Claim, instant
from chalicelib.ledger.decide import POSTS, Decision, FindingItem, Wish, decide, is_unanswered
from chalicelib.ledger.notifications import FindingEntry
from chalicelib.ledger.table import ConditionFailed, as_unreadable
from chalicelib.notify import (
    answers,
    attempt,
    hide,
    job,
    look,
    opening,
    outbox,
    own_digest,
    patience,
    plans,
    post,
    verdicts,
)
from chalicelib.notify.answers import PostAnswer
from chalicelib.notify.history import NotReadable
from chalicelib.notify.job import Job
from chalicelib.notify.opening import StartedWatch
from chalicelib.rules.suggested_rule import suggest
from chalicelib.slack.secret import Token

_READS = 2
"""Who finds the item changed at its write reads it once more; then it waits."""
_LOOKS = 3
"""What a look at Slack's history found is decided on anew; at most it adopts a message, then what it wants is done."""

_SHOWN_AT_THE_TOP = ("decision", "why", "channel", "permalink")


class PostRequest(TypedDict):
    """What the states PostToSlack and ShowSuppression pass."""

    state: dict[str, Any]
    execution: str
    retry_count: int
    answer: NotRequired[str]
    """``whole``: the state with the answer in it, not the answer alone as older definitions want it."""
    records: NotRequired[str]
    """``attention``: RecordNotification writes whose answer is waited for; older definitions don't, and have no names
    for it."""


def post_to_slack(request: PostRequest | ActRequest, nonce: str, now: datetime) -> dict[str, Any]:
    """Post the finding, stamp it, or say what to wait for; raises the exceptions of ``errors``.

    ``nonce`` names this run of the function, and no other.
    """
    if "attention" in request:
        return dict(_act_on_answer(cast("ActRequest", request), nonce, now))
    todo = job.read(request["state"], request["execution"], nonce, request["retry_count"], now)
    answer = _answered(todo)
    if answer["status"] == "suppressed" and not todo.finding.test and settings.runs_in_lambda():
        print(metrics.line({"Suppressed": 1}, settings.stage(), now))
    if "repair" in answer and request.get("records") != "attention":
        answer["repair"] = opening.left_out_of(answer["repair"])
    if request.get("answer") != "whole":
        return _for_an_older_definition(answer)
    top = {name: answer.get(name) for name in _SHOWN_AT_THE_TOP}
    return {**request["state"], "posted": answer, **top, "suggested_rule": _suggested_rule(todo, answer)}


def _act_on_answer(request: ActRequest, nonce: str, now: datetime) -> ActAnswer:
    """Show an answer, or remind: the same function does it, so that nobody else writes to the channels."""
    act = show if request["attention"]["act"] == "show" else remind
    for _ in range(_READS):
        try:
            return act(acting.read(request, nonce, now))
        except ConditionFailed:
            continue
    return acting.turn(1, "Others were changing the finding's item just now.")


def _suggested_rule(todo: Job, answer: PostAnswer) -> dict[str, Any] | None:
    """What the message's reader may want to add; nothing where none was shown, or not yet."""
    return suggest(todo.finding, todo.now) if answer["status"] == "posted" else None


def _for_an_older_definition(answer: PostAnswer) -> dict[str, Any]:
    """An execution goes on with the definition that it was started with, which knows one end for what is shown."""
    return dict(answer) | ({"status": "superseded"} if answer["status"] == "already" else {})


def _answered(todo: Job) -> PostAnswer:
    try:
        return own_digest.go_on(todo) or _decided(todo)
    except (AWSUnavailable, SlackUnavailable, SlackUnanswered) as failure:
        if patience.is_over(todo.failing, todo.now):
            raise SlackDown(f"Nothing could be posted for over an hour. At last: {failure}") from failure
        raise


def _decided(todo: Job) -> PostAnswer:
    entry = FindingEntry(None if todo.without_ledger else todo.claim, todo.place)
    found: PostAnswer | NotReadable | None = None
    for _ in range(_LOOKS):
        found = _read_and_act(todo, entry, looks=not isinstance(found, NotReadable))
        if found and not isinstance(found, NotReadable):
            return _placed(todo, entry, found)
    return answers.wait(todo, 1, "Slack's history has just been looked at.")


def _read_and_act(todo: Job, entry: FindingEntry, *, looks: bool) -> PostAnswer | NotReadable | None:
    for _ in range(_READS):
        with as_unreadable():
            item = entry.read()
        wish = _wish(todo, item, looks=looks)
        try:
            return _act(todo, entry, wish, decide(item, wish, todo.now))
        except ConditionFailed:
            continue
    return answers.wait(todo, 1, "Others were changing the finding's item just now.")


def _placed(todo: Job, entry: FindingEntry, answer: PostAnswer) -> PostAnswer:
    if todo.claim is None and entry.item.place:
        answer["place"] = entry.item.place
    if todo.claim and answer["status"] == "posted" and (to_start := _to_start(todo.claim, entry, answer)):
        answer["attention"] = to_start
    return answer


def _to_start(claim: Claim, entry: FindingEntry, answer: PostAnswer) -> StartedWatch | None:
    """Say whose answer is waited for from now on; what is left to the repair lies in its values."""
    repaired = answer.get("repair", {}).get(":attention", {}).get("S", "")
    return opening.started(claim, repaired or entry.item.attention)


def _wish(todo: Job, item: FindingItem, *, looks: bool = True) -> Wish:
    uncertain = bool(item.repeated) or is_unanswered(item)
    token = (bool(item.ts) or uncertain) and isinstance(outbox.slack_secret(), Token)
    return Wish(
        execution=todo.execution,
        update=todo.update,
        verdict_at=verdicts.asked_at(todo.state, todo.now),
        suppressed_by=verdicts.shown_as(todo.rule),
        news=bool(plans.news_of(todo, item)),
        updates=bool(item.ts) and token,
        looks=looks and uncertain and token,
        rises=plans.rises(todo, item),
        folds=_may_fold(todo),
    )


def _may_fold(todo: Job) -> bool:
    """Nothing that is Critical, and no attack sequence; a test is by itself."""
    finding = todo.finding
    alone = finding.band is Severity.CRITICAL or finding.type.startswith("AttackSequence:") or finding.test
    return todo.claim is not None and not alone and settings.fold_after() > 0


def _act(  # noqa: PLR0911 - one for each decision
    todo: Job, entry: FindingEntry, wish: Wish, decision: Decision
) -> PostAnswer | NotReadable | None:
    item = entry.item
    match decision:
        case Decision.WAIT_FOR_VERDICT:
            return _ask_again(todo, entry)
        case Decision.WAIT_FOR_ATTEMPT:
            return answers.wait(todo, attempt.seconds_left(item, todo.now), "Another run posts the finding.")
        case Decision.WAIT_FOR_NEWER:
            seconds = post.seconds_for_newer(item, todo.now)
            return answers.wait(todo, seconds, "A newer update is about to be posted.")
        case Decision.WAIT_FOR_SLACK | Decision.WAIT_FOR_SURPLUS | Decision.LOOK | Decision.SURPLUS:
            return look.for_unanswered(todo, entry, decision)
        case Decision.SUPERSEDED:
            return answers.superseded(item)
        case Decision.IN_DIGEST:
            return _in_digest(todo, item)
        case Decision.ALREADY:
            return answers.already(item, todo.execution)
        case Decision.CLAIMED:
            return answers.claimed(item)
        case _ if todo.rule:
            return hide.hide(todo, entry, decision)
        case _:
            return look.staying(todo, entry, post.post(todo, entry, wish, decision), looks=wish.looks)


def _in_digest(todo: Job, item: FindingItem) -> PostAnswer:
    """The digest shows this update, or a newer one: by this execution, whose answer was lost, or by another."""
    id_ = digests.id_of(item.fold)
    if not id_:
        return answers.already(item, todo.execution)
    answer = own_digest.see_to(todo, id_, "")
    if answer["status"] == "posted" and todo.execution not in (item.notified_by, answer.get("by")):
        answer["status"] = "superseded" if item.notified_update > todo.update else "already"
        answer["at"] = item.notified_at
    return answer


def _ask_again(todo: Job, entry: FindingEntry) -> PostAnswer:
    """Wait for a verdict of now; who tries again first tries what failed, so that the state machine counts it."""
    if patience.is_over(todo.failing, todo.now):
        raise SlackDown("Nothing could be posted for over an hour: redrive the execution")
    fresh = _wish(todo, entry.item)._replace(verdict_at=instant(todo.now))
    if todo.retry_count and decide(entry.item, fresh, todo.now) in POSTS:
        post.prepare(todo, entry)
    return answers.wait(todo, 1, "The suppression list was asked over a minute ago.")
