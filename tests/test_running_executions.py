"""Executions of the attention machine last for seven days, on the definition that they were started with.

What such a definition passes to our functions, and understands of what they answer, stays as it stands here. Who has to
change it adds a form; the older one goes seven days after no stage has it any more.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from chalicelib.functions.look_for_answer import LookRequest
from statemachine.deploy import definition

STARTED = {"finding_id", "opening"}
"""The input of an execution: the hourly look starts one with it, too, whatever the definition is by then."""

PASSED: Mapping[str, Mapping[str, Any]] = {
    "LookForAnswer": {"finding_id": "", "opening": "", "execution": "", "since": ""},
    "ShowAnswer": {
        "attention": {"finding_id": "", "opening": "", "act": "show"},
        "execution": "",
        "retry_count": "",
    },
    "Remind": {
        "attention": {"finding_id": "", "opening": "", "act": "remind"},
        "execution": "",
        "retry_count": "",
    },
}
"""What each state passes, by its name; what differs from execution to execution is empty."""

UNDERSTOOD = {
    "handled": "Handled",
    "unanswered": "Unanswered",
    "show": "ShowAnswer",
    "remind": "Remind",
    "turn": "WaitForTurn",
}
"""The words of an answer's ``status``, and where each leads; every other waits for ``seconds``."""

ATTENTION: dict[str, Any] = json.loads(definition.text(definition.ATTENTION))["States"]
NOTIFIER: dict[str, Any] = json.loads(definition.text())["States"]


def passed(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """What a state passes, by the names without the path's mark."""
    return {
        name.removesuffix(".$"): passed(value)
        if isinstance(value, dict)
        else ("" if name.endswith(".$") else value)
        for name, value in parameters.items()
    }


def parts(form: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, object]]:
    """Everything that a form says, by its path."""
    for name, value in form.items():
        if isinstance(value, dict):
            yield from parts(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", value


@pytest.mark.parametrize("state", PASSED)
def test_a_state_passes_what_it_passed_when_running_executions_began(state: str) -> None:
    assert {*parts(PASSED[state])} <= {*parts(passed(ATTENTION[state]["Parameters"]))}


def test_a_look_needs_nothing_that_running_executions_do_not_pass() -> None:
    assert {*LookRequest.__required_keys__} <= {*PASSED["LookForAnswer"]}


def test_an_execution_is_started_with_no_less_than_before() -> None:
    assert {*passed(NOTIFIER["StartAttention"]["Parameters"]["Input"])} == STARTED


def test_what_our_functions_answer_leads_where_it_led() -> None:
    choice = ATTENTION["Answered?"]
    ways = {each["StringEquals"]: each["Next"] for each in choice["Choices"]}
    assert ways == UNDERSTOOD
    assert choice["Default"] == "AwaitAnswer"


@pytest.mark.parametrize("state", ["AwaitAnswer", "WaitForTurn"])
def test_a_wait_reads_its_seconds_where_our_functions_answer_them(state: str) -> None:
    assert ATTENTION[state]["SecondsPath"] == "$.answer.seconds"
