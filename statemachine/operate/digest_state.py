"""A digest as a person asks after it: what has become of its message, and of each of its findings since."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from chalicelib.ledger import digests, watch
from chalicelib.ledger.believed import believed
from chalicelib.ledger.claim import are_past, instant
from chalicelib.ledger.decide import FindingItem, is_unanswered
from chalicelib.ledger.table import read_items, text
from chalicelib.ledger.watch import Watch
from chalicelib.message.digest import FoldedFinding
from chalicelib.notify.answers import permalink
from chalicelib.notify.digest import ready_at

_OF_A_DIGEST = tuple(name for name in FindingItem._fields if name not in ("v", "content", "said"))


class DigestItem(NamedTuple):
    """A digest, and what its item says of it."""

    id: str
    item: FindingItem = FindingItem()

    @property
    def is_posted(self) -> bool:
        """Whether its message stands in Slack, as far as the ledger knows."""
        return bool(self.item.notified_update)

    @property
    def message(self) -> str:
        """The address of its message; empty where there is none, or a webhook posted it."""
        return permalink(self.item.channel, self.item.ts) if self.item.ts else ""

    @property
    def answer(self) -> Watch | None:
        """The one answer that it asks for; None where it asks for none."""
        return watch.read(self.item.attention)

    def to_do(self, now: datetime) -> str:
        """Say whose turn it is while it is not posted, and what a person can do; empty where it is posted."""
        item, owner = self.item, _name(self.item.claimed_by)
        if self.is_posted:
            return ""
        if is_unanswered(item) and item.attempt_until <= instant(now):
            begun = "Slack never answered its post, so its message may stand there"
        elif item.claimed_until > instant(now):
            ready = ready_at(self.id)
            when = f"after {clock_time(instant(ready))}" if now < ready else "as soon as it is its turn"
            return f"not posted yet: {owner} posts it {when}"
        else:
            begun = f"{owner} has not posted it" if owner else "nobody has begun to post it"
        return f"not posted: {begun}. The hourly look posts it; a failed execution does when it is redriven"


class FindingSince(NamedTuple):
    """What has become of a finding since a digest has shown it; empty where nothing has."""

    message: str = ""
    """The address of a message of its own."""
    has_own: bool = False
    """Whether it has one: of a webhook's nobody knows the address."""
    hidden_by: str = ""
    """The rule that hides it."""
    hidden_at: str = ""
    update_at: str = ""
    """When a newer update was remembered, and said nowhere."""
    is_gone: bool = False
    """Its item is not there any more, or is not believed."""


def read_digests(ids: Iterable[str], table: str, now: datetime) -> dict[str, DigestItem]:
    """Read digests' items, consistently; one that has none is left out. Errors are those of ``read_items``."""
    found = {}
    for item in read_items(map(digests.key, ids), _OF_A_DIGEST, table):
        id_ = digests.id_of_key(item["finding_id"]["S"])
        said = {name: text(item, name) for name in _OF_A_DIGEST}
        found[id_] = DigestItem(id_, believed(FindingItem(v=0, **said), now))
    return found


def ranked(findings: Iterable[FoldedFinding]) -> list[FoldedFinding]:
    """Sort them: the most severe first, then as they came."""
    return sorted(findings, key=lambda each: (-each.severity, str(each.at), each.id))


_SINCE = (
    *("notified_update", "notified_at", "channel", "ts", "unfolded"),
    *("suppressed_update", "suppressed_at", "suppressed_by"),
)


def since(
    id_: str, findings: Iterable[FoldedFinding], table: str, now: datetime
) -> Iterator[tuple[str, FindingSince]]:
    """Say what has become of a digest's findings, by their ids; of one whose item is gone nothing is said."""
    folded_by = instant(ready_at(id_))
    for item in read_items((each.id for each in findings), _SINCE, table):
        said = {name: text(item, name) for name in _SINCE}
        times = (said["notified_update"], said["notified_at"], said["suppressed_update"])
        yield item["finding_id"]["S"], _since(said, folded_by) if are_past(times, now) else GONE


GONE = FindingSince(is_gone=True)


def _since(said: Mapping[str, str], folded_by: str) -> FindingSince:
    own = bool(said["unfolded"])
    hidden = said["suppressed_update"] > said["notified_update"]
    return FindingSince(
        message=permalink(said["channel"], said["ts"]) if own and said["ts"] else "",
        has_own=own,
        hidden_by=said["suppressed_by"] if hidden else "",
        hidden_at=said["suppressed_at"] if hidden else "",
        # Whoever folded it has ended by then.
        update_at=said["notified_at"] if not own and said["notified_at"] > folded_by else "",
    )


def executed_by(item: FindingItem) -> str:
    """Name the execution that posted a digest."""
    return _name(item.notified_by)


def _name(execution: str) -> str:
    return execution.rsplit(":", 1)[-1]


def clock_time(moment: str) -> str:
    """Write a moment's text as people read it: ``2026-11-26 14:05:01 UTC``."""
    return f"{moment[:10]} {moment[11:19]} UTC"
