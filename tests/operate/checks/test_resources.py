"""The checks of the rules, the schedules and the feed."""

import json
from dataclasses import replace
from typing import Any

import pytest

from statemachine.deploy import stack
from statemachine.local.local_aws import make_tables
from statemachine.operate.checks import StagePlace, resources
from tests.operate.checks.common import ACCOUNT, REGION, aws, place, put_function, role

pytestmark = pytest.mark.usefixtures("local_aws")

Settings = dict[str, str]


# --- the rules ---


def put_rules(**changes: Any) -> None:
    for rule, ending in stack.RULES.items():
        wanted = stack.pattern(rule, place().stage.parameters) | {
            "account": [changes.get("account", ACCOUNT)]
        }
        pattern = json.dumps(changes.get("pattern", wanted))
        name = f"guardduty-notifier-dev-{ending}"
        aws("events").put_rule(Name=name, EventPattern=pattern, State=changes.get("state", "ENABLED"))
        target = changes.get(
            "target", f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:guardduty-notifier-dev"
        )
        aws("events").put_targets(Rule=name, Targets=[{"Id": "x", "Arn": target, "RoleArn": role()}])


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        pytest.param({}, "enabled, from severity 4", id="as-designed"),
        pytest.param({"state": "DISABLED"}, "is disabled", id="disabled"),
        pytest.param({"pattern": {"source": ["aws.guardduty"]}}, "another pattern", id="changed-by-hand"),
        pytest.param({"account": "999900001111"}, "another pattern", id="of-another-account"),
        pytest.param(
            {"target": f"arn:aws:sqs:{REGION}:{ACCOUNT}:any"}, "does not start", id="another-target"
        ),
    ],
)
def test_rules(changes: dict[str, Any], said: str) -> None:
    put_rules(**changes)
    check = resources.rules_enabled(place(), "rules")
    assert said in check.said
    assert check.good is (not changes)


# --- the schedules and the feed ---


def put_schedules(*, state: str = "ENABLED", permitted: bool = True, target: str = "") -> None:
    function = put_function("replay-findings")
    for ending in stack.SCHEDULES:
        name = f"guardduty-notifier-dev-{ending}"
        arn = aws("events").put_rule(Name=name, ScheduleExpression="rate(1 hour)", State=state)["RuleArn"]
        aws("events").put_targets(Rule=name, Targets=[{"Id": "x", "Arn": target or function}])
        if permitted:
            aws("lambda").add_permission(
                FunctionName=function, StatementId=ending, Action="lambda:InvokeFunction",
                Principal="events.amazonaws.com", SourceArn=arn,
            )  # fmt: skip


def place_with(**parameters: str) -> StagePlace:
    stage = stack.read_stage("dev")
    return replace(place(), stage=replace(stage, parameters={**stage.parameters, **parameters}))


@pytest.mark.parametrize(
    ("made", "parameters", "good", "said"),
    [
        pytest.param({}, {}, True, "daily at 7:00 UTC", id="as-designed"),
        pytest.param({"state": "DISABLED"}, {}, False, "reconcile is disabled", id="disabled-by-hand"),
        pytest.param(
            {"state": "DISABLED"},
            {"Reconcile": "off", "DailyProof": "off"},
            None,
            "switched off: reconcile, daily-proof",
            id="wanted-off",
        ),
        pytest.param({}, {"DailyProof": "off"}, False, "daily-proof is enabled", id="on-and-wanted-off"),
        pytest.param({"permitted": False}, {}, False, "may not invoke", id="function-made-anew"),
        pytest.param(
            {"target": f"arn:aws:sqs:{REGION}:{ACCOUNT}:any"},
            {},
            False,
            "does not invoke",
            id="another-target",
        ),
    ],
)
def test_schedules(made: dict[str, Any], parameters: Settings, good: bool | None, said: str) -> None:
    put_schedules(**made)
    check = resources.schedules_kept(place_with(**parameters), "schedules")
    assert check.good is good
    assert said in check.said


def put_feeds(*tables: str) -> None:
    make_tables(aws("dynamodb"), "dev")
    put_function("announce-rule-change")
    for table in tables:
        streamed = aws("dynamodb").update_table(
            TableName=f"guardduty-notifier-dev-{table}",
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        )["TableDescription"]["LatestStreamArn"]
        aws("lambda").create_event_source_mapping(
            EventSourceArn=streamed,
            FunctionName="guardduty-notifier-dev-announce-rule-change",
            StartingPosition="TRIM_HORIZON",
        )


def test_the_feed_runs() -> None:
    put_feeds("suppressions", "routes")
    assert resources.feeds_running(place(), "feed").good is True


def test_a_table_without_a_feed_is_named() -> None:
    put_feeds("routes")
    check = resources.feeds_running(place(), "feed")
    assert (check.good, check.said) == (False, "guardduty-notifier-dev-suppressions has none")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        pytest.param({"State": "Disabled"}, "that of t is Disabled", id="disabled"),
        pytest.param({"State": "Disabling"}, "that of t is Disabling", id="about-to-be-disabled"),
        pytest.param({"State": "Creating"}, "", id="just-made"),
        pytest.param(
            {"EventSourceArn": "arn:aws:dynamodb:x:1:table/t2/stream/x"}, "t has none", id="another"
        ),
    ],
)
def test_a_feed_is_judged(changed: Settings, said: str) -> None:
    feed = {"EventSourceArn": "arn:aws:dynamodb:x:1:table/t/stream/x", "State": "Enabled", **changed}
    assert resources.feed_fault([feed], "t") == said
