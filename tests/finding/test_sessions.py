"""Names that a caller chose are left out of what rules are compared with, and nobody is left out with them."""

from typing import Any

import pytest

from chalicelib.finding.event import parse
from chalicelib.finding.model import Finding
from chalicelib.finding.sessions import without_session
from tests.machine import event

ROLE = "AROACKCEVSQ6C2EXAMPLE"
ARN = "arn:aws:sts::111122223333:assumed-role/Admin"


@pytest.mark.parametrize(
    ("name", "left"),
    [
        pytest.param("Deploy", ["Deploy"], id="name"),
        pytest.param(f"{ROLE}:any", [ROLE], id="principal-id"),
        pytest.param("111122223333:any", ["111122223333"], id="federated"),
        pytest.param(f"{ARN}/any", [ARN, f"{ARN}/"], id="session"),
        pytest.param("arn:aws-cn:sts::1:federated-user/any",
                     ["arn:aws-cn:sts::1:federated-user", "arn:aws-cn:sts::1:federated-user/"], id="federated-arn"),
        pytest.param("arn:aws:iam::111122223333:user/ops/alice", ["arn:aws:iam::111122223333:user/ops/alice"],
                     id="user"),
        pytest.param("system:serviceaccount:ops:argocd", ["system:serviceaccount:ops:argocd"], id="kubernetes"),
        pytest.param("EXAMPLECOMPANY:jane", ["EXAMPLECOMPANY:jane"], id="prefix-of-a-company"),
        pytest.param("", [""], id="nothing"),
    ],
)  # fmt: skip
def test_what_is_left_of_a_name(name: str, left: list[str]) -> None:
    assert without_session(name) == left


def with_resource(**resource: Any) -> Finding:
    return parse(event(resource={"resourceType": "AccessKey"} | resource))


def ids(finding: Finding) -> list[tuple[str, ...]]:
    return [resource.ids for resource in finding.resources]


@pytest.mark.parametrize(
    ("key", "names"),
    [
        pytest.param({"principalId": f"{ROLE}:any"}, (ROLE,), id="role-without-a-name"),
        pytest.param(
            {"userType": "AssumedRole", "userName": "any", "principalId": f"{ROLE}:any"},
            ("any", ROLE),
            id="role-and-session-alike",
        ),
        pytest.param(
            {"userType": "FederatedUser", "userName": "any", "principalId": "111122223333:any"},
            ("111122223333",),
            id="federated",
        ),
        pytest.param({"userType": "FederatedUser", "userName": "any"}, ("—",), id="federated-by-name-alone"),
        pytest.param({"principalId": ":any"}, ("—",), id="session-alone"),
    ],
)
def test_an_access_key(key: dict[str, str], names: tuple[str, ...]) -> None:
    finding = with_resource(accessKeyDetails=key)
    assert ids(finding) == [names]


@pytest.mark.parametrize(
    ("user", "names"),
    [
        pytest.param({"username": "ops", "sessionName": ["any"]}, ("ops",), id="named"),
        pytest.param({"username": "any", "uid": "u", "sessionName": ["any"]}, ("u",), id="the-session"),
        pytest.param({"username": "sso:any", "sessionName": ["any"]}, ("—",), id="made-of-the-session"),
        pytest.param({"sessionName": ["any"]}, ("—",), id="session-alone"),
        pytest.param(
            {"username": f"{ARN}/Admin", "sessionName": ["Admin"]},
            (ARN, f"{ARN}/"),
            id="session-like-the-role",
        ),
        pytest.param({"username": "ops", "uid": "any-1", "sessionName": ["any"]}, ("ops", "any-1"), id="uid"),
    ],
)
def test_a_kubernetes_user(user: dict[str, Any], names: tuple[str, ...]) -> None:
    finding = with_resource(kubernetesDetails={"kubernetesUserDetails": user})
    assert ids(finding) == [names]


def test_who_is_not_there_is_nobody() -> None:
    finding = with_resource(accessKeyDetails={}, kubernetesDetails={"kubernetesUserDetails": {}})
    assert finding.resources == ()


def test_a_kind_that_is_not_known_yet() -> None:
    task = {
        "taskName": "nightly",
        "roleSessionName": "any",
        "principalId": "idp.example:any",
        "callerArn": f"{ARN}/any",
    }
    assert ids(with_resource(quantumTaskDetails=task)) == [
        ("nightly", "idp.example", "Admin", ARN, f"{ARN}/")
    ]
    assert ids(with_resource(quantumTaskDetails={"roleSessionName": "any"})) == [("—",)]


def in_sequence(resource: dict[str, Any], **user: str) -> Finding:
    made = event("attack-sequence")
    steps = made["detail"]["service"]["detection"]["sequence"]
    steps["actors"] = [{"user": user}]
    steps["resources"] = [{"resourceType": "ACCESS_KEY"} | resource]
    return parse(made)


@pytest.mark.parametrize(
    ("resource", "names"),
    [
        pytest.param(
            {"uid": "ASIAEXAMPLE", "name": "any", "data": {"accessKey": {"principalId": f"{ROLE}:any"}}},
            ("ASIAEXAMPLE", ROLE),
            id="named-by-the-session",
        ),
        pytest.param(
            {
                "uid": "ASIAEXAMPLE",
                "name": "any",
                "data": {"accessKey": {"principalId": f"{ROLE}:any", "userName": "any"}},
            },
            ("ASIAEXAMPLE", "any", ROLE),
            id="role-and-session-alike",
        ),
        pytest.param(
            {
                "uid": "ASIAEXAMPLE",
                "name": "any",
                "data": {"accessKey": {"userType": "FederatedUser", "userName": "any"}},
            },
            ("ASIAEXAMPLE",),
            id="federated",
        ),
        pytest.param({"uid": f"{ROLE}:any", "name": "any"}, (ROLE,), id="uid-with-the-session"),
    ],
)
def test_an_access_key_of_a_sequence(resource: dict[str, Any], names: tuple[str, ...]) -> None:
    finding = in_sequence(resource, name="alice")
    assert ids(finding) == [names]


@pytest.mark.parametrize(
    ("name", "names"),
    [
        pytest.param("of-the-owner", ("of-the-owner", ARN, "Admin"), id="another-name"),
        pytest.param("any", ("Admin", ARN), id="named-by-the-session"),
    ],
)
def test_a_session_by_arn_among_a_sequences_resources(name: str, names: tuple[str, ...]) -> None:
    assert ids(in_sequence({"uid": f"{ARN}/any", "name": name}, name="alice")) == [names]


SSO = "AWSReservedSSO_AdministratorAccess_0123456789abcdef"


@pytest.mark.parametrize(
    ("resource", "person"),
    [
        pytest.param({"accessKeyDetails": {"userName": "Deploy", "principalId": f"{ROLE}:jane"}}, "jane", id="role"),
        pytest.param({"accessKeyDetails": {"userName": SSO, "userType": "AssumedRole",
                      "principalId": "AROAEXAMPLE:jane@example.com"}}, "jane@example.com", id="identity-center"),
        pytest.param({"accessKeyDetails": {"userName": f"{ARN}/jane"}}, "jane", id="arn"),
        pytest.param({"accessKeyDetails": {"userName": "jane", "userType": "FederatedUser"}}, "jane", id="federated"),
        pytest.param({"accessKeyDetails": {"userName": "jane", "userType": "SAMLUser"}}, "jane", id="saml"),
        pytest.param({"accessKeyDetails": {"userName": "alice", "userType": "IAMUser",
                      "principalId": "AIDAEXAMPLE"}}, "", id="user"),
        pytest.param({"accessKeyDetails": {"userName": "Root", "userType": "Root",
                      "principalId": "111122223333"}}, "", id="root"),
        pytest.param({"kubernetesDetails": {"kubernetesUserDetails":
                      {"username": "admin", "sessionName": ["jane"]}}}, "jane", id="kubernetes-session"),
        pytest.param({"kubernetesDetails": {"kubernetesUserDetails": {"username": f"{ARN}/jane"}}}, "jane",
                     id="kubernetes-arn"),
        pytest.param({"kubernetesDetails": {"kubernetesUserDetails":
                      {"username": "admin", "impersonatedUser": {"username": "jane"}}}}, "jane", id="impersonated"),
        pytest.param({"kubernetesDetails": {"kubernetesUserDetails":
                      {"username": "system:serviceaccount:ops:argocd"}}}, "", id="service-account"),
    ],
)  # fmt: skip
def test_the_person_behind(resource: dict[str, Any], person: str) -> None:
    (who,) = with_resource(**resource).resources
    assert who.person == person


@pytest.mark.parametrize(
    ("resource", "person"),
    [
        pytest.param({"uid": "ASIAEXAMPLE", "data": {"accessKey": {"principalId": f"{ROLE}:jane"}}}, "jane", id="id"),
        pytest.param({"uid": f"{ROLE}:jane", "data": {"accessKey": {"userName": "Deploy"}}}, "jane", id="uid"),
        pytest.param({"uid": "AKIAEXAMPLE", "data": {"accessKey": {"userName": "alice"}}}, "", id="user"),
    ],
)  # fmt: skip
def test_the_person_behind_a_key_of_a_sequence(resource: dict[str, Any], person: str) -> None:
    (who,) = in_sequence(resource, name="alice").resources
    assert who.person == person
