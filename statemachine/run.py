"""``python -m statemachine run``: events through the rule's pattern and the state machine, on this machine."""

import json
import logging
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import click
from boto3.dynamodb.types import TypeSerializer
from moto.events.models import EventPattern

from chalicelib.errors import InvalidSettings
from chalicelib.finding.getfindings import identifiers
from chalicelib.slack_secret import api_base, read_secret
from statemachine import local_aws, report
from statemachine.executions import Execution, SlackCall, around_invoke, execute, recorded_slack_calls, steps
from statemachine.guardduty_stand_in import GuardDutyStandIn
from statemachine.local_aws import LocalAWS
from statemachine.slack_stand_in import SlackStandIn
from statemachine.stack import finding_patterns

_MADE_UP_TOKEN = "xoxb-local-run"

_ACCOUNTS = {"111122223333": "payments-prod", "444455556666": "data-dev", local_aws.ACCOUNT: "security"}


@click.command("run")
@click.argument("events", nargs=-1, required=True, metavar="EVENT.json…")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line for each event.")
@click.option(
    "--min-severity", type=click.FloatRange(0, 10), default=7, show_default=True, help="The rule's parameter."
)
@click.option("--suppressions", metavar="FILE", help="A JSON list of suppression rules.")
@click.option("--accounts", metavar="FILE", help="A JSON object from account id to name.")
@click.option(
    "--concurrency", type=click.IntRange(1, 1000), default=1, show_default=True, help="Executions at once."
)
def run_command(
    events: Sequence[str],
    as_json: bool,
    min_severity: float,
    suppressions: str | None,
    accounts: str | None,
    concurrency: int,
) -> None:
    """Take events through the rule's pattern and the state machine, here, without an AWS account.

    Posts to Slack for real where SLACK_TOKEN holds a bot token or webhook URL, else to a stand-in of Slack.
    """
    logging.getLogger("moto").setLevel(logging.CRITICAL)  # it reports each path that a Choice finds absent
    loaded = [(path, _event(path)) for path in events]
    items = _items(suppressions) if suppressions else []
    names = _names(accounts) if accounts else _ACCOUNTS
    with _slack() as settings, GuardDutyStandIn(_details(loaded)) as guardduty:
        settings["AWS_ENDPOINT_URL_GUARDDUTY"] = guardduty.url
        aws = LocalAWS(accounts=names, settings=settings, secret=_secret(), around_invoke=around_invoke)
        # moto replaces requests' transport too: what watches it comes after.
        with aws, recorded_slack_calls() as calls:
            _put(aws.client("dynamodb"), items)
            runs = _run(aws, loaded, finding_patterns(min_severity), concurrency, calls)
            failed = [_show(run, as_json) for run in runs].count(False)
    raise SystemExit(1 if failed else 0)


def _details(events: Sequence[tuple[str, Any]]) -> list[Any]:
    """What GuardDuty lists: the attack sequences, which are fetched."""
    details = (event["detail"] for _, event in events)
    return [detail for detail in details if str(detail.get("type")).startswith("AttackSequence:")]


def _show(run: Execution, as_json: bool) -> bool:
    if as_json:
        click.echo(json.dumps(run.to_json(), ensure_ascii=False))
    else:
        report.show(run)
    return run.status in (None, "SUCCEEDED")


def _run(
    aws: LocalAWS,
    events: Sequence[tuple[str, Any]],
    patterns: Sequence[Mapping[str, Any]],
    concurrency: int,
    calls: list[SlackCall],
) -> Iterator[Execution]:
    """Run the events, some at once; the results come in the events' order."""
    stepfunctions = aws.client("stepfunctions")

    def run(event: tuple[str, Any]) -> Execution:
        return _execution(stepfunctions, event[0], event[1], patterns, calls)

    with ThreadPoolExecutor(concurrency) as pool:
        yield from pool.map(run, events)


def _execution(
    stepfunctions: Any, path: str, event: Any, patterns: Sequence[Mapping[str, Any]], calls: list[SlackCall]
) -> Execution:  # fmt: skip
    matched = [EventPattern.load(json.dumps(pattern)).matches_event(event) for pattern in patterns]
    if not any(matched):
        return Execution(path, matched=False)
    # The attack sequences' rule, the last, passes identifiers only: the functions fetch the finding.
    passed = identifiers(event) if matched[-1] else event
    described = execute(stepfunctions, local_aws.MACHINE, uuid4().hex, passed)
    arn = described["executionArn"]
    return Execution(
        path,
        matched=True,
        status=described["status"],
        error=described.get("error"),
        cause=described.get("cause"),
        steps=steps(stepfunctions, arn),
        output=json.loads(described.get("output") or "null"),
        slack=[call for call in calls if call.execution == arn],
    )


@contextmanager
def _slack() -> Iterator[dict[str, str]]:
    """The run's settings: those of the environment, and Slack where it is to post."""
    settings = {"SLACK_CHANNEL": "#security"} | {
        name: os.environ[name]
        for name in ("SLACK_CHANNEL", "SLACK_API_URL", "SLACK_MESSAGES_PER_SECOND", "MESSAGE_LANGUAGE",
                     "TAG_READER_ROLE_NAME", "ACCESS_PORTAL_URL")
        if os.environ.get(name)
    }  # fmt: skip
    try:
        elsewhere = bool(os.environ.get("SLACK_TOKEN")) or _is_loopback(settings.get("SLACK_API_URL", ""))
    except InvalidSettings as error:
        raise click.UsageError(str(error)) from error
    if elsewhere:
        yield settings
        return
    with SlackStandIn() as slack:
        yield settings | {"SLACK_API_URL": slack.url}


def _is_loopback(api_url: str) -> bool:
    return bool(api_url) and not (urlsplit(api_base(api_url)).hostname or "").endswith(
        ("slack.com", "slack-gov.com")
    )


def _secret() -> str:
    secret = os.environ.get("SLACK_TOKEN") or _MADE_UP_TOKEN
    try:
        read_secret(secret, os.environ.get("SLACK_API_URL") or "https://slack.com/api")
    except InvalidSettings as error:
        raise click.UsageError(f"SLACK_TOKEN: {error}") from error
    return secret


def _put(dynamodb: Any, items: Sequence[Mapping[str, Any]]) -> None:
    for item in items:
        dynamodb.put_item(
            TableName=f"guardduty-notifier-{local_aws.STAGE}-suppressions",
            Item={name: TypeSerializer().serialize(value) for name, value in item.items()},
        )


def _event(path: str) -> Any:
    event = _json(path, float)
    if not isinstance(event, dict) or not (
        isinstance(event.get("source"), str)
        and isinstance(event.get("detail-type"), str)
        and isinstance(event.get("detail"), dict)
    ):
        raise click.UsageError(
            f"{path}: not an EventBridge event (source, detail-type and detail are needed)"
        )
    return event


def _items(path: str) -> list[dict[str, Any]]:
    items = _json(path, Decimal)
    if not isinstance(items, list):
        raise click.UsageError(f"{path}: not a JSON list of suppression rules")
    for number, item in enumerate(items, 1):
        if not isinstance(item, dict) or not all(
            isinstance(item.get(key), str) and item[key] for key in ("finding_type", "rule")
        ):
            raise click.UsageError(f"{path}: rule {number} has no finding_type or no rule, which are its key")
    return items


def _names(path: str) -> dict[str, str]:
    names = _json(path, float)
    if not isinstance(names, dict) or not all(isinstance(name, str) for name in names.values()):
        raise click.UsageError(f"{path}: not a JSON object from account id to name")
    return names


def _json(path: str, number: Callable[[str], Any]) -> Any:
    try:
        return json.loads(Path(path).read_bytes(), parse_float=number)
    except OSError as error:
        raise click.UsageError(f"{path}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise click.UsageError(f"{path}: not JSON ({error})") from error
