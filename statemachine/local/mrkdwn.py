"""Slack's texts as people see them: which words are bold, code, links, mentions or dates.

https://docs.slack.dev/messaging/formatting-message-text. What is drawn from this, in a terminal or on a page, knows
nothing of Slack's signs any more.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from rich.emoji import Emoji

Emphasis = Literal["bold", "italic", "strike", "code", "chip"]


@dataclass(frozen=True)
class Run:
    """Characters that look alike."""

    text: str
    marks: frozenset[Emphasis] = frozenset()
    url: str = ""
    """Where it leads: http or https only."""


@dataclass(frozen=True)
class Passage:
    """Lines that stand alike: usual ones, quoted ones, or a block of code."""

    kind: Literal["text", "quote", "block"]
    runs: tuple[Run, ...]


_BLOCK = re.compile(r"```\n?(.*?)\n?```", re.DOTALL)
_QUOTED = re.compile(r"(?:>|&gt;) ?")
_TOKEN = re.compile(r"(`[^`\n]+`)|(<[^<>\n]+>)|([*_~])")
_MARKS: Mapping[str, Emphasis] = {"*": "bold", "_": "italic", "~": "strike"}
_URL = re.compile(r"https?://[!-~]+")
_BARE_URL = re.compile(r"https?://[!-;=?-~]*[\w/]")
_DATE = re.compile(r"!date\^(\d{1,12})\^([^^]*)(?:\^.*)?", re.DOTALL)
_FORMAT = re.compile(r"\{(\w+)\}")
_FORMATS = {
    "en": {
        "date": "{month} {day}, {year}",
        "date_short": "{short} {day}, {year}",
        "date_long": "{weekday}, {month} {day}, {year}",
        "time": "{twelve}:{minute} {half}",
        "time_secs": "{twelve}:{minute}:{second} {half}",
    },
    "ja": {
        "date": "{year}年{number}月{day}日",
        "date_short": "{year}年{number}月{day}日",
        "date_long": "{year}年{number}月{day}日",
        "time": "{hour}:{minute}",
        "time_secs": "{hour}:{minute}:{second}",
    },
}
"""How Slack writes dates to readers of a language; those in UTC see what is drawn here."""


def passages(text: Mapping[str, Any], language: str = "") -> list[Passage]:
    """Read a text object: ``mrkdwn`` or ``plain_text``.

    Dates stand as Slack writes them to readers of the language in UTC, or else as the text's own fallback says them.
    """
    said = str(text.get("text", ""))
    if text.get("type") == "plain_text":
        literal = _characters(said)
        return [Passage("text", (Run(literal if text.get("emoji") is False else Emoji.replace(literal)),))]
    return list(_Reader(language, links=not text.get("verbatim")).passages(said))


def is_link(url: str) -> bool:
    """Whether it may be followed: the web only, and nothing but visible ASCII."""
    return _URL.fullmatch(url) is not None


@dataclass(frozen=True)
class _Reader:
    language: str
    links: bool
    """Whether addresses in plain words become links."""

    def passages(self, text: str) -> Iterator[Passage]:
        place = 0
        for block in _BLOCK.finditer(text):
            yield from self._lines(text[place : block.start()].removesuffix("\n"))
            yield Passage("block", (Run(_characters(block[1])),))
            place = block.end() + (text[block.end() : block.end() + 1] == "\n")
        yield from self._lines(text[place:])

    def _lines(self, text: str) -> Iterator[Passage]:
        kind: Literal["text", "quote"] = "text"
        runs: list[Run] = []
        for line in text.split("\n") if text else []:
            quoted = _QUOTED.match(line)
            now: Literal["text", "quote"] = "quote" if quoted else "text"
            if runs and now != kind:
                yield Passage(kind, tuple(runs))
                runs = []
            kind = now
            runs += [Run("\n")] if runs else []
            runs += self._inline(line[quoted.end() :] if quoted else line, frozenset())
            runs = runs or [Run("")]
        if runs:
            yield Passage(kind, tuple(runs))

    def _inline(self, line: str, marks: frozenset[Emphasis]) -> list[Run]:
        tokens = list(_TOKEN.finditer(line))
        ends = {
            sign: [token.start() for token in tokens if token[0] == sign and _may_end(line, token.start())]
            for sign in _MARKS
        }
        runs: list[Run] = []
        place = 0
        for token in tokens:
            if token.start() < place:
                continue  # within what has been read
            end = token.end()
            if token[3]:
                closed = self._closed(line, token.start(), ends[token[3]], marks)
                if closed is None:
                    continue
                inner, end = self._inline(line[token.end() : closed], marks | {_MARKS[token[3]]}), closed + 1
            elif token[1]:
                inner = [Run(_characters(token[1][1:-1]), marks | {"code"})]
            else:
                inner = [self._angled(token[2][1:-1], marks)]
            runs += [*self._words(line[place : token.start()], marks), *inner]
            place = end
        return [*runs, *self._words(line[place:], marks)]

    @staticmethod
    def _closed(line: str, start: int, ends: list[int], marks: frozenset[Emphasis]) -> int | None:
        """Where what a sign opens ends; None where it opens nothing."""
        before, after = line[start - 1 : start], line[start + 1 : start + 2]
        if _MARKS[line[start]] in marks or before.isalnum() or not after.strip() or after == line[start]:
            return None
        found = bisect_left(ends, start + 2)
        return ends[found] if found < len(ends) else None

    def _words(self, text: str, marks: frozenset[Emphasis]) -> Iterator[Run]:
        place = 0
        for found in _BARE_URL.finditer(text) if self.links else ():
            url = _characters(found[0])
            yield from _shown(text[place : found.start()], marks)
            yield Run(url, marks, url if is_link(url) else "")
            place = found.end()
        yield from _shown(text[place:], marks)

    def _angled(self, inside: str, marks: frozenset[Emphasis]) -> Run:
        """Read what stands between < and >."""
        target, _, label = inside.partition("|")
        label = _characters(label)
        if target.startswith("!date^"):
            return Run(self._date(target, label), marks)
        if target[:1] in ("@", "!", "#"):
            return Run(_called(target, label), marks | {"chip"})
        url = _characters(target)
        if is_link(url):
            return Run(label or url, marks, url)
        if url.startswith("mailto:"):
            return Run(label or url.removeprefix("mailto:"), marks)
        return Run(_characters(f"<{inside}>"), marks)  # leads nowhere: all of it is to be seen

    def _date(self, target: str, fallback: str) -> str:
        """Write a date; the fallback where Slack would not, or no language is asked for."""
        found = _DATE.fullmatch(target)
        formats = _FORMATS.get(self.language, {})
        if not found:
            return fallback
        names = [name.removesuffix("_pretty") for name in _FORMAT.findall(found[2])]
        if int(found[1]) >= 253_402_300_800 or not all(name in formats for name in names):
            return fallback
        parts = _parts(datetime.fromtimestamp(int(found[1]), UTC))
        return _FORMAT.sub(lambda one: formats[one[1].removesuffix("_pretty")].format(**parts), found[2])


def _parts(at: datetime) -> dict[str, str]:
    return {
        **{"year": f"{at.year}", "number": f"{at.month}", "day": f"{at.day}"},
        **{"month": f"{at:%B}", "short": f"{at:%b}", "weekday": f"{at:%A}"},
        **{"hour": f"{at.hour}", "twelve": f"{at.hour % 12 or 12}", "half": f"{at:%p}"},
        **{"minute": f"{at:%M}", "second": f"{at:%S}"},
    }


def _called(target: str, label: str) -> str:
    """Name who or what is called: a person, a group, a channel, everybody here."""
    kind, name = target[0], target[1:]
    if kind == "!":
        word, _, id_ = name.partition("^")
        said = label or id_ or word
        return said if said.startswith("@") else f"@{said}"
    return f"{kind}{label or name}"


def _may_end(line: str, place: int) -> bool:
    before, after = line[place - 1 : place], line[place + 1 : place + 2]
    return bool(before.strip()) and not after.isalnum()


def _shown(text: str, marks: frozenset[Emphasis]) -> Iterator[Run]:
    if text:
        yield Run(_characters(Emoji.replace(text)), marks)


def _characters(text: str) -> str:
    """Undo the escapes of the three characters that Slack gives a meaning."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
