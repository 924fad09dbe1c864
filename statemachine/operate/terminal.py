"""What several commands show at a terminal: how far they are, and what they counted."""

from collections.abc import Iterable

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text


def progress() -> Progress:
    """Make a bar beside what is printed; none where nobody sees it."""
    console = Console(stderr=True)
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    return Progress(*columns, console=console, disable=not console.is_terminal)


def counts_table(counts: Iterable[tuple[str, int]]) -> Table:
    """Make a table of numbers and what they count."""
    table = Table(box=None, show_header=False, padding=(0, 2))
    for said, number in counts:
        table.add_row(f"{number:,}", Text(said))
    return table
