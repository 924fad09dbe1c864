"""Whether an event starts an execution: the rules' patterns, and which part of them it does not meet."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from moto.events.models import EventPattern

Pattern = Mapping[str, Any]
_Where = tuple[str, ...]

_ENVELOPE: frozenset[_Where] = frozenset({("source",), ("detail-type",)})
_SEVERITY = ("detail", "severity")
_ARCHIVED = ("detail", "service", "archived")
_MISSING: Final = object()
_LONGEST = 60

_RELATIVES = {
    "GuardDuty Malware Protection": "what malware scans say of an object or a bucket is no finding",
    "GuardDuty Runtime Protection": "what GuardDuty says of its runtime coverage is no finding",
    "Security Hub Findings": "Security Hub's copy of a finding, which GuardDuty sends itself",
    "Findings Imported V2": "Security Hub's copy of a finding, which GuardDuty sends itself",
    "AWS API Call via CloudTrail": "a call of an API is no finding",
}
"""How the detail-types of what is not notified begin → what they are."""


def matched(event: Any, patterns: Sequence[Pattern]) -> list[bool]:
    """Say of each pattern whether the event matches, as EventBridge does."""
    return [_matches(event, pattern) for pattern in patterns]


def why_not(event: Mapping[str, Any], patterns: Sequence[Pattern]) -> str:
    """Say of an event that matches none what is not as the nearest pattern has it, and which option changes that."""
    nearest = min((list(_missed(event, pattern, ())) for pattern in patterns), key=len)
    # Of what is of another source or kind, nobody asks how severe it is.
    envelope = [(path, wanted) for path, wanted in nearest if path in _ENVELOPE]
    return "; ".join(_sentence(path, wanted, _at(event, path)) for path, wanted in envelope or nearest)


def _matches(event: Any, pattern: Pattern) -> bool:
    return bool(EventPattern.load(json.dumps(pattern)).matches_event(event))


def _missed(event: Any, pattern: Pattern, outer: _Where) -> Iterator[tuple[_Where, Any]]:
    """Every path of the pattern that the event does not meet, and what the pattern wants there."""
    for name, wanted in pattern.items():
        path = (*outer, name)
        if isinstance(wanted, Mapping):
            yield from _missed(event, wanted, path)
        elif not _matches(event, _alone(path, wanted)):
            yield path, wanted


def _alone(path: _Where, wanted: Any) -> Pattern:
    for name in reversed(path):
        wanted = {name: wanted}
    found: Pattern = wanted
    return found


def _at(event: Any, path: _Where) -> Any:
    for name in path:
        event = event.get(name, _MISSING) if isinstance(event, Mapping) else _MISSING
    return event


def _sentence(path: _Where, wanted: Any, value: Any) -> str:
    if path == _SEVERITY and _is_number(value):
        option = f": --min-severity {value:g}" if value >= 0 else ""
        return f"severity {value:g} is below {wanted[0]['numeric'][1]:g}{option}"
    if path == _ARCHIVED and value is True:
        return "archived"
    name = path[-1]
    if value is _MISSING:
        return f"{name} is missing"
    if path == _SEVERITY:
        return f"severity is {_shown(value)}, not a number: EventBridge compares numbers only"
    if path in _ENVELOPE:
        said = value if isinstance(value, str) else _shown(value)
        return f"{name} is {said}, not {wanted[0]}{_relative(said)}"
    return f"{name} is {_shown(value)}, not false"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _relative(kind: str) -> str:
    said = next((said for start, said in _RELATIVES.items() if kind.startswith(start)), "")
    return f" ({said})" if said else ""


def _shown(value: Any) -> str:
    written = json.dumps(value, ensure_ascii=False)
    return written if len(written) <= _LONGEST else written[: _LONGEST - 1] + "…"
