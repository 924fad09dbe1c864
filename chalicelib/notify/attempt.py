"""A post that was begun: nobody else posts the finding until it has ended.

It ends recorded, taken back, or unanswered. One that does none of these has died; no call of Slack is under way for it
any more when its time is over.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from types import MappingProxyType

from botocore.exceptions import ClientError

from chalicelib import clock
from chalicelib.errors import AWSUnavailable
from chalicelib.ledger.claim import instant
from chalicelib.ledger.decide import FindingItem
from chalicelib.ledger.notifications import Changes, FindingEntry
from chalicelib.ledger.table import ConditionFailed

LIVES = timedelta(seconds=60)
"""As long as the function may run."""

CLAIM_MARGIN = timedelta(minutes=4)
"""A claim is believed for so long after its place's time. An owner that comes back later has lost nothing."""

_YOUNG = timedelta(seconds=5)
_SECONDS_FOR_A_YOUNG_ONE = 3

SLACK_HAS = timedelta(seconds=15)
"""So long Slack may take to take a post, after it was given up."""

_OF_THE_MESSAGE = ("attempted_update", "shown_suppression", "shown_since", "asked_in")
"""What an attempt makes uncertain as it begins."""

Fresh = Callable[[FindingItem], Changes]
"""What is to be written of an item as it is at the write."""

_ENDED: Changes = {"attempt": "", "attempt_until": ""}

ENDED_FOR_GOOD: Changes = {**_ENDED, "unanswered": "", "look_after": "", "repeated": "", "asked_in": ""}
"""What is to be written where it is known what has become of all attempts."""


def seconds_left(item: FindingItem, now: datetime) -> int:
    """Say when to look again at another's attempt: mostly it ends within seconds, else when its time is over."""
    left = datetime.fromisoformat(item.attempt_until) - now
    return _SECONDS_FOR_A_YOUNG_ONE if left > LIVES - _YOUNG else int(left.total_seconds()) + 1


def died(item: FindingItem) -> Changes:
    """What is to be written of an attempt whose time is over: nobody has heard Slack's answer."""
    if not item.attempt:
        return {}
    return {"unanswered": since(item), "look_after": looks_after(item), **_ENDED}


def ended_unknown(item: FindingItem) -> Changes:
    """What is to be written where attempts were looked for in vain: their message may turn up still."""
    looked_for = {"repeated": item.repeated or since(item)}
    return {**looked_for, "unanswered": "", "look_after": "", **_ENDED}


def since(item: FindingItem) -> str:
    """Say since when nobody has heard Slack's answers; empty where all were heard."""
    return item.unanswered or (
        instant(datetime.fromisoformat(item.attempt_until) - LIVES) if item.attempt else ""
    )


def looks_after(item: FindingItem) -> str:
    """Say when Slack has taken what it takes of the unanswered attempts."""
    return max(item.look_after, item.attempt_until)


class Attempt:
    """One post under way."""

    def __init__(self, entry: FindingEntry, nonce: str, changes: Changes) -> None:
        """Begin it, and write what else changes; raises ConditionFailed, AWSUnavailable, botocore's error."""
        self.until = clock.now() + LIVES
        self._entry, self._nonce = entry, nonce
        self._before = {name: str(getattr(entry.item, name)) for name in _OF_THE_MESSAGE}
        begun = {"attempt": nonce, "attempt_until": instant(self.until)}
        try:
            entry.change({**died(entry.item), **begun, **changes})
        except AWSUnavailable:
            if entry.read().attempt != nonce:  # it may have been written all the same
                raise

    def record(self, changes: Changes, fresh: Fresh | None = None) -> bool:
        """Write what came of it; False where another attempt has begun since.

        ``fresh`` says what else is to be written, of the item as it is then.
        """
        # Where a message may turn up still, it is looked for there.
        asked_in = self._entry.item.asked_in if self._entry.item.repeated else ""
        return self._end({"unanswered": "", "look_after": "", "asked_in": asked_in, **changes}, fresh)

    def end(self, changes: Changes, fresh: Fresh) -> bool:
        """As ``record``, of an attempt that was none of the finding's posts: what is uncertain of those stays."""
        return self._end(changes, fresh)

    def take_back(self, changes: Changes = MappingProxyType({})) -> None:
        """Slack took nothing: what is known of the message holds again.

        An attempt that stays only marks the next message as possibly repeated.
        """
        with suppress(AWSUnavailable, ClientError):
            self._end({**self._before, **changes})

    def leave_changed(self) -> None:
        """Slack may have changed the message; changing it twice is as good as once."""
        with suppress(AWSUnavailable, ClientError):
            self._end({})

    def leave_unanswered(self) -> None:
        """Slack may have taken a message: whoever posts next knows, and waits for nobody."""
        with suppress(AWSUnavailable, ClientError):
            unanswered = self._entry.item.unanswered or instant(self.until - LIVES)
            self._end({"unanswered": unanswered, "look_after": instant(clock.now() + SLACK_HAS)})

    def _end(self, changes: Changes, fresh: Fresh | None = None) -> bool:
        for _ in range(2):
            more = fresh(self._entry.item) if fresh else {}
            try:
                self._entry.change({**_ENDED, **changes, **more})
            except ConditionFailed:
                if self._entry.read().attempt != self._nonce:
                    return False
            else:
                return True
        return False
