"""Who acts, by the name that the account's owner gave, and what a caller named the session."""

from typing import Any

import pytest

from chalicelib.finding.model import Thing, Things
from tests.finding.members.common import HERE, THERE, acting, listed, named


def key(user_type: str, name: str = "", principal_id: str = "") -> dict[str, Any]:
    return {"accessKeyDetails": {"userType": user_type, "userName": name, "principalId": principal_id}}


def kubernetes(**members: Any) -> dict[str, Any]:
    return {"kubernetesDetails": {"kubernetesUserDetails": members}}


def role(name: str, account: str = HERE) -> Thing:
    session = f"arn:aws:sts::{account}:assumed-role/{name}"
    return (name, f"arn:aws:iam::{account}:role/{name}", session, f"{session}/")


ALICE = ("alice", f"arn:aws:iam::{HERE}:user/alice")
SESSION = f"arn:aws:sts::{HERE}:assumed-role/Admin"


@pytest.mark.parametrize(
    ("resource", "things"),
    [
        pytest.param(key("IAMUser", "alice"), (ALICE,), id="user"),
        pytest.param(key("AssumedRole", "Deploy", "AROA1:admin"), (role("Deploy"),), id="role-without-its-session"),
        pytest.param(key("Role", "Deploy"), (role("Deploy"),), id="role"),
        pytest.param(key("Root", "anything"), (("root", f"arn:aws:iam::{HERE}:root"),), id="root"),
        pytest.param(key("IAMUser", "root"), ((f"arn:aws:iam::{HERE}:user/root",),), id="a-user-named-root"),
        pytest.param(key("AWSService", "ec2.amazonaws.com"), (("ec2.amazonaws.com",),), id="service"),
        *(
            pytest.param(key(user_type, "alice", f"{HERE}:alice"), ((),), id=user_type or "no-type")
            for user_type in ("FederatedUser", "SAMLUser", "WebIdentityUser", "AWSAccount", "Anonymous", "")
        ),
        pytest.param(key("AssumedRole", f"{SESSION}/alice"), ((),), id="a-sessions-arn-is-no-name"),
        pytest.param(kubernetes(username="ops"), (("ops",),), id="kubernetes"),
        pytest.param(kubernetes(username="sso:argocd", sessionName=["argocd"]), ((),), id="made-of-the-session"),
        pytest.param(
            kubernetes(username=f"{SESSION}/me", sessionName=["me"]), ((SESSION, f"{SESSION}/"),), id="kubernetes-role"
        ),
        pytest.param(
            key("IAMUser", "alice") | kubernetes(username="ops"), ((*ALICE, "ops"),), id="two-names-of-one-caller"
        ),
        pytest.param(
            key("IAMUser", "alice") | kubernetes(username="me", sessionName=["me"]), (ALICE, ()), id="unnamed-beside"
        ),
        pytest.param(
            kubernetes(username="ops", impersonatedUser={"username": "admin"}), (("ops",), ("admin",)),
            id="impersonated",
        ),
        pytest.param({"rdsDbUserDetails": {"user": "alice"}}, ((),), id="whoever-logs-in"),
    ],
)  # fmt: skip
def test_the_principals_of_a_finding(resource: dict[str, Any], things: Things) -> None:
    assert named("principal", resource) == things


def test_a_caller_of_another_account_has_that_accounts_arns() -> None:
    action = acting("awsApiCallAction", remoteAccountDetails={"accountId": THERE})
    assert named("principal", key("Role", "Deploy"), action) == (role("Deploy", THERE),)


def test_whoever_tries_to_log_in_to_a_database_is_nobody_that_a_rule_knows() -> None:
    action = acting("rdsLoginAttemptAction", LoginAttributes=[{"user": "alice"}, {"user": "bob"}])
    assert named("principal", {}, action) == ((), ())


def user(name: str, user_type: str, uid: str = "AIDA1") -> dict[str, Any]:
    return {"user": {"name": name, "type": user_type, "uid": uid, "account": {"uid": THERE}}}


@pytest.mark.parametrize(
    ("actor", "thing"),
    [
        pytest.param(user("Deploy", "AssumedRole", "AROA1:me"), role("Deploy", THERE), id="role"),
        pytest.param(user("me", "AssumedRole", "AROA1:me"), (), id="named-by-the-session"),
        pytest.param(user("alice", "FederatedUser"), (), id="federated"),
        pytest.param(user("alice", ""), (), id="no-type"),
    ],
)
def test_the_principals_of_a_sequence(actor: dict[str, Any], thing: Thing) -> None:
    assert named("principal", actors=[actor]) == (thing,)


def test_each_access_key_of_a_sequence_is_a_principal() -> None:
    keys = [
        listed("ACCESS_KEY", "AKIA1", userName="alice", userType="IAMUser"),
        listed("ACCESS_KEY", "AKIA2"),
    ]
    assert named("principal", resources=keys) == (ALICE, ())


@pytest.mark.parametrize(
    ("resource", "things"),
    [
        pytest.param(key("AssumedRole", "Deploy", "AROA1:me"), (("me",),), id="role"),
        pytest.param(key("FederatedUser", "me", f"{HERE}:me"), (("me",),), id="federated"),
        pytest.param(key("IAMUser", "alice", "AIDA1"), ((),), id="user-without-a-session"),
        pytest.param(
            kubernetes(username="ops", sessionName=["a", "b"]), (("a",), ("b",)), id="each-of-kubernetes"
        ),
        pytest.param(kubernetes(username="ops"), ((),), id="kubernetes-without-a-session"),
        pytest.param({}, (), id="nobody"),
    ],
)
def test_session_names(resource: dict[str, Any], things: Things) -> None:
    assert named("session_name", resource) == things


def test_the_session_names_of_a_sequence() -> None:
    keys = [listed("ACCESS_KEY", "ASIA1", principalId="AROA1:me"), listed("ACCESS_KEY", "AROA2:you")]
    actors = [
        user("Deploy", "AssumedRole", "AROA1:they"),
        user("f", "FederatedUser"),
        user("alice", "IAMUser"),
    ]
    assert named("session_name", actors=actors, resources=keys) == (("they",), ("f",), (), ("me",), ("you",))
