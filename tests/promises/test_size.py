"""A large finding is posted like a small one: within AWS's limits, and at a cost that many rules don't multiply."""

import json
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from chalicelib.finding.event import parse
from chalicelib.finding.getfindings import identifiers
from chalicelib.functions import post_to_slack
from chalicelib.rules.suggested_rule import LONGEST
from statemachine.local.guardduty_stand_in import GuardDutyStandIn
from statemachine.local.slack_stand_in import SlackStandIn
from tests.machine import Event, Machine, event
from tests.promises.trials import WHY

LARGEST = 262_144
"""Bytes of a state's input or output: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html"""


class NotPosted(Exception):
    """An execution that only prepares the test did not end as it has to."""


def size(text: str) -> int:
    """Bytes of JSON, however much space it was written with."""
    return len(json.dumps(json.loads(text), separators=(",", ":"), ensure_ascii=False).encode())


def carried(history: list[dict[str, Any]]) -> Iterator[tuple[int, str]]:
    """Every input, output and parameter of an execution: its size, and of which state or task."""
    for entry in history:
        for details in (value for name, value in entry.items() if name.endswith("EventDetails")):
            for what in ("input", "output", "parameters"):
                if details.get(what):
                    yield size(details[what]), f"{entry['type']} {details.get('name', '')} {what}"


@pytest.fixture
def longest_rule(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Offer the longest rule that is ever offered, whatever the finding."""
    rule = {"rule": "r" * (LONGEST - len(json.dumps({"rule": ""})))}
    monkeypatch.setattr(post_to_slack, "suggest", lambda *_: rule)
    return rule


@pytest.mark.parametrize(
    "room", [pytest.param(0, id="the-largest"), pytest.param(1000, id="a-thousand-bytes-less")]
)
def test_a_large_event_is_posted_and_passes_no_limit_of_a_state(
    machine: Machine, longest_rule: dict[str, str], room: int
) -> None:
    made = event()
    info = made["detail"]["service"]["additionalInfo"]
    info["value"] = ""
    info["value"] = "A" * (LARGEST - room - len(json.dumps(made)))
    outcome = machine.run(made)
    assert (outcome.end, outcome.error, len(machine.messages())) == ("Notified", None, 1)
    assert outcome.output["suggested_rule"] == longest_rule
    assert [each for each in carried(machine.aws.history(outcome.arn)) if each[0] > LARGEST] == []


def test_an_attack_sequence_of_megabytes_is_posted_and_passes_no_limit_of_a_state(
    slack: SlackStandIn, longest_rule: dict[str, str]
) -> None:
    made = event("attack-sequence")
    steps = made["detail"]["service"]["detection"]["sequence"]
    steps["resources"] = [
        {
            "uid": f"arn:aws:s3:::bucket-{number}",
            "name": f"bucket-{number}",
            "resourceType": "S3_BUCKET",
            "accountId": "111122223333",
            "region": "eu-west-1",
            "tags": [{"key": f"key-{tag}", "value": "v" * 200} for tag in range(20)],
        }
        for number in range(400)
    ]
    with (
        GuardDutyStandIn([made["detail"]]) as guardduty,
        Machine(slack, AWS_ENDPOINT_URL_GUARDDUTY=guardduty.url) as machine,
    ):
        outcome = machine.run(identifiers(made))
        history = machine.aws.history(outcome.arn)
    assert (outcome.end, outcome.error, len(machine.messages())) == ("Notified", None, 1)
    assert outcome.output["suggested_rule"] == longest_rule
    assert [each for each in carried(history) if each[0] > LARGEST] == []
    kept = parse(outcome.output)
    assert {f"arn:aws:s3:::bucket-{number}" for number in range(400)} <= {one.arn for one in kept.resources}
    assert "detail.service.detection.sequence.resources" in {
        one["path"] for one in outcome.output["left_out"]
    }


# --- many rules ------------------------------------------------------------------------------------------------


class Counting(Machine):
    """A machine that counts the calls of Python functions while the suppression list is asked."""

    calls = 0

    def _around(self, name: str, payload: Any, call: Callable[[], bytes]) -> bytes:
        if name != "check-suppression-list":
            return super()._around(name, payload, call)
        sys.setprofile(self._count)
        try:
            return super()._around(name, payload, call)
        finally:
            sys.setprofile(None)

    def _count(self, _: object, what: str, __: object) -> None:
        self.calls += what == "call"

    def calls_for(self, made: Event) -> int:
        """How many calls it takes to ask the list about a finding, which no rule hides."""
        self.calls = 0
        outcome = self.run(made)
        if outcome.end != "Notified":
            raise NotPosted(f"{outcome.end}: {outcome.cause}")
        return self.calls


def of_objects(number: int, objects: int) -> Event:
    made = event(id=f"{number:032x}")
    made["detail"]["resource"]["s3BucketDetails"] = [
        {
            "name": "b",
            "arn": "arn:aws:s3:::b",
            "s3ObjectDetails": [{"key": f"k{key}"} for key in range(objects)],
        }
    ]
    return made


def test_a_further_rule_costs_little_beside_reading_the_finding(slack: SlackStandIn) -> None:
    """Else a hundred rules on a finding of thousands of objects need more time than the function has."""
    machine = Counting(slack)
    with machine:
        of_no_object = {"finding_type": "*", "reason": WHY, "account_id": "111122223333"}
        rules = [
            of_no_object | {"rule": f"r{number}", "resource_id": f"arn:aws:s3:::*prod{number}*"}
            for number in range(11)
        ]
        machine.suppress(**rules[0])
        machine.calls_for(of_objects(1, 1))  # what is done once: imports, patterns
        one = machine.calls_for(of_objects(2, 1400))
        for rule in rules[1:]:
            machine.suppress(**rule)
        eleven = machine.calls_for(of_objects(3, 1400))
    assert (eleven - one) / 10 < one / 10
