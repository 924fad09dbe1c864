"""A stage's settings: ``environment_variables`` in ``.chalice/config.json``, read when they are needed."""

import os
import re
from collections.abc import Callable, Mapping

from chalicelib.errors import InvalidSettings
from chalicelib.text import durations

LANGUAGES = ("en", "ja")
"""The keys of ``text.words.CATALOGUES``: settings stand below all that is said, and import nothing of it."""

Environment = Mapping[str, str]
"""Names and texts: the function's own environment, or that of a stage which is to be deployed."""


def _text(environment: Environment, name: str) -> str:
    return environment.get(name, "").strip()


def _required(environment: Environment, name: str) -> str:
    value = _text(environment, name)
    if not value:
        raise InvalidSettings(
            f"{name} is not set: add it to the stage's environment_variables in .chalice/config.json"
        )
    return value


def runs_in_lambda() -> bool:
    """Whether what is printed becomes CloudWatch's log, and its metrics.

    https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
    """
    return "AWS_LAMBDA_FUNCTION_NAME" in os.environ


def stage(environment: Environment = os.environ) -> str:
    """Name the stage: a part of every resource's name."""
    return _required(environment, "STAGE")


def slack_channel(environment: Environment = os.environ) -> str:
    """Channel id or name for findings that no route claims."""
    return _required(environment, "SLACK_CHANNEL")


def slack_secret_parameter(environment: Environment = os.environ) -> str:
    """Name of the SSM SecureString that holds the bot token or webhook URL."""
    parameter = _text(environment, "SLACK_SECRET_PARAMETER")
    if parameter and not parameter.startswith("/guardduty-notifier/"):
        raise InvalidSettings(
            "SLACK_SECRET_PARAMETER must begin with /guardduty-notifier/: the functions may read no other"
        )
    return parameter or f"/guardduty-notifier/{stage(environment)}/slack"


def slack_api_url(environment: Environment = os.environ) -> str:
    """Base of Slack's Web API."""
    return _text(environment, "SLACK_API_URL") or "https://slack.com/api"


def slack_messages_per_second(environment: Environment = os.environ) -> float:
    """Our pace in one channel, messages a second: more than 0, at most 100."""
    text = _text(environment, "SLACK_MESSAGES_PER_SECOND") or "1"
    try:
        pace = float(text)
    except ValueError:
        pace = 0.0
    if not 0 < pace <= 100:
        raise InvalidSettings("SLACK_MESSAGES_PER_SECOND must be a number above 0, at most 100")
    return pace


def message_language(environment: Environment = os.environ) -> str:
    """Language of our own labels and sentences."""
    language = _text(environment, "MESSAGE_LANGUAGE") or "en"
    if language not in LANGUAGES:
        raise InvalidSettings(f"MESSAGE_LANGUAGE must be {' or '.join(LANGUAGES)}")
    return language


def tag_reader_role_name(environment: Environment = os.environ) -> str:
    """Role to assume in member accounts for live tags; empty: the own account only."""
    return _text(environment, "TAG_READER_ROLE_NAME")


def access_portal_url(environment: Environment = os.environ) -> str:
    """IAM Identity Center's portal, through which console links open in the right account; empty: direct links."""
    url = _text(environment, "ACCESS_PORTAL_URL")
    if url and not url.startswith("https://"):
        raise InvalidSettings("ACCESS_PORTAL_URL must begin with https://")
    return url


_RUNBOOK = r"https://[A-Za-z0-9.-]+(?::\d{1,5})?(?:[/?#](?:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]|\{type\})*)?"
_LONGEST_RUNBOOK = 500


def runbook_url(environment: Environment = os.environ) -> str:
    """The team's page on what to do, of a finding for which no route has one; ``{type}`` in it is the finding's."""
    url = _text(environment, "RUNBOOK_URL")
    if url and (len(url) > _LONGEST_RUNBOOK or not re.fullmatch(_RUNBOOK, url)):
        raise InvalidSettings(
            f"RUNBOOK_URL must be an https:// address of at most {_LONGEST_RUNBOOK} characters, in ASCII and without"
            " spaces; its only braces are {type}, behind the host"
        )
    return url


ANSWER_WITHIN = "critical=15m high=24h"
"""AWS Config's own limit for a High finding is a day.

https://docs.aws.amazon.com/config/latest/developerguide/guardduty-non-archived-findings.html
"""
OFF = "off"
_ANSWERED_BANDS = ("critical", "high", "medium", "low")
_GROUP = r"S[A-Z0-9]{2,20}"


def answer_within(environment: Environment = os.environ) -> Mapping[str, int]:
    """Within how many seconds somebody is to answer, by the band of severity (``high``); empty: never (``off``)."""
    written = _text(environment, "ANSWER_WITHIN") or ANSWER_WITHIN
    if written == OFF:
        return {}
    found: dict[str, int] = {}
    for part in written.split():
        band, _, span = part.partition("=")
        if band in found or band not in _ANSWERED_BANDS or not durations.seconds(span):
            raise InvalidSettings(
                f"ANSWER_WITHIN: {part[:40]!r} can't be read. It is {OFF}, or like {ANSWER_WITHIN!r}: each of"
                f" {', '.join(_ANSWERED_BANDS)} once at most, and a time such as {durations.EXAMPLES}"
            )
        found[band] = durations.seconds(span)
    return found


def responders(environment: Environment = os.environ) -> str:
    """Id of the Slack user group whose members alone answer; empty: whoever sees the message."""
    group = _text(environment, "RESPONDERS")
    if group and not re.fullmatch(_GROUP, group):
        raise InvalidSettings("RESPONDERS must be the id of a Slack user group, such as S0614TZR7")
    return group


FOLD_AFTER = "90"
"""60 findings at once, as many as GuardDuty's samples make, stay messages of their own; so does the first minute and a
half of any storm."""
_LONGEST_FOLD_AFTER = 3600


def fold_after(environment: Environment = os.environ) -> int:
    """After how many seconds in its channel's queue a finding goes into the minute's digest; 0: never (``off``)."""
    written = _text(environment, "FOLD_AFTER") or FOLD_AFTER
    if written == OFF:
        return 0
    if not re.fullmatch(r"[0-9]{1,4}", written, re.ASCII) or not 1 <= int(written) <= _LONGEST_FOLD_AFTER:
        raise InvalidSettings(
            f"FOLD_AFTER must be {OFF}, or seconds: a whole number from 1 to {_LONGEST_FOLD_AFTER}"
        )
    return int(written)


def suppressions_table() -> str:
    """Name of the suppression list's table."""
    return f"guardduty-notifier-{stage()}-suppressions"


def routes_table() -> str:
    """Name of the routes' table."""
    return f"guardduty-notifier-{stage()}-routes"


def notifications_table() -> str:
    """Name of the table of what is claimed and posted, ours alone."""
    return f"guardduty-notifier-{stage()}-notifications"


READERS: tuple[Callable[[Environment], object], ...] = (
    stage,
    slack_channel,
    slack_secret_parameter,
    slack_api_url,
    slack_messages_per_second,
    message_language,
    tag_reader_role_name,
    access_portal_url,
    runbook_url,
    answer_within,
    responders,
    fold_after,
)
"""One for each environment variable: who deploys a stage reads all of them before anything is made."""
