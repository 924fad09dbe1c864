"""What DynamoDB would charge for, in units: one for each started KB that is written, and for 4 KB that are read.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html, and for the indexes
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html#GSI.ThroughputConsiderations.Writes
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tests.simulation.attribute_values import Item, size

_WRITTEN, _READ = 1024, 4096


@dataclass
class Units:
    """So many so far."""

    written: int = 0
    read: float = 0.0

    def write(self, before: Item | None, after: Item | None) -> None:
        """Count a write of an item, by the larger of what it was and what it is."""
        self.written += _units(before, after)

    def refuse(self, item: Item | None) -> None:
        """Count a write whose condition did not hold: it costs what it would have."""
        self.written += _units(item)

    def index(self, before: Item | None, after: Item | None, names: Sequence[str]) -> None:
        """Count what a write lets an index do: an entry whose key has changed is removed, and another added."""
        moved = before and after and any(before[name] != after[name] for name in names)
        if moved:
            self.written += _units(before) + _units(after)
        else:
            self.written += _units(before, after)

    def look(self, items: Iterable[Item | None], *, consistent: bool) -> None:
        """Count one read; what may be late costs half."""
        read = max(1, -(-sum(size(item) for item in items if item) // _READ))
        self.read += read if consistent else read / 2


def _units(*items: Item | None) -> int:
    return max(1, -(-max(size(item or {}) for item in items) // _WRITTEN))
