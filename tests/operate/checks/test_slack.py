"""The checks of the Slack secret and of the channel."""

import json

import pytest

from statemachine.local.slack_methods import DEFAULT_SCOPES
from statemachine.local.slack_stand_in import SlackFault, SlackStandIn
from statemachine.operate.checks import Check
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


@pytest.mark.parametrize(
    ("fault", "hint"),
    [
        pytest.param(SlackFault(error="invalid_auth"), "put-parameter --overwrite", id="refused"),
        pytest.param(SlackFault(status=503), "Look again later", id="down"),
        pytest.param(SlackFault(reset=True), "Look again later", id="no-answer"),
        pytest.param(SlackFault(error="accesslimited"), "Correct what Slack says", id="forbidden"),
    ],
)
def test_a_new_secret_helps_only_where_slack_refuses_it(
    slack: SlackStandIn, fault: SlackFault, hint: str
) -> None:
    put_secret("xoxb-good")
    slack.script(fault)
    check = slack_checks.slack_secret(place(SLACK_API_URL=slack.url), "Slack secret")
    assert check.good is False
    assert check.hint.count(hint) == 1
    assert ("put-parameter" in check.hint) is (fault.error == "invalid_auth")


@pytest.mark.parametrize(
    ("fault", "hint"),
    [
        pytest.param(SlackFault(error="channel_not_found"), "Invite the app", id="unknown"),
        pytest.param(SlackFault(error="missing_scope"), "Correct what Slack says", id="scope"),
        pytest.param(SlackFault(error="token_revoked"), "put-parameter --overwrite", id="token"),
        pytest.param(SlackFault(status=503), "Look again later", id="down"),
    ],
)
def test_an_invitation_helps_only_where_slack_refuses_the_channel(
    slack: SlackStandIn, fault: SlackFault, hint: str
) -> None:
    put_secret("xoxb-good")
    slack.script(fault)
    wanted = place(SLACK_API_URL=slack.url, SLACK_CHANNEL="C0123456789")
    check = slack_checks.slack_channel(wanted, "Slack channel")
    assert check.good is False
    assert hint in check.hint


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


# --- what the app may read


def history(slack: SlackStandIn, channel: str = "C0123456789") -> Check:
    wanted = place(SLACK_API_URL=slack.url, SLACK_CHANNEL=channel)
    return slack_checks.slack_history(wanted, "Slack history")


@pytest.mark.parametrize(
    ("scopes", "channel", "good", "said"),
    [
        pytest.param((), "C0123456789", None, "may not read its channels", id="no-scope"),
        pytest.param(("channels:history",), "C0123456789", True, "may read #c0123456789", id="readable"),
        pytest.param(("groups:history",), "C0123456789", None, "is public", id="the-other-scope"),
        pytest.param(("channels:history",), "C0000000403", None, "is not in #c0000000403", id="outside"),
        pytest.param(("channels:history",), "C0000000404", None, "channel_not_found", id="unknown"),
        pytest.param(("channels:history",), "#security", None, "read public channels", id="a-name"),
        pytest.param((), "#security", None, "may not read its channels", id="a-name-without-scope"),
    ],
)
def test_whether_the_app_may_read_its_channel(
    slack: SlackStandIn, scopes: tuple[str, ...], channel: str, good: bool | None, said: str
) -> None:
    slack.unknown, slack.not_member = ["C0000000404"], ["C0000000403"]
    slack.scopes = (*DEFAULT_SCOPES, *scopes)
    put_secret("xoxb-good")
    check = history(slack, channel)
    assert check.good is good
    assert said in check.said
    if channel != "C0000000404":
        assert ("possibly repeated" in check.hint) == (good is None)
    assert {request.method for request in slack.requests} <= {"auth.test", "conversations.info"}


@pytest.mark.parametrize(
    ("scopes", "private", "good", "hint"),
    [
        pytest.param(["channels:history"], True, None, "the scope groups:history and", id="private"),
        pytest.param(["groups:history"], True, True, "", id="private-and-readable"),
        pytest.param(["groups:history"], False, None, "the scope channels:history and", id="public"),
        pytest.param([""], False, None, "channels:history (private channels: groups:history)", id="none"),
    ],
)
def test_each_sort_of_channel_has_its_scope(
    scopes: list[str], private: bool, good: bool | None, hint: str
) -> None:
    channel = {"name": "security", "is_private": private, "is_member": True}
    check = slack_checks.judge_history("Slack history", "C0123456789", scopes, channel)
    assert check.good is good
    assert hint in check.hint


def test_a_member_is_only_who_slack_says_is_one() -> None:
    check = slack_checks.judge_history(
        "Slack history", "C0123456789", ["channels:history"], {"name": "security"}
    )
    assert (check.good, check.said) == (None, "the app is not in #security")


def test_a_webhook_can_not_read(slack: SlackStandIn) -> None:
    put_secret("https://hooks.slack.com/services/T0/B0/x")
    check = history(slack)
    assert (check.good, check.said) == (None, "a webhook can't read")
    assert "It takes a bot token." in check.hint
    assert slack.requests == []


def test_what_can_not_be_looked_at_is_no_failure(slack: SlackStandIn) -> None:
    assert history(slack).said == "not looked at: the secret can't be used"
    put_secret("xoxb-good")
    slack.script(SlackFault(status=503), SlackFault(reset=True), SlackFault(error="invalid_auth"))
    for said in ("HTTP 503", "broke", "invalid_auth"):
        check = history(slack)
        assert (check.good, said in check.said) == (None, True)


# --- the form of a message


def message(slack: SlackStandIn, language: str = "en") -> Check:
    wanted = place(SLACK_API_URL=slack.url, MESSAGE_LANGUAGE=language)
    return slack_checks.slack_message(wanted, "Slack message")


@pytest.mark.parametrize("language", ["en", "ja"])
def test_slack_takes_a_message_and_nothing_is_posted(slack: SlackStandIn, language: str) -> None:
    put_secret("xoxb-good")
    assert message(slack, language).good is True
    [request] = slack.requests
    assert request.method == "blocks.validate"
    assert slack.messages == {}
    asked = json.loads(request.body["message"])
    assert sorted(asked) == ["attachments", "blocks"], "Slack refuses any other member"
    assert asked["blocks"]
    assert all(list(attachment) == ["blocks"] for attachment in asked["attachments"])


def test_a_form_that_slack_refuses_is_a_failure(slack: SlackStandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = {
        "blocks": [{"type": "divider"}, {"type": "wat"}],
        "attachments": [{"blocks": [{"type": "section"}]}],
    }
    monkeypatch.setattr(slack_checks, "_example", lambda _: wrong)
    put_secret("xoxb-good")
    check = message(slack)
    assert check.good is False
    assert "/blocks/1: not as expected; /attachments/0/blocks/0: not as expected" in check.said
    assert "posted, as plain text" in check.hint


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        pytest.param(SlackFault(error="unknown_method"), "says unknown_method", id="unknown-to-slack"),
        pytest.param(SlackFault(error="invalid_auth"), "says invalid_auth", id="token"),
        pytest.param(SlackFault(retry_after=9), "says ratelimited", id="too-fast"),
        pytest.param(SlackFault(status=503), "says HTTP 503", id="down"),
        pytest.param(SlackFault(reset=True), "not looked at", id="no-answer"),
    ],
)
def test_what_slack_does_not_judge_is_a_remark(slack: SlackStandIn, fault: SlackFault, said: str) -> None:
    put_secret("xoxb-good")
    slack.script(fault)
    check = message(slack)
    assert check.good is None
    assert said in check.said


@pytest.mark.parametrize("secret", ["https://hooks.slack.com/services/T0/B0/x", "nonsense"])
def test_without_a_token_no_message_is_judged(slack: SlackStandIn, secret: str) -> None:
    put_secret(secret)
    assert message(slack).good is None
    assert slack.requests == []


# --- who answers


@pytest.mark.parametrize(
    ("scopes", "group", "good", "said"),
    [
        pytest.param("chat:write,reactions:read,users:read", "", True, "of people", id="as-shipped"),
        pytest.param("chat:write, reactions:read", "", True, "whether bots gave them", id="bots-count"),
        pytest.param("chat:write", "", None, "may not see reactions", id="blind"),
        pytest.param("chat:write,reactions:read", "S0614TZR7", False, "user group", id="group-unseen"),
        pytest.param(
            "reactions:read,users:read,usergroups:read", "S0614TZR7", True, "in S0614TZR7", id="group-seen"
        ),
        pytest.param("", "S0614TZR7", None, "does not say", id="unknown"),
    ],
)
def test_whether_answers_are_seen(scopes: str, group: str, good: bool | None, said: str) -> None:
    check = slack_checks.judge_answers("Slack answers", scopes, group)
    assert check.good is good
    assert said in check.said
    if good is not True and scopes:
        assert "install it again" in check.hint


def answers(slack: SlackStandIn, **settings: str) -> Check:
    return slack_checks.slack_answers(place(SLACK_API_URL=slack.url, **settings), "Slack answers")


def test_the_scopes_are_those_that_slack_names(slack: SlackStandIn) -> None:
    put_secret("xoxb-good")
    slack.scopes = ("chat:write",)
    assert answers(slack).said == "the app may not see reactions"
    slack.scopes = ("chat:write", "reactions:read", "users:read")
    assert answers(slack).good is True


def test_where_nobody_is_asked_slack_is_not_asked_either(slack: SlackStandIn) -> None:
    put_secret("xoxb-good")
    assert answers(slack, ANSWER_WITHIN="off").said == "not looked at: ANSWER_WITHIN is off"
    assert slack.requests == []


def test_a_webhook_sees_no_answers(slack: SlackStandIn) -> None:
    put_secret("https://hooks.slack.com/services/T0/B0/x")
    check = answers(slack)
    assert (check.good, check.said) == (None, "a webhook sees no reactions")


def test_answers_that_can_not_be_looked_at_are_no_failure(slack: SlackStandIn) -> None:
    assert answers(slack).said == "not looked at: the secret can't be used"
    put_secret("xoxb-good")
    slack.script(SlackFault(status=503), SlackFault(error="invalid_auth"))
    for said in ("HTTP 503", "invalid_auth"):
        check = answers(slack)
        assert (check.good, said in check.said) == (None, True)
