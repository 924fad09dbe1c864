"""A local AWS in this process: moto's services and interpreter, and the functions of app.py."""

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
from moto.organizations.models import organizations_backends
from moto.stepfunctions.parser.models import stepfunctions_parser_backends

import app
from chalicelib.attention import reactions
from chalicelib.aws import clients, parameter_store
from chalicelib.ledger import accounts, clocks
from chalicelib.notify import history, own_digest
from statemachine.deploy import definition
from statemachine.deploy.stack import template
from statemachine.local.moto_as_aws import moto_as_aws

ACCOUNT = "123456789012"  # moto's own
REGION = "eu-west-1"
STAGE = "local"
MACHINE = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:guardduty-notifier-{STAGE}"
ATTENTION = f"{MACHINE}-attention"

Handler = Callable[[Any, Any], Any]


@dataclass(frozen=True)
class Context:
    """The part of Lambda's context that a handler reads."""

    invoked_function_arn: str
    deadline_ms: int = 60_000
    aws_request_id: str = field(default_factory=lambda: uuid4().hex)

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds that the function has left."""
        return self.deadline_ms


@dataclass
class LocalAWS:
    """A local AWS that stands as long as its context is open."""

    accounts: Mapping[str, str] = field(default_factory=dict)
    """Account id → name."""
    ou_paths: Mapping[str, str] = field(default_factory=dict)
    """Account id → path of ids from the organisation down; the others are below its root."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """The stage's environment variables."""
    secret: str = "xoxb-local"
    around_invoke: Callable[[str, Any, Callable[[], bytes]], bytes] | None = None
    """Called with function name, payload and the call itself: to watch or to disturb it.

    What it raises is Lambda's error, named by its class.
    """
    _ended: dict[str, threading.Event] = field(default_factory=dict)

    def __enter__(self) -> "LocalAWS":
        """Make the tables, the parameter, the organisation and the state machine."""
        self._open = ExitStack()
        self._open.enter_context(_environment(self.settings))
        self._functions = handlers()
        self._open.enter_context(moto_as_aws(self._invoke, lambda arn: self.ended(arn).set()))
        _forget()
        self._make()
        return self

    def __exit__(self, *_: object) -> None:
        """Let everything go."""
        self._open.close()
        _forget()

    def ended(self, execution_arn: str) -> threading.Event:
        """The event that is set at an execution's end."""
        return self._ended.setdefault(execution_arn, threading.Event())

    def history(self, execution_arn: str) -> list[Any]:
        """An execution's events, as GetExecutionHistory returns them: through a client they cost 20 ms more."""
        backend = stepfunctions_parser_backends[ACCOUNT][REGION]
        return list(backend.get_execution_history(execution_arn)["events"])

    def client(self, service: str) -> Any:
        """A client of a service of this AWS."""
        return _client(REGION, service)

    def _make(self) -> None:
        make_tables(self.client("dynamodb"), STAGE)
        self.client("ssm").put_parameter(
            Name=f"/guardduty-notifier/{STAGE}/slack", Value=self.secret, Type="SecureString"
        )
        make_organisation(self.client("organizations"), self.accounts, self.ou_paths)
        for machine, arn in ((definition.NOTIFIER, MACHINE), (definition.ATTENTION, ATTENTION)):
            name = arn.rsplit(":", 1)[1]
            self.client("stepfunctions").create_state_machine(
                name=name,
                definition=json.dumps(definition.definition(substitutions(), machine)),
                roleArn=f"arn:aws:iam::{ACCOUNT}:role/{name}",
            )

    def _invoke(self, function: str, _: object, body: bytes, __: object, answered: dict[str, str]) -> bytes:
        name = function.rsplit(":", 1)[-1].removeprefix(f"guardduty-notifier-{STAGE}-")
        payload = json.loads(body)

        def call() -> bytes:
            return run_handler(self._functions[name], payload, function_arn(name), answered)

        try:
            return self.around_invoke(name, payload, call) if self.around_invoke else call()
        except Exception as error:  # noqa: BLE001 - stands for whatever Lambda may say
            return _failed(error, answered)


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
    """The definitions' placeholders, filled for the local stage."""
    functions = {definition.function_placeholder(name): function_arn(name) for name in handlers()}
    tables = {
        f"{name.capitalize()}Table": f"guardduty-notifier-{STAGE}-{name}"
        for name in ("suppressions", "notifications")
    }
    return {**functions, **tables, "Partition": "aws", "AttentionMachine": ATTENTION}


def make_tables(dynamodb: Any, stage: str) -> None:
    """Make the stack's tables, with the keys and indexes that the template gives them."""
    for resource, name in _TABLES.items():
        wanted = template()["Resources"][resource]["Properties"]
        indexes = {_INDEXES: wanted[_INDEXES]} if _INDEXES in wanted else {}
        dynamodb.create_table(
            TableName=f"guardduty-notifier-{stage}-{name}",
            AttributeDefinitions=wanted["AttributeDefinitions"],
            KeySchema=wanted["KeySchema"],
            BillingMode="PAY_PER_REQUEST",
            **indexes,
        )


_TABLES = {
    "SuppressionsTable": "suppressions",
    "RoutesTable": "routes",
    "NotificationsTable": "notifications",
}
"""The template's name of a table → how the table's own name ends."""
_INDEXES = "GlobalSecondaryIndexes"


def make_organisation(organizations: Any, accounts: Mapping[str, str], ou_paths: Mapping[str, str]) -> None:
    """Make an organisation with these accounts; their ids take the place of those that moto chose, as AWS does."""
    organizations.create_organization(FeatureSet="ALL")
    backend = organizations_backends[ACCOUNT]["aws"]
    for account_id, name in accounts.items():
        organizations.create_account(AccountName=name, Email="root@example.com")
        backend.accounts[-1].id = account_id
        if path := ou_paths.get(account_id):
            backend.accounts[-1].parent_id = _make_ous(organizations, backend, path)
            backend.accounts[-1].given_path = path


def _make_ous(organizations: Any, backend: Any, path: str) -> str:
    """Make the OUs of a path, each named as its id ends; the id of the last, or the root's."""
    parent = str(organizations.list_roots()["Roots"][0]["Id"])
    for ou_id in (part for part in path.split("/") if part.startswith("ou-")):
        if ou_id not in {ou.id for ou in backend.ou}:
            organizations.create_organizational_unit(ParentId=parent, Name=ou_id.rsplit("-", 1)[1])
            backend.ou[-1].id = ou_id
        parent = ou_id
    return parent


@cache
def _client(region: str, service: str) -> Any:
    return boto3.client(service, region_name=region, config=Config(parameter_validation=False))  # type: ignore[call-overload]


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
    reactions.forget()
    clocks.forget()
    history.forget()
    own_digest.forget()
    parameter_store._kept.clear()
    boto3.DEFAULT_SESSION = None
