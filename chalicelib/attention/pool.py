"""One message for many: more than five findings of a channel that are due within ten minutes."""

from contextlib import suppress
from datetime import datetime

from botocore.exceptions import ClientError

from chalicelib import clock
from chalicelib.attention import schedule
from chalicelib.attention.acting import Doing
from chalicelib.errors import AWSUnavailable, SlackUnanswered
from chalicelib.ledger import open_list, pools
from chalicelib.ledger.open_list import Watched
from chalicelib.ledger.table import as_unreadable
from chalicelib.ledger.watch import ANSWER, Watch
from chalicelib.message.reminder import Unanswered
from chalicelib.notify.answers import permalink
from chalicelib.slack.api import Payload, Posted, Throttled
from chalicelib.slack.post import Door, Letter

_ALONE = 5
"""So many are still reminded of one by one."""


def many(doing: Doing) -> tuple[Unanswered, ...]:
    """List all that is due in the channel, this one among them; nothing where it is few. Raises AWSUnavailable."""
    now, channel = clock.now(), doing.item.channel
    own = doing.entry.claim["finding_id"] if doing.entry.claim else ""
    found = [
        unanswered(each.watch, number, permalink(each.channel, each.ts))
        for each in open_list.watched(ANSWER)
        if each.channel == channel and (number := _number(each, own, now))
    ]
    return tuple(found) if len(found) > _ALONE else ()


def _number(each: Watched, own: str, now: datetime) -> int:
    """Number the deadline that is due, or will be within ten minutes; 0: none."""
    watch = each.watch
    if not watch.is_open or watch.blind or watch.gone or not each.ts:
        return 0
    if watch.reminding and each.finding_id != own:  # its own reminder is on the way
        return 0
    return schedule.due(watch, now + pools.SPAN)


def claimed(doing: Doing) -> bool:
    """Whether this execution posts the one message; False where another has posted it. Raises LedgerUnreadable."""
    with as_unreadable():
        channel = doing.item.channel
        return pools.claim(channel, doing.execution, clock.now()) or pools.read(channel).by == doing.execution


def post(doing: Doing, door: Door, payload: Payload) -> Posted | Throttled:
    """Post the one message; where Slack clearly took nothing, another may."""
    try:
        done = door.post(Letter(doing.item.channel, payload))
    except SlackUnanswered:
        raise
    except Exception:
        _give_back(doing)
        raise
    if isinstance(done, Throttled):
        _give_back(doing)
    return done


def _give_back(doing: Doing) -> None:
    # One that stays is over in ten minutes.
    with suppress(AWSUnavailable, ClientError):
        pools.give_back(doing.item.channel, doing.execution)


def unanswered(watch: Watch, number: int, link: str = "") -> Unanswered:
    """Say what a reminder says of a finding; the last one calls others besides."""
    return Unanswered(
        severity=watch.severity,
        type=watch.type,
        account=watch.account,
        account_name=watch.account_name,
        since=datetime.fromisoformat(watch.posted_at),
        in_hand=watch.seen_by,
        folded=watch.folded,
        calls=(watch.mention, watch.escalate if number == schedule.LAST else ""),
        permalink=link,
    )
