"""Who has answered, by reactions to the finding's message."""

from typing import NamedTuple

from chalicelib.ledger.watch import Watch
from chalicelib.notify.history import NotYet


class Reading(NamedTuple):
    """What stands on the message."""

    seen: tuple[str, ...]
    """Ids of users who count, and have it in hand."""
    handled: tuple[str, ...]
    """Ids of users who count, and say that it is handled."""
    standing: tuple[str, ...]
    """Each of these reactions as ``USER name``, whether it counts or not."""


class Blind(NamedTuple):
    """Nobody's answer can be seen."""

    why: str
    """As ``Watch.blind``."""


class MessageGone(NamedTuple):
    """The message, or its channel, is not there any more."""


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
