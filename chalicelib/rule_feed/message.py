"""What changed rules become in Slack: one message for all changes of a batch, always within Slack's limits.

Whatever stands in a rule was typed by somebody, perhaps to mislead: rules stand in ``plain_text`` objects, in
which nothing is markup, or in code spans, and domains in them can't be clicked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from chalicelib.message import blocks, phrases
from chalicelib.message.context import Note
from chalicelib.rule_feed.change import RuleChange
from chalicelib.rules import conditions, faults, sentences
from chalicelib.rules.dry_run import Hidden, Hindsight
from chalicelib.rules.faults import RuleFault
from chalicelib.rules.table import Chooser
from chalicelib.text import words
from chalicelib.text.untrusted import code, defang, inert, plain, shorten, width

AnnouncementPayload = dict[str, Any]

SHOWN = 6
"""Changes that are posted in full; the rest of a batch gets a line each."""

LATE = timedelta(minutes=15)
"""A stream is read within seconds: what is older was not announced when it should have been."""

# Together below blocks.MESSAGE_LIMIT, with room for the heads of those posted in full.
_ROOM = 4500
_ROOM_OF_ONE = 2800
_ROOM_OF_THE_REST = 1800
_NAME_LIMIT = 80
_ROOM_OF_NAMES = 200

_WHO = {
    (Chooser.OWNER,): "by_owner",
    (Chooser.OTHER_SIDE,): "by_other_side",
    (Chooser.OWNER, Chooser.OTHER_SIDE): "by_both",
    (Chooser.ANYONE,): "by_anyone",
}


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
    ``SHOWN`` those that hide the most are posted in full.
    """
    in_full, rest = _chosen(changes)
    title = _title(changes, language)
    room = min(_ROOM_OF_ONE, _ROOM // len(in_full))
    parts = [block for each in in_full for block in _blocks(each, past, now, language, room)]
    said = [_note(each, language) for each in notes]
    names = sorted({each.change.table for each in changes})
    links = [
        (f"open_{name}", words.label(f"open_{name}", language), (tables or {}).get(name, ""))
        for name in names
    ]
    text = phrases.fit([title, *said, *(_short(each, now, language) for each in changes)], 1500, language)
    return {
        "text": text,
        "blocks": [
            blocks.header(title),
            *map(blocks.section, said),
            *parts,
            *_rest(rest, now, language),
            *blocks.buttons(links),
        ],
        "unfurl_links": False,
        "unfurl_media": False,
    }


def render_plain(payload: AnnouncementPayload) -> AnnouncementPayload:
    """Keep the text only, for when Slack refuses the blocks."""
    return {name: value for name, value in payload.items() if name != "blocks"}


def _chosen(changes: Sequence[Announced]) -> tuple[list[Announced], list[Announced]]:
    """Choose those to post in full, in their order: nobody hides a wide rule behind many harmless ones."""
    places = sorted(range(len(changes)), key=lambda place: _weight(changes[place]), reverse=True)
    full = frozenset(places[:SHOWN])
    in_full = [each for place, each in enumerate(changes) if place in full]
    return in_full, [each for place, each in enumerate(changes) if place not in full]


def _weight(each: Announced) -> tuple[bool, float, int]:
    hidden = each.hidden or Hidden()
    return each.hidden is not None, hidden.highest, hidden.findings


def _title(changes: Sequence[Announced], language: str) -> str:
    tables = {each.change.table for each in changes}
    return _word("both" if len(tables) > 1 else tables.pop(), language)


def _blocks(
    each: Announced, past: Hindsight, now: datetime, language: str, room: int
) -> list[blocks.Block]:  # fmt: skip
    head = f"*{_what(each.change, language)}*\n{_names(each.change)}"
    if late := _late(each.change, now, language):
        head += f"\n{late}"
    return [blocks.section(head), blocks.literal(_body(each, past, now, language, room))]


def _what(change: RuleChange, language: str) -> str:
    return _word(f"{change.table}_{change.kind}", language)


def _names(change: RuleChange) -> str:
    finding_type, rule = change.names
    return f"{code(rule, _NAME_LIMIT)} {code(finding_type, _NAME_LIMIT)}"


def _late(change: RuleChange, now: datetime, language: str) -> str:
    if change.at is None or now - change.at <= LATE:
        return ""
    return _word("late", language).format(at=phrases.moment(change.at))


def _body(each: Announced, past: Hindsight, now: datetime, language: str, room: int) -> str:
    """Say rule, differences, verdict and past; cut is what was typed, never the verdict."""
    change, reading = each.change, each.change.read()
    judged = [*_verdict(change, now, language), *_past(each, past, now, language)]
    left = room - sum(width(line) + 1 for line in judged)
    if isinstance(reading, RuleFault):
        return "\n".join(filter(None, (_differences(change, left, language), *judged)))
    differences = _differences(change, left // 2, language) if change.kind == "changed" else ""
    sentence = _sentence(change, sentences.sentence(reading, language), language)
    said = _line(sentence, left - width(differences) - 2)
    return "\n".join(filter(None, (said, differences, *judged)))


def _differences(change: RuleChange, room: int, language: str) -> str:
    said = (_line(sentences.change_sentence(each, language), 400) for each in change.differences)
    return phrases.fit(said, room, language)


def _sentence(change: RuleChange, sentence: str, language: str) -> str:
    if change.kind == "deleted":
        return _word("until_now", language).format(text=sentence)
    return sentence[:1].upper() + sentence[1:]


def _verdict(change: RuleChange, now: datetime, language: str) -> list[str]:
    verdict = sentences.verdict_sentence(change.read(), now, language)
    if change.kind != "deleted":
        return [_line(verdict, 500)]
    return [_line(_word("until_now", language).format(text=verdict), 300), *_counted(change, language)]


def _counted(change: RuleChange, language: str) -> list[str]:
    """Say how much a rule has hidden that is no more."""
    count, last = change.item.get("match_count"), change.item.get("last_matched_at")
    if change.table == "routes" or not count:
        return []
    counted = _word("counted", language).format(count=faults.shown(count, 20), last=faults.shown(last, 40))
    return [_line(counted, 150)]


def _past(each: Announced, past: Hindsight, now: datetime, language: str) -> list[str]:
    """Say what it would have hidden; nothing of a rule that hides nothing."""
    if not each.change.hides(now):
        return []
    if past.unknown or each.hidden is None:
        return [_line(_word("unknown", language).format(why=past.unknown), 300)]
    return past_sentences(each.hidden, past, language)


def past_sentences(hidden: Hidden, past: Hindsight, language: str) -> list[str]:
    """Say what a rule would have hidden, who could make findings match it, and what is not known, in plain text.

    The first sentence has the numbers.
    """
    said = _word("hidden" if hidden.findings else "hidden_none", language).format(
        count=f"{hidden.findings:,}",
        total=f"{past.findings:,}",
        region=past.region,
        days=past.days,
        highest=phrases.severity(hidden.highest, language),
    )
    unnamed = [_word("unnamed", language).format(count=f"{hidden.unnamed:,}")] if hidden.unnamed else []
    incomplete = [] if past.complete else [_word("incomplete", language)]
    return [said, *_by_others(hidden, language), *unnamed, *incomplete]


def _by_others(hidden: Hidden, language: str) -> list[str]:
    """Say by whose choice it matched; nothing where AWS or the organisation knows what it matched by."""
    choosers, names = hidden.by_others
    if not (hidden.findings and choosers):
        return []
    comma = words.catalogue(language).punctuation["comma"]
    said = _word(words.plural("by_others", hidden.findings), language).format(
        count=f"{hidden.findings:,}",
        who=_word(_WHO[choosers], language),
        names=comma.join(names),
    )
    return [shorten(said, _ROOM_OF_NAMES)]


def _rest(rest: Sequence[Announced], now: datetime, language: str) -> list[blocks.Block]:
    if not rest:
        return []
    said = (f"• {_short(each, now, language)}" for each in rest)
    return [blocks.section(phrases.fit([_word("rest", language), *said], _ROOM_OF_THE_REST, language))]


def _short(each: Announced, now: datetime, language: str) -> str:
    standing = conditions.standing(each.change.read(), now)[0]
    verdict = words.catalogue(language).standings[standing]
    return f"{_what(each.change, language)}: {_names(each.change)} ({verdict})"


def _note(note: Note, language: str) -> str:
    values = {name: inert(str(value)) for name, value in note.values.items()}
    return words.sentence(note.key, language, values)


def _line(text: str, room: int) -> str:
    return plain(defang(text), room)


def _word(key: str, language: str) -> str:
    return words.catalogue(language).feed[key]
