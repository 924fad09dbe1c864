"""What an execution says of the rule that hides its finding."""

from typing import Any

import pytest

from chalicelib.finding.event import parse
from chalicelib.finding.model import Account
from chalicelib.notify import verdicts
from chalicelib.rules import suppressions
from tests.machine import event
from tests.promises.common import NOON

USUAL = {"finding_type": "Backdoor:EC2/*", "rule": "lab", "reason": "a test range"}


def why(**given: Any) -> str:
    """Hide the example by a rule, and say why."""
    verdict = suppressions.check(parse(event()), Account(), [USUAL | given], NOON)
    return verdicts.why_hidden(verdicts.suppressing_rule({"verdict": verdict.to_json()}))


@pytest.mark.parametrize(
    ("given", "says"),
    [
        pytest.param({}, "lab hides it without end, because “a test range”.", id="no-end"),
        pytest.param(
            {"expires_at": "2026-12-31"},
            "lab hides it until 2026-12-31 23:59 UTC, because “a test range”.",
            id="a-day",
        ),
        pytest.param(
            {"expires_at": "2026-12-31T10:30:00+02:00"},
            "lab hides it until 2026-12-31 08:30 UTC, because “a test range”.",
            id="a-moment",
        ),
        pytest.param(
            {"owner": "jane@example.com", "ticket": "SEC-1"},
            "lab hides it without end, because “a test range”; owner jane@example.com; ticket SEC-1.",
            id="whom-to-ask",
        ),
        pytest.param({"owner": " "}, "lab hides it without end, because “a test range”.", id="no-owner"),
        pytest.param(
            {"rule": "x hides it without end, because"},
            "“x hides it without end, because” hides it without end, because “a test range”.",
            id="a-name-like-our-words",
        ),
        pytest.param(
            {"reason": "x”; owner jane. \nRule “y"},
            'lab hides it without end, because “x"; owner jane. Rule "y”.',
            id="a-reason-that-ends-early",
        ),
        pytest.param(
            {"rule": "a\x1b[2J\u202eb", "owner": "c\x07\u200bd\r\ne"},
            "a[2Jb hides it without end, because “a test range”; owner “cd e”.",
            id="what-nobody-sees",
        ),
    ],
)
def test_the_rule_its_end_its_reason_and_whom_to_ask(given: dict[str, Any], says: str) -> None:
    assert why(**given) == f"Rule Backdoor:EC2/* {says}"


def test_it_is_short_whatever_was_typed() -> None:
    long = dict.fromkeys(("rule", "reason", "owner", "ticket"), "x" * 1000)
    assert len(why(**long)) < 1000


def test_what_another_version_has_left_out_is_not_missed() -> None:
    said = verdicts.why_hidden({"finding_type": "*", "rule": "old"})
    assert said == "Rule * old hides it without end, for no reason that it gives."
