"""Every order in which the executions of a finding may act keeps the promises; ``decide`` is what the model decides."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.ledger.claim import instant
from chalicelib.ledger.decide import Decision, FindingItem, Wish, decide
from tests.ledger import model
from tests.ledger.model import ModelItem, ModelRun, Setting, explored, explored_in_full

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
LATER, EARLIER = instant(NOW + timedelta(seconds=30)), instant(NOW - timedelta(seconds=30))

WORDS = {
    Decision.WAIT_FOR_ATTEMPT: "wait",
    Decision.WAIT_FOR_NEWER: "wait",
    Decision.SUPERSEDED: "superseded",
    Decision.ALREADY: "already",
    Decision.CLAIMED: "claimed",
    Decision.SUPPRESSED: "suppressed",
    Decision.STAMP: "stamp",
    Decision.LOOK: "look",
    Decision.WAIT_FOR_SURPLUS: "wait",
    Decision.SURPLUS: "surplus",
    Decision.POST: "post",
    Decision.UPDATE: "update",
}


def text(update: int) -> str:
    return instant(NOW + timedelta(minutes=update)) if update else ""


def item_of(item: ModelItem) -> FindingItem:
    return FindingItem(
        v=item.v,
        claimed_update=text(item.claimed),
        claimed_by=f"execution-{item.by}" if item.by >= 0 else "",
        claimed_until=LATER if item.claim_lives else EARLIER,
        attempt="" if item.attempt is None else str(item.attempt),
        attempt_until=LATER if item.attempt_lives else EARLIER,
        attempted_update=text(item.attempted),
        unanswered=EARLIER if item.unanswered else "",
        repeated=EARLIER if item.repeated else "",
        notified_update=text(item.notified),
        notified_by=f"execution-{item.by_whom}" if item.by_whom >= 0 else "",
        notified_at=EARLIER if item.fresh else instant(NOW - timedelta(minutes=2)),
        ts=str(item.ts or ""),
        suppressed_update=text(item.suppressed),
        shown_suppression="rule" if item.shown else "",
    )


def wish_of(run: ModelRun, me: int, *, looks: bool) -> Wish:
    rule = "rule" if run.verdict else ""
    return Wish(f"execution-{me}", text(run.update), instant(NOW), rule, looks=looks)


def both(_: int) -> bool:
    return True


def second(update: int) -> bool:
    return update == 2


def third(update: int) -> bool:
    return update == 3


def fourth(update: int) -> bool:
    return update == 4


NEVER_MARKED = "two messages, none of them marked"
MARKED = "two messages, one of them marked"


@pytest.mark.parametrize(
    ("setting", "allowed"),
    [
        pytest.param(Setting((1, 2), deaths=2, losses=2), set(), id="two updates"),
        pytest.param(Setting((1, 1), deaths=2, losses=2), set(), id="one update twice"),
        pytest.param(Setting((1, 2), looks=False), {MARKED}, id="two updates without history"),
        pytest.param(Setting((1, 1), looks=False), {MARKED}, id="one update twice without history"),
        pytest.param(Setting((1, 2), hides=both), set(), id="a rule hides both"),
        pytest.param(Setting((1, 2), hides=second), set(), id="a rule hides the newer one"),
        pytest.param(Setting((1, 2), late=True), set(), id="slack takes one after it was looked for"),
        pytest.param(
            Setting((1, 2), late=True, later=True), {NEVER_MARKED}, id="slack takes one later than that"
        ),
        pytest.param(Setting((1, 2, 3)), set(), id="three updates"),
        pytest.param(Setting((1, 2, 3), hides=both, deaths=0, losses=0), set(), id="a rule hides all three"),
        pytest.param(Setting((2, 3), posted=1), set(), id="a message stands"),
        pytest.param(
            Setting((2, 3), posted=1, hides=both, losses=0), set(), id="a message stands, a rule hides both"
        ),
        pytest.param(
            Setting((2, 3), posted=1, hides=second), set(), id="a message stands, a rule hides the older"
        ),
        pytest.param(
            Setting((2, 3), posted=1, hides=third), set(), id="a message stands, a rule hides the newer"
        ),
        pytest.param(
            Setting((3, 4), posted=1, attempted=2, hides=fourth, losses=0),
            set(),
            id="a message stands and shows more than is recorded, a rule hides the newer",
        ),
        pytest.param(
            Setting((3, 4), posted=1, stamped=2, hides=both, losses=0),
            set(),
            id="it is stamped, a rule hides both",
        ),
        pytest.param(
            Setting((2, 3), posted=1, stamped=4, hides=both, losses=0),
            set(),
            id="it is stamped for a newer one, a rule hides both",
        ),
        pytest.param(
            Setting((2, 3), posted=1, stamped=4, hides=second),
            set(),
            id="it is stamped for a newer one, a rule hides the older",
        ),
        pytest.param(
            Setting((2, 3), posted=1, stamped=4, hides=third),
            set(),
            id="it is stamped for a newer one, a rule hides the newer",
        ),
    ],
)
def test_every_order_keeps_the_promises(setting: Setting, allowed: set[str]) -> None:
    asked: set[tuple[ModelItem, ModelRun, int, str]] = set()
    states, wrong = explored(setting, lambda *question: asked.add(question))
    assert wrong == allowed
    assert states > 300
    for item, run, me, answer in asked:
        assert WORDS[decide(item_of(item), wish_of(run, me, looks=setting.looks), NOW)] == answer, (
            item,
            run,
            me,
        )


def too_blind(item: ModelItem, run: ModelRun, me: int, *, looks: bool) -> str:
    """An answer that never looks for what nobody answered."""
    return RIGHT(item, run, me, looks=False)


def too_late(item: ModelItem, run: ModelRun, me: int, *, looks: bool) -> str:
    """An answer that shows what is superseded."""
    right = RIGHT(item, run, me, looks=looks)
    return "update" if right == "superseded" else right


def too_silent(item: ModelItem, run: ModelRun, me: int, *, looks: bool) -> str:
    """An answer that never says on a message that a rule hides its finding."""
    right = RIGHT(item, run, me, looks=looks)
    return "suppressed" if right == "stamp" else right


def too_forgetful(item: ModelItem, run: ModelRun, me: int, *, looks: bool) -> str:
    """An answer that does not ask what an attempt may have left there."""
    return RIGHT(item._replace(attempted=0), run, me, looks=looks)


RIGHT = model.answer
REPEATED = Setting((1, 1), losses=0)
UNHEARD = Setting((1, 2), looks=False)
LATE = Setting((1, 2), late=True, later=True, deaths=0)
THREE = Setting((1, 2, 3), deaths=0, losses=0)
HIDDEN = Setting((1, 2), hides=both, deaths=0, losses=0)
STANDING = Setting((2, 3), posted=1, hides=third, losses=0)


@pytest.mark.parametrize(
    ("setting", "given", "is_wrong"),
    [
        pytest.param(REPEATED, RIGHT, False, id="one update twice"),
        pytest.param(REPEATED, too_blind, True, id="one update twice, too blind"),
        pytest.param(UNHEARD, RIGHT, True, id="without history"),
        pytest.param(LATE, RIGHT, True, id="slack takes one late"),
        pytest.param(THREE, RIGHT, False, id="three updates"),
        pytest.param(THREE, too_late, True, id="three updates, too late"),
        pytest.param(HIDDEN, RIGHT, False, id="a rule hides both"),
        pytest.param(HIDDEN, too_silent, True, id="a rule hides both, too silent"),
        pytest.param(STANDING, RIGHT, False, id="a message stands"),
        pytest.param(STANDING, too_silent, True, id="a message stands, too silent"),
        pytest.param(STANDING, too_forgetful, True, id="a message stands, too forgetful"),
    ],
)
def test_the_orders_left_out_differ_in_nothing(
    setting: Setting, given: Callable[..., str], is_wrong: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In small settings, whose answers are right or wrong: the same is found wrong, and the same is asked."""
    monkeypatch.setattr(model, "answer", given)
    asked: set[Question] = set()
    asked_in_full: set[Question] = set()
    states, wrong = explored(setting, lambda *asks: asked.add(_question(*asks)))
    all_states, wrong_in_full = explored_in_full(setting, lambda *asks: asked_in_full.add(_question(*asks)))
    assert wrong == wrong_in_full
    assert bool(wrong) is is_wrong
    assert asked == asked_in_full
    assert states < all_states


Question = tuple[ModelItem, int, bool, int, str]


def _question(item: ModelItem, run: ModelRun, me: int, answer: str) -> Question:
    """What ``decide`` is asked; how often the item was written is not."""
    return item._replace(v=0), run.update, run.verdict, me, answer
