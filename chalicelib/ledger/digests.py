"""Digests: findings of one minute and channel that share one message, as their own messages would have waited long.

What makes a finding a member is one attribute of its own item, ``fold``, written by the same compare-and-set as a post
is recorded; there is no other record of it. A sparse index counts and lists the members: of one digest under several
hash keys, as one key takes a thousand writes a second.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-indexes-gsi-sharding.html

A digest has an item of its own, ``digest#ID``, which is written as a finding's is: who made it owns it.
"""

import json
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, NamedTuple

from chalicelib.aws.clients import client, transient_as_unavailable
from chalicelib.ledger import watch
from chalicelib.ledger.claim import KEPT, Claim, instant
from chalicelib.ledger.notifications import FindingEntry
from chalicelib.ledger.table import read_items, text
from chalicelib.message.digest import FoldedFinding
from chalicelib.settings import notifications_table

INDEX = "digests"
"""Of the notifications table, by ``fold`` and ``finding_id``; it has ``folded`` besides."""

MINUTE = timedelta(minutes=1)

_SHARDS = 8
_ID = re.compile(r"(\d{12})-[0-9a-f]{8}", re.ASCII)
_KEY = "digest#"


class DigestState(NamedTuple):
    """What a digest's item says of its message."""

    posted: bool = False
    channel: str = ""
    ts: str = ""
    """Of the message in ``channel``; empty where a webhook posted it."""
    awaits: str = ""
    """What of an answer is still to come (``watch.ANSWER``), or ``watch.POST``."""


def digest_id(channel: str, now: datetime) -> str:
    """Name the digest of a channel's minute, as people type it: ``202611261405-3fa9c1d2``.

    ``channel`` is what the channel's clock is keyed by, so that one channel has one digest by whatever name.
    """
    return (
        f"{now.astimezone(UTC):%Y%m%d%H%M}-{sha256(channel.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"
    )


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
    return f"{id_}.{sha256(finding_id.encode('utf-8', 'surrogatepass')).digest()[0] % _SHARDS}"


def id_of(written: str) -> str:
    """Name the digest that a ``fold`` names; empty where it names none."""
    id_ = written.partition(".")[0]
    return id_ if is_id(id_) else ""


def held(id_: str, now: datetime) -> FindingEntry:
    """Hold a digest's item, not read yet."""
    lives = str(int((now + KEPT).timestamp()))
    return FindingEntry(
        Claim(finding_id=key(id_), update=instant(begins(id_)), lease_over=instant(now), expires_at=lives)
    )


def written(folded: FoldedFinding) -> str:
    """Write what a digest says of a finding, as its item keeps it: short JSON, without what says nothing."""
    usual = FoldedFinding._field_defaults
    said = {name: value for name, value in folded._asdict().items() if value != usual.get(name)}
    return json.dumps(said, separators=(",", ":"))


def members(id_: str, table: str = "") -> list[FoldedFinding]:
    """List the findings of a digest, as far as the index has heard of them, in no order.

    ``table`` is another stage's than the settings name. Raises AWSUnavailable, and botocore's error.
    """
    found = (_member(item) for shard in range(_SHARDS) for item in _listed(f"{id_}.{shard}", table))
    return [each for each in found if each]


def unposted(until: datetime) -> Iterator[str]:
    """List digests of minutes that began before ``until`` and are not posted; errors are those of ``members``."""
    for each in watch.awaited(watch.POST, until=instant(until)):
        if is_key(each.finding_id):
            yield id_of_key(each.finding_id)


def states(ids: Iterable[str], table: str = "") -> dict[str, DigestState]:
    """Read what becomes of digests, consistently; one without an item is left out. Errors as ``read_items``."""
    names = ("notified_update", "channel", "ts", "awaits")
    return {
        id_of_key(item["finding_id"]["S"]): DigestState(
            bool(text(item, "notified_update")),
            text(item, "channel"),
            text(item, "ts"),
            text(item, "awaits"),
        )
        for item in read_items((key(each) for each in ids), names, table)
    }


def _listed(hash_key: str, table: str) -> Iterator[dict[str, Any]]:
    asked: dict[str, Any] = {
        "TableName": table or notifications_table(),
        "IndexName": INDEX,
        "KeyConditionExpression": "fold = :fold",
        "ExpressionAttributeValues": {":fold": {"S": hash_key}},
    }
    start: dict[str, Any] = {}
    while True:
        with transient_as_unavailable("dynamodb:Query"):
            page = client("dynamodb").query(**asked, **start)
        yield from page["Items"]
        if not page.get("LastEvaluatedKey"):
            return
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def _member(item: dict[str, Any]) -> FoldedFinding | None:
    """Read a member; one that can't be read is one all the same, and is counted."""
    finding_id = item["finding_id"]["S"]
    try:
        said = json.loads(text(item, "folded"))
        lists = {name: tuple(map(str, said[name])) for name in ("resources", "hosts") if name in said}
        found = FoldedFinding(**{**said, **lists, "id": finding_id})
        well = isinstance(found.severity, (int, float)) and isinstance(found.within, int)
        return found if well else FoldedFinding(id=finding_id)
    except (ValueError, TypeError):
        return FoldedFinding(id=finding_id)
