"""A short hello into the channel: proof that token, channel and network are right."""

from typing import Any

from chalicelib import settings
from chalicelib.errors import (
    AWSUnavailable,
    InvalidSettings,
    SlackRejected,
    SlackUnanswered,
    SlackUnavailable,
)
from chalicelib.notify import outbox
from chalicelib.slack.api import Throttled
from chalicelib.slack.post import Door, Letter
from chalicelib.text import words


def hello(stage: str, language: str) -> dict[str, Any]:
    """Write the hello as chat.postMessage and a webhook take it; plain text, no mention, no link."""
    text = words.catalogue(language).hello["text"].format(stage=stage)
    return {"text": text, "unfurl_links": False, "unfurl_media": False}


def say_hello() -> dict[str, Any]:
    """Post the hello to SLACK_CHANNEL and say what Slack answered.

    ``{"ok": true, "channel", "ts"}``, or ``{"ok": false, "error"}`` saying what to correct.
    """
    try:
        return _post()
    except (AWSUnavailable, InvalidSettings, SlackRejected, SlackUnanswered, SlackUnavailable) as error:
        return {"ok": False, "error": f"{type(error).__name__}: {error}"}


def _post() -> dict[str, Any]:
    # Anew: who tests has just put a secret there. What Slack refuses is said and not got around.
    door = Door(settings.slack_api_url(), outbox.slack_secret(anew=True))
    payload = hello(settings.stage(), settings.message_language())
    posted = door.post(Letter(settings.slack_channel(), payload))
    if isinstance(posted, Throttled):
        return {"ok": False, "error": f"Slack wants no more messages for {posted.seconds} seconds."}
    return {"ok": True, "channel": posted.channel, "ts": posted.ts}
