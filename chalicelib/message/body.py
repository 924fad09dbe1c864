"""What stands under the colour: a field list in a fixed order, GuardDuty's own words, details.

Every part has room of its own, so that whatever arrives the essentials are there; details and description
share what is left.
"""

from collections.abc import Iterable, Sequence

from chalicelib.finding.model import Finding
from chalicelib.message import action, blocks, phrases, resources, summary
from chalicelib.message.blocks import Block
from chalicelib.message.context import MessageContext
from chalicelib.text import words
from chalicelib.text.untrusted import code, escape, inert, plain, width

_RESOURCES_ROOM = 1500
_ACTORS_ROOM = 900
_ACTION_ROOM = 800
_TAGS_ROOM = 700
_SIDE_BY_SIDE = ("tactics", "techniques")


def essentials(finding: Finding, context: MessageContext) -> list[Block]:
    """Make what every message has: type and times, resources, actors, action, tags and whose else it is.

    Account and region stand in the summary, which nothing cuts.
    """
    language = context.language
    return [
        *_grid(_times(finding), language),
        *_resources(finding, language),
        *_actors(finding, language),
        *_action(finding, language),
        *_one_line_each(_whose(finding, context), language),
    ]


def _grid(pairs: Iterable[tuple[str, str]], language: str) -> list[Block]:
    """Put fields side by side; an odd one stands on a line of its own, so that the grid has no hole."""
    filled = [pair for pair in pairs if pair[1]]
    even = len(filled) // 2 * 2
    side_by_side = blocks.fields((words.label(label, language), value) for label, value in filled[:even])
    return [*side_by_side, *_one_line_each(filled[even:], language)]


def _one_line_each(pairs: Iterable[tuple[str, str]], language: str) -> list[Block]:
    said = [f"*{words.label(label, language)}* {value}" for label, value in pairs if value]
    return [blocks.section("\n".join(said))] if said else []


def labelled(label: str, text: str, language: str) -> list[Block]:
    """Make a section under a label of ours, or nothing where there is nothing to say."""
    return [blocks.section(f"*{words.label(label, language)}*\n{text}")] if text else []


def _whose(finding: Finding, context: MessageContext) -> list[tuple[str, str]]:
    return [
        ("tags", tags(finding, context.language)),
        ("organizational_unit", summary.organizational_unit(context)),
        ("other_accounts", _others(finding.accounts, finding.account_id, context.language)),
        ("other_regions", _others(finding.regions, finding.region, context.language)),
    ]


def _others(values: Sequence[str], own: str, language: str) -> str:
    return phrases.fit((code(value, 60) for value in values if value != own), 180, language, ", ")


def _times(finding: Finding) -> list[tuple[str, str]]:
    return [
        ("type", code(finding.type, 320)),
        ("count", str(finding.count)),
        ("first_seen", phrases.moment(finding.first_seen)),
        ("last_seen", phrases.moment(finding.last_seen)),
    ]


def _resources(finding: Finding, language: str) -> list[Block]:
    """Describe the first resources; the fewer there are, the more is said of each."""
    room = 700 if len(finding.resources) == 1 else 380
    said = [resources.described(each, finding, language, room) for each in finding.resources[:5]]
    left = [""] * (len(finding.resources) - 5) if len(finding.resources) > 5 else []
    return labelled("resource", _with_rest(said, len(left), _RESOURCES_ROOM, language), language)


def _actors(finding: Finding, language: str) -> list[Block]:
    said = [line for each in finding.actors[:5] if (line := phrases.actor(each, finding, language))]
    text = _with_rest(said, max(len(finding.actors) - 5, 0), _ACTORS_ROOM, language)
    return labelled("actor", text, language)


def _with_rest(said: Sequence[str], left_out: int, room: int, language: str) -> str:
    """Join the lines that have room and count the others together with those that were never made."""
    taken: list[str] = []
    for line in said:
        if room - width(line) < 60:
            break
        room -= width(line) + 1
        taken.append(line)
    left_out += len(said) - len(taken)
    more = words.sentence("more", language, {"count": str(left_out)}) if left_out else ""
    return "\n".join(filter(None, (*taken, more)))


def _action(finding: Finding, language: str) -> list[Block]:
    said = phrases.fit(action.described(finding, language), _ACTION_ROOM, language, phrases.BETWEEN)
    return labelled("action", said, language)


def tags(finding: Finding, language: str) -> str:
    """Show the tags on one line, those that say whose it is first."""
    return phrases.fit(
        (phrases.tag(each, finding) for each in phrases.tags(finding)), _TAGS_ROOM, language, "  "
    )


def details(finding: Finding, language: str, room: int) -> list[Block]:
    """Make the details that have room: steps, tactics, processes, evidence."""
    groups = (
        ("signals", phrases.signals(finding.signals[:100], finding)),
        ("tactics", _list(finding.tactics, finding)),
        ("techniques", _list(finding.techniques, finding)),
        ("process", [phrases.process(each, finding, language) for each in finding.processes[:20]]),
        ("details", _details(finding, language)),
        ("custom_rule", [phrases.known(finding.custom_rule, finding)]),
    )
    shown: list[Block] = []
    for label, said in groups:
        space = min(room, blocks.SECTION_LIMIT - 100) - 80
        if any(said) and space > 60:
            between = ", " if label in _SIDE_BY_SIDE else "\n"
            made = labelled(label, phrases.fit(said, space, language, between), language)
            room -= blocks.size(made)
            shown += made
    return shown


def _details(finding: Finding, language: str) -> list[str]:
    rest = resources.rest(finding.resources[:5], finding, language)
    return [*phrases.details(finding.details, finding, language), *rest]


def _list(values: Sequence[str], finding: Finding) -> list[str]:
    return [inert(phrases.prose(value, finding), 120) for value in values[:100]]


def description(finding: Finding, room: int) -> list[Block]:
    """Quote GuardDuty's description unless it only says the title again, and a title that the header cuts."""
    title, said = _bare(finding.title), finding.description
    if width(escape(finding.title)) > 100:
        said = said if title in _bare(said) else f"{finding.title} {said}"
    elif _bare(said) == title:
        said = ""
    text = plain(phrases.prose(said, finding), room)
    return [blocks.literal(text)] if text and room > 60 else []


def _bare(text: str) -> str:
    """Leave only letters and digits, to compare what two texts say."""
    return "".join(letter for letter in text.casefold() if letter.isalnum())
