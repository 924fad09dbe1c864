"""What a run takes of the environment: the settings, and where it is to post."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import click

from chalicelib.errors import InvalidSettings
from chalicelib.settings import READERS
from chalicelib.slack.secret import api_base, read_secret
from statemachine.local.slack_stand_in import SlackStandIn

_MADE_UP_TOKEN = "xoxb-local-run"

_OF_THE_LOCAL_STAGE = {"STAGE", "SLACK_SECRET_PARAMETER"}
"""The settings that a run does not take from the environment, which may be that of the user's own stage."""


@contextmanager
def settings_and_slack() -> Iterator[dict[str, str]]:
    """The run's settings: those of the environment, and Slack where it is to post."""
    names = {reader.__name__.upper() for reader in READERS} - _OF_THE_LOCAL_STAGE
    settings = {"SLACK_CHANNEL": "#security", "SLACK_SECRET_PARAMETER": ""} | {
        name: os.environ[name] for name in names if os.environ.get(name)
    }
    try:
        elsewhere = bool(os.environ.get("SLACK_TOKEN")) or _is_loopback(settings.get("SLACK_API_URL", ""))
    except InvalidSettings as error:
        raise click.UsageError(str(error)) from error
    if elsewhere:
        yield settings
        return
    with SlackStandIn() as slack:
        yield settings | {"SLACK_API_URL": slack.url}


def secret() -> str:
    """The bot token or webhook URL of the environment, or one of no Slack."""
    value = os.environ.get("SLACK_TOKEN") or _MADE_UP_TOKEN
    try:
        read_secret(value, os.environ.get("SLACK_API_URL") or "https://slack.com/api")
    except InvalidSettings as error:
        raise click.UsageError(f"SLACK_TOKEN: {error}") from error
    return value


def _is_loopback(api_url: str) -> bool:
    return bool(api_url) and not (urlsplit(api_base(api_url)).hostname or "").endswith(
        ("slack.com", "slack-gov.com")
    )
