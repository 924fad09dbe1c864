"""A look: cheap first, nothing written, and what GuardDuty does not say keeps nobody from answering."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from chalicelib.attention import look, reactions
from chalicelib.attention.reactions import Reading
from chalicelib.aws import guardduty
from chalicelib.errors import AWSUnavailable
from chalicelib.ledger import digests
from chalicelib.ledger.decide import FindingItem
from chalicelib.ledger.notifications import FindingEntry, held
from chalicelib.ledger.watch import Answer
from tests.attention.watches import OPENING, at, watch

MESSAGE = FindingItem(v=1, channel="C0123456789", ts="1763632805.000100", notified_update=OPENING)
HANDLED = watch(answer=Answer.HANDLED, handled_by=("U1",), answered_at="2026-11-20T10:01:05.000Z")


@pytest.fixture
def entry(monkeypatch: pytest.MonkeyPatch) -> FindingEntry:
    """A finding's item that was read; who writes it fails."""
    found = held("a-finding", at(0))
    found.item = MESSAGE
    monkeypatch.setattr(FindingEntry, "change", lambda *_: pytest.fail("written"))
    monkeypatch.setattr(guardduty, "is_archived", lambda *_: False)
    return found


def says(monkeypatch: pytest.MonkeyPatch, *handled: str) -> None:
    reading = Reading((), handled, tuple(f"{each} white_check_mark" for each in handled))
    monkeypatch.setattr(reactions, "answers", lambda *_: reading)


def test_an_answer_that_was_taken_away_is_noticed(
    entry: FindingEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    says(monkeypatch, "U1")
    assert look.look(entry, HANDLED, at(3600)) == HANDLED
    says(monkeypatch)
    assert look.look(entry, HANDLED, at(1000)) == watch(reminded=1)


def test_the_region_of_the_finding_is_asked(entry: FindingEntry, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def archived(*what: str) -> bool:
        asked.append(what)
        return True

    monkeypatch.setattr(guardduty, "is_archived", archived)
    monkeypatch.setattr(reactions, "answers", lambda *_: pytest.fail("Slack is asked"))
    assert look.look(entry, watch(region="us-east-1"), at(60)).answer is Answer.ARCHIVED
    assert asked == [("a-finding", "us-east-1")]


def raising(error: Exception) -> Any:
    def archived(*_: str) -> bool:
        raise error

    return archived


@pytest.mark.parametrize(
    "error",
    [
        ClientError({"Error": {"Code": "AccessDeniedException"}}, "GetFindings"),
        ValueError("no time"),
    ],
)
def test_what_guardduty_refuses_is_not_archived(
    entry: FindingEntry, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    monkeypatch.setattr(guardduty, "is_archived", raising(error))
    says(monkeypatch, "U1")
    assert look.look(entry, watch(), at(60)).answer is Answer.HANDLED


def test_a_stamp_with_content_of_its_own_hides_too(
    entry: FindingEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    says(monkeypatch)
    entry.item = MESSAGE._replace(suppressed_update=OPENING, shown_suppression='["* known",""]')
    assert look.look(entry, watch(), at(60)).answer is Answer.HIDDEN
    entry.item = MESSAGE._replace(suppressed_update=OPENING)
    assert look.look(entry, watch(), at(60)).is_open


@pytest.mark.parametrize(
    "error", [None, ClientError({"Error": {"Code": "BadRequestException"}}, "GetFindings")]
)
def test_what_was_archived_stays_so_where_guardduty_does_not_say(
    entry: FindingEntry, monkeypatch: pytest.MonkeyPatch, error: Exception | None
) -> None:
    monkeypatch.setattr(guardduty, "is_archived", raising(error) if error else lambda *_: None)
    says(monkeypatch)
    archived = watch(answer=Answer.ARCHIVED, answered_at="2026-11-20T10:01:05.000Z")
    assert look.look(entry, archived, at(3600)) == archived


def test_guardduty_does_not_know_a_digest_and_is_not_asked(
    entry: FindingEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = held(digests.key(digests.digest_id("C1", at(0))), at(0))
    digest.item = entry.item
    monkeypatch.setattr(guardduty, "is_archived", lambda *_: pytest.fail("asked"))
    says(monkeypatch, "U1")
    found = look.look(digest, watch(folded=900), at(60))
    assert (found.answer, found.handled_by) == (Answer.HANDLED, ("U1",))


def test_guardduty_that_is_busy_is_asked_again(entry: FindingEntry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guardduty, "is_archived", raising(AWSUnavailable("busy")))
    with pytest.raises(AWSUnavailable):
        look.look(entry, watch(), at(60))


def test_what_is_written_lives_ninety_days_more() -> None:
    claim = held("a-finding", at(0)).claim
    assert claim is not None
    assert (claim["finding_id"], int(claim["expires_at"])) == ("a-finding", at(90 * 86_400).timestamp())
