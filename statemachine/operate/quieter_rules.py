"""``suppressions --suggest``: the rules that would have hidden most of what was posted, for a person and for a file."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

import click
from botocore.parsers import ResponseParserError
from rich.console import Console
from rich.table import Table
from rich.text import Text

from chalicelib.catch_up import posted_lately
from chalicelib.catch_up.posted_lately import ListedIn, NowHiding, PostedLately
from chalicelib.catch_up.quieter_message import rule_sentence
from chalicelib.errors import AWSUnavailable
from chalicelib.finding.model import Account
from chalicelib.rules import faults
from chalicelib.rules.quieter import Quieter, quieter
from statemachine.deploy.stack import Stage
from statemachine.operate import rule_table
from statemachine.operate.terminal import json_lines, literal, show_rows
from statemachine.session import Failed

DAYS = posted_lately.DAYS

_HEADINGS = ("Would hide", "Share", "Highest", "Others", "Finding type", "Rule", "What it does")


class Chosen(NamedTuple):
    """The rules, and what they were tried on."""

    rules: Sequence[Quieter]
    past: PostedLately


def choose(
    stage: Stage, account: str, region: str, account_of: Callable[[str], Account], days: int, now: datetime
) -> Chosen:
    """Try rules on what GuardDuty lists and the stage has posted; raises Failed, and botocore's errors."""
    listed = ListedIn(
        regions=tuple(dict.fromkeys((region, *stage.regions))),
        account=account,
        since=posted_lately.since(now, days),
        min_severity=float(stage.parameters["MinSeverity"]),
    )
    hiding = NowHiding(rule_table.items(f"{stage.stack}-suppressions").values(), account_of, now)
    past = PostedLately()
    try:
        past.read(listed, hiding, lambda: True, f"{stage.stack}-notifications")
    except AWSUnavailable as error:
        raise Failed(f"AWS did not answer: {error}. Run it again.") from None
    # A time that botocore can't read, or Python can't hold.
    except (ResponseParserError, ValueError, OverflowError) as error:
        raise Failed(f"GuardDuty's list can't be read: {error}") from None
    return Chosen(quieter(past.posted, past.others, now), past)


def print_json(chosen: Chosen) -> None:
    """Print the rules as a list for a file, with what to do with it beside it."""
    click.echo(json_lines([each.rule for each in chosen.rules]))
    if chosen.rules:
        click.echo(
            'Put your reason in place of what "reason" says, then: --check FILE, --add FILE.', err=True
        )


def show(chosen: Chosen, days: int) -> None:
    """Print a table of them, and what they were tried on."""
    posted, others = len(chosen.past.posted), len(chosen.past.others)
    if chosen.rules:
        table = Table(box=None, padding=(0, 2, 1, 0), header_style="dim", pad_edge=False)
        for heading in _HEADINGS[:4]:
            table.add_column(heading, justify="right")
        for heading in _HEADINGS[4:]:
            table.add_column(heading)
        rows = [tuple(_cells(each)) for each in chosen.rules]
        show_rows(table, rows, Console(highlight=False))
    else:
        click.echo("No narrow rule would have hidden five posted findings and none that is open.")
    least = "" if chosen.past.complete else "the newest "
    click.echo(
        f"Tried on {least}{posted:,} posted findings below Critical of the last {days} days"
        f" and {others:,} others."
    )
    if chosen.rules:
        click.echo("As JSON for --check and --add: --suggest --json. They end by themselves after 30 days.")


def _cells(each: Quieter) -> Iterator[Text]:
    yield Text(f"{each.hides:,} of {each.of:,}")
    yield Text(f"{100 * each.hides // each.of} %")
    yield Text(f"{each.highest:g}")
    yield Text(f"{each.besides:,}")
    yield from (literal(faults.shown(each.rule[name])) for name in ("finding_type", "rule"))
    yield literal(rule_sentence(each.rule, "en"))
