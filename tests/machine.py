"""The state machine on a local AWS, for tests: start events, break things, look at what came of it."""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch
from uuid import uuid4

from moto.core.exceptions import JsonRESTError
from moto.dynamodb.models import DynamoDBBackend
from moto.stepfunctions.parser.models import stepfunctions_parser_backends

from statemachine.deploy import definition
from statemachine.local import local_aws
from statemachine.local.executions import Step, steps
from statemachine.local.local_aws import (
    ACCOUNT,
    MACHINE,
    REGION,
    STAGE,
    Context,
    LocalAWS,
    function_arn,
    handlers,
)
from statemachine.local.slack_stand_in import Message, SlackStandIn
from tests.fakes.virtual_time import VirtualTime

EVENTS = Path(__file__).with_name("events")

LOOK_UPS = ("look-up-account", "look-up-resource-tags")
"""The functions whose results a message can do without."""

Event = dict[str, Any]


def event(name: str = "example", **detail: Any) -> Event:
    """One of the events beside the tests, its detail changed; ``service`` is merged."""
    found: Event = json.loads((EVENTS / f"{name}.json").read_text())
    service = detail.pop("service", {})
    found["detail"] |= detail
    found["detail"]["service"] |= service
    return found


def finding(number: int, update: int = 0, **detail: Any) -> Event:
    """A finding of its own, at one of its updates (minutes)."""
    updated_at = f"2026-11-20T{10 + update // 60:02d}:{update % 60:02d}:00.000Z"
    return event(id=f"{number:032x}", updatedAt=updated_at, **detail)


@dataclass(frozen=True)
class Outcome:
    """How an execution ended."""

    arn: str
    status: str
    error: str | None
    cause: str
    steps: list[Step]
    output: Any

    @property
    def states(self) -> list[str]:
        return [step.state for step in self.steps]

    @property
    def end(self) -> str:
        return self.states[-1]


@dataclass(frozen=True)
class _DynamoDBFault:
    when: Callable[[str, Any], bool]
    error: str
    taken: bool = False


class Machine:
    """A stage on a local AWS with an account's name, whose functions post to the stand-in of Slack.

    With ``at``, a moment, time stands still and passes only in ``wait``, ``run``, ``redrive`` and ``pass_time``;
    what is started runs until it has ended or waits before the test goes on. Slack's answers are then so many
    seconds on the way as ``slack_takes`` says.
    """

    def __init__(
        self,
        slack: SlackStandIn,
        *,
        secret: str = "xoxb-local",
        accounts: Mapping[str, str] | None = None,
        at: datetime | None = None,
        slack_takes: float = 0.0,
        **settings: str,
    ) -> None:
        self.slack = slack
        self.invocations: list[tuple[str, Any]] = []
        self.disturb: Callable[[str, Any], None] = lambda name, payload: None
        """Called before each function: what it raises is heard in place of the function."""
        self.disturb_answer: Callable[[str, Any], None] = lambda name, payload: None
        """Called after each function: what it raises is heard in place of its answer."""
        self.broken = 0
        """How many calls of DynamoDB were answered with an error."""
        self.dynamodb_calls: Counter[str] = Counter()
        """How often each of DynamoDB's operations was called, by functions and states."""
        self._lock = threading.Lock()
        self._dynamodb_faults: list[_DynamoDBFault] = []
        self.aws = LocalAWS(
            accounts={"111122223333": "payments-prod"} if accounts is None else accounts,
            settings={
                "SLACK_CHANNEL": "#security",
                "SLACK_API_URL": slack.url,
                "SLACK_MESSAGES_PER_SECOND": "100",
                "ANSWER_WITHIN": "off",
                "FOLD_AFTER": "off",
                **settings,
            },
            secret=secret,
            around_invoke=self._around,
        )
        self._time = VirtualTime(lambda arn: self.aws.ended(arn).is_set(), at, slack_takes) if at else None

    def __enter__(self) -> "Machine":
        self._open = ExitStack()
        self._open.enter_context(self.aws)
        for name in ("get_item", "put_item", "update_item", "query", "scan"):
            self._open.enter_context(patch.object(DynamoDBBackend, name, self._breakable(name)))
        if self._time:
            self._open.enter_context(self._time)
            self._open.callback(self._stop_all, self._time)
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def start(self, event: Event, name: str = "") -> str:
        """Start an execution: its ARN."""
        started = self.stepfunctions.start_execution(
            stateMachineArn=MACHINE, name=name or uuid4().hex, input=json.dumps(event)
        )
        if self._time:
            self._time.settle()
        return str(started["executionArn"])

    def stop(self, arn: str) -> None:
        """Abort an execution, as a person does in the console."""
        self.stepfunctions.stop_execution(executionArn=arn)
        self.aws.ended(arn).wait()

    @property
    def now(self) -> datetime:
        """The time of a machine in which it passes only when it is let."""
        return self._clock.now()

    def pass_time(self, **span: float) -> None:
        """Let time pass (``hours=1``), with all that happens meanwhile."""
        self._clock.pass_time(timedelta(**span))

    def is_running(self, arn: str) -> bool:
        """Whether an execution has not ended."""
        return not self.aws.ended(arn).is_set()

    def status(self, arn: str) -> str:
        """Wait for an execution's end, and say no more than its status."""
        self._await(arn)
        return str(self.stepfunctions.describe_execution(executionArn=arn)["status"])

    def wait(self, arn: str) -> Outcome:
        """Wait for an execution's end."""
        self._await(arn)
        return self.outcome(arn)

    def outcome(self, arn: str) -> Outcome:
        """Say how far an execution has come by now."""
        described = self.stepfunctions.describe_execution(executionArn=arn)
        return Outcome(
            arn,
            described["status"],
            described.get("error"),
            described.get("cause", ""),
            steps(self.aws.history(arn)),
            json.loads(described.get("output") or "null"),
        )

    def run(self, event: Event) -> Outcome:
        """Start an execution and wait for its end."""
        return self.wait(self.start(event))

    def run_all(self, events: list[Event]) -> list[Outcome]:
        """Run all at once."""
        return [self.wait(arn) for arn in [self.start(event) for event in events]]

    def hold(self, **until: Callable[[], object]) -> None:
        """Hold executions, given by name, when they come to PostToSlack the second time: each calls its ``until``."""
        visits: Counter[str] = Counter()

        def disturb(name: str, payload: Any) -> None:
            if name == "post-to-slack":
                execution = payload["execution"].rsplit(":", 1)[1]
                visits[execution] += 1
                if visits[execution] == 2 and execution in until:
                    until[execution]()

        self.disturb = disturb

    def redrive(self, outcome: Outcome) -> Outcome:
        """Redrive a failed execution and wait for its end."""
        [again] = self.redrive_all([outcome])
        return again

    def redrive_all(self, outcomes: list[Outcome]) -> list[Outcome]:
        """Redrive executions that failed in one state, which moto can't: the same ARNs go on there, all at once."""
        backend = stepfunctions_parser_backends[ACCOUNT][REGION]
        machine = backend.describe_state_machine(MACHINE)
        arns = {outcome.arn for outcome in outcomes}
        machine.executions[:] = [each for each in machine.executions if each.execution_arn not in arns]
        whole = definition.definition(local_aws.substitutions())
        [state] = {outcome.end for outcome in outcomes}
        self._define(whole | {"StartAt": state, "States": _reachable(whole["States"], state)})
        try:
            return [self.wait(arn) for arn in [self._start_again(outcome) for outcome in outcomes]]
        finally:
            self._define(whole)

    def _start_again(self, outcome: Outcome) -> str:
        self.aws.ended(outcome.arn).clear()
        return self.start(outcome.steps[-1].input, outcome.arn.rsplit(":", 1)[1])

    def _define(self, whole: Mapping[str, Any]) -> None:
        self.stepfunctions.update_state_machine(stateMachineArn=MACHINE, definition=json.dumps(whole))

    @property
    def stepfunctions(self) -> Any:
        return self.aws.client("stepfunctions")

    @property
    def _clock(self) -> VirtualTime:
        if self._time is None:
            raise RuntimeError("In this machine the time is the real one: make it with at=")
        return self._time

    def _await(self, arn: str) -> None:
        ended = self.aws.ended(arn)
        if self._time:
            self._time.until(ended.is_set)
        ended.wait()

    def _stop_all(self, time: VirtualTime) -> None:
        unfinished = time.unfinished
        for arn in unfinished:
            self.stepfunctions.stop_execution(executionArn=arn)
        time.stop()
        for arn in unfinished:
            self.aws.ended(arn).wait()

    def invoke(self, function: str, payload: Any) -> Any:
        """Invoke a function of the stage, as whoever is no state machine does; it raises what it raises."""
        try:
            return handlers()[function](payload, Context(function_arn(function)))
        finally:
            if self._time:
                self._time.settle()  # what it started

    def set_secret(self, value: str) -> None:
        """Put another secret into the parameter: a token, a webhook's URL, or rubbish."""
        self.aws.client("ssm").put_parameter(
            Name=f"/guardduty-notifier/{STAGE}/slack", Value=value, Type="SecureString", Overwrite=True
        )

    def rules(self) -> list[dict[str, str]]:
        """List the suppression list, its values as texts."""
        found = self.aws.client("dynamodb").scan(TableName=f"guardduty-notifier-{STAGE}-suppressions")
        return [_texts(item) for item in found["Items"]]

    def suppress(self, **item: Any) -> None:
        """Add a suppression rule, given as DynamoDB items' plain values of text."""
        self.put("suppressions", **item)

    def put(self, table: str, **item: Any) -> None:
        """Put an item of texts, numbers (as N) and booleans."""
        self.aws.client("dynamodb").put_item(
            TableName=f"guardduty-notifier-{STAGE}-{table}",
            Item={name: _typed(value) for name, value in item.items()},
        )

    def delete(self, table: str, **key: str) -> None:
        """Delete an item by its key."""
        self.aws.client("dynamodb").delete_item(
            TableName=f"guardduty-notifier-{STAGE}-{table}",
            Key={name: _typed(value) for name, value in key.items()},
        )

    def item(self, finding_id: str) -> dict[str, str]:
        """A finding's item in the notifications table, as texts."""
        found = self.aws.client("dynamodb").get_item(
            TableName=f"guardduty-notifier-{STAGE}-notifications", Key={"finding_id": {"S": finding_id}}
        )
        return _texts(found.get("Item", {}))

    def messages(self, channel: str = "#security") -> list[Message]:
        """What people see in a channel."""
        return self.slack.messages.get(channel, [])

    def posts(self, finding_id: str, channel: str = "#security") -> list[Message]:
        """The first-level messages that post a finding."""
        return [
            message
            for message in self.messages(channel)
            if finding_id in json.dumps(message.payload) and not message.thread_ts
        ]

    def count(self, function: str) -> int:
        """How often a function was invoked."""
        return sum(1 for name, _ in self.invocations if name == function)

    def break_dynamodb(
        self, when: Callable[[str, Any], bool], error: str, times: int = 1, *, taken: bool = False
    ) -> None:
        """Answer the next calls that ``when(operation, arguments)`` accepts with an error.

        Where they are ``taken`` they are carried out all the same, and only the answer is lost.
        """
        self._dynamodb_faults += [_DynamoDBFault(when, error, taken)] * times

    @contextmanager
    def dynamodb_down(
        self, operations: tuple[str, ...] = ("get_item", "put_item", "update_item", "query", "scan")
    ) -> Iterator[None]:
        """DynamoDB answers nothing but errors meanwhile."""
        fault = _DynamoDBFault(lambda operation, _: operation in operations, "InternalServerError")
        self._dynamodb_faults += [fault] * 10_000
        try:
            yield
        finally:
            self._dynamodb_faults.clear()

    def _around(self, name: str, payload: Any, call: Callable[[], bytes]) -> bytes:
        with self._lock:
            self.invocations.append((name, payload))
        self.disturb(name, payload)
        answer = call()
        self.disturb_answer(name, payload)
        return answer

    def _breakable(self, operation: str) -> Callable[..., Any]:
        original = getattr(DynamoDBBackend, operation)

        def broken(backend: Any, *arguments: Any, **named: Any) -> Any:
            with self._lock:
                self.dynamodb_calls[operation] += 1
                fault = next(
                    (fault for fault in self._dynamodb_faults if fault.when(operation, (arguments, named))),
                    None,
                )
                if fault:
                    self._dynamodb_faults.remove(fault)
                    self.broken += 1
            if fault and not fault.taken:
                raise _dynamodb_error(fault.error)
            answer = original(backend, *arguments, **named)
            if fault:
                raise _dynamodb_error(fault.error)
            return answer

        return broken


def wait_until(so: Callable[[], object]) -> None:
    """Wait for what comes sooner or later; the test's own time limit ends what never comes."""
    while not so():
        time.sleep(0.01)


@contextmanager
def breaking(backend: type, method: str, fault: Callable[..., None]) -> Iterator[None]:
    """Call ``fault`` with a moto backend's arguments before its method: what it raises is AWS's answer."""
    original = getattr(backend, method)

    def broken(*arguments: Any, **named: Any) -> Any:
        fault(*arguments, **named)
        return original(*arguments, **named)

    with patch.object(backend, method, broken):
        yield


def shown(message: Message) -> str:
    """What a message says, without its formatting."""
    return json.dumps(message.shown, ensure_ascii=False).replace("`", "").replace("*", "")


def lambda_error(name: str) -> Exception:
    """An error as Lambda names it (``Runtime.ExitError``), which no class in code could be."""
    error: Exception = type(name, (Exception,), {})("made to fail")
    return error


def _dynamodb_error(code: str) -> JsonRESTError:
    error = JsonRESTError(code, "made to fail")
    error.code = 500 if code == "InternalServerError" else 400
    return error


def _reachable(states: Mapping[str, Any], start: str) -> dict[str, Any]:
    """The states from one on: the interpreter wants no others."""
    found: dict[str, Any] = {}
    todo = [start]
    while todo:
        name = todo.pop()
        if name not in found:
            found[name] = states[name]
            todo += _targets(states[name])
    return found


def _targets(state: Mapping[str, Any]) -> list[str]:
    choices = [*state.get("Choices", []), *state.get("Catch", [])]
    return [
        target
        for target in (state.get("Next"), state.get("Default"), *(choice["Next"] for choice in choices))
        if target
    ]


def _texts(item: Mapping[str, Any]) -> dict[str, str]:
    return {name: next(iter(value.values())) for name, value in item.items()}


def _typed(value: Any) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, int | float):
        return {"N": str(value)}
    return {"L": [{"S": one} for one in value]} if isinstance(value, list) else {"S": str(value)}
