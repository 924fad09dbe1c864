"""Who acts, and who is on the other side, in a few words: a person, a caller, a host."""

import re

from chalicelib.finding.model import Actor, Direction, Finding, Resource
from chalicelib.message import phrases, resources
from chalicelib.message.context import MessageContext
from chalicelib.text import words
from chalicelib.text.untrusted import code, defang, inert

WHO = ("access_key", "kubernetes_user", "rds_user")
"""Kinds of resources that are somebody who acts."""

_ROLE = re.compile(r":role/(?:.*/)?([^/]+)$")
_NAME = 64


def caller(finding: Finding, context: MessageContext) -> str:
    """Name who called: a user or role and the person behind it, a user of Kubernetes or a database, an account."""
    who = next((each for each in finding.resources if each.kind in WHO), None)
    first = finding.actors[0] if finding.actors else Actor()
    account = remote_account(first, context)
    if who and finding.signals:
        return _acting(first, finding, context) or resources.thing(who, finding, context.language)
    if who:
        said = resources.thing(who, finding, context.language)
        outside = first.account and first.account not in (finding.account_id, who.account_id)
        return f"{said}, {account}" if outside and account else said
    return _acting(first, finding, context) or account


def _acting(each: Actor, finding: Finding, context: MessageContext) -> str:
    """Name the one who acted in an attack sequence: user or role, session, whether with MFA."""
    if not each.user:
        return ""
    language = context.language
    role = _ROLE.search(each.issuer)
    name = role[1] if role else each.user
    who = phrases.known(name, finding, _NAME)
    who = f"{words.kind('iam_role', language)} {who}" if role else who
    person = next((said for said in (each.person, each.user) if said and said != name), "")
    session = words.sentence("with_session", language, {"session": phrases.known(person, finding, _NAME)})
    session = session if person else ""
    no_mfa = words.sentence("no_mfa", language, {}) if each.mfa == "no" else ""
    return words.sentence("comma", language, {}).join(filter(None, (who, session, no_mfa)))


def remote_account(each: Actor, context: MessageContext) -> str:
    """Name the account or the AWS service that called, and whether the account is ours."""
    language = context.language
    if each.service and not each.account:
        return words.sentence("by_service", language, {"service": code(defang(each.service), 80)})
    if not each.account:
        return ""
    name = context.other_accounts.get(each.account, "")
    ours = bool(name) or each.ours == "yes"
    about = [code(name, 80)] if name else []
    about += (
        [words.sentence("ours" if ours else "not_ours", language, {})] if ours or each.ours == "no" else []
    )
    values = {"account": code(defang(each.account), 80), "about": ", ".join(about)}
    return words.sentence("by_account_known" if about else "by_account", language, values)


def host(each: Actor, finding: Finding) -> str:
    """Name a host: address and port, the domain, where it is."""
    named = phrases.endpoint(each.address, each.port, finding)
    beside = (
        phrases.endpoint(each.other_address, "", finding),
        code(defang(each.domain), 120) if each.domain != each.address else "",
    )
    if not named:
        named, beside = beside[0] or beside[1], ("", beside[1] if beside[0] else "")
    place = (
        inert(phrases.prose(part, finding), 60) for part in ("" if beside[1] else each.city, each.country)
    )
    known = ", ".join(filter(None, beside))
    return ", ".join(filter(None, (f"{named} ({known})" if known else named, *place)))


def hosts(finding: Finding, language: str, *, brief: bool = False) -> str:
    """Name the hosts on the other side: the first, how many more; or the domain that was asked for.

    Args:
        brief: without the first one's place.
    """
    found = [each for each in finding.actors if each.address or each.domain or each.other_address]
    if finding.direction is Direction.ASKED_FOR:
        asked = [code(defang(each), 140) for each in finding.domains]
        if asked:
            return _and_more(asked[0], len(asked) - 1, language)
    if finding.signals and found:
        found = [each for each in found if each.direction is finding.direction] or found
    if not found:
        return ""
    first = found[0]._replace(city="", country="") if brief else found[0]
    return _and_more(host(first, finding), len(found) - 1, language)


def _and_more(named: str, more: int, language: str) -> str:
    return words.sentence("and_more", language, {"what": named, "count": str(more)}) if more else named


def is_somebody(each: Resource) -> bool:
    """Know a resource that acts from one that is acted on."""
    return each.kind in WHO
