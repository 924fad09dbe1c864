"""``python -m statemachine deploy`` and ``… delete``: one stage's stack, made, changed and taken down.

Everything goes through change sets, so that a repetition changes nothing and says so.
"""

import subprocess
import sys
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import click

from statemachine.deploy import executions, indexes, lock, policies, responders, roles, stack, whereabouts
from statemachine.deploy.package import require_packaged
from statemachine.deploy.stack import Stage, read_stage
from statemachine.deploy.watch import events, say, settled, stack_status, watch
from statemachine.deploy.whereabouts import function_exists, record
from statemachine.session import Failed, WrongInput, client, identity, plain_errors, regions

_NEVER_MADE = frozenset({"CREATE_FAILED", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED"})
_NOTHING_TO_DO = ("didn't contain changes", "No updates are to be performed")


@click.command("deploy")
@click.option("--stage", required=True, help="A stage of .chalice/config.json.")
@click.option(
    "--check",
    "only_check",
    is_flag=True,
    help="Check stage, settings and credentials, and write the functions' policies here; make nothing there.",
)
@click.option(
    "--roles", "only_roles", is_flag=True, help="Make the functions' roles, within the permissions boundary."
)
def deploy_command(stage: str, only_check: bool, only_roles: bool) -> None:
    """Make or change the stack of a stage; `--check`, `--roles` and `chalice deploy` come first."""
    chosen = read_stage(stage)
    lock.require_current()
    with plain_errors():
        check(chosen)
        check_regions(chosen)
        responders.require_scope(chosen)
        if only_check:
            write_policies(chosen)
        elif only_roles:
            make_roles(chosen)
        else:
            require_packaged(chosen)
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
    say(f"Stage {stage.name}: stack {stage.stack} in account {account}, {region}.")
    there = whereabouts.recorded(stage) or whereabouts.found(stage, region, partition)
    if there and there != (account, region):
        raise WrongInput(_elsewhere(stage, account, *there))


def check_regions(stage: Stage) -> None:
    """Raise WrongInput where a region that the stage is to compare is none, or not of its partition."""
    known = regions("guardduty", identity()[2]) if stage.regions else []
    for name in stage.regions:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            raise WrongInput(
                f"stack_parameters of {stage.name}: Regions names {name}, and GuardDuty is in no such region."
                + (f" Is it {near[0]}?" if near else "")
            )


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


def write_policies(stage: Stage) -> None:
    """Write what the functions of the stage may do; Chalice reads it."""
    if policies.write(stage):
        say(f"Wrote what the functions may do: .chalice/policy-{stage.name}-….json. Commit it.")


def make_roles(stage: Stage) -> None:
    """Make the functions' roles within the permissions boundary."""
    account, _, partition = identity()
    roles.make(stage, account, partition)


def deploy(stage: Stage) -> None:
    """Create or update the stack and watch it; raises WrongInput or Failed."""
    policies.refuse_stale(stage)
    _require_functions(stage)
    make_roles(stage)
    cloudformation = client("cloudformation")
    kind = _prepare(cloudformation, stage)
    changed = [_apply(cloudformation, stage, kind, body) for body in indexes.bodies(stage, kind)]
    if not any(changed):
        say("No changes: the stack is as the template wants it.")
        return
    _say_outputs(cloudformation, stage)


def _apply(cloudformation: Any, stage: Stage, kind: str, body: str) -> bool:
    """Make or change the stack and watch it; False where there is nothing to change."""
    change_set = _propose(cloudformation, stage, kind, body)
    if change_set:
        before = {event["EventId"] for event in events(cloudformation, stage.stack)}
        cloudformation.execute_change_set(ChangeSetName=change_set)
        watch(cloudformation, stage.stack, before, _resources(stage))
    return bool(change_set)


def delete(stage: Stage) -> None:
    """Delete the stack, then the functions by Chalice; raises WrongInput or Failed."""
    say("Deleting the stack, then the functions.")
    deployed = _deployed(stage)
    _require_record(stage, deployed)
    executions.stop_waiting(stage)
    _delete_stack(client("cloudformation"), stage.stack)
    _delete_functions(stage)
    if deployed:
        say(
            f"The functions' log groups /aws/lambda/{stage.stack}-… and the parameter {stage.secret_parameter}"
            " stay: they are yours to delete."
        )
    kept = [table for table in stage.kept_tables if _table_exists(table)]
    if kept:
        say(f"The tables {' and '.join(kept)} stay, with what people wrote. The next deploy takes them in.")


def missing_functions(stage: Stage) -> list[str]:
    """Name the functions that Chalice has not deployed, as AWS would know them."""
    deployed = _deployed(stage)
    return [stage.function(name) for name in stage.functions if stage.function(name) not in deployed]


def _deployed(stage: Stage) -> list[str]:
    functions = client("lambda")
    return [name for name in map(stage.function, stage.functions) if function_exists(functions, name)]


def _require_functions(stage: Stage) -> None:
    missing = missing_functions(stage)
    if missing:
        raise WrongInput(f"Not deployed yet: {', '.join(missing)}. Run: make deploy STAGE={stage.name}")


def _prepare(cloudformation: Any, stage: Stage) -> str:
    """Say whether to CREATE or UPDATE; a stack that never came to be is cleared away first."""
    status = stack_status(cloudformation, stage.stack)
    if status in _NEVER_MADE:
        say(f"The first deploy failed ({status}). Clearing away what is left of it.")
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


def _propose(cloudformation: Any, stage: Stage, kind: str, body: str) -> str:
    """Make a change set and return its ARN; nothing where there is nothing to change."""
    made = cloudformation.create_change_set(
        StackName=stage.stack,
        ChangeSetName=f"deploy-{datetime.now(UTC):%Y%m%d-%H%M%S-%f}",
        ChangeSetType=kind,
        TemplateBody=body,
        Parameters=[
            {"ParameterKey": key, "ParameterValue": value} for key, value in stage.parameters.items()
        ],
        Tags=[{"Key": key, "Value": value} for key, value in stage.tags.items()],
        Capabilities=["CAPABILITY_IAM"],
        ImportExistingResources=True,  # the tables that an earlier stack left behind
    )
    proposed = settled(cloudformation, made["Id"])
    if proposed["Status"] != "FAILED":
        return str(made["Id"])
    cloudformation.delete_change_set(ChangeSetName=made["Id"])
    why = proposed.get("StatusReason", "")
    if any(said in why for said in _NOTHING_TO_DO):
        return ""
    raise Failed(f"CloudFormation refuses the changes: {why}")


def _resources(stage: Stage) -> int:
    return len(stack.filled(stage.parameters)["Resources"])


def _delete_stack(cloudformation: Any, name: str) -> None:
    described = stack_status(cloudformation, name)
    if not described:
        say(f"There is no stack {name}.")
        return
    # By its id: a deleted stack is not known by its name any more.
    stack_id = cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackId"]
    before = {event["EventId"] for event in events(cloudformation, stack_id)}
    resources = len(cloudformation.describe_stack_resources(StackName=stack_id)["StackResources"])
    cloudformation.delete_stack(StackName=stack_id)
    watch(cloudformation, stack_id, before, resources)


def _say_outputs(cloudformation: Any, stage: Stage) -> None:
    described = cloudformation.describe_stacks(StackName=stage.stack)["Stacks"][0]
    for output in described.get("Outputs", []):
        say(f"{output['OutputKey']}: {output['OutputValue']}")
    email = stage.parameters["AlarmEmail"]
    if email:
        say(f"Alarms go to {email}, once the confirmation that AWS has sent there is answered.")
    else:
        say(
            "Nobody is notified when posting fails: set AlarmEmail in the stage's stack_parameters"
            " (.chalice/config.json)."
        )
    say(f"Next: .venv/bin/python -m statemachine doctor --stage {stage.name}")


def _require_record(stage: Stage, deployed: list[str]) -> None:
    """Chalice deletes what its record names, and without one nothing, with exit code 0."""
    if deployed and not record(stage).is_file():
        raise Failed(
            f"{record(stage)} is missing, so Chalice would leave functions behind: {', '.join(deployed)}."
            f" Nothing was deleted. Make the record anew, then delete: .venv/bin/chalice deploy --stage {stage.name}"
        )


def _delete_functions(stage: Stage) -> None:
    if not record(stage).is_file():
        roles.delete(stage)
        say("There are no functions.")
        return
    chalice = str(Path(sys.executable).with_name("chalice"))
    done = subprocess.run([chalice, "delete", "--stage", stage.name], check=False)
    left = _deployed(stage)
    if done.returncode or left:
        raise Failed(
            f"chalice delete ended with {done.returncode}. Functions left: {', '.join(left) or 'none'}."
        )
    roles.delete(stage)


def _table_exists(name: str) -> bool:
    dynamodb = client("dynamodb")
    try:
        dynamodb.describe_table(TableName=name)
    except dynamodb.exceptions.ResourceNotFoundException:
        return False
    return True
