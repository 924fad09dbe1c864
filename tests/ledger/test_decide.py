"""The rows of ``decide``: for each an item that it is for, and the order in which they hold."""

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.ledger.claim import instant
from chalicelib.ledger.decide import ROWS, Decision, Wish, decide
from chalicelib.ledger.decide import FindingItem as Item

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
BEFORE, AFTER = instant(NOW - timedelta(seconds=1)), instant(NOW + timedelta(seconds=1))
FIVE, TEN, FIFTEEN = (f"2026-11-20T10:{minute}:00.000Z" for minute in ("05", "10", "15"))

WISH = Wish("me", TEN, verdict_at=instant(NOW))
HIDDEN = WISH._replace(suppressed_by="rule")
LOOKS, HIDDEN_LOOKS = WISH._replace(looks=True), HIDDEN._replace(looks=True)
LONG_AGO, JUST_NOW = instant(NOW - timedelta(seconds=60)), instant(NOW - timedelta(seconds=59))
SHOWN = Item(notified_update=FIVE, ts="1")
ATTEMPTED = Item(attempt="another's", attempt_until=AFTER)

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
    pytest.param(SHOWN, WISH._replace(updates=False, news=True), Decision.POST, id="a webhook has come, and news"),
]  # fmt: skip


@pytest.mark.parametrize(("item", "wish", "decision"), CASES)
def test_a_row(item: Item, wish: Wish, decision: Decision) -> None:
    assert decide(item, wish, NOW) == decision


def test_every_row_has_a_case() -> None:
    assert {case.values[2] for case in CASES} == {decision for decision, _ in ROWS} == set(Decision)
