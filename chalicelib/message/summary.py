"""What a reader sees first: who did what to whom, whose it is, since when. Three lines."""

from dataclasses import replace
from datetime import timedelta

from chalicelib.finding.model import Direction, Finding, Resource
from chalicelib.message import importance, phrases, resources, who
from chalicelib.message.context import MOST_ON_RESOURCE, MessageContext
from chalicelib.text import words
from chalicelib.text.untrusted import code, inert

_SAME_DAY = timedelta(hours=12)
_DAYS = 7
_BUDGET = 290
"""Characters that a reader sees of the summary: beyond them the organizational unit is left out first."""
_LONG = 70
"""Characters of whoever called, beside which the place of the host is left to the details."""
_GROUPS = 2
"""Of kinds that an attack sequence's first sentence counts."""


def lines(finding: Finding, context: MessageContext) -> list[str]:
    """Say what happened to what, whose it is, when; first that nothing did, where it is a sample or a test."""
    first = " ".join(filter(None, (mark(finding, context.language), what(finding, context))))
    last = when(finding, context)
    room = _BUDGET - phrases.seen(first) - phrases.seen(last)
    where = whose(finding, context)
    if phrases.seen(where) > room:
        where = whose(finding, replace(context, account=context.account._replace(ou_path="", ou_names="")))
    return [line for line in (first, where, last) if line]


def mark(finding: Finding, language: str) -> str:
    """Say that nothing happened, where the finding is a sample or a test."""
    keys = [key for key, holds in (("sample", finding.sample), ("test", finding.test)) if holds]
    return " ".join(words.sentence(key, language, {}) for key in keys)


def what(finding: Finding, context: MessageContext) -> str:
    """Say who did what to whom, as far as the finding says it."""
    language = context.language
    if not finding.resources and not finding.actors:
        return ""
    values = {
        "what": _object(finding, context),
        "who": (caller := who.caller(finding, context)),
        "host": who.hosts(finding, language, brief=len(caller) > _LONG),
        "process": _process(finding),
    }
    key = _key(finding.direction, values)
    key = key.replace("direction_called_by", "acted") if finding.signals else key
    return words.sentence("full_stop", language, {"said": words.sentence(key, language, values)})


def _key(direction: Direction, values: dict[str, str]) -> str:
    """Choose the sentence for what is known: nothing reads ``unknown`` in it."""
    if direction is Direction.RAN and values["process"]:
        return "direction_ran"
    if direction in (Direction.CALLED_BY, Direction.LOGGED_IN_FROM):
        known = [name for name in ("who", "host") if values[name]]
        ending = "" if len(known) == len(("who", "host")) else f"_{known[0]}" if known else ""
        return f"direction_{direction}{ending}" if known else "direction_only"
    if values["host"]:
        return f"direction_{direction}" if direction and direction is not Direction.RAN else "direction_none"
    return "direction_only"


def _object(finding: Finding, context: MessageContext) -> str:
    """Name what it is about, and how many more of the same place; of a call by somebody of ours the call."""
    language = context.language
    api = _call(finding)
    if finding.signals:
        found = importance.counts(finding, language, code, public=False)
        shown = _named_public(finding, language, words.sentence("comma", language, {}).join(found[:_GROUPS]))
        return (
            shown if len(found) <= _GROUPS else _and_more(shown, len(found) - _GROUPS, language, "more_kinds")
        )
    about = [each for each in importance.things(finding) if not (api and who.is_somebody(each))]
    if not about:
        return api or (resources.thing(finding.resources[0], finding, language) if finding.resources else "")
    here = [each for each in about[1:] if _place(each, finding) == (finding.account_id, finding.region)]
    thing = resources.thing(about[0], finding, language)
    thing = words.sentence("public_one", language, {"what": thing}) if about[0].public else thing
    named = _and_more(thing, len(here), language, "and_more")
    return words.sentence("call_on", language, {"api": api, "what": named}) if api else named


def _named_public(finding: Finding, language: str, counted: str) -> str:
    public = [each for each in importance.ordered(finding) if each.public]
    names = phrases.fit((code(resources.called(each), 80) for each in public), 120, language, ", ")
    return (
        words.sentence("public_named", language, {"what": counted, "count": str(len(public)), "names": names})
        if public
        else counted
    )


def _and_more(named: str, more: int, language: str, key: str) -> str:
    return words.sentence(key, language, {"what": named, "count": str(more)}) if more else named


def _call(finding: Finding) -> str:
    """Name the call that was made: ``iam:CreateAccessKey``; of Kubernetes verb and kind."""
    said = {one.label: one.value for one in reversed(finding.action)}
    if "api" in said:
        service = said.get("service", "").removesuffix(".amazonaws.com")
        return phrases.known(":".join(filter(None, (service, said["api"]))), finding, 64)
    if "verb" in said:
        return phrases.known(
            " ".join(filter(None, (said["verb"], said.get("kubernetes_resource", "")))), finding, 120
        )
    return ""


def _process(finding: Finding) -> str:
    first = finding.processes[0] if finding.processes else None
    return phrases.known(first.path or first.name, finding, 64) if first else ""


def whose(finding: Finding, context: MessageContext) -> str:
    """Say in which account, region and organizational unit, and who owns it; then where else there is more of it."""
    language = context.language
    where = [account(finding.account_id, context), _region(finding.region, finding)]
    unit = organizational_unit(context)
    where += [words.sentence("in_unit", language, {"unit": unit})] if unit else []
    place = words.sentence(
        "in_account", language, {"place": words.sentence("place_between", language, {}).join(where)}
    )
    elsewhere = _elsewhere(finding, context)
    said = (
        words.sentence("elsewhere", language, {"place": place, "elsewhere": elsewhere})
        if elsewhere
        else place
    )
    return words.sentence("between", language, {}).join(
        (words.sentence("full_stop", language, {"said": said}), _owner(finding, language))
    )


def _owner(finding: Finding, language: str) -> str:
    key, value = phrases.owner(finding)
    if not key:
        return words.sentence("owner_none", language, {})
    said = {"key": words.label(key, language), "value": phrases.known(value, finding, 64)}
    return words.sentence("whose", language, said)


def account(account_id: str, context: MessageContext) -> str:
    """Name an account: ``payments-prod`` (111122223333)."""
    name = context.account.name if account_id else ""
    identifier = inert(account_id, 60)
    return f"{code(name, 64)} ({identifier})" if name and name != account_id else code(account_id, 60)


def _region(region: str, finding: Finding) -> str:
    return inert(phrases.prose(region, finding), 80)


def organizational_unit(context: MessageContext) -> str:
    """Name the organizational units above the account, the nearest last; nothing where there is none.

    Where AWS Organizations gave no names, the nearest one's id: ids say nothing to a reader. The organisation and the
    root stand before, the account behind: ``o-exampleorgid/r-ab12/ou-ab12-payments1/111122223333/``.
    """
    units = [part for part in context.account.ou_path.split("/") if part.startswith("ou-")]
    return code(context.account.ou_names or (units[-1] if units else ""), 64)


def _place(each: Resource, finding: Finding) -> tuple[str, str]:
    return each.account_id or finding.account_id, each.region or finding.region


def _elsewhere(finding: Finding, context: MessageContext) -> str:
    """Say how many more there are in other accounts and regions, and where."""
    language = context.language
    own = (finding.account_id, finding.region)
    places = [place for each in importance.things(finding) if (place := _place(each, finding)) != own]
    if not places:
        return ""
    ids = list(dict.fromkeys(account_id for account_id, _ in places))
    regions = list(dict.fromkeys(region for _, region in places))
    if len(set(places)) > 1:
        said = {"count": str(len(places)), "accounts": str(len(ids)), "regions": str(len(regions))}
        return words.sentence("more_in_places", language, said)
    other = ids[0]
    named = code(context.other_accounts.get(other, ""), 80)
    shown = f"{named} ({inert(other, 60)})" if named else code(other, 60)
    values = {"count": str(len(places)), "account": shown, "region": _region(regions[0], finding)}
    key = "more_in_region" if other == finding.account_id else "more_in_account"
    return words.sentence(key, language, values)


def when(finding: Finding, context: MessageContext) -> str:
    """Say how often and since when, and how often the resource was posted of late."""
    language = context.language
    last, first = finding.last_seen or finding.updated_at, finding.first_seen
    near = bool(first and last and last - first < _SAME_DAY)
    values = {
        "count": f"{len(finding.signals) or finding.count:,}",
        "first": phrases.moment(first),
        "last": phrases.clock(last) if near else phrases.moment(last),
    }
    kind = "signals" if finding.signals else "often" if finding.count > 1 else "once"
    if kind == "once":
        said = words.sentence("once", language, {"last": phrases.moment(last)}) if last else ""
    elif first and last and first != last:
        number = len(finding.signals)
        key = words.plural("signals_since", number) if number else "often_since"
        said = words.sentence(key, language, values)
    else:
        said = (
            words.sentence(f"{kind}_last", language, {**values, "last": phrases.moment(last)}) if last else ""
        )
    again = _again(context)
    return words.sentence("between", language, {}).join(filter(None, (said, again)))


def _again(context: MessageContext) -> str:
    if context.on_resource < 2:
        return ""
    nth = words.ordinal(context.on_resource, context.language)
    values = {"nth": nth, "count": str(context.on_resource), "days": str(_DAYS)}
    key = "on_resource_or_more" if context.on_resource >= MOST_ON_RESOURCE else "on_resource"
    return words.sentence(key, context.language, values)
