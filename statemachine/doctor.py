"""``python -m statemachine doctor``: what is deployed, whether it can work, and what to do where it can't."""

import base64
import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import click
import requests
from botocore.exceptions import ClientError
from rich.console import Console
from rich.table import Table

from chalicelib import slack
from chalicelib.errors import InvalidSettings, SlackRejected, SlackUnanswered, SlackUnavailable
from statemachine import stack
from statemachine.deploy import missing_functions, stack_status
from statemachine.session import client, code, identity, plain_errors, reason
from statemachine.stack import RULES, Stage, read_stage

_LAST = 20
"""How many of the latest executions are looked at."""

_SOUND = frozenset({"CREATE_COMPLETE", "IMPORT_COMPLETE", "UPDATE_COMPLETE"})
_CHANNEL_ID = re.compile(r"[CG][A-Z0-9]{8,}")


@dataclass(frozen=True)
class Check:
    """One thing looked at."""

    name: str
    good: bool | None
    """None: could not be looked at, or is a matter of taste."""
    said: str
    hint: str = ""


@dataclass(frozen=True)
class Place:
    """Where to look."""

    stage: Stage
    account: str
    region: str
    partition: str

    def arn(self, service: str, name: str) -> str:
        """A name's ARN in this account and region."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{name}"


@click.command("doctor")
@click.option("--stage", required=True, help="A stage of .chalice/config.json.")
@click.pass_context
def doctor_command(context: click.Context, stage: str) -> None:
    """Look whether a stage can tell findings; exit code 1 where it can't."""
    chosen = read_stage(stage)
    with plain_errors():
        place = Place(chosen, *identity())
        checks = list(examine(place))
    show(checks, Console(soft_wrap=False))
    if any(check.good is False for check in checks):
        context.exit(1)


def examine(place: Place) -> Iterator[Check]:
    """Look at everything, one after the other; what AWS refuses to show is a failed check."""
    for name, check in CHECKS.items():
        try:
            yield check(place, name)
        except ClientError as error:
            said = f"AWS refused {error.operation_name}: {code(error)}: {reason(error)}"
            yield Check(
                name, False, said, "Look with credentials that may read this, or correct what AWS says."
            )


def show(checks: list[Check], console: Console) -> None:
    """Print the checks: a table for a terminal, a line each for anything else."""
    if not console.is_terminal:
        for check in checks:
            click.echo(f"{_word(check):<5} {check.name}: {check.said}")
            if check.hint:
                click.echo(f"      {check.hint}")
        return
    table = Table("", "check", "found", "what to do", show_lines=True)
    for check in checks:
        table.add_row(_mark(check), *map(_literal, (check.name, check.said, check.hint)))
    console.print(table)


def _word(check: Check) -> str:
    return {True: "ok", False: "FAIL", None: "-"}[check.good]


def _mark(check: Check) -> str:
    return {True: "[green]ok[/]", False: "[bold red]FAIL[/]", None: "-"}[check.good]


def _literal(text: str) -> str:
    return text.replace("[", r"\[")


# --- the functions ---


def functions_deployed(place: Place, name: str) -> Check:
    """All functions are there."""
    missing = missing_functions(place.stage)
    if missing:
        return Check(name, False, f"missing: {', '.join(missing)}", f"make deploy STAGE={place.stage.name}")
    return Check(name, True, f"{len(place.stage.functions)} deployed")


def functions_current(place: Place, name: str) -> Check:
    """Settings and code on AWS are those of this folder."""
    if missing_functions(place.stage):
        return Check(name, None, "not looked at: functions are missing")
    stale = [
        f"{function} ({', '.join(differences)})"
        for function in place.stage.functions
        if (differences := _differences(place.stage, function))
    ]
    if stale:
        return Check(
            name, False, f"other than here: {'; '.join(stale)}", f"make deploy STAGE={place.stage.name}"
        )
    return Check(name, True, "settings and code are those of this folder")


def _differences(stage: Stage, function: str) -> list[str]:
    found = client("lambda").get_function(FunctionName=stage.function(function))
    differences = _settings_that_differ(stage, function, found["Configuration"])
    return differences + (["code"] if _code_differs(found) else [])


def _settings_that_differ(stage: Stage, function: str, found: Mapping[str, Any]) -> list[str]:
    pairs = {
        "timeout": (stage.function_setting(function, "lambda_timeout"), found.get("Timeout")),
        "memory": (stage.function_setting(function, "lambda_memory_size"), found.get("MemorySize")),
        "architecture": (
            [stage.function_setting(function, "lambda_architecture")],
            found.get("Architectures"),
        ),
        "settings": (dict(stage.settings), found.get("Environment", {}).get("Variables", {})),
    }
    return [what for what, (here, there) in pairs.items() if here != there]


def _code_differs(found: Mapping[str, Any]) -> bool:
    package = _own_package(found["Configuration"]["CodeSha256"]) or _download(
        found["Code"].get("Location", "")
    )
    return package is None or _sources_of(package) != _sources_here()


def _own_package(digest: str) -> bytes | None:
    """Find the package among those that Chalice made here."""
    for path in Path(".chalice/deployments").glob("*.zip"):
        package = path.read_bytes()
        if base64.b64encode(hashlib.sha256(package).digest()).decode() == digest:
            return package
    return None


def _download(location: str) -> bytes | None:
    if not location.startswith("https://"):
        return None
    answer = requests.get(location, timeout=(5, 60))
    return answer.content if answer.ok else None


def _sources_of(package: bytes) -> dict[str, bytes]:
    with ZipFile(BytesIO(package)) as zipped:
        names = [name for name in zipped.namelist() if is_source(name)]
        return {name: zipped.read(name) for name in names}


def _sources_here() -> dict[str, bytes]:
    paths = [Path("app.py"), *Path("chalicelib").rglob("*")]
    return {
        path.as_posix(): path.read_bytes() for path in paths if path.is_file() and is_source(path.as_posix())
    }


def is_source(name: str) -> bool:
    """Tell our own sources in the package from its dependencies."""
    ours = name == "app.py" or name.startswith("chalicelib/")
    return ours and "__pycache__" not in name and not name.endswith(("/", ".pyc"))


# --- the stack ---


def stack_healthy(place: Place, name: str) -> Check:
    """The stack is there, sound, and of this folder's template."""
    cloudformation = client("cloudformation")
    status = stack_status(cloudformation, place.stage.stack)
    if status not in _SOUND:
        return Check(
            name, False, status or "missing", f"python -m statemachine deploy --stage {place.stage.name}"
        )
    if _template_differs(cloudformation, place.stage):
        hint = f"python -m statemachine deploy --stage {place.stage.name}"
        return Check(name, False, f"{status}, but not of this folder's template and parameters", hint)
    return Check(name, True, status)


def _template_differs(cloudformation: Any, stage: Stage) -> bool:
    there = cloudformation.get_template(StackName=stage.stack)["TemplateBody"]
    if isinstance(there, str):
        there = json.loads(there)
    described = cloudformation.describe_stacks(StackName=stage.stack)["Stacks"][0]
    parameters = {given["ParameterKey"]: given["ParameterValue"] for given in described["Parameters"]}
    return bool(there != json.loads(stack.body(stage.parameters)) or parameters != dict(stage.parameters))


def rules_enabled(place: Place, name: str) -> Check:
    """Both rules are on, with this folder's patterns, and start the state machine."""
    faults = [fault for rule in RULES if (fault := _rule_fault(place, rule))]
    if faults:
        return Check(name, False, "; ".join(faults), f"make deploy STAGE={place.stage.name}")
    return Check(name, True, f"enabled, from severity {place.stage.parameters['MinSeverity']}")


def _rule_fault(place: Place, rule: str) -> str:
    events = client("events")
    name = f"{place.stage.stack}-{RULES[rule]}"
    try:
        found = events.describe_rule(Name=name)
        targets = events.list_targets_by_rule(Rule=name)["Targets"]
    except events.exceptions.ResourceNotFoundException:
        return f"{name} is missing"
    if found["State"] == "DISABLED":
        return f"{name} is disabled"
    if json.loads(found["EventPattern"]) != stack.pattern(rule, place.stage.parameters):
        return f"{name} has another pattern"
    machine = place.arn("states", f"stateMachine:{place.stage.stack}")
    return (
        "" if machine in [target["Arn"] for target in targets] else f"{name} does not start the state machine"
    )


# --- GuardDuty and the accounts ---


def guardduty_on(place: Place, name: str) -> Check:
    """GuardDuty is on in this region, and this account sees what it should."""
    guardduty = client("guardduty")
    detectors = guardduty.list_detectors()["DetectorIds"]
    if not detectors or guardduty.get_detector(DetectorId=detectors[0])["Status"] != "ENABLED":
        hint = "Switch GuardDuty on in this region, or deploy where it is on."
        return Check(name, False, f"off in {place.region}", hint)
    administrator = guardduty.get_administrator_account(DetectorId=detectors[0]).get("Administrator") or {}
    if administrator.get("AccountId", place.account) != place.account:
        said = f"on in {place.region}, but this is a member account of {administrator['AccountId']}"
        return Check(name, False, said, "Deploy into the administrator account: only it gets all findings.")
    return Check(name, True, f"on in {place.region}{_members(guardduty, detectors[0])}")


def _members(guardduty: Any, detector: str) -> str:
    try:
        pages = guardduty.get_paginator("list_members").paginate(DetectorId=detector)
        members = sum(len(page["Members"]) for page in pages)
    except ClientError:
        return ""  # a matter of interest only
    return f"; administrator of {members} member accounts" if members else "; no member accounts"


def account_names(place: Place, name: str) -> Check:
    """The function can read this account's name, with its own role."""
    if missing_functions(place.stage):
        return Check(name, None, "not looked at: functions are missing")
    answer = client("lambda").invoke(
        FunctionName=place.stage.function("look-up-account"), Payload=json.dumps(_own_finding(place)).encode()
    )
    hint = "Deploy into a delegated administrator account, or have DescribeAccount delegated to this one."
    found = _json(answer["Payload"].read())
    if "FunctionError" in answer:
        return Check(name, False, str(found.get("errorMessage") or "look-up-account failed"), hint)
    known = str((found.get("account") or {}).get("name") or "")
    return Check(name, True, f"{place.account} is {known}") if known else Check(name, False, "no name", hint)


def _own_finding(place: Place) -> dict[str, Any]:
    return {
        "version": "0",
        "id": "doctor",
        "detail-type": "GuardDuty Finding",
        "source": "guardduty-notifier.doctor",
        "account": place.account,
        "time": "2026-01-01T00:00:00Z",
        "region": place.region,
        "detail": {
            "id": "doctor",
            "type": "doctor",
            "severity": 1,
            "accountId": place.account,
            "region": place.region,
        },
    }


def _json(text: bytes) -> dict[str, Any]:
    try:
        read = json.loads(text)
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}


# --- Slack ---


def slack_secret(place: Place, name: str) -> Check:
    """The secret is there, encrypted, and Slack takes it."""
    parameter = place.stage.secret_parameter
    try:
        secret = _secret(place.stage)
        if isinstance(secret, slack.Webhook):
            return Check(name, True, f"{parameter} is an incoming webhook; only a post can prove it")
        who = slack.auth_test(secret, place.stage.slack_api_url)
    except (InvalidSettings, SlackRejected, SlackUnavailable, SlackUnanswered) as error:
        return Check(
            name, False, str(error), f"aws ssm put-parameter --type SecureString --name {parameter} …"
        )
    if "chat:write" not in who["scopes"].split(","):
        return Check(
            name, False, "the app may not post", "Give it the scope chat:write and install it again."
        )
    return Check(name, True, f"{who.get('user', '')} in {who.get('team', '')}")


def slack_channel(place: Place, name: str) -> Check:
    """The channel is there, open to the app, and not shared with another workspace."""
    wanted = place.stage.settings["SLACK_CHANNEL"]
    try:
        secret = _secret(place.stage)
    except InvalidSettings:
        return Check(name, None, "not looked at: the secret can't be used")
    try:
        if isinstance(secret, slack.Webhook):
            return Check(name, None, "a webhook posts into its own channel")
        if not _CHANNEL_ID.fullmatch(wanted):
            hint = f"chalice invoke -n send-test-message --stage {place.stage.name}"
            return Check(name, None, f"{wanted} is a name, and Slack looks up ids only", hint)
        channel = slack.conversation(secret, place.stage.slack_api_url, wanted)["channel"]
    except (SlackRejected, SlackUnavailable, SlackUnanswered) as error:
        return Check(name, False, str(error), "Invite the app to the channel, or correct SLACK_CHANNEL.")
    return judge_channel(name, channel)


def judge_channel(name: str, channel: Mapping[str, Any]) -> Check:
    """Judge what conversations.info says of a channel."""
    called = f"#{channel.get('name', '')}"
    if channel.get("is_archived"):
        return Check(name, False, f"{called} is archived", "Unarchive it, or correct SLACK_CHANNEL.")
    if channel.get("is_ext_shared") or channel.get("is_pending_ext_shared"):
        hint = "Use a channel of your own workspace: everybody in this one reads the findings."
        return Check(name, False, f"{called} is shared with another workspace", hint)
    if channel.get("is_member") is False:
        return Check(name, False, f"the app is not in {called}", f"Invite it: /invite in {called}.")
    return Check(name, True, called)


def _secret(stage: Stage) -> slack.Token | slack.Webhook:
    """Read the secret; raises InvalidSettings where it can't be used."""
    name = stage.secret_parameter
    ssm = client("ssm")
    try:
        found = ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]
    except ssm.exceptions.ParameterNotFound:
        raise InvalidSettings(f"there is no parameter {name}") from None
    if found["Type"] != "SecureString":
        raise InvalidSettings(
            f"the parameter {name} is a {found['Type']}, readable by many: make it a SecureString"
        )
    return slack.read_secret(found["Value"], stage.slack_api_url)


# --- what happened ---


def dead_letters(place: Place, name: str) -> Check:
    """Nothing waits in the dead-letter queue."""
    sqs = client("sqs")
    try:
        url = sqs.get_queue_url(QueueName=f"{place.stage.stack}-dead-letters")["QueueUrl"]
    except sqs.exceptions.QueueDoesNotExist:
        return Check(name, False, "missing", f"make deploy STAGE={place.stage.name}")
    wanted = "ApproximateNumberOfMessages"
    waiting = int(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[wanted])["Attributes"][wanted])
    if waiting:
        hint = "Read them in the SQS console: ERROR_CODE says why. Start each anew with the event as input."
        return Check(name, False, f"{waiting} events started no execution", hint)
    return Check(name, True, "empty")


def last_executions(place: Place, name: str) -> Check:
    """None of the latest executions failed."""
    stepfunctions = client("stepfunctions")
    machine = place.arn("states", f"stateMachine:{place.stage.stack}")
    try:
        found = stepfunctions.list_executions(stateMachineArn=machine, maxResults=_LAST)["executions"]
    except stepfunctions.exceptions.StateMachineDoesNotExist:
        return Check(name, False, "no state machine", f"make deploy STAGE={place.stage.name}")
    failed = [each["name"] for each in found if each["status"] in ("FAILED", "TIMED_OUT", "ABORTED")]
    if failed:
        hint = "Open them in the Step Functions console: the cause says what to correct. Then redrive."
        return Check(name, False, f"{len(failed)} of the last {len(found)} failed, latest {failed[0]}", hint)
    return Check(name, True, f"none of the last {len(found)} failed" if found else "none yet")


def alarms_heard(place: Place, name: str) -> Check:
    """Somebody gets the alarms."""
    sns = client("sns")
    topic = place.arn("sns", f"{place.stage.stack}-alarms")
    try:
        found = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    except sns.exceptions.NotFoundException:
        return Check(name, False, "no topic", f"make deploy STAGE={place.stage.name}")
    confirmed = [each for each in found if each["SubscriptionArn"] != "PendingConfirmation"]
    if found and not confirmed:
        return Check(name, False, "the subscription is not confirmed", "Answer AWS's e-mail.")
    if not found:
        hint = "Set AlarmEmail in the stage's stack_parameters, or subscribe something to the topic."
        return Check(name, None, "nobody is told when telling fails", hint)
    return Check(name, True, f"{len(confirmed)} subscribed")


CHECKS: dict[str, Callable[[Place, str], Check]] = {
    "functions": functions_deployed,
    "functions current": functions_current,
    "stack": stack_healthy,
    "rules": rules_enabled,
    "GuardDuty": guardduty_on,
    "account names": account_names,
    "Slack secret": slack_secret,
    "Slack channel": slack_channel,
    "dead letters": dead_letters,
    "last executions": last_executions,
    "alarms": alarms_heard,
}
