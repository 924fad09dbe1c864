"""A fault is one short line, and the same after it was JSON."""

import json

from chalicelib.rules import faults, suppressions
from chalicelib.rules.faults import RuleFault
from tests.rules.common import an_item
from tests.rules.test_suppressions import check


def test_a_hostile_name_stays_on_one_short_line_of_the_fault() -> None:
    reading = suppressions.read(an_item(**{"x\n\u202eevil" + "a" * 5000: 1}))
    assert isinstance(reading, RuleFault)
    assert "\n" not in reading.why
    assert "\u202e" not in reading.why
    assert len(reading.why) < 200


def test_a_fault_comes_back_from_the_execution() -> None:
    fault = check(an_item(expires_at="soon")).faulty[0]
    assert faults.from_json(json.loads(json.dumps(fault.to_json()))) == fault
    assert faults.from_json({"values": "mangled"}) == RuleFault("", "", "")


def test_all_that_is_wrong_with_a_rule_is_named_at_once() -> None:
    item = an_item(resource_id="invoices", ip="198.51.100.7", max_severity="high", reason="")
    reading = suppressions.read(item)
    assert isinstance(reading, RuleFault)
    assert [fault.key for fault in reading.each] == ["misspelt", "free_name", "severity", "reason"]
    assert all(name in reading.why for name in ("actor_ip", "invoices", "max_severity", "reason"))
    assert faults.from_json(json.loads(json.dumps(reading.to_json()))) == reading


def test_of_very_many_faults_the_first_are_named_and_the_rest_counted() -> None:
    reading = suppressions.read(an_item(**{f"unheard_of_{number}": 1 for number in range(30)}))
    assert isinstance(reading, RuleFault)
    assert reading.why.count("unheard_of") == faults.NAMED_AT_ONCE
    assert reading.why.endswith(f"{30 - faults.NAMED_AT_ONCE} more faults")


def test_a_rule_hides_nothing_although_only_one_of_its_attributes_is_wrong() -> None:
    assert not check(an_item(until="2026-12-31")).suppressed


def test_the_widest_faults_stay_small_in_the_execution() -> None:
    hostile = "\U0001f4a5" * 900
    faulty = [
        an_item(rule=f"{number}{hostile}", **{f"{hostile}{each}": 1 for each in range(30)})
        for number in range(suppressions.NAMED_FAULTS)
    ]
    assert len(json.dumps(check(*faulty).to_json())) < 75_000
