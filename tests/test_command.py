"""The command as people find it: its help, its examples, its completion, and what make lists."""

import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from statemachine import __main__ as command_line
from statemachine.__main__ import main

ROOT = Path(__file__).parent.parent
COMMANDS = main.list_commands(click.Context(main))
every_command = pytest.mark.parametrize("name", COMMANDS)


def said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str
) -> tuple[int, str, str]:
    monkeypatch.setattr(sys, "argv", ["guardduty-notifier", *arguments])
    code = command_line._main()
    return code, *capsys.readouterr()


def known(name: str) -> click.Command:
    command = main.get_command(click.Context(main), name)
    assert command
    return command


def test_the_list_has_whole_sentences(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = said(monkeypatch, capsys, "-h")
    assert (code, err) == (0, "")
    assert "..." not in out.partition("Commands:")[2]
    for name in COMMANDS:
        assert re.search(rf"^  {name} +[A-Z].*\.$", out, flags=re.MULTILINE), name
    assert max(map(len, out.splitlines())) <= 80


def test_alone_it_shows_its_help_and_no_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = said(monkeypatch, capsys)
    assert (code, out) == (2, "")
    assert err.startswith("Usage: ")


@every_command
def test_every_help_has_examples_whose_options_exist(name: str) -> None:
    command = known(name)
    options = {option for parameter in command.params for option in parameter.opts}
    examples = re.findall(rf"guardduty-notifier {name} (.*)", command.epilog or "")
    assert examples
    for example in examples:
        assert set(re.findall(r"--[a-z-]+", example)) <= options
    context = click.Context(command, info_name=name, help_option_names=["-h", "--help"])
    assert f"  guardduty-notifier {name} {examples[0]}" in command.get_help(context)


@pytest.mark.parametrize(
    ("typed", "meant"), [("runn", "run"), ("supressions", "suppressions"), ("re-drive", "redrive")]
)
def test_a_misspelt_command_is_guessed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], typed: str, meant: str
) -> None:
    code, out, err = said(monkeypatch, capsys, typed)
    assert (code, out) == (2, "")
    assert err.startswith(f"error: No such command '{typed}'. ")
    assert f"'{meant}'" in err


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        pytest.param("guardduty-notifier re", ["replay", "redrive"], id="command"),
        pytest.param("guardduty-notifier suppressions --ch", ["--check"], id="option"),
    ],
)
def test_the_shell_completes(words: str, offered: list[str]) -> None:
    """As bash asks for it."""
    ran = subprocess.run(
        [sys.executable, "-c", "import sys; sys.argv[0] = 'guardduty-notifier'; "
         "from statemachine.__main__ import script; script()"],
        env={
            "COMP_WORDS": words,
            "COMP_CWORD": str(len(words.split()) - 1),
            "_GUARDDUTY_NOTIFIER_COMPLETE": "bash_complete",
        },
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert [line.partition(",")[2] for line in ran.stdout.split()] == offered


def test_the_help_loads_no_command() -> None:
    """Each needs much that the others don't: a help that loads all of it keeps people waiting."""
    code = (
        "import sys; from statemachine.__main__ import main; main(['-h'], standalone_mode=False);"
        "sys.exit(any(name in sys.modules for name in ('moto', 'boto3', 'chalice')))"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True)


def test_make_alone_lists_the_targets() -> None:
    ran = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True)
    lines = ran.stdout.splitlines()
    for target in ("run", "test", "check", "bench", "simulate", "deploy", "delete", "help"):
        assert any(re.match(rf"make {target} +\S", line) for line in lines), target
    assert max(map(len, lines)) <= 80
    assert not ran.stderr
