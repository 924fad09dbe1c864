"""Whether Slack takes what is posted."""

import json
import re
from collections.abc import Collection, Mapping
from typing import Any

from chalicelib.errors import InvalidSettings, SlackRejected, SlackUnanswered, SlackUnavailable
from chalicelib.finding.event import parse
from chalicelib.message.context import MessageContext
from chalicelib.message.render import render
from chalicelib.slack import api, reading
from chalicelib.slack.refusals import ChannelRefused, TokenRefused
from statemachine.deploy import responders
from statemachine.deploy.slack_secret import read_secret
from statemachine.deploy.stack import Stage
from statemachine.operate.checks import Check, StagePlace

_CHANNEL_ID = re.compile(r"[CG][A-Z0-9]{8,}")

_SCOPES = {"public": "channels:history", "private": "groups:history"}
"""What lets an app read each sort of channel that it is in."""
_LOOKS_FIRST = (
    "Optional. After a post that Slack did not answer, the notifier looks whether it stands there before"
    " repeating; without this the repetition is marked as possibly repeated."
)
_ANSWERS = (
    "Without it nobody's answer is seen, so nobody is reminded: findings that nobody has archived stay open until they"
    " are."
)

_EXAMPLE = {
    "id": "5ecd1f0a7b3e4c6d8f9a0b1c2d3e4f50",
    "accountId": "111122223333",
    "region": "eu-west-1",
    "type": "Backdoor:EC2/C&CActivity.B",
    "title": "The EC2 instance i-0a1b2c3d4e5f60718 is communicating with a known Command & Control server.",
    "severity": 8,
    "resource": {
        "resourceType": "Instance",
        "instanceDetails": {
            "instanceId": "i-0a1b2c3d4e5f60718",
            "instanceType": "m6i.large",
            "tags": [
                {"key": "Name", "value": "payments-api-1"},
                {"key": "Owner", "value": "jane@example.com"},
            ],
        },
    },
    "service": {
        "resourceRole": "ACTOR",
        "count": 12,
        "eventFirstSeen": "2026-11-20T08:04:10.000Z",
        "eventLastSeen": "2026-11-20T09:41:36.000Z",
        "action": {
            "actionType": "NETWORK_CONNECTION",
            "networkConnectionAction": {
                "connectionDirection": "OUTBOUND",
                "remoteIpDetails": {"ipAddressV4": "198.51.100.23"},
            },
        },
    },
}
"""A finding, for the message that Slack is asked about."""


def slack_secret(place: StagePlace, name: str) -> Check:
    """The secret is there, encrypted, and Slack takes it."""
    parameter = place.stage.secret_parameter
    try:
        secret = read_secret(place.stage)
        if isinstance(secret, api.Webhook):
            return Check(name, True, f"{parameter} is an incoming webhook; only a post can prove it")
        who = reading.auth_test(secret, place.stage.slack_api_url)
    except (InvalidSettings, SlackRejected, SlackUnavailable, SlackUnanswered) as error:
        return Check(name, False, str(error), _hint(error, place.stage))
    if "chat:write" not in who["scopes"].split(","):
        return Check(
            name, False, "the app may not post", "Give it the scope chat:write and install it again."
        )
    return Check(name, True, f"{who.get('user', '')} in {who.get('team', '')}")


def _hint(error: Exception, stage: Stage) -> str:
    """Say what to do about what Slack answered, or did not."""
    if isinstance(error, (SlackUnavailable, SlackUnanswered)):
        return "Look again later (https://slack-status.com), and whether this machine reaches Slack."
    if isinstance(error, ChannelRefused):
        return "Invite the app to the channel, or correct SLACK_CHANNEL."
    if isinstance(error, (InvalidSettings, TokenRefused)):
        put = (
            f"aws ssm put-parameter --overwrite --type SecureString --name {stage.secret_parameter} --value …"
        )
        return f"{put} (docs/deploying.md, step 2)"
    return "Correct what Slack says, then look again."


def slack_channel(place: StagePlace, name: str) -> Check:
    """The channel is there, open to the app, and not shared with another workspace."""
    wanted = place.stage.settings["SLACK_CHANNEL"]
    try:
        secret = read_secret(place.stage)
    except InvalidSettings:
        return Check(name, None, "not looked at: the secret can't be used")
    try:
        if isinstance(secret, api.Webhook):
            return Check(name, None, "a webhook posts into its own channel")
        if not _CHANNEL_ID.fullmatch(wanted):
            hint = f"Post to it: .venv/bin/chalice invoke -n send-test-message --stage {place.stage.name}"
            return Check(name, None, f"{wanted} is a name, and Slack looks up ids only", hint)
        channel = reading.conversation(secret, place.stage.slack_api_url, wanted)["channel"]
    except (SlackRejected, SlackUnavailable, SlackUnanswered) as error:
        return Check(name, False, str(error), _hint(error, place.stage))
    return judge_channel(name, channel)


def slack_history(place: StagePlace, name: str) -> Check:
    """Whether the app may read what stands in its channel. It is optional: what is missing is no failure."""
    wanted, url = place.stage.settings["SLACK_CHANNEL"], place.stage.slack_api_url
    try:
        secret = read_secret(place.stage)
        if isinstance(secret, api.Webhook):
            return Check(name, None, "a webhook can't read", f"{_LOOKS_FIRST} It takes a bot token.")
        scopes = [each.strip() for each in reading.auth_test(secret, url)["scopes"].split(",")]
        channel: Mapping[str, Any] | None = None
        if _CHANNEL_ID.fullmatch(wanted) and set(scopes) & set(_SCOPES.values()):
            channel = reading.conversation(secret, url, wanted)["channel"]
    except InvalidSettings:
        return Check(name, None, "not looked at: the secret can't be used")
    except (SlackRejected, SlackUnavailable, SlackUnanswered) as error:
        return Check(name, None, f"not looked at: {error}")
    return judge_history(name, wanted, scopes, channel)


def slack_answers(place: StagePlace, name: str) -> Check:
    """Whether the app sees who answers a finding."""
    stage = place.stage
    if not stage.answer_within:
        return Check(name, None, "not looked at: ANSWER_WITHIN is off")
    try:
        secret = read_secret(stage)
        if isinstance(secret, api.Webhook):
            return Check(name, None, "a webhook sees no reactions", f"{_ANSWERS} It takes a bot token.")
        scopes = reading.auth_test(secret, stage.slack_api_url)["scopes"]
    except InvalidSettings:
        return Check(name, None, "not looked at: the secret can't be used")
    except (SlackRejected, SlackUnavailable, SlackUnanswered) as error:
        return Check(name, None, f"not looked at: {error}")
    return judge_answers(name, scopes, stage.responders)


def judge_answers(name: str, scopes: str, group: str) -> Check:
    """Judge by the token's scopes, and by whether only a group's members answer."""
    given = {each.strip() for each in scopes.split(",")} - {""}
    if not given:
        return Check(name, None, "not looked at: Slack does not say what the token may")
    if group and responders.lacks_scope(scopes):
        return Check(name, False, responders.MISSING, responders.HINT)
    if "reactions:read" not in given:
        hint = f"{_ANSWERS} Give the app the scope reactions:read and install it again, or set ANSWER_WITHIN to off."
        return Check(name, None, "the app may not see reactions", hint)
    if "users:read" not in given:
        hint = "Where other apps react to messages: give the app the scope users:read, so that theirs do not count."
        return Check(name, True, "the app sees reactions, and not whether bots gave them", hint)
    return Check(name, True, f"the app sees reactions, {f'and who is in {group}' if group else 'of people'}")


def slack_message(place: StagePlace, name: str) -> Check:
    """Whether Slack finds a message well-formed; nothing is posted. What can't be asked is no failure.

    https://docs.slack.dev/reference/methods/blocks.validate
    """
    try:
        secret = read_secret(place.stage)
        if isinstance(secret, api.Webhook):
            return Check(name, None, "a webhook can't ask")
        language = place.stage.settings.get("MESSAGE_LANGUAGE", "en")
        wanted = {"message": json.dumps(_example(language))}
        answer = api.ask(secret, place.stage.slack_api_url, "blocks.validate", wanted)
    except InvalidSettings:
        return Check(name, None, "not looked at: the secret can't be used")
    except (SlackUnavailable, SlackUnanswered) as error:
        return Check(name, None, f"not looked at: {error}")
    return judge_message(name, answer)


def _example(language: str) -> dict[str, Any]:
    """Make a message's blocks: Slack judges those at the top and in attachments, and wants nothing else."""
    message = render(parse({"detail": _EXAMPLE}), MessageContext(language=language))
    attached = [{"blocks": attachment["blocks"]} for attachment in message.get("attachments", [])]
    return {"blocks": message["blocks"], "attachments": attached}


def judge_message(name: str, answer: api.SlackAnswer) -> Check:
    """Judge what blocks.validate says of a message."""
    if answer.ok:
        return Check(name, True, "Slack takes the form of an example message")
    errors = answer.fields.get("errors")
    if not errors or not isinstance(errors, list):
        said = answer.error or f"HTTP {answer.status}"
        return Check(name, None, f"not judged: blocks.validate says {said}")
    wrong = [each for each in errors if isinstance(each, dict)]
    said = "; ".join(f"{each.get('pointer', '')}: {each.get('message', '')}" for each in wrong[:3])
    hint = "Findings are still posted, as plain text. Upgrade, or report it with these words."
    return Check(name, False, f"Slack refuses the form of an example message: {said[:500]}", hint)


def judge_history(
    name: str, wanted: str, scopes: Collection[str], channel: Mapping[str, Any] | None
) -> Check:
    """Judge by the token's scopes and, where it could be looked up, by what conversations.info says."""
    readable = [kind for kind, scope in _SCOPES.items() if scope in scopes]
    if not readable:
        hint = (
            "Give the app channels:history (private channels: groups:history), install it again, invite it."
        )
        return Check(name, None, "the app may not read its channels", f"{_LOOKS_FIRST} {hint}")
    if channel is None:
        said = f"the app may read {' and '.join(readable)} channels that it is in"
        hint = f"Whether it is in {wanted}, and which sort that is, can't be looked up by a name: invite it."
        return Check(name, None, said, f"{_LOOKS_FIRST} {hint}")
    called, kind = f"#{channel.get('name', '')}", "private" if channel.get("is_private") else "public"
    if kind not in readable:
        hint = f"Give the app the scope {_SCOPES[kind]} and install it again."
        return Check(name, None, f"{called} is {kind}: the app may not read it", f"{_LOOKS_FIRST} {hint}")
    if channel.get("is_member") is not True:
        return Check(
            name, None, f"the app is not in {called}", f"{_LOOKS_FIRST} Invite it: /invite in {called}."
        )
    return Check(name, True, f"the app may read {called}")


def judge_channel(name: str, channel: Mapping[str, Any]) -> Check:
    """Judge what conversations.info says of a channel."""
    called = f"#{channel.get('name', '')}"
    if channel.get("is_archived"):
        return Check(name, False, f"{called} is archived", "Unarchive it, or correct SLACK_CHANNEL.")
    if channel.get("is_ext_shared") or channel.get("is_pending_ext_shared"):
        hint = "Use a channel of your own workspace: everybody in this one reads the findings."
        return Check(name, False, f"{called} is shared with another workspace", hint)
    if channel.get("is_member") is False:
        return Check(name, False, f"the app is not in {called}", f"Invite it: /invite in {called}.")
    return Check(name, True, called)
