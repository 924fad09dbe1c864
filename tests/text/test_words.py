"""What we say ourselves, in every language."""

import ast
import importlib
import json
import pkgutil
import re
import string
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from chalicelib import finding, settings
from chalicelib.finding import sequence
from chalicelib.finding.event import parse
from chalicelib.finding.fields import Row
from chalicelib.finding.model import Severity
from chalicelib.rules import finding_types
from chalicelib.text import words
from tests.bless import EVENTS


def _rows(node: object) -> Iterator[Row]:
    """Find every row of the parser's tables."""
    if isinstance(node, Row):
        yield node
    elif isinstance(node, tuple | Mapping):
        for each in node.values() if isinstance(node, Mapping) else node:
            yield from _rows(each)


MODULES = [
    importlib.import_module(each.name)
    for each in pkgutil.iter_modules(finding.__path__, "chalicelib.finding.")
]
ROWS = [row for module in MODULES for row in _rows(vars(module))]

CHALICELIB = Path(words.__file__).parent.parent


def _tables(language: str) -> dict[str, words.Words]:
    """Take a catalogue's tables by name."""
    return dict(vars(words.catalogue(language)))


def _entries(language: str) -> dict[str, str]:
    """Take every text of a catalogue by its table and key."""
    tables = _tables(language).items()
    return {f"{name}.{key}": text for name, table in tables for key, text in table.items()}


def _placeholders(text: str) -> list[str]:
    return sorted({name for _, name, _, _ in string.Formatter().parse(text) if name is not None})


@pytest.mark.parametrize("language", settings.LANGUAGES)
def test_every_catalogue_has_the_same_tables_and_keys_in_the_same_order(language: str) -> None:
    assert list(_tables(language)) == list(words.Catalogue.__annotations__)
    assert list(_entries(language)) == list(_entries("en"))


@pytest.mark.parametrize("language", settings.LANGUAGES)
def test_every_entry_says_something(language: str) -> None:
    assert [key for key, text in _entries(language).items() if not text] == []


@pytest.mark.parametrize("language", settings.LANGUAGES)
def test_every_language_says_the_same_values(language: str) -> None:
    english = {key: _placeholders(text) for key, text in _entries("en").items()}
    assert {key: _placeholders(text) for key, text in _entries(language).items()} == english


@pytest.mark.parametrize("language", settings.LANGUAGES)
def test_every_severity_has_words(language: str) -> None:
    said = words.catalogue(language)
    assert set(said.severities) == set(said.bands) == set(Severity)


def test_the_setting_allows_the_languages_that_have_a_catalogue() -> None:
    assert tuple(sorted(path.stem for path in words.FOLDER.glob("*.json"))) == settings.LANGUAGES


def _decided_on(path: Path) -> list[str]:
    """Name the languages that a file's code names, but as the default of a parameter or a field."""
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    defaults = [default for node in nodes if isinstance(node, ast.arguments) for default in node.defaults]
    fields = [node.value for node in nodes if isinstance(node, ast.AnnAssign)]
    names = [node for node in nodes if isinstance(node, ast.Constant) and node.value in settings.LANGUAGES]
    return [str(node.value) for node in names if node not in (*defaults, *fields)]


def test_only_the_catalogues_and_the_setting_distinguish_languages() -> None:
    """What differs by language stands in the language's file."""
    found = {str(path.relative_to(CHALICELIB)) for path in CHALICELIB.rglob("*.py") if _decided_on(path)}
    assert found == {"settings.py", "text/words.py"}


@pytest.mark.parametrize("key", words.catalogue("ja").sentences)
def test_japanese_values_stand_between_spaces_or_punctuation(key: str) -> None:
    """Slack shows `code` as code only there; else what is in it would be markup."""
    japanese = words.catalogue("ja").sentences[key]
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
    assert words.sentence(key, "en", values) == (said or words.catalogue("en").sentences[key])


TYPES = sorted(each for each in finding_types.known().values() if "*" not in each)


@pytest.mark.parametrize("language", settings.LANGUAGES)
@pytest.mark.parametrize("acting", [True, False])
def test_every_known_type_has_a_short_headline(language: str, acting: bool) -> None:
    said = {each: words.headline(each, language, acting=acting) for each in TYPES}
    assert {each: text for each, text in said.items() if not 3 < len(text) <= 60} == {}


@pytest.mark.parametrize("language", settings.LANGUAGES)
def test_every_headline_says_what_happened_to_some_type(language: str) -> None:
    said = {words.headline(each, language, acting=acting) for each in TYPES for acting in (True, False)}
    headlines = words.catalogue(language).headlines
    assert {key for key, text in headlines.items() if ":" in key and text not in said} == set()


@pytest.mark.parametrize(
    ("finding_type", "acting", "said"),
    [
        pytest.param("Backdoor:EC2/C&CActivity.B", False, "talks to a known C&C server", id="any-service"),
        pytest.param(
            "Backdoor:EC2/C&CActivity.B!DNS", False, "looks up a known C&C domain", id="with-artifact"
        ),
        pytest.param("Backdoor:EC2/C&CActivity.Z", True, "talks to a known C&C server", id="new-detail"),
        pytest.param(
            "UnauthorizedAccess:EC2/SSHBruteForce", False, "is attacked by SSH brute force", id="target"
        ),
        pytest.param(
            "UnauthorizedAccess:EC2/SSHBruteForce", True, "attacks others by SSH brute force", id="actor"
        ),
        pytest.param("Object:S3/MaliciousFile", False, "holds malware", id="whole-type-before-any-service"),
        pytest.param("Recon:Moon/Quake", False, "shows signs of reconnaissance", id="new-type-of-a-purpose"),
        pytest.param("Lunacy:Moon/Quake", False, "", id="new-purpose"),
        pytest.param("Backdoor", False, "possibly compromised, with a backdoor in use", id="purpose-alone"),
        pytest.param("", False, "", id="empty"),
        pytest.param("/!.", True, "", id="punctuation"),
    ],
)
def test_headline(finding_type: str, acting: bool, said: str) -> None:
    assert words.headline(finding_type, "en", acting=acting) == said


@pytest.mark.parametrize(
    ("number", "language", "said"),
    [
        pytest.param(2, "en", "Second", id="in-a-word"),
        pytest.param(11, "en", "11th", id="eleven"),
        pytest.param(21, "en", "21st", id="twenty-one"),
        pytest.param(112, "en", "112th", id="hundred-and-twelve"),
        pytest.param(1003, "en", "1003rd", id="thousand-and-three"),
        pytest.param(3, "ja", "3", id="japanese"),
        pytest.param(42, "ja", "42", id="japanese-many"),
    ],
)
def test_ordinal(number: int, language: str, said: str) -> None:
    assert words.ordinal(number, language) == said


@pytest.mark.parametrize("label", sorted({row.label for row in ROWS} | set(sequence.INDICATORS.values())))
def test_every_label_of_the_parser_has_words(label: str) -> None:
    assert words.knows(words.LABELS, label)


@pytest.mark.parametrize("path", sorted(EVENTS.glob("*.json")), ids=lambda path: path.stem)
def test_every_kind_of_the_events_has_words(path: Path) -> None:
    kinds = {resource.kind for resource in parse(json.loads(path.read_text())).resources}
    unknown = {kind for kind in kinds if not words.knows(words.KINDS, kind)}
    assert bool(unknown) is (path.stem in ("resource-of-plain-values", "unknown-kind"))


def test_values_are_never_read_as_placeholders() -> None:
    assert "{why}" in words.sentence("tags_unknown", "en", {"why": "`{why}{0.__class__}`"})
