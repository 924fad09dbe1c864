"""A local AWS in this process: moto's services and interpreter, and the functions of app.py.

What moto does otherwise than AWS, and what is done about it:

- it runs no Python in its Lambda: ``LambdaSimpleBackend.invoke`` is replaced by a call of the handler;
- its conditional writes are not atomic between threads (DynamoDB's are): one lock around its writes;
- it stops the other branches of a Parallel state wherever they are when one has failed, and then takes a timeout
  for the state's input: histories that can't be read, executions that never end. Its branches end by themselves here;
- its organisation gives accounts random ids and no ``Paths``: both are set here.
"""

import json
import os
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from unittest.mock import patch
from uuid import uuid4

import boto3
from botocore.config import Config
from moto import mock_aws
from moto.awslambda_simple.models import LambdaSimpleBackend
from moto.core.routing import get_service_router
from moto.dynamodb.models import DynamoDBBackend
from moto.organizations.models import FakeAccount, organizations_backends
from moto.stepfunctions.parser.asl.component.state.exec.state_parallel.branch_worker import BranchWorker
from moto.stepfunctions.parser.backend.execution import BaseExecutionWorkerCommunication
from moto.stepfunctions.parser.backend.execution_worker import ExecutionWorker
from moto.stepfunctions.parser.models import stepfunctions_parser_backends

import app
from chalicelib.aws import clients, parameter_store
from chalicelib.ledger import accounts
from statemachine.deploy import definition
from statemachine.local.fast_moto import OnTheWay, fast_moto

ACCOUNT = "123456789012"  # moto's own
REGION = "eu-west-1"
STAGE = "local"
MACHINE = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:guardduty-notifier-{STAGE}"

# Made before hundreds of threads ask for the same client or moto's model of the service at once: each would make
# its own, and 400 executions would take minutes.
_WARM = ("dynamodb", "lambda", "organizations", "ssm", "stepfunctions")

_DYNAMODB_WRITES = threading.RLock()

Handler = Callable[[Any, Any], Any]


@dataclass(frozen=True)
class Context:
    """The part of Lambda's context that a handler reads."""

    invoked_function_arn: str
    deadline_ms: int = 60_000

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds that the function has left."""
        return self.deadline_ms


@dataclass
class LocalAWS:
    """A local AWS that stands as long as its context is open."""

    accounts: Mapping[str, str] = field(default_factory=dict)
    """Account id → name."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """The stage's environment variables."""
    secret: str = "xoxb-local"
    around_invoke: Callable[[str, Any, Callable[[], bytes]], bytes] | None = None
    """Called with function name, payload and the call itself: to watch or to disturb it.

    What it raises is Lambda's error, named by its class.
    """
    _ended: dict[str, threading.Event] = field(default_factory=dict)
    _ended_lock: threading.Lock = field(default_factory=threading.Lock)
    _on_the_way: OnTheWay = field(default_factory=OnTheWay)

    def __enter__(self) -> "LocalAWS":
        """Make the tables, the parameter, the organisation and the state machine."""
        self._open = ExitStack()
        self._open.enter_context(_environment(self.settings))
        config: Any = {"stepfunctions": {"execute_state_machine": True}, "lambda": {"use_docker": False}}
        self._open.enter_context(mock_aws(config=config))
        self._open.enter_context(fast_moto())
        self._open.enter_context(patch.object(LambdaSimpleBackend, "invoke", self._invoke()))
        for name in ("put_item", "update_item", "delete_item"):
            self._open.enter_context(
                patch.object(DynamoDBBackend, name, _serialised(getattr(DynamoDBBackend, name)))
            )
        describe = _describe_with_path(FakeAccount.describe)
        self._open.enter_context(patch.object(FakeAccount, "describe", describe))
        start = _one_after_another(ExecutionWorker.start, self._on_the_way)
        self._open.enter_context(patch.object(ExecutionWorker, "start", start))
        terminated = _announced(BaseExecutionWorkerCommunication.terminated, self._end)
        self._open.enter_context(patch.object(BaseExecutionWorkerCommunication, "terminated", terminated))
        self._open.enter_context(patch.object(BranchWorker, "stop", lambda *_, **__: None))
        _forget()
        self._make()
        return self

    def __exit__(self, *_: object) -> None:
        """Let everything go."""
        self._open.close()
        _forget()

    def ended(self, execution_arn: str) -> threading.Event:
        """The event that is set at an execution's end: asking hundreds of them over and over costs too much."""
        with self._ended_lock:
            return self._ended.setdefault(execution_arn, threading.Event())

    def history(self, execution_arn: str) -> list[Any]:
        """An execution's events, as GetExecutionHistory returns them: through a client they cost 20 ms more."""
        backend = stepfunctions_parser_backends[ACCOUNT][REGION]
        return list(backend.get_execution_history(execution_arn)["events"])

    def client(self, service: str) -> Any:
        """A client of a service of this AWS."""
        return _client(REGION, service)

    def _end(self, execution_arn: str) -> None:
        self._on_the_way.leave(execution_arn)
        self.ended(execution_arn).set()

    def _make(self) -> None:
        for service in _WARM:
            clients.client(service)
            _client(REGION, service)
            get_service_router(service)
        make_tables(self.client("dynamodb"), STAGE)
        self.client("ssm").put_parameter(
            Name=f"/guardduty-notifier/{STAGE}/slack", Value=self.secret, Type="SecureString"
        )
        make_organisation(self.client("organizations"), self.accounts)
        self.client("stepfunctions").create_state_machine(
            name=MACHINE.rsplit(":", 1)[1],
            definition=json.dumps(definition.definition(substitutions())),
            roleArn=f"arn:aws:iam::{ACCOUNT}:role/guardduty-notifier-{STAGE}",
        )

    def _invoke(self) -> Callable[..., bytes]:
        functions = handlers()
        around = self.around_invoke

        def invoke(
            _: object, function_name: str, qualifier: object, body: Any, headers: object, answered: dict[str, str]
        ) -> bytes:  # fmt: skip
            name = function_name.rsplit(":", 1)[-1].removeprefix(f"guardduty-notifier-{STAGE}-")
            payload = json.loads(body)
            if name == "post-to-slack":
                self._on_the_way.leave(payload["execution"])

            def call() -> bytes:
                return run_handler(functions[name], payload, function_arn(name), answered)

            try:
                return around(name, payload, call) if around else call()
            except Exception as error:  # noqa: BLE001 - stands for whatever Lambda may say
                return _failed(error, answered)

        return invoke


def run_handler(handler: Handler, payload: Any, arn: str, response_headers: dict[str, str]) -> bytes:
    """Run a handler as Lambda does: an exception becomes a payload that names its class."""
    try:
        return json.dumps(handler(payload, Context(arn))).encode()
    except Exception as error:  # noqa: BLE001 - Lambda reports every exception so
        return _failed(error, response_headers)


def _failed(error: Exception, response_headers: dict[str, str]) -> bytes:
    response_headers["x-amz-function-error"] = "Unhandled"
    return json.dumps(
        {
            "errorMessage": str(error),
            "errorType": type(error).__name__,
            "requestId": str(uuid4()),
            "stackTrace": traceback.format_tb(error.__traceback__),
        }
    ).encode()


def handlers() -> dict[str, Handler]:
    """The functions of app.py by name."""

    return {
        function.name: getattr(app, function.handler_string.split(".")[1])
        for function in app.app.pure_lambda_functions
    }


def function_arn(name: str) -> str:
    """The ARN that ``chalice deploy`` gives a function."""
    return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:guardduty-notifier-{STAGE}-{name}"


def substitutions() -> dict[str, str]:
    """The definition's placeholders, filled for the local stage."""
    functions = {definition.function_placeholder(name): function_arn(name) for name in handlers()}
    tables = {
        f"{name.capitalize()}Table": f"guardduty-notifier-{STAGE}-{name}"
        for name in ("suppressions", "notifications")
    }
    return {**functions, **tables, "Partition": "aws"}


def make_tables(dynamodb: Any, stage: str) -> None:
    """Make the stack's tables."""
    for name in ("suppressions", "routes"):
        _make_table(dynamodb, f"guardduty-notifier-{stage}-{name}", "finding_type", "rule")
    _make_table(dynamodb, f"guardduty-notifier-{stage}-notifications", "finding_id")


def _make_table(dynamodb: Any, name: str, *keys: str) -> None:
    dynamodb.create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
        KeySchema=[
            {"AttributeName": key, "KeyType": kind}
            for key, kind in zip(keys, ("HASH", "RANGE"), strict=False)
        ],
        BillingMode="PAY_PER_REQUEST",
    )


def make_organisation(organizations: Any, accounts: Mapping[str, str]) -> None:
    """Make an organisation with these accounts."""
    organizations.create_organization(FeatureSet="ALL")
    backend = organizations_backends[ACCOUNT]["aws"]
    for account_id, name in accounts.items():
        organizations.create_account(AccountName=name, Email="root@example.com")
        backend.accounts[-1].id = account_id


def _one_after_another(
    start: Callable[[ExecutionWorker], None], on_the_way: OnTheWay
) -> Callable[[ExecutionWorker], None]:
    def started(worker: ExecutionWorker) -> None:
        on_the_way.enter(worker._evaluation_details.execution_details.arn)
        start(worker)

    return started


def _announced(terminated: Callable[[Any], None], end: Callable[[str], None]) -> Callable[[Any], None]:
    def announced(communication: Any) -> None:
        terminated(communication)
        end(communication.execution.exec_arn)

    return announced


@cache
def _client(region: str, service: str) -> Any:
    return boto3.client(service, region_name=region, config=Config(parameter_validation=False))  # type: ignore[call-overload]


def _describe_with_path(
    describe: Callable[[FakeAccount], dict[str, Any]],
) -> Callable[[FakeAccount], dict[str, Any]]:
    def described(account: FakeAccount) -> dict[str, Any]:
        return {**describe(account), "Paths": [f"{account.organization_id}/{account.parent_id}/"]}

    return described


def _serialised(write: Callable[..., Any]) -> Callable[..., Any]:
    def serialised(*arguments: Any, **named: Any) -> Any:
        with _DYNAMODB_WRITES:
            return write(*arguments, **named)

    return serialised


@contextmanager
def _environment(settings: Mapping[str, str]) -> Iterator[None]:
    """The stage's settings, and nothing of the user's own AWS configuration."""
    foreign = [name for name in os.environ if name.startswith("AWS_")]
    local = {
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_DEFAULT_REGION": REGION,
        "STAGE": STAGE,
        **settings,
    }
    with patch.dict(os.environ):
        for name in foreign:
            del os.environ[name]
        os.environ.update(local)
        yield


def _forget() -> None:
    """A new container: no client, name or secret is kept from another."""
    _client.cache_clear()
    clients.client.cache_clear()
    accounts.forget()
    parameter_store._kept.clear()
    boto3.DEFAULT_SESSION = None
