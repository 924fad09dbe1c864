"""The rows of ``decide``: for each an item that it is for, and the order in which they hold."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.ledger.claim import instant
from chalicelib.ledger.decide import ROWS, Decision, Wish, decide
from chalicelib.ledger.decide import FindingItem as Item

Row = Callable[[Item, Wish, datetime], bool]

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
BEFORE, AFTER = instant(NOW - timedelta(seconds=1)), instant(NOW + timedelta(seconds=1))
FIVE, TEN, FIFTEEN = (f"2026-11-20T10:{minute}:00.000Z" for minute in ("05", "10", "15"))

WISH = Wish("me", TEN, verdict_at=instant(NOW))
HIDDEN = WISH._replace(suppressed_by="rule")
LOOKS, HIDDEN_LOOKS = WISH._replace(looks=True), HIDDEN._replace(looks=True)
LONG_AGO, JUST_NOW = instant(NOW - timedelta(seconds=60)), instant(NOW - timedelta(seconds=59))
SHOWN = Item(notified_update=FIVE, ts="1")
ATTEMPTED = Item(attempt="another's", attempt_until=AFTER)
FOLDED = Item(fold="202611201000-3fa9c1d2.7", notified_update=FIVE)
LONG = WISH._replace(queue_is_long=True, folds=True)
ALONE = LONG._replace(folds=False)
RISES = WISH._replace(news=True, rises=True, folds=True)
WEBHOOK_NEWS = WISH._replace(updates=False, news=True)

FOLDING = [
    pytest.param(Item(), LONG, Decision.FOLD, id="its own message would wait for long"),
    pytest.param(Item(), WISH._replace(folds=True), Decision.POST, id="it may be folded, and need not be"),
    pytest.param(Item(), ALONE, Decision.POST, id="it is Critical, however long it waits"),
    pytest.param(Item(), LONG._replace(suppressed_by="rule"), Decision.SUPPRESSED, id="what is hidden is not folded"),
    pytest.param(Item(suppressed_update=FIVE, suppressed_at=BEFORE), LONG, Decision.FOLD,
                 id="never shown, as an older one was hidden"),
    pytest.param(Item(suppressed_update=FIFTEEN, suppressed_at=BEFORE), LONG, Decision.FOLD,
                 id="never shown, and a newer one was hidden"),
    pytest.param(Item(suppressed_at=AFTER), LONG, Decision.WAIT_FOR_VERDICT,
                 id="nothing is folded that a rule may hide by now"),
    pytest.param(ATTEMPTED, LONG, Decision.WAIT_FOR_ATTEMPT, id="what is being posted is not folded"),
    pytest.param(ATTEMPTED._replace(attempt_until=BEFORE), LONG, Decision.POST,
                 id="what an attempt may have posted is not folded"),
    pytest.param(Item(unanswered=FIVE), LONG, Decision.POST, id="what Slack may have taken is not folded"),
    pytest.param(Item(unanswered=FIVE), LONG._replace(looks=True), Decision.LOOK,
                 id="what Slack may have taken is looked for first"),
    pytest.param(Item(unanswered=FIVE, look_after=AFTER), LONG._replace(looks=True), Decision.WAIT_FOR_SLACK,
                 id="what Slack may be about to take is not folded"),
    pytest.param(Item(repeated=FIVE), LONG, Decision.POST, id="what may turn up still is not folded"),
    pytest.param(Item(claimed_update=FIFTEEN, claimed_until=AFTER), LONG, Decision.WAIT_FOR_NEWER,
                 id="a newer one is claimed, which is folded or posted"),
    pytest.param(Item(claimed_update=TEN, claimed_by="another", claimed_until=AFTER), LONG, Decision.CLAIMED,
                 id="another has claimed it, and folds it"),
    pytest.param(Item(notified_update=FIVE), LONG, Decision.NOTHING, id="by a webhook: it is not folded afterwards"),
    pytest.param(SHOWN, LONG, Decision.UPDATE, id="posted: it is not folded afterwards"),
    pytest.param(SHOWN, LONG._replace(news=True), Decision.UPDATE, id="news is shown in the message only"),
    pytest.param(SHOWN, RISES._replace(queue_is_long=True), Decision.UPDATE,
                 id="a rise is shown in the message only"),
    pytest.param(SHOWN, ALONE._replace(news=True), Decision.UPDATE, id="news of a Critical one that was as severe"),
    pytest.param(SHOWN, RISES._replace(queue_is_long=True, folds=False), Decision.REPLY,
                 id="what has become Critical is said aloud"),
    pytest.param(SHOWN, WEBHOOK_NEWS._replace(queue_is_long=True, folds=True), Decision.NOTHING,
                 id="a webhook's news is remembered"),
    pytest.param(SHOWN, RISES._replace(queue_is_long=True, updates=False), Decision.POST,
                 id="a webhook's rise is posted, however long it waits"),
    pytest.param(SHOWN._replace(notified_update=TEN), LONG, Decision.ALREADY, id="it is shown, in a long queue too"),
    pytest.param(SHOWN._replace(claimed_update=FIFTEEN, claimed_until=AFTER), LONG, Decision.WAIT_FOR_NEWER,
                 id="a long queue, and a newer one is claimed"),
    pytest.param(SHOWN._replace(attempted_update=FIFTEEN), LONG, Decision.SUPERSEDED,
                 id="a long queue, and a newer one may be shown"),
    pytest.param(SHOWN._replace(claimed_update=TEN, claimed_by="another", claimed_until=AFTER), LONG,
                 Decision.CLAIMED, id="a long queue, and another has claimed it"),
    pytest.param(SHOWN._replace(unanswered=FIVE, look_after=AFTER), LONG._replace(looks=True),
                 Decision.WAIT_FOR_SLACK, id="a long queue, and a reply was unanswered just now"),
    pytest.param(SHOWN._replace(unanswered=FIVE), LONG._replace(looks=True), Decision.LOOK,
                 id="a long queue, and a reply was unanswered"),

    pytest.param(FOLDED._replace(notified_update=TEN), WISH, Decision.IN_DIGEST, id="it is folded"),
    pytest.param(FOLDED._replace(notified_update=TEN, notified_by="another"), LONG, Decision.IN_DIGEST,
                 id="another has folded the same update"),
    pytest.param(FOLDED._replace(notified_update=FIFTEEN), WISH, Decision.IN_DIGEST,
                 id="folded, and a newer one was remembered since"),
    pytest.param(FOLDED._replace(notified_update=TEN, claimed_update=FIFTEEN, claimed_until=AFTER), WISH,
                 Decision.IN_DIGEST, id="folded, and a newer one is claimed"),
    pytest.param(FOLDED._replace(notified_update=TEN, suppressed_update=FIFTEEN), WISH, Decision.IN_DIGEST,
                 id="folded, and a newer one was hidden"),
    pytest.param(FOLDED._replace(notified_update=TEN), HIDDEN, Decision.SUPPRESSED, id="folded, and hidden since"),
    pytest.param(FOLDED._replace(notified_update=TEN, suppressed_at=AFTER), WISH, Decision.WAIT_FOR_VERDICT,
                 id="folded, and another update was hidden just now"),
    pytest.param(FOLDED, HIDDEN, Decision.SUPPRESSED, id="a digest is not stamped"),
    pytest.param(FOLDED, WISH, Decision.NOTHING, id="folded, and no news"),
    pytest.param(FOLDED, WISH._replace(news=True), Decision.NOTHING, id="folded, and news that is no rise"),
    pytest.param(FOLDED, LONG._replace(news=True), Decision.NOTHING, id="nothing is folded twice"),
    pytest.param(FOLDED._replace(suppressed_update=FIVE, suppressed_at=BEFORE), WISH._replace(news=True),
                 Decision.NOTHING, id="folded, then hidden, then hidden no more: the digest shows it still"),
    pytest.param(FOLDED, RISES, Decision.POST, id="folded, and it rises"),
    pytest.param(FOLDED, RISES._replace(queue_is_long=True), Decision.POST,
                 id="folded, and it rises: it is posted, however long it waits"),
    pytest.param(FOLDED, RISES._replace(suppressed_by="rule"), Decision.SUPPRESSED, id="folded, it rises, hidden"),
    pytest.param(FOLDED._replace(claimed_update=TEN, claimed_by="another", claimed_until=AFTER), RISES,
                 Decision.CLAIMED, id="folded, and another is about to post its rise"),
    pytest.param(FOLDED._replace(claimed_update=FIFTEEN, claimed_until=AFTER), WISH, Decision.WAIT_FOR_NEWER,
                 id="folded, and the rise of a newer one is about to be posted"),
    pytest.param(FOLDED._replace(attempt="another's", attempt_until=AFTER), WISH, Decision.WAIT_FOR_ATTEMPT,
                 id="folded, and its rise is being posted"),
    pytest.param(FOLDED._replace(unanswered=FIVE), WISH, Decision.POST,
                 id="folded, and its rise may be posted: it is kept current"),
    pytest.param(FOLDED._replace(unanswered=FIVE), LOOKS, Decision.LOOK,
                 id="folded, and its rise may be posted: it is looked for"),
    pytest.param(FOLDED._replace(repeated=FIVE), RISES, Decision.POST, id="its rise was looked for in vain"),

    pytest.param(FOLDED._replace(channel="C1", ts="1", unfolded=FIVE), WISH._replace(news=True), Decision.REPLY,
                 id="unfolded: from then on as any other"),
    pytest.param(FOLDED._replace(channel="C1", ts="1"), WISH, Decision.UPDATE, id="its message was found in Slack"),
    pytest.param(FOLDED._replace(channel="C1", ts="1", notified_update=TEN), WISH, Decision.ALREADY,
                 id="its message was found in Slack, and shows it"),
    pytest.param(FOLDED._replace(ts="1", notified_update=TEN), WISH, Decision.ALREADY, id="it has a message"),
    pytest.param(FOLDED._replace(channel="#a", unfolded=TEN, notified_update=TEN), WISH, Decision.ALREADY,
                 id="unfolded by a webhook"),
    pytest.param(FOLDED._replace(unfolded=TEN, notified_update=TEN), WISH, Decision.ALREADY, id="unfolded"),
    pytest.param(FOLDED._replace(channel="#a", notified_update=TEN), WISH, Decision.ALREADY,
                 id="unfolded by a webhook, as the state machine has recorded it"),
    pytest.param(FOLDED._replace(channel="#a", unfolded=FIVE), WEBHOOK_NEWS, Decision.POST,
                 id="unfolded by a webhook, and news"),
    pytest.param(FOLDED._replace(channel="#a", unfolded=FIVE), WEBHOOK_NEWS._replace(queue_is_long=True, folds=True),
                 Decision.NOTHING, id="unfolded by a webhook, and news in a long queue: it is not folded again"),
    pytest.param(FOLDED._replace(channel="#a", unfolded=FIFTEEN, notified_update=FIFTEEN), WISH,
                 Decision.SUPERSEDED, id="unfolded by a newer one"),
    pytest.param(FOLDED._replace(channel="C1", ts="1", unfolded=FIVE), HIDDEN, Decision.STAMP,
                 id="unfolded: its message is stamped"),
]  # fmt: skip

CASES = [
    pytest.param(Item(), WISH, Decision.POST, id="nothing is known"),
    pytest.param(Item(), WISH._replace(verdict_at=instant(NOW - timedelta(minutes=1))), Decision.WAIT_FOR_VERDICT,
                 id="the list was asked a minute ago"),
    pytest.param(Item(suppressed_at=AFTER), WISH, Decision.WAIT_FOR_VERDICT,
                 id="another update was hidden since the list was asked"),
    pytest.param(Item(suppressed_at=BEFORE), WISH, Decision.POST, id="another update was hidden before that"),
    pytest.param(Item(suppressed_at=AFTER), HIDDEN, Decision.SUPPRESSED, id="hidden, as another was since"),
    pytest.param(ATTEMPTED, WISH, Decision.WAIT_FOR_ATTEMPT, id="another post is under way"),
    pytest.param(ATTEMPTED, HIDDEN, Decision.WAIT_FOR_ATTEMPT, id="another post is under way, of what is hidden now"),
    pytest.param(ATTEMPTED._replace(attempt_until=BEFORE), LOOKS, Decision.LOOK, id="an attempt has run out"),
    pytest.param(ATTEMPTED._replace(attempt_until=BEFORE), WISH, Decision.POST,
                 id="an attempt has run out, and history can't be read"),
    pytest.param(Item(unanswered=FIVE), LOOKS, Decision.LOOK, id="an earlier attempt was unanswered"),
    pytest.param(Item(unanswered=FIVE), WISH, Decision.POST,
                 id="an earlier attempt was unanswered, and history can't be read"),
    pytest.param(Item(unanswered=FIVE, look_after=AFTER), LOOKS, Decision.WAIT_FOR_SLACK,
                 id="an earlier attempt was unanswered just now"),
    pytest.param(Item(unanswered=FIVE, look_after=AFTER), WISH, Decision.POST,
                 id="an earlier attempt was unanswered just now, and history can't be read"),
    pytest.param(Item(unanswered=FIVE), HIDDEN_LOOKS, Decision.LOOK,
                 id="hidden, and an earlier attempt was unanswered"),
    pytest.param(Item(unanswered=FIVE, look_after=AFTER), HIDDEN_LOOKS, Decision.WAIT_FOR_SLACK,
                 id="hidden, and an earlier attempt was unanswered just now"),
    pytest.param(Item(unanswered=FIVE), HIDDEN, Decision.SUPPRESSED,
                 id="hidden, an earlier attempt was unanswered, and history can't be read"),
    pytest.param(SHOWN._replace(unanswered=FIVE), LOOKS, Decision.LOOK, id="an unanswered reply to a known message"),
    pytest.param(SHOWN._replace(unanswered=FIVE, notified_update=TEN), LOOKS, Decision.ALREADY,
                 id="it is shown: nothing is repeated"),
    pytest.param(Item(unanswered=FIVE, claimed_update=TEN, claimed_by="another", claimed_until=AFTER), LOOKS,
                 Decision.CLAIMED, id="unanswered, and another has claimed it"),
    pytest.param(SHOWN._replace(repeated=FIVE, notified_update=TEN, notified_at=JUST_NOW, notified_by="me"), LOOKS,
                 Decision.WAIT_FOR_SURPLUS, id="mine stands, and another may turn up"),
    pytest.param(SHOWN._replace(repeated=FIVE, notified_update=TEN, notified_at=JUST_NOW, notified_by="another"),
                 LOOKS, Decision.ALREADY, id="another's stands, which waits itself for what may turn up"),
    pytest.param(SHOWN._replace(repeated=FIVE, notified_update=TEN, notified_at=LONG_AGO), LOOKS, Decision.SURPLUS,
                 id="what may have turned up beside it is looked for"),
    pytest.param(SHOWN._replace(repeated=FIVE, notified_update=TEN, notified_at=LONG_AGO), WISH, Decision.ALREADY,
                 id="what may have turned up can't be looked for"),
    pytest.param(SHOWN._replace(repeated=FIVE, notified_at=LONG_AGO), HIDDEN_LOOKS, Decision.SURPLUS,
                 id="hidden, and something may have turned up"),
    pytest.param(Item(repeated=FIVE), LOOKS, Decision.POST, id="looked for in vain, and nothing stands"),
    pytest.param(Item(), HIDDEN, Decision.SUPPRESSED, id="hidden, and nothing is posted"),
    pytest.param(SHOWN, HIDDEN, Decision.STAMP, id="hidden, and the content is older"),
    pytest.param(SHOWN._replace(notified_update=TEN), HIDDEN, Decision.SUPPRESSED, id="hidden, and shown already"),
    pytest.param(SHOWN._replace(notified_update=FIFTEEN), HIDDEN, Decision.SUPPRESSED, id="hidden, the content newer"),
    pytest.param(SHOWN._replace(suppressed_update=TEN, shown_suppression="rule"), HIDDEN, Decision.SUPPRESSED,
                 id="hidden, and the message says so"),
    pytest.param(SHOWN._replace(suppressed_update=TEN, shown_suppression="rule"), HIDDEN._replace(update=FIFTEEN),
                 Decision.SUPPRESSED, id="a newer one is hidden, and the message names the rule already"),
    pytest.param(SHOWN._replace(suppressed_update=TEN, shown_suppression="another"), HIDDEN, Decision.STAMP,
                 id="hidden, and the message names another rule"),
    pytest.param(SHOWN._replace(attempted_update=FIFTEEN), HIDDEN, Decision.SUPPRESSED,
                 id="hidden, and the message may show a newer one"),
    pytest.param(SHOWN._replace(attempted_update=TEN), HIDDEN, Decision.STAMP,
                 id="hidden, and the message may show it"),
    pytest.param(SHOWN._replace(attempted_update=TEN, suppressed_update=FIFTEEN, shown_suppression="rule"), HIDDEN,
                 Decision.STAMP, id="hidden, and the message says so, but may show it"),
    pytest.param(SHOWN, HIDDEN._replace(updates=False), Decision.SUPPRESSED, id="hidden, and no message to change"),
    pytest.param(SHOWN._replace(notified_update=FIFTEEN), WISH, Decision.SUPERSEDED, id="a newer one is shown"),
    pytest.param(SHOWN._replace(notified_update=TEN), WISH, Decision.ALREADY, id="it is shown"),
    pytest.param(Item(claimed_update=FIFTEEN, claimed_until=AFTER), WISH, Decision.WAIT_FOR_NEWER,
                 id="a newer one is claimed, not shown"),
    pytest.param(Item(claimed_update=FIFTEEN, claimed_until=BEFORE), WISH, Decision.POST, id="that claim is over"),
    pytest.param(Item(claimed_update=FIFTEEN, claimed_until=AFTER, suppressed_update=FIFTEEN), WISH, Decision.POST,
                 id="the newer one was hidden"),
    pytest.param(SHOWN._replace(attempted_update=FIFTEEN), WISH, Decision.SUPERSEDED, id="a newer one may be shown"),
    pytest.param(SHOWN._replace(attempted_update=FIFTEEN, claimed_update=FIFTEEN, claimed_until=AFTER), WISH,
                 Decision.WAIT_FOR_NEWER, id="a newer one may be shown, and is claimed still"),
    pytest.param(Item(attempted_update=FIFTEEN, unanswered=FIVE), LOOKS, Decision.LOOK,
                 id="a newer one may stand in a message that nobody knows"),
    pytest.param(SHOWN._replace(attempted_update=TEN), WISH, Decision.UPDATE, id="it may be shown"),
    pytest.param(SHOWN._replace(attempted_update=FIVE), WISH, Decision.UPDATE, id="an older one may be shown"),
    pytest.param(Item(claimed_update=TEN, claimed_by="another", claimed_until=AFTER), WISH, Decision.CLAIMED,
                 id="another has claimed it"),
    pytest.param(Item(claimed_update=TEN, claimed_by="another", claimed_until=BEFORE), WISH, Decision.POST,
                 id="another's claim is over"),
    pytest.param(Item(claimed_update=TEN, claimed_by="me", claimed_until=AFTER), WISH, Decision.POST, id="mine"),
    pytest.param(Item(claimed_update=FIVE, claimed_by="another", claimed_until=AFTER), WISH, Decision.POST,
                 id="an older one is claimed"),
    pytest.param(SHOWN, WISH, Decision.UPDATE, id="an older one is shown"),
    pytest.param(SHOWN, WISH._replace(news=True), Decision.REPLY, id="an older one is shown, and there is news"),
    pytest.param(SHOWN._replace(attempt="dead", attempt_until=BEFORE), WISH, Decision.UPDATE,
                 id="an update was unanswered: the message is known"),
    pytest.param(Item(notified_update=FIVE), WISH, Decision.NOTHING, id="posted by a webhook, and no news"),
    pytest.param(Item(notified_update=FIVE), WISH._replace(news=True), Decision.POST, id="by a webhook, and news"),
    pytest.param(SHOWN, WISH._replace(updates=False), Decision.NOTHING, id="a webhook has come, and no news"),
    pytest.param(SHOWN, WEBHOOK_NEWS, Decision.POST, id="a webhook has come, and news"),
    *FOLDING,
]  # fmt: skip


@pytest.mark.parametrize(("item", "wish", "decision"), CASES)
def test_a_row(item: Item, wish: Wish, decision: Decision) -> None:
    assert decide(item, wish, NOW) == decision


def test_every_row_has_a_case() -> None:
    assert {case.values[2] for case in CASES} == {decision for decision, _ in ROWS} == set(Decision)


@pytest.mark.parametrize("number", range(len(ROWS)))
def test_without_a_row_a_case_comes_out_otherwise(number: int) -> None:
    rest = ROWS[:number] + ROWS[number + 1 :]
    assert _differ(rest)


@pytest.mark.parametrize("new", [Decision.IN_DIGEST, Decision.FOLD])
def test_what_makes_or_keeps_a_member_stands_in_its_row_and_in_no_other(new: Decision) -> None:
    [number] = [number for number, (decision, _) in enumerate(ROWS) if decision is new]
    rest = ROWS[:number] + ROWS[number + 1 :]
    for place in set(range(len(ROWS))) - {number}:
        moved = (*rest[:place], ROWS[number], *rest[place:])
        assert _differ(moved), place


def _differ(rows: Sequence[tuple[Decision, Row]]) -> bool:
    """Whether a case comes out otherwise by these rows."""
    cases: list[Any] = [case.values for case in CASES]
    return any(decision != _first(rows, item, wish) for item, wish, decision in cases)


def _first(rows: Sequence[tuple[Decision, Row]], item: Item, wish: Wish) -> Decision | None:
    return next((decision for decision, holds in rows if holds(item, wish, NOW)), None)
