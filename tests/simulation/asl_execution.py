"""What an interpreter is given and gives back: the world outside, and an execution."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol


class Outside(Protocol):
    """The world that executions run in."""

    def now(self) -> datetime:
        """The time, in UTC."""

    def sleep(self, seconds: float) -> None:
        """Let so much time pass: a Wait, or the delay before a retry."""

    def jitter(self, delay: float) -> float:
        """Choose a delay between 0 and this one."""

    def task(
        self, execution: "Execution", state: str, resource: str, parameters: Any, timeout: float | None
    ) -> Any:
        """Try a Task once: its result, or a StateError."""

    def together(self, runs: Sequence[Callable[[], Any]]) -> list[Any]:
        """Run a Parallel's branches; raise what a branch raised."""


@dataclass(frozen=True)
class Entered:
    """A state that an execution entered."""

    state: str
    at: datetime
    input: Any


@dataclass(eq=False)
class Execution:
    """An execution, and how far it has come."""

    arn: str
    name: str
    input: Any
    status: str = "RUNNING"
    """RUNNING, SUCCEEDED, FAILED, or ABORTED, which only who aborts it says."""
    error: str = ""
    cause: str = ""
    output: Any = None
    entered: list[Entered] = field(default_factory=list)
    """In order of time, those of branches among them."""
    started_at: datetime | None = None
    ended_at: datetime | None = None
    failed_in: str = ""
    """The state of the machine, not of a branch, in which it failed or was aborted: there a redrive goes on."""
    failed_input: Any = None
    events: int = 0
    """How many events its history has, about."""

    @property
    def transitions(self) -> int:
        """How many states it entered."""
        return len(self.entered)
