"""The checks of GuardDuty and of the accounts' names."""

import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

import chalicelib.aws.clients
from chalicelib.functions.look_up_account import look_up_account
from chalicelib.ledger import accounts
from statemachine.operate.checks import findings
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
    from moto.awslambda_simple.models import lambda_simple_backends

    monkeypatch.setattr(findings, "missing_functions", lambda stage: [])
    monkeypatch.setenv("STAGE", "dev")
    monkeypatch.setattr(accounts, "_accounts", {})
    chalicelib.aws.clients.client.cache_clear()
    prepare()
    answer = answer_of_the_function()
    chalicelib.aws.clients.client.cache_clear()
    lambda_simple_backends[ACCOUNT][REGION].lambda_simple_results_queue.append(answer)
    put_function("look-up-account")
    check = findings.account_names(place(), "account names")
    assert check.good is good
    assert said in check.said
