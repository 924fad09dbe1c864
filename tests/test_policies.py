"""Each policy allows what is called, and no more: by table, and for whoever compares it with recorded calls."""

import json
import re
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from chalicelib.attention import asking
from chalicelib.ledger import digests, watch
from statemachine.deploy import policies, stack

ROOT = Path(__file__).parent.parent
LOGS = {"logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"}
SECRET = {"ssm:GetParameter", "kms:Decrypt"}
TABLES_KEY = {"kms:Decrypt"}
SEQUENCE = {"guardduty:ListDetectors", "guardduty:GetFindings"}
ACCOUNTS = {"organizations:DescribeAccount", "account:GetAccountInformation"}

KNOWS_NO_RESOURCES = {
    "dynamodb:ListTables",
    "guardduty:ListDetectors",
    "lambda:CreateEventSourceMapping",
    "organizations:ListAccounts",
    "tag:GetResources",
}  # https://docs.aws.amazon.com/service-authorization/latest/reference/

WRITES = {f"dynamodb:{verb}Item" for verb in ("BatchWrite", "Delete", "Put", "Update")}
KEY = "dynamodb:LeadingKeys"
ATTRIBUTES = "dynamodb:Attributes"
TABLE = "kms:EncryptionContext:aws:dynamodb:tableName"
KNOW_NO_NAMES = {"WhatKnowsNoNames", "TracesAndLogDelivery"}

WATCH = watch.Watch("", "", 900, 8, "", "111122223333", "", "eu-west-1")

Policy = dict[str, Any]

PROD = stack.read_stage("prod")
WITH_A_TAG_READER = replace(
    PROD, settings={**PROD.settings, "TAG_READER_ROLE_NAME": "guardduty-notifier-tag-reader"}
)


def function_policy(name: str) -> Policy:
    """What a function of prod may do, where the stage has everything that it can have."""
    return policies.policy(WITH_A_TAG_READER, name)


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


def filled(resource: str | dict[str, Any]) -> str:
    if isinstance(resource, str):
        return resource
    if "Fn::Sub" in resource:
        return re.sub(r"\$\{[\w:]+\}", "*", resource["Fn::Sub"])
    table, _ = resource["Fn::GetAtt"]
    name: str = stack.template()["Resources"][table]["Properties"]["TableName"]["Fn::Sub"]
    return f"arn:*:dynamodb:*:*:table/{filled(name.replace('${Stage}', '*'))}"


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
    pytest.param(policies.boundary(), id="boundary"),
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
                "organizations:DescribeOrganizationalUnit",
                "organizations:ListAccounts",
            }
            | ACCOUNTS
            | TABLES_KEY,
            id="look-up-account",
        ),
        pytest.param(
            "look-up-resource-tags",
            {"tag:GetResources", "iam:ListUserTags", "iam:ListRoleTags", "sts:AssumeRole"},
            id="look-up-resource-tags",
        ),
        pytest.param("check-suppression-list", {"dynamodb:Query"} | TABLES_KEY, id="check-suppression-list"),
        pytest.param(
            "post-to-slack",
            {"dynamodb:BatchGetItem", "dynamodb:Query", "dynamodb:GetItem", "dynamodb:UpdateItem"}
            | SECRET
            | TABLES_KEY,
            id="post-to-slack",
        ),
        pytest.param(
            "look-for-answer",
            {"dynamodb:GetItem", "dynamodb:UpdateItem"} | SECRET | TABLES_KEY | SEQUENCE,
            id="look-for-answer",
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
                "states:ListExecutions",
                "states:RedriveExecution",
                "kms:GenerateDataKey",
            }
            | ACCOUNTS
            | SECRET
            | TABLES_KEY
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
            | TABLES_KEY
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
        pytest.param("post-to-slack", "dynamodb:UpdateItem", "notifications", id="turns"),
        pytest.param("post-to-slack", "dynamodb:BatchGetItem", "notifications", id="open"),
        pytest.param("look-for-answer", "dynamodb:GetItem", "notifications", id="watches"),
        pytest.param("replay-findings", "dynamodb:BatchGetItem", "notifications", id="posted"),
        pytest.param("replay-findings", "dynamodb:Scan", "suppressions", id="rules"),
        pytest.param("replay-findings", "dynamodb:UpdateItem", "notifications", id="closings"),
        pytest.param("announce-rule-change", "dynamodb:UpdateItem", "notifications", id="announced"),
    ],
)
def test_a_function_reaches_its_own_table_only(name: str, action: str, table: str) -> None:
    assert set(resources(function_policy(name), action)) == {
        f"arn:*:dynamodb:*:*:table/guardduty-notifier-prod-{table}"
    }


@pytest.mark.parametrize(
    ("name", "table"),
    [
        pytest.param("post-to-slack", "routes", id="routes-and-what-is-open"),
        pytest.param("replay-findings", "suppressions", id="rules-and-what-is-open"),
    ],
)
def test_of_the_notifications_table_its_indexes_alone_are_queried(name: str, table: str) -> None:
    arn = "arn:*:dynamodb:*:*:table/guardduty-notifier-prod-"
    assert sorted(resources(function_policy(name), "dynamodb:Query")) == sorted(
        [f"{arn}{table}", *(f"{arn}notifications/index/{name}" for name in (watch.INDEX, digests.INDEX))]
    )


@pytest.mark.parametrize("name", PROD.functions)
def test_who_posts_digests_alone_asks_what_is_in_them(name: str) -> None:
    index = f"arn:*:dynamodb:*:*:table/guardduty-notifier-prod-notifications/index/{digests.INDEX}"
    asks = index in resources(function_policy(name), "dynamodb:Query")
    assert asks == (name in ("post-to-slack", "replay-findings"))


KEYS = (
    "account#111122223333",
    "account#all",
    "announcement#x",
    "channel#C01",
    "digest#202611261405-3fa9c1d2",
    f"channel#{asking.HISTORY}",
    f"channel#{asking.REACTIONS}",
    "resource#i-0a",
    f"{1:032x}",
    "test#x#1",
)


@pytest.mark.parametrize(
    ("name", "written"),
    [
        pytest.param("read-finding", "", id="read-finding"),
        pytest.param("look-up-account", "account# account#", id="look-up-account"),
        pytest.param("look-up-resource-tags", "", id="look-up-resource-tags"),
        pytest.param("check-suppression-list", "", id="check-suppression-list"),
        pytest.param("post-to-slack", "channel# digest# resource# finding test#", id="post-to-slack"),
        pytest.param("send-test-message", "", id="send-test-message"),
        pytest.param("look-for-answer", "", id="look-for-answer"),
        pytest.param("replay-findings", "channel# digest#", id="replay-findings"),
        pytest.param("announce-rule-change", "announcement# channel#", id="announce-rule-change"),
    ],
)
def test_a_function_writes_the_keys_that_its_code_writes(name: str, written: str) -> None:
    gates = [key for key in KEYS if "." in key]
    others = [key for key in KEYS if key not in gates and may_write(name, key)]
    kinds = [key.split("#")[0] + "#" if "#" in key else "finding" for key in others]
    assert kinds == written.split()
    passed = [key for key in gates if may_write(name, key)]
    assert passed == (gates if name == "look-for-answer" or "channel#" in written else [])


def may_write(name: str, key: str) -> bool:
    """Whether a statement lets a function write an item of the ledger with this key, whatever of it."""
    return any(
        key_allowed(each["Condition"], key)
        for each in writing(name)
        if ATTRIBUTES not in str(each["Condition"])
    )


def writing(name: str) -> list[Policy]:
    """The statements that let a function write into the ledger."""
    return [
        each
        for each in function_policy(name)["Statement"]
        if set(listed(each["Action"])) & WRITES and each["Resource"].endswith("-notifications")
    ]


def key_allowed(condition: dict[str, Any], key: str) -> bool:
    """IAM's reading of these conditions; a request that names no key is refused."""
    like_or_equal = {"ForAllValues:StringLike", "ForAllValues:StringEquals"} & condition.keys()
    assert condition.keys() <= {*like_or_equal, "ForAllValues:StringNotLike", "Null"}
    assert condition["Null"] == {KEY: "false"}
    like = next((condition[each] for each in like_or_equal), {KEY: ["*"]})[KEY]
    unlike = condition.get("ForAllValues:StringNotLike", {KEY: []})[KEY]
    return any(fnmatchcase(key, each) for each in like) and not any(fnmatchcase(key, each) for each in unlike)


def test_who_looks_up_accounts_reads_nothing_but_accounts() -> None:
    assert condition(function_policy("look-up-account"), "dynamodb:GetItem", "dynamodb:") == {
        "ForAllValues:StringLike": {KEY: ["account#*"]},
        "Null": {KEY: "false"},
    }


@pytest.mark.parametrize("name", ["look-for-answer", "replay-findings"])
def test_who_looks_for_answers_writes_nothing_else_of_a_finding_and_sees_nothing_by_writing(
    name: str,
) -> None:
    (noticing,) = [each for each in writing(name) if ATTRIBUTES in str(each["Condition"])]
    assert noticing["Action"] == ["dynamodb:UpdateItem"]
    assert noticing["Condition"] == {
        "ForAllValues:StringEquals": {
            ATTRIBUTES: ["finding_id", "v", "expires_at", *watch.changes(WATCH)],
        },
        "ForAllValues:StringNotLike": {KEY: ["account#*", "announcement#*", "channel#*", "resource#*"]},
        "Null": {ATTRIBUTES: "false", KEY: "false"},
        "StringEqualsIfExists": {"dynamodb:ReturnValues": "NONE"},
    }


def test_who_looks_for_answers_archives_nothing() -> None:
    assert {each for each in allowed(function_policy("look-for-answer")) if "guardduty" in each} == SEQUENCE


def test_the_state_machine_repairs_findings_alone() -> None:
    role = stack.template()["Resources"]["StateMachineRole"]["Properties"]["Policies"][0]["PolicyDocument"]
    (repair,) = [each for each in role["Statement"] if each.get("Sid") == "RecordNotification"]
    assert [key for key in KEYS if key_allowed(repair["Condition"], key)] == [f"{1:032x}", "test#x#1"]


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


def test_every_function_of_every_stage_has_a_policy_file_of_its_own_and_every_file_a_function() -> None:
    stages = [stack.read_stage(name) for name in PROD.config["stages"]]
    files = {path.name for path in (ROOT / ".chalice").glob("policy-*.json")}
    named = [each.function_setting(name, "iam_policy_file") for each in stages for name in each.functions]
    assert (set(named), len(named)) == (files, len(set(named)))
    assert {each.function_setting(name, "autogen_policy") for each in stages for name in each.functions} == {
        False
    }


@pytest.mark.parametrize("policy", POLICIES)
def test_no_action_and_no_nameable_resource_is_a_bare_star(policy: Policy) -> None:
    for statement in policy["Statement"]:
        assert not [action for action in listed(statement["Action"]) if "*" in action]
        if "*" in listed(statement["Resource"]) and statement["Sid"] not in KNOW_NO_NAMES:
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


def test_the_boundary_says_nothing_twice() -> None:
    said = [
        (action, resource, json.dumps(each.get("Condition")))
        for each in policies.boundary()["Statement"]
        for action in listed(each["Action"])
        for resource in listed(each["Resource"])
    ]
    assert len(said) == len(set(said))


def condition(policy: Policy, action: str, service: str = "") -> dict[str, Any]:
    """The condition of the one statement that allows an action (through a service)."""
    conditions = [each["Condition"] for each in policy["Statement"] if action in listed(each["Action"])]
    (found,) = [each for each in conditions if f'"{service}' in json.dumps(each)]
    return dict(found)


def test_roles_are_assumed_by_name_and_in_the_own_organization_only() -> None:
    policy = function_policy("look-up-resource-tags")
    assert resources(policy, "sts:AssumeRole") == ["arn:*:iam::*:role/guardduty-notifier-tag-reader"]
    wanted = {"StringEquals": {"aws:ResourceOrgID": "${aws:PrincipalOrgID}"}}
    assert condition(policy, "sts:AssumeRole") == wanted


@pytest.mark.parametrize(
    "name",
    ["post-to-slack", "look-for-answer", "send-test-message", "replay-findings", "announce-rule-change"],
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
        assert found["kms:EncryptionContext:aws:states:stateMachineArn"] == resources(
            function_policy("replay-findings"), "states:StartExecution"
        )


@pytest.mark.parametrize("name", PROD.functions)
def test_who_reaches_a_table_may_have_dynamodb_open_it_and_nobody_else(name: str) -> None:
    made = function_policy(name)
    reaching = any(action.startswith("dynamodb:") for action in allowed(made))
    through = [each for each in made["Statement"] if '"dynamodb.*.amazonaws.com"' in json.dumps(each)]
    assert bool(through) == reaching
    for each in through:
        assert each["Action"] == ["kms:Decrypt"]
        assert each["Condition"]["StringLike"] == {
            "kms:ViaService": ["dynamodb.*.amazonaws.com", "dynamodb.*.amazonaws.com.cn"],
            TABLE: [
                f"guardduty-notifier-prod-{table}" for table in ("notifications", "routes", "suppressions")
            ],
        }


@pytest.mark.parametrize("name", ["RuleEditorPolicy", "RuleReaderPolicy"])
def test_people_have_the_tables_of_rules_opened_by_dynamodb_alone(name: str) -> None:
    found = condition(people_policy(name), "kms:Decrypt")["StringEquals"]
    assert list(map(filled, found["kms:ViaService"])) == [
        "dynamodb.*.amazonaws.com",
        "dynamodb.*.amazonaws.com.cn",
    ]
    assert list(map(filled, found[TABLE])) == [
        f"guardduty-notifier-*-{table}" for table in ("suppressions", "routes")
    ]


def test_streams_are_those_of_the_two_tables() -> None:
    for verb in ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"):
        assert resources(function_policy("announce-rule-change"), f"dynamodb:{verb}") == [
            f"arn:*:dynamodb:*:*:table/guardduty-notifier-prod-{table}/stream/*"
            for table in ("suppressions", "routes")
        ]


def test_the_deployer_makes_and_changes_roles_within_the_boundary_only() -> None:
    boundary = "arn:*:iam::*:policy/" + stack.template()["Parameters"]["PermissionsBoundary"]["Default"]
    for action in ("CreateRole", "PutRolePolicy", "PutRolePermissionsBoundary"):
        assert condition(deployer_policy(), f"iam:{action}") == {
            "StringLike": {"iam:PermissionsBoundary": boundary}
        }
    unwanted = {"iam:AttachRolePolicy", "iam:DeleteRolePermissionsBoundary", "iam:SetDefaultPolicyVersion"}
    assert not allowed(deployer_policy()) & unwanted


def test_the_deployer_reads_the_boundary_and_never_changes_it() -> None:
    boundary = "arn:aws:iam::111122223333:policy/" + policies.BOUNDARY_NAME
    reached = {
        action
        for statement in deployer_policy()["Statement"]
        if any(fnmatchcase(boundary, each) for each in listed(statement["Resource"]) if each != "*")
        for action in listed(statement["Action"])
    }
    assert reached == {"iam:GetPolicy", "iam:GetPolicyVersion"}


def test_within_the_boundary_nobody_gives_rights() -> None:
    given = {each for each in allowed(policies.boundary()) if each.split(":")[0] in ("iam", "sts")}
    assert given == {"iam:ListRoleTags", "iam:ListUserTags", "sts:AssumeRole"}
    assert resources(policies.boundary(), "sts:AssumeRole") == [
        "arn:*:iam::*:role/guardduty-notifier-tag-reader*"
    ]


@pytest.mark.parametrize("name", PROD.functions)
def test_the_boundary_holds_whatever_a_function_may_do(name: str) -> None:
    assert beyond_the_boundary(function_policy(name)["Statement"]) == []


def beyond_the_boundary(statements: list[Policy]) -> list[tuple[str, str]]:
    return [
        (action, resource)
        for statement in statements
        for action in listed(statement["Action"])
        for resource in listed(statement["Resource"])
        if not any(fnmatchcase(resource, each) for each in resources(policies.boundary(), action))
    ]


def test_the_deployer_gives_its_roles_to_three_services_only() -> None:
    assert condition(deployer_policy(), "iam:PassRole") == {
        "StringEquals": {
            "iam:PassedToService": ["events.amazonaws.com", "lambda.amazonaws.com", "states.amazonaws.com"]
        }
    }


def test_the_deployer_stops_nothing_but_what_waits_for_an_answer() -> None:
    stopped = [each for each in resources(deployer_policy(), "states:StopExecution") if ":execution:" in each]
    assert stopped == ["arn:*:states:*:*:execution:guardduty-notifier-*-attention:*"]


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
