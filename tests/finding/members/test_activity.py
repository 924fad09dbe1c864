"""Every API that a finding names, and the program of its process."""

import json
from typing import Any

import pytest

from chalicelib.finding.model import Things
from tests.finding.members.common import acting, named

CREATE = ("CreateAccessKey", "iam:CreateAccessKey")
DENIED = (*CREATE, *(f"{name}/AccessDenied" for name in CREATE))


def call(**members: Any) -> dict[str, Any]:
    return acting("awsApiCallAction", api="CreateAccessKey", serviceName="iam.amazonaws.com", **members)


def anomalies(said: object) -> dict[str, Any]:
    return {"additionalInfo": {"anomalies": {"anomalousAPIs": said}}}


IN_A_STRING = json.dumps({"anomalies": {"anomalousAPIs": ["iam.amazonaws.com:[ListUsers]"]}})
LIST = ("ListUsers", "iam:ListUsers")


@pytest.mark.parametrize(
    ("service", "things"),
    [
        pytest.param(call(), (CREATE,), id="call"),
        pytest.param(call(errorCode="AccessDenied"), (DENIED,), id="call-that-failed"),
        pytest.param(acting("awsApiCallAction", serviceName="iam.amazonaws.com"), ((),), id="no-api"),
        pytest.param(acting("kubernetesApiCallAction", verb="create", resource="pods"), (("create:pods",),), id="verb"),
        pytest.param(acting("kubernetesApiCallAction", verb="create", resource="pods", subresource="exec"),
                     (("create:pods/exec",),), id="subresource"),
        pytest.param(acting("kubernetesApiCallAction", requestUri="/api"), ((),), id="no-verb"),
        pytest.param(
            anomalies("iam.amazonaws.com:[ListUsers:success , CreateAccessKey:AccessDenied]"
                      ", s3.amazonaws.com:[PutAcl]"),
            (LIST, DENIED, ("PutAcl", "s3:PutAcl")), id="anomalous",
        ),
        pytest.param({"additionalInfo": {"value": IN_A_STRING}},
                     (LIST,), id="anomalous-in-a-string"),
        pytest.param({"additionalInfo": {"unusualBehavior": {"unusualAPIsAccountProfiling": "ListUsers"}}},
                     (("ListUsers",),), id="unusual"),
        pytest.param(anomalies("something new (2 APIs)"), ((),), id="what-reads-otherwise"),
        pytest.param(anomalies("iam.amazonaws.com:[ListUsers] and more"), (LIST, ()), id="and-something-else"),
        pytest.param({"additionalInfo": {"anomalies": {"other": "ListUsers"}}}, (), id="no-api-among-the-anomalies"),
    ],
)  # fmt: skip
def test_apis(service: dict[str, Any], things: Things) -> None:
    assert named("api", {}, service) == things


def test_every_api_counts_that_an_anomaly_names() -> None:
    service = call() | anomalies("iam.amazonaws.com:[ListUsers]")
    assert named("api", {}, service) == (CREATE, LIST)


def test_apis_of_a_sequence() -> None:
    api = {"operation": "CreateAccessKey", "service": "iam.amazonaws.com", "error": "AccessDenied"}
    assert named("api", signals=[{"activities": [{"api": api}, {"api": {"service": "x"}}]}]) == (DENIED, ())


OWN = {"executablePath": "/bin/sh", "executableSha256": "AB", "lineage": [{"executablePath": "/sbin/init"}]}
BESIDE = {"executablePath": "/bin/other", "executableSha256": "cd"}


@pytest.mark.parametrize(("condition", "name"), [("process_path", "/bin/sh"), ("process_hash", "ab")])
def test_the_process_and_none_around_it(condition: str, name: str) -> None:
    runtime = {"process": OWN, "context": {"modifyingProcess": BESIDE, "targetProcess": BESIDE}}
    assert named(condition, {}, {"runtimeDetails": runtime}) == ((name,),)
    assert named(condition, {}, {"runtimeDetails": {"process": {"name": "sh"}}}) == ((),)
    assert named(condition, {}, {"runtimeDetails": {"context": {"modifyingProcess": BESIDE}}}) == ()


@pytest.mark.parametrize(("condition", "name"), [("process_path", "/bin/sh"), ("process_hash", "ab")])
def test_the_process_of_each_actor_of_a_sequence(condition: str, name: str) -> None:
    actors = [{"process": {"path": "/bin/sh", "sha256": "AB"}}, {"user": {"name": "alice"}}]
    assert named(condition, actors=actors) == ((name,), ())
