"""What CloudFormation does to a stack, printed as it happens."""

import time
from collections.abc import Iterator
from itertools import count
from typing import Any

from botocore.exceptions import ClientError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from statemachine.operate.terminal import literal, visible
from statemachine.session import Failed, code, reason

PAUSE = 2.0
"""Seconds between two looks at what CloudFormation has done, which takes that long for a resource."""

_SOUND = frozenset({"CREATE_COMPLETE", "IMPORT_COMPLETE", "UPDATE_COMPLETE", "DELETE_COMPLETE"})

Event = dict[str, Any]

console = Console(soft_wrap=True, highlight=False)


def stack_status(cloudformation: Any, name: str) -> str:
    """Return the stack's status; empty where there is none."""
    try:
        return str(cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"])
    except ClientError as error:
        if code(error) == "ValidationError" and "does not exist" in reason(error):
            return ""
        raise


def settled(cloudformation: Any, change_set: str) -> dict[str, Any]:
    """Wait until a change set is made, and describe it."""
    while True:
        described: dict[str, Any] = cloudformation.describe_change_set(ChangeSetName=change_set)
        if not described["Status"].endswith(("_PENDING", "_IN_PROGRESS")):
            return described
        time.sleep(PAUSE)


def watch(cloudformation: Any, name: str, before: set[str], resources: int) -> None:
    """Print each resource as it is done, until the stack is; raises Failed with AWS's reason."""
    failures: list[Event] = []
    with _progress() as progress:
        task = progress.add_task(name.split("/")[1] if "/" in name else name, total=resources)
        for looks in count():
            status = stack_status(cloudformation, name)  # first, so that what led to it is among the events
            new = list(_new_events(cloudformation, name, before))
            for event in new:
                progress.console.print(literal(_line(event)), soft_wrap=True)
                progress.update(task, advance=_is_done(event))
            failures += filter(_is_failure, new)
            if not status.endswith("_IN_PROGRESS") and (looks > 1 or any(map(_is_end, new))):
                break
            time.sleep(PAUSE)
    _judge(status or "DELETE_COMPLETE", failures)


def _judge(status: str, failures: list[Event]) -> None:
    if status in _SOUND:
        say(f"The stack is {status}.")
        return
    reasons = "".join(
        f"\n  {_resource(event)}: {visible(event.get('ResourceStatusReason', ''))}" for event in failures
    )
    raise Failed(f"The stack is {status}.{reasons}")


def _progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("resources"))
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


def events(cloudformation: Any, name: str) -> list[Event]:
    """Every event of the stack, oldest first; none where there is no stack yet."""
    if not stack_status(cloudformation, name):
        return []
    pages = cloudformation.get_paginator("describe_stack_events").paginate(StackName=name)
    return [event for page in pages for event in page["StackEvents"]][::-1]


def _new_events(cloudformation: Any, name: str, seen: set[str]) -> Iterator[Event]:
    for event in events(cloudformation, name):
        if event["EventId"] not in seen:
            seen.add(event["EventId"])
            yield event


def _line(event: Event) -> str:
    why = event.get("ResourceStatusReason", "")
    return f"  {event['ResourceStatus']:<20} {_resource(event)}" + (f": {why}" if _is_failure(event) else "")


def _resource(event: Event) -> str:
    return f"{event['LogicalResourceId']} ({event['ResourceType']})"


def _is_stack(event: Event) -> bool:
    return bool(event["ResourceType"] == "AWS::CloudFormation::Stack")


def _is_end(event: Event) -> bool:
    """Know the end of the whole operation: the status alone may still be that from before it."""
    return _is_stack(event) and not event["ResourceStatus"].endswith("_IN_PROGRESS")


def _is_done(event: Event) -> bool:
    return not _is_stack(event) and event["ResourceStatus"].endswith(("_COMPLETE", "_SKIPPED"))


def _is_failure(event: Event) -> bool:
    """Know a resource's own failure from those that CloudFormation stops because of it."""
    failed = event["ResourceStatus"].endswith("_FAILED") and not _is_stack(event)
    return failed and "cancelled" not in event.get("ResourceStatusReason", "")


def say(line: str) -> None:
    """Print a line."""
    console.print(literal(line))
