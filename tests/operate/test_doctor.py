"""Each check against an AWS and a Slack in the state that it is to find."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from moto import mock_aws
from rich.console import Console

import chalicelib.aws.clients
from chalicelib.functions.look_up_account import look_up_account
from chalicelib.ledger import accounts
from statemachine import session
from statemachine.deploy import stack
from statemachine.local.local_aws import make_tables
from statemachine.local.slack_stand_in import SlackStandIn
from statemachine.operate import doctor
from statemachine.operate.checks import Check, StagePlace, findings, functions, past, resources
from statemachine.operate.checks import slack as slack_checks

ACCOUNT = "123456789012"  # moto's own
REGION = "eu-west-1"
NOW = datetime(2026, 11, 20, tzinfo=UTC)
PARAMETER = "/guardduty-notifier/dev/slack"

Settings = dict[str, str]


@pytest.fixture(autouse=True)
def local_aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    with mock_aws(config={"lambda": {"use_docker": False}}):
        yield


def place(**settings: str) -> StagePlace:
    stage = stack.read_stage("dev")
    return StagePlace(replace(stage, settings={**stage.settings, **settings}), ACCOUNT, REGION, "aws")


def aws(service: str) -> Any:
    return session.client(service)


def put_secret(value: str, kind: str = "SecureString") -> None:
    aws("ssm").put_parameter(Name=PARAMETER, Value=value, Type=kind)


def test_nothing_deployed_fails_what_can_fail_and_names_the_way() -> None:
    checks = {check.name: check for check in doctor.examine(place())}
    assert checks.keys() == doctor.CHECKS.keys()
    assert not [name for name, check in checks.items() if check.good]
    assert checks["functions"].hint == "make deploy STAGE=dev"
    assert all(check.hint for check in checks.values() if check.good is False)


def test_what_aws_refuses_is_a_failed_check(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_: StagePlace, __: str) -> Check:
        aws("guardduty").get_detector(DetectorId="0" * 32)
        raise AssertionError("not refused")

    monkeypatch.setattr(doctor, "CHECKS", {"refused": refused})
    (check,) = doctor.examine(place())
    assert check.good is False
    assert "AWS refused GetDetector" in check.said


# --- GuardDuty ---


def test_guardduty_off_fails() -> None:
    assert findings.guardduty_on(place(), "GuardDuty").good is False


@pytest.mark.parametrize(("enabled", "good"), [(True, True), (False, False)])
def test_guardduty_on_or_suspended(enabled: bool, good: bool) -> None:
    aws("guardduty").create_detector(Enable=enabled)
    assert findings.guardduty_on(place(), "GuardDuty").good is good


# --- the Slack secret and the channel ---


@pytest.mark.parametrize(
    ("value", "kind", "said"),
    [
        pytest.param("xoxb-good", "String", "make it a SecureString", id="readable-by-many"),
        pytest.param("hunter2", "SecureString", "must be a bot token", id="no-token"),
        pytest.param("xoxb-revoked", "SecureString", "invalid_auth", id="refused-by-slack"),
    ],
)
def test_an_unusable_secret_fails_without_showing_it(
    slack: SlackStandIn, value: str, kind: str, said: str
) -> None:
    slack.tokens = ["xoxb-good"]
    put_secret(value, kind)
    check = slack_checks.slack_secret(place(SLACK_API_URL=slack.url), "Slack secret")
    assert check.good is False
    assert said in check.said
    assert value not in f"{check}"


def test_a_missing_secret_is_named() -> None:
    check = slack_checks.slack_secret(place(), "Slack secret")
    assert (check.good, check.said) == (False, f"there is no parameter {PARAMETER}")


def test_a_token_that_slack_takes_is_good(slack: SlackStandIn) -> None:
    put_secret("xoxb-good")
    assert slack_checks.slack_secret(place(SLACK_API_URL=slack.url), "Slack secret").good is True


def test_a_webhook_is_good_as_far_as_can_be_seen(slack: SlackStandIn) -> None:
    put_secret("https://hooks.slack.com/services/T0/B0/x")
    assert slack_checks.slack_secret(place(SLACK_API_URL=slack.url), "Slack secret").good is True
    assert slack_checks.slack_channel(place(SLACK_API_URL=slack.url), "Slack channel").good is None
    assert slack.requests == []


@pytest.mark.parametrize(
    ("channel", "good"),
    [
        pytest.param("C0123456789", True, id="there"),
        pytest.param("C0000000404", False, id="unknown"),
        pytest.param("C0000000410", False, id="archived"),
        pytest.param("#security", None, id="a-name"),
    ],
)
def test_the_channel_is_looked_up_by_id(slack: SlackStandIn, channel: str, good: bool | None) -> None:
    slack.unknown, slack.archived = ["C0000000404"], ["C0000000410"]
    put_secret("xoxb-good")
    wanted = place(SLACK_API_URL=slack.url, SLACK_CHANNEL=channel)
    assert slack_checks.slack_channel(wanted, "Slack channel").good is good


@pytest.mark.parametrize(
    ("channel", "good"),
    [
        pytest.param({"is_member": True}, True, id="member"),
        pytest.param({"is_member": False}, False, id="not-invited"),
        pytest.param({"is_member": True, "is_archived": True}, False, id="archived"),
        pytest.param({"is_member": True, "is_ext_shared": True}, False, id="shared"),
        pytest.param({"is_member": True, "is_pending_ext_shared": True}, False, id="about-to-be-shared"),
        pytest.param({"is_member": True, "is_org_shared": True}, True, id="shared-within-the-organization"),
    ],
)
def test_a_channel_is_judged(channel: dict[str, bool], good: bool) -> None:
    assert slack_checks.judge_channel("Slack channel", {"name": "security", **channel}).good is good


# --- what happened ---


def test_dead_letters_fail() -> None:
    url = aws("sqs").create_queue(QueueName="guardduty-notifier-dev-dead-letters")["QueueUrl"]
    assert past.dead_letters(place(), "dead letters").good is True
    aws("sqs").send_message(QueueUrl=url, MessageBody="{}")
    check = past.dead_letters(place(), "dead letters")
    assert (check.good, check.said) == (False, "1 events started no execution")


def test_a_failed_execution_fails() -> None:
    machine = aws("stepfunctions").create_state_machine(
        name="guardduty-notifier-dev",
        definition='{"StartAt":"S","States":{"S":{"Type":"Succeed"}}}',
        roleArn=role(),
    )["stateMachineArn"]
    assert past.last_executions(place(), "last executions").said == "none yet"
    arn = aws("stepfunctions").start_execution(stateMachineArn=machine, name="one")["executionArn"]
    assert past.last_executions(place(), "last executions").good is True
    aws("stepfunctions").stop_execution(executionArn=arn)
    check = past.last_executions(place(), "last executions")
    assert (check.good, check.said) == (False, "1 of the last 1 failed, latest one")


def role() -> str:
    return f"arn:aws:iam::{ACCOUNT}:role/any"


def test_alarms_without_a_listener_are_a_remark() -> None:
    topic = aws("sns").create_topic(Name="guardduty-notifier-dev-alarms")["TopicArn"]
    assert past.alarms_heard(place(), "alarms heard").good is None
    aws("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:{REGION}:{ACCOUNT}:any")
    assert past.alarms_heard(place(), "alarms heard").good is True


# --- the rules ---


def put_rules(**changes: Any) -> None:
    for rule, ending in stack.RULES.items():
        pattern = json.dumps(changes.get("pattern", stack.pattern(rule, place().stage.parameters)))
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


def put_function(name: str) -> str:
    aws("iam").create_role(RoleName="any", AssumeRolePolicyDocument="{}")
    arn: str = aws("lambda").create_function(
        FunctionName=f"guardduty-notifier-dev-{name}", Runtime="python3.11", Role=role(), Handler="app.x",
        Code={"ZipFile": b"x"},
    )["FunctionArn"]  # fmt: skip
    return arn


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


# --- the alarms ---


def put_alarm(name: str) -> None:
    aws("cloudwatch").put_metric_alarm(
        AlarmName=name, AlarmDescription="Somebody look.", Namespace="N", MetricName="M", Statistic="Sum",
        Period=300, EvaluationPeriods=1, Threshold=1, ComparisonOperator="GreaterThanThreshold",
    )  # fmt: skip


def test_alarms_that_are_missing_or_ring_fail() -> None:
    names = stack.alarms(stack.read_stage("dev"))
    put_alarm("guardduty-notifier-prod-feed-late")
    assert "are missing" in past.alarms_quiet(place(), "alarms").said
    for name in names:
        put_alarm(name)
    assert past.alarms_quiet(place(), "alarms").good is True
    aws("cloudwatch").set_alarm_state(
        AlarmName="guardduty-notifier-dev-feed-late", StateValue="ALARM", StateReason="late"
    )
    check = past.alarms_quiet(place(), "alarms")
    assert (check.good, check.said, check.hint) == (False, "ringing: feed-late", "Somebody look.")


# --- account names ---


def answer_of_the_function() -> str:
    """What look-up-account really says, of the event that the doctor makes."""
    return json.dumps(look_up_account(findings.own_finding(place()), ACCOUNT, NOW))


def put_organization() -> None:
    aws("organizations").create_organization(FeatureSet="ALL")


@pytest.mark.parametrize(
    ("prepare", "good", "said"),
    [
        pytest.param(put_organization, True, f"{ACCOUNT} is master", id="name"),
        pytest.param(lambda: None, False, "GetAccountInformation", id="refused"),
    ],
)
def test_account_names_are_asked_of_the_function(
    monkeypatch: pytest.MonkeyPatch, prepare: Callable[[], None], good: bool, said: str
) -> None:
    from moto.awslambda_simple.models import lambda_simple_backends

    monkeypatch.setattr(findings, "missing_functions", lambda stage: [])
    monkeypatch.setenv("STAGE", "dev")
    monkeypatch.setattr(accounts, "_accounts", {})
    chalicelib.aws.clients.client.cache_clear()
    prepare()
    answer = answer_of_the_function()
    chalicelib.aws.clients.client.cache_clear()
    lambda_simple_backends[ACCOUNT][REGION].lambda_simple_results_queue.append(answer)
    put_function("look-up-account")
    check = findings.account_names(place(), "account names")
    assert check.good is good
    assert said in check.said


# --- how it is shown ---

CHECKS = [
    Check("stack", True, "CREATE_COMPLETE"),
    Check("Slack [bold]", False, "invalid_auth", "Put [a new] token there."),
    Check("alarms", None, "nobody is notified"),
]


def test_without_a_terminal_each_check_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    doctor.show(CHECKS, Console())
    assert capsys.readouterr().out.splitlines() == [
        "ok    stack: CREATE_COMPLETE",
        "FAIL  Slack [bold]: invalid_auth",
        "      Put [a new] token there.",
        "-     alarms: nobody is notified",
    ]


def test_a_terminal_gets_a_table_with_the_text_as_it_is() -> None:
    console = Console(force_terminal=True, width=120, record=True)
    doctor.show(CHECKS, console)
    text = console.export_text()
    assert "Slack [bold]" in text
    assert "Put [a new] token there." in text


def test_sources_are_those_that_run() -> None:
    is_source: Callable[[str], bool] = functions.is_source
    names = [
        "app.py",
        "chalicelib/finding/model.py",
        "chalicelib/__pycache__/x.pyc",
        "requests/api.py",
        "chalice/app.py",
    ]
    assert [name for name in names if is_source(name)] == ["app.py", "chalicelib/finding/model.py"]
