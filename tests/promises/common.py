"""What the tests of the promises share: what a message says, what a scenario needs, and the stack's schedules."""

import itertools
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from statemachine.deploy import stack
from statemachine.local.slack_stand_in import Message, SlackStandIn
from tests.machine import Machine, shown

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)

ONE = f"{1:032x}"


class NotSetUp(Exception):
    """The scenario did not come about: the test shows nothing, whatever the product does."""


def given(came_about: bool, what: str) -> None:
    """Insist on the scenario itself; not by an assertion, which an expected failure would swallow."""
    if not came_about:
        raise NotSetUp(what)


# --- what people see in Slack


def says_repeated(message: Message) -> bool:
    """Whether a message warns that it may stand there twice."""
    return "ossibly repeated" in shown(message)


def says_suppressed(message: Message) -> bool:
    """Whether a message says that a rule hides its finding by now."""
    return "Suppressed since" in shown(message)


def times_seen(message: Message) -> list[int]:
    """How often a message says that the finding was seen."""
    return [int(count) for count in re.findall(r"(\d+) times (?:since|, last)", shown(message))]


def proofs(machine: Machine) -> list[Message]:
    """The daily proofs; they name findings without posting them."""
    return [message for message in machine.messages() if "GuardDuty lists" in shown(message)]


def refusals(slack: SlackStandIn) -> int:
    """How often Slack said 429."""
    return sum(request.status == 429 for request in slack.requests)


def about(finding_id: str) -> Callable[[Mapping[str, Any]], bool]:
    """Accept the requests to Slack that are about a finding."""
    return lambda body: finding_id in json.dumps(body)


# --- the suppression list


def suppress(machine: Machine, rule: str = "known", **more: Any) -> None:
    """Add a rule that hides the example finding."""
    machine.suppress(finding_type="Backdoor:EC2/*", rule=rule, reason="a test", **more)


def unsuppress(machine: Machine, rule: str = "known") -> None:
    """Delete that rule."""
    machine.delete("suppressions", finding_type="Backdoor:EC2/*", rule=rule)


# --- calls of DynamoDB


def each_call(machine: Machine) -> Iterator[int]:
    """Count 1, 2, 3, … calls to break, until there were fewer than that."""
    for number in itertools.count(1):
        broken = machine.broken
        yield number
        if machine.broken == broken:
            given(number > 1, "no call was broken")
            return


class Nth:
    """Accepts the n-th call of DynamoDB among those that count."""

    def __init__(self, number: int, counts: Callable[[str, Any], bool]) -> None:
        self._left = number
        self._counts = counts

    def __call__(self, operation: str, arguments: Any) -> bool:
        self._left -= self._counts(operation, arguments)
        return self._left == 0


# --- the stack's schedules


@dataclass(frozen=True)
class Schedule:
    """A function that the stack's rules invoke by the clock."""

    function: str
    payload: Mapping[str, Any]
    hour: int | None
    """At this hour of each day (UTC); None: every hour."""


def schedules() -> Iterator[Schedule]:
    """Read them from the stack's template, filled with its defaults."""
    template = stack.template()
    defaults = {name: str(each.get("Default", "")) for name, each in template["Parameters"].items()}
    for resource in template["Resources"].values():
        about_it = resource["Properties"] if resource["Type"] == "AWS::Events::Rule" else {}
        if "ScheduleExpression" in about_it:
            [target] = about_it["Targets"]
            yield Schedule(
                function=_filled(target["Arn"], defaults).rsplit(f"-{defaults['Stage']}-", 1)[1],
                payload=json.loads(_filled(target["Input"], defaults)),
                hour=_hour(_filled(about_it["ScheduleExpression"], defaults)),
            )


def _filled(value: Any, defaults: Mapping[str, str]) -> str:
    text = value["Fn::Sub"] if isinstance(value, dict) else value
    return re.sub(r"\$\{([\w:]+)\}", lambda name: defaults.get(name[1], name[1]), text)


def _hour(expression: str) -> int | None:
    if expression == "rate(1 hour)":
        return None
    daily = re.fullmatch(r"cron\(0 (\d+) \* \* \? \*\)", expression)
    given(daily is not None, f"the schedule {expression} is neither hourly nor daily")
    return int(daily[1]) if daily else None


def invoke_by_schedule(machine: Machine, schedule: Schedule) -> None:
    """Invoke it as EventBridge does: asynchronously, so that Lambda tries a failed run twice more."""
    for _ in range(3):
        try:
            machine.invoke(schedule.function, schedule.payload)
        except Exception:  # noqa: BLE001, S112 - Lambda tries again whatever it was; its alarm is tested elsewhere
            continue
        return


def pass_hours_by_schedule(machine: Machine, hours: int) -> None:
    """Let hours pass in which the schedules do their work: every hour, and once a day."""
    every = list(schedules())
    for _ in range(hours):
        machine.pass_time(hours=1)
        for schedule in every:
            if schedule.hour in (None, machine.now.hour):
                invoke_by_schedule(machine, schedule)


def hours_after_midnight(hours: float) -> datetime:
    """A moment of the day."""
    return NOON.replace(hour=0) + timedelta(hours=hours)
