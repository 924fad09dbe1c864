"""The states that do something which may fail, and the machine of all states: each is read once and then only run."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from tests.simulation.asl_execution import Entered, Execution, Outside
from tests.simulation.asl_retries import catchers, number, retriers
from tests.simulation.asl_states import (
    Choice,
    Fail,
    Pass,
    State,
    Succeed,
    Then,
    Visit,
    Wait,
    WithResult,
    sized,
)
from tests.simulation.paths import StateError, Unsupported, Value, known, template

_LAMBDA = re.compile(r"arn:[\w-]+:lambda:[\w-]+:\d{12}:function:[\w-]+")
_UPDATE_ITEM = re.compile(r"arn:[\w-]+:states:::dynamodb:updateItem")
_START_EXECUTION = re.compile(r"arn:[\w-]+:states:::states:startExecution")


class _Retried(WithResult):
    """A state that is tried again when it fails, and whose failure is caught."""

    fields: tuple[str, ...] = ("ResultSelector", "ResultPath", "Retry", "Catch")

    def __init__(self, written: Mapping[str, Any], where: str) -> None:
        super().__init__(written, where)
        self._retriers = retriers(written.get("Retry", []), where)
        self._catchers = catchers(written.get("Catch", []), where)
        self.targets += [catcher.next for catcher in self._catchers]
        self._selected: Value | None = None
        if "ResultSelector" in written:
            self._selected = template(written["ResultSelector"], f"{where}: ResultSelector")

    def run(self, visit: Visit) -> Then:
        retries = [0] * len(self._retriers)
        while True:
            try:
                return self._tried(visit), self.next
            except StateError as error:
                failure = error
            delay = self._delay(visit, failure, retries)
            if delay is None:
                return self._caught(visit, failure)
            visit.outside.sleep(delay)
            visit.context["State"]["RetryCount"] += 1

    def result(self, visit: Visit) -> Any:
        """Try it once."""
        raise NotImplementedError

    def _tried(self, visit: Visit) -> Any:
        result = self.result(visit)
        if self._selected:
            result = self._selected(result, visit.context)
        return self.placed(visit, result)

    def _delay(self, visit: Visit, failure: StateError, retries: list[int]) -> float | None:
        """Seconds until the next try; None where there is none: no retrier matches, or the first that does is done."""
        for place, retrier in enumerate(self._retriers):
            if retrier.matches(failure.error):
                delay = retrier.delay(retries[place])
                retries[place] += 1
                return visit.outside.jitter(delay) if delay is not None and retrier.full_jitter else delay
        return None

    def _caught(self, visit: Visit, failure: StateError) -> Then:
        for catcher in self._catchers:
            if catcher.matches(failure.error):
                return catcher.output(visit.input, failure), catcher.next
        raise failure


class _Task(_Retried):
    fields = ("Resource", "TimeoutSeconds", "Parameters", *_Retried.fields)

    def __init__(self, written: Mapping[str, Any], where: str) -> None:
        super().__init__(written, where)
        self._arn = str(written.get("Resource"))
        services = {_LAMBDA: self._arn, _UPDATE_ITEM: "dynamodb", _START_EXECUTION: "states"}
        called = [name for kind, name in services.items() if kind.fullmatch(self._arn)]
        if not called:
            raise Unsupported(f"{where}: the resource {self._arn} is not supported")
        [self.resource] = called
        self._timeout: float | None = None
        if "TimeoutSeconds" in written:
            self._timeout = number(written, "TimeoutSeconds", 0, where)
        self._parameters: Value = lambda given, _: given
        if "Parameters" in written:
            self._parameters = template(written["Parameters"], f"{where}: Parameters")

    def result(self, visit: Visit) -> Any:
        """Let the world do it; what it is given and what it answers are copies."""
        visit.execution.events += 3
        parameters = json.loads(sized(self._parameters(visit.input, visit.context), self.resource))
        answer = visit.outside.task(visit.execution, visit.state, self._arn, parameters, self._timeout)
        return json.loads(sized(answer, self.resource))


class _Parallel(_Retried):
    fields = ("Branches", *_Retried.fields)

    def __init__(self, written: Mapping[str, Any], where: str) -> None:
        super().__init__(written, where)
        branches = written.get("Branches", [])
        self._branches = [States(each, f"{where}: branch {number}") for number, each in enumerate(branches)]

    def result(self, visit: Visit) -> Any:
        """Run all branches."""
        visit.execution.events += 2
        run = Run(visit.outside, visit.execution, whole=False)
        return visit.outside.together(
            [partial(branch.run, run, branch.start, visit.input) for branch in self._branches]
        )


@dataclass(frozen=True)
class Run:
    """An execution's way through the machine, or through a branch."""

    outside: Outside
    execution: Execution
    whole: bool


class States:
    """A machine or a branch."""

    def __init__(self, written: Any, where: str) -> None:
        known(written, ("Comment", "StartAt", "States"), where)
        if not {"StartAt", "States"} <= written.keys():
            raise Unsupported(f"{where}: StartAt and States have to be")
        states = {name: _state(each, f"{where}: {name}") for name, each in written["States"].items()}
        self.start: str = written["StartAt"]
        _there_are(states, [self.start], where)
        for name, state in states.items():
            _there_are(states, state.targets, f"{where}: {name}")
        self._states = states

    def run(self, run: Run, name: str, value: Any) -> Any:
        """Run from a state to the end; returns the output of the last."""
        then: str | None = name
        while then is not None:
            state, given = then, value
            try:
                value, then = self._states[state].run(_entered(run, state, given))
                if value is not given:
                    sized(value, self._states[state].resource or state)
            except BaseException:
                if run.whole:
                    run.execution.failed_in, run.execution.failed_input = state, given
                raise
            run.execution.events += 1
        return value


def _there_are(states: Mapping[str, State], targets: list[str], where: str) -> None:
    for target in targets:
        if target not in states:
            raise Unsupported(f"{where}: there is no state {target}")


def _entered(run: Run, state: str, value: Any) -> Visit:
    execution, now = run.execution, run.outside.now()
    execution.entered.append(Entered(state, now, value))
    execution.events += 1
    context = {
        "Execution": {
            "Id": execution.arn,
            "Name": execution.name,
            "StartTime": _instant(execution.started_at or now),
            "Input": execution.input,
        },
        "State": {"Name": state, "EnteredTime": _instant(now), "RetryCount": 0},
    }
    return Visit(run.outside, execution, state, value, context)


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


_TYPES: dict[str, type[State]] = {
    "Task": _Task,
    "Pass": Pass,
    "Choice": Choice,
    "Wait": Wait,
    "Succeed": Succeed,
    "Fail": Fail,
    "Parallel": _Parallel,
}


def _state(written: Mapping[str, Any], where: str) -> State:
    kind = written.get("Type")
    if kind not in _TYPES:
        raise Unsupported(f"{where}: the type {kind} is not supported")
    return _TYPES[kind](written, where)
