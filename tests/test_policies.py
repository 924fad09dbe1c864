"""Each policy allows what is called, and no more: by table, and for whoever compares it with recorded calls."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from statemachine import stack

ROOT = Path(__file__).parent.parent
LOGS = {"logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"}
SECRET = {"ssm:GetParameter", "kms:Decrypt"}
SEQUENCE = {"guardduty:ListDetectors", "guardduty:GetFindings"}

KNOWS_NO_RESOURCES = {
    "dynamodb:ListTables",
    "guardduty:ListDetectors",
    "tag:GetResources",
}  # https://docs.aws.amazon.com/service-authorization/latest/reference/

Policy = dict[str, Any]


def function_policy(name: str) -> Policy:
    read: Policy = json.loads((ROOT / f".chalice/policy-{name}.json").read_text())
    return read


def managed_policy(name: str) -> Policy:
    read: Policy = json.loads((ROOT / f"statemachine/policies/{name}.json").read_text())
    return read


def deployer_policy() -> Policy:
    return managed_policy("deployer")


def listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def allowed(policy: Policy) -> set[str]:
    """The actions that a policy allows, whatever the resource."""
    return {action for statement in policy["Statement"] for action in listed(statement["Action"])}


def resources(policy: Policy, action: str) -> list[str]:
    return [
        resource
        for statement in policy["Statement"]
        if action in listed(statement["Action"])
        for resource in listed(statement["Resource"])
    ]


POLICIES = [
    *(pytest.param(function_policy(name), id=name) for name in stack.read_stage("dev").functions),
    *(pytest.param(managed_policy(name), id=name) for name in ("deployer", "rule-editor", "rule-reader")),
]


@pytest.mark.parametrize(
    ("name", "actions"),
    [
        pytest.param(
            "look-up-account",
            {
                "organizations:DescribeAccount",
                "account:GetAccountInformation",
                "dynamodb:GetItem",
                "dynamodb:PutItem",
            },
            id="look-up-account",
        ),
        pytest.param(
            "look-up-resource-tags",
            {"tag:GetResources", "iam:ListUserTags", "iam:ListRoleTags", "sts:AssumeRole"} | SEQUENCE,
            id="look-up-resource-tags",
        ),
        pytest.param("check-suppression-list", {"dynamodb:Query"} | SEQUENCE, id="check-suppression-list"),
        pytest.param(
            "post-to-slack",
            {"dynamodb:Query", "dynamodb:GetItem", "dynamodb:UpdateItem", "dynamodb:BatchGetItem"}
            | SECRET
            | SEQUENCE,
            id="post-to-slack",
        ),
        pytest.param("send-test-message", SECRET, id="send-test-message"),
    ],
)
def test_a_function_may_do_this_and_write_its_log(name: str, actions: set[str]) -> None:
    assert allowed(function_policy(name)) == actions | LOGS


@pytest.mark.parametrize(
    ("name", "action", "table"),
    [
        pytest.param("look-up-account", "dynamodb:PutItem", "notifications", id="accounts-kept"),
        pytest.param("check-suppression-list", "dynamodb:Query", "suppressions", id="suppressions"),
        pytest.param("post-to-slack", "dynamodb:Query", "routes", id="routes"),
        pytest.param("post-to-slack", "dynamodb:UpdateItem", "notifications", id="turns"),
    ],
)
def test_a_function_reaches_its_own_table_only(name: str, action: str, table: str) -> None:
    assert resources(function_policy(name), action) == [
        f"arn:*:dynamodb:*:*:table/guardduty-notifier-*-{table}"
    ]


def test_every_function_has_a_policy_file_of_its_own_and_every_file_a_function() -> None:
    stage = stack.read_stage("prod")
    files = {path.name for path in (ROOT / ".chalice").glob("policy-*.json")}
    assert {stage.function_setting(name, "iam_policy_file") for name in stage.functions} == files
    assert [stage.function_setting(name, "autogen_policy") for name in stage.functions] == [False] * len(
        stage.functions
    )


@pytest.mark.parametrize("policy", POLICIES)
def test_no_action_and_no_nameable_resource_is_a_bare_star(policy: Policy) -> None:
    for statement in policy["Statement"]:
        assert not [action for action in listed(statement["Action"]) if "*" in action]
        if "*" in listed(statement["Resource"]) and statement["Sid"] != "WhatKnowsNoNames":
            assert set(listed(statement["Action"])) <= KNOWS_NO_RESOURCES


@pytest.mark.parametrize("policy", POLICIES)
def test_no_account_region_or_partition_is_named(policy: Policy) -> None:
    for statement in policy["Statement"]:
        for resource in listed(statement["Resource"]):
            assert resource == "*" or re.match(r"arn:\*:[a-z]+:\*?:\*?:", resource), resource


@pytest.mark.parametrize("policy", POLICIES)
def test_a_policy_fits(policy: Policy) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html: 6,144 characters, spaces aside."""
    assert len(json.dumps(policy, separators=(",", ":"))) <= 6144


def condition(policy: Policy, action: str) -> dict[str, Any]:
    (found,) = [each["Condition"] for each in policy["Statement"] if action in listed(each["Action"])]
    return dict(found)


def test_roles_are_assumed_by_name_and_in_the_own_organization_only() -> None:
    policy = function_policy("look-up-resource-tags")
    assert resources(policy, "sts:AssumeRole") == ["arn:*:iam::*:role/guardduty-notifier-tag-reader*"]
    wanted = {"StringEquals": {"aws:ResourceOrgID": "${aws:PrincipalOrgID}"}}
    assert condition(policy, "sts:AssumeRole") == wanted


@pytest.mark.parametrize("name", ["post-to-slack", "send-test-message"])
def test_keys_decrypt_the_slack_secret_only(name: str) -> None:
    found = condition(function_policy(name), "kms:Decrypt")["StringLike"]
    assert found["kms:ViaService"] == ["ssm.*.amazonaws.com", "ssm.*.amazonaws.com.cn"]
    assert resources(function_policy(name), "ssm:GetParameter") == [
        found["kms:EncryptionContext:PARAMETER_ARN"]
    ]


def test_the_deployer_gives_its_roles_to_three_services_only() -> None:
    assert condition(deployer_policy(), "iam:PassRole") == {
        "StringEquals": {
            "iam:PassedToService": ["events.amazonaws.com", "lambda.amazonaws.com", "states.amazonaws.com"]
        }
    }


def test_the_deployer_can_delete_no_table_that_people_write() -> None:
    assert resources(deployer_policy(), "dynamodb:DeleteTable") == [
        "arn:*:dynamodb:*:*:table/guardduty-notifier-*-notifications"
    ]


def test_the_deployer_reads_no_secret_and_no_rule() -> None:
    kept = {
        "ssm:GetParameter",
        "kms:Decrypt",
        "dynamodb:Scan",
        "dynamodb:Query",
        "dynamodb:GetItem",
        "sts:AssumeRole",
    }
    assert not allowed(deployer_policy()) & kept


def test_readers_write_nothing_and_editors_these_two_tables() -> None:
    writes = {"dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:BatchWriteItem"}
    assert not allowed(managed_policy("rule-reader")) & writes
    assert allowed(managed_policy("rule-editor")) >= writes | allowed(managed_policy("rule-reader"))
    for action in writes:
        assert [arn.rsplit("-", 1)[1] for arn in resources(managed_policy("rule-editor"), action)] == [
            "suppressions",
            "routes",
        ]
