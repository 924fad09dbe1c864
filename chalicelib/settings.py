"""A stage's settings: ``environment_variables`` in ``.chalice/config.json``, read when they are needed."""

import os
from typing import Literal

from chalicelib.errors import InvalidSettings

Language = Literal["en", "ja"]


def _required(name: str) -> str:
    value = os.environ.get(name, "").strip()
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


def stage() -> str:
    """Name the stage: a part of every resource's name."""
    return _required("STAGE")


def slack_channel() -> str:
    """Channel id or name for findings that no route claims."""
    return _required("SLACK_CHANNEL")


def slack_secret_parameter() -> str:
    """Name of the SSM SecureString that holds the bot token or webhook URL."""
    return os.environ.get("SLACK_SECRET_PARAMETER", "").strip() or f"/guardduty-notifier/{stage()}/slack"


def slack_api_url() -> str:
    """Base of Slack's Web API."""
    return os.environ.get("SLACK_API_URL", "").strip() or "https://slack.com/api"


def slack_messages_per_second() -> float:
    """Our pace in one channel, messages a second: more than 0, at most 100."""
    text = os.environ.get("SLACK_MESSAGES_PER_SECOND", "").strip() or "1"
    try:
        pace = float(text)
    except ValueError:
        pace = 0.0
    if not 0 < pace <= 100:
        raise InvalidSettings("SLACK_MESSAGES_PER_SECOND must be a number above 0, at most 100")
    return pace


def message_language() -> Language:
    """Language of our own labels and sentences."""
    language = os.environ.get("MESSAGE_LANGUAGE", "").strip() or "en"
    match language:
        case "en" | "ja":
            return language
        case _:
            raise InvalidSettings("MESSAGE_LANGUAGE must be en or ja")


def tag_reader_role_name() -> str:
    """Role to assume in member accounts for live tags; empty: the own account only."""
    return os.environ.get("TAG_READER_ROLE_NAME", "").strip()


def access_portal_url() -> str:
    """IAM Identity Center's portal, through which console links open in the right account; empty: direct links."""
    url = os.environ.get("ACCESS_PORTAL_URL", "").strip()
    if url and not url.startswith("https://"):
        raise InvalidSettings("ACCESS_PORTAL_URL must begin with https://")
    return url


def suppressions_table() -> str:
    """Name of the suppression list's table."""
    return f"guardduty-notifier-{stage()}-suppressions"


def routes_table() -> str:
    """Name of the routes' table."""
    return f"guardduty-notifier-{stage()}-routes"


def notifications_table() -> str:
    """Name of the table of what is claimed and told, ours alone."""
    return f"guardduty-notifier-{stage()}-notifications"
