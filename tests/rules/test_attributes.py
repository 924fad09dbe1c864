"""The values of an item are read strictly: what is not as described is a fault."""

from datetime import datetime
from decimal import Decimal

import pytest

from chalicelib.rules import conditions, faults, suppressions
from chalicelib.rules.conditions import RuleStanding
from chalicelib.rules.faults import RuleFault
from tests.rules.common import HERE, NOW, a_finding, an_item, holds


@pytest.mark.parametrize("wanted", ["11122223333", Decimal("11122223333"), "011122223333"])
def test_account_ids_are_padded_to_twelve_digits_on_both_sides(wanted: object) -> None:
    assert holds(a_finding(account_id="011122223333"), account_id=wanted)
    assert holds(a_finding(account_id="11122223333"), account_id=wanted)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("expires_at", "now", "held"),
    [
        pytest.param("2026-12-31", "2026-12-31T23:59:59+00:00", True, id="through-that-day"),
        pytest.param("2026-12-31", "2027-01-01T00:00:00+00:00", False, id="the-next-day"),
        pytest.param("2026/12/31", "2026-12-31T23:59:59+00:00", True, id="slashes"),
        pytest.param("2026-12-31", "2027-01-01T08:00:00+09:00", True, id="the-day-is-utc"),
        pytest.param("2026-12-31T12:00:00Z", "2026-12-31T12:00:00+00:00", True, id="its-moment"),
        pytest.param("2026-12-31T12:00:00Z", "2026-12-31T12:00:01+00:00", False, id="past-it"),
        pytest.param("2026-12-31T12:00:00", "2026-12-31T12:00:01+00:00", False, id="naive-is-utc"),
        pytest.param("2026-12-31 12:00", "2026-12-31T11:59:00+00:00", True, id="space-no-seconds"),
        pytest.param("2026-12-31T21:00:00+09:00", "2026-12-31T12:00:01+00:00", False, id="offset"),
        pytest.param("2026-12-31T12:00:00.123Z", "2026-12-31T12:00:00+00:00", True, id="milliseconds"),
        pytest.param(Decimal("1798718400"), "2026-12-31T12:00:00+00:00", True, id="epoch"),
        pytest.param("1798718400", "2026-12-31T12:00:01+00:00", False, id="epoch-string"),
        pytest.param(1798718400.5, "2026-12-31T12:00:00+00:00", True, id="epoch-json"),
        pytest.param("9999-12-31", "2026-12-31T12:00:01+00:00", True, id="the-last-day-there-is"),
    ],
)
def test_expires_at(expires_at: object, now: str, held: bool) -> None:
    assert holds(a_finding(), now=at(now), expires_at=expires_at) is held
    rule = suppressions.read(an_item(expires_at=expires_at))
    assert conditions.standing(rule, at(now))[0] is (RuleStanding.VALID if held else RuleStanding.NEVER)


FAULTS: dict[str, list[object]] = {
    "finding_type": [None, "", "  ", 5, [], b"x"],
    "rule": [None, "", "\n", Decimal(5), ["r"]],
    "reason": [None, "", " ", Decimal(1), ["why"]],
    "account_id": [
        "",
        " ",
        [],
        set(),
        None,
        {},
        True,
        Decimal("1.5"),
        -1,
        10**12,
        [None],
        ["", HERE],
        Decimal("NaN"),
    ],
    "account_name": ["", [], None, {"a": "b"}, Decimal(1), ["a", 1], ["a", " "], True, b"a", "x" * 2049],
    "ou_path": ["", [], None, {}, 1],
    "region": ["", [], None, {}, 1],
    "resource_id": ["", [], None, {}, 1, [["i-0"]], {Decimal(1)}],
    "principal": ["", [], None, {}, 1],
    "tag": ["", [], None, {"Team": "data"}, 1, "=data", "T*=data", "Team*", "*=data"],
    "actor_ip": [
        "",
        [],
        None,
        1,
        "*",
        "198.51.100.*",
        "198.51.100.0/33",
        "198.51.100.0/",
        "example.com",
        ["1.2.3"],
    ],
    "domain": ["", [], None, {}, 1, "."],
    "max_severity": [
        "",
        "high",
        "8,9",
        "NaN",
        "1e1",
        -1,
        10.1,
        Decimal("Infinity"),
        None,
        True,
        [9],
        "-1",
        10**400,
    ],
    "expires_at": [
        *(
            "",
            "soon",
            "2026-13-01",
            "2026-02-30",
            "31-12-2026",
            "2026-12/31",
            "2026-1-5",
            "2026-W01-1",
            "2026-12",
        ),
        *(
            None,
            True,
            [],
            {},
            "1798718400000",
            10**14,
            Decimal("sNaN"),
            "2026-12-31T25:00",
            "2026-12-31T12:00:00X",
        ),
        *("0001-01-01T00:00:00+14:00", "-5", "２０２６-12-31"),
    ],
    "enabled": ["true", "false", 1, 0, Decimal(0), None, []],
    "owner": [None, 1, []],
    "ticket": [None, 1, []],
    "match_count": ["5", None, True, []],
    "last_matched_at": [1, None, []],
}


@pytest.mark.parametrize(
    ("attribute", "value"),
    [(attribute, value) for attribute, values in FAULTS.items() for value in values],
    ids=lambda value: repr(value)[:30],
)
def test_a_value_that_is_not_as_described_is_a_fault_that_names_its_attribute(
    attribute: str, value: object
) -> None:
    reading = suppressions.read(an_item(**{attribute: value}))
    assert isinstance(reading, RuleFault)
    assert reading.why.startswith((attribute, "unknown")) or attribute in reading.why
    assert len(reading.why) < 250
    assert conditions.standing(reading, NOW) == (RuleStanding.FAULTY, reading)


@pytest.mark.parametrize("attribute", ["finding_type", "rule", "reason"])
def test_a_missing_attribute_is_a_fault(attribute: str) -> None:
    item = an_item()
    del item[attribute]
    reading = suppressions.read(item)
    assert isinstance(reading, RuleFault)
    assert reading.why.startswith(attribute)


@pytest.mark.parametrize(
    ("attribute", "why"),
    [
        ("acount_id", "unknown attribute acount_id, perhaps account_id"),
        ("Account_Id", "unknown attribute Account_Id, perhaps account_id"),
        ("colour", "unknown attribute colour"),
        ("channel", "unknown attribute channel"),
        ("answer_within", "unknown attribute answer_within"),
        ("sla", "unknown attribute sla"),
    ],
)
def test_an_unknown_attribute_is_a_fault_and_the_near_one_named(attribute: str, why: str) -> None:
    assert suppressions.read(an_item(**{attribute: "x"})) == faults.RuleFault(
        "Recon:EC2/Portscan",
        "r",
        why,
        "misspelt" if "perhaps" in why else "unknown",
        (("attribute", attribute), ("near", "account_id"))
        if "perhaps" in why
        else (("attribute", attribute),),
    )
