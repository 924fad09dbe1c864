"""What moto does otherwise than AWS: a test that fails here says that moto has mended it, and its patch can go."""

import io
import json
import threading
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from unittest.mock import patch
from uuid import uuid4

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.dynamodb.models.table import Table
from moto.stepfunctions.parser.asl.component.state.exec.state_parallel.branch_worker import BranchWorker
from moto.stepfunctions.parser.asl.component.state.exec.state_task import lambda_eval_utils
from moto.stepfunctions.parser.asl.component.state.exec.state_task.state_task_lambda import StateTaskLambda
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser

from statemachine.local import moto_as_aws
from statemachine.local.local_aws import ACCOUNT, MACHINE, REGION, LocalAWS, function_arn, make_tables
from tests.machine import wait_until

STOP = BranchWorker.stop
ROLE = f"arn:aws:iam::{ACCOUNT}:role/any"
PATIENCE = 100
"""Seconds that threads wait for each other: none takes so long, however busy the machine is."""

TASK = {"Type": "Task", "TimeoutSeconds": 25, "End": True}
BRANCHED = {
    "StartAt": "Both",
    "States": {
        "Both": {
            "Type": "Parallel",
            "Branches": [
                {"StartAt": name, "States": {name: TASK | {"Resource": function_arn(name)}}}
                for name in ("look-up-account", "look-up-resource-tags")
            ],
            "End": True,
        }
    },
}

DONE = {"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}
WAITS = {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 600, "End": True}}}
STARTS = {
    "StartAt": "Start",
    "States": {
        "Start": TASK
        | {
            "Resource": "arn:aws:states:::states:startExecution",
            "Parameters": {"StateMachineArn.$": "$.machine", "Name.$": "$.name", "Input.$": "$.input"},
            "ResultPath": None,
        }
    },
}


def client(service: str) -> Any:
    return boto3.client(service, region_name=REGION, config=Config(retries={"total_max_attempts": 1}))  # type: ignore[call-overload]


@pytest.fixture
def moto() -> Iterator[None]:
    """Make moto as it is, unpatched."""
    with mock_aws(config=moto_as_aws.CONFIG):
        yield


@pytest.fixture
def aws() -> Iterator[LocalAWS]:
    """Make moto as the local run has it."""
    with LocalAWS(accounts={"111122223333": "payments-prod"}) as local:
        yield local


# --- Lambda


def test_moto_runs_no_function(moto: None) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as code:
        code.writestr("app.py", "def handler(event, context):\n    return 'it ran'\n")
    role = client("iam").create_role(RoleName="any", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    client("lambda").create_function(
        FunctionName="any", Role=role, Handler="app.handler", Runtime="python3.11",
        Code={"ZipFile": file.getvalue()},
    )  # fmt: skip
    answer = client("lambda").invoke(FunctionName="any", Payload=b'{"asked": 1}')
    assert json.load(answer["Payload"]) == {"asked": 1}


# --- DynamoDB


def claim(number: int) -> bool:
    """Put an item, if there is none: whether there was none."""
    try:
        client("dynamodb").put_item(
            TableName="guardduty-notifier-any-notifications",
            Item={"finding_id": {"S": "one"}, "by": {"N": str(number)}},
            ConditionExpression="attribute_not_exists(finding_id)",
        )
    except ClientError as error:
        assert error.response["Error"]["Code"] == "ConditionalCheckFailedException"
        return False
    return True


def looking(look: Callable[[], object]) -> Any:
    """Call ``look`` whenever a write has looked what is there, and before it writes."""
    get_item = Table.get_item

    def looked(*arguments: Any, **named: Any) -> Any:
        found = get_item(*arguments, **named)
        look()
        return found

    return patch.object(Table, "get_item", looked)


def test_motos_conditional_writes_are_not_atomic(moto: None) -> None:
    make_tables(client("dynamodb"), "any")
    both_looked = threading.Barrier(2, timeout=PATIENCE)
    with looking(both_looked.wait), ThreadPoolExecutor(2) as pool:
        assert list(pool.map(claim, (1, 2))) == [True, True]


def test_here_nobody_writes_between_condition_and_write(aws: LocalAWS) -> None:
    make_tables(client("dynamodb"), "any")
    locked: list[bool] = []
    with ThreadPoolExecutor(1) as others:
        with looking(lambda: locked.append(not others.submit(_take_the_lock).result())):
            assert claim(1)
        assert others.submit(_take_the_lock).result()
    assert locked
    assert all(locked)


def _take_the_lock() -> bool:
    taken = moto_as_aws.ONE_WRITES.acquire(blocking=False)
    if taken:
        moto_as_aws.ONE_WRITES.release()
    return taken


# --- Parallel


def timeout_of_the_other_branch(stop: Any) -> Any:
    """Let one branch fail when the other is about to begin with its task: the timeout that its history says."""
    about_to_begin, stopped, begun = threading.Event(), threading.Event(), threading.Event()
    begin = StateTaskLambda._eval_execution
    stops: list[object] = []

    def fail(name: str, *_: object) -> bytes:
        assert about_to_begin.wait(PATIENCE)
        raise ValueError(name)

    def counted(*arguments: Any, **named: Any) -> None:
        stop(*arguments, **named)
        stops.append(arguments)
        if len(stops) == 2:
            stopped.set()

    def late(state: Any, env: Any) -> None:
        if state.name == "look-up-account":
            begin(state, env)
            return
        about_to_begin.set()
        assert stopped.wait(PATIENCE)
        try:
            begin(state, env)
        finally:
            begun.set()

    with (
        LocalAWS(around_invoke=lambda name, _, __: fail(name) if name == "look-up-account" else b"{}") as aws,
        patch.object(BranchWorker, "stop", counted),
        patch.object(StateTaskLambda, "_eval_execution", late),
    ):
        arn = started(aws, BRANCHED)
        assert begun.wait(PATIENCE)
        details = [event.get("lambdaFunctionScheduledEventDetails") for event in aws.history(arn)]
    [timeout] = [
        each["timeoutInSeconds"]
        for each in details
        if each and each["resource"] == function_arn("look-up-resource-tags")
    ]
    return timeout


def started(aws: LocalAWS, definition: Any, given: str = '{"any": "input"}') -> str:
    states = aws.client("stepfunctions")
    states.update_state_machine(stateMachineArn=MACHINE, definition=json.dumps(definition))
    execution = states.start_execution(stateMachineArn=MACHINE, name=uuid4().hex, input=given)
    arn = str(execution["executionArn"])
    assert aws.ended(arn).wait(PATIENCE)
    return arn


def test_moto_takes_a_stopped_branchs_input_for_its_timeout() -> None:
    assert timeout_of_the_other_branch(STOP) == {"any": "input"}


def test_here_branches_end_by_themselves() -> None:
    with LocalAWS():
        stop = BranchWorker.stop
    assert timeout_of_the_other_branch(stop) == 25


# --- An execution that a state starts


def test_moto_starts_no_execution_from_a_state(moto: None) -> None:
    machines = [made("inner", DONE), made("outer", STARTS)]
    states = client("stepfunctions")
    arn = states.start_execution(stateMachineArn=machines[1], name="any", input=asked_for(machines[0], 1))[
        "executionArn"
    ]
    wait_until(lambda: states.describe_execution(executionArn=arn)["status"] != "RUNNING")
    assert states.describe_execution(executionArn=arn)["cause"].endswith("'StateMachineArn'")
    assert states.list_executions(stateMachineArn=machines[0])["executions"] == []


def test_here_it_starts_one_and_a_name_that_is_taken_is_an_error_of_its_own(aws: LocalAWS) -> None:
    inner, states = made("inner", WAITS), aws.client("stepfunctions")
    done = [started(aws, STARTS, asked_for(inner, number)) for number in (1, 1, 2)]
    outcomes = [states.describe_execution(executionArn=arn) for arn in done]
    assert [outcome["status"] for outcome in outcomes] == ["SUCCEEDED", "SUCCEEDED", "FAILED"]
    assert outcomes[2]["error"] == "StepFunctions.ExecutionAlreadyExistsException"
    [execution] = states.list_executions(stateMachineArn=inner)["executions"]
    said = states.describe_execution(executionArn=execution["executionArn"])
    states.stop_execution(executionArn=execution["executionArn"])
    assert (execution["name"], json.loads(said["input"])) == ("of its own", {"number": 1})


def made(name: str, definition: Any) -> str:
    """Make a machine; its ARN."""
    machine = client("stepfunctions").create_state_machine(
        name=name, roleArn=ROLE, definition=json.dumps(definition)
    )
    return str(machine["stateMachineArn"])


def asked_for(machine: str, number: int) -> str:
    return json.dumps({"machine": machine, "name": "of its own", "input": {"number": number}})


# --- Organizations


def test_moto_says_nothing_of_an_accounts_paths(moto: None) -> None:
    organizations = client("organizations")
    organizations.create_organization(FeatureSet="ALL")
    assert "Paths" not in organizations.describe_account(AccountId=ACCOUNT)["Account"]


def test_here_an_account_has_its_id_and_paths(aws: LocalAWS) -> None:
    account = aws.client("organizations").describe_account(AccountId="111122223333")["Account"]
    [path] = account["Paths"]
    assert (account["Name"], path[:2], path[-1]) == ("payments-prod", "o-", "/")


# --- An execution's end, and its cost


@pytest.fixture
def machine(moto: None) -> str:
    """Make a machine of moto's that ends at once."""
    return made("any", DONE)


def run(machine: str) -> None:
    states = client("stepfunctions")
    arn = states.start_execution(stateMachineArn=machine, name=uuid4().hex)["executionArn"]
    wait_until(lambda: states.describe_execution(executionArn=arn)["status"] != "RUNNING")


def test_moto_announces_no_end_of_an_execution(machine: str) -> None:
    queue = client("sqs").create_queue(QueueName="any")["QueueUrl"]
    events = client("events")
    events.put_rule(Name="any", EventPattern=json.dumps({"source": ["aws.states", "any"]}))
    target = {"Id": "any", "Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:any"}
    events.put_targets(Rule="any", Targets=[target])
    run(machine)
    events.put_events(Entries=[{"Source": "any", "DetailType": "any", "Detail": "{}"}])
    posted = client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
    assert [json.loads(message["Body"])["source"] for message in posted] == ["any"]


def test_here_whoever_listens_hears_of_it(aws: LocalAWS) -> None:
    arn = started(aws, DONE)
    assert aws.client("stepfunctions").describe_execution(executionArn=arn)["status"] == "SUCCEEDED"


def test_moto_parses_at_every_execution(machine: str) -> None:
    with patch.object(
        AmazonStateLanguageParser, "parse", side_effect=AmazonStateLanguageParser.parse
    ) as parse:
        run(machine)
        run(machine)
    assert parse.call_count == 2


def test_moto_makes_a_client_for_every_task(moto: None) -> None:
    made = [lambda_eval_utils.boto_client_for(REGION, "lambda") for _ in range(2)]
    assert made[0] is not made[1]
