"""What we say ourselves, in each language, and look-ups in it. GuardDuty's title and description stay as they come.

A new language is a file like ``en.json`` with the same tables, keys and placeholders, and its code in
``settings.LANGUAGES``. Words are data: a cold start reads them faster than it would compile them.

The Japanese words are those of AWS's console and guide. AWS has two for *severity*. Here it is always 重大度, as in the
title of the guide's page (GuardDuty の検出結果の重大度). 重要度 is in older translations, and reads as *importance*.
"""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path

Words = Mapping[str, str]


class Catalogue:
    """A language's file. ``_several`` at the end of a key that stands beside the one without it: the plural.

    A plain class: making a dataclass is paid by every cold start.
    """

    severities: Words
    bands: Words
    """The severities again, short: a number stands beside them."""
    kinds: Words
    labels: Words
    """What the parser labels, GuardDuty's own names where they do not read well, buttons."""
    briefs: Words
    """A label and its values in as few words as they need; of the others the label stands before the values."""
    values: Words
    sentences: Words
    """The sentence that matters, what was done, notes, news."""
    headlines: Words
    """What happened, in a phrase: by finding type, by ``*/`` and what stands behind the ``/``, by purpose.

    ``#actor`` at the end of a key that stands beside the one without it: our side did it to others.
    """
    punctuation: Words
    rules: Words
    """The parts of the sentence that says what a rule does."""
    conditions: Words
    """A condition with one value, and with several."""
    faults: Words
    """Why a rule is not applied, without the full stop: it stands at the end of sentences of ours."""
    standings: Words
    """What becomes of a rule, in a word."""
    verdicts: Words
    """What becomes of a rule, in a sentence."""
    feed: Words
    proof: Words
    quieter: Words
    """The rules that would have kept most of what was posted out of Slack."""
    attention: Words
    """Who has taken a finding, and the reminders where nobody has."""
    digest: Words
    """One message for many findings of a minute."""
    hello: Words
    """The test message."""
    links: Words
    """GuardDuty's user guide, in this language where AWS has it."""
    dates: Words
    """How a day is said, and the months by their numbers."""
    ordinals: Words
    """The first ones by their numbers; of the others what is written behind the last digit."""

    def __init__(self, language: str) -> None:
        vars(self).update(json.loads((FOLDER / f"{language}.json").read_text("utf-8")))

    def date(self, day: datetime) -> str:
        """Say a day: ``31 December 2026``."""
        return self.dates["day"].format(day=day.day, month=self.dates[str(day.month)], year=day.year)


FOLDER = Path(__file__).parent
FALLBACK = "en"


@cache
def catalogue(language: str) -> Catalogue:
    """Return a language's words; English for one that we don't know."""
    known = (FOLDER / f"{language}.json").is_file()
    return Catalogue(language) if known else catalogue(FALLBACK)


KINDS, LABELS = catalogue(FALLBACK).kinds, catalogue(FALLBACK).labels

_ACTING = "#actor"
_TEENS = range(11, 14)
_ENDINGS = {1: "st", 2: "nd", 3: "rd"}
_WORD_EDGE = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[\s_:./-]+")


def severity(name: str, language: str) -> str:
    """Name a severity band, with GuardDuty's own word."""
    return _say(catalogue(language).severities, name)


def band(name: str, language: str) -> str:
    """Name a severity band briefly: a number stands beside it."""
    return _say(catalogue(language).bands, name)


def brief(key: str, language: str, values: Mapping[str, str]) -> str:
    """Say a label and its values, ``values``, in as few words as they need; ``label`` is the label in full."""
    return catalogue(language).briefs.get(key, "{label}: {values}").format_map(values)


def kind(key: str, language: str) -> str:
    """Name a kind of resource; one that we don't know reads as GuardDuty writes it."""
    return _say(catalogue(language).kinds, key)


def label(key: str, language: str) -> str:
    """Name what stands beside it; a key that we don't know is made readable."""
    return _say(catalogue(language).labels, key)


def sentence(key: str, language: str, values: Mapping[str, str]) -> str:
    """Say a sentence of ours with the given finished texts; a value that is missing reads "unknown".

    A key that we don't know is made readable and its values follow it.
    """
    sentences = catalogue(language).sentences
    if key not in sentences:
        return ": ".join(filter(None, (readable(key), ", ".join(filter(None, values.values())))))
    return sentences[key].format_map(_Given(values, sentences["unknown"]))


def value(text: str, language: str) -> str:
    """Say one of the parser's own words (``yes``, ``scanned``) in our language; empty for anything else."""
    return catalogue(language).values.get(text, "")


def headline(finding_type: str, language: str, *, acting: bool = False) -> str:
    """Say what happened, in a phrase that can follow a resource's name (Japanese: with が); empty for unknown types.

    ``acting``: our side did it. A phrase may hold ``&``: it is text, not markup.
    """
    phrases = catalogue(language).headlines
    endings = (_ACTING, "") if acting else ("",)
    keys = [f"{key}{ending}" for key in _keys_of(finding_type) for ending in endings]
    return next((phrases[key] for key in keys if key in phrases), "")


def ordinal(number: int, language: str) -> str:
    """Say a place in a row: ``Third``, ``11th``."""
    said = catalogue(language).ordinals
    if str(number) in said:
        return said[str(number)]
    ending = "th" if number % 100 in _TEENS else _ENDINGS.get(number % 10, "th")
    return said[ending].format(number=number)


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


def _keys_of(finding_type: str) -> tuple[str, ...]:
    """Name the keys of a type's phrases, the most specific first."""
    place, _, threat = finding_type.partition("/")
    exact = threat.partition("!")[0]
    threats = (threat, exact, exact.partition(".")[0])
    return (
        *(f"{place}/{each}" for each in threats),
        *(f"*/{each}" for each in threats),
        place.partition(":")[0],
    )


def _say(words: Words, key: str) -> str:
    return words[key] if key in words else readable(key)


class _Given(dict[str, str]):
    """The values of a sentence, with a word for those that are missing or empty."""

    def __init__(self, values: Mapping[str, str], unknown: str) -> None:
        super().__init__({key: value for key, value in values.items() if value})
        self._unknown = unknown

    def __missing__(self, key: str) -> str:
        return self._unknown
