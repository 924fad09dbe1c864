"""Which resources' tags are asked for; how they are, tests/test_machine.py shows."""

import pytest

from chalicelib.aws import resource_tags
from chalicelib.finding.event import parse
from chalicelib.finding.model import Finding, Resource, Tag
from tests.machine import event

ACCOUNT = "111122223333"
VOLUME = f"arn:aws:ec2:eu-west-1:{ACCOUNT}:volume/vol-0123456789abcdef0"


def finding(*resources: Resource) -> Finding:
    return Finding("id", "Execution:EC2/MaliciousFile", 8.0, ACCOUNT, "eu-west-1", resources=resources)


@pytest.mark.parametrize(
    ("resource", "asked"),
    [
        pytest.param(Resource("ebs_volume", ("vol-0",), arn=VOLUME), True, id="volume"),
        pytest.param(
            Resource("ebs_volume", ("vol-0",), arn=VOLUME, account_id=ACCOUNT), True, id="own-account"
        ),
        pytest.param(
            Resource("ebs_volume", ("vol-0",), arn=VOLUME, account_id="4" * 12), False, id="elsewhere"
        ),
        pytest.param(
            Resource("ebs_volume", ("vol-0",), arn=VOLUME, tags=(Tag("a", "b"),)), False, id="tagged"
        ),
        pytest.param(Resource("ebs_volume", ("vol-0",)), False, id="no-arn"),
        pytest.param(Resource("ebs_volume", ("vol-0",), arn="arn:aws:ec2"), False, id="malformed-arn"),
        pytest.param(Resource("ebs_volume", ("vol-0",), arn=VOLUME + " x"), False, id="space-in-arn"),
        pytest.param(Resource("ebs_volume", ("vol-0",), arn=VOLUME + "\n"), False, id="line-break-in-arn"),
        pytest.param(Resource("s3_bucket", ("b",), arn="arn:aws:s3:::b"), True, id="bucket"),
        pytest.param(Resource("s3_object", ("b/o",), arn="arn:aws:s3:::b/o"), False, id="object"),
        pytest.param(Resource("access_key", ("AKIA",), name="alice"), True, id="access-key"),
    ],
)
def test_what_is_asked_for(resource: Resource, asked: bool) -> None:
    assert bool(resource_tags.untagged(finding(resource))) is asked


class Asked:
    """Clients that answer nothing and remember who was asked for what."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str | None]] = []
        self.arns: list[str] = []

    def __call__(self, service: str, region: str | None) -> "Asked":
        self.calls.append((service, region))
        return self

    def get_resources(self, ResourceARNList: list[str]) -> dict[str, list[object]]:  # noqa: N803 - AWS's name
        self.arns += ResourceARNList
        return {"ResourceTagMappingList": []}


def test_at_most_a_hundred_arns_are_asked_for_at_once() -> None:
    many = tuple(Resource("ebs_volume", (f"{n}",), arn=f"{VOLUME}{n}") for n in range(150))
    asked = Asked()
    assert resource_tags.look_up(finding(*many), many, asked) == {}
    assert (asked.calls, len(asked.arns)) == ([("resourcegroupstaggingapi", "eu-west-1")], 100)


@pytest.mark.parametrize("name", ["iam-root", "eks-anonymous-access", "rds-login"])
def test_who_has_no_tags_is_not_asked_about(name: str) -> None:
    read = parse(event(name))
    asked = Asked()
    assert resource_tags.look_up(read, resource_tags.untagged(read), asked) == {}
    assert [service for service, _ in asked.calls if service == "iam"] == []
