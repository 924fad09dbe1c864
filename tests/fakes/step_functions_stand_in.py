"""The executions of a stage's state machines, on loopback, to be started, looked at and redriven. None of them runs.

It speaks StartExecution, DescribeExecution, ListExecutions and RedriveExecution as Step Functions does: a name
is taken for ever, but the same name with the same input is the same execution while that runs; what ended badly
is redriven within 14 days. Here a test says how an execution ends.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
"""

import re
import time
from dataclasses import dataclass, replace
from typing import Any, Final

from statemachine.local.aws_stand_in import AwsFault, AwsRequest, Refused, StandIn

_DAYS_TO_REDRIVE: Final = 14
_ENDED_BADLY: Final = frozenset({"FAILED", "TIMED_OUT", "ABORTED"})


@dataclass(frozen=True)
class Execution:
    """One execution. Times are epoch seconds."""

    arn: str
    name: str
    input: str
    status: str = "RUNNING"
    error: str = ""
    cause: str = ""
    output: str = ""
    start: float = 0.0
    stop: float = 0.0
    redriven: int = 0

    @property
    def redrivable(self) -> bool:
        """Whether RedriveExecution takes it."""
        return self.status in _ENDED_BADLY and time.time() - self.stop < _DAYS_TO_REDRIVE * 86_400


class StepFunctionsStandIn(StandIn):
    """The server and its executions."""

    content_type = "application/x-amz-json-1.0"

    def __init__(self, machine: str, *faults: AwsFault) -> None:
        super().__init__(*faults)
        self.machine = machine
        self.attention = f"{machine}-attention"
        self._executions: dict[str, Execution] = {}

    @property
    def executions(self) -> list[Execution]:
        """Every execution of the notifier, in the order of starting."""
        return self.of(self.machine)

    def of(self, machine: str) -> list[Execution]:
        """Every execution of a machine, in the order of starting."""
        with self._lock:
            return [one for arn, one in self._executions.items() if arn.startswith(_arn(machine, ""))]

    def end(
        self,
        name: str,
        status: str,
        *,
        error: str = "",
        output: str = "{}",
        days_ago: float = 0.0,
        machine: str = "",
    ) -> None:
        """Let an execution end."""
        with self._lock:
            arn = _arn(machine or self.machine, name)
            stop = time.time() - days_ago * 86_400
            cause = f"{error} happened" if error else ""
            ended = replace(
                self._executions[arn], status=status, error=error, cause=cause, output=output, stop=stop
            )
            self._executions[arn] = ended

    def add(
        self, name: str, status: str = "RUNNING", *, error: str = "", days_ago: float = 0.0, machine: str = ""
    ) -> str:
        """Put an execution there, as the rule would have started it; return its ARN."""
        with self._lock:
            arn = _arn(machine or self.machine, name)
            self._executions[arn] = Execution(arn, name, "{}", start=time.time() - days_ago * 86_400)
        if status != "RUNNING":
            self.end(name, status, error=error, days_ago=days_ago, machine=machine)
        return arn

    def operation(self, request: AwsRequest) -> str:
        """Name the operation by its header."""
        name = request.headers.get("X-Amz-Target", "").removeprefix("AWSStepFunctions.")
        if name not in ("StartExecution", "DescribeExecution", "ListExecutions", "RedriveExecution"):
            raise Refused("UnknownOperationException", name)
        return name

    def answer(self, operation: str, request: AwsRequest) -> dict[str, Any]:
        """Carry it out."""
        return {
            "StartExecution": self._start,
            "DescribeExecution": self._describe,
            "ListExecutions": self._list,
            "RedriveExecution": self._redrive,
        }[operation](request.body)

    def _start(self, body: dict[str, Any]) -> dict[str, Any]:
        self._require_machine(body)
        if not re.fullmatch(r"[^\s<>{}\[\]?*\"#%\\^|~`$&,;:/\x00-\x1f\x7f]{1,80}", body["name"]):
            raise Refused("InvalidName", body["name"])
        if len(body["input"].encode()) > 262_144:
            raise Refused("InvalidExecutionInput", "too long")
        arn = _arn(body["stateMachineArn"], body["name"])
        known = self._executions.get(arn)
        if known and not (known.status == "RUNNING" and known.input == body["input"]):
            raise Refused("ExecutionAlreadyExists", f"Execution Already Exists: '{arn}'")
        if not known:
            self._executions[arn] = Execution(arn, body["name"], body["input"], start=time.time())
        return {"executionArn": arn, "startDate": self._executions[arn].start}

    def _describe(self, body: dict[str, Any]) -> dict[str, Any]:
        execution = self._known(body["executionArn"])
        ended = {"stopDate": execution.stop} if execution.stop else {}
        texts = {
            "input": execution.input,
            "output": execution.output if execution.status == "SUCCEEDED" else "",
            "error": execution.error,
            "cause": execution.cause,
        }
        return {
            **self._listed(execution),
            **ended,
            **{name: text for name, text in texts.items() if text},
            "redriveStatus": "REDRIVABLE" if execution.redrivable else "NOT_REDRIVABLE",
        }

    def _list(self, body: dict[str, Any]) -> dict[str, Any]:
        """The newest first, as the service does."""
        self._require_machine(body)
        wanted = body.get("statusFilter")
        of_machine = _arn(body["stateMachineArn"], "")
        found = [
            one
            for arn, one in self._executions.items()
            if arn.startswith(of_machine) and wanted in (None, one.status)
        ]
        found.sort(key=lambda one: one.start, reverse=True)
        start, size = int(body.get("nextToken") or 0), int(body.get("maxResults") or 100)
        page = {"executions": [self._listed(one) for one in found[start : start + size]]}
        return page | ({"nextToken": str(start + size)} if start + size < len(found) else {})

    def _redrive(self, body: dict[str, Any]) -> dict[str, Any]:
        execution = self._known(body["executionArn"])
        if not execution.redrivable:
            raise Refused("ExecutionNotRedrivable", f"{execution.name} is not redrivable")
        again = replace(execution, status="RUNNING", error="", cause="", stop=0.0)
        self._executions[execution.arn] = replace(again, redriven=execution.redriven + 1)
        return {"redriveDate": time.time()}

    def _listed(self, execution: Execution) -> dict[str, Any]:
        ended = {"stopDate": execution.stop} if execution.stop else {}
        return {
            "executionArn": execution.arn,
            "stateMachineArn": execution.arn.rpartition(":")[0].replace(":execution:", ":stateMachine:"),
            "name": execution.name,
            "status": execution.status,
            "startDate": execution.start,
            "redriveCount": execution.redriven,
            **ended,
        }

    def _known(self, arn: str) -> Execution:
        if arn not in self._executions:
            raise Refused("ExecutionDoesNotExist", f"Execution Does Not Exist: '{arn}'")
        return self._executions[arn]

    def _require_machine(self, body: dict[str, Any]) -> None:
        if body["stateMachineArn"] not in (self.machine, self.attention):
            raise Refused(
                "StateMachineDoesNotExist", f"State Machine Does Not Exist: '{body['stateMachineArn']}'"
            )


def _arn(machine: str, name: str) -> str:
    return f"{machine.replace(':stateMachine:', ':execution:')}:{name}"
