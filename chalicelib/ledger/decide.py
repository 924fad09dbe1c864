"""Who may post what: one pure function of a finding's item, of what an execution wants, and of the time.

It stands nowhere else. Whoever acts on the answer writes with one condition: that the item is as it was read (``v``).
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from chalicelib.ledger.claim import instant
from chalicelib.ledger.digest_ids import is_folded

TURNS_UP_WITHIN = timedelta(minutes=1)
"""What Slack takes after it was looked for is looked for once more, so long after another message was posted."""

VERDICT_HOLDS = timedelta(minutes=1)
"""A rule that is added is heard by whoever posts later than this."""


class FindingItem(NamedTuple):
    """A finding's item; empty where it says nothing. Updates and times are texts as ``instant`` writes them."""

    v: int = 0
    """How often it was written."""
    claimed_update: str = ""
    claimed_by: str = ""
    """An execution's ARN."""
    claimed_until: str = ""
    """Until then the claim is believed: its place's time and a margin."""
    attempt: str = ""
    """The nonce of a post that was begun and has not ended."""
    attempt_until: str = ""
    """No call of Slack begins for it later."""
    attempted_update: str = ""
    """What the message may say, as an attempt with this update has ended with no answer; empty where none has."""
    unanswered: str = ""
    """Since when attempts were made that Slack never answered: their message may stand there."""
    asked_in: str = ""
    """The channels that these attempts went to, apart by spaces."""
    look_after: str = ""
    """Slack has taken by then what it takes of them."""
    repeated: str = ""
    """As ``unanswered``, of attempts that were looked for in vain: their message may turn up still, beside another."""
    notified_update: str = ""
    """What the message's content says."""
    notified_by: str = ""
    """The execution that said it; ``notified_at`` is when."""
    notified_at: str = ""
    channel: str = ""
    ts: str = ""
    """The message in ``channel``; empty where there is none, or a webhook can't name it."""
    said: str = ""
    """What was last said aloud, as JSON (``notify.news``)."""
    content: str = ""
    """The message's payload without a stamp, compressed (``ledger.content``)."""
    suppressed_update: str = ""
    """The newest update that a rule hid."""
    suppressed_at: str = ""
    """When that was written."""
    shown_suppression: str = ""
    """The rule that the message names as hiding its finding, and its end, as ``Wish.suppressed_by`` has them."""
    shown_since: str = ""
    """When it began to name it."""
    place: str = ""
    """The finding's place in a channel's queue, as text (``places``)."""
    fold: str = ""
    """The digest whose message shows the finding, in place of one of its own (``ledger.digests``)."""
    unfolded: str = ""
    """The update that rose, so that it has had a message of its own since."""
    attention: str = ""
    """The answer that is asked for, or was given, as JSON (``ledger.watch``); empty where none was ever asked for."""
    awaits: str = ""
    """What of it is still to come (``watch.ANSWER``, ``WITHDRAWAL``): with ``awaits_since`` the key of an index."""
    awaits_since: str = ""


class Wish(NamedTuple):
    """What an execution wants to have done."""

    execution: str
    update: str
    verdict_at: str
    """When the suppression list was asked."""
    suppressed_by: str = ""
    """The rule that hides the finding and its end; empty where none does."""
    news: bool = False
    """Whether the finding has something that its reader does not know."""
    updates: bool = True
    """Whether a message can be changed; a webhook's can't."""
    looks: bool = False
    """Whether Slack's history can be read."""
    rises: bool = False
    """Whether its severity is above what was said of it."""
    folds: bool = False
    """Whether it may go into a digest: nothing Critical, no attack sequence, where digests are made."""
    queue_is_long: bool = False
    """Whether a message of its own would wait for longer than findings are to."""


class Decision(StrEnum):
    """What to do."""

    WAIT_FOR_VERDICT = "ask the suppression list again"
    WAIT_FOR_ATTEMPT = "wait: another post of the finding is under way"
    WAIT_FOR_NEWER = "wait: a newer update is claimed"
    SUPERSEDED = "a newer update is shown"
    ALREADY = "this update is shown"
    CLAIMED = "another execution has claimed this update"
    SUPPRESSED = "hidden, and nothing to show of it"
    STAMP = "say on the message that a rule hides the finding"
    WAIT_FOR_SLACK = "wait: Slack may be about to take an unanswered post"
    LOOK = "look whether an unanswered post stands in Slack"
    WAIT_FOR_SURPLUS = "wait: an unanswered post may turn up beside the message"
    SURPLUS = "let what has turned up beside the message point to it"
    IN_DIGEST = "this update, or a newer one, is a digest's: see to it that it is posted"
    FOLD = "go into the minute's digest"
    POST = "post a message"
    NOTHING = "nothing that the reader does not know, and no message to change"
    REPLY = "update the message and say the news in its thread"
    UPDATE = "update the message"


POSTS = frozenset({Decision.POST, Decision.REPLY, Decision.UPDATE})
"""Where no rule hides the finding: what is done in Slack."""


def decide(item: FindingItem, wish: Wish, now: datetime) -> Decision:
    """Say what to do: the first row that holds."""
    return next(decision for decision, holds in ROWS if holds(item, wish, now))


def _verdict_is_old(item: FindingItem, wish: Wish, now: datetime) -> bool:
    """Older than a minute, or than a rule that has hidden another update of the finding since."""
    hidden_since = not wish.suppressed_by and item.suppressed_at >= wish.verdict_at
    return hidden_since or wish.verdict_at <= instant(now - VERDICT_HOLDS)


def _is_attempted(item: FindingItem, _: Wish, now: datetime) -> bool:
    return bool(item.attempt) and item.attempt_until > instant(now)


def _is_looked_for(item: FindingItem, wish: Wish, _: datetime) -> bool:
    """An attempt that has run out was answered to nobody."""
    return wish.looks and is_unanswered(item)


def _is_too_early(item: FindingItem, _: Wish, now: datetime) -> bool:
    return item.look_after > instant(now)


def _may_be_there(item: FindingItem, _: Wish, __: datetime) -> bool:
    return not item.ts and is_unanswered(item)


def _may_have_turned_up(item: FindingItem, wish: Wish, _: datetime) -> bool:
    return wish.looks and bool(item.repeated and item.ts)


def _is_fresh(item: FindingItem, _: Wish, now: datetime) -> bool:
    return item.notified_at > instant(now - TURNS_UP_WITHIN)


def _is_mine(item: FindingItem, wish: Wish, _: datetime) -> bool:
    return item.notified_by == wish.execution


def is_unanswered(item: FindingItem) -> bool:
    """Whether an attempt was answered to nobody; asked where none is under way."""
    return bool(item.unanswered or item.attempt)


def is_stamped(item: FindingItem, update: str) -> bool:
    """Whether the message says that its finding is hidden, and goes on saying so beside this update."""
    return bool(item.shown_suppression) and item.suppressed_update > update


def _is_hidden(_: FindingItem, wish: Wish, __: datetime) -> bool:
    return bool(wish.suppressed_by)


def _is_to_be_stamped(item: FindingItem, wish: Wish, _: datetime) -> bool:
    """A stamp is shown when it is newer than the content, and names the rule that holds now.

    It is shown again where the content is not known: nothing older is shown for that, so it brings its own.
    """
    stamped = item.shown_suppression == wish.suppressed_by and not item.attempted_update
    older = item.notified_update < wish.update and item.attempted_update <= wish.update
    return bool(item.ts) and wish.updates and older and not stamped


def _is_newer_claimed(item: FindingItem, wish: Wish, now: datetime) -> bool:
    """A newer update that was hidden is not going to be shown."""
    hidden = item.suppressed_update >= item.claimed_update
    return item.claimed_update > wish.update and item.claimed_until > instant(now) and not hidden


def _may_show_newer(item: FindingItem, wish: Wish, _: datetime) -> bool:
    """Nothing older is shown over it: its execution shows it again, or has failed for people to see."""
    return bool(item.ts) and item.attempted_update > wish.update


def _is_claimed(item: FindingItem, wish: Wish, now: datetime) -> bool:
    another = item.claimed_by not in ("", wish.execution)
    return item.claimed_update == wish.update and another and item.claimed_until > instant(now)


def _and(
    *all_: Callable[[FindingItem, Wish, datetime], bool],
) -> Callable[[FindingItem, Wish, datetime], bool]:
    return lambda item, wish, now: all(each(item, wish, now) for each in all_)


def _not(
    one: Callable[[FindingItem, Wish, datetime], bool],
) -> Callable[[FindingItem, Wish, datetime], bool]:
    return lambda item, wish, now: not one(item, wish, now)


def _is_in_digest(item: FindingItem, wish: Wish, _: datetime) -> bool:
    """This update, or a newer one: whoever folded that may have died before anybody was to post the digest."""
    return is_folded(item) and item.notified_update >= wish.update


def _has_not_risen(item: FindingItem, wish: Wish, _: datetime) -> bool:
    """A digest stays as it is: of what it shows only a rise is worth a message."""
    return is_folded(item) and not wish.rises


def _is_late(_: FindingItem, wish: Wish, __: datetime) -> bool:
    return wish.queue_is_long


def _is_shown_in_silence(_: FindingItem, wish: Wish, __: datetime) -> bool:
    """While the queue is long; but what has become Critical is said aloud, however long that takes."""
    return wish.queue_is_long and (wish.folds or not wish.rises)


def _may_fold(item: FindingItem, wish: Wish, _: datetime) -> bool:
    """No message of its own may turn up beside the digest."""
    return wish.queue_is_long and wish.folds and not item.repeated


def _may_update(item: FindingItem, wish: Wish, _: datetime) -> bool:
    return bool(item.ts) and wish.updates


def _has_no_message(item: FindingItem, _: Wish, __: datetime) -> bool:
    return not item.ts and not item.notified_update


ROWS: tuple[tuple[Decision, Callable[[FindingItem, Wish, datetime], bool]], ...] = (
    (Decision.WAIT_FOR_VERDICT, _verdict_is_old),
    (Decision.WAIT_FOR_ATTEMPT, _is_attempted),
    (Decision.WAIT_FOR_SLACK, _and(_is_hidden, _is_looked_for, _is_too_early)),
    (Decision.LOOK, _and(_is_hidden, _is_looked_for)),
    (Decision.WAIT_FOR_SURPLUS, _and(_may_have_turned_up, _is_fresh, _is_mine)),
    (Decision.SURPLUS, _and(_may_have_turned_up, _not(_is_fresh))),
    (Decision.STAMP, _and(_is_hidden, _is_to_be_stamped)),
    (Decision.SUPPRESSED, _is_hidden),
    (Decision.IN_DIGEST, _is_in_digest),
    (Decision.SUPERSEDED, lambda item, wish, _: item.notified_update > wish.update),
    (Decision.ALREADY, lambda item, wish, _: item.notified_update == wish.update),
    (Decision.WAIT_FOR_NEWER, _is_newer_claimed),
    (Decision.SUPERSEDED, _may_show_newer),
    (Decision.CLAIMED, _is_claimed),
    (Decision.WAIT_FOR_SLACK, _and(_is_looked_for, _is_too_early)),
    (Decision.LOOK, _is_looked_for),
    (Decision.POST, _may_be_there),
    (Decision.FOLD, _and(_has_no_message, _may_fold)),
    (Decision.POST, _has_no_message),
    (Decision.NOTHING, _has_not_risen),
    (Decision.UPDATE, _and(_is_shown_in_silence, _may_update)),
    (Decision.NOTHING, _and(_is_late, lambda _, wish, __: not wish.rises)),
    (Decision.REPLY, _and(_may_update, lambda _, wish, __: wish.news)),
    (Decision.UPDATE, _may_update),
    (Decision.POST, lambda _, wish, __: wish.news),
    (Decision.NOTHING, lambda *_: True),
)
"""What holds, in this order, and what is done then."""
