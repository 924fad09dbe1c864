"""Every way through the real machines: on our interpreter all comes as on moto's, which is tested against AWS.

Each story is played on both, with the same functions, tables and Slack, in virtual time. Where moto does otherwise
than AWS, ours does as AWS:

- moto writes ``$$.State.EnteredTime`` with ``+00:00``, AWS with milliseconds and ``Z``: moments are compared.
- moto's States.ALL matches States.Runtime and States.DataLimitExceeded, too; no way through the machine shows it, as
  moto looks at an output's size outside of what Retry and Catch are for.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Protocol
from unittest.mock import patch

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from chalicelib.ledger import watch
from chalicelib.ledger.claim import instant
from statemachine.deploy import definition
from statemachine.local import local_aws
from statemachine.local.slack_stand_in import SlackFault, SlackStandIn
from tests.machine import Event, Machine, Outcome, finding, lambda_error
from tests.promises.common import ONE
from tests.simulation.interpreter import LARGEST, Execution, Interpreter, StateError

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
NOTIFIER, ATTENTION = local_aws.MACHINE, local_aws.ATTENTION
DEFINITIONS = {
    arn: definition.definition(local_aws.substitutions(), name)
    for arn, name in ((NOTIFIER, definition.NOTIFIER), (ATTENTION, definition.ATTENTION))
}
STATES = {name: state for each in DEFINITIONS.values() for name, state in each["States"].items()}
"""Those of both machines: no name is in both."""
BRANCHES = STATES["Enrich"]["Branches"]


# --- the same machine without moto's interpreter ---


class Beside:
    """An outside made of a machine's functions and tables; it notes how each try of a task ended."""

    def __init__(self, machine: Machine) -> None:
        self.meanwhile: Callable[[], object] | None = None
        """Called once, when an execution sleeps."""
        self.tries: list[tuple[Execution, int, str]] = []
        """Execution, the number of the visit, and the error or nothing."""
        self._machine = machine
        config: Any = Config(retries={"total_max_attempts": 1})
        self._stepfunctions: Any = boto3.client("stepfunctions", region_name=local_aws.REGION, config=config)
        self._dynamodb: Any = boto3.client("dynamodb", region_name=local_aws.REGION, config=config)

    def now(self) -> datetime:
        return self._machine.now

    def sleep(self, seconds: float) -> None:
        wake = self.now() + timedelta(seconds=seconds)
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile:
            meanwhile()
        self._machine.pass_time(seconds=max(0.0, (wake - self.now()).total_seconds()))

    def jitter(self, delay: float) -> float:
        """As long as may be: moto's interpreter is made to wait so, too."""
        return delay

    def task(
        self, execution: Execution, state: str, resource: str, parameters: Any, timeout: float | None
    ) -> Any:
        visit = len(execution.entered) - 1
        assert execution.entered[visit].state == state
        do = {":lambda:": self._invoke, ":states:::states:": self._start, ":states:::dynamodb:": self._update}
        try:
            answer = next(act for word, act in do.items() if word in resource)(resource, parameters)
        except StateError as error:
            self.tries.append((execution, visit, error.error))
            raise
        self.tries.append((execution, visit, ""))
        return answer

    def together(self, runs: Sequence[Callable[[], Any]]) -> list[Any]:
        """One after another, all to the end."""
        results: list[Any] = []
        errors: list[StateError] = []
        for run in runs:
            try:
                results.append(run())
            except StateError as error:
                errors.append(error)
        if errors:
            raise errors[0]
        return results

    def _invoke(self, function: str, payload: Any) -> Any:
        headers: dict[str, str] = {}
        body = self._machine.aws._invoke(function, None, json.dumps(payload).encode(), None, headers)
        answer = json.loads(body)
        if headers:
            raise StateError(answer["errorType"], json.dumps(answer, separators=(",", ":")))
        return answer

    def _start(self, _: str, parameters: Any) -> Any:
        asked = {"stateMachineArn": parameters["StateMachineArn"], "name": parameters["Name"]}
        try:
            started = self._stepfunctions.start_execution(**asked, input=json.dumps(parameters["Input"]))
        except ClientError as error:
            code = error.response["Error"]["Code"]
            raise StateError(f"StepFunctions.{code}Exception", _cause(error, "AWSStepFunctions")) from error
        return {"ExecutionArn": started["executionArn"]}

    def _update(self, _: str, parameters: Any) -> Any:
        try:
            answer = self._dynamodb.update_item(**parameters)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            raise StateError(f"DynamoDB.{code}", _cause(error, "AmazonDynamoDBv2")) from error
        del answer["ResponseMetadata"]
        return answer


def _cause(error: ClientError, service: str) -> str:
    said, meta = error.response["Error"], error.response["ResponseMetadata"]
    return (
        f"{said['Message']} (Service: {service}; Status Code: {meta['HTTPStatusCode']}; "
        f"Error Code: {said['Code']}; Request ID: {meta['RequestId']}; Proxy: null)"
    )


# --- a story on either ---


@dataclass(frozen=True)
class End:
    """How an execution ended, without what is never twice the same."""

    states: list[str]
    """Those of the machine itself."""
    branched: frozenset[str]
    """Those of the branches."""
    status: str
    error: str
    cause: Any
    output: Any


class Stage(Protocol):
    """Plays executions."""

    def run(self, event: Event, machine: str = NOTIFIER) -> None: ...

    def run_both(self, event: Event, meanwhile: Event) -> None:
        """Run another execution while the first sleeps for the first time."""

    def redrive(self) -> None:
        """Redrive the last execution."""


class OnMoto:
    def __init__(self, machine: Machine) -> None:
        self.ends: list[End] = []
        self._machine = machine
        self._outcomes: list[Outcome] = []

    def run(self, event: Event, machine: str = NOTIFIER) -> None:
        self._note(self._machine.wait(self._start(event, machine)))

    def run_both(self, event: Event, meanwhile: Event) -> None:
        first = self._start(event)
        other = self._machine.wait(self._start(meanwhile))
        self._note(self._machine.wait(first))
        self._note(other)

    def redrive(self) -> None:
        self._note(self._machine.redrive(self._outcomes[-1]))

    def _start(self, event: Event, machine: str = NOTIFIER) -> str:
        self._started = getattr(self, "_started", 0) + 1
        name = f"run-{self._started}"
        if machine == NOTIFIER:
            return self._machine.start(event, name)
        asked = {"stateMachineArn": machine, "name": name, "input": json.dumps(event)}
        return str(self._machine.stepfunctions.start_execution(**asked)["executionArn"])

    def _note(self, outcome: Outcome) -> None:
        self._outcomes.append(outcome)
        self.ends.append(
            _end(outcome.states, outcome.status, outcome.error or "", outcome.cause, outcome.output)
        )


class OnOurs:
    def __init__(self, machine: Machine) -> None:
        self.ends: list[End] = []
        self.executions: list[Execution] = []
        self.begun: list[tuple[Execution, int]] = []
        """Each run and redrive: its execution, and the number of the first state that it entered."""
        self.outside = Beside(machine)
        self._interpreters = {arn: Interpreter(each, self.outside) for arn, each in DEFINITIONS.items()}
        self._interpreter = self._interpreters[NOTIFIER]

    def run(self, event: Event, machine: str = NOTIFIER) -> None:
        execution = self._made(event, machine)
        self._interpreters[machine].run(execution)
        self._note(execution, 0)

    def run_both(self, event: Event, meanwhile: Event) -> None:
        first = self._made(event)
        other = self._made(meanwhile)
        self.outside.meanwhile = lambda: self._interpreter.run(other)
        self._interpreter.run(first)
        self._note(first, 0)
        self._note(other, 0)

    def redrive(self) -> None:
        execution = self.executions[-1]
        before = execution.transitions
        self._interpreter.redrive(execution)
        self._note(execution, before)

    def _made(self, event: Event, machine: str = NOTIFIER) -> Execution:
        name = f"run-{len(self.executions) + 1}"
        arn = machine.replace(":stateMachine:", ":execution:")
        self.executions.append(Execution(f"{arn}:{name}", name, event))
        return self.executions[-1]

    def _note(self, execution: Execution, since: int) -> None:
        self.begun.append((execution, since))
        states = [entered.state for entered in execution.entered[since:]]
        output = execution.output
        self.ends.append(_end(states, execution.status, execution.error, execution.cause, output))


def _end(states: list[str], status: str, error: str, cause: str, output: Any) -> End:
    return End(
        states=[state for state in states if state in STATES],
        branched=frozenset(states) - STATES.keys(),
        status=status,
        error=error,
        cause=_comparable(cause),
        output=_comparable(output),
    )


_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)")
_BY_CHANCE = (
    (re.compile(r"Request ID: [\w-]+"), "Request ID: one"),
    (re.compile(r"\bo-\w{10}/r-\w{4}/"), "o-one/r-one/"),
)


_NONCE = "attempt"
"""The attribute that names one run of a function."""


def _comparable(value: Any) -> Any:
    """Without what chance chooses and where in a file an exception was raised; moments as moments."""
    if isinstance(value, dict):
        return {name: name if name == _NONCE else _comparable(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_comparable(each) for each in value]
    if not isinstance(value, str):
        return value
    if value.startswith('{"errorMessage":'):
        failure = json.loads(value)
        return {name: failure[name] for name in ("errorType", "errorMessage")}
    if _MOMENT.fullmatch(value):
        return datetime.fromisoformat(value)
    for chance, same in _BY_CHANCE:
        value = chance.sub(same, value)
    return value


Step = Callable[[Machine, Stage], object]


@dataclass(frozen=True)
class Played:
    """What came of a story."""

    ends: list[End]
    items: dict[str, list[Any]]
    posts: list[Any]
    now: datetime
    edges: set[str] = field(default_factory=set)


def _tables(machine: Machine) -> dict[str, list[Any]]:
    dynamodb = machine.aws.client("dynamodb")
    return {
        name: sorted(
            map(
                _comparable, dynamodb.scan(TableName=f"guardduty-notifier-{local_aws.STAGE}-{name}")["Items"]
            ),
            key=repr,
        )
        for name in ("notifications", "suppressions")
    }


_CLIENT = boto3.client
_clients: dict[str, Any] = {}


def _kept_client(service_name: str, **named: Any) -> Any:
    """Make each client once: that costs more than all else of a story, and moto stands behind them all."""
    config = named.get("config")
    key = f"{service_name} {sorted((named | {'config': config and config._user_provided_options}).items())}"
    if key not in _clients:
        _clients[key] = _CLIENT(service_name, **named)  # type: ignore[call-overload]
    return _clients[key]


def _played(steps: Sequence[Step], stage_of: Callable[[Machine], Any]) -> tuple[Played, Any]:
    clients = patch.object(boto3, "client", _kept_client)
    asks: dict[str, Any] = {"ANSWER_WITHIN": "off" if not_asked in steps else "high=24h"}
    with clients, SlackStandIn() as slack, Machine(slack, at=NOON, **asks) as machine:
        stage = stage_of(machine)
        for step in steps:
            step(machine, stage)
        posts = [
            (each.method, _comparable(each.body), each.status, each.error, each.at) for each in slack.requests
        ]
        return Played(stage.ends, _tables(machine), posts, machine.now), stage


# --- what happens in stories ---

UNDATED = "2036-01-01T00:00:00.000Z"
"""An update that nobody can claim: it lies in the future."""


def run(number: int = 1, update: int = 0, **detail: Any) -> Step:
    return lambda _, stage: stage.run(finding(number, update, **detail))


def run_undated() -> Step:
    return lambda _, stage: stage.run(finding(1) | {"detail": finding(1)["detail"] | {"updatedAt": UNDATED}})


def keep_time(looks: Sequence[Mapping[str, Any]], acts: Sequence[Mapping[str, Any]] = ()) -> Step:
    """Wait for an answer, of which the functions say this, one after the other."""

    def keep(machine: Machine, stage: Stage) -> None:
        for name, said in (("look-for-answer", looks), ("post-to-slack", acts)):
            machine.aws._functions[name] = _saying(iter(said))
        stage.run({"finding_id": ONE, "opening": UNDATED}, ATTENTION)

    return keep


def _saying(said: Iterator[Mapping[str, Any]]) -> Callable[[Any, Any], Mapping[str, Any]]:
    return lambda _, __: next(said)


def not_asked(_: Machine, __: Stage) -> None:
    """Let no finding ask for an answer."""


def nobody_waits(machine: Machine, _: Stage) -> None:
    """Let who is to wait for an answer end at once."""
    only = {"StartAt": "Handled", "States": {"Handled": {"Type": "Succeed"}}}
    machine.stepfunctions.update_state_machine(stateMachineArn=ATTENTION, definition=json.dumps(only))


def started_before(number: int) -> Step:
    """Let who is to wait for a finding's answer have been started, with another input."""

    def start(machine: Machine, _: Stage) -> None:
        detail = finding(number)["detail"]
        name = watch.execution_name(detail["id"], instant(datetime.fromisoformat(detail["updatedAt"])))
        machine.stepfunctions.start_execution(stateMachineArn=ATTENTION, name=name, input="{}")

    return start


def without_attention(machine: Machine, _: Stage) -> None:
    """Delete the machine that waits for answers."""
    machine.stepfunctions.delete_state_machine(stateMachineArn=ATTENTION)


def says(status: str, seconds: int = 0) -> Mapping[str, Any]:
    return {"status": status, "seconds": seconds, "why": "told"}


def run_test() -> Step:
    """Run with an event of the stack's test source."""
    return lambda _, stage: stage.run(finding(1) | {"source": "guardduty-notifier.test"})


def run_longest() -> Step:
    """Run with an event as long as one may be: it is shortened."""
    room = LARGEST - 100 - len(json.dumps(finding(1)))
    return run(note="x" * room)


def run_both(first: Event, meanwhile: Event) -> Step:
    return lambda _, stage: stage.run_both(first, meanwhile)


def redrive(_: Machine, stage: Stage) -> None:
    stage.redrive()


def suppress(machine: Machine, _: Stage) -> None:
    machine.suppress(finding_type="Backdoor:EC2/*", rule="known", reason="a test")


def failing(function: str, error: str, times: int) -> Step:
    """Let a function's next invocations fail."""

    def fail(machine: Machine, _: Stage) -> None:
        left = [times]

        def disturb(name: str, __: Any) -> None:
            if name == function and left[0]:
                left[0] -= 1
                raise lambda_error(error)

        machine.disturb = disturb

    return fail


def breaking(word: str, error: str, times: int, *, taken: bool = False) -> Step:
    """Let the next calls of DynamoDB that have a word in them fail."""

    def fail(machine: Machine, _: Stage) -> None:
        machine.break_dynamodb(
            lambda operation, given: word in f"{operation} {given!r}", error, times, taken=taken
        )

    return fail


def slack_says(*faults: SlackFault) -> Step:
    return lambda machine, _: machine.slack.script(*faults)


def unsuppress_meanwhile(machine: Machine, _: Stage) -> None:
    """Delete the rule just before it is counted."""
    deleted: list[bool] = []

    def delete(operation: str, given: object) -> bool:
        if operation == "update_item" and "match_count" in repr(given) and not deleted:
            deleted.append(True)
            machine.delete("suppressions", finding_type="Backdoor:EC2/*", rule="known")
        return False

    machine.break_dynamodb(delete, "never")


GONE = "Runtime.ExitError"
CAPACITY = "Lambda.TooManyRequestsException"
THROTTLED = "ProvisionedThroughputExceededException"
INTERNAL = "InternalServerError"
CONDITION = "ConditionalCheckFailedException"

REMINDED_OF = [says("remind"), says("remind"), says("wait", 3600), says("handled")]
SHOWN_ON = [says("show"), says("show")]

STORIES: dict[str, Sequence[Step]] = {
    "posted-updated-and-delivered-twice": [run(), run(1, 5, severity=8.5), run(1, 5, severity=8.5)],
    "an-update-that-nobody-can-claim": [run_undated()],
    "as-long-as-may-be": [run_longest()],
    "reading": [
        *(failing("read-finding", "FindingNotListed", 2), run(1)),
        *(failing("read-finding", CAPACITY, 2), run(1, 5)),
        *(failing("read-finding", GONE, 2), run(2)),
        *(failing("read-finding", "FindingWithheld", 1), run(3)),
        *(failing("read-finding", GONE, 6), run(4)),
        *(failing("read-finding", GONE, 45), run(5), redrive),
    ],
    "the-account": [
        *(failing("look-up-account", GONE, 2), run(1)),
        *(failing("look-up-account", GONE, 4), run(2)),
        *(failing("look-up-account", "KeyError", 1), run(3)),
    ],
    "the-tags": [
        *(failing("look-up-resource-tags", "Lambda.Unknown", 1), run(1)),
        *(failing("look-up-resource-tags", GONE, 99), run(2)),
    ],
    "refused": [
        *(failing("read-finding", "InvalidFinding", 1), run(1), redrive),
        *(failing("look-up-account", "InvalidFinding", 1), run(2)),
        *(failing("look-up-resource-tags", "InvalidFinding", 1), run(3)),
        *(failing("check-suppression-list", "InvalidFinding", 1), run(4)),
        *(failing("post-to-slack", "InvalidFinding", 1), run(5), redrive),
    ],
    "no-capacity": [
        *(failing("look-up-account", CAPACITY, 1), run(1)),
        *(failing("look-up-resource-tags", CAPACITY, 1), run(2)),
        *(failing("check-suppression-list", CAPACITY, 1), run(3)),
    ],
    "list-unreadable": [breaking("query", "ThrottlingException", 4), run(1), run(2)],
    "suppressed": [suppress, run(1), run(1, 5), run_undated(), run_test()],
    "suppressed-but": [
        *(suppress, breaking("match_count", "ValidationException", 4), run(1)),
        *(breaking("match_count", THROTTLED, 1), breaking("suppressed_update", THROTTLED, 2), run(2)),
        *(breaking("suppressed_update", INTERNAL, 4), run(3)),
        *(unsuppress_meanwhile, run(4)),
    ],
    "suppression-shown": [run(), suppress, failing("post-to-slack", GONE, 2), run(1, 5), run(1, 6)],
    "suppression-waits": [run(), suppress, slack_says(SlackFault(retry_after=30)), run(1, 5)],
    "suppression-not-shown": [run(), suppress, failing("post-to-slack", GONE, 99), run(1, 5)],
    "the-claim": [
        *(breaking("claimed_update = ", INTERNAL, 1, taken=True), run(1)),
        *(breaking("claimed_update = ", INTERNAL, 4), run(2)),
    ],
    "slack-refuses": [
        *(slack_says(SlackFault(status=503, times=3)), run(1)),
        *(slack_says(SlackFault(error="channel_not_found")), run(2), redrive),
    ],
    "without-what-the-table-knows": [breaking("get_item", THROTTLED, 16), run()],
    "without-the-routes": [failing("post-to-slack", "RoutesUnreadable", 13), run()],
    "slack-gone": [failing("post-to-slack", GONE, 41), run(), redrive],
    "slack-too-busy": [slack_says(SlackFault(retry_after=30)), run()],
    "superseded": [slack_says(SlackFault(status=503)), run_both(finding(1), finding(1, 5))],
    "the-record": [
        *(breaking("said = ", CONDITION, 1), run(1)),
        *(breaking("said = ", THROTTLED, 3), run(2)),
        *(breaking("said = ", INTERNAL, 1), breaking("said = ", CONDITION, 1), run(3)),
    ],
    "until-handled": [
        *(failing("look-for-answer", GONE, 2), keep_time([says("wait", 60), says("handled")])),
        *(failing("post-to-slack", GONE, 2), keep_time(REMINDED_OF, [says("turn", 5), says("wait", 7)])),
        *(failing("post-to-slack", GONE, 2), keep_time(SHOWN_ON, [says("turn", 5), says("handled")])),
    ],
    "until-nobody-keeps-time": [
        keep_time([says("unanswered")]),
        *(failing("look-for-answer", GONE, 41), keep_time([])),
        *(failing("look-for-answer", "InvalidSettings", 1), keep_time([])),
        *(failing("post-to-slack", "SlackRejected", 1), keep_time(REMINDED_OF)),
        *(failing("post-to-slack", "SlackRejected", 1), keep_time(SHOWN_ON)),
    ],
    "an-answer-is-asked-for": [
        *(nobody_waits, run(1), run(1, 5, severity=8.5)),
        *(started_before(2), run(2)),
        *(breaking("said = ", INTERNAL, 1), run(3)),
        *(without_attention, run(4)),
    ],
    "not-recorded": [breaking("said = ", INTERNAL, 42), run(), redrive],
}


def steps_of(story: str) -> Sequence[Step]:
    """Give a story's steps; in all others than its own no finding asks for an answer."""
    return STORIES[story] if story == "an-answer-is-asked-for" else [not_asked, *STORIES[story]]


@cache
def on_ours(story: str) -> Played:
    """A story on our interpreter, with the edges that it walked."""
    played, stage = _played(steps_of(story), OnOurs)
    played.edges.update(_walked(stage))
    return played


@pytest.mark.parametrize("story", STORIES)
def test_a_story_ends_the_same(story: str) -> None:
    moto, _ = _played(steps_of(story), OnMoto)
    ours = on_ours(story)
    for theirs, mine in zip(moto.ends, ours.ends, strict=True):
        assert mine.states == theirs.states
        assert mine.branched == theirs.branched
        assert (mine.status, mine.error, mine.cause) == (theirs.status, theirs.error, theirs.cause)
        assert mine.output == theirs.output
    assert ours.items == moto.items
    assert ours.posts == moto.posts
    assert ours.now == moto.now


# --- all edges ---

# Edges that no story can walk, and why.
NOT_WALKED: dict[str, str] = {
    "Enrich fails": "Each look-up catches whatever fails in it, and what is found out is not too much for an output.",
}


def _edges(states: Mapping[str, Any]) -> Iterator[str]:
    """Name every way out of every state, and every retrier's way back."""
    for name, state in states.items():
        if state["Type"] in ("Succeed", "Fail") or state.get("End"):
            yield f"{name} ends"
        for target in (state.get("Next"), *(choice["Next"] for choice in state.get("Choices", []))):
            if target:
                yield f"{name} → {target}"
        if "Default" in state:
            yield f"{name} → otherwise {state['Default']}"
        for number, catcher in enumerate(state.get("Catch", [])):
            yield f"{name} failed {number} → {catcher['Next']}"
        for number, retrier in enumerate(state.get("Retry", [])):
            if retrier["MaxAttempts"]:
                yield f"{name} again {number}"
        if state["Type"] in ("Task", "Parallel") and not _matching(state.get("Catch", []), "Any"):
            yield f"{name} fails"
        for branch in state.get("Branches", []):
            yield from _edges(branch["States"])


def _matching(written: list[Any], error: str) -> list[int]:
    return [number for number, each in enumerate(written) if {error, "States.ALL"} & set(each["ErrorEquals"])]


def _walked(stage: OnOurs) -> Iterator[str]:
    tries: dict[tuple[Execution, int], list[str]] = {}
    for execution, visit, error in stage.outside.tries:
        tries.setdefault((execution, visit), []).append(error)
    for execution, first in stage.begun:
        last = min((number for of, number in stage.begun if of is execution and number > first), default=None)
        for states in (STATES, *(branch["States"] for branch in BRANCHES)):
            numbers = range(execution.transitions)[first:last]
            visits = [number for number in numbers if execution.entered[number].state in states]
            names = [execution.entered[number].state for number in visits]
            for visit, name, target in zip(visits, names, [*names[1:], ""], strict=False):
                yield from _left(name, states[name], target, tries.get((execution, visit), []))


def _left(name: str, state: Mapping[str, Any], target: str, tries: list[str]) -> Iterator[str]:
    """Name the ways on which a visit went."""
    for error in tries[:-1]:
        yield f"{name} again {_matching(state['Retry'], error)[0]}"
    failed = tries[-1] if tries else ""
    if failed and _matching(state.get("Catch", []), failed):
        yield f"{name} failed {_matching(state['Catch'], failed)[0]} → {target}"
    elif failed or (state["Type"] == "Parallel" and not target):
        yield f"{name} fails"
    elif not target or state["Type"] == "Fail":
        yield f"{name} ends"
    elif target == state.get("Default"):
        yield f"{name} → otherwise {target}"
    else:
        yield f"{name} → {target}"


def test_the_stories_walk_every_edge() -> None:
    edges = list(_edges(STATES))
    assert len(edges) == len(set(edges)), "two edges have one name: nobody knows which was walked"
    walked = set().union(*(on_ours(story).edges for story in STORIES))
    assert walked <= set(edges)
    assert set(edges) - walked == set(NOT_WALKED)
