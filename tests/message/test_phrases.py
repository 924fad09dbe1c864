"""What actors, tags and signals read like."""

import json
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.finding.event import parse
from chalicelib.finding.model import Actor, Signal
from chalicelib.message.render import render
from tests.bless import EVENTS
from tests.message.common import NIGHT, PLAIN, SSH, said


def test_prose_is_no_code() -> None:
    actor = Actor("198.51.100.7", "443", "Norway", "Oslo", "Example *Hosting*", "Example ISP", "64500")
    message = said(render(replace(SSH, actors=(actor,)), PLAIN))
    assert (
        "`198.51.100.7:443` · Oslo, Norway · Organisation: Example ∗Hosting∗ · ISP: Example ISP · AS number: 64500"
        in message
    )


def test_tags_that_say_whose_it_is_come_first() -> None:
    assert "*Tags* `Owner=team-web`  `Name=web-1`  `aws:cloudformation:stack-name=web`" in said(
        render(SSH, PLAIN)
    )


def test_signals_stand_in_order_with_their_time() -> None:
    steps = (
        Signal("Trail deleted", first_seen=NIGHT),
        Signal("Data copied", "s3:GetObject", NIGHT, count=40),
    )
    message = said(render(replace(SSH, signals=steps), PLAIN))
    when = "<!date^1795144440^{date_short_pretty} {time}|2026-11-20 03:14 UTC>"
    assert f"1. {when} · Trail deleted\n2. {when} · Data copied ×40 · s3:GetObject" in message


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
