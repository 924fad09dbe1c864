"""A group whose members alone answer is refused where the app may not see who is in it."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from statemachine import session
from statemachine.deploy import responders, stack
from statemachine.deploy.stack import Stage
from statemachine.local.slack_methods import DEFAULT_SCOPES
from statemachine.local.slack_stand_in import SlackFault, SlackStandIn
from statemachine.session import WrongInput
from tests.deploy.common import FAKE


@pytest.fixture(autouse=True)
def aws(fresh: pytest.MonkeyPatch) -> Iterator[None]:
    for name, value in FAKE.items():
        fresh.setenv(name, value)
    with mock_aws():
        yield


def stage(slack: SlackStandIn, **settings: str) -> Stage:
    dev = stack.read_stage("dev")
    return replace(dev, settings={**dev.settings, "SLACK_API_URL": slack.url, **settings})


def put_secret(value: str) -> None:
    session.client("ssm").put_parameter(
        Name="/guardduty-notifier/dev/slack", Value=value, Type="SecureString"
    )


def without_the_scope(slack: SlackStandIn) -> None:
    slack.scopes = tuple(each for each in DEFAULT_SCOPES if each != responders.SCOPE)


def test_a_group_that_the_app_may_not_see_is_refused_in_one_line(slack: SlackStandIn) -> None:
    without_the_scope(slack)
    put_secret("xoxb-good")
    with pytest.raises(WrongInput, match=r"RESPONDERS names a user group.*usergroups:read") as refusal:
        responders.require_scope(stage(slack, RESPONDERS="S0614TZR7"))
    assert "\n" not in refusal.value.message


@pytest.mark.parametrize(
    ("settings", "secret"),
    [
        pytest.param({}, "xoxb-good", id="no-group"),
        pytest.param({"RESPONDERS": "S0614TZR7", "ANSWER_WITHIN": "off"}, "xoxb-good", id="off"),
        pytest.param({"RESPONDERS": "S0614TZR7"}, "https://hooks.slack.com/services/T0/B0/x", id="a-webhook"),
    ],
)
def test_where_no_group_matters_slack_is_not_asked(
    slack: SlackStandIn, settings: dict[str, str], secret: str
) -> None:
    without_the_scope(slack)
    put_secret(secret)
    responders.require_scope(stage(slack, **settings))
    assert slack.requests == []


def test_a_group_that_the_app_sees_is_good(slack: SlackStandIn, capsys: pytest.CaptureFixture[str]) -> None:
    slack.scopes = (*DEFAULT_SCOPES, responders.SCOPE)
    put_secret("xoxb-good")
    responders.require_scope(stage(slack, RESPONDERS="S0614TZR7"))
    assert (capsys.readouterr().out, len(slack.requests)) == ("", 1)


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        pytest.param(None, "there is no parameter /guardduty-notifier/dev/slack", id="no-secret-yet"),
        pytest.param(SlackFault(status=503), "HTTP 503", id="slack-is-down"),
        pytest.param(SlackFault(error="invalid_auth"), "invalid_auth", id="refused"),
    ],
)
def test_what_can_not_be_looked_at_is_said_and_stops_nothing(
    slack: SlackStandIn, capsys: pytest.CaptureFixture[str], fault: SlackFault | None, why: str
) -> None:
    if fault:
        put_secret("xoxb-good")
        slack.script(fault)
    responders.require_scope(stage(slack, RESPONDERS="S0614TZR7"))
    said = capsys.readouterr().out
    assert "was not looked at" in said
    assert why in said
    assert "doctor does" in said


@pytest.mark.parametrize(("word", "stops"), [("AccessDeniedException", False), ("InternalServerError", True)])
def test_who_deploys_need_not_read_the_secret(
    slack: SlackStandIn,
    fresh: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    word: str,
    stops: bool,
) -> None:
    def refused(_: Stage) -> None:
        raise ClientError({"Error": {"Code": word, "Message": "no"}}, "GetParameter")

    fresh.setattr(responders, "read_secret", refused)
    wanted = stage(slack, RESPONDERS="S0614TZR7")
    if stops:
        with pytest.raises(ClientError):
            responders.require_scope(wanted)
        return
    responders.require_scope(wanted)
    assert f"was not looked at ({word}): doctor does" in capsys.readouterr().out
