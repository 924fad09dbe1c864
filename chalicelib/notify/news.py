"""What a recurrence says that its reader does not know yet.

What was last said aloud is kept as JSON in the finding's item (``said``), in words as few as news needs.
"""

import json
from base64 import urlsafe_b64encode
from collections.abc import Container
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256

from chalicelib.finding.model import Finding
from chalicelib.ledger.claim import instant
from chalicelib.message.context import Note

_QUIET = timedelta(hours=24)
_TEN_TIMES = 10
_MOST_KEPT = 100
"""Of addresses, and of resources, that are kept by name. Of a port scan's thousands, the others leave a mark."""
_MOST_NAMED = 5
_MARK = 6
"""Characters of a mark, of 64 kinds: one new address in ten million is taken for one of thousands known."""
_MOST_MARKS = 4_500
"""More than one update can bring. Beyond them the oldest is forgotten: it may be news again, a new one always is."""


@dataclass(frozen=True)
class Said:
    """What was last said aloud in the channel, by a message or a reply; silent updates don't count."""

    severity: float = 0.0
    count: int = 0
    seen: str = ""
    addresses: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    marks: str = ""
    """Of the addresses and resources beyond those, without anything between: the oldest first."""
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
            marks=str(found.get("marks") or ""),
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
    addresses = _joined(known.addresses, finding.actor_ips)
    resources = _joined(known.resources, _resources(finding))
    named = {*addresses, *resources}
    return Said(
        severity=finding.severity,
        count=finding.count,
        seen=_seen(finding),
        addresses=addresses,
        resources=resources,
        marks=_marked(
            known, [each for each in (*finding.actor_ips, *_resources(finding)) if each not in named]
        ),
        repeated=repeated,
    )


def find(finding: Finding, said: Said) -> tuple[Note, ...]:
    """Name what is new since what was said; empty when nothing is, and then nobody is disturbed."""
    marks = frozenset(_marks(said))
    return tuple(
        note
        for note in (
            _rise(finding, said),
            _new("new_address", "address", _unknown(finding.actor_ips, said.addresses, marks)),
            _new("new_resource", "resource", _unknown(_resources(finding), said.resources, marks)),
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


def _new(key: str, label: str, new: list[str]) -> Note | None:
    return Note(key, {label: ", ".join(new[:_MOST_NAMED])}) if new else None


def _unknown(now: tuple[str, ...], named: tuple[str, ...], marks: Container[str]) -> list[str]:
    return [each for each in now if each not in named and _mark(each) not in marks]


def _mark(value: str) -> str:
    return urlsafe_b64encode(sha256(value.encode("utf-8", "surrogatepass")).digest()).decode()[:_MARK]


def _marks(said: Said) -> list[str]:
    return [said.marks[place : place + _MARK] for place in range(0, len(said.marks), _MARK)]


def _marked(known: Said, now: list[str]) -> str:
    """Mark those of now last, so that they are not the ones which are forgotten."""
    new = dict.fromkeys(map(_mark, now))
    older = [mark for mark in _marks(known) if mark not in new]
    return "".join([*older, *new][-_MOST_MARKS:])


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
