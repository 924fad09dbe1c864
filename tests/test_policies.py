"""Each policy allows what is called, and no more: by table, and for whoever compares it with recorded calls."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from statemachine.deploy import stack

ROOT = Path(__file__).parent.parent
LOGS = {"logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"}
SECRET = {"ssm:GetParameter", "kms:Decrypt"}
SEQUENCE = {"guardduty:ListDetectors", "guardduty:GetFindings"}
ACCOUNTS = {"organizations:DescribeAccount", "account:GetAccountInformation"}

KNOWS_NO_RESOURCES = {
    "dynamodb:ListStreams",
    "dynamodb:ListTables",
    "guardduty:ListDetectors",
    "lambda:CreateEventSourceMapping",
    "organizations:ListAccounts",
    "tag:GetResources",
}  # https://docs.aws.amazon.com/service-authorization/latest/reference/

Policy = dict[str, Any]


def function_policy(name: str) -> Policy:
    read: Policy = json.loads((ROOT / f".chalice/policy-{name}.json").read_text())
    return read


def deployer_policy() -> Policy:
    read: Policy = json.loads((ROOT / "statemachine/policies/deployer.json").read_text())
    return read


def people_policy(name: str) -> Policy:
    """One of the stack's managed policies, its resources as patterns: partition, region, account, stage are ``*``."""
    document: Policy = stack.template()["Resources"][name]["Properties"]["PolicyDocument"]
    statements = [
        each | {"Resource": list(map(filled, listed(each["Resource"])))} for each in document["Statement"]
    ]
    return document | {"Statement": statements}


def filled(resource: str | dict[str, str]) -> str:
    return resource if isinstance(resource, str) else re.sub(r"\$\{[\w:]+\}", "*", resource["Fn::Sub"])


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


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
    pytest.param(deployer_policy(), id="deployer"),
    *(pytest.param(people_policy(name), id=name) for name in ("RuleEditorPolicy", "RuleReaderPolicy")),
]


@pytest.mark.parametrize(
    ("name", "actions"),
    [
        pytest.param("read-finding", SEQUENCE, id="read-finding"),
        pytest.param(
            "look-up-account",
            {
                "dynamodb:BatchWriteItem",
                "dynamodb:GetItem",
                "dynamodb:PutItem",
                "dynamodb:UpdateItem",
                "organizations:ListAccounts",
            }
            | ACCOUNTS,
            id="look-up-account",
        ),
        pytest.param(
            "look-up-resource-tags",
            {"tag:GetResources", "iam:ListUserTags", "iam:ListRoleTags", "sts:AssumeRole"},
            id="look-up-resource-tags",
        ),
        pytest.param("check-suppression-list", {"dynamodb:Query"}, id="check-suppression-list"),
        pytest.param(
            "post-to-slack",
            {"dynamodb:Query", "dynamodb:GetItem", "dynamodb:UpdateItem"} | SECRET,
            id="post-to-slack",
        ),
        pytest.param("send-test-message", SECRET, id="send-test-message"),
        pytest.param(
            "replay-findings",
            {
                "guardduty:GetDetector",
                "guardduty:ListFindings",
                "dynamodb:BatchGetItem",
                "dynamodb:GetItem",
                "dynamodb:Query",
                "dynamodb:Scan",
                "dynamodb:UpdateItem",
                "states:StartExecution",
                "states:DescribeExecution",
                "states:RedriveExecution",
                "kms:GenerateDataKey",
            }
            | ACCOUNTS
            | SECRET
            | SEQUENCE,
            id="replay-findings",
        ),
        pytest.param(
            "announce-rule-change",
            {
                "dynamodb:DescribeStream",
                "dynamodb:GetRecords",
                "dynamodb:GetShardIterator",
                "dynamodb:ListStreams",
                "dynamodb:GetItem",
                "dynamodb:UpdateItem",
                "guardduty:ListFindings",
            }
            | ACCOUNTS
            | SECRET
            | SEQUENCE,
            id="announce-rule-change",
        ),
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
        pytest.param("replay-findings", "dynamodb:BatchGetItem", "notifications", id="posted"),
        pytest.param("replay-findings", "dynamodb:Scan", "suppressions", id="rules"),
        pytest.param("replay-findings", "dynamodb:UpdateItem", "notifications", id="closings"),
        pytest.param("announce-rule-change", "dynamodb:UpdateItem", "notifications", id="announced"),
    ],
)
def test_a_function_reaches_its_own_table_only(name: str, action: str, table: str) -> None:
    assert resources(function_policy(name), action) == [
        f"arn:*:dynamodb:*:*:table/guardduty-notifier-*-{table}"
    ]


def test_the_proof_may_close_a_channel_and_write_nothing_else() -> None:
    writing = [
        each
        for each in function_policy("replay-findings")["Statement"]
        if "dynamodb:UpdateItem" in each["Action"]
    ]
    assert [each["Condition"] for each in writing] == [
        {
            "ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["channel#*"]},
            "Null": {"dynamodb:LeadingKeys": "false"},
        }
    ]


def test_who_looks_up_accounts_reads_and_writes_nothing_but_accounts() -> None:
    for action in ("BatchWriteItem", "GetItem", "PutItem", "UpdateItem"):
        assert condition(function_policy("look-up-account"), f"dynamodb:{action}", "dynamodb:") == {
            "ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["account#*"]},
            "Null": {"dynamodb:LeadingKeys": "false"},
        }


def test_the_state_machine_writes_a_rules_counters_and_says_that_it_does() -> None:
    role = stack.template()["Resources"]["StateMachineRole"]["Properties"]["Policies"][0]["PolicyDocument"]
    (counting,) = [each for each in role["Statement"] if each.get("Sid") == "RecordSuppressionCounters"]
    assert (counting["Action"], counting["Condition"]) == (
        "dynamodb:UpdateItem",
        {
            "ForAllValues:StringEquals": {
                "dynamodb:Attributes": ["finding_type", "rule", "match_count", "last_matched_at"]
            },
            "Null": {"dynamodb:Attributes": "false"},
            "StringEqualsIfExists": {"dynamodb:ReturnValues": ["NONE", "UPDATED_OLD", "UPDATED_NEW"]},
        },
    )


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


def condition(policy: Policy, action: str, service: str = "") -> dict[str, Any]:
    """The condition of the one statement that allows an action (through a service)."""
    conditions = [each["Condition"] for each in policy["Statement"] if action in listed(each["Action"])]
    (found,) = [each for each in conditions if f'"{service}' in json.dumps(each)]
    return dict(found)


def test_roles_are_assumed_by_name_and_in_the_own_organization_only() -> None:
    policy = function_policy("look-up-resource-tags")
    assert resources(policy, "sts:AssumeRole") == ["arn:*:iam::*:role/guardduty-notifier-tag-reader*"]
    wanted = {"StringEquals": {"aws:ResourceOrgID": "${aws:PrincipalOrgID}"}}
    assert condition(policy, "sts:AssumeRole") == wanted


@pytest.mark.parametrize(
    "name", ["post-to-slack", "send-test-message", "replay-findings", "announce-rule-change"]
)
def test_keys_decrypt_the_slack_secret_only(name: str) -> None:
    found = condition(function_policy(name), "kms:Decrypt", "ssm.")["StringLike"]
    assert found["kms:ViaService"] == ["ssm.*.amazonaws.com", "ssm.*.amazonaws.com.cn"]
    assert resources(function_policy(name), "ssm:GetParameter") == [
        found["kms:EncryptionContext:PARAMETER_ARN"]
    ]


def test_keys_open_the_executions_of_our_state_machines_only() -> None:
    for action in ("kms:Decrypt", "kms:GenerateDataKey"):
        found = condition(function_policy("replay-findings"), action, "states.")["StringLike"]
        assert [found["kms:EncryptionContext:aws:states:stateMachineArn"]] == resources(
            function_policy("replay-findings"), "states:StartExecution"
        )


def test_streams_are_those_of_the_two_tables() -> None:
    for action in ("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"):
        assert resources(function_policy("announce-rule-change"), action) == [
            f"arn:*:dynamodb:*:*:table/guardduty-notifier-*-{table}/stream/*"
            for table in ("suppressions", "routes")
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


def test_the_deployer_makes_event_sources_for_our_functions_only() -> None:
    for verb in ("Create", "Update", "Delete"):
        assert condition(deployer_policy(), f"lambda:{verb}EventSourceMapping") == {
            "ArnLike": {"lambda:FunctionArn": "arn:*:lambda:*:*:function:guardduty-notifier-*"}
        }


def test_readers_write_nothing_and_editors_these_two_tables() -> None:
    reader, editor = people_policy("RuleReaderPolicy"), people_policy("RuleEditorPolicy")
    writes = {"dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:BatchWriteItem"}
    partiql = {"dynamodb:PartiQLInsert", "dynamodb:PartiQLUpdate", "dynamodb:PartiQLDelete"}
    assert allowed(editor) == allowed(reader) | writes | partiql
    assert not allowed(reader) & (writes | partiql)
    for action in {"dynamodb:Scan", "dynamodb:GetItem"} | writes | partiql:
        assert resources(editor, action) == [
            f"arn:*:dynamodb:*:*:table/guardduty-notifier-*-{table}" for table in ("suppressions", "routes")
        ]


def test_readers_may_try_rules_on_what_guardduty_lists() -> None:
    read = {"guardduty:ListDetectors", "guardduty:ListFindings", "guardduty:GetFindings"}
    assert allowed(people_policy("RuleReaderPolicy")) >= read | ACCOUNTS
