"""What waits for answers is stopped before its stage goes."""

import json
from collections.abc import Iterator

import pytest
from moto import mock_aws

from statemachine import session
from statemachine.deploy import executions, stack
from tests.deploy.common import FAKE

WAITS = {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 3600, "End": True}}}
STAGE = stack.read_stage("dev")


@pytest.fixture(autouse=True)
def aws(fresh: pytest.MonkeyPatch) -> Iterator[None]:
    for name, value in FAKE.items():
        fresh.setenv(name, value)
    with mock_aws():
        yield


def make(name: str, *executions_of_it: str) -> str:
    """A machine whose executions run as long as they are let; its ARN."""
    stepfunctions = session.client("stepfunctions")
    arn: str = stepfunctions.create_state_machine(
        name=name, definition=json.dumps(WAITS), roleArn="arn:aws:iam::123456789012:role/any"
    )["stateMachineArn"]
    for each in executions_of_it:
        stepfunctions.start_execution(stateMachineArn=arn, name=each)
    return arn


def test_all_that_waits_in_the_stage_is_stopped_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    waiting = make("guardduty-notifier-dev-attention", "a-1", "b-1", "c-1")
    others = [make("guardduty-notifier-dev", "x"), make("guardduty-notifier-dev-2-attention", "y")]
    executions.stop_waiting(STAGE)
    assert executions.running(waiting) == []
    assert [len(executions.running(each)) for each in others] == [1, 1]
    assert "3 executions wait for answers" in capsys.readouterr().out


def test_what_starts_meanwhile_is_stopped_too(fresh: pytest.MonkeyPatch) -> None:
    machine = make("guardduty-notifier-dev-attention", "a-1")
    stop = executions._stop

    def stopping(stepfunctions: object, execution: str) -> None:
        if execution.endswith(":a-1"):
            session.client("stepfunctions").start_execution(stateMachineArn=machine, name="late-1")
        stop(stepfunctions, execution)

    fresh.setattr(executions, "_stop", stopping)
    executions.stop_waiting(STAGE)
    assert executions.running(machine) == []


def test_what_is_still_listed_after_it_was_stopped_is_not_stopped_for_ever(fresh: pytest.MonkeyPatch) -> None:
    """The list follows a little later."""
    machine = make("guardduty-notifier-dev-attention", "a-1")
    listed = executions.running(machine)
    fresh.setattr(executions, "running", lambda _: listed)
    executions.stop_waiting(STAGE)
    assert session.client("stepfunctions").describe_execution(executionArn=listed[0])["status"] == "ABORTED"


def test_an_execution_that_is_gone_by_then_is_no_failure(fresh: pytest.MonkeyPatch) -> None:
    machine = make("guardduty-notifier-dev-attention")
    gone = f"{machine.replace(':stateMachine:', ':execution:')}:gone"
    fresh.setattr(executions, "running", lambda _: [gone])
    executions.stop_waiting(STAGE)


def test_a_stage_without_the_machine_has_nothing_to_stop(capsys: pytest.CaptureFixture[str]) -> None:
    executions.stop_waiting(STAGE)
    assert capsys.readouterr().out == ""
