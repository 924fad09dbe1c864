"""What is done in Slack for a finding: a new message, an update of the first one, a reply in its thread, or nothing."""

from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

from chalicelib import settings
from chalicelib.errors import SlackRejected
from chalicelib.finding.model import Finding
from chalicelib.ledger.watch import Watch
from chalicelib.message import stamp
from chalicelib.message.context import MessageContext, Note
from chalicelib.message.mark import Mark, MarkKind, marked
from chalicelib.message.render import render, render_news, render_plain
from chalicelib.notify import opening
from chalicelib.notify.opening import Asking
from chalicelib.slack.api import Gone, Payload, Posted, Throttled
from chalicelib.slack.post import UPDATES, Door, Letter
from chalicelib.slack.secret import Secret, Token, Webhook


class Plan(NamedTuple):
    """What to do in Slack for one finding."""

    finding: Finding
    context: MessageContext
    channel: str
    """Where a new message goes."""
    mark: Mark
    message_channel: str = ""
    ts: str = ""
    """The finding's message in ``message_channel``; empty where there is none, or a webhook can't name it."""
    posted: bool = False
    news: tuple[Note, ...] = ()
    """What a recurrence says that is not known yet."""
    broadcast: bool = False
    """Show the reply in the channel too."""
    asking: Asking = Asking()
    """What answer it asks for."""
    watch: Watch | None = None
    """The answer as the message is to show it."""


class Done(NamedTuple):
    """What was done, and where the finding's message is."""

    how: str
    channel: str
    ts: str
    content: Payload | None = None
    """What the finding's message shows, but for the answer; None where it can't be said without the stamp on it."""


def updates(plan: Plan, secret: Secret) -> bool:
    """Whether the finding's first message is there to be updated."""
    return bool(plan.ts) and isinstance(secret, Token)


def queue(plan: Plan, secret: Secret) -> str:
    """Name the queue: a message that is only changed takes no turn of its channel."""
    if not updates(plan, secret):
        return plan.channel
    return plan.message_channel if plan.news else UPDATES


def carry_out(plan: Plan, door: Door) -> Done | Throttled:
    """Do it; raises SlackRejected, SlackUnavailable, SlackUnanswered."""
    return _update(plan, door) if updates(plan, door.secret) else _post(plan, door)


def put_stamp(plan: Plan, content: Payload | None, door: Door) -> Posted | Throttled | Gone:
    """Say on the message that a rule hides its finding: on its content, or on this update's where that is not known."""
    shown = content or marked(render(plan.finding, replace(plan.context, suppressed=None)), plan.mark)
    letter = Letter(
        plan.message_channel,
        stamp.stamped(shown, plan.context),
        plain=partial(stamp.stamped_plain, shown, plan.context),
    )
    return door.update(letter, plan.ts)


def _update(plan: Plan, door: Door) -> Done | Throttled:
    """The update comes first, the reply last: who reads the reply finds the message already current."""
    updated = door.update(_letter(plan, plan.message_channel), plan.ts)
    if isinstance(updated, Gone):
        return _post(plan, door)
    if isinstance(updated, Throttled):
        return updated
    if not plan.news:
        return Done("updated", plan.message_channel, plan.ts, _content(plan, updated))
    replied = _say_news(plan, door)
    if isinstance(replied, Throttled):
        return replied
    if isinstance(replied, Gone):
        return _post(plan, door)
    return Done(replied, plan.message_channel, plan.ts, _content(plan, updated))


def _say_news(plan: Plan, door: Door) -> str | Throttled | Gone:
    """In the thread; where Slack refuses a reply (its form, a locked thread), as a short message beside it."""
    news = _news(plan)
    try:
        said = door.reply(Letter(plan.message_channel, news), plan.ts, broadcast=plan.broadcast)
        how = "updated and replied"
    except SlackRejected:
        beside = Letter(plan.message_channel, news, plain=lambda: _plain_news(plan, news))
        said, how = door.post(beside), "updated and posted beside"
    return how if isinstance(said, Posted) else said


def _content(plan: Plan, posted: Posted) -> Payload | None:
    return None if plan.context.suppressed else posted.payload


def _post(plan: Plan, door: Door) -> Done | Throttled:
    """Post a new message; with a webhook a recurrence's news is one, and short."""
    if plan.posted and plan.news and isinstance(door.secret, Webhook):
        letter = Letter(plan.channel, _news(plan))
    else:
        plan = plan._replace(watch=plan.watch and opening.on_a_new_message(plan.watch))
        letter = _letter(plan, plan.channel)
        if plan.channel != settings.slack_channel():
            letter = letter._replace(elsewhere=partial(_elsewhere, plan))
    posted = door.post(letter)
    if isinstance(posted, Throttled):
        return posted
    return Done("posted", posted.channel, posted.ts, _content(plan, posted))


def _elsewhere(plan: Plan, refusal: str) -> Letter:
    """A route's wrong channel must not swallow the alert: it goes to SLACK_CHANNEL and says so."""
    note = Note("channel_refused", {"channel": plan.channel, "error": refusal})
    context = replace(plan.context, notes=(*plan.context.notes, note))
    return _letter(plan._replace(context=context), settings.slack_channel())


def _letter(plan: Plan, channel: str) -> Letter:
    """An alert is never dropped for its looks: what Slack refuses as a message goes once more as plain text."""
    # A stamp says that nothing is to do: no answer is shown beside it.
    shown = None if plan.context.suppressed else plan.watch
    dress = opening.dress(shown, plan.context.language)
    return Letter(channel, _message(plan), plain=partial(_plain, plan), dress=dress)


def _plain(plan: Plan) -> Payload:
    return marked(render_plain(plan.finding, plan.context), plan.mark)


def _news(plan: Plan) -> dict[str, Any]:
    news = render_news(plan.finding, plan.context, plan.news)
    return marked(news, plan.mark._replace(kind=MarkKind.NEWS))


def _plain_news(plan: Plan, news: Payload) -> Payload:
    return marked({"text": news["text"]}, plan.mark._replace(kind=MarkKind.NEWS))


def _message(plan: Plan) -> Payload:
    return marked(render(plan.finding, plan.context), plan.mark)
