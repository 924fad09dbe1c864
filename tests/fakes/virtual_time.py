"""Time that passes only when a test lets it pass: hours of it cost nothing, and no result depends on this machine.

It is one clock for all: for the product's functions, for the interpreter's waits and retries, for Slack's limits.
Everything that sleeps in it is woken one by one, in order of its time, and each runs until it has ended or sleeps
again before the next is woken. What does not sleep takes no time at all, and a retry is as late as it may be.
Slack's answers may take some: then others ask before the first has heard.
"""

import threading
import time as real_time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone, tzinfo
from types import ModuleType, SimpleNamespace
from typing import Any, Self
from unittest.mock import patch

from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl
from moto.stepfunctions.parser.asl.component.common.retry.jitter_strategy_decl import JitterStrategyDecl
from moto.stepfunctions.parser.asl.component.common.retry.retrier_decl import RetrierDecl
from moto.stepfunctions.parser.asl.component.state import state as moto_state
from moto.stepfunctions.parser.asl.component.state.exec.state_parallel.branch_worker import BranchWorker
from moto.stepfunctions.parser.asl.component.state.exec.state_parallel.branches_decl import BranchesDecl
from moto.stepfunctions.parser.asl.component.state.exec.state_task import lambda_eval_utils
from moto.stepfunctions.parser.asl.component.state.wait.wait_function.wait_function import WaitFunction
from moto.stepfunctions.parser.backend.execution_worker import ExecutionWorker
from requests.adapters import HTTPAdapter

from chalicelib import clock
from statemachine.local import slack_stand_in, slack_workspace

_SECONDS_TO_SETTLE = 120.0
"""Real ones, after which something hangs: no more than a guard."""

_LOOK_AGAIN = 0.005
"""Real seconds between two looks at what does not announce itself."""


class Stuck(Exception):
    """Nothing can happen any more, or something hangs: the test, not the product, is wrong."""


@dataclass(eq=False)
class _Sleeper:
    execution: str
    until: datetime


class VirtualTime:
    """The clock, as long as its context is open.

    ``ended`` says whether an execution has ended; ``slack_takes`` is how many seconds Slack's answers are on the way.
    """

    def __init__(self, ended: Callable[[str], bool], start: datetime, slack_takes: float = 0.0) -> None:
        self._ended = ended
        self._slack_takes = slack_takes
        self._start = self._now = start
        self._changed = threading.Condition()
        self._over = False
        self._sleepers: list[_Sleeper] = []
        self._executions: set[str] = set()
        self._branches: Counter[str] = Counter()
        self._here = threading.local()
        """Which execution the running thread works for."""

    def now(self) -> datetime:
        """What everybody's clock says."""
        return self._now

    def __enter__(self) -> Self:
        """Put the clock into everything that asks for the time or sleeps."""
        self._open = ExitStack()
        for module in (clock, slack_stand_in, slack_workspace):
            for name, value in self._replacements(module):
                self._open.enter_context(patch.object(module, name, value))
        entered = SimpleNamespace(datetime=_datetime_of(self), timezone=timezone)
        patches: tuple[tuple[Any, str, Any], ...] = (
            (moto_state, "datetime", entered),
            (WaitFunction, "_wait_interval", lambda _, env, wait_seconds: self._wait(env, wait_seconds)),
            (retrier_decl, "time", SimpleNamespace(sleep=self._sleep)),
            (RetrierDecl, "_eval_body", self._on_behalf(RetrierDecl._eval_body, lambda _, env: env)),
            (JitterStrategyDecl, "_eval_body", lambda *_: None),
            (HTTPAdapter, "send", self._answered(HTTPAdapter.send)),
            (ExecutionWorker, "start", self._started(ExecutionWorker.start)),
            (BranchesDecl, "_eval_body", self._branched(BranchesDecl._eval_body)),
            (BranchWorker, "_thread_routine", self._branch_ended(BranchWorker._thread_routine)),
            (
                lambda_eval_utils,
                "execute_lambda_function_integration",
                self._on_behalf(lambda_eval_utils.execute_lambda_function_integration, lambda env, **_: env),
            ),
        )
        for owner, name, value in patches:
            self._open.enter_context(patch.object(owner, name, value))
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    @property
    def unfinished(self) -> list[str]:
        """The executions that have not ended."""
        with self._changed:
            return [execution for execution in self._executions if not self._ended(execution)]

    def stop(self) -> None:
        """Wake everybody for good: time is over."""
        with self._changed:
            self._over = True
            self._changed.notify_all()

    def settle(self) -> None:
        """Wait until every execution has ended or sleeps; no time passes."""
        give_up = real_time.monotonic() + _SECONDS_TO_SETTLE
        with self._changed:
            while not all(self._ended(each) or self._sleeps(each) for each in self._executions):
                if real_time.monotonic() > give_up:
                    raise Stuck("an execution neither ends nor sleeps")
                self._changed.wait(_LOOK_AGAIN)

    def until(self, done: Callable[[], bool]) -> None:
        """Let time pass until something has come about."""
        self.settle()
        while not done():
            if not self._wake_next(None):
                raise Stuck("nothing sleeps, so nothing will come about")
            self.settle()

    def pass_time(self, span: timedelta) -> None:
        """Let so much time pass, with all that happens meanwhile."""
        end = self._now + span
        self.settle()
        while self._wake_next(end):
            self.settle()
        self._now = end

    def _wake_next(self, end: datetime | None) -> bool:
        """Wake whoever's time comes first, if it comes at all, or by ``end``."""
        with self._changed:
            first = min(self._sleepers, key=lambda each: each.until, default=None)
            if first is None or (end is not None and first.until > end):
                return False
            self._now = max(self._now, first.until)
            self._sleepers.remove(first)
            self._changed.notify_all()
            return True

    def _sleeps(self, execution: str) -> bool:
        """An execution sleeps when each of its branches does, or it itself where it has none."""
        sleeping = sum(each.execution == execution for each in self._sleepers)
        return sleeping >= max(1, self._branches[execution])

    def _sleep(self, seconds: float) -> None:
        """Sleep in the thread of an execution; in the test's own thread that lets time pass."""
        execution = getattr(self._here, "execution", "")
        if execution:
            self._sleep_for(execution, seconds, lambda: True)
        else:
            self.pass_time(timedelta(seconds=seconds))

    def _sleep_for(self, execution: str, seconds: float, wanted: Callable[[], bool]) -> None:
        with self._changed:
            sleeper = _Sleeper(execution, self._now + timedelta(seconds=seconds))
            self._sleepers.append(sleeper)
            self._changed.notify_all()
            while sleeper in self._sleepers and wanted() and not self._over:
                self._changed.wait(_LOOK_AGAIN * 10)
            if sleeper in self._sleepers:
                self._sleepers.remove(sleeper)

    def _wait(self, env: Any, wait_seconds: int) -> None:
        """Stand for the interpreter's Wait; an execution that is stopped waits no longer."""
        self._sleep_for(_execution_of(env), wait_seconds, env.is_running)

    def _answered(self, send: Callable[..., Any]) -> Callable[..., Any]:
        def answered(*arguments: Any, **named: Any) -> Any:
            answer = send(*arguments, **named)
            if self._slack_takes:
                self._sleep(self._slack_takes)
            return answer

        return answered

    def _on_behalf(self, call: Callable[..., Any], env_of: Callable[..., Any]) -> Callable[..., Any]:
        def called(*arguments: Any, **named: Any) -> Any:
            self._here.execution = _execution_of(env_of(*arguments, **named))
            try:
                return call(*arguments, **named)
            finally:
                self._here.execution = ""

        return called

    def _started(self, start: Callable[[Any], None]) -> Callable[[Any], None]:
        def started(worker: Any) -> None:
            with self._changed:
                self._executions.add(worker._evaluation_details.execution_details.arn)
            start(worker)

        return started

    def _branched(self, run: Callable[[Any, Any], None]) -> Callable[[Any, Any], None]:
        """All branches count before the first begins: one that sleeps at once is not all there is."""

        def branched(branches: Any, env: Any) -> None:
            with self._changed:
                self._branches[_execution_of(env)] += len(branches.programs)
            run(branches, env)

        return branched

    def _branch_ended(self, run: Callable[[Any], None]) -> Callable[[Any], None]:
        def ran(worker: Any) -> None:
            try:
                run(worker)
            finally:
                with self._changed:
                    self._branches[_execution_of(worker.env)] -= 1

        return ran

    def _epoch(self) -> float:
        return self._now.timestamp()

    def _seconds(self) -> float:
        return (self._now - self._start).total_seconds()

    def _replacements(self, module: ModuleType) -> Iterator[tuple[str, Any]]:
        """What of a module knows the time: its name there, and what stands for it."""
        ours: dict[str, Any] = {
            "time": self._epoch,
            "monotonic": self._seconds,
            "perf_counter": self._seconds,
            "sleep": self._sleep,
        }
        for name, value in list(vars(module).items()):
            if value is datetime:
                yield name, _datetime_of(self)
            elif value is real_time:
                yield name, SimpleNamespace(**ours)
            elif name in ours and value is getattr(real_time, name):
                yield name, ours[name]


class _LikeDatetime(type):
    """Every datetime is an instance of ours, as it was made by whoever does not know our clock."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, datetime)


def _datetime_of(time: VirtualTime) -> type[datetime]:
    class Virtual(datetime, metaclass=_LikeDatetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            return cls.fromisoformat(time.now().astimezone(tz).isoformat())

    return Virtual


def _execution_of(env: Any) -> str:
    return str(env.states.context_object.context_object_data["Execution"]["Id"])
