"""A resource is known by ids that AWS made and by ARNs, and by no name that anybody can give."""

from typing import Any

import pytest

from chalicelib.finding.model import Things
from tests.finding.members.common import HERE, acting, listed, named

BUCKET, OTHER = "arn:aws:s3:::invoices", "arn:aws:s3:::secrets"
INSTANCE = {"instanceId": "i-0abc"}
INSTANCE_ARN = f"arn:aws:ec2:eu-west-1:{HERE}:instance/i-0abc"
FUNCTION = f"arn:aws:lambda:eu-west-1:{HERE}:function:resize"
CLUSTER = f"arn:aws:eks:eu-west-1:{HERE}:cluster/prod"
TASK = f"arn:aws:ecs:eu-west-1:{HERE}:task/batch/0123456789abcdef0123456789abcdef"
VOLUME = f"arn:aws:ec2:eu-west-1:{HERE}:volume/vol-0a"
GUARDRAIL = f"arn:aws:bedrock:eu-west-1:{HERE}:guardrail/abcd1234efgh"
PROFILE = f"arn:aws:iam::{HERE}:instance-profile/i-0abc"
SESSION = f"arn:aws:sts::{HERE}:assumed-role/Admin/i-0abc"
LIKE_AN_ID = f"arn:aws:eks:eu-west-1:{HERE}:cluster/i-0abc"
DATABASES, SHARDS = (f"arn:aws:rds:eu-west-1:{HERE}:{kind}" for kind in ("db", "shard-group"))
DATABASE = f"arn:aws:rds:eu-west-1:{HERE}:db:orders"


@pytest.mark.parametrize(
    ("resource", "things"),
    [
        pytest.param({}, (), id="nothing"),
        pytest.param({"instanceDetails": INSTANCE}, (("i-0abc", INSTANCE_ARN),), id="instance"),
        pytest.param(
            {"instanceDetails": {**INSTANCE, "networkInterfaces": [{"networkInterfaceId": "eni-0a"}]}},
            (("i-0abc", "eni-0a", INSTANCE_ARN),),
            id="interface",
        ),
        pytest.param(
            {"instanceDetails": {**INSTANCE, "imageId": "ami-0a", "tags": [{"key": "Name", "value": "i-1"}]}},
            (("i-0abc", INSTANCE_ARN),),
            id="neither-image-nor-tag",
        ),
        pytest.param(
            {"accessKeyDetails": {"accessKeyId": "ASIA1", "principalId": "AROA1:i-0abc", "userName": "Admin"}},
            (("ASIA1", "AROA1"),),
            id="a-role-without-its-session",
        ),
        pytest.param(
            {"accessKeyDetails": {"principalId": SESSION, "userName": "i-0abc"}}, (), id="no-sessions-arn"
        ),
        pytest.param(
            {"accessKeyDetails": {"principalId": "accounts.example.com:me:you"}}, (), id="no-stranger"
        ),
        pytest.param({"eksClusterDetails": {"name": "prod", "arn": CLUSTER}}, ((CLUSTER,),), id="cluster"),
        pytest.param({"eksClusterDetails": {"name": "prod"}}, (), id="no-clusters-name"),
        pytest.param({"eksClusterDetails": {"arn": LIKE_AN_ID}}, ((LIKE_AN_ID,),), id="no-cluster-named-like-an-id"),
        pytest.param(
            {"rdsDbInstanceDetails": {"dbInstanceArn": f"{DATABASES}:i-0abc"}},
            ((f"{DATABASES}:i-0abc",),),
            id="no-database-named-like-an-id",
        ),
        pytest.param(
            {"rdsLimitlessDbDetails": {"dbShardGroupArn": f"{SHARDS}:shardgroup-1"}},
            ((f"{SHARDS}:shardgroup-1", "shardgroup-1"),),
            id="shard-group",
        ),
        pytest.param(
            {"ecsClusterDetails": {"name": "batch", "taskDetails": {"arn": TASK}}},
            ((TASK, "0123456789abcdef0123456789abcdef"),),
            id="task",
        ),
        pytest.param(
            {"lambdaDetails": {"functionName": "resize", "functionArn": f"{FUNCTION}:7"}},
            ((FUNCTION,),),
            id="function-of-whatever-version",
        ),
        pytest.param(
            {
                "containerDetails": {"name": "i-0abc", "image": "i-0abc", "id": "i-0abc"},
                "kubernetesDetails": {"kubernetesWorkloadDetails": {"name": "i-0abc", "uid": "i-0abc"}},
            },
            (),
            id="neither-container-nor-pod",
        ),
        pytest.param(
            {"rdsDbInstanceDetails": {"dbInstanceIdentifier": "o", "dbInstanceArn": DATABASE, "dbiResourceId": "db-A"}},
            (("db-A", DATABASE),),
            id="database",
        ),
        pytest.param(
            {"rdsLimitlessDbDetails": {"dbShardGroupIdentifier": "o", "dbShardGroupResourceId": "shardgroup-1"}},
            (("shardgroup-1",),),
            id="limitless-database",
        ),
        pytest.param(
            {"ebsSnapshotDetails": {"snapshotArn": f"arn:aws:ec2:eu-west-1:{HERE}:snapshot/snap-0a"}},
            ((f"arn:aws:ec2:eu-west-1:{HERE}:snapshot/snap-0a", "snap-0a"),),
            id="snapshot",
        ),
        pytest.param(
            {"bedrockGuardrailDetails": {"guardrailArn": GUARDRAIL}}, ((GUARDRAIL, "abcd1234efgh"),), id="guardrail"
        ),
        pytest.param({"quantumDetails": {"taskId": "i-0abc"}}, (), id="a-kind-unknown-so-far"),
        pytest.param({"s3BucketDetails": [{"name": "invoices"}]}, ((BUCKET,),), id="bucket-by-its-name"),
        pytest.param(
            {"s3BucketDetails": [{"arn": BUCKET}, {"arn": OTHER}]}, ((BUCKET,), (OTHER,)), id="each-bucket"
        ),
        pytest.param(
            {"s3BucketDetails": [{"arn": BUCKET, "s3ObjectDetails": [{"objectArn": f"{BUCKET}/a"}, {"eTag": "0"}]}]},
            ((f"{BUCKET}/a", BUCKET), (BUCKET,)),
            id="each-object-also-by-its-bucket",
        ),
        pytest.param(
            {"s3BucketDetails": [{"arn": BUCKET}, {"arn": OTHER}], "instanceDetails": INSTANCE},
            ((BUCKET, "i-0abc", INSTANCE_ARN), (OTHER, "i-0abc", INSTANCE_ARN)),
            id="facets-name-each-of-a-list",
        ),
        pytest.param(
            {"ebsVolumeDetails": {"scannedVolumeDetails": [{"volumeArn": VOLUME}], "skippedVolumeDetails": [{"x": 1}]}},
            ((VOLUME, "vol-0a"), ()),
            id="each-volume-scanned-or-not",
        ),
    ],
)  # fmt: skip
def test_the_ids_of_a_resource(resource: dict[str, Any], things: Things) -> None:
    assert named("resource_id", resource) == things


def test_the_interface_that_traffic_went_through_is_known() -> None:
    action = acting("networkConnectionAction", localNetworkInterface="eni-0b")
    assert named("resource_id", {}, action) == (("eni-0b",),)


@pytest.mark.parametrize(
    ("resource", "thing"),
    [
        pytest.param(listed("S3_BUCKET", BUCKET, "invoices"), (BUCKET,), id="bucket"),
        pytest.param(listed("EC2_INSTANCE", "i-0abc", "web"), ("i-0abc", INSTANCE_ARN), id="instance"),
        pytest.param(listed("ACCESS_KEY", "ASIA1", principalId="AROA1:i-0abc"), ("ASIA1", "AROA1"), id="access-key"),
        pytest.param(listed("ACCESS_KEY", SESSION, "i-0abc"), (), id="session"),
        pytest.param(listed("CONTAINER", "i-0abc", "i-0abc"), (), id="container"),
        pytest.param(listed("KUBERNETES_WORKLOAD", "i-0abc", "api"), (), id="workload"),
        pytest.param({"uid": "i-0abc", "data": {"container": {"image": "x"}}}, (), id="container-by-its-data"),
        pytest.param(listed("EKS_CLUSTER", "prod", "prod", arn=CLUSTER), (CLUSTER,), id="cluster"),
        pytest.param(listed("EKS_CLUSTER", LIKE_AN_ID, "i-0abc"), (LIKE_AN_ID,), id="cluster-named-like-an-id"),
        pytest.param(listed("EKS_CLUSTER", "i-0abc", "i-0abc"), (), id="cluster-by-a-name-like-an-id"),
        pytest.param(listed("S3_BUCKET", "arn:aws:s3:::i-0abc"), ("arn:aws:s3:::i-0abc",), id="bucket-like-an-id"),
        pytest.param(listed("S3_OBJECT", f"{BUCKET}/i-0abc"), (f"{BUCKET}/i-0abc",), id="object-like-an-id"),
        pytest.param(listed("IAM_INSTANCE_PROFILE", PROFILE), (PROFILE,), id="profile-named-like-an-id"),
        pytest.param(listed("NEW_KIND", "anything"), (), id="a-kind-unknown-so-far"),
        pytest.param(listed("NEW_KIND", "i-0abc"), (), id="what-may-be-a-name-of-that-kind"),
    ],
)  # fmt: skip
def test_the_ids_of_a_sequences_resource(resource: dict[str, Any], thing: tuple[str, ...]) -> None:
    assert named("resource_id", resources=[resource]) == (thing,)
