"""Virtual time: tasks that take turns, each suspended wherever it waits, woken in the order of their times.

A task is a greenlet, so that ordinary code, however deep, is suspended in the middle of a call. Nothing here is random
and nothing knows the real time: the same tasks waiting for the same spans run in the same order.
"""

import heapq
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from greenlet import getcurrent, greenlet


class Killed(BaseException):
    """A task is over, wherever it is; no ``except Exception`` holds it up."""


class Task:
    """One thread of what happens."""

    def __init__(self, scheduler: "Scheduler", run: Callable[[], Any]) -> None:
        self.ended = False
        self.result: Any = None
        self.error: BaseException | None = None
        self._turn = 0
        self._waiting_for_end: list[tuple[Task, int]] = []
        self._scheduler = scheduler
        self._run = run
        self.greenlet = greenlet(self._begin, parent=scheduler.hub)
        self.about: Any = None
        """Whatever its maker wants to know of the running task."""

    def _begin(self, _: object = None) -> None:
        try:
            self.result = self._run()
        except BaseException as error:  # noqa: BLE001 - whoever waits for the task hears of it
            self.error = error
        self._end()

    def _end(self) -> None:
        """Wake who still waits for the end; who has gone on since is left alone, wherever it sleeps by now."""
        self.ended = True
        for task, turn in self._waiting_for_end:
            self._scheduler._push(self._scheduler.elapsed, task, turn)


class Scheduler:
    """The clock and who waits for it."""

    def __init__(self, start: datetime) -> None:
        self.start = start
        self.elapsed = 0.0
        """Seconds since the start."""
        self.hub = getcurrent()
        self._heap: list[tuple[float, int, Task, int, BaseException | None]] = []
        self._count = 0
        self._tasks: dict[greenlet, Task] = {}

    def now(self) -> datetime:
        """Say what time it is."""
        return self.start + timedelta(seconds=self.elapsed)

    @property
    def current(self) -> Task:
        """The running task."""
        return self._tasks[getcurrent()]

    def spawn(self, run: Callable[[], Any], *, after: float = 0.0, about: Any = None) -> Task:
        """Begin a task after some seconds."""
        task = Task(self, run)
        task.about = about
        self._tasks[task.greenlet] = task
        self._push(self.elapsed + after, task, task._turn)
        return task

    def sleep(self, seconds: float) -> None:
        """Suspend the running task for so long."""
        task = self.current
        task._turn += 1
        self._push(self.elapsed + max(0.0, seconds), task, task._turn)
        self.hub.switch()

    def wait_for(self, task: Task, seconds: float | None = None) -> bool:
        """Suspend the running task until another has ended, or for so long; say whether it has ended."""
        me = self.current
        me._turn += 1
        if not task.ended:
            task._waiting_for_end.append((me, me._turn))
            if seconds is not None:
                self._push(self.elapsed + seconds, me, me._turn)
            self.hub.switch()
        return task.ended

    def wait_for_all(self, tasks: Sequence[Task]) -> None:
        """Suspend the running task until all have ended, or one with an error."""
        me = self.current
        me._turn += 1
        for task in tasks:
            task._waiting_for_end.append((me, me._turn))
        while not all(task.ended for task in tasks) and not any(task.error for task in tasks):
            self.hub.switch()

    def kill(self, task: Task) -> None:
        """End a task where it is; one that has not begun never does."""
        if not task.ended:
            task._turn += 1
            self._push(self.elapsed, task, task._turn, Killed())

    def run(self, until: float | None = None) -> None:
        """Let things happen until nothing waits any more, or until so many seconds since the start."""
        while self._heap and (until is None or self._heap[0][0] <= until):
            at, _, task, turn, error = heapq.heappop(self._heap)
            self.elapsed = max(self.elapsed, at)
            if task.ended or turn != task._turn:
                continue
            self._go_on(task, error)
        if until is not None:
            self.elapsed = max(self.elapsed, until)

    def _go_on(self, task: Task, error: BaseException | None) -> None:
        if error is None:
            task.greenlet.switch()
        elif task.greenlet:
            task.greenlet.throw(error)
        else:
            task._end()  # it had not begun
        if task.ended:
            self._tasks.pop(task.greenlet, None)

    def close(self) -> None:
        """End whatever still waits."""
        for task in list(self._tasks.values()):
            task._turn += 1
            if task.greenlet:
                task.greenlet.throw(Killed())
            task.ended = True
        self._heap.clear()
        self._tasks.clear()

    def _push(self, at: float, task: Task, turn: int, error: BaseException | None = None) -> None:
        self._count += 1
        heapq.heappush(self._heap, (at, self._count, task, turn, error))
