"""The function replay-findings: a replay by hand, the hourly look, the daily proof."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from chalicelib import settings
from chalicelib.attention.restart import Restarts, restart
from chalicelib.aws import metrics, rule_tables
from chalicelib.catch_up import daily_proof, executions, late_digests, look, replay
from chalicelib.catch_up.compare import Judged
from chalicelib.catch_up.late_digests import LateDigests
from chalicelib.catch_up.request import Here, ReplayRequest, read_request
from chalicelib.catch_up.tally import MOST_NAMED, Act, Outcome, Result, Tally
from chalicelib.catch_up.time_left import TimeLeft
from chalicelib.errors import AWSUnavailable
from chalicelib.ledger import accounts
from chalicelib.rules import suppressions


def replay_findings(
    payload: object, function_arn: str, remaining: Callable[[], int], now: datetime, nonce: str
) -> dict[str, Any]:
    """Do what the payload asks (see ``read_request``) and say what came of it (``Result.to_json``).

    What a schedule invoked must end: where it stops early it raises AWSUnavailable, for its alarm.
    ``nonce`` names this run of the function.
    """
    request, here, has_time = read_request(payload, now), place(function_arn), TimeLeft(remaining)
    if request.proof:
        return _ended(daily_proof.prove(request, here, now, has_time), here, now)
    act = actor(request, here, now)
    if not request.reconcile:
        return replay.run(request, here, now, act, has_time, most_named=MOST_NAMED).to_json()
    if request.dry_run:
        return look.look(request, here, now, act, has_time, has_time).to_json()
    late = late_digests.post(function_arn, nonce, now, has_time)
    try:
        result = look.look(request, here, now, act, has_time, has_time)
    finally:  # whatever GuardDuty says of its list
        restarts = restart(f"{here.machine}-attention", now, has_time)
    return _whole(result, restarts, late, _ended(result, here, now))


def place(function_arn: str) -> Here:
    """Say where we are: arn:PARTITION:lambda:REGION:ACCOUNT:function:NAME."""
    _, partition, _, region, account, *_ = function_arn.split(":")
    return Here(partition, region, account, settings.stage())


def actor(request: ReplayRequest, here: Here, now: datetime) -> Act:
    """Choose what is done about a missing finding."""
    return _forecaster(here, now) if request.dry_run else executions.starter(here, now)


def _forecaster(here: Here, now: datetime) -> Act:
    """Only say what would become of a missing finding; of tags, only those that it carries are known."""
    seen_by, account_of = executions.looker(now), accounts.accounts(here.account, now)
    rules: dict[str, list[rule_tables.TableItem]] = {}

    def forecast(each: Judged) -> Outcome:
        if (seen := seen_by(each)).word != "missing":
            return seen
        kind = each.finding.type
        if kind not in rules:
            rules[kind] = list(rule_tables.items(settings.suppressions_table(), suppressions.keys(kind)))
        verdict = suppressions.check(each.finding, account_of(each.finding.account_id), rules[kind], now)
        return Outcome("would be hidden", verdict.rule.rule) if verdict.rule else Outcome("would be posted")

    return forecast


def _ended(result: Result, here: Here, now: datetime) -> dict[str, Any]:
    print(metrics.line(_counts(result.tally), here.stage, now))
    if result.rest:
        counted = result.tally.listed
        raise AWSUnavailable(f"Stopped after {counted} findings, before the end of the list: {result.why}")
    return result.to_json()


def _whole(result: Result, restarts: Restarts, late: LateDigests, answer: dict[str, Any]) -> dict[str, Any]:
    """Give an hourly look's answer, or raise for its alarm. The rest is done; what is left is looked at again.

    (A proof says the same in Slack, and must not be run again: it is posted already.)
    """
    left = [f"{region} was not compared ({why})" for region, why in result.unread.items()]
    if held_up := answer["not_looked_at"]:
        left.append(f"{held_up} missing findings were not looked at ({result.held_up})")
    left += [f"{number} that wait for an answer: {why}" for why, number in restarts.failed.items()]
    left += [f"{number} digests were not posted: {why}" for why, number in late.failed.items()]
    if left:
        raise AWSUnavailable("; ".join(left))
    return {**answer, "attention": restarts.to_json(), "digests": late.to_json()}


def _counts(tally: Tally) -> dict[str, int]:
    return {"FoundByReplay": tally.late, "Listed": tally.listed, "Missing": tally.to_json()["missing"]}
