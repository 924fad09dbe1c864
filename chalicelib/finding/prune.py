"""What of an event travels through an execution: all of it, or, where it is too large, what matters first.

A state's input or output may have 262,144 bytes, and what is looked up comes on top of the event:
https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
"""

import ipaddress
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from chalicelib.finding import left_out
from chalicelib.finding.left_out import Cut

LIMIT: Final = 100_000
"""Bytes of the detail. They are counted as ``json.dumps`` writes it, in ASCII: nobody writes it longer."""

LONGEST_TEXT: Final = 2_000
"""Bytes of one text in a detail that is too large."""

ENVELOPE_LIMIT: Final = 10_000
"""Bytes of all that stands beside the detail; GuardDuty's own envelope has less than 500."""

LONGEST_BESIDE: Final = 600
"""Bytes of one member of an envelope that is too large."""

OWN_MEMBERS: Final = 100
"""Members of an object that are kept before lists; those beyond come one by one, like the items of a list."""

ENVELOPE: Final = (
    *("version", "id", "detail-type", "source", "account", "time", "region", "via", "identifiersOnly"),
)

FIRST: Final = tuple(
    tuple(path.split("."))
    for path in (
        *("id", "type", "severity", "accountId", "region", "updatedAt", "createdAt", "partition", "arn"),
        *("service.eventLastSeen", "service.eventFirstSeen", "service.count", "service.archived"),
        *("service.additionalInfo.sample", "service.detectorId", "resource.resourceType"),
        *("title", "description", "associatedAttackSequenceArn", "customDetectionRuleName"),
    )
)
"""What names the finding, and says which of its updates it is."""

Path = tuple[str | int, ...]


class _Leaf(NamedTuple):
    """A value that holds no other."""

    path: Path
    value: object
    rank: int
    """The highest place that it, or what it stands in, has in a list; -1 where it is in no list."""
    unit: Path
    """The item of a list that it belongs to: items are kept whole or not."""


def prune(event: Mapping[str, Any]) -> dict[str, Any]:
    """Shorten an event whose ``detail`` is an object; a small one is returned as it is.

    Order stays. What names the finding is kept first, then distinct accounts and regions, ARNs and addresses,
    then what stands in no list, then the lists' items from their heads. Every cut is named in ``left_out``.
    """
    cuts = left_out.read(event.get(left_out.MEMBER))
    beside = {name: member for name, member in event.items() if name not in ("detail", left_out.MEMBER)}
    detail, more = _detail(event["detail"])
    kept, of_envelope = _envelope(beside)
    named = left_out.bounded([*cuts, *more, *of_envelope])
    pruned = {name: detail if name == "detail" else kept[name] for name in event if name in {*kept, "detail"}}
    return pruned | ({left_out.MEMBER: left_out.to_json(named)} if named else {})


def size(value: object) -> int:
    """Count the bytes of a value as JSON."""
    return len(json.dumps(value))


def _envelope(beside: Mapping[str, Any]) -> tuple[Mapping[str, Any], list[Cut]]:
    if size(beside) <= ENVELOPE_LIMIT:
        return beside, []
    known = [name for name in ENVELOPE if name in beside]
    kept: dict[str, Any] = {}
    for name in [*known, *(name for name in beside if name not in known)]:
        member = _cut(beside[name], LONGEST_BESIDE)
        if size(member) <= LONGEST_BESIDE and size(kept | {name: member}) <= ENVELOPE_LIMIT:
            kept[name] = member
    whole = sum(name in kept and kept[name] is member for name, member in beside.items())
    return kept, [Cut(("event",), whole, len(beside))]


def _detail(detail: Mapping[str, Any]) -> tuple[Mapping[str, Any], list[Cut]]:
    if size(detail) <= LIMIT:
        return detail, []
    leaves = list(_leaves(detail))
    short = [leaf._replace(value=_cut(leaf.value, LONGEST_TEXT)) for leaf in leaves]
    kept = _Kept(short)
    return kept.tree(), list(_cuts(leaves, short, kept.places))


def _cut(value: object, longest: int) -> object:
    if not isinstance(value, str) or size(value) <= longest:
        return value
    text = value[:longest]
    while (length := size(text)) > longest:
        text = text[: len(text) * longest // length]
    return text


def _leaves(detail: Mapping[str, Any]) -> Iterator[_Leaf]:
    """Walk the detail in its order; not by recursion, as nobody knows how deep it is."""
    pending = [_Leaf((), detail, -1, ())]
    while pending:
        node = pending.pop()
        if node.value and isinstance(node.value, dict | list):
            pending.extend(reversed(list(_inside(node))))
        else:
            yield node


def _inside(node: _Leaf) -> Iterator[_Leaf]:
    if isinstance(node.value, dict):
        for place, (name, member) in enumerate(node.value.items()):
            yield _under(node, name, member, place - OWN_MEMBERS)
    elif isinstance(node.value, list):
        for place, member in enumerate(node.value):
            yield _under(node, place, member, place)


def _under(node: _Leaf, name: str | int, member: object, rank: int) -> _Leaf:
    path = (*node.path, name)
    if rank < 0:
        return _Leaf(path, member, node.rank, node.unit)
    return _Leaf(path, member, max(node.rank, rank), path)


class _Kept:
    """Which leaves are kept: taken in the order of what matters, as long as there is room."""

    def __init__(self, leaves: Sequence[_Leaf]) -> None:
        self.places: set[int] = set()
        self._leaves = leaves
        self._open: set[Path] = set()
        self._room = LIMIT - 2
        for place in _first(leaves):
            self._take([place])
        self._take_units()

    def _take(self, places: Sequence[int]) -> bool:
        new = [place for place in places if place not in self.places]
        opened: set[Path] = set()
        cost = sum(self._cost(self._leaves[place], opened) for place in new)
        if cost > self._room:
            return False
        self._room -= cost
        self._open |= opened
        self.places.update(new)
        return True

    def _cost(self, leaf: _Leaf, opened: set[Path]) -> int:
        """Count a leaf's bytes, and those of what has to be there to hold it; never too few."""
        cost = size(leaf.value)
        for length in range(len(leaf.path), 0, -1):
            path, name = leaf.path[:length], leaf.path[length - 1]
            if path in self._open or path in opened:
                break
            opened.add(path)
            cost += 4 + (size(name) + 2 if isinstance(name, str) else 0)
        return cost

    def _take_units(self) -> None:
        units: dict[tuple[int, Path], list[int]] = {}
        for place, leaf in enumerate(self._leaves):
            units.setdefault((leaf.rank, leaf.unit), []).append(place)
        skipped: set[Path] = set()
        for (rank, unit), places in sorted(units.items(), key=lambda each: (each[0][0], each[1][0])):
            if rank < 0:
                for place in places:
                    self._take([place])
            elif any(unit[:length] in skipped for length in range(1, len(unit))) or not self._take(places):
                skipped.add(unit)

    def tree(self) -> dict[str, Any]:
        """Build the detail of what is kept, in its order."""
        detail: dict[str, Any] = {}
        nodes: dict[Path, Any] = {(): detail}
        for place in sorted(self.places):
            path, node = self._leaves[place].path, self._leaves[place].value
            while path:
                holder, new = path[:-1], path[:-1] not in nodes
                nodes.setdefault(holder, [] if isinstance(path[-1], int) else {})
                _put(nodes[holder], path[-1], node)
                if not new:
                    break
                path, node = holder, nodes[holder]
        return detail


def _put(holder: Any, name: str | int, value: object) -> None:
    if isinstance(holder, list):
        holder.append(value)
    else:
        holder[name] = value


def _first(leaves: Sequence[_Leaf]) -> list[int]:
    """Name the leaves that are kept before all else, in this order."""
    order: dict[Path, int] = {path: place for place, path in enumerate(FIRST)}
    found = [(0, order[leaf.path], place) for place, leaf in enumerate(leaves) if leaf.path in order]
    seen: dict[object, tuple[int, int, int]] = {}
    for place, leaf in enumerate(leaves):
        if kind := _kind(leaf.value):
            seen[leaf.value] = min(seen.get(leaf.value, (kind, leaf.rank, place)), (kind, leaf.rank, place))
    return [place for _, _, place in sorted([*found, *seen.values()])]


_PLACES = re.compile(r"\d{12}|[a-z]{2}(-[a-z]+){1,3}-\d{1,2}")
_ARN = re.compile(r"arn:aws[a-z-]*:\S+")


def _kind(value: object) -> int:
    """Know accounts and regions (1), and ARNs and addresses (2); anything else is 0."""
    if not isinstance(value, str) or len(value) < 2:
        return 0
    if len(value) <= 30 and _PLACES.fullmatch(value):
        return 1
    return 2 if _ARN.match(value) or _is_address(value) else 0


def _is_address(value: str) -> bool:
    if len(value) > 45 or not {".", ":"} & set(value):
        return False
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return False
    return True


def _cuts(leaves: Sequence[_Leaf], short: Sequence[_Leaf], kept: set[int]) -> Iterator[Cut]:
    """Name what is gone: of lists how many items are whole, of texts how many characters are left."""
    touched: set[Path] = set()
    for place, (leaf, shown) in enumerate(zip(leaves, short, strict=True)):
        whole = place in kept and shown.value is leaf.value  # NaN is not even equal to itself
        if not whole and leaf.unit and (place not in kept or leaf.path == leaf.unit):
            touched.add(leaf.unit)
        elif not whole and place in kept:
            yield Cut(_names(leaf.path), len(str(shown.value)), len(str(leaf.value)))
        elif not whole:
            yield Cut(_names(leaf.path), 0, 1)
    units = {leaf.unit for leaf in leaves if leaf.unit}
    holders = dict.fromkeys(_names(leaf.unit[:-1]) for leaf in leaves if leaf.unit in touched)
    of, gone = (Counter(_names(unit[:-1]) for unit in some) for some in (units, touched))
    yield from (Cut(holder, of[holder] - gone[holder], of[holder]) for holder in holders)


def _names(path: Path) -> tuple[str, ...]:
    return ("detail", *(name for name in path if isinstance(name, str)))
