"""Looks by schedule: what AWS throttles is slower, and every region has its turn whatever another one says."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.errors import AWSUnavailable
from chalicelib.functions import replay_findings
from statemachine.local.aws_stand_in import AwsFault, AwsRequest, Refused, StandIn
from statemachine.local.guardduty_stand_in import GuardDutyStandIn
from statemachine.local.slack_stand_in import SlackStandIn
from tests.catch_up.test_daily_proof import make_parameter, prove, said
from tests.catch_up.test_proof_message import MONDAY
from tests.catch_up.test_replay import FUNCTION, HOUR, NOW, World, detail, name, world


class GuardDutyOfRegions(StandIn):
    """One server for all regions: who asks says in the signature which one is meant. Others are not open."""

    def __init__(self, **regions: GuardDutyStandIn) -> None:
        super().__init__()
        self._regions = {name.replace("_", "-"): each for name, each in regions.items()}
        self.throttled: set[str] = set()

    def operation(self, request: AwsRequest) -> str:
        return self._regions["eu-west-1"].operation(request)

    def answer(self, operation: str, request: AwsRequest) -> dict[str, Any]:
        region = request.headers["Authorization"].split("/")[2]
        if region in self.throttled and operation == "GetFindings":
            raise Refused("TooManyRequestsException", "slower", 429)
        if region not in self._regions:
            raise Refused("UnrecognizedClientException", "The security token is invalid.", 403)
        return self._regions[region].answer(operation, request)


@contextmanager
def regions(*details: dict[str, Any], slack: str = "", **elsewhere: GuardDutyStandIn) -> Iterator[World]:
    """Our own region lists `details`; others are as given, and the rest can't be read."""
    with (
        world(*details, slack=slack) as here,
        GuardDutyOfRegions(eu_west_1=here.guardduty, **elsewhere) as all_,
    ):
        os.environ["AWS_ENDPOINT_URL_GUARDDUTY"] = all_.url
        here.regions = all_
        yield here


def listed(*numbers: int) -> GuardDutyStandIn:
    return GuardDutyStandIn(detail(number, region="us-east-1") for number in numbers)


# --- throttled


def claimed(here: World, number: int) -> None:
    arn = here.executions.add(f"by-the-rule-{number}")
    here.put(number, {"claimed_update": "2026-11-20T11:00:00.000Z", "claimed_by": arn})


def test_a_throttled_look_at_an_execution_slows_the_proof_and_is_said_nowhere() -> None:
    with SlackStandIn() as slack, world(*map(detail, range(3)), slack=slack.url) as here:
        for number in range(3):
            claimed(here, number)
        here.executions.script(AwsFault("DescribeExecution", "ThrottlingException", 400, after=1, times=3))
        answer = prove(here)
        assert here.slept == [1, 2, 4]
        [text] = said(slack)
    assert text.endswith("being posted 3, missing 0.")
    assert (answer["under_way"], answer["not_looked_at"]) == (3, 0)


def test_what_the_proof_can_not_look_at_is_counted_and_the_next_look_finds_it() -> None:
    with SlackStandIn() as slack, world(*map(detail, range(4)), slack=slack.url) as here:
        claimed(here, 1)
        claimed(here, 2)
        here.executions.script(AwsFault("DescribeExecution", "ThrottlingException", 400, times=200))
        answer = prove(here)
        [text] = said(slack)
        assert "posted 0, suppressed 0, not looked at 2, missing 2." in text
        assert here.slept == [1, 2, 4, 1, 2, 4, 8, 16, *[20] * 7]
        here.executions._faults.clear()
        after = here.at(NOW + timedelta(minutes=1), reconcile=True)
    assert (answer["not_looked_at"], answer["skipped"]) == (2, {"not looked at": 2})
    assert (after["under_way"], after["started"]) == (4, 0)


@pytest.mark.parametrize("operation", ["StartExecution", "RedriveExecution"])
def test_a_throttled_start_slows_the_hourly_look(operation: str) -> None:
    with world(*map(detail, range(3))) as here:
        here.executions.add(name(0), "FAILED")
        here.executions.script(AwsFault(operation, "ThrottlingException", 400, times=2))
        answer = here.run(reconcile=True)
        assert (answer["started"], answer["redriven"], answer["next"]) == (2, 1, None)
        assert (answer["missing"], here.slept) == (3, [1, 2])
        assert len(here.executions.executions) == 3


def test_behind_a_throttled_call_a_page_waits_without_calls() -> None:
    with world(*map(detail, range(60))) as here:
        here.executions.script(AwsFault("StartExecution", "ThrottlingException", 400))
        assert here.run(reconcile=True)["started"] == 60
        assert here.executions.calls == {"StartExecution": 61}
        assert here.slept == [1]


# --- regions


def test_each_region_is_compared_once_by_the_hourly_look() -> None:
    with regions(detail(1), us_east_1=listed(2), us_west_2=listed(3)) as here:
        answer = here.run(reconcile=True, regions="us-east-1,eu-west-1,us-west-2")
        assert (answer["listed"], answer["started"], answer["next"]) == (3, 3, None)
        assert "not_compared" not in answer
        assert {each.name for each in here.executions.executions} == {name(1), name(2), name(3)}


def test_the_proof_names_its_regions_in_one_line_when_all_is_well() -> None:
    with SlackStandIn() as slack, regions(detail(1), slack=slack.url, us_east_1=listed(2)) as here:
        here.notify(1)
        here.notify(2)
        prove(here, regions="us-east-1")
        assert said(slack) == [
            "GuardDuty lists 2 findings of the last 31 h at severity 7 and above in eu-west-1, us-east-1:"
            " posted 2, suppressed 0, missing 0."
        ]


def test_what_is_missing_names_its_region_and_is_started() -> None:
    with SlackStandIn() as slack, regions(detail(1), slack=slack.url, us_east_1=listed(2)) as here:
        here.notify(1)
        answer = prove(here, regions="us-east-1")
        [text] = said(slack)
        assert [each.name for each in here.executions.executions] == [name(2)]
    assert text.splitlines()[-1].endswith("(severity 8, account `111122223333`, `us-east-1`)")
    assert (answer["started"], answer["missing"]) == (1, 1)


def test_a_region_that_can_not_be_read_is_said_and_costs_the_others_nothing() -> None:
    off = GuardDutyStandIn(detector="")
    with (
        SlackStandIn() as slack,
        regions(detail(1), slack=slack.url, me_south_1=off, us_east_1=listed(2)) as here,
    ):
        answer = prove(here, regions="af-south-1,me-south-1,us-east-1")
        [text] = said(slack)
        assert len(here.executions.executions) == 2
    lines = text.splitlines()
    assert "in eu-west-1, us-east-1:" in lines[0]
    assert lines[1] == (
        "Incomplete: not compared, or not to the end:"
        " `af-south-1` (`UnrecognizedClientException`), `me-south-1` (`no detector`)."
    )
    assert answer["not_compared"].keys() == {"af-south-1", "me-south-1"}


def test_our_own_region_that_can_not_be_read_costs_the_others_nothing_either() -> None:
    with SlackStandIn() as slack, regions(slack=slack.url, us_east_1=listed(2)) as here:
        here.guardduty.detector = ""
        prove(here, regions="us-east-1")
        [text] = said(slack)
        assert len(here.executions.executions) == 1
    assert text.splitlines()[1] == "Incomplete: not compared, or not to the end: `eu-west-1` (`no detector`)."


def test_another_region_that_throttles_makes_the_proof_incomplete_not_silent() -> None:
    with SlackStandIn() as slack, regions(detail(1), slack=slack.url, us_east_1=listed(2)) as here:
        here.regions.throttled = {"us-east-1"}
        prove(here, regions="us-east-1")
        [text] = said(slack)
        assert [each.name for each in here.executions.executions] == [name(1)]
    assert "`us-east-1` (`guardduty:GetFindings: TooManyRequestsException`)" in text


def test_the_hourly_look_ends_with_an_error_where_a_region_can_not_be_read_after_all_else_is_done() -> None:
    with regions(detail(1), us_east_1=listed(2)) as here:
        with pytest.raises(AWSUnavailable, match=r"af-south-1 was not compared \(UnrecognizedClient"):
            here.run(reconcile=True, regions="af-south-1,us-east-1")
        assert len(here.executions.executions) == 2


def test_refusals_of_others_than_guardduty_are_no_regions_fault() -> None:
    with regions(detail(1), us_east_1=listed(2)) as here:
        here.executions.script(AwsFault("StartExecution", "AccessDeniedException", 400))
        with pytest.raises(Exception, match="AccessDenied"):
            here.run(reconcile=True, regions="us-east-1")


def test_the_week_is_counted_in_every_region_that_was_compared() -> None:
    monday = MONDAY - NOW
    there = GuardDutyStandIn([detail(2, ago=HOUR - monday), detail(3, ago=HOUR - monday, severity=9.0)])
    with (
        SlackStandIn() as slack,
        regions(detail(1, ago=HOUR - monday), slack=slack.url, us_east_1=there) as here,
    ):
        prove(here, MONDAY, regions="af-south-1,us-east-1")
        [text] = said(slack)
    assert "The week: Critical 1, High 2." in text


# --- the week


def week_of(here: World, slack: SlackStandIn, lists: int) -> str:
    """Make Monday's proof while time is nearly over once so many pages of lists were read; return the week's line."""
    make_parameter()

    def remaining() -> int:
        return 900_000 if here.guardduty.calls["ListFindings"] < lists else 59_000

    replay_findings.replay_findings({"proof": True, "min_severity": 7}, FUNCTION, remaining, MONDAY, "run")
    [text] = said(slack)
    assert text.startswith("GuardDuty lists 1 finding of the last 31 h")
    return next(line for line in text.splitlines() if line.startswith("The week"))


AGO = HOUR - (MONDAY - NOW)


@pytest.mark.parametrize(
    ("lists", "line"),
    [
        pytest.param(1, "The week: there was no time to count it.", id="no-time-at-all"),
        pytest.param(2, "The week, not counted to its end: at least Critical 1.", id="one-page"),
        pytest.param(3, "The week, not counted to its end: at least Critical 1, High 50.", id="two-pages"),
        pytest.param(5, "The week: Critical 1, High 60.", id="whole"),
    ],
)
def test_the_week_stops_in_time_to_post_the_day(lists: int, line: str) -> None:
    old = [detail(number, ago=AGO + 48 * HOUR) for number in range(60)]
    with SlackStandIn() as slack, world(*old, detail(99, ago=AGO, severity=9.5), slack=slack.url) as here:
        assert week_of(here, slack, lists) == line


def test_a_week_that_aws_throttles_says_at_least_and_the_day_is_posted() -> None:
    with SlackStandIn() as slack, world(detail(1, ago=AGO, severity=9.5), slack=slack.url) as here:
        here.guardduty.script(AwsFault("ListFindings", after=2))
        assert week_of(here, slack, 100) == "The week, not counted to its end: at least Critical 1."
