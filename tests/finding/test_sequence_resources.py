"""What an attack sequence is about: every resource in the account and region where it is."""

import pytest

from chalicelib.finding.model import Detail, Finding
from tests.finding.common import with_sequence
from tests.generate import Json


def test_accounts_and_regions_are_complete(finding: Finding) -> None:
    assert finding.accounts == ("111122223333", "444455556666")
    assert finding.regions == ("eu-west-1", "us-east-1")


@pytest.mark.parametrize(
    ("resource", "unsaid"),
    [
        pytest.param({"accountId": "444455556666", "region": "us-east-1"}, set(), id="both-said"),
        pytest.param(
            {"uid": "arn:aws:ecs:us-east-1:444455556666:cluster/batch"}, set(), id="both-in-the-arn"
        ),
        pytest.param(
            {"uid": "arn:aws:s3:::invoices", "region": "us-east-1"}, {"account_id"}, id="no-account"
        ),
        pytest.param({"uid": "arn:aws:iam::444455556666:instance-profile/etl"}, {"region"}, id="no-region"),
        pytest.param({"uid": "i-0abc"}, {"account_id", "region"}, id="neither"),
    ],
)
def test_what_is_not_said_of_each_resource(resource: Json, unsaid: set[str]) -> None:
    known = {"uid": "i-1", "accountId": "111122223333", "region": "eu-west-1"}
    assert with_sequence(resources=[known, resource]).unsaid == unsaid


def test_resources_stand_in_their_own_account(finding: Finding) -> None:
    posted = [(each.kind, each.ids[0], each.account_id, each.region) for each in finding.resources]
    assert posted == [
        ("access_key", "AKIAIOSFODNN7EXAMPLE", "111122223333", "eu-west-1"),
        ("s3_bucket", "example-invoices", "111122223333", "eu-west-1"),
        ("s3_object", "2026/11.csv", "111122223333", "eu-west-1"),
        ("ec2_instance", "i-0b1c2d3e4f5061728", "444455556666", "us-east-1"),
        ("ec2_network_interface", "eni-0123456789abcdef1", "444455556666", "us-east-1"),
    ]
    assert all(each.listed for each in finding.resources)


def test_an_instance_of_a_sequence(finding: Finding) -> None:
    instance = finding.resources[3]
    assert instance.arn == "arn:aws:ec2:us-east-1:444455556666:instance/i-0b1c2d3e4f5061728"
    assert instance.name == "etl-1"
    assert ("Team", "data") in instance.tags
    assert Detail("instance_profile", "arn:aws:iam::444455556666:instance-profile/etl") in instance.details


@pytest.mark.parametrize(
    ("resource", "kind", "labels"),
    [
        pytest.param({"uid": "x", "resourceType": "NEW_KIND"}, "new_kind", [], id="unknown-kind"),
        pytest.param(
            {"uid": "x", "data": {"s3Bucket": {"ownerId": "o"}}}, "s3_bucket", ["owner"], id="by-data"
        ),
        pytest.param(
            {"uid": "x", "resourceType": "NEW", "data": {"newKind": {"size": 7}}},
            "new",
            ["size"],
            id="new-data",
        ),
        pytest.param({"uid": "x", "data": ["?"]}, "resource", [], id="nothing-known"),
        pytest.param({"name": "n", "resourceType": "<!here>"}, "here", [], id="hostile-kind"),
    ],
)
def test_resources_of_other_kinds(resource: Json, kind: str, labels: list[str]) -> None:
    (made,) = with_sequence(resources=[resource]).resources
    assert (made.kind, [detail.label for detail in made.details]) == (kind, labels)


def test_an_access_key_has_its_users_name() -> None:
    key = {
        "uid": "AKIAIOSFODNN7EXAMPLE",
        "resourceType": "ACCESS_KEY",
        "data": {"accessKey": {"userName": "alice"}},
    }
    (made,) = with_sequence(resources=[key]).resources
    assert (made.ids, made.name) == (("AKIAIOSFODNN7EXAMPLE", "alice"), "alice")
