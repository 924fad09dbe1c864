"""A stage's policies: made from one table, whatever the stage is called, and written where Chalice reads them."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from statemachine.deploy import policies, stack
from statemachine.deploy.stack import Stage
from statemachine.session import WrongInput
from tests.deploy.common import ROOT
from tests.promises.test_stages_apart import Statement, matches, reaches, targets
from tests.test_policies import KNOW_NO_NAMES, KNOWS_NO_RESOURCES, beyond_the_boundary, resources

DEV = stack.read_stage("dev")
STAGES = ("dev", "dev-eu", "prod", "prod-2")
"""Among them such as begin with another's name: a wildcard behind that would reach them."""
PAIRS = list(permutations(STAGES, 2))
REFERENCES = {
    "AWS::AccountId": "111122223333",
    "StateMachine": "arn:aws:states:eu-west-1:111122223333:stateMachine:guardduty-notifier-${Stage}",
    "SuppressionsTable": "arn:aws:dynamodb:eu-west-1:111122223333:table/guardduty-notifier-${Stage}-suppressions",
    "RoutesTable": "arn:aws:dynamodb:eu-west-1:111122223333:table/guardduty-notifier-${Stage}-routes",
    "NotificationsTable": "arn:aws:dynamodb:eu-west-1:111122223333:table/guardduty-notifier-${Stage}-notifications",
    "KmsKeyArn": "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555",
}
PSEUDO = {"AWS::Partition": "aws", "AWS::Region": "eu-west-1", "AWS::AccountId": "111122223333"}


def stage_called(name: str) -> Stage:
    """A stage with everything that a stage can have."""
    settings = {
        "STAGE": name,
        "SLACK_SECRET_PARAMETER": f"/guardduty-notifier/{name}/slack",
        "TAG_READER_ROLE_NAME": f"guardduty-notifier-tag-reader-{name}",
    }
    return replace(DEV, name=name, settings={**DEV.settings, **settings})


def resolved(value: Any, stage: str) -> Any:
    """What CloudFormation makes of a value of the template, for a stage with a customer key."""
    match value:
        case {"Fn::Sub": str(text)}:
            return re.sub(r"\$\{([\w:]+)\}", lambda name: {**PSEUDO, "Stage": stage}[name[1]], text)
        case {"Fn::If": [_, holds, _]}:
            return resolved(holds, stage)
        case {"Ref": str(name)} | {"Fn::GetAtt": [str(name), "Arn"]}:
            return REFERENCES[name].replace("${Stage}", stage)
        case dict():
            return {key: resolved(each, stage) for key, each in value.items()}
        case list():
            return [resolved(each, stage) for each in value]
        case _:
            return value


def of_the_stack(stage: str) -> Iterator[Statement]:
    """Every statement of the stack's roles and of the policies for people."""
    for made in stack.template()["Resources"].values():
        if made["Type"] == "AWS::IAM::Role":
            for policy in made["Properties"]["Policies"]:
                yield from resolved(policy["PolicyDocument"]["Statement"], stage)
        if made["Type"] == "AWS::IAM::ManagedPolicy":
            yield from resolved(made["Properties"]["PolicyDocument"]["Statement"], stage)


def all_of(stage: str) -> Iterator[Statement]:
    """Every statement that a stage's functions, roles and people have."""
    for function in DEV.functions:
        yield from policies.policy(stage_called(stage), function)["Statement"]
    yield from of_the_stack(stage)


@pytest.mark.parametrize(("stage", "other"), PAIRS)
def test_nothing_of_a_stage_reaches_anything_of_another(stage: str, other: str) -> None:
    statements = [each for each in all_of(stage) if knows_names(each)]
    reached = [(of.name, each) for of in targets(other) for each in statements if reaches(each, of)]
    assert reached == []


def knows_names(statement: Statement) -> bool:
    """Whether an action can be held to one stage's: of those that can't, none reads, writes or starts anything."""
    return statement.get("Sid") not in KNOW_NO_NAMES and not set(statement["Action"]) <= KNOWS_NO_RESOURCES


def test_a_stage_assumes_its_own_tag_reader_alone() -> None:
    assert resources(policies.policy(stage_called("prod"), "look-up-resource-tags"), "sts:AssumeRole") == [
        "arn:*:iam::*:role/guardduty-notifier-tag-reader-prod"
    ]


@pytest.mark.parametrize(("stage", "other"), PAIRS)
def test_no_role_of_a_stage_is_lent_to_anything_of_another(stage: str, other: str) -> None:
    roles = [each for each in stack.template()["Resources"].values() if each["Type"] == "AWS::IAM::Role"]
    assert len(roles) == 3
    for role in roles:
        [trust] = resolved(role["Properties"]["AssumeRolePolicyDocument"]["Statement"], stage)
        [source] = (
            keys["aws:SourceArn"]
            for operator, keys in trust["Condition"].items()
            if operator in ("ArnLike", "ArnEquals")
        )
        lent_to = source if isinstance(source, list) else [source]
        assert [of.name for of in targets(other) for each in lent_to if matches(of.arn, each)] == []
        assert [of.name for of in targets(stage) for each in lent_to if matches(of.arn, each)]


def test_the_boundary_holds_whatever_the_stacks_roles_may_do() -> None:
    roles = (each for each in stack.template()["Resources"].values() if each["Type"] == "AWS::IAM::Role")
    for role in roles:
        for policy in role["Properties"]["Policies"]:
            assert beyond_the_boundary(resolved(policy["PolicyDocument"]["Statement"], "prod-2")) == []


def contexts(statements: Sequence[Mapping[str, Any]]) -> set[str]:
    """The contexts of encryption under which statements let keys be used."""
    conditions = [keys for each in statements for keys in each.get("Condition", {}).values()]
    return {key for keys in conditions for key in keys if key.startswith("kms:EncryptionContext:")}


def test_the_boundary_lets_keys_be_used_as_the_stacks_roles_use_them() -> None:
    roles = [each for each in stack.template()["Resources"].values() if each["Type"] == "AWS::IAM::Role"]
    given = [
        policy["PolicyDocument"]["Statement"] for role in roles for policy in role["Properties"]["Policies"]
    ]
    used = set().union(*(contexts(resolved(statements, "dev")) for statements in given))
    assert used == {
        "kms:EncryptionContext:SourceArn",
        "kms:EncryptionContext:aws:dynamodb:tableName",
        "kms:EncryptionContext:aws:states:stateMachineArn",
    }
    assert used <= contexts(policies.boundary()["Statement"])


@pytest.mark.parametrize("name", DEV.config["stages"])
def test_what_is_committed_is_what_the_table_makes(name: str) -> None:
    """Who deploys with Chalice alone deploys these."""
    policies.refuse_stale(stack.read_stage(name))


# --- a new stage ---


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the shipped config and none of the files that are made from it."""
    (tmp_path / ".chalice").mkdir()
    (tmp_path / stack.CONFIG).write_bytes((ROOT / stack.CONFIG).read_bytes())
    monkeypatch.chdir(tmp_path)
    return tmp_path


def add_stage(folder: Path, name: str, block: dict[str, Any]) -> None:
    config = json.loads((folder / stack.CONFIG).read_text())
    config["stages"][name] = block
    (folder / stack.CONFIG).write_text(json.dumps(config))


def copied_from_dev() -> dict[str, Any]:
    block: dict[str, Any] = json.loads(json.dumps(DEV.config["stages"]["dev"]))
    block["environment_variables"] |= {
        "STAGE": "trial",
        "SLACK_SECRET_PARAMETER": "/guardduty-notifier/trial/slack",
    }
    return block


@pytest.mark.parametrize(
    "block",
    [
        pytest.param(
            {"environment_variables": {"STAGE": "trial", "SLACK_CHANNEL": "#trial"}}, id="as-short-as-can-be"
        ),
        pytest.param(copied_from_dev(), id="copied-with-the-names-of-devs-policies"),
    ],
)
def test_a_new_stage_is_one_entry(folder: Path, block: dict[str, Any]) -> None:
    add_stage(folder, "trial", block)
    with pytest.raises(WrongInput, match="make deploy STAGE=trial"):
        policies.refuse_stale(stack.read_stage("trial"))
    assert policies.write(stack.read_stage("trial")) == len(DEV.functions) + 1
    trial = stack.read_stage("trial")
    for function in trial.functions:
        made = json.loads(
            (folder / ".chalice" / trial.function_setting(function, "iam_policy_file")).read_text()
        )
        assert made == policies.policy(trial, function)
    assert policies.write(trial) == 0
    policies.refuse_stale(trial)


def test_another_secret_is_another_policy(folder: Path) -> None:
    policies.write(DEV)
    other = {**DEV.settings, "SLACK_SECRET_PARAMETER": "/guardduty-notifier/shared"}
    with pytest.raises(WrongInput):
        policies.refuse_stale(replace(DEV, settings=other))


@pytest.mark.parametrize(
    ("setting", "value"),
    [("SLACK_SECRET_PARAMETER", "/guardduty-notifier/*"), ("TAG_READER_ROLE_NAME", "guardduty-notifier-?")],
)
def test_a_pattern_is_no_name(setting: str, value: str) -> None:
    with pytest.raises(WrongInput, match="is a pattern"):
        policies.write(replace(DEV, settings={**DEV.settings, setting: value}))


def test_a_function_without_an_entry_is_refused_by_name() -> None:
    with pytest.raises(WrongInput, match=r"No policy for the function count-stars.*functions\.yaml"):
        policies.write(replace(DEV, functions=(*DEV.functions, "count-stars")))


def test_a_stage_without_a_tag_reader_assumes_no_role() -> None:
    actions = json.dumps(policies.policy(DEV, "look-up-resource-tags"))
    assert "tag:GetResources" in actions
    assert "sts:AssumeRole" not in actions
