"""What the tests of messages share: a finding, its context, the three renderings, what they say and link."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from chalicelib.finding.model import Account, Actor, Detail, Finding, Form, Resource, Tag
from chalicelib.message.console_links import execution_link
from chalicelib.message.context import Links, MessageContext
from chalicelib.message.render import render, render_news, render_plain
from tests.bless import EXECUTION, NEWS, OU_PATH
from tests.slack_limits import blocks_of, texts

NIGHT = datetime(2026, 11, 20, 3, 14, tzinfo=UTC)


SSH = Finding(
    id="5ecd1f0a7b3e4c6d8f9a0b1c2d3e4f50",
    type="UnauthorizedAccess:EC2/SSHBruteForce",
    severity=8.0,
    account_id="111122223333",
    region="eu-west-1",
    title="SSH brute force attempts against i-0abc1234def567890.",
    description="198.51.100.7 is performing SSH brute force attacks against i-0abc1234def567890.",
    count=12,
    first_seen=datetime(2026, 11, 20, 1, 2, tzinfo=UTC),
    last_seen=NIGHT,
    resources=(
        Resource(
            kind="ec2_instance",
            ids=("i-0abc1234def567890",),
            name="web-1",
            account_id="111122223333",
            region="eu-west-1",
            tags=(
                Tag("aws:cloudformation:stack-name", "web"),
                Tag("Name", "web-1"),
                Tag("Owner", "team-web"),
            ),
            details=(Detail("instance_type", "m6i.large"), Detail("public_address", "203.0.113.5")),
        ),
    ),
    actors=(Actor(address="198.51.100.7", country="Norway", city="Oslo", organisation="Example Hosting"),),
    actor_ips=("198.51.100.7",),
    action=(Detail("direction", "INBOUND", Form.TEXT), Detail("local_port", "22 (SSH)")),
)


PLAIN = MessageContext(account=Account("web-prod", OU_PATH), links=Links(execution_link(EXECUTION)))


Rendering = Callable[[Finding, MessageContext], dict[str, Any]]


RENDERINGS: dict[str, Rendering] = {
    "blocks": render,
    "plain": render_plain,
    "news": lambda finding, context: render_news(finding, context, NEWS),
}


def said(payload: dict[str, Any]) -> str:
    return "\n".join(texts(payload))


def shown(payload: dict[str, Any]) -> str:
    return said({**payload, "text": "-"})


def urls(payload: dict[str, Any]) -> dict[str, str]:
    rows = [block["elements"] for block in blocks_of(payload) if block["type"] == "actions"]
    return {button["action_id"]: button["url"] for row in rows for button in row}
