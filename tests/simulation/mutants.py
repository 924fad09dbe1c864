"""One-line faults put into the notifier, each of which the simulation finds: `python -m tests.simulation.mutants`.

A mutant is found by a seed whose history breaks its invariant with the fault, and keeps it without. It runs on a copy
of the project, in a process of its own.
"""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from tests.simulation.invariants import broken
from tests.simulation.story import draw
from tests.simulation.world import World

ROOT = Path(__file__).parent.parent.parent
_PARTS = ("app.py", ".chalice", "chalicelib", "statemachine", "tests")

_MACHINE = "statemachine/guardduty-notifier.asl.yaml"
_NOTIFICATIONS = "chalicelib/ledger/notifications.py"
_POST = "chalicelib/functions/post_to_slack.py"
_POSTING = "chalicelib/notify/posting.py"
_MISSING = "chalicelib/catch_up/missing.py"


@dataclass(frozen=True)
class Mutant:
    """A fault: in a file, what stands there and what stands there instead; and what it breaks."""

    name: str
    file: str
    before: str
    after: str
    breaks: str


MUTANTS = (
    Mutant(
        "a clear refusal makes an unanswered attempt forgotten",
        _NOTIFICATIONS,
        "if before.attempted_by or before is UNREADABLE:",
        "if before is UNREADABLE:",
        "a repetition is marked",
    ),
    Mutant(
        "two executions may claim the same update",
        _MACHINE,
        "AND (attribute_not_exists(claimed_update) OR claimed_update < :update\n",
        "AND (attribute_not_exists(claimed_update) OR claimed_update <= :update\n",
        "once where answered",
    ),
    Mutant(
        "an attempt begins whatever another has posted meanwhile",
        _NOTIFICATIONS,
        'f"{unchanged}",',
        '"",',
        "once where answered",
    ),
    Mutant(
        "who finds another one posting leaves it to that one",
        _POST,
        "return _wait(job, _SECONDS_FOR_ANOTHER)",
        'return PostAnswer(status="superseded")',
        "left to one that is there",
    ),
    Mutant(
        "who waits for Slack ends",
        _MACHINE,
        "holds for what waits.\n    Next: CheckSuppressionList",
        "holds for what waits.\n    Next: Notified",
        "shown or failed",
    ),
    Mutant(
        "what was posted is recorded without its place",
        _POST,
        '":ts": {"S": done.ts},',
        '":ts": {"S": ""},',
        "once where answered",
    ),
    Mutant(
        "a record of an older update overwrites a newer one's",
        _POST,
        "if job.claim and before.supersedes(job.claim, job.execution):\n        return _superseded(job, before)\n"
        "    secret",
        "secret",
        "never older over newer",
    ),
    Mutant(
        "a message that is gone is posted anew to say that it is hidden",
        _POSTING,
        "if plan.context.suppressed:",
        "if False:",
        "nothing hidden is posted",
    ),
    Mutant(
        "a finding that was never posted is not missing",
        _MISSING,
        "return FindingStanding.NEVER",
        "return FindingStanding.NOT_DUE",
        "a lost event is found",
    ),
    Mutant(
        "a rise of the severity is not missing",
        _MISSING,
        "return FindingStanding.ROSE",
        "return FindingStanding.NOT_DUE",
        "a lost event is found",
    ),
    Mutant(
        "a verdict that hides is not heard",
        _MACHINE,
        "- {Variable: $.verdict.suppressed, BooleanEquals: true}",
        "- {Variable: $.verdict.suppressed, BooleanEquals: false}",
        "nothing hidden is posted",
    ),
    Mutant(
        "an unanswered attempt is no reason for a mark",
        _POST,
        "else bool(before.attempted_by)",
        "else False",
        "a repetition is marked",
    ),
)


def seeds_that_break(invariant: str, seeds: range) -> Iterator[int]:
    """Name the seeds whose histories break an invariant."""
    for seed in seeds:
        story = draw(seed)
        if invariant in broken(story, World(story).run()):
            yield seed


def found_by(mutant: Mutant, seeds: range) -> int | None:
    """Name the first seed that finds a mutant."""
    with _copy(mutant) as folder:
        command = [sys.executable, "-m", "tests.simulation.mutants", "--breaks", mutant.breaks]
        command += ["--seed", str(seeds.start), "--histories", str(len(seeds))]
        run = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True)
        try:
            assert run.stdout is not None
            for line in run.stdout:
                seed = int(line)
                if not list(seeds_that_break(mutant.breaks, range(seed, seed + 1))):
                    return seed
        finally:
            run.kill()
            run.wait()
    return None


@contextmanager
def _copy(mutant: Mutant) -> Iterator[Path]:
    with TemporaryDirectory() as name:
        folder = Path(name)
        for part in _PARTS:
            if (ROOT / part).is_dir():
                shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(ROOT / part, folder / part)
        file = folder / mutant.file
        text = file.read_text()
        assert text.count(mutant.before) == 1, f"{mutant.name}: the line is not there, or more than once"
        file.write_text(text.replace(mutant.before, mutant.after))
        yield folder


@click.command()
@click.option("--histories", default=2000, show_default=True)
@click.option("--seed", default=1, show_default=True)
@click.option("--breaks", help="Only name the seeds that break this invariant, here and now.")
def main(histories: int, seed: int, breaks: str | None) -> None:
    """Look for each mutant's first seed."""
    seeds = range(seed, seed + histories)
    if breaks:
        for each in seeds_that_break(breaks, seeds):
            print(each, flush=True)
        return
    missed = 0
    for mutant in MUTANTS:
        found = found_by(mutant, seeds)
        missed += found is None
        print(f"{'NOT FOUND' if found is None else f'seed {found}':>10}  {mutant.name}", flush=True)
    raise SystemExit(1 if missed else 0)


if __name__ == "__main__":
    main()
