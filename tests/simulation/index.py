"""A table's secondary index, for a simulation: sparse, and later than the table by up to a span."""

from collections import deque
from collections.abc import Callable

from tests.simulation.attribute_values import Item

Key = tuple[str, ...]


def _at_once() -> float:
    return 0.0


class Index:
    """What a table's writes have told it, as far as it has heard of them.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html
    """

    def __init__(
        self,
        names: tuple[str, str],
        now: Callable[[], float] = _at_once,
        lag: Callable[[], float] = _at_once,
        projected: tuple[str, ...] = (),
    ) -> None:
        self.names = names
        """Of its hash key and its range key: an item that lacks one of them is not listed."""
        self.projected = projected
        """The attributes that it has besides keys."""
        self._now = now
        self._lag = lag
        self._entries: dict[str, dict[Key, Item]] = {}
        """By the hash key, then by the item's key."""
        self._under: dict[Key, str] = {}
        """Each item's hash key, where it is listed."""
        self._coming: deque[tuple[float, Key, Item | None]] = deque()

    def entry(self, item: Item | None, keys: tuple[str, ...]) -> Item | None:
        """Make of an item what is listed of it, with its table's keys; None where it is not listed."""
        if item is None or any(name not in item for name in self.names):
            return None
        return {name: item[name] for name in (*keys, *self.names, *self.projected) if name in item}

    def note(self, key: Key, entry: Item | None) -> None:
        """Hear of a write of the table: its entry, or that it has none. Writes are heard of in their order."""
        at = self._now() + self._lag()
        if self._coming:
            at = max(at, self._coming[-1][0])
        self._coming.append((at, key, entry))

    def under(self, hash_key: str, asked: Callable[[str], bool]) -> list[Item]:
        """List the entries under a hash key whose range key is asked for, by their order."""
        while self._coming and self._coming[0][0] <= self._now():
            _, key, entry = self._coming.popleft()
            self._hear(key, entry)
        second = self.names[1]
        found = [
            (entry[second][1], key, entry)
            for key, entry in self._entries.get(hash_key, {}).items()
            if asked(entry[second][1])
        ]
        return [entry for _, _, entry in sorted(found, key=lambda each: each[:2])]

    def _hear(self, key: Key, entry: Item | None) -> None:
        if key in self._under:
            del self._entries[self._under.pop(key)][key]
        if entry is not None:
            under = self._under[key] = entry[self.names[0]][1]
            self._entries.setdefault(under, {})[key] = entry
