"""Look-ups in the catalogues of what we say ourselves.

A new language is a file like ``en.py``, its line in ``CATALOGUES``, and its code in ``settings.LANGUAGES``.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from chalicelib.text import en, ja

Words = Mapping[str, str]


class Catalogue(Protocol):
    """A language's file, as mypy compares it; ``en.py`` says what the tables are."""

    SEVERITIES: Words
    BANDS: Words
    KINDS: Words
    LABELS: Words
    VALUES: Words
    SENTENCES: Words
    PUNCTUATION: Words
    RULES: Words
    CONDITIONS: Words
    FAULTS: Words
    STANDINGS: Words
    VERDICTS: Words
    FEED: Words
    PROOF: Words
    PASTE: Words
    HELLO: Words
    LINKS: Words

    def date(self, day: datetime) -> str:
        """Say a day."""
        ...


CATALOGUES: Mapping[str, Catalogue] = {"en": en, "ja": ja}

LANGUAGES = tuple(CATALOGUES)
KINDS, LABELS = en.KINDS, en.LABELS

_WORD_EDGE = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[\s_:./-]+")


def catalogue(language: str) -> Catalogue:
    """Return a language's words; English for one that we don't know."""
    return CATALOGUES.get(language, en)


def severity(name: str, language: str) -> str:
    """Name a severity band, with GuardDuty's own word."""
    return _say(catalogue(language).SEVERITIES, name)


def kind(key: str, language: str) -> str:
    """Name a kind of resource; one that we don't know reads as GuardDuty writes it."""
    return _say(catalogue(language).KINDS, key)


def label(key: str, language: str) -> str:
    """Name what stands beside it; a key that we don't know is made readable."""
    return _say(catalogue(language).LABELS, key)


def sentence(key: str, language: str, values: Mapping[str, str]) -> str:
    """Say a sentence of ours with the given finished texts; a value that is missing reads "unknown".

    A key that we don't know is made readable and its values follow it.
    """
    sentences = catalogue(language).SENTENCES
    if key not in sentences:
        return ": ".join(filter(None, (readable(key), ", ".join(filter(None, values.values())))))
    return sentences[key].format_map(_Given(values, sentences["unknown"]))


def value(text: str, language: str) -> str:
    """Say one of the parser's own words (``yes``, ``scanned``) in our language; empty for anything else."""
    return catalogue(language).VALUES.get(text, "")


def plural(key: str, number: int) -> str:
    """Choose between the keys for one and for several."""
    return key if number == 1 else f"{key}_several"


def knows(words: Words, key: str) -> bool:
    """Say whether we have our own words for a key."""
    return key in words


def readable(key: str) -> str:
    """Make a key into words: ``remoteIpDetails`` and ``remote_ip_details`` become "Remote ip details"."""
    words = [word for word in _WORD_EDGE.split(key) if word]
    text = " ".join(word if word.isupper() else word.lower() for word in words)
    return text[:1].upper() + text[1:]


def _say(words: Words, key: str) -> str:
    return words[key] if key in words else readable(key)


class _Given(dict[str, str]):
    """The values of a sentence, with a word for those that are missing or empty."""

    def __init__(self, values: Mapping[str, str], unknown: str) -> None:
        super().__init__({key: value for key, value in values.items() if value})
        self._unknown = unknown

    def __missing__(self, key: str) -> str:
        return self._unknown
