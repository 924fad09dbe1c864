"""The one way to post a finished payload: what helps against each of Slack's refusals is tried once."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import NamedTuple, TypeVar

from chalicelib import clock
from chalicelib.errors import SlackRejected, SlackUnavailable
from chalicelib.slack import api
from chalicelib.slack.api import Gone, Payload, Posted, Throttled
from chalicelib.slack.refusals import ChannelRefused, MessageRefused, TokenRefused
from chalicelib.slack.secret import Secret

T = TypeVar("T")

UPDATES = "chat.update"
"""The queue of changed messages: Slack limits them by workspace, whatever the channel.

https://docs.slack.dev/apis/web-api/rate-limits: Tier 3, 50 a minute, where a channel takes 60 new messages.
"""
UPDATES_SHARE = 50 / 60
"""Changed messages a second in the workspace, for each new one that a channel takes."""


class Letter(NamedTuple):
    """A payload, where it goes, and what goes instead."""

    channel: str
    payload: Payload
    plain: Callable[[], Payload] | None = None
    """Makes what goes where Slack refuses the payload's form."""
    elsewhere: Callable[[str], "Letter"] | None = None
    """Makes, from Slack's words, what goes where it refuses the channel."""
    dress: Callable[[Payload], Payload] | None = None
    """Makes what is sent of each payload of it, where that is more than ``Posted`` is to say."""


class Door:
    """The way into Slack for one post; each step raises SlackRejected, SlackUnavailable, SlackUnanswered."""

    def __init__(
        self,
        api_url: str,
        secret: Secret,
        read_anew: Callable[[], Secret] | None = None,
        on_429: Callable[[str, int], None] | None = None,
        until: datetime | None = None,
    ) -> None:
        """Open it. ``on_429`` is called with the queue that wants no more (a channel, or ``UPDATES``) and seconds.

        ``until`` then every call has ended: none begins that might last longer.
        """
        self.api_url = api_url
        self.secret = secret
        self.read_anew = read_anew
        """Reads the secret anew; none where that has been done."""
        self.on_429 = on_429
        self.until = until
        self.adds = False
        """Whether the last call was to add a message: one without an answer may have."""

    def post(self, letter: Letter) -> Posted | Throttled:
        """Post a new message."""
        return self._deliver(api.post, letter, "")

    def update(self, letter: Letter, ts: str) -> Posted | Throttled | Gone:
        """Replace the message ``ts``."""
        return self._deliver(partial(api.update, ts=ts), letter, UPDATES)

    def reply(self, letter: Letter, ts: str, *, broadcast: bool) -> Posted | Throttled | Gone:
        """Reply in the thread of the message ``ts``, with ``broadcast`` in the channel as well."""
        return self._deliver(partial(api.reply, ts=ts, broadcast=broadcast), letter, "")

    def _deliver(
        self, send: Callable[[Secret, str, str, Payload], T], letter: Letter, queue: str
    ) -> T | Posted:
        if self.until and clock.now() > self.until - api.LONGEST_CALL:
            raise SlackUnavailable("There was no time left for another call of Slack: nothing was sent")
        self.adds = not queue
        try:
            dressed = letter.dress(letter.payload) if letter.dress else letter.payload
            answer = send(self.secret, self.api_url, letter.channel, dressed)
        except SlackRejected as refusal:
            instead = self._instead(letter, refusal)
            if instead is None:
                # The machine knows the plain class only: an error's name is its class's, whatever it derives from.
                raise SlackRejected(str(refusal)) from refusal
            return self._deliver(send, instead, queue)
        if isinstance(answer, Throttled) and self.on_429:
            self.on_429(queue or letter.channel, answer.seconds)
        return answer._replace(payload=letter.payload) if isinstance(answer, Posted) else answer

    def _instead(self, letter: Letter, refusal: SlackRejected) -> Letter | None:
        """Say what to send after a refusal; None where nothing helps any more."""
        if isinstance(refusal, TokenRefused):
            return letter if self._has_a_changed_secret() else None
        if isinstance(refusal, MessageRefused) and letter.plain:
            return letter._replace(payload=letter.plain(), plain=None)
        if isinstance(refusal, ChannelRefused) and letter.elsewhere:
            return letter.elsewhere(str(refusal))
        return None

    def _has_a_changed_secret(self) -> bool:
        """Read the secret anew, once: it may just have been rotated."""
        refused, read_anew = self.secret, self.read_anew
        if read_anew:
            self.secret, self.read_anew = read_anew(), None
        return self.secret != refused
