"""``python -m statemachine open``, as a person calls it."""

import json
from datetime import timedelta
from typing import Any

import pytest

from chalicelib import clock
from chalicelib.ledger import digests
from chalicelib.ledger.claim import instant
from chalicelib.ledger.watch import Answer, Watch
from statemachine.deploy import stack
from tests.catch_up.test_replay import world
from tests.ledger.test_open_list import asked, put
from tests.operate.test_replay import call


def waiting(hours: float, **changed: Any) -> Watch:
    since = instant(clock.now() - timedelta(hours=hours))
    return asked(posted_at=since, **{"within": 86_400, **changed})


def test_what_is_furthest_over_its_time_comes_first(capsys: pytest.CaptureFixture[str]) -> None:
    with world():
        put("1", waiting(30.5, seen_by=("U1", "U2")))
        put("2", waiting(8.5, within=900, severity=9.5))
        put("3", waiting(5.5, type="Trojan:EC2/DNSDataExfiltration"))
        put("4", asked(answer=Answer.HANDLED, answered_at=instant(clock.now())))
        assert call("open", "--stage", "dev") == 0
    printed = capsys.readouterr()
    head, *rows, last = printed.out.splitlines()
    assert head.split() == ["open", "allowed", "severity", "type", "account", "seen", "by", "message"]
    assert [row.split()[:3] for row in rows] == [["8h", "15m", "9.5"], ["30h", "1d", "9"], ["5h", "1d", "9"]]
    cells = [cell.strip() for cell in rows[1].split("  ") if cell]
    assert cells[-3:] == ["111122223333 payments", "U1 U2", "https://slack.com/archives/C1/p11"]
    assert last == "3 open, 2 of them longer than is allowed."
    assert printed.err == ""


def test_json_has_all_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    with world():
        one = waiting(30, seen_by=("U1",), blind="channel")
        put("1", one)
        put("2", waiting(1), ts="")
        assert call("open", "--stage", "dev", "--json") == 0
    printed = capsys.readouterr()
    first, second = json.loads(printed.out)
    assert first.pop("open_seconds") - first.pop("late_seconds") == 86_400
    assert first == {
        "finding_id": "1",
        "digest": None,
        "findings": 1,
        "type": "Recon:EC2/Portscan",
        "severity": 9.0,
        "account": "111122223333",
        "account_name": "payments",
        "region": "eu-west-1",
        "posted_at": one.posted_at,
        "allowed_seconds": 86_400,
        "seen_by": ["U1"],
        "blind": "channel",
        "message": "https://slack.com/archives/C1/p11",
    }
    assert (second["late_seconds"], second["message"], second["blind"]) == (0, None, None)
    assert printed.err == (
        "Answers can't be seen: the Slack app can't see into the channel of a message: invite it there.\n"
    )


@pytest.mark.parametrize(("folded", "said"), [(1, "1 finding"), (9_916, "9,916 findings")])
def test_a_digest_says_how_many_findings_it_answers_for(
    folded: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    id_ = "202611201405-3fa9c1d2"
    with world():
        put(digests.key(id_), waiting(30, folded=folded))
        assert call("open", "--stage", "dev") == 0
        assert call("open", "--stage", "dev", "--json") == 0
    printed = capsys.readouterr().out
    assert f"Recon:EC2/Portscan (digest {id_} of {said})" in printed
    [found] = json.loads(printed[printed.index("\n[") :])
    assert (found["finding_id"], found["digest"], found["findings"]) == (digests.key(id_), id_, folded)


def test_nothing_waits(capsys: pytest.CaptureFixture[str]) -> None:
    with world():
        assert call("open", "--stage", "dev") == 0
    assert capsys.readouterr().out == "No finding and no digest waits for an answer.\n"


def test_switched_off_says_so(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    read = stack.read_stage("dev")
    off = stack.Stage(**{**vars(read), "settings": {**read.settings, "ANSWER_WITHIN": "off"}})
    monkeypatch.setattr("statemachine.operate.open.read_stage", lambda _: off)
    with world():
        assert call("open", "--stage", "dev", "--json") == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out) == []
    assert printed.err == "ANSWER_WITHIN is off in dev: no answer is asked for.\n"


def test_names_that_others_chose_move_no_cursor(capsys: pytest.CaptureFixture[str]) -> None:
    with world():
        put("1", waiting(1, account_name="\x1b[2J[bold]x"))
        assert call("open", "--stage", "dev") == 0
        assert call("open", "--stage", "dev", "--json") == 0
    printed = capsys.readouterr().out
    assert "\x1b" not in printed
    assert "[bold]x" in printed


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(["--stage", "nosuch"], "No stage 'nosuch'", id="stage"),
        pytest.param(["--stage", "prod"], "make deploy STAGE=prod", id="not-deployed"),
    ],
)
def test_wrong_input_is_one_clear_line(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with world():
        assert call("open", *arguments) == 2
    printed = capsys.readouterr()
    assert said in printed.err
    assert printed.err.count("\n") == 1
