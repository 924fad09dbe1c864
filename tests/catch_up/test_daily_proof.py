"""The daily proof: what is behind its numbers, and that it is never silent."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from chalicelib import settings
from chalicelib.aws import parameter_store
from chalicelib.errors import AWSUnavailable, SlackRejected, SlackUnavailable
from chalicelib.ledger import clocks, watch
from chalicelib.ledger.claim import instant
from chalicelib.ledger.watch import Answer
from statemachine.local.aws_stand_in import AwsFault
from statemachine.local.slack_stand_in import SlackFault, SlackStandIn
from tests.catch_up.test_proof_message import MONDAY
from tests.catch_up.test_replay import HOUR, NOW, World, detail, name, world
from tests.ledger.test_open_list import asked, put

TOKEN = "xoxb-made-up"


def make_parameter() -> None:
    parameter_store._kept.clear()
    boto3.client("ssm").put_parameter(
        Name="/guardduty-notifier/dev/slack", Value=TOKEN, Type="SecureString", Overwrite=True
    )


def prove(here: World, now: datetime = NOW, **payload: Any) -> dict[str, Any]:
    make_parameter()
    return here.at(now, proof=True, min_severity=7, **payload)


def said(slack: SlackStandIn) -> list[str]:
    return [str(message.payload["text"]) for message in slack.messages.get("#security", [])]


def test_the_proof_is_posted_and_what_is_missing_is_replayed() -> None:
    details = [detail(number) for number in range(5)]
    with SlackStandIn() as slack, world(*details, slack=slack.url) as here:
        here.notify(0)
        here.put(1, {"suppressed_update": instant(NOW - HOUR), "suppressed_by": "scanner"})
        here.notify(2, ago=2 * HOUR, posted=2 * HOUR)
        arn = here.executions.add("by-the-rule")
        here.put(3, {"claimed_update": instant(NOW - HOUR), "claimed_by": arn})
        answer = prove(here)
        [text] = said(slack)
        assert [each.name for each in here.executions.executions] == ["by-the-rule", name(4)]
    line, _, missing = text.splitlines()
    assert line.endswith("posted 2, suppressed 1 (by 1 rule), being posted 1, missing 1.")
    assert f"{4:032x}" in missing
    assert (answer["started"], answer["missing"]) == (1, 1)


def test_the_proof_is_posted_when_there_is_nothing() -> None:
    with SlackStandIn() as slack, world(slack=slack.url) as here:
        prove(here)
        assert said(slack) == [
            "GuardDuty lists 0 findings of the last 31 h at severity 7 and above:"
            " posted 0, suppressed 0, missing 0."
        ]


def test_what_has_just_come_is_not_missing_yet() -> None:
    with SlackStandIn() as slack, world(detail(1, ago=timedelta(minutes=1)), slack=slack.url) as here:
        prove(here)
        [text] = said(slack)
    assert text.endswith("being posted 1, missing 0.")


def test_on_mondays_the_week_is_posted_too() -> None:
    ages = {1: timedelta(days=4), 2: timedelta(days=5), 3: timedelta(days=6)}
    details = [detail(number, ago=age - timedelta(days=3)) for number, age in ages.items()]
    with SlackStandIn() as slack, world(*details, detail(4, severity=9.5), slack=slack.url) as here:
        here.put(1, {"suppressed_update": instant(NOW), "suppressed_by": "scanner"})
        rule = {"finding_type": {"S": "*"}, "rule": {"S": "too wide"}, "reason": {"S": "none"}}
        here.dynamodb.put_item(TableName=settings.suppressions_table(), Item=rule)
        prove(here, MONDAY)
        [text] = said(slack)
        # The week is counted by ids: fetched is a page of the day, and one on which rules are tried.
        assert here.guardduty.calls["GetFindings"] <= 2
    assert text.splitlines()[-3:] == [
        "The week: Critical 1, High 3.",
        "Rules that hid most: `scanner` 1.",
        "Faulty rules, never applied: `too wide`"
        " (`finding_type * needs a condition that narrows it (account_id, resource_id, …)`).",
    ]


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        pytest.param(SlackFault(retry_after=30), SlackUnavailable, id="throttled"),
        pytest.param(SlackFault(error="channel_not_found"), SlackRejected, id="no-channel"),
        pytest.param(SlackFault(error="invalid_auth"), SlackRejected, id="no-token"),
    ],
)
def test_a_proof_that_slack_refuses_is_an_error_and_nothing_is_lost(
    fault: SlackFault, error: type[Exception]
) -> None:
    with SlackStandIn(fault) as slack, world(detail(1), slack=slack.url) as here:
        with pytest.raises(error):
            prove(here)
        assert not here.executions.executions
        prove(here)
        [text] = said(slack)
        assert "missing 1." in text
        assert len(here.executions.executions) == 1


def test_a_proof_whose_time_is_over_once_it_is_posted_ends_well() -> None:
    """Lambda would run it again, and post it a second time. What is missing stays so until the next look."""
    with SlackStandIn() as slack, world(detail(1), slack=slack.url) as here:

        def the_time_is_over(_: Mapping[str, Any]) -> bool:
            here.remaining = 0
            return False

        slack.script(SlackFault(status=503, when=the_time_is_over))
        answer = prove(here)
        assert (len(said(slack)), answer["missing"], here.executions.executions) == (1, 1, [])


def test_a_secret_that_was_just_rotated_is_read_anew() -> None:
    with SlackStandIn(tokens=["xoxb-new"]) as slack, world(slack=slack.url) as here:
        prove_with_old = parameter_store._kept
        make_parameter()
        parameter_store.secret("/guardduty-notifier/dev/slack")
        boto3.client("ssm").put_parameter(
            Name="/guardduty-notifier/dev/slack", Value="xoxb-new", Type="SecureString", Overwrite=True
        )
        assert prove_with_old["/guardduty-notifier/dev/slack"][0] == TOKEN
        here.run(proof=True)
        assert len(said(slack)) == 1


def test_where_slack_wants_no_more_the_channel_is_closed_for_everybody() -> None:
    with SlackStandIn(SlackFault(retry_after=30)) as slack, world(slack=slack.url) as here:
        before = datetime.now(UTC).timestamp() * 1000
        with pytest.raises(SlackUnavailable, match="30 seconds"):
            prove(here)
        assert clocks.clock("#security").closed_until >= before + 29_999


def test_where_the_table_can_not_be_reached_the_proof_alone_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(*_: object) -> None:
        raise AWSUnavailable("dynamodb:UpdateItem")

    monkeypatch.setattr(clocks, "close", unreachable)
    with (
        SlackStandIn(SlackFault(retry_after=30)) as slack,
        world(slack=slack.url) as here,
        pytest.raises(SlackUnavailable, match="30 seconds"),
    ):
        prove(here)


def test_a_list_that_was_not_read_to_its_end_proves_nothing() -> None:
    with SlackStandIn() as slack, world(detail(1), slack=slack.url) as here:
        here.guardduty.script(AwsFault("GetFindings"))
        with pytest.raises(AWSUnavailable, match="guardduty:GetFindings"):
            prove(here)
        assert said(slack) == []


# --- answers


def waiting(number: int, hours: float, **changed: Any) -> None:
    """A finding that was posted so many hours ago, and allows a day."""
    posted = instant(NOW - hours * HOUR)
    put(f"{number:032x}", asked(posted_at=posted, within=86_400, severity=8.0, **changed))


def answered(number: int, days: float, minutes: float) -> None:
    """One that was answered so many days ago, in so many minutes."""
    when = MONDAY - timedelta(days=days)
    posted = instant(when - timedelta(minutes=minutes))
    put(
        f"{number:032x}",
        asked(posted_at=posted, answered_at=instant(when), answer=Answer.HANDLED, severity=8.0),
    )


def test_what_waits_too_long_for_an_answer_is_named_the_oldest_first() -> None:
    with SlackStandIn() as slack, world(slack=slack.url) as here:
        waiting(1, 25)
        waiting(2, 49, seen_by=("U1",))
        waiting(3, 23, blind="scope")
        prove(here)
        [text] = said(slack)
    _, head, *lines, blind = text.splitlines()
    assert head == "Waiting for an answer longer than is allowed: 2 of 3, the oldest first:"
    named = [line.partition("|")[0][-2:] for line in lines]
    assert named == ["21", "11"]  # each ends with its ts, which is its number's and .1
    assert "open for 2d, allowed 1d, seen by `U1`" in lines[0]
    assert blind.startswith("Answers can't be seen")


def test_on_mondays_it_says_how_long_the_answers_of_the_week_took() -> None:
    with SlackStandIn() as slack, world(slack=slack.url) as here:
        answered(1, days=1, minutes=5)
        answered(2, days=6.9, minutes=7)
        answered(3, days=7.1, minutes=600)
        prove(here, MONDAY)
        [text] = said(slack)
    assert text.splitlines()[-2:] == [
        "Answers of the week: handled 2.",
        "Median time until they were noticed (90th percentile): High 5m (7m).",
    ]


def test_switched_off_the_proof_says_nothing_of_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    with SlackStandIn() as slack, world(slack=slack.url) as here:
        monkeypatch.setenv("ANSWER_WITHIN", "off")
        waiting(1, 49)
        answered(2, days=1, minutes=5)
        prove(here, MONDAY)
        [text] = said(slack)
    assert "nswer" not in text


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(AWSUnavailable("dynamodb:Query: Throttling"), id="throttled"),
        pytest.param(ClientError({"Error": {"Code": "AccessDenied"}}, "Query"), id="refused"),
    ],
)
def test_where_the_list_can_not_be_read_the_proof_says_so(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(watch, "awaited", refused)
    with SlackStandIn() as slack, world(slack=slack.url) as here:
        prove(here)
        [text] = said(slack)
    assert text.splitlines()[1].startswith("What waits for an answer could not be listed: `")


def test_where_there_is_no_time_for_the_list_the_proof_says_so() -> None:
    with SlackStandIn() as slack, world(slack=slack.url) as here:
        waiting(1, 49)
        here.remaining = 50_000  # enough to compare, and less than what a post wants
        prove(here)
        [text] = said(slack)
    assert text.splitlines()[1] == "What waits for an answer could not be listed: `the time limit is near`."
