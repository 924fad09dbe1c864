"""A stage's life on a local AWS that runs real zips: bus, rule, machine, functions, tables and their feed."""

import json
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest

from statemachine.deploy import stack
from statemachine.local.slack_stand_in import SlackFault, SlackRequest, SlackStandIn
from tests.deploy.common import ROOT, Project, copy_of_the_repository
from tests.fakes.ministack import MiniStackMissing, ministack
from tests.machine import Event, finding

CONCURRENCY = 10
"""Lambda's, of a young account."""

_T = TypeVar("_T")

HIDDEN = 20
"""The finding that a rule hides, by its number."""


class Stage:
    """The stage ``dev`` of a copy of the repository, and its Slack."""

    def __init__(self, project: Project, slack: SlackStandIn) -> None:
        self.project = project
        self.slack = slack
        self._seen: set[str] = set()

    def deploy(self) -> str:
        made = self.project.make("deploy", "STAGE=dev")
        assert made.returncode == 0, made.stdout + made.stderr
        return made.stdout

    def put(self, *findings: Event) -> list[dict[str, Any]]:
        """Put findings on the bus; how their executions ended."""
        events = self.project.client("events")
        for event in findings:
            entry = {
                "Source": "aws.guardduty",
                "DetailType": "GuardDuty Finding",
                "Detail": json.dumps(event["detail"]),
            }
            assert not events.put_events(Entries=[entry])["FailedEntryCount"]
        return until(lambda: self._ended(len(findings)))

    def messages(self) -> list[SlackRequest]:
        """What stands in the channel, not in a thread."""
        posted = [
            each for each in self.slack.requests if each.method == "chat.postMessage" and not each.error
        ]
        return [each for each in posted if each.status == 200 and "thread_ts" not in each.body]

    def states(self, execution: dict[str, Any]) -> list[str]:
        pages = self.project.client("stepfunctions").get_paginator("get_execution_history")
        history = (
            each for page in pages.paginate(executionArn=execution["executionArn"]) for each in page["events"]
        )
        return [
            each["stateEnteredEventDetails"]["name"] for each in history if "stateEnteredEventDetails" in each
        ]

    def _ended(self, count: int) -> list[dict[str, Any]]:
        client = self.project.client("stepfunctions")
        machines = [each["stateMachineArn"] for each in client.list_state_machines()["stateMachines"]]
        [machine] = [arn for arn in machines if arn.endswith(":guardduty-notifier-dev")]
        pages = client.get_paginator("list_executions").paginate(stateMachineArn=machine)
        listed = [
            each for page in pages for each in page["executions"] if each["executionArn"] not in self._seen
        ]
        if len(listed) < count or any(each["status"] == "RUNNING" for each in listed):
            return []
        self._seen |= {each["executionArn"] for each in listed}
        return [client.describe_execution(executionArn=each["executionArn"]) for each in listed]


def until(found: Callable[[], _T]) -> _T:
    """Ask until there is something; a busy machine has its time, and the test's timeout bounds it."""
    while not (result := found()):
        time.sleep(0.2)
    return result


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    copy_of_the_repository(tmp_path)
    for name in ("requirements.txt", "requirements.lock"):
        shutil.copy(ROOT / name, tmp_path)
    try:
        with SlackStandIn() as slack, ministack(CONCURRENCY) as endpoint:
            _settings(
                tmp_path,
                SLACK_API_URL=slack.url,
                SLACK_MESSAGES_PER_SECOND="20",
                ANSWER_WITHIN="critical=15m",
            )
            project = Project(tmp_path, endpoint)
            secret = {
                "Name": "/guardduty-notifier/dev/slack",
                "Type": "SecureString",
                "Value": "xoxb-of-the-test",
            }
            project.client("ssm").put_parameter(**secret)
            yield Stage(project, slack)
    except MiniStackMissing as missing:
        pytest.skip(f"no MiniStack: {missing}")


def _settings(folder: Path, **changed: str) -> None:
    path = folder / stack.CONFIG
    config = json.loads(path.read_text())
    config["stages"]["dev"]["environment_variables"] |= changed
    path.write_text(json.dumps(config))


@pytest.mark.timeout(900)
def test_a_stages_life(stage: Stage) -> None:
    assert "CREATE_COMPLETE" in stage.deploy()
    _a_finding(stage)
    _somebody_is_to_answer(stage)
    _slack_is_slow_then_refuses(stage)
    _a_rule(stage)
    _many_at_once(stage)
    assert "No changes" in stage.deploy()
    _doctor(stage)
    _deleted_and_deployed_again(stage)


def _a_finding(stage: Stage) -> None:
    [posted] = stage.put(finding(1))
    assert stage.states(posted)[-1] == "Notified"
    [again] = stage.put(finding(1))
    assert stage.states(again)[-1] == "AlreadyNotified"
    assert len(stage.messages()) == 1


def _somebody_is_to_answer(stage: Stage) -> None:
    """Of a Critical finding alone: a process for each look at each of many would be all that this machine does."""
    [posted] = stage.put(finding(4, severity=9.5))
    assert stage.states(posted)[-2:] == ["StartAttention", "Notified"]
    client = stage.project.client("stepfunctions")
    machine = posted["stateMachineArn"] + "-attention"
    [waiting] = client.list_executions(stateMachineArn=machine)["executions"]
    until(lambda: "AwaitAnswer" in stage.states(waiting))
    assert client.describe_execution(executionArn=waiting["executionArn"])["status"] == "RUNNING"


def _slack_is_slow_then_refuses(stage: Stage) -> None:
    stage.slack.script(SlackFault(retry_after=2, method="chat.postMessage"))
    [waited] = stage.put(finding(2))
    assert stage.states(waited)[-1] == "Notified"
    assert "WaitForSlack" in stage.states(waited)
    stage.slack.script(SlackFault(error="channel_not_found", method="chat.postMessage"))
    [refused] = stage.put(finding(3))
    assert (refused["status"], refused["error"]) == ("FAILED", "SlackRejected")


def _a_rule(stage: Stage) -> None:
    before = len(stage.messages())
    rules = stage.project.client("dynamodb")
    table = "guardduty-notifier-dev-suppressions"
    key = {"finding_type": {"S": "Backdoor:EC2/*"}, "rule": {"S": "known"}}
    finding_id = {"S": finding(HIDDEN)["detail"]["id"]}
    rules.put_item(
        TableName=table, Item={**key, "reason": {"S": "Tried every day"}, "finding_id": finding_id}
    )
    until(lambda: len(stage.messages()) > before)
    assert "Suppression" in stage.messages()[-1].body["text"]
    [hidden] = stage.put(finding(HIDDEN))
    assert stage.states(hidden)[-1] == "Suppressed"
    assert len(stage.messages()) == before + 1
    assert rules.get_item(TableName=table, Key=key)["Item"]["match_count"] == {"N": "1"}


def _many_at_once(stage: Stage) -> None:
    before = len(stage.messages())
    ended = stage.put(*map(finding, range(100, 140)))
    assert {each["status"] for each in ended} == {"SUCCEEDED"}
    assert {stage.states(each)[-1] for each in ended} == {"Notified"}
    assert len(stage.messages()) == before + len(ended)


def _doctor(stage: Stage) -> None:
    """All is well of what MiniStack has."""
    said = stage.project.statemachine("doctor", "--stage", "dev").stdout
    failed = [line for line in said.splitlines() if line.startswith("FAIL")]
    assert [line.split(":")[0].split()[1] for line in failed] == ["GuardDuty", "GuardDuty's"], said


def _deleted_and_deployed_again(stage: Stage) -> None:
    deleted = stage.project.make("delete", "STAGE=dev")
    assert deleted.returncode == 0, deleted.stdout + deleted.stderr
    stage.deploy()
    listed = stage.project.statemachine("suppressions", "--stage", "dev")
    assert "Tried every day" in listed.stdout
    [hidden] = stage.put(finding(HIDDEN, 5))
    assert stage.states(hidden)[-1] == "Suppressed"
