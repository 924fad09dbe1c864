"""The functions' roles with their permissions boundary, made before Chalice, which would make them without one.

Chalice takes a role of its own naming as it finds it, writes the function's policy into it, and deletes it with the
function. Who deploys may make no other roles (``statemachine/policies/deployer.json``), and not the boundary itself.
"""

import json
from typing import Any

from botocore.exceptions import ClientError

from statemachine.deploy import policies
from statemachine.deploy.policies import BOUNDARY_NAME
from statemachine.deploy.stack import Stage
from statemachine.deploy.watch import say
from statemachine.session import WrongInput, client

_TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}
_FILE = "statemachine/policies/boundary.json"


def make(stage: Stage, account: str, partition: str) -> None:
    """Make the functions' roles, or put the boundary on them; nothing where the stage is to have none.

    Raises WrongInput where the boundary is missing, or is not what this version needs.
    """
    boundary = stage.parameters["PermissionsBoundary"]
    if not boundary:
        return
    iam = client("iam")
    arn = f"arn:{partition}:iam::{account}:policy/{boundary}"
    _require(iam, boundary, arn)
    changed = [each for each in map(stage.function, stage.functions) if _bind(iam, each, arn)]
    if changed:
        say(f"{len(changed)} roles of functions are now within the permissions boundary {boundary}.")


def delete(stage: Stage) -> None:
    """Delete the functions' roles that Chalice left, because it never saw them."""
    iam = client("iam")
    for role in map(stage.function, stage.functions):
        try:
            for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
                iam.delete_role_policy(RoleName=role, PolicyName=name)
            iam.delete_role(RoleName=role)
        except iam.exceptions.NoSuchEntityException:
            continue


def _bind(iam: Any, role: str, boundary: str) -> bool:
    """Make a role within the boundary, or put one that is there within it; False where it is already."""
    try:
        found = iam.get_role(RoleName=role)["Role"]
    except iam.exceptions.NoSuchEntityException:
        iam.create_role(
            RoleName=role, AssumeRolePolicyDocument=json.dumps(_TRUST), PermissionsBoundary=boundary
        )
        return True
    if found.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn") == boundary:
        return False
    iam.put_role_permissions_boundary(RoleName=role, PermissionsBoundary=boundary)
    return True


def _require(iam: Any, name: str, arn: str) -> None:
    """See that the boundary is there; ours is made where it is missing, by who may."""
    try:
        version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    except iam.exceptions.NoSuchEntityException:
        if name != BOUNDARY_NAME:
            raise WrongInput(
                f"There is no policy {name} in this account: PermissionsBoundary names it."
            ) from None
        _make(iam)
        return
    if name != BOUNDARY_NAME:
        return
    found = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
    if found != policies.boundary():
        raise WrongInput(
            f"The permissions boundary {name} is not what this version needs. Who may, runs: aws iam"
            f" create-policy-version --policy-arn {arn} --policy-document file://{_FILE} --set-as-default"
        )


def _make(iam: Any) -> None:
    try:
        made = iam.create_policy(
            PolicyName=BOUNDARY_NAME,
            PolicyDocument=json.dumps(policies.boundary()),
            Description="The most that a function or role of guardduty-notifier may do",
        )
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("AccessDenied", "AccessDeniedException"):
            raise
        raise WrongInput(
            f"The permissions boundary is missing, and who deploys may not make it. Who may, runs: aws iam"
            f" create-policy --policy-name {BOUNDARY_NAME} --policy-document file://{_FILE}"
        ) from None
    iam.get_waiter("policy_exists").wait(PolicyArn=made["Policy"]["Arn"])
    say(f"The permissions boundary {BOUNDARY_NAME} is made, once for all stages.")
