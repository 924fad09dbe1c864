"""What actors, tags and signals read like."""

import json
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.finding.event import parse
from chalicelib.finding.model import Actor, Signal, Tag
from chalicelib.message.render import render
from tests.bless import EVENTS
from tests.message.common import NIGHT, PLAIN, SSH, said


def test_prose_is_no_code() -> None:
    actor = Actor("198.51.100.7", "443", "Norway", "Oslo", "Example *Hosting*", "Example ISP", "64500")
    message = said(render(replace(SSH, actors=(actor,)), PLAIN))
    assert "*Remote host*  Example ∗Hosting∗, Example ISP, AS64500\n" in message


def test_tags_that_say_whose_it_is_come_first() -> None:
    own = SSH.resources[0]
    tags = (
        Tag("Zone", "a"),
        Tag("Team", "web"),
        Tag("Owner", "team-web"),
        Tag("Name", "web-1"),
        Tag("aws:x", "y"),
    )
    message = said(render(replace(SSH, resources=(own._replace(tags=tags),)), PLAIN))
    assert "Owner: `team-web`." in message
    assert "*Tags*  `Team=web` · `Zone=a`\n" in message


def test_signals_stand_in_order_with_their_time() -> None:
    steps = (
        Signal("Trail deleted", first_seen=NIGHT),
        Signal("Data copied", "s3:GetObject", NIGHT, count=40),
    )
    message = said(render(replace(SSH, signals=steps), PLAIN))
    when = "<!date^1795144440^{date_short_pretty} {time}|2026-11-20 03:14 UTC>"
    later = "<!date^1795144440^{time}|03:14 UTC>"
    assert f"1. {when} · Trail deleted\n2. {later} · Data copied ×40 · s3:GetObject" in message


@pytest.mark.parametrize(
    ("members", "shown"),
    [
        pytest.param(
            {"accessKeyDetails": {"userName": "evil-admin", "userType": "FederatedUser"}},
            "evil-admin",
            id="federated",
        ),
        pytest.param(
            {
                "kubernetesDetails": {
                    "kubernetesUserDetails": {"username": "sso:jane", "sessionName": ["jane"]}
                }
            },
            "sso:jane",
            id="made-of-the-session",
        ),
    ],
)
def test_who_is_named_by_what_a_caller_chose_is_shown_by_it(members: dict[str, Any], shown: str) -> None:
    """Such a name satisfies no rule; a reader needs it all the same."""
    event = json.loads((EVENTS / "example.json").read_text())
    event["detail"]["resource"] = members
    message = said(render(parse(event), PLAIN))
    assert f"`{shown}`" in message
    assert "—" not in message
