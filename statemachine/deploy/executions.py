"""The executions that wait for answers: they would keep their machine from going for up to seven days.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_DeleteStateMachine.html
"""

from typing import Any

from rich.progress import track

from statemachine.deploy.stack import Stage
from statemachine.deploy.watch import console, say
from statemachine.session import client, identity

_WHY = {"error": "StageDeleted", "cause": "make delete"}


def attention_machine(stage: Stage) -> str:
    """The ARN of the machine whose executions wait for answers."""
    account, region, partition = identity()
    return f"arn:{partition}:states:{region}:{account}:stateMachine:{stage.stack}-attention"


def running(machine: str) -> list[str]:
    """List a machine's running executions by their ARNs; none where there is no machine."""
    stepfunctions = client("stepfunctions")
    pages = stepfunctions.get_paginator("list_executions").paginate(
        stateMachineArn=machine, statusFilter="RUNNING"
    )
    try:
        return [each["executionArn"] for page in pages for each in page["executions"]]
    except stepfunctions.exceptions.StateMachineDoesNotExist:
        return []


def stop_waiting(stage: Stage) -> None:
    """Stop what waits for answers, until nothing is listed any more: a finding may start one meanwhile."""
    machine = attention_machine(stage)
    stopped: set[str] = set()
    while left := [each for each in running(machine) if each not in stopped]:
        stepfunctions = client("stepfunctions")
        say(f"{len(left)} executions wait for answers: stopping them.")
        for each in track(left, "stopping", console=console, transient=True, disable=not console.is_terminal):
            _stop(stepfunctions, each)
        stopped.update(left)


def _stop(stepfunctions: Any, execution: str) -> None:
    try:
        stepfunctions.stop_execution(executionArn=execution, **_WHY)
    except stepfunctions.exceptions.ExecutionDoesNotExist:
        return  # it has ended, and with it went its machine
