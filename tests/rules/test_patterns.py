"""Patterns: the keys that can match a finding's type, and wildcards in values."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.rules import conditions, patterns, suppressions
from chalicelib.rules.conditions import RuleStanding
from chalicelib.rules.faults import RuleFault
from tests.rules.common import NOW, an_item


@pytest.mark.parametrize(
    ("finding_type", "keys"),
    [
        pytest.param(
            "CryptoCurrency:EC2/BitcoinTool.B!DNS",
            (
                "CryptoCurrency:EC2/BitcoinTool.B!DNS",
                "*:EC2/BitcoinTool.B!DNS",
                "CryptoCurrency:EC2/BitcoinTool.B!*",
                "*:EC2/BitcoinTool.B!*",
                "CryptoCurrency:EC2/BitcoinTool.*",
                "*:EC2/BitcoinTool.*",
                "CryptoCurrency:EC2/*",
                "*:EC2/*",
                "CryptoCurrency:*",
                "*:*",
                "*",
            ),
            id="every-cut",
        ),
        pytest.param("Nothing", ("Nothing", "*:*", "*"), id="no-separator"),
        pytest.param("*:EC2/x", ("*:EC2/x", "*:EC2/*", "*:*", "*"), id="no-repetition"),
        pytest.param("Recon:", ("Recon:", "Recon:*", "*:*", "*"), id="nothing-after-the-purpose"),
    ],
)
def test_the_keys_of_a_type(finding_type: str, keys: tuple[str, ...]) -> None:
    assert conditions.keys(finding_type) == keys


@given(st.from_regex(r"[A-Za-z]{1,8}:[A-Za-z0-9]{1,8}(/[A-Za-z0-9.!&:]{1,20})?", fullmatch=True))
def test_every_key_of_a_type_is_one_that_can_match(finding_type: str) -> None:
    assert [key for key in conditions.keys(finding_type) if patterns.key_fault(key)] == []


@pytest.mark.parametrize(
    "key",
    [
        "Recon:EC2/Port*",
        "R*:EC2/Portscan",
        "Recon:*/Portscan",
        "Recon:EC2/?",
        "Recon:EC2/[P]ortscan",
        "**",
        "*:",
        "*:*:*",
        "EC2*",
        "EC2/*",
        "Portscan",
        " Recon:EC2/*",
        "Recon:EC2/Portscan ",
    ],
)
def test_a_key_that_no_type_has_can_never_match(key: str) -> None:
    reading = suppressions.read(an_item(finding_type=key))
    assert isinstance(reading, RuleFault)
    assert conditions.standing(reading, NOW)[0] is RuleStanding.NEVER
    assert "finding_type" in reading.why


@pytest.mark.parametrize(
    ("pattern", "value", "held"),
    [
        pytest.param("*a" * 200 + "*b", "a" * 20_000, False, id="stars-and-no-match"),
        pytest.param("*a?" * 200 + "*b", "a" * 20_000 + "b", True, id="stars-and-a-match"),
        pytest.param("*[a-b]" * 200 + "c", "ab" * 10_000, False, id="stars-and-brackets"),
    ],
)
def test_a_hostile_pattern_can_not_backtrack(pattern: str, value: str, held: bool) -> None:
    """With backtracking it would take centuries: the test's time limit would end it."""
    assert patterns.matches(value, (pattern,)) is held


@given(st.text("a*?[]!-^\\&~|.+(){}$\n", max_size=12), st.text("ab[]*-\n", max_size=8))
def test_any_pattern_can_be_matched_and_matches_itself(pattern: str, value: str) -> None:
    assert patterns.matches(value, (pattern,)) in (True, False)
    assert patterns.matches(pattern, (pattern,))


@given(st.text("ab*?.", max_size=8), st.text("ab.", max_size=8))
def test_wildcards_match_as_a_plain_regular_expression_does(pattern: str, value: str) -> None:
    plain = "".join({"*": ".*", "?": "."}.get(character, re.escape(character)) for character in pattern)
    assert patterns.matches(value, (pattern,)) is bool(re.fullmatch(plain, value))
