"""What findings at once cost and how soon they are seen, with digests and without: a table for people."""

from collections.abc import Iterable
from dataclasses import dataclass

from tests.simulation.invariants import broken
from tests.simulation.journal import Journal, SlackCall
from tests.simulation.scenarios import SCENARIOS
from tests.simulation.storms import visible
from tests.simulation.story import Story, finding_id
from tests.simulation.world import World


@dataclass(frozen=True)
class StormFigures:
    """What came of findings that came at once, in virtual time."""

    findings: int
    fold_after: str
    messages: int
    """In the channel, until the last finding was visible."""
    digests: int
    replies: int
    """Until then; others may follow."""
    replies_in_all: int
    visible: float
    """Seconds until the last finding was visible."""
    never: int
    requests: int
    """Calls of Slack, in all."""
    runs: float
    """Runs of functions, for a finding."""
    transitions: float
    """States entered, for a finding."""
    written: float
    """DynamoDB's write units, for a finding."""
    read: float
    broken: tuple[str, ...]
    """Invariants that did not hold."""


def storm_figures(name: str, seed: int) -> StormFigures:
    """Run a scenario and measure it."""
    story = SCENARIOS[name](seed)
    world = World(story)
    return _figures(story, world.run(), world)


def _figures(story: Story, journal: Journal, world: World) -> StormFigures:
    seen = _first_seen(story, journal)
    count = len(story.findings())
    last = max(seen.values(), default=0.0)
    posts = [each for each in journal.slack if each.taken and each.method == "chat.postMessage"]
    until = [each for each in posts if each.at <= last]
    return StormFigures(
        findings=count,
        fold_after=story.fold_after,
        messages=sum(not each.reply for each in until),
        digests=len({each.digest for each in posts if each.digest}),
        replies=sum(each.reply for each in until),
        replies_in_all=sum(each.reply for each in posts),
        visible=last - min((each.at for each in story.arrivals), default=0.0),
        never=count - len(seen),
        requests=len(journal.slack),
        runs=len(journal.invocations) / count,
        transitions=sum(each.execution.transitions for each in journal.started) / count,
        written=world.tables.units.written / count,
        read=world.tables.units.read / count,
        broken=tuple(broken(story, journal)),
    )


def _first_seen(story: Story, journal: Journal) -> dict[str, float]:
    """Say when each finding was seen first: in a message of its own, or in a digest."""
    folded = visible(journal)
    found = {}
    for finding in map(finding_id, story.findings()):
        times = [each.at for each in journal.calls(finding) if _shows(each)]
        times += [at for at, _ in folded.get(finding, ())]
        if times:
            found[finding] = min(times)
    return found


def _shows(call: SlackCall) -> bool:
    return call.taken and not call.reply


HEAD = (
    "                     until the last is visible   in all                      for a finding\n"
    "at once  fold after  messages  replies  seconds  digests  replies  requests"
    "  requests  functions  states  written  read"
)
"""Requests are Slack's; states are entered (Step Functions' transitions), written and read are DynamoDB's units."""


def row(of: StormFigures) -> str:
    """Say it in a line of the table."""
    wrong = "".join(f"; BROKEN {each}" for each in of.broken)
    wrong += f"; {of.never} NEVER VISIBLE" if of.never else ""
    return (
        f"{of.findings:>7,}  {of.fold_after:>10}  {of.messages:>8,}  {of.replies:>7,}  {of.visible:>7,.0f}"
        f"  {of.digests:>7,}  {of.replies_in_all:>7,}  {of.requests:>8,}  {of.requests / of.findings:>8.2f}"
        f"  {of.runs:>9.2f}  {of.transitions:>6.1f}  {of.written:>7.1f}  {of.read:>4.1f}{wrong}"
    )


def names(sizes: Iterable[int], longest_single: int) -> list[str]:
    """Name the scenarios of a table, the longest first: with digests and, up to so many findings, without."""
    ordered = sorted(sizes, reverse=True)
    single = [f"at-once{each}-single" for each in ordered if each <= longest_single]
    return [*(f"at-once{each}" for each in ordered), *single]
