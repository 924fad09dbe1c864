"""What a telling does in Slack: a new message, an update of the first one, a reply in its thread, or nothing."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple, TypeVar

from chalicelib import settings
from chalicelib.aws import parameter_store
from chalicelib.errors import InvalidSettings, SlackRejected, SlackUnavailable
from chalicelib.finding.model import Finding
from chalicelib.message import blocks
from chalicelib.message.context import Note, Telling
from chalicelib.message.render import render, render_news, render_plain
from chalicelib.slack import api
from chalicelib.slack.api import Gone, Posted, Throttled
from chalicelib.slack.refusals import ChannelRefused, MessageRefused, TokenRefused
from chalicelib.slack.secret import Token, Webhook, read_secret

Secret = Token | Webhook

Payload = Mapping[str, Any]

T = TypeVar("T")

_GREY = "#d5dbdb"


class Plan(NamedTuple):
    """What to do in Slack for one finding."""

    finding: Finding
    telling: Telling
    channel: str
    """Where a new message goes."""
    told_channel: str = ""
    ts: str = ""
    """The finding's message in ``told_channel``; empty where there is none, or a webhook can't name it."""
    told: bool = False
    news: tuple[Note, ...] = ()
    """What a recurrence says that is not known yet."""
    broadcast: bool = False
    """Show the reply in the channel too."""
    rule: Payload | None = None
    """The suppression rule ready to paste (``paste.render``); below the message, where Slack folds it away."""


class Done(NamedTuple):
    """What was done, and where the finding's message is."""

    how: str
    channel: str
    ts: str


def slack_secret(*, anew: bool = False) -> Secret:
    """Read the bot token or webhook URL; one that is neither is read anew once, as it may be corrected by now."""
    try:
        return _secret(anew=anew)
    except InvalidSettings:
        return _secret(anew=True)


def _secret(*, anew: bool) -> Secret:
    value = parameter_store.secret(settings.slack_secret_parameter(), anew=anew)
    return read_secret(value, settings.slack_api_url())


def updates(plan: Plan, secret: Secret) -> bool:
    """Whether the finding's first message is there to be updated."""
    return bool(plan.ts) and isinstance(secret, Token)


def is_silent(plan: Plan, secret: Secret) -> bool:
    """Whether there is nothing to do: a recurrence without news that no update can show."""
    return plan.told and not plan.news and not updates(plan, secret)


def carry_out(plan: Plan, secret: Secret) -> Done | Throttled:
    """Do it; raises SlackRejected, SlackUnavailable, SlackUnanswered."""
    try:
        return _update(plan, secret) if updates(plan, secret) else _post(plan, secret)
    except SlackRejected as refusal:
        # The machine knows the plain class only: the name of an error is its class's, whatever it derives from.
        raise SlackRejected(str(refusal)) from refusal


def _update(plan: Plan, secret: Secret) -> Done | Throttled:
    """The update comes first, the reply last: who reads the reply finds the message already current."""
    updated = _with_plain(
        plan, lambda payload: _ask(secret, lambda token: _update_message(token, plan, payload))
    )
    if isinstance(updated, Gone):
        return _post_anew(plan, secret)
    if isinstance(updated, Throttled):
        return updated
    if not plan.news:
        return Done("updated", plan.told_channel, plan.ts)
    replied = _ask(secret, lambda token: _reply(token, plan))
    if isinstance(replied, Throttled):
        return replied
    if isinstance(replied, Gone):
        return _post(plan, secret)
    return Done("updated and replied", plan.told_channel, plan.ts)


def _post_anew(plan: Plan, secret: Secret) -> Done | Throttled:
    """Post anew what is gone; not where a rule hides the finding: its message was all there was to keep current."""
    if plan.telling.suppressed:
        return Done("gone", plan.told_channel, plan.ts)
    return _post(plan, secret)


def _post(plan: Plan, secret: Secret) -> Done | Throttled:
    """Post a new message; with a webhook a recurrence's news is one, and short."""
    if plan.told and plan.news and isinstance(secret, Webhook):
        news = render_news(plan.finding, plan.telling, plan.news)
        return _done(
            _ask(secret, lambda current: api.post(current, settings.slack_api_url(), plan.channel, news))
        )
    return _done(_post_in_a_channel_that_takes_it(plan, secret))


def _post_in_a_channel_that_takes_it(plan: Plan, secret: Secret) -> Posted | Throttled:
    """A route's wrong channel must not swallow the alert: it goes to SLACK_CHANNEL and says so."""
    try:
        return _post_message(plan, secret)
    except ChannelRefused as refusal:
        if plan.channel == settings.slack_channel():
            raise
        note = Note("channel_refused", {"channel": plan.channel, "error": str(refusal)})
        telling = replace(plan.telling, notes=(*plan.telling.notes, note))
        return _post_message(plan._replace(channel=settings.slack_channel(), telling=telling), secret)


def _post_message(plan: Plan, secret: Secret) -> Posted | Throttled:
    api_url = settings.slack_api_url()
    return _with_plain(
        plan,
        lambda payload: _ask(secret, lambda current: api.post(current, api_url, plan.channel, payload)),
    )


def _update_message(secret: Secret, plan: Plan, payload: Payload) -> Posted | Throttled | Gone:
    return api.update(_token(secret), settings.slack_api_url(), plan.told_channel, plan.ts, payload)


def _reply(secret: Secret, plan: Plan) -> Posted | Throttled | Gone:
    payload = render_news(plan.finding, plan.telling, plan.news)
    return api.reply(
        _token(secret),
        settings.slack_api_url(),
        plan.told_channel,
        plan.ts,
        payload,
        broadcast=plan.broadcast,
    )


def _token(secret: Secret) -> Token:
    if isinstance(secret, Token):
        return secret
    raise SlackUnavailable("The Slack secret has just been changed to a webhook: the next try posts with it")


def _with_plain(plan: Plan, send: Callable[[Payload], T]) -> T:
    """An alert is never dropped for its looks: what Slack refuses as a message goes once more as plain text."""
    try:
        return send(_message(plan))
    except MessageRefused:
        return send(render_plain(plan.finding, plan.telling))


def _message(plan: Plan) -> Payload:
    message = render(plan.finding, plan.telling)
    if not plan.rule:
        return message
    attachment = {"color": _GREY, "fallback": plan.rule["text"], "blocks": plan.rule["blocks"]}
    shown = [*message["blocks"], *(block for each in message["attachments"] for block in each["blocks"])]
    if blocks.size([*shown, *attachment["blocks"]]) > blocks.MESSAGE_LIMIT:
        return message
    return {**message, "attachments": [*message["attachments"], attachment]}


def _ask(secret: Secret, call: Callable[[Secret], T]) -> T:
    """A secret that Slack does not know is read anew once, and used if it has changed."""
    try:
        return call(secret)
    except TokenRefused:
        current = slack_secret(anew=True)
        if current == secret:
            raise
        return call(current)


def _done(posted: Posted | Throttled) -> Done | Throttled:
    return Done("posted", posted.channel, posted.ts) if isinstance(posted, Posted) else posted
