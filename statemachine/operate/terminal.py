"""What several commands show at a terminal: what others wrote, how far they are, and what they counted."""

import json
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

from chalicelib.text.untrusted import is_seen


def visible(text: str) -> str:
    r"""Write as its escape what moves a cursor, turns text around, ends a line or shows nothing: ``\x1b``, ``\u202e``.

    Names, tags, rules, files and reasons are what others chose. Whatever of them is printed comes through here.
    """
    return "".join(
        each if _may_be_printed(each) else each.encode("unicode_escape").decode("ascii") for each in text
    )


def literal(text: str) -> Text:
    """Make what others wrote a text of rich's, which obeys no markup in it."""
    return Text(visible(text))


def json_line(value: Any) -> str:
    """Write JSON on one line, with what a terminal would obey or nobody sees as its JSON escapes."""
    return _escaped(json.dumps(value, ensure_ascii=False))


def json_lines(value: Any) -> str:
    """Write JSON as people read it, one member a line, escaped likewise."""
    return "\n".join(map(_escaped, json.dumps(value, ensure_ascii=False, indent=2).split("\n")))


def _escaped(line: str) -> str:
    return "".join(each if _may_be_printed(each) else json.dumps(each)[1:-1] for each in line)


def _may_be_printed(character: str) -> bool:
    return is_seen(character) or unicodedata.category(character) == "Zs"


def progress(console: Console | None = None) -> Progress:
    """Make a bar beside what is printed; none where nobody sees it."""
    console = console or Console(stderr=True)
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    return Progress(*columns, console=console, disable=not console.is_terminal, redirect_stdout=False)


NARROW = 110
"""Columns below which a table of many columns can't be read: ids and types are cut then."""


def show_rows(table: Table, rows: Iterable[Sequence[Text]], console: Console) -> None:
    """Print rows in a table; where that has not the room, a card each: a line for every column that has something.

    The room is that of the terminal; of a pipe what COLUMNS says, or 80.
    """
    if console.width < NARROW:
        for row in rows:
            console.print(_card([str(column.header) for column in table.columns], row))
            console.print()
        return
    for row in rows:
        table.add_row(*row)
    console.print(table)


def _card(headings: Sequence[str], row: Sequence[Text]) -> Table:
    card = Table.grid(padding=(0, 2))
    card.add_column(style="dim", no_wrap=True)
    card.add_column(overflow="fold")
    for heading, cell in zip(headings, row, strict=True):
        if cell.plain:
            card.add_row(heading, cell)
    return card


def counts_table(counts: Iterable[tuple[str, int]]) -> Table:
    """Make a table of numbers and what they count."""
    table = Table(box=None, show_header=False, padding=(0, 2))
    for said, number in counts:
        table.add_row(f"{number:,}", literal(said))
    return table
