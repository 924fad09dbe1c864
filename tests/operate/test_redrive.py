"""``python -m statemachine redrive``, as a person calls it."""

import pytest

from statemachine.local.aws_stand_in import AwsFault
from tests.catch_up.test_replay import world
from tests.operate.test_replay import call, counts


def test_failed_executions_are_redriven_the_others_left_alone(capsys: pytest.CaptureFixture[str]) -> None:
    with world() as here:
        executions = here.executions
        for number in range(3):
            executions.add(f"failed-{number}", "FAILED", error="SlackRejected", days_ago=number)
        executions.add("timed-out", "TIMED_OUT", error="States.Timeout")
        executions.add("no-finding", "FAILED", error="InvalidFinding")
        executions.add("stopped-by-a-person", "ABORTED")
        executions.add("posted", "SUCCEEDED")
        executions.add("running")
        executions.add("too-old", "FAILED", error="SlackRejected", days_ago=15)
        assert call("redrive", "--stage", "dev") == 0
        redriven = {each.name for each in executions.executions if each.redriven}
        assert redriven == {"failed-0", "failed-1", "failed-2", "timed-out"}
    assert counts(capsys.readouterr().out) == {
        "redriven": 4,
        "left alone: InvalidFinding, which fails again": 1,
    }


def test_many_are_listed_page_by_page() -> None:
    with world() as here:
        for number in range(120):
            here.executions.add(f"e{number}", "FAILED", error="SlackUnavailable")
        assert call("redrive", "--stage", "dev") == 0
        assert sum(each.redriven for each in here.executions.executions) == 120


def test_since_leaves_older_ones_alone() -> None:
    with world() as here:
        here.executions.add("today", "FAILED", error="SlackRejected", days_ago=0.5)
        here.executions.add("yesterday", "FAILED", error="SlackRejected", days_ago=1.5)
        assert call("redrive", "--stage", "dev", "--since", "24h") == 0
        assert [each.name for each in here.executions.executions if each.redriven] == ["today"]


def test_one_that_is_refused_keeps_nobody_back_and_is_no_success(capsys: pytest.CaptureFixture[str]) -> None:
    with world() as here:
        for number in range(3):
            here.executions.add(f"e{number}", "FAILED", error="SlackRejected")
        here.executions.script(AwsFault("RedriveExecution", "ExecutionNotRedrivable", 400, after=1))
        assert call("redrive", "--stage", "dev") == 1
        assert sum(each.redriven for each in here.executions.executions) == 2
    printed = capsys.readouterr().out
    assert counts(printed) == {"redriven": 2, "refused: ExecutionNotRedrivable: scripted": 1}


def test_nothing_failed(capsys: pytest.CaptureFixture[str]) -> None:
    with world():
        assert call("redrive", "--stage", "dev") == 0
    assert capsys.readouterr().out == "No failed executions.\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(["--stage", "nosuch"], "No stage 'nosuch'", id="stage"),
        pytest.param(["--stage", "dev", "--since", "1w"], "since is '1w'", id="date"),
        pytest.param(["--stage", "prod"], "is the stage deployed?", id="not-deployed"),
    ],
)
def test_wrong_input_is_one_clear_line(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with world():
        assert call("redrive", *arguments) == 2
    printed = capsys.readouterr()
    assert said in printed.err
    assert printed.err.count("\n") == 1
