"""The answer that a finding asks for, as it lies in the finding's item."""

import re

import pytest

from chalicelib.ledger import watch
from chalicelib.ledger.watch import Answer, Watch
from chalicelib.message.mark import finding_hash

OPENING = "2026-11-20T10:00:00.000Z"
LONG = "a" * 63

SEEN = Watch(
    opening=OPENING,
    posted_at="2026-11-20T10:00:05.000Z",
    within=900,
    severity=9.5,
    type="Impact:EC2/PortSweep",
    account="111122223333",
    account_name="payments-prod",
    region="eu-central-1",
    reminds=True,
    seen_by=("U0AAAAAAA", "U0BBBBBBB"),
    seen_at="2026-11-20T10:04:05.000Z",
)


@pytest.mark.parametrize(
    ("key", "named"),
    [
        pytest.param(f"{1:032x}", f"{1:032x}", id="as-it-is"),
        pytest.param("a_b-C", "a_b-C", id="every-kind-of-character"),
        pytest.param("a" * 62, "a" * 62, id="the-longest"),
        pytest.param(LONG, finding_hash(LONG), id="too-long"),
        pytest.param("test#local#1", finding_hash("test#local#1"), id="another-character"),
        pytest.param("é", finding_hash("é"), id="another-letter"),
        pytest.param("", finding_hash(""), id="none"),
    ],
)
def test_an_execution_is_named_by_finding_and_opening(key: str, named: str) -> None:
    name = watch.execution_name(key, OPENING)
    assert name == f"{named}-20261120100000000"
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,80}", name)


def test_another_opening_is_another_execution() -> None:
    later = OPENING.replace("10:00:00", "10:00:01")
    assert watch.execution_name("1", OPENING) != watch.execution_name("1", later)


@pytest.mark.parametrize(
    "kept",
    [
        SEEN,
        SEEN.with_(answer=Answer.HANDLED, handled_by=("U0AAAAAAA",), answered_at=OPENING, shown="x"),
        SEEN.with_(anew=True, ignored=("U0AAAAAAA eyes",), reminded=2, reminding=3, blind="scope"),
    ],
)
def test_what_is_kept_is_read_again(kept: Watch) -> None:
    assert watch.read(kept.to_text()) == kept


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", "null", "5", '{"opening":"x"}', '{"answer":"perhaps"}', "{"]
)
def test_what_is_no_watch_is_none(text: str) -> None:
    assert watch.read(text) is None


def test_what_a_newer_version_writes_besides_is_passed_over() -> None:
    newer = SEEN.to_text().removesuffix("}") + ',"unheard_of":[1]}'
    assert watch.read(newer) == SEEN


def test_the_index_lists_what_is_open_and_what_may_be_taken_back() -> None:
    assert watch.changes(SEEN) == {
        "attention": SEEN.to_text(),
        "awaits": watch.ANSWER,
        "awaits_since": SEEN.posted_at,
    }
    handled = SEEN.with_(answer=Answer.HANDLED, answered_at="2026-11-20T11:00:00.000Z")
    assert watch.changes(handled) == {
        "attention": handled.to_text(),
        "awaits": watch.WITHDRAWAL,
        "awaits_since": "2026-11-20T11:00:00.000Z",
    }
