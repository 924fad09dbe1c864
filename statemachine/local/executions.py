"""Executions on the local AWS: start them, wait for them, and read what their history says."""

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter

from statemachine.deploy import definition
from statemachine.local.local_aws import MACHINE, LocalAWS
from statemachine.local.slack_methods import WEBHOOK

_SECONDS_TO_STOP = 0.5

_POSTING = ("chat.postMessage", "chat.update", WEBHOOK)
"""What else is asked of Slack only reads, and is no part of what an event's run has posted."""

_BRANCHED = {
    state: number
    for number, branch in enumerate(json.loads(definition.text())["States"]["Enrich"]["Branches"])
    for state in branch["States"]
}
"""Every state of Enrich, and the number of its branch."""

_execution: ContextVar[str] = ContextVar("_execution", default="")


@dataclass(frozen=True)
class SlackCall:
    """One request that an execution made to Slack, and what came of it."""

    execution: str
    method: str
    """``chat.postMessage``, ``chat.update``, or ``webhook``."""
    body: Any
    status: int | None
    """None where no answer came."""
    answer: Mapping[str, Any] = field(default_factory=dict)
    """The Web API's answer, where it could be read."""
    at: float = field(default_factory=time.monotonic, compare=False)
    """When the answer came, by ``time.monotonic``."""

    @property
    def is_message(self) -> bool:
        """Whether it posted a message that people may react to: no reply, and one of which Slack says where it is."""
        return self.method == "chat.postMessage" and self.is_taken and not self.body.get("thread_ts")

    @property
    def is_taken(self) -> bool:
        """Whether Slack took it: the Web API says so within an answer of 200, too, where it refused."""
        return self.status == 200 if self.method == WEBHOOK else self.answer.get("ok") is True


@dataclass(frozen=True)
class Step:
    """One state that an execution entered."""

    state: str
    seconds: float
    retries: int
    input: Any


@dataclass(frozen=True)
class AttentionRun:
    """The execution that waited for an event's answer, and how it ended."""

    arn: str
    status: str
    """``ABORTED`` where nothing more could come of it."""
    error: str | None
    cause: str | None
    steps: list[Step]


@dataclass
class LocalExecution:
    """One event and what became of it."""

    event: str
    """Where it came from: a path."""
    matched: bool
    status: str | None = None
    error: str | None = None
    cause: str | None = None
    steps: list[Step] = field(default_factory=list)
    output: Any = None
    slack: list[SlackCall] = field(default_factory=list)
    why: str | None = None
    """What of the event does not match; None where all does."""
    attention: AttentionRun | None = None
    """None where none was started."""
    is_followed: bool = False
    """Whether an answer was to be waited for."""

    def to_json(self) -> dict[str, Any]:
        """The line that ``run --json`` prints."""
        return {
            "event": self.event,
            "matched": self.matched,
            "why": self.why,
            "status": self.status,
            "error": self.error,
            "cause": self.cause,
            "states": [step.state for step in self.steps],
            "output": self.output,
            "slack": [
                {"method": call.method, "body": call.body, "status": call.status} for call in self.slack
            ],
            "attention": self.attention
            and {
                "status": self.attention.status,
                "states": [step.state for step in self.attention.steps],
            },
        }


def execute(aws: LocalAWS, name: str, event: Any, stopped: threading.Event) -> dict[str, Any]:
    """Start one execution and wait for its end: what DescribeExecution says of it. ``stopped`` ends it at once."""
    started = aws.client("stepfunctions").start_execution(
        stateMachineArn=MACHINE, name=name, input=json.dumps(event)
    )
    return described_at_its_end(aws, started["executionArn"], stopped.is_set)


def described_at_its_end(aws: LocalAWS, arn: str, is_to_stop: Callable[[], bool]) -> dict[str, Any]:
    """Wait for an execution's end, and say what DescribeExecution says of it; it is asked often whether to stop."""
    stepfunctions, stopping = aws.client("stepfunctions"), False
    ended = aws.ended(arn)
    while not ended.wait(_SECONDS_TO_STOP):
        if is_to_stop():
            stopping = True
            stepfunctions.stop_execution(executionArn=arn)
    described: dict[str, Any] = stepfunctions.describe_execution(executionArn=arn)
    if stopping and described["status"] == "FAILED":  # moto's word where it stops one between two attempts
        return {"executionArn": arn, "status": "ABORTED"}
    return described


def steps(history: list[dict[str, Any]]) -> list[Step]:
    """Every state that an execution entered, how long it took and how often it was retried.

    In order of time; those of the branches, which run at once, branch by branch.
    """
    found = list(_steps(history))
    branched = [step for step in found if step.state in _BRANCHED]
    branched.sort(key=lambda step: _BRANCHED[step.state])
    others = [step for step in found if step.state not in _BRANCHED]
    before = next((place for place, step in enumerate(others, 1) if step.state == "Enrich"), len(others))
    return others[:before] + branched + others[before:]


def _steps(events: list[dict[str, Any]]) -> Iterator[Step]:
    for index, event in enumerate(events):
        if event["type"].endswith("StateEntered"):
            entered = event["stateEnteredEventDetails"]
            course = _course(events[index:], entered["name"], datetime.fromisoformat(event["timestamp"]))
            yield Step(entered["name"], *course, json.loads(entered.get("input") or "null"))


def _course(events: list[dict[str, Any]], state: str, entered: datetime) -> tuple[float, int]:
    """Seconds until the state was left (or the execution's end), and its retries."""
    left = next(
        (event for event in events if event.get("stateExitedEventDetails", {}).get("name") == state),
        events[-1],
    )
    failures = ("LambdaFunctionFailed", "TaskFailed", "LambdaFunctionTimedOut", "TaskTimedOut")
    mine = [event for event in events[: events.index(left)] if event["type"] in failures]
    return (datetime.fromisoformat(left["timestamp"]) - entered).total_seconds(), len(mine)


@contextmanager
def attributed_to(execution: str) -> Iterator[None]:
    """What this thread sends to Slack meanwhile belongs to the execution."""
    token = _execution.set(execution)
    try:
        yield
    finally:
        _execution.reset(token)


@contextmanager
def recorded_slack_calls() -> Iterator[list[SlackCall]]:
    """Watch what is posted to Slack over HTTP, wherever Slack is: method, body and the answer."""
    calls: list[SlackCall] = []
    send = HTTPAdapter.send

    def watched(adapter: HTTPAdapter, request: requests.PreparedRequest, **named: Any) -> requests.Response:
        status, said = None, b""
        try:
            response = send(adapter, request, **named)
            status = response.status_code
            said = response.content
        finally:
            if _method(request) in _POSTING:
                calls.append(_slack_call(request, status, said))
        return response

    with patch.object(HTTPAdapter, "send", watched):
        yield calls


def _slack_call(request: requests.PreparedRequest, status: int | None, said: bytes) -> SlackCall:
    return SlackCall(
        _execution.get(), _method(request), json.loads(request.body or "null"), status, _answer(said)
    )


def _method(request: requests.PreparedRequest) -> str:
    path = urlsplit(str(request.url)).path
    return path.rsplit("/", 1)[-1] if "/api/" in path else WEBHOOK


def _answer(said: bytes) -> dict[str, Any]:
    try:
        read = json.loads(said)
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}


def around_invoke(name: str, payload: Any, call: Callable[[], bytes]) -> bytes:
    """Attribute what a function sends to the execution that invokes it."""
    with attributed_to(payload["execution"] if name in ("post-to-slack", "look-for-answer") else ""):
        return call()
