"""Everything besides the finding that shapes its message."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple

from chalicelib.finding.model import Account

MOST_ON_RESOURCE = 500
"""Findings on a resource that are counted; who reads 500 has understood."""

Value = str | int | float | datetime


class Links(NamedTuple):
    """Where the buttons lead, besides what the finding itself says."""

    execution: str = ""
    """URL of the execution in the Step Functions console (``execution_link``)."""
    access_portal: str = ""
    """The organisation's IAM Identity Center portal (``ACCESS_PORTAL_URL``), or empty."""
    suppressions: str = ""
    """URL of the suppression table's items in the DynamoDB console, in the stack's region."""
    runbook: str = ""
    """The team's own page on what to do: the route's ``runbook``, else ``RUNBOOK_URL``; https, or empty."""


class Note(NamedTuple):
    """A line of ours: a key of ``words.SENTENCES`` and the values of its sentence, as they came."""

    key: str
    values: Mapping[str, Value] = MappingProxyType({})


class Suppressed(NamedTuple):
    """A rule that hides the finding's recurrences from now on, although it was posted before."""

    since: datetime
    rule: str
    until: datetime | None = None


@dataclass(frozen=True)
class MessageContext:
    """What we know and want when we post a finding."""

    account: Account = field(default_factory=Account)
    links: Links = field(default_factory=Links)
    language: str = "en"
    mention: str = ""
    """Slack markup of ours (``<!here>``, ``<@U…>``, ``<!subteam^S…>``). Samples and tests mention nobody."""
    notes: tuple[Note, ...] = ()
    suppressed: Suppressed | None = None
    other_accounts: Mapping[str, str] = field(default_factory=dict)
    """What Organizations calls other accounts of ours that the finding names, by their ids."""
    on_resource: int = 0
    """How many findings were posted on the finding's first resource within 7 days, with this one; 0 if unknown.
    ``MOST_ON_RESOURCE``: so many or more."""
