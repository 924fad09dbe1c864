"""Who has answered a finding, by the reactions to its message.

Where the app may read the channel, one page of its history serves all that is open there; else each message is asked
for. What keeps reactions from being seen is no silence: nobody is reminded of what nobody can answer.
"""

import re
from dataclasses import dataclass

from chalicelib import settings
from chalicelib.attention import asking, who_counts
from chalicelib.attention.asking import Asker, PutOff
from chalicelib.attention.who_counts import Reading
from chalicelib.errors import SlackRejected
from chalicelib.ledger.watch import Watch
from chalicelib.notify.history import NotYet
from chalicelib.notify.outbox import slack_secret
from chalicelib.slack.api import Gone
from chalicelib.slack.reactions import Identity, Reactions
from chalicelib.slack.refusals import HistoryRefused, TokenRefused
from chalicelib.slack.secret import Secret, Token

__all__ = ["Blind", "MessageGone", "NotYet", "Reading", "answers", "forget"]

_CHANNEL = re.compile(r"[CDG][A-Z0-9]{8,}", re.ASCII)

SCOPE, CHANNEL, GROUP = "scope", "channel", "group"
"""``Blind.why``: the token may read no reactions; not in this channel; it can't be read who is in RESPONDERS."""


@dataclass(frozen=True)
class Blind:
    """Nobody's answer can be seen."""

    why: str


@dataclass(frozen=True)
class MessageGone:
    """The message is not there any more, or its channel is not."""


forget = asking.forget


def answers(watch: Watch, channel: str, ts: str) -> Reading | NotYet | Blind | MessageGone:
    """Say who has answered by a reaction to the message: a 429 is "not yet".

    Raises SlackUnavailable; SlackRejected where Slack takes no token of ours; InvalidSettings, LedgerUnreadable.
    """
    secret = slack_secret()
    try:
        return _answers(secret, watch, channel, ts)
    except TokenRefused as refusal:
        changed = slack_secret(anew=True)
        if changed == secret:
            raise SlackRejected(str(refusal)) from refusal  # the machine knows the plain class only
    try:
        return _answers(changed, watch, channel, ts)
    except TokenRefused as refusal:
        raise SlackRejected(str(refusal)) from refusal


def _answers(secret: Secret, watch: Watch, channel: str, ts: str) -> Reading | NotYet | Blind | MessageGone:
    if not isinstance(secret, Token):
        return Blind(SCOPE)
    if not _CHANNEL.fullmatch(channel):
        return Blind(CHANNEL)
    try:
        return _judged(Asker(secret, channel, ts, watch.within, watch.anew), watch)
    except PutOff as put_off:
        return NotYet(put_off.seconds)


def _judged(asker: Asker, watch: Watch) -> Reading | Blind | MessageGone:
    identity = asking.who_we_are(asker.token)
    group = settings.responders()
    members = asking.members(asker.token, group) if group else None
    if group and not members:
        return Blind(GROUP)
    found = _found(asker, identity)
    if isinstance(found, Gone):
        return MessageGone()
    if isinstance(found, Blind):
        return found
    possible = who_counts.given(found, ignored=watch.ignored, ourselves=identity.user, members=members)
    sees_bots = asking.may(identity, "users:read")
    is_person = asking.is_person(asker.token) if sees_bots else lambda _: True
    return who_counts.judged(possible, ignored=watch.ignored, is_person=is_person)


def _found(asker: Asker, identity: Identity) -> Reactions | Gone | Blind:
    by_message = asking.may(identity, "reactions:read")
    reads = asking.may(identity, *_history_scopes(asker.channel))
    found = _in_history(asker, alone=not by_message) if reads else None
    if not by_message:
        return Blind(CHANNEL if reads else SCOPE) if found is None else found
    if found is not None and not isinstance(found, Gone) and who_counts.are_complete(found):
        return found
    try:
        return asking.by_message(asker)
    except HistoryRefused:
        return Blind(CHANNEL)


def _history_scopes(channel: str) -> tuple[str, ...]:
    """A private channel's id begins with G or, newer, with C as a public one's."""
    return {"G": ("groups:history",), "D": ("im:history",)}.get(
        channel[0], ("channels:history", "groups:history")
    )


def _in_history(asker: Asker, *, alone: bool) -> Reactions | Gone | None:
    """Look in the channel's history, as far back as it takes where that is ``alone``; None: it can't be said."""
    if asking.is_refused(asker.channel):
        return None
    try:
        found = asking.by_newest(asker)
        if found is None and alone:
            return asking.by_history(asker)
    except HistoryRefused:
        asking.refuse(asker.channel)
        return None
    return found
