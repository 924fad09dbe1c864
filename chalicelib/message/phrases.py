"""What the parts of a finding read like, each a finished line of mrkdwn that fits the room it is given."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import groupby

from chalicelib.finding.model import Actor, Detail, Finding, Form, Process, Resource, Severity, Signal, Tag
from chalicelib.finding.sessions import UNNAMED
from chalicelib.text import words
from chalicelib.text.untrusted import code, defang, defang_known, defang_urls, inert, shorten, width

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


def severity(number: float, language: str) -> str:
    """Name a severity in words and number: ``High 8.0``."""
    shown = f"{number:.1f}" if number == round(number, 1) else f"{number:g}"
    return f"{words.severity(Severity.of(number), language)} {shown}"


def moment(when: datetime | None) -> str:
    """Show a time in the reader's own time zone, and in UTC where Slack can't: ``<!date^…|…>``."""
    if when is None:
        return ""
    fallback = when.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
    seconds = int(when.timestamp())
    return f"<!date^{seconds}^{{date_short_pretty}} {{time}}|{fallback}>" if seconds > 0 else fallback


def named(name: str, identifier: str) -> str:
    """Join a name and an id, unless the one says the other: ``payments-prod (111122223333)``."""
    if not name or name in identifier:
        return identifier
    if identifier == UNNAMED:
        return shorten(name, VALUE_LIMIT // 2)
    return f"{shorten(name, VALUE_LIMIT // 2)} ({identifier})"


def short(each: Resource) -> str:
    """Name a resource briefly: its name alone where its id is an ARN."""
    return each.name if each.name and each.ids[0].startswith("arn:") else named(each.name, each.ids[0])


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
        return inert(words.value(detail.value, language) or prose(detail.value, finding))
    return known(detail.value, finding)


def _time(text: str) -> datetime | None:
    try:
        when = datetime.fromisoformat(text)
        return when if when.tzinfo else when.replace(tzinfo=UTC)
    except ValueError:
        return None


def actor(each: Actor, finding: Finding, language: str) -> str:
    """Describe the other side: address, place, organisation, user, user agent."""
    where = ", ".join(filter(None, (each.city, each.country)))
    organisation = [
        Detail("organisation", each.organisation, Form.TEXT),
        Detail("isp", each.isp if each.isp != each.organisation else "", Form.TEXT),
        Detail("asn", each.asn, Form.TEXT),
        Detail("user", each.user),
        Detail("account", each.account),
        Detail("user_agent", each.user_agent, Form.DOMAIN),
    ]
    filled = [detail for detail in organisation if detail.value]
    pieces = (
        endpoint(each.address, each.port, finding),
        inert(prose(where, finding), 120),
        *details(filled, finding, language),
    )
    return fit(pieces, 600, language, BETWEEN)


def process(each: Process, finding: Finding, language: str) -> str:
    """Describe a process that Runtime Monitoring saw."""
    said = [
        Detail(f"{each.role}_process" if each.role else "process", each.name or each.path),
        Detail("path", each.path if each.name else ""),
        Detail("sha256", each.sha256),
        Detail("pid", each.pid),
        Detail("user", each.user),
        Detail("parent", each.parent),
    ]
    return fit(details([one for one in said if one.value], finding, language), 700, language, BETWEEN)


def signals(said: Sequence[Signal], finding: Finding) -> list[str]:
    """Describe an attack sequence's steps, numbered, each with its time."""
    return [f"{number}. {_signal(signal, finding)}" for number, signal in enumerate(said, 1)]


def _signal(each: Signal, finding: Finding) -> str:
    what = inert(prose(each.name, finding), 160)
    count = f" ×{each.count}" if each.count > 1 else ""
    why = inert(prose(each.description, finding), 220) if each.description != each.name else ""
    return BETWEEN.join(filter(None, (moment(each.first_seen), f"{what}{count}" if what else "", why)))


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


def owner(finding: Finding) -> tuple[str, str]:
    """Find the tag that says whose it is: ``owner`` or ``team``, however it is spelt, and its value."""
    found = (tag for tag in tags(finding) if _rank(tag) < 2 and tag.value)
    return next(((_OWNER_LIKE[_rank(tag)], tag.value) for tag in found), ("", ""))


def tag(each: Tag, finding: Finding) -> str:
    """Show a tag: ``Owner=team-a``."""
    return known(f"{shorten(each.key, 128)}={each.value}" if each.value else each.key, finding, 240)
