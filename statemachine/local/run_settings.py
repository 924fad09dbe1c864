"""What a run takes of the environment: the settings, and where it is to post."""

import os
from collections.abc import Iterator, Mapping
from contextlib import chdir, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import click

from chalicelib.errors import InvalidSettings
from chalicelib.settings import READERS, slack_api_url
from chalicelib.slack.secret import api_base, read_secret
from statemachine import json_file
from statemachine.deploy.stack import CONFIG, read_stage, template
from statemachine.local.slack_stand_in import SlackStandIn

_PROJECT = Path(__file__).parent.parent.parent

_MADE_UP_TOKEN = "xoxb-local-run"

_OF_THE_LOCAL_STAGE = {"STAGE", "SLACK_SECRET_PARAMETER"}
"""The settings that a run does not take from the environment, which may be that of the user's own stage."""


_READERS = {
    reader.__name__.upper(): reader
    for reader in READERS
    if reader.__name__.upper() not in _OF_THE_LOCAL_STAGE
}


@contextmanager
def settings_and_slack() -> Iterator[tuple[dict[str, str], SlackStandIn | None]]:
    """The run's settings: those of the environment, and Slack where it is to post; our stand-in, if it is that."""
    given = {name: os.environ.get(name, "").strip() for name in _READERS}
    settings = {"SLACK_CHANNEL": "#security", "SLACK_SECRET_PARAMETER": ""} | {
        name: value for name, value in given.items() if value
    }
    faults = list(_faults(settings))
    if faults:
        raise _refusal("; ".join(faults))
    if os.environ.get("SLACK_TOKEN") or _is_loopback(settings.get("SLACK_API_URL", "")):
        yield settings, None
        return
    with SlackStandIn() as slack:
        yield settings | {"SLACK_API_URL": slack.url}, slack


def severity_of_dev() -> float:
    """The lowest severity for which the stage dev of this folder starts anything; raises WrongInput.

    Where there is no such stage, it is what a stage has that says nothing.
    """
    with chdir(_PROJECT):
        if "dev" in json_file.read(str(CONFIG))["stages"]:
            return float(read_stage("dev").parameters["MinSeverity"])
    return float(template()["Parameters"]["MinSeverity"]["Default"])


def secret(settings: Mapping[str, str]) -> str:
    """The bot token or webhook URL of the environment, or one of no Slack."""
    value = os.environ.get("SLACK_TOKEN") or _MADE_UP_TOKEN
    try:
        read_secret(value, slack_api_url(settings))
    except InvalidSettings as error:
        raise _refusal(
            "SLACK_TOKEN must be a bot token (xoxb-…) or the URL of an incoming webhook"
            " (https://hooks.slack.com/services/…)"
        ) from error
    return value


def _faults(settings: Mapping[str, str]) -> Iterator[str]:
    """Say what the functions would refuse, by the readers that they use."""
    for read in (*_READERS.values(), _api_base):
        try:
            read(settings)
        except InvalidSettings as error:
            yield str(error)


def _refusal(faults: str) -> click.UsageError:
    return click.UsageError(f"{faults}. Correct this in the environment, or unset it")


def _api_base(settings: Mapping[str, str]) -> str:
    return api_base(slack_api_url(settings))


def _is_loopback(api_url: str) -> bool:
    return bool(api_url) and not (urlsplit(api_base(api_url)).hostname or "").endswith(
        ("slack.com", "slack-gov.com")
    )
