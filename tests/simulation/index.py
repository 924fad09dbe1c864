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
        self._entries: dict[Key, Item] = {}
        self._coming: deque[tuple[float, Key, Item | None]] = deque()

    def note(self, key: Key, entry: Item | None) -> None:
        """Hear of a write of the table: its entry, or that the item is gone. Writes are heard of in their order."""
        at = self._now() + self._lag()
        if self._coming:
            at = max(at, self._coming[-1][0])
        self._coming.append((at, key, entry))

    def under(self, hash_key: str, asked: Callable[[str], bool]) -> list[Item]:
        """List the entries under a hash key whose range key is asked for, by their order."""
        while self._coming and self._coming[0][0] <= self._now():
            _, key, entry = self._coming.popleft()
            self._entries.pop(key, None)
            if entry is not None and all(name in entry for name in self.names):
                self._entries[key] = entry
        first, second = self.names
        found = [
            (entry[second][1], key, entry)
            for key, entry in self._entries.items()
            if entry[first][1] == hash_key and asked(entry[second][1])
        ]
        return [entry for _, _, entry in sorted(found, key=lambda each: each[:2])]
