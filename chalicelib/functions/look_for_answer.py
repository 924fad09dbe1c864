"""LookForAnswer: has somebody taken the finding, and if not, what is next, and when."""

from datetime import datetime
from typing import Any, TypedDict


class LookRequest(TypedDict):
    """What the state LookForAnswer passes. Executions wait for seven days: these names stay readable for as long."""

    finding_id: str
    """The key of the finding's item."""
    opening: str
    """The update that opened it."""
    execution: str
    since: str
    """When the execution was started."""


def look_for_answer(request: LookRequest, region: str, now: datetime) -> dict[str, Any]:
    """Look for the answer, and say what is next; raises AWSUnavailable, LedgerUnreadable, SlackUnavailable, …."""
    raise NotImplementedError
