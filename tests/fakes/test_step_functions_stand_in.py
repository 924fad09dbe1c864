"""The stand-in of Step Functions, judged by boto3, which parses what it says."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.fakes.step_functions_stand_in import StepFunctionsStandIn
from tests.local.test_guardduty_stand_in import client, refused

MACHINE = "arn:aws:states:eu-west-1:111122223333:stateMachine:guardduty-notifier-dev"


@pytest.fixture
def executions() -> Iterator[StepFunctionsStandIn]:
    with StepFunctionsStandIn(MACHINE) as stand_in:
        yield stand_in


def start(stand_in: StepFunctionsStandIn, name: str, text: str = "{}") -> str:
    started = client("stepfunctions", stand_in.url).start_execution(
        stateMachineArn=MACHINE, name=name, input=text
    )
    return str(started["executionArn"])


def test_an_execution_is_started_and_described(executions: StepFunctionsStandIn) -> None:
    arn = start(executions, "one", '{"a": 1}')
    found = client("stepfunctions", executions.url).describe_execution(executionArn=arn)
    assert (found["status"], found["name"], found["input"]) == ("RUNNING", "one", '{"a": 1}')
    assert arn == "arn:aws:states:eu-west-1:111122223333:execution:guardduty-notifier-dev:one"


def test_a_running_name_is_the_same_only_with_the_same_input(executions: StepFunctionsStandIn) -> None:
    assert start(executions, "one") == start(executions, "one")
    call = client("stepfunctions", executions.url).start_execution
    again = {"stateMachineArn": MACHINE, "name": "one"}
    assert refused(call, **again, input="[]") == "ExecutionAlreadyExists"
    executions.end("one", "SUCCEEDED")
    assert refused(call, **again, input="{}") == "ExecutionAlreadyExists"
    assert len(executions.executions) == 1


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        pytest.param({"name": "a b"}, "InvalidName", id="space"),
        pytest.param({"name": "a:b"}, "InvalidName", id="colon"),
        pytest.param({"name": "x" * 81}, "InvalidName", id="long"),
        pytest.param({"input": "x" * 262_145}, "InvalidExecutionInput", id="large"),
        pytest.param({"stateMachineArn": MACHINE + "2"}, "StateMachineDoesNotExist", id="machine"),
    ],
)
def test_what_can_not_be_started(changed: Any, word: str, executions: StepFunctionsStandIn) -> None:
    call = client("stepfunctions", executions.url).start_execution
    assert refused(call, **{"stateMachineArn": MACHINE, "name": "one", "input": "{}", **changed}) == word


def test_the_newest_execution_is_listed_first(executions: StepFunctionsStandIn) -> None:
    for number in range(3):
        executions.add(f"e{number}", "FAILED" if number else "SUCCEEDED", days_ago=3 - number)
    stepfunctions = client("stepfunctions", executions.url)
    pages = stepfunctions.get_paginator("list_executions").paginate(
        stateMachineArn=MACHINE, statusFilter="FAILED", PaginationConfig={"PageSize": 1}
    )
    assert [[each["name"] for each in page["executions"]] for page in pages] == [["e2"], ["e1"]]


@pytest.mark.parametrize(
    ("status", "days_ago", "word"),
    [
        pytest.param("FAILED", 1, "", id="failed"),
        pytest.param("TIMED_OUT", 1, "", id="timed-out"),
        pytest.param("ABORTED", 1, "", id="aborted"),
        pytest.param("FAILED", 13.9, "", id="just-in-time"),
        pytest.param("FAILED", 14.1, "ExecutionNotRedrivable", id="too-late"),
        pytest.param("SUCCEEDED", 1, "ExecutionNotRedrivable", id="succeeded"),
        pytest.param("RUNNING", 1, "ExecutionNotRedrivable", id="running"),
    ],
)
def test_what_ended_badly_is_redriven(
    status: str, days_ago: float, word: str, executions: StepFunctionsStandIn
) -> None:
    arn = executions.add("one", status, error="SlackRejected", days_ago=days_ago)
    stepfunctions = client("stepfunctions", executions.url)
    if word:
        assert refused(stepfunctions.redrive_execution, executionArn=arn) == word
    else:
        stepfunctions.redrive_execution(executionArn=arn)
        assert stepfunctions.describe_execution(executionArn=arn)["status"] == "RUNNING"
        assert executions.executions[0].redriven == 1


def test_an_execution_that_does_not_exist(executions: StepFunctionsStandIn) -> None:
    arn = executions.machine.replace(":stateMachine:", ":execution:") + ":none"
    stepfunctions = client("stepfunctions", executions.url)
    assert refused(stepfunctions.describe_execution, executionArn=arn) == "ExecutionDoesNotExist"
    assert refused(stepfunctions.redrive_execution, executionArn=arn) == "ExecutionDoesNotExist"
