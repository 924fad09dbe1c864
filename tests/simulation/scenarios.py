"""Named histories of many findings, and the figures that they are looked at for. Only what is named goes wrong."""

import random
import statistics
import time
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from statemachine.local.slack_methods import READING
from tests.simulation.journal import Journal, SlackCall
from tests.simulation.story import HOUR, MINUTE, Arrival, Deed, Outage, Story, finding_id, storm
from tests.simulation.world import World


@dataclass(frozen=True)
class Figures:
    """What a scenario came to, in virtual time."""

    findings: int
    executions: int
    posts: int
    of_allowed: float
    """Share of the messages that Slack would have taken, from the first event to the last event or first message."""
    times_ideal: float
    """Until the last finding's first message, over what Slack's rate alone would need."""
    refusals: int
    never: int
    """Findings without any message."""
    first_post: tuple[float, float, float]
    """Seconds from a finding's first event to its first message: median, 90 %, longest."""
    entries: float
    """Runs of PostToSlack for an execution."""
    transitions: float
    """States entered by an execution."""
    calls: float
    """Calls of DynamoDB for a finding."""
    attention: float
    """States entered by an execution that waits for an answer."""
    looks: float
    """Runs of LookForAnswer for such an execution."""
    asked: Mapping[str, int]
    """The most calls of each of Slack's methods that read, in any minute."""
    seconds: float
    """Of the processor."""

    def lines(self) -> list[str]:
        """Say it."""
        median, most, last = self.first_post
        return [
            f"findings {self.findings}, executions {self.executions}, posts {self.posts}"
            f" ({self.of_allowed:.0%} of what Slack takes), refusals {self.refusals}, never posted {self.never}",
            f"first message after {median:.1f} s in the median, 90 % {most:.1f} s, the last {last:.1f} s;"
            f" {self.times_ideal:.3f} x ideal",
            f"an execution: {self.entries:.2f} runs of PostToSlack, {self.transitions:.1f} states;"
            f" {self.calls:.1f} calls of DynamoDB a finding",
            f"waiting for an answer: {self.attention:.1f} states, {self.looks:.1f} looks an execution; in the busiest"
            f" minute {', '.join(f'{name} {most}' for name, most in sorted(self.asked.items())) or 'nothing'}",
            f"{self.seconds:.0f} s of the processor",
        ]


def measured(story: Story) -> Figures:
    """Run a scenario and measure it."""
    began = time.process_time()
    world = World(story)
    journal = world.run()
    return _figures(story, journal, world, time.process_time() - began)


def _figures(story: Story, journal: Journal, world: World, seconds: float) -> Figures:
    arrived: dict[str, float] = {}
    for each in sorted(story.arrivals):
        arrived.setdefault(finding_id(each.finding), each.at)
    firsts: dict[str, float] = {}
    for call in sorted(journal.slack, key=lambda each: each.at):
        if _is_post(call):
            firsts.setdefault(call.finding, call.at)
    waits = sorted(at - arrived[finding] for finding, at in firsts.items())
    begin, last = min(arrived.values()), max(firsts.values(), default=0.0)
    window = max([last, *(each.at for each in story.arrivals)]) - begin
    entries = sum(each.function == "post-to-slack" for each in journal.invocations)
    transitions = sum(each.execution.transitions for each in journal.started)
    calls = sum(
        count for (name, _), count in world.faults.reached.items() if "dynamodb:" in name or "state " in name
    )
    taken = [each for each in journal.slack if each.taken and each.at <= begin + window]
    return Figures(
        findings=len(arrived),
        executions=len(journal.started),
        posts=len(taken),
        of_allowed=len(taken) / max(1.0, window * story.rate),
        times_ideal=(last - begin) / max(1.0, (len(arrived) - story.burst) / story.rate),
        refusals=sum(each.status == 429 for each in journal.slack),
        never=len(arrived) - len(firsts),
        first_post=(statistics.median(waits), waits[int(len(waits) * 0.9)], waits[-1]),
        entries=entries / len(journal.started),
        transitions=transitions / len(journal.started),
        calls=calls / len(arrived),
        attention=sum(each.execution.transitions for each in journal.attention)
        / max(1, len(journal.attention)),
        looks=sum(each.function == "look-for-answer" for each in journal.invocations)
        / max(1, len(journal.attention)),
        asked=busiest(journal),
        seconds=seconds,
    )


def busiest(journal: Journal) -> dict[str, int]:
    """Count the calls of each method that reads, in the minute in which there are most."""
    times: dict[str, list[float]] = defaultdict(list)
    for call in sorted(journal.slack, key=lambda each: each.at):
        if call.method in READING:
            times[call.method].append(call.at)
    return {
        method: max(bisect_left(each, at + MINUTE) - place for place, at in enumerate(each))
        for method, each in times.items()
    }


def _is_post(call: SlackCall) -> bool:
    return call.taken and call.method == "chat.postMessage" and not call.reply and bool(call.finding)


def _each_twice(seed: int) -> Story:
    """60 findings, one a second, each delivered twice."""
    arrivals = (
        Arrival(number + again, number, 1, float(number)) for number in range(1, 61) for again in (0.1, 0.4)
    )
    return Story(seed, tuple(arrivals))


def _critical_and_high(seed: int) -> Story:
    """60 Critical and 60 High at once."""
    return Story(seed, tuple(Arrival(1.0, each, 1, 0.5, 9.0 if each % 2 else 8.0) for each in range(1, 121)))


def _recurring(findings: int, every: float, updates: int, rate: float) -> Callable[[int], Story]:
    """Findings, one a second, each updated again and again."""

    def made(seed: int) -> Story:
        arrivals = (
            Arrival(at + 0.5, number, update, at)
            for number in range(1, findings + 1)
            for update in range(1, updates + 1)
            for at in [number + (update - 1) * every]
        )
        return Story(seed, tuple(arrivals), rate=rate)

    return made


def _hidden_while_they_wait(seed: int) -> Story:
    """2,000 at once, one in 100 of them higher; after a minute a rule hides the others."""
    arrivals = tuple(
        Arrival(1 + each / 1000, each, 1, each / 1000, 8.0 if each % 100 else 8.5) for each in range(1, 2001)
    )
    return Story(seed, arrivals, deeds=(Deed(60, "rule below 8.5"),))


def _storm(findings: int) -> Callable[[int], Story]:
    def made(seed: int) -> Story:
        return Story(
            seed, tuple(Arrival(1 + each / 1000, each, 1, each / 1000) for each in range(1, findings + 1))
        )

    return made


def _at_once(findings: int, fold_after: str = "90") -> Callable[[int], Story]:
    """Findings that come within a second for each thousand, of which those are folded that would wait for long."""
    return lambda seed: replace(_storm(findings)(seed), fold_after=fold_after)


def _down_for_half_an_hour(seed: int) -> Story:
    """200 findings in an hour; in its midst Slack answers 503 for half an hour."""
    arrivals = tuple(Arrival(each * 18.0 + 1, each, 1, each * 18.0) for each in range(1, 201))
    return Story(seed, arrivals, outages=(Outage(15 * MINUTE, 45 * MINUTE, "503"),))


def _a_day(seed: int) -> Story:
    """1,000 findings with three updates each over a day, with the looks."""
    arrivals = (
        Arrival(at + 1, number, update, at)
        for number in range(1, 1001)
        for update in range(1, 4)
        for at in [(number * 7.3 + (update - 1) * 8 * HOUR) % (23 * HOUR)]
    )
    by_finding = sorted(arrivals, key=lambda each: (each.finding, each.of))
    renumbered = tuple(
        Arrival(each.at, each.finding, 1 + place % 3, each.of, each.severity)
        for place, each in enumerate(by_finding)
    )
    return Story(seed, renumbered, hours=24)


def _open(findings: int, span: float, *, history: bool) -> Callable[[int], Story]:
    """Findings of a span of time that nobody answers, for as long as somebody is asked."""

    def made(seed: int) -> Story:
        every = span / findings
        arrivals = tuple(Arrival(each * every + 1, each, 1, each * every) for each in range(1, findings + 1))
        return Story(seed, arrivals, answer_within="high=24h", history=history)

    return made


def _handled(after: float) -> Callable[[int], Story]:
    """One High finding that somebody handles after a while, or never."""

    def made(seed: int) -> Story:
        deeds = (Deed(after, "react white_check_mark U0ANN", 1),) if after else ()
        return Story(
            seed, (Arrival(1.0, 1, 1, 0.5),), deeds=deeds, answer_within="high=24h", calls=True, history=True
        )

    return made


def _drawn_storm(findings: int) -> Callable[[int], Story]:
    """Draw a storm of so many, as the profile does: also with faults."""

    def made(seed: int) -> Story:
        drawn = storm(seed, random.Random(seed), findings)
        return replace(drawn, arrivals=tuple(sorted(drawn.arrivals)), deeds=tuple(sorted(drawn.deeds)))

    return made


AT_ONCE = (60, 200, 1000, 10_000)
"""How many come at once, for the figures of storms."""

SCENARIOS: Mapping[str, Callable[[int], Story]] = {
    "burst60": _each_twice,
    "critical60": _critical_and_high,
    "queue60": _recurring(60, 15 * MINUTE, 12, 0.05),
    "queue250": _recurring(250, HOUR, 8, 0.05),
    "resent12": _recurring(12, 8, 12, 0.5),
    "hidden2000": _hidden_while_they_wait,
    "storm100": _storm(100),
    "storm1000": _storm(1000),
    "storm10000": _storm(10_000),
    **{f"at-once{each}": _at_once(each) for each in (*AT_ONCE, 50_000)},
    **{f"at-once{each}-single": _at_once(each, "off") for each in AT_ONCE},
    "drawn-storm300": _drawn_storm(300),
    "drawn-storm50000": _drawn_storm(50_000),
    "outage": _down_for_half_an_hour,
    "day": _a_day,
    "open200": _open(200, HOUR, history=True),
    "open200-at-once": _open(200, 200.0, history=True),
    "open200-unread": _open(200, 200.0, history=False),
    "handled": _handled(40 * MINUTE),
    "unanswered": _handled(0),
}
