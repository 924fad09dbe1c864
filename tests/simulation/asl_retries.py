"""Retriers and catchers: which errors they are for, and what they make of them."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.simulation.paths import StateError, Steps, Unsupported, known, put, steps

ALL = "States.ALL"

TERMINAL = ("States.DataLimitExceeded", "States.Runtime")
"""What States.ALL is not for."""

_RETRIER = (
    "ErrorEquals",
    "IntervalSeconds",
    "BackoffRate",
    "MaxAttempts",
    "MaxDelaySeconds",
    "JitterStrategy",
)


@dataclass(frozen=True)
class _ForErrors:
    errors: frozenset[str]

    def matches(self, error: str) -> bool:
        """Whether it is for an error."""
        return error in self.errors or (ALL in self.errors and error not in TERMINAL)


@dataclass(frozen=True)
class Retrier(_ForErrors):
    """Tries again."""

    interval: float
    rate: float
    attempts: int
    longest: float
    full_jitter: bool

    def delay(self, retried: int) -> float | None:
        """Seconds before the next try after so many of its own; None where those are all."""
        if retried >= self.attempts:
            return None
        delay = self.interval
        for _ in range(retried):
            delay *= self.rate
            if delay >= self.longest:
                break
        return min(delay, self.longest)


@dataclass(frozen=True)
class Catcher(_ForErrors):
    """Goes on with another state."""

    next: str
    place: Steps | None

    def output(self, given: Any, failure: StateError) -> Any:
        """The failed state's output: its input with the error."""
        if self.place is None:
            return given
        return put(given, self.place, {"Error": failure.error, "Cause": failure.cause})


def retriers(written: list[Any], where: str) -> list[Retrier]:
    """Read a state's Retry."""
    read = [_retrier(each, f"{where}: Retry") for each in written]
    _all_comes_last(read, f"{where}: Retry")
    return read


def catchers(written: list[Any], where: str) -> list[Catcher]:
    """Read a state's Catch."""
    read = [_catcher(each, f"{where}: Catch") for each in written]
    _all_comes_last(read, f"{where}: Catch")
    return read


def _retrier(written: Any, where: str) -> Retrier:
    fields = known(written, _RETRIER, where)
    jitter = fields.get("JitterStrategy", "NONE")
    if jitter not in ("NONE", "FULL"):
        raise Unsupported(f"{where}: the jitter strategy {jitter} is not supported")
    return Retrier(
        _errors(fields, where),
        interval=number(fields, "IntervalSeconds", 1, where),
        rate=number(fields, "BackoffRate", 2.0, where),
        attempts=int(number(fields, "MaxAttempts", 3, where)),
        longest=number(fields, "MaxDelaySeconds", math.inf, where),
        full_jitter=jitter == "FULL",
    )


def _catcher(written: Any, where: str) -> Catcher:
    fields = known(written, ("ErrorEquals", "ResultPath", "Next"), where)
    path = fields.get("ResultPath", "$")
    place = None if path is None else names(path, where)
    return Catcher(_errors(fields, where), str(fields.get("Next")), place)


def number(fields: Mapping[str, Any], name: str, otherwise: float, where: str) -> float:
    """Read a number that may be left out."""
    value = fields.get(name, otherwise)
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise Unsupported(f"{where}: {name} is {value!r}")
    return value


def names(path: Any, where: str) -> Steps:
    """Read a ResultPath."""
    way = steps(path, where)
    if any(isinstance(step, int) for step in way):
        raise Unsupported(f"{where}: the path {path!r} is not supported")
    return way


def _errors(fields: Mapping[str, Any], where: str) -> frozenset[str]:
    errors = frozenset(fields.get("ErrorEquals", ()))
    if not errors or (ALL in errors and len(errors) > 1):
        raise Unsupported(f"{where}: States.ALL stands alone, and some error has to")
    for error in errors - {ALL, "States.Timeout"}:
        if error.startswith("States."):
            raise Unsupported(f"{where}: the error {error} is not supported")
    return errors


def _all_comes_last(read: list[Any], where: str) -> None:
    if any(ALL in each.errors for each in read[:-1]):
        raise Unsupported(f"{where}: States.ALL comes last")
