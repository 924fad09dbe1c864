"""An interpreter of the state machine's definition, for the simulation: fast, and nothing in it has a clock.

It knows what the definition uses of the Amazon States Language and refuses the rest when it is made, so that
nothing is silently done otherwise than by Step Functions. The world — time, tasks, what runs at once — is an `Outside`.
Values are never changed: a state's output shares with its input what it leaves alone.
"""

from collections.abc import Mapping
from typing import Any

from tests.simulation.asl_execution import Entered, Execution, Outside
from tests.simulation.asl_machine import Run, States
from tests.simulation.asl_states import LARGEST
from tests.simulation.paths import StateError, Unsupported

__all__ = ["LARGEST", "Entered", "Execution", "Interpreter", "Outside", "StateError", "Unsupported"]


class Interpreter:
    """Runs executions of one definition."""

    def __init__(self, definition: Mapping[str, Any], outside: Outside) -> None:
        self._states = States(definition, "the definition")
        self._outside = outside

    def run(self, execution: Execution) -> None:
        """Run an execution to its end."""
        execution.started_at = self._outside.now()
        self._run(execution, self._states.start, execution.input)

    def redrive(self, execution: Execution) -> None:
        """Go on where an execution ended without success; a Parallel begins anew with all its branches."""
        if execution.status not in ("FAILED", "ABORTED") or not execution.failed_in:
            raise ValueError(f"a {execution.status} execution can't be redriven")
        execution.status, execution.error, execution.cause = "RUNNING", "", ""
        execution.ended_at = None
        state, given = execution.failed_in, execution.failed_input
        execution.failed_in, execution.failed_input = "", None
        self._run(execution, state, given)

    def _run(self, execution: Execution, state: str, given: Any) -> None:
        execution.events += 2
        try:
            execution.output = self._states.run(Run(self._outside, execution, whole=True), state, given)
            execution.status = "SUCCEEDED"
        except StateError as error:
            execution.status, execution.error, execution.cause = "FAILED", error.error, error.cause
        execution.ended_at = self._outside.now()
