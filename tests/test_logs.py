"""Whoever logs everything logs no secret of ours."""

import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.aws import parameter_store
from chalicelib.aws.clients import client
from chalicelib.slack import api
from chalicelib.slack.secret import Secret, Token, Webhook
from statemachine.local.local_aws import LocalAWS
from statemachine.local.slack_stand_in import SlackStandIn

TOKEN = "xoxb-0000-hidden-from-logs"
PATH = "/services/T000/B000/hiddenfromlogs"


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """All that is logged, with the root logger at DEBUG."""
    caplog.set_level(logging.DEBUG)
    yield caplog
    logging.getLogger("tests").debug("the last line")
    assert "the last line" in caplog.text, "it is heard"


@pytest.mark.parametrize("kind", ["token", "webhook"])
def test_a_post_logs_neither_token_nor_webhook(logged: pytest.LogCaptureFixture, kind: str) -> None:
    with SlackStandIn(tokens={TOKEN}, webhooks={PATH}) as slack:
        webhook = Webhook(slack.url.removesuffix("/api") + PATH)
        secret: Secret = Token(TOKEN) if kind == "token" else webhook
        api.post(secret, slack.url, "#security", {"text": "a finding"})
        [request] = slack.requests
    assert request.status == 200
    assert "hidden" not in logged.text


def test_reading_the_secret_does_not_log_it(logged: pytest.LogCaptureFixture) -> None:
    with LocalAWS(secret=TOKEN):
        logged.clear()
        assert parameter_store.secret("/guardduty-notifier/local/slack") == TOKEN
    assert "hidden" not in logged.text


def test_borrowed_credentials_are_not_logged(logged: pytest.LogCaptureFixture) -> None:
    with LocalAWS():
        role = "arn:aws:iam::111122223333:role/guardduty-notifier-tag-reader"
        borrowed = client("sts").assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
    assert borrowed["SessionToken"] not in logged.text


@pytest.mark.parametrize("door", ["chalicelib.aws.clients", "chalicelib.slack.api"])
def test_each_door_alone_keeps_both_libraries_quiet(door: str) -> None:
    code = f"import {door}, json, logging; names = 'botocore', 'urllib3', '';" + (
        "logging.getLogger().setLevel(logging.DEBUG);"
        "print(json.dumps([logging.getLogger(name).getEffectiveLevel() for name in names]))"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    levels: list[Any] = json.loads(ended.stdout)
    assert levels == [logging.INFO, logging.INFO, logging.DEBUG]
