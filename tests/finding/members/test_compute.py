"""In which network an instance or function is, from which image, with which profile."""

from typing import Any

import pytest

from chalicelib.finding.model import Things
from tests.finding.members.common import HERE, listed, named


def interface(number: str) -> dict[str, Any]:
    groups = [{"groupId": f"sg-{number}", "groupName": "sg-9"}, {"groupId": f"sg-{number}b"}]
    return {"vpcId": f"vpc-{number}", "subnetId": f"subnet-{number}", "securityGroups": groups}


TWO = {"instanceDetails": {"imageId": "ami-1", "networkInterfaces": [interface("1"), interface("2")]}}
FUNCTION = {
    "lambdaDetails": {
        "functionName": "resize",
        "vpcConfig": {"vpcId": "vpc-3", "subnetIds": ["subnet-3", "subnet-4"], "securityGroups": [{"groupId": "sg-3"}]},
    }
}  # fmt: skip
PROFILE = f"arn:aws:iam::{HERE}:instance-profile/team/web"
GROUPS = [{"groupId": "sg-5"}]
ENI = listed("EC2_NETWORK_INTERFACE", "eni-1", vpcId="vpc-5", subNetId="subnet-5", securityGroups=GROUPS)


@pytest.mark.parametrize(
    ("condition", "resource", "things"),
    [
        pytest.param("image_id", TWO, (("ami-1",),), id="image"),
        pytest.param("image_id", {"instanceDetails": {"instanceId": "i-1"}}, ((),), id="no-image-said"),
        pytest.param("vpc_id", TWO, (("vpc-1",), ("vpc-2",)), id="vpc-of-each-interface"),
        pytest.param("vpc_id", {"instanceDetails": {"instanceId": "i-1"}}, ((),), id="no-interface-said"),
        pytest.param("vpc_id", {"eksClusterDetails": {"vpcId": "vpc-1"}}, (), id="not-the-clusters"),
        pytest.param("vpc_id", FUNCTION, (("vpc-3",),), id="vpc-of-a-function"),
        pytest.param("vpc_id", TWO | FUNCTION, (("vpc-1",), ("vpc-2",)), id="the-instances-before-the-functions"),
        pytest.param("vpc_id", {"lambdaDetails": {"functionName": "f"}}, ((),), id="function-in-no-vpc"),
        pytest.param("subnet_id", TWO, (("subnet-1",), ("subnet-2",)), id="subnet-of-each-interface"),
        pytest.param("subnet_id", FUNCTION, (("subnet-3",), ("subnet-4",)), id="every-subnet-of-a-function"),
        pytest.param("subnet_id", {"lambdaDetails": {"functionName": "f"}}, ((),), id="function-in-no-subnet"),
        pytest.param("security_group_id", TWO, (("sg-1", "sg-1b"), ("sg-2", "sg-2b")), id="groups-not-their-names"),
        pytest.param("security_group_id", FUNCTION, (("sg-3",),), id="groups-of-a-function"),
        pytest.param(
            "instance_profile", {"instanceDetails": {"iamInstanceProfile": {"arn": PROFILE}}}, ((PROFILE, "web"),),
            id="profile-by-arn-and-name",
        ),
        pytest.param("instance_profile", TWO, ((),), id="no-profile"),
        pytest.param("function", FUNCTION, (("resize",),), id="function"),
        pytest.param("function", TWO, (), id="no-function"),
    ],
)  # fmt: skip
def test_of_a_finding(condition: str, resource: dict[str, Any], things: Things) -> None:
    assert named(condition, resource) == things


@pytest.mark.parametrize(
    ("condition", "resources", "things"),
    [
        pytest.param("image_id", [listed("EC2_INSTANCE", "i-1")], ((),), id="image-is-not-said"),
        pytest.param("vpc_id", [ENI], (("vpc-5",),), id="interface"),
        pytest.param("subnet_id", [ENI], (("subnet-5",),), id="subnet"),
        pytest.param("security_group_id", [ENI], (("sg-5",),), id="group"),
        pytest.param(
            "vpc_id", [ENI, listed("EC2_INSTANCE", "i-1", ec2NetworkInterfaceUids=["eni-1"])], (("vpc-5",),),
            id="instance-of-a-listed-interface",
        ),
        pytest.param(
            "vpc_id", [ENI, listed("EC2_INSTANCE", "i-1", ec2NetworkInterfaceUids=["eni-1", "eni-2"])],
            (("vpc-5",), ()), id="instance-with-another-interface",
        ),
        pytest.param("vpc_id", [ENI, listed("EC2_INSTANCE", "i-1")], (("vpc-5",), ()), id="instance-elsewhere"),
        pytest.param(
            "instance_profile", [listed("EC2_INSTANCE", "i-1", IamInstanceProfile={"arn": PROFILE})],
            ((PROFILE, "web"),), id="profile",
        ),
    ],
)  # fmt: skip
def test_of_a_sequence(condition: str, resources: list[dict[str, Any]], things: Things) -> None:
    assert named(condition, resources=resources) == things
