"""The executions that post missing findings: started, redriven, or only looked at."""

import json
from datetime import datetime

from chalicelib.aws import step_functions
from chalicelib.catch_up.compare import Judged
from chalicelib.catch_up.missing import FindingStanding, execution_name, update
from chalicelib.catch_up.request import Here
from chalicelib.catch_up.tally import GIVEN_UP, REFUSED, Act, Outcome
from chalicelib.finding.getfindings import identifiers
from chalicelib.ledger.claim import instant

# An execution's input may have 262,144 bytes; what states add to it needs room too.
_LARGEST_INPUT = 200_000

# Executions of one name, all of them over and none of them a post: then something else is wrong.
_MOST_OF_A_NAME = 9


def starter(here: Here, now: datetime) -> Act:
    """Post missing findings: each by an execution of the state machine, unless one has it already."""

    def start(each: Judged) -> Outcome:
        try:
            return Outcome(_claimers(each, now, again=True) or _start(each, here, now))
        except step_functions.InputRefused:
            return Outcome(REFUSED)  # one that can't be posted must not keep the others from it

    return start


def looker(now: datetime) -> Act:
    """Only look whether an execution has the missing finding already."""

    def look(each: Judged) -> Outcome:
        return Outcome(_claimers(each, now, again=False) or "missing")

    return look


def _claimers(each: Judged, now: datetime, *, again: bool) -> str:
    """Say what the execution makes of it that has claimed this update or a newer one; empty: a new one is needed."""
    claimed = each.record.claimed_update >= update(each.finding, now)
    arn = each.record.claimed_by if claimed else ""
    return _state_of(each, arn, again=again) if arn else ""


def _state_of(each: Judged, arn: str, *, again: bool) -> str:
    """Say the same of any execution of the finding: where its digest is nobody's, no end of one proves a post."""
    state = _state(arn, again=again)
    return "" if state == "posted" and each.standing is FindingStanding.LOST else state


def _state(arn: str, *, again: bool) -> str:
    """Say what an execution that has the finding makes of it; empty where a new one is needed.

    One that ended badly is redriven (if ``again``): it keeps its claim.
    """
    execution = step_functions.describe(arn)
    if execution is None:
        return ""
    if execution.status in step_functions.ENDED_BADLY:
        return "redriven" if again and step_functions.redrive(arn) else ""
    return _end(execution.output) if execution.status == "SUCCEEDED" else "under way"


def _end(output: str) -> str:
    """Read how an execution ended that did not fail; empty where it left the post to another one, or to a digest."""
    try:
        state = json.loads(output)
        posted, verdict = state.get("posted") or {}, state.get("verdict") or {}
    except (ValueError, AttributeError):
        return ""
    if posted.get("status") == "posted":
        return "" if posted.get("how") == "folded" else "posted"
    return "suppressed" if verdict.get("suppressed") is True else ""


def _start(each: Judged, here: Here, now: datetime) -> str:
    """Start an execution under the first name that is free; each name that is taken may have it already."""
    name, text = execution_name(each.finding, now), execution_input(each, now)
    for suffix in ("", *(f"-{number}" for number in range(2, _MOST_OF_A_NAME + 1))):
        if step_functions.start(here.machine, name + suffix, text):
            return "started"
        arn = step_functions.execution_arn(here.machine, name + suffix)
        if state := _state_of(each, arn, again=True):
            return state
    return GIVEN_UP


def execution_input(each: Judged, now: datetime) -> str:
    """Write the input: the event as sent now, which makes it differ from the input of an earlier replay.

    With the same input a running execution of that name would count as started again.
    """
    posted = {**each.event, "via": "replay", "time": instant(now)}
    text = json.dumps(posted)
    if each.finding.type.startswith("AttackSequence:") or len(text) > _LARGEST_INPUT:
        return json.dumps(identifiers(posted))
    return text
