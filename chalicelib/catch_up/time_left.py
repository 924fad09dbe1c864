"""How much of an invocation's time is left. Lambda ends a function that does not stop by itself."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

TO_STOP: Final = 15.0
"""Seconds: the longest call to AWS (connect and read) and what comes after it must still fit."""
TO_POST: Final = 60.0
"""Seconds: the suppression list is read, then the proof posted (at most 13 s), and there is some time to stop."""


@dataclass(frozen=True)
class TimeLeft:
    """The invocation's time but for what is kept for its end."""

    remaining: Callable[[], int]
    """Milliseconds until Lambda ends the invocation."""
    reserve: float = TO_STOP
    """Seconds that are kept."""

    def __call__(self, seconds: float = 0.0) -> bool:
        """Say whether so many seconds may pass, and something be done after them."""
        return self.remaining() > (self.reserve + seconds) * 1000
