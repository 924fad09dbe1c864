"""The state machine on a local AWS, for tests: start events, break things, look at what came of it."""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch
from uuid import uuid4

from moto.core.exceptions import JsonRESTError
from moto.dynamodb.models import DynamoDBBackend
from moto.stepfunctions.parser.models import stepfunctions_parser_backends

from statemachine import definition, local_aws
from statemachine.executions import Step, steps
from statemachine.local_aws import ACCOUNT, MACHINE, REGION, STAGE, LocalAWS
from statemachine.slack_stand_in import Message, SlackStandIn

EVENTS = Path(__file__).with_name("events")

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


class Machine:
    """A stage on a local AWS with an account's name, whose functions post to the stand-in of Slack."""

    def __init__(
        self,
        slack: SlackStandIn,
        *,
        secret: str = "xoxb-local",
        accounts: Mapping[str, str] | None = None,
        **settings: str,
    ) -> None:
        self.slack = slack
        self.invocations: list[tuple[str, Any]] = []
        self.disturb: Callable[[str, Any], None] = lambda name, payload: None
        self.broken = 0
        """How many calls of DynamoDB were answered with an error."""
        self.dynamodb_calls: Counter[str] = Counter()
        """How often each of DynamoDB's operations was called, by functions and states."""
        self._lock = threading.Lock()
        self._dynamodb_faults: list[tuple[Callable[[str, Any], bool], str]] = []
        self.aws = LocalAWS(
            accounts={"111122223333": "payments-prod"} if accounts is None else accounts,
            settings={
                "SLACK_CHANNEL": "#security",
                "SLACK_API_URL": slack.url,
                "SLACK_MESSAGES_PER_SECOND": "100",
                **settings,
            },
            secret=secret,
            around_invoke=self._around,
        )

    def __enter__(self) -> "Machine":
        self._open = ExitStack()
        self._open.enter_context(self.aws)
        for name in ("get_item", "put_item", "update_item", "query", "scan"):
            self._open.enter_context(patch.object(DynamoDBBackend, name, self._breakable(name)))
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def start(self, event: Event, name: str = "") -> str:
        """Start an execution: its ARN."""
        started = self.stepfunctions.start_execution(
            stateMachineArn=MACHINE, name=name or uuid4().hex, input=json.dumps(event)
        )
        return str(started["executionArn"])

    def status(self, arn: str) -> str:
        """Wait for an execution's end, and say no more than its status."""
        self.aws.ended(arn).wait()
        return str(self.stepfunctions.describe_execution(executionArn=arn)["status"])

    def wait(self, arn: str) -> Outcome:
        """Wait for an execution's end."""
        self.aws.ended(arn).wait()
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
        """Redrive a failed execution, which moto can't: the same ARN goes on in the state that failed."""
        backend = stepfunctions_parser_backends[ACCOUNT][REGION]
        machine = backend.describe_state_machine(MACHINE)
        machine.executions[:] = [
            execution for execution in machine.executions if execution.execution_arn != outcome.arn
        ]
        self.aws.ended(outcome.arn).clear()
        failed = outcome.steps[-1]
        whole = definition.definition(local_aws.substitutions())
        self._define(whole | {"StartAt": failed.state, "States": _reachable(whole["States"], failed.state)})
        try:
            return self.wait(self.start(failed.input, outcome.arn.rsplit(":", 1)[1]))
        finally:
            self._define(whole)

    def _define(self, whole: Mapping[str, Any]) -> None:
        self.stepfunctions.update_state_machine(stateMachineArn=MACHINE, definition=json.dumps(whole))

    @property
    def stepfunctions(self) -> Any:
        return self.aws.client("stepfunctions")

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
        return {name: next(iter(value.values())) for name, value in found.get("Item", {}).items()}

    def messages(self, channel: str = "#security") -> list[Message]:
        """What people see in a channel."""
        return self.slack.messages.get(channel, [])

    def tellings(self, finding_id: str, channel: str = "#security") -> list[Message]:
        """The first-level messages that tell a finding."""
        return [
            message
            for message in self.messages(channel)
            if finding_id in json.dumps(message.payload) and not message.thread_ts
        ]

    def count(self, function: str) -> int:
        """How often a function was invoked."""
        return sum(1 for name, _ in self.invocations if name == function)

    def break_dynamodb(self, when: Callable[[str, Any], bool], error: str, times: int = 1) -> None:
        """Answer the next calls that ``when(operation, key)`` accepts with an error."""
        self._dynamodb_faults += [(when, error)] * times

    @contextmanager
    def dynamodb_down(
        self, operations: tuple[str, ...] = ("get_item", "put_item", "update_item", "query", "scan")
    ) -> Iterator[None]:
        """DynamoDB answers nothing but errors meanwhile."""
        fault = (lambda operation, _: operation in operations, "InternalServerError")
        self._dynamodb_faults += [fault] * 10_000
        try:
            yield
        finally:
            self._dynamodb_faults.clear()

    def _around(self, name: str, payload: Any, call: Callable[[], bytes]) -> bytes:
        with self._lock:
            self.invocations.append((name, payload))
        self.disturb(name, payload)
        return call()

    def _breakable(self, operation: str) -> Callable[..., Any]:
        original = getattr(DynamoDBBackend, operation)

        def broken(backend: Any, *arguments: Any, **named: Any) -> Any:
            with self._lock:
                self.dynamodb_calls[operation] += 1
                fault = next(
                    (fault for fault in self._dynamodb_faults if fault[0](operation, (arguments, named))),
                    None,
                )
                if fault:
                    self._dynamodb_faults.remove(fault)
                    self.broken += 1
            if fault:
                raise _dynamodb_error(fault[1])
            return original(backend, *arguments, **named)

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


def _typed(value: Any) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, int | float):
        return {"N": str(value)}
    return {"L": [{"S": one} for one in value]} if isinstance(value, list) else {"S": str(value)}
