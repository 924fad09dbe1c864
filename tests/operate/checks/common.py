"""A stage on a local AWS, in which a check finds what its test has put there."""

from contextlib import suppress
from dataclasses import replace
from typing import Any

from statemachine import session
from statemachine.deploy import stack
from statemachine.operate.checks import StagePlace

ACCOUNT = "123456789012"  # moto's own
REGION = "eu-west-1"


def place(**settings: str) -> StagePlace:
    stage = stack.read_stage("dev")
    return StagePlace(replace(stage, settings={**stage.settings, **settings}), ACCOUNT, REGION, "aws")


def aws(service: str) -> Any:
    return session.client(service)


def role() -> str:
    return f"arn:aws:iam::{ACCOUNT}:role/any"


def put_function(name: str, code: bytes = b"x") -> str:
    with suppress(aws("iam").exceptions.EntityAlreadyExistsException):
        aws("iam").create_role(RoleName="any", AssumeRolePolicyDocument="{}")
    arn: str = aws("lambda").create_function(
        FunctionName=f"guardduty-notifier-dev-{name}", Runtime="python3.11", Role=role(), Handler="app.x",
        Code={"ZipFile": code},
    )["FunctionArn"]  # fmt: skip
    return arn
