"""A message's mark is read from Slack as it was written, and from nothing else."""

from typing import Any

import pytest

from chalicelib.message import pointer
from chalicelib.message.mark import Mark, MarkKind, finding_hash, marked, read

MARK = Mark(MarkKind.FINDING, finding_hash("f" * 32), "2026-11-20T10:05:00.000Z", 8.0, 14)
PAYLOAD = {"text": "High", "blocks": [{"type": "header"}, {"type": "section"}]}


@pytest.mark.parametrize("kind", MarkKind)
@pytest.mark.parametrize(("severity", "count"), [(8.0, 1), (0.0, 0), (10.0, 10**12), (8.95, 3)])
def test_the_first_block_carries_it(kind: MarkKind, severity: float, count: int) -> None:
    mark = Mark(kind, MARK.finding, MARK.update, severity, count)
    payload = marked(PAYLOAD, mark)
    assert read({"ts": "1.0", **payload}) == mark
    assert [each.get("block_id") for each in payload["blocks"]] == [mark.text, None]
    assert len(mark.text) <= 255
    assert "block_id" not in PAYLOAD["blocks"][0]


def test_a_message_without_blocks_has_a_line_of_it() -> None:
    payload = marked({"text": "*High*"}, MARK)
    assert payload["text"].splitlines()[0] == "*High*"
    assert read({"bot_id": "B1", **payload}) == MARK
    assert read({"bot_id": "B1", "text": payload["text"] + "\nhidden since today"}) == MARK


def test_a_person_cannot_write_one() -> None:
    assert read({"user": "U1", "text": f"`{MARK.text}`"}) is None


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"text": None, "blocks": None},
        {"blocks": []},
        {"blocks": ["text"]},
        {"blocks": [{"type": "header", "block_id": 7}]},
        {"blocks": [{"type": "header", "block_id": "xYz1"}]},
        {"blocks": [{"type": "section"}, {"type": "header", "block_id": MARK.text}]},
        {"blocks": [{"type": "header", "block_id": MARK.text.replace("finding", "invoice")}]},
        {"blocks": [{"type": "header", "block_id": MARK.text + "/x"}]},
        {"bot_id": "B1", "text": f"see {MARK.text}"},
    ],
)
def test_what_is_no_mark_of_ours(message: dict[str, Any]) -> None:
    assert read(message) is None


def test_two_findings_are_never_one() -> None:
    keys = ["a", "b", "test#a#b", "", "\ud800"]
    assert len(set(map(finding_hash, keys))) == len(keys)


@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_pointer_leads_to_the_message_and_is_no_finding(language: str) -> None:
    payload = pointer.render("https://slack.com/archives/C1/p1", MARK, language)
    found = read(payload)
    assert found is not None
    assert found.kind is MarkKind.POINTER
    assert "<https://slack.com/archives/C1/p1|" in payload["text"]
