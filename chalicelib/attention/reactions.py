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
    """Read the reactions; raises SlackUnavailable."""
    raise NotImplementedError
