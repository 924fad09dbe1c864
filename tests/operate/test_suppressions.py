"""``python -m statemachine suppressions``: what it shows, what it tries, what it adds, what it refuses."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import boto3
import pytest
from click.testing import Result

from chalicelib.rules import sentences, suppressions
from statemachine.local import aws_stand_in
from tests.operate.common import EVENT, REGION, TABLE, TYPE, Desk, rule

IMAGE = EVENT["detail"]["resource"]["instanceDetails"]["imageId"]


def row(result: Result, name: str) -> str:
    """The lines of a table that belong to a rule, on one line."""
    lines = result.stdout.splitlines()
    first = next(number for number, line in enumerate(lines) if f"  {name} " in line)
    rest = lines[first + 1 :]
    end = next((number for number, line in enumerate(rest) if not line.strip()), len(rest))
    return " ".join(" ".join(lines[first : first + 1 + end]).split())


def test_the_list_shows_each_rule_in_words_with_its_counters_and_verdict(desk: Desk) -> None:
    desk.put(
        rule(expires_at="2099-12-31", match_count=12, last_matched_at="2026-11-21T10:20:30Z"),
        rule(rule="broken", acount_id="1"),
        rule(rule="over", expires_at="2020-01-01"),
        rule(rule="off", enabled=False),
    )
    result = desk.run()
    assert result.exit_code == 0
    usual = row(result, "ours")
    assert "our own scanner”." in usual and "Valid." in usual
    assert " 12 2026-11-21 10:20 2099-12-31 " in usual
    assert "Faulty, so never applied: unknown attribute acount_id" in row(result, "broken")
    assert "Can never match: expires_at is past" in row(result, "over")
    assert "Switched off" in row(result, "off")


def test_an_empty_list_says_so(desk: Desk) -> None:
    assert desk.run().stdout == f"{TABLE} holds no rules.\n"


def test_more_rules_than_a_page_are_all_shown(desk: Desk) -> None:
    desk.put(*(rule(rule=f"r{number}", owner="x" * 300_000) for number in range(5)))
    result = desk.run()
    assert [name for name in ("r0", "r1", "r2", "r3", "r4") if f"  {name} " in result.stdout] == [
        "r0", "r1", "r2", "r3", "r4",
    ]  # fmt: skip


def test_hostile_rules_move_no_cursor_and_make_no_markup(desk: Desk) -> None:
    desk.put(rule(rule="\x1b[2J[red]x[/red]\u202e", reason="\x1b]0;title\x07 [bold]"))
    shown = desk.run().stdout
    assert "\x1b" not in shown and "\u202e" not in shown and "\x07" not in shown
    assert "[red]x[/red]" in shown and "[bold]" in shown


def test_check_tries_rules_on_the_findings_of_the_last_days(desk: Desk) -> None:
    rules = [
        rule(account_id=EVENT["detail"]["accountId"]),
        rule(rule="elsewhere", account_id="999900001111"),
        rule(rule="low", max_severity=0.5),
    ]
    result = desk.run("--check", desk.file(rules), "--days", "3")
    assert result.exit_code == 0, result.stderr
    severity = f"{EVENT['detail']['severity']:g}"
    assert f" 1 {severity} Valid." in row(result, "ours")
    assert " 0 Valid." in row(result, "elsewhere") and " 0 Valid." in row(result, "low")
    assert "Tried on the 1 findings in eu-west-1 of the last 3 days." in result.stdout
    assert desk.items == {}


def test_the_verdict_is_the_engines_own(desk: Desk) -> None:
    for path in sorted(Path("tests/rules").glob("*.json")):
        case = json.loads(path.read_text("utf-8"))
        if case["table"] == "suppressions" and str(case["item"]["rule"]).strip():
            result = desk.run("--check", desk.file([case["item"]]))
            verdict = sentences.verdict_sentence(suppressions.read(case["item"]), datetime.now(UTC), "en")
            assert _letters(verdict) <= _letters(result.stdout)


def _letters(text: str) -> set[str]:
    """Words, as the columns may break a sentence anywhere."""
    return set(text.split())


def test_an_account_that_can_not_be_named_is_said(desk: Desk) -> None:
    result = desk.run("--check", desk.file([rule(account_name="pay-*")]))
    assert f"{TYPE} / ours: The names of the accounts of 1 more are not known." in result.stdout


def test_check_says_of_each_rule_by_whose_choice_it_matched(desk: Desk) -> None:
    rules = [
        rule(account_id=EVENT["detail"]["accountId"], image_id=IMAGE),
        rule(rule="image\x1b[2J", image_id=IMAGE),
        rule(rule="no-match", image_id="ami-0b"),
    ]
    result = desk.run("--check", desk.file(rules))
    assert [line for line in result.stdout.splitlines() if " matched " in line] == [
        f"{TYPE} / image[2J: It matched by what the account's owner can choose: image_id."
    ]


def test_a_faulty_rule_is_exit_code_1(desk: Desk) -> None:
    assert desk.run("--check", desk.file([rule(acount_id="1")])).exit_code == 1


def test_what_can_not_be_tried_is_exit_code_1_and_says_why(desk: Desk) -> None:
    desk.guardduty.script(aws_stand_in.AwsFault("ListFindings", "AccessDeniedException", 403))
    result = desk.run("--check", desk.file([rule()]))
    assert result.exit_code == 1
    assert "not known: An error occurred (AccessDeniedException)" in result.stderr
    assert " ? " in row(result, "ours")


@pytest.mark.parametrize(
    ("answer", "flags", "code", "added"),
    [
        pytest.param("y\n", [], 0, True, id="confirmed"),
        pytest.param("n\n", [], 1, False, id="declined"),
        pytest.param("", [], 1, False, id="nobody-answers"),
        pytest.param("", ["--yes"], 0, True, id="pipeline"),
    ],
)
def test_add_asks_after_the_verdict(
    desk: Desk, answer: str, flags: list[str], code: int, added: bool
) -> None:
    result = desk.run("--add", desk.file([rule(max_severity=6.9)]), *flags, answer=answer)
    assert result.exit_code == code
    assert "Valid." in row(result, "ours")
    expected = {(TYPE, "ours"): rule(max_severity=Decimal("6.9"))}
    assert desk.items == (expected if added else {})


def test_nothing_is_added_where_one_of_the_rules_is_faulty(desk: Desk) -> None:
    result = desk.run("--add", desk.file([rule(), rule(rule="broken", reason="")]), "--yes")
    assert (result.exit_code, desk.items) == (1, {})
    assert "Nothing added: 1 of 2 rules are faulty." in result.stderr


def test_a_pipeline_adds_nothing_that_was_not_tried_but_a_person_may(desk: Desk) -> None:
    down = aws_stand_in.AwsFault("ListFindings", "AccessDeniedException", 403, times=2)
    desk.guardduty.script(down)
    assert desk.run("--add", desk.file([rule()]), "--yes").exit_code == 1
    assert desk.items == {}
    assert desk.run("--add", desk.file([rule()]), answer="y\n").exit_code == 0
    assert len(desk.items) == 1


def test_what_is_there_is_replaced_only_when_confirmed_and_keeps_its_counters(desk: Desk) -> None:
    desk.put(rule(region="eu-*", match_count=12, last_matched_at="2026-11-21T10:20:30Z"))
    path = desk.file([rule(owner="alice", match_count=0)])
    declined = desk.run("--add", path, answer="n\n")
    assert "In the list already" in declined.stdout
    assert "owner: none → alice" in declined.stdout and "region: eu-* → none" in declined.stdout
    assert desk.items[(TYPE, "ours")]["region"] == "eu-*"
    assert desk.run("--add", path, answer="y\n").exit_code == 0
    assert desk.items == {
        (TYPE, "ours"): rule(owner="alice", match_count=12, last_matched_at="2026-11-21T10:20:30Z")
    }


def test_adding_again_changes_nothing(desk: Desk) -> None:
    path = desk.file([rule(max_severity=6, resource_id=["i-1", "i-2"])])
    assert desk.run("--add", path, "--yes").exit_code == 0
    again = desk.run("--add", path, "--yes")
    assert again.exit_code == 0 and "Nothing to add" in again.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["--check", "missing.json"], id="no-file"),
        pytest.param(["--check", "a.json", "--add", "a.json"], id="check-and-add"),
        pytest.param(["--yes"], id="yes-to-nothing"),
        pytest.param(["--stage", "nowhere"], id="no-stage"),
        pytest.param(["--days", "0"], id="no-days"),
    ],
)
def test_wrong_arguments_are_exit_code_2(desk: Desk, arguments: list[str]) -> None:
    assert desk.run(*arguments).exit_code == 2


def test_a_missing_table_is_exit_code_1(desk: Desk) -> None:
    boto3.client("dynamodb", region_name=REGION).delete_table(TableName=TABLE)
    result = desk.run()
    assert result.exit_code == 1
    assert "AWS refused Scan" in result.stderr
