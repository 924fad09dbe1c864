"""A finding's item: read, and changed on the one condition that it is as it was read.

Who may post what is decided on the whole item (``decide``), so nothing that was written meanwhile may be overlooked.
Every call may raise AWSUnavailable, or botocore's error where AWS refuses; a change raises ConditionFailed too.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chalicelib import clock
from chalicelib.ledger.believed import believed
from chalicelib.ledger.claim import KEPT, Claim, instant
from chalicelib.ledger.decide import FindingItem
from chalicelib.ledger.table import read_item, text, update_item

Changes = Mapping[str, str | float]
"""Attributes and their new values; an empty text removes one."""

_BEFORE = ("attempted_by", "attempted_at")
"""An attempt as it was written before attempts had an end: nobody has heard Slack's answer to it."""


_NOTHING_ELSE: Changes = {name: "" for name in (*FindingItem._fields, "folded") if name != "v"}


def read(finding_id: str) -> FindingItem:
    """Read a finding's item, consistently, as far as it is believed."""
    return believed(_written(finding_id), clock.now())


def _written(finding_id: str) -> FindingItem:
    item = read_item(finding_id)
    said = {name: text(item, name) for name in FindingItem._fields if name != "v"}
    said["unanswered"] = said["unanswered"] or text(item, "attempted_at")
    return FindingItem(v=int(text(item, "v") or 0), **said)


class FindingEntry:
    """A finding's item as one execution holds it; without a claim, or the ledger, nothing but a memory."""

    def __init__(self, claim: Claim | None, place: str = "") -> None:
        """Hold the item of a claim's finding; it is not read yet. ``place`` is remembered from an earlier run."""
        self.claim = claim
        self.item = FindingItem(place=place)
        self._is_forged = False

    def read(self) -> FindingItem:
        """Read the item, consistently, as far as it is believed."""
        if self.claim:
            written = _written(self.claim["finding_id"])
            self.item = believed(written, clock.now())
            self._is_forged = self.item != written
        return self.item

    def change(self, changes: Changes) -> None:
        """Write what changes, if the item is as it was read; else raise ConditionFailed.

        Of what is not believed nothing stays.
        """
        if self.claim:
            _change(self.claim, self.item.v, {**_NOTHING_ELSE, **changes} if self._is_forged else changes)
            self._is_forged = False
        known = {name: value for name, value in changes.items() if name in FindingItem._fields}
        self.item = self.item._replace(v=self.item.v + 1, **known)  # type: ignore[arg-type]


def held(finding_id: str, now: datetime) -> FindingEntry:
    """Hold a finding's item, not read yet, for its answer: what is written lets it live 90 days more."""
    lives = str(int((now + KEPT).timestamp()))
    return FindingEntry(Claim(finding_id=finding_id, update="", lease_over=instant(now), expires_at=lives))


def _change(claim: Claim, v: int, changes: Changes) -> None:
    kept = {"v": v + 1, "expires_at": int(claim["expires_at"]), **changes}
    written = {name: value for name, value in kept.items() if value != ""}
    removed = [name for name, value in kept.items() if value == ""]
    removed += _BEFORE if "unanswered" in changes else ()
    values: dict[str, Any] = {f":{name}": _value(value) for name, value in written.items()}
    update_item(
        claim["finding_id"],
        "SET "
        + ", ".join(f"{name} = :{name}" for name in written)
        + (f" REMOVE {', '.join(removed)}" if removed else ""),
        "v = :seen" if v else "attribute_not_exists(v)",
        values | ({":seen": {"N": str(v)}} if v else {}),
        returned="NONE",
    )


def _value(value: str | float) -> dict[str, str]:
    return {"S": value} if isinstance(value, str) else {"N": f"{value:.10g}"}
