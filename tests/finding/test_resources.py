"""Every kind of resource: what it is called, what names it, what is said of it."""

import pytest

from chalicelib.finding.event import parse
from chalicelib.finding.model import Detail, Form
from chalicelib.finding.resources import READERS, resources
from tests.finding.common import HERE, of_kind, said
from tests.generate import Json, example, example_names


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        pytest.param("example", ["ec2_instance"], id="instance"),
        pytest.param("iam-user-anomaly", ["access_key"], id="access-key"),
        pytest.param("s3-bucket-public", ["access_key", "s3_bucket"], id="key-first-because-named"),
        pytest.param(
            "s3-buckets-exfiltration",
            ["s3_bucket", "s3_bucket", "ec2_instance", "access_key"],
            id="buckets-first-because-named",
        ),
        pytest.param("s3-object-malware", ["s3_object", "s3_bucket"], id="object-first-because-named"),
        pytest.param("eks-anonymous-access", ["eks_cluster", "kubernetes_user"], id="cluster-and-user"),
        pytest.param(
            "eks-role-binding",
            ["eks_cluster", "access_key", "kubernetes_workload", "kubernetes_user"],
            id="everything-of-kubernetes",
        ),
        pytest.param(
            "runtime-container",
            ["container", "ec2_instance", "eks_cluster", "kubernetes_workload"],
            id="container-on-an-instance-in-a-cluster",
        ),
        pytest.param("ecs-task-runtime", ["ecs_cluster", "ecs_task"], id="ecs"),
        pytest.param("rds-login", ["rds_instance", "rds_user"], id="rds"),
        pytest.param("rds-limitless-login", ["rds_limitless", "rds_user"], id="rds-limitless"),
        pytest.param("lambda-network", ["lambda_function"], id="lambda"),
        pytest.param("ebs-malware", ["ec2_instance", *["ebs_volume"] * 3], id="instance-and-volumes"),
        pytest.param("snapshot-malware", ["ebs_snapshot"], id="snapshot"),
        pytest.param("image-malware", ["ec2_image"], id="image"),
        pytest.param("recovery-point-malware", ["recovery_point"], id="recovery-point"),
        pytest.param(
            "bedrock-guardrail",
            ["access_key", *["bedrock_guardrail"] * 2, *["bedrock_model"] * 2],
            id="bedrock",
        ),
        pytest.param(
            "unknown-kind", ["quantumTaskDetails", *["newThings"] * 2], id="unknown-by-their-own-words"
        ),
        pytest.param("identifiers-only", [], id="none"),
    ],
)
def test_kinds_and_their_order(name: str, kinds: list[str]) -> None:
    assert [resource.kind for resource in parse(example(name)).resources] == kinds


@pytest.mark.parametrize(
    ("name", "kind", "ids"),
    [
        pytest.param(
            "govcloud",
            "ec2_instance",
            (
                "i-0a1b2c3d4e5f60718",
                "arn:aws-us-gov:ec2:us-gov-west-1:111122223333:instance/i-0a1b2c3d4e5f60718",
            ),
            id="arn-is-built-for-the-partition",
        ),
        pytest.param(
            "iam-user-tor",
            "access_key",
            ("ASIAIOSFODNN7EXAMPLE", "Deploy", "AROACKCEVSQ6C2EXAMPLE"),
            id="role-without-its-session",
        ),
        pytest.param("iam-root", "access_key", ("Root", "111122223333"), id="no-key-id"),
        pytest.param(
            "s3-bucket-public",
            "s3_bucket",
            ("example-invoices", "arn:aws:s3:::example-invoices"),
            id="bucket",
        ),
        pytest.param(
            "s3-object-malware",
            "s3_object",
            (
                "example-uploads/incoming/invoice.pdf.exe",
                "incoming/invoice.pdf.exe",
                "arn:aws:s3:::example-uploads/incoming/invoice.pdf.exe",
                "example-uploads",
                "arn:aws:s3:::example-uploads",
            ),
            id="object-is-known-by-its-bucket",
        ),
        pytest.param(
            "ecs-task-runtime",
            "ecs_task",
            (
                "0123456789abcdef0123456789abcdef",
                "arn:aws:ecs:eu-west-1:111122223333:task/batch/0123456789abcdef0123456789abcdef",
                "arn:aws:ecs:eu-west-1:111122223333:task-definition/nightly:12",
                "nightly:12",
            ),
            id="task-is-known-by-its-definition",
        ),
        pytest.param(
            "rds-login",
            "rds_instance",
            (
                "orders-1",
                "arn:aws:rds:eu-west-1:111122223333:db:orders-1",
                "orders",
                "db-EXAMPLE0123456789",
            ),
            id="instance-is-known-by-its-cluster",
        ),
        pytest.param(
            "eks-role-binding",
            "kubernetes_workload",
            ("api", "payments/api", "8d0c5b1a-example"),
            id="workload-with-namespace",
        ),
        pytest.param(
            "ebs-malware",
            "ebs_volume",
            (
                "vol-0a1b2c3d4e5f60710",
                "arn:aws:ec2:eu-west-1:111122223333:volume/vol-0a1b2c3d4e5f60710",
            ),
            id="volume",
        ),
        pytest.param(
            "unknown-kind",
            "quantumTaskDetails",
            (
                "example-task",
                "0f8b4c2e",
                "arn:aws:braket:eu-west-1:111122223333:quantum-task/0f8b4c2e",
            ),
            id="unknown-by-what-ends-in-name-or-arn",
        ),
    ],
)
def test_ids_are_all_that_a_rule_may_say(name: str, kind: str, ids: tuple[str, ...]) -> None:
    assert of_kind(parse(example(name)), kind).ids == ids


@pytest.mark.parametrize(
    ("name", "listed"),
    [
        pytest.param("example", [False], id="instance"),
        pytest.param("ebs-malware", [False, True, True, True], id="volumes"),
        pytest.param("s3-bucket-public", [False, True], id="bucket"),
        pytest.param("bedrock-guardrail", [False, False, True, True, True], id="guardrails-and-models"),
        pytest.param("unknown-kind", [False, True, True], id="unknown-list"),
    ],
)
def test_members_of_lists_are_marked(name: str, listed: list[bool]) -> None:
    assert [resource.listed for resource in parse(example(name)).resources] == listed


@pytest.mark.parametrize(
    ("name", "kind", "tags"),
    [
        pytest.param("example", "ec2_instance", {"Name", "Owner", "Team"}, id="instance"),
        pytest.param("s3-bucket-public", "s3_bucket", {"Owner", "Environment"}, id="bucket"),
        pytest.param("eks-anonymous-access", "eks_cluster", {"Team", "Environment"}, id="eks"),
        pytest.param("ecs-task-runtime", "ecs_cluster", {"Team"}, id="ecs-cluster"),
        pytest.param("ecs-task-runtime", "ecs_task", {"Owner"}, id="ecs-task"),
        pytest.param("rds-login", "rds_instance", {"Owner", "Team"}, id="rds"),
        pytest.param("rds-limitless-login", "rds_limitless", {"Team"}, id="rds-limitless"),
        pytest.param("lambda-network", "lambda_function", {"Owner"}, id="lambda"),
        pytest.param("unknown-kind", "quantumTaskDetails", {"Owner"}, id="unknown"),
    ],
)
def test_tags(name: str, kind: str, tags: set[str]) -> None:
    assert {tag.key for tag in of_kind(parse(example(name)), kind).tags} == tags


def test_an_image_of_another_account_keeps_its_account() -> None:
    finding = parse(example("image-malware"))
    assert finding.resources[0].account_id == "444455556666"
    assert finding.accounts == ("111122223333",)


def test_unknown_kinds_are_posted_by_what_they_have() -> None:
    posted = said(of_kind(parse(example("unknown-kind")), "quantumTaskDetails"))
    assert posted == {
        "taskArn": "arn:aws:braket:eu-west-1:111122223333:quantum-task/0f8b4c2e",
        "taskName": "example-task",
        "shots": "1000",
        "paused": "no",
        "device.deviceName": "example-device",
        "device.qubits": "42",
        "note": "a word beside",
    }


def test_names_of_unknown_members_are_only_names() -> None:
    made = resources({"<!channel>\u202e *x*": {"<@U1>Id": "thing", "n\n": 1, "password": "example"}}, HERE)
    assert [resource.kind for resource in made] == ["channelx"]
    assert made[0].details == (Detail("U1Id", "thing"), Detail("n", "1"), Detail("password", "••••"))


@pytest.mark.parametrize(
    ("resource", "count"),
    [
        pytest.param(None, 0, id="null"),
        pytest.param([], 0, id="list"),
        pytest.param("Instance", 0, id="text"),
        pytest.param({"resourceType": "Instance"}, 0, id="type-alone"),
        pytest.param({"instanceDetails": None, "s3BucketDetails": []}, 0, id="nulls"),
        pytest.param({"instanceDetails": "i-1"}, 0, id="text-as-object"),
        pytest.param({"instanceDetails": [{"instanceId": "i-1"}]}, 1, id="list-where-object"),
        pytest.param({"s3BucketDetails": {"name": "b"}}, 1, id="object-where-list"),
        pytest.param({"s3BucketDetails": [None, {"name": "b"}, 7, {}]}, 1, id="holes-in-a-list"),
        pytest.param({"instanceDetails": {"instanceType": "m6i.large"}}, 1, id="no-id-but-something"),
        pytest.param({"accessKeyDetails": {"tags": "none"}}, 0, id="nothing-to-say"),
    ],
)
def test_wrong_shapes_say_less(resource: Json, count: int) -> None:
    made = resources(resource, HERE)
    assert len(made) == count
    assert all(each.ids for each in made)


def test_every_bucket_is_kept_and_details_are_bounded() -> None:
    buckets = [{"name": f"b{number}"} for number in range(300)]
    groups = [{"groupName": f"g{number}"} for number in range(100)]
    instance = {"instanceId": "i-1", "networkInterfaces": [{"securityGroups": groups}]}
    made = resources({"s3BucketDetails": buckets, "instanceDetails": instance}, HERE)
    assert len(made) == 301
    listed = [detail for detail in made[0].details if detail.label in ("security_group", "more")]
    assert (len(listed), listed[-1]) == (26, Detail("more", "75", Form.TEXT))


def test_every_reader_has_an_example() -> None:
    named = {name for event in map(example, example_names()) for name in event["detail"].get("resource", {})}
    assert set(READERS) - named == set()
