"""The state that reads the suppression list: what it hides is counted, and nothing else is said."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chalicelib.aws import metrics
from chalicelib.functions.check_suppression_list import check_suppression_list
from statemachine.local.local_aws import LocalAWS
from tests.aws.test_metrics import NOW

EVENT: dict[str, Any] = json.loads((Path(__file__).parent.parent / "events/example.json").read_text())
RULE = {
    "finding_type": {"S": EVENT["detail"]["type"]},
    "rule": {"S": "secret-project"},
    "reason": {"S": "known"},
}


@pytest.fixture
def local() -> Iterator[LocalAWS]:
    with LocalAWS() as aws:
        aws.client("dynamodb").put_item(TableName="guardduty-notifier-local-suppressions", Item=RULE)
        yield aws


@pytest.mark.usefixtures("local")
def test_a_suppressed_finding_is_counted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "guardduty-notifier-local-check-suppression-list")
    assert check_suppression_list(EVENT, NOW)["suppressed"] is True
    printed = capsys.readouterr().out
    assert json.loads(printed) == json.loads(metrics.line({"Suppressed": 1}, "local", NOW))
    assert not [
        text for text in ("secret-project", EVENT["account"], EVENT["detail"]["type"]) if text in printed
    ]


@pytest.mark.usefixtures("local")
@pytest.mark.parametrize(
    ("kind", "in_lambda"),
    [
        pytest.param("Recon:EC2/Portscan", True, id="posted"),
        pytest.param(EVENT["detail"]["type"], False, id="suppressed-in-a-local-run"),
    ],
)
def test_nothing_else_is_printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], kind: str, in_lambda: bool
) -> None:
    if in_lambda:
        monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "guardduty-notifier-local-check-suppression-list")
    check_suppression_list({**EVENT, "detail": {**EVENT["detail"], "type": kind}}, NOW)
    assert capsys.readouterr().out == ""
