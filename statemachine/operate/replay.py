"""``python -m statemachine replay``: post what GuardDuty lists and nobody posted, by hand."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from chalicelib.catch_up import replay
from chalicelib.catch_up.compare import NoDetector, pages_of_ids
from chalicelib.catch_up.request import Here, InvalidRequest, ReplayRequest, look_back
from chalicelib.catch_up.tally import Tally
from chalicelib.functions.replay_findings import actor
from statemachine.deploy.stack import Stage, read_stage
from statemachine.operate.terminal import counts_table, literal, progress, show_rows
from statemachine.session import Failed, WrongInput, identity, plain_errors

PAUSE = 5.0
"""Seconds to wait where AWS throttles."""

_MOST_PAUSES = 12
"""In a row, without one finding done in between."""

_COUNTS = {
    "listed": "listed by GuardDuty",
    "already_posted": "posted already",
    "suppressed": "suppressed already",
    "under_way": "being posted by another execution",
    "started": "started",
    "redriven": "redriven",
    "would_be_posted": "would be posted",
    "would_be_hidden": "would be hidden by a rule",
}


@click.command("replay")
@click.option("--stage", required=True, help="A stage of .chalice/config.json.")
@click.option("--since", required=True, metavar="24h|7d|2026-11-01", help="How far to look back.")
@click.option(
    "--min-severity", type=click.FloatRange(1, 10), help="Leave out findings below.  [default: the stage's]"
)
@click.option(
    "--type", "pattern", default="", metavar="'Recon:*'", help="Only this type, or a pattern of it."
)
@click.option("--region", default="", help="Another region's list than the stage's.")
@click.option("--dry-run", is_flag=True, help="Only list what would be posted, and what a rule would hide.")
@click.pass_context
def replay_command(
    context: click.Context,
    stage: str,
    since: str,
    min_severity: float | None,
    pattern: str,
    region: str,
    dry_run: bool,
) -> None:
    """Post the findings that GuardDuty lists and that were never posted, or have changed since.

    Each goes through the state machine: enrichment, suppression and routes hold as ever, and what is posted is
    not posted again. Of tags, --dry-run knows only those in the finding.
    """
    chosen, now = read_stage(stage), datetime.now(UTC)
    with plain_errors(), _plain_requests(), _settings(chosen):
        account, home, partition = identity()
        here = Here(partition, home, account, chosen.name)
        lowest = float(chosen.parameters["MinSeverity"]) if min_severity is None else min_severity
        request = ReplayRequest(look_back(since, now), lowest, pattern, region, dry_run)
        tally, ended = Tally(), False
        try:
            for part in _with_progress(request, here, now):
                tally += part
            ended = True
        finally:
            # What was done is said, however it ended. Zeros before an error would say that nothing is missing.
            if ended or tally != Tally():
                show(tally, Console(soft_wrap=False))
    if tally.skipped:
        context.exit(1)


def show(tally: Tally, console: Console) -> None:
    """Print the missing findings and the counts."""
    if tally.named:
        headings = "updated", "severity", "type", "account", "finding", "why", "what came of it"
        show_rows(Table(*headings, box=None), _findings(tally), console)
    counts = tally.to_json()
    rows = {said: counts[name] for name, said in _COUNTS.items() if name in counts}
    rows |= {f"left out: {why}": number for why, number in tally.skipped.items()}
    console.print(counts_table(rows.items()))


def _findings(tally: Tally) -> Iterator[tuple[Text, ...]]:
    for each in tally.named:
        rule = f" {each['rule']}" if each.get("rule") else ""
        cells = (
            each["updated"],
            f"{each['severity']:g}",
            each["type"],
            each["account"],
            each["id"],
            each["why"],
        )
        yield tuple(map(literal, (*cells, f"{each['outcome']}{rule}")))


def _with_progress(request: ReplayRequest, here: Here, now: datetime) -> Iterator[Tally]:
    """Replay all of it, however often AWS throttles, while a bar shows how far it is; count it part by part."""
    with progress() as bar:
        task = bar.add_task("Findings", total=sum(map(len, pages_of_ids(request, here))))
        yield from _parts(request, here, now, lambda _: bar.advance(task))


def _parts(
    request: ReplayRequest, here: Here, now: datetime, watch: Callable[[Tally], None]
) -> Iterator[Tally]:
    left: ReplayRequest | None = request
    pauses = 0
    while left:
        act = actor(request, here, now)
        result = replay.run(left, here, now, act, lambda: True, watch)
        yield result.tally
        pauses = 0 if result.tally.listed else pauses + 1
        if pauses >= _MOST_PAUSES:
            raise Failed(
                f"AWS goes on throttling ({result.why}). Run it again later: nothing is posted twice."
            )
        left = result.rest
        time.sleep(PAUSE if left else 0)


@contextmanager
def _settings(stage: Stage) -> Iterator[None]:
    """What the functions read from their environment."""
    before = {name: os.environ.get(name) for name in stage.settings}
    os.environ.update(stage.settings)
    try:
        yield
    finally:
        for name, value in before.items():
            _restore(name, value)


def _restore(name: str, value: str | None) -> None:
    if value is None:
        os.environ.pop(name, None)
    else:
        os.environ[name] = value


@contextmanager
def _plain_requests() -> Iterator[None]:
    try:
        yield
    except (InvalidRequest, NoDetector) as error:
        raise WrongInput(str(error)) from None
