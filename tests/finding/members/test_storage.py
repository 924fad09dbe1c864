"""Buckets, objects and databases by the names of their owners."""

from typing import Any

import pytest

from chalicelib.finding.model import Things
from tests.finding.members.common import listed, named

BUCKETS = {
    "s3BucketDetails": [{"name": "a", "s3ObjectDetails": [{"key": "k1"}, {"key": "k2"}]}, {"name": "b"}]
}
DATABASE = {"dbInstanceIdentifier": "orders-1", "dbClusterIdentifier": "orders", "dbiResourceId": "db-A"}
A, OBJECT = listed("S3_BUCKET", "arn:aws:s3:::a", "a"), listed("S3_OBJECT", "arn:aws:s3:::a/k", "k", key="k")


@pytest.mark.parametrize(
    ("condition", "resource", "things"),
    [
        pytest.param("bucket", BUCKETS, (("a",), ("b",)), id="each-bucket"),
        pytest.param("bucket", {"s3BucketDetails": [{"name": "a"}, {"type": "x"}]}, (("a",), ()), id="without-a-name"),
        pytest.param("object_key", BUCKETS, (("k1",), ("k2",), ()), id="each-object-and-the-bucket-without"),
        pytest.param("database", {"rdsDbInstanceDetails": DATABASE}, (("orders-1", "orders"),), id="either-name"),
        pytest.param(
            "database",
            {"rdsLimitlessDbDetails": {"dbShardGroupIdentifier": "l", "dbClusterIdentifier": "c"}},
            (("l", "c"),),
            id="limitless",
        ),
        pytest.param("database", {"rdsDbUserDetails": {"database": "orders"}}, (), id="not-what-a-user-types"),
    ],
)  # fmt: skip
def test_of_a_finding(condition: str, resource: dict[str, Any], things: Things) -> None:
    assert named(condition, resource) == things


@pytest.mark.parametrize(
    ("condition", "resources", "things"),
    [
        pytest.param("bucket", [A], (("a",),), id="bucket"),
        pytest.param("bucket", [OBJECT], (("a",),), id="bucket-of-an-object"),
        pytest.param("bucket", [A, listed("S3_BUCKET", "", "")], (("a",), ()), id="bucket-without-a-name"),
        pytest.param("object_key", [A, OBJECT], (("k",),), id="object"),
        pytest.param("object_key", [A], ((),), id="bucket-without-objects"),
        pytest.param(
            "object_key", [OBJECT, listed("S3_BUCKET", "arn:aws:s3:::b", "b")], (("k",), ()), id="another"
        ),
    ],
)
def test_of_a_sequence(condition: str, resources: list[dict[str, Any]], things: Things) -> None:
    assert named(condition, resources=resources) == things
