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
