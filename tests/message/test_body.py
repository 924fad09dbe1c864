"""What stands under the colour: what a responder acts on, and GuardDuty's own words where they say more."""

from dataclasses import replace

import pytest

from chalicelib.finding.model import Detail, Process, Tag
from chalicelib.message.body import MOST_LINES
from chalicelib.message.render import render
from tests.message.common import PLAIN, SSH, said

TRAILER = "<https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_finding-types-ec2.html"


def below(**change: object) -> list[str]:
    """The lines under the colour of a message."""
    attached = render(replace(SSH, **change), PLAIN)["attachments"][0]["blocks"]  # type: ignore[arg-type]
    return said({"text": "-", "blocks": attached}).splitlines()[1:]


def test_what_a_responder_acts_on_stands_in_the_order_of_its_importance() -> None:
    threat = (Detail("threat_name", "ExampleBot"), Detail("threat_list", "Example list"))
    tags = (Tag("Owner", "team-web"), Tag("Team", "web"))
    shown = below(
        details=threat,
        processes=(Process("sshd", "/usr/sbin/sshd"),),
        resources=(SSH.resources[0]._replace(tags=tags),),
    )
    labels = [line.split("*")[1] for line in shown if line.startswith("*")]
    assert labels == ["Connection", "Remote host", "Threat", "Process", "EC2 instance", "Tags"]
    assert shown[-1].startswith(TRAILER)


def test_nobody_reads_twenty_lines() -> None:
    many = tuple(Detail("unusual", f"{number}") for number in range(3))
    kinds = tuple(replace_kind(number) for number in range(20))
    shown = below(resources=kinds, details=many)
    assert len([line for line in shown if line.startswith("*")]) == MOST_LINES
    assert "more in GuardDuty" in shown[-1]


def replace_kind(number: int) -> object:
    return SSH.resources[0]._replace(kind=f"thing_{number}", ids=(f"t-{number}",), name="")


@pytest.mark.parametrize(
    ("title", "description", "posted"),
    [
        pytest.param("Port scan by i-1.", "Port  scan by `i-1`", [], id="the-same-in-other-dress"),
        pytest.param("Port scan.", "Ports were scanned.", [], id="nothing-that-stands-nowhere-else"),
        pytest.param(
            "Port scan.", "i-22 scans 203.0.113.99.", ["i-22 scans 203.0.113.99."], id="an-address-more"
        ),
        pytest.param(
            "Port scan.", "Because:\n- new\n\n- rare", ["Because:\n- new\n- rare"], id="lines-stay-lines"
        ),
        pytest.param("Port scan", "", [], id="none"),
    ],
)
def test_guardduty_s_description_is_quoted_where_it_says_more(
    title: str, description: str, posted: list[str]
) -> None:
    finding = replace(SSH, title=title, description=description)
    shown = render(finding, PLAIN)["attachments"][0]["blocks"]
    assert [block["text"]["text"] for block in shown if block["text"]["type"] == "plain_text"] == posted


def test_a_title_that_the_header_cuts_is_said_in_full_below() -> None:
    title = "A potential credential compromise " + "of a role with a long name " * 6
    payload = render(replace(SSH, title=title), PLAIN)
    assert payload["blocks"][0]["text"]["text"].endswith("…")
    assert title.strip() in said(payload)


def test_japanese_says_guardduty_s_title_once_below_our_own_phrase() -> None:
    payload = render(SSH, replace(PLAIN, language="ja"))
    assert SSH.title not in payload["blocks"][0]["text"]["text"]
    assert said(payload).count(SSH.title) == 1
