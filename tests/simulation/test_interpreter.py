"""Each rule of Step Functions that the interpreter follows, on machines of a state or two."""

import copy
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.simulation.interpreter import (
    LARGEST,
    Execution,
    Interpreter,
    StateError,
    Unsupported,
)

START = datetime(2026, 11, 20, 10, tzinfo=UTC)
FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:some"
UPDATE_ITEM = "arn:aws:states:::dynamodb:updateItem"

Answer = Any
"""What a task answers: a value, an error to raise, or a function of its parameters."""


class World:
    """An outside whose tasks answer what they are made to, and which notes what it is asked."""

    def __init__(self, *answers: Answer, jitter: float = 1.0) -> None:
        self.time = START
        self.slept: list[float] = []
        self.jittered: list[float] = []
        self.tasks: list[tuple[str, Any]] = []
        self.timeouts: list[float | None] = []
        self._answers = list(answers)
        self._jitter = jitter

    def now(self) -> datetime:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += timedelta(seconds=seconds)

    def jitter(self, delay: float) -> float:
        self.jittered.append(delay)
        return delay * self._jitter

    def task(
        self, execution: Execution, state: str, resource: str, parameters: Any, timeout: float | None
    ) -> Any:
        self.tasks.append((state, parameters))
        self.timeouts.append(timeout)
        answer = self._answers.pop(0)
        if isinstance(answer, BaseException):
            raise answer
        return answer(parameters) if callable(answer) else answer

    def together(self, runs: Sequence[Callable[[], Any]]) -> list[Any]:
        return [run() for run in runs]


def machine(**states: Mapping[str, Any]) -> dict[str, Any]:
    return {"StartAt": next(iter(states)), "States": states}


def run(definition: Mapping[str, Any], given: Any, world: World | None = None) -> Execution:
    execution = Execution("arn:aws:states:eu-west-1:123456789012:execution:m:one", "one", given)
    Interpreter(definition, world or World()).run(execution)
    return execution


def task(**fields: Any) -> dict[str, Any]:
    end = {} if "Next" in fields else {"End": True}
    return {"Type": "Task", "Resource": FUNCTION, **end, **fields}


def passing(**fields: Any) -> dict[str, Any]:
    end = {} if "Next" in fields else {"End": True}
    return {"Type": "Pass", **end, **fields}


def states(execution: Execution) -> list[str]:
    return [entered.state for entered in execution.entered]


def ended(execution: Execution) -> tuple[str, str]:
    return execution.status, execution.error


# --- retries ---

A, B = StateError("A", "why"), StateError("B")
ALL = {"ErrorEquals": ["States.ALL"]}

# name → (retriers, the task's answers, the delays, how it ends)
RETRIES: dict[str, tuple[list[dict[str, Any]], list[Answer], list[float], tuple[str, str]]] = {
    "three-times-by-default": ([ALL], [A, A, A, 1], [1, 2, 4], ("SUCCEEDED", "")),
    "and-no-more": ([ALL], [A, A, A, A], [1, 2, 4], ("FAILED", "A")),
    "never": ([ALL | {"MaxAttempts": 0}], [A], [], ("FAILED", "A")),
    "no-retrier-for-it": ([{"ErrorEquals": ["B"]}], [A], [], ("FAILED", "A")),
    "the-first-that-matches": (
        [{"ErrorEquals": ["A"], "IntervalSeconds": 7}, ALL],
        [A, B, 1],
        [7, 1],
        ("SUCCEEDED", ""),
    ),
    "a-counter-each": (
        [{"ErrorEquals": ["A"], "MaxAttempts": 2}, {"ErrorEquals": ["B"], "IntervalSeconds": 5}],
        [A, B, A, B, 1],
        [1, 5, 2, 10],
        ("SUCCEEDED", ""),
    ),
    "used-up-no-later-one-is-asked": (
        [{"ErrorEquals": ["A"], "MaxAttempts": 1}, ALL],
        [A, B, A],
        [1, 1],
        ("FAILED", "A"),
    ),
    "zero-keeps-it-from-all": (
        [{"ErrorEquals": ["A"], "MaxAttempts": 0}, ALL],
        [B, A],
        [1],
        ("FAILED", "A"),
    ),
    "backoff-with-a-cap": (
        [ALL | {"IntervalSeconds": 2, "BackoffRate": 3, "MaxAttempts": 5, "MaxDelaySeconds": 20}],
        [A, A, A, A, A, 1],
        [2, 6, 18, 20, 20],
        ("SUCCEEDED", ""),
    ),
    "a-cap-below-the-interval": (
        [ALL | {"IntervalSeconds": 9, "MaxDelaySeconds": 4}],
        [A, A, 1],
        [4, 4],
        ("SUCCEEDED", ""),
    ),
    "no-backoff": ([ALL | {"BackoffRate": 1.0}], [A, A, 1], [1, 1], ("SUCCEEDED", "")),
    "all-is-not-for-runtime": ([ALL], [StateError("States.Runtime")], [], ("FAILED", "States.Runtime")),
    "all-is-not-for-sizes": (
        [ALL],
        [StateError("States.DataLimitExceeded")],
        [],
        ("FAILED", "States.DataLimitExceeded"),
    ),
    "timeouts-by-name": (
        [{"ErrorEquals": ["States.Timeout"]}],
        [StateError("States.Timeout"), 1],
        [1],
        ("SUCCEEDED", ""),
    ),
}


@pytest.mark.parametrize("name", RETRIES)
def test_retriers(name: str) -> None:
    retry, answers, delays, end = RETRIES[name]
    world = World(*answers)
    execution = run(machine(Try=task(Retry=retry)), {}, world)
    assert (world.slept, ended(execution), len(world.tasks)) == (delays, end, len(answers))
    assert world.jittered == []


def test_full_jitter_is_asked_of_the_outside() -> None:
    world = World(A, A, 1, jitter=0.5)
    run(machine(Try=task(Retry=[ALL | {"JitterStrategy": "FULL"}])), {}, world)
    assert (world.jittered, world.slept) == ([1, 2], [0.5, 1])


def test_counters_begin_anew_when_the_state_is_entered_again() -> None:
    world = World(A, A, A, {"go": "on"}, A, A, A, {"go": "out"})
    again = {
        "Type": "Choice",
        "Choices": [{"Variable": "$.go", "StringEquals": "on", "Next": "Try"}],
        "Default": "Out",
    }
    definition = machine(Try=task(Retry=[ALL], Next="Again?"), **{"Again?": again}, Out={"Type": "Succeed"})
    execution = run(definition, {}, world)
    assert world.slept == [1, 2, 4, 1, 2, 4]
    assert states(execution) == ["Try", "Again?", "Try", "Again?", "Out"]


def test_each_try_has_its_parameters_and_the_time_of_entry() -> None:
    parameters = {"count.$": "$$.State.RetryCount", "at.$": "$$.State.EnteredTime", "x.$": "$.x"}
    world = World(A, B, 1)
    retry = [{"ErrorEquals": ["A"]}, {"ErrorEquals": ["B"]}]
    run(machine(Try=task(Parameters=parameters, Retry=retry)), {"x": 5}, world)
    at = "2026-11-20T10:00:00.000Z"
    assert [given for _, given in world.tasks] == [{"count": n, "at": at, "x": 5} for n in (0, 1, 2)]


# --- catch ---


@pytest.mark.parametrize(
    ("error", "end", "output"),
    [
        pytest.param(
            "A",
            ("SUCCEEDED", ""),
            {"x": 1, "failed": {"Error": "A", "Cause": "because"}},
            id="at-its-path",
        ),
        pytest.param("B", ("SUCCEEDED", ""), {"Error": "B", "Cause": "because"}, id="without-a-path"),
        pytest.param("C", ("SUCCEEDED", ""), {"x": 1}, id="null"),
        pytest.param("States.Timeout", ("SUCCEEDED", ""), {"x": 1, "z": 1}, id="all"),
        pytest.param("States.Runtime", ("FAILED", "States.Runtime"), None, id="not-runtime"),
        pytest.param(
            "States.DataLimitExceeded", ("FAILED", "States.DataLimitExceeded"), None, id="not-sizes"
        ),
    ],
)
def test_catchers(error: str, end: tuple[str, str], output: Any) -> None:
    catch = [
        {"ErrorEquals": ["A"], "ResultPath": "$.failed", "Next": "Out"},
        {"ErrorEquals": ["B"], "Next": "Out"},
        {"ErrorEquals": ["C"], "ResultPath": None, "Next": "Out"},
        {"ErrorEquals": ["States.ALL"], "ResultPath": None, "Next": "Other"},
    ]
    definition = machine(
        Try=task(Catch=catch), Out={"Type": "Succeed"}, Other=passing(Result=1, ResultPath="$.z")
    )
    execution = run(definition, {"x": 1}, World(StateError(error, "because")))
    assert (ended(execution), execution.output) == (end, output)


def test_what_a_retrier_gave_up_is_caught() -> None:
    catch = [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.e", "Next": "Out"}]
    execution = run(
        machine(Try=task(Retry=[ALL], Catch=catch), Out={"Type": "Succeed"}), {}, World(A, A, A, A)
    )
    assert execution.output == {"e": {"Error": "A", "Cause": "why"}}
    assert states(execution) == ["Try", "Out"]


# --- paths, templates, results ---

INPUT = {"a": {"b": [1, {"c": "d"}], "n": None}, "text": "t", "yes": True, "one": 1}

# template → what becomes of it
TEMPLATES: dict[str, tuple[dict[str, Any], Any]] = {
    "values": ({"x": 1, "y": None, "z": ["a", {"b": True}]}, {"x": 1, "y": None, "z": ["a", {"b": True}]}),
    "whole": ({"x.$": "$"}, {"x": INPUT}),
    "inside": (
        {"x.$": "$.a.b[1].c", "y": {"z.$": "$.a.n"}, "l": [{"m.$": "$.one"}]},
        {"x": "d", "y": {"z": None}, "l": [{"m": 1}]},
    ),
    "context": (
        {
            "id.$": "$$.Execution.Id",
            "name.$": "$$.Execution.Name",
            "start.$": "$$.Execution.StartTime",
            "text.$": "$$.Execution.Input.text",
            "state.$": "$$.State.Name",
            "count.$": "$$.State.RetryCount",
        },
        {
            "id": "arn:aws:states:eu-west-1:123456789012:execution:m:one",
            "name": "one",
            "start": "2026-11-20T10:00:00.000Z",
            "text": "t",
            "state": "Make",
            "count": 0,
        },
    ),
    "format": (
        {"x.$": "States.Format('{} {}, {} {}', $.text, $.one, $.yes, $.a.n)"},
        {"x": "t 1, true null"},
    ),
    "format-escaped": ({"x.$": r"States.Format('\{\} {} it\'s \\', $.text)"}, {"x": "{} t it's \\"}),
    "format-of-context": ({"x.$": "States.Format('{}', $$.State.Name)"}, {"x": "Make"}),
    "format-of-nothing": ({"x.$": "States.Format('still')"}, {"x": "still"}),
}


@pytest.mark.parametrize("name", TEMPLATES)
def test_templates(name: str) -> None:
    written, made = TEMPLATES[name]
    assert run(machine(Make=passing(Parameters=written)), INPUT).output == made


RESULTS: dict[str, tuple[dict[str, Any], Any]] = {
    "replaces": ({}, {"r": 2}),
    "root": ({"ResultPath": "$"}, {"r": 2}),
    "dropped": ({"ResultPath": None}, {"a": {"b": 1}}),
    "added": ({"ResultPath": "$.c"}, {"a": {"b": 1}, "c": {"r": 2}}),
    "replaced-inside": ({"ResultPath": "$.a.b"}, {"a": {"b": {"r": 2}}}),
    "made-inside": ({"ResultPath": "$.x.y"}, {"a": {"b": 1}, "x": {"y": {"r": 2}}}),
    "selected": (
        {"ResultSelector": {"s.$": "$.r", "of.$": "$$.State.Name"}, "ResultPath": "$.a"},
        {"a": {"s": 2, "of": "Try"}},
    ),
}


@pytest.mark.parametrize("name", RESULTS)
def test_results(name: str) -> None:
    fields, output = RESULTS[name]
    assert run(machine(Try=task(**fields)), {"a": {"b": 1}}, World({"r": 2})).output == output


def test_a_result_has_no_place_inside_a_text() -> None:
    catch = [ALL | {"ResultPath": None, "Next": "Out"}]
    definition = machine(Try=task(ResultPath="$.a.b"), Out={"Type": "Succeed"})
    assert ended(run(definition, {"a": "text"}, World(1))) == ("FAILED", "States.ResultPathMatchFailure")
    definition["States"]["Try"]["Catch"] = catch
    assert ended(run(definition, {"a": "text"}, World(1))) == ("SUCCEEDED", "")


MISSING: dict[str, tuple[dict[str, Any], Any]] = {
    "parameters": (task(Parameters={"x.$": "$.gone"}, Retry=[ALL]), {}),
    "context": (task(Parameters={"x.$": "$$.Execution.Input.gone"}, Retry=[ALL]), {}),
    "intrinsic": (task(Parameters={"x.$": "States.Format('{}', $.gone)"}, Retry=[ALL]), {}),
    "result-selector": (task(ResultSelector={"x.$": "$.gone"}, Retry=[ALL]), {}),
    "through-null": (task(Parameters={"x.$": "$.a.b"}, Retry=[ALL]), {"a": None}),
    "through-text": (task(Parameters={"x.$": "$.a[0]"}, Retry=[ALL]), {"a": "text"}),
    "behind-a-list": (task(Parameters={"x.$": "$.a[1]"}, Retry=[ALL]), {"a": [1]}),
    "seconds": ({"Type": "Wait", "SecondsPath": "$.gone", "End": True}, {}),
    "seconds-negative": ({"Type": "Wait", "SecondsPath": "$.s", "End": True}, {"s": -1}),
    "seconds-text": ({"Type": "Wait", "SecondsPath": "$.s", "End": True}, {"s": "1"}),
    "seconds-boolean": ({"Type": "Wait", "SecondsPath": "$.s", "End": True}, {"s": True}),
    "error": ({"Type": "Fail", "ErrorPath": "$.gone"}, {}),
    "error-a-number": ({"Type": "Fail", "ErrorPath": "$.e"}, {"e": 1}),
    "variable": (
        {"Type": "Choice", "Choices": [{"Variable": "$.gone", "StringEquals": "", "Next": "Out"}]},
        {},
    ),
    "other-variable": (
        {"Type": "Choice", "Choices": [{"Variable": "$.a", "StringEqualsPath": "$.b", "Next": "Out"}]},
        {"a": ""},
    ),
}


@pytest.mark.parametrize("name", MISSING)
def test_what_is_missing_is_an_error_that_nothing_catches(name: str) -> None:
    state, given = MISSING[name]
    if state["Type"] == "Task":
        state = state | {"Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Out"}]}
    world = World({})
    execution = run(machine(Here=state, Out={"Type": "Succeed"}), given, world)
    assert ended(execution) == ("FAILED", "States.Runtime")
    assert (states(execution), world.slept) == (["Here"], [])


def test_format_takes_no_objects() -> None:
    execution = run(machine(Make=passing(Parameters={"x.$": "States.Format('{}', $.a)"})), INPUT)
    assert ended(execution) == ("FAILED", "States.IntrinsicFailure")


def test_nothing_alters_what_an_earlier_state_was_given() -> None:
    def meddle(parameters: Any) -> Any:
        parameters["a"]["b"] = parameters["new"] = "meddled"
        return parameters

    given = {"a": {"b": 1}}
    definition = machine(
        First=passing(Result={"r": [1]}, ResultPath="$.a.c", Next="Try"),
        Try=task(ResultPath="$.a.b", Next="Last"),
        Last=passing(Parameters={"x.$": "$.a"}),
    )
    before = copy.deepcopy((given, definition))
    execution = run(definition, given, World(meddle))
    assert (given, definition) == before
    first, second, third = (entered.input for entered in execution.entered)
    assert first == {"a": {"b": 1}}
    assert second == {"a": {"b": 1, "c": {"r": [1]}}}
    assert third["a"]["b"]["new"] == "meddled"


def test_what_the_world_does_with_its_answer_later_is_its_own_affair() -> None:
    answer = {"kept": [1]}
    execution = run(machine(Try=task()), {}, World(answer))
    answer["kept"].append(2)
    assert execution.output == {"kept": [1]}


# --- choices ---


def variable(path: str, **operator: Any) -> dict[str, Any]:
    return {"Variable": path, **operator}


YES, NO = variable("$.t", BooleanEquals=True), variable("$.t", BooleanEquals=False)
GONE = variable("$.gone", StringEquals="")

# rule, and whether it matches {"t": true, "s": "x", "same": "x", "n": 5, "null": null}
RULES: dict[str, tuple[dict[str, Any], bool]] = {
    "boolean": (YES, True),
    "boolean-other": (NO, False),
    "boolean-of-a-text": (variable("$.s", BooleanEquals=True), False),
    "text": (variable("$.s", StringEquals="x"), True),
    "text-other": (variable("$.s", StringEquals="X"), False),
    "text-of-a-number": (variable("$.n", StringEquals="5"), False),
    "two-texts": (variable("$.s", StringEqualsPath="$.same"), True),
    "text-and-number": (variable("$.s", StringEqualsPath="$.n"), False),
    "two-numbers-are-no-texts": (variable("$.n", StringEqualsPath="$.n"), False),
    "less": (variable("$.n", NumericLessThan=5.5), True),
    "not-less": (variable("$.n", NumericLessThan=5), False),
    "at-least": (variable("$.n", NumericGreaterThanEquals=5), True),
    "not-at-least": (variable("$.n", NumericGreaterThanEquals=6), False),
    "number-of-a-boolean": (variable("$.t", NumericLessThan=5), False),
    "present": (variable("$.n", IsPresent=True), True),
    "present-though-null": (variable("$.null", IsPresent=True), True),
    "absent": (variable("$.gone", IsPresent=True), False),
    "absent-as-asked": (variable("$.gone", IsPresent=False), True),
    "absent-below-null": (variable("$.null.x", IsPresent=True), False),
    "and": ({"And": [YES, YES]}, True),
    "and-one-not": ({"And": [YES, NO]}, False),
    "and-looks-no-further": ({"And": [NO, GONE]}, False),
    "or": ({"Or": [NO, YES]}, True),
    "or-none": ({"Or": [NO, NO]}, False),
    "or-looks-no-further": ({"Or": [YES, GONE]}, True),
    "not": ({"Not": NO}, True),
    "nested": ({"Not": {"And": [YES, {"Or": [NO, YES]}]}}, False),
}


@pytest.mark.parametrize("name", RULES)
def test_rules(name: str) -> None:
    rule, matches = RULES[name]
    choice = {"Type": "Choice", "Choices": [rule | {"Next": "Yes"}], "Default": "No"}
    definition = machine(Choose=choice, Yes={"Type": "Succeed"}, No={"Type": "Succeed"})
    execution = run(definition, {"t": True, "s": "x", "same": "x", "n": 5, "null": None})
    assert states(execution) == ["Choose", "Yes" if matches else "No"]


def test_the_first_rule_that_matches_and_none() -> None:
    choices = [variable("$.n", NumericLessThan=limit, Next=f"To{limit}") for limit in (1, 2, 3)]
    definition = machine(
        Choose={"Type": "Choice", "Choices": choices}, **{f"To{n}": {"Type": "Succeed"} for n in (1, 2, 3)}
    )
    assert states(run(definition, {"n": 1})) == ["Choose", "To2"]
    assert ended(run(definition, {"n": 3})) == ("FAILED", "States.NoChoiceMatched")


# --- other states ---


def test_waits() -> None:
    world = World()
    definition = machine(
        Some={"Type": "Wait", "Seconds": 7, "Next": "More"},
        More={"Type": "Wait", "SecondsPath": "$.s", "End": True},
    )
    execution = run(definition, {"s": 30}, world)
    assert (world.slept, execution.output) == ([7, 30], {"s": 30})
    assert [entered.at - START for entered in execution.entered] == [timedelta(), timedelta(seconds=7)]
    assert (execution.started_at, execution.ended_at) == (START, START + timedelta(seconds=37))


def test_fail_says_what_it_is_given() -> None:
    execution = run(
        machine(No={"Type": "Fail", "ErrorPath": "$.e", "CausePath": "$.c"}), {"e": "E", "c": "C"}
    )
    assert (execution.status, execution.error, execution.cause) == ("FAILED", "E", "C")
    assert (execution.failed_in, execution.failed_input) == ("No", {"e": "E", "c": "C"})


def test_a_task_hears_its_time_limit() -> None:
    world = World(1)
    run(machine(Try=task(TimeoutSeconds=25, Resource=UPDATE_ITEM)), {}, world)
    assert world.timeouts == [25]


def branches(*each: dict[str, Any], **fields: Any) -> dict[str, Any]:
    end = {} if "Next" in fields else {"End": True}
    return {"Type": "Parallel", "Branches": list(each), **end, **fields}


class TestParallel:
    def test_its_result_is_a_list(self) -> None:
        both = branches(
            machine(One=passing(Next="Two"), Two=passing(Result=2)),
            machine(Three=task()),
            ResultSelector={"two.$": "$[0]", "three.$": "$[1]"},
            ResultPath="$.r",
        )
        execution = run(machine(Both=both), {"x": 1}, World(3))
        assert execution.output == {"x": 1, "r": {"two": 2, "three": 3}}
        assert states(execution) == ["Both", "One", "Two", "Three"]
        assert [entered.input for entered in execution.entered] == [{"x": 1}] * 4

    def test_fails_with_its_branch(self) -> None:
        execution = run(machine(Both=branches(machine(In=task()))), {"x": 1}, World(A))
        assert (execution.status, execution.error, execution.cause) == ("FAILED", "A", "why")
        assert (execution.failed_in, execution.failed_input) == ("Both", {"x": 1})

    def test_is_tried_again_as_a_whole_and_caught(self) -> None:
        catch = [{"ErrorEquals": ["A"], "ResultPath": "$.e", "Next": "Out"}]
        both = branches(machine(In=task()), Retry=[{"ErrorEquals": ["A"], "MaxAttempts": 1}], Catch=catch)
        world = World(A, A)
        execution = run(machine(Both=both, Out={"Type": "Succeed"}), {}, world)
        assert (execution.output, world.slept) == ({"e": {"Error": "A", "Cause": "why"}}, [1])
        assert states(execution) == ["Both", "In", "In", "Out"]
        assert (execution.failed_in, execution.failed_input) == ("", None)


# --- sizes ---


def text_of(size: int, character: str = "x") -> str:
    """A text whose JSON has so many bytes."""
    return character * ((size - 2) // len(character.encode()))


@pytest.mark.parametrize(
    ("state", "given", "answer"),
    [
        pytest.param(task(), "", text_of(LARGEST), id="result"),
        pytest.param(task(), "", text_of(LARGEST, "ü"), id="result-of-two-bytes-each"),
        pytest.param(task(ResultPath=None), "", text_of(LARGEST), id="result-that-is-dropped"),
        pytest.param(passing(Parameters={"x.$": "$"}), text_of(LARGEST - 6), None, id="output"),
        pytest.param(
            task(Parameters={"x.$": "$"}, ResultPath=None), text_of(LARGEST - 6), 1, id="parameters"
        ),
        pytest.param(task(ResultPath="$.r"), {"x": text_of(LARGEST - 12)}, 1, id="both-together"),
    ],
)
def test_what_is_too_long_fails(state: dict[str, Any], given: Any, answer: Any) -> None:
    longer = json.loads(json.dumps([given, answer], ensure_ascii=False).replace("xx", "xxx", 1)
                        .replace("üü", "üüü", 1))  # fmt: skip
    whole = machine(Here=state)
    assert ended(run(whole, given, World(answer)))[0] == "SUCCEEDED"
    failed = run(whole, longer[0], World(longer[1]))
    assert ended(failed) == ("FAILED", "States.DataLimitExceeded")
    assert f"'{state.get('Resource', 'Here')}'" in failed.cause


# --- redrive ---


class TestRedrive:
    def test_goes_on_where_it_failed(self) -> None:
        def answer(_: Any) -> Any:
            assert (execution.status, execution.ended_at) == ("RUNNING", None)
            return {"b": 2}

        world = World({"a": 1}, A, A, A, A, A, A, A, answer)
        definition = machine(
            First=task(ResultPath="$.first", Next="Second"), Second=task(ResultPath="$.second", Retry=[ALL])
        )
        interpreter = Interpreter(definition, world)
        execution = Execution("arn", "one", {"x": 1})
        interpreter.run(execution)
        assert (execution.status, execution.failed_in) == ("FAILED", "Second")
        assert execution.failed_input == {"x": 1, "first": {"a": 1}}
        interpreter.redrive(execution)
        assert (execution.status, execution.error, execution.cause) == ("SUCCEEDED", "", "")
        assert execution.output == {"x": 1, "first": {"a": 1}, "second": {"b": 2}}
        assert states(execution) == ["First", "Second", "Second"]
        assert world.slept == [1, 2, 4] * 2, "the retriers begin anew"
        assert (execution.started_at, execution.ended_at) == (START, world.time)
        assert (execution.failed_in, execution.failed_input) == ("", None)

    def test_not_of_what_succeeded(self) -> None:
        interpreter = Interpreter(machine(Only=passing()), World())
        execution = Execution("arn", "one", {})
        interpreter.run(execution)
        with pytest.raises(ValueError, match="SUCCEEDED"):
            interpreter.redrive(execution)

    def test_of_what_was_killed(self) -> None:
        """Who kills it says that it is aborted."""
        interpreter = Interpreter(machine(First=passing(Next="Try"), Try=task()), World(_Killed(), 5))
        execution = Execution("arn", "one", {})
        with pytest.raises(_Killed):
            interpreter.run(execution)
        assert (execution.status, execution.failed_in, execution.ended_at) == ("RUNNING", "Try", None)
        execution.status = "ABORTED"
        interpreter.redrive(execution)
        assert (execution.status, execution.output) == ("SUCCEEDED", 5)


class _Killed(BaseException):
    pass


def test_what_is_no_state_error_passes_through() -> None:
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "Out"}]
    definition = machine(
        Both=branches(machine(Try=task(Retry=[ALL])), Retry=[ALL], Catch=catch), Out={"Type": "Succeed"}
    )
    with pytest.raises(KeyError):
        run(definition, {}, World(KeyError("a defect of the world")))


# --- what is refused ---


def choice(rule: Any) -> dict[str, Any]:
    return {"Type": "Choice", "Choices": [rule]}


def parameters(**fields: Any) -> dict[str, Any]:
    return passing(Parameters=fields)


# name → (a state, a word of the refusal)
REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "type": ({"Type": "Map", "End": True}, "Map"),
    "no-type": ({"End": True}, "None"),
    "input-path": (task(InputPath="$.x"), "InputPath"),
    "output-path": (task(OutputPath="$.x"), "OutputPath"),
    "heartbeat": (task(HeartbeatSeconds=1), "HeartbeatSeconds"),
    "query-language": (passing(QueryLanguage="JSONata"), "QueryLanguage"),
    "assign": (passing(Assign={"x": 1}), "Assign"),
    "arguments": (task(Arguments={}), "Arguments"),
    "fixed-error": ({"Type": "Fail", "Error": "E"}, "Error"),
    "timestamp": ({"Type": "Wait", "Timestamp": "x", "End": True}, "Timestamp"),
    "no-wait": ({"Type": "Wait", "End": True}, "SecondsPath"),
    "result-of-choice": ({"Type": "Choice", "Choices": [], "End": True}, "End"),
    "parameters-of-parallel": (branches(machine(In=passing()), Parameters={}), "Parameters"),
    "in-a-branch": (branches(machine(In={"Type": "Map"})), "Map"),
    "no-next": ({"Type": "Pass"}, "Next"),
    "next-and-end": (passing(Next="Here", End=True), "Next"),
    "end-false": (passing(End=False), "End"),
    "next-unknown": (passing(Next="Nowhere"), "Nowhere"),
    "default-unknown": (choice(variable("$", IsPresent=True, Next="Here")) | {"Default": "Nowhere"}, "Nowhere"),
    "choice-unknown": (choice(variable("$", IsPresent=True, Next="Nowhere")), "Nowhere"),
    "catch-unknown": (task(Catch=[ALL | {"Next": "Nowhere"}]), "Nowhere"),
    "resource": (task(Resource="arn:aws:states:::sqs:sendMessage"), "sqs"),
    "get-item": (task(Resource="arn:aws:states:::dynamodb:getItem"), "getItem"),
    "lambda-invoke": (task(Resource="arn:aws:states:::lambda:invoke"), "lambda:invoke"),
    "operator": (choice(variable("$.x", StringMatches="*", Next="Here")), "StringMatches"),
    "two-operators": (choice(variable("$.x", IsPresent=True, StringEquals="", Next="Here")), "StringEquals"),
    "no-operator": (choice(variable("$.x", Next="Here")), "Variable"),
    "operand": (choice(variable("$.x", BooleanEquals="true", Next="Here")), "'true'"),
    "context-in-a-rule": (choice(variable("$$.State.Name", StringEquals="", Next="Here")), "context"),
    "nothing-to-combine": (choice({"And": [], "Next": "Here"}), "And"),
    "next-inside": (choice({"Not": variable("$", IsPresent=True, Next="Here"), "Next": "Here"}), "Next"),
    "intrinsic": (parameters(**{"x.$": "States.UUID()"}), "States.UUID"),
    "nested-intrinsic": (parameters(**{"x.$": "States.Format('{}', States.UUID())"}), "States.UUID"),
    "format-of-a-path": (parameters(**{"x.$": "States.Format($.x)"}), "Format"),
    "format-one-too-few": (parameters(**{"x.$": "States.Format('{} {}', $.x)"}), "number"),
    "format-a-lone-brace": (parameters(**{"x.$": "States.Format('{')"}), "'{'"),
    "wildcard": (parameters(**{"x.$": "$.x[*]"}), "[*]"),
    "filter": (parameters(**{"x.$": "$.x[?(@.y)]"}), "@"),
    "descent": (parameters(**{"x.$": "$..x"}), "$..x"),
    "slice": (parameters(**{"x.$": "$.x[1:]"}), "[1:]"),
    "negative": (parameters(**{"x.$": "$.x[-1]"}), "[-1]"),
    "quoted": (parameters(**{"x.$": "$['x']"}), "$['x']"),
    "variable": (parameters(**{"x.$": "$x"}), "$x"),
    "no-path": (parameters(**{"x.$": "x"}), "'x'"),
    "no-text": (parameters(**{"x.$": 1}), "1"),
    "task-token": (parameters(**{"x.$": "$$.Task.Token"}), "Task.Token"),
    "whole-context": (parameters(**{"x.$": "$$"}), "$$"),
    "twice": (parameters(**{"x.$": "$", "x": 1}), "twice"),
    "parameters-a-text": (passing(Parameters="x"), "'x'"),
    "parameters-and-result": (passing(Parameters={}, Result=1), "Result"),
    "result-path-with-an-index": (passing(ResultPath="$.x[0]"), "[0]"),
    "result-path-into-the-context": (passing(ResultPath="$$.State"), "State"),
    "retrier-field": (task(Retry=[ALL | {"Comment": "x"}]), "Comment"),
    "attempts": (task(Retry=[ALL | {"MaxAttempts": "3"}]), "MaxAttempts"),
    "timeout": (task(TimeoutSeconds="$.x"), "TimeoutSeconds"),
    "jitter": (task(Retry=[ALL | {"JitterStrategy": "EQUAL"}]), "EQUAL"),
    "no-errors": (task(Retry=[{"ErrorEquals": []}]), "error"),
    "all-with-others": (task(Retry=[{"ErrorEquals": ["States.ALL", "A"]}]), "States.ALL"),
    "all-not-last": (task(Retry=[ALL, {"ErrorEquals": ["A"]}]), "last"),
    "task-failed": (task(Retry=[{"ErrorEquals": ["States.TaskFailed"]}]), "States.TaskFailed"),
    "catcher-field": (task(Catch=[ALL | {"Next": "Here", "Output": 1}]), "Output"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_it_does_not_know_is_refused_by_name(name: str) -> None:
    state, word = REFUSED[name]
    with pytest.raises(Unsupported) as refused:
        Interpreter(machine(Here=state), World())
    assert "Here" in str(refused.value)
    assert word in str(refused.value)


def whole_machines() -> Iterator[Any]:
    good = machine(Here=passing())
    for field in ("QueryLanguage", "TimeoutSeconds", "Version"):
        yield pytest.param(good | {field: "x"}, field, id=field)
    yield pytest.param({"States": {}}, "StartAt", id="no-start")
    yield pytest.param(good | {"StartAt": "Nowhere"}, "Nowhere", id="StartAt")


@pytest.mark.parametrize(("definition", "word"), list(whole_machines()))
def test_what_it_does_not_know_of_a_machine_is_refused(definition: dict[str, Any], word: str) -> None:
    with pytest.raises(Unsupported, match=word):
        Interpreter(definition, World())
