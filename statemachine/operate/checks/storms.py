"""Whether findings that come in a storm can share messages, and whether those messages were posted."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from chalicelib import settings
from chalicelib.ledger import digests, watch
from chalicelib.ledger.claim import instant
from statemachine.operate.checks import Check, StagePlace, indexes
from statemachine.session import client

_SETTLED = timedelta(hours=2)
"""The hourly look posts what its owner has not."""


def index_active(place: StagePlace, name: str) -> Check:
    """The index that lists a digest's findings can be asked."""
    after = settings.fold_after(place.stage.settings)
    if not after:
        return Check(name, None, "not looked at: FOLD_AFTER is off, so in a storm findings wait for hours")
    found = indexes.judge(place, name, indexes.status(place, digests.INDEX))
    said = f"active; findings that would wait for over {after} s share a message"
    return replace(found, said=said) if found.good else found


def digests_posted(place: StagePlace, name: str) -> Check:
    """No digest has waited for longer than the hourly look takes to post it."""
    if indexes.status(place, watch.INDEX) != "ACTIVE":
        return Check(name, None, "not looked at: there is no index to ask")
    late = _late(place)
    if not late:
        return Check(name, True, "none waits to be posted")
    hint = (
        f"guardduty-notifier digest {late[0]} --stage {place.stage.name} says whose turn it is. The hourly look posts"
        f" such digests: is Reconcile on? Or: guardduty-notifier redrive --stage {place.stage.name}"
    )
    return Check(name, False, f"{len(late)} not posted for over two hours: {late[0]}", hint)


def _late(place: StagePlace) -> list[str]:
    answer = client("dynamodb").query(
        TableName=indexes.table(place),
        IndexName=watch.INDEX,
        KeyConditionExpression="awaits = :what AND awaits_since < :until",
        ExpressionAttributeValues={
            ":what": {"S": watch.POST},
            ":until": {"S": instant(datetime.now(UTC) - _SETTLED)},
        },
    )
    keys = [item["finding_id"]["S"] for item in answer["Items"]]
    return [digests.id_of_key(key) for key in keys if digests.is_key(key)]
