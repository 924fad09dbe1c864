"""Executions of the state machines: start, list, look, redrive.

Every call may raise AWSUnavailable when AWS throttles or fails, and botocore's error when it refuses.
https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.aws.clients import client, transient_as_unavailable
from chalicelib.errors import AWSUnavailable

ENDED_BADLY = frozenset({"FAILED", "TIMED_OUT", "ABORTED"})

_REFUSED_INPUT = frozenset({"InvalidExecutionInput", "InvalidName", "ValidationException"})

# Step Functions' own words for "not now".
_BUSY = frozenset({"ExecutionLimitExceeded", "KmsThrottlingException"})


_MOST_LISTED = 1000
"""Executions of one page."""


class InputRefused(Exception):
    """Step Functions can't take this execution, whatever the time."""


@dataclass(frozen=True)
class Execution:
    """What is known of an execution."""

    status: str
    """RUNNING, SUCCEEDED, FAILED, TIMED_OUT, ABORTED or PENDING_REDRIVE."""
    error: str = ""
    output: str = ""
    """JSON, or empty."""


def execution_arn(machine: str, name: str) -> str:
    """Name an execution of a state machine."""
    return f"{machine.replace(':stateMachine:', ':execution:')}:{name}"


def start(machine: str, name: str, text: str) -> bool:
    """Start an execution with JSON as its input; False where the name has been used within 90 days.

    Where one of that name runs with the very same input, AWS answers as if it had been started now.
    Raises InputRefused where name or input is none.
    """
    try:
        with _transient("states:StartExecution"):
            client("stepfunctions").start_execution(stateMachineArn=machine, name=name, input=text)
    except ClientError as error:
        if _code(error) in _REFUSED_INPUT:
            raise InputRefused(_code(error)) from error
        if _code(error) != "ExecutionAlreadyExists":
            raise
        return False
    return True


def describe(arn: str) -> Execution | None:
    """Look at an execution; None where there is none, or none any more (they are kept for 90 days)."""
    try:
        with _transient("states:DescribeExecution"):
            found = client("stepfunctions").describe_execution(executionArn=arn)
    except ClientError as error:
        if _code(error) not in ("ExecutionDoesNotExist", "InvalidArn"):
            raise
        return None
    return Execution(found["status"], found.get("error", ""), found.get("output", ""))


def running(machine: str) -> Iterator[str]:
    """Name the executions of a state machine that run; the list is eventually consistent.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListExecutions.html
    """
    asked: dict[str, Any] = {
        "stateMachineArn": machine,
        "statusFilter": "RUNNING",
        "maxResults": _MOST_LISTED,
    }
    while True:
        with _transient("states:ListExecutions"):
            page = client("stepfunctions").list_executions(**asked)
        yield from (each["name"] for each in page["executions"])
        if not page.get("nextToken"):
            return
        asked["nextToken"] = page["nextToken"]


def redrive(arn: str) -> bool:
    """Let an execution that ended badly go on from where it failed; False where that is over (14 days)."""
    try:
        with _transient("states:RedriveExecution"):
            client("stepfunctions").redrive_execution(executionArn=arn)
    except ClientError as error:
        if _code(error) not in ("ExecutionNotRedrivable", "ExecutionDoesNotExist"):
            raise
        return False
    return True


@contextmanager
def _transient(call: str) -> Iterator[None]:
    try:
        with transient_as_unavailable(call):
            yield
    except ClientError as error:
        if _code(error) in _BUSY:
            raise AWSUnavailable(f"{call}: {_code(error)}") from error
        raise


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
