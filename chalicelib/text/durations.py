"""Spans of time as people write them: ``90s``, ``15m``, ``24h``, ``7d``."""

import re

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_LONGEST = 30 * 86_400
"""Seconds: GuardDuty keeps a finding for 90 days, and a person forgets it sooner."""

EXAMPLES = "90s, 15m, 24h or 7d, at most 30d"


def seconds(written: str) -> int:
    """Read a span, in seconds; 0 where it can't be read, is nothing, or is longer than 30 days."""
    found = re.fullmatch(r"([1-9][0-9]{0,6})([smhd])", written.strip(), re.ASCII)
    span = int(found[1]) * _SECONDS[found[2]] if found else 0
    return span if span <= _LONGEST else 0


def shown(span: float) -> str:
    """Write a span as people say it, in its largest whole unit: ``4 min`` is ``4m``, half an hour ``30m``."""
    for unit in ("d", "h", "m"):
        if span >= _SECONDS[unit] and (span % _SECONDS[unit] == 0 or span >= 2 * _SECONDS[unit]):
            return f"{int(span // _SECONDS[unit])}{unit}"
    return f"{int(span)}s"


def exactly(span: int) -> str:
    """Write a span so that ``seconds`` reads the same: in the largest unit that holds it whole."""
    unit = next(unit for unit in ("d", "h", "m", "s") if span % _SECONDS[unit] == 0)
    return f"{span // _SECONDS[unit]}{unit}"
