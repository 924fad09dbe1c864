"""Where moto does otherwise than AWS, and what is done about it: every patch of moto's internals is here.

- It runs no Python in its Lambda without Docker: an invocation goes to whoever stands for Lambda.
- Its writes to DynamoDB first look at their condition and then write: between threads, one lock makes that one step.
- It stops the other branches of a Parallel state in the middle of a state when one has failed; the state then takes
  its input for its timeout. Branches end by themselves here.
- It hands a task that starts an execution to boto3 with the names that its state gives them, which boto3 does not know.
- Its organisation says nothing of an account's ``Paths``.
- It announces no end of an execution, as AWS does to EventBridge: here whoever listens hears of it.
- It parses the definition at every execution and makes a client for every task, more than half of the processor
  time of tests/test_machine.py: both are kept.

tests/local/test_moto_as_aws.py fails when moto mends one of them: then its patch can go.
"""

import pickle
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from typing import Any
from unittest.mock import patch

from moto import mock_aws
from moto.awslambda_simple.models import LambdaSimpleBackend
from moto.dynamodb.models import DynamoDBBackend
from moto.organizations.models import FakeAccount
from moto.stepfunctions.parser.asl.component.state.exec.state_parallel.branch_worker import BranchWorker
from moto.stepfunctions.parser.asl.component.state.exec.state_task import lambda_eval_utils
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
    state_task_service_dynamodb,
    state_task_service_sfn,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_sfn import (
    StateTaskServiceSfn,
)
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser
from moto.stepfunctions.parser.backend.execution import BaseExecutionWorkerCommunication

CONFIG: Any = {"stepfunctions": {"execute_state_machine": True}, "lambda": {"use_docker": False}}
"""moto's own settings: it runs state machines, and asks for no Docker."""

WRITES = ("put_item", "update_item", "delete_item")
ONE_WRITES = threading.RLock()

_PARSE = AmazonStateLanguageParser.parse
_NORMALISE = StateTaskServiceSfn._normalise_parameters

Invoke = Callable[[str, Any, bytes, Any, dict[str, str]], bytes]
"""Function, qualifier, body and headers; the headers of the answer, to be added to; its payload."""


@contextmanager
def moto_as_aws(invoke: Invoke, ended: Callable[[str], None]) -> Iterator[None]:
    """Run moto, corrected; ``ended`` hears the ARN of each execution that has ended."""
    patches: tuple[tuple[Any, str, Any], ...] = (
        (LambdaSimpleBackend, "invoke", lambda _, *arguments: invoke(*arguments)),
        *((DynamoDBBackend, name, _one_at_a_time(getattr(DynamoDBBackend, name))) for name in WRITES),
        (BranchWorker, "stop", lambda *_, **__: None),
        (StateTaskServiceSfn, "_normalise_parameters", _as_boto3_names_them),
        (FakeAccount, "describe", _with_paths(FakeAccount.describe)),
        (BaseExecutionWorkerCommunication, "terminated", _announced(ended)),
        (AmazonStateLanguageParser, "parse", _copy_of_what_was_parsed),
        *(
            (module, "boto_client_for", _one_of_each(module.boto_client_for))
            for module in (lambda_eval_utils, state_task_service_dynamodb, state_task_service_sfn)
        ),
    )
    with mock_aws(config=CONFIG), ExitStack() as patched:
        for owner, name, value in patches:
            patched.enter_context(patch.object(owner, name, value))
        yield


def _one_at_a_time(write: Callable[..., Any]) -> Callable[..., Any]:
    def alone(*arguments: Any, **named: Any) -> Any:
        with ONE_WRITES:
            return write(*arguments, **named)

    return alone


def _as_boto3_names_them(task: Any, parameters: dict[str, Any], *which: Any, **named: Any) -> None:
    """``StateMachineArn`` → ``stateMachineArn``; moto has the parameters changed in place."""
    _NORMALISE(task, parameters, *which, **named)
    renamed = {name[:1].lower() + name[1:]: value for name, value in parameters.items()}
    parameters.clear()
    parameters.update(renamed)


def _with_paths(describe: Callable[[Any], dict[str, Any]]) -> Callable[[Any], dict[str, Any]]:
    def described(account: Any) -> dict[str, Any]:
        below_root = f"{account.organization_id}/{account.parent_id}/"
        return {**describe(account), "Paths": [getattr(account, "given_path", below_root)]}

    return described


def _announced(ended: Callable[[str], None]) -> Callable[[Any], None]:
    terminated = BaseExecutionWorkerCommunication.terminated

    def announced(communication: Any) -> None:
        terminated(communication)
        ended(communication.execution.exec_arn)

    return announced


def _copy_of_what_was_parsed(definition: str) -> tuple[Any, Any]:
    """Each execution has a program of its own, as a program counts its retries."""
    return pickle.loads(_parsed(definition)), None


@cache
def _parsed(definition: str) -> bytes:
    program, _ = _PARSE(definition)
    return pickle.dumps(program)


def _one_of_each(client_for: Callable[..., Any]) -> Callable[..., Any]:
    client = cache(lambda service, region: client_for(region, service))
    return lambda region, service, state_credentials=None: client(service, region)
