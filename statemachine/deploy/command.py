"""``python -m statemachine deploy`` and ``… delete``: one stage's stack, made, changed and taken down.

Everything goes through change sets, so that a repetition changes nothing and says so.
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import click
from botocore.exceptions import ClientError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from statemachine.deploy import stack, whereabouts
from statemachine.deploy.stack import Stage, read_stage
from statemachine.deploy.whereabouts import function_exists, record
from statemachine.session import Failed, WrongInput, client, code, identity, plain_errors, reason

PAUSE = 2.0
"""Seconds between two looks at what CloudFormation has done, which takes that long for a resource."""

_NEVER_MADE = frozenset({"CREATE_FAILED", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED"})
_NOTHING_TO_DO = ("didn't contain changes", "No updates are to be performed")
_SOUND = frozenset({"CREATE_COMPLETE", "IMPORT_COMPLETE", "UPDATE_COMPLETE"})

Event = dict[str, Any]

_console = Console(soft_wrap=True, highlight=False)


@click.command("deploy")
@click.option("--stage", required=True, help="A stage of .chalice/config.json.")
@click.option(
    "--check", "only_check", is_flag=True, help="Check stage, settings and credentials; make nothing."
)
def deploy_command(stage: str, only_check: bool) -> None:
    """Make or change the stack of a stage; `chalice deploy` comes first."""
    chosen = read_stage(stage)
    with plain_errors():
        check(chosen)
        if not only_check:
            deploy(chosen)


@click.command("delete")
@click.option("--stage", required=True, help="A stage of .chalice/config.json.")
def delete_command(stage: str) -> None:
    """Take down the stack and the functions of a stage; the suppression list stays."""
    chosen = read_stage(stage)
    with plain_errors():
        check(chosen)
        delete(chosen)


def check(stage: Stage) -> None:
    """Say what a deploy or delete is about to touch; raises WrongInput where the stage is elsewhere already.

    A stage is in one region: its roles are the account's, and Chalice's record knows one place.
    """
    account, region, partition = identity()
    _say(f"Stage {stage.name}: stack {stage.stack} in account {account}, {region}.")
    there = whereabouts.recorded(stage) or whereabouts.found(stage, region, partition)
    if there and there != (account, region):
        raise WrongInput(_elsewhere(stage, account, *there))


def _elsewhere(stage: Stage, account: str, its_account: str, its_region: str) -> str:
    if its_account != account:
        return (
            f"Stage {stage.name} was deployed from this folder into account {its_account}. Set AWS_PROFILE to it, or"
            f" clone the repository anew for account {account}."
        )
    return (
        f"Stage {stage.name} is in {its_region} already, and a stage has one region."
        f" Go on there: AWS_DEFAULT_REGION={its_region}. This region's findings can be forwarded to it:"
        " statemachine/forwarder.yaml. Or give this region a stage of another name in .chalice/config.json."
    )


def deploy(stage: Stage) -> None:
    """Create or update the stack and watch it; raises WrongInput or Failed."""
    _require_functions(stage)
    cloudformation = client("cloudformation")
    kind = _prepare(cloudformation, stage)
    change_set = _propose(cloudformation, stage, kind)
    if not change_set:
        _say("No changes: the stack is as the template wants it.")
        return
    before = {event["EventId"] for event in _events(cloudformation, stage.stack)}
    cloudformation.execute_change_set(ChangeSetName=change_set)
    watch(cloudformation, stage.stack, before, _resources(stage))
    _say_outputs(cloudformation, stage)


def delete(stage: Stage) -> None:
    """Delete the stack, then the functions by Chalice; raises WrongInput or Failed."""
    _say("Deleting the stack, then the functions.")
    deployed = _deployed(stage)
    _require_record(stage, deployed)
    _delete_stack(client("cloudformation"), stage.stack)
    _delete_functions(stage)
    if deployed:
        _say(
            f"The functions' log groups /aws/lambda/{stage.stack}-… and the parameter {stage.secret_parameter}"
            " stay: they are yours to delete."
        )
    kept = [table for table in stage.kept_tables if _table_exists(table)]
    if kept:
        _say(f"The tables {' and '.join(kept)} stay, with what people wrote. The next deploy takes them in.")


def missing_functions(stage: Stage) -> list[str]:
    """Name the functions that Chalice has not deployed, as AWS would know them."""
    deployed = _deployed(stage)
    return [stage.function(name) for name in stage.functions if stage.function(name) not in deployed]


def stack_status(cloudformation: Any, name: str) -> str:
    """Return the stack's status; empty where there is none."""
    try:
        return str(cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"])
    except ClientError as error:
        if code(error) == "ValidationError" and "does not exist" in reason(error):
            return ""
        raise


def _deployed(stage: Stage) -> list[str]:
    functions = client("lambda")
    return [name for name in map(stage.function, stage.functions) if function_exists(functions, name)]


def _require_functions(stage: Stage) -> None:
    missing = missing_functions(stage)
    if missing:
        raise WrongInput(
            f"Not deployed yet: {', '.join(missing)}. Run: .venv/bin/chalice deploy --stage {stage.name}"
        )


def _prepare(cloudformation: Any, stage: Stage) -> str:
    """Say whether to CREATE or UPDATE; a stack that never came to be is cleared away first."""
    status = stack_status(cloudformation, stage.stack)
    if status in _NEVER_MADE:
        _say(f"The first deploy failed ({status}). Clearing away what is left of it.")
        _delete_stack(cloudformation, stage.stack)
        return "CREATE"
    if status in ("", "REVIEW_IN_PROGRESS"):
        return "CREATE"
    refuse_unready(stage, status)
    return "UPDATE"


def refuse_unready(stage: Stage, status: str) -> None:
    """Raise Failed, saying what to do, where a stack in this status takes no change set."""
    if status.endswith("_IN_PROGRESS"):
        raise Failed(f"The stack {stage.stack} is busy ({status}). Wait until it is done, then deploy again.")
    if status == "DELETE_FAILED":
        raise Failed(f"The stack's deletion failed. Run: make delete STAGE={stage.name}")
    if status.endswith("_FAILED"):
        raise Failed(
            f"The stack is {status}."
            f" Run: aws cloudformation continue-update-rollback --stack-name {stage.stack}"
        )


def _propose(cloudformation: Any, stage: Stage, kind: str) -> str:
    """Make a change set and return its ARN; nothing where there is nothing to change."""
    made = cloudformation.create_change_set(
        StackName=stage.stack,
        ChangeSetName=f"deploy-{datetime.now(UTC):%Y%m%d-%H%M%S-%f}",
        ChangeSetType=kind,
        TemplateBody=stack.body(stage.parameters),
        Parameters=[
            {"ParameterKey": key, "ParameterValue": value} for key, value in stage.parameters.items()
        ],
        Tags=[{"Key": key, "Value": value} for key, value in stage.tags.items()],
        Capabilities=["CAPABILITY_IAM"],
        ImportExistingResources=True,  # the tables that an earlier stack left behind
    )
    proposed = _settled(cloudformation, made["Id"])
    if proposed["Status"] != "FAILED":
        return str(made["Id"])
    cloudformation.delete_change_set(ChangeSetName=made["Id"])
    why = proposed.get("StatusReason", "")
    if any(said in why for said in _NOTHING_TO_DO):
        return ""
    raise Failed(f"CloudFormation refuses the changes: {why}")


def _settled(cloudformation: Any, change_set: str) -> dict[str, Any]:
    while True:
        described: dict[str, Any] = cloudformation.describe_change_set(ChangeSetName=change_set)
        if not described["Status"].endswith(("_PENDING", "_IN_PROGRESS")):
            return described
        time.sleep(PAUSE)


def _resources(stage: Stage) -> int:
    return len(json.loads(stack.body(stage.parameters))["Resources"])


def _delete_stack(cloudformation: Any, name: str) -> None:
    described = stack_status(cloudformation, name)
    if not described:
        _say(f"There is no stack {name}.")
        return
    # By its id: a deleted stack is not known by its name any more.
    stack_id = cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackId"]
    before = {event["EventId"] for event in _events(cloudformation, stack_id)}
    resources = len(cloudformation.describe_stack_resources(StackName=stack_id)["StackResources"])
    cloudformation.delete_stack(StackName=stack_id)
    watch(cloudformation, stack_id, before, resources)


def watch(cloudformation: Any, name: str, before: set[str], resources: int) -> None:
    """Print each resource as it is done, until the stack is; raises Failed with AWS's reason."""
    failures: list[Event] = []
    with _progress() as progress:
        task = progress.add_task(name.split("/")[1] if "/" in name else name, total=resources)
        for looks in count():
            status = stack_status(cloudformation, name)  # first, so that what led to it is among the events
            new = list(_new_events(cloudformation, name, before))
            for event in new:
                progress.console.print(_line(event), soft_wrap=True, markup=False)
                progress.update(task, advance=_is_done(event))
            failures += filter(_is_failure, new)
            if not status.endswith("_IN_PROGRESS") and (looks > 1 or any(map(_is_end, new))):
                break
            time.sleep(PAUSE)
    _judge(status or "DELETE_COMPLETE", failures)


def _judge(status: str, failures: list[Event]) -> None:
    if status in _SOUND | {"DELETE_COMPLETE"}:
        _say(f"The stack is {status}.")
        return
    told = "".join(f"\n  {_resource(event)}: {event.get('ResourceStatusReason', '')}" for event in failures)
    raise Failed(f"The stack is {status}.{told}")


def _progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("resources"))
    return Progress(*columns, console=_console, transient=True, disable=not _console.is_terminal)


def _events(cloudformation: Any, name: str) -> list[Event]:
    """Every event of the stack, oldest first; none where there is no stack yet."""
    if not stack_status(cloudformation, name):
        return []
    pages = cloudformation.get_paginator("describe_stack_events").paginate(StackName=name)
    return [event for page in pages for event in page["StackEvents"]][::-1]


def _new_events(cloudformation: Any, name: str, seen: set[str]) -> Iterator[Event]:
    for event in _events(cloudformation, name):
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
    """Tell the end of the whole operation: the status alone may still be that from before it."""
    return _is_stack(event) and not event["ResourceStatus"].endswith("_IN_PROGRESS")


def _is_done(event: Event) -> bool:
    return not _is_stack(event) and event["ResourceStatus"].endswith(("_COMPLETE", "_SKIPPED"))


def _is_failure(event: Event) -> bool:
    """Tell a resource's own failure from those that CloudFormation stops because of it."""
    failed = event["ResourceStatus"].endswith("_FAILED") and not _is_stack(event)
    return failed and "cancelled" not in event.get("ResourceStatusReason", "")


def _say_outputs(cloudformation: Any, stage: Stage) -> None:
    described = cloudformation.describe_stacks(StackName=stage.stack)["Stacks"][0]
    for output in described.get("Outputs", []):
        _say(f"{output['OutputKey']}: {output['OutputValue']}")
    email = stage.parameters["AlarmEmail"]
    if email:
        _say(f"Alarms go to {email}, once the confirmation that AWS has sent there is answered.")
    else:
        _say(
            "Nobody is told when telling fails: set AlarmEmail in the stage's stack_parameters (.chalice/config.json)."
        )
    _say(f"Next: .venv/bin/python -m statemachine doctor --stage {stage.name}")


def _require_record(stage: Stage, deployed: list[str]) -> None:
    """Chalice deletes what its record names, and without one nothing, with exit code 0."""
    if deployed and not record(stage).is_file():
        raise Failed(
            f"{record(stage)} is missing, so Chalice would leave functions behind: {', '.join(deployed)}."
            f" Nothing was deleted. Make the record anew, then delete: .venv/bin/chalice deploy --stage {stage.name}"
        )


def _delete_functions(stage: Stage) -> None:
    if not record(stage).is_file():
        _say("There are no functions.")
        return
    chalice = str(Path(sys.executable).with_name("chalice"))
    done = subprocess.run([chalice, "delete", "--stage", stage.name], check=False)
    left = _deployed(stage)
    if done.returncode or left:
        raise Failed(
            f"chalice delete ended with {done.returncode}. Functions left: {', '.join(left) or 'none'}."
        )


def _table_exists(name: str) -> bool:
    dynamodb = client("dynamodb")
    try:
        dynamodb.describe_table(TableName=name)
    except dynamodb.exceptions.ResourceNotFoundException:
        return False
    return True


def _say(line: str) -> None:
    _console.print(line, markup=False)
