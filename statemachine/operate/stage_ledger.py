"""A stage's notifications table as commands read it: what is not there is said in one line."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import ClientError

from chalicelib.errors import AWSUnavailable
from statemachine.deploy.stack import Stage
from statemachine.session import Failed, WrongInput, code

_READING = ("Query", "BatchGetItem")
_NOT_THERE = ("ResourceNotFoundException", "ValidationException")
"""A table, or an index of it."""


@contextmanager
def ledger_of(stage: Stage, asked: str) -> Iterator[None]:
    """Raise WrongInput where the stage's table, or its index of ``asked``, is not there; Failed for no answer."""
    try:
        yield
    except AWSUnavailable as error:
        raise Failed(f"AWS did not answer: {error}. Run it again.") from None
    except ClientError as error:
        if error.operation_name not in _READING or code(error) not in _NOT_THERE:
            raise
        hint = f"make deploy STAGE={stage.name}"
        raise WrongInput(
            f"{stage.stack} has no list of {asked}: is it deployed, and lately? {hint}"
        ) from None
