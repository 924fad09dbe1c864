"""One-line faults put into the notifier, for the simulation to find: `python -m tests.simulation.mutants`.

What needs two rare things at once is found by few seeds: ``test_known_faults.py`` tells the shortest story of each.

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
_DECIDE = "chalicelib/ledger/decide.py"
_NOTIFICATIONS = "chalicelib/ledger/notifications.py"
_ATTEMPT = "chalicelib/notify/attempt.py"
_PLANS = "chalicelib/notify/plans.py"
_LOOK = "chalicelib/notify/look.py"
_POST = "chalicelib/notify/post.py"
_RECORDING = "chalicelib/notify/recording.py"
_DELIVERY = "chalicelib/notify/delivery.py"
_MISSING = "chalicelib/catch_up/missing.py"
_OPENING = "chalicelib/notify/opening.py"
_WATCH = "chalicelib/ledger/watch.py"
_NEXT = "chalicelib/attention/decide.py"
_REACTIONS = "chalicelib/attention/reactions.py"
_REMIND = "chalicelib/attention/remind.py"
_POOL = "chalicelib/attention/pool.py"
_RESTART = "chalicelib/attention/restart.py"
_KEEPER = "chalicelib/attention/keeper.py"


@dataclass(frozen=True)
class Mutant:
    """A fault: in a file, what stands there and what stands there instead; and what it breaks."""

    name: str
    file: str
    before: str
    after: str
    breaks: str
    profile: str = ""
    """Of the histories that may find it; empty: of all of them."""


MUTANTS = (
    Mutant(
        "whoever comes posts while another post is under way",
        _DECIDE,
        "    (Decision.WAIT_FOR_ATTEMPT, _is_attempted),\n",
        "",
        "once where answered",
    ),
    Mutant(
        "an update that is older than the one that is shown is shown",
        _DECIDE,
        "lambda item, wish, _: item.notified_update > wish.update",
        "lambda *_: False",
        "never older over newer",
    ),
    Mutant(
        "an update that is older than one that may be shown is shown",
        _DECIDE,
        "    (Decision.SUPERSEDED, _may_show_newer),\n",
        "",
        "never older over newer",
    ),
    Mutant(
        "a verdict holds for ever",
        _DECIDE,
        "    (Decision.WAIT_FOR_VERDICT, _verdict_is_old),\n",
        "",
        "nothing hidden is posted",
    ),
    Mutant(
        "another's claim is believed for ever",
        _DECIDE,
        "item.claimed_update == wish.update and another and item.claimed_until > instant(now)",
        "item.claimed_update == wish.update and another",
        "left to one that is there",
    ),
    Mutant(
        "who finds another one posting leaves it to that one",
        _DECIDE,
        "(Decision.WAIT_FOR_ATTEMPT, _is_attempted)",
        "(Decision.SUPERSEDED, _is_attempted)",
        "left to one that is there",
    ),
    Mutant(
        "an attempt that has run out was answered",
        _DECIDE,
        "return bool(item.unanswered or item.attempt)",
        "return bool(item.unanswered)",
        "a repetition is marked",
    ),
    Mutant(
        "a stamp brings an older update's content",
        _DECIDE,
        "older = item.notified_update < wish.update and item.attempted_update <= wish.update",
        "older = True",
        "never older over newer",
    ),
    Mutant(
        "an item is written whatever another has written meanwhile",
        _NOTIFICATIONS,
        '"v = :seen" if v else "attribute_not_exists(v)",',
        '"attribute_exists(v) OR v = :seen" if v else "",',
        "once where answered",
    ),
    Mutant(
        "an attempt that has died is forgotten when the next one begins",
        _ATTEMPT,
        "{**died(entry.item), **begun, **changes}",
        "{**begun, **changes}",
        "a repetition is marked",
    ),
    Mutant(
        "a clear refusal makes an unanswered attempt forgotten",
        _ATTEMPT,
        "self._end({**self._before, **changes})",
        'self._end({**self._before, "unanswered": "", **changes})',
        "a repetition is marked",
    ),
    Mutant(
        "what Slack did not answer is not written",
        _ATTEMPT,
        'self._end({"unanswered": unanswered, "look_after": instant(clock.now() + SLACK_HAS)})',
        "self._end({})",
        "a repetition is marked",
    ),
    Mutant(
        "what nobody answered is not looked for",
        _DECIDE,
        "return wish.looks and is_unanswered(item)",
        "return False",
        "once",
    ),
    Mutant(
        "it is looked for before Slack has had its time",
        _DECIDE,
        "return item.look_after > instant(now)",
        "return False",
        "once",
    ),
    Mutant(
        "what turns up later stays beside the message",
        _DECIDE,
        "    (Decision.SURPLUS, _and(_may_have_turned_up, _not(_is_fresh))),\n",
        "",
        "once",
    ),
    Mutant(
        "what turned up is pointed to, whatever it shows",
        _LOOK,
        "if any(each.mark.update > shown for each in surplus):",
        "if False:",
        "shown or failed",
    ),
    Mutant(
        "an attempt that may not have been written is begun",
        _ATTEMPT,
        "if entry.read().attempt != nonce:",
        "if not entry.read():",
        "once where answered",
    ),
    Mutant(
        "what was posted is recorded without its place",
        _RECORDING,
        '"ts": done.ts,\n        "said"',
        '"ts": "",\n        "said"',
        "once where answered",
    ),
    Mutant(
        "what can't be recorded is not left to the state machine",
        _POST,
        'answer["repair"] = recording.repair(job.claim, changes)',
        "pass",
        "once where answered",
    ),
    Mutant(
        "what an attempt may show is not written",
        _POST,
        '{"attempted_update": max(job.update, item.attempted_update)}\n    return',
        '{"attempted_update": item.attempted_update}\n    return',
        "never older over newer",
    ),
    Mutant(
        "an unanswered attempt is no reason for a mark",
        _PLANS,
        "else is_unanswered(item)",
        "else False",
        "a repetition is marked",
    ),
    Mutant(
        "a stamp is a new message",
        _DELIVERY,
        "return door.update(letter, plan.ts)",
        "return door.post(letter)",
        "nothing hidden is posted",
    ),
    Mutant(
        "who waits for Slack ends",
        _MACHINE,
        "holds for what waits.\n    Next: CheckSuppressionList",
        "holds for what waits.\n    Next: Notified",
        "shown or failed",
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
        "a post asks for no answer",
        _OPENING,
        "return _opened(job, asked, anew=news and bool(item.ts))",
        "return None",
        "an answer is asked for",
        "attention",
    ),
    Mutant(
        "what is open is listed as answered",
        _WATCH,
        "(ANSWER, watch.posted_at) if watch.is_open else",
        "(WITHDRAWAL, watch.posted_at) if watch.is_open else",
        "what is open is listed",
        "attention",
    ),
    Mutant(
        "no answer is noticed",
        _NEXT,
        "    if not handled:\n",
        "    if found:\n",
        "who answered is left alone",
        "attention",
    ),
    Mutant(
        "a bot's reaction is an answer",
        _REACTIONS,
        'sees_bots = asking.may(identity, "users:read")',
        "sees_bots = False",
        "people answer",
        "attention",
    ),
    Mutant(
        "where nothing can be read nobody has answered",
        _REACTIONS,
        "return Blind(CHANNEL if reads else SCOPE) if found is None else found",
        "return () if found is None else found",
        "no reminder without an answer",
        "attention",
    ),
    Mutant(
        "it is not recorded that a reminder is begun",
        _REMIND,
        "acting.begin(doing, reminding=number, ",
        "acting.begin(doing, reminding=0, ",
        "one reminder for each deadline",
        "attention",
    ),
    Mutant(
        "every reminder calls those who are called at last",
        _POOL,
        'watch.escalate if number == schedule.LAST else ""',
        "watch.escalate",
        "others are called once",
        "attention",
    ),
    Mutant(
        "an answer is not put on the message",
        _NEXT,
        "    return watch.shown.strip() == watch.said.strip()\n",
        "    return True\n",
        "an answer is shown",
        "attention",
    ),
    Mutant(
        "an update says nothing of the answer",
        _DELIVERY,
        "dress = opening.dress(shown, plan.context.language)",
        "dress = opening.dress(None, plan.context.language)",
        "an answer is shown",
        "attention",
    ),
    Mutant(
        "an execution that was lost is not redriven",
        _KEEPER,
        "return TimeKept.RESTARTED if step_functions.redrive(arn) else None",
        "return TimeKept.RESTARTED",
        "somebody keeps the time",
        "attention",
    ),
    Mutant(
        "nobody looks whether an answer was taken back",
        _RESTART,
        "elif answered_at >= instant(now - _TAKEN_BACK_WITHIN):",
        "elif not answered_at:",
        "taken back",
        "attention",
    ),
)


def seeds_that_break(invariant: str, seeds: range, profile: str = "") -> Iterator[int]:
    """Name the seeds whose histories break an invariant."""
    for seed in seeds:
        story = draw(seed, profile)
        if invariant in broken(story, World(story).run()):
            yield seed


def found_by(mutant: Mutant, seeds: range) -> int | None:
    """Name the first seed that finds a mutant."""
    with copied(mutant) as folder:
        command = [sys.executable, "-m", "tests.simulation.mutants", "--breaks", mutant.breaks]
        command += ["--seed", str(seeds.start), "--histories", str(len(seeds)), "--profile", mutant.profile]
        run = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True)
        try:
            assert run.stdout is not None
            for line in run.stdout:
                seed = int(line)
                if not list(seeds_that_break(mutant.breaks, range(seed, seed + 1), mutant.profile)):
                    return seed
        finally:
            run.kill()
            run.wait()
    return None


@contextmanager
def copied(mutant: Mutant) -> Iterator[Path]:
    """Copy the project with the fault in it."""
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
@click.option("--profile", default="", help="Of which profile their histories are; else the seed chooses.")
@click.option("--of", default="", help="Only the mutants with this in their names.")
def main(histories: int, seed: int, breaks: str | None, profile: str, of: str) -> None:
    """Look for each mutant's first seed."""
    seeds = range(seed, seed + histories)
    if breaks:
        for each in seeds_that_break(breaks, seeds, profile):
            print(each, flush=True)
        return
    missed = 0
    for mutant in (each for each in MUTANTS if of in each.name):
        found = found_by(mutant, seeds)
        missed += found is None
        print(f"{'NOT FOUND' if found is None else f'seed {found}':>10}  {mutant.name}", flush=True)
    raise SystemExit(1 if missed else 0)


if __name__ == "__main__":
    main()
