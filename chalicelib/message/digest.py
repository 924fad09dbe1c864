"""The digest of a channel's minute: one message for many findings. What it is made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

MOST_REPLIES = 10
NAMED_IN_A_REPLY = 20
MOST_RESOURCES, MOST_HOSTS = 2, 3
"""That are kept of a finding."""


class FoldedFinding(NamedTuple):
    """What a digest says of a finding: as it was when it was folded. Texts are as they came: hostile."""

    id: str
    """The key of the finding's item."""
    type: str = ""
    severity: float = 0.0
    account: str = ""
    account_name: str = ""
    region: str = ""
    partition: str = "aws"
    at: str = ""
    """Its update: when GuardDuty saw it last."""
    resources: tuple[str, ...] = ()
    """The first of its resources, by their ids."""
    hosts: tuple[str, ...] = ()
    """The first of its remote addresses and domains."""
    sample: bool = False
    channel: str = ""
    """Where its digest goes."""
    mention: str = ""
    """Slack's markup of whom its route calls; empty: nobody."""
    within: int = 0
    """Seconds within which somebody is to answer; 0: no answer is asked for."""
    reminds: bool = False
    escalate: str = ""


@dataclass(frozen=True)
class Digest:
    """What a digest's message is to say."""

    id: str
    begins: datetime
    """Its minute."""
    findings: Sequence[FoldedFinding]
    """At least one."""
    stage: str
    at_least: bool = False
    """Whether the index may not have heard of all of them yet."""
    repeated: bool = False
    """Whether the message may stand there already."""
    execution: str = ""
    """Address of the execution that posts it, in the console; empty: unknown."""
    access_portal: str = ""
    """IAM Identity Center's portal; empty: direct links."""
    runbook: str = ""
    """The team's own page, with ``{type}`` where the type belongs; empty: AWS's guide."""
    refused: tuple[str, str] = ("", "")
    """The channel that Slack refused, and Slack's words; empty where it goes where it should."""

    @property
    def ranked(self) -> list[FoldedFinding]:
        """The findings, the most severe first, then as they came."""
        return sorted(self.findings, key=lambda each: (-each.severity, each.at, each.id))
