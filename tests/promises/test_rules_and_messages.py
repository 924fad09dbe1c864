"""What a rule hides is not posted, by whatever way it comes; and the message that there is says how things stand."""

import pytest

from statemachine.local.slack_stand_in import SlackFault, SlackStandIn
from tests.machine import Machine, finding, shown
from tests.promises.common import NOON, ONE, given, says_suppressed, suppress, times_seen, unsuppress


class TestWhatARuleHides:
    def test_is_not_posted_anew_when_people_deleted_its_message(
        self, machine: Machine, slack: SlackStandIn
    ) -> None:
        machine.run(finding(1))
        slack.delete(machine.messages()[0])
        suppress(machine)
        machine.run(finding(1, 5))
        assert machine.messages() == []

    def test_is_not_posted_anew_when_the_channel_was_changed(
        self, machine: Machine, slack: SlackStandIn, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        machine.run(finding(1))
        suppress(machine)
        slack.archived = ("#security",)
        monkeypatch.setenv("SLACK_CHANNEL", "#new")
        machine.run(finding(1, 5))
        assert machine.messages("#new") == []

    def test_has_one_message_when_it_is_hidden_no_longer(self, machine: Machine, slack: SlackStandIn) -> None:
        machine.run(finding(1))
        slack.delete(machine.messages()[0])
        suppress(machine)
        machine.run(finding(1, 5))
        unsuppress(machine)
        machine.run(finding(1, 10))
        assert len(machine.posts(ONE)) == 1

    def test_a_rule_added_in_a_flood_holds_for_what_waits(self, slack: SlackStandIn) -> None:
        with Machine(slack, at=NOON, SLACK_MESSAGES_PER_SECOND="0.1") as machine:
            waiting = [machine.start(finding(number)) for number in range(1, 6)]
            given(len(machine.messages()) == 1, "the others do not wait")
            suppress(machine, "stop the flood")
            for execution in waiting:
                machine.wait(execution)
            assert len(machine.messages()) == 1

    def test_is_not_posted_by_a_redrive_of_an_older_update(
        self, machine: Machine, slack: SlackStandIn
    ) -> None:
        slack.archived = ("#security",)
        failed = machine.run(finding(1))
        suppress(machine)
        machine.run(finding(1, 5))
        slack.archived = ()
        machine.redrive(failed)
        assert machine.messages() == []

    def test_is_hidden_and_counted_whatever_the_rule_is_called(self, machine: Machine) -> None:
        names = (
            "braces {} {0} {",
            "quote ' \" and \\ back\\slash \\{",
            " spaces around ",
            "日本 🚀",
            "$.detail.id",
            "States.Format('{}')",
            "a" * 900,
        )
        for number, name in enumerate(names):
            suppress(machine, name, region=f"eu-test-{number}")
        machine.run_all([finding(number, region=f"eu-test-{number}") for number in range(len(names))])
        assert machine.messages() == []
        counted = {rule["rule"]: rule.get("match_count") for rule in machine.rules()}
        assert counted == dict.fromkeys(names, "1")


class TestAMessageOfWhatIsHidden:
    def test_is_never_overwritten_by_an_older_update_that_comes_late(self, machine: Machine) -> None:
        machine.run(finding(1, 5, service={"count": 40}))
        suppress(machine)
        machine.run(finding(1, 0, service={"count": 2}))
        [message] = machine.messages()
        assert times_seen(message) == [40]

    def test_is_never_overwritten_by_an_older_update_that_waited(
        self, machine: Machine, slack: SlackStandIn
    ) -> None:
        machine.run(finding(1, 0, service={"count": 2}))
        slack.script(SlackFault(retry_after=60))
        older = machine.start(finding(1, 5, service={"count": 10}))
        given(machine.is_running(older), "the older update does not wait")
        suppress(machine)
        machine.run(finding(1, 10, service={"count": 99}))
        machine.wait(older)
        [message] = machine.messages()
        assert (times_seen(message), says_suppressed(message)) == ([2], True), "what is hidden is not shown"

    def test_names_the_rule_that_hides_it_now(self, machine: Machine) -> None:
        machine.run(finding(1))
        suppress(machine, "first rule", expires_at="2099-01-01")
        machine.run(finding(1, 5))
        unsuppress(machine, "first rule")
        suppress(machine, "other rule", expires_at="2098-06-30")
        machine.run(finding(1, 10))
        [message] = machine.messages()
        assert ("first rule" in shown(message), "other rule" in shown(message)) == (False, True)

    @pytest.mark.parametrize(
        "fault",
        [pytest.param(SlackFault(retry_after=1), id="429"), pytest.param(SlackFault(status=503), id="503")],
    )
    def test_says_so_although_slack_refused_once(
        self, machine: Machine, slack: SlackStandIn, fault: SlackFault
    ) -> None:
        machine.run(finding(1))
        suppress(machine)
        slack.script(fault)
        machine.run(finding(1, 5))
        given(len(slack.requests) > 1, "Slack was not asked")
        [message] = machine.messages()
        assert says_suppressed(message)
