"""The daily proof in words: what GuardDuty lists, what became of it, and on Mondays the week and the rules.

Quiet mrkdwn, one line unless something is missing. Hand-typed names in it are made safe here.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from chalicelib.catch_up.proof_words import joined, number, say
from chalicelib.finding.model import Finding
from chalicelib.message import phrases
from chalicelib.message.console_links import console_link
from chalicelib.rules import suppressions
from chalicelib.rules.attributes import Item
from chalicelib.rules.conditions import RuleStanding, standing
from chalicelib.rules.faults import RuleFault
from chalicelib.rules.sentences import fault_sentence
from chalicelib.rules.suppressions import Rule
from chalicelib.text import words
from chalicelib.text.untrusted import code, escape

SOON = timedelta(days=7)
UNUSED = timedelta(days=90)

_LONGEST = 3900
"""Characters of a message's text: Slack wants fewer than 4,000."""

NAMED = 10
"""Missing findings that the message names."""
_LISTED = 5


@dataclass(frozen=True)
class Day:
    """The counts of a day; ``listed`` is their sum."""

    listed: int
    posted: int
    """By a message of their own."""
    suppressed: int
    rules: int
    """How many rules suppressed them."""
    under_way: int
    missing: int
    unreadable: int = 0
    not_looked_at: int = 0
    """Missing ones of which AWS did not say in time whether an execution has them."""
    in_digests: int = 0
    """Posted by a message for many."""
    digests: int = 0
    """How many such messages those are: not in the sum."""


@dataclass(frozen=True)
class Compared:
    """The regions of a proof."""

    regions: Sequence[str] = ()
    """Those that were compared."""
    unread: Mapping[str, str] = field(default_factory=dict)
    """Those that were not, or not to the end, and why."""

    @property
    def several(self) -> bool:
        """Whether the message is to name them."""
        return len(self.regions) + len(self.unread) > 1


_ALONE = Compared()


@dataclass(frozen=True)
class Review:
    """What of the suppression list asks for attention."""

    expiring: tuple[Rule, ...] = ()
    unused: tuple[Rule, ...] = ()
    never_matched: tuple[Rule, ...] = ()
    faulty: tuple[RuleFault, ...] = ()


@dataclass(frozen=True)
class Week:
    """The findings of a week."""

    severities: Mapping[str, int]
    """How many of each band, the highest first."""
    hidden_by: Counter[str]
    """How many of them each rule suppressed last."""
    at_least: bool = False
    """It was not counted to its end."""


def review(items: Iterable[Item], now: datetime) -> Review:
    """Look through the suppression list; what is switched off or expired is left alone."""
    readings = [(reading, *standing(reading, now)) for reading in map(suppressions.read, items)]
    rules = [
        reading
        for reading, verdict, _ in readings
        if isinstance(reading, Rule) and verdict is RuleStanding.VALID
    ]
    faults = (why for _, verdict, why in readings if verdict in (RuleStanding.FAULTY, RuleStanding.NEVER))
    return Review(
        expiring=tuple(rule for rule in rules if _expires_soon(rule, now)),
        unused=tuple(rule for rule in rules if rule.last_matched_at and not _matched_lately(rule, now)),
        never_matched=tuple(rule for rule in rules if not rule.last_matched_at),
        faulty=tuple(why for why in faults if why and why.key != "expired"),
    )


def _expires_soon(rule: Rule, now: datetime) -> bool:
    end = rule.conditions.expires_at
    return end is not None and end - now <= SOON


def _matched_lately(rule: Rule, now: datetime) -> bool:
    try:
        return now - datetime.fromisoformat(rule.last_matched_at) <= UNUSED
    except (ValueError, TypeError):  # written by hand
        return True


def payload(said: Sequence[str], language: str) -> dict[str, object]:
    """Make the message: text only, without previews, and nobody is called."""
    return {"text": phrases.fit(said, _LONGEST, language), "unfurl_links": False, "unfurl_media": False}


def day(
    counts: Day,
    hours: int,
    min_severity: float,
    missing: Sequence[Finding],
    language: str,
    compared: Compared = _ALONE,
) -> list[str]:
    """Say the day's line, what of it is incomplete, and below it missing findings by name."""
    names = compared.regions if compared.several else ()
    line = say(
        words.plural("list_in" if names else "list", counts.listed),
        language,
        listed=number(counts.listed),
        hours=str(hours),
        severity=f"{min_severity:g}",
        regions=joined(names, language),
        became=joined(_became(counts, language), language),
    )
    unread = [f"{code(name, 40)} ({code(why, 120)})" for name, why in compared.unread.items()]
    incomplete = [say("incomplete", language, regions=joined(unread, language))] if unread else []
    return [line, *incomplete, *_named(missing[:NAMED], counts.missing, language, compared)]


def _became(counts: Day, language: str) -> list[str]:
    rules = say(words.plural("rule", counts.rules), language, number=number(counts.rules))
    suppressed = "suppressed_by" if counts.rules else "suppressed"
    rare = [(name, count) for name, count in _rare(counts) if count]
    return [
        say("posted", language, number=number(counts.posted)),
        *_in_digests(counts, language),
        say(suppressed, language, number=number(counts.suppressed), rules=rules),
        *(say(name, language, number=number(count)) for name, count in rare),
        say("missing", language, number=number(counts.missing)),
    ]


def _in_digests(counts: Day, language: str) -> list[str]:
    if not counts.in_digests:
        return []
    key = words.plural("in_digests", counts.digests)
    return [say(key, language, number=number(counts.in_digests), digests=number(counts.digests))]


def _rare(counts: Day) -> tuple[tuple[str, int], ...]:
    return (
        ("under_way", counts.under_way),
        ("unreadable", counts.unreadable),
        ("not_looked_at", counts.not_looked_at),
    )


def _named(named: Sequence[Finding], missing: int, language: str, compared: Compared) -> list[str]:
    if not named:
        return []
    more = missing - len(named)
    rest = [f"• {say('more', language, number=number(more))}"] if more > 0 else []
    findings = (_finding(each, language, in_region=compared.several) for each in named)
    return [say("named", language), *findings, *rest]


def _finding(finding: Finding, language: str, *, in_region: bool) -> str:
    where = say(
        "in_region" if in_region else "in_account",
        language,
        severity=f"{finding.severity:g}",
        account=code(finding.account_id, 40),
        region=code(finding.region, 40),
    )
    link = console_link(finding)
    name = code(finding.type, 120)
    return (
        f"• {name} {f'<{escape(link)}|{code(finding.id, 50)}>' if link else code(finding.id, 50)} ({where})"
    )


def week(found: Week, reviewed: Review, language: str) -> list[str]:
    """Say the week, and what of the list asks for attention."""
    most = [f"{_rule_name(name)} {number(count)}" for name, count in found.hidden_by.most_common(_LISTED)]
    groups = {
        "expiring": [_dated(rule) for rule in sorted(reviewed.expiring, key=_end)],
        "unused": [_rule(rule) for rule in reviewed.unused],
        "faulty": [f"{_rule_name(each.rule)} ({_why(each, language)})" for each in reviewed.faulty],
    }
    asks = [_listed(name, texts, language) for name, texts in groups.items() if texts]
    never = [_rule(rule) for rule in reviewed.never_matched]
    return [
        _severities(found, language),
        *([_listed("hid_most", most, language)] if most else []),
        *(asks or [say("tidy", language)]),
        *([_listed("never_matched", never, language)] if never else []),
    ]


def _severities(found: Week, language: str) -> str:
    said = [
        f"{words.severity(name, language)} {number(count)}"
        for name, count in found.severities.items()
        if count
    ]
    if not said:
        return say("week_uncounted" if found.at_least else "week_of_nothing", language)
    return say("week_at_least" if found.at_least else "week", language, counts=joined(said, language))


def _listed(name: str, texts: Sequence[str], language: str) -> str:
    more = len(texts) - _LISTED
    rest = [say("more", language, number=number(more))] if more > 0 else []
    return say(name, language, rules=joined([*texts[:_LISTED], *rest], language))


def _rule(rule: Rule) -> str:
    return f"{_rule_name(rule.rule)} {code(rule.finding_type, 100)}"


def _rule_name(name: str) -> str:
    return code(name, 150) or "`?`"


def _dated(rule: Rule) -> str:
    return f"{_rule(rule)} {phrases.moment(_end(rule))}"


def _end(rule: Rule) -> datetime:
    end = rule.conditions.expires_at
    assert end is not None  # only such rules expire
    return end


def _why(fault: RuleFault, language: str) -> str:
    return code(fault_sentence(fault, language), 160)
