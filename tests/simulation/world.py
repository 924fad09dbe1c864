"""One history, run: the machine's interpreter, the real functions, the tables, Slack, people and schedules."""

import io
import json
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, redirect_stdout
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Never
from unittest.mock import patch

from botocore.exceptions import ClientError

from chalicelib import clock
from chalicelib.attention import reactions
from chalicelib.aws import clients, parameter_store
from chalicelib.ledger import accounts, clocks, digests, watch
from chalicelib.ledger.claim import instant
from chalicelib.notify import history, own_digest
from chalicelib.slack import api
from statemachine.deploy import definition
from statemachine.local import local_aws, slack_workspace
from tests.promises.common import Schedule, schedules
from tests.simulation import aws, folded, remembered, slack
from tests.simulation.faults import Faults, chance
from tests.simulation.index import Index
from tests.simulation.interpreter import Execution, Interpreter, StateError
from tests.simulation.journal import Invocation, Journal, Started
from tests.simulation.left import left
from tests.simulation.people import People
from tests.simulation.scheduler import Killed, Scheduler, Task
from tests.simulation.story import (
    HOUR,
    START,
    Arrival,
    Story,
    event,
    finding_id,
    update_seen,
)
from tests.simulation.table import Tables, Unsupported

_LONGEST = 48 * HOUR
"""Seconds after the last arrival, by which every execution has ended."""
_LONGEST_ATTENTION = 8 * 24 * HOUR
"""The same where findings ask for an answer: for seven days they do."""

_NOBODY = Invocation("", "people and schedules", 0.0)


_ROOT = Path(__file__).parent.parent.parent


class Died(BaseException):
    """A function's process ended in the middle of a call."""


@dataclass(frozen=True)
class _Context:
    """What a handler reads of Lambda's context."""

    invoked_function_arn: str
    get_remaining_time_in_millis: Callable[[], int]
    aws_request_id: str


MACHINES = {local_aws.MACHINE: definition.NOTIFIER, local_aws.ATTENTION: definition.ATTENTION}
"""The state machines, as the template names them."""


@cache
def whole_definition(machine: str) -> Mapping[str, Any]:
    """A machine's definition as the stack deploys it, for the local stage."""
    found: Mapping[str, Any] = definition.definition(local_aws.substitutions(), MACHINES[machine])
    return found


@cache
def timeouts() -> Mapping[str, float]:
    """Seconds after which Lambda ends each function, from the stage's configuration."""
    configured = json.loads((_ROOT / ".chalice" / "config.json").read_text())["lambda_functions"]
    return {name: float(each["lambda_timeout"]) for name, each in configured.items()}


@cache
def _schedules() -> tuple[Schedule, ...]:
    return tuple(schedules())


class World:
    """Everything that is there in one history."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self.journal = Journal()
        self.faults = Faults(story.seed, story.fault_rate, story.faults, story.calm_after)
        self.scheduler = Scheduler(START)
        self.findings = {finding_id(each): each for each in story.findings()}
        self.table_names = {
            name: f"guardduty-notifier-local-{name}" for name in ("suppressions", "routes", "notifications")
        }
        attention = Index(("awaits", "awaits_since"), lambda: self.scheduler.elapsed, self._lag)
        digest_index = Index(("fold", "finding_id"), lambda: self.scheduler.elapsed, self._lag, ("folded",))
        self.tables = Tables(
            {
                self.table_names["suppressions"]: ("finding_type", "rule"),
                self.table_names["routes"]: ("finding_type", "rule"),
                self.table_names["notifications"]: ("finding_id",),
            },
            {self.table_names["notifications"]: {watch.INDEX: attention, digests.INDEX: digest_index}},
        )
        self.tables.on_write = partial(folded.written, self)
        self.slack = slack.Slack(self, story.rate, story.burst)
        self._people = People(self)
        self._interpreters = {arn: Interpreter(whole_definition(arn), self) for arn in MACHINES}
        self.output = io.StringIO()
        """What the functions printed: their metrics."""
        self._handlers = local_aws.handlers()
        self._by_arn: dict[str, Started] = {}
        self._tasks: dict[str, list[Task]] = {}
        self._draws: Counter[str] = Counter()
        self._arrived: Counter[str] = Counter()
        self._broken: Exception | None = None
        self._running = 0
        """Functions that states have running."""
        self.archived: set[str] = set()
        """Ids of the findings that somebody has archived in GuardDuty."""
        self._writes = 0
        self._updates = {
            (finding_id(each.finding), instant(START + timedelta(seconds=each.of))): each.update
            for each in story.arrivals
        }

    def run(self) -> Journal:
        """Let the history happen, to its end."""
        with self._in_place():
            if self.story.calls:
                self._people.route()
            for arrival in self.story.arrivals:
                if not arrival.lost:
                    self._happen(arrival.at, partial(self._arrive, arrival))
            for deed in self.story.deeds:
                self._happen(deed.at, partial(self._people.do, deed))
            for hour in range(1, int(self.story.hours) + 1):
                self._happen(hour * HOUR, partial(self._look, hour))
            last = max((each.at for each in self.story.arrivals), default=0.0)
            self.scheduler.run(until=max(last, self.story.hours * HOUR) + self._longest())
            self.journal.ended_at = self.scheduler.elapsed
            self.journal.left = left(self)
            self.journal.digests = folded.digests_left(self)
            self.scheduler.close()
        if self._broken:
            raise self._broken
        return self.journal

    def _longest(self) -> float:
        """Say for how long the history goes on when nothing comes any more."""
        return _LONGEST_ATTENTION if self.story.asks else _LONGEST

    def _happen(self, at: float, what: Callable[[], None]) -> None:
        """Let something happen by itself; what it raises is the simulation's own fault, and its end."""

        def happen() -> None:
            try:
                what()
            except Exception as error:
                self._broken = self._broken or error
                raise

        self.scheduler.spawn(happen, after=at, about=_NOBODY)

    # --- what the interpreter asks of the world

    def now(self) -> datetime:
        """Say what time it is."""
        return self.scheduler.now()

    def sleep(self, seconds: float) -> None:
        """Let time pass for whoever runs."""
        self.scheduler.sleep(seconds)

    def jitter(self, delay: float) -> float:
        """Draw a part of a retry's delay."""
        return self.latency(0.0, delay)

    def together(self, runs: Sequence[Callable[[], Any]]) -> list[Any]:
        """Run a Parallel's branches; the first that fails ends the others."""
        about = self.scheduler.current.about
        tasks = [self.scheduler.spawn(run, about=about) for run in runs]
        mine = self._tasks[about.execution.arn]
        mine += tasks
        self.scheduler.wait_for_all(tasks)
        failed = next((task.error for task in tasks if task.error), None)
        for task in tasks:
            mine.remove(task)
            self.scheduler.kill(task)
        if failed:
            raise failed
        return [task.result for task in tasks]

    def task(
        self, execution: Execution, state: str, resource: str, parameters: Any, timeout: float | None
    ) -> Any:
        """Try a Task once."""
        if resource.endswith(":dynamodb:updateItem"):
            return self._write(execution, state, parameters)
        if resource.endswith(":states:startExecution"):
            return self._start_other(execution, state, parameters)
        function = resource.rsplit(":", 1)[1].removeprefix("guardduty-notifier-local-")
        kind = self.faults.at(execution.name, f"invoke {function}", "lambda", self.scheduler.elapsed)
        if kind == "throttled" or 0 < self.story.capacity <= self._running:
            self.journal.throttled.append(self.scheduler.elapsed)
            self.sleep(0.05)
            raise StateError("Lambda.TooManyRequestsException", "Rate Exceeded.")
        self._running += 1
        try:
            return self._run(function, kind, parameters, execution, timeout)
        finally:
            self._running -= 1

    def _run(
        self, function: str, kind: str, parameters: Any, execution: Execution, timeout: float | None
    ) -> Any:
        self.sleep(self.latency(2.0, 9.0) if kind == "slow" else self.latency(0.02, 0.15))
        if self.story.capacity:
            self.sleep(0.5)
        invoked = self.invoke(function, parameters, execution.name)
        if kind == "zombie":
            self.scheduler.wait_for(invoked, self.latency(0.0, 3.0))
            raise StateError("Lambda.ServiceException", "The service failed.")
        return self._answer(invoked, kind, min(timeouts()[function], timeout or 900.0))

    # --- what functions ask of it

    def fault(self, name: str, sort: str) -> str:
        """Say what goes wrong with a call of the running function."""
        about = self.invocation
        return self.faults.at(about.who, f"{about.function}: {name}", sort, self.scheduler.elapsed)

    def unsupported(self, what: str) -> Unsupported:
        """Note what the simulation does not know: the history's end, whoever catches what is raised."""
        unsupported = Unsupported(what)
        self._broken = self._broken or unsupported
        return unsupported

    def die(self) -> Never:
        """End the running function's process, and with it what its container knew."""
        self.invocation.died = True
        forget()
        raise Died

    def latency(self, least: float, most: float) -> float:
        """Draw how long something takes, in seconds."""
        about = self.scheduler.current.about
        who = about.who + about.function if isinstance(about, Invocation) else about.execution.name
        self._draws[who] += 1
        drawn = chance(self.story.seed, "latency", who, self._draws[who])
        return least + (most - least) * drawn * drawn

    @property
    def invocation(self) -> Invocation:
        """The running function."""
        found = self.scheduler.current.about
        assert isinstance(found, Invocation)
        return found

    def _lag(self) -> float:
        """Draw for how long the index does not know of the next write."""
        self._writes += 1
        return self.story.index_lag * chance(self.story.seed, "index", self._writes)

    def update_of(self, finding: str, moment: str) -> int:
        """Say which of a finding's updates is of a moment; 0 where none is."""
        return self._updates.get((finding, moment), 0)

    def in_outage(self, how: str) -> bool:
        """Whether Slack is out of order in this way now."""
        now = self.scheduler.elapsed
        return any(each.how == how and each.begins <= now < each.ends for each in self.story.outages)

    # --- functions

    def invoke(self, function: str, payload: Any, who: str) -> Task:
        """Begin to run a function."""
        invocation = Invocation(function, who, self.scheduler.elapsed)
        self.journal.invocations.append(invocation)
        ends = self.scheduler.elapsed + timeouts()[function]
        context = _Context(
            local_aws.function_arn(function),
            lambda: max(0, int((ends - self.scheduler.elapsed) * 1000)),
            f"{function} {len(self.journal.invocations)}",
        )
        handler, given = self._handlers[function], json.dumps(payload)

        def run() -> Any:
            return json.loads(json.dumps(handler(json.loads(given), context)))

        return self.scheduler.spawn(run, about=invocation)

    def _answer(self, invoked: Task, kind: str, seconds: float) -> Any:
        """Wait for a function and hear what became of it."""
        if not self.scheduler.wait_for(invoked, seconds):
            self._time_out(invoked)
            raise StateError("Sandbox.Timedout", f"Task timed out after {seconds:.2f} seconds")
        if kind == "lost":
            raise StateError("Lambda.ServiceException", "The service failed.")
        error = invoked.error
        if isinstance(error, Died | Killed):
            raise StateError("Runtime.ExitError", "RequestId: … Error: Runtime exited")
        if error is not None:
            said = {"errorMessage": str(error), "errorType": type(error).__name__}
            raise StateError(type(error).__name__, json.dumps(said))
        return invoked.result

    def _time_out(self, invoked: Task) -> None:
        """End a function that has run for as long as it may, and with it what its container knew."""
        invoked.about.died = True
        self.scheduler.kill(invoked)
        forget()

    def _write(self, execution: Execution, state: str, parameters: Any) -> Any:
        """Carry out dynamodb:updateItem for a state."""
        kind = self.faults.at(execution.name, f"state {state}", "state", self.scheduler.elapsed)
        self.sleep(self.latency(2.0, 9.0) if kind == "slow" else self.latency(0.01, 0.05))
        if kind == "throttled":
            raise StateError("DynamoDB.ThrottlingException", "Rate exceeded")
        try:
            answer = self.tables.update_item(**parameters)
        except ClientError as error:
            raise StateError(f"DynamoDB.{error.response['Error']['Code']}", str(error)) from error
        self.sleep(self.latency(0.005, 0.02))
        if kind == "lost":
            raise StateError("DynamoDB.InternalServerErrorException", "The service failed.")
        return {name: value for name, value in answer.items() if name != "ResponseMetadata"}

    # --- executions

    def start(
        self, name: str, input_: Any, finding: str, update: int, machine: str = local_aws.MACHINE
    ) -> Started:
        """Start an execution."""
        execution = Execution(arn=_arn(machine, name), name=name, input=input_)
        started = Started(execution, finding, update, self.scheduler.elapsed, machine=machine)
        (self.journal.started if machine == local_aws.MACHINE else self.journal.attention).append(started)
        self._by_arn[execution.arn] = started
        self._begin(started, lambda: self._interpreters[machine].run(execution))
        return started

    def redrive(self, started: Started) -> None:
        """Let an execution that ended badly go on where it failed."""
        started.redriven.append(self.scheduler.elapsed)
        self._begin(started, lambda: self._interpreters[started.machine].redrive(started.execution))

    def abort(self, started: Started) -> None:
        """Stop an execution; a function that it has invoked runs on."""
        for task in self._tasks.pop(started.execution.arn, []):
            self.scheduler.kill(task)
        started.aborted = True
        started.execution.status = "ABORTED"
        started.ended.append((self.scheduler.elapsed, "aborted"))

    def _begin(self, started: Started, run: Callable[[], None]) -> None:
        def whole() -> None:
            try:
                run()
            except Exception as error:
                self._broken = self._broken or error
                raise
            execution = started.execution
            state = execution.entered[-1].state if execution.status == "SUCCEEDED" else execution.error
            started.ended.append((self.scheduler.elapsed, state))
            self._tasks.pop(execution.arn, None)

        self._tasks[started.execution.arn] = [self.scheduler.spawn(whole, about=started)]

    def start_by_name(self, machine: str, name: str, input_: Any) -> Mapping[str, Any]:
        """Start what somebody wants to have started; a name is taken for ever.

        The same again, as long as it runs, is no error: https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
        """
        arn = _arn(machine, name)
        if known := self._by_arn.get(arn):
            if known.execution.status != "RUNNING" or known.execution.input != input_:
                raise aws.refused("StartExecution", "ExecutionAlreadyExists")
        elif machine == local_aws.MACHINE:
            finding = str(input_["detail"]["id"])
            self.start(name, input_, finding, update_seen(input_["detail"]["service"].get("count", 0)))
        else:
            self.start(name, input_, str(input_["finding_id"]), 0, machine)
        return {"executionArn": arn, "startDate": self.now()}

    def described(self, arn: str) -> Mapping[str, Any]:
        """Say how an execution stands."""
        if arn not in self._by_arn:
            raise aws.refused("DescribeExecution", "ExecutionDoesNotExist")
        started = self._by_arn[arn]
        execution = started.execution
        output = json.dumps(execution.output) if execution.status == "SUCCEEDED" else ""
        about = {"executionArn": arn, "name": execution.name, "stateMachineArn": started.machine}
        about |= {"status": execution.status, "error": execution.error, "output": output}
        return {
            **about,
            "input": json.dumps(execution.input),
            "startDate": self.scheduler.start + timedelta(seconds=started.at),
        }

    def executions_listed(self, machine: str, status: str) -> Mapping[str, Any]:
        """List a machine's executions, the newest first, on one page."""
        found = [each for each in self.journal.attention + self.journal.started if each.machine == machine]
        of_status = [each for each in found if each.execution.status == status]
        listed = [self.described(each.execution.arn) for each in of_status]
        listed.sort(key=lambda each: each["startDate"], reverse=True)
        named = ("executionArn", "name", "stateMachineArn", "status", "startDate")
        return {"executions": [{name: each[name] for name in named} for each in listed]}

    def redrive_by_arn(self, arn: str) -> Mapping[str, Any]:
        """Redrive what somebody wants to have redriven."""
        started = self._by_arn[arn]
        if started.execution.status not in ("FAILED", "ABORTED"):
            raise aws.refused("RedriveExecution", "ExecutionNotRedrivable")
        self.redrive(started)
        return {"redriveDate": self.now()}

    def _start_other(self, execution: Execution, state: str, parameters: Any) -> Any:
        """Carry out states:startExecution for a state."""
        kind = self.faults.at(execution.name, f"state {state}", "state", self.scheduler.elapsed)
        self.sleep(self.latency(2.0, 9.0) if kind == "slow" else self.latency(0.01, 0.05))
        if kind == "throttled":
            raise StateError("StepFunctions.ThrottlingException", "Rate exceeded")
        try:
            answer = self.start_by_name(
                parameters["StateMachineArn"], parameters["Name"], parameters["Input"]
            )
        except ClientError as error:
            code = error.response["Error"]["Code"]
            raise StateError(f"StepFunctions.{code}Exception", str(error)) from error
        if kind == "lost":
            raise StateError("StepFunctions.SdkClientException", "The service failed.")
        return {"ExecutionArn": answer["executionArn"]}

    # --- GuardDuty

    def details(self, ids: Sequence[str]) -> list[dict[str, Any]]:
        """Give findings as they are in GuardDuty now."""
        now = self.scheduler.elapsed
        newest: dict[str, Arrival] = {}
        for each in self.story.arrivals:
            if each.of <= now:
                newest[finding_id(each.finding)] = max(
                    newest.get(finding_id(each.finding), each), each, key=lambda one: one.of
                )
        found = [event(newest[each])["detail"] for each in ids if each in newest]
        for each in found:
            each["service"]["archived"] = each["id"] in self.archived
        return found

    def listed(self, criteria: Mapping[str, Any]) -> Mapping[str, Any]:
        """List finding ids as ListFindings does."""
        wanted = criteria["FindingCriteria"]["Criterion"]
        since, severity = wanted["updatedAt"]["GreaterThanOrEqual"], wanted["severity"]
        found = [
            (each["updatedAt"], each["id"])
            for each in self.details(list(self.findings))
            if not each["service"]["archived"]
            and datetime.fromisoformat(each["updatedAt"]).timestamp() * 1000 >= since
            and severity["GreaterThanOrEqual"] <= each["severity"] < severity.get("LessThan", 11)
        ]
        start, size = int(criteria.get("NextToken") or 0), criteria["MaxResults"]
        page = [each for _, each in sorted(found)][start : start + size]
        return {"FindingIds": page, "NextToken": str(start + size) if start + size < len(found) else ""}

    def replace_containers(self) -> None:
        """Let functions run in new containers, as after a deployment."""
        forget()

    # --- what happens by itself

    def _arrive(self, arrival: Arrival) -> None:
        name = f"finding-{arrival.finding}-update-{arrival.update}"
        self._arrived[name] += 1
        again = f"-again-{self._arrived[name] - 1}" if self._arrived[name] > 1 else ""
        self.start(name + again, event(arrival), finding_id(arrival.finding), arrival.update)

    def _look(self, hour: int) -> None:
        """Let each schedule that is due invoke its function; none waits for another."""
        for schedule in _schedules():
            if schedule.hour in (None, self.now().hour):
                self._happen(0.0, partial(self._call, schedule, f"hour-{hour}-{schedule.hour}"))

    def _call(self, schedule: Schedule, who: str) -> None:
        """Invoke what a schedule invokes, as EventBridge does: a failed run is tried twice more."""
        for number in range(3):
            invoked = self.invoke(schedule.function, dict(schedule.payload), who)
            ended = self.scheduler.wait_for(invoked, timeouts()[schedule.function])
            if ended and invoked.error is None:
                break
            if not ended:
                self._time_out(invoked)
            self.sleep(60.0 * (number + 1))

    # --- in place of the real ones

    @contextmanager
    def _in_place(self) -> Iterator[None]:
        """Stand for AWS, Slack and the time in this process."""
        settings = {
            "AWS_DEFAULT_REGION": local_aws.REGION,
            "AWS_LAMBDA_FUNCTION_NAME": "simulated",
            "STAGE": local_aws.STAGE,
            "SLACK_CHANNEL": "#security",
            "SLACK_API_URL": "https://slack.com/api",
            "SLACK_MESSAGES_PER_SECOND": str(self.story.rate),
            "ANSWER_WITHIN": self.story.answer_within,
            "FOLD_AFTER": self.story.fold_after,
        }
        epoch = SimpleNamespace(time=lambda: self.now().timestamp(), monotonic=lambda: self.scheduler.elapsed)
        boto3 = SimpleNamespace(client=lambda service, **_: aws.client(self, service))
        with ExitStack() as patched:
            patched.enter_context(patch.dict(os.environ, settings))
            for owner, name, value in (
                (clients, "boto3", boto3),
                (api, "HTTPAdapter", slack.adapter(self.slack)),
                (clock, "now", self.now),
                (clock, "running", lambda: self.scheduler.elapsed),
                (clock, "sleep", self.sleep),
                (slack_workspace, "time", epoch),
                *((reader, "parse", remembered.parse) for reader in remembered.READERS),
            ):
                patched.enter_context(patch.object(owner, name, value))
            patched.enter_context(redirect_stdout(self.output))
            forget()
            clients.client.cache_clear()
            patched.callback(clients.client.cache_clear)
            patched.callback(forget)
            yield


def _arn(machine: str, name: str) -> str:
    return f"{machine.replace(':stateMachine:', ':execution:')}:{name}"


def forget() -> None:
    """A new container: it knows no name and no secret."""
    accounts.forget()
    reactions.forget()
    clocks.forget()
    history.forget()
    own_digest.forget()
    parameter_store._kept.clear()
