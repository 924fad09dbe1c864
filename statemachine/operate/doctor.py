"""``python -m statemachine doctor``: what is deployed, whether it can work, and what to do where it can't."""

from collections.abc import Callable, Iterator

import click
from botocore.exceptions import ClientError
from rich.console import Console
from rich.table import Table

from statemachine.deploy.stack import read_stage
from statemachine.operate.checks import (
    Check,
    StagePlace,
    attention,
    findings,
    functions,
    past,
    resources,
    slack,
    storms,
)
from statemachine.operate.terminal import NARROW, literal, visible
from statemachine.session import code, identity, is_refusal, plain_errors, reason

CHECKS: dict[str, Callable[[StagePlace, str], Check]] = {
    "functions": functions.functions_deployed,
    "functions current": functions.functions_current,
    "functions' packages": functions.functions_locked,
    "functions' Python": functions.functions_runtime,
    "functions at once": functions.functions_run_at_once,
    "stack": resources.stack_healthy,
    "rules": resources.rules_enabled,
    "schedules": resources.schedules_kept,
    "feed of rule changes": resources.feeds_running,
    "GuardDuty": findings.guardduty_on,
    "GuardDuty's updates": findings.findings_published,
    "account names": findings.account_names,
    "Slack secret": slack.slack_secret,
    "Slack channel": slack.slack_channel,
    "Slack history": slack.slack_history,
    "Slack message": slack.slack_message,
    "Slack answers": slack.slack_answers,
    "attention machine": attention.machine_as_here,
    "index of what is open": attention.index_active,
    "what is open": attention.executions_run,
    "index of digests": storms.index_active,
    "digests": storms.digests_posted,
    "dead letters": past.dead_letters,
    "last executions": past.last_executions,
    "alarms": past.alarms_quiet,
    "alarms heard": past.alarms_heard,
}

_MAY_NOT = "Look with credentials that may read this."
_SAYS_WHY = "Correct what AWS says, or look again later."


@click.command("doctor")
@click.option("--stage", required=True, help="A stage of .chalice/config.json.")
@click.pass_context
def doctor_command(context: click.Context, stage: str) -> None:
    """Look whether a stage can post findings; exit code 1 where it can't."""
    chosen = read_stage(stage)
    with plain_errors():
        place = StagePlace(chosen, *identity())
        checks = list(examine(place))
    show(checks, Console(soft_wrap=False))
    if any(check.good is False for check in checks):
        context.exit(1)


def examine(place: StagePlace) -> Iterator[Check]:
    """Look at everything, one after the other; what AWS refuses to show is a failed check."""
    for name, check in CHECKS.items():
        try:
            yield check(place, name)
        except ClientError as error:
            said = f"AWS refused {error.operation_name}: {code(error)}: {reason(error)}"
            yield Check(name, False, said, _MAY_NOT if is_refusal(error) else _SAYS_WHY)


def show(checks: list[Check], console: Console) -> None:
    """Print the checks: a table for a terminal that has the room, a line each for anything else."""
    if not console.is_terminal or console.width < NARROW:
        for check in checks:
            click.echo(visible(f"{_word(check):<5} {check.name}: {check.said}"))
            if check.hint:
                click.echo(visible(f"      {check.hint}"))
        return
    table = Table("", "check", "found", "what to do", show_lines=True)
    for check in checks:
        table.add_row(_mark(check), *map(literal, (check.name, check.said, check.hint)))
    console.print(table)


def _word(check: Check) -> str:
    return {True: "ok", False: "FAIL", None: "-"}[check.good]


def _mark(check: Check) -> str:
    return {True: "[green]ok[/]", False: "[bold red]FAIL[/]", None: "-"}[check.good]
