"""The mark of a message of ours: whose it is and what it shows, where no reader sees it.

It is the id of the message's first block, which Slack gives back as it was given, up to 255 characters
(https://docs.slack.dev/reference/block-kit/blocks). A message without blocks has it as a line of its text.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from hashlib import sha256
from typing import Any, NamedTuple


class MarkKind(StrEnum):
    """What a message is for."""

    FINDING = "finding"
    NEWS = "news"
    """Says what is new, in the thread or beside the message."""
    POINTER = "pointer"
    """Says only where the finding's message is."""
    REMINDER = "reminder"
    """Says that nobody has answered since an update; ``seen`` is then which deadline it is of."""
    POOL = "pool"
    """The same of several findings at once: the mark is that of whose reminder became it."""
    DIGEST = "digest"
    """Many findings of one minute in one message; ``seen`` is then how many."""
    FOLDED = "folded"
    """Names findings of a digest, in its thread; ``seen`` is then which reply it is."""


class Mark(NamedTuple):
    """Whose message it is, and what it shows of the finding."""

    kind: MarkKind
    finding: str
    """``finding_hash`` of the key of the finding's item."""
    update: str
    """The update, as the ledger writes it."""
    severity: float
    seen: int
    """How often the finding was seen."""

    @property
    def text(self) -> str:
        """Write it as a block's id."""
        return f"gdn/{self.kind}/{self.finding}/{self.update}/{self.severity:g}/{self.seen}"


_WRITTEN = re.compile(
    rf"gdn/({'|'.join(MarkKind)})/([0-9a-f]{{32}})/([0-9TZ:.-]{{20,40}})/([0-9]{{1,2}}(?:\.[0-9]{{1,6}})?)/([0-9]{{1,15}})"
)
_LINE = "`{}`"


def finding_hash(key: str) -> str:
    """Name a finding's item in a mark: a key may hold anything, and be long."""
    return sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def marked(payload: Mapping[str, Any], mark: Mark) -> dict[str, Any]:
    """Put the mark on a payload."""
    if payload.get("blocks"):
        first, *rest = payload["blocks"]
        return {**payload, "blocks": [{**first, "block_id": mark.text}, *rest]}
    return {**payload, "text": f"{payload.get('text', '')}\n{_LINE.format(mark.text)}"}


def read(message: Mapping[str, Any]) -> Mark | None:
    """Read the mark of a message as Slack's history shows it; None where it has none."""
    blocks = message.get("blocks")
    first = blocks[0] if isinstance(blocks, list) and blocks else None
    written = first.get("block_id") if isinstance(first, Mapping) else None
    if found := _WRITTEN.fullmatch(written) if isinstance(written, str) else None:
        return _mark(found)
    return _of_text(message)


def _of_text(message: Mapping[str, Any]) -> Mark | None:
    """A person may write such a line too, an app's message only the app."""
    text = message.get("text")
    if not isinstance(text, str) or not message.get("bot_id"):
        return None
    found = next(filter(None, map(_WRITTEN.fullmatch, (line.strip("`") for line in text.splitlines()))), None)
    return _mark(found) if found else None


def _mark(found: re.Match[str]) -> Mark:
    kind, finding, update, severity, seen = found.groups()
    return Mark(MarkKind(kind), finding, update, float(severity), int(seen))
