"""What the page on security tells people to do in an incident has the effect that it says."""

from tests.machine import Machine, event

RULE = {"finding_type": "Backdoor:EC2/*", "rule": "malicious", "reason": "Nothing to see here."}


def test_what_a_deleted_rule_hid_is_posted_when_it_is_started_again(machine: Machine) -> None:
    machine.suppress(**RULE)
    hidden = event()
    assert machine.run(hidden).end == "Suppressed"
    machine.delete("suppressions", finding_type=RULE["finding_type"], rule=RULE["rule"])
    assert machine.run(hidden["detail"]).end == "Notified"
    assert len(machine.messages()) == 1
