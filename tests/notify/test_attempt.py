"""An attempt in the finding's item: begun on what was read, ended by itself alone, known to whoever comes next."""

from collections.abc import Iterator

import pytest

from chalicelib.errors import AWSUnavailable
from chalicelib.finding.event import parse
from chalicelib.ledger import notifications
from chalicelib.ledger.claim import claim, instant
from chalicelib.ledger.decide import FindingItem
from chalicelib.ledger.notifications import FindingEntry
from chalicelib.ledger.table import ConditionFailed
from chalicelib.notify.attempt import LIVES, Attempt
from statemachine.local.slack_stand_in import SlackStandIn
from tests.machine import Machine, finding
from tests.promises.common import NOON, ONE, says_repeated

NEWER = "2026-11-20T10:05:00.000Z"
UNCERTAIN = {"attempted_update": NEWER, "shown_suppression": "", "shown_since": ""}


@pytest.fixture
def machine(slack: SlackStandIn) -> Iterator[Machine]:
    with Machine(slack, at=NOON) as local:
        yield local


def read_entry() -> FindingEntry:
    """The finding's item as an execution of a newer update has just read it."""
    entry = FindingEntry(claim(parse(finding(1, 5)), NOON))
    entry.read()
    return entry


def known() -> FindingItem:
    """What the item says, however often it was written."""
    return notifications.read(ONE)._replace(v=0)


def is_begin(operation: str, arguments: object) -> bool:
    """Whether a call of DynamoDB begins an attempt."""
    return operation == "update_item" and "attempt_until = :attempt_until" in repr(arguments)


def test_nothing_is_begun_on_an_outdated_reading(machine: Machine) -> None:
    outdated = read_entry()
    machine.run(finding(1))
    posted = known()
    with pytest.raises(ConditionFailed):
        Attempt(outdated, "mine", UNCERTAIN)
    assert known() == posted, "it would be a second message"
    Attempt(read_entry(), "mine", UNCERTAIN)
    assert known().attempt == "mine"


def test_an_attempt_that_is_taken_back_leaves_what_was_known(machine: Machine) -> None:
    machine.run(finding(1))
    read_entry().change({"shown_suppression": '{"rule": "known", "until": ""}', "shown_since": instant(NOON)})
    before = known()
    begun = Attempt(read_entry(), "mine", UNCERTAIN)
    assert (known().attempted_update, known().shown_suppression) == (NEWER, "")
    begun.take_back()
    assert known() == before


@pytest.mark.parametrize("end", ["take_back", "leave_changed", "leave_unanswered", "record"])
def test_an_attempt_ends_only_itself(machine: Machine, end: str) -> None:
    mine = Attempt(read_entry(), "mine", UNCERTAIN)
    machine.pass_time(seconds=LIVES.total_seconds() + 1)
    Attempt(read_entry(), "another's", UNCERTAIN)
    anothers = known()
    arguments = [{"notified_update": NEWER}] if end == "record" else []
    assert not getattr(mine, end)(*arguments)
    assert known() == anothers


def test_an_attempt_ends_beside_what_others_have_written_meanwhile(machine: Machine) -> None:
    begun = Attempt(read_entry(), "mine", UNCERTAIN)
    read_entry().change({"suppressed_update": NEWER})
    assert begun.record({"notified_update": NEWER})
    assert (known().attempt, known().notified_update, known().suppressed_update) == ("", NEWER, NEWER)


def test_a_beginning_whose_answer_is_lost_is_ones_own(machine: Machine) -> None:
    machine.break_dynamodb(is_begin, "InternalServerError", taken=True)
    begun = Attempt(read_entry(), "mine", UNCERTAIN)
    assert (machine.broken, known().attempt) == (1, "mine")
    assert begun.record({"notified_update": NEWER, "attempted_update": ""})
    assert known() == FindingItem(notified_update=NEWER)


def test_a_beginning_that_is_not_written_is_none(machine: Machine) -> None:
    machine.break_dynamodb(is_begin, "InternalServerError")
    with pytest.raises(AWSUnavailable):
        Attempt(read_entry(), "mine", UNCERTAIN)
    assert known() == FindingItem()


def test_a_lost_answer_costs_no_second_message_and_no_mark(machine: Machine) -> None:
    machine.break_dynamodb(is_begin, "InternalServerError", taken=True)
    outcome = machine.run(finding(1))
    assert (machine.broken, outcome.end, machine.count("post-to-slack")) == (1, "Notified", 1)
    assert [says_repeated(message) for message in machine.posts(ONE)] == [False]


def test_an_attempt_that_has_run_out_is_unanswered_to_the_next_one(machine: Machine) -> None:
    Attempt(read_entry(), "dead", UNCERTAIN)
    machine.pass_time(seconds=LIVES.total_seconds() + 1)
    Attempt(read_entry(), "next", UNCERTAIN).take_back()
    assert (known().attempt, known().unanswered) == ("", instant(NOON))
    assert machine.run(finding(1, 5)).end == "Notified"
    assert [says_repeated(message) for message in machine.posts(ONE)] == [True]
    assert known().unanswered == ""


def test_an_attempt_under_way_is_waited_for(machine: Machine) -> None:
    Attempt(read_entry(), "another's", UNCERTAIN)
    waiting = machine.start(finding(1, 5))
    machine.pass_time(seconds=LIVES.total_seconds() - 1)
    assert machine.is_running(waiting)
    assert not machine.slack.requests
    assert machine.wait(waiting).end == "Notified"
    assert [says_repeated(message) for message in machine.posts(ONE)] == [True]
