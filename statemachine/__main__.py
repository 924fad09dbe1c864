"""``guardduty-notifier``, or ``python -m statemachine``: run it here, deploy it there."""

import importlib
import os
import sys
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple, NoReturn

import click
from click.exceptions import NoArgsIsHelpError
from click.shell_completion import CompletionItem

from statemachine.operate.terminal import visible
from statemachine.version import version

NAME: Final = "guardduty-notifier"


class _CommandEntry(NamedTuple):
    """A command: where it is, what the list of commands says of it, and how it is called."""

    module: str
    summary: str
    examples: tuple[str, ...]


_ENTRIES: Mapping[str, _CommandEntry] = {
    "run": _CommandEntry(
        "local.run",
        "Take findings through the state machine on this machine.",
        (
            "run tests/events/example.json",
            "run --suppressions rules.json --min-severity 1 findings.jsonl.gz",
            "aws guardduty get-findings … | guardduty-notifier run -",
        ),
    ),
    "deploy": _CommandEntry(
        "deploy.command", "Make or change the stack of a stage.", ("deploy --stage dev --check",)
    ),
    "delete": _CommandEntry(
        "deploy.command", "Take a stage down; what people wrote stays.", ("delete --stage dev",)
    ),
    "package": _CommandEntry(
        "deploy.package", "Make the functions' zip, from the lock.", ("package --stage dev",)
    ),
    "doctor": _CommandEntry(
        "operate.doctor", "Look whether a stage can post findings.", ("doctor --stage prod",)
    ),
    "replay": _CommandEntry(
        "operate.replay",
        "Post what GuardDuty lists and nobody posted.",
        ("replay --stage prod --since 24h --dry-run",),
    ),
    "redrive": _CommandEntry(
        "operate.redrive", "Let failed executions go on.", ("redrive --stage prod --since 7d",)
    ),
    "open": _CommandEntry(
        "operate.open",
        "List the findings that nobody has answered yet.",
        ("open --stage prod", "open --stage prod --json"),
    ),
    "digest": _CommandEntry(
        "operate.digest",
        "List the findings of a digest, and what became of each.",
        (
            "digest 202611261405-3fa9c1d2 --stage prod",
            "digest 202611261405-3fa9c1d2 --stage prod --json",
            "digest --stage prod",
        ),
    ),
    "suppressions": _CommandEntry(
        "operate.suppressions",
        "Show the suppression list; try and add rules.",
        (
            "suppressions --stage prod",
            "suppressions --stage prod --check rules.json",
            "suppressions --stage prod --suggest",
        ),
    ),
}


class _Commands(click.Group):
    """Commands that are imported only when they are called: each needs much that the others don't."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the commands."""
        return list(_ENTRIES)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Import a command."""
        if name not in _ENTRIES:
            return None
        if name == "run":
            _forget_aws()
        entry = _ENTRIES[name]
        module = importlib.import_module(f"statemachine.{entry.module}")
        command: click.Command = getattr(module, f"{name}_command")
        command.short_help = entry.summary
        command.epilog = _examples(entry.examples)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands, their summaries whole, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.summary) for name, entry in _ENTRIES.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; where there is none, say which may be meant."""
        try:
            return super().resolve_command(ctx, args)
        except click.NoSuchCommand:
            raise click.NoSuchCommand(args[0], possibilities=_ENTRIES, ctx=ctx) from None

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete a command's name without importing any."""
        found = [
            CompletionItem(name, help=entry.summary)
            for name, entry in _ENTRIES.items()
            if name.startswith(incomplete)
        ]
        return found + click.Command.shell_complete(self, ctx, incomplete)


def _examples(calls: Iterable[str]) -> str:
    whole = (call if "|" in call else f"{NAME} {call}" for call in calls)
    return "\b\nFor example:\n" + "\n".join(f"  {call}" for call in whole)


def _forget_aws() -> None:
    """A run here reads nothing of the user's AWS, not even while it imports moto, which looks for a profile."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull


@click.command(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="\b\n"
    "For example:\n"
    "  guardduty-notifier run -h\n"
    "To have the shell complete names (bash, zsh and fish likewise):\n"
    '  eval "$(_GUARDDUTY_NOTIFIER_COMPLETE=bash_source guardduty-notifier)"',
)
@click.version_option(version(), prog_name=NAME, message="%(prog)s %(version)s")
def main() -> None:
    """Amazon GuardDuty findings in Slack, through a state machine."""


def _main() -> int:
    """Say a wrong input in one line."""
    try:
        result = main.main(standalone_mode=False)
    except NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return error.exit_code
    except click.ClickException as error:
        lines = error.format_message().split("\n")
        click.echo("error: " + "\n".join(map(visible, lines)), err=True)
        return error.exit_code
    except click.Abort:
        click.echo("Stopped.", err=True)
        return 130
    return result if isinstance(result, int) else 0


def script() -> NoReturn:
    """``guardduty-notifier``, wherever it is called."""
    sys.exit(_main())


if __name__ == "__main__":
    script()
