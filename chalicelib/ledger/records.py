"""What the notifications table says of many findings at once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from chalicelib import clock
from chalicelib.ledger import digests
from chalicelib.ledger.claim import KEPT, are_past
from chalicelib.ledger.digest_ids import is_folded
from chalicelib.ledger.digests import DigestState
from chalicelib.ledger.table import read_items, text


@dataclass(frozen=True)
class Record:
    """A finding's item: what was claimed, posted and suppressed last; empty where it says nothing.

    Updates and times are texts as ``claim.instant`` writes them, which sort as their moments do.
    """

    claimed_update: str = ""
    claimed_by: str = ""
    """The execution's ARN."""
    notified_update: str = ""
    notified_at: str = ""
    notified_severity: str = ""
    suppressed_update: str = ""
    suppressed_at: str = ""
    suppressed_severity: str = ""
    suppressed_by: str = ""
    awaits: str = ""
    """What of an answer is still to come (``watch.ANSWER``: somebody is to answer); where a digest shows the finding,
    of the digest's answer."""
    channel: str = ""
    ts: str = ""
    """Of its own message in ``channel``."""
    fold: str = ""
    unfolded: str = ""
    digest: DigestState | None = None
    """What has become of the digest that shows the finding; None where none does, or there is no such digest."""

    @property
    def digest_id(self) -> str:
        """Name the digest that shows the finding in place of a message of its own; empty where none does."""
        return (digests.id_of(self.fold) or "?") if is_folded(self) else ""

    @property
    def waits_for_digest(self) -> bool:
        """Whether its digest is still to be posted."""
        return is_folded(self) and not (self.digest and self.digest.posted)

    @property
    def stands_in_slack(self) -> bool:
        """Whether it was posted, alone or in a digest, and not hidden since."""
        posted = bool(self.notified_update) and not self.waits_for_digest
        return posted and self.notified_update >= self.suppressed_update


NAMES = tuple(each.name for each in fields(Record) if each.name != "digest")


def read(finding_ids: Iterable[str], table: str = "") -> dict[str, Record]:
    """Read findings' items and those of their digests, consistently; who has none that is believed is left out.

    ``table`` is another stage's than the settings name. Raises AWSUnavailable where DynamoDB throttles, even in
    part, and botocore's error when it refuses.
    """
    found = {item["finding_id"]["S"]: _record(item) for item in read_items(finding_ids, NAMES, table)}
    now = clock.now()
    believed = {each: record for each, record in found.items() if are_past(_times(record), now)}
    folded = {each: record.digest_id for each, record in believed.items() if is_folded(record)}
    return {**believed, **_in_digests(believed, folded, table)} if folded else believed


def _in_digests(found: Mapping[str, Record], ids: Mapping[str, str], table: str) -> dict[str, Record]:
    """Say of folded findings what has become of their digests."""
    states = digests.states(set(ids.values()), table)
    outlived = {id_: DigestState(posted=True) for id_ in ids.values() if _is_outlived(id_)}
    known = {**outlived, **states}
    return {each: _in_digest(found[each], known.get(id_)) for each, id_ in ids.items()}


def _is_outlived(id_: str) -> bool:
    """Whether a digest's item may have been deleted by its time: then nobody posts the digest again."""
    return digests.is_id(id_) and digests.begins(id_) < clock.now() - KEPT


def _in_digest(record: Record, state: DigestState | None) -> Record:
    return replace(record, digest=state, awaits=state.awaits if state else record.awaits)


def _times(record: Record) -> tuple[str, ...]:
    """What an item of far future is known by, as ``believed`` knows it."""
    return (
        record.claimed_update,
        record.notified_update,
        record.notified_at,
        record.suppressed_update,
        record.suppressed_at,
    )


def _record(item: dict[str, Any]) -> Record:
    said: dict[str, Any] = {name: text(item, name) for name in NAMES if name in item}
    return Record(**said)
