"""What stands under the colour: what a responder acts on, a line each, the most important first.

What has no room is counted, and stands in GuardDuty: nobody reads twenty rows.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from chalicelib.finding.model import Finding
from chalicelib.message import (
    action,
    blocks,
    evidence_lines,
    guide_links,
    headline,
    importance,
    lines,
    other_side,
    phrases,
    resource_lines,
    resources,
    summary,
    what_to_do,
)
from chalicelib.message.blocks import Block
from chalicelib.message.context import MessageContext
from chalicelib.message.lines import Line
from chalicelib.text import words
from chalicelib.text.untrusted import code, defang, escape, plain_lines, width

Maker = Callable[[Finding, MessageContext, str], Iterable[Line]]
"""Makes lines of a finding; the third is what stands above, and is not said again."""

MOST_LINES, MOST_OF_A_SEQUENCE = 8, 12
"""That a reader reads: GuardDuty has the rest."""
_SIGNALS = 12
_DESCRIPTION = 900

_TYPE = re.compile(r"[A-Za-z]{1,40}:[A-Za-z0-9]{1,40}/[A-Za-z0-9.&!-]{1,120}")
"""What a finding type looks like: a name that may be a link's label."""
_TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z?")


def what_happened(finding: Finding, language: str) -> str:
    """Say an attack sequence's steps in order; nothing for another finding."""
    steps = phrases.signals(finding.signals, finding)
    shown = phrases.fit(steps[:_SIGNALS], 1800, language)
    if not steps:
        return ""
    left = len(steps) - _SIGNALS
    more = [words.sentence("more", language, {"count": str(left)})] if left > 0 else []
    return "\n".join((f"*{words.label('signals', language)}*", shown, *more))


def under_the_colour(finding: Finding, context: MessageContext, said: str, room: int) -> list[Block]:
    """Make the sections under the colour.

    Args:
        said: what stands above: a value in it is not said again.
        room: units that all of it may have.
    """
    language = context.language
    shown, left_out = _shown(finding, context, said, room - 400)
    whole = "\n".join((said, *shown))
    described = _description(
        finding, context, whole, min(_DESCRIPTION, room - width(whole) + width(said) - 300)
    )
    last = _type(finding, left_out, language)
    return [
        *_sections(shown),
        *([blocks.literal(described)] if described else []),
        *([blocks.section(last)] if last else []),
    ]


def without_blocks(finding: Finding, context: MessageContext, said: str, room: int) -> list[str]:
    """Make the lines alone, for a message without blocks."""
    found, left_out = _shown(finding, context, said, room)
    return [*found, _type(finding, left_out, context.language)]


def _shown(finding: Finding, context: MessageContext, said: str, room: int) -> tuple[list[str], int]:
    kept, left_out = _kept(
        list(_lines(finding, context, said)), room, MOST_OF_A_SEQUENCE if finding.signals else MOST_LINES
    )
    return [f"*{row.label}*  {row.text}" for row in kept], left_out


def _kept(found: list[Line], room: int, most: int) -> tuple[list[Line], int]:
    """Keep as many lines as a reader reads, and count what they and the others leave out."""
    kept: list[Line] = []
    for row in found[:most]:
        room -= width(row.label) + width(row.text) + 5
        if room < 0:
            break
        kept.append(row)
    others = sum(1 + row.left_out for row in found[len(kept) :])
    return kept, sum(row.left_out for row in kept) + others


def _sections(shown: Sequence[str]) -> list[Block]:
    """Put the lines into as few sections as hold them."""
    sections: list[list[str]] = [[]]
    for each in shown:
        if sum(width(line) + 1 for line in (*sections[-1], each)) > blocks.SECTION_LIMIT:
            sections.append([])
        sections[-1].append(each)
    return [blocks.section("\n".join(each)) for each in sections if each]


def labelled(label: str, text: str, language: str) -> list[Block]:
    """Make a section under a label of ours, or nothing where there is nothing to say."""
    return [blocks.section(f"*{words.label(label, language)}*\n{text}")] if text else []


def _lines(finding: Finding, context: MessageContext, said: str) -> Iterator[Line]:
    """Make the lines in the order of their importance; what one says the next ones do not say again."""
    for make in _MAKERS:
        for line in make(finding, context, said):
            if line.text:
                said = f"{said}\n{line.text}"
                yield line


def _action(finding: Finding, context: MessageContext, said: str) -> list[Line]:
    label, pieces = action.described(finding, context.language, said)
    listed = lines.listed if label == "logins" else lines.line
    return [listed(label, pieces, context.language)] if pieces else []


def _credentials(finding: Finding, context: MessageContext, said: str) -> list[Line]:
    """Name every access key, who issued the sessions, and the people behind the others."""
    held = [each for each in finding.resources if resources.is_held(each)]
    keys = [code(key, 60) for key in what_to_do.keys(finding)]
    issuers = (phrases.known(each.issuer, finding, 140) for each in finding.actors)
    principals = (code(resources.detail(each, "principal_id").partition(":")[0], 60) for each in held[:3])
    people = (phrases.known(each.person, finding, 120) for each in held[1:20])
    roles = (phrases.known(each.name, finding, 120) for each in held[:1])
    beside = [piece for piece in (*issuers, *roles, *principals, *people) if piece and piece not in said]
    shown = list(dict.fromkeys((*(keys if len(keys) > 1 or (keys and keys[0] not in said) else []), *beside)))
    return [lines.listed("credentials", shown, context.language)] if shown else []


def _public(finding: Finding, context: MessageContext, said: str) -> list[Line]:
    """Say what is public, where it is not the only thing that the finding is about."""
    names = [resources.named(each) for each in importance.ordered(finding) if each.public]
    alone = len(importance.things(finding)) == 1
    return [] if alone or not names else [lines.listed("public_ones", names, context.language)]


def _process(finding: Finding, context: MessageContext, said: str) -> list[Line]:
    found = phrases.processes(finding.processes[:20], finding, context.language)
    room = lines.ROOM if len(found) == 1 else lines.LIST_ROOM
    left = max(len(finding.processes) - 20, 0)
    return [lines.listed("process", found, context.language, room, left)] if found else []


def _unit(finding: Finding, context: MessageContext, said: str) -> list[Line]:
    """Name the organizational unit, where the summary has no room for it."""
    unit = summary.organizational_unit(context)
    return [lines.line("organizational_unit", [unit], context.language)] if unit and unit not in said else []


def _tags(finding: Finding, context: MessageContext, said: str) -> list[Line]:
    """Show the tags that the summary has not, those that say whose it is first."""
    owner = phrases.owner_tag(finding)
    names = {("Name", each.name) for each in finding.resources}
    new = [
        each
        for each in phrases.tags(finding)
        if each != owner and tuple(each) not in names and not each.key.startswith("aws:")
    ]
    shown = [phrases.tag(each, finding) for each in new]
    return [lines.line("tags", shown, context.language, room=250)] if shown else []


def _words(label: str) -> Maker:
    """Make the line of a member that holds somebody's words."""

    def made(finding: Finding, context: MessageContext, said: str) -> list[Line]:
        found: str | Sequence[str] = getattr(finding, label)
        values = [found] if isinstance(found, str) else found
        return lines.of_texts(label, values, finding, context.language)

    return made


_MAKERS: tuple[Maker, ...] = (
    _action,
    _credentials,
    _public,
    other_side.described,
    evidence_lines.threat,
    _process,
    evidence_lines.runtime,
    resource_lines.described,
    evidence_lines.unusual,
    evidence_lines.observed,
    _words("tactics"),
    _unit,
    _tags,
    _words("custom_rule"),
    evidence_lines.rest,
    _words("techniques"),
)
"""What makes the lines, in the order of their importance to a responder."""


def _type(finding: Finding, left_out: int, language: str) -> str:
    """Name the finding's type, which leads to AWS's page on it, and how much more GuardDuty has."""
    link = guide_links.type_link(finding, language) if _TYPE.fullmatch(finding.type) else ""
    about = f"<{escape(link)}|{escape(finding.type)}>" if link else code(defang(finding.type), 320)
    more = words.sentence("more_in_guardduty", language, {"count": str(left_out)}) if left_out else ""
    return phrases.BETWEEN.join(filter(None, (about, more)))


def _description(finding: Finding, context: MessageContext, said: str, room: int) -> str:
    """Quote GuardDuty's description where it says what nothing else does, and a title that no headline says."""
    text, title = finding.description.strip(), headline.title_of(finding)
    parts = [] if headline.says_title(finding, context) or not finding.title else [title]
    parts += [text] if text and _says_more(text, f"{said}\n{title}") else []
    whole = text if text.startswith(title) else " ".join(parts)
    return plain_lines(phrases.prose(whole, finding), room) if parts and room > 60 else ""


def _says_more(text: str, said: str) -> bool:
    """Whether it has several lines, or names what stands nowhere else."""
    if "\n" in text:
        return True
    known = _bare(said)
    names = (word.strip(".,;:()[]'\"") for word in text.split())
    return any(len(word) > 4 and _is_name(word) and _bare(word) not in known for word in names)


def _is_name(word: str) -> bool:
    """Know an identifier, an address or a path from a word of prose; times stand above."""
    return not _TIME.fullmatch(word) and any(letter.isdigit() or letter in "/:_@." for letter in word)


def _bare(text: str) -> str:
    """Leave only letters and digits, to compare what two texts say."""
    return "".join(letter for letter in text.casefold() if letter.isalnum())
