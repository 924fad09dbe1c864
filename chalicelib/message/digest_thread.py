"""The replies in a digest's thread, which name its first findings: whose, what, who, when, each with its link."""

from collections.abc import Iterator, Sequence
from typing import Any

from chalicelib.message import blocks, digest_groups, digest_lines, phrases
from chalicelib.message.digest import MOST_REPLIES, NAMED_IN_A_REPLY, Digest, FoldedFinding
from chalicelib.message.digest_lines import say
from chalicelib.text import words
from chalicelib.text.untrusted import code, width

_TYPE, _ACCOUNT, _THING = 92, 34, 44
_SEVERITY = 20
_TITLE_ROOM = 400


def replies(digest: Digest, language: str) -> list[dict[str, Any]]:
    """Make the replies, at most ten of twenty: the most severe first, samples behind all that is real.

    A single finding needs none: the message says all of it.
    """
    if len(digest.findings) == 1:
        return []
    ranked = sorted(digest.ranked, key=lambda each: each.sample)
    starts = range(0, min(len(ranked), MOST_REPLIES * NAMED_IN_A_REPLY), NAMED_IN_A_REPLY)
    return [_page(digest, ranked, start, language) for start in starts]


def _page(digest: Digest, ranked: Sequence[FoldedFinding], start: int, language: str) -> dict[str, Any]:
    ends = min(start + NAMED_IN_A_REPLY, len(ranked))
    title = say("page", language, first=f"{start + 1:,}", last=f"{ends:,}")
    is_last = ends in (len(ranked), MOST_REPLIES * NAMED_IN_A_REPLY)
    left = _left(digest, len(ranked) - ends, language) if is_last and ends < len(ranked) else ""
    lines = (f"*{title}*", *_lines(digest, ranked[start:ends], language), *([left] if left else []))
    shown = [blocks.section(text) for text in _sections(lines)]
    return {"text": title, "blocks": shown, "unfurl_links": False, "unfurl_media": False}


def _left(digest: Digest, count: int, language: str) -> str:
    command = code(f"guardduty-notifier digest {digest.id} --stage {digest.stage}", 200)
    return say("left", language, count=f"{count:,}", command=command)


def _lines(digest: Digest, findings: Sequence[FoldedFinding], language: str) -> list[str]:
    """Name them; where they have no room together their links lead past the portal, and then there are none."""
    lines: list[str] = []
    for portal in (digest.access_portal, "", None):
        lines = [_line(each, portal, language) for each in findings]
        if sum(map(width, lines)) <= blocks.MESSAGE_LIMIT - _TITLE_ROOM:
            break
    return lines


def _line(finding: FoldedFinding, portal: str | None, language: str) -> str:
    name = phrases.named(finding.account_name, finding.account) if finding.account_name else finding.account
    when = digest_groups.moment(finding.at)
    mark = words.sentence("sample_mark", language, {}) if finding.sample else ""
    address = "" if portal is None else digest_lines.finding_link(finding, portal)
    pieces = (
        phrases.severity(finding.severity, language)[:_SEVERITY],
        mark,
        code(finding.type, _TYPE),
        digest_lines.account(name, _ACCOUNT),
        digest_lines.thing(finding.resources[0], _THING) if finding.resources else "",
        digest_lines.host(finding.hosts[0], _THING) if finding.hosts else "",
        phrases.clock(when) if when else "",
        digest_lines.link(address, words.label("open_finding", language)),
    )
    return f"• {phrases.BETWEEN.join(filter(None, pieces))}"


def _sections(lines: Sequence[str]) -> Iterator[str]:
    """Put as many lines together as a section takes."""
    taken: list[str] = []
    for line in lines:
        if taken and width("\n".join((*taken, line))) > blocks.SECTION_LIMIT:
            yield "\n".join(taken)
            taken = []
        taken.append(line)
    yield "\n".join(taken)
