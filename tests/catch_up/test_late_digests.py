"""Digests whose owner has died: the hourly look posts each once, or says why not."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pytest

from chalicelib.errors import AWSUnavailable
from chalicelib.ledger import digests, watch
from chalicelib.message import mark
from chalicelib.message.mark import MarkKind
from chalicelib.notify import own_digest
from statemachine.local.guardduty_stand_in import GuardDutyStandIn
from statemachine.local.slack_stand_in import SlackFault, SlackStandIn
from statemachine.local.slack_workspace import Message
from tests.machine import Machine, finding
from tests.promises.common import NOON

FINDINGS = range(1, 8)


class Storm:
    """Seven findings at once, where the fourth would have to wait for too long."""

    def __init__(self, machine: Machine, guardduty: GuardDutyStandIn) -> None:
        self.machine, self.guardduty = machine, guardduty
        self.arns: dict[int, str] = {}

    def blow(self) -> None:
        own_digest.forget()
        for number in FINDINGS:
            each = finding(number)
            self.guardduty.put(each["detail"])
            self.arns[number] = self.machine.start(each)

    @property
    def members(self) -> list[int]:
        return [each for each in FINDINGS if "fold" in self.machine.item(f"{each:032x}")]

    @property
    def digest(self) -> str:
        [id_] = {digests.id_of(self.machine.item(f"{each:032x}")["fold"]) for each in self.members}
        return id_

    @property
    def item(self) -> dict[str, str]:
        return self.machine.item(digests.key(self.digest))

    def kill_owner(self) -> None:
        self.machine.stop(self.item["claimed_by"])

    def look(self, **payload: Any) -> Any:
        return self.machine.invoke("replay-findings", {"reconcile": True, "min_severity": 7, **payload})

    @property
    def posted(self) -> list[Message]:
        found = [(message, mark.read(message.payload)) for message in self.machine.messages()]
        return [message for message, marked in found if marked and marked.kind is MarkKind.DIGEST]


@contextmanager
def storm(slack: SlackStandIn, at: datetime = NOON, **settings: str) -> Iterator[Storm]:
    usual: dict[str, Any] = {"SLACK_MESSAGES_PER_SECOND": "1", "FOLD_AFTER": "3", **settings}
    with (
        GuardDutyStandIn() as guardduty,
        Machine(slack, at=at, AWS_ENDPOINT_URL_GUARDDUTY=guardduty.url, **usual) as machine,
    ):
        machine.put("routes", finding_type="*", rule="all", mention="@here")
        made = Storm(machine, guardduty)
        made.blow()
        assert made.members, "nothing was folded"
        yield made


def test_an_owner_that_lives_posts_it_and_the_look_has_nothing_to_do(slack: SlackStandIn) -> None:
    with storm(slack) as made:
        made.machine.pass_time(minutes=11)
        answer = made.look()
        assert answer["digests"] == {"posted": 0, "left": 0}
        assert (len(made.posted), answer["started"], answer["missing"]) == (1, 0, 0)


def test_the_digest_of_an_owner_that_was_aborted_is_posted_once(slack: SlackStandIn) -> None:
    with storm(slack, ANSWER_WITHIN="high=24h") as made:
        made.kill_owner()
        made.machine.pass_time(minutes=11)
        assert made.posted == []
        answer = made.look()
        assert answer["digests"] == {"posted": 1, "left": 0}
        assert answer["attention"]["restarted"] == 1, "what keeps the time of its answer"
        [message] = made.posted
        assert (made.item["ts"], made.item["awaits"]) == (message.ts, watch.ANSWER)
        made.machine.pass_time(hours=1)
        again = made.look()
        assert again["digests"] == {"posted": 0, "left": 0}
        assert len(made.posted) == 1
        assert (again["started"], again["already_posted"]) == (0, len(FINDINGS))
        assert again["in_digests"] == len(made.members)


def test_while_slack_is_down_it_is_an_error_and_the_next_look_posts_it(slack: SlackStandIn) -> None:
    with storm(slack) as made:
        made.kill_owner()
        made.machine.pass_time(minutes=11)
        slack.script(*[SlackFault(status=503)] * 3)
        with pytest.raises(AWSUnavailable, match="1 digests were not posted: "):
            made.look()
        assert made.posted == []
        slack.reset()
        made.machine.pass_time(hours=1)
        assert made.look()["digests"] == {"posted": 1, "left": 0}
        assert len(made.posted) == 1


def test_one_that_lists_no_finding_keeps_no_other_from_being_posted(slack: SlackStandIn) -> None:
    with storm(slack) as made:
        made.kill_owner()
        made.machine.pass_time(minutes=11)
        empty = digests.digest_id("channel##older", NOON)
        item = {"finding_id": digests.key(empty), "awaits": watch.POST, "awaits_since": "2026"}
        made.machine.put("notifications", **item)
        with pytest.raises(AWSUnavailable, match=rf"1 digests were not posted: .*no finding .*{empty}"):
            made.look()
        assert len(made.posted) == 1


def test_a_look_only_and_a_young_one_post_nothing(slack: SlackStandIn) -> None:
    with storm(slack) as made:
        made.kill_owner()
        assert made.look()["digests"] == {"posted": 0, "left": 0}
        made.machine.pass_time(minutes=11)
        assert "digests" not in made.look(dry_run=True)
        assert made.posted == []
