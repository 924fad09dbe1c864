"""What waits for an answer, and how long answers took, in the words of the daily proof.

Nobody is called by it: who has a finding in hand is named by an id that stands there as code, which Slack leaves
alone. Account names, which others chose, are made safe here.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil

from chalicelib.catch_up.proof_words import joined, number, say
from chalicelib.finding.model import Severity
from chalicelib.ledger.open_list import Watched
from chalicelib.ledger.watch import Answer, Watch
from chalicelib.notify.answers import permalink
from chalicelib.text import durations, words
from chalicelib.text.untrusted import code, escape

NAMED = 10
"""Findings that the message names; the rest it counts."""
_PEOPLE = 5

_BANDS = (Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW)
_ANSWERS = (Answer.HANDLED, Answer.ARCHIVED, Answer.HIDDEN)
_BLIND = ("scope", "channel", "group")


@dataclass(frozen=True)
class Waiting:
    """The findings that wait for an answer."""

    number: int
    late: Sequence[Watched]
    """Those that wait longer than is allowed, the oldest first."""
    blind: Collection[str] = ()
    """Why the answers to some of them can't be seen (``Watch.blind``)."""


def day(waiting: Waiting, now: datetime, language: str) -> list[str]:
    """Say what waits longer than is allowed, in one line where nothing does; and why answers can't be seen.

    Where nothing waits at all nothing is said: the proof stays one line.
    """
    return [*_waiting(waiting, now, language), *_blind(waiting.blind, language)]


def unlisted(why: str, language: str) -> list[str]:
    """Say that it is not known what waits."""
    return [say("open_unlisted", language, why=code(why, 200))]


def _waiting(waiting: Waiting, now: datetime, language: str) -> list[str]:
    if not waiting.number:
        return []
    if not waiting.late:
        return [say(words.plural("open_in_time", waiting.number), language, number=number(waiting.number))]
    more = len(waiting.late) - NAMED
    return [
        say("open_late", language, late=number(len(waiting.late)), number=number(waiting.number)),
        *(f"• {_finding(each, now, language)}" for each in waiting.late[:NAMED]),
        *([f"• {say('more', language, number=number(more))}"] if more > 0 else []),
    ]


def _finding(each: Watched, now: datetime, language: str) -> str:
    asked = each.watch
    account = " ".join(filter(None, (code(asked.account, 40), code(asked.account_name, 60))))
    people = [code(who, 40) for who in asked.seen_by[:_PEOPLE]]
    about = [
        say("in_account", language, severity=f"{asked.severity:g}", account=account),
        say(
            "open_for",
            language,
            age=durations.shown(each.seconds_open(now)),
            allowed=durations.shown(asked.within),
        ),
        *([say("in_hand", language, people=" ".join(people))] if people else []),
    ]
    return f"{_linked(each, language)} ({joined(about, language)})"


def _linked(each: Watched, language: str) -> str:
    """Name a finding, or a digest by its highest one, of which all else is said too."""
    name, folded = code(each.watch.type, 120), each.watch.folded
    if folded:
        name = say(words.plural("open_digest", folded), language, number=number(folded), type=name)
    return f"<{escape(permalink(each.channel, each.ts))}|{name}>" if each.ts else name


def _blind(reasons: Collection[str], language: str) -> list[str]:
    said = [say(f"blind_{each}", language) for each in _BLIND if each in reasons]
    return [say("blind", language, reasons=joined(said, language))] if said else []


def week(answered: Sequence[Watch], language: str) -> list[str]:
    """Say how findings were answered, and in what time that was noticed, which is later; nothing where none was."""
    counts = Counter(each.answer for each in answered)
    said = [say(f"answer_{each}", language, number=number(counts[each])) for each in _ANSWERS if counts[each]]
    if not said:
        return []
    bands = [
        f"{words.severity(band, language)} {_ranked(times, 0.5)} ({_ranked(times, 0.9)})"
        for band, times in _by_band(answered).items()
    ]
    return [
        say("answers", language, counts=joined(said, language)),
        say("answered_within", language, bands=joined(bands, language)),
    ]


def _by_band(answered: Sequence[Watch]) -> Mapping[Severity, list[float]]:
    """Give the seconds of each band's answers, the shortest first; a band without one is left out."""
    times = {
        band: sorted(_seconds(each) for each in answered if Severity.of(each.severity) is band)
        for band in _BANDS
    }
    return {band: found for band, found in times.items() if found}


def _seconds(each: Watch) -> float:
    return (datetime.fromisoformat(each.answered_at) - datetime.fromisoformat(each.posted_at)).total_seconds()


def _ranked(times: Sequence[float], part: float) -> str:
    """Say the time within which such a part of them lies."""
    return durations.shown(max(0.0, times[ceil(len(times) * part) - 1]))
