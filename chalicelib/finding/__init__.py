"""A GuardDuty event as frozen data: the only place that knows GuardDuty's field names."""

from chalicelib.finding.event import parse
from chalicelib.finding.model import (
    Account,
    Actor,
    Detail,
    Finding,
    Form,
    Process,
    Resource,
    Severity,
    Signal,
    Tag,
)

__all__ = [
    "Account",
    "Actor",
    "Detail",
    "Finding",
    "Form",
    "Process",
    "Resource",
    "Severity",
    "Signal",
    "Tag",
    "parse",
]
