"""Which resources belong to another of the same finding."""

import pytest

from chalicelib.finding.event import parse
from chalicelib.finding.model import Detail, Finding, Resource
from tests.finding.common import with_sequence
from tests.generate import Json, envelope, example, example_names


def facets(finding: Finding) -> list[str]:
    return [resource.kind for resource in finding.resources if resource.facet]


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        pytest.param("example", [], id="alone"),
        pytest.param("iam-user-anomaly", [], id="somebody"),
        pytest.param("ebs-malware", ["ebs_volume"] * 3, id="an-instances-volumes"),
        pytest.param("s3-bucket-public", ["access_key"], id="whose-key-it-was"),
        pytest.param("s3-buckets-exfiltration", ["access_key"], id="whose-key-it-was-beside-an-instance"),
        pytest.param("s3-object-malware", ["s3_bucket"], id="the-bucket-of-an-object"),
        pytest.param("eks-anonymous-access", ["kubernetes_user"], id="user-of-a-cluster"),
        pytest.param(
            "eks-role-binding", ["eks_cluster", "access_key", "kubernetes_user"], id="all-but-the-workload"
        ),
        pytest.param(
            "runtime-container", ["container", "ec2_instance", "eks_cluster"], id="around-a-workload"
        ),
        pytest.param("ecs-task-runtime", ["ecs_cluster"], id="cluster-of-a-task"),
        pytest.param("rds-login", ["rds_user"], id="user-of-a-database"),
        pytest.param("rds-limitless-login", ["rds_user"], id="user-of-a-limitless-database"),
        pytest.param("bedrock-guardrail", [], id="several-things"),
        pytest.param("unknown-kind", [], id="unknown"),
    ],
)
def test_of_each_kind(name: str, kinds: list[str]) -> None:
    assert facets(parse(example(name))) == kinds


def of(resource_type: str, finding_type: str = "A:B/C", **resource: Json) -> Finding:
    least = {"id": "1", "severity": 5, "accountId": "111122223333", "region": "eu-west-1"}
    return parse(
        envelope({**least, "type": finding_type, "resource": {"resourceType": resource_type, **resource}})
    )


KEY: Json = {"accessKeyDetails": {"accessKeyId": "AKIAIOSFODNN7EXAMPLE"}}
BUCKET: Json = {"s3BucketDetails": [{"name": "invoices", "s3ObjectDetails": [{"key": "a.csv"}]}]}
INSTANCE: Json = {"instanceDetails": {"instanceId": "i-1"}}
CONTAINER: Json = {"containerDetails": {"name": "api"}}
IMAGE: Json = {"ec2ImageDetails": {"imageArn": "arn:aws:ec2:eu-west-1::image/ami-1"}}


def test_what_a_finding_is_about_belongs_to_nothing() -> None:
    assert facets(of("AccessKey", "Discovery:IAMUser/AnomalousBehavior", **KEY, **BUCKET)) == ["s3_object"]
    assert facets(of("AccessKey", "Policy:S3/BucketPublicAccessGranted", **KEY, **BUCKET)) == [
        "access_key",
        "s3_object",
    ]
    assert facets(of("Instance", **INSTANCE, **CONTAINER, **IMAGE)) == ["container", "ec2_image"]
    assert facets(of("Container", **INSTANCE, **CONTAINER)) == ["ec2_instance"]


@pytest.mark.parametrize("resource_type", ["", "Instance", "Container", "AccessKey", "Quantum", "S3Bucket"])
def test_one_at_least_is_no_facet(resource_type: str) -> None:
    finding = of(resource_type, **KEY, **INSTANCE, **CONTAINER, **BUCKET)
    assert not all(resource.facet for resource in finding.resources)
    finding = of(resource_type, **INSTANCE, **CONTAINER)
    assert len(facets(finding)) == 1


@pytest.mark.parametrize("name", example_names())
def test_every_shown_finding_is_about_something(name: str) -> None:
    finding = parse(example(name))
    assert not finding.resources or not all(resource.facet for resource in finding.resources)


def resource(uid: str, kind: str = "NEW", **data: Json) -> Json:
    return {"uid": uid, "resourceType": kind, "data": data}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        pytest.param(
            [resource("i-1", ec2Instance={"ec2NetworkInterfaceUids": ["eni-1"]}), resource("eni-1"), resource("eni-2")],
            ["eni-1"], id="network-interface",
        ),
        pytest.param(
            [resource("arn:aws:s3:::a", s3Bucket={}), resource("arn:aws:s3:::a/b/c"), resource("arn:aws:s3:::b/c")],
            ["arn:aws:s3:::a/b/c"], id="object-by-its-arn",
        ),
        pytest.param(
            [resource("a", s3Bucket={"s3ObjectUids": ["o"]}), resource("o", "S3_OBJECT")], ["o"], id="object-by-uid",
        ),
        pytest.param(
            [resource("t", ecsTask={"containerUids": ["c"]}), resource("c", "CONTAINER")], ["c"], id="of-a-task",
        ),
        pytest.param(
            [resource("w", kubernetesWorkload={"containerUids": ["c"]}), resource("c")], ["c"], id="of-a-pod",
        ),
        pytest.param(
            [resource("p", iamInstanceProfile={"ec2InstanceUids": ["i-1"]}), resource("i-1"),
             resource("v", ec2Vpc={"ec2InstanceUids": ["i-9"]})],
            ["p"], id="what-instances-have-in-common",
        ),
        pytest.param(
            [resource("e", eksCluster={"ec2InstanceUids": ["i-1"]}), resource("i-1")], [], id="a-cluster-is-no-part",
        ),
    ],
)  # fmt: skip
def test_in_a_sequence_as_far_as_it_says_so(resources: list[Json], expected: list[str]) -> None:
    found = with_sequence(resources=resources).resources
    uids = [each["uid"] for each, read in zip(resources, found, strict=True) if read.facet]
    assert uids == expected


ALICE: Json = {"actors": [{"user": {"name": "alice", "uid": "AIDAEXAMPLE", "credentialUid": "AKIAEXAMPLE1"}}]}


def test_the_key_of_whoever_acted_belongs_to_what_was_done() -> None:
    used = resource("AKIAEXAMPLE1", "ACCESS_KEY")
    other = resource("AKIAEXAMPLE2", "ACCESS_KEY", accessKey={"principalId": "AIDAOTHER"})
    bucket = resource("arn:aws:s3:::a", "S3_BUCKET")
    assert [each.facet for each in with_sequence(**ALICE, resources=[used, other, bucket]).resources] == [
        True,
        False,
        False,
    ]
    assert not facets(with_sequence(**ALICE, resources=[used, other]))


def test_how_many_steps_name_a_resource() -> None:
    steps = [{"resourceUids": ["a", "b", "a"]}, {"resourceUids": ["a"]}, {"resourceUids": None}, {}]
    finding = with_sequence(resources=[resource(uid) for uid in "abc"], signals=steps)
    assert [each.signals for each in finding.resources] == [2, 1, 0]


@pytest.mark.parametrize(
    ("label", "value", "public"),
    [
        ("public_access", "PUBLIC", True),
        ("public_access", "NOT_PUBLIC", False),
        ("public_access", "UNKNOWN", False),
        ("public_read", "yes", True),
        ("public_write", "ALLOWED", True),
        ("public_read", "BLOCKED", False),
        ("public_write", "no", False),
        ("privileged", "yes", False),
    ],
)
def test_what_is_open_to_everybody(label: str, value: str, public: bool) -> None:
    assert Resource(kind="s3_bucket", ids=("a",), details=(Detail(label, value),)).public is public
