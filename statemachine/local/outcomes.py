"""What came of the events of a run: each at length or in a row, and all of them in a summary."""

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from statemachine.local import report
from statemachine.local.executions import LocalExecution
from statemachine.local.own_events import OwnEvent
from statemachine.operate.terminal import counts_table, json_line, literal, progress

ROWS_FROM = 6
"""Events of which each has a row, not a page."""

Show = Callable[[OwnEvent, LocalExecution], None]

_FOLDED, _NOT_STARTED, _FAILED, _STOPPED = "folded", "not started", "failed", "stopped"
_ENDS = {
    "Notified": "notified",
    "AlreadyNotified": "already notified",
    "Superseded": "superseded",
    "Suppressed": "suppressed",
}
"""State in which an execution ends → what became of the finding."""
_WORDS = (*_ENDS.values(), _FOLDED, _NOT_STARTED, _FAILED, _STOPPED)
_COLOURS = {"notified": "green", _FOLDED: "green", _FAILED: "bold red", _STOPPED: "red"}
_WIDEST = max(map(len, _WORDS))


@contextmanager
def shown(total: int, as_json: bool) -> Iterator[Show]:
    """Give what shows an event's run: JSON, a page or a row; with many, a bar says how far it is."""
    if total < ROWS_FROM:
        yield _line if as_json else _page
        return
    # On a terminal rows go through the bar's console, which draws the bar below them anew.
    on_terminal = sys.stdout.isatty()
    console = Console(stderr=not on_terminal, highlight=False)
    rows = console if on_terminal else Console(highlight=False)
    with progress(console) as bar:
        task = bar.add_task("Events", total=total, visible=not (as_json and on_terminal))

        def show(own: OwnEvent, run: LocalExecution) -> None:
            if as_json:
                _line(own, run)
            else:
                _row(rows, own, run)
            bar.advance(task)

        yield show


def summarize(done: Sequence[LocalExecution], total: int) -> None:
    """Say how many were notified and how many were not, and why; ``total`` counts those that were not reached too."""
    console = Console(highlight=False)
    words = Counter(map(_word, done))
    counts = [f"{words[word]:,} {word}" for word in _WORDS if words[word]]
    if missing := total - len(done):
        counts.append(f"{missing:,} not reached")
    console.print(f"{total:,} events: {', '.join(counts)}", style="bold", soft_wrap=True)
    reasons = Counter(f"{_word(run)}: {why}" for run in done if (why := _why(run)))
    if reasons:
        console.print(counts_table(reasons.most_common()))


def exit_code(done: Sequence[LocalExecution]) -> int:
    """0 where each that was started ended well, 1 where one did not, or none was started."""
    started = [run for run in done if run.matched]
    return 0 if started and all(map(_ended_well, started)) else 1


def _ended_well(run: LocalExecution) -> bool:
    """Whether all that it started did so; that nobody answers is no fault."""
    return run.status == "SUCCEEDED" and not (run.attention and run.attention.status == "FAILED")


def _word(run: LocalExecution) -> str:
    if not run.matched:
        return _NOT_STARTED
    if run.status == "SUCCEEDED":
        end = run.steps[-1].state
        if report.folded(run):
            return _FOLDED
        return _ENDS.get(end, end)
    return _STOPPED if run.status == "ABORTED" else _FAILED


def _why(run: LocalExecution) -> str:
    """Why nobody was notified, or by which digest, where that needs saying."""
    if _word(run) == _FAILED:
        return f"{run.error}: {report.sentence(run.cause)}"
    if run.attention:
        return report.answered(run.attention)
    return run.why or report.folded(run) or (report.hidden(run) if run.steps else "")


def _page(_: OwnEvent, run: LocalExecution) -> None:
    report.show(run)


def _row(console: Console, own: OwnEvent, run: LocalExecution) -> None:
    word = _word(run)
    detail: dict[str, Any] = (own.event or {}).get("detail", {})
    severity, kind = detail.get("severity"), detail.get("type")
    about = [f"{severity:.1f}" if isinstance(severity, int | float) else "  –", str(kind or "–"), run.event]
    row = Text(f"{word:<{_WIDEST}}  ", style=_COLOURS.get(word, "")) + literal("  ".join(about))
    if why := _why(run):
        row += literal(f"  {why}")
    if console.is_terminal:
        console.print(row, no_wrap=True, overflow="ellipsis")
    else:
        console.print(row, soft_wrap=True)


def _line(_: OwnEvent, run: LocalExecution) -> None:
    """Print the run as JSON, escaped where the output has not all its characters."""
    line = json_line(run.to_json())
    try:
        line.encode(sys.stdout.encoding)
    except UnicodeEncodeError:
        line = json.dumps(run.to_json())
    click.echo(line)
