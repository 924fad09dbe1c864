"""Lines of ours: notes, suppression, mentions."""

from dataclasses import replace

import pytest

from chalicelib.message.console_links import console_link
from chalicelib.message.context import Note, Suppressed
from chalicelib.message.render import render
from chalicelib.text.words import catalogue
from tests.bless import NOTES
from tests.message.common import NIGHT, PLAIN, RENDERINGS, SSH, Rendering, said, shown, urls
from tests.slack_limits import faults


@pytest.mark.parametrize("mention", ["<!here>", "<!channel>", "<@U012ABCDEF>", "<!subteam^S012ABCDEF>"])
@pytest.mark.parametrize("rendering", RENDERINGS.values(), ids=RENDERINGS)
def test_a_mention_notifies_and_is_seen(rendering: Rendering, mention: str) -> None:
    payload = rendering(SSH, replace(PLAIN, mention=mention))
    assert payload["text"].startswith(f"{mention} ")
    assert "blocks" not in payload or mention in shown(payload)
    assert faults(payload) == []


def test_a_mention_that_is_no_mention_is_shown_harmlessly() -> None:
    payload = render(SSH, replace(PLAIN, mention="<https://evil.example.com|look>"))
    assert payload["text"].startswith("&lt;https:")
    assert faults(payload) == []


def test_a_finding_of_a_sequence_says_so_and_links_it() -> None:
    arn = "arn:aws:guardduty:eu-west-1:111122223333:detector/d1/finding/5e1"
    payload = render(replace(SSH, sequence_arn=arn), PLAIN)
    assert catalogue("en").sentences["in_sequence"] in said(payload)
    assert urls(payload)["open_sequence"] == console_link(replace(SSH, id="5e1"))


@pytest.mark.parametrize("note", NOTES, ids=lambda note: note.key)
@pytest.mark.parametrize("rendering", RENDERINGS.values(), ids=RENDERINGS)
def test_every_note_is_posted(rendering: Rendering, note: Note) -> None:
    message = said(rendering(SSH, replace(PLAIN, notes=(note,))))
    beginning = catalogue("en").sentences[note.key].split("{")[0]
    assert beginning in message
    assert all(str(value) in message for value in note.values.values())


def test_possibly_repeated_stands_above_the_colour() -> None:
    top = render(SSH, replace(PLAIN, notes=(Note("possibly_repeated"),)))["blocks"]
    assert "Possibly repeated" in top[2]["text"]["text"]


def test_suppression_names_rule_and_time() -> None:
    payload = render(SSH, replace(PLAIN, suppressed=Suppressed(NIGHT, "our scanner", NIGHT)))
    when = "<!date^1795144440^{date_short_pretty} {time}|2026-11-20 03:14 UTC>"
    assert (
        payload["blocks"][2]["text"]["text"] == f"Suppressed since {when} by rule `our scanner` until {when}."
    )
