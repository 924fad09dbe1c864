"""Many findings, a slow Slack, a Lambda without capacity: everybody's turn comes, and nobody asks more than needed."""

from collections.abc import Collection, Iterator
from typing import NamedTuple

import pytest

from statemachine.local.slack_stand_in import SlackFault, SlackStandIn
from tests.machine import LOOK_UPS, Machine, finding, lambda_error
from tests.promises.common import NOON, ONE, given, refusals, suppress

CHANNEL_ID = "C0123456789"


class Recurring(NamedTuple):
    """What came of findings that recur while they wait."""

    posted: set[int]
    """Those that were posted at least once."""
    taken: int
    """How many messages and updates Slack took."""


def recur(findings: int, *, every: int, rounds: int) -> Recurring:
    """Let findings recur together in one channel, at a pace of a message or update every 22 seconds."""
    with (
        SlackStandIn() as slack,
        Machine(slack, at=NOON, SLACK_CHANNEL=CHANNEL_ID, SLACK_MESSAGES_PER_SECOND="0.05") as machine,
    ):
        for update in range(rounds):
            for number in range(1, findings + 1):
                machine.start(finding(number, update, service={"count": 10 + update}))
            machine.pass_time(seconds=every)
        posted = {number for number in range(1, findings + 1) if machine.posts(f"{number:032x}", CHANNEL_ID)}
        return Recurring(posted, sum(request.status == 200 for request in slack.requests))


class TestFindingsThatRecurWhileTheyWait:
    """Four findings, a message every 22 seconds: a round of the queue takes 89 seconds."""

    def test_are_all_posted_where_they_recur_less_often_than_that(self) -> None:
        assert recur(4, every=120, rounds=2).posted == {1, 2, 3, 4}

    def test_are_all_posted_where_they_recur_more_often_than_that(self) -> None:
        """In 300 seconds there are 13 turns."""
        recurring = recur(4, every=50, rounds=6)
        assert recurring.posted == {1, 2, 3, 4}
        assert recurring.taken >= 12, "turns pass unused while others wait"

    def test_keep_their_place(self, slack: SlackStandIn) -> None:
        with Machine(slack, at=NOON, SLACK_MESSAGES_PER_SECOND="0.05") as machine:
            executions = [machine.start(finding(number)) for number in range(1, 5)]
            executions.append(machine.start(finding(2, 5)))
            for execution in executions:
                machine.wait(execution)
            posted = [
                number
                for message in machine.messages()
                for number in range(1, 5)
                if f"{number:032x}" in str(message.payload)
            ]
        assert posted == [1, 2, 3, 4]


@pytest.fixture
def narrow(slack: SlackStandIn) -> Iterator[Machine]:
    """A Slack that takes one message a second, which is our pace, and answers after 0.3 seconds."""
    slack.rate = 1
    with Machine(slack, at=NOON, slack_takes=0.3, SLACK_MESSAGES_PER_SECOND="1") as machine:
        yield machine


class TestManyAtANarrowSlack:
    def test_that_come_one_by_one_are_never_refused(self, narrow: Machine, slack: SlackStandIn) -> None:
        executions = []
        for number in range(1, 9):
            executions.append(narrow.start(finding(number)))
            narrow.pass_time(seconds=0.3)
        for execution in executions:
            narrow.wait(execution)
        given(len(narrow.messages()) == 8, "not all were posted")
        assert refusals(slack) == 0

    def test_that_are_critical_take_turns_among_themselves(
        self, narrow: Machine, slack: SlackStandIn
    ) -> None:
        executions = [narrow.start(finding(number, severity=9.5)) for number in range(1, 7)]
        for execution in executions:
            narrow.wait(execution)
        given(len(narrow.messages()) == 6, "not all were posted")
        assert refusals(slack) <= 6

    def test_that_are_redriven_take_turns_anew(self, narrow: Machine, slack: SlackStandIn) -> None:
        slack.archived = ("#security",)
        failed = [narrow.wait(each) for each in [narrow.start(finding(number)) for number in range(1, 7)]]
        given({each.status for each in failed} == {"FAILED"}, "not all have failed")
        slack.archived = ()
        narrow.pass_time(hours=1)
        narrow.redrive_all(failed)
        given(len(narrow.messages()) == 6, "not all were posted")
        assert refusals(slack) <= 2


class TestTheClocks:
    def test_one_channel_has_one_pace_for_messages_and_replies(self, slack: SlackStandIn) -> None:
        with Machine(slack, at=NOON, SLACK_MESSAGES_PER_SECOND="1") as machine:
            for number in range(1, 4):
                machine.run(finding(number, severity=9.5))
            machine.pass_time(minutes=5)
            before = len(slack.requests)
            news = [finding(number, 5, severity=8.0, service={"count": 500}) for number in range(1, 4)]
            executions = [machine.start(each) for each in news]
            executions += [machine.start(finding(number)) for number in range(11, 14)]
            for execution in executions:
                machine.wait(execution)
        posts = [each.at for each in slack.requests[before:] if each.method == "chat.postMessage"]
        given(len(posts) == 6, "not three replies and three messages")
        assert (len(posts) - 1) / (posts[-1] - posts[0]) <= 1.0

    def test_an_update_that_slack_refuses_holds_no_critical_message_up(self, slack: SlackStandIn) -> None:
        with Machine(slack, at=NOON, SLACK_CHANNEL=CHANNEL_ID) as machine:
            machine.run(finding(1))
            machine.pass_time(minutes=5)
            slack.script(SlackFault(retry_after=600, method="chat.update"))
            machine.start(finding(1, 5, service={"count": 13}))
            given(refusals(slack) == 1, "no update was refused")
            machine.start(finding(2, severity=9.5))
            assert len(machine.posts(f"{2:032x}", CHANNEL_ID)) == 1, "it waits with the update"

    def test_the_channel_that_said_429_is_left_alone(self, machine: Machine, slack: SlackStandIn) -> None:
        route = {"finding_type": "*", "rule": "typo", "channel": "#typo"}
        machine.put("routes", **route, region="eu-test-1", max_severity=8.9)
        slack.unknown = ("#typo",)
        slack.script(SlackFault(retry_after=600, when=lambda body: body["channel"] == "#security"))
        machine.start(finding(1, region="eu-test-1"))
        given(refusals(slack) == 1, "nothing was refused")
        machine.start(finding(2))
        machine.pass_time(minutes=5)
        assert [each.status for each in slack.requests if each.channel == "#security"] == [429]


class TestASlackThatSays429ForHours:
    def busy(self, machine: Machine, slack: SlackStandIn, *, seconds: int, times: int) -> str:
        slack.script(SlackFault(retry_after=seconds, times=times))
        return machine.start(finding(1))

    def test_for_an_hour_is_waited_for(self, machine: Machine, slack: SlackStandIn) -> None:
        execution = self.busy(machine, slack, seconds=600, times=6)
        assert machine.wait(execution).status == "SUCCEEDED"
        assert len(machine.posts(ONE)) == 1

    @pytest.mark.parametrize("seconds", [300, 1700, 3600])
    def test_in_the_end_fails_the_execution_which_a_redrive_then_posts(
        self, machine: Machine, slack: SlackStandIn, seconds: int
    ) -> None:
        execution = self.busy(machine, slack, seconds=seconds, times=10_000)
        machine.pass_time(minutes=70)
        assert not machine.is_running(execution), "nobody is notified that nothing is posted"
        failed = machine.wait(execution)
        slack.reset()
        machine.redrive(failed)
        assert (failed.status, len(machine.posts(ONE))) == ("FAILED", 1)


def test_a_claim_whose_owner_is_dead_silences_no_redrive(machine: Machine, slack: SlackStandIn) -> None:
    slack.archived = ("#security",)
    failed = machine.run(finding(1))
    slack.archived = ()
    machine.pass_time(hours=2)
    slack.script(SlackFault(retry_after=60))
    second = machine.start(finding(1))
    given(machine.is_running(second), "the second execution does not wait")
    machine.stop(second)
    machine.pass_time(hours=2)
    machine.redrive(failed)
    assert len(machine.posts(ONE)) == 1


class TestAMinuteWithoutLambdaCapacity:
    """Lambda refuses each invocation: its accounts run ten at once when they are young."""

    def short_of_capacity(self, machine: Machine, *, seconds: float, functions: Collection[str] = ()) -> None:
        """Refuse these functions, or all, for so long."""
        began = machine.now

        def refuse(name: str, _: object) -> None:
            if (machine.now - began).total_seconds() < seconds and (not functions or name in functions):
                raise lambda_error("Lambda.TooManyRequestsException")

        machine.disturb = refuse

    def test_is_waited_out_so_that_nothing_is_posted_twice(self, machine: Machine) -> None:
        self.short_of_capacity(machine, seconds=60)
        machine.run(finding(1))
        machine.run(finding(1))
        machine.run(finding(1, 5))
        assert len(machine.posts(ONE)) == 1

    def test_is_waited_out_so_that_the_rules_hold(self, machine: Machine) -> None:
        suppress(machine)
        self.short_of_capacity(machine, seconds=60)
        assert machine.run(finding(1)).end == "Suppressed"
        assert machine.messages() == []

    def test_of_the_look_ups_for_good_costs_their_result_and_no_more(self, machine: Machine) -> None:
        self.short_of_capacity(machine, seconds=10**9, functions=LOOK_UPS)
        machine.run(finding(1))
        machine.run(finding(1))
        machine.run(finding(1, 5))
        given(machine.count(LOOK_UPS[0]) > 1, "no look-up was refused")
        assert len(machine.posts(ONE)) == 1
