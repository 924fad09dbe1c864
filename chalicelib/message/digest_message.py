"""What a digest's message says: how bad, how many, whose, why it is one message, what to do, then each type.

It is bounded: the first types have a paragraph, others a line, and of the rest it says how many there are.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from chalicelib.finding.model import Finding, Severity
from chalicelib.message import (
    blocks,
    console_links,
    digest_groups,
    digest_lines,
    guide_links,
    notes,
    phrases,
    signs,
)
from chalicelib.message.blocks import Block
from chalicelib.message.context import Note
from chalicelib.message.digest import Digest
from chalicelib.message.digest_groups import FindingGroup
from chalicelib.message.digest_lines import ConsoleDoor, say
from chalicelib.text import words
from chalicelib.text.untrusted import clean, code, defang, inert, plain, shorten, width

_WHOLE, _BRIEF = 6, 12
"""Types that have a paragraph, and then those that have a line."""
_ROOM = blocks.MESSAGE_LIMIT - 500
"""Units of a message: the rest is for the answer that is put on it."""
_BRIEF_ROOM = 2400
_PLAIN_ROOM = 3600
"""Units of a text without blocks: the same."""


def render(digest: Digest, language: str) -> dict[str, Any]:
    """Make the message."""
    overview = _overview(digest, language)
    sections = (_called(digest, _why(overview)), _noted(overview), _what_to_do(overview))
    above = [
        blocks.header(plain(_headline(overview), blocks.HEADER_LIMIT)),
        *(blocks.section(text) for text in sections if text),
        *blocks.buttons(_buttons(overview)),
    ]
    shown = [*above, *_groups(overview, _ROOM - blocks.size(above))]
    return {"text": _notification(overview), "blocks": shown, "unfurl_links": False, "unfurl_media": False}


def render_plain(digest: Digest, language: str) -> dict[str, Any]:
    """Make the message without blocks, where Slack refuses those."""
    overview = _overview(digest, language)
    above = (
        _called(digest, f"*{inert(_headline(overview))}*"),
        _why(overview),
        _noted(overview),
        _what_to_do(overview),
        phrases.BETWEEN.join(digest_lines.link(url, label) for _, label, url in _buttons(overview)),
    )
    said = "\n".join(filter(None, above))
    listed = _brief(overview.groups, language, _PLAIN_ROOM - width(said))
    return {"text": "\n".join((said, *listed)), "unfurl_links": False, "unfurl_media": False}


class _DigestOverview(NamedTuple):
    digest: Digest
    language: str
    all: FindingGroup
    groups: list[FindingGroup]
    """By type, the most severe first."""
    through: ConsoleDoor


def _overview(digest: Digest, language: str) -> _DigestOverview:
    through = ConsoleDoor(digest.access_portal, console_links.execution_account(digest.execution))
    return _DigestOverview(digest, language, *digest_groups.counted(digest.findings), through)


# --- what is said of all of them ---


def _headline(overview: _DigestOverview) -> str:
    """Say it in one line, which is not fit for Slack yet."""
    language, all_ = overview.language, overview.all
    only_samples = all_.samples == all_.number
    sign = signs.GREY_SIGN if only_samples else signs.SIGNS[Severity.of(all_.severity)]
    mark = words.sentence("sample_mark", language, {}) if only_samples else ""
    how_bad = digest_lines.severity(all_, language)
    return f"{sign} {phrases.BETWEEN.join(filter(None, (mark, how_bad, _how_many(overview))))}"


def _how_many(overview: _DigestOverview) -> str:
    language, all_ = overview.language, overview.all
    findings = digest_lines.counted("findings", all_.number, language)
    if overview.digest.at_least:
        findings = say("at_least", language, findings=findings)
    key = "single" if all_.number == 1 and not overview.digest.at_least else "what"
    return say(
        key,
        language,
        findings=findings,
        types=_name_or_count("types", [each.type for each in overview.groups], 60, language),
        accounts=_name_or_count("accounts", [all_.names[each] for each in all_.accounts], 36, language),
    )


def _name_or_count(key: str, names: Sequence[str], limit: int, language: str) -> str:
    if len(names) > 1:
        return digest_lines.counted(key, len(names), language)
    return shorten(clean(defang(names[0])), limit) or words.sentence("unknown", language, {})


def _notification(overview: _DigestOverview) -> str:
    """Say the essentials in one line: what notifications show."""
    first = [f"{shorten(clean(defang(each.type)), 60)} ×{each.number:,}" for each in overview.groups[:2]]
    more = digest_lines.left_out(overview.groups[2:], overview.language)
    said = (_headline(overview), *(first if len(overview.groups) > 1 else ()), more)
    return _called(overview.digest, inert(phrases.BETWEEN.join(filter(None, said)), 400))


def _called(digest: Digest, text: str) -> str:
    """Call whom the route of the most severe finding calls that calls anybody; nobody for samples."""
    calls = (each.mention for each in digest.ranked if each.mention and not each.sample)
    called = next(calls, "")
    return f"{notes.mention(called)} {text}" if called else text


def _why(overview: _DigestOverview) -> str:
    """Say how many of which severity, where there are several, and why it is one message."""
    minute = phrases.moment(overview.digest.begins)
    why = say(words.plural("why", overview.all.number), overview.language, minute=minute)
    return "\n".join(filter(None, (_bands(overview), why)))


def _bands(overview: _DigestOverview) -> str:
    real = (each for each in overview.digest.findings if not each.sample)
    counts = Counter(Severity.of(each.severity) for each in real)
    said = [
        say("band", overview.language, count=f"{counts[band]:,}", band=words.band(band, overview.language))
        for band in reversed(Severity)
        if counts[band]
    ]
    return phrases.BETWEEN.join(said) if len(said) > 1 else ""


def _noted(overview: _DigestOverview) -> str:
    digest, samples = overview.digest, overview.all.samples
    channel, error = digest.refused
    noted = (
        [Note("possibly_repeated")] if digest.repeated else [],
        [Note("channel_refused", {"channel": channel, "error": error})] if channel else [],
        [Note("sample")] if samples == overview.all.number == 1 else [],
    )
    said = notes.sentences((each for some in noted for each in some), overview.language)
    if digest.at_least:
        said.append(say("may_be_more", overview.language))
    if samples == overview.all.number > 1:
        said.append(say("samples_alone", overview.language))
    elif 0 < samples < overview.all.number:
        said.append(digest_lines.counted("samples", samples, overview.language))
    return "\n".join(said)


def _what_to_do(overview: _DigestOverview) -> str:
    """Lead to what is to be done about the most severe type, and to all findings."""
    language, first = overview.language, overview.groups[0]
    guide = "" if overview.all.samples == overview.all.number else _guide(overview, first)
    if guide and len(overview.groups) > 1:
        guide = say("first", language, type=digest_lines.type_(first, language), guide=guide)
    asked = f"guardduty-notifier digest {overview.digest.id} --stage {overview.digest.stage}"
    command = say("in_full", language, command=code(asked, 200))
    label = f"*{words.label('what_to_do', language)}*  "
    return "\n".join(filter(None, (f"{label}{guide}" if guide else "", command)))


def _guide(overview: _DigestOverview, group: FindingGroup) -> str:
    """Link the team's runbook of a type, else AWS's page on what to do."""
    (partition, region), _ = min(group.regions.items(), default=(("aws", ""), 0))
    finding = Finding("", group.type, group.severity, "", region, partition=partition)
    runbook = guide_links.runbook_link(overview.digest.runbook, finding)
    url = runbook or guide_links.remediation_link(finding, overview.language)
    return digest_lines.link(url, words.label("runbook" if runbook else "guide", overview.language))


def _buttons(overview: _DigestOverview) -> list[tuple[str, str, str]]:
    """Lead to the findings, and to the execution that posts the digest."""
    execution = console_links.through_portal(
        overview.digest.access_portal, overview.through.administrator, overview.digest.execution
    )
    named = (
        _to_the_findings(overview),
        ("open_execution", words.label("open_execution", overview.language), execution),
    )
    return [each for each in named if console_links.opens(each[2])]


def _to_the_findings(overview: _DigestOverview) -> tuple[str, str, str]:
    """Lead to the only finding, else to those of the first type, in the region where most of them are."""
    if overview.all.number == 1:
        url = digest_lines.finding_link(overview.digest.findings[0], overview.digest.access_portal)
        return "open_finding", words.label("open_finding", overview.language), url
    found = [url for _, _, url in digest_lines.links(overview.groups[0], overview.through)]
    key = "open" if len(overview.groups) == 1 else "open_first"
    return "open_findings", say(key, overview.language), found[0] if found else ""


# --- its groups ---


def _groups(overview: _DigestOverview, room: int) -> list[Block]:
    """Make a paragraph of each of the first types, then lines of others, and say in numbers what is left out."""
    paragraphs = (
        digest_lines.whole(each, overview.language, overview.through) for each in overview.groups[:_WHOLE]
    )
    keep = _BRIEF_ROOM if len(overview.groups) > 1 else 0
    whole = digest_lines.as_many(paragraphs, room - keep)
    brief = _brief(overview.groups[len(whole) :], overview.language, _BRIEF_ROOM)
    return [blocks.section(text) for text in (*whole, "\n".join(brief)) if text]


def _brief(groups: Sequence[FindingGroup], language: str, room: int) -> list[str]:
    """Make a line of each of the first types, and say in numbers what is left out."""
    lines = (digest_lines.briefly(each, language) for each in groups[:_BRIEF])
    shown = digest_lines.as_many(lines, room - 150)
    return [*shown, *filter(None, [digest_lines.left_out(groups[len(shown) :], language)])]
