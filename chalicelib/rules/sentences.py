"""A rule in a sentence that a person understands, and the verdict on it.

Plain text on one line, with hand-typed values in it: whoever puts it into Slack escapes it.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, time
from decimal import Decimal
from typing import NamedTuple

from chalicelib.finding.model import Severity
from chalicelib.rules import breadth
from chalicelib.rules.attributes import Item
from chalicelib.rules.conditions import Conditions, Entry, RuleStanding, doubts, standing
from chalicelib.rules.faults import RuleFault, shown
from chalicelib.rules.routes import USUAL_PRIORITY, Route
from chalicelib.text import durations, words

LISTED = 5
"""Values of a condition that a sentence lists; of more it gives the number."""

COUNTERS = frozenset({"match_count", "last_matched_at"})
"""What the state machine writes into a rule: no change that anybody made."""

_INNER_QUOTES = str.maketrans({"“": '"', "”": '"', "「": "『", "」": "』"})
_PLAIN = re.compile(r"[\w*?\[\]!./:@%+=#$&-]+")
_MARKUP = re.compile(r"<(?:!subteam\^|[!@])(\w+)>")


class Change(NamedTuple):
    """An attribute whose value changed, as a person reads it; empty where it was or is missing."""

    attribute: str
    old: str
    new: str


def sentence(entry: Entry, language: str, *, past: bool = False, end: bool = True) -> str:
    """Say what a rule hides (``hides Recon:EC2/* …``) or where a route sends (``sends … to #security``).

    ``past``: what it did. Without ``end`` for whoever says the end in the reader's own time.
    """
    parts = (
        _does(entry, language, past=past),
        _severities(entry, language),
        _until(entry, language) if end else "",
        _nothing(entry.conditions, language),
        _because(entry, language),
    )
    marks = words.catalogue(language).punctuation
    return marks["between_clauses"].join(filter(None, parts)) + marks["full_stop"]


def verdict_sentence(reading: Entry | RuleFault, now: datetime, language: str) -> str:
    """Say the verdict: valid, faulty or can never match (and why), switched off."""
    verdict, why = standing(reading, now)
    shown = words.catalogue(language).verdicts[verdict]
    said = shown.format(why=fault_sentence(why, language) if why else "")
    return _with_notes(said, reading, language) if verdict is RuleStanding.VALID else said


def _with_notes(said: str, reading: Entry | RuleFault, language: str) -> str:
    """Say what a valid rule's author may not have meant."""
    if isinstance(reading, RuleFault):
        return said
    verdicts = words.catalogue(language).verdicts
    notes = [verdicts["doubt"].format(why=fault_sentence(doubt, language)) for doubt in doubts(reading)]
    if not isinstance(reading, Route):
        notes.append(verdicts.get(breadth.note(reading.finding_type, reading.conditions.wanted), ""))
    return verdicts["between"].join(filter(None, (said, *notes)))


def fault_sentence(fault: RuleFault, language: str) -> str:
    """Say all that is wrong with a rule, without a full stop; in English where a fault has no other words."""
    said = words.catalogue(language)
    try:
        each = [said.faults[key].format_map(dict(values)) for key, values in fault.each]
    except KeyError:  # a fault that another version of ours found
        return fault.why
    return said.punctuation["between_faults"].join(each)


def changes(old: Item, new: Item) -> tuple[Change, ...]:
    """Return the attributes whose values differ between two versions of an item; the counters never count."""
    names = sorted({*old, *new} - COUNTERS)
    return tuple(
        Change(shown(name), _value(old, name), _value(new, name))
        for name in names
        if _typed(old, name) != _typed(new, name)
    )


def change_sentence(change: Change, language: str) -> str:
    """Say one change: ``max_severity: 6.9 → 8.9``."""
    nothing = _say("no_value", language)
    return f"{change.attribute}: {change.old or nothing} → {change.new or nothing}"


def _does(entry: Entry, language: str, *, past: bool) -> str:
    every = entry.finding_type in ("*", "*:*")
    kind = shown(entry.finding_type)
    what = _say("every_finding", language) if every else _say("findings_of", language, type=kind)
    clauses = [_condition(name, wanted, language) for name, wanted in entry.conditions.wanted.items()]
    listed = words.catalogue(language).punctuation["comma"].join(clauses)
    conditions = _say("conditions", language, clauses=listed) if clauses else ""
    if isinstance(entry, Route):
        return _sends(entry, what, conditions, language, past=past)
    return _say("hid" if past else "hides", language, what=what, conditions=conditions)


def _sends(route: Route, what: str, conditions: str, language: str, *, past: bool) -> str:
    usual = _say("to_usual_channel", language)
    target = _say("to_channel", language, channel=shown(route.channel)) if route.channel else usual
    number = f"{route.priority:g}"
    priority = "" if route.priority == USUAL_PRIORITY else _say("priority", language, priority=number)
    runbook = _say("with_runbook", language, runbook=quoted(route.runbook, language)) if route.runbook else ""
    sends = "sent" if past else "sends"
    return _say(
        f"{sends}_mentioning" if route.mention else sends,
        language,
        what=what,
        conditions=conditions,
        target=target,
        mention=_called(route.mention),
        runbook=runbook,
        answer=_answer(route, language),
        priority=priority,
    )


def _answer(route: Route, language: str) -> str:
    """Say within which time somebody is to answer, and whom the last reminder calls besides."""
    span, besides = route.answer_within, route.escalate_mention
    within = _say("answer_within", language, time=durations.exactly(span)) if span else ""
    return within + (_say("escalated", language, mention=_called(besides)) if besides else "")


def _called(markup: str) -> str:
    """Return a mention as one writes it by hand: the sentence itself calls nobody."""
    return _MARKUP.sub(lambda found: f"@{found[1]}", markup)


def _condition(name: str, wanted: tuple[str, ...], language: str) -> str:
    template = words.catalogue(language).conditions[words.plural(name, len(wanted))]
    return template.format(values=_any_of(wanted, language))


def _any_of(values: tuple[str, ...], language: str) -> str:
    marks = words.catalogue(language).punctuation
    shown = marks["or"].join(quoted(value, language) for value in values[:LISTED])
    more = len(values) - LISTED
    return shown + (marks["or_more"].format(count=more) if more > 0 else "")


def quoted(value: str, language: str) -> str:
    """Show a hand-typed value; in quotes where it could otherwise read like a clause of ours."""
    text = shown(value)
    return text if _PLAIN.fullmatch(text) else in_quotes(text, language)


def in_quotes(text: str, language: str) -> str:
    """Put a hand-typed text in quotes; those inside would let it end early and go on as words of ours."""
    inside = text.translate(_INNER_QUOTES)
    return words.catalogue(language).punctuation["quoted"].format(text=inside)


def _severities(entry: Entry, language: str) -> str:
    # A suppression's highest severity is always said: it says whether Critical is hidden.
    lowest, highest = entry.conditions.min_severity, entry.conditions.max_severity
    low = _severity(lowest, language) if lowest > 0 else ""
    high = _severity(highest, language) if highest < 10 or not isinstance(entry, Route) else ""
    if not low and not high:
        return ""
    key = "severities_between" if low and high else "severities_from" if low else "severities_up_to"
    return _say(key, language, low=low, high=high)


def _severity(number: float, language: str) -> str:
    band = words.catalogue(language).bands[Severity.of(number)]
    return _say("severity", language, band=band, number=f"{number:g}")


def _until(entry: Entry, language: str) -> str:
    moment = entry.conditions.expires_at
    if moment is None:
        return "" if isinstance(entry, Route) else _say("no_end", language)
    return _say("until", language, time=_time(moment, language))


def _time(moment: datetime, language: str) -> str:
    day = words.catalogue(language).date(moment)
    return day if moment.time() == time.max else f"{day} {moment:%H:%M} UTC"


def _nothing(conditions: Conditions, language: str) -> str:
    names = conditions.nothing
    if not names:
        return ""
    joined = words.catalogue(language).punctuation["and"].join(names)
    return _say(words.plural("no_condition", len(names)), language, names=joined)


def _because(entry: Entry, language: str) -> str:
    if not entry.reason:
        return ""
    return _say("reason", language, reason=in_quotes(shown(entry.reason, 500), language))


def _say(key: str, language: str, **values: str) -> str:
    return words.catalogue(language).rules[key].format_map(values)


def _typed(item: Item, name: str) -> tuple[str, object]:
    # True == 1 and Decimal(1) == 1: a changed type is a change, because it may make a rule faulty.
    value = item.get(name)
    if isinstance(value, Decimal) and value.is_nan():  # no table holds one, and some refuse to be compared
        value = str(value)
    return (type(value).__name__ if name in item else "", value)


def _value(item: Item, name: str) -> str:
    return _readable(item[name]) if name in item else ""


def _readable(value: object) -> str:
    if isinstance(value, str):
        return shown(value)
    if isinstance(value, set | frozenset | list | tuple):
        return _listed(sorted(value, key=str) if isinstance(value, set | frozenset) else value)
    return _SCALARS[type(value)](value) if type(value) in _SCALARS else type(value).__name__


def _listed(values: Iterable[object]) -> str:
    return shown(", ".join(_readable(value) for value in values), 300)


_SCALARS: Mapping[type, Callable[[object], str]] = {
    bool: lambda flag: str(flag).lower(),
    type(None): lambda _: "null",
    int: str,
    float: str,
    Decimal: lambda number: f"{number:f}",
}
"""How the values that are no text and no list read."""
