"""A person's reactions at the stand-in of Slack, so long after the message: ``run --react NAME@25s``."""

import re
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Self

import click

from chalicelib.text import durations
from statemachine.local.executions import SlackCall
from statemachine.local.slack_stand_in import SlackStandIn

USER = "U0LOCAL1"
"""Who reacts."""


@dataclass(frozen=True)
class TimedReaction:
    """One reaction of somebody, or that it is taken away, and when."""

    name: str
    """``eyes``, ``white_check_mark``."""
    after: int
    """Seconds from the message's post."""
    is_given: bool = True


def read_reactions(_: click.Context, __: click.Parameter, texts: Sequence[str]) -> list[TimedReaction]:
    """Read --react, in the order of time."""
    return sorted(map(_reaction, texts), key=lambda each: each.after)


def _reaction(text: str) -> TimedReaction:
    written = re.fullmatch(r"(-?):?([a-z0-9_+'-]+):?@(\w+)", text, re.ASCII)
    after = durations.seconds(written[3]) if written else 0
    if not (written and after):
        raise click.UsageError(
            f"--react: {text!r} is no reaction and its time: give it like eyes@10s, or -eyes@20s for taking it"
            f" away; a time is like {durations.EXAMPLES}"
        )
    return TimedReaction(written[2], after, is_given=not written[1])


class Reacting:
    """Somebody who reacts to one message in time; what has not come by its end does not come."""

    def __init__(self, slack: SlackStandIn, reactions: Sequence[TimedReaction], message: SlackCall) -> None:
        self._timers = [
            threading.Timer(
                max(0.0, message.at + each.after - time.monotonic()),
                partial(
                    slack.react if each.is_given else slack.unreact,
                    str(message.answer["channel"]),
                    str(message.answer["ts"]),
                    each.name,
                    USER,
                ),
            )
            for each in reactions
        ]
        self.standing: set[str] = set()
        """The names of what stands there once all have come."""
        for each in reactions:
            (self.standing.add if each.is_given else self.standing.discard)(each.name)

    def __enter__(self) -> Self:
        for timer in self._timers:
            timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for timer in self._timers:
            timer.cancel()
            timer.join()

    @property
    def is_done(self) -> bool:
        """Whether all have come."""
        return not any(timer.is_alive() for timer in self._timers)
