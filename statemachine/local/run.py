"""``python -m statemachine run``: events through the rule's pattern and the state machine, on this machine."""

import io
import json
import logging
import math
import sys
import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from functools import partial
from typing import IO, Any
from uuid import uuid4

import click
from boto3.dynamodb.types import TypeSerializer
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError
from click.core import ParameterSource
from moto.events.models import EventPattern

from chalicelib.aws import guardduty
from chalicelib.errors import FindingNotListed, InvalidFinding
from chalicelib.finding.getfindings import identifiers
from statemachine import json_file
from statemachine.deploy.stack import finding_patterns
from statemachine.local import local_aws, preview, report
from statemachine.local.arrivals import by_the_clock, some_at_once
from statemachine.local.executions import (
    LocalExecution,
    SlackCall,
    around_invoke,
    execute,
    recorded_slack_calls,
    steps,
)
from statemachine.local.guardduty_stand_in import GuardDutyStandIn
from statemachine.local.local_aws import LocalAWS
from statemachine.local.run_settings import secret, settings_and_slack
from statemachine.operate.rule_file import read_rules
from statemachine.operate.terminal import json_line

_DAY = 86_400

_LARGEST = 262_144
"""Bytes of an execution's input: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html."""
_LARGEST_SEQUENCE = 1_048_576
"""Bytes of an event, of which an attack sequence's rule passes only identifiers."""

_Start = Callable[..., Generator[LocalExecution]]

_ACCOUNTS = {"111122223333": "payments-prod", "444455556666": "data-dev", local_aws.ACCOUNT: "security"}


def _seconds(_: click.Context, __: click.Parameter, text: str | None) -> float | None:
    """Read --every."""
    if text is None:
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds <= _DAY:
        raise click.UsageError(
            f"--every: {text!r} is no number of seconds from 0 (all at once) to {_DAY} (a day):"
            " give one, such as 5 or 0.5"
        )
    return seconds


@click.command("run")
@click.argument("events", nargs=-1, required=True, metavar="EVENT.json…")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line for each event.")
@click.option(
    "--min-severity", type=click.FloatRange(0, 10), default=7, show_default=True, help="The rule's parameter."
)
@click.option("--suppressions", metavar="FILE", help="Suppression rules: JSON, or as DynamoDB prints them.")
@click.option("--routes", metavar="FILE", help="Routes, likewise.")
@click.option("--accounts", metavar="FILE", help="A JSON object from account id to name.")
@click.option(
    "--concurrency", type=click.IntRange(1, 1000), default=1, show_default=True, help="Executions at once."
)
@click.option(
    "--every",
    metavar="SECONDS",
    callback=_seconds,
    help="Start one event each so many seconds, without waiting for the one before; 0: all at once."
    " Excludes --concurrency.",
)
@click.option(
    "--preview",
    "page",
    type=click.File("w", encoding="utf-8", errors="xmlcharrefreplace", lazy=False),
    metavar="FILE.html",
    help="Draw what was posted, as Slack shows it, on a page.",
)
def run_command(
    events: Sequence[str],
    as_json: bool,
    min_severity: float,
    suppressions: str | None,
    routes: str | None,
    accounts: str | None,
    concurrency: int,
    every: float | None,
    page: IO[str] | None,
) -> None:
    """Take events through the rule's pattern and the state machine, here, without an AWS account.

    Posts to Slack for real where SLACK_TOKEN holds a bot token or webhook URL, else to a stand-in of Slack.
    """
    logging.getLogger("moto").setLevel(logging.CRITICAL)  # it reports each path that a Choice finds absent
    if isinstance(sys.stdout, io.TextIOWrapper):  # for a terminal without our characters, and half of one
        sys.stdout.reconfigure(errors="backslashreplace")
    if math.isnan(min_severity):
        raise click.UsageError("--min-severity: nan is not a number")
    start = _start(concurrency, every)
    loaded = [(path, _event(path)) for path in events]
    rules = {
        (table, path): read_rules(path)
        for table, path in (("suppressions", suppressions), ("routes", routes))
        if path
    }
    names = _names(accounts) if accounts else _ACCOUNTS
    with settings_and_slack() as settings, GuardDutyStandIn(_details(loaded)) as listing:
        settings["AWS_ENDPOINT_URL_GUARDDUTY"] = listing.url
        aws = LocalAWS(
            accounts=names, settings=settings, secret=secret(settings), around_invoke=around_invoke
        )
        # moto replaces requests' transport too: what watches it comes after.
        with aws, recorded_slack_calls() as calls, preview.written(page, calls):
            for (table, path), items in rules.items():
                _put(aws.client("dynamodb"), table, path, items)
            with closing(_run(aws, loaded, finding_patterns(min_severity), start, calls)) as runs:
                failed = [_show(run, as_json) for run in runs].count(False)
    raise SystemExit(1 if failed else 0)


def _start(concurrency: int, every: float | None) -> _Start:
    """How events are started: some at once, or by the clock."""
    if every is None:
        return partial(some_at_once, at_once=concurrency)
    if click.get_current_context().get_parameter_source("concurrency") != ParameterSource.DEFAULT:
        raise click.UsageError(
            "--concurrency and --every exclude each other: with --every, the clock starts executions,"
            " however many still run. Leave one of them out"
        )
    return partial(by_the_clock, every=every)


def _details(events: Sequence[tuple[str, Any]]) -> list[Any]:
    """What GuardDuty lists: the attack sequences, which are fetched."""
    details = (event["detail"] for _, event in events)
    sequences = [detail for detail in details if str(detail.get("type")).startswith("AttackSequence:")]
    return [detail for detail in sequences if _is_taken_in(detail)]


def _is_taken_in(detail: Any) -> bool:
    try:
        GuardDutyStandIn([detail])
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        return False  # no finding that GuardDuty could have
    return True


def _is_listed(event: Any) -> bool:
    """Whether the functions can fetch it; what is broken beyond GuardDuty's model comes whole instead."""
    try:
        guardduty.whole(event)
    except (FindingNotListed, InvalidFinding):
        return False
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, ResponseParserError):
        return False  # botocore can't read an answer with this finding
    return True


def _show(run: LocalExecution, as_json: bool) -> bool:
    if as_json:
        click.echo(_line(run))
    else:
        report.show(run)
    return run.status in (None, "SUCCEEDED")


def _line(run: LocalExecution) -> str:
    """The run as JSON, escaped where the output has not all its characters."""
    line = json_line(run.to_json())
    try:
        line.encode(sys.stdout.encoding)
    except UnicodeEncodeError:
        return json.dumps(run.to_json())
    return line


def _run(
    aws: LocalAWS,
    events: Sequence[tuple[str, Any]],
    patterns: Sequence[Mapping[str, Any]],
    start: _Start,
    calls: list[SlackCall],
) -> Generator[LocalExecution]:
    """Run the events; the results come in the events' order."""
    stopped = threading.Event()

    def run(event: tuple[str, Any]) -> LocalExecution:
        return _execution(aws, event[0], event[1], patterns, calls, stopped)

    return start(run, events, stopped=stopped)


def _execution(
    aws: LocalAWS,
    path: str,
    event: Any,
    patterns: Sequence[Mapping[str, Any]],
    calls: list[SlackCall],
    stopped: threading.Event,
) -> LocalExecution:
    matched = [EventPattern.load(json.dumps(pattern)).matches_event(event) for pattern in patterns]
    if not any(matched):
        return LocalExecution(path, matched=False)
    # The attack sequences' rule, the last, passes identifiers only: the functions fetch the finding.
    passed = identifiers(event) if matched[-1] and _is_listed(identifiers(event)) else event
    described = execute(aws, uuid4().hex, passed, stopped)
    arn = described["executionArn"]
    return LocalExecution(
        path,
        matched=True,
        status=described["status"],
        error=described.get("error"),
        cause=described.get("cause"),
        steps=steps(aws.history(arn)),
        output=json.loads(described.get("output") or "null"),
        slack=[call for call in calls if call.execution == arn],
    )


def _put(dynamodb: Any, table: str, path: str, items: Sequence[Mapping[str, Any]]) -> None:
    for number, item in enumerate(items, 1):
        try:
            dynamodb.put_item(
                TableName=f"guardduty-notifier-{local_aws.STAGE}-{table}",
                Item={name: TypeSerializer().serialize(value) for name, value in item.items()},
            )
        except ClientError as error:
            why = error.response["Error"]["Message"]
            raise click.UsageError(f"{path}: rule {number} is refused by DynamoDB: {why}") from error
        except (ArithmeticError, TypeError, ValueError) as error:
            why = "it has a number or a text that no item can hold"
            raise click.UsageError(f"{path}: rule {number} is refused by DynamoDB: {why}") from error


def _event(path: str) -> Any:
    event = json_file.read(path)
    if not isinstance(event, dict) or not (
        isinstance(event.get("source"), str)
        and isinstance(event.get("detail-type"), str)
        and isinstance(event.get("detail"), dict)
    ):
        raise click.UsageError(
            f"{path}: not an EventBridge event (source, detail-type and detail are needed)"
        )
    is_sequence = str(event["detail"].get("type")).startswith("AttackSequence:")
    if _bytes(event) > (_LARGEST_SEQUENCE if is_sequence else _LARGEST):
        raise click.UsageError(
            f"{path}: {_bytes(event):,} bytes: an execution can be started with {_LARGEST:,},"
            f" an attack sequence's event can have {_LARGEST_SEQUENCE:,}. AWS would not deliver it"
        )
    return event


def _bytes(event: Any) -> int:
    text = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
    return len(text.encode("utf-8", "surrogatepass"))


def _names(path: str) -> dict[str, str]:
    names = json_file.read(path)
    if not isinstance(names, dict) or not all(isinstance(name, str) for name in names.values()):
        raise click.UsageError(f"{path}: not a JSON object from account id to name")
    return names
