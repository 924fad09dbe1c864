"""``run --until-handled``: follow the attention execution that an event's execution has started, to its end."""

import json
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import click

from chalicelib import clock
from chalicelib.attention import schedule, who_counts
from chalicelib.ledger import watch
from chalicelib.ledger.watch import Watch
from chalicelib.settings import ANSWER_WITHIN, OFF, answer_within
from statemachine.local.executions import AttentionRun, SlackCall, described_at_its_end, steps
from statemachine.local.local_aws import STAGE, LocalAWS
from statemachine.local.reacting import USER, Reacting, TimedReaction
from statemachine.local.slack_stand_in import SlackStandIn


def attend(
    settings: dict[str, str],
    slack: SlackStandIn | None,
    reactions: Sequence[TimedReaction],
    *,
    is_asked: bool,
) -> None:
    """Set that nobody is asked for an answer, where the run does not wait for any; raises UsageError.

    A terminal says for how long nothing may come.
    """
    if not is_asked:
        settings["ANSWER_WITHIN"] = OFF
        return
    if reactions and not slack:
        raise click.UsageError(
            "--react gives reactions at the run's own stand-in of Slack only: leave it out and react yourself,"
            " or unset SLACK_TOKEN and SLACK_API_URL"
        )
    if not answer_within(settings):
        raise click.UsageError(
            "--until-handled: ANSWER_WITHIN is off, so no finding asks for an answer. Unset it, or leave"
            " --until-handled out"
        )
    if sys.stderr.isatty():
        spans = settings.get("ANSWER_WITHIN", ANSWER_WITHIN)
        click.echo(f"Waiting for answers (ANSWER_WITHIN: {spans}); Ctrl-C ends it.", err=True)


@dataclass(frozen=True)
class Follower:
    """Who follows it, and where somebody reacts meanwhile."""

    aws: LocalAWS
    slack: SlackStandIn | None
    """The run's own stand-in; None where people may answer in another Slack, at any time."""
    reactions: Sequence[TimedReaction] = ()
    is_asked: bool = True
    """Whether the run was asked to wait."""

    def follow(
        self, history: Sequence[Mapping[str, Any]], calls: Sequence[SlackCall], stopped: threading.Event
    ) -> AttentionRun | None:
        """Wait for the end of what the event's execution has started; None where it has started nothing.

        At the run's own stand-in it is stopped when nothing more can come of it.
        """
        arn = started_by(history)
        if not arn:
            return None
        with ExitStack() as meanwhile:
            reacting = self._reacting(calls)
            if reacting:
                meanwhile.enter_context(reacting)
            key = json.loads(self._described(arn)["input"])["finding_id"]
            ended = described_at_its_end(
                self.aws, arn, lambda: stopped.is_set() or self._is_over(key, reacting)
            )
        return AttentionRun(
            arn,
            ended["status"],
            ended.get("error"),
            ended.get("cause"),
            steps(self.aws.history(arn)),
        )

    def _reacting(self, calls: Sequence[SlackCall]) -> Reacting | None:
        message = next((call for call in calls if call.is_message), None)
        return Reacting(self.slack, self.reactions, message) if self.slack and message else None

    def _described(self, arn: str) -> dict[str, Any]:
        described: dict[str, Any] = self.aws.client("stepfunctions").describe_execution(executionArn=arn)
        return described

    def _is_over(self, key: str, reacting: Reacting | None) -> bool:
        if not self.slack or (reacting and not reacting.is_done):
            return False
        asked = self._watch(key)
        return asked is not None and nothing_comes(asked, reacting.standing if reacting else frozenset())

    def _watch(self, key: str) -> Watch | None:
        found = self.aws.client("dynamodb").get_item(
            TableName=f"guardduty-notifier-{STAGE}-notifications",
            Key={"finding_id": {"S": key}},
            ConsistentRead=True,
        )
        return watch.read(found.get("Item", {}).get("attention", {}).get("S", ""))


def started_by(history: Sequence[Mapping[str, Any]]) -> str:
    """Name the ARN of the execution that an execution has started; empty: none."""
    done = (event.get("taskSucceededEventDetails", {}) for event in history)
    outputs = (json.loads(each["output"]) for each in done if each.get("resource") == "startExecution")
    return next((str(output["executionArn"]) for output in outputs), "")


def nothing_comes(asked: Watch, standing: set[str] | frozenset[str]) -> bool:
    """Whether nobody will answer and nobody is to be reminded, where ``standing`` is all that has been reacted."""
    if not asked.is_open or asked.said.strip() != asked.shown.strip():
        return False
    now = clock.now()
    if asked.reminding or schedule.due(asked, now) or schedule.next_deadline(asked, now):
        return bool(asked.blind)
    is_noticed = not standing.intersection(who_counts.HANDLED) and (USER in asked.seen_by) == bool(
        standing.intersection(who_counts.SEEN)
    )
    return is_noticed or bool(asked.blind)
