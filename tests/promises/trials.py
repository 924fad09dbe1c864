"""Rules tried on findings through the whole state machine: one local AWS for all trials of a file.

Making a local AWS costs more than an execution on it. The environment is put back before each trial, because
every test begins by taking AWS's and Slack's variables out of it.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from unittest.mock import patch

from statemachine.local.slack_stand_in import SlackStandIn
from tests.machine import Event, Machine, Outcome, event

Rule = Mapping[str, Any]

WHY = "we know it"


class NothingOffered(Exception):
    """An execution's output has no rule: there is none to try."""


class NeitherHiddenNorPosted(Exception):
    """An execution ended otherwise: no test may take that for an answer."""


def a_finding(name: str, changes: Mapping[str, object] = {}, **detail: object) -> Event:
    """One of the events beside the tests, members of its detail changed by path: ``resource.instanceDetails.tags``."""
    made = event(name, **detail)
    for path, value in changes.items():
        *way, last = path.split(".")
        inside: Any = made["detail"]
        for step in way:
            inside = inside[int(step)] if isinstance(inside, list) else inside[step]
        inside[last] = deepcopy(value)
    return made


def a_rule(made: Event, **conditions: object) -> Rule:
    """A rule for the type and account of a finding."""
    detail = made["detail"]
    usual = {"finding_type": detail["type"], "rule": "ours", "reason": WHY, "account_id": detail["accountId"]}
    return usual | conditions


@dataclass
class Trials:
    """What becomes of findings under rules."""

    machine: Machine
    environment: Mapping[str, str]
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def run(self, made: Event, *rules: Rule) -> Outcome:
        """Run the event as a finding of its own, while these rules alone are in the suppression list."""
        own = self._of_its_own(made)
        with patch.dict(os.environ, self.environment):
            for rule in rules:
                self.machine.suppress(**rule)
            try:
                return self.machine.run(own)
            finally:
                for rule in rules:
                    self.machine.delete("suppressions", finding_type=rule["finding_type"], rule=rule["rule"])

    def hidden(self, made: Event, *rules: Rule) -> bool:
        """Whether the rules hide it; it is posted where they don't."""
        outcome = self.run(made, *rules)
        if outcome.end not in ("Suppressed", "Notified"):
            raise NeitherHiddenNorPosted(
                f"{outcome.status} in {outcome.end}: {outcome.error} {outcome.cause}"
            )
        return outcome.end == "Suppressed"

    def offered_rule(self, made: Event) -> Rule:
        """The rule that the output of the finding's execution offers, with a reason of its reader."""
        outcome = self.run(made)
        if not outcome.output.get("suggested_rule"):
            raise NothingOffered(f"{outcome.status} in {outcome.end}")
        return {**outcome.output["suggested_rule"], "reason": WHY}

    def _of_its_own(self, made: Event) -> Event:
        own = deepcopy(made)
        own["detail"]["id"] = f"{next(self._numbers):032x}"
        return own


@contextmanager
def trials() -> Iterator[Trials]:
    """A local AWS and a Slack for trials."""
    with SlackStandIn() as slack, Machine(slack) as machine:
        settings = {name: value for name, value in os.environ.items() if name.startswith(("AWS_", "SLACK_"))}
        yield Trials(machine, settings)
