"""Slack's door with our secret and our channels' clocks."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from functools import partial

from botocore.exceptions import ClientError

from chalicelib import clock, settings
from chalicelib.aws import parameter_store
from chalicelib.errors import AWSUnavailable, InvalidSettings, SlackUnavailable
from chalicelib.ledger import clocks
from chalicelib.slack.api import Payload, Throttled
from chalicelib.slack.post import Door, Letter
from chalicelib.slack.secret import Secret, read_secret


def slack_secret(*, anew: bool = False) -> Secret:
    """Read the bot token or webhook URL; one that is neither is read anew once, as it may be corrected by now."""
    value = parameter_store.secret(settings.slack_secret_parameter(), anew=anew)
    try:
        return read_secret(value, settings.slack_api_url())
    except InvalidSettings:
        if anew:
            raise
        return slack_secret(anew=True)


def door(secret: Secret, until: datetime | None = None) -> Door:
    """Open Slack's door: a refused secret is read anew, and a channel that wants no more is closed for everybody."""
    return Door(settings.slack_api_url(), secret, partial(slack_secret, anew=True), _close, until)


def post(payload: Payload, plain: Callable[[], Payload] | None = None) -> None:
    """Post to SLACK_CHANNEL, or raise as the door does; SlackUnavailable too where Slack wants no more."""
    posted = door(slack_secret()).post(Letter(settings.slack_channel(), payload, plain))
    if isinstance(posted, Throttled):
        raise SlackUnavailable(f"Slack wants no message for {posted.seconds} seconds")


def _close(queue: str, seconds: int) -> None:
    # Where the table can't be reached, the one whom Slack refused waits alone.
    with suppress(AWSUnavailable, ClientError):
        clocks.close(queue, seconds, clock.milliseconds())
