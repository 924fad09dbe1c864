"""The checks of the Slack secret and of the channel."""

import pytest

from statemachine.local.slack_stand_in import SlackStandIn
from statemachine.operate.checks import slack as slack_checks
from tests.operate.checks.common import aws, place

pytestmark = pytest.mark.usefixtures("local_aws")

PARAMETER = "/guardduty-notifier/dev/slack"


def put_secret(value: str, kind: str = "SecureString") -> None:
    aws("ssm").put_parameter(Name=PARAMETER, Value=value, Type=kind)


@pytest.mark.parametrize(
    ("value", "kind", "said"),
    [
        pytest.param("xoxb-good", "String", "make it a SecureString", id="readable-by-many"),
        pytest.param("hunter2", "SecureString", "must be a bot token", id="no-token"),
        pytest.param("xoxb-revoked", "SecureString", "invalid_auth", id="refused-by-slack"),
    ],
)
def test_an_unusable_secret_fails_without_showing_it(
    slack: SlackStandIn, value: str, kind: str, said: str
) -> None:
    slack.tokens = ["xoxb-good"]
    put_secret(value, kind)
    check = slack_checks.slack_secret(place(SLACK_API_URL=slack.url), "Slack secret")
    assert check.good is False
    assert said in check.said
    assert value not in f"{check}"


def test_a_missing_secret_is_named() -> None:
    check = slack_checks.slack_secret(place(), "Slack secret")
    assert (check.good, check.said) == (False, f"there is no parameter {PARAMETER}")


def test_a_token_that_slack_takes_is_good(slack: SlackStandIn) -> None:
    put_secret("xoxb-good")
    assert slack_checks.slack_secret(place(SLACK_API_URL=slack.url), "Slack secret").good is True


def test_a_webhook_is_good_as_far_as_can_be_seen(slack: SlackStandIn) -> None:
    put_secret("https://hooks.slack.com/services/T0/B0/x")
    assert slack_checks.slack_secret(place(SLACK_API_URL=slack.url), "Slack secret").good is True
    assert slack_checks.slack_channel(place(SLACK_API_URL=slack.url), "Slack channel").good is None
    assert slack.requests == []


@pytest.mark.parametrize(
    ("channel", "good"),
    [
        pytest.param("C0123456789", True, id="there"),
        pytest.param("C0000000404", False, id="unknown"),
        pytest.param("C0000000410", False, id="archived"),
        pytest.param("#security", None, id="a-name"),
    ],
)
def test_the_channel_is_looked_up_by_id(slack: SlackStandIn, channel: str, good: bool | None) -> None:
    slack.unknown, slack.archived = ["C0000000404"], ["C0000000410"]
    put_secret("xoxb-good")
    wanted = place(SLACK_API_URL=slack.url, SLACK_CHANNEL=channel)
    assert slack_checks.slack_channel(wanted, "Slack channel").good is good


@pytest.mark.parametrize(
    ("channel", "good"),
    [
        pytest.param({"is_member": True}, True, id="member"),
        pytest.param({"is_member": False}, False, id="not-invited"),
        pytest.param({"is_member": True, "is_archived": True}, False, id="archived"),
        pytest.param({"is_member": True, "is_ext_shared": True}, False, id="shared"),
        pytest.param({"is_member": True, "is_pending_ext_shared": True}, False, id="about-to-be-shared"),
        pytest.param({"is_member": True, "is_org_shared": True}, True, id="shared-within-the-organization"),
    ],
)
def test_a_channel_is_judged(channel: dict[str, bool], good: bool) -> None:
    assert slack_checks.judge_channel("Slack channel", {"name": "security", **channel}).good is good
