"""The checks of what happened, and of who is told of it."""

import pytest

from statemachine.deploy import stack
from statemachine.operate.checks import past
from tests.operate.checks.common import ACCOUNT, REGION, aws, place, role

pytestmark = pytest.mark.usefixtures("local_aws")


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


def test_alarms_without_a_listener_are_a_remark() -> None:
    topic = aws("sns").create_topic(Name="guardduty-notifier-dev-alarms")["TopicArn"]
    assert past.alarms_heard(place(), "alarms heard").good is None
    aws("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:{REGION}:{ACCOUNT}:any")
    assert past.alarms_heard(place(), "alarms heard").good is True


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
