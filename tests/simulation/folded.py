"""What the tables say of digests: who joined which and when, and how they stand."""

from datetime import datetime
from typing import TYPE_CHECKING

from chalicelib.ledger import digests
from tests.simulation.attribute_values import Item
from tests.simulation.journal import DigestLeft, Joined
from tests.simulation.story import START

if TYPE_CHECKING:
    from tests.simulation.world import World


def written(world: "World", table: str, before: Item | None, after: Item) -> None:
    """Note a finding that joins a digest; a digest's first write lets its messages be known."""
    if table != world.table_names["notifications"]:
        return
    key = _text(after, "finding_id")
    if before is None and digests.is_key(key):
        world.slack.know(key)
    if (fold := _text(after, "fold")) and fold != _text(before, "fold"):
        at, update = world.scheduler.elapsed, world.update_of(key, _text(after, "notified_update"))
        world.journal.joined.append(Joined(at, key, update, digests.id_of(fold)))


def digests_left(world: "World") -> dict[str, DigestLeft]:
    """Look at each digest when all is over."""
    members: dict[str, set[str]] = {}
    items: dict[str, Item] = {}
    for item in _items(world):
        key = _text(item, "finding_id")
        if digests.is_key(key):
            items[digests.id_of_key(key)] = item
        elif fold := _text(item, "fold"):
            members.setdefault(digests.id_of(fold), set()).add(key)
    return {
        id_: DigestLeft(
            owner=_text(items.get(id_), "claimed_by"),
            posted=bool(_text(items.get(id_), "notified_update")),
            members=frozenset(members.get(id_, ())),
        )
        for id_ in sorted(items.keys() | members.keys())
    }


def owners(world: "World") -> list[str]:
    """Name the executions that are to post a digest."""
    return [
        _text(item, "claimed_by")
        for item in _items(world)
        if digests.is_key(_text(item, "finding_id")) and not _text(item, "notified_update")
    ]


def shown_as(world: "World", finding: str) -> str:
    """Name where people see a finding: its digest by its key, or itself."""
    item = next((each for each in _items(world) if _text(each, "finding_id") == finding), None)
    in_digest = _text(item, "fold") and not (_text(item, "ts") or _text(item, "unfolded"))
    return digests.key(digests.id_of(_text(item, "fold"))) if in_digest else finding


def seconds(moment: str) -> float:
    """Count a moment's seconds since the start."""
    return (datetime.fromisoformat(moment) - START).total_seconds()


def _items(world: "World") -> list[Item]:
    return world.tables.stored(world.table_names["notifications"])


def _text(item: Item | None, name: str) -> str:
    return str(item[name][1]) if item and name in item else ""
