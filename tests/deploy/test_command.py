"""Deploying and deleting, for real, against a local AWS; its progress and failures as CloudFormation words them."""

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from socket import AF_INET, SOCK_DGRAM, socket
from typing import Any

import boto3
import click
import pytest
import requests
from botocore.stub import Stubber
from click.testing import CliRunner
from moto import mock_aws
from moto.server import ThreadedMotoServer

from statemachine import session
from statemachine.deploy import command, stack
from statemachine.deploy import watch as watching
from statemachine.session import Failed, WrongInput
from tests.test_policies import allowed, deployer_policy

ROOT = Path(__file__).parent.parent.parent
BIN = Path(sys.executable).parent
REGION = "eu-west-1"
FAKE = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_DEFAULT_REGION": REGION}


class CallRecorder:
    """botocore's client-side monitoring: every call of every process that knows the port."""

    def __init__(self) -> None:
        self.calls: set[str] = set()
        self._socket = socket(AF_INET, SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def environment(self) -> dict[str, str]:
        port = str(self._socket.getsockname()[1])
        return {"AWS_CSM_ENABLED": "true", "AWS_CSM_HOST": "127.0.0.1", "AWS_CSM_PORT": port}

    def _listen(self) -> None:
        while True:
            call = json.loads(self._socket.recv(65_536))
            if call["Type"] == "ApiCall":
                self.calls.add(f"{call['Service']}:{call['Api']}")


@dataclass
class Project:
    """A copy of the repository and an AWS for it."""

    folder: Path
    endpoint: str
    recorder: CallRecorder = field(default_factory=CallRecorder)

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        home = {"PATH": os.environ["PATH"], "HOME": str(self.folder)}
        environment = {**home, **FAKE, **self.recorder.environment, "AWS_ENDPOINT_URL": self.endpoint}
        return subprocess.run(
            [shutil.which(command[0], path=f"{BIN}:{os.environ['PATH']}") or command[0], *command[1:]],
            cwd=self.folder, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip

    def statemachine(self, *command: str) -> subprocess.CompletedProcess[str]:
        return self.run("python", "-m", "statemachine", *command)

    def client(self, service: str) -> Any:
        keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
        return boto3.client(service, region_name=REGION, endpoint_url=self.endpoint, **keys)  # type: ignore[call-overload]

    def make(self, *targets: str) -> subprocess.CompletedProcess[str]:
        """Make as people do, with the environment that is installed already."""
        shutil.copy(ROOT / "Makefile", self.folder)
        return self.run("make", "--old-file", ".venv/installed", f"BIN={BIN}", *targets)

    def functions(self) -> list[str]:
        return sorted(found["FunctionName"] for found in self.client("lambda").list_functions()["Functions"])

    def change_min_severity(self) -> None:
        path = self.folder / stack.CONFIG
        config = json.loads(path.read_text())
        config["stages"]["dev"]["stack_parameters"]["MinSeverity"] = "8.5"
        path.write_text(json.dumps(config))


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    for name in ("chalicelib", "statemachine", ".chalice"):
        unwanted = shutil.ignore_patterns("deployed", "deployments", "__pycache__")
        shutil.copytree(ROOT / name, tmp_path / name, ignore=unwanted)
    shutil.copy(ROOT / "app.py", tmp_path)
    (tmp_path / "requirements.txt").touch()  # the real one would be fetched from the package index
    server = ThreadedMotoServer(port=0)
    server.start()
    port = server.get_host_and_port()[1]
    endpoint = f"http://127.0.0.1:{port}"
    requests.post(f"{endpoint}/moto-api/reset", timeout=100)
    yield Project(tmp_path, endpoint)
    server.stop()


def test_from_nothing_to_nothing(project: Project) -> None:
    early = project.statemachine("deploy", "--stage", "dev")
    assert early.returncode == 2
    assert "chalice deploy --stage dev" in early.stderr

    assert project.run("chalice", "deploy", "--stage", "dev").returncode == 0
    names = [f"guardduty-notifier-dev-{name}" for name in stack.read_stage("dev").functions]
    assert project.functions() == names

    first = project.statemachine("deploy", "--stage", "dev")
    assert (first.returncode, first.stderr) == (0, "")
    assert "The stack is CREATE_COMPLETE." in first.stdout
    is_as_designed(project)

    assert project.run("chalice", "deploy", "--stage", "dev").returncode == 0
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


def action(call: str) -> str:
    """A call's IAM action: ``CloudFormation:CreateChangeSet`` → ``cloudformation:CreateChangeSet``."""
    service, name = call.split(":")
    return "lambda:InvokeFunction" if name == "Invoke" else f"{service.lower()}:{name}"


def is_as_designed(project: Project) -> None:
    machine = project.client("stepfunctions").list_state_machines()["stateMachines"][0]
    assert machine["name"] == "guardduty-notifier-dev"
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
        assert document == json.loads((ROOT / f".chalice/policy-{function}.json").read_text())


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


def made(project: Project) -> list[str]:
    roles = [role["RoleName"] for role in project.client("iam").list_roles()["Roles"]]
    stacks = [each["StackName"] for each in project.client("cloudformation").describe_stacks()["Stacks"]]
    return [*project.functions(), *roles, *stacks]


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


@pytest.mark.parametrize("recorded", [True, False], ids=["recorded-here", "deployed-from-elsewhere"])
def test_a_stage_is_not_made_in_a_second_region(
    project: Project, monkeypatch: pytest.MonkeyPatch, recorded: bool
) -> None:
    """The functions' roles are the account's: a second region would share, change and delete them."""
    assert project.make("deploy", "STAGE=dev").returncode == 0
    before = made(project)
    if not recorded:
        shutil.rmtree(project.folder / ".chalice/deployed")
    monkeypatch.setitem(FAKE, "AWS_DEFAULT_REGION", "us-east-1")
    for target in ("deploy", "delete"):
        refused = project.make(target, "STAGE=dev")
        assert "error: Stage dev is in eu-west-1 already" in refused.stderr
        assert "AWS_DEFAULT_REGION=eu-west-1" in refused.stderr
    monkeypatch.setitem(FAKE, "AWS_DEFAULT_REGION", REGION)
    assert made(project) == before


def test_a_record_of_another_account_is_not_overwritten(project: Project) -> None:
    path = project.folder / ".chalice/deployed/dev.json"
    path.parent.mkdir()
    arn = f"arn:aws:lambda:{REGION}:999999999999:function:guardduty-notifier-dev-post-to-slack"
    path.write_text(json.dumps({"resources": [{"resource_type": "lambda_function", "lambda_arn": arn}]}))
    refused = project.make("deploy", "STAGE=dev")
    assert "Stage dev was deployed from this folder into account 999999999999" in refused.stderr
    assert made(project) == []


# --- what is wrong before AWS is asked, and what AWS answers ---


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """No session of another test, no profile of the user's."""
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return monkeypatch


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


@pytest.mark.parametrize(
    ("error", "kind", "said"),
    [
        pytest.param("ExpiredToken", WrongInput, "aws sso login", id="expired"),
        pytest.param("InvalidClientTokenId", WrongInput, "AWS_PROFILE", id="unknown-key"),
        pytest.param("AccessDenied", Failed, "AccessDenied: not yours", id="refused"),
    ],
)
def test_what_aws_refuses_is_one_line(
    fresh: pytest.MonkeyPatch, error: str, kind: type[Exception], said: str
) -> None:
    for name, value in FAKE.items():
        fresh.setenv(name, value)
    sts = session.client("sts")
    with Stubber(sts) as stub:
        stub.add_client_error("get_caller_identity", error, "not\n yours")
        with pytest.raises(kind, match=said), session.plain_errors():
            sts.get_caller_identity()


def test_aws_that_does_not_answer_is_one_line(fresh: pytest.MonkeyPatch) -> None:
    with socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    for name, value in {**FAKE, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}"}.items():
        fresh.setenv(name, value)
    with pytest.raises(Failed, match="AWS did not answer"), session.plain_errors():
        session.identity()


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


def resource_event(number: int, name: str, status: str, why: str = "") -> dict[str, Any]:
    kind = "AWS::CloudFormation::Stack" if name == "S" else "AWS::DynamoDB::Table"
    return {
        "StackId": "S", "EventId": str(number), "StackName": "S", "LogicalResourceId": name, "ResourceType": kind,
        "Timestamp": datetime(2026, 11, 20, tzinfo=UTC), "ResourceStatus": status, "ResourceStatusReason": why,
    }  # fmt: skip


Look = tuple[str, list[dict[str, Any]]]


def watch(looks: list[Look], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> str:
    """Watch a stack whose status and events at each look are given; what was printed."""
    monkeypatch.setattr(watching, "PAUSE", 0)
    cloudformation: Any = boto3.client(
        "cloudformation", region_name=REGION, aws_access_key_id="x", aws_secret_access_key="x"
    )
    events: list[dict[str, Any]] = []
    with Stubber(cloudformation) as stub:
        for status, new in looks:
            events = [*new[::-1], *events]
            described = {
                "StackName": "S",
                "CreationTime": datetime(2026, 11, 20, tzinfo=UTC),
                "StackStatus": status,
            }
            stub.add_response("describe_stacks", {"Stacks": [described]})
            stub.add_response("describe_stacks", {"Stacks": [described]})
            stub.add_response("describe_stack_events", {"StackEvents": events})
        try:
            watching.watch(cloudformation, "S", {"0"}, 2)
        finally:
            printed = capsys.readouterr().out
        stub.assert_no_pending_responses()
    return printed


def test_progress_is_posted_resource_by_resource(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = [
        (
            "UPDATE_COMPLETE",
            [resource_event(0, "S", "UPDATE_COMPLETE")],
        ),  # from before: not the end of this one
        (
            "UPDATE_IN_PROGRESS",
            [resource_event(1, "S", "UPDATE_IN_PROGRESS"), resource_event(2, "T", "UPDATE_IN_PROGRESS")],
        ),
        (
            "UPDATE_COMPLETE",
            [resource_event(3, "T", "UPDATE_COMPLETE"), resource_event(4, "S", "UPDATE_COMPLETE")],
        ),
    ]
    lines = watch(looks, capsys, monkeypatch).splitlines()
    assert lines[2] == "  UPDATE_COMPLETE      T (AWS::DynamoDB::Table)"
    assert lines[-1] == "The stack is UPDATE_COMPLETE."
    assert len(lines) == 5


def test_a_failure_names_the_resource_and_the_reason_and_not_what_it_stopped(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = [
        resource_event(1, "A", "CREATE_FAILED", "Limit exceeded"),
        resource_event(2, "B", "CREATE_FAILED", "Resource creation cancelled"),
    ]
    looks = [
        ("ROLLBACK_IN_PROGRESS", failures),
        ("ROLLBACK_COMPLETE", [resource_event(3, "S", "ROLLBACK_COMPLETE")]),
    ]
    with pytest.raises(Failed) as failed:
        watch(looks, capsys, monkeypatch)
    assert failed.value.format_message() == (
        "The stack is ROLLBACK_COMPLETE.\n  A (AWS::DynamoDB::Table): Limit exceeded"
    )
    assert failed.value.exit_code == 1


def test_change_sets_import_the_kept_tables_by_their_literal_names(fresh: pytest.MonkeyPatch) -> None:
    """moto imports nothing: asserted on what is sent."""
    with mock_aws():
        sent = sent_by_a_first_deploy(fresh)
    assert sent["CreateChangeSet"]["ImportExistingResources"] is True
    resources = json.loads(sent["CreateChangeSet"]["TemplateBody"])["Resources"]
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


def put_function(name: str) -> None:
    iam = session.client("iam")
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    session.client("lambda").create_function(
        FunctionName=name, Runtime="python3.11", Role=role, Handler="app.x", Code={"ZipFile": b"x"}
    )


def recording(sent: dict[str, dict[str, Any]], operation: str) -> Callable[..., None]:
    def record(params: dict[str, Any], **_: object) -> None:
        sent[operation] = params

    return record
