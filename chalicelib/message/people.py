"""People by their ids in Slack, and spans of time, as messages say them."""

import math
import re
from collections.abc import Iterable
from datetime import timedelta

from chalicelib.text import words

_ID = r"[UW][A-Z0-9]{2,20}"
"""A display name is anybody's choice, an id Slack's own."""

_MOST_NAMED = 5
_UNITS = (("days", 86_400), ("hours", 3600), ("minutes", 60))


def named(ids: Iterable[str], language: str) -> str:
    """Name users in Slack's markup, which each reader sees as a name; somebody, where no id is one."""
    said = words.catalogue(language).attention
    known = [f"<@{each}>" for each in dict.fromkeys(ids) if re.fullmatch(_ID, each, re.ASCII)]
    if not known:
        return said["somebody"]
    names = words.sentence("comma", language, {}).join(known[:_MOST_NAMED])
    more = len(known) - _MOST_NAMED
    return said["others"].format(names=names, count=more) if more > 0 else names


def span(passed: timedelta, language: str) -> str:
    """Say a span of time in one unit, rounded up: less than it says has passed."""
    seconds = max(1, math.ceil(passed.total_seconds()))
    unit, size = next(((unit, size) for unit, size in _UNITS if seconds >= 2 * size), ("seconds", 1))
    if unit == "seconds" and seconds >= 60:
        unit, size = "minutes", 60
    return words.catalogue(language).attention[unit].format(count=math.ceil(seconds / size))
