"""What stands under the colour: the field list and GuardDuty's own words."""

from dataclasses import replace
from datetime import datetime

import pytest

from chalicelib.finding.model import Detail
from chalicelib.message.render import render
from tests.message.common import NIGHT, PLAIN, SSH, said


def test_the_field_list_keeps_its_order() -> None:
    message = said({"text": "-", "blocks": render(SSH, PLAIN)["attachments"][0]["blocks"]})
    labels = ("Finding type", "Count", "First seen", "Last seen", "Resource", "Actor", "Action", "Tags", "OU")
    places = [message.index(f"*{label}*") for label in labels]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("first", "last", "fields", "alone"),
    [
        pytest.param(NIGHT, NIGHT, 4, "", id="all"),
        pytest.param(None, NIGHT, 2, "*Last seen* <!date", id="one-time-only"),
        pytest.param(None, None, 2, "", id="no-times"),
    ],
)
def test_the_grid_has_no_holes(
    first: datetime | None, last: datetime | None, fields: int, alone: str
) -> None:
    shown = render(replace(SSH, first_seen=first, last_seen=last), PLAIN)["attachments"][0]["blocks"]
    assert len(shown[0]["fields"]) == fields
    assert shown[1]["text"]["text"].startswith(alone or "*Resource*")


@pytest.mark.parametrize(
    ("title", "description", "posted"),
    [
        pytest.param("Port scan by i-1.", "Port  scan by `i-1`", "", id="the-same-in-other-dress"),
        pytest.param("Port scan by i-1.", "i-1 scans ports.", "i-1 scans ports.", id="another-sentence"),
        pytest.param("A " + "long " * 40, "A " + "long " * 40, "A " + "long " * 39 + "long", id="cut-above"),
        pytest.param("Port scan", "", "", id="none"),
    ],
)
def test_the_description_is_posted_before_the_details_unless_it_is_the_title(
    title: str, description: str, posted: str
) -> None:
    finding = replace(SSH, title=title, description=description, details=(Detail("tool", "x"),))
    shown = render(finding, PLAIN)["attachments"][0]["blocks"]
    quoted = [block["text"]["text"] for block in shown if block.get("text", {}).get("type") == "plain_text"]
    assert quoted == ([posted] if posted else [])
    assert shown[-1]["text"]["text"].startswith("*Details*")


def test_a_title_that_the_header_cuts_is_said_in_full_below() -> None:
    title = "A potential credential compromise " + "of a role with a long name " * 6
    payload = render(replace(SSH, title=title), PLAIN)
    assert payload["blocks"][0]["text"]["text"].endswith("…")
    assert title.strip() in said(payload)
