"""What a recurrence says that its reader does not know yet.

What was last said aloud is kept as JSON in the finding's item (``said``), in words as few as news needs.
"""

import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

from chalicelib.finding.model import Finding
from chalicelib.ledger.claim import instant
from chalicelib.message.context import Note

_QUIET = timedelta(hours=24)
_TEN_TIMES = 10
_MOST_KEPT = 100  # of addresses and resources: a port scan's thousands would fill the item, and help nobody
_MOST_NAMED = 5


@dataclass(frozen=True)
class Said:
    """What was last said aloud in the channel, by a message or a reply; silent updates don't count."""

    severity: float = 0.0
    count: int = 0
    seen: str = ""
    addresses: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    repeated: bool = False
    """Whether the finding's message says that it may be a repetition: its updates go on saying so."""


def read(text: str) -> Said | None:
    """Read what was said; None where nothing was, or it can't be read."""
    try:
        found = json.loads(text)
        return Said(
            severity=float(found["severity"]),
            count=int(found["count"]),
            seen=str(found["seen"]),
            addresses=tuple(map(str, found["addresses"])),
            resources=tuple(map(str, found["resources"])),
            repeated=bool(found.get("repeated")),
        )
    except (ValueError, KeyError, TypeError):
        return None


def write(said: Said) -> str:
    """Write what was said, as short JSON."""
    return json.dumps(asdict(said), separators=(",", ":"))


def say(finding: Finding, before: Said | None, *, aloud: bool, repeated: bool = False) -> Said:
    """What will have been said after this post; a silent one only lets the time move on."""
    if before is not None and not aloud:
        return replace(before, seen=_seen(finding), repeated=repeated)
    known = before or Said()
    return Said(
        severity=finding.severity,
        count=finding.count,
        seen=_seen(finding),
        addresses=_joined(known.addresses, finding.actor_ips),
        resources=_joined(known.resources, _resources(finding)),
        repeated=repeated,
    )


def find(finding: Finding, said: Said) -> tuple[Note, ...]:
    """Name what is new since what was said; empty when nothing is, and then nobody is disturbed."""
    return tuple(
        note
        for note in (
            _rise(finding, said),
            _new("new_address", "address", finding.actor_ips, said.addresses),
            _new("new_resource", "resource", _resources(finding), said.resources),
            _many_more(finding, said),
            _return(finding, said),
        )
        if note
    )


def rises(finding: Finding, said: Said) -> bool:
    """Whether the severity is above what was said: news for the whole channel."""
    return finding.severity > said.severity


def _rise(finding: Finding, said: Said) -> Note | None:
    if not rises(finding, said):
        return None
    return Note("severity_rose", {"from": f"{said.severity:g}", "to": f"{finding.severity:g}"})


def _new(key: str, label: str, now: tuple[str, ...], known: tuple[str, ...]) -> Note | None:
    new = [value for value in now if value not in known]
    if not new or len(known) >= _MOST_KEPT:
        return None
    return Note(key, {label: ", ".join(new[:_MOST_NAMED])})


def _many_more(finding: Finding, said: Said) -> Note | None:
    if finding.count < _TEN_TIMES * max(said.count, 1):
        return None
    return Note("count_grew", {"count": str(finding.count)})


def _return(finding: Finding, said: Said) -> Note | None:
    try:
        quiet = datetime.fromisoformat(_seen(finding)) - datetime.fromisoformat(said.seen)
    except ValueError:
        return None
    return Note("back_after", {"hours": str(int(quiet.total_seconds() // 3600))}) if quiet > _QUIET else None


def _seen(finding: Finding) -> str:
    seen = finding.last_seen or finding.updated_at
    return instant(seen) if seen else ""


def _resources(finding: Finding) -> tuple[str, ...]:
    return tuple(resource.ids[0] for resource in finding.resources)


def _joined(known: tuple[str, ...], now: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*known, *now)))[:_MOST_KEPT]
