"""What a message is told besides its finding."""

from typing import Any

import pytest

from chalicelib.aws import rule_tables
from chalicelib.ledger.decide import FindingItem
from chalicelib.message.context import MessageContext
from chalicelib.notify import job, plans
from tests.machine import Event, event
from tests.promises.common import NOON

EXECUTION = "arn:aws:states:us-east-1:999988887777:execution:guardduty-notifier-dev:1f0e9d8c"


@pytest.fixture(autouse=True)
def settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAGE", "dev")
    monkeypatch.setenv("SLACK_CHANNEL", "#security")


def todo(found: Event | None = None, **state: Any) -> job.Job:
    return job.read((found or event()) | state, EXECUTION, "nonce", 0, NOON)


def context(todo: job.Job) -> MessageContext:
    """What a message is told without a look at the routes."""
    return plans.stamp(todo, FindingItem(), "", "").context


def test_the_suppression_table_is_the_stacks_own() -> None:
    """The finding is of eu-west-1; the stack, which serves other regions too, is in us-east-1."""
    assert todo().finding.region == "eu-west-1"
    assert context(todo()).links.suppressions == (
        "https://us-east-1.console.aws.amazon.com/dynamodbv2/home?region=us-east-1"
        "#item-explorer?table=guardduty-notifier-dev-suppressions"
    )


def test_other_accounts_by_name() -> None:
    others = {"444455556666": "data-dev"}
    told = context(todo(enrichment={"account": {"name": "a", "ou_path": "", "other_accounts": others}}))
    assert told.other_accounts == others


# --- what to do ---

RUNBOOK = "https://wiki.example.com/usual?type={type}"
FILLED = "https://wiki.example.com/usual?type=Backdoor%3AEC2%2FC%26CActivity.B"


@pytest.mark.parametrize(
    ("usual", "route", "runbook"),
    [
        pytest.param("", {"channel": "#a"}, "", id="none"),
        pytest.param(RUNBOOK, {"channel": "#a"}, FILLED, id="usual"),
        pytest.param("", {"runbook": RUNBOOK}, FILLED, id="the-routes"),
        pytest.param(RUNBOOK, {"runbook": "https://a.example"}, "https://a.example", id="the-routes-wins"),
        pytest.param(
            RUNBOOK, {"runbook": "https://a.example", "enabled": False}, FILLED, id="no-route-holds"
        ),
    ],
)
def test_what_to_do(
    monkeypatch: pytest.MonkeyPatch, usual: str, route: dict[str, object], runbook: str
) -> None:
    monkeypatch.setenv("RUNBOOK_URL", usual)
    monkeypatch.setattr(
        rule_tables, "items", lambda table, keys: [{"finding_type": "*", "rule": "r"} | route]
    )
    assert plans.plan(todo(), FindingItem()).context.links.runbook == runbook


def test_a_stamp_says_the_usual_runbook(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNBOOK_URL", RUNBOOK)
    assert context(todo()).links.runbook == FILLED


def test_a_runbook_that_gets_too_long_for_a_button_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNBOOK_URL", "https://wiki.example.com/" + 79 * "{type}")
    long = todo(event(type="Backdoor:EC2/" + 300 * "&"))
    assert context(long).links.runbook == ""
