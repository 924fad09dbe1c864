"""The findings that somebody is to answer, or answered lately: what the index lists, read from their items."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import NamedTuple

from chalicelib import clock
from chalicelib.ledger import watch
from chalicelib.ledger.believed import believed
from chalicelib.ledger.decide import FindingItem
from chalicelib.ledger.table import read_items, text
from chalicelib.ledger.watch import Awaited, Watch

_PAGE = 100
_NAMES = tuple(name for name in FindingItem._fields if name not in ("content", "said"))
"""What is read of an item: what it is believed by, and what a list says; its large attributes are left out."""


class Watched(NamedTuple):
    """A finding whose answer somebody asked for, and where its message is."""

    finding_id: str
    """The item's key."""
    watch: Watch
    channel: str = ""
    ts: str = ""
    """Of the message in ``channel``; empty where there is none that can be named."""

    def seconds_open(self, now: datetime) -> float:
        """Say how long an answer is asked for."""
        return (now - datetime.fromisoformat(self.watch.posted_at)).total_seconds()

    def seconds_late(self, now: datetime) -> float:
        """Say how much longer that is than is allowed; negative: there is time left."""
        return self.seconds_open(now) - self.watch.within


def watched(what: str, since: str = "", until: str = "", table: str = "") -> Iterator[Watched]:
    """List findings that await ``what`` (``watch.ANSWER``, ``watch.WITHDRAWAL``), the oldest first, a page at a time.

    The index may be late by seconds: what the item itself, read consistently, does not await any more is left out,
    and so is what is not believed. Arguments and errors are those of ``watch.awaited``; AWSUnavailable besides
    where DynamoDB did not give all items.
    """
    entries = watch.awaited(what, since, until, table)
    while page := list(islice(entries, _PAGE)):
        yield from _read(page, what, table)


def _read(page: Sequence[Awaited], what: str, table: str) -> Iterator[Watched]:
    found = {
        item["finding_id"]["S"]: item
        for item in read_items((each.finding_id for each in page), _NAMES, table)
    }
    now = clock.now()
    for key in dict.fromkeys(each.finding_id for each in page):
        if entry := _entry(key, _item(found.get(key, {}), now), what):
            yield entry


def _item(attributes: dict[str, dict[str, str]], now: datetime) -> FindingItem:
    said = {name: text(attributes, name) for name in _NAMES if name != "v"}
    return believed(FindingItem(v=int(text(attributes, "v") or 0), **said), now)


def _entry(key: str, item: FindingItem, what: str) -> Watched | None:
    asked = watch.read(item.attention) if item.awaits == what else None
    return Watched(key, asked, item.channel, item.ts) if asked and _is_whole(asked) else None


def _is_whole(asked: Watch) -> bool:
    """Whether a list can be made of it: one item that somebody wrote by hand must not keep the others from it."""
    try:
        times = (asked.posted_at,) if asked.is_open else (asked.posted_at, asked.answered_at)
        aware = all(datetime.fromisoformat(each).tzinfo for each in times)
        texts = (asked.opening, asked.posted_at, asked.type, asked.account, asked.account_name)
        numbers = asked.within > 0 and asked.severity >= 0
        return aware and numbers and all(isinstance(each, str) for each in texts)
    except (TypeError, ValueError):
        return False
