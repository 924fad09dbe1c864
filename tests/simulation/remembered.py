"""What is read of an event, remembered: each of an execution's functions reads the same event anew.

Reading it is pure, and half of what a history takes of the processor.
"""

import json
from functools import lru_cache
from types import ModuleType

from chalicelib.aws import guardduty, recent_findings
from chalicelib.finding import event
from chalicelib.finding.model import Finding
from chalicelib.functions import (
    check_suppression_list,
    look_up_account,
    look_up_resource_tags,
    read_finding,
)
from chalicelib.notify import job

READERS: tuple[ModuleType, ...] = (
    guardduty,
    recent_findings,
    check_suppression_list,
    look_up_account,
    look_up_resource_tags,
    read_finding,
    job,
)
"""Modules that have ``parse``."""

_parse = event.parse


def parse(given: object) -> Finding:
    """Read an event as ``event.parse`` does. What the state machine's states add is no part of it."""
    if not isinstance(given, dict):
        return _parse(given)
    # They add objects; an envelope has texts besides its detail.
    said = {name: each for name, each in given.items() if name == "detail" or not isinstance(each, dict)}
    return _remembered(json.dumps(said))


@lru_cache(maxsize=4096)
def _remembered(text: str) -> Finding:
    return _parse(json.loads(text))
