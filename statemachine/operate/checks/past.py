"""What happened: events that were lost, executions that failed, alarms that rang."""

from statemachine.deploy import stack
from statemachine.operate.checks import Check, StagePlace
from statemachine.session import client

_LAST = 20
"""How many of the latest executions are looked at."""


def dead_letters(place: StagePlace, name: str) -> Check:
    """Nothing waits in the dead-letter queue."""
    sqs = client("sqs")
    try:
        url = sqs.get_queue_url(QueueName=f"{place.stage.stack}-dead-letters")["QueueUrl"]
    except sqs.exceptions.QueueDoesNotExist:
        return Check(name, False, "missing", f"make deploy STAGE={place.stage.name}")
    wanted = "ApproximateNumberOfMessages"
    waiting = int(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[wanted])["Attributes"][wanted])
    if waiting:
        hint = "Read them in the SQS console: ERROR_CODE says why. Start each anew with the event as input."
        return Check(name, False, f"{waiting} events started no execution", hint)
    return Check(name, True, "empty")


def last_executions(place: StagePlace, name: str) -> Check:
    """None of the latest executions failed."""
    stepfunctions = client("stepfunctions")
    machine = place.arn("states", f"stateMachine:{place.stage.stack}")
    try:
        found = stepfunctions.list_executions(stateMachineArn=machine, maxResults=_LAST)["executions"]
    except stepfunctions.exceptions.StateMachineDoesNotExist:
        return Check(name, False, "no state machine", f"make deploy STAGE={place.stage.name}")
    failed = [each["name"] for each in found if each["status"] in ("FAILED", "TIMED_OUT", "ABORTED")]
    if failed:
        hint = (
            "Open them in the Step Functions console: the cause says what to correct. Then:"
            f" .venv/bin/python -m statemachine redrive --stage {place.stage.name}"
        )
        return Check(name, False, f"{len(failed)} of the last {len(found)} failed, latest {failed[0]}", hint)
    return Check(name, True, f"none of the last {len(found)} failed" if found else "none yet")


def alarms_heard(place: StagePlace, name: str) -> Check:
    """Somebody gets the alarms."""
    sns = client("sns")
    topic = place.arn("sns", f"{place.stage.stack}-alarms")
    try:
        found = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    except sns.exceptions.NotFoundException:
        return Check(name, False, "no topic", f"make deploy STAGE={place.stage.name}")
    confirmed = [each for each in found if each["SubscriptionArn"] != "PendingConfirmation"]
    if found and not confirmed:
        return Check(name, False, "the subscription is not confirmed", "Answer AWS's e-mail.")
    if not found:
        hint = "Set AlarmEmail in the stage's stack_parameters, or subscribe something to the topic."
        return Check(name, None, "nobody is notified when posting fails", hint)
    return Check(name, True, f"{len(confirmed)} subscribed")


def alarms_quiet(place: StagePlace, name: str) -> Check:
    """The stack's alarms are there, and none rings."""
    wanted = stack.alarms(place.stage)
    found = client("cloudwatch").describe_alarms(AlarmNames=wanted)["MetricAlarms"]
    if missing := len(wanted) - len(found):
        return Check(
            name, False, f"{missing} of {len(wanted)} are missing", f"make deploy STAGE={place.stage.name}"
        )
    ringing = [each for each in found if each["StateValue"] == "ALARM"]
    if ringing:
        said = ", ".join(each["AlarmName"].removeprefix(f"{place.stage.stack}-") for each in ringing)
        return Check(name, False, f"ringing: {said}", ringing[0]["AlarmDescription"])
    return Check(name, True, f"none of {len(wanted)} rings")
