"""What tests read of the pages: README and docs, in both languages."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent

PAGES = sorted(
    str(path.relative_to(ROOT))
    for folder in ("*.md", "docs/**/*.md", "examples/**/*.md")
    for path in ROOT.glob(folder)
)
"""Every page that people read, by its path."""

PAIRS = [(page, page.replace(".md", ".ja.md")) for page in PAGES if page.replace(".md", ".ja.md") in PAGES]
"""The pages that there are in both languages."""

IN_BOTH = [page for pair in PAIRS for page in pair]


def text(page: str) -> str:
    """Read a page."""
    return (ROOT / page).read_text("utf-8")


def japanese(page: str) -> bool:
    """Whether a page is in Japanese."""
    return page.endswith(".ja.md")


def prose(page: str) -> str:
    """Leave out a page's blocks of code."""
    return re.sub(r"^ *```.*?^ *```$", "", text(page), flags=re.MULTILINE | re.DOTALL)


def fenced(page: str, language: str) -> list[str]:
    """List a page's blocks of code in one language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text(page), flags=re.MULTILINE | re.DOTALL)


def headings(page: str) -> list[tuple[int, str]]:
    """List a page's headings, each with its level."""
    return [
        (len(level), title) for level, title in re.findall(r"^(#+) (.*)$", prose(page), flags=re.MULTILINE)
    ]


def anchor(heading: str) -> str:
    """Make a heading's anchor as GitHub does."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def links(page: str) -> list[tuple[str, str]]:
    """List the links and pictures within the project, each as path and anchor."""
    found = re.findall(r'\]\(([^)\s]+)\)|src="([^"]+)"', prose(page))
    inside = [a or b for a, b in found if not (a or b).startswith("https://")]
    return [(path, to) for path, _, to in (link.partition("#") for link in inside)]


def sections(page: str) -> list[str]:
    """Cut a page at its headings of the second level."""
    return re.split(r"^## ", text(page), flags=re.MULTILINE)


def section(page: str, holds: str) -> str:
    """Find the only section in which a string stands."""
    found = [each for each in sections(page) if holds in each]
    assert len(found) == 1, f"{holds} stands in {len(found)} sections of {page}"
    return found[0]


def rows(table: str) -> list[list[str]]:
    """List the cells of a text's tables."""
    return [line.split(" | ") for line in re.findall(r"^\| (.*) \|$", table, flags=re.MULTILINE)]


def names(table: str) -> list[str]:
    """List every name in code in the first column of a text's tables."""
    firsts = [row[0] for row in rows(table) if re.fullmatch(r"(?:`[^`]+`(?:, )?)+", row[0])]
    return [name for cell in firsts for name in re.findall(r"`([^`]+)`", cell)]
