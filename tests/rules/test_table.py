"""The table of conditions: each row is complete, said in both languages, and in the documentation."""

import re

import pytest

from chalicelib.finding.members.table import MEMBERS, OWN
from chalicelib.rules.table import CONDITIONS, Chooser
from chalicelib.settings import LANGUAGES
from chalicelib.text import words
from tests.pages import section

PAGE = section("docs/suppressions.md", "| `finding_id` |")
ROWS = dict(re.findall(r"^\| `(\w+)` \|.*\| ([^|]+) \|$", PAGE, flags=re.MULTILINE))

CHOSEN_BY = {
    Chooser.IDENTITY: "nobody: AWS knows it so",
    Chooser.AWS: "nobody: AWS says it",
    Chooser.OWNER: "the account's owner",
    Chooser.OTHER_SIDE: "the other side",
    Chooser.ANYONE: "anyone",
    Chooser.ATTACKER: "an attacker",
    Chooser.NOTHING: "–",
}


def test_what_can_be_read_of_a_finding_is_what_rules_can_name() -> None:
    assert {*MEMBERS, *OWN} == {*CONDITIONS}
    assert not {*MEMBERS} & {*OWN}


@pytest.mark.parametrize("name", CONDITIONS)
def test_a_row_says_who_can_choose_it_as_the_documentation_does(name: str) -> None:
    assert ROWS[name] == CHOSEN_BY[CONDITIONS[name].chooser]


def test_the_documentation_has_the_conditions_in_their_order_and_no_other() -> None:
    assert [name for name in ROWS if name in CONDITIONS] == list(CONDITIONS) == list(ROWS)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", CONDITIONS)
def test_a_condition_has_words_in_each_language(name: str, language: str) -> None:
    said = words.catalogue(language).conditions
    assert "{values}" in said[name] and "{values}" in said[f"{name}_several"]


@pytest.mark.parametrize("name", [name for name, row in CONDITIONS.items() if row.beside])
def test_what_stands_beside_is_a_condition(name: str) -> None:
    assert CONDITIONS[name].beside in CONDITIONS
