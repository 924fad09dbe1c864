"""What the parts of the proof say their lines with."""

from collections.abc import Iterable

from chalicelib.text import words


def say(name: str, language: str, **values: str) -> str:
    """Say one of the proof's sentences with finished texts in it."""
    return words.catalogue(language).proof[name].format_map(values)


def number(counted: int) -> str:
    """Write a number as people read it: ``1,200``."""
    return f"{counted:,}"


def joined(texts: Iterable[str], language: str) -> str:
    """Put texts in a row."""
    return words.catalogue(language).punctuation["comma"].join(texts)
