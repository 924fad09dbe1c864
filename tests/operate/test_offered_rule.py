"""``suppressions --from-finding``: the rule for one finding of GuardDuty's list, printed or added."""

import json
from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from click.testing import Result

from chalicelib.finding.event import parse
from chalicelib.rules.suggested_rule import suggest
from statemachine.local.aws_stand_in import AwsFault, AwsRequest
from statemachine.local.slack_stand_in import SlackStandIn
from tests.machine import Machine, event
from tests.operate.common import EVENT, TABLE, Desk

ID = EVENT["detail"]["id"]
ARN = EVENT["detail"]["arn"]
HOSTILE = "api\x1bc\u202e"


def printed(result: Result) -> dict[str, Any]:
    """What stands on stdout: the rule, and nothing else."""
    assert result.exit_code == 0, result.stderr
    rule: dict[str, Any] = json.loads(result.stdout)
    return rule


def key(rule: dict[str, Any]) -> tuple[str, str]:
    return rule["finding_type"], rule["rule"]


@pytest.fixture
def executed() -> Iterator[dict[str, Any]]:
    """The rule that an execution of the finding offers."""
    with SlackStandIn() as slack, Machine(slack) as machine:
        yield machine.run(EVENT).output["suggested_rule"]


def test_it_is_the_rule_of_the_findings_execution(executed: dict[str, Any], desk: Desk) -> None:
    assert printed(desk.run("--from-finding", ID)) == executed


@pytest.mark.parametrize("named", [ARN, f" {ID}\n"])
def test_an_arn_will_do(desk: Desk, named: str) -> None:
    assert printed(desk.run("--from-finding", named)) == suggest(parse(EVENT), datetime.now(UTC))


def test_what_is_next_is_said_beside_it(desk: Desk) -> None:
    said = desk.run("--from-finding", ID).stderr
    for word in ('"reason"', "--add FILE", TABLE, "JSON view", '--reason "…"'):
        assert word in said
    assert desk.items == {}


def test_what_is_printed_is_a_file_to_add(desk: Desk) -> None:
    rule = printed(desk.run("--from-finding", ID)) | {"reason": "We know it."}
    assert desk.run("--add", desk.file(json.dumps(rule)), "--yes").exit_code == 0
    assert desk.items == {key(rule): rule}


def test_a_hostile_name_moves_no_cursor(desk: Desk) -> None:
    detail = event("runtime-container", id="f1")["detail"]
    for of_a_cluster in ("eksClusterDetails", "kubernetesDetails"):
        del detail["resource"][of_a_cluster]
    detail["resource"]["containerDetails"] |= {"name": HOSTILE, "image": HOSTILE}
    desk.guardduty.put(detail)
    result = desk.run("--from-finding", "f1")
    assert HOSTILE in printed(result).values()
    assert not {"\x1b", "\u202e"} & set(result.output)


@pytest.mark.parametrize(
    ("answer", "flags", "code", "added"),
    [
        pytest.param("y\n", [], 0, True, id="confirmed"),
        pytest.param("n\n", [], 1, False, id="declined"),
        pytest.param("", ["--yes"], 0, True, id="pipeline"),
    ],
)
def test_with_a_reason_it_is_tried_and_added(
    desk: Desk, answer: str, flags: list[str], code: int, added: bool
) -> None:
    rule = printed(desk.run("--from-finding", ID)) | {"reason": "We know it."}
    result = desk.run("--from-finding", ID, "--reason", "We know it.", *flags, answer=answer)
    assert result.exit_code == code, result.stderr
    assert "Tried on the 1 findings in eu-west-1 of the last 7 days." in result.stdout
    assert "Valid." in result.stdout
    assert desk.items == ({key(rule): rule} if added else {})
    assert all(type(each["max_severity"]) is Decimal for each in desk.items.values())


def test_an_empty_reason_adds_nothing(desk: Desk) -> None:
    result = desk.run("--from-finding", ID, "--reason", " ", "--yes")
    assert (result.exit_code, desk.items) == (1, {})
    assert "Nothing added: 1 of 1 rules are faulty." in result.stderr


@pytest.mark.parametrize(
    ("named", "region", "asked"),
    [
        pytest.param(ID, [], "eu-west-1", id="the-stages"),
        pytest.param(ID, ["--region", "us-east-1"], "us-east-1", id="named"),
        pytest.param(ARN.replace("eu-west-1", "us-east-1"), [], "us-east-1", id="the-arns"),
    ],
)
def test_whose_list_is_asked(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, named: str, region: list[str], asked: str
) -> None:
    signed: list[str] = []
    usual = desk.guardduty.operation

    def operation(request: AwsRequest) -> str:
        signed.append(request.headers["Authorization"].split("/")[2])
        return usual(request)

    monkeypatch.setattr(desk.guardduty, "operation", operation)
    assert printed(desk.run("--from-finding", named, *region))
    assert set(signed) == {asked}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        pytest.param(["--from-finding", "0" * 32], "lists no finding", id="unknown"),
        pytest.param(["--from-finding", ""], "no finding's id", id="empty"),
        pytest.param(["--from-finding", "arn:aws:s3:::bucket"], "no finding's id", id="another-arn"),
        pytest.param(["--from-finding", ID, "--region", "Ireland"], "no region", id="no-region"),
        pytest.param(
            ["--from-finding", ARN, "--region", "us-east-1"], "Leave --region out", id="arn-of-another-region"
        ),
        pytest.param(["--from-finding", ID, "--add", "a.json"], "give one of them", id="beside-add"),
        pytest.param(["--from-finding", ID, "--check", "a.json"], "give one of them", id="beside-check"),
        pytest.param(
            ["--from-finding", ID, "--yes"], "--yes goes with --add or --reason", id="yes-to-nothing"
        ),
        pytest.param(["--reason", "known"], "--reason goes with --from-finding", id="reason-alone"),
        pytest.param(["--region", "eu-west-1"], "--region goes with --from-finding", id="region-alone"),
    ],
)
def test_wrong_input_is_one_line_and_exit_code_2(desk: Desk, arguments: list[str], says: str) -> None:
    result = desk.run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    [line] = [line for line in result.stderr.splitlines() if line.startswith("Error: ")]
    assert says in line


def test_a_sample_has_no_rule(desk: Desk) -> None:
    detail = deepcopy(EVENT["detail"])
    detail["service"]["additionalInfo"]["sample"] = True
    desk.guardduty.put(detail)
    result = desk.run("--from-finding", ID, "--reason", "known", "--yes")
    assert (result.exit_code, desk.items) == (2, {})
    assert "is a sample: no rule is offered for it. Give the id of a real finding." in result.stderr


def test_what_no_rule_can_say(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("statemachine.operate.offered_rule.suggest", lambda *_: None)
    result = desk.run("--from-finding", ID)
    assert result.exit_code == 2
    assert "archive it in GuardDuty, or write a rule with its finding_id" in result.stderr


def test_where_guardduty_is_off(desk: Desk) -> None:
    desk.guardduty.detector = ""
    result = desk.run("--from-finding", ID)
    assert result.exit_code == 2
    assert "GuardDuty is off in eu-west-1" in result.stderr


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        pytest.param(("ThrottlingException", 429), "Run it again", id="throttled"),
        pytest.param(("AccessDeniedException", 403), "AWS refused GetFindings", id="refused"),
    ],
)
def test_what_aws_refuses_is_exit_code_1(desk: Desk, fault: tuple[str, int], says: str) -> None:
    desk.guardduty.script(AwsFault("GetFindings", *fault))
    result = desk.run("--from-finding", ID)
    assert result.exit_code == 1
    assert says in result.stderr
