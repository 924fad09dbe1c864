"""Two stages in one account: no function of the one reaches anything of the other, whatever it is made to do."""

import fnmatch
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parent.parent.parent / ".chalice"
CONFIG = json.loads((FOLDER / "config.json").read_text("utf-8"))
FUNCTIONS = sorted(CONFIG["lambda_functions"])
STAGES = sorted(CONFIG["stages"])

Statement = Mapping[str, Any]


class NotUnderstood(Exception):
    """A policy says something that this reading of it does not know: no test may guess."""


@dataclass(frozen=True)
class Target:
    """Something of a stage that a function might reach."""

    name: str
    arn: str
    context: Mapping[str, str] = field(default_factory=dict)
    """What IAM knows of such a request besides."""


def targets(stage: str) -> Iterator[Target]:
    """Everything of a stage that its functions deal with."""
    here = "eu-west-1:111122223333"
    app = f"guardduty-notifier-{stage}"
    secret = f"arn:aws:ssm:{here}:parameter/guardduty-notifier/{stage}/slack"
    key = f"arn:aws:kms:{here}:key/11111111-2222-3333-4444-555555555555"
    yield Target("secret", secret)
    yield Target("secret's key", key, {
        "kms:ViaService": "ssm.eu-west-1.amazonaws.com", "kms:EncryptionContext:PARAMETER_ARN": secret,
    })  # fmt: skip
    for table in ("notifications", "suppressions", "routes"):
        yield Target(table, f"arn:aws:dynamodb:{here}:table/{app}-{table}")
        yield Target(f"stream of {table}", f"arn:aws:dynamodb:{here}:table/{app}-{table}/stream/2026-11-20")
        yield Target(f"key of {table}", key, {
            "kms:ViaService": "dynamodb.eu-west-1.amazonaws.com",
            "kms:EncryptionContext:aws:dynamodb:tableName": f"{app}-{table}",
        })  # fmt: skip
    yield Target("what is open", f"arn:aws:dynamodb:{here}:table/{app}-notifications/index/attention")
    for kind, name in (("machine", app), ("attention machine", f"{app}-attention")):
        machine = f"arn:aws:states:{here}:stateMachine:{name}"
        yield Target(kind, machine)
        yield Target(f"executions of {kind}", f"arn:aws:states:{here}:execution:{name}:one")
        yield Target(f"key of {kind}", key, {
            "kms:ViaService": "states.eu-west-1.amazonaws.com",
            "kms:EncryptionContext:aws:states:stateMachineArn": machine,
        })  # fmt: skip
    for function in FUNCTIONS:
        yield Target(f"function {function}", f"arn:aws:lambda:{here}:function:{app}-{function}")
        log = f"arn:aws:logs:{here}:log-group:/aws/lambda/{app}-{function}:log-stream:x"
        yield Target(f"log of {function}", log)
    for rule in ("findings", "attack-sequences", "reconcile", "daily-proof"):
        yield Target(f"rule {rule}", f"arn:aws:events:{here}:rule/{app}-{rule}")
    yield Target("alarms", f"arn:aws:sns:{here}:{app}-alarms")
    yield Target("dead letters", f"arn:aws:sqs:{here}:{app}-dead-letters")


def policy(stage: str, function: str) -> list[Statement]:
    """What a function may do in a stage: its policy, looked for where Chalice looks, in its order."""
    block = CONFIG["stages"][stage]
    places = (
        block.get("lambda_functions", {}).get(function, {}),
        block,
        CONFIG["lambda_functions"][function],
        CONFIG,
    )
    file = next(place["iam_policy_file"] for place in places if place.get("iam_policy_file"))
    statements: list[Statement] = json.loads((FOLDER / file).read_text("utf-8"))["Statement"]
    return statements


def reaches(statement: Statement, target: Target) -> bool:
    """Whether a statement allows anything on a target, as IAM matches names; of conditions, those that it can judge."""
    if statement["Effect"] != "Allow" or not statement.keys() <= {
        "Sid", "Effect", "Action", "Resource", "Condition",
    }:  # fmt: skip
        raise NotUnderstood(str(statement))
    service = target.arn.split(":")[2]
    if not any(action.split(":")[0] == service for action in listed(statement["Action"])):
        return False
    return any(matches(target.arn, pattern) for pattern in listed(statement["Resource"])) and all(
        any(matches(target.context.get(key, "none"), pattern) for pattern in listed(wanted))
        for operator, keys in statement.get("Condition", {}).items()
        if operator in ("StringEquals", "StringLike", "ArnLike", "ArnEquals")
        for key, wanted in keys.items()
        if key in target.context or key.startswith("kms:")  # of a key's use the context is known in full
    )


def matches(value: str, pattern: str) -> bool:
    return fnmatch.fnmatchcase(value, pattern.replace("[", "[[]"))


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def reached(stage: str, function: str, of: str) -> set[str]:
    """Name what of a stage the function of another (or of its own) reaches."""
    statements = policy(stage, function)
    return {
        target.name for target in targets(of) if any(reaches(statement, target) for statement in statements)
    }


@pytest.mark.parametrize("function", FUNCTIONS)
def test_no_function_of_a_stage_reaches_anything_of_another(function: str) -> None:
    assert {
        (stage, other, name)
        for stage in STAGES
        for other in STAGES
        if other != stage
        for name in reached(stage, function, other)
    } == set()


@pytest.mark.parametrize("stage", STAGES)
def test_the_functions_of_a_stage_reach_what_is_its_own(stage: str) -> None:
    by_function = {function: reached(stage, function, stage) for function in FUNCTIONS}
    logs = {function: {name for name in names if "log of" in name} for function, names in by_function.items()}
    assert logs == {function: {f"log of {function}"} for function in FUNCTIONS}
    assert set().union(*by_function.values()) >= {
        "secret", "secret's key", "notifications", "suppressions", "routes", "what is open",
        "machine", "executions of machine", "key of machine",
        "attention machine", "executions of attention machine", "key of attention machine",
        "stream of suppressions", "stream of routes",
        "key of notifications", "key of suppressions", "key of routes",
    }  # fmt: skip


@pytest.mark.parametrize("stage", STAGES)
def test_the_function_that_names_accounts_writes_nothing_but_accounts(stage: str) -> None:
    [table] = [target for target in targets(stage) if target.name == "notifications"]
    writing = [
        statement
        for statement in policy(stage, "look-up-account")
        if reaches(statement, table) and writes(statement)
    ]
    assert [statement for statement in writing if not only_of(statement, "account#")] == []


def writes(statement: Statement) -> bool:
    verbs = ("Put", "Update", "Delete", "BatchWrite", "PartiQL")
    return any(action.split(":")[1].startswith(verbs) for action in listed(statement["Action"]))


def only_of(statement: Statement, prefix: str) -> bool:
    """Whether a statement is held to items whose key begins so; a request without a key is refused as well."""
    condition = statement.get("Condition", {})
    keys = condition.get("ForAllValues:StringLike", {}).get("dynamodb:LeadingKeys", [])
    demanded = str(condition.get("Null", {}).get("dynamodb:LeadingKeys")).lower() == "false"
    return demanded and bool(keys) and all(str(key).startswith(prefix) for key in listed(keys))
