"""The pages as such: their links resolve, both languages say the same, none is longer than it may be."""

import re

import pytest
import yaml

from tests.pages import (
    IN_BOTH,
    PAGES,
    PAIRS,
    ROOT,
    anchor,
    headings,
    japanese,
    links,
    names,
    prose,
    rows,
    section,
    sections,
    text,
)

READMES = ("README.md", "README.ja.md")

every_page = pytest.mark.parametrize("page", PAGES)
every_pair = pytest.mark.parametrize(("english", "in_japanese"), PAIRS)
both_readmes = pytest.mark.parametrize("page", READMES)


# --- links --------------------------------------------------------------------------------------------------


@every_page
def test_links_resolve(page: str) -> None:
    for path, to in links(page):
        target = (ROOT / page).parent / path if path else ROOT / page
        assert target.exists(), path
        assert not to or to in {
            anchor(title) for _, title in headings(str(target.resolve().relative_to(ROOT)))
        }


@every_page
def test_a_page_is_led_to(page: str) -> None:
    """A page to which no other leads is found by nobody."""
    led_to = {
        ((ROOT / other).parent / path).resolve()
        for other in PAGES
        if other != page
        for path, _ in links(other)
    }
    assert page in READMES or page == "CHANGELOG.md" or "/decisions/" in page or (ROOT / page) in led_to


LONG = 100


@pytest.mark.parametrize(
    "page", [page for page in PAGES if page.startswith("docs/") and len(text(page).splitlines()) > LONG]
)
def test_a_long_page_begins_with_its_contents(page: str) -> None:
    contents = re.findall(r"\]\(#([^)]+)\)", sections(page)[0])
    assert {anchor(title) for level, title in headings(page) if level == 2} <= {*contents}


# --- both languages -----------------------------------------------------------------------------------------


def test_there_are_pairs() -> None:
    assert {page for page in PAGES if japanese(page)} == {page for _, page in PAIRS}
    assert len(PAIRS) == 9


@every_pair
def test_a_pair_has_the_same_headings(english: str, in_japanese: str) -> None:
    assert [level for level, _ in headings(english)] == [level for level, _ in headings(in_japanese)]


@every_pair
def test_a_pair_has_the_same_names_in_the_same_sections(english: str, in_japanese: str) -> None:
    assert [names(each) for each in sections(english)] == [names(each) for each in sections(in_japanese)]


@every_pair
def test_a_pairs_tables_have_the_same_size(english: str, in_japanese: str) -> None:
    assert [len(row) for row in rows(text(english))] == [len(row) for row in rows(text(in_japanese))]


@every_pair
def test_a_pair_names_each_other(english: str, in_japanese: str) -> None:
    assert in_japanese.rpartition("/")[2] in {path for path, _ in links(english)}
    assert english.rpartition("/")[2] in {path for path, _ in links(in_japanese)}


@pytest.mark.parametrize("page", [page for page in IN_BOTH if japanese(page)])
def test_a_japanese_page_leads_to_japanese_ones_or_says_that_they_are_not(page: str) -> None:
    own = {english.rpartition("/")[2] for english, of_it in PAIRS if of_it == page}
    in_japanese = {(ROOT / english).resolve() for english, _ in PAIRS}
    for title, path, after in re.findall(r"\[([^]]+)\]\(([^)#\s]+\.md)[^)]*\)(.{0,8})", prose(page)):
        if path in own and title == "English":
            continue
        assert ((ROOT / page).parent / path).resolve() not in in_japanese, path
        assert japanese(path) or "英語" in after, f"{path}: in English, and nothing says so"


def test_who_can_choose_a_value_is_said_alike_in_both_languages() -> None:
    english, in_japanese = (
        {row[0]: row[-1] for row in rows(section(page, "| `finding_id` |")) if len(row) == 4}
        for page in ("docs/suppressions.md", "docs/suppressions.ja.md")
    )
    conditions = [name for name in english if name.startswith("`")]
    said = {(english[name], in_japanese[name]) for name in conditions}
    assert len(said) == len({one for one, _ in said}) == len({other for _, other in said}) == 7


# --- README -------------------------------------------------------------------------------------------------


@both_readmes
def test_readme_is_short(page: str) -> None:
    assert len(text(page).splitlines()) <= 150


@both_readmes
def test_what_is_looked_for_first_is_linked_at_the_top(page: str) -> None:
    top = "\n".join(text(page).splitlines()[:12])
    titles = dict(re.findall(r"\[([^]]+)\]\(([^)]+)\)", top))
    wanted = (
        {"試す", "デプロイ", "抑制", "費用"}
        if japanese(page)
        else {"Try it", "Deploy", "Hide a finding", "Cost"}
    )
    assert wanted <= {*titles}


@both_readmes
def test_badges_are_true(page: str) -> None:
    said = dict(re.findall(r"img\.shields\.io/badge/(\w+)-([^)]+)-blue\)", text(page)))
    workflow = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text("utf-8"))
    tested = workflow["jobs"]["check"]["strategy"]["matrix"]["python"]
    assert said == {"licence": "MIT", "python": "_%7C_".join(tested)}
    assert (ROOT / "LICENSE").read_text("utf-8").startswith("MIT License")


# --- words --------------------------------------------------------------------------------------------------


@every_page
def test_nothing_is_told(page: str) -> None:
    """One word for one thing: findings are notified, messages are posted."""
    assert re.findall(r"\b(?:tells?|told|telling)\b", prose(page), flags=re.IGNORECASE) == []
