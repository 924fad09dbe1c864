"""The state that reads the suppression list: it answers, and says when the list was asked. It counts nothing."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chalicelib.functions.check_suppression_list import check_suppression_list
from chalicelib.ledger.claim import instant
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
@pytest.mark.parametrize(
    ("kind", "suppressed"),
    [
        pytest.param(EVENT["detail"]["type"], True, id="suppressed"),
        pytest.param("Recon:EC2/Portscan", False, id="posted"),
    ],
)
def test_it_says_when_it_was_asked_and_prints_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], kind: str, suppressed: bool
) -> None:
    """Who waits asks again, and would be counted again."""
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "guardduty-notifier-local-check-suppression-list")
    verdict = check_suppression_list({**EVENT, "detail": {**EVENT["detail"], "type": kind}}, NOW)
    assert (verdict["suppressed"], verdict["at"]) == (suppressed, instant(NOW))
    assert capsys.readouterr().out == ""
