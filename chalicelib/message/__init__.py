"""What a finding becomes in Slack: blocks with a colour by severity, always within Slack's limits."""

from chalicelib.finding.model import Account
from chalicelib.message.links import console_link, execution_link
from chalicelib.message.render import render, render_news, render_plain
from chalicelib.message.telling import Links, Note, Suppressed, Telling

__all__ = [
    "Account",
    "Links",
    "Note",
    "Suppressed",
    "Telling",
    "console_link",
    "execution_link",
    "render",
    "render_news",
    "render_plain",
]
