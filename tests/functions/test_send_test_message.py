"""The hello reaches the channel, and what does not work is said in a sentence."""

import time

import pytest
from moto import mock_aws

from chalicelib import settings
from chalicelib.aws import clients, parameter_store
from chalicelib.functions.send_test_message import hello, say_hello
from statemachine.local.slack_stand_in import SlackFault, SlackStandIn

SETTINGS = {
    "AWS_DEFAULT_REGION": "eu-west-1",
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "STAGE": "dev",
    "SLACK_CHANNEL": "C0123456789",
}


def said(
    slack: SlackStandIn, monkeypatch: pytest.MonkeyPatch, secret: str = "xoxb-good"
) -> dict[str, object]:
    for name, value in {**SETTINGS, "SLACK_API_URL": slack.url}.items():
        monkeypatch.setenv(name, value)
    clients.client.cache_clear()
    name = settings.slack_secret_parameter()
    parameter_store._kept[name] = ("xoxb-stale", time.monotonic())
    with mock_aws():
        if secret:
            clients.client("ssm").put_parameter(Name=name, Value=secret, Type="SecureString")
        answer = say_hello()
    clients.client.cache_clear()
    parameter_store._kept.clear()
    return answer


def test_it_posts_one_message_and_returns_what_slack_answered(
    slack: SlackStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    slack.tokens = ["xoxb-good"]  # a secret that was read before is of no interest
    answer = said(slack, monkeypatch)
    assert (answer["ok"], answer["channel"]) == (True, "C0123456789")
    assert answer["ts"]
    (request,) = slack.requests
    assert "stage dev" in request.body["text"]


@pytest.mark.parametrize(
    ("secret", "error"),
    [
        pytest.param(
            "", "InvalidSettings: The Slack secret /guardduty-notifier/dev/slack could not be read", id="none"
        ),
        pytest.param("hunter2", "InvalidSettings: ", id="no-token"),
        pytest.param("xoxb-revoked", "invalid_auth", id="refused"),
    ],
)
def test_what_does_not_work_is_a_sentence_without_the_secret(
    slack: SlackStandIn, monkeypatch: pytest.MonkeyPatch, secret: str, error: str
) -> None:
    slack.tokens = ["xoxb-good"]
    answer = said(slack, monkeypatch, secret)
    assert answer["ok"] is False
    assert error in str(answer["error"])
    assert not secret or secret not in str(answer)


def test_a_channel_that_wants_no_more_is_an_answer(
    slack: SlackStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    slack.script(SlackFault(retry_after=30))
    error = "Slack wants no more messages for 30 seconds."
    assert said(slack, monkeypatch) == {"ok": False, "error": error}


@pytest.mark.parametrize("language", ["en", "ja"])
def test_it_mentions_nobody_and_links_nothing(language: str) -> None:
    text = hello("dev", language)["text"]
    assert "dev" in text
    assert not set("<>@&") & set(text)
