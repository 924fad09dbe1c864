"""The checks of GuardDuty and of the accounts' names."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO

import pytest

import chalicelib.aws.clients
from chalicelib.functions.look_up_account import look_up_account
from chalicelib.ledger import accounts
from statemachine import session
from statemachine.operate.checks import Check, findings
from tests.operate.checks.common import ACCOUNT, REGION, aws, place, put_function

pytestmark = pytest.mark.usefixtures("local_aws")

NOW = datetime(2026, 11, 20, tzinfo=UTC)


# --- GuardDuty ---


def test_guardduty_off_fails() -> None:
    assert findings.guardduty_on(place(), "GuardDuty").good is False


@pytest.mark.parametrize(("enabled", "good"), [(True, True), (False, False)])
def test_guardduty_on_or_suspended(enabled: bool, good: bool) -> None:
    aws("guardduty").create_detector(Enable=enabled)
    assert findings.guardduty_on(place(), "GuardDuty").good is good


def detector(region: str, frequency: str) -> str:
    guardduty = session.client("guardduty", region)
    made: str = guardduty.create_detector(Enable=True, FindingPublishingFrequency=frequency)["DetectorId"]
    return made


@pytest.mark.parametrize(
    ("frequency", "good"), [("SIX_HOURS", None), ("ONE_HOUR", True), ("FIFTEEN_MINUTES", True)]
)
def test_what_is_new_of_a_known_finding_should_not_wait_for_six_hours(
    frequency: str, good: bool | None
) -> None:
    made = detector(REGION, frequency)
    check = findings.findings_published(place(), "GuardDuty's updates")
    assert check.good is good
    change = f"--region {REGION} --detector-id {made} --finding-publishing-frequency FIFTEEN_MINUTES"
    assert (change in check.hint) is (good is None)


def test_the_regions_that_are_compared_are_asked_too() -> None:
    detector(REGION, "FIFTEEN_MINUTES")
    made = detector("us-east-1", "SIX_HOURS")
    detector("us-west-2", "SIX_HOURS")
    stage = place().stage
    named = replace(stage, parameters={**stage.parameters, "Regions": "us-east-1"})
    check = findings.findings_published(replace(place(), stage=named), "GuardDuty's updates")
    assert (check.good, check.said.endswith("only in us-east-1")) == (None, True)
    assert f"--region us-east-1 --detector-id {made}" in check.hint


# --- account names ---


def answer_of_the_function() -> str:
    """What look-up-account really says, of the event that the doctor makes."""
    return json.dumps(look_up_account(findings.own_finding(place()), ACCOUNT, NOW))


def put_organization() -> None:
    aws("organizations").create_organization(FeatureSet="ALL")


@pytest.mark.parametrize(
    ("prepare", "good", "said"),
    [
        pytest.param(put_organization, True, f"{ACCOUNT} is master", id="name"),
        pytest.param(lambda: None, False, "GetAccountInformation", id="refused"),
    ],
)
def test_account_names_are_asked_of_the_function(
    monkeypatch: pytest.MonkeyPatch, prepare: Callable[[], None], good: bool, said: str
) -> None:
    monkeypatch.setenv("STAGE", "dev")
    monkeypatch.setattr(accounts, "_accounts", {})
    chalicelib.aws.clients.client.cache_clear()
    prepare()
    answer = answer_of_the_function()
    chalicelib.aws.clients.client.cache_clear()
    check = asked(monkeypatch, answer)
    assert check.good is good
    assert said in check.said


def asked(monkeypatch: pytest.MonkeyPatch, answer: str) -> Check:
    """Look at what the function answers."""
    from moto.awslambda_simple.models import lambda_simple_backends

    monkeypatch.setattr(findings, "missing_functions", lambda stage: [])
    lambda_simple_backends[ACCOUNT][REGION].lambda_simple_results_queue.append(answer)
    put_function("look-up-account")
    return findings.account_names(place(), "account names")


REFUSED = "An error occurred (AccessDeniedException) when calling the {} operation: not authorized"


@pytest.mark.parametrize(
    ("error", "cause", "delegate"),
    [
        ("AccessDeniedException", REFUSED.format("DescribeAccount"), True),
        ("AccessDeniedException", REFUSED.format("GetAccountInformation"), True),
        ("AWSOrganizationsNotInUseException", REFUSED.format("ListAccounts"), True),
        ("AccessDeniedException", REFUSED.format("GetItem"), False),
        ("ValidationException", REFUSED.format("DescribeAccount"), False),
        ("", "", False),
    ],
)
def test_to_delegate_helps_only_where_accounts_are_refused(
    monkeypatch: pytest.MonkeyPatch, error: str, cause: str, delegate: bool
) -> None:
    answer = {"name": "", "ou_path": "", "error": error, "cause": cause}
    check = asked(monkeypatch, json.dumps(answer))
    assert check.good is False
    assert ("delegated administrator" in check.hint) is delegate
    assert ("log of guardduty-notifier-dev-look-up-account" in check.hint) is not delegate


def test_a_function_that_failed_has_its_reason_in_its_log(monkeypatch: pytest.MonkeyPatch) -> None:
    class Lambda:
        def invoke(self, **_: str) -> dict[str, object]:
            said = json.dumps({"errorMessage": "No module named 'boto3'", "errorType": "ImportError"})
            return {"FunctionError": "Unhandled", "Payload": BytesIO(said.encode())}

    monkeypatch.setattr(findings, "missing_functions", lambda stage: [])
    monkeypatch.setattr(findings, "client", lambda service: Lambda())
    check = findings.account_names(place(), "account names")
    assert (check.good, check.said) == (False, "No module named 'boto3'")
    assert check.hint == "The log of guardduty-notifier-dev-look-up-account says why."
