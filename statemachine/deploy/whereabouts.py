"""Where a stage is: the account and region that hold its functions."""

import json
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError, EndpointConnectionError

from statemachine.deploy.stack import Stage
from statemachine.session import client, regions

AccountAndRegion = tuple[str, str]
"""Account id and region."""


def record(stage: Stage) -> Path:
    """Chalice's own record of what it has deployed from this folder."""
    return Path(".chalice/deployed") / f"{stage.name}.json"


def recorded(stage: Stage) -> AccountAndRegion | None:
    """Read from Chalice's record where the stage's functions are; None where nothing was deployed from here."""
    try:
        resources = json.loads(record(stage).read_text("utf-8"))["resources"]
    except FileNotFoundError:
        return None
    arns = [each["lambda_arn"] for each in resources if each["resource_type"] == "lambda_function"]
    return _place(arns[0]) if arns else None


def found(stage: Stage, region: str, partition: str) -> AccountAndRegion | None:
    """Look for the functions of a stage that was deployed from elsewhere, in `region` first.

    Other regions are asked only where the account has the functions' roles, which are global, and `region` has
    no function: a stage that is nowhere costs two calls.
    """
    name = stage.function(stage.functions[0])
    here = _function(name, region)
    if here or not _role_exists(name):
        return here
    others = (other for other in regions("lambda", partition) if other != region)
    return next(filter(None, (_function_where_opened(name, other) for other in others)), None)


def function_exists(functions: Any, name: str) -> bool:
    """Ask Lambda whether there is a function of this name."""
    return _configuration(functions, name) is not None


def code_digest(functions: Any, name: str) -> str:
    """Lambda's digest of the zip that a function runs; empty where there is no function."""
    return str((_configuration(functions, name) or {}).get("CodeSha256", ""))


def _configuration(functions: Any, name: str) -> dict[str, Any] | None:
    try:
        return dict(functions.get_function_configuration(FunctionName=name))
    except functions.exceptions.ResourceNotFoundException:
        return None


def _function_where_opened(name: str, region: str) -> AccountAndRegion | None:
    try:
        return _function(name, region)
    except (ClientError, EndpointConnectionError):
        return None  # a region that the account has not opened: nothing of ours can be there


def _function(name: str, region: str) -> AccountAndRegion | None:
    configuration = _configuration(client("lambda", region), name)
    return _place(configuration["FunctionArn"]) if configuration else None


def _role_exists(name: str) -> bool:
    iam = client("iam")
    try:
        iam.get_role(RoleName=name)
    except iam.exceptions.NoSuchEntityException:
        return False
    return True


def _place(arn: str) -> AccountAndRegion:
    _, _, _, region, account, *_ = arn.split(":")
    return account, region
