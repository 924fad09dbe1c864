"""The executions that post: started with the event, redriven, or left to the one that has the finding."""

import json
from typing import Any

import pytest

from chalicelib.finding.event import parse
from chalicelib.finding.getfindings import identifiers
from chalicelib.ledger.claim import instant
from statemachine.deploy import stack
from statemachine.local.aws_stand_in import AwsFault
from tests.catch_up.test_replay import HERE, HOUR, NOW, detail, name, world
from tests.generate import example


def test_the_input_is_the_event_and_says_that_it_was_replayed() -> None:
    with world(detail(1)) as here:
        here.run(since="24h")
        [started] = here.executions.executions
    event = json.loads(started.input)
    assert (event["via"], event["account"], event["region"]) == ("replay", "123456789012", "eu-west-1")
    sent = parse({**example("example"), "detail": detail(1)})
    assert parse({**event, "via": "", "account": "111122223333"}) == sent


@pytest.mark.parametrize(
    "made",
    [
        pytest.param(example("attack-sequence")["detail"], id="attack-sequence"),
        pytest.param(detail(1, title="x" * 250_000), id="large"),
    ],
)
def test_what_may_be_too_large_is_passed_by_its_identifiers(made: dict[str, Any]) -> None:
    at = instant(NOW - HOUR)
    with world(made | {"updatedAt": at, "severity": 9.0}) as here:
        here.run(since="24h")
        [started] = here.executions.executions
    event = json.loads(started.input)
    assert event["identifiersOnly"] is True
    assert (event["detail"]["id"], event["detail"]["updatedAt"], event["via"]) == (made["id"], at, "replay")
    assert len(started.input) < 2_000


def test_identifiers_are_those_of_the_attack_sequences_rule() -> None:
    rule = stack.template()["Resources"]["AttackSequenceRule"]["Properties"]["Targets"][0]
    paths = rule["InputTransformer"]["InputPathsMap"]
    written = {path.removeprefix("$.detail.") for path in paths.values() if path.startswith("$.detail.")}
    event = identifiers(example("attack-sequence"))
    kept = event["detail"]
    assert isinstance(kept, dict)
    ours = {*kept, *(f"service.{each}" for each in kept["service"])} - {"service", "service.archived"}
    assert ours == written
    assert event["identifiersOnly"] is True


@pytest.mark.parametrize(
    ("ended", "outcome", "names"),
    [
        pytest.param({}, "under_way", [""], id="running"),
        pytest.param({"status": "FAILED", "error": "SlackRejected"}, "redriven", [""], id="failed"),
        pytest.param({"status": "TIMED_OUT"}, "redriven", [""], id="timed-out"),
        pytest.param({"status": "ABORTED"}, "redriven", [""], id="aborted"),
        pytest.param({"status": "FAILED", "days_ago": 15}, "started", ["", "-2"], id="failed-long-ago"),
        pytest.param(
            {"status": "SUCCEEDED", "output": '{"posted": {"status": "posted"}}'},
            "already_posted",
            [""],
            id="posted",
        ),
        pytest.param(
            {"status": "SUCCEEDED", "output": '{"verdict": {"suppressed": true}}'},
            "suppressed",
            [""],
            id="suppressed",
        ),
        pytest.param(
            {"status": "SUCCEEDED", "output": '{"verdict": {"suppressed": false}, "failure": {}}'},
            "started",
            ["", "-2"],
            id="left-it-to-one-that-failed",
        ),
        pytest.param({"status": "SUCCEEDED", "output": "[1]"}, "started", ["", "-2"], id="unreadable"),
    ],
)
def test_a_name_that_is_taken(ended: dict[str, Any], outcome: str, names: list[str]) -> None:
    with world(detail(1)) as here:
        here.executions.add(name(1))
        if ended:
            here.executions.end(name(1), **ended)
        answer = here.run(since="24h")
        counted = ("under_way", "redriven", "started", "already_posted", "suppressed")
        assert {each: answer[each] for each in counted if answer[each]} == {outcome: 1}
        assert [each.name for each in here.executions.executions] == [name(1) + each for each in names]


def test_names_do_not_go_on_for_ever() -> None:
    with world(detail(1)) as here:
        for suffix in ("", *(f"-{number}" for number in range(2, 10))):
            here.executions.add(name(1) + suffix, "SUCCEEDED")
        answer = here.run(since="24h")
        assert answer["skipped"] == {"executions ended without posting": 1}
        assert (answer["missing"], answer["findings"][0]["id"]) == (1, f"{1:032x}")


@pytest.mark.parametrize(
    ("status", "outcome", "started"),
    [
        pytest.param("RUNNING", "under_way", 1, id="running"),
        pytest.param("FAILED", "redriven", 1, id="failed"),
        pytest.param("SUCCEEDED", "started", 2, id="succeeded-without-post"),
        pytest.param("", "started", 1, id="gone"),
    ],
)
def test_who_has_claimed_the_update_is_asked_first(status: str, outcome: str, started: int) -> None:
    """Redriven, the execution that the rule had started keeps its claim; a new one would find it claimed."""
    with world(detail(1)) as here:
        arn = f"{HERE.machine.replace(':stateMachine:', ':execution:')}:by-the-rule"
        if status:
            assert here.executions.add("by-the-rule", status) == arn
        here.put(1, {"claimed_update": instant(NOW - HOUR), "claimed_by": arn})
        answer = here.run(since="24h")
        assert (answer[outcome], len(here.executions.executions)) == (1, started)


def test_an_older_claim_is_nothing_to_wait_for() -> None:
    with world(detail(1)) as here:
        arn = here.executions.add("by-the-rule")
        here.put(1, {"claimed_update": instant(NOW - 2 * HOUR), "claimed_by": arn})
        assert here.run(since="24h")["started"] == 1


def test_an_input_that_step_functions_refuses_keeps_nobody_back() -> None:
    fault = AwsFault("StartExecution", "InvalidExecutionInput", 400)
    with world(detail(1), detail(2)) as here:
        here.executions.script(fault)
        answer = here.run(since="24h")
    assert (answer["started"], answer["missing"]) == (1, 2)
    assert answer["skipped"] == {"Step Functions refused the input": 1}
