"""A history as data: what arrives, what people do, when Slack is out of order. A seed makes one, or a test tells it."""

import json
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from chalicelib.rules import finding_types
from tests.simulation.faults import Kind, Place, chance

START = datetime(2026, 11, 22, 6, tzinfo=UTC)
"""A Sunday: a day and a half from then has two daily proofs, one of them with the week's."""

FINDING_TYPE = "Backdoor:EC2/C&CActivity.B"
TYPES = (
    FINDING_TYPE,
    *sorted(
        each
        for each in finding_types.known().values()
        if ":EC2/" in each and not each.startswith(("AttackSequence:", FINDING_TYPE)) and "*" not in each
    ),
)
"""The types of findings, by an arrival's ``kind``: all of what an instance does or undergoes."""
_TEMPLATE = json.loads((Path(__file__).parent.parent / "events" / "example.json").read_text())

MINUTE, HOUR = 60.0, 3600.0

BOTS = ("U0BOT",)
"""Users that are none: their reactions are no answer."""
CALLED, ESCALATED = "S0CALLED", "S0ESCALATED"
"""The user groups that a route calls, and that it calls at the last reminder."""


@dataclass(frozen=True, order=True)
class Arrival:
    """An event that EventBridge delivers, or loses. Times are seconds since the start."""

    at: float
    finding: int
    update: int
    """Which of the finding's updates, from 1 on: its message says so by how often the finding was seen."""
    of: float
    """When GuardDuty made the update."""
    severity: float = 8.0
    lost: bool = False
    kind: int = 0
    """Which of the finding types it is of."""
    account: int = 0
    """Which account it is in; 0: one of two."""


@dataclass(frozen=True, order=True)
class Deed:
    """What a person does: add or delete the ``rule`` of a finding (``unrule``), add one for all that are lower
    (``rule below 8.5``), ``delete`` a message, ``archive`` a finding in GuardDuty, ``abort`` an execution of it,
    ``redrive`` all that failed; give a reaction to a finding's message (``react eyes U0ANN``) or take it away
    (``unreact eyes U0ANN``), ``abort attention``: the execution that waits for an answer; ``abort owner``: the one that
    is to post a digest; ``forget``: containers are replaced, as at a deployment."""

    at: float
    what: str
    finding: int = 0


@dataclass(frozen=True, order=True)
class Outage:
    """A time in which Slack answers 503 or 429, is silent, takes messages and says nothing (``mute``), or has the
    channel archived."""

    begins: float
    ends: float
    how: str


@dataclass(frozen=True)
class Story:
    """One history."""

    seed: int
    arrivals: tuple[Arrival, ...]
    profile: str = "told"
    deeds: tuple[Deed, ...] = ()
    outages: tuple[Outage, ...] = ()
    rate: float = 1.0
    """Messages a second that the channel takes."""
    burst: int = 1
    fault_rate: float = 0.0
    faults: Mapping[Place, Kind] | None = None
    """Where something goes wrong; None: it is drawn at the rate."""
    calm_after: float = 3 * HOUR
    """No fault is drawn later."""
    capacity: int = 0
    """How many functions Lambda runs at once, each for half a second longer; 0: as many as are asked for."""
    hours: float = 0.0
    """How long the schedules run: the hourly look and the daily proof; 0: they don't."""
    history: bool = False
    """Whether the app may read what stands in its channels."""
    answer_within: str = "off"
    """The setting ``ANSWER_WITHIN``."""
    fold_after: str = "off"
    """The setting ``FOLD_AFTER``."""
    index_lag: float = 2.0
    """Seconds that the table's indexes are behind it at most."""
    reads_reactions: bool = True
    """Whether the app may read reactions."""
    calls: bool = False
    """Whether a route calls somebody about every finding, and others at the last reminder."""

    @property
    def folds(self) -> bool:
        """Whether there are digests."""
        return self.fold_after != "off"

    @property
    def asks(self) -> bool:
        """Whether findings ask for an answer."""
        return self.answer_within != "off"

    def findings(self) -> list[int]:
        """The findings' numbers."""
        return sorted({each.finding for each in self.arrivals})


def finding_id(finding: int) -> str:
    """Name a finding as GuardDuty does."""
    return f"{finding:032x}"


def instance_id(finding: int) -> str:
    """Name the instance that a finding is about."""
    return f"i-{finding:017x}"


def update_seen(times: int) -> int:
    """Say which update was seen so often."""
    return max(0, times - 9)


def seen(update: int) -> int:
    """Say how often a finding was seen by an update: from ten on, so that no update is ten times another."""
    return update + 9


def event(arrival: Arrival) -> dict[str, Any]:
    """Make the event of an arrival. Every third update has a new address, which is news."""
    made: dict[str, Any] = json.loads(json.dumps(_TEMPLATE))
    detail = made["detail"]
    stamp = (START + timedelta(seconds=arrival.of)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    detail |= {
        "id": finding_id(arrival.finding),
        "updatedAt": stamp,
        "createdAt": stamp if arrival.update == 1 else "2026-11-22T05:59:00.000Z",
        "severity": arrival.severity,
    }
    detail["type"] = TYPES[arrival.kind]
    detail["resource"]["instanceDetails"]["instanceId"] = instance_id(arrival.finding)
    detail["service"] |= {"count": seen(arrival.update), "eventLastSeen": stamp}
    action = detail["service"]["action"]["networkConnectionAction"]
    action["remoteIpDetails"]["ipAddressV4"] = f"198.51.100.{20 + arrival.update // 3}"
    if arrival.account:
        made["account"] = detail["accountId"] = f"{arrival.account:012d}"
    elif arrival.finding % 3 == 0:  # in the own account, whose resources are asked for their tags
        made["account"] = detail["accountId"] = "123456789012"
        detail["resource"]["instanceDetails"]["tags"] = []
    return made


def draw(seed: int, profile: str = "") -> Story:
    """Make the history of a seed, of the profile that the seed chooses, unless another is wanted."""
    chances = random.Random(seed)
    drawn = chances.choices(("faults", "queue", "outage", "people", "day"), (5, 2, 3, 3, 4))[0]
    profile = profile or _besides(seed) or drawn
    story = PROFILES[profile](seed, chances)
    return replace(
        story,
        profile=profile,
        arrivals=tuple(sorted(story.arrivals)),
        deeds=tuple(sorted(story.deeds)),
        history=chance(seed, "history") < 0.75,
    )


def _besides(seed: int) -> str:
    """Name a profile that is not about posting alone; empty where it is one of the others."""
    if chance(seed, "storm") < _SHARE_OF_STORMS:
        return "storm"
    return "attention" if chance(seed, "attention") < _SHARE_OF_ATTENTION else ""


_SHARE_OF_ATTENTION = 0.15
"""Of the histories: those in which findings ask for an answer."""
_SHARE_OF_STORMS = 0.08
"""Of the histories: those in which many findings come, and digests are made."""


def _arrivals(
    chances: random.Random, findings: int, most_updates: int, span: float, *, twice: float, late: float
) -> list[Arrival]:
    """Let findings arrive with their updates: some twice, some late, so that a newer one comes first."""
    made = []
    for finding in range(1, findings + 1):
        times = sorted(chances.uniform(1, span) for _ in range(chances.randint(1, most_updates)))
        severity = chances.choice((7.0, 8.0, 8.0, 9.0))
        for number, of in enumerate(times, 1):
            if chances.random() < 0.15:
                severity = min(9.5, severity + 1.0)
            delay = chances.uniform(60, 900) if chances.random() < late else chances.uniform(0.1, 3)
            arrival = Arrival(of + delay, finding, number, of, severity)
            made.append(arrival)
            if chances.random() < twice:
                made.append(replace(arrival, at=arrival.at + chances.choice((0.0, chances.uniform(0, 120)))))
    return made


def _rules(chances: random.Random, findings: int, span: float, share: float) -> list[Deed]:
    made = []
    for finding in range(1, findings + 1):
        if chances.random() < share:
            at = chances.uniform(0, span)
            made.append(Deed(at, "rule", finding))
            if chances.random() < 0.4:
                made.append(Deed(at + chances.uniform(60, span), "unrule", finding))
    return made


def _faults(seed: int, chances: random.Random) -> Story:
    """Anything goes wrong anywhere, with a few findings."""
    findings, span = chances.randint(1, 4), chances.uniform(5, 60) * MINUTE
    deeds = _rules(chances, findings, span, 0.3)
    deeds += [Deed(chances.uniform(0, span), "delete", 1)] if chances.random() < 0.2 else []
    deeds += [Deed(chances.uniform(0, span), "abort", 1)] if chances.random() < 0.1 else []
    return Story(
        seed,
        tuple(_arrivals(chances, findings, 4, span, twice=0.15, late=0.1)),
        deeds=(*deeds, Deed(span + 4 * HOUR, "redrive")),
        fault_rate=chances.choice((0.02, 0.06, 0.12, 0.2)),
        calm_after=span + 2 * HOUR,
    )


def _queue(seed: int, chances: random.Random) -> Story:
    """A channel takes less than what comes; each finding is updated while it waits."""
    findings, every = chances.randint(5, 9), chances.uniform(40, 120)
    updates = chances.randint(4, 9)
    arrivals = [
        Arrival(at + chances.uniform(0.1, 3), finding, update, at)
        for finding in range(1, findings + 1)
        for begin in [chances.uniform(0, every / 2)]
        for update in range(1, updates + 1)
        for at in [begin + (update - 1) * every]
    ]
    return Story(
        seed,
        tuple(arrivals),
        deeds=tuple(_rules(chances, findings, updates * every, 0.15)),
        rate=chances.choice((0.04, 0.05, 0.08)),
        fault_rate=chances.choice((0.0, 0.0, 0.005)),
    )


def _outage(seed: int, chances: random.Random) -> Story:
    """Slack is out of order for minutes to hours, while findings come and go on."""
    findings, span = chances.randint(2, 4), chances.uniform(10, 60) * MINUTE
    begins = chances.uniform(0, span / 2)
    outage = Outage(
        begins, begins + chances.uniform(2, 90) * MINUTE, chances.choice(("503", "429", "silent", "mute"))
    )
    return Story(
        seed,
        tuple(_arrivals(chances, findings, 3, span, twice=0.1, late=0.1)),
        deeds=(*_rules(chances, findings, span, 0.15), Deed(outage.ends + 3 * HOUR, "redrive")),
        outages=(outage,),
        fault_rate=chances.choice((0.01, 0.05, 0.15)),
        calm_after=outage.ends + HOUR,
    )


def _people(seed: int, chances: random.Random) -> Story:
    """A channel is archived, executions fail, others are aborted, rules come and go; at last somebody redrives."""
    findings, span = chances.randint(1, 3), chances.uniform(5, 40) * MINUTE
    arrivals = _arrivals(chances, findings, 2, span, twice=0.3, late=0.2)
    archived = Outage(0, span + chances.uniform(0, 40) * MINUTE, "archived")
    busy = Outage(
        archived.ends, archived.ends + chances.uniform(5, 60) * MINUTE, chances.choice(("503", "429"))
    )
    again = [
        replace(chances.choice(arrivals), at=chances.uniform(archived.ends, busy.ends))
        for _ in range(findings)
    ]
    deeds = _rules(chances, findings, busy.ends, 0.25)
    deeds += [Deed(each.at + chances.uniform(5, 600), "abort", each.finding) for each in again]
    deeds += [Deed(chances.uniform(0, busy.ends), "delete", 1)] if chances.random() < 0.3 else []
    return Story(
        seed,
        (*arrivals, *again),
        deeds=(*deeds, Deed(busy.ends + chances.uniform(1, 120) * MINUTE, "redrive")),
        outages=(archived, busy) if chances.random() < 0.8 else (busy,),
        fault_rate=chances.choice((0.0, 0.02)),
        calm_after=busy.ends + HOUR,
    )


def _day(seed: int, chances: random.Random) -> Story:
    """A day and a half with the hourly look and the daily proof; events are lost, Slack may be out for hours."""
    findings, span = chances.randint(2, 4), 12 * HOUR
    arrivals = _arrivals(chances, findings, 3, span, twice=0.05, late=0.05)
    arrivals = [replace(each, lost=chances.random() < 0.35) for each in arrivals]
    deeds = _rules(chances, findings, span / 2, 0.5)
    deeds += [Deed(chances.uniform(0, span), "archive", 1)] if chances.random() < 0.2 else []
    # Also when the proof is to be posted: an hour after the start, and a day later.
    begins = chances.choice((chances.uniform(0, span / 2), 0.5 * HOUR, 24.5 * HOUR))
    outage = Outage(begins, begins + chances.uniform(2, 4) * HOUR, chances.choice(("503", "archived", "429")))
    return Story(
        seed,
        tuple(arrivals),
        deeds=tuple(deeds),
        outages=(outage,) if chances.random() < 0.5 else (),
        fault_rate=chances.choice((0.0, 0.02, 0.2)),
        calm_after=30 * HOUR,
        hours=40,
    )


def _attention(seed: int, chances: random.Random) -> Story:
    """Findings ask for an answer: people give it soon, late or never, and take it back; what keeps time is lost."""
    findings, span = chances.randint(1, 3), chances.uniform(5, 120) * MINUTE
    deeds = [deed for finding in range(1, findings + 1) for deed in _answers(chances, finding, span)]
    deeds += _rules(chances, findings, span, 0.15)
    deeds += [Deed(_soon_or_late(chances), "delete", 1)] if chances.random() < 0.15 else []
    deeds += [Deed(_soon_or_late(chances), "forget") for _ in range(chances.randint(0, 2))]
    begins = chances.uniform(0, 4 * HOUR)
    outage = Outage(begins, begins + chances.uniform(2, 90) * MINUTE, chances.choice(("503", "429", "mute")))
    return Story(
        seed,
        tuple(_arrivals(chances, findings, 3, span, twice=0.1, late=0.05)),
        deeds=tuple(deeds),
        outages=(outage,) if chances.random() < 0.3 else (),
        fault_rate=chances.choice((0.0, 0.02, 0.06, 0.12)),
        calm_after=max(span, begins) + 2 * HOUR,
        hours=chances.choice((0, 12, 30)),
        answer_within=chances.choice(("critical=15m high=24h", "critical=10m high=30m", "high=2h")),
        reads_reactions=chances.random() < 0.9,
        calls=chances.random() < 0.7,
    )


def _soon_or_late(chances: random.Random) -> float:
    """Draw a moment between half a minute and two days, as often within minutes as within a day."""
    return float(30 * 5760 ** chances.random())


def _answers(chances: random.Random, finding: int, span: float) -> list[Deed]:
    """Let people, and a bot, react to a finding, take it back, archive it, and what waits for them be aborted."""
    made = []
    for share, reaction, users in (
        (0.4, "eyes", ("U0ANN", "U0BEN")),
        (0.65, "white_check_mark", ("U0ANN", "U0BEN")),
        (0.1, "heavy_check_mark", ("U0CAT",)),
        (0.15, "white_check_mark", BOTS),
    ):
        if chances.random() < share:
            at, how = _soon_or_late(chances), f"{reaction} {chances.choice(users)}"
            made.append(Deed(at, f"react {how}", finding))
            if chances.random() < 0.35:
                made.append(Deed(at + _soon_or_late(chances) / 4, f"unreact {how}", finding))
    made += [Deed(_soon_or_late(chances), "archive", finding)] if chances.random() < 0.15 else []
    made += [Deed(_soon_or_late(chances), "abort attention", finding)] if chances.random() < 0.25 else []
    return made


def _storm(seed: int, chances: random.Random) -> Story:
    """Many findings within minutes, of some types and accounts: those that would wait for long are folded."""
    return storm(seed, chances, int(10 * 12 ** chances.random()))


def storm(seed: int, chances: random.Random, findings: int) -> Story:
    """Draw a storm of so many findings: updates and rules meanwhile, in half of them with faults."""
    rate, fold_after = chances.choice((0.2, 0.5, 1.0, 1.0)), chances.choice(("10", "90"))
    span = chances.choice((1.0, 30.0, 180.0, findings / rate / 2))
    faulty = chances.random() < 0.5
    outage = Outage(
        begins := chances.uniform(0, 300),
        begins + chances.uniform(10, 1200),
        chances.choice(("503", "429", "mute", "silent")),
    )
    deeds = _rules(chances, findings, span + 120, chances.choice((0.0, 0.02, 0.1)))
    deeds += [Deed(chances.uniform(60, 300), "abort owner")] if faulty and chances.random() < 0.4 else []
    deeds += [Deed(chances.uniform(60, 300), "forget")] if chances.random() < 0.3 else []
    deeds += [
        deed
        for finding in range(1, findings + 1)
        if chances.random() < 0.05
        for deed in _answers(chances, finding, span)
    ]
    return Story(
        seed,
        tuple(_storming(chances, findings, span)),
        deeds=(*deeds, Deed(6 * HOUR, "redrive")),
        outages=(outage,) if faulty and chances.random() < 0.6 else (),
        rate=rate,
        fault_rate=chances.choice((0.0, 0.01, 0.04)) if faulty else 0.0,
        calm_after=2 * HOUR,
        hours=chances.choice((0, 0, 9)),
        answer_within=chances.choice(("off", "off", "critical=15m high=2h")),
        calls=chances.random() < 0.3,
        fold_after=fold_after,
        index_lag=chances.choice((2.0, 2.0, 10.0, 45.0)),
    )


def _storming(chances: random.Random, findings: int, span: float) -> Iterator[Arrival]:
    """Let findings arrive, some again and higher, of up to 40 types in up to a thousand accounts."""
    kinds, accounts = chances.randint(1, 40), int(1000 ** chances.random())
    more, critical = chances.choice((0.0, 0.1, 0.4)), chances.choice((0.0, 0.03, 0.15))
    for finding in range(1, findings + 1):
        kind, account = chances.randrange(kinds), chances.randint(1, accounts)
        at = chances.uniform(1, span + 1)
        severity = 9.0 if chances.random() < critical else chances.choice((7.0, 8.0))
        for update in range(1, 5):
            yield Arrival(
                at + chances.uniform(0.1, 3), finding, update, at, severity, kind=kind, account=account
            )
            if chances.random() >= more:
                break
            at += chances.uniform(5, 400)
            severity = min(9.5, severity + chances.choice((0.0, 0.0, 0.5, 1.0)))


PROFILES: Mapping[str, Callable[[int, random.Random], Story]] = {
    "faults": _faults,
    "queue": _queue,
    "outage": _outage,
    "people": _people,
    "day": _day,
    "attention": _attention,
    "storm": _storm,
}
"""What a seed draws from."""
