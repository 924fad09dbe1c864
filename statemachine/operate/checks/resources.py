"""Whether the stack's resources are there, switched on, and those of this folder's template."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from statemachine.deploy import stack, template_text
from statemachine.deploy.stack import RULES, SCHEDULES, Stage
from statemachine.deploy.watch import stack_status
from statemachine.operate.checks import Check, StagePlace
from statemachine.session import client

_SOUND = frozenset({"CREATE_COMPLETE", "IMPORT_COMPLETE", "UPDATE_COMPLETE"})
_RUNNING = frozenset({"Creating", "Enabled", "Enabling", "Updating"})


def stack_healthy(place: StagePlace, name: str) -> Check:
    """The stack is there, sound, and of this folder's template."""
    cloudformation = client("cloudformation")
    status = stack_status(cloudformation, place.stage.stack)
    if status not in _SOUND:
        return Check(name, False, status or "missing", f"make deploy STAGE={place.stage.name}")
    if _template_differs(cloudformation, place.stage):
        hint = f"make deploy STAGE={place.stage.name}"
        return Check(name, False, f"{status}, but not of this folder's template and parameters", hint)
    return Check(name, True, status)


def _template_differs(cloudformation: Any, stage: Stage) -> bool:
    there = cloudformation.get_template(StackName=stage.stack)["TemplateBody"]
    if isinstance(there, str):
        there = template_text.read(there)
    described = cloudformation.describe_stacks(StackName=stage.stack)["Stacks"][0]
    parameters = {given["ParameterKey"]: given["ParameterValue"] for given in described["Parameters"]}
    return bool(there != stack.filled(stage.parameters) or parameters != dict(stage.parameters))


def rules_enabled(place: StagePlace, name: str) -> Check:
    """Both rules are on, with this folder's patterns, and start the state machine."""
    faults = [fault for rule in RULES if (fault := _rule_fault(place, rule))]
    if faults:
        return _amiss(place, name, faults)
    return Check(name, True, f"enabled, from severity {place.stage.parameters['MinSeverity']}")


def _rule_fault(place: StagePlace, rule: str) -> str:
    called = f"{place.stage.stack}-{RULES[rule]}"
    found = _rule(called)
    if not found:
        return f"{called} is missing"
    if found["State"] == "DISABLED":
        return f"{called} is disabled"
    pattern = stack.pattern(rule, place.stage.parameters) | {"account": [place.account]}
    if json.loads(found["EventPattern"]) != pattern:
        return f"{called} has another pattern"
    machine = place.arn("states", f"stateMachine:{place.stage.stack}")
    return "" if machine in _targets(called) else f"{called} does not start the state machine"


def schedules_kept(place: StagePlace, name: str) -> Check:
    """The hourly look and the daily proof are on where they should be, and may invoke their function."""
    faults = [fault for ending in SCHEDULES if (fault := _schedule_fault(place, ending))]
    if faults:
        return _amiss(place, name, faults)
    off = [ending for ending in SCHEDULES if not _wanted(place, ending)]
    if off:
        return Check(name, None, f"switched off: {', '.join(off)}", "Wanted? It is in the stack_parameters.")
    return Check(name, True, f"hourly, and daily at {place.stage.parameters['DailyProofHour']}:00 UTC")


def _wanted(place: StagePlace, ending: str) -> bool:
    return place.stage.parameters[SCHEDULES[ending]] == "on"


def _schedule_fault(place: StagePlace, ending: str) -> str:
    called = f"{place.stage.stack}-{ending}"
    found = _rule(called)
    if not found:
        return f"{called} is missing"
    if (found["State"] != "DISABLED") != _wanted(place, ending):
        return f"{called} is {found['State'].lower()}"
    function = place.stage.function("replay-findings")
    if place.arn("lambda", f"function:{function}") not in _targets(called):
        return f"{called} does not invoke {function}"
    may = place.arn("events", f"rule/{called}") in _policy(function)
    return "" if may else f"{called} may not invoke {function}"


def _rule(name: str) -> dict[str, Any]:
    events = client("events")
    try:
        found: dict[str, Any] = events.describe_rule(Name=name)
    except events.exceptions.ResourceNotFoundException:
        return {}
    return found


def _targets(rule: str) -> list[str]:
    return [target["Arn"] for target in client("events").list_targets_by_rule(Rule=rule)["Targets"]]


def _policy(function: str) -> str:
    """Read who may invoke a function, as JSON."""
    functions = client("lambda")
    try:
        return str(functions.get_policy(FunctionName=function)["Policy"])
    except functions.exceptions.ResourceNotFoundException:
        return ""


def feeds_running(place: StagePlace, name: str) -> Check:
    """The tables' streams reach the function that announces changed rules."""
    function = place.stage.function("announce-rule-change")
    found = client("lambda").list_event_source_mappings(FunctionName=function)["EventSourceMappings"]
    faults = [fault for table in place.stage.kept_tables if (fault := feed_fault(found, table))]
    if faults:
        return _amiss(place, name, faults)
    failing = [why for each in found if (why := each.get("LastProcessingResult", "")).startswith("PROBLEM")]
    if failing:
        return Check(
            name, False, failing[0], f"The log of {function} says why. It is tried again until it works."
        )
    return Check(name, True, "changes of both tables are announced")


def feed_fault(found: Sequence[Mapping[str, Any]], table: str) -> str:
    """Say what is wrong with a table's event source mapping; nothing where it runs."""
    feeds = [each for each in found if f":table/{table}/stream/" in each.get("EventSourceArn", "")]
    if not feeds:
        return f"{table} has none"
    states = {each.get("State", "") for each in feeds}
    return "" if states & _RUNNING else f"that of {table} is {', '.join(sorted(states))}"


def _amiss(place: StagePlace, name: str, faults: Sequence[str]) -> Check:
    hint = (
        f"make deploy STAGE={place.stage.name}. Where it finds no changes, somebody changed this by hand:"
        f" make delete STAGE={place.stage.name}, then make deploy (the suppression list stays)."
    )
    return Check(name, False, "; ".join(faults), hint)
