"""Digests: findings of one minute and channel that share one message, as their own messages would have waited long.

What makes a finding a member is one attribute of its own item, ``fold``, written by the same compare-and-set as a post
is recorded; there is no other record of it. A sparse index counts and lists the members: of one digest under several
hash keys, as one key takes a thousand writes a second.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-indexes-gsi-sharding.html

A digest has an item of its own, ``digest#ID``, which is written as a finding's is: who made it owns it.
"""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, NamedTuple

from chalicelib.aws.clients import client, transient_as_unavailable
from chalicelib.ledger import digest_ids, watch
from chalicelib.ledger.claim import KEPT, Claim, instant
from chalicelib.ledger.digest_ids import MINUTE, begins, digest_id, fold, id_of, id_of_key, is_id, is_key, key
from chalicelib.ledger.notifications import FindingEntry
from chalicelib.ledger.table import read_items, text
from chalicelib.message.digest import FoldedFinding
from chalicelib.settings import notifications_table

__all__ = [
    "INDEX",
    "MINUTE",
    "DigestState",
    "begins",
    "digest_id",
    "fold",
    "held",
    "id_of",
    "id_of_key",
    "is_id",
    "is_key",
    "key",
    "members",
    "states",
    "unposted",
    "written",
]

INDEX = "digests"
"""Of the notifications table, by ``fold`` and ``finding_id``; it has ``folded`` besides."""

_LONGEST = 1_000
"""Characters of a text: whoever folds a finding writes less."""
_HIGHEST = 10.0
_LONGEST_WITHIN = 366 * 24 * 3600


class DigestState(NamedTuple):
    """What a digest's item says of its message."""

    posted: bool = False
    channel: str = ""
    ts: str = ""
    """Of the message in ``channel``; empty where a webhook posted it."""
    awaits: str = ""
    """What of an answer is still to come (``watch.ANSWER``), or ``watch.POST``."""


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
    return [_member(item) for each in digest_ids.folds(id_) for item in _listed(each, table)]


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


def _member(item: dict[str, Any]) -> FoldedFinding:
    """Read a member; one that can't be read is one all the same, and is counted."""
    finding_id = item["finding_id"]["S"]
    try:
        said = json.loads(text(item, "folded"))
        lists = {name: tuple(said[name]) for name in ("resources", "hosts") if name in said}
        found = FoldedFinding(**{**said, **lists, "id": finding_id})
    except (ValueError, TypeError, RecursionError):
        return FoldedFinding(id=finding_id)
    return found if _may_be(found) else FoldedFinding(id=finding_id)


def _may_be(found: FoldedFinding) -> bool:
    """Whether we may have written it: else one finding, made by hand, would keep all the others from being shown."""
    usual = FoldedFinding(id=found.id, severity=found.severity)
    alike = all(type(is_) is type(was) for is_, was in zip(found, usual, strict=True))
    texts = (*found.resources, *found.hosts, *(each for each in found[1:] if isinstance(each, str)))
    short = all(isinstance(each, str) and len(each) <= _LONGEST for each in texts)
    return alike and short and _is_severity(found.severity) and 0 <= found.within <= _LONGEST_WITHIN


def _is_severity(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= _HIGHEST
