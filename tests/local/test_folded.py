"""Findings that come at once on this machine: those that would wait for long share a message, and the run ends well.

Time is virtual: the two minutes that a digest takes are nobody's.
"""

from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest

from statemachine.local import outcomes, report
from statemachine.local.executions import LocalExecution
from statemachine.local.slack_stand_in import SlackStandIn
from tests.machine import Machine, Outcome, event

EARLY_IN_A_MINUTE = datetime(2026, 11, 20, 12, 0, 2, tzinfo=UTC)


def taken_through(fold_after: str) -> tuple[list[Outcome], list[Any]]:
    """Start six findings at once, and wait for all: how they ended, and what stands in the channel then."""
    with (
        SlackStandIn() as slack,
        Machine(slack, at=EARLY_IN_A_MINUTE, SLACK_MESSAGES_PER_SECOND="1", FOLD_AFTER=fold_after) as machine,
    ):
        six = [event(id=f"{number:032x}", severity=8) for number in range(1, 7)]
        ended = machine.run_all(six)
        return ended, [each for each in machine.messages() if not each.thread_ts]


def executions(ended: list[Outcome]) -> list[LocalExecution]:
    """As a run reports them."""
    return [
        LocalExecution("e.json", True, each.status, steps=each.steps, output=each.output) for each in ended
    ]


def test_those_that_would_wait_for_long_share_one_message(capsys: pytest.CaptureFixture[str]) -> None:
    ended, messages = taken_through("1")
    decided = Counter(each.output["decision"] for each in ended)
    assert decided.keys() == {"post", "fold"}
    assert decided["fold"] > 1
    assert len(messages) == decided["post"] + 1
    assert {each.end for each in ended} == {"Notified"}
    runs = executions(ended)
    assert outcomes.exit_code(runs) == 0
    [where] = {report.folded(each) for each in runs} - {""}
    outcomes.summarize(runs, len(runs))
    first, second = (line.strip() for line in capsys.readouterr().out.splitlines())
    assert first == f"6 events: {decided['post']} notified, {decided['fold']} folded"
    assert second == f"{decided['fold']}    folded: {where}"


@pytest.mark.parametrize("after", ["", "off"], ids=["as-deployed", "off"])
def test_six_are_folded_by_nobody_who_said_nothing(after: str) -> None:
    ended, messages = taken_through(after)
    assert {each.output["decision"] for each in ended} == {"post"}
    assert len(messages) == len(ended)
