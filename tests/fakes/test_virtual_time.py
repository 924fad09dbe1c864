"""The time that passes only when a test lets it."""

from datetime import UTC, datetime, timedelta

import pytest

from statemachine.local.slack_stand_in import SlackFault, SlackStandIn
from tests.fakes.virtual_time import Stuck, VirtualTime
from tests.machine import LOOK_UPS, Machine, finding, lambda_error

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def test_waits_and_retries_take_it_and_nothing_else_does(slack: SlackStandIn) -> None:
    slack.script(SlackFault(retry_after=3600), SlackFault(status=503), SlackFault(status=503))
    with Machine(slack, at=NOON) as machine:
        assert machine.run(finding(1)).end == "Notified"
        assert machine.now - NOON == timedelta(hours=1, seconds=1 + 2)
    assert [request.at for request in slack.requests] == [0, 3600, 3601, 3603]


def test_it_stands_still_until_it_is_let(slack: SlackStandIn) -> None:
    slack.script(SlackFault(retry_after=60))
    with Machine(slack, at=NOON) as machine:
        execution = machine.start(finding(1))
        assert (machine.is_running(execution), len(slack.requests), machine.now) == (True, 1, NOON)
        machine.pass_time(seconds=59)
        assert (machine.is_running(execution), len(slack.requests)) == (True, 1)
        machine.pass_time(seconds=1)
        assert (machine.is_running(execution), len(slack.requests)) == (False, 2)


def test_the_functions_and_the_interpreter_read_it(slack: SlackStandIn) -> None:
    with Machine(slack, at=NOON) as machine:
        machine.suppress(
            finding_type="Backdoor:EC2/*", rule="today", reason="a test", expires_at="2026-11-20"
        )
        machine.pass_time(hours=5)
        machine.run(finding(1))
        [rule] = machine.rules()
        assert (machine.messages(), rule["last_matched_at"][:16]) == ([], "2026-11-20T17:00")
        machine.pass_time(hours=7)
        machine.run(finding(2))
        assert len(machine.messages()) == 1, "the rule holds to the end of its day"


def test_slacks_answers_may_take_it(slack: SlackStandIn) -> None:
    with Machine(slack, at=NOON, slack_takes=0.5) as machine:
        first, second = machine.start(finding(1)), machine.start(finding(2, severity=9.5))
        machine.pass_time(seconds=0.1)  # one passes the gate after the other
        assert (machine.is_running(first), machine.is_running(second), len(slack.requests)) == (True, True, 2)
        machine.pass_time(seconds=0.5)
        assert (machine.is_running(first), machine.is_running(second)) == (False, False)


def test_one_branch_retries_when_the_other_is_done(slack: SlackStandIn) -> None:
    """Also what a test raises: it is Lambda's error by its name, and retried as that."""
    refused: list[str] = []

    def refuse(name: str, _: object) -> None:
        if name == LOOK_UPS[0] and len(refused) < 2:
            refused.append(name)
            raise lambda_error("Lambda.TooManyRequestsException")

    with Machine(slack, at=NOON) as machine:
        machine.disturb = refuse
        assert machine.run(finding(1)).output["enrichment"]["account"]["name"] == "payments-prod"
        assert machine.now - NOON == timedelta(seconds=1 + 2)


def test_an_execution_that_is_stopped_waits_no_longer(slack: SlackStandIn) -> None:
    slack.script(SlackFault(retry_after=3600))
    with Machine(slack, at=NOON) as machine:
        execution = machine.start(finding(1))
        machine.stop(execution)
        assert (machine.status(execution), machine.now) == ("ABORTED", NOON)


def test_what_still_waits_at_the_end_is_stopped(slack: SlackStandIn) -> None:
    slack.script(SlackFault(retry_after=3600), SlackFault(status=503))
    with Machine(slack, at=NOON) as machine:
        executions = [machine.start(finding(1)), machine.start(finding(2, severity=9.5))]
        assert all(map(machine.is_running, executions))
    assert not any(map(machine.is_running, executions))


def test_waiting_for_what_never_comes_is_an_error() -> None:
    with pytest.raises(Stuck):
        VirtualTime(lambda _: True, NOON).until(lambda: False)


def test_a_machine_in_real_time_has_none(slack: SlackStandIn) -> None:
    with Machine(slack) as machine, pytest.raises(RuntimeError, match="at="):
        machine.pass_time(hours=1)
