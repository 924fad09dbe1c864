"""Many events: one row each, and a summary that says what came of them and why."""

import json
from typing import Any

import pytest

from statemachine.local.executions import AttentionRun, LocalExecution, Step
from statemachine.local.outcomes import ROWS_FROM, exit_code, shown, summarize
from statemachine.local.own_events import OwnEvent
from tests.machine import event

RULE = {"finding_type": "Recon:*", "rule": "lab", "reason": "a \x1b test", "expires_at": None}
FAILED = json.dumps({"errorMessage": "Slack refused \x1b the post"})


def ended(state: str, name: str = "e.json", **output: Any) -> LocalExecution:
    return LocalExecution(name, True, "SUCCEEDED", steps=[Step(state, 0.0, 0, None)], output=output)


def suppressed() -> LocalExecution:
    return ended(
        "Suppressed", verdict={"suppressed": True, "rule": RULE}, posted={"why": "Rule Recon:* lab hides it."}
    )


def folded() -> LocalExecution:
    answer = {"status": "posted", "decision": "fold", "digest": {"id": "202611261405-3fa9c1d2"}}
    return ended("Notified", posted=answer, decision="fold")


def attended(status: str) -> LocalExecution:
    run = ended("Notified")
    error = "SlackRejected" if status == "FAILED" else None
    run.attention = AttentionRun("", status, error, FAILED, [Step("Handled", 0.0, 0, None)])
    return run


NOT_STARTED = LocalExecution("e.json", False, why="severity 2 is below 4: --min-severity 2")
BROKEN = LocalExecution(
    "e.json", True, "FAILED", "SlackRejected", FAILED, [Step("PostToSlack", 0.0, 0, None)]
)
ABORTED = LocalExecution("e.json", True, "ABORTED", steps=[Step("PostToSlack", 0.0, 0, None)])


def test_a_summary_says_what_came_of_all_and_why(capsys: pytest.CaptureFixture[str]) -> None:
    done = [ended("Notified"), ended("Notified"), ended("Superseded"), suppressed(), suppressed()]
    summarize([*done, NOT_STARTED, BROKEN], 7)
    first, *reasons = (line.strip() for line in capsys.readouterr().out.splitlines())
    assert first == "7 events: 2 notified, 1 superseded, 2 suppressed, 1 not started, 1 failed"
    assert reasons == [
        "2    suppressed: Rule Recon:* lab hides it.",
        "1    not started: severity 2 is below 4: --min-severity 2",
        r"1    failed: SlackRejected: Slack refused \x1b the post",
    ]


def test_a_summary_says_which_digest_shows_what_was_folded(capsys: pytest.CaptureFixture[str]) -> None:
    done = [ended("Notified", posted={"decision": "post"}), folded(), folded()]
    summarize(done, 3)
    first, *reasons = (line.strip() for line in capsys.readouterr().out.splitlines())
    assert first == "3 events: 1 notified, 2 folded"
    assert reasons == ["2    folded: in the digest 202611261405-3fa9c1d2"]
    assert exit_code(done) == 0


def test_a_summary_of_what_was_stopped(capsys: pytest.CaptureFixture[str]) -> None:
    summarize([ended("Notified"), ABORTED], 1_200)
    assert capsys.readouterr().out == "1,200 events: 1 notified, 1 stopped, 1,198 not reached\n"


@pytest.mark.parametrize(
    ("runs", "code"),
    [
        pytest.param([ended("Notified"), NOT_STARTED], 0, id="some-started"),
        pytest.param([suppressed()], 0, id="suppressed-is-well"),
        pytest.param([ended("Notified"), BROKEN], 1, id="one-failed"),
        pytest.param([attended("SUCCEEDED"), attended("ABORTED")], 0, id="nobody-answers-is-no-fault"),
        pytest.param([ended("Notified"), attended("FAILED")], 1, id="attention-failed"),
        pytest.param([NOT_STARTED, NOT_STARTED], 1, id="none-started"),
    ],
)
def test_exit_code(runs: list[LocalExecution], code: int) -> None:
    assert exit_code(runs) == code


def test_a_summary_says_who_has_answered(capsys: pytest.CaptureFixture[str]) -> None:
    summarize([attended(status) for status in ("SUCCEEDED", "SUCCEEDED", "ABORTED", "FAILED")], 4)
    first, *reasons = (line.strip() for line in capsys.readouterr().out.splitlines())
    assert first == "4 events: 4 notified"
    assert reasons == [
        "2    notified: attention: Handled",
        "1    notified: attention: nobody has answered, and no reminder is left",
        r"1    notified: attention: FAILED SlackRejected: Slack refused \x1b the post",
    ]


def test_few_have_a_page_and_many_a_row(capsys: pytest.CaptureFixture[str]) -> None:
    own = OwnEvent("e.json", event())
    with shown(ROWS_FROM - 1, as_json=False) as show:
        show(own, suppressed())
    assert "State" in capsys.readouterr().out
    with shown(ROWS_FROM, as_json=False) as show:
        show(own, suppressed())
        show(OwnEvent("o.json", None, "a finding as OCSF has it"), NOT_STARTED)
    assert capsys.readouterr().out.splitlines() == [
        "suppressed        8.0  Backdoor:EC2/C&CActivity.B  e.json  Rule Recon:* lab hides it.",
        "not started         –  –  e.json  severity 2 is below 4: --min-severity 2",
    ]


def test_a_row_obeys_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with shown(ROWS_FROM, as_json=False) as show:
        show(OwnEvent("e", event(type="\x1b[2J[red]x", severity="\x07")), ended("Notified", "\u202ee.json"))
    assert capsys.readouterr().out == "notified            –  \\x1b[2J[red]x  \\u202ee.json\n"


def test_a_bar_on_stderr_leaves_the_output_alone(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")  # for rich: there is a terminal
    monkeypatch.setenv("TERM", "xterm")
    with shown(ROWS_FROM, as_json=True) as show:
        show(OwnEvent("e.json", event()), ended("Notified"))
    out, err = capsys.readouterr()
    assert json.loads(out)["states"] == ["Notified"]
    assert "Events" in err
    assert "1/6" in err
