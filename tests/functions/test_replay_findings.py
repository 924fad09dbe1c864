"""The function that replays: a look by schedule, a look only, and all of it through the state machine."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import app
from chalicelib import settings
from chalicelib.catch_up.compare import NoDetector
from chalicelib.errors import AWSUnavailable
from chalicelib.ledger.claim import instant
from statemachine.local import local_aws
from statemachine.local.aws_stand_in import AwsFault
from statemachine.local.guardduty_stand_in import GuardDutyStandIn
from statemachine.local.local_aws import LocalAWS
from statemachine.local.slack_stand_in import SlackStandIn
from tests.catch_up.test_replay import HERE, HOUR, LATER, NOW, TABLE, World, detail, world
from tests.generate import example
from tests.ledger.test_open_list import asked, put


def test_what_reconcile_found_shows_in_a_metric(capsys: pytest.CaptureFixture[str]) -> None:
    fresh = detail(2, ago=timedelta(minutes=1))
    with world(detail(1), fresh, detail(3)) as here:
        here.notify(3)
        assert here.run(reconcile=True, hours=3, min_severity=7)["started"] == 2
    line = json.loads(capsys.readouterr().out)
    [about] = line["_aws"]["CloudWatchMetrics"]
    assert (about["Namespace"], about["Dimensions"]) == ("GuardDutyNotifier", [["Stage"]])
    assert {each["Name"] for each in about["Metrics"]} == {"FoundByReplay", "Listed", "Missing"}
    counted = {name: line[name] for name in ("Stage", "FoundByReplay", "Listed", "Missing")}
    assert counted == {"Stage": "dev", "FoundByReplay": 1, "Listed": 3, "Missing": 2}


def test_a_scheduled_run_that_stops_early_is_an_error() -> None:
    with world(detail(1), detail(2)) as here:
        here.guardduty.script(AwsFault("GetFindings"))
        with pytest.raises(AWSUnavailable, match="after 0 findings"):
            here.run(reconcile=True)
        assert here.run(reconcile=True)["started"] == 2


def test_an_hourly_look_that_goes_on_being_throttled_is_an_error_and_the_next_one_goes_on() -> None:
    with world(*map(detail, range(3))) as here:
        here.executions.script(AwsFault("StartExecution", "ThrottlingException", 400, after=1, times=100))
        with pytest.raises(AWSUnavailable, match=r"2 missing findings were not looked at .*StartExecution"):
            here.run(reconcile=True)
        assert len(here.executions.executions) == 1
        here.executions._faults.clear()
        again = here.at(LATER, reconcile=True)
        assert (again["under_way"], again["started"]) == (1, 2)


def test_a_dry_run_starts_nothing_and_says_what_a_rule_would_hide() -> None:
    rule = {"finding_type": "Recon:EC2/*", "rule": "scanner", "reason": "known", "account_name": "payments"}
    with world(detail(1), detail(2, type="Recon:EC2/Portscan"), detail(3, type="Recon:EC2/Portscan")) as here:
        here.notify(3)
        here.dynamodb.put_item(
            TableName=settings.suppressions_table(),
            Item={key: {"S": value} for key, value in rule.items()},
        )
        kept = {"name": {"S": "payments"}, "expires_at": {"N": str(int(NOW.timestamp()) + 60)}}
        here.dynamodb.put_item(TableName=TABLE, Item={"finding_id": {"S": "account#111122223333"}, **kept})
        answer = here.run(since="24h", dry_run=True)
        assert not here.executions.executions
        assert here.executions.calls["StartExecution"] == 0
    assert (answer["would_be_posted"], answer["would_be_hidden"], answer["already_posted"]) == (1, 1, 1)
    said = {each["id"][-1]: (each["outcome"], each.get("rule")) for each in answer["findings"]}
    assert said == {"1": ("would be posted", None), "2": ("would be hidden", "scanner")}


def wait_for_executions(local: LocalAWS) -> Counter[str]:
    """Wait for the end of all that were started, and count how they ended."""
    stepfunctions = local.client("stepfunctions")
    started = stepfunctions.list_executions(stateMachineArn=local_aws.MACHINE)["executions"]
    for each in started:
        local.ended(each["executionArn"]).wait()
    ended = stepfunctions.list_executions(stateMachineArn=local_aws.MACHINE)["executions"]
    return Counter(each["status"] for each in ended)


@dataclass
class Remaining:
    """A context whose time runs out after so many looks at it."""

    looks: int
    invoked_function_arn: str = local_aws.function_arn("replay-findings")
    aws_request_id: str = "run"

    def get_remaining_time_in_millis(self) -> int:
        self.looks -= 1
        return 60_000 if self.looks >= 0 else 10_000


@contextmanager
def local_world(*details: dict[str, Any]) -> Iterator[tuple[LocalAWS, SlackStandIn]]:
    with GuardDutyStandIn(details) as guardduty, SlackStandIn() as slack:
        around = {
            "AWS_ENDPOINT_URL_GUARDDUTY": guardduty.url,
            "SLACK_API_URL": slack.url,
            "SLACK_CHANNEL": "#security",
            "SLACK_MESSAGES_PER_SECOND": "100",
        }
        with LocalAWS(accounts={"111122223333": "payments"}, settings=around) as local:
            yield local, slack


def updated(minutes: float) -> dict[str, Any]:
    moment = instant(datetime.now(UTC) - timedelta(minutes=minutes))
    return {"updatedAt": moment, "createdAt": moment}


def test_an_hour_without_eventbridge_is_posted_at_the_next_look_once() -> None:
    missed = [detail(number, **updated(minutes)) for number, minutes in enumerate((50, 30, 5))]
    active = detail(9, **updated(2))
    with local_world(*missed, active) as (local, slack):
        posted = instant(datetime.now(UTC) - 2 * HOUR)
        local.client("dynamodb").put_item(
            TableName="guardduty-notifier-local-notifications",
            Item={
                "finding_id": {"S": active["id"]},
                "notified_update": {"S": posted},
                "notified_at": {"S": posted},
                "notified_severity": {"N": "8"},
            },
        )
        first = app.replay_findings({"reconcile": True, "min_severity": 7}, Remaining(1000))
        assert (first["started"], first["not_due"]) == (3, 1)
        assert wait_for_executions(local) == {"SUCCEEDED": 3}
        second = app.replay_findings({"reconcile": True, "min_severity": 7}, Remaining(1000))
        assert (second["started"], second["already_posted"], second["not_due"]) == (0, 3, 1)
        [messages] = slack.messages.values()
    assert [message.updates for message in messages] == [(), (), ()]


def test_stopped_and_continued_everything_is_posted_once() -> None:
    sequence = example("attack-sequence")["detail"] | updated(10)
    with local_world(*(detail(number, **updated(20 + number)) for number in range(3)), sequence) as (
        local,
        slack,
    ):
        first = app.replay_findings({"since": "24h"}, Remaining(2))
        assert (first["started"], first["stopped"]) == (2, "the time limit is near")
        second = app.replay_findings({"next": first["next"]}, Remaining(1000))
        assert (second["started"], second["next"]) == (2, None)
        assert wait_for_executions(local) == {"SUCCEEDED": 4}
        again = app.replay_findings({"since": "24h"}, Remaining(1000))
        assert (again["started"], again["already_posted"]) == (0, 4)
        [posted] = slack.messages.values()
    assert len(posted) == 4
    assert all(not message.updates for message in posted)
    assert "What happened, in order" in json.dumps([message.payload for message in posted])


# --- what waits for an answer


def attention_names(here: World) -> list[str]:
    return [each.name for each in here.executions.of(f"{HERE.machine}-attention")]


def test_an_hourly_look_starts_what_keeps_an_answers_time_too() -> None:
    with world(detail(1)) as here:
        put("2", asked())
        answer = here.run(reconcile=True)
        assert (answer["started"], answer["attention"]) == (1, {"open": 1, "restarted": 1, "reopened": 0})
        assert len(attention_names(here)) == 1


def test_a_list_that_guardduty_does_not_give_keeps_nobody_from_being_asked() -> None:
    with world(detector="") as here:
        put("2", asked())
        with pytest.raises(NoDetector):
            here.run(reconcile=True)
        assert len(attention_names(here)) == 1


@pytest.mark.parametrize("payload", [{"since": "24h"}, {"reconcile": True, "dry_run": True}])
def test_a_replay_by_hand_and_a_dry_run_start_nothing_of_it(payload: dict[str, Any]) -> None:
    with world() as here:
        put("2", asked())
        assert "attention" not in here.run(**payload)
        assert attention_names(here) == []


def test_what_fails_of_it_is_an_error_when_the_look_is_done() -> None:
    with world(detail(1)) as here:
        put("2", asked())
        put("3", asked())
        here.executions.script(AwsFault("ListExecutions", "ThrottlingException", 400, times=2))
        with pytest.raises(AWSUnavailable, match=r"2 that wait for an answer: states:ListExecutions"):
            here.run(reconcile=True)
        assert (len(here.executions.executions), attention_names(here)) == (1, [])
        assert here.run(reconcile=True)["attention"]["restarted"] == 2
