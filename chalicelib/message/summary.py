"""What a phone shows first: severity and title, then what, where, whose, by whom and when in one breath."""

from collections.abc import Callable

from chalicelib.finding.model import Finding
from chalicelib.message import phrases, resources
from chalicelib.message.context import MessageContext
from chalicelib.text import words
from chalicelib.text.untrusted import code, defang, defang_urls, inert, shorten, width


def heading(finding: Finding, language: str, limit: int, make: Callable[[str, int], str]) -> str:
    """Say severity, mark and title: ``High 8.0 · SAMPLE · SSH brute force attempts against i-0abc…``."""
    marks = [mark for mark, holds in (("SAMPLE", finding.sample), ("TEST", finding.test)) if holds]
    before = phrases.BETWEEN.join((phrases.severity(finding.severity, language), *marks, ""))
    return before + make(phrases.prose(finding.title or finding.type, finding), limit - width(before))


def sentence(finding: Finding, context: MessageContext) -> str:
    """Say what, where, whose, by whom and when in one breath."""
    language = context.language
    key, value = phrases.owner(finding)
    whose = {"key": words.label(key, language), "value": phrases.known(value, finding, 120)}
    by_whom = {"actor": _first_actor(finding)}
    who = (
        words.sentence("whose", language, whose) if key else "",
        words.sentence("by_whom", language, by_whom) if by_whom["actor"] else "",
    )
    apart, between = (words.sentence(name, language, {}) for name in ("apart", "between"))
    whom = between.join(filter(None, who))
    said = (mark(finding, language), where(finding, context), whom, _when(finding, language))
    return apart.join(filter(None, said))


def mark(finding: Finding, language: str) -> str:
    """Say that nothing happened, where the finding is a sample or a test."""
    keys = [key for key, holds in (("sample", finding.sample), ("test", finding.test)) if holds]
    return " ".join(words.sentence(key, language, {}) for key in keys)


def where(finding: Finding, context: MessageContext) -> str:
    """Say which resource it is about, in which account and region."""
    language = context.language
    values = {"account": account(finding, context), "region": code(finding.region, 80)}
    if not finding.resources:
        return words.sentence("where_account", language, values)
    first, more = finding.resources[0], len(finding.resources) - 1
    shown = code(phrases.short(first), 200)
    values |= {"kind": resources.kind(first, language), "resource": shown, "more": str(more)}
    return words.sentence("where_several" if more else "where", language, values)


def account(finding: Finding, context: MessageContext) -> str:
    """Name the account: ``payments-prod (111122223333)``."""
    return code(phrases.named(context.account.name, finding.account_id), 220)


def organizational_unit(context: MessageContext) -> str:
    """Name the organizational units above the account, the nearest last; nothing where there is none.

    AWS Organizations gives ids only, with the organisation and the root before and the account behind:
    ``o-exampleorgid/r-ab12/ou-ab12-payments1/111122223333/``.
    """
    units = [part for part in context.account.ou_path.split("/") if part.startswith("ou-")]
    return code("/".join(units), 220)


def _first_actor(finding: Finding) -> str:
    for each in finding.actors:
        if said := each.address or each.user or each.account:
            country = inert(phrases.prose(each.country, finding), 60)
            who = phrases.known(defang(shorten(said, 120)), finding, 140)
            return f"{who} ({country})" if country else who
    return ""


def _when(finding: Finding, language: str) -> str:
    last = phrases.moment(finding.last_seen or finding.updated_at)
    key = "often" if finding.count > 1 else "once"
    return words.sentence(key, language, {"last": last, "count": str(finding.count)}) if last else ""


def notification(finding: Finding, context: MessageContext) -> str:
    """Say the essentials in one line: what notifications show and screen readers read."""
    named = phrases.named(context.account.name, finding.account_id)
    resource = phrases.short(finding.resources[0]) if finding.resources else ""
    pieces = (
        heading(finding, context.language, 400, inert),
        inert(phrases.prose(named, finding)),
        inert(phrases.prose(finding.region, finding), 80),
        inert(phrases.prose(resource, finding), 200),
        inert(defang_urls(finding.type)),
    )
    return phrases.BETWEEN.join(filter(None, pieces))
