"""A message's payload as it lies in its finding's item: compressed, as text."""

import base64
import json
import zlib
from collections.abc import Mapping
from typing import Any

_LARGEST = 100_000
"""Characters: an item may have 400 kB. A message of Slack's takes some 5,000; nothing larger is kept."""


def pack(payload: Mapping[str, Any]) -> str:
    """Write a payload; empty where it is too large to be kept."""
    packed = base64.b64encode(zlib.compress(json.dumps(payload, separators=(",", ":")).encode())).decode()
    return packed if len(packed) <= _LARGEST else ""


def unpack(text: str) -> dict[str, Any] | None:
    """Read a payload; None where none was kept, or it can't be read."""
    try:
        read = json.loads(zlib.decompress(base64.b64decode(text, validate=True)))
    except (ValueError, zlib.error):
        return None
    return read if isinstance(read, dict) else None
