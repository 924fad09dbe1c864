"""The answer that a finding asks for: it lies in the finding's item, and a sparse index lists what is still to come.

The truth is here; the attention machine only keeps time. All times are texts as ``claim.instant`` writes them.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any, NamedTuple

from chalicelib.aws.clients import client, transient_as_unavailable
from chalicelib.message.mark import finding_hash
from chalicelib.settings import notifications_table

INDEX = "attention"
"""Of the notifications table, by ``awaits`` and ``awaits_since``; keys only."""

_LONGEST_NAME = 80
"""Characters: https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html."""

ANSWER, WITHDRAWAL, NOTHING = "answer", "withdrawal", "nothing"
"""``awaits``: it is open; it was answered lately, and that may be taken back; nothing (only the state machine's repair
writes that: an index's key can't be empty)."""
POST = "post"
"""``awaits`` of a digest that is not posted yet (``ledger.digests``)."""


class Answer(StrEnum):
    """How a finding was answered."""

    OPEN = ""
    HANDLED = "handled"
    ARCHIVED = "archived"
    """In GuardDuty."""
    HIDDEN = "hidden"
    """By a rule of the suppression list."""


@dataclass(frozen=True)
class Watch:
    """The answer that is asked for since one update of a finding, and all that has come of it."""

    opening: str
    """The update that opened it: with the finding's id it names the execution of the attention machine."""
    posted_at: str
    """Since when it is asked for: our post. Deadlines count from here."""
    within: int
    """Seconds within which somebody is to answer."""
    severity: float
    type: str
    account: str
    account_name: str
    region: str
    """Where GuardDuty lists the finding."""
    folded: int = 0
    """Of a digest: how many findings it is the answer to; 0: one of its own."""
    reminds: bool = False
    """Whether there are reminders; else the daily list is the reminder."""
    mention: str = ""
    """Slack's markup of whom reminders call; empty: nobody."""
    escalate: str = ""
    """Slack's markup of whom the last reminder calls besides."""
    seen_by: tuple[str, ...] = ()
    """Ids of users that have it in hand (👀), the first that was noticed first."""
    seen_at: str = ""
    """When that was noticed first."""
    answer: Answer = Answer.OPEN
    handled_by: tuple[str, ...] = ()
    """Ids of users that say it is handled (✅)."""
    answered_at: str = ""
    """When the answer was noticed."""
    elsewhere: bool = False
    """It was handled on an earlier message: that nothing stands on this one takes nothing back."""
    anew: bool = False
    """Opened again, and not looked at yet: what stands there at the first look was given before."""
    ignored: tuple[str, ...] = ()
    """Reactions that stood there as it opened again, as ``USER name``: they count once they were taken away."""
    reminded: int = 0
    """How many deadlines are over: reminded of, or passed."""
    reminding: int = 0
    """The deadline whose reminder was begun and has not ended; 0: none."""
    reminding_until: str = ""
    """Whose reminder it is has ended by then."""
    gone: bool = False
    """Its message, or the message's channel, is not there any more."""
    reposted: bool = False
    """It was posted anew for that once."""
    off: bool = False
    """Attention was switched off as it was looked at last: nobody is reminded of what was due meanwhile."""
    blind: str = ""
    """Why nobody's answer can be seen (``scope``, ``channel``, ``group``); empty where it can."""
    shown: str = ""
    """``said`` as the message shows it."""
    place: str = ""
    """The place in a channel's queue of what is to be shown or said, as text (``places``)."""

    @property
    def said(self) -> str:
        """What a message is to show of the answer: another text where that is something else."""
        return f"{self.answer} {','.join(self.seen_by)} {','.join(self.handled_by)}"

    @property
    def is_open(self) -> bool:
        """Whether nobody has answered: who has it in hand has not."""
        return self.answer is Answer.OPEN

    def with_(self, **changes: Any) -> "Watch":
        """Give it with some of it changed."""
        return replace(self, **changes)

    def to_text(self) -> str:
        """Write it as short JSON: what says nothing is left out."""
        usual = {name: field.default for name, field in Watch.__dataclass_fields__.items()}
        return json.dumps(
            {name: value for name, value in asdict(self).items() if value != usual[name]},
            separators=(",", ":"),
        )


_NAMES = frozenset(Watch.__dataclass_fields__)


def read(text: str) -> Watch | None:
    """Read it; None where no answer was ever asked for, or it can't be read.

    What a newer version has written besides is passed over: while a deploy lasts both read what the other writes.
    """
    try:
        said = {name: value for name, value in json.loads(text).items() if name in _NAMES}
        lists = {
            name: tuple(map(str, said[name])) for name in ("seen_by", "handled_by", "ignored") if name in said
        }
        return Watch(**{**said, **lists, "answer": Answer(said.get("answer", ""))})
    except (ValueError, TypeError, AttributeError):
        return None


def changes(watch: Watch) -> dict[str, str]:
    """Say what of the finding's item is to be written: itself, and what of it is still to come."""
    awaits, since = (ANSWER, watch.posted_at) if watch.is_open else (WITHDRAWAL, watch.answered_at)
    return {"attention": watch.to_text(), "awaits": awaits, "awaits_since": since}


def execution_name(finding_id: str, opening: str) -> str:
    """Name the execution that waits for the answer: the same finding and opening, the same name.

    A key that can't be a part of a name, or is too long for one, goes by its hash.
    """
    opened = "".join(filter(str.isdecimal, opening))
    longest = _LONGEST_NAME - len(opened) - 1
    is_name = re.fullmatch(r"[A-Za-z0-9_-]+", finding_id, re.ASCII) and len(finding_id) <= longest
    return f"{finding_id if is_name else finding_hash(finding_id)}-{opened}"


class Awaited(NamedTuple):
    """An entry of the index."""

    finding_id: str
    """The item's key."""
    since: str


def awaited(what: str, since: str = "", until: str = "", table: str = "") -> Iterator[Awaited]:
    """List what awaits ``what`` (``ANSWER``, ``WITHDRAWAL``), the oldest first; the index is eventually consistent.

    ``since`` and ``until`` are texts of moments; ``table`` is another stage's than the settings name.
    Raises AWSUnavailable, and botocore's error.
    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html
    """
    asked: dict[str, Any] = {
        "TableName": table or notifications_table(),
        "IndexName": INDEX,
        "KeyConditionExpression": "awaits = :what AND awaits_since BETWEEN :since AND :until",
        "ExpressionAttributeValues": {
            ":what": {"S": what},
            ":since": {"S": since or "0"},
            ":until": {"S": until or "9"},
        },
    }
    start: dict[str, Any] = {}
    while True:
        with transient_as_unavailable("dynamodb:Query"):
            page = client("dynamodb").query(**asked, **start)
        for item in page["Items"]:
            yield Awaited(item["finding_id"]["S"], item["awaits_since"]["S"])
        if not page.get("LastEvaluatedKey"):
            return
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
