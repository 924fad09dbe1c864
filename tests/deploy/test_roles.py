"""The functions' roles: within the permissions boundary before Chalice comes, and after it where it came first."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from statemachine import session
from statemachine.deploy import policies, roles, stack
from statemachine.deploy.stack import Stage
from statemachine.session import WrongInput
from tests.deploy.common import FAKE

ACCOUNT = "123456789012"  # moto's own
ARN = f"arn:aws:iam::{ACCOUNT}:policy/{policies.BOUNDARY_NAME}"
DEV = stack.read_stage("dev")
ROLE = DEV.function("read-finding")


@pytest.fixture
def iam(fresh: pytest.MonkeyPatch) -> Iterator[Any]:
    for name, value in FAKE.items():
        fresh.setenv(name, value)
    with mock_aws():
        yield session.client("iam")


def bounded_by(name: str) -> Stage:
    return replace(DEV, parameters={**DEV.parameters, "PermissionsBoundary": name})


def make(stage: Stage = DEV) -> None:
    roles.make(stage, ACCOUNT, "aws")


def boundaries(iam: Any) -> dict[str, str]:
    found = [iam.get_role(RoleName=each["RoleName"])["Role"] for each in iam.list_roles()["Roles"]]
    return {
        role["RoleName"]: role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn", "")
        for role in found
    }


def test_the_roles_and_their_boundary_are_made_once(iam: Any, capsys: pytest.CaptureFixture[str]) -> None:
    make()
    assert boundaries(iam) == {DEV.function(name): ARN for name in DEV.functions}
    assert len(capsys.readouterr().out.splitlines()) == 2
    make()
    assert capsys.readouterr().out == ""


def test_a_role_that_chalice_made_is_put_within_the_boundary(iam: Any) -> None:
    iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument="{}")
    make()
    assert boundaries(iam)[ROLE] == ARN


def test_a_stage_may_go_without(iam: Any) -> None:
    make(bounded_by(""))
    assert (boundaries(iam), iam.list_policies(Scope="Local")["Policies"]) == ({}, [])


def test_a_boundary_of_their_own_has_to_be_there(iam: Any) -> None:
    with pytest.raises(WrongInput, match="There is no policy theirs"):
        make(bounded_by("theirs"))
    theirs = policies.boundary() | {"Statement": policies.boundary()["Statement"][:1]}
    iam.create_policy(PolicyName="theirs", PolicyDocument=json.dumps(theirs))
    make(bounded_by("theirs"))
    assert boundaries(iam)[ROLE].endswith("policy/theirs")


def test_a_boundary_of_another_version_makes_nothing(iam: Any) -> None:
    old = policies.boundary()
    old["Statement"].pop()
    iam.create_policy(PolicyName=policies.BOUNDARY_NAME, PolicyDocument=json.dumps(old))
    with pytest.raises(WrongInput, match=f"aws iam create-policy-version --policy-arn {ARN}"):
        make()
    assert boundaries(iam) == {}


def test_who_may_not_make_the_boundary_is_shown_the_command(iam: Any, fresh: pytest.MonkeyPatch) -> None:
    def denied(**_: object) -> None:
        raise ClientError({"Error": {"Code": "AccessDenied"}}, "CreatePolicy")

    fresh.setattr(iam, "create_policy", denied)
    fresh.setattr(roles, "client", lambda _: iam)
    with pytest.raises(WrongInput, match=f"aws iam create-policy --policy-name {policies.BOUNDARY_NAME}"):
        make()
    assert boundaries(iam) == {}


def test_roles_that_chalice_never_saw_are_deleted(iam: Any) -> None:
    make()
    iam.put_role_policy(RoleName=ROLE, PolicyName=ROLE, PolicyDocument=json.dumps(policies.boundary()))
    roles.delete(DEV)
    roles.delete(DEV)
    assert boundaries(iam) == {}
