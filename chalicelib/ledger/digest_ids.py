"""How a digest is named: by its minute and its channel; in its item's key, and in the ``fold`` of its findings."""

import re
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Protocol

MINUTE = timedelta(minutes=1)

SHARDS = 8
"""Hash keys of the index for one digest: one key takes a thousand writes a second."""

_ID = re.compile(r"(\d{12})-[0-9a-f]{8}", re.ASCII)
_KEY = "digest#"


class FoldedAs(Protocol):
    """What an item says of the digest that it went into."""

    @property
    def fold(self) -> str:
        """The digest; empty where it went into none."""

    @property
    def channel(self) -> str:
        """Of a message of its own."""

    @property
    def ts(self) -> str:
        """Of that message."""

    @property
    def unfolded(self) -> str:
        """The update of that message."""


def digest_id(channel: str, now: datetime) -> str:
    """Name the digest of a channel's minute, as people type it: ``202611261405-3fa9c1d2``.

    ``channel`` is what the channel's clock is keyed by, so that one channel has one digest by whatever name.
    """
    return f"{now.astimezone(UTC):%Y%m%d%H%M}-{_hash(channel).hex()[:8]}"


def is_id(written: str) -> bool:
    """Whether it has a digest id's form."""
    try:
        return _ID.fullmatch(written) is not None and bool(begins(written))
    except ValueError:
        return False


def begins(id_: str) -> datetime:
    """Say when a digest's minute begins."""
    return datetime.strptime(id_.partition("-")[0], "%Y%m%d%H%M").replace(tzinfo=UTC)


def key(id_: str) -> str:
    """Name a digest's item."""
    return _KEY + id_


def is_key(item: str) -> bool:
    """Whether an item is a digest's."""
    return item.startswith(_KEY) and is_id(item.removeprefix(_KEY))


def id_of_key(item: str) -> str:
    """Name the digest of an item."""
    return item.removeprefix(_KEY)


def fold(id_: str, finding_id: str) -> str:
    """Write a finding's ``fold``: its digest, and the part of the index that lists it."""
    return f"{id_}.{_hash(finding_id)[0] % SHARDS}"


def folds(id_: str) -> list[str]:
    """List all that a digest's findings may have."""
    return [f"{id_}.{shard}" for shard in range(SHARDS)]


def id_of(written: str) -> str:
    """Name the digest that a ``fold`` names; empty where it names none."""
    id_ = written.partition(".")[0]
    return id_ if is_id(id_) and written in folds(id_) else ""


def is_folded(item: FoldedAs) -> bool:
    """Whether a digest's message shows the finding: it has had none of its own since."""
    return bool(item.fold) and not (item.channel or item.ts or item.unfolded)


def _hash(text: str) -> bytes:
    return sha256(text.encode("utf-8", "surrogatepass")).digest()
