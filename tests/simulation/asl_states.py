"""The states that do not fail by what others do: each is read once and then only run."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.simulation.asl_execution import Execution, Outside
from tests.simulation.asl_retries import names
from tests.simulation.paths import (
    StateError,
    Steps,
    Unsupported,
    Value,
    at,
    known,
    put,
    rule,
    template,
    written_as,
)

LARGEST = 262_144
"""Bytes of JSON that a state's output, and a task's input and result, may have."""


@dataclass(frozen=True)
class Visit:
    """A state that is being run."""

    outside: Outside
    execution: Execution
    state: str
    input: Any
    context: dict[str, Any]


Then = tuple[Any, str | None]
"""A state's output, and the next one; None where there is none."""


def sized(value: Any, whose: str) -> str:
    """Write a value as JSON, if that is not too long."""
    text = written_as(value)
    if len(text) > LARGEST // 4 and len(text.encode("utf-8", "surrogatepass")) > LARGEST:
        raise StateError(
            "States.DataLimitExceeded",
            f"The state/task '{whose}' returned a result with a size exceeding the maximum number of bytes "
            "service limit.",
        )
    return text


# --- states


class State:
    """What all states have."""

    fields: tuple[str, ...] = ()
    ends = True
    """Whether it says Next or End."""

    resource = ""
    """What an error calls it by, in place of its name."""

    def __init__(self, written: Mapping[str, Any], where: str) -> None:
        ending = ("Next", "End") if self.ends else ()
        known(written, ("Type", "Comment", *ending, *self.fields), where)
        if self.ends and ("Next" in written) == ("End" in written):
            raise Unsupported(f"{where}: either Next or End")
        if written.get("End", True) is not True:
            raise Unsupported(f"{where}: End is {written['End']!r}")
        self.next: str | None = written.get("Next")
        self.targets: list[str] = [self.next] if self.next is not None else []

    def run(self, visit: Visit) -> Then:
        """Run it: its output and the next state."""
        return visit.input, self.next


class Succeed(State):
    ends = False


class Fail(State):
    fields = ("ErrorPath", "CausePath")
    ends = False

    def __init__(self, written: Mapping[str, Any], where: str) -> None:
        super().__init__(written, where)
        self._error, self._cause = (
            at(written[name], f"{where}: {name}") if name in written else _nothing for name in self.fields
        )

    def run(self, visit: Visit) -> Then:
        error, cause = (make(visit.input, visit.context) for make in (self._error, self._cause))
        if not isinstance(error, str) or not isinstance(cause, str):
            raise StateError("States.Runtime", "ErrorPath and CausePath must select texts")
        raise StateError(error, cause)


def _nothing(_: Any, __: Any) -> str:
    return ""


class Choice(State):
    fields = ("Choices", "Default")
    ends = False

    def __init__(self, written: Mapping[str, Any], where: str) -> None:
        super().__init__(written, where)
        self._rules = [
            (
                rule({name: each for name, each in choice.items() if name != "Next"}, f"{where}: Choices"),
                str(choice.get("Next")),
            )
            for choice in written.get("Choices", [])
        ]
        self._default: str | None = written.get("Default")
        self.targets = [target for _, target in self._rules]
        self.targets += [self._default] if self._default is not None else []

    def run(self, visit: Visit) -> Then:
        target = next((target for matches, target in self._rules if matches(visit.input)), self._default)
        if target is None:
            raise StateError("States.NoChoiceMatched", f"No choice matched in {visit.state}")
        return visit.input, target


class Wait(State):
    fields = ("Seconds", "SecondsPath")

    def __init__(self, written: Mapping[str, Any], where: str) -> None:
        super().__init__(written, where)
        if ("Seconds" in written) == ("SecondsPath" in written):
            raise Unsupported(f"{where}: either Seconds or SecondsPath")
        seconds = written.get("Seconds")
        self._seconds: Value = (
            at(written["SecondsPath"], f"{where}: SecondsPath") if seconds is None else lambda *_: seconds
        )

    def run(self, visit: Visit) -> Then:
        seconds = self._seconds(visit.input, visit.context)
        if not isinstance(seconds, int) or isinstance(seconds, bool) or seconds < 0:
            raise StateError("States.Runtime", f"{seconds!r} is no number of seconds to wait")
        visit.outside.sleep(seconds)
        return visit.input, self.next


class WithResult(State):
    """A state with a result, which goes into its output."""

    def __init__(self, written: Mapping[str, Any], where: str) -> None:
        super().__init__(written, where)
        path = written.get("ResultPath", "$")
        self._place: Steps | None = None if path is None else names(path, f"{where}: ResultPath")

    def placed(self, visit: Visit, result: Any) -> Any:
        """The output with a result."""
        return visit.input if self._place is None else put(visit.input, self._place, result)


class Pass(WithResult):
    fields = ("Parameters", "Result", "ResultPath")

    def __init__(self, written: Mapping[str, Any], where: str) -> None:
        super().__init__(written, where)
        if "Parameters" in written and "Result" in written:
            raise Unsupported(f"{where}: Parameters and Result at once are not supported")
        self._result: Value = lambda given, _: written.get("Result", given)
        if "Parameters" in written:
            self._result = template(written["Parameters"], f"{where}: Parameters")

    def run(self, visit: Visit) -> Then:
        return self.placed(visit, self._result(visit.input, visit.context)), self.next
