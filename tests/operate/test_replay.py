"""``python -m statemachine replay``, as a person calls it."""

import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

import pytest

from chalicelib.ledger.claim import instant
from statemachine import __main__ as commands
from statemachine.local.aws_stand_in import AwsFault
from statemachine.operate import replay
from tests.catch_up.test_replay import World, detail, world


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay, "PAUSE", 0.0)


def listed(number: int, **changed: Any) -> dict[str, Any]:
    """A finding of the last hour, by the real clock: the command has no other."""
    updated = instant(datetime.now(UTC) - timedelta(hours=1))
    return detail(number, updatedAt=updated, createdAt=updated, **changed)


def call(*arguments: str) -> int:
    """Call it as the shell does; what it prints is wide enough for its table."""
    with patch.object(sys, "argv", ["statemachine", *arguments]), patch.dict(os.environ, COLUMNS="250"):
        return commands._main()


def replayed(*arguments: str) -> int:
    return call("replay", "--stage", "dev", "--since", "24h", *arguments)


def started(here: World) -> int:
    return len(here.executions.executions)


def test_missing_findings_are_posted_and_listed(capsys: pytest.CaptureFixture[str]) -> None:
    with world(listed(1), listed(2), listed(3, severity=3.9)) as here:
        assert replayed() == 0
        assert started(here) == 2
    printed = capsys.readouterr().out
    assert f"{1:032x}" in printed
    assert "never posted" in printed
    assert counts(printed) == {"listed by GuardDuty": 2, "started": 2}


def counts(printed: str) -> dict[str, int]:
    rows = [line.split(maxsplit=1) for line in printed.splitlines() if line.strip()[:1].isdigit()]
    said = {text.strip(): int(number) for number, text in rows if number.isdigit()}
    return {text: number for text, number in said.items() if number}


def test_a_second_replay_starts_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with world(listed(1)) as here:
        assert replayed() == replayed() == 0
        assert started(here) == 1
    last = capsys.readouterr().out.split("listed by GuardDuty")[-1]
    assert counts(last) == {"being posted by another execution": 1}


@pytest.mark.parametrize(
    ("options", "number"),
    [
        pytest.param([], 2, id="the-stages-severity"),
        pytest.param(["--min-severity", "3"], 3, id="its-own"),
        pytest.param(["--type", "Recon:*"], 1, id="pattern"),
        pytest.param(["--type", "Recon:EC2/Portscan"], 1, id="type"),
        pytest.param(["--since", "30h", "--min-severity", "9"], 0, id="nothing"),
    ],
)
def test_what_is_chosen(options: Sequence[str], number: int) -> None:
    with world(listed(1), listed(2, type="Recon:EC2/Portscan"), listed(3, severity=3)) as here:
        assert replayed(*options) == 0
        assert started(here) == number


def test_a_dry_run_starts_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with world(listed(1)) as here:
        assert replayed("--dry-run") == 0
        assert started(here) == 0
    printed = capsys.readouterr().out
    assert "would be posted" in printed
    assert counts(printed) == {"listed by GuardDuty": 1, "would be posted": 1}


def test_it_goes_on_after_throttling(capsys: pytest.CaptureFixture[str]) -> None:
    with world(*map(listed, range(60))) as here:
        here.executions.script(AwsFault("StartExecution", "ThrottlingException", 400, after=20, times=3))
        here.guardduty.script(AwsFault("GetFindings", after=1))
        assert replayed() == 0
        assert started(here) == 60
    assert counts(capsys.readouterr().out) == {"listed by GuardDuty": 60, "started": 60}


def test_it_gives_up_where_aws_goes_on_throttling_and_says_what_it_did(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with world(listed(1), listed(2)) as here:
        here.executions.script(AwsFault("StartExecution", "ThrottlingException", 400, after=1, times=100))
        assert replayed() != 0
        assert here.executions.calls["StartExecution"] <= 20
    printed = capsys.readouterr()
    assert counts(printed.out) == {"listed by GuardDuty": 1, "started": 1}
    assert "Run it again later" in printed.err


def test_hostile_names_are_shown_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    with world(listed(1, type="Recon:[bold red]EC2[/]/\x1b[31mx\u202e")):
        assert replayed("--dry-run") == 0
    printed = capsys.readouterr().out
    assert r"Recon:[bold red]EC2[/]/\x1b[31mx\u202e" in printed


def test_a_finding_that_can_not_be_posted_is_no_success(capsys: pytest.CaptureFixture[str]) -> None:
    with world(listed(1, accountId=None)):
        assert replayed() == 1
    assert "left out: unreadable" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(["--stage", "dev", "--since", "yesterday"], "since is 'yesterday'", id="date"),
        pytest.param(["--stage", "dev", "--since", "2999-01-01"], "still to come", id="future"),
        pytest.param(["--stage", "nosuch", "--since", "24h"], "No stage 'nosuch'", id="stage"),
        pytest.param(["--stage", "dev"], "--since", id="no-since"),
        pytest.param(["--stage", "dev", "--since", "1h", "--min-severity", "11"], "11", id="severity"),
    ],
)
def test_wrong_input_is_one_clear_line(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with world(listed(1)) as here:
        assert call("replay", *arguments) == 2
        assert started(here) == 0
    printed = capsys.readouterr()
    assert said in printed.err
    assert printed.err.count("\n") == 1
    assert printed.out == ""


def test_no_detector_is_one_clear_line_and_no_count(capsys: pytest.CaptureFixture[str]) -> None:
    with world(detector=""):
        assert replayed() == 2
    printed = capsys.readouterr()
    assert "no detector in eu-west-1" in printed.err
    assert printed.out == ""


def test_an_empty_list_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    with world():
        assert replayed() == 0
    assert "listed by GuardDuty" in capsys.readouterr().out
