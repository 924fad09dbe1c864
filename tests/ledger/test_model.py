"""Every order in which two executions of a finding may act keeps the promises; ``decide`` is what the model decides."""

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.ledger.claim import instant
from chalicelib.ledger.decide import Decision, FindingItem, Wish, decide
from tests.ledger.model import ModelItem, ModelRun, Setting, explored

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
        attempt=f"{item.attempt}" if item.attempt else "",
        attempt_until=LATER if item.attempt_lives else EARLIER,
        unanswered=item.unanswered,
        notified_update=text(item.notified),
        ts=str(item.ts or ""),
        suppressed_update=text(item.suppressed),
        shown_suppression="rule" if item.suppressed else "",
    )


def wish_of(run: ModelRun, me: int) -> Wish:
    return Wish(f"execution-{me}", text(run.update), instant(NOW), "rule" if run.verdict else "")


def both(_: int) -> bool:
    return True


def newer(update: int) -> bool:
    return update == 2


NEVER_MARKED = "two messages, none of them marked"
MARKED = "two messages, one of them marked"


@pytest.mark.parametrize(
    ("setting", "allowed"),
    [
        pytest.param(Setting((1, 2)), set(), id="two updates"),
        pytest.param(Setting((1, 1)), set(), id="one update twice"),
        pytest.param(Setting((1, 2), looks=False), {MARKED}, id="two updates without history"),
        pytest.param(Setting((1, 1), looks=False), {MARKED}, id="one update twice without history"),
        pytest.param(Setting((1, 2), hides=both, losses=0), set(), id="a rule hides both"),
        pytest.param(Setting((1, 2), hides=newer, losses=0), set(), id="a rule hides the newer one"),
        pytest.param(
            Setting((1, 2), late=True), {NEVER_MARKED}, id="slack takes one after it was looked for"
        ),
    ],
)
def test_every_order_keeps_the_promises(setting: Setting, allowed: set[str]) -> None:
    asked: set[tuple[ModelItem, ModelRun, int, str]] = set()
    states, wrong = explored(setting, lambda *question: asked.add(question))
    assert wrong == allowed
    assert states > 1000
    for item, run, me, answer in asked:
        assert WORDS[decide(item_of(item), wish_of(run, me), NOW)] == answer, (item, run, me)
