"""The channels' clocks in the notifications table: taking a place, giving it back, the gate, Slack's 429s.

One item for each channel (``channel#KEY``), keyed by what was used first: Slack's id and other names are aliases of it.
Every call may raise AWSUnavailable, or botocore's error where AWS refuses.
"""

from typing import Any

from chalicelib.errors import AWSUnavailable
from chalicelib.ledger import places
from chalicelib.ledger.places import REST, ChannelClock, QueuePlace
from chalicelib.ledger.table import ConditionFailed, read_item, text, update_item

# While it is closed a channel regains what it takes at once: the places need not move by all of that time. Simulated
# with 200 messages through 5 a second (burst 5): 47.1 s instead of 47.8, the slowest of 200 runs 49.2 instead of 52.
_REGAINED = 500

# Takers of one channel meet: each time one of them succeeds.
_TRIES = 8

_keys: dict[str, str] = {}  # for the life of the container: what a channel's clock is keyed by


def clock(channel: str) -> ChannelClock:
    """Look at a channel's clock."""
    return _clock(read_item(item_key(channel)))


class QueueTooLong(Exception):
    """The next place is further away than whoever wanted it waits. None was taken."""

    def __init__(self, milliseconds: int) -> None:
        super().__init__(f"The queue is {milliseconds} ms long")
        self.seconds = milliseconds // 1000


def take(
    channel: str, band: int, step: int, now: int, longest: int | None = None
) -> tuple[QueuePlace, ChannelClock]:
    """Take the band's next place, and see the clock as it is then.

    In a busy band that is one addition, whoever else takes one; else the ends have to be as they were read.
    Raises QueueTooLong where that would be more than ``longest`` away, counted from when Slack takes messages again:
    the write's own condition says so, so that it holds however many take places at once.
    """
    key = item_key(channel)
    for _ in range(_TRIES):
        seen = _clock(read_item(key))
        begins = max(now, seen.closed_until, seen.open_at)
        ahead = places.next_place(seen, band, step, begins) - begins
        if longest is not None and ahead > longest:
            raise QueueTooLong(ahead)
        try:
            if seen.ends[band] > begins and _own_end(seen, band):
                last = None if longest is None else begins + longest
                after = _take_behind(key, band, step, begins, last)
            else:
                after = _take_first(key, seen, band, places.next_place(seen, band, step, begins), step)
        except ConditionFailed:
            continue
        at = after.ends[band] - step
        return QueuePlace(channel, band, at, after.moved[band], after.shifted), after
    raise AWSUnavailable(f"{channel}: too many took a place at once")


def _own_end(seen: ChannelClock, band: int) -> bool:
    """Whether the band ends behind the one in front, so that its own end says where its next place is."""
    return (seen.end0, seen.end1, seen.end2)[band] == seen.ends[band]


def _take_behind(key: str, band: int, step: int, begins: int, last: int | None) -> ChannelClock:
    behind = range(band + 1, REST + 1)
    added = [f"end{band} :step", *(f"end{each} :step, moved{each} :step" for each in behind)]
    fronts = [f"(attribute_not_exists(end{each}) OR end{each} <= end{band})" for each in range(band)]
    near = [] if last is None else [f"end{band} <= :last"]
    found = update_item(
        key,
        "ADD " + ", ".join(added),
        " AND ".join([f"end{band} > :begins", *near, *fronts]),
        {":step": _n(step), ":begins": _n(begins), **({} if last is None else {":last": _n(last)})},
    )
    return _clock(found)


def _take_first(key: str, seen: ChannelClock, band: int, at: int, step: int) -> ChannelClock:
    """Begin a band. Those behind move where they have not had their turn."""
    behind = [each for each in range(band + 1, REST + 1) if seen.ends[each] > at]
    sets = [f"end{band} = :end", *(f"end{each} = :end{each}" for each in behind)]
    adds = "".join(f"{', ' if place else ' ADD '}moved{each} :step" for place, each in enumerate(behind))
    values = {":end": _n(at + step), **{f":end{each}": _n(seen.ends[each] + step) for each in behind}}
    conditions: list[str] = []
    known: dict[str, Any] = {}
    for each in range(REST + 1):
        name, value = f"end{each}", (seen.end0, seen.end1, seen.end2)[each]
        conditions.append(f"{name} = :was{each}" if value else f"attribute_not_exists({name})")
        known |= {f":was{each}": _n(value)} if value else {}
    if behind:
        values[":step"] = _n(step)
    return _clock(
        update_item(key, "SET " + ", ".join(sets) + adds, " AND ".join(conditions), {**values, **known})
    )


def give_back(place: QueuePlace, step: int, now: int) -> None:
    """Let those behind move forward; a place whose time has come is nobody's to take any more."""
    from_here = range(place.band, REST + 1)
    added = ", ".join(f"end{each} :less, moved{each} :less" for each in from_here)
    try:
        update_item(
            item_key(place.channel),
            f"ADD {added}",
            f"end{place.band} > :now",
            {":less": _n(-step), ":now": _n(now)},
        )
    except ConditionFailed:
        return


def pass_gate(channel: str, gap: int, now: int) -> tuple[int, ChannelClock]:
    """Pass the gate for one message, and close it behind; else say for how many milliseconds it is closed."""
    is_open = "(attribute_not_exists(open_at) OR open_at <= :now)"
    unrefused = "(attribute_not_exists(closed_until) OR closed_until <= :now)"
    try:
        passed = update_item(
            item_key(channel),
            "SET open_at = :next",
            f"{is_open} AND {unrefused}",
            {":now": _n(now), ":next": _n(now + gap)},
        )
    except ConditionFailed:
        seen = clock(channel)
        return max(1, max(seen.open_at, seen.closed_until) - now), seen
    return 0, _clock(passed)


def close(channel: str, seconds: int, now: int) -> None:
    """Close a channel that answered 429 for everybody, and move the places that are taken, once for each closing."""
    until, shift = now + seconds * 1000, max(0, seconds * 1000 - _REGAINED)
    ends = ", ".join(f"end{each} :by" for each in range(REST + 1))
    try:
        update_item(
            item_key(channel),
            "SET closed_until = :until, closed_since = if_not_exists(closed_since, :now)"
            f" ADD shifted :by, {ends}",
            "attribute_not_exists(closed_until) OR closed_until <= :now",
            {":now": _n(now), ":until": _n(until), ":by": _n(shift)},
        )
    except ConditionFailed:
        return  # closed already, by another execution's 429


def took(channel: str) -> None:
    """Write that Slack took a message after it had refused some."""
    update_item(item_key(channel), "REMOVE closed_since", "", {})


def is_also(channel: str, id_: str) -> None:
    """Write that Slack calls a channel by an id of its own, under which its clock is found from now on."""
    if not id_ or id_ == channel or _keys.get(id_) == item_key(channel):
        return
    first, other = item_key(channel), f"channel#{id_}"
    try:
        update_item(other, "SET alias_of = :first", "attribute_not_exists(end2)", {":first": {"S": first}})
        update_item(first, "SET slack_id = :id", "", {":id": {"S": id_}})
    except ConditionFailed:
        if first != other:  # the id had a clock before the name was used
            update_item(first, "SET alias_of = :other", "", {":other": {"S": other}})
            first = other
    _keys[id_] = _keys[channel] = first


def slack_id(channel: str) -> str:
    """Say by which id Slack calls a channel; empty where nothing was posted to it yet."""
    key = item_key(channel)
    return text(read_item(key), "slack_id") or (
        "" if key == f"channel#{channel}" else key.removeprefix("channel#")
    )


def forget() -> None:
    """Forget what the container knows, as a new one."""
    _keys.clear()


def item_key(channel: str) -> str:
    """Name the item of a channel, by whatever name it goes."""
    if channel not in _keys:
        found = read_item(f"channel#{channel}").get("alias_of", {}).get("S", "")
        _keys[channel] = str(found) or f"channel#{channel}"
    return _keys[channel]


def _clock(item: dict[str, Any]) -> ChannelClock:
    return ChannelClock(**{name: int(item.get(name, {}).get("N", 0)) for name in ChannelClock._fields})


def _n(number: int) -> dict[str, str]:
    return {"N": str(number)}
