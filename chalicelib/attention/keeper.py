"""The executions of the attention machine that keep the time of one finding: found, redriven, started."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property

from chalicelib.attention import schedule
from chalicelib.aws import step_functions
from chalicelib.ledger import watch
from chalicelib.ledger.open_list import Watched

_LONGEST_NAME = 80
_MOST_OF_A_NAME = 9
"""Executions for one opening, all of them over: then something else is wrong."""


class TimeKept(StrEnum):
    """Who keeps a finding's time."""

    RUNNING = "running"
    RESTARTED = "restarted"
    UNANSWERED = "unanswered"
    """Nobody any more: an execution has waited for as long as one may."""
    GIVEN_UP = "executions end without an answer"


class Keeper:
    """The attention machine, and which of its executions run."""

    def __init__(self, machine: str, now: datetime) -> None:
        self._machine = machine
        self._now = now

    @cached_property
    def _running(self) -> frozenset[str]:
        """Their names: one list for all findings, and none where no finding waits."""
        return frozenset(step_functions.running(self._machine))

    def runs(self, each: Watched) -> bool:
        """Say whether an execution keeps the finding's time."""
        return not self._running.isdisjoint(_names(each))

    def keep(self, each: Watched, *, beyond: bool = False) -> TimeKept:
        """See to it that an execution keeps the finding's time: redrive it, or start the next one.

        Where one has waited for as long as it may there is none any more, but to show an answer (``beyond``).
        """
        if self.runs(each):
            return TimeKept.RUNNING
        for name in _names(each):
            if kept := self._keep(name, each, beyond=beyond):
                return kept
        return TimeKept.GIVEN_UP

    def _keep(self, name: str, each: Watched, *, beyond: bool) -> TimeKept | None:
        """Say who keeps the time by this name; None where that execution is over, and another one is to do it."""
        arn = step_functions.execution_arn(self._machine, name)
        execution = step_functions.describe(arn)
        if execution is None:
            # Where the name is taken now, whoever posted the finding has started it meanwhile.
            started = step_functions.start(self._machine, name, _input(each))
            return TimeKept.RESTARTED if started else TimeKept.RUNNING
        if execution.status in step_functions.ENDED_BADLY:
            return TimeKept.RESTARTED if step_functions.redrive(arn) else None
        if execution.status != "SUCCEEDED":
            return TimeKept.RUNNING
        is_over = _is_unanswered(execution.output) and self._since(each) >= schedule.LASTS
        return TimeKept.UNANSWERED if is_over and not beyond else None

    def _since(self, each: Watched) -> timedelta:
        """Say how long it has been waited for, at least: one that was switched off ends sooner, and goes on."""
        return self._now - datetime.fromisoformat(max(each.watch.posted_at, each.watch.opening))


def _names(each: Watched) -> Iterator[str]:
    name = watch.execution_name(each.finding_id, each.watch.opening)
    for suffix in ("", *(f"-{number}" for number in range(2, _MOST_OF_A_NAME + 1))):
        yield name[: _LONGEST_NAME - len(suffix)] + suffix


def _input(each: Watched) -> str:
    """Write the input as the state StartAttention does: while one of that name and input runs, it is the same."""
    return json.dumps({"finding_id": each.finding_id, "opening": each.watch.opening}, separators=(",", ":"))


def _is_unanswered(output: str) -> bool:
    try:
        return bool(json.loads(output)["answer"]["status"] == "unanswered")
    except (ValueError, TypeError, KeyError):
        return False
