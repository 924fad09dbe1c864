"""The hourly look and the daily proof: what no event brought is posted within hours, and a day has one proof."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from moto.core.exceptions import JsonRESTError
from moto.stepfunctions.parser.models import StepFunctionsParserBackend

from statemachine.local.guardduty_stand_in import GuardDutyStandIn
from statemachine.local.slack_stand_in import SlackStandIn
from tests.machine import LOOK_UPS, Event, Machine, breaking, event, lambda_error, shown
from tests.promises.common import (
    given,
    hours_after_midnight,
    invoke_by_schedule,
    pass_hours_by_schedule,
    proofs,
    schedules,
    suppress,
)

NEW_ADDRESS = "203.0.113.200"


def seen_at(hour: float, number: int = 1, **detail: Any) -> Event:
    """A finding as GuardDuty has it after that hour of the day."""
    moment = hours_after_midnight(hour).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    return event(id=f"{number:032x}", **{"updatedAt": moment, "createdAt": moment, **detail})


@contextmanager
def lost_event(
    slack: SlackStandIn, first: Event, later: Event, *, hour: float, frequency: str, hidden: bool
) -> Iterator[Machine]:
    """A finding is handled at an hour, posted or hidden by a rule; of what it became an hour later no event came."""
    with (
        GuardDutyStandIn(frequency=frequency) as guardduty,
        Machine(slack, at=hours_after_midnight(hour), AWS_ENDPOINT_URL_GUARDDUTY=guardduty.url) as machine,
    ):
        if hidden:
            suppress(machine)
        machine.run(first)
        given(len(machine.messages()) == (not hidden), "the first update was not handled as it should")
        machine.pass_time(hours=1, minutes=7)
        guardduty.put(later["detail"])
        yield machine


def posted(machine: Machine, number: int = 1) -> int:
    """How many messages post a finding."""
    posts = machine.posts(f"{number:032x}")
    return sum(message not in proofs(machine) for message in posts)


class TestAnUpdateWhoseEventWasLost:
    """By GuardDuty's default a recurrence's event comes after up to six hours; only then can it be missed."""

    @pytest.mark.parametrize(
        ("hour", "frequency"),
        [
            pytest.param(3, "ONE_HOUR", id="at-night-with-hourly-events"),
            pytest.param(3, "SIX_HOURS", id="at-night"),
            pytest.param(10, "SIX_HOURS", id="by-day"),
        ],
    )
    def test_is_posted_within_three_hours_where_a_hidden_finding_became_critical(
        self, slack: SlackStandIn, hour: int, frequency: str
    ) -> None:
        first = seen_at(hour, severity=7)
        later = seen_at(hour + 1, severity=9.5, createdAt=first["detail"]["createdAt"])
        with lost_event(slack, first, later, hour=hour, frequency=frequency, hidden=True) as machine:
            pass_hours_by_schedule(machine, 3)
            assert posted(machine) == 1, "a Critical finding that no rule hides was not posted"

    @pytest.mark.parametrize(
        ("hour", "frequency", "hours"),
        [
            pytest.param(3, "ONE_HOUR", 4, id="at-night-with-hourly-events"),
            pytest.param(3, "SIX_HOURS", 9, id="at-night"),
            pytest.param(10, "SIX_HOURS", 9, id="by-day"),
        ],
    )
    def test_is_posted_soon_after_it_was_due_where_a_posted_finding_has_a_new_address(
        self, slack: SlackStandIn, hour: int, frequency: str, hours: int
    ) -> None:
        first = seen_at(hour)
        later = seen_at(hour + 1, createdAt=first["detail"]["createdAt"])
        remote = later["detail"]["service"]["action"]["networkConnectionAction"]["remoteIpDetails"]
        remote["ipAddressV4"] = NEW_ADDRESS
        with lost_event(slack, first, later, hour=hour, frequency=frequency, hidden=False) as machine:
            pass_hours_by_schedule(machine, hours)
            assert any(NEW_ADDRESS in shown(message) for message in machine.messages())


def test_the_hourly_look_posts_nothing_again_that_was_posted_without_a_look_up(slack: SlackStandIn) -> None:
    def refuse(name: str, _: object) -> None:
        if name in LOOK_UPS:
            raise lambda_error("Lambda.TooManyRequestsException")

    with (
        GuardDutyStandIn() as guardduty,
        Machine(slack, at=hours_after_midnight(3), AWS_ENDPOINT_URL_GUARDDUTY=guardduty.url) as machine,
    ):
        guardduty.put(seen_at(3)["detail"])
        machine.disturb = refuse
        machine.run(seen_at(3))
        machine.disturb = lambda *_: None
        given(posted(machine) == 1, "it was not posted")
        pass_hours_by_schedule(machine, 2)
        assert posted(machine) == 1


def test_a_day_has_one_proof_although_step_functions_is_throttled(slack: SlackStandIn) -> None:
    starts = itertools.count(1)

    def throttle(*_: object, **__: object) -> None:
        if next(starts) in (2, 4):
            raise JsonRESTError("ThrottlingException", "Rate exceeded")

    [proof] = [each for each in schedules() if each.hour is not None]
    with (
        GuardDutyStandIn(seen_at(5, number)["detail"] for number in range(1, 6)) as guardduty,
        Machine(slack, at=hours_after_midnight(7), AWS_ENDPOINT_URL_GUARDDUTY=guardduty.url) as machine,
    ):
        with breaking(StepFunctionsParserBackend, "start_execution", throttle):
            invoke_by_schedule(machine, proof)
        given(next(starts) > 2, "nothing was throttled")
        pass_hours_by_schedule(machine, 2)
        assert [posted(machine, number) for number in range(1, 6)] == [1] * 5
        assert len(proofs(machine)) == 1
