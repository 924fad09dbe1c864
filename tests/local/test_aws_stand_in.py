"""The faults that a stand-in of an AWS service is told to have."""

from statemachine.local.aws_stand_in import AwsFault
from statemachine.local.guardduty_stand_in import DETECTOR, GuardDutyStandIn
from tests.local.test_guardduty_stand_in import client, ids, refused


def test_a_scripted_fault_comes_when_it_is_due() -> None:
    with GuardDutyStandIn([], AwsFault("ListFindings", after=1, times=2)) as stand_in:
        guardduty = client("guardduty", stand_in.url)
        assert ids(guardduty) == []
        for _ in range(2):
            assert refused(guardduty.list_findings, DetectorId=DETECTOR) == "TooManyRequestsException"
        assert ids(guardduty) == []
        assert stand_in.calls["ListFindings"] == 4
