"""What we say ourselves, in both languages."""

import json
import re
import string
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from chalicelib.finding import actions, evidence, resources, runtime, sequence
from chalicelib.finding.event import parse
from chalicelib.finding.fields import Row
from chalicelib.text import words
from tests.bless import EVENTS


def _rows(node: object) -> Iterator[Row]:
    """Find every row of the parser's tables."""
    if isinstance(node, Row):
        yield node
    elif isinstance(node, tuple | Mapping):
        for each in node.values() if isinstance(node, Mapping) else node:
            yield from _rows(each)


ROWS = [row for module in (actions, evidence, resources, runtime, sequence) for row in _rows(vars(module))]

TABLES = {
    "severities": words.SEVERITIES,
    "kinds": words.KINDS,
    "labels": words.LABELS,
    "values": words.VALUES,
    "sentences": words.SENTENCES,
}


def _placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_every_entry_says_something_in_both_languages(table: words.Words) -> None:
    assert all(len(entry) == len(words.LANGUAGES) and all(entry) for entry in table.values())


@pytest.mark.parametrize("key", words.SENTENCES)
def test_both_languages_say_the_same_values(key: str) -> None:
    english, japanese = words.SENTENCES[key]
    assert _placeholders(japanese) <= _placeholders(english) | {"kind"}
    assert _placeholders(english) <= _placeholders(japanese)


@pytest.mark.parametrize("key", words.SENTENCES)
def test_japanese_values_stand_between_spaces_or_punctuation(key: str) -> None:
    """Slack shows `code` as code only there; else what is in it would be markup."""
    japanese = words.SENTENCES[key][1]
    assert not re.search(r"[^\s（(]\{|\}[^\s.,:;）)]", japanese.replace("（{", "( {"))


@pytest.mark.parametrize(
    ("key", "language", "said"),
    [
        pytest.param("first_seen", "en", "First seen", id="english"),
        pytest.param("severity", "ja", "重大度", id="japanese"),
        pytest.param("severity", "fr", "Severity", id="another-language-is-english"),
        pytest.param("remoteIpDetails", "en", "Remote ip details", id="unknown-camel-case"),
        pytest.param("quantum_state", "ja", "Quantum state", id="unknown-snake-case"),
        pytest.param("modelInvocation.inputTokens", "en", "Model invocation input tokens", id="unknown-path"),
        pytest.param("EC2_VPC", "en", "EC2 VPC", id="capitals-stay"),
        pytest.param("", "en", "", id="empty"),
    ],
)
def test_label(key: str, language: str, said: str) -> None:
    assert words.label(key, language) == said


@pytest.mark.parametrize(
    ("key", "values", "said"),
    [
        pytest.param(
            "rule_faulty",
            {"rule": "`a`", "why": "`no reason`"},
            "Suppression rule `a` is faulty and was not applied: `no reason`.",
            id="all-values",
        ),
        pytest.param(
            "tags_unknown",
            {"why": ""},
            "The resource's tags are not known: unknown.",
            id="an-empty-value-is-unknown",
        ),
        pytest.param("possibly_repeated", {"x": "y"}, None, id="a-value-too-many"),
        pytest.param("moon_phase", {"phase": "`full`"}, "Moon phase: `full`", id="an-unknown-sentence"),
        pytest.param("moon_phase", {}, "Moon phase", id="an-unknown-sentence-without-values"),
    ],
)
def test_sentence(key: str, values: dict[str, str], said: str | None) -> None:
    assert words.sentence(key, "en", values) == (said or words.SENTENCES[key][0])


@pytest.mark.parametrize("label", sorted({row.label for row in ROWS} | set(sequence.INDICATORS.values())))
def test_every_label_of_the_parser_has_words(label: str) -> None:
    assert words.knows(words.LABELS, label)


@pytest.mark.parametrize("path", sorted(EVENTS.glob("*.json")), ids=lambda path: path.stem)
def test_every_kind_of_the_events_has_words(path: Path) -> None:
    kinds = {resource.kind for resource in parse(json.loads(path.read_text())).resources}
    unknown = {kind for kind in kinds if not words.knows(words.KINDS, kind)}
    assert bool(unknown) is (path.stem == "unknown-kind")


def test_values_are_never_read_as_placeholders() -> None:
    assert "{why}" in words.sentence("tags_unknown", "en", {"why": "`{why}{0.__class__}`"})
