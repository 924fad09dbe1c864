"""``python -m statemachine``: run it here, deploy it there."""

import importlib
import os
import sys

import click

from statemachine.operate.terminal import visible
from statemachine.version import version


class _Commands(click.Group):
    """Commands that are imported only when they are called: each needs much that the others don't."""

    modules = {  # noqa: RUF012
        "run": "local.run",
        "deploy": "deploy.command",
        "delete": "deploy.command",
        "package": "deploy.package",
        "doctor": "operate.doctor",
        "replay": "operate.replay",
        "redrive": "operate.redrive",
        "suppressions": "operate.suppressions",
    }

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the commands."""
        return list(self.modules)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Import a command."""
        if name not in self.modules:
            return None
        if name == "run":
            _forget_aws()
        module = importlib.import_module(f"statemachine.{self.modules[name]}")
        command: click.Command = getattr(module, f"{name}_command")
        return command


def _forget_aws() -> None:
    """A run here reads nothing of the user's AWS, not even while it imports moto, which looks for a profile."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull


@click.command(cls=_Commands)
@click.version_option(version(), prog_name="guardduty-notifier", message="%(prog)s %(version)s")
def main() -> None:
    """Amazon GuardDuty findings in Slack, through a state machine."""


def _main() -> int:
    """Say a wrong input in one line."""
    try:
        result = main.main(standalone_mode=False)
    except click.ClickException as error:
        lines = error.format_message().split("\n")
        click.echo("error: " + "\n".join(map(visible, lines)), err=True)
        return error.exit_code
    except click.Abort:
        click.echo("Stopped.", err=True)
        return 130
    return result if isinstance(result, int) else 0


if __name__ == "__main__":
    sys.exit(_main())
