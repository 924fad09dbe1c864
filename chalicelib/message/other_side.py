"""The other side: who runs a host, where several are each of them, what they probed."""

from collections.abc import Iterator, Sequence

from chalicelib.finding.model import Actor, Direction, Finding
from chalicelib.message import lines, phrases, who
from chalicelib.message.context import MessageContext
from chalicelib.message.lines import Line
from chalicelib.text import words
from chalicelib.text.untrusted import inert

_TARGETED = ("BruteForce", "Portscan", "PortSweep", "DenialOfService")
"""Of types by which our side attacks others, where it is the actor."""
_CONNECTED = (Direction.TALKS_TO, Direction.ASKED_FOR)
_ATTACKED = (Direction.ATTACKED_FROM, Direction.PROBED_BY)


def described(finding: Finding, context: MessageContext, said: str) -> Iterator[Line]:
    """Describe the other side: of one host who runs it, of several every address."""
    language = context.language
    people = [each for each in finding.actors if each.user and not each.address and not each.domain]
    hosts = [each for each in finding.actors if each not in people]
    if len(hosts) == 1:
        yield lines.line(_side(hosts[0], finding), _of_host(hosts[0], finding, context, said), language)
    for label, group in _by_side(hosts if len(hosts) > 1 else [], finding):
        places = [_host_briefly(each, finding, language) for each in group]
        yield lines.listed(label, list(dict.fromkeys(places)), language, lines.ROOM)
    if finding.signals and len(people) > 1:
        named = (phrases.known(each.user, finding, 120) for each in people)
        yield lines.listed("actor", list(dict.fromkeys(named)), language)
    agents = list(dict.fromkeys(each.user_agent for each in finding.actors if each.user_agent))
    if len(hosts) > 1 and agents:
        yield lines.listed("user_agent", [phrases.agent(each) for each in agents], language)


def _by_side(hosts: Sequence[Actor], finding: Finding) -> Iterator[tuple[str, list[Actor]]]:
    labels = dict.fromkeys(_side(each, finding) for each in hosts)
    for label in labels:
        yield label, [each for each in hosts if _side(each, finding) == label]


def _side(each: Actor, finding: Finding) -> str:
    """Name what the other side is: who attacks, whom we attack, who calls, or just a host."""
    direction = each.direction or finding.direction
    if direction in _ATTACKED:
        return "attacker"
    if direction in (Direction.CALLED_BY, Direction.LOGGED_IN_FROM):
        return "caller"
    attacks = direction in _CONNECTED and any(name in finding.type for name in _TARGETED)
    return "target" if attacks else "remote_host"


def _of_host(each: Actor, finding: Finding, context: MessageContext, said: str) -> list[str]:
    language = context.language
    where = who.host(each, finding)
    organisation = inert(phrases.prose(each.organisation, finding), 80)
    isp = inert(phrases.prose(each.isp, finding), 80) if each.isp != each.organisation else ""
    asn = f"AS{each.asn}" if each.asn.isdecimal() else inert(phrases.prose(each.asn, finding), 40)
    account = who.remote_account(each, context)
    pieces = (
        where if where and (each.probed or where not in said) else "",
        ", ".join(filter(None, (organisation, isp, asn))),
        account if account and account not in said else "",
        phrases.agent(each.user_agent),
        *_probed(each, finding, language),
    )
    return [piece for piece in pieces if piece]


def _host_briefly(each: Actor, finding: Finding, language: str) -> str:
    """Name one of several hosts: address, country, what it probed."""
    where = who.host(each._replace(city=""), finding)
    return " ".join((where, *_probed(each, finding, language))).strip()


def _probed(each: Actor, finding: Finding, language: str) -> list[str]:
    ports = ", ".join(filter(None, (phrases.known(port, finding, 40) for port in each.probed[:10])))
    return [words.sentence("host_probed", language, {"ends": ports})] if ports else []
