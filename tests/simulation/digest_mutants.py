"""One-line faults of digests, each with the history that it breaks: `python -m tests.simulation.digest_mutants`.

They need a moment or a fault that few seeds draw: ``digest_deaths`` tells the shortest history of each.
"""

import subprocess
import sys

import click

from tests.simulation.mutants import Mutant, copied

_DECIDE = "chalicelib/ledger/decide.py"
_CLOCKS = "chalicelib/ledger/clocks.py"
_FUNCTION = "chalicelib/functions/post_to_slack.py"
_FOLD = "chalicelib/notify/fold.py"
_OWN = "chalicelib/notify/own_digest.py"
_DIGEST_POST = "chalicelib/notify/digest_post.py"
_DIGEST = "chalicelib/notify/digest.py"
_LETTER = "chalicelib/notify/digest_letter.py"
_LEDGER = "chalicelib/ledger/digests.py"
_RECORDS = "chalicelib/ledger/records.py"

DIGEST_MUTANTS = (
    Mutant(
        "what is critical goes into a digest",
        _DECIDE,
        "return wish.queue_is_long and wish.folds",
        "return wish.queue_is_long",
        "critical ones",
    ),
    Mutant(
        "a digest's finding that was died for is shown already",
        _DECIDE,
        "    (Decision.IN_DIGEST, _is_in_digest),\n",
        "",
        "who joins alone dies before the digest is made",
    ),
    Mutant(
        "how long the queue is holds until the write",
        _CLOCKS,
        'near = [] if last is None else [f"end{band} <= :last"]',
        'near = [] if last is None else [f"(end{band} <= :last OR end{band} > :last)"]',
        "many take a place at once",
    ),
    Mutant(
        "a digest is posted when its minute is over",
        _DIGEST,
        "return digests.begins(id_) + digests.MINUTE + LIVES",
        "return digests.begins(id_) + digests.MINUTE",
        "a member is written at the last moment",
    ),
    Mutant(
        "the index has heard of all when it is asked first",
        _DIGEST,
        "bool(findings) and (len(findings) == known or",
        "bool(findings) and (True or",
        "the index is later than anybody waits",
    ),
    Mutant(
        "nobody sees to a digest",
        _OWN,
        'if owner not in ("", job.execution) and',
        "if id_ and",
        "a digest",
    ),
    Mutant(
        "what is another's to its neighbour is another's to its owner",
        _OWN,
        'if owner not in ("", job.execution) and',
        'if owner != "" and',
        "what the owner's function answered is lost",
    ),
    Mutant(
        "a hidden finding's execution sees to no digest",
        _FUNCTION,
        "return own_digest.go_on(todo) or _decided(todo)",
        "return (None if todo.rule else own_digest.go_on(todo)) or _decided(todo)",
        "a rule hides what waits",
    ),
    Mutant(
        "an execution does not go on with its digest",
        _FUNCTION,
        "return own_digest.go_on(todo) or _decided(todo)",
        "return _decided(todo)",
        "a rule hides what waits",
    ),
    Mutant(
        "a digest's place is not written",
        _DIGEST_POST,
        '(turn.at)), "place": turn.place.to_text()}',
        '(turn.at)), "place": ""}',
        "critical ones in front",
    ),
    Mutant(
        "that a finding is in a digest is not written",
        _FOLD,
        'member = {"fold": digests.fold(id_, _key(job)), "folded"',
        'member = {"folded"',
        "a digest",
    ),
    Mutant(
        "a part of the index is not read",
        _LEDGER,
        "for each in digest_ids.folds(id_) for item in",
        "for each in digest_ids.folds(id_)[1:] for item in",
        "all at once",
    ),
    Mutant(
        "a digest that nobody answered is not looked for",
        _DIGEST,
        "looks=looks and uncertain and isinstance(outbox.slack_secret(), Token)",
        "looks=False",
        "Slack's answer is lost",
    ),
    Mutant(
        "what Slack said and could not be recorded is forgotten",
        _DIGEST_POST,
        '"It is posted, and not recorded yet.", channel=done.channel, ts=done.ts)',
        '"It is posted, and not recorded yet.")',
        "what Slack took can't be recorded by the run that posted it",
    ),
    Mutant(
        "what may be there twice does not say so",
        _LETTER,
        "repeated=bool(item.repeated) or is_unanswered(item),",
        "repeated=False,",
        "Slack's answer is lost, and its channel can't be read",
    ),
    Mutant(
        "what was looked for and is there is shown as a repetition",
        _DIGEST_POST,
        'then = entry.item._replace(attempt="", unanswered="")',
        "then = entry.item",
        "Slack's answer is lost, and it is answered",
    ),
    Mutant(
        "what is recorded later is shown as a repetition",
        _DIGEST,
        'then = item._replace(attempt="")',
        "then = item",
        "what Slack took is recorded later, and it is answered",
    ),
    Mutant(
        "what is in a digest that nobody posts counts as posted",
        _RECORDS,
        "return is_folded(self) and not (self.digest and self.digest.posted)",
        "return False",
        "who joins alone is stopped before the digest is made, and the looks run",
    ),
    Mutant(
        "what nobody answered is posted again at once",
        _DIGEST_POST,
        "        begun.leave_unanswered()\n        raise",
        "        begun.take_back()\n        raise",
        "Slack's answer is lost",
    ),
)
"""Each breaks the told history of its name."""


def kills(mutant: Mutant) -> str:
    """Say what a mutant's history then breaks; empty where it ends well."""
    with copied(mutant) as folder:
        command = [sys.executable, "-m", "tests.simulation.digest_deaths", "--only", mutant.breaks]
        run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return (run.stdout or run.stderr).strip() if run.returncode else ""


@click.command()
@click.option("--of", default="", help="Only the mutants with this in their names.")
def main(of: str) -> None:
    """Let each mutant's history happen."""
    missed = 0
    for mutant in (each for each in DIGEST_MUTANTS if of in each.name):
        said = kills(mutant)
        missed += not said
        print(f"{'' if said else 'NOT FOUND: '}{mutant.name}: {mutant.breaks}: {said}", flush=True)
    raise SystemExit(1 if missed else 0)


if __name__ == "__main__":
    main()
