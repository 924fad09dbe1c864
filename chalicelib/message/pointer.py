"""A pointer: what is left of a message that turned out to stand beside the finding's own."""

from typing import Any

from chalicelib.message import blocks
from chalicelib.message.mark import Mark, MarkKind, marked
from chalicelib.text import words


def render(permalink: str, mark: Mark, language: str) -> dict[str, Any]:
    """Make the payload that takes the message's place: ``permalink`` leads to the finding's own message."""
    said = words.sentence(
        "points_to", language, {"message": f"<{permalink}|{words.label('the_message', language)}>"}
    )
    payload = {"text": said, "blocks": [blocks.section(said)], "unfurl_links": False, "unfurl_media": False}
    return marked(payload, mark._replace(kind=MarkKind.POINTER))
