"""What strangers write moves no cursor, makes no link and ends no command: it is shown as it is, visibly."""

import json
import os
import re
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from click.testing import CliRunner, Result
from moto import mock_aws

from statemachine.__main__ import main
from statemachine.local.slack_stand_in import SlackFault, SlackStandIn
from tests.machine import Event
from tests.promises.trials import a_finding

ROOT = Path(__file__).parent.parent.parent

ESCAPES = "\x1b[2J\x1b[31mPWN\x1b]0;title\x07\x1b]8;;https://evil.example\x07"
CONTROLS = "\x9b31m\u202eRTL\u2066\u200b"
MARKUP = "[bold red]RICH[/bold red][link=https://evil.example]L[/link]"
HOSTILE = ESCAPES + CONTROLS + MARKUP

STYLE = re.compile(r"\x1b\[[0-9;]*m|\x1b\]8;[!-:<-~]*;[!-~]*\x1b\\")
"""What sets colours on a terminal: the only escapes that a command has a use for."""


def invisible(text: str) -> set[str]:
    """Name the characters that a terminal obeys, or a reader can't see."""
    return {
        f"U+{ord(each):04X}"
        for each in set(text)
        if unicodedata.category(each) in ("Cc", "Cf") and each != "\n"
    }


# --- run ----------------------------------------------------------------------------------------------------


def hostile_finding() -> Event:
    changes = {
        "resource.accessKeyDetails.userName": f"u{HOSTILE}",
        "service.action.awsApiCallAction.userAgent": HOSTILE,
    }
    return a_finding("iam-user-tor", changes, severity=8, title=f"T {HOSTILE}", description=f"D {HOSTILE}")


def written(folder: Path, name: str, content: object) -> str:
    path = folder / name
    path.write_text(json.dumps(content), encoding="utf-8")
    return str(path)


def run(*arguments: str, **environment: str) -> str:
    """What the command prints, on both its outputs."""
    ended = subprocess.run(
        [sys.executable, "-m", "statemachine", "run", *arguments],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", "PYTHONUTF8": "1", **environment},
        capture_output=True,
        check=True,
    )
    return (ended.stdout + ended.stderr).decode()


@dataclass(frozen=True)
class Printed:
    """A hostile finding, in a hostile account, under a hostile rule, as the run command prints it."""

    for_tools: str
    for_people: str
    """Twice: from a file, then from one with a hostile name."""


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> Printed:
    folder = tmp_path_factory.mktemp("hostile")
    names = written(folder, "accounts.json", {"111122223333": f"acct{HOSTILE}"})
    rule = {"finding_type": "*", "rule": f"r{HOSTILE}", "reason": HOSTILE, "acount_id": HOSTILE}
    options = ["--accounts", names, "--suppressions", written(folder, "rules.json", [rule])]
    plain = written(folder, "plain.json", hostile_finding())
    evil = written(folder, "evil\x1b[2J[bold]name.json", hostile_finding())
    return Printed(
        run("--json", plain, *options),
        run(plain, evil, *options, FORCE_COLOR="1", TERM="xterm-256color", COLUMNS="100"),
    )


def test_the_json_of_a_run_has_no_invisible_character(printed: Printed) -> None:
    assert invisible(printed.for_tools) == set()


def test_the_json_of_a_run_says_what_the_finding_says(printed: Printed) -> None:
    said = json.loads(printed.for_tools)
    assert said["status"] == "SUCCEEDED"
    assert any(HOSTILE in text for text in texts(said["output"]))


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from texts(each)


def test_a_run_shows_people_hostile_text_as_it_is(printed: Printed) -> None:
    first = STYLE.sub("", printed.for_people.split("SUCCEEDED")[0])
    assert invisible(first) == set()
    assert "[boldred]RICH[/boldred][link=" in re.sub(r"[\s│]", "", first), "lines and frames aside"


def test_a_run_shows_people_a_hostile_files_name_visibly(printed: Printed) -> None:
    assert "[bold]name.json" in printed.for_people
    assert invisible(STYLE.sub("", printed.for_people)) == set()


# --- doctor -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Doctor:
    """The doctor of a stage whose Slack channel has whatever name its owner gave it."""

    slack: SlackStandIn

    def run(self, channel: str, **environment: str) -> Result:
        posted = {"ok": True, "channel": {"id": "C0123456789", "name": channel, "is_member": True}}
        self.slack.script(SlackFault(body=json.dumps(posted).encode(), method="conversations.info"))
        return CliRunner(env=environment).invoke(main, ["doctor", "--stage", "dev"])


@pytest.fixture
def doctor(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, slack: SlackStandIn) -> Iterator[Doctor]:
    config = json.loads((ROOT / ".chalice/config.json").read_text("utf-8"))
    settings = config["stages"]["dev"]["environment_variables"]
    settings |= {"SLACK_CHANNEL": "C0123456789", "SLACK_API_URL": slack.url}
    (tmp_path / ".chalice").mkdir()
    written(tmp_path / ".chalice", "config.json", config)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    with mock_aws(config={"lambda": {"use_docker": False}}):
        boto3.client("ssm").put_parameter(
            Name=settings["SLACK_SECRET_PARAMETER"], Value="xoxb-ours", Type="SecureString"
        )
        yield Doctor(slack)


TERMINAL = {"FORCE_COLOR": "1", "TERM": "xterm-256color", "COLUMNS": "300"}


def shown(result: Result) -> str:
    """What the doctor printed, without colours; an error that ended it is an answer too."""
    stopped_by = "" if isinstance(result.exception, SystemExit | None) else repr(result.exception)
    return STYLE.sub("", result.output) + stopped_by


@pytest.mark.parametrize("environment", [TERMINAL, {}], ids=["terminal", "lines"])
def test_doctor_shows_a_channels_name_as_it_is(doctor: Doctor, environment: dict[str, str]) -> None:
    result = doctor.run(MARKUP, **environment)
    assert f"#{MARKUP}" in shown(result)
    assert invisible(shown(result)) == set()


@pytest.mark.parametrize("name", [r"\[link=https://evil.example]here[/link]", r"x\[/bold]"])
def test_doctor_obeys_no_markup_behind_a_backslash(doctor: Doctor, name: str) -> None:
    result = doctor.run(name, **TERMINAL)
    assert f"#{name}" in shown(result)
    assert invisible(shown(result)) == set()


@pytest.mark.parametrize("environment", [TERMINAL, {}], ids=["terminal", "lines"])
def test_doctor_prints_no_control_character(doctor: Doctor, environment: dict[str, str]) -> None:
    result = doctor.run(f"security{ESCAPES}{CONTROLS}", **environment)
    assert "#security" in shown(result)
    assert invisible(shown(result)) == set()
