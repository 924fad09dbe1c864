"""What lets moto run hundreds of executions at once in one Python process.

Half of moto's work is done anew for each state, or each execution, with the same result: it parses the definition
and each path, makes a client, lists a class's methods, and copies JSON value by value. Here that is kept, or done by
pickle. ``make bench`` measures what remains.
"""

import gc
import pickle
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import cache
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import boto3
from botocore.config import Config
from moto.core import responses
from moto.stepfunctions.parser.asl.component.common.path import result_path
from moto.stepfunctions.parser.asl.component.common.string import string_expression
from moto.stepfunctions.parser.asl.component.state.exec import execute_state
from moto.stepfunctions.parser.asl.component.state.exec.state_task import lambda_eval_utils
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import state_task_service_dynamodb
from moto.stepfunctions.parser.asl.eval import states
from moto.stepfunctions.parser.asl.eval.event import event_manager
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser
from moto.stepfunctions.parser.asl.utils import json_path

_PARSE = AmazonStateLanguageParser.parse


class OnTheWay:
    """Lets few executions at once be on their way to Slack.

    Hundreds that share one interpreter would all come there together, after half a minute. So those that started
    first go first; who finds no room for a second, because none gets on, starts all the same.
    """

    def __init__(self) -> None:
        self._room = threading.Semaphore(4)
        self._executions: set[str] = set()

    def enter(self, execution_arn: str) -> None:
        """Wait for room; before the execution starts."""
        if self._room.acquire(timeout=1):
            self._executions.add(execution_arn)

    def leave(self, execution_arn: str) -> None:
        """Make room, once; the execution is at Slack, or has ended."""
        with suppress(KeyError):
            self._executions.remove(execution_arn)
            self._room.release()


@contextmanager
def fast_moto() -> Iterator[None]:
    """Keep and share moto's work as long as the context is open."""
    with ExitStack() as patches, _rare_collections():
        patches.enter_context(patch.object(AmazonStateLanguageParser, "parse", _parse_once))
        for module in (json_path, result_path):
            patches.enter_context(patch.object(module, "parse", cache(module.parse)))
        for module in (states, string_expression, result_path, execute_state, event_manager):
            patches.enter_context(patch.object(module, "copy", SimpleNamespace(deepcopy=_copy)))
        for module in (lambda_eval_utils, state_task_service_dynamodb):
            patches.enter_context(patch.object(module, "boto_client_for", _client_of_a_task))
        names = cache(responses.method_names_from_class)
        patches.enter_context(patch.object(responses, "method_names_from_class", names))
        _task_client.cache_clear()
        yield


@contextmanager
def _rare_collections() -> Iterator[None]:
    """Collect garbage less often: each collection looks at all that hundreds of executions hold."""
    thresholds = gc.get_threshold()
    gc.set_threshold(200_000, 50, 100)
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)


def _parse_once(definition: str) -> tuple[Any, Any]:
    """Each execution has a program of its own, as a program counts its retries: a copy of what was parsed once."""
    return pickle.loads(_program(definition)), None


@cache
def _program(definition: str) -> bytes:
    program, _ = _PARSE(definition)
    return pickle.dumps(program, pickle.HIGHEST_PROTOCOL)


def _copy(value: Any) -> Any:
    return pickle.loads(pickle.dumps(value, pickle.HIGHEST_PROTOCOL))


def _client_of_a_task(region: str, service: str, state_credentials: object = None) -> Any:
    return _task_client(region, service)


@cache
def _task_client(region: str, service: str) -> Any:
    """One for each service, without retries, which are the state's."""
    config = Config(parameter_validation=False, retries={"total_max_attempts": 1})
    return boto3.client(service, region_name=region, config=config)  # type: ignore[call-overload]
