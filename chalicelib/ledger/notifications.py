"""What the notifications table says of a finding, a resource, an account: claimed, attempted, posted, named.

One item for each finding (``finding_id``), one for each account (``account#ID``); ``clocks`` has the channels'.
Step Functions itself writes a finding's claim and what was posted; this module reads them and writes the rest. Every
call may raise AWSUnavailable, or botocore's error where AWS refuses.
"""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from chalicelib.aws.clients import client, transient_as_unavailable
from chalicelib.finding.model import Account
from chalicelib.ledger.claim import Claim, instant
from chalicelib.ledger.table import ConditionFailed, read_item, text, update_item
from chalicelib.settings import notifications_table

# Longer than post, answer and RecordNotification together take; after it the attempt's owner has died or waits.
_ATTEMPT_LIVES = timedelta(seconds=120)

_LONG_AGO = "0"  # before any time

_ACCOUNT_KEPT = timedelta(days=1)

_RESOURCE_SEEN = timedelta(days=7)

# Longer than a table's stream keeps its records: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html
_ANNOUNCEMENT_KEPT = timedelta(days=2)


class Notification(NamedTuple):
    """What a finding's item says; empty where it says nothing."""

    claimed_update: str = ""
    claimed_by: str = ""
    notified_update: str = ""
    channel: str = ""
    ts: str = ""
    said: str = ""
    """What was last said aloud, as JSON (see ``news``)."""
    attempted_by: str = ""
    shown_suppression: str = ""
    """The rule that the message names as suppressing it."""
    place: str = ""
    """Its place in the channel's queue, as text (``places``)."""

    def supersedes(self, claim: Claim, execution: str) -> bool:
        """Whether this update is posted already, or somebody else has claimed it or a newer one."""
        update = claim["update"]
        another = self.claimed_by != execution
        return (
            self.notified_update >= update
            or self.claimed_update > update
            or (self.claimed_update == update and another)
        )


UNREADABLE = Notification()
"""Stands for an item that the table did not give: nothing is known of what was posted."""


def read(finding_id: str) -> Notification:
    """Read a finding's item, consistently."""
    return _notification(read_item(finding_id))


def begin_attempt(claim: Claim, execution: str, before: Notification, now: datetime) -> bool:
    """Write that a post is about to be made and renew the claim; False when that is not ours to do now.

    Either the finding's news has moved on (read again: ``supersedes``), or another execution is posting it, or
    has done so since ``before`` was read: what we would post is out of date.
    """
    unchanged, known = _unchanged(before, execution)
    try:
        update_item(
            claim["finding_id"],
            "SET claimed_update = :update, claimed_by = :me, claimed_at = :now, expires_at = :expires_at,"
            " attempted_by = :me, attempted_at = :now",
            "(attribute_not_exists(notified_update) OR notified_update < :update)"
            " AND (attribute_not_exists(claimed_update) OR claimed_update < :update OR claimed_by = :me)"
            " AND (attribute_not_exists(attempted_by) OR attempted_by = :me OR attempted_at < :stale)"
            f"{unchanged}",
            {
                ":update": {"S": claim["update"]},
                ":me": {"S": execution},
                ":now": {"S": instant(now)},
                ":expires_at": {"N": claim["expires_at"]},
                ":stale": {"S": instant(now - _ATTEMPT_LIVES)},
                **known,
            },
        )
    except ConditionFailed:
        return False
    return True


def _unchanged(before: Notification, execution: str) -> tuple[str, dict[str, Any]]:
    """The condition that what was read still stands, and its values; our own earlier attempt is no change."""
    if before is UNREADABLE:
        return "", {}
    posted, attempted = "attribute_not_exists(notified_update)", "attribute_not_exists(attempted_by)"
    known = {}
    if before.notified_update:
        posted, known[":posted"] = "notified_update = :posted", {"S": before.notified_update}
    if before.attempted_by not in ("", execution):
        attempted, known[":known"] = "attempted_by = :known", {"S": before.attempted_by}
    return f" AND {posted} AND ({attempted} OR attempted_by = :me)", known


def withdraw_attempt(claim: Claim, execution: str, before: Notification) -> None:
    """Take the attempt back: Slack clearly did not take the message. What stood ``before`` stays.

    An earlier attempt that Slack did not answer is not undone by a later refusal: its message may be there.
    """
    if before.attempted_by or before is UNREADABLE:
        abandon_attempt(claim, execution)
        return
    try:
        update_item(
            claim["finding_id"],
            "REMOVE attempted_by, attempted_at",
            "attempted_by = :me",
            {":me": {"S": execution}},
        )
    except ConditionFailed:
        return  # somebody else's attempt by now: theirs to end


def abandon_attempt(claim: Claim, execution: str) -> None:
    """Leave an attempt that Slack did not answer to whoever posts the finding next: nobody waits for it any longer."""
    try:
        update_item(
            claim["finding_id"],
            "SET attempted_at = :stale",
            "attempted_by = :me",
            {":me": {"S": execution}, ":stale": {"S": _LONG_AGO}},
        )
    except ConditionFailed:
        return


def remember_shown_suppression(finding_id: str, rule: str) -> None:
    """Write that the finding's message names the rule that suppresses it."""
    update_item(finding_id, "SET shown_suppression = :rule", "", {":rule": {"S": rule}})


def keep_place(claim: Claim, before: str, place: str) -> str:
    """Write the finding's place in the queue, unless another execution has written one since; say which stands."""
    was, seen = ("place = :was", {":was": {"S": before}}) if before else ("attribute_not_exists(place)", {})
    values = {":place": {"S": place}, ":expires_at": {"N": claim["expires_at"]}, **seen}
    kept = "SET place = :place, expires_at = if_not_exists(expires_at, :expires_at)"
    try:
        update_item(claim["finding_id"], kept, was, values)
    except ConditionFailed:
        return read(claim["finding_id"]).place or place
    return place


def drop_place(finding_id: str, place: str) -> bool:
    """Forget the finding's place; False where it was another one by then."""
    try:
        update_item(finding_id, "REMOVE place", "place = :place", {":place": {"S": place}})
    except ConditionFailed:
        return False
    return True


def findings_on(resource: str, finding_id: str, now: datetime) -> int:
    """Count the findings on a resource in the last seven days, this one among them.

    The item lives for two weeks from its first finding, so that it never grows without end.
    """
    day, week = instant(now)[:10], instant(now - _RESOURCE_SEEN)[:10]
    found = update_item(
        f"resource#{resource}",
        "SET expires_at = if_not_exists(expires_at, :expires_at) ADD findings :finding",
        "",
        {
            ":finding": {"SS": [f"{day} {finding_id}"]},
            ":expires_at": {"N": str(int((now + 2 * _RESOURCE_SEEN).timestamp()))},
        },
    )
    seen = (each.split(" ", 1) for each in found["findings"]["SS"])
    return len({name for on, name in seen if on >= week})


def account(account_id: str, now: datetime) -> Account | None:
    """Read an account's name as looked up within the last day."""
    item = read_item(f"account#{account_id}")
    if float(text(item, "expires_at") or 0) <= now.timestamp():
        return None
    return Account(name=text(item, "name"), ou_path=text(item, "ou_path"))


def keep_account(account_id: str, found: Account, now: datetime) -> None:
    """Keep an account's name for a day."""
    with transient_as_unavailable("dynamodb:PutItem"):
        client("dynamodb").put_item(
            TableName=notifications_table(),
            Item={
                "finding_id": {"S": f"account#{account_id}"},
                "name": {"S": found.name},
                "ou_path": {"S": found.ou_path},
                "expires_at": {"N": str(int((now + _ACCOUNT_KEPT).timestamp()))},
            },
        )


def _notification(item: dict[str, Any]) -> Notification:
    return Notification(**{name: text(item, name) for name in Notification._fields})


class Announcement(NamedTuple):
    """What stands of a batch of rule changes since an earlier try to announce it."""

    announced: bool = False
    repeated: bool = False
    """Slack may have taken it before: an earlier try was neither answered nor withdrawn."""


def begin_announcement(batch: str, now: datetime) -> Announcement:
    """Write that a batch of rule changes is about to be announced, and read what stood there before."""
    item = update_item(
        _announcement(batch),
        "SET expires_at = :expires_at ADD tries :one",
        "",
        {":expires_at": {"N": str(int((now + _ANNOUNCEMENT_KEPT).timestamp()))}, ":one": {"N": "1"}},
    )
    return Announcement(announced="announced_at" in item, repeated=int(text(item, "tries")) > 1)


def withdraw_announcement(batch: str) -> None:
    """Take the try back: Slack clearly did not take the message."""
    update_item(_announcement(batch), "ADD tries :less", "", {":less": {"N": "-1"}})


def end_announcement(batch: str, now: datetime) -> None:
    """Write that Slack took the message."""
    update_item(_announcement(batch), "SET announced_at = :now", "", {":now": {"S": instant(now)}})


def _announcement(batch: str) -> str:
    return f"announcement#{batch}"
