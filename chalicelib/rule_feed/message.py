"""What changed rules become in Slack: one message for all changes of a batch, always within Slack's limits.

Whatever stands in a rule was typed by somebody, perhaps to mislead: rules stand in ``plain_text`` objects, in
which nothing is markup, or in code spans, and domains in them can't be clicked.

A rule that has no effect as it is, and one that was deleted, stand below the others beside a coloured bar.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from chalicelib.message import blocks, phrases
from chalicelib.message.context import Note
from chalicelib.rule_feed import body
from chalicelib.rule_feed.change import RuleChange
from chalicelib.rule_feed.past import past_sentences
from chalicelib.rules.conditions import RuleStanding
from chalicelib.rules.dry_run import Hidden, Hindsight
from chalicelib.text import words
from chalicelib.text.untrusted import code, defang, inert, plain, width

AnnouncementPayload = dict[str, Any]

SHOWN = 6
"""Changes that are posted in full; the rest of a batch gets a line each."""

LATE = timedelta(minutes=15)
"""A stream is read within seconds: what is older was not announced when it should have been."""

# Together below blocks.MESSAGE_LIMIT, with room for the heads and the times of those posted in full.
_ROOM = 4500
_ROOM_OF_ONE = 2800
_ROOM_OF_THE_REST = 1800
_ROOM_OF_A_VERDICT = 500
_NAME_LIMIT = 80


@dataclass(frozen=True)
class Look:
    """How a change looks that asks for attention."""

    sign: str = ""
    colour: str = ""


_PLAIN = Look()
_DELETED = Look("🗑", "#8d9096")
_FAULTY = Look("⚠", "#e8590c")
_OF_STANDINGS = {RuleStanding.FAULTY: _FAULTY, RuleStanding.NEVER: _FAULTY}


@dataclass(frozen=True)
class Announced:
    """A change, and what its rule would have hidden, where it hides."""

    change: RuleChange
    hidden: Hidden | None = None


def announced(changes: Sequence[RuleChange], past: Hindsight, now: datetime) -> tuple[Announced, ...]:
    """Join the changes with what was found for those that hide."""
    found = iter(past.hidden)
    return tuple(
        Announced(change, next(found, None) if change.hides(now) else None) for change in changes
    )  # fmt: skip


def render(
    changes: Sequence[Announced],
    past: Hindsight,
    now: datetime,
    language: str,
    notes: Sequence[Note] = (),
    tables: Mapping[str, str] | None = None,
) -> AnnouncementPayload:
    """Make the payload of ``chat.postMessage`` or of a webhook, without the channel.

    ``tables`` are the addresses of the tables' console pages by ``RuleChange.table``. Of more changes than
    ``SHOWN`` those that hide the most are posted in full, then those that ask for attention.
    """
    in_full, rest = _chosen(changes, now)
    alone = len(changes) == 1
    title = _what(changes[0].change, now, language) if alone else _title(changes, now, language)
    room = min(_ROOM_OF_ONE, _ROOM // len(in_full))
    heads = [_names(changes[0].change, now, language)] if alone else []
    shown = [(_look(each.change, now), _blocks(each, past, now, language, room, alone)) for each in in_full]
    said = [_note(each, language) for each in notes]
    names = sorted({each.change.table for each in changes})
    links = [
        (f"open_{name}", words.label(f"open_{name}", language), (tables or {}).get(name, ""))
        for name in names
    ]
    return {
        "text": _text(title, said, changes, now, language),
        "blocks": [
            blocks.header(title),
            *map(blocks.section, [*said, *heads]),
            *(block for look, parts in shown if not look.colour for block in parts),
            *_rest(rest, now, language),
            *blocks.buttons(links),
        ],
        "attachments": [
            {"color": look.colour, "fallback": title, "blocks": parts} for look, parts in shown if look.colour
        ],
        "unfurl_links": False,
        "unfurl_media": False,
    }


def render_plain(payload: AnnouncementPayload) -> AnnouncementPayload:
    """Keep the text only, for when Slack refuses the blocks."""
    return {name: value for name, value in payload.items() if name not in ("blocks", "attachments")}


def _text(
    title: str, notes: Sequence[str], changes: Sequence[Announced], now: datetime, language: str
) -> str:
    """Say it for a phone's notification, which shows markup as it is typed."""
    if len(changes) == 1:
        return phrases.fit(
            [f"{title}{phrases.BETWEEN}{_inert_names(changes[0].change)}", *notes], 1500, language
        )
    return phrases.fit([title, *notes, *(_short(each, now, language) for each in changes)], 1500, language)


def _chosen(changes: Sequence[Announced], now: datetime) -> tuple[list[Announced], list[Announced]]:
    """Choose those to post in full, in their order: nobody hides a wide rule behind many harmless ones."""
    places = sorted(range(len(changes)), key=lambda place: _weight(changes[place], now), reverse=True)
    full = frozenset(places[:SHOWN])
    in_full = [each for place, each in enumerate(changes) if place in full]
    return in_full, [each for place, each in enumerate(changes) if place not in full]


def _weight(each: Announced, now: datetime) -> tuple[bool, float, int, bool]:
    hidden = each.hidden or Hidden()
    return each.hidden is not None, hidden.highest, hidden.findings, _look(each.change, now) is not _PLAIN


def _title(changes: Sequence[Announced], now: datetime, language: str) -> str:
    tables = {each.change.table for each in changes}
    faulty = any(_look(each.change, now) is _FAULTY for each in changes)
    return _signed(
        _FAULTY if faulty else _PLAIN, _word("both" if len(tables) > 1 else tables.pop(), language)
    )


def _look(change: RuleChange, now: datetime) -> Look:
    return _DELETED if change.kind == "deleted" else _OF_STANDINGS.get(change.standing(now), _PLAIN)


def _signed(look: Look, text: str) -> str:
    return " ".join(filter(None, (look.sign, text)))


def _blocks(
    each: Announced, past: Hindsight, now: datetime, language: str, room: int, alone: bool
) -> list[blocks.Block]:  # fmt: skip
    head = f"*{_what(each.change, now, language)}*\n{_names(each.change, now, language)}"
    said = _body(each, past, now, language, room)
    times = body.times(each.change, now, language)
    return [
        *([] if alone else [blocks.section(head)]),
        *([blocks.literal(said)] if said else []),
        *([blocks.section(times)] if times else []),
    ]


def _what(change: RuleChange, now: datetime, language: str) -> str:
    """Say what was done, with a sign, and what became of the rule where it has no effect: the headline of one."""
    what, standing = _word(f"{change.table}_{change.kind}", language), change.standing(now)
    if change.kind != "deleted" and standing is not RuleStanding.VALID:
        name = words.catalogue(language).standings[standing]
        what = _word("with_standing", language).format(what=what, standing=name)
    return _signed(_look(change, now), what)


def _names(change: RuleChange, now: datetime, language: str) -> str:
    """Name the rule, and say when it was changed where that is long ago."""
    return "\n".join(filter(None, (_key(change), _late(change, now, language))))


def _key(change: RuleChange) -> str:
    finding_type, rule = change.names
    return f"{code(rule, _NAME_LIMIT)} {code(finding_type, _NAME_LIMIT)}"


def _inert_names(change: RuleChange) -> str:
    finding_type, rule = change.names
    return phrases.BETWEEN.join(inert(defang(name), _NAME_LIMIT) for name in (rule, finding_type))


def _late(change: RuleChange, now: datetime, language: str) -> str:
    if change.at is None or now - change.at <= LATE:
        return ""
    return _word("late", language).format(at=phrases.moment(change.at))


def _body(each: Announced, past: Hindsight, now: datetime, language: str, room: int) -> str:
    """Say rule, differences, verdict and past; cut is what was typed, never the verdict."""
    change = each.change
    judged = [
        _line(text, _ROOM_OF_A_VERDICT)
        for text in (
            body.verdict(change, now, language),
            *_past(each, past, now, language),
            body.consequence(change, now, language),
        )
        if text
    ]
    left = room - sum(width(line) + 1 for line in judged)
    changed = [_line(text, 400) for text in body.differences(change, language)]
    does = body.does(change, now, language)
    differences = phrases.fit(changed, left // 2 if does else left, language)
    said = _line(does, left - width(differences) - 2) if does else ""
    return "\n".join(filter(None, (said, differences, *judged)))


def _past(each: Announced, past: Hindsight, now: datetime, language: str) -> list[str]:
    """Say what it would have hidden; nothing of a rule that hides nothing."""
    if not each.change.hides(now):
        return []
    if past.unknown or each.hidden is None:
        return [_word("unknown", language).format(why=past.unknown)]
    return past_sentences(each.hidden, past, language)


def _rest(rest: Sequence[Announced], now: datetime, language: str) -> list[blocks.Block]:
    if not rest:
        return []
    said = (f"• {_what(each.change, now, language)}: {_key(each.change)}" for each in rest)
    return [blocks.section(phrases.fit([_word("rest", language), *said], _ROOM_OF_THE_REST, language))]


def _short(each: Announced, now: datetime, language: str) -> str:
    return f"{_what(each.change, now, language)}{phrases.BETWEEN}{_inert_names(each.change)}"


def _note(note: Note, language: str) -> str:
    values = {name: inert(str(value)) for name, value in note.values.items()}
    return words.sentence(note.key, language, values)


def _line(text: str, room: int) -> str:
    return plain(defang(text), room)


def _word(key: str, language: str) -> str:
    return words.catalogue(language).feed[key]
