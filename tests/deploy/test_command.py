"""Deploying and deleting, for real, against a local AWS; what is refused, and what CloudFormation is sent."""

import json
from collections.abc import Callable
from typing import Any

import click
import pytest
from click.testing import CliRunner
from moto import mock_aws

from statemachine import session
from statemachine.deploy import command, policies, stack, template_text
from statemachine.session import Failed
from tests.deploy.common import FAKE, REGION, Project, made
from tests.test_policies import allowed, deployer_policy


def test_from_nothing_to_nothing(project: Project) -> None:
    early = project.statemachine("deploy", "--stage", "dev")
    assert early.returncode == 2
    assert "make deploy STAGE=dev" in early.stderr

    assert project.run("chalice", "deploy", "--stage", "dev").returncode == 0
    unlocked = project.statemachine("deploy", "--stage", "dev")
    assert unlocked.returncode == 2
    assert "Not packaged here from requirements.lock" in unlocked.stderr
    packages_and_deploys(project)
    names = [f"guardduty-notifier-dev-{name}" for name in stack.read_stage("dev").functions]
    assert project.functions() == names

    first = project.statemachine("deploy", "--stage", "dev")
    assert (first.returncode, first.stderr) == (0, "")
    assert "The stack is CREATE_COMPLETE." in first.stdout
    is_as_designed(project)

    packages_and_deploys(project)
    second = project.statemachine("deploy", "--stage", "dev")
    assert second.returncode == 0
    assert "No changes" in second.stdout

    project.change_min_severity()
    third = project.statemachine("deploy", "--stage", "dev")
    assert (third.returncode, third.stderr) == (0, "")
    assert "UPDATE_COMPLETE" in third.stdout
    rule = project.client("events").describe_rule(Name="guardduty-notifier-dev-findings")
    assert json.loads(rule["EventPattern"])["detail"]["severity"] == [{"numeric": [">=", 8.5]}]

    doctor = project.statemachine("doctor", "--stage", "dev")
    assert doctor.returncode == 1  # no GuardDuty, no Slack secret
    healthy = "functions, functions current, stack, rules, schedules, feed of rule changes"
    for good in (*healthy.split(", "), "dead letters", "last executions"):
        assert f"ok    {good}: " in doctor.stdout
    assert "FAIL  Slack secret: " in doctor.stdout

    takes_both_down(project)
    services = {"cloudformation", "lambda", "iam"}
    called = {call for call in map(action, project.recorder.calls) if call.split(":")[0] in services}
    assert len(called) > 15
    assert called <= allowed(deployer_policy())


def packages_and_deploys(project: Project) -> None:
    packaged = project.statemachine("package", "--stage", "dev")
    assert (packaged.returncode, packaged.stderr) == (0, "")
    deployed = project.run("chalice", "deploy", "--stage", "dev")
    assert deployed.returncode == 0
    assert "Reusing existing deployment package." in deployed.stdout


def action(call: str) -> str:
    """A call's IAM action: ``CloudFormation:CreateChangeSet`` → ``cloudformation:CreateChangeSet``."""
    service, name = call.split(":")
    return "lambda:InvokeFunction" if name == "Invoke" else f"{service.lower()}:{name}"


def is_as_designed(project: Project) -> None:
    machines = project.client("stepfunctions").list_state_machines()["stateMachines"]
    assert sorted(each["name"] for each in machines) == [
        "guardduty-notifier-dev",
        "guardduty-notifier-dev-attention",
    ]
    table = project.client("dynamodb").describe_table(TableName="guardduty-notifier-dev-notifications")
    assert [each["IndexName"] for each in table["Table"]["GlobalSecondaryIndexes"]] == [
        "attention",
        "digests",
    ]
    tables = project.client("dynamodb").list_tables()["TableNames"]
    assert sorted(tables) == [
        f"guardduty-notifier-dev-{name}" for name in ("notifications", "routes", "suppressions")
    ]
    (described,) = project.client("cloudformation").describe_stacks()["Stacks"]
    assert {"Key": "application", "Value": "guardduty-notifier"} in described["Tags"]
    schedules = [
        rule for rule in project.client("events").list_rules()["Rules"] if "ScheduleExpression" in rule
    ]
    assert [rule["Name"].rsplit("dev-", 1)[1] for rule in schedules] == ["reconcile", "daily-proof"]
    feeds = project.client("lambda").list_event_source_mappings()["EventSourceMappings"]
    assert {feed["FunctionArn"].rsplit(":", 1)[1] for feed in feeds} == {
        "guardduty-notifier-dev-announce-rule-change"
    }
    assert len(feeds) == 2
    iam = project.client("iam")
    for function in stack.read_stage("dev").functions:
        role = f"guardduty-notifier-dev-{function}"
        (name,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
        document = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        assert document == policies.policy(stack.read_stage("dev"), function)
    bounded = [role["RoleName"] for role in iam.list_roles()["Roles"] if boundary_of(iam, role["RoleName"])]
    assert len(bounded) == len(stack.read_stage("dev").functions) + 3


def boundary_of(iam: Any, role: str) -> str:
    """The name of a role's permissions boundary."""
    found = iam.get_role(RoleName=role)["Role"].get("PermissionsBoundary", {})
    return str(found.get("PermissionsBoundaryArn", "")).rsplit("/", 1)[-1]


def takes_both_down(project: Project) -> None:
    record = project.folder / ".chalice/deployed/dev.json"
    kept = record.read_text()
    record.unlink()
    refused = project.statemachine("delete", "--stage", "dev")
    assert refused.returncode == 1
    assert "Nothing was deleted" in refused.stderr
    assert project.client("cloudformation").describe_stacks()["Stacks"]

    record.write_text(kept)
    deleted = project.statemachine("delete", "--stage", "dev")
    assert (deleted.returncode, deleted.stderr) == (0, "")
    assert "guardduty-notifier-dev-suppressions and guardduty-notifier-dev-routes stay" in deleted.stdout
    assert (
        "/aws/lambda/guardduty-notifier-dev-… and the parameter /guardduty-notifier/dev/slack stay"
        in deleted.stdout
    )
    assert project.functions() == []
    assert project.client("iam").list_roles()["Roles"] == []
    tables = project.client("dynamodb").list_tables()["TableNames"]
    assert sorted(tables) == ["guardduty-notifier-dev-routes", "guardduty-notifier-dev-suppressions"]

    again = project.statemachine("delete", "--stage", "dev")
    assert (again.returncode, again.stderr) == (0, "")
    assert "There is no stack" in again.stdout


# --- nothing half-made ---


@pytest.mark.parametrize("target", ["deploy", "delete"])
def test_an_unknown_stage_makes_nothing(project: Project, target: str) -> None:
    refused = project.make(target, "STAGE=nope")
    assert (
        refused.stderr.splitlines()[0]
        == "error: No stage 'nope' in .chalice/config.json. There are: dev, prod."
    )
    assert "Error 2" in refused.stderr
    assert made(project) == []


def test_settings_that_the_functions_would_refuse_make_nothing(project: Project) -> None:
    path = project.folder / stack.CONFIG
    config = json.loads(path.read_text())
    config["stages"]["dev"]["environment_variables"] |= {
        "MESSAGE_LANGUAGE": "de",
        "SLACK_MESSAGES_PER_SECOND": "0",
    }
    path.write_text(json.dumps(config))
    refused = project.make("deploy", "STAGE=dev")
    assert refused.stderr.splitlines()[:2] == [
        "error: environment_variables of dev: SLACK_MESSAGES_PER_SECOND must be a number above 0, at most 100.",
        "environment_variables of dev: MESSAGE_LANGUAGE must be en or ja.",
    ]
    assert made(project) == []


@pytest.mark.parametrize(
    ("regions", "said"),
    [
        pytest.param(
            "us-east-1,eu-wset-1",
            "Regions names eu-wset-1, and GuardDuty is in no such region. Is it eu-west-1?",
            id="typo",
        ),
        pytest.param(
            "cn-north-1", "Regions names cn-north-1, and GuardDuty is in no such region.", id="partition"
        ),
        pytest.param("us-east-1,us-east-1", "Regions names us-east-1 twice.", id="twice"),
    ],
)
def test_a_region_that_can_not_be_compared_makes_nothing(project: Project, regions: str, said: str) -> None:
    path = project.folder / stack.CONFIG
    config = json.loads(path.read_text())
    config["stages"]["dev"]["stack_parameters"]["Regions"] = regions
    path.write_text(json.dumps(config))
    refused = project.statemachine("deploy", "--stage", "dev", "--check")
    assert refused.returncode == 2
    [line] = refused.stderr.splitlines()
    assert line.startswith(f"error: stack_parameters of dev: {said}")
    assert made(project) == []


def test_without_credentials_one_line_and_no_traceback(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delitem(FAKE, name)
    monkeypatch.setitem(FAKE, "AWS_EC2_METADATA_DISABLED", "true")
    refused = project.make("deploy", "STAGE=dev")
    said = "error: No AWS credentials. Set AWS_PROFILE, or run: aws configure sso"
    assert refused.stderr.splitlines()[0] == said
    assert "Traceback" not in refused.stdout + refused.stderr


# --- what is wrong before AWS is asked, and what AWS answers ---


@pytest.mark.parametrize(
    "command", [command.deploy_command, command.delete_command], ids=lambda command: command.name
)
@pytest.mark.parametrize(
    ("environment", "said"),
    [
        pytest.param({"AWS_DEFAULT_REGION": REGION}, "No AWS credentials", id="no-credentials"),
        pytest.param(
            {name: FAKE[name] for name in FAKE if "REGION" not in name}, "No AWS region", id="no-region"
        ),
        pytest.param({**FAKE, "AWS_DEFAULT_REGION": ""}, "No AWS region", id="empty-region"),
        pytest.param({**FAKE, "AWS_PROFILE": "nope"}, "AWS_PROFILE", id="unknown-profile"),
    ],
)
def test_what_the_person_can_put_right_exits_2(
    fresh: pytest.MonkeyPatch, command: click.Command, environment: dict[str, str], said: str
) -> None:
    for name, value in environment.items():
        fresh.setenv(name, value)
    result = CliRunner().invoke(command, ["--stage", "dev"])
    assert result.exit_code == 2
    assert said in result.output
    assert "Traceback" not in result.output


def test_an_unknown_stage_lists_those_there_are() -> None:
    result = CliRunner().invoke(command.deploy_command, ["--stage", "staging"])
    assert result.exit_code == 2
    assert "There are: dev, prod." in result.output


# --- the stack's states, as CloudFormation words them ---


@pytest.mark.parametrize(
    ("status", "said"),
    [
        pytest.param("UPDATE_IN_PROGRESS", "busy", id="busy"),
        pytest.param("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "busy", id="cleaning-up"),
        pytest.param("UPDATE_ROLLBACK_FAILED", "continue-update-rollback", id="rollback-failed"),
        pytest.param("DELETE_FAILED", "make delete STAGE=dev", id="half-deleted"),
    ],
)
def test_a_stack_that_is_not_ready_says_what_to_do(status: str, said: str) -> None:
    with pytest.raises(Failed, match=said):
        command.refuse_unready(stack.read_stage("dev"), status)


@pytest.mark.parametrize(
    "status", ["CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE"]
)
def test_a_sound_stack_is_updated(status: str) -> None:
    command.refuse_unready(stack.read_stage("dev"), status)


def test_change_sets_import_the_kept_tables_by_their_literal_names(fresh: pytest.MonkeyPatch) -> None:
    """moto imports nothing: asserted on what is sent."""
    with mock_aws():
        sent = sent_by_a_first_deploy(fresh)
    assert sent["CreateChangeSet"]["ImportExistingResources"] is True
    resources = template_text.read(sent["CreateChangeSet"]["TemplateBody"])["Resources"]
    assert [resources[name]["Properties"]["TableName"] for name in ("SuppressionsTable", "RoutesTable")] == [
        "guardduty-notifier-dev-suppressions",
        "guardduty-notifier-dev-routes",
    ]
    assert len(sent["CreateChangeSet"]["TemplateBody"].encode()) < stack.LARGEST_BODY


def test_a_failed_first_create_leaves_its_tables_to_the_next(fresh: pytest.MonkeyPatch) -> None:
    """To take them back (RetainExceptOnCreate) would fail: they are protected against deletion."""
    with mock_aws():
        sent = sent_by_a_first_deploy(fresh)
    assert "RetainExceptOnCreate" not in sent["ExecuteChangeSet"]


def sent_by_a_first_deploy(fresh: pytest.MonkeyPatch) -> dict[str, dict[str, Any]]:
    for name, value in FAKE.items():
        fresh.setenv(name, value)
    sent: dict[str, dict[str, Any]] = {}
    cloudformation = session.client("cloudformation")
    for operation in ("CreateChangeSet", "ExecuteChangeSet"):
        cloudformation.meta.events.register(
            f"provide-client-params.cloudformation.{operation}", recording(sent, operation)
        )
    fresh.setattr(
        command,
        "client",
        lambda service: cloudformation if service == "cloudformation" else session.client(service),
    )
    for function in stack.read_stage("dev").functions:
        put_function(f"guardduty-notifier-dev-{function}")
    command.deploy(stack.read_stage("dev"))
    return sent


def put_function(name: str, code: bytes = b"x") -> None:
    iam = session.client("iam")
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    session.client("lambda").create_function(
        FunctionName=name, Runtime="python3.11", Role=role, Handler="app.x", Code={"ZipFile": code}
    )


def recording(sent: dict[str, dict[str, Any]], operation: str) -> Callable[..., None]:
    def record(params: dict[str, Any], **_: object) -> None:
        sent[operation] = params

    return record
