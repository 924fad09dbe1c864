"""What a person reads of histories: a short story in the order of its times, and what many of them reached."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields

from tests.simulation.faults import FAULTS, Kind
from tests.simulation.journal import Journal
from tests.simulation.story import Story, finding_id


def told(story: Story, journal: Journal) -> str:
    """Tell a history, a line for each thing that happened."""
    return "\n".join(f"{at:9.1f} s  {what}" for at, what in sorted(_happened(story, journal)))


def _happened(story: Story, journal: Journal) -> Iterator[tuple[float, str]]:
    numbers = {finding_id(each): each for each in story.findings()}
    for arrival in story.arrivals:
        how = "its event is lost" if arrival.lost else "arrives"
        what = f"finding {arrival.finding} update {arrival.update} ({arrival.severity:g}) {how}"
        yield arrival.of if arrival.lost else arrival.at, what
    for deed in story.deeds:
        yield deed.at, f"somebody: {deed.what}" + (f", finding {deed.finding}" if deed.finding else "")
    for outage in story.outages:
        yield outage.begins, f"Slack is out of order until {outage.ends:.0f} s: {outage.how}"
    for each in journal.started:
        for at, end in each.ended:
            yield at, f"{each.execution.name} ends: {end}"
        for at in each.redriven:
            yield at, f"{each.execution.name} is redriven"
    for call in journal.slack:
        answer = call.error or (f"takes {call.ts}" if call.taken else "takes nothing")
        marks = "".join(f", {name}" for name in ("reply", "suppressed", "repeated") if getattr(call, name))
        unheard = "" if call.answered else ", unheard"
        what = f"{call.method} finding {numbers.get(call.finding, '-')} update {call.update}{marks}"
        yield call.at, f"{call.invocation.who}: {what}: {answer}{unheard}"
    for place, kind in (story.faults or {}).items():
        yield _time_of(journal, place.who), f"{place.who}: {kind} at the {place.nth}. {place.call}"


def _time_of(journal: Journal, who: str) -> float:
    """Faults have no time of their own: they are told where whoever has them begins."""
    return min((each.at for each in journal.started if each.execution.name == who), default=0.0)


@dataclass
class Reached:
    """What some histories reached. Sums of two of them are those of both."""

    histories: int = 0
    with_rule: int = 0
    with_updates: int = 0
    with_429: int = 0
    with_death: int = 0
    executions: int = 0
    faults: Counter[tuple[str, Kind]] = field(default_factory=Counter)
    profiles: Counter[str] = field(default_factory=Counter)

    def __add__(self, other: "Reached") -> "Reached":
        return Reached(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(self)))

    @property
    def missed(self) -> list[tuple[str, Kind]]:
        """The faults that never happened at a call that was made."""
        calls = {call for call, _ in self.faults}
        return [
            (call, kind)
            for call in sorted(calls)
            for kind in FAULTS[sort_of(call)]
            if not self.faults[call, kind]
        ]

    def lines(self) -> list[str]:
        """Say it."""
        shares = {
            "with a rule": self.with_rule,
            "with more than one update": self.with_updates,
            "with a 429": self.with_429,
            "with a death": self.with_death,
        }
        said = [f"{self.histories} histories, {self.executions} executions: {_counted(self.profiles)}"]
        said += [f"  {share / max(1, self.histories):4.0%} {name}" for name, share in shares.items()]
        pairs = len({pair for pair in self.faults if pair[1]})
        said += [f"  {pairs} pairs of call and fault reached, {len(self.missed)} not"]
        by_call: dict[str, list[Kind]] = defaultdict(list)
        for call, kind in self.missed:
            by_call[call].append(kind)
        return said + [f"    never at {call}: {', '.join(kinds)}" for call, kinds in by_call.items()]


def reached(story: Story, journal: Journal, faults: Counter[tuple[str, Kind]]) -> Reached:
    """Say what one history reached."""
    return Reached(
        histories=1,
        with_rule=int(bool(journal.rules)),
        with_updates=int(any(each.update > 1 for each in story.arrivals)),
        with_429=int(any(each.status == 429 for each in journal.slack)),
        with_death=int(any(each.died for each in journal.invocations)),
        executions=len(journal.started),
        faults=Counter(faults),
        profiles=Counter({story.profile: 1}),
    )


def sort_of(call: str) -> str:
    """Say of which sort a call is, by its name."""
    if call.startswith("invoke "):
        return "lambda"
    if call.startswith("state "):
        return "state"
    service = call.split(": ", 1)[1].split(":", 1)[0]
    return service if service in FAULTS else "aws"


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))
