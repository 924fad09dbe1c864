"""Routes: which channel a finding goes to, whom it calls and what to do, by the suppression list's own engine."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from chalicelib.finding.model import Account, Finding
from chalicelib.rules import attributes, breadth, conditions, faults
from chalicelib.rules.attributes import Item
from chalicelib.rules.conditions import Comparison, Entry
from chalicelib.rules.faults import Collected, RuleFault, Unreadable

keys = conditions.keys

_DOES = ("channel", "mention", "runbook", "answer_within", "escalate_mention")
"""What a route can do: it needs one of them."""

ATTRIBUTES = frozenset({*conditions.COMMON, "min_severity", "priority", *_DOES})
"""Every attribute that a route may have."""

USUAL_PRIORITY = 100.0
NAMED_FAULTS = 10

# Ids and names: https://docs.slack.dev/reference/objects/conversation-object
# Compiled when first needed, and kept by re: most findings meet no route.
_CHANNEL = r"#?[^\s#@<>&|,:*`]{1,80}"
# Mentions: https://docs.slack.dev/messaging/formatting-message-text
_EVERYBODY = r"@(here|channel)|<!(here|channel)(?:\|[^<>]*)?>"
_USER = r"@?([UW][A-Z0-9]{2,20})|<@([UW][A-Z0-9]{2,20})(?:\|[^<>]*)?>"
_GROUP = r"@?(S[A-Z0-9]{2,20})|<!subteam\^(S[A-Z0-9]{2,20})(?:\|[^<>]*)?>"


@dataclass(frozen=True)
class Route(Entry):
    """A readable route."""

    channel: str = ""
    """A channel's id or name; empty: the usual channel."""
    mention: str = ""
    """Slack's markup of whom to call (``<!here>``, ``<@U…>``, ``<!subteam^S…>``); empty: nobody."""
    runbook: str = ""
    """The team's own page on what to do, https; ``{type}`` in it is the finding's. Empty: the usual one."""
    answer_within: int = 0
    """Seconds within which somebody is to answer; 0: as ``ANSWER_WITHIN`` says."""
    escalate_mention: str = ""
    """Slack's markup of whom the last reminder calls besides; empty: nobody."""
    priority: float = USUAL_PRIORITY

    @property
    def asks(self) -> bool:
        """Whether it says something of answers, or calls somebody: then its High findings are reminded of too."""
        return bool(self.mention or self.answer_within or self.escalate_mention)


class Choice(NamedTuple):
    """Where a finding goes."""

    route: Route | None = None
    """The first route that holds."""
    channel: str = ""
    """Empty: the usual channel (``SLACK_CHANNEL``)."""
    mention: str = ""
    """Slack's markup, ready to be put in a message; empty for samples and tests, which call nobody."""
    runbook: str = ""
    """Empty: the usual one (``RUNBOOK_URL``)."""
    answer_within: int = 0
    """Seconds; 0: as ``ANSWER_WITHIN`` says."""
    escalate_mention: str = ""
    asks: bool = False
    """Whether the route says something of answers, or calls somebody."""
    faulty: tuple[RuleFault, ...] = ()
    considered: int = 0

    def to_json(self) -> dict[str, object]:
        """Return it as the execution carries it."""
        return {
            "channel": self.channel,
            "mention": self.mention,
            "runbook": self.runbook,
            "answer_within": self.answer_within,
            "escalate_mention": self.escalate_mention,
            "route": faults.shown(self.route.rule) if self.route else None,
            "faulty": [fault.to_json() for fault in self.faulty[:NAMED_FAULTS]],
            "faulty_left_out": max(0, len(self.faulty) - NAMED_FAULTS),
            "considered": self.considered,
        }


def read(item: Item) -> Route | RuleFault:
    """Read an item of the routes table; a ``RuleFault`` where it is no route."""
    collected = Collected()
    finding_type, rule = conditions.read_names(item, collected)
    collected.found += attributes.unknown(item, ATTRIBUTES)
    if not any(attribute in item for attribute in _DOES):
        collected.found.append(Unreadable("target"))
    route = Route(
        finding_type=finding_type,
        rule=rule,
        conditions=conditions.read_conditions(item, 10.0, collected),
        reason=collected.value(lambda: attributes.text(item, "reason"), ""),
        enabled=collected.value(lambda: attributes.flag(item, "enabled", default=True), False),
        owner=collected.value(lambda: attributes.text(item, "owner"), ""),
        ticket=collected.value(lambda: attributes.text(item, "ticket"), ""),
        channel=collected.value(lambda: _channel(item), ""),
        mention=collected.value(lambda: _mention(item, "mention"), ""),
        answer_within=collected.value(lambda: attributes.span(item, "answer_within"), 0),
        escalate_mention=collected.value(lambda: _mention(item, "escalate_mention"), ""),
        runbook=collected.value(lambda: attributes.address(item, "runbook"), ""),
        priority=collected.value(lambda: attributes.number(item, "priority", USUAL_PRIORITY), 0.0),
    )
    if not collected.found:
        collected.found += _taken_away(route, item)
    return faults.of_item(item, collected.found) if collected.found else route


def _taken_away(route: Route, item: Item) -> Iterator[Unreadable]:
    """Name the fault of a route that lets account owners choose which findings the usual channel does not get."""
    names = breadth.chosen_by_owners(route.conditions.wanted)
    if route.channel and names and "max_severity" not in item:
        yield Unreadable("taken_away", value=route.channel, names=", ".join(names))


def _channel(item: Item) -> str:
    if "channel" not in item:
        return ""
    channel = attributes.name(item, "channel").strip()
    if not re.fullmatch(_CHANNEL, channel):
        raise Unreadable("channel", value=channel)
    return channel


def _mention(item: Item, attribute: str) -> str:
    if attribute not in item:
        return ""
    written = attributes.name(item, attribute).strip()
    markup = mention_markup(written)
    if not markup:
        raise Unreadable("mention", attribute=attribute, value=written)
    return markup


def mention_markup(written: str) -> str:
    """Return Slack's markup for a hand-written mention; empty when it is none that we know."""
    for pattern, markup in ((_EVERYBODY, "<!{}>"), (_USER, "<@{}>"), (_GROUP, "<!subteam^{}>")):
        if found := re.fullmatch(pattern, written):
            return markup.format(found[1] or found[2])
    return ""


def choose(finding: Finding, account: Account, items: Iterable[Item], now: datetime) -> Choice:
    """Choose the first route that holds: lowest ``priority``, then the most specific key, then by name."""
    standing = conditions.under_keys(finding, items)
    readings = [read(item) for item in standing]
    routes = (reading for reading in readings if isinstance(reading, Route))
    comparison = Comparison(finding, account, now)
    holding = [route for route in routes if comparison.holds(route.conditions)]
    first = min(holding, key=lambda route: route.priority, default=None)  # the first of equals, as sorted
    quiet = finding.sample or finding.test
    return Choice(
        route=first,
        channel=first.channel if first else "",
        mention=first.mention if first and not quiet else "",
        runbook=first.runbook if first else "",
        answer_within=first.answer_within if first else 0,
        escalate_mention=first.escalate_mention if first and not quiet else "",
        asks=bool(first and first.asks and not quiet),
        faulty=tuple(reading for reading in readings if isinstance(reading, RuleFault)),
        considered=len(standing),
    )
