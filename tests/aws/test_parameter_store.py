"""The Slack secret is read seldom, and anew when it must be."""

from collections.abc import Iterator
from typing import Any

import pytest
from moto.core.exceptions import JsonRESTError
from moto.ssm.models import SimpleSystemManagerBackend

from chalicelib import clock
from chalicelib.aws import parameter_store
from chalicelib.errors import AWSUnavailable, InvalidSettings
from statemachine.local.local_aws import LocalAWS
from tests.machine import breaking

NAME = "/guardduty-notifier/local/slack"


@pytest.fixture
def aws() -> Iterator[LocalAWS]:
    with LocalAWS(secret="xoxb-old") as local:
        yield local


def rotate(aws: LocalAWS) -> None:
    aws.client("ssm").put_parameter(Name=NAME, Value="xoxb-new", Type="SecureString", Overwrite=True)


def at(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Stop the clock by which a secret is kept."""
    monkeypatch.setattr(clock, "running", lambda: seconds)


def test_it_is_kept(aws: LocalAWS) -> None:
    assert parameter_store.secret(NAME) == "xoxb-old"
    rotate(aws)
    assert parameter_store.secret(NAME) == "xoxb-old"


def test_it_is_read_anew_on_demand_and_that_is_kept(aws: LocalAWS) -> None:
    parameter_store.secret(NAME)
    rotate(aws)
    assert parameter_store.secret(NAME, anew=True) == "xoxb-new"
    assert parameter_store.secret(NAME) == "xoxb-new"


@pytest.mark.parametrize(
    ("seconds", "value"),
    [pytest.param(299, "xoxb-old", id="kept"), pytest.param(301, "xoxb-new", id="read-anew")],
)
def test_it_is_kept_for_five_minutes(
    aws: LocalAWS, monkeypatch: pytest.MonkeyPatch, seconds: float, value: str
) -> None:
    at(monkeypatch, 1000)
    parameter_store.secret(NAME)
    rotate(aws)
    at(monkeypatch, 1000 + seconds)
    assert parameter_store.secret(NAME) == value


@pytest.mark.parametrize(
    ("code", "error"),
    [
        pytest.param("ThrottlingException", AWSUnavailable, id="throttled"),
        pytest.param("InternalServerError", AWSUnavailable, id="failed"),
        pytest.param("AccessDeniedException", InvalidSettings, id="not-allowed"),
        pytest.param("ParameterNotFound", InvalidSettings, id="not-there"),
    ],
)
def test_what_keeps_it_from_us(aws: LocalAWS, code: str, error: type[Exception]) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise JsonRESTError(code, "no")

    with breaking(SimpleSystemManagerBackend, "get_parameter", refuse), pytest.raises(error, match=code):
        parameter_store.secret(NAME)
    assert parameter_store.secret(NAME) == "xoxb-old", "a failure is not kept"
