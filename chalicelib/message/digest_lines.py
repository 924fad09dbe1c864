"""What a digest says of the findings of one type: how bad, how many, whose, what, who, when, and where to look.

Names are hostile: they get into the lines as code, the domains among them defanged.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import NamedTuple

from chalicelib.message import console_links, digest_groups, phrases
from chalicelib.message.digest import FoldedFinding
from chalicelib.message.digest_groups import FindingGroup
from chalicelib.text import words
from chalicelib.text.untrusted import code, defang, defang_urls, escape, width

_ACCOUNTS, _THINGS, _REGIONS = 4, 3, 2
"""That are named of a type."""
_TYPE, _ACCOUNT, _WHOLE_ACCOUNT, _THING, _REGION = 130, 50, 90, 70, 30
_LONGEST_URL = 600
"""Of a link within a text: longer ones are only made of hostile types."""
_HALF_A_DAY = timedelta(hours=12)


class ConsoleDoor(NamedTuple):
    """Through what a console is opened."""

    portal: str
    administrator: str
    """The account of the stack, which is GuardDuty's administrator and lists the findings of all."""


def severity(group: FindingGroup, language: str) -> str:
    """Name the highest severity: ``High 8.0``, ``High 8.0 at most`` where there are others."""
    highest = phrases.severity(group.severity, language)
    return highest if group.lowest == group.severity else say("highest", language, severity=highest)


def counted(key: str, count: int, language: str) -> str:
    """Say how many: ``1 finding``, ``2 findings``."""
    return say(words.plural(key, count), language, count=f"{count:,}")


def whole(group: FindingGroup, language: str, through: ConsoleDoor) -> str:
    """Make a paragraph of a group."""
    when_and_where = filter(None, (times(group, language), _regions(group, language, through)))
    lines = (
        _heading(group, language),
        _accounts(group, language),
        _things("resource", group.resources, group, language),
        _things("host", group.hosts, group, language),
        phrases.BETWEEN.join(when_and_where),
    )
    return "\n".join(filter(None, lines))


def briefly(group: FindingGroup, language: str) -> str:
    """Make a line of a group."""
    accounts = counted("accounts", len(group.accounts), language)
    return phrases.BETWEEN.join(filter(None, (_heading(group, language), accounts, times(group, language))))


def left_out(groups: Sequence[FindingGroup], language: str) -> str:
    """Say in numbers what is not shown; nothing where all is."""
    if not groups:
        return ""
    highest = max(each.severity for each in groups)
    same = min(each.lowest for each in groups) == highest
    shown = phrases.severity(highest, language)
    return say(
        words.plural("more_types", len(groups)),
        language,
        count=f"{len(groups):,}",
        findings=counted("findings", sum(each.number for each in groups), language),
        severity=shown if same else say("highest", language, severity=shown),
    )


def type_(group: FindingGroup, language: str) -> str:
    """Name the type, literally."""
    return code(group.type, _TYPE) or words.sentence("unknown", language, {})


def times(group: FindingGroup, language: str) -> str:
    """Say from when to when GuardDuty saw them."""
    if not group.first or not group.last:
        return ""
    if group.last - group.first < timedelta(minutes=1):
        return phrases.moment(group.last)
    near = group.last - group.first < _HALF_A_DAY
    last = phrases.clock(group.last) if near else phrases.moment(group.last)
    return say("times", language, first=phrases.moment(group.first), last=last)


def links(group: FindingGroup, through: ConsoleDoor) -> list[tuple[str, int, str]]:
    """Lead to the findings of the type in GuardDuty's console: region, how many, address; the most first.

    One account's findings open in that account, several accounts' where GuardDuty lists those of all.
    """
    account = group.account or through.administrator
    return [
        (region, count, console_links.through_portal(through.portal, account, url))
        for (partition, region), count in digest_groups.most(group.regions)
        if (url := console_links.findings_link(partition, region, group.type))
    ]


def finding_link(finding: FoldedFinding, portal: str) -> str:
    """Lead to one finding in GuardDuty's console."""
    url = console_links.finding_link(finding.partition, finding.region, finding.id)
    return console_links.through_portal(portal, finding.account, url)


def link(url: str, label: str) -> str:
    """Make a link of a text; nothing where the address is none, or too long for a text."""
    return f"<{escape(url)}|{label}>" if console_links.is_address(url) and len(url) <= _LONGEST_URL else ""


def account(name: str, limit: int = _ACCOUNT) -> str:
    """Show an account's name, literally."""
    return code(defang(name), limit)


def thing(name: str, limit: int = _THING) -> str:
    """Show a resource's name, literally: of a bucket the dots stay."""
    return code(defang_urls(name), limit)


def host(name: str, limit: int = _THING) -> str:
    """Show an address or a domain, literally."""
    return code(defang(name), limit)


def as_many(lines: Iterable[str], room: int) -> list[str]:
    """Take the first lines that have room together."""
    taken: list[str] = []
    for line in lines:
        room -= width(line) + 1
        if room < 0:
            break
        taken.append(line)
    return taken


def say(key: str, language: str, **values: str) -> str:
    """Say a text of digests."""
    return words.catalogue(language).digest[key].format_map(values)


def _heading(group: FindingGroup, language: str) -> str:
    mark = words.sentence("sample_mark", language, {})
    all_samples = group.samples == group.number
    samples = mark if all_samples else f"{mark} ×{group.samples:,}" if group.samples else ""
    findings = counted("findings", group.number, language) if group.number > 1 else ""
    pieces = (f"*{severity(group, language)}*", type_(group, language), findings, samples)
    return phrases.BETWEEN.join(filter(None, pieces))


def _accounts(group: FindingGroup, language: str) -> str:
    """Name the first accounts; a single one by its id too."""
    if group.account:
        name = group.names[group.account]
        shown = {group.account: account(phrases.named(name, group.account), _WHOLE_ACCOUNT)}
    else:
        shown = {
            each: account(group.names[each]) for each, _ in digest_groups.most(group.accounts)[:_ACCOUNTS]
        }
    left = len(group.accounts) - len(shown)
    more = counted("more_accounts", left, language) if left else ""
    return _listed("account", group.accounts, shown, more, group, language)


def _things(what: str, counts: Counter[str], group: FindingGroup, language: str) -> str:
    """Name the first resources, or hosts; not all of a finding's were kept perhaps."""
    show, is_cut = (thing, group.more_resources) if what == "resource" else (host, group.more_hosts)
    shown = {each: show(each) for each, _ in digest_groups.most(counts)[:_THINGS]}
    left = len(counts) - len(shown)
    more = say("more_at_least" if is_cut else "more", language, count=f"{left:,}") if left else ""
    return _listed(
        what, counts, shown, more or (say("perhaps_more", language) if is_cut else ""), group, language
    )


def _listed(
    what: str, counts: Counter[str], shown: Mapping[str, str], more: str, group: FindingGroup, language: str
) -> str:
    """Say each with the number of its findings, unless that is all of them."""
    named = [
        _times(text, 1 if counts[each] == group.number else counts[each]) for each, text in shown.items()
    ]
    said = phrases.BETWEEN.join(filter(None, (*named, more)))
    return f"{say(words.plural(what, len(counts)), language)}: {said}" if any(named) else ""


def _regions(group: FindingGroup, language: str, through: ConsoleDoor) -> str:
    """Name the first regions, each leading to its findings."""
    if not group.regions:
        return ""
    urls = {region: url for region, _, url in links(group, through)}
    alone = len(group.regions) == 1
    named = [
        _times(_region(region, urls.get(region, "")), 1 if alone else count)
        for (_, region), count in digest_groups.most(group.regions)[:_REGIONS]
    ]
    left = len(group.regions) - len(named)
    said = [counted("more_regions", left, language)] if left else []
    return say("in_guardduty", language, regions=phrases.BETWEEN.join((*filter(None, named), *said)))


def _region(name: str, url: str) -> str:
    """Link a region's findings; a text that is no region's name is shown literally."""
    return (link(url, name) if console_links.is_region(name) else "") or code(name, _REGION)


def _times(name: str, count: int) -> str:
    return f"{name} ×{count:,}" if name and count > 1 else name
