"""A rule hides what its author meant: nobody who chooses a name can slip under it, and wide rules are refused."""

from collections.abc import Iterator, Mapping

import pytest

from tests.machine import Event, event
from tests.promises.trials import WHY, Rule, Trials, a_finding, a_rule, trials


@pytest.fixture(scope="module")
def trial() -> Iterator[Trials]:
    with trials() as made:
        yield made


# --- whoever assumes a role chooses the session's name -----------------------------------------------------

INSTANCE = "i-0a1b2c3d4e5f60718"
ROLE_ID, OTHER_ROLE_ID = "AROACKCEVSQ6C2EXAMPLE", "AROAZZZZZZZZZZZZZZZZZ"


def by_role(role: str, session: str, role_id: str = OTHER_ROLE_ID) -> Event:
    """A High finding of what a role's session did with an access key."""
    key = {"accessKeyId": "ASIAEXAMPLE", "userType": "AssumedRole", "userName": role}
    return a_finding(
        "iam-user-tor",
        {"resource.accessKeyDetails": key | {"principalId": f"{role_id}:{session}"}},
        severity=8,
    )


def on_bucket(bucket: str, key: Mapping[str, str]) -> Event:
    """A High finding of what somebody did in one bucket."""
    changes = {
        "resource.accessKeyDetails": dict(key),
        "resource.s3BucketDetails.0.name": bucket,
        "resource.s3BucketDetails.0.arn": f"arn:aws:s3:::{bucket}",
    }
    return a_finding("s3-bucket-public", changes, severity=8)


def in_cluster(username: str, sessions: list[str]) -> Event:
    """A finding of what a Kubernetes user did who came as a role's session."""
    user = {
        "username": username,
        "uid": f"aws-iam-authenticator:111122223333:{OTHER_ROLE_ID}",
        "groups": ["ops"],
        "sessionName": sessions,
    }
    return without_key(
        a_finding("eks-role-binding", {"resource.kubernetesDetails.kubernetesUserDetails": user})
    )


def without_key(made: Event) -> Event:
    del made["detail"]["resource"]["accessKeyDetails"]
    return made


def in_sequence(actor: dict[str, str], *access_keys: dict[str, object]) -> Event:
    """An attack sequence of one actor, and these access keys."""
    made = a_finding("attack-sequence")
    sequence = made["detail"]["service"]["detection"]["sequence"]
    sequence["actors"] = [{"id": "actor-1", "user": actor}]
    usual = {"accountId": "111122223333", "region": "eu-west-1", "resourceType": "ACCESS_KEY", "tags": []}
    sequence["resources"] = [usual | key for key in access_keys]
    return made


def sequence_by_role(session: str) -> Event:
    role = {"principalId": f"{OTHER_ROLE_ID}:{session}", "userName": "Admin", "userType": "AssumedRole"}
    return in_sequence(
        {"name": "Admin", "uid": f"{OTHER_ROLE_ID}:{session}", "type": "AssumedRole"},
        {"uid": "ASIAEXAMPLE", "name": "Admin", "data": {"accessKey": role}},
    )


def of_a_new_kind(session: str) -> Event:
    """A finding on a kind of resource that did not exist when this was written."""
    task = {
        "taskName": "nightly",
        "principalId": f"{OTHER_ROLE_ID}:{session}",
        "roleSessionName": session,
        "callerArn": f"arn:aws:sts::111122223333:assumed-role/Admin/{session}",
    }
    return a_finding("unknown-kind", {"resource.quantumTaskDetails": task})


FEDERATED = {
    "accessKeyId": "ASIAEXAMPLE",
    "userType": "FederatedUser",
    "userName": "ci-deployer",
    "principalId": "111122223333:ci-deployer",
}
EKS_ROLE = "arn:aws:sts::111122223333:assumed-role/Admin"
SESSION_CHOSEN = [
    # what somebody did under a session's name of their choice, and the rule that means something else of that name
    pytest.param(by_role("Admin", "ci-deployer"), {"principal": "ci-deployer"}, id="a-role"),
    pytest.param(by_role("Admin", "ci-deployer"), {"principal": "*:ci-deployer"}, id="whoever-has-it"),
    pytest.param(by_role("Admin", "ci-deployer"), {"principal": "ci-*"}, id="roles-that-begin-alike"),
    pytest.param(by_role("Admin", ROLE_ID), {"principal": ROLE_ID}, id="a-roles-id"),
    pytest.param(by_role("Admin", "ci-deployer"), {"resource_id": "ci-deployer"}, id="a-role-as-resource"),
    pytest.param(by_role("Admin", INSTANCE), {"resource_id": INSTANCE}, id="an-instance"),
    pytest.param(
        on_bucket(
            "customer-secrets", by_role("Admin", "example-invoices")["detail"]["resource"]["accessKeyDetails"]
        ),
        {"resource_id": "example-invoices"},
        id="a-bucket",
    ),
    pytest.param(on_bucket("customer-secrets", FEDERATED), {"principal": "ci-deployer"}, id="federated"),
    pytest.param(in_cluster("ops", ["argocd"]), {"principal": "argocd"}, id="kubernetes"),
    pytest.param(in_cluster("ops", ["argocd"]), {"resource_id": "argocd"}, id="kubernetes-as-resource"),
    pytest.param(in_cluster("argocd", ["argocd"]), {"principal": "argocd"}, id="username-from-the-session"),
    pytest.param(
        in_cluster("sso:argocd", ["argocd"]), {"principal": "sso:argocd"}, id="username-around-the-session"
    ),
    pytest.param(
        in_cluster(f"{EKS_ROLE}/argocd", ["argocd"]), {"principal": "*/argocd"}, id="username-of-the-session"
    ),
    pytest.param(
        in_cluster(f"{EKS_ROLE}/argocd", []), {"principal": f"{EKS_ROLE}/argocd"}, id="arn-of-the-session"
    ),
    pytest.param(
        sequence_by_role("ci-deployer"), {"principal": "*ci-deployer", "max_severity": 10}, id="sequence"
    ),
    pytest.param(
        sequence_by_role(INSTANCE), {"resource_id": INSTANCE, "max_severity": 10}, id="sequence-as-resource"
    ),
    pytest.param(
        in_sequence({"name": f"{EKS_ROLE}/ci-deployer", "uid": "ASIAEXAMPLE"}),
        {"principal": "*/ci-deployer", "max_severity": 10},
        id="sequence-by-arn",
    ),
    pytest.param(of_a_new_kind("ci-deployer"), {"resource_id": "*ci-deployer"}, id="a-kind-unknown-so-far"),
]


@pytest.mark.parametrize(("made", "conditions"), SESSION_CHOSEN)
def test_a_session_named_like_something_else_is_not_hidden_by_that_things_rule(
    trial: Trials, made: Event, conditions: Rule
) -> None:
    assert not trial.hidden(made, a_rule(made, **conditions))


@pytest.mark.parametrize(
    ("made", "conditions"),
    [
        pytest.param(by_role("Deploy", "any", ROLE_ID), {"principal": "Deploy"}, id="name"),
        pytest.param(by_role("Deploy", "any", ROLE_ID), {"resource_id": "ASIAEXAMPLE"}, id="access-key"),
        pytest.param(by_role("Deploy", "any", ROLE_ID), {"resource_id": ROLE_ID}, id="id-as-resource"),
        pytest.param(by_role("Deploy", "Deploy", ROLE_ID), {"principal": "Deploy"}, id="session-named-alike"),
        pytest.param(in_cluster("ops", ["argocd"]), {"principal": "ops"}, id="kubernetes-user"),
        pytest.param(
            in_cluster(f"{EKS_ROLE}/argocd", ["argocd"]), {"principal": f"{EKS_ROLE}/*"}, id="kubernetes-role"
        ),
        pytest.param(sequence_by_role("any"), {"principal": "Admin", "max_severity": 10}, id="sequence"),
    ],
)
def test_a_roles_rule_hides_it_whatever_its_session_is_called(
    trial: Trials, made: Event, conditions: Rule
) -> None:
    assert trial.hidden(made, a_rule(made, **conditions))


def test_a_session_leaves_a_caller_without_a_name_of_its_own_unhidden(trial: Trials) -> None:
    """Who is known by nothing but a session's name still counts: a rule for the other caller does not hide both."""
    user = {"username": "argocd", "sessionName": ["argocd"], "groups": []}
    made = a_finding("eks-role-binding", {"resource.kubernetesDetails.kubernetesUserDetails": user})
    assert not trial.hidden(made, a_rule(made, principal="Deploy"))


# --- names that owners choose match nothing but their own kind ----------------------------------------------

CONTAINER = {
    "id": "containerd://ffff",
    "name": "miner",
    "image": "example.com/miner:1",
    "imageUid": "sha256:ff",
}
WORKLOAD = {"name": "miner", "type": "pods", "uid": "another-uid", "namespace": "default", "containers": []}


def in_container(container: Mapping[str, str] = {}, workload: Mapping[str, str] = {}) -> Event:
    """A reverse shell in a container of another cluster, on another instance."""
    changes: dict[str, object] = {
        "resource.instanceDetails.instanceId": "i-0eeeeeeeeeeeeeeee",
        "resource.eksClusterDetails.name": "staging",
        "resource.eksClusterDetails.arn": "arn:aws:eks:eu-west-1:111122223333:cluster/staging",
        "resource.containerDetails": {**CONTAINER, **container},
        "resource.kubernetesDetails.kubernetesWorkloadDetails": {**WORKLOAD, **workload},
    }
    return a_finding("runtime-container", changes)


def by_user(user: str) -> Mapping[str, str]:
    return {
        "accessKeyId": "AKIAEXAMPLE",
        "principalId": "AIDAEXAMPLE",
        "userType": "IAMUser",
        "userName": user,
    }


@pytest.mark.parametrize(
    ("made", "meant"),
    [
        pytest.param(in_container({"name": "payments-prod"}), "payments-prod", id="container-like-a-cluster"),
        pytest.param(in_container({"image": "payments-prod"}), "payments-prod", id="image-like-a-cluster"),
        pytest.param(
            in_container(workload={"name": "payments-prod"}), "payments-prod", id="workload-like-a-cluster"
        ),
        pytest.param(in_container({"name": INSTANCE}), INSTANCE, id="container-like-an-instance"),
        pytest.param(in_container({"image": INSTANCE}), INSTANCE, id="image-like-an-instance"),
        pytest.param(in_container(workload={"name": INSTANCE}), INSTANCE, id="workload-like-an-instance"),
        pytest.param(on_bucket("customer-secrets", by_user(INSTANCE)), INSTANCE, id="user-like-an-instance"),
        pytest.param(
            on_bucket("customer-secrets", by_user("example-invoices")),
            "example-invoices",
            id="user-like-a-bucket",
        ),
    ],
)
def test_a_thing_named_like_another_is_not_hidden_by_the_others_rule(
    trial: Trials, made: Event, meant: str
) -> None:
    assert not trial.hidden(made, a_rule(made, resource_id=meant))


@pytest.mark.parametrize(
    ("tags", "instance", "hides"),
    [
        pytest.param([], INSTANCE, True, id="the-instance"),
        pytest.param([], "i-0eeeeeeeeeeeeeeee", False, id="another"),
        pytest.param([{"key": "Name", "value": INSTANCE}], "i-0eeeeeeeeeeeeeeee", False, id="named-by-tag"),
    ],
)
def test_an_instances_rule_hides_that_instance(
    trial: Trials, tags: list[object], instance: str, hides: bool
) -> None:
    changes = {"resource.instanceDetails.instanceId": instance, "resource.instanceDetails.tags": tags}
    made = a_finding("example", changes)
    assert trial.hidden(made, a_rule(made, resource_id=INSTANCE)) is hides


# --- a rule for every type must be held by something narrow --------------------------------------------------

INSTANCE_FINDING, USER_FINDING, BUCKET_FINDING = "example", "iam-user-anomaly", "s3-bucket-public"


def wide(**conditions: object) -> Rule:
    return {"finding_type": "*", "rule": "wide", "reason": WHY} | conditions


def refused(trial: Trials, name: str, rule: Rule) -> bool:
    """Whether a rule is not applied, and the execution names it as faulty."""
    outcome = trial.run(event(name), rule)
    named = [fault["rule"] for fault in outcome.output["verdict"]["faulty"]]
    return outcome.end == "Notified" and named == [rule["rule"]]


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        pytest.param(INSTANCE_FINDING, wide(account_id="1*"), id="accounts-that-begin-alike"),
        pytest.param(
            INSTANCE_FINDING,
            wide(account_id=[f"{digit}*" for digit in range(10)]),
            id="accounts-by-first-digit",
        ),
        pytest.param(INSTANCE_FINDING, wide(account_id=["111122223333", "1*"]), id="one-wide-value-of-two"),
        pytest.param(INSTANCE_FINDING, wide(ou_path="o-*"), id="the-whole-organisation"),
        pytest.param(INSTANCE_FINDING, wide(ou_path="*/r-*"), id="every-organisations-root"),
        pytest.param(INSTANCE_FINDING, wide(region="eu-west-1"), id="one-region"),
        pytest.param(INSTANCE_FINDING, wide(region=["eu-*", "us-*", "ap-*"]), id="regions-by-continent"),
        pytest.param(INSTANCE_FINDING, wide(resource_id="arn:*"), id="whatever-has-an-arn"),
        pytest.param(INSTANCE_FINDING, wide(resource_id="i-*"), id="every-instance"),
        pytest.param(INSTANCE_FINDING, wide(resource_id="*a*"), id="a-letter-of-any-id"),
        pytest.param(INSTANCE_FINDING, wide(actor_ip="128.0.0.0/1"), id="half-of-all-addresses"),
        pytest.param(
            INSTANCE_FINDING, wide(actor_ip=["0.0.0.0/1", "128.0.0.0/1"]), id="all-addresses-in-halves"
        ),
        pytest.param(INSTANCE_FINDING, wide(finding_type="*:EC2/*"), id="all-of-a-service"),
        pytest.param(USER_FINDING, wide(principal="alice"), id="a-name-that-anybody-gives-a-user"),
        pytest.param(USER_FINDING, wide(principal="a*"), id="users-that-begin-alike"),
        pytest.param(
            BUCKET_FINDING, wide(resource_id="example-invoices"), id="a-name-anybody-gives-a-bucket"
        ),
        pytest.param("ec2-dns-request", wide(domain="*.example.com"), id="a-domain-of-strangers"),
    ],
)
def test_a_rule_for_everything_that_too_little_holds_is_refused(trial: Trials, name: str, rule: Rule) -> None:
    assert refused(trial, name, rule)


@pytest.mark.parametrize(
    "rule",
    [
        pytest.param(wide(), id="nothing"),
        pytest.param(wide(account_id="*"), id="any-account"),
        pytest.param(wide(account_id="????????????"), id="any-twelve-digits"),
        pytest.param(wide(account_id="[0-9]*"), id="any-digit-first"),
        pytest.param(wide(actor_ip="0.0.0.0/0"), id="any-address"),
        pytest.param(wide(tag="Team=payments"), id="a-tag"),
        pytest.param(wide(account_name="payments-*"), id="an-accounts-name"),
    ],
)
def test_a_rule_for_everything_that_nothing_holds_is_refused(trial: Trials, rule: Rule) -> None:
    assert refused(trial, INSTANCE_FINDING, rule)


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        pytest.param(INSTANCE_FINDING, wide(account_id="111122223333"), id="one-account"),
        pytest.param(INSTANCE_FINDING, wide(resource_id=INSTANCE), id="one-instance"),
        pytest.param(INSTANCE_FINDING, wide(actor_ip="198.51.100.0/24"), id="a-small-network"),
        pytest.param(
            USER_FINDING, wide(principal="alice", max_severity=6.9, expires_at="2199-12-31"), id="with-bounds"
        ),
    ],
)
def test_a_rule_for_everything_is_applied_where_something_narrow_holds_it(
    trial: Trials, name: str, rule: Rule
) -> None:
    assert trial.hidden(event(name), rule)
