"""Who talks to AWS, and what AWS's refusals mean to the person at the keyboard."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import click
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    HTTPClientError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
)
from botocore.exceptions import (
    ConnectionError as NoConnection,
)
from botocore.parsers import ResponseParserError

_EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired"})
_UNKNOWN = frozenset(
    {"AuthFailure", "InvalidClientTokenId", "SignatureDoesNotMatch", "UnrecognizedClientException"}
)

# A person waits: a few attempts against throttling, but no long silence where nothing answers.
_CONFIG = Config(retries={"mode": "standard", "total_max_attempts": 4}, connect_timeout=5, read_timeout=30)


class WrongInput(click.ClickException):
    """What the person puts right before AWS is asked again: stage, region, credentials, a step before."""

    exit_code = 2


class Failed(click.ClickException):
    """AWS could not or would not."""

    exit_code = 1


def client(service: str, region: str | None = None) -> Any:
    """Make a client with the environment's credentials (AWS_PROFILE, …), in `region` or the environment's own.

    Raises NoRegionError where there is none, also for services such as STS that would do without.
    """
    chosen = _session()
    if not chosen.region_name:
        raise NoRegionError
    return chosen.client(service, region_name=region, config=_CONFIG)  # type: ignore[call-overload]


def regions(service: str, partition: str) -> list[str]:
    """Name the regions of a partition that have a service, also those that the account has not opened."""
    return list(_session().get_available_regions(service, partition_name=partition))


def _session() -> boto3.Session:
    if boto3.DEFAULT_SESSION is None:
        boto3.setup_default_session()
    assert boto3.DEFAULT_SESSION is not None
    return boto3.DEFAULT_SESSION


def identity() -> tuple[str, str, str]:
    """Say where we are: account id, region and partition."""
    sts = client("sts")
    asked = sts.get_caller_identity()
    return asked["Account"], sts.meta.region_name, asked["Arn"].split(":")[1]


@contextmanager
def plain_errors() -> Iterator[None]:
    """Turn what botocore raises into one line that says what to do, raised as WrongInput or Failed."""
    try:
        yield
    except NoRegionError:
        raise WrongInput("No AWS region. Set AWS_DEFAULT_REGION, or a region in your profile.") from None
    except (NoCredentialsError, PartialCredentialsError):
        raise WrongInput("No AWS credentials. Set AWS_PROFILE, or run: aws configure sso") from None
    except ProfileNotFound as error:
        raise WrongInput(f"{error}. Correct AWS_PROFILE.") from None
    except (SSOError, TokenRetrievalError, CredentialRetrievalError) as error:
        raise WrongInput(f"The AWS session can't be used ({error}). Sign in again: aws sso login") from None
    except (NoConnection, HTTPClientError) as error:
        raise Failed(f"AWS did not answer: {error}") from None
    except ClientError as error:
        raise _refusal(error) from None
    except ResponseParserError as error:
        raise Failed(f"AWS's answer can't be read: {error}") from None
    except BotoCoreError as error:
        raise Failed(f"The AWS client gave up: {error}") from None


def code(error: ClientError) -> str:
    """AWS's word for an error."""
    return str(error.response.get("Error", {}).get("Code", ""))


def is_refusal(error: ClientError) -> bool:
    """Whether other credentials might be allowed what these are not."""
    return any(word in code(error) for word in ("Denied", "Unauthorized", "Authorization"))


def reason(error: ClientError) -> str:
    """AWS's sentence for an error, on one line."""
    return " ".join(str(error.response.get("Error", {}).get("Message", "")).split()) or code(error)


def _refusal(error: ClientError) -> click.ClickException:
    if code(error) in _EXPIRED:
        return WrongInput("The AWS session has expired. Sign in again: aws sso login")
    if code(error) in _UNKNOWN:
        return WrongInput(f"AWS does not know these credentials ({code(error)}). Check AWS_PROFILE.")
    return Failed(f"AWS refused {error.operation_name}: {code(error)}: {reason(error)}")
