"""When a post asks for an answer, when it asks anew, and when it leaves the answer alone."""

from typing import Any

import pytest

from chalicelib.finding.event import parse
from chalicelib.ledger import watch
from chalicelib.ledger.claim import instant
from chalicelib.ledger.decide import FindingItem
from chalicelib.ledger.watch import Answer, Watch
from chalicelib.message.context import Note
from chalicelib.notify import job, opening
from chalicelib.notify.opening import Asking
from chalicelib.rules.routes import Choice
from tests.machine import event, finding
from tests.promises.common import NOON

UPDATE = "2026-11-20T10:05:00.000Z"
EARLIER = "2026-11-20T10:00:00.000Z"
LATER = "2026-11-20T10:10:00.000Z"
DAY = Asking(86_400)
NEWS = (Note("count_grew"),)

BEFORE = Watch(EARLIER, EARLIER, 86_400, 8.0, "Backdoor:EC2/C&CActivity.B", "1", "a", "eu-west-1")


def todo(**detail: Any) -> job.Job:
    found = finding(1, 5, **detail)
    claim = {"finding_id": f"{1:032x}", "update": UPDATE, "lease_over": "", "expires_at": "1800000000"}
    return job.read(found | {"claim": claim}, "arn:x", "nonce", 0, NOON)


def item(before: Watch | None, awaits: str = "", awaits_since: str = "") -> FindingItem:
    attention = before.to_text() if before else ""
    return FindingItem(attention=attention, channel="C0", ts="1.0", awaits=awaits, awaits_since=awaits_since)


@pytest.mark.parametrize(
    ("before", "news", "besides", "became"),
    [
        pytest.param(None, False, {"ts": ""}, "opened", id="a-new-message"),
        pytest.param(None, False, {}, "opened", id="a-message-that-stands-and-now-qualifies"),
        pytest.param(None, True, {}, "anew", id="news-of-one-that-now-qualifies"),
        pytest.param(None, False, {"suppressed_update": LATER}, "none", id="a-newer-one-is-hidden"),
        pytest.param(BEFORE, True, {}, "left", id="it-is-open"),
        pytest.param(BEFORE.with_(seen_by=("U01",)), True, {}, "left", id="somebody-has-it-in-hand"),
        pytest.param(BEFORE.with_(answer=Answer.HANDLED), True, {}, "anew", id="news-after-it-was-handled"),
        pytest.param(BEFORE.with_(answer=Answer.HANDLED), False, {}, "left", id="handled-and-no-news"),
        pytest.param(BEFORE.with_(answer=Answer.ARCHIVED), True, {}, "anew", id="news-after-the-archive"),
        pytest.param(BEFORE.with_(answer=Answer.HIDDEN), False, {}, "anew", id="over-a-stamp"),
        pytest.param(
            BEFORE.with_(answer=Answer.HIDDEN), True, {"suppressed_update": LATER}, "left", id="under-a-stamp"
        ),
    ],
)
def test_what_becomes_of_the_watch(
    before: Watch | None, news: bool, besides: dict[str, str], became: str
) -> None:
    after = opening.watched(todo(), item(before)._replace(**besides), DAY, news=news)  # type: ignore[arg-type]
    if became == "left":
        assert after == before
    elif became == "none":
        assert after is None
    else:
        assert after is not None
        assert (after.opening, after.posted_at, after.within) == (UPDATE, instant(NOON), 86_400)
        assert (after.anew, after.is_open, after.shown) == (became == "anew", True, after.said)


SEEN = BEFORE.with_(reminded=1, seen_by=("U01",), seen_at=BEFORE.posted_at)


def test_a_worse_finding_has_less_time_from_then_on_and_who_has_it_has_it() -> None:
    critical = Asking(900, reminds=True, mention="<!here>")
    begun = SEEN.with_(reminding=1, reminding_until=EARLIER)
    after = opening.watched(todo(severity=9.5), item(begun), critical, news=True)
    assert after == SEEN.with_(
        **{"opening": UPDATE, "posted_at": instant(NOON), "within": 900, "reminded": 0},
        **{"severity": 9.5, "reminds": True, "mention": "<!here>"},
    )


def test_a_worse_finding_of_the_same_band_is_raised_in_place() -> None:
    after = opening.watched(todo(severity=8.5), item(SEEN), DAY, news=True)
    assert after == SEEN.with_(severity=8.5)


@pytest.mark.parametrize(
    ("setting", "severity", "route", "asked"),
    [
        pytest.param("", 8.0, Choice(), Asking(86_400), id="high"),
        pytest.param("", 9.5, Choice(), Asking(900, reminds=True), id="critical"),
        pytest.param("", 5.0, Choice(), Asking(), id="medium"),
        pytest.param(
            "", 5.0, Choice(answer_within=60, asks=True), Asking(60, reminds=True), id="medium-by-its-route"
        ),
        pytest.param(
            "",
            8.0,
            Choice(mention="<!here>", escalate_mention="<@U01>", asks=True),
            Asking(86_400, True, "<!here>", "<@U01>"),
            id="a-route-that-calls",
        ),
        pytest.param("off", 9.5, Choice(answer_within=60, asks=True), Asking(), id="off-stays-off"),
        pytest.param("high=1h", 9.5, Choice(), Asking(), id="another-band"),
    ],
)
def test_what_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, setting: str, severity: float, route: Choice, asked: Asking
) -> None:
    monkeypatch.setenv("ANSWER_WITHIN", setting)
    assert opening.asking(parse(event(severity=severity)), route) == asked


def test_nobody_answers_a_sample() -> None:
    assert opening.asking(parse(event(service={"additionalInfo": {"sample": True}})), Choice()) == Asking()


def test_what_is_left_alone_is_not_written() -> None:
    known = item(BEFORE)
    assert opening.changes(todo(), known, DAY, news=True, moved=False, shown=BEFORE) == {}
    assert opening.changes(todo(), item(None), Asking(), news=True, moved=False, shown=None) == {}


def test_a_new_message_has_no_earlier_reactions() -> None:
    known = item(BEFORE.with_(answer=Answer.HANDLED))
    written = opening.changes(todo(), known, DAY, news=True, moved=True, shown=None)
    after = watch.read(str(written["attention"]))
    assert after is not None
    assert (after.anew, written["awaits"], written["awaits_since"]) == (False, watch.ANSWER, instant(NOON))


def moved(before: Watch) -> Watch:
    """The watch after a post without news that became a new message."""
    written = opening.changes(todo(), item(before), DAY, news=False, moved=True, shown=before)
    after = watch.read(str(written["attention"]))
    assert after is not None
    return after


def test_nothing_is_taken_back_by_a_new_message_on_which_nobody_reacted() -> None:
    handled = BEFORE.with_(answer=Answer.HANDLED, handled_by=("U01",), answered_at=EARLIER)
    assert moved(handled).elsewhere
    assert not moved(BEFORE.with_(gone=True)).elsewhere


def test_a_new_message_names_nobody_and_who_it_was_is_shown_on_it_later() -> None:
    """Who is named in a new message is called."""
    handled = BEFORE.with_(answer=Answer.HANDLED, handled_by=("U01",), answered_at=EARLIER)
    after = moved(handled)
    assert after.handled_by == ("U01",)
    assert after.shown != after.said
    assert opening.showing(opening.on_a_new_message(handled)).who == ()
    in_hand = moved(SEEN)
    assert (in_hand.seen_by, in_hand.shown) == (("U01",), BEFORE.said), "until it is looked who reacts here"


def test_the_repair_always_says_all_of_it() -> None:
    nothing = opening.for_repair(todo(), item(None), {})
    assert nothing == {"attention": watch.NOTHING, "awaits": watch.NOTHING, "awaits_since": instant(NOON)}
    known = item(BEFORE, awaits="answer", awaits_since=EARLIER)
    assert opening.for_repair(todo(), known, {}) == {
        "attention": BEFORE.to_text(),
        "awaits": "answer",
        "awaits_since": EARLIER,
    }


@pytest.mark.parametrize(
    ("before", "key"),
    [
        pytest.param(BEFORE.with_(answer=Answer.HANDLED), ["open_again"], id="again"),
        pytest.param(None, ["open_now"], id="for-the-first-time"),
        pytest.param(BEFORE, [], id="open-all-the-time"),
    ],
)
def test_the_thread_says_that_it_is_open(before: Watch | None, key: list[str]) -> None:
    after = opening.watched(todo(), item(before), DAY, news=True)
    assert [each.key for each in opening.notes(item(before), after, NEWS)] == key


def test_only_the_update_that_opened_it_starts_an_execution() -> None:
    claim = todo().claim
    assert claim is not None
    assert opening.started(claim, BEFORE.to_text()) is None
    assert opening.started(claim, "") is None
    opened = BEFORE.with_(opening=UPDATE)
    assert opening.started(claim, opened.to_text()) == {
        "name": watch.execution_name(f"{1:032x}", UPDATE),
        "finding_id": f"{1:032x}",
        "opening": UPDATE,
    }
    assert opening.started(claim, opened.with_(answer=Answer.HANDLED).to_text()) is None
