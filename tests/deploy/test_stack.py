"""The stack as it is rendered: what a local AWS drops is asserted here, on the template itself."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from moto.events.models import EventPattern

from chalicelib.aws import metrics
from chalicelib.catch_up.request import ReplayRequest, read_request
from chalicelib.finding.event import parse
from chalicelib.ledger import digests, watch
from statemachine.deploy import definition, stack, template_text
from statemachine.session import WrongInput

Json = dict[str, Any]
Edit = Callable[[Json], object]

ROOT = Path(__file__).parent.parent.parent
EVENTS = sorted((ROOT / "tests/events").glob("*.json"))
WATCH = watch.Watch(
    "2026-11-20T08:04:10.000Z", "2026-11-20T08:04:12.000Z", 900, 8, "", "111122223333", "", "eu-west-1"
)
STAGES = sorted(json.loads((ROOT / stack.CONFIG).read_text())["stages"])


def rendered(name: str = "dev") -> Json:
    return template_text.read(stack.body(stack.read_stage(name).parameters))


def properties(resource: str) -> Json:
    found: Json = rendered()["Resources"][resource]["Properties"]
    return found


def of_type(kind: str) -> dict[str, Json]:
    return {name: each for name, each in rendered()["Resources"].items() if each["Type"] == kind}


# --- the template ---


def test_templates_are_clean_in_every_partition(tmp_path: Path) -> None:
    yaml_files = sorted((ROOT / "statemachine").glob("*.yaml"))
    files = [file for file in yaml_files if "AWSTemplateFormatVersion" in file.read_text()]
    assert len(files) == 3
    for stage in STAGES:
        # cfn-lint checks a state's Resource before the substitutions, and knows no other partition than aws.
        body = stack.body(stack.read_stage(stage).parameters).replace(
            "arn:${Partition}:states", "arn:aws:states"
        )
        files.append(tmp_path / f"{stage}.yaml")
        files[-1].write_text(body)
    regions = ["us-east-1", "us-gov-west-1", "cn-north-1"]
    command = [str(Path(sys.executable).with_name("cfn-lint")), "--regions", *regions, "--", *map(str, files)]
    linted = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (linted.returncode, linted.stdout) == (0, "")


@pytest.mark.parametrize("stage", STAGES)
def test_the_template_needs_no_bucket(stage: str) -> None:
    assert len(stack.body(stack.read_stage(stage).parameters).encode()) < stack.LARGEST_BODY


def test_rendering_twice_changes_nothing() -> None:
    assert stack.body(stack.read_stage("dev").parameters) == stack.body(stack.read_stage("dev").parameters)


def test_what_is_deployed_says_what_was_filled_in() -> None:
    parameters = stack.read_stage("dev").parameters
    assert template_text.read(stack.body(parameters)) == stack.filled(parameters)


@pytest.mark.parametrize("machine", definition.FILES)
def test_the_definition_goes_in_unchanged_with_every_placeholder_filled(machine: str) -> None:
    made = properties(machine)
    assert made["DefinitionString"] == definition.text(machine)
    assert made["DefinitionSubstitutions"].keys() == definition.placeholders(machine)


@pytest.mark.parametrize("machine", definition.FILES)
def test_the_template_as_it_stands_in_the_repository_fails_loudly(machine: str) -> None:
    raw = stack.template()["Resources"][machine]["Properties"]["DefinitionString"]
    assert [state["Type"] for state in json.loads(raw)["States"].values()] == ["Fail"]


def test_no_account_region_or_partition_is_named() -> None:
    text = stack.TEMPLATE.read_text()
    assert not re.search(r"\b\d{12}\b", text)
    assert not re.search(r"arn:aws(-us-gov|-cn)?:", re.sub(r"AllowedPattern: .*", "", text))


# --- what it makes ---


@pytest.mark.parametrize("machine", definition.FILES)
def test_the_log_has_errors_without_contents(machine: str) -> None:
    logging = properties(machine)["LoggingConfiguration"]
    assert (logging["Level"], logging["IncludeExecutionData"]) == ("ERROR", False)
    assert properties(machine)["TracingConfiguration"] == {"Enabled": True}


@pytest.mark.parametrize(
    ("resource", "property_", "under_the_key", "without"),
    [
        *(
            pytest.param(
                table,
                "SSESpecification",
                {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": {"Ref": "KmsKeyArn"}},
                {"Ref": "AWS::NoValue"},
                id=table,
            )
            for table in ("SuppressionsTable", "RoutesTable", "NotificationsTable")
        ),
        pytest.param(
            "AlarmTopic", "KmsMasterKeyId", {"Ref": "KmsKeyArn"}, {"Ref": "AWS::NoValue"}, id="topic"
        ),
        pytest.param(
            "DeadLetterQueue", "KmsMasterKeyId", {"Ref": "KmsKeyArn"}, {"Ref": "AWS::NoValue"}, id="queue"
        ),
        *(
            pytest.param(
                machine,
                "EncryptionConfiguration",
                {
                    "Type": "CUSTOMER_MANAGED_KMS_KEY",
                    "KmsKeyId": {"Ref": "KmsKeyArn"},
                    "KmsDataKeyReusePeriodSeconds": 300,
                },
                {"Type": "AWS_OWNED_KEY"},
                id=f"executions of {machine}",
            )
            for machine in definition.FILES
        ),
    ],
)
def test_a_customer_key_encrypts_what_holds_findings_and_rules(
    resource: str, property_: str, under_the_key: Json, without: Json
) -> None:
    assert properties(resource)[property_] == {"Fn::If": ["HasKmsKey", under_the_key, without]}


def test_no_table_topic_or_queue_is_left_out_of_the_customer_key() -> None:
    kept = ("AWS::DynamoDB::Table", "AWS::SNS::Topic", "AWS::SQS::Queue", "AWS::StepFunctions::StateMachine")
    assert [
        name
        for kind in kept
        for name, each in of_type(kind).items()
        if {"Ref": "KmsKeyArn"} not in list(values(each["Properties"]))
    ] == []


def test_the_page_says_which_services_the_key_has_to_let_in() -> None:
    """The queue's, the topic's and the log's: what has a role of ours asks with that."""
    chapter = (ROOT / "docs/deploying.md").read_text().split("## A customer key\n")[1].split("\n## ")[0]
    statements = json.loads(chapter.split("```json\n")[1].split("```")[0])
    services = [each["Principal"]["Service"] for each in statements if "Service" in each["Principal"]]
    assert services == ["events.amazonaws.com", "cloudwatch.amazonaws.com", "delivery.logs.amazonaws.com"]
    assert all(each["Condition"] for each in statements)


def values(value: Any) -> Iterator[Any]:
    """Everything within a value."""
    yield value
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from values(each)


@pytest.mark.parametrize("table", ["SuppressionsTable", "RoutesTable"])
def test_what_people_write_is_kept(table: str) -> None:
    resource = rendered()["Resources"][table]
    assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("Retain", "Retain")
    made = resource["Properties"]
    assert made["DeletionProtectionEnabled"] is True
    assert made["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert made["BillingMode"] == "PAY_PER_REQUEST"
    assert made["StreamSpecification"] == {"StreamViewType": "NEW_AND_OLD_IMAGES"}
    assert [key["AttributeName"] for key in made["KeySchema"]] == ["finding_type", "rule"]


def test_what_awaits_an_answer_is_listed_by_the_index_that_is_asked() -> None:
    made = properties("NotificationsTable")
    index = made["GlobalSecondaryIndexes"][0]
    assert index["IndexName"] == watch.INDEX
    assert [key["AttributeName"] for key in index["KeySchema"]] == ["awaits", "awaits_since"]
    assert {"awaits", "awaits_since"} <= watch.changes(WATCH).keys()
    assert index["Projection"] == {"ProjectionType": "KEYS_ONLY"}


def test_the_findings_of_a_digest_are_listed_with_what_it_says_of_them() -> None:
    _, index = properties("NotificationsTable")["GlobalSecondaryIndexes"]
    assert index["IndexName"] == digests.INDEX
    assert [key["AttributeName"] for key in index["KeySchema"]] == ["fold", "finding_id"]
    assert index["Projection"] == {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["folded"]}


def test_notifications_expire() -> None:
    made = properties("NotificationsTable")
    assert made["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}
    assert made["BillingMode"] == "PAY_PER_REQUEST"


def test_the_rules_come_after_the_tables_that_an_execution_reads() -> None:
    for rule in stack.RULES:
        assert {"SuppressionsTable", "RoutesTable"} <= set(rendered()["Resources"][rule]["DependsOn"])


# --- the feed ---


@pytest.mark.parametrize("table", ["SuppressionsTable", "RoutesTable"])
def test_every_change_of_a_table_is_announced_in_batches_that_stay_whole(table: str) -> None:
    (feed,) = [
        each["Properties"]
        for each in of_type("AWS::Lambda::EventSourceMapping").values()
        if each["Properties"]["EventSourceArn"] == {"Fn::GetAtt": [table, "StreamArn"]}
    ]
    assert feed["FunctionName"] == {"Fn::Sub": "guardduty-notifier-${Stage}-announce-rule-change"}
    assert feed["StartingPosition"] == "TRIM_HORIZON"
    assert (feed["MaximumRetryAttempts"], feed["MaximumRecordAgeInSeconds"]) == (-1, -1)
    assert (feed["BisectBatchOnFunctionError"], feed["ParallelizationFactor"]) == (False, 1)
    assert not {"FilterCriteria", "DestinationConfig", "FunctionResponseTypes"} & feed.keys()


# --- the schedules ---


def filled(value: Any, parameters: dict[str, str]) -> str:
    """What CloudFormation makes of a text with parameters in it."""
    text: str = value["Fn::Sub"] if isinstance(value, dict) else value
    return re.sub(r"\$\{(\w+)\}", lambda found: parameters[found[1]], text)


@pytest.mark.parametrize(
    ("regions", "read"),
    [
        pytest.param("", (), id="alone"),
        pytest.param("us-east-1", ("us-east-1",), id="one-more"),
        pytest.param("us-gov-west-1,ap-northeast-1", ("us-gov-west-1", "ap-northeast-1"), id="two-more"),
    ],
)
@pytest.mark.parametrize("severity", ["1", "7", "8.5", "10.0"])
@pytest.mark.parametrize(
    ("schedule", "request_made"),
    [
        pytest.param("ReconcileRule", {"reconcile": True, "hours": 8}, id="reconcile"),
        pytest.param("DailyProofRule", {"proof": True, "hours": 31}, id="daily-proof"),
    ],
)
def test_the_function_understands_its_schedules(
    schedule: str, request_made: Json, severity: str, regions: str, read: tuple[str, ...]
) -> None:
    (target,) = properties(schedule)["Targets"]
    now = datetime(2026, 11, 20, 7, tzinfo=UTC)
    request = read_request(
        json.loads(filled(target["Input"], {"MinSeverity": severity, "Regions": regions})), now
    )
    assert request == ReplayRequest(
        since=now - timedelta(hours=request_made["hours"]),
        min_severity=float(severity),
        reconcile=request_made.get("reconcile", False),
        proof=request_made.get("proof", False),
        regions=read,
    )


@pytest.mark.parametrize(
    ("schedule", "permission", "expression", "condition"),
    [
        pytest.param("ReconcileRule", "ReconcilePermission", "rate(1 hour)", "Reconciles", id="reconcile"),
        pytest.param(
            "DailyProofRule",
            "DailyProofPermission",
            "cron(0 23 * * ? *)",
            "MakesDailyProof",
            id="daily-proof",
        ),
    ],
)
def test_a_schedule_may_invoke_its_function_and_can_be_switched_off(
    schedule: str, permission: str, expression: str, condition: str
) -> None:
    rule, allowed = properties(schedule), properties(permission)
    assert filled(rule["ScheduleExpression"], {"DailyProofHour": "23"}) == expression
    assert rule["State"] == {"Fn::If": [condition, "ENABLED", "DISABLED"]}
    assert allowed["SourceArn"] == {"Fn::GetAtt": [schedule, "Arn"]}
    assert allowed["Principal"] == "events.amazonaws.com"
    assert rule["Targets"][0]["Arn"]["Fn::Sub"].endswith(f":function:{allowed['FunctionName']['Fn::Sub']}")


def test_a_run_ends_before_the_next_one_of_its_schedule_begins() -> None:
    assert stack.read_stage("prod").function_setting("replay-findings", "lambda_timeout") < 3600


def test_schedules_are_those_that_the_doctor_looks_at() -> None:
    named = {
        each["Properties"]["Name"]["Fn::Sub"].removeprefix("guardduty-notifier-${Stage}-")
        for each in of_type("AWS::Events::Rule").values()
        if "ScheduleExpression" in each["Properties"]
    }
    assert named == stack.SCHEDULES.keys()
    assert set(stack.SCHEDULES.values()) <= rendered()["Parameters"].keys()


# --- the rules ---


@pytest.mark.parametrize("rule", stack.RULES)
def test_rules_lose_nothing(rule: str) -> None:
    made = properties(rule)
    (target,) = made["Targets"]
    assert made["State"] == "ENABLED"
    assert target["Arn"] == {"Ref": "StateMachine"}
    assert target["RetryPolicy"] == {"MaximumRetryAttempts": 185, "MaximumEventAgeInSeconds": 86400}
    assert target["DeadLetterConfig"] == {"Arn": {"Fn::GetAtt": ["DeadLetterQueue", "Arn"]}}
    assert "DeadLetterQueuePolicy" in rendered()["Resources"][rule]["DependsOn"]


def test_only_the_two_rules_may_write_to_the_dead_letter_queue() -> None:
    allow, deny = properties("DeadLetterQueuePolicy")["PolicyDocument"]["Statement"]
    names = [arn["Fn::Sub"].rsplit("/", 1)[1] for arn in allow["Condition"]["ArnEquals"]["aws:SourceArn"]]
    assert allow["Principal"] == {"Service": "events.amazonaws.com"}
    assert allow["Action"] == "sqs:SendMessage"
    assert names == [properties(rule)["Name"]["Fn::Sub"] for rule in stack.RULES]
    assert deny["Effect"] == "Deny"


def test_alarms_see_every_way_to_lose_a_finding() -> None:
    alarms = [alarm["Properties"] for alarm in of_type("AWS::CloudWatch::Alarm").values()]
    single = {alarm["MetricName"] for alarm in alarms if "MetricName" in alarm}
    summed = {
        each["MetricStat"]["Metric"]["MetricName"]
        for alarm in alarms
        for each in alarm.get("Metrics", [])
        if "MetricStat" in each
    }
    assert single == {
        "ApproximateNumberOfMessagesVisible", "Errors", "IteratorAge", "QueueSeconds", "Suppressed",
    }  # fmt: skip
    assert summed == {
        *("ExecutionsFailed", "ExecutionsTimedOut", "ExecutionsAborted"),
        *("FailedInvocations", "InvocationsFailedToBeSentToDlq", "Errors", "Throttles"),
    }
    assert all(alarm["AlarmActions"] == [{"Ref": "AlarmTopic"}] for alarm in alarms)


def test_one_execution_without_success_rings_however_it_ended() -> None:
    made = properties("ExecutionsFailedAlarm")
    total, *counted = made["Metrics"]
    assert (total["Expression"], made["Threshold"]) == ("SUM(METRICS())", 1)
    of_the_machine = [{"Name": "StateMachineArn", "Value": {"Ref": "StateMachine"}}]
    assert [each["MetricStat"]["Metric"]["Dimensions"] for each in counted] == [of_the_machine] * 3
    assert not any(each["ReturnData"] for each in counted)


@pytest.mark.parametrize(
    ("alarm", "metric"),
    [
        pytest.param("FunctionErrorsAlarm", "Errors", id="errors"),
        pytest.param("ThrottledAlarm", "Throttles", id="throttles"),
    ],
)
def test_what_the_machines_call_is_watched(alarm: str, metric: str) -> None:
    metrics = properties(alarm)["Metrics"]
    assert {each["MetricStat"]["Metric"]["MetricName"] for each in metrics[1:]} == {metric}
    names = {each["MetricStat"]["Metric"]["Dimensions"][0]["Value"]["Fn::Sub"] for each in metrics[1:]}
    called = {each["Fn::Sub"].rsplit(":", 1)[1] for machine in definition.FILES for each in calls(machine)}
    assert names == called


def calls(machine: str) -> list[Json]:
    """The functions that a machine calls, as its definition is given them."""
    given = properties(machine)["DefinitionSubstitutions"]
    return [value for key, value in given.items() if key.endswith("Function")]


def test_throttles_ring_only_where_they_last() -> None:
    """One period without any, and it starts anew: a burst lasts for two minutes."""
    made = properties("ThrottledAlarm")
    assert made["DatapointsToAlarm"] == made["EvaluationPeriods"] == 4
    assert {each["MetricStat"]["Period"] for each in made["Metrics"][1:]} == {300}
    assert made["TreatMissingData"] == "notBreaching"


@pytest.mark.parametrize(
    ("alarm", "metric", "function"),
    [
        pytest.param("ReplayErrorsAlarm", "Errors", "replay-findings", id="replay"),
        pytest.param("FeedErrorsAlarm", "Errors", "announce-rule-change", id="feed"),
        pytest.param("FeedLateAlarm", "IteratorAge", "announce-rule-change", id="feed-late"),
    ],
)
def test_what_runs_beside_the_machine_is_watched_by_itself(alarm: str, metric: str, function: str) -> None:
    made = properties(alarm)
    assert made["MetricName"] == metric
    assert made["Dimensions"] == [
        {"Name": "FunctionName", "Value": {"Fn::Sub": f"guardduty-notifier-${{Stage}}-{function}"}}
    ]


def test_the_feed_is_late_after_a_quarter_of_an_hour() -> None:
    assert properties("FeedLateAlarm")["Threshold"] == 15 * 60 * 1000


def test_a_queue_of_over_half_an_hour_rings() -> None:
    made = properties("QueueAgeAlarm")
    assert (made["Namespace"], made["MetricName"], made["Statistic"]) == (
        "GuardDutyNotifier",
        "QueueSeconds",
        "Maximum",
    )
    assert made["Threshold"] == 30 * 60


def test_the_alarm_on_suppressed_findings_watches_the_metric_that_is_written() -> None:
    made = properties("ManySuppressedAlarm")
    written = json.loads(metrics.line({"Suppressed": 1}, "dev", datetime(2026, 11, 20, tzinfo=UTC)))
    (about,) = written["_aws"]["CloudWatchMetrics"]
    assert (made["Namespace"], [made["MetricName"]]) == (
        about["Namespace"],
        [each["Name"] for each in about["Metrics"]],
    )
    assert [[each["Name"] for each in made["Dimensions"]]] == about["Dimensions"]
    assert (made["Threshold"], made["Statistic"], made["Period"]) == (
        {"Ref": "MaxSuppressedPerHour"},
        "Sum",
        3600,
    )
    assert made["ComparisonOperator"] == "GreaterThanThreshold"


@pytest.mark.parametrize("machine", definition.FILES)
def test_a_machine_may_call_what_its_states_call_and_no_more(machine: str) -> None:
    statements = statements_of(machine)
    assert statements["Functions"]["Resource"] == calls(machine)
    starred = [each["Sid"] for each in statements.values() if each["Resource"] == "*"]
    assert starred == ["TracesAndLogDelivery"]


def statements_of(machine: str) -> dict[str, Json]:
    (policy,) = properties(f"{machine}Role")["Policies"]
    return {each["Sid"]: each for each in policy["PolicyDocument"]["Statement"] if "Sid" in each}


def test_the_attention_machine_does_nothing_but_call_its_functions() -> None:
    assert statements_of("AttentionMachine").keys() == {"Functions", "TracesAndLogDelivery"}


def test_findings_start_attention_and_nothing_else() -> None:
    """As its state asks: request and response, for which EventBridge need tell nothing."""
    starting = statements_of("StateMachine")["StartAttention"]
    name = properties("AttentionMachine")["StateMachineName"]["Fn::Sub"]
    assert starting["Action"] == "states:StartExecution"
    assert starting["Resource"]["Fn::Sub"].rsplit(":", 1)[1] == name
    services = {
        action.split(":")[0]
        for each in statements_of("StateMachine").values()
        for action in listed(each["Action"])
    }
    assert "events" not in services


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def test_the_counters_are_all_that_is_written_of_a_rule() -> None:
    statements = statements_of("StateMachine")
    assert statements["RecordSuppressionCounters"]["Condition"]["ForAllValues:StringEquals"] == {
        "dynamodb:Attributes": ["finding_type", "rule", "match_count", "last_matched_at"]
    }


# --- the patterns ---


OWN_ACCOUNT = [{"Ref": "AWS::AccountId"}]


@pytest.mark.parametrize("rule", stack.RULES)
def test_events_of_other_accounts_start_nothing(rule: str) -> None:
    """A bus may admit others' events; each of theirs that matters GuardDuty has put on its administrator's bus too."""
    properties = rendered("dev")["Resources"][rule]["Properties"]
    assert properties["EventPattern"]["account"] == OWN_ACCOUNT


def load(path: Path) -> Json:
    read: Json = json.loads(path.read_text())
    return read


def started(event: Json, min_severity: float = 7, test_source: str = "") -> list[str]:
    patterns = dict(zip(stack.RULES, stack.finding_patterns(min_severity, test_source), strict=True))
    return [
        rule for rule, each in patterns.items() if EventPattern.load(json.dumps(each)).matches_event(event)
    ]


def event(**detail: object) -> Json:
    found = load(ROOT / "tests/events/example.json")
    found["detail"] |= detail
    return found


@pytest.mark.parametrize(
    ("changed", "rules"),
    [
        pytest.param({"severity": 6.9}, [], id="below"),
        pytest.param({"severity": 7}, ["FindingRule"], id="the-whole-number-itself"),
        pytest.param({"severity": 7.0}, ["FindingRule"], id="the-number-itself"),
        pytest.param({"severity": 8.9}, ["FindingRule"], id="high"),
        pytest.param({"severity": 9.5}, ["FindingRule"], id="critical-is-in"),
        pytest.param({"severity": "9"}, [], id="text-is-no-severity"),
        pytest.param(
            {"type": "AttackSequence:S3/CompromisedData"}, ["AttackSequenceRule"], id="attack-sequence"
        ),
        pytest.param({"type": "AttackSequence:New/Kind", "severity": 5}, [], id="attack-sequence-below"),
        pytest.param({"type": "AttackSequenceLike:EC2/X"}, ["FindingRule"], id="only-the-whole-purpose"),
        pytest.param({"type": "attacksequence:S3/X"}, ["FindingRule"], id="case-matters"),
        pytest.param({"service": {"archived": True}}, [], id="archived"),
        pytest.param({"service": {"archived": False}}, ["FindingRule"], id="not-archived"),
        pytest.param({"service": {"count": 1}}, ["FindingRule"], id="says-nothing-of-archived"),
        pytest.param({"service": {}}, ["FindingRule"], id="service-says-nothing"),
        pytest.param(
            {"type": "AttackSequence:S3/CompromisedData", "service": {"count": 1}},
            ["AttackSequenceRule"],
            id="attack-sequence-says-nothing-of-archived",
        ),
        pytest.param(
            {"type": "AttackSequence:S3/CompromisedData", "service": {"archived": True}},
            [],
            id="attack-sequence-archived",
        ),
    ],
)
def test_each_finding_starts_one_execution_or_none(changed: Json, rules: list[str]) -> None:
    assert started(event(**({"severity": 8, "service": {"archived": False}} | changed))) == rules


@pytest.mark.parametrize(
    "envelope",
    [
        pytest.param({"detail-type": "GuardDuty Malware Protection Object Scan Result"}, id="malware-scan"),
        pytest.param({"detail-type": "AWS API Call via CloudTrail"}, id="cloudtrail"),
        pytest.param({"detail-type": "GuardDuty Runtime Protection Unhealthy"}, id="runtime-health"),
        pytest.param({"source": "aws.securityhub"}, id="another-service"),
        pytest.param({"source": "guardduty-notifier.test"}, id="test-source-not-admitted"),
    ],
)
def test_other_events_start_nothing(envelope: Json) -> None:
    assert started(event(severity=8) | envelope) == []


@pytest.mark.parametrize("path", EVENTS, ids=lambda path: path.stem)
@pytest.mark.parametrize("source", ["aws.guardduty", "guardduty-notifier.test"])
def test_no_event_starts_two(path: Path, source: str) -> None:
    assert len(started(load(path) | {"source": source}, 0, "guardduty-notifier.test")) <= 1


def test_the_test_source_is_admitted_by_both_rules_where_it_is_set() -> None:
    test = {"source": "guardduty-notifier.test"}
    sequence = event(severity=9, type="AttackSequence:EKS/CompromisedCluster")
    assert started(event(severity=8) | test, 7, "guardduty-notifier.test") == ["FindingRule"]
    assert started(sequence | test, 7, "guardduty-notifier.test") == ["AttackSequenceRule"]


@pytest.mark.parametrize("stage", STAGES)
def test_cloudformation_takes_no_null(stage: str) -> None:
    assert None not in every_value(rendered(stage))


def every_value(of: Any) -> Iterator[Any]:
    yield of
    inner = of.values() if isinstance(of, dict) else of if isinstance(of, list) else ()
    for each in inner:
        yield from every_value(each)


@pytest.mark.parametrize("stage", STAGES)
def test_a_kept_table_has_a_literal_name(stage: str) -> None:
    """Only what has one is imported by the next deploy."""
    kept = [each for each in rendered(stage)["Resources"].values() if each.get("DeletionPolicy") == "Retain"]
    assert [each["Properties"]["TableName"] for each in kept] == list(stack.read_stage(stage).kept_tables)


@pytest.mark.parametrize("stage", STAGES)
def test_the_deployed_patterns_have_numbers_not_text(stage: str) -> None:
    for rule in stack.RULES:
        (severity,) = rendered(stage)["Resources"][rule]["Properties"]["EventPattern"]["detail"]["severity"]
        assert isinstance(severity["numeric"][1], int | float)


# --- the transformer, as EventBridge documents it ---


def transformed(found: Json) -> str:
    """Fill the template in: a missing path leaves nothing, bare text gets quotes, nothing is escaped."""
    transformer = properties("AttackSequenceRule")["Targets"][0]["InputTransformer"]
    text: str = transformer["InputTemplate"]
    for name, path in transformer["InputPathsMap"].items():
        value = at(found, path)
        bare = "" if value is None else value if isinstance(value, str) else json.dumps(value)
        text = text.replace(f'"<{name}>"', f'"{bare}"')
        text = text.replace(f"<{name}>", f'"{bare}"' if isinstance(value, str) else bare)
    return text


def at(found: Any, path: str) -> Any:
    for key in path.removeprefix("$.").split("."):
        found = found.get(key) if isinstance(found, dict) else None
    return found


def large_sequence() -> Json:
    found = load(ROOT / "tests/events/attack-sequence.json")
    signal = found["detail"]["service"]["detection"]["sequence"]["signals"][0]
    found["detail"]["service"]["detection"]["sequence"]["signals"] = [signal] * 2000
    found["detail"]["description"] = 'quotes " and \\ are not escaped by EventBridge'
    return found


def test_a_large_attack_sequence_becomes_a_small_valid_input() -> None:
    found = large_sequence()
    assert len(json.dumps(found)) > 262_144
    text = transformed(found)
    assert len(text) < 2000
    whole, short = parse(found), parse(json.loads(text))
    posted = (
        "id type severity account_id region partition arn count created_at updated_at"
        " first_seen last_seen home_account home_region source"
    )
    for name in posted.split():
        assert getattr(short, name) == getattr(whole, name), name
    assert short.identifiers_only


def test_the_transformer_says_what_it_says_for_test_events_too() -> None:
    short = parse(json.loads(transformed(large_sequence() | {"source": "guardduty-notifier.test"})))
    assert short.test


@pytest.mark.parametrize(
    "missing", ["partition", "service.detectorId", "service.count", "service.eventFirstSeen"]
)
def test_an_optional_member_that_is_missing_leaves_a_valid_input(missing: str) -> None:
    found = large_sequence()
    *parents, last = missing.split(".")
    place = found["detail"]
    for key in parents:
        place = place[key]
    del place[last]
    assert parse(json.loads(transformed(found))).id == found["detail"]["id"]


def test_every_variable_is_used_and_every_used_one_defined() -> None:
    transformer = properties("AttackSequenceRule")["Targets"][0]["InputTransformer"]
    assert set(re.findall(r"<(\w+)>", transformer["InputTemplate"])) == transformer["InputPathsMap"].keys()


def test_unquoted_is_only_what_is_always_there() -> None:
    """GuardDuty's model requires these members; the pattern requires severity; EventBridge the envelope."""
    transformer = properties("AttackSequenceRule")["Targets"][0]["InputTransformer"]
    unquoted = set(re.findall(r"(?<!\")<(\w+)>", transformer["InputTemplate"]))
    paths = {transformer["InputPathsMap"][name] for name in unquoted}
    members = ("id", "type", "severity", "accountId", "region", "arn", "createdAt", "updatedAt")
    envelope = {"$.id", "$.source", "$.account", "$.time", "$.region"}
    assert paths == envelope | {f"$.detail.{member}" for member in members}


# --- a stage's settings ---


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(ROOT / ".chalice", tmp_path / ".chalice", ignore=shutil.ignore_patterns("deploy*"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / stack.CONFIG


def change(path: Path, edit: Edit) -> None:
    config = json.loads(path.read_text())
    edit(config["stages"])
    path.write_text(json.dumps(config))


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        pytest.param(lambda stages: stages.pop("dev"), "There are: prod", id="unknown-stage"),
        pytest.param(
            lambda stages: stages["dev"]["stack_parameters"].update(MinSeverity="0"), "from 1 to 10", id="0"
        ),
        pytest.param(
            lambda stages: stages["dev"]["stack_parameters"].update(MinSeverity="11"), "from 1 to 10", id="11"
        ),
        pytest.param(
            lambda stages: stages["dev"]["stack_parameters"].update(MinSeverity="high"), "from 1", id="word"
        ),
        pytest.param(
            lambda stages: stages["dev"]["stack_parameters"].update(AlarmEmail="me"), "e-mail", id="email"
        ),
        pytest.param(
            lambda stages: stages["dev"]["stack_parameters"].update(TestSource="aws.guardduty"),
            "aws.",
            id="aws-source",
        ),
        pytest.param(
            lambda stages: stages["dev"]["stack_parameters"].update(MinSevrity="5"),
            "no 'MinSevrity'",
            id="misspelt",
        ),
        pytest.param(
            lambda stages: stages["dev"]["stack_parameters"].update(Stage="x"), "no 'Stage'", id="stage"
        ),
        pytest.param(
            lambda stages: stages["dev"]["stack_parameters"].update(LogRetentionInDays="31"),
            "one of",
            id="retention",
        ),
        pytest.param(
            lambda stages: stages["dev"]["stack_parameters"].update(Reconcile="yes"), "on, off", id="switch"
        ),
        pytest.param(
            lambda stages: stages["dev"]["stack_parameters"].update(DailyProofHour="24"),
            "0 to 23",
            id="hour",
        ),
        pytest.param(
            lambda stages: stages["dev"]["stack_parameters"].update(MaxSuppressedPerHour="-1"),
            "whole number",
            id="suppressed-per-hour",
        ),
        pytest.param(
            lambda stages: stages["dev"]["stack_parameters"].update(Regions="us-east-1, eu-west-1"),
            "names of regions with commas between them and no spaces",
            id="regions-with-a-space",
        ),
        pytest.param(
            lambda stages: stages["dev"]["stack_parameters"].update(Regions="Virginia"),
            "names of regions",
            id="no-region",
        ),
        pytest.param(
            lambda stages: stages["dev"]["stack_parameters"].update(Regions="us-east-1,eu-west-1,us-east-1"),
            "Regions names us-east-1 twice",
            id="region-twice",
        ),
        pytest.param(
            lambda stages: stages["dev"]["environment_variables"].update(ACCESS_PORTAL_URL="http://x"),
            "must begin with https",
            id="portal",
        ),
        pytest.param(
            lambda stages: stages["dev"]["environment_variables"].update(RUNBOOK_URL="https://x/{account}"),
            "RUNBOOK_URL must be an https:// address",
            id="runbook",
        ),
        pytest.param(
            lambda stages: stages["dev"]["environment_variables"].update(
                SLACK_API_URL="https://evil.example"
            ),
            "SLACK_API_URL must be",
            id="slack-url",
        ),
        pytest.param(
            lambda stages: stages["dev"]["environment_variables"].update(SLACK_SECRET_PARAMETER="/mine"),
            "SLACK_SECRET_PARAMETER must begin with /guardduty-notifier/",
            id="parameter-that-no-function-may-read",
        ),
        pytest.param(
            lambda stages: stages["dev"]["environment_variables"].update(SLACK_MESSAGES_PER_SECOND=1),
            "put it in quotes",
            id="number-without-quotes",
        ),
        pytest.param(
            lambda stages: stages["dev"]["environment_variables"].update(STAGE="prod"),
            "STAGE is 'prod'",
            id="copied",
        ),
        pytest.param(
            lambda stages: stages["dev"]["environment_variables"].pop("SLACK_CHANNEL"),
            "SLACK_CHANNEL",
            id="channel",
        ),
        *(
            pytest.param(
                lambda stages, written=written: stages["dev"]["environment_variables"].update(
                    ANSWER_WITHIN=written
                ),
                "ANSWER_WITHIN: ",
                id=f"answer-within {written}",
            )
            for written in ("15m", "critical=15", "urgent=1h", "high=1h high=2h", "never")
        ),
        *(
            pytest.param(
                lambda stages, written=written: stages["dev"]["environment_variables"].update(
                    FOLD_AFTER=written
                ),
                "FOLD_AFTER must be off, or seconds: a whole number from 1 to 3600",
                id=f"fold-after {written}",
            )
            for written in ("0", "90s", "1.5", "3601", "never")
        ),
        pytest.param(
            lambda stages: stages["dev"]["environment_variables"].update(RESPONDERS="@soc"),
            "RESPONDERS must be the id of a Slack user group",
            id="responders",
        ),
    ],
)
def test_what_a_stage_gets_wrong_is_named(elsewhere: Path, edit: Edit, said: str) -> None:
    change(elsewhere, edit)
    with pytest.raises(WrongInput, match=re.escape(said)) as refusal:
        stack.read_stage("dev")
    assert refusal.value.exit_code == 2


def test_prod_admits_no_test_source(elsewhere: Path) -> None:
    change(elsewhere, lambda stages: stages["prod"]["stack_parameters"].update(TestSource="x.test"))
    with pytest.raises(WrongInput, match="prod"):
        stack.read_stage("prod")


@pytest.mark.parametrize("text", [pytest.param(None, id="none"), pytest.param("{", id="not-json")])
def test_an_unusable_config_is_one_clear_line(elsewhere: Path, text: str | None) -> None:
    elsewhere.unlink()
    if text is not None:
        elsewhere.write_text(text)
    with pytest.raises(WrongInput, match=r"config\.json"):
        stack.read_stage("dev")


def test_a_new_stage_takes_one_block(elsewhere: Path) -> None:
    block: Json = {"environment_variables": {"STAGE": "blue", "SLACK_CHANNEL": "C0123456789"}}
    change(elsewhere, lambda stages: stages.update(blue=block))
    blue = stack.read_stage("blue")
    assert (blue.stack, blue.parameters["MinSeverity"]) == ("guardduty-notifier-blue", "7")
    assert blue.secret_parameter == "/guardduty-notifier/blue/slack"


@pytest.mark.parametrize("name", ["Blue", "1st", "a" * 21, "x_y", "blue-attention"])
def test_a_stage_name_fits_into_every_other_name(elsewhere: Path, name: str) -> None:
    block: Json = {"environment_variables": {"STAGE": name, "SLACK_CHANNEL": "C0123456789"}}
    change(elsewhere, lambda stages: stages.update({name: block}))
    with pytest.raises(WrongInput, match="Stage is"):
        stack.read_stage(name)


# --- the templates for other regions and accounts ---


def resources_of(name: str) -> Json:
    found: Json = stack.read_template(ROOT / f"statemachine/{name}.yaml")["Resources"]
    return found


def test_the_forwarder_sends_every_finding_to_the_home_bus_by_role() -> None:
    rule = resources_of("forwarder")["ForwardRule"]["Properties"]
    (target,) = rule["Targets"]
    assert rule["EventPattern"].pop("account") == OWN_ACCOUNT
    pattern = EventPattern.load(json.dumps(rule["EventPattern"]))
    assert pattern.matches_event(event(severity=1))
    assert not pattern.matches_event(event() | {"detail-type": "Other"})
    assert target["Arn"]["Fn::Sub"].endswith("${HomeRegion}:${AWS::AccountId}:event-bus/default")
    assert target["RoleArn"] == {"Fn::GetAtt": ["ForwardRole", "Arn"]}
    assert "DeadLetterConfig" in target


def test_the_tag_reader_trusts_one_function_of_one_account_in_one_organization() -> None:
    role = resources_of("tag-reader-role")["TagReaderRole"]["Properties"]
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    principal = trust["Condition"]["ArnEquals"]["aws:PrincipalArn"]["Fn::Sub"]
    assert principal.endswith(":role/guardduty-notifier-${Stage}-look-up-resource-tags")
    assert trust["Condition"]["StringEquals"] == {"aws:PrincipalOrgID": {"Ref": "OrganizationId"}}
    actions = [statement["Action"] for statement in role["Policies"][0]["PolicyDocument"]["Statement"]]
    assert actions == ["tag:GetResources", ["iam:ListRoleTags", "iam:ListUserTags"]]
