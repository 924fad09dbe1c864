"""ARNs: what they say, and those that are built."""

import pytest

from chalicelib.finding.arns import Place, arn_account, arn_id, arn_region
from chalicelib.finding.resources import resources
from tests.finding.common import HERE


@pytest.mark.parametrize(
    ("instance_id", "place", "arn"),
    [
        pytest.param("i-1", HERE, "arn:aws:ec2:eu-west-1:111122223333:instance/i-1", id="instance"),
        pytest.param("i-1", Place("aws", "", "111122223333"), "", id="no-region"),
        pytest.param("mi-1", HERE, "", id="not-an-instance"),
    ],
)
def test_instance_arn(instance_id: str, place: Place, arn: str) -> None:
    assert resources({"instanceDetails": {"instanceId": instance_id}}, place)[0].arn == arn


@pytest.mark.parametrize(
    ("arn", "parts"),
    [
        pytest.param("arn:aws:s3:::bucket", ("", "", "bucket"), id="bucket"),
        pytest.param("arn:aws:s3:::bucket/a/b.c", ("", "", "bucket/a/b.c"), id="object"),
        pytest.param("arn:aws-cn:ec2:cn-north-1:1:volume/vol-1", ("1", "cn-north-1", "vol-1"), id="slash"),
        pytest.param("arn:aws:rds:eu-west-1:1:db:orders", ("1", "eu-west-1", "orders"), id="colon"),
        pytest.param("arn:aws:ec2", ("", "", ""), id="short"),
        pytest.param("vol-1", ("", "", ""), id="no-arn"),
        pytest.param("", ("", "", ""), id="empty"),
    ],
)
def test_arns(arn: str, parts: tuple[str, str, str]) -> None:
    assert (arn_account(arn), arn_region(arn), arn_id(arn)) == parts
