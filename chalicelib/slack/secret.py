"""Who may see the Slack secret: what it is, and the only addresses that it goes to."""

import ipaddress
import re
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from chalicelib.errors import InvalidSettings


@dataclass(frozen=True)
class Token:
    """A bot token. Its representation does not show it."""

    value: str = field(repr=False)


@dataclass(frozen=True)
class Webhook:
    """An incoming webhook, bound to one channel. Its URL is a secret, which its representation hides."""

    url: str = field(repr=False)


Secret = Token | Webhook


def api_base(url: str) -> str:
    """Check SLACK_API_URL and return it without a closing slash.

    Good are https on slack.com or slack-gov.com, and http or https on a loopback address.
    Raises InvalidSettings for anything else: the token goes there.
    """
    parts = _parts(url)
    if parts is None or not (_is_slack(parts, "slack.com", "slack-gov.com") or _is_loopback(parts)):
        raise InvalidSettings(
            "SLACK_API_URL must be https://slack.com/api, https://slack-gov.com/api or a loopback address"
        )
    return parts.geturl().rstrip("/")


def read_secret(value: str, api_url: str) -> Secret:
    """Know a bot token from an incoming webhook's URL; spaces and newlines around it don't matter.

    Where `api_url` is a loopback address, Slack's webhook is posted there too, under its own path:
    a local run never reaches the real Slack. Raises InvalidSettings, without the value, for anything else.
    """
    secret = value.strip()
    if re.fullmatch(r"(xoxe\.)?xoxb-[A-Za-z0-9-]+", secret):  # xoxe.: the kind that expires and is rotated
        return Token(secret)
    parts = _parts(secret)
    if parts is None or not _is_webhook(parts):
        raise InvalidSettings(
            "The Slack secret must be a bot token (xoxb-…) or the URL of an incoming webhook"
            " (https://hooks.slack.com/services/…): correct the parameter that SLACK_SECRET_PARAMETER names"
        )
    base = urlsplit(api_base(api_url))
    if _is_loopback(base) and not _is_loopback(parts):
        parts = parts._replace(scheme=base.scheme, netloc=base.netloc)
    return Webhook(parts.geturl())


def _parts(url: str) -> SplitResult | None:
    """Split a URL of plain characters; the rest (userinfo, query, backslash, …) is where parsers disagree."""
    if not re.fullmatch(r"[A-Za-z0-9:/.\-_~%\[\]]{1,2000}", url):
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
    return parts._replace(netloc=host if port is None else f"{host}:{port}")


def _is_slack(parts: SplitResult, *hosts: str) -> bool:
    return parts.scheme == "https" and parts.hostname in hosts and parts.port in (None, 443)


def _is_loopback(parts: SplitResult) -> bool:
    if parts.scheme not in ("http", "https"):
        return False
    try:
        return parts.hostname == "localhost" or ipaddress.ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return False


def _is_webhook(parts: SplitResult) -> bool:
    """Whether it takes messages: Workflow Builder's (/triggers/, /workflows/ on the same host) does not."""
    if _is_slack(parts, "hooks.slack.com", "hooks.slack-gov.com"):
        return len(parts.path) > 1 and not parts.path.startswith(("/triggers/", "/workflows/"))
    return _is_loopback(parts) and len(parts.path) > 1
