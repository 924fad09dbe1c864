"""Addresses in AWS's consoles and documentation, in every partition and by the access portal."""

from dataclasses import replace

import pytest

from chalicelib.finding.model import Detail, Resource
from chalicelib.message.console_links import console_link, execution_link, table_link, table_link_beside
from chalicelib.message.context import Links
from chalicelib.message.render import render
from tests.bless import EXECUTION
from tests.message.common import PLAIN, SSH, urls

TABLE = "guardduty-notifier-dev-suppressions"


@pytest.mark.parametrize(
    ("partition", "region", "link"),
    [
        pytest.param(
            "aws",
            "eu-west-1",
            "https://eu-west-1.console.aws.amazon.com/guardduty/home?region=eu-west-1#/findings?macros=current&fId=f1",
            id="aws",
        ),
        pytest.param(
            "aws-us-gov",
            "us-gov-west-1",
            "https://console.amazonaws-us-gov.com/guardduty/home?region=us-gov-west-1#/findings?search=id%3Df1",
            id="govcloud",
        ),
        pytest.param(
            "aws-cn",
            "cn-north-1",
            "https://console.amazonaws.cn/guardduty/home?region=cn-north-1#/findings?search=id%3Df1",
            id="china",
        ),
        pytest.param("aws-iso", "us-iso-east-1", "", id="a-partition-that-we-do-not-know-has-no-link"),
        pytest.param(
            "aws",
            "evil.example.com/",
            "https://console.aws.amazon.com/guardduty/home?region=evil.example.com%2F#/findings?macros=current&fId=f1",
            id="a-region-never-names-the-host",
        ),
    ],
)
def test_console_link(partition: str, region: str, link: str) -> None:
    assert console_link(replace(SSH, id="f1", partition=partition, region=region)) == link


@pytest.mark.parametrize(
    ("arn", "link"),
    [
        pytest.param(
            "arn:aws:states:eu-west-1:111122223333:execution:guardduty-notifier-dev:1f0e9d8c",
            "https://eu-west-1.console.aws.amazon.com/states/home?region=eu-west-1#/v2/executions/details/"
            "arn:aws:states:eu-west-1:111122223333:execution:guardduty-notifier-dev:1f0e9d8c",
            id="aws",
        ),
        pytest.param(
            "arn:aws-us-gov:states:us-gov-west-1:111122223333:execution:a:b",
            "https://console.amazonaws-us-gov.com/states/home?region=us-gov-west-1#/v2/executions/details/"
            "arn:aws-us-gov:states:us-gov-west-1:111122223333:execution:a:b",
            id="govcloud",
        ),
        pytest.param(
            "arn:aws-cn:states:cn-north-1:111122223333:execution:a:b",
            "https://console.amazonaws.cn/states/home?region=cn-north-1#/v2/executions/details/"
            "arn:aws-cn:states:cn-north-1:111122223333:execution:a:b",
            id="china",
        ),
        pytest.param("arn:aws:states:eu-west-1:111122223333:stateMachine:a", "", id="no-execution"),
        pytest.param("", "", id="empty"),
    ],
)
def test_execution_link(arn: str, link: str) -> None:
    assert execution_link(arn) == link


def test_the_access_portal_opens_consoles_in_the_right_account() -> None:
    home = replace(
        PLAIN, links=Links(execution_link(EXECUTION.replace("1111", "4444")), "https://d-1.awsapps.com/start")
    )
    portal = (
        "https://d-1.awsapps.com/start/#/console?account_id={}&destination=https%3A%2F%2Feu-west-1.console."
    )
    opened = urls(render(SSH, home))
    assert opened["open_finding"].startswith(portal.format("111122223333"))
    assert opened["open_resource"].startswith(portal.format("111122223333"))
    assert opened["open_execution"].startswith(portal.format("444422223333"))


@pytest.mark.parametrize(
    "portal", ["", "d-1.awsapps.com", "javascript:alert(1)", "http://d-1.awsapps.com/start"]
)
def test_a_portal_that_is_no_https_address_is_left_out(portal: str) -> None:
    assert urls(render(SSH, replace(PLAIN, links=Links("", portal))))["open_finding"] == console_link(SSH)


@pytest.mark.parametrize(
    ("kind", "ids", "name", "user_type", "page"),
    [
        pytest.param(
            "ec2_instance",
            "i-1",
            "",
            "",
            "/ec2/home?region=eu-west-1#InstanceDetails:instanceId=i-1",
            id="ec2",
        ),
        pytest.param(
            "s3_bucket", "b/<>", "", "", "/s3/buckets/b%2F%3C%3E?region=eu-west-1", id="hostile-bucket"
        ),
        pytest.param("eks_cluster", "blue", "", "", "/eks/home?region=eu-west-1#/clusters/blue", id="eks"),
        pytest.param(
            "ebs_snapshot",
            "arn:aws:ec2:eu-west-1::snapshot/snap-1",
            "",
            "",
            "/ec2/home?region=eu-west-1#SnapshotDetails:snapshotId=snap-1",
            id="by-arn",
        ),
        pytest.param(
            "access_key",
            "AKIA1",
            "jane",
            "IAMUser",
            "/iam/home?region=eu-west-1#/users/details/jane",
            id="user",
        ),
        pytest.param(
            "access_key",
            "ASIA1",
            "ci",
            "AssumedRole",
            "/iam/home?region=eu-west-1#/roles/details/ci",
            id="role",
        ),
        pytest.param("access_key", "ASIA1", "root", "Root", "", id="root-has-no-page"),
        pytest.param("container", "c1", "", "", "", id="a-container-has-no-page"),
    ],
)
def test_resource_link(kind: str, ids: str, name: str, user_type: str, page: str) -> None:
    thing = Resource(kind, (ids,), name, details=(Detail("user_type", user_type),))
    opened = urls(render(replace(SSH, resources=(thing,)), PLAIN)).get("open_resource", "")
    assert opened == (f"https://eu-west-1.console.aws.amazon.com{page}" if page else "")


@pytest.mark.parametrize(
    ("partition", "region", "host"),
    [
        pytest.param("aws", "eu-west-1", "https://eu-west-1.console.aws.amazon.com", id="aws"),
        pytest.param("aws-us-gov", "us-gov-west-1", "https://console.amazonaws-us-gov.com", id="govcloud"),
        pytest.param("aws-cn", "cn-north-1", "https://console.amazonaws.cn", id="china"),
    ],
)
def test_the_tables_page(partition: str, region: str, host: str) -> None:
    page = f"{host}/dynamodbv2/home?region={region}#item-explorer?table={TABLE}"
    assert table_link(partition, region, TABLE) == page


def test_a_partition_that_we_do_not_know_has_no_page() -> None:
    assert table_link("aws-elsewhere", "eu-west-1", TABLE) == ""


@pytest.mark.parametrize(
    ("partition", "region", "host"),
    [
        pytest.param("aws", "us-east-1", "https://us-east-1.console.aws.amazon.com", id="aws"),
        pytest.param("aws-cn", "cn-north-1", "https://console.amazonaws.cn", id="china"),
    ],
)
def test_the_table_of_an_executions_stack(partition: str, region: str, host: str) -> None:
    execution = f"arn:{partition}:states:{region}:111122223333:execution:guardduty-notifier-dev:1f0e9d8c"
    page = f"{host}/dynamodbv2/home?region={region}#item-explorer?table={TABLE}"
    assert table_link_beside(execution, TABLE) == page


def test_without_an_execution_there_is_no_table() -> None:
    assert table_link_beside("no execution", TABLE) == ""
