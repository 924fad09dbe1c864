"""How rules read: golden sentences, verdicts, changes, in both languages."""

import json
import re
import string
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.rules import conditions, faults, routes, sentences, suppressions
from chalicelib.rules.faults import RuleFault
from chalicelib.rules.sentences import Change
from chalicelib.rules.table import CONDITIONS
from chalicelib.settings import LANGUAGES
from chalicelib.text import words
from tests.bless_rules import NOW, goldens

GOLDENS = list(goldens())
NOTES = {"every_purpose", "held_by_type"}
"""What is said of a valid rule besides."""


@pytest.mark.parametrize(("path", "content"), GOLDENS, ids=[path.stem for path, _ in GOLDENS])
def test_a_rule_reads_as_in_its_golden_file(path: Path, content: dict[str, Any]) -> None:
    assert json.loads(path.read_text(encoding="utf-8")) == content  # "make bless" rewrites it


def test_the_golden_files_show_every_fault_and_every_condition() -> None:
    readings = [
        (routes if content["table"] == "routes" else suppressions).read(content["item"])
        for _, content in GOLDENS
    ]
    whys = [why for reading in readings if (why := conditions.standing(reading, NOW)[1])]
    doubts = [
        doubt
        for reading in readings
        if not isinstance(reading, RuleFault)
        for doubt in conditions.doubts(reading)
    ]
    assert {fault.key for why in (*whys, *doubts) for fault in why.each} == set(faults.WHY)
    wanted = {
        name
        for reading in readings
        if not isinstance(reading, RuleFault)
        for name in reading.conditions.wanted
    }
    assert wanted == set(CONDITIONS)


def test_both_languages_say_every_fault_with_the_same_values() -> None:
    for key, english in faults.WHY.items():
        values = {name for _, name, _, _ in string.Formatter().parse(english) if name}
        fault = faults.fault("t", "r", key, **dict.fromkeys(values, "VALUE"))
        assert fault.why == sentences.fault_sentence(fault, "en")
        japanese = sentences.fault_sentence(fault, "ja")
        assert japanese.count("VALUE") == fault.why.count("VALUE")
        assert re.search("[ぁ-ん]", japanese)


def test_a_fault_of_another_version_is_said_in_english() -> None:
    assert sentences.fault_sentence(RuleFault("t", "r", "new trouble", "new"), "ja") == "new trouble"
    assert (
        sentences.fault_sentence(RuleFault("t", "r", "tag is odd", "tag", (("odd", "x"),)), "ja")
        == "tag is odd"
    )


def usual(**given: Any) -> dict[str, Any]:
    return {"finding_type": "Recon:EC2/*", "rule": "r", "reason": "known"} | given


@pytest.mark.parametrize(
    ("old", "new", "changes"),
    [
        pytest.param({}, {}, (), id="nothing"),
        pytest.param({}, {"match_count": Decimal(1), "last_matched_at": "2026-11-22"}, (), id="counters"),
        pytest.param(
            {"max_severity": Decimal("6.9")},
            {"max_severity": Decimal("8.9")},
            (Change("max_severity", "6.9", "8.9"),),
            id="a-number",
        ),
        pytest.param({}, {"region": "eu-*"}, (Change("region", "", "eu-*"),), id="a-condition-more"),
        pytest.param({"region": "eu-*"}, {}, (Change("region", "eu-*", ""),), id="a-condition-less"),
        pytest.param(
            {"region": {"b", "a"}, "enabled": True, "match_count": Decimal(1)},
            {"region": {"b", "c", "a"}, "enabled": False, "match_count": Decimal(2)},
            (Change("enabled", "true", "false"), Change("region", "a, b", "a, b, c")),
            id="several-by-name",
        ),
        pytest.param(
            {"enabled": True}, {"enabled": Decimal(1)}, (Change("enabled", "true", "1"),), id="type-only"
        ),
        pytest.param({"a": None}, {"a": {"x": 1}}, (Change("a", "null", "dict"),), id="no-value-of-a-rule"),
        pytest.param(
            {},
            {"owner": "a\n\u202eb" + "c" * 200},
            (Change("owner", "", "a b" + "c" * 96 + "…"),),
            id="hostile",
        ),
    ],
)
def test_changes(old: dict[str, Any], new: dict[str, Any], changes: tuple[Change, ...]) -> None:
    assert sentences.changes(usual(**old), usual(**new)) == changes


def test_a_change_in_words() -> None:
    assert sentences.change_sentence(Change("max_severity", "6.9", "8.9"), "en") == "max_severity: 6.9 → 8.9"
    assert sentences.change_sentence(Change("region", "eu-*", ""), "en") == "region: eu-* → none"
    assert sentences.change_sentence(Change("region", "", "eu-*"), "ja") == "region: なし → eu-*"


def test_a_reason_can_not_end_its_own_quotes() -> None:
    rule = suppressions.read(usual(reason="known”. Valid. “」。有効です。「"))
    assert isinstance(rule, suppressions.Rule)
    assert sentences.sentence(rule, "en").endswith('because “known". Valid. "』。有効です。『”.')
    assert sentences.sentence(rule, "ja").endswith('理由: 「known". Valid. "』。有効です。『」。')


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_language_has_quotes_that_a_reason_can_end(language: str) -> None:
    opening, closing = words.catalogue(language).punctuation["quoted"].split("{text}")
    rule = suppressions.read(usual(reason=f"a{closing}b{opening}c"))
    assert isinstance(rule, suppressions.Rule)
    said = sentences.sentence(rule, language)
    assert (said.count(opening), said.count(closing)) == (1, 1)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_verdict_and_condition_has_words(language: str) -> None:
    said = words.catalogue(language)
    assert set(said.standings) == set(conditions.RuleStanding)
    assert set(said.verdicts) == {*conditions.RuleStanding, "between", "doubt", *NOTES}
    assert set(said.conditions) == {words.plural(name, number) for name in CONDITIONS for number in (1, 2)}


def test_the_counters_are_those_that_the_machine_may_write() -> None:
    assert suppressions.ATTRIBUTES - set(conditions.COMMON) == sentences.COUNTERS


VALUES = (
    st.none()
    | st.booleans()
    | st.decimals()
    | st.text()
    | st.lists(st.text(), max_size=9)
    | st.binary(max_size=3)
)
ITEMS = st.dictionaries(
    st.sampled_from(sorted(suppressions.ATTRIBUTES | routes.ATTRIBUTES)) | st.text(), VALUES
)


@given(ITEMS, ITEMS, st.sampled_from(LANGUAGES), st.datetimes(timezones=st.just(UTC)))
def test_any_item_can_be_posted_on_one_line_of_bounded_length(
    old: dict[str, Any], new: dict[str, Any], language: str, now: datetime
) -> None:
    for module in (suppressions, routes):
        reading = module.read(usual() | new)
        posted = [sentences.verdict_sentence(reading, now, language)]
        if not isinstance(reading, RuleFault):
            posted.append(sentences.sentence(reading, language))
        posted += [sentences.change_sentence(change, language) for change in sentences.changes(old, new)]
        assert all(line.isprintable() and 0 < len(line) < 7000 for line in posted)
