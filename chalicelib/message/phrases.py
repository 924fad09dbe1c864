"""What the parts of a finding read like, each a finished line of mrkdwn that fits the room it is given."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from html import unescape
from itertools import groupby

from chalicelib.finding.model import Detail, Finding, Form, Process, Severity, Signal, Tag
from chalicelib.finding.sessions import UNNAMED
from chalicelib.text import words
from chalicelib.text.untrusted import code, defang, defang_known, defang_urls, inert, mixed, shorten, width

BETWEEN = " · "
VALUE_LIMIT = 300
_OWNER_LIKE = (
    "owner",
    "team",
    "name",
    "environment",
    "env",
    "stage",
    "contact",
    "service",
    "application",
    "app",
    "project",
    "product",
    "costcenter",
    "department",
)
_MORE_LABEL = "more"
_MARKUP = re.compile(r"<[^<>|]*\|([^<>]*)>|[*`]")
_VALUES = 5
"""Of a label that are shown."""
_HALF_A_DAY = timedelta(hours=12)


def seen(text: str) -> int:
    """Count the characters that a reader sees of a finished text."""
    return len(unescape(_MARKUP.sub(r"\1", text)))


def says(text: str, value: str) -> bool:
    """Whether a finished text has a value as a word of its own: ``web-1`` is not in ``web-10``."""
    return value in text and re.search(rf"(?<![\w.-]){re.escape(value)}(?![\w-])", text) is not None


def severity(number: float, language: str) -> str:
    """Name a severity in words and number: ``High 8.0``."""
    shown = f"{number:.1f}" if number == round(number, 1) else f"{number:g}"
    return f"{words.band(Severity.of(number), language)} {shown}"


def moment(when: datetime | None) -> str:
    """Show a time in the reader's own time zone, and in UTC where Slack can't: ``<!date^…|…>``."""
    return _time_token(when, "{date_short_pretty} {time}", "%Y-%m-%d %H:%M UTC") if when else ""


def clock(when: datetime | None) -> str:
    """Show the time of a day that stands beside it, in the same way."""
    return _time_token(when, "{time}", "%H:%M UTC") if when else ""


def _time_token(when: datetime, form: str, written: str) -> str:
    fallback = when.astimezone(UTC).strftime(written)
    seconds = int(when.timestamp())
    return f"<!date^{seconds}^{form}|{fallback}>" if seconds > 0 else fallback


def named(name: str, identifier: str) -> str:
    """Join a name and an id, unless the one says the other: ``payments-prod (111122223333)``."""
    if not name or name in identifier:
        return identifier
    if identifier == UNNAMED:
        return shorten(name, VALUE_LIMIT // 2)
    return f"{shorten(name, VALUE_LIMIT // 2)} ({identifier})"


def known(text: str, finding: Finding, limit: int = VALUE_LIMIT) -> str:
    """Show an identifier or a path literally, with URLs and the finding's bad domains defanged."""
    return code(defang_known(defang_urls(text), finding.domains[:50]), limit)


def endpoint(address: str, port: str, finding: Finding) -> str:
    """Show an address and a port: ``198.51.100.7:443``, ``[2001:db8::7]:443``, or what there is of them."""
    host = f"[{address}]" if port and ":" in address else address
    return known(defang(":".join(filter(None, (host, port)))), finding)


def prose(text: str, finding: Finding) -> str:
    """Defang somebody's sentence; the finding's type, which may look like a domain, stays whole."""
    return finding.type.join(
        defang(defang_known(part, finding.domains[:50])) for part in text.split(finding.type)
    )


def fit(lines: Iterable[str], limit: int, language: str, between: str = "\n") -> str:
    """Join as many lines as have room, and say how many are left out."""
    waiting = [line for line in lines if line]
    reserve = 40
    taken: list[str] = []
    room = limit
    for index, line in enumerate(waiting):
        room -= width(line) + len(between)
        if room < (reserve if index < len(waiting) - 1 else 0):
            taken.append(words.sentence("more", language, {"count": str(len(waiting) - index)}))
            break
        taken.append(line)
    return between.join(taken)


def details(said: Sequence[Detail], finding: Finding, language: str) -> list[str]:
    """Make a piece of each detail: ``Label: `value` ``; neighbours with the same label share it."""
    return [
        ": ".join(filter(None, (_label(label, language), _between(label).join(shown))))
        for label, group in groupby(counted(said), key=lambda pair: pair[0])
        if (shown := [text for _, each in group if (text := _value(each, finding, language))])
    ]


def briefs(said: Sequence[Detail], finding: Finding, language: str) -> list[str]:
    """Make a piece of each label in as few words as it needs: ``public `203.0.113.5` ``; of many values the first."""
    return [
        words.brief(label, language, {"label": _label(label, language), "values": shown})
        for label, group in groupby(counted(said), key=lambda pair: pair[0])
        if (shown := _first_ones([each for _, each in group], finding, language))
    ]


def _first_ones(group: Sequence[Detail], finding: Finding, language: str) -> str:
    """Show the first values, and count the others with those that the finding had no room for."""
    own, left = parted(group)
    shown = values(own[:_VALUES], finding, language)
    left += len(own) - len(own[:_VALUES])
    more = [words.sentence("more", language, {"count": str(left)})] if left else []
    return words.sentence("comma", language, {}).join((*shown, *more)) if shown else ""


def parted(group: Sequence[Detail]) -> tuple[list[Detail], int]:
    """Part values from the number of those that the finding had no room for."""
    own = [each for each in group if each.label != _MORE_LABEL]
    return own, sum(int(each.value) for each in group if each.label == _MORE_LABEL and each.value.isdecimal())


def values(said: Sequence[Detail], finding: Finding, language: str) -> list[str]:
    """Show the values alone, where one label stands before all of them."""
    return [text for each in said if (text := _value(each, finding, language))]


def agent(said: str) -> str:
    """Show a user agent, or what stands in its place, briefly."""
    return code(defang(said), 80)


def _between(label: str) -> str:
    """Join values by commas, and sentences that have commas of their own by semicolons."""
    return "; " if label == "unusual" else ", "


def counted(said: Sequence[Detail]) -> Iterator[tuple[str, Detail]]:
    """Pair every detail with its label; the number left out belongs to the label before it."""
    label = ""
    for detail in said:
        label = label if detail.label == _MORE_LABEL and label else detail.label
        yield label, detail


def _label(key: str, language: str) -> str:
    return words.label(key, language) if words.knows(words.LABELS, key) else inert(words.readable(key), 60)


def _value(detail: Detail, finding: Finding, language: str) -> str:
    if detail.label == _MORE_LABEL:
        return words.sentence("more", language, {"count": inert(detail.value, 20)})
    if detail.form is Form.TIME:
        return moment(_time(detail.value)) or known(detail.value, finding)
    if detail.form is Form.DOMAIN:
        return code(defang(detail.value), VALUE_LIMIT)
    if detail.form is Form.TEXT:
        return words.value(detail.value, language) or mixed(prose(detail.value, finding))
    return known(detail.value, finding)


def _time(text: str) -> datetime | None:
    try:
        when = datetime.fromisoformat(text)
        return when if when.tzinfo else when.replace(tzinfo=UTC)
    except ValueError:
        return None


def processes(found: Sequence[Process], finding: Finding, language: str) -> list[str]:
    """Describe the processes that Runtime Monitoring saw; what one of them says the next ones do not say again."""
    said: list[str] = []
    for each in found:
        said.append(_process(each, "".join(said), finding, language))
    return said


def _process(each: Process, said: str, finding: Finding, language: str) -> str:
    role = _label(f"{each.role}_process", language) if each.role else ""
    about = [
        Detail("sha256", each.sha256),
        Detail("pid", each.pid),
        Detail("user", each.user),
        Detail("parent", each.parent),
    ]
    new = [one for one in about if one.value and (one.label == "pid" or f"`{one.value}`" not in said)]
    named = known(each.path or each.name, finding)
    pieces = briefs(new, finding, language)
    return ", ".join(filter(None, (f"{role} {'' if named in said else named}".strip(), *pieces)))


def signals(said: Sequence[Signal], finding: Finding) -> list[str]:
    """Describe an attack sequence's steps, numbered, each with its time."""
    return [f"{number}. {_signal(signal, finding)}" for number, signal in enumerate(said, 1)]


def _signal(each: Signal, finding: Finding) -> str:
    what = mixed(prose(each.name, finding), 120)
    count = f" ×{each.count:,}" if each.count > 1 else ""
    why = mixed(prose(each.description, finding), 160) if each.description != each.name else ""
    return BETWEEN.join(filter(None, (_at(each, finding), f"{what}{count}" if what else "", why)))


def _at(each: Signal, finding: Finding) -> str:
    """Say when: the day only where it is not the day of the finding's first step."""
    first = finding.signals[0].first_seen
    same_day = (
        each is not finding.signals[0] and first and each.first_seen and each.first_seen - first < _HALF_A_DAY
    )
    return clock(each.first_seen) if same_day else moment(each.first_seen)


def tags(finding: Finding) -> list[Tag]:
    """Take every tag of every resource once, those that say whose it is first."""
    found = dict.fromkeys(tag for each in finding.resources for tag in each.tags if tag.key)
    return sorted(found, key=_rank)


def _rank(tag: Tag) -> int:
    key = "".join(letter for letter in tag.key.lower() if letter.isalnum())
    if tag.key.startswith("aws:"):
        return 3 * len(_OWNER_LIKE)
    if key in _OWNER_LIKE:
        return _OWNER_LIKE.index(key)
    alike = (place for place, word in enumerate(_OWNER_LIKE[:3]) if word in key)
    return len(_OWNER_LIKE) + next(alike, len(_OWNER_LIKE))


def owner_tag(finding: Finding) -> Tag | None:
    """Find the tag that says whose it is: ``owner`` or ``team``, however it is spelt."""
    return next((tag for tag in tags(finding) if _rank(tag) < 2 and tag.value), None)


def owner(finding: Finding) -> tuple[str, str]:
    """Name whose it is: ``owner`` or ``team``, and its value; empty where no tag says it."""
    found = owner_tag(finding)
    return (_OWNER_LIKE[_rank(found)], found.value) if found else ("", "")


def tag(each: Tag, finding: Finding) -> str:
    """Show a tag: ``Owner=team-a``."""
    return known(f"{shorten(each.key, 128)}={each.value}" if each.value else each.key, finding, 240)
