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

from chalicelib.aws import guardduty
from chalicelib.errors import FindingNotListed, InvalidFinding
from chalicelib.finding.getfindings import identifiers
from statemachine.deploy.stack import finding_patterns
from statemachine.local import local_aws, matching, outcomes, own_accounts, preview
from statemachine.local.arrivals import by_the_clock, read_every, some_at_once
from statemachine.local.executions import (
    LocalExecution,
    SlackCall,
    execute,
    recorded_slack_calls,
    steps,
)
from statemachine.local.guardduty_stand_in import GuardDutyStandIn
from statemachine.local.local_aws import LocalAWS
from statemachine.local.own_events import OwnEvent, read_events
from statemachine.local.reacting import TimedReaction, read_reactions
from statemachine.local.run_settings import secret, settings_and_slack, severity_of_dev
from statemachine.local.until_handled import Follower, attend
from statemachine.local.waited_for import SaidDigests
from statemachine.operate.rule_file import read_rules

_Start = Callable[..., Generator[LocalExecution]]

EXAMPLE = "tests/events/example.json"
"""What ``make run`` takes: who does is here for the first time, and reads what comes next."""

_NEXT = """\
Next, with .venv/bin/guardduty-notifier:
  run --preview out.html tests/events/example.json     as Slack shows it
  run FILE…                                            your own; - is stdin
  run --suppressions FILE tests/events/example.json    with a rule of yours
Deploy: docs/deploying.md, then make deploy STAGE=dev"""


@click.command("run")
@click.argument("events", nargs=-1, metavar="FILE…")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line for each event.")
@click.option(
    "--min-severity",
    type=click.FloatRange(0, 10),
    default=severity_of_dev,
    show_default="the stage dev's",
    help="Start nothing for findings below.",
)
@click.option("--suppressions", metavar="FILE", help="Suppression rules: JSON, or as DynamoDB prints them.")
@click.option("--routes", metavar="FILE", help="Routes, likewise.")
@click.option(
    "--accounts", metavar="FILE", help='A JSON object from account id to name, or {"name", "ou_path"}.'
)
@click.option(
    "--concurrency", type=click.IntRange(1, 1000), default=1, show_default=True, help="Executions at once."
)
@click.option(
    "--every",
    metavar="SECONDS",
    callback=read_every,
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
@click.option(
    "--until-handled",
    is_flag=True,
    help="Wait, too, until somebody has answered each finding for which the stage asks for an answer.",
)
@click.option(
    "--react",
    "reactions",
    multiple=True,
    callback=read_reactions,
    metavar="NAME@25s",
    help="React to each message at the stand-in of Slack, so long after it: eyes@10s, white_check_mark@25s;"
    " -eyes@20s takes it away. May be given several times; with --until-handled.",
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
    until_handled: bool,
    reactions: Sequence[TimedReaction],
) -> None:
    """Take findings through the rule's pattern and the state machine, here, without an AWS account.

    FILE holds events of EventBridge or findings, as get-findings prints them, as an export has them, in lists, one a
    line, in messages of SNS or SQS; compressed with gzip or not. - is standard input.

    Posts to Slack for real where SLACK_TOKEN holds a bot token or webhook URL, else to a stand-in of Slack.

    Exit code 0 when each that was started ended well, 1 when one failed or none was started, 2 for wrong input.
    """
    logging.getLogger("moto").setLevel(logging.CRITICAL)  # it reports each path that a Choice finds absent
    if isinstance(sys.stdout, io.TextIOWrapper):  # for a terminal without our characters, and half of one
        sys.stdout.reconfigure(errors="backslashreplace")
    if not events:
        raise click.UsageError(
            f"FILE… is missing: give findings or events, - for standard input, or {EXAMPLE}"
        )
    if math.isnan(min_severity):
        raise click.UsageError("--min-severity: nan is not a number")
    if reactions and not until_handled:
        raise click.UsageError("--react needs --until-handled: nobody waits for an answer without it. Add it")
    start = _start(concurrency, every)
    found = [each for path in events for each in read_events(path)]
    rules = {
        (table, path): read_rules(path)
        for table, path in (("suppressions", suppressions), ("routes", routes))
        if path
    }
    known = own_accounts.read_accounts(accounts) if accounts else own_accounts.EXAMPLES
    done: list[LocalExecution] = []
    stopped = False
    with settings_and_slack() as (settings, slack), GuardDutyStandIn(_details(found)) as listing:
        attend(settings, slack, reactions, is_asked=until_handled)
        settings["AWS_ENDPOINT_URL_GUARDDUTY"] = listing.url
        aws = LocalAWS(
            accounts=known.names,
            ou_paths=known.ou_paths,
            settings=settings,
            secret=secret(settings),
            around_invoke=SaidDigests().around_invoke,
        )
        # moto replaces requests' transport too: what watches it comes after.
        with aws, recorded_slack_calls() as calls, preview.written(page, calls, slack):
            for (table, path), items in rules.items():
                _put(aws.client("dynamodb"), table, path, items)
            follower = Follower(aws, slack, reactions, is_asked=until_handled)
            runs = _run(follower, found, finding_patterns(min_severity), start, calls, done)
            try:
                with closing(runs), outcomes.shown(len(found), as_json) as show:
                    for own, run in zip(found, runs, strict=True):
                        show(own, run)
            except KeyboardInterrupt:  # what ran has been stopped by now
                stopped = True
    if len(found) > 1 and not as_json:
        outcomes.summarize(done, len(found))
    if stopped:
        raise click.Abort
    if events == (EXAMPLE,) and not (as_json or suppressions or routes or accounts):
        click.echo(_NEXT)
    raise SystemExit(outcomes.exit_code(done))


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


def _details(found: Sequence[OwnEvent]) -> list[Any]:
    """What GuardDuty lists: the attack sequences, which are fetched."""
    details = (own.event["detail"] for own in found if own.event)
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


def _run(
    follower: Follower,
    found: Sequence[OwnEvent],
    patterns: Sequence[Mapping[str, Any]],
    start: _Start,
    calls: list[SlackCall],
    done: list[LocalExecution],
) -> Generator[LocalExecution]:
    """Run the events; the results come in the events' order, and stand in `done` as soon as they are there."""
    stopped = threading.Event()

    def run(own: OwnEvent) -> LocalExecution:
        ended = _execution(follower, own, patterns, calls, stopped)
        done.append(ended)
        return ended

    return start(run, found, stopped=stopped)


def _execution(
    follower: Follower,
    own: OwnEvent,
    patterns: Sequence[Mapping[str, Any]],
    calls: list[SlackCall],
    stopped: threading.Event,
) -> LocalExecution:
    if own.event is None:
        return LocalExecution(own.name, matched=False, why=own.stranger)
    matched = matching.matched(own.event, patterns)
    if not any(matched):
        return LocalExecution(own.name, matched=False, why=matching.why_not(own.event, patterns))
    # The attack sequences' rule, the last, passes identifiers only: the functions fetch the finding.
    by_identifiers = matched[-1] and _is_listed(identifiers(own.event))
    event = identifiers(own.event) if by_identifiers else own.event
    described = execute(follower.aws, uuid4().hex, event, stopped)
    arn = described["executionArn"]
    history = follower.aws.history(arn)
    attention = follower.follow(history, [call for call in calls if call.execution == arn], stopped)
    theirs = {arn, attention.arn} if attention else {arn}
    return LocalExecution(
        own.name,
        matched=True,
        status=described["status"],
        error=described.get("error"),
        cause=described.get("cause"),
        steps=steps(history),
        output=json.loads(described.get("output") or "null"),
        slack=[call for call in calls if call.execution in theirs],
        attention=attention,
        is_followed=follower.is_asked,
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
