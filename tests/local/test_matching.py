"""Why an event starts nothing is said as whoever waits for it needs it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statemachine.deploy.stack import finding_patterns
from statemachine.local.matching import matched, why_not
from tests.machine import Event, event

PATTERNS = finding_patterns(7)


def without(*names: str) -> Event:
    made = event()
    for name in names:
        del made["detail"][name]
    return made


MISSED = [
    pytest.param(event(severity=5), "severity 5 is below 7: --min-severity 5", id="below"),
    pytest.param(event(severity=6.95), "severity 6.95 is below 7: --min-severity 6.95", id="little-below"),
    pytest.param(event(severity=-1), "severity -1 is below 7", id="no-option-takes-that"),
    pytest.param(
        event("attack-sequence", severity=5), "severity 5 is below 7: --min-severity 5", id="sequence"
    ),
    pytest.param(event(service={"archived": True}), "archived", id="archived"),
    pytest.param(event(service={"archived": None}), "archived is null, not false", id="archived-null"),
    pytest.param(event(service={"archived": "false"}), 'archived is "false", not false', id="archived-text"),
    pytest.param(
        event(severity=5, service={"archived": True}),
        "severity 5 is below 7: --min-severity 5; archived",
        id="both",
    ),
    pytest.param(
        event(severity="8"), 'severity is "8", not a number: EventBridge compares numbers only', id="text"
    ),
    pytest.param(event(severity=True), "severity is true, not a number: ", id="a-truth"),
    pytest.param(without("severity"), "severity is missing", id="no-severity"),
    pytest.param(without("type"), "type is missing", id="no-type"),
    pytest.param(
        event(severity=1) | {"source": "aws.inspector2"},
        "source is aws.inspector2, not aws.guardduty",
        id="source-alone",
    ),
    pytest.param(
        event() | {"source": "aws.securityhub", "detail-type": "Security Hub Findings - Imported"},
        "source is aws.securityhub, not aws.guardduty; detail-type is Security Hub Findings - Imported, not GuardDuty"
        " Finding (Security Hub's copy of a finding, which GuardDuty sends itself)",
        id="security-hub",
    ),
    pytest.param(
        event() | {"detail-type": "GuardDuty Malware Protection Object Scan Result"},
        "not GuardDuty Finding (what malware scans say of an object or a bucket is no finding)",
        id="malware-scan",
    ),
    pytest.param(
        event() | {"detail-type": "GuardDuty Runtime Protection Unhealthy"},
        "not GuardDuty Finding (what GuardDuty says of its runtime coverage is no finding)",
        id="runtime-coverage",
    ),
    pytest.param(event(severity=["x" * 100]), "…, not a number", id="a-long-one"),
]


@pytest.mark.parametrize(("made", "said"), MISSED)
def test_why_not(made: Event, said: str) -> None:
    assert not any(matched(made, PATTERNS))
    assert said in why_not(made, PATTERNS)


ANY_JSON: st.SearchStrategy[Any] = (
    st.none() | st.booleans() | st.floats(0, 10) | st.text(max_size=5) | st.just([]) | st.just({})
)


@given(
    st.fixed_dictionaries(
        {}, optional={"severity": ANY_JSON, "type": ANY_JSON, "service": ANY_JSON | st.just({"archived": 1})}
    ),
    st.sampled_from(["aws.guardduty", "aws.ec2"]),
)
def test_what_starts_nothing_has_a_reason(detail: dict[str, Any], source: str) -> None:
    made = {"source": source, "detail-type": "GuardDuty Finding", "detail": detail}
    if not any(matched(made, PATTERNS)):
        assert why_not(made, PATTERNS)
