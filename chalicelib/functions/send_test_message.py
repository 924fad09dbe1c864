"""A short hello into the channel: proof that token, channel and network are right."""

from typing import Any

from chalicelib import settings
from chalicelib.aws import parameter_store
from chalicelib.errors import (
    AWSUnavailable,
    InvalidSettings,
    SlackRejected,
    SlackUnanswered,
    SlackUnavailable,
)
from chalicelib.slack import api
from chalicelib.text import words

Answer = dict[str, Any]


def hello(stage: str, language: str) -> Answer:
    """Write the hello as chat.postMessage and a webhook take it; plain text, no mention, no link."""
    text = words.catalogue(language).HELLO["text"].format(stage=stage)
    return {"text": text, "unfurl_links": False, "unfurl_media": False}


def say_hello() -> Answer:
    """Post the hello to SLACK_CHANNEL and say what Slack answered.

    ``{"ok": true, "channel", "ts"}``, or ``{"ok": false, "error"}`` saying what to correct.
    """
    try:
        return _post()
    except (AWSUnavailable, InvalidSettings, SlackRejected, SlackUnanswered, SlackUnavailable) as error:
        return {"ok": False, "error": f"{type(error).__name__}: {error}"}


def _post() -> Answer:
    api_url, channel = settings.slack_api_url(), settings.slack_channel()
    # Anew: who tests has just put a secret there.
    value = parameter_store.secret(settings.slack_secret_parameter(), anew=True)
    payload = hello(settings.stage(), settings.message_language())
    posted = api.post(api.read_secret(value, api_url), api_url, channel, payload)
    if isinstance(posted, api.Throttled):
        return {"ok": False, "error": f"Slack wants no more messages for {posted.seconds} seconds."}
    return {"ok": True, "channel": posted.channel, "ts": posted.ts}
