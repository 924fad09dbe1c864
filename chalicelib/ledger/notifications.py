"""The notifications table: what is claimed, attempted and posted, the channels' clocks, the accounts' names.

One item for each finding (``finding_id``), one for each channel (``channel#NAME``), one for each account
(``account#ID``). Step Functions itself writes a finding's claim and what was posted; this module reads them and
writes the rest. Every call may raise AWSUnavailable, or botocore's error where AWS refuses.
"""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from botocore.exceptions import ClientError

from chalicelib.aws.clients import client, transient_as_unavailable
from chalicelib.finding.model import Account
from chalicelib.ledger.claim import Claim, instant
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
    return _notification(_item(finding_id))


def begin_attempt(claim: Claim, execution: str, before: Notification, now: datetime) -> bool:
    """Write that a post is about to be made and renew the claim; False when that is not ours to do now.

    Either the finding's news has moved on (read again: ``supersedes``), or another execution is posting it, or
    has done so since ``before`` was read: what we would post is out of date.
    """
    unchanged, known = _unchanged(before, execution)
    try:
        _update(
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
    except _ConditionFailed:
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
        _update(
            claim["finding_id"],
            "REMOVE attempted_by, attempted_at",
            "attempted_by = :me",
            {":me": {"S": execution}},
        )
    except _ConditionFailed:
        return  # somebody else's attempt by now: theirs to end


def abandon_attempt(claim: Claim, execution: str) -> None:
    """Leave an attempt that Slack did not answer to whoever posts the finding next: nobody waits for it any longer."""
    try:
        _update(
            claim["finding_id"],
            "SET attempted_at = :stale",
            "attempted_by = :me",
            {":me": {"S": execution}, ":stale": {"S": _LONG_AGO}},
        )
    except _ConditionFailed:
        return


def remember_shown_suppression(finding_id: str, rule: str) -> None:
    """Write that the finding's message names the rule that suppresses it."""
    _update(finding_id, "SET shown_suppression = :rule", "", {":rule": {"S": rule}})


def findings_on(resource: str, finding_id: str, now: datetime) -> int:
    """Count the findings on a resource in the last seven days, this one among them.

    The item lives for two weeks from its first finding, so that it never grows without end.
    """
    day, week = instant(now)[:10], instant(now - _RESOURCE_SEEN)[:10]
    found = _update(
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
    item = _item(f"account#{account_id}")
    if float(_text(item, "expires_at") or 0) <= now.timestamp():
        return None
    return Account(name=_text(item, "name"), ou_path=_text(item, "ou_path"))


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


class Clock(NamedTuple):
    """A channel's virtual clock. All times are epoch milliseconds."""

    next_at: int = 0
    """When the next slot begins."""
    shifted: int = 0
    """By how much Slack's 429s have moved all slots so far."""
    closed_until: int = 0
    """Slack refuses the channel until then."""


def clock(channel: str) -> Clock:
    """Look at a channel's clock."""
    return _clock(_item(_channel(channel)))


def take_slot(channel: str, interval: int, now: int) -> tuple[int, Clock]:
    """Take the channel's next slot, atomically: when it begins, and the clock as it is then.

    An idle channel's slot is now. A clock in GCRA's manner, in at most two updates: the first sets the clock of
    an idle channel, and where it is not idle the second moves it on, whoever else does.
    """
    now_n, later, step = {"N": str(now)}, {"N": str(now + interval)}, {"N": str(interval)}
    try:
        idle = "attribute_not_exists(next_at) OR next_at <= :now"
        found = _update(_channel(channel), "SET next_at = :later", idle, {":now": now_n, ":later": later})
    except _ConditionFailed:
        found = _update(_channel(channel), "ADD next_at :step", "", {":step": step})
    seen = _clock(found)
    return seen.next_at - interval, seen


def close(channel: str, until: int, shift: int, now: int) -> None:
    """Close a channel that answered 429, and move every slot by ``shift``, once for each closing."""
    closing = "SET closed_until = :until, shifted = if_not_exists(shifted, :zero) + :by, next_at = "
    still_open = "(attribute_not_exists(closed_until) OR closed_until <= :now) AND "
    values = {
        ":now": {"N": str(now)},
        ":until": {"N": str(until)},
        ":by": {"N": str(shift)},
        ":zero": {"N": "0"},
    }
    try:
        _update(_channel(channel), closing + "next_at + :by", still_open + "next_at > :now", values)
    except _ConditionFailed:
        idle = still_open + "(attribute_not_exists(next_at) OR next_at <= :now)"
        try:
            _update(_channel(channel), closing + ":until", idle, values)
        except _ConditionFailed:
            return  # closed already, by another execution's 429


class _ConditionFailed(Exception):
    """The item was not as the condition wants it."""


def _update(key: str, update: str, condition: str, values: dict[str, Any]) -> dict[str, Any]:
    arguments = {"ConditionExpression": condition} if condition else {}
    try:
        with transient_as_unavailable("dynamodb:UpdateItem"):
            answer = client("dynamodb").update_item(
                TableName=notifications_table(),
                Key={"finding_id": {"S": key}},
                UpdateExpression=update,
                ExpressionAttributeValues=values,
                ReturnValues="ALL_NEW",
                **arguments,
            )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        raise _ConditionFailed from error
    attributes: dict[str, Any] = answer["Attributes"]
    return attributes


def _item(key: str) -> dict[str, Any]:
    with transient_as_unavailable("dynamodb:GetItem"):
        answer = client("dynamodb").get_item(
            TableName=notifications_table(), Key={"finding_id": {"S": key}}, ConsistentRead=True
        )
    item: dict[str, Any] = answer.get("Item", {})
    return item


def _channel(channel: str) -> str:
    return f"channel#{channel}"


def _notification(item: dict[str, Any]) -> Notification:
    return Notification(**{name: _text(item, name) for name in Notification._fields})


def _clock(item: dict[str, Any]) -> Clock:
    return Clock(**{name: int(float(_text(item, name) or 0)) for name in Clock._fields})


def _text(item: dict[str, Any], name: str) -> str:
    value = item.get(name, {})
    return str(value.get("S") or value.get("N") or "")


class Announcement(NamedTuple):
    """What stands of a batch of rule changes since an earlier try to announce it."""

    announced: bool = False
    repeated: bool = False
    """Slack may have taken it before: an earlier try was neither answered nor withdrawn."""


def begin_announcement(batch: str, now: datetime) -> Announcement:
    """Write that a batch of rule changes is about to be announced, and read what stood there before."""
    item = _update(
        _announcement(batch),
        "SET expires_at = :expires_at ADD tries :one",
        "",
        {":expires_at": {"N": str(int((now + _ANNOUNCEMENT_KEPT).timestamp()))}, ":one": {"N": "1"}},
    )
    return Announcement(announced="announced_at" in item, repeated=int(_text(item, "tries")) > 1)


def withdraw_announcement(batch: str) -> None:
    """Take the try back: Slack clearly did not take the message."""
    _update(_announcement(batch), "ADD tries :less", "", {":less": {"N": "-1"}})


def end_announcement(batch: str, now: datetime) -> None:
    """Write that Slack took the message."""
    _update(_announcement(batch), "SET announced_at = :now", "", {":now": {"S": instant(now)}})


def _announcement(batch: str) -> str:
    return f"announcement#{batch}"
