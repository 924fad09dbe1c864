"""Virtual time: who is woken when, what ends a task, and that nothing else does."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from tests.simulation.scheduler import Killed, Scheduler, Task
from tests.simulation.story import START


@pytest.fixture
def scheduler() -> Scheduler:
    return Scheduler(START)


class Log:
    """What happened, and at which second."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self.lines: list[tuple[str, float]] = []

    def __call__(self, what: str) -> None:
        self.lines.append((what, self._scheduler.elapsed))

    def sleeper(self, name: str, seconds: float) -> Callable[[], str]:
        """Make a task that sleeps and says when it wakes."""

        def run() -> str:
            self._scheduler.sleep(seconds)
            self(name)
            return name

        return run


@pytest.fixture
def log(scheduler: Scheduler) -> Log:
    return Log(scheduler)


def failing(scheduler: Scheduler, seconds: float) -> Callable[[], None]:
    def run() -> None:
        scheduler.sleep(seconds)
        raise ValueError("made up")

    return run


# --- order


def test_tasks_wake_by_time_and_then_in_the_order_in_which_they_began_to_wait(
    scheduler: Scheduler, log: Log
) -> None:
    for name, seconds in (("c", 3.0), ("a", 1.0), ("b", 2.0), ("also a", 1.0), ("now", 0.0)):
        scheduler.spawn(log.sleeper(name, seconds))
    scheduler.run()
    assert log.lines == [("now", 0.0), ("a", 1.0), ("also a", 1.0), ("b", 2.0), ("c", 3.0)]


def test_a_task_may_begin_later_and_the_clock_says_so(scheduler: Scheduler) -> None:
    times = []
    scheduler.spawn(lambda: times.append(scheduler.now()), after=90.0)
    scheduler.run()
    assert [(each - START).total_seconds() for each in times] == [90.0]


def test_a_task_sleeps_deep_in_its_calls(scheduler: Scheduler, log: Log) -> None:
    def deep(levels: int) -> None:
        if levels:
            deep(levels - 1)
        else:
            scheduler.sleep(2.0)
            log("deep")

    def run() -> None:
        deep(20)
        scheduler.sleep(1.0)
        log("back")

    scheduler.spawn(run)
    scheduler.spawn(log.sleeper("between", 2.5))
    scheduler.run()
    assert log.lines == [("deep", 2.0), ("between", 2.5), ("back", 3.0)]


def test_time_never_goes_back_for_a_negative_sleep(scheduler: Scheduler, log: Log) -> None:
    scheduler.spawn(log.sleeper("at once", -5.0), after=1.0)
    scheduler.run()
    assert log.lines == [("at once", 1.0)]


def test_a_run_ends_at_its_moment_and_goes_on_from_there(scheduler: Scheduler, log: Log) -> None:
    scheduler.spawn(log.sleeper("first", 5.0))
    scheduler.spawn(log.sleeper("second", 5.1))
    scheduler.run(until=5.0)
    assert (log.lines, scheduler.elapsed) == ([("first", 5.0)], 5.0)
    scheduler.run(until=60.0)
    assert (log.lines[1:], scheduler.elapsed) == ([("second", 5.1)], 60.0)


def test_each_task_knows_what_it_is_about(scheduler: Scheduler) -> None:
    seen: list[Any] = []
    for about in ("one", "two"):
        scheduler.spawn(lambda: seen.append(scheduler.current.about), about=about)
    scheduler.run()
    assert seen == ["one", "two"]


# --- waiting for another task


def test_whoever_waits_for_a_task_goes_on_at_its_end(scheduler: Scheduler, log: Log) -> None:
    def run() -> None:
        other = scheduler.spawn(log.sleeper("other", 3.0))
        assert scheduler.wait_for(other)
        log(f"heard of {other.result}")

    mine = scheduler.spawn(run)
    scheduler.run()
    assert log.lines == [("other", 3.0), ("heard of other", 3.0)]
    assert mine.error is None


def test_an_ended_task_is_not_waited_for(scheduler: Scheduler, log: Log) -> None:
    other = scheduler.spawn(lambda: "done")

    def run() -> None:
        log(str(scheduler.wait_for(other, 10.0)))

    scheduler.spawn(run, after=1.0)
    scheduler.run()
    assert log.lines == [("True", 1.0)]


def test_whoever_waits_hears_of_the_error(scheduler: Scheduler) -> None:
    heard: list[BaseException | None] = []

    def run() -> None:
        other = scheduler.spawn(failing(scheduler, 1.0))
        assert scheduler.wait_for(other)
        heard.append(other.error)

    scheduler.spawn(run)
    scheduler.run()
    assert [str(each) for each in heard] == ["made up"]


def test_a_late_end_wakes_nobody_who_has_given_up_waiting(scheduler: Scheduler, log: Log) -> None:
    def run() -> None:
        late = scheduler.spawn(log.sleeper("late", 5.0))
        log(f"ended: {scheduler.wait_for(late, 1.0)}")
        scheduler.sleep(100.0)
        log("slept")

    scheduler.spawn(run)
    scheduler.run()
    assert log.lines == [("ended: False", 1.0), ("late", 5.0), ("slept", 101.0)]


def test_a_time_out_wakes_nobody_who_has_heard_of_the_end(scheduler: Scheduler, log: Log) -> None:
    def run() -> None:
        soon = scheduler.spawn(log.sleeper("soon", 1.0))
        log(f"ended: {scheduler.wait_for(soon, 5.0)}")
        scheduler.sleep(100.0)
        log("slept")

    scheduler.spawn(run)
    scheduler.run()
    assert log.lines == [("soon", 1.0), ("ended: True", 1.0), ("slept", 101.0)]


def test_two_may_wait_for_one(scheduler: Scheduler, log: Log) -> None:
    other = scheduler.spawn(log.sleeper("other", 2.0))

    def waiter(name: str) -> Callable[[], None]:
        def run() -> None:
            scheduler.wait_for(other)
            log(name)

        return run

    for name in ("first", "second"):
        scheduler.spawn(waiter(name))
    scheduler.run()
    assert log.lines == [("other", 2.0), ("first", 2.0), ("second", 2.0)]


def test_waiting_for_all_ends_with_the_last(scheduler: Scheduler, log: Log) -> None:
    def run() -> None:
        tasks = [scheduler.spawn(log.sleeper(name, at)) for name, at in (("a", 1.0), ("c", 3.0), ("b", 2.0))]
        scheduler.wait_for_all(tasks)
        log(" ".join(task.result for task in tasks))

    scheduler.spawn(run)
    scheduler.run()
    assert log.lines == [("a", 1.0), ("b", 2.0), ("c", 3.0), ("a c b", 3.0)]


def test_waiting_for_none_is_over_at_once(scheduler: Scheduler, log: Log) -> None:
    def run() -> None:
        scheduler.wait_for_all([])
        log("over")

    scheduler.spawn(run)
    scheduler.run()
    assert log.lines == [("over", 0.0)]


def test_waiting_for_all_ends_at_the_first_error_and_the_others_wake_nobody_later(
    scheduler: Scheduler, log: Log
) -> None:
    def run() -> None:
        tasks = [scheduler.spawn(failing(scheduler, 1.0)), scheduler.spawn(log.sleeper("other", 5.0))]
        scheduler.wait_for_all(tasks)
        log("heard")
        scheduler.sleep(100.0)
        log("slept")

    scheduler.spawn(run)
    scheduler.run()
    assert log.lines == [("heard", 1.0), ("other", 5.0), ("slept", 101.0)]


def test_the_others_may_be_killed_at_the_first_error(scheduler: Scheduler, log: Log) -> None:
    def run() -> None:
        tasks = [scheduler.spawn(failing(scheduler, 1.0)), scheduler.spawn(log.sleeper("other", 5.0))]
        scheduler.wait_for_all(tasks)
        for task in tasks:
            scheduler.kill(task)
        scheduler.sleep(100.0)
        log("slept")

    scheduler.spawn(run)
    scheduler.run()
    assert log.lines == [("slept", 101.0)]


# --- killing


def killed_at(scheduler: Scheduler, task: Task, at: float) -> None:
    scheduler.spawn(lambda: scheduler.kill(task), after=at)
    scheduler.run()


def test_a_sleeping_task_is_killed_where_it_sleeps(scheduler: Scheduler, log: Log) -> None:
    def run() -> None:
        try:
            scheduler.sleep(10.0)
            log("slept")
        finally:
            log("cleaned up")

    task = scheduler.spawn(run)
    killed_at(scheduler, task, 2.0)
    assert log.lines == [("cleaned up", 2.0)]
    assert task.ended
    assert isinstance(task.error, Killed)


def test_a_task_that_has_not_begun_never_does(scheduler: Scheduler, log: Log) -> None:
    task = scheduler.spawn(lambda: log("began"), after=5.0)
    killed_at(scheduler, task, 2.0)
    assert log.lines == []
    assert task.ended


def test_whoever_waits_for_a_task_that_never_begins_goes_on(scheduler: Scheduler, log: Log) -> None:
    task = scheduler.spawn(lambda: log("began"), after=5.0)

    def run() -> None:
        scheduler.wait_for(task)
        log("heard")

    scheduler.spawn(run)
    killed_at(scheduler, task, 2.0)
    assert log.lines == [("heard", 2.0)]


def test_a_task_that_waits_for_another_is_killed_and_the_other_lives(scheduler: Scheduler, log: Log) -> None:
    other = scheduler.spawn(log.sleeper("other", 5.0))

    def run() -> None:
        scheduler.wait_for(other)
        log("heard")

    task = scheduler.spawn(run)
    killed_at(scheduler, task, 2.0)
    assert log.lines == [("other", 5.0)]
    assert isinstance(task.error, Killed)


def test_whoever_waits_for_a_killed_task_goes_on(scheduler: Scheduler, log: Log) -> None:
    task = scheduler.spawn(log.sleeper("victim", 9.0))

    def run() -> None:
        scheduler.wait_for(task)
        log(type(task.error).__name__)

    scheduler.spawn(run)
    killed_at(scheduler, task, 2.0)
    assert log.lines == [("Killed", 2.0)]


def test_an_ended_task_is_not_killed(scheduler: Scheduler) -> None:
    task = scheduler.spawn(lambda: "done")
    killed_at(scheduler, task, 2.0)
    assert (task.result, task.error) == ("done", None)


def held_by_except(scheduler: Scheduler) -> None:
    try:
        scheduler.sleep(10.0)
    except Exception:  # noqa: BLE001 - that is what must not hold it
        scheduler.sleep(1.0)
    scheduler.sleep(10.0)


def held_by_suppress(scheduler: Scheduler) -> None:
    with suppress(Exception):
        scheduler.sleep(10.0)
    scheduler.sleep(10.0)


@pytest.mark.parametrize("held", [held_by_except, held_by_suppress])
def test_nothing_that_holds_errors_holds_a_killing(
    scheduler: Scheduler, log: Log, held: Callable[[Scheduler], None]
) -> None:
    def run() -> None:
        held(scheduler)
        log("lived on")

    task = scheduler.spawn(run)
    killed_at(scheduler, task, 2.0)
    assert log.lines == []
    assert isinstance(task.error, Killed)


def test_closing_ends_whatever_waits(scheduler: Scheduler, log: Log) -> None:
    other = scheduler.spawn(log.sleeper("sleeping", 50.0))
    waiting = scheduler.spawn(lambda: scheduler.wait_for(other))
    later = scheduler.spawn(lambda: log("began"), after=60.0)
    scheduler.run(until=10.0)
    scheduler.close()
    scheduler.run()
    assert log.lines == []
    assert all(task.ended for task in (other, waiting, later))
    assert isinstance(other.error, Killed)
    assert isinstance(waiting.error, Killed)


# --- the same again


def many(scheduler: Scheduler, log: Log) -> list[tuple[str, float]]:
    def parent(number: int) -> Callable[[], None]:
        def run() -> None:
            children = [scheduler.spawn(log.sleeper(f"{number}.{each}", each % 3)) for each in range(5)]
            scheduler.wait_for(children[4], 0.5)
            scheduler.kill(children[number % 5])
            scheduler.wait_for_all(children)
            log(f"{number} over")

        return run

    for number in range(10):
        scheduler.spawn(parent(number), after=number % 4)
    scheduler.run()
    return log.lines


def test_the_same_again_happens_in_the_same_order() -> None:
    first, second = (many(made, Log(made)) for made in (Scheduler(START), Scheduler(START)))
    assert len(first) > 50
    assert first == second
