"""Clients of AWS, made once for each container when first needed, and their errors in our terms."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NoConnection

from chalicelib import logs
from chalicelib.errors import AWSUnavailable

logs.keep_secrets_out()

# Retries are the state machine's, so that each is seen in the execution. What AWS answers at all it answers
# within a second or two; three calls that time out still fit into the shortest function timeout.
_CONFIG = Config(retries={"total_max_attempts": 1, "mode": "standard"}, connect_timeout=3, read_timeout=5)

_TRANSIENT = frozenset(
    {
        "InternalError",
        "InternalFailure",
        "InternalServerError",
        "InternalServerErrorException",
        "InternalServerException",
        "InternalServiceException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestTimeout",
        "RequestTimeoutException",
        "ServiceException",
        "ServiceFailure",
        "ServiceFailureException",
        "ServiceUnavailable",
        "ServiceUnavailableException",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)


@cache
def client(service: str, region: str | None = None) -> Any:
    """Make a service's client in a region (the function's own unless named), without retries of its own."""
    return boto3.client(service, region_name=region, config=_CONFIG)  # type: ignore[call-overload]


def client_as(service: str, region: str | None, credentials: dict[str, Any]) -> Any:
    """Make a client with the ``Credentials`` that sts:AssumeRole returned."""
    return boto3.client(  # type: ignore[call-overload]
        service,
        region_name=region,
        config=_CONFIG,
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
    )


@contextmanager
def transient_as_unavailable(call: str) -> Iterator[None]:
    """Raise AWS's throttling, 5xx and connection trouble as AWSUnavailable; let every other error pass."""
    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if code in _TRANSIENT or status >= 500 or status == 429:
            raise AWSUnavailable(f"{call}: {code or status}") from error
        raise
    except (NoConnection, HTTPClientError) as error:
        raise AWSUnavailable(f"{call}: no answer ({type(error).__name__})") from error
