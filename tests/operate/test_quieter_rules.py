"""``suppressions --suggest``: the rules that would have hidden most of what the stage has posted."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from chalicelib.catch_up import posted_lately
from chalicelib.ledger import watch
from chalicelib.ledger.claim import instant
from statemachine.local.aws_stand_in import AwsFault
from tests.operate.common import EVENT, REGION, TYPE, Desk

NOTIFICATIONS = "guardduty-notifier-dev-notifications"
HOUR = timedelta(hours=1)


def listed(desk: Desk, number: int, ago: timedelta = HOUR, **changed: Any) -> str:
    """A finding of GuardDuty's list, like the others."""
    named = f"{number:032x}"
    service = EVENT["detail"]["service"] | {"archived": False}
    when = instant(datetime.now(UTC) - ago)
    about = {"id": named, "severity": 5, "service": service, "updatedAt": when}
    desk.guardduty.put(EVENT["detail"] | about | changed)
    return named


def posted(desk: Desk, number: int, ago: timedelta = HOUR, **item: str) -> None:
    """One that stands in Slack."""
    named, when = listed(desk, number, ago), instant(datetime.now(UTC) - ago)
    said = {"finding_id": named, "notified_update": when, "notified_at": when, **item}
    boto3.resource("dynamodb", region_name=REGION).Table(NOTIFICATIONS).put_item(Item=said)


@pytest.fixture
def noisy(desk: Desk) -> Desk:
    """Six findings of one kind are posted; one is not, nor is one that is High."""
    for number in range(1, 7):
        posted(desk, number)
    listed(desk, 7)
    return desk


def test_the_table_says_what_each_rule_would_have_hidden(noisy: Desk) -> None:
    result = noisy.run("--suggest")
    assert result.exit_code == 0, result.output
    shown = " ".join(result.stdout.split())
    assert f"6 of 6 100 % 5 1 {TYPE}" in shown
    assert "Tried on 6 posted findings below Critical of the last 14 days and 2 others." in shown
    assert "(write here" not in shown  # what is still to be written is no reason
    assert noisy.items == {}


def test_the_json_is_ready_for_check_and_add_once_reasons_are_in(noisy: Desk) -> None:
    result = noisy.run("--suggest", "--json")
    assert (result.exit_code, "Put your reason" in result.stderr) == (0, True)
    rules = json.loads(result.stdout)
    assert noisy.run("--add", noisy.file(rules), "--yes").exit_code == 1
    path = noisy.file([{**rule, "reason": "our own scanner"} for rule in rules])
    checked = noisy.run("--check", path)
    assert checked.exit_code == 0
    assert " 7 5 " in " ".join(checked.stdout.split())
    assert noisy.run("--add", path, "--yes").exit_code == 0
    assert len(noisy.items) == len(rules) == 1
    again = noisy.run("--suggest", "--json")
    assert (again.exit_code, json.loads(again.stdout)) == (0, [])


def test_where_no_rule_would_do_it_says_so(desk: Desk) -> None:
    for number in range(1, 5):
        posted(desk, number)
    result = desk.run("--suggest")
    assert result.exit_code == 0
    assert result.stdout.startswith("No narrow rule would have hidden five posted findings")
    assert "Tried on 4 posted findings" in result.stdout


def test_what_is_open_is_never_hidden(noisy: Desk) -> None:
    posted(noisy, 1, awaits=watch.ANSWER, awaits_since=instant(datetime.now(UTC)))
    assert json.loads(noisy.run("--suggest", "--json").stdout) == []


def test_days_say_how_far_it_looks_back(noisy: Desk) -> None:
    posted(noisy, 8, ago=10 * 24 * HOUR)
    assert (
        "6 posted findings below Critical of the last 3 days" in noisy.run("--suggest", "--days", "3").stdout
    )
    assert "7 posted findings below Critical of the last 14 days" in noisy.run("--suggest").stdout


def test_what_is_not_delivered_is_not_counted(noisy: Desk) -> None:
    """The stage delivers from Medium on."""
    listed(noisy, 9, severity=2)
    assert "and 2 others." in noisy.run("--suggest").stdout


def test_of_too_many_the_newest_are_tried(noisy: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posted_lately, "MOST", 3)
    assert "Tried on the newest 0 posted findings" in noisy.run("--suggest").stdout


def test_a_throttled_list_is_said(noisy: Desk) -> None:
    noisy.guardduty.script(AwsFault("GetFindings"))
    result = noisy.run("--suggest")
    assert result.exit_code == 1
    assert "AWS did not answer: guardduty:GetFindings" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(("--suggest", "--check", "f"), "--check and --suggest: give one of them", id="check"),
        pytest.param(("--suggest", "--add", "f"), "--add and --suggest: give one of them", id="add"),
        pytest.param(
            ("--suggest", "--from-finding", "1"),
            "--from-finding and --suggest: give one of them",
            id="finding",
        ),
        pytest.param(("--json",), "--json goes with --suggest.", id="json-alone"),
        pytest.param(("--suggest", "--reason", "r"), "--reason goes with --from-finding ID.", id="reason"),
        pytest.param(("--suggest", "--yes"), "--yes goes with --add or --reason.", id="yes"),
    ],
)
def test_what_does_not_go_together_is_refused(desk: Desk, arguments: tuple[str, ...], said: str) -> None:
    result = desk.run(*arguments)
    assert (result.exit_code, said in result.stderr) == (2, True)
