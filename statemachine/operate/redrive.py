"""``python -m statemachine redrive``: let every failed execution go on from where it failed."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import click
from botocore.exceptions import ClientError
from rich.console import Console

from chalicelib.catch_up.request import Here, InvalidRequest, look_back
from statemachine.deploy.stack import read_stage
from statemachine.operate.terminal import counts_table, progress
from statemachine.session import WrongInput, client, code, identity, plain_errors, reason

LONGEST = timedelta(days=14)
"""How long after its end an execution can be redriven.

https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html
"""

REDRIVEN = "redriven"
INVALID = "left alone: InvalidFinding, which fails again"

_FAILED = ("FAILED", "TIMED_OUT")  # what was aborted, a person has stopped


@click.command("redrive")
@click.option("--stage", required=True, help="A stage of .chalice/config.json.")
@click.option(
    "--since", default="14d", show_default=True, metavar="24h|7d|2026-11-01", help="How far to look back."
)
@click.pass_context
def redrive_command(context: click.Context, stage: str, since: str) -> None:
    """Redrive the executions that failed: each goes on from the state that gave up, with its claim.

    For after Slack was down, or its token was replaced. A finding that was posted meanwhile is not posted again.
    """
    chosen, now = read_stage(stage), datetime.now(UTC)
    moment = max(_moment(since, now), now - LONGEST)
    with plain_errors():
        account, region, partition = identity()
        counts = redrive(Here(partition, region, account, chosen.name).machine, moment)
    show(counts, Console(soft_wrap=False))
    if any(word not in (REDRIVEN, INVALID) for word in counts):
        context.exit(1)


def redrive(machine: str, since: datetime) -> Counter[str]:
    """Redrive what failed since then, the oldest first; count what came of it."""
    stepfunctions, counts = client("stepfunctions"), Counter[str]()
    failed = sorted(_failed(stepfunctions, machine, since), key=lambda each: each["startDate"])
    with progress() as bar:
        for each in bar.track(failed, description="Executions"):
            counts[_redriven(stepfunctions, each["executionArn"])] += 1
    return counts


def show(counts: Counter[str], console: Console) -> None:
    """Print what came of the failed executions."""
    if not counts:
        console.print("No failed executions.")
        return
    console.print(counts_table(counts.most_common()))


def _moment(since: str, now: datetime) -> datetime:
    try:
        return look_back(since, now)
    except InvalidRequest as error:
        raise WrongInput(str(error)) from None


def _failed(stepfunctions: Any, machine: str, since: datetime) -> Iterator[dict[str, Any]]:
    try:
        for status in _FAILED:
            pages = stepfunctions.get_paginator("list_executions").paginate(
                stateMachineArn=machine, statusFilter=status
            )
            for page in pages:
                yield from (each for each in page["executions"] if each["stopDate"] >= since)
    except stepfunctions.exceptions.StateMachineDoesNotExist:
        raise WrongInput(f"There is no {machine.rsplit(':', 1)[1]} here: is the stage deployed?") from None


def _redriven(stepfunctions: Any, arn: str) -> str:
    if stepfunctions.describe_execution(executionArn=arn).get("error") == "InvalidFinding":
        return INVALID
    try:
        stepfunctions.redrive_execution(executionArn=arn)
    except ClientError as error:
        return f"refused: {code(error)}: {reason(error)}"
    return REDRIVEN
