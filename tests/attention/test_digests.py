"""A digest asks for one answer: it is reminded of, answered and listed as one."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from chalicelib.catch_up import open_message
from chalicelib.catch_up.open_message import Waiting
from chalicelib.ledger import digests, open_list, watch
from chalicelib.ledger.watch import ANSWER, Answer, Watch
from chalicelib.message import mark
from chalicelib.message.mark import MarkKind, finding_hash
from statemachine.local.slack_stand_in import SlackStandIn
from statemachine.local.slack_workspace import Message
from tests.catch_up.test_late_digests import Storm, storm
from tests.machine import shown


@pytest.fixture
def made(slack: SlackStandIn) -> Iterator[Storm]:
    """A storm whose digest its owner has posted."""
    with storm(slack, ANSWER_WITHIN="high=10m") as found:
        found.machine.pass_time(minutes=3)
        assert len(found.posted) == 1
        yield found


def watched(made: Storm) -> Watch:
    found = watch.read(made.item["attention"])
    assert found is not None
    return found


def reminders(made: Storm) -> list[Message]:
    found = ((message, mark.read(message.payload)) for message in made.machine.messages())
    hashed = finding_hash(digests.key(made.digest))
    return [
        message
        for message, marked in found
        if marked and marked.kind is MarkKind.REMINDER and marked.finding == hashed
    ]


def test_who_handles_its_message_has_handled_all_of_it(made: Storm, slack: SlackStandIn) -> None:
    [message] = made.posted
    assert watched(made).folded == len(made.members)
    slack.react(made.item["channel"], message.ts, "white_check_mark", "U0ANNA")
    made.machine.pass_time(minutes=5)
    assert (watched(made).answer, watched(made).handled_by) == (Answer.HANDLED, ("U0ANNA",))
    assert "Handled" in shown(made.posted[0])
    assert reminders(made) == []


def test_where_nobody_answers_its_thread_says_how_many_wait(made: Storm) -> None:
    made.machine.pass_time(minutes=12)
    [reply] = reminders(made)
    assert reply.thread_ts == made.posted[0].ts
    number = len(made.members)
    assert (
        f"<!here> Nobody has taken this digest yet: it is a digest of {number} findings, highest: "
        in shown(reply)
    )


def test_the_daily_list_names_it_with_its_number_and_link(made: Storm) -> None:
    [each] = [each for each in open_list.watched(ANSWER) if each.watch.folded]
    late = made.machine.now + timedelta(hours=1)
    _, line = open_message.day(Waiting(1, [each]), late, "en")
    link = f"<https://slack.com/archives/{each.channel}/p{each.ts.replace('.', '')}|"
    assert line.startswith(f"• {link}digest of {len(made.members)} findings, highest: `")
