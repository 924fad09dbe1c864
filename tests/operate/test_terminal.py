"""What others wrote, on a terminal: seen as it is, and obeyed by nothing."""

import io
import json
import sys
import unicodedata
from collections import Counter

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.table import Table

from statemachine import __main__ as command_line
from statemachine.operate import redrive
from statemachine.operate.terminal import NARROW, json_line, json_lines, literal, show_rows, visible
from statemachine.session import Failed


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("web-1 決済 payé 👍🏽", "web-1 決済 payé 👍🏽", id="plain-stays"),
        pytest.param("a\u3000b\u00a0c", "a\u3000b\u00a0c", id="spaces-stay"),
        pytest.param("\x1b[2J\x07\x7f", r"\x1b[2J\x07\x7f", id="controls"),
        pytest.param("\x9b31m\x85", r"\x9b31m\x85", id="controls-of-the-second-kind"),
        pytest.param("a\nb\rc\td", r"a\nb\rc\td", id="no-line-of-its-own"),
        pytest.param("a\u2028b", r"a\u2028b", id="unicodes-line-ends-too"),
        pytest.param("gpj.\u202eexe\u2066", r"gpj.\u202eexe\u2066", id="bidirectional"),
        pytest.param("a\u200bb\u3164c\U0001d159", r"a\u200bb\u3164c\U0001d159", id="invisible"),
        pytest.param("\ud800", r"\ud800", id="half-a-character"),
    ],
)
def test_visible(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(st.text())
def test_nothing_that_is_printed_controls_anything(text: str) -> None:
    lines = json_lines({text: [text]}).split("\n")
    for said in (visible(text), literal(text).plain, json_line({text: [text]}), *lines):
        assert not {unicodedata.category(each) for each in said} & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


@given(st.text())
def test_json_says_the_same(text: str) -> None:
    value = {text: [text, 1.5, None]}
    assert json.loads(json_line(value)) == json.loads(json_lines(value)) == value


def test_markup_is_no_markup() -> None:
    console = Console(file=io.StringIO(), force_terminal=True, width=200)
    console.print(literal(r"\[/bold][link=https://evil.example]x[/link]"))
    assert isinstance(console.file, io.StringIO)
    assert r"\[/bold][link=https://evil.example]x[/link]" in console.file.getvalue()
    assert "\x1b]8" not in console.file.getvalue()


def test_what_a_redrive_is_refused_for_is_harmless() -> None:
    console = Console(file=io.StringIO(), width=200)
    redrive.show(Counter({"refused: X: \x1b[2J[red]no[/red]": 1}), console)
    assert isinstance(console.file, io.StringIO)
    assert r"refused: X: \x1b[2J[red]no[/red]" in console.file.getvalue()


HEADINGS = "Finding type", "Rule", "Expires"
ROWS = [[literal("Recon:EC2/*"), literal("a\x1b[2J" + "b" * 200), literal("")]]


def shown(width: int) -> list[str]:
    console = Console(file=io.StringIO(), width=width)
    show_rows(Table(*HEADINGS, box=None), ROWS, console)
    assert isinstance(console.file, io.StringIO)
    return [line.rstrip() for line in console.file.getvalue().splitlines()]


def test_where_there_is_room_rows_are_a_table() -> None:
    assert shown(NARROW)[0].split("  ")[0].strip() == "Finding type"
    assert "Expires" in shown(NARROW)[0]


@pytest.mark.parametrize("width", [NARROW - 1, 80, 40])
def test_where_there_is_none_they_are_cards_and_nothing_is_cut(width: int) -> None:
    lines = shown(width)
    assert lines[0] == "Finding type  Recon:EC2/*"
    assert lines[1].startswith(r"Rule          a\x1b[2Jbbb")
    assert "".join(lines).count("b") == 201
    assert max(map(len, lines)) <= width
    assert "Expires" not in "".join(lines), "it has nothing there"


def test_a_pipe_is_as_wide_as_columns_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "150")
    console = Console(file=io.StringIO())
    show_rows(Table(*HEADINGS, box=None), ROWS, console)
    assert isinstance(console.file, io.StringIO)
    assert max(map(len, console.file.getvalue().splitlines())) == 150


def test_the_line_of_a_failure_is_harmless(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(**_: object) -> None:
        raise Failed("The stack is X.\n  T: \x1b[2J\u202e[bold]no")

    monkeypatch.setattr(command_line, "main", click.Command("main", callback=fail))
    monkeypatch.setattr(sys, "argv", ["statemachine"])
    assert command_line._main() == 1
    assert capsys.readouterr().err == "error: The stack is X.\n  T: \\x1b[2J\\u202e[bold]no\n"
