"""What a message is told besides its finding."""

from typing import Any

import pytest

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
