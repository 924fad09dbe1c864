"""Digests under pressure: each thing that may go wrong, at each call that who sees to a digest makes.

`python -m tests.simulation.digest_deaths` lets all of it happen; ``test_digest_deaths.py`` a part. What holds here has
to hold by itself: no schedule runs that would look for what is left behind.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

import click

from chalicelib.ledger import digests
from chalicelib.message.mark import MarkKind, finding_hash, read
from statemachine.local.slack_workspace import Message
from tests.simulation.faults import FAULTS, Kind, Place, chance
from tests.simulation.journal import SlackCall
from tests.simulation.storms import digest_calls
from tests.simulation.story import HOUR, MINUTE, Arrival, Deed, Story, finding_id
from tests.simulation.world import World

_SHOWN_WITHIN = 15 * MINUTE
"""After the last of them came: one thing that goes wrong costs minutes, and not the hour until somebody looks."""
_MAY_STAND_TWICE = ("late",)
"""What Slack takes after it was looked for stands beside what was posted then."""
_REPEATED = "ossibly repeated"
"""What a message says that may be there twice."""
_ENDED_WITHIN = 6 * HOUR
"""After the last arrival, deed or look: who still waits then waits for ever."""
OTHER_CHANNEL = "#network"
_FOLD_AFTER = 4.0
_NAPS = 25.0
"""Seconds that a post may come after its place: a wait of whole seconds, a nap, and what is slow."""
_CRITICAL = 9.0


_READ_ALIKE = ("Query routes", "Query suppressions")
"""Calls that are made many times on end, and are the same to who makes them."""


class Told(NamedTuple):
    """A story, how late the index is, and when a person redrives what was aborted."""

    story: Story
    lag: float | None = None
    """Seconds; None: it is drawn."""
    redriven: tuple[float, ...] = ()
    routed: bool = False
    """Whether what is of the second type goes to a channel of its own."""

    def with_(self, *deeds: Deed, redriven: tuple[float, ...] = (), hours: float = 0.0) -> "Told":
        """Let more be done, and the schedules run for so many hours."""
        story = replace(self.story, deeds=(*self.story.deeds, *deeds), hours=hours)
        return self._replace(story=story, redriven=redriven)

    def but(self, faults: Mapping[Place, Kind]) -> "Told":
        """Let something go wrong."""
        return self._replace(story=replace(self.story, faults={**(self.story.faults or {}), **faults}))


class Pressed(World):
    """A world whose index is as late as is told, and where people redrive what others have stopped."""

    def __init__(self, told: Told) -> None:
        self._late = told.lag
        super().__init__(told.story)
        if told.routed:
            self._people.route_to(OTHER_CHANNEL, kind=1)
        for at in told.redriven:
            self._happen(at, self._redrive_aborted)

    def _lag(self) -> float:
        return super()._lag() if self._late is None else self._late

    def _longest(self) -> float:
        return super()._longest() if self.story.asks else _ENDED_WITHIN

    def _redrive_aborted(self) -> None:
        for each in self.journal.started:
            if each.execution.status in ("ABORTED", "FAILED"):
                self.redrive(each)


def burst(number: int = 5, begins: float = 1.0, first: int = 1, severity: float = 8.0) -> tuple[Arrival, ...]:
    """Tell of findings of a moment: the first get messages of their own, the others share a digest."""
    return tuple(Arrival(begins + each / 10, first + each, 1, begins, severity) for each in range(number))


def told(arrivals: tuple[Arrival, ...] = burst(), lag: float | None = None, **changes: Any) -> Told:
    """Tell a story of a channel that takes a message in five seconds."""
    story = Story(1, arrivals, rate=0.2, fold_after=f"{_FOLD_AFTER:.0f}", history=True, faults={})
    return Told(replace(story, **changes), lag)


STORIES: Mapping[str, Told] = {
    "a digest": told(),
    "its channel can't be read": told(history=False),
    "an answer is asked for": told(answer_within="high=2h"),
    "a rule hides what waits": told(deeds=tuple(Deed(20.0, "rule", each) for each in range(1, 6))),
    "two minutes, two digests": told((*burst(), *burst(5, 62.0, 6))),
    "updates of what waits": told(
        (*burst(), *(Arrival(30.0 + each, each, 2, 29.5, 7.5 + each % 2) for each in range(1, 6)))
    ),
    "events that come twice": told((*burst(), *(replace(each, at=each.at + 40.0) for each in burst()))),
    "one alone": told(burst(2)),
    "two channels": told((*burst(), *(replace(each, kind=1) for each in burst(first=6))))._replace(
        routed=True
    ),
    "one more has room, and many come": told(
        (*burst(2), *(replace(each, at=4.0) for each in burst(12, first=3))), fold_after="8"
    ),
    "all at once": told(tuple(replace(each, at=1.0) for each in burst(20))),
    "critical ones": told((*burst(), *burst(4, 1.0, 6, 9.5))),
    "critical ones in front": told((*burst(), *burst(12, 119.0, 6, 9.5))),
    "containers are replaced": told(deeds=tuple(Deed(at, "forget") for at in (1.8, 30.0, 121.0, 127.0))),
    "the last moment": told((*burst(), *burst(3, 59.1, 6)), lag=20.0),
    "the index is up to date": told(lag=0.0),
    "the index is late": told(lag=20.0),
    "the index is later than anybody waits": told((*burst(), *burst(5, 57.5, 6)), lag=62.5),
}
"""What is told, by what is special about it."""


class Shown(NamedTuple):
    """What stands in the channels when a history is over."""

    own: Mapping[str, list[Message]]
    """Each finding's own messages, by its mark."""
    digests: Mapping[str, list[Message]]
    """Each digest's, by its id."""
    members: Mapping[str, list[str]]
    """The findings of each digest, as their items have it."""

    def is_seen(self, finding: str) -> bool:
        """Whether people can see a finding."""
        of = (id_ for id_, members in self.members.items() if finding in members)
        return bool(self.own.get(finding_hash(finding))) or any(self.digests.get(id_) for id_ in of)


def shown(world: World) -> Shown:
    """Look at what people see, and at the items."""
    members: dict[str, list[str]] = {}
    for item in world.tables.items(world.table_names["notifications"]):
        if "fold" in item:
            members.setdefault(digests.id_of(item["fold"]["S"]), []).append(item["finding_id"]["S"])
    marked: dict[tuple[MarkKind, str], list[Message]] = {}
    for messages in world.slack._workspace.messages.values():
        for each in messages:
            if not each.thread_ts and (mark := read(each.payload)):
                marked.setdefault((mark.kind, mark.finding), []).append(each)
    own = {finding: found for (kind, finding), found in marked.items() if kind is MarkKind.FINDING}
    posted = {id_: marked.get((MarkKind.DIGEST, finding_hash(digests.key(id_))), []) for id_ in members}
    return Shown(own, posted, members)


def run(of: Told) -> Pressed:
    """Let it happen."""
    world = Pressed(of)
    world.run()
    return world


def after(of: Told) -> list[str]:
    """Say what does not hold after a history."""
    return broken(run(of))


def broken(world: World) -> list[str]:
    """Say what does not hold after a history that was run."""
    found = shown(world)
    aborted = any(each.aborted for each in world.journal.started)
    calm = not aborted and {*world.faults.happened.values()} <= {"slow"}
    return [
        *_left(world),
        *_unseen(world, found),
        *_wrong(world, found),
        *_replies(world),
        *_critical(world, found),
        *(_late(world) if calm or not world.story.hours else ()),
        *(_waited(world) if calm else ()),
    ]


def _left(world: World) -> Iterator[str]:
    for each in world.journal.started:
        if each.execution.status not in ("SUCCEEDED", "ABORTED"):
            yield f"{each.execution.name} is {each.execution.status} {each.end}"


def _unseen(world: World, found: Shown) -> Iterator[str]:
    for number in world.story.findings():
        finding = finding_id(number)
        hidden = any(each.end == "Suppressed" for each in world.journal.executions(finding))
        if not (found.is_seen(finding) or hidden):
            yield f"finding {number} is to be seen nowhere"


def _wrong(world: World, found: Shown) -> Iterator[str]:
    kinds = set(world.faults.happened.values())
    unseen = not world.story.history or kinds & {*_MAY_STAND_TWICE}
    for id_, messages in found.digests.items():
        said = [mark.seen for each in messages if (mark := read(each.payload))]
        if set(said) - {len(found.members[id_])}:
            yield f"the digest {id_} says {said}, and has {len(found.members[id_])}"
        if len(messages) > 1 + (_unheard(world, id_) if unseen else 0):
            yield f"the digest {id_} stands there {len(messages)} times"
        if sum(_REPEATED not in json.dumps(each.payload) for each in messages) > 1:
            yield f"the digest {id_} stands there {len(messages)} times, and says nothing of it"
        if any((_REPEATED in json.dumps(each.payload)) is not _is_repeated(each) for each in messages):
            yield f"the digest {id_} says of a repetition what it did not say as it was posted"


def _is_repeated(message: Message) -> bool:
    """Whether it says so as people see it now."""
    return _REPEATED in json.dumps(message.shown)


def _unheard(world: World, id_: str) -> int:
    """Count the posts of a digest that Slack took and whose run did not live to hear, or to write, that it did."""
    taken = digest_calls(world.journal, id_)
    return sum(not each.answered or each.invocation.died for each in taken[:-1])


def _replies(world: World) -> Iterator[str]:
    marks = [
        mark
        for messages in world.slack._workspace.messages.values()
        for each in messages
        if each.thread_ts and (mark := read(each.payload)) and mark.kind is MarkKind.FOLDED
    ]
    for mark, times in Counter(marks).items():
        if times > 1:
            yield f"{times} replies {mark.text}"


def _critical(world: World, found: Shown) -> Iterator[str]:
    critical = {finding_id(each.finding) for each in world.story.arrivals if each.severity >= _CRITICAL}
    for id_, members in found.members.items():
        if any(each in critical for each in members):
            yield f"the digest {id_} has what is critical"


def _posts(world: World) -> list[SlackCall]:
    posts = (each for each in world.journal.slack if each.taken and each.method == "chat.postMessage")
    return [each for each in posts if not each.reply]


def _late(world: World) -> Iterator[str]:
    last = max(each.at for each in world.story.arrivals)
    for each in _posts(world):
        if each.at > last + _SHOWN_WITHIN:
            yield f"a message came {each.at - last:.0f} s after the last finding"


def _waited(world: World) -> Iterator[str]:
    """Where nothing goes wrong no finding waits for its own message for longer than it is to."""
    first: dict[str, float] = {}
    for arrival in world.story.arrivals:
        if arrival.severity < _CRITICAL and arrival.update == 1:
            first.setdefault(finding_id(arrival.finding), arrival.at)
    for each in _posts(world):
        if each.finding in first and each.update == 1 and each.at > first[each.finding] + _FOLD_AFTER + _NAPS:
            yield f"finding {each.finding[-2:]} waited for {each.at - first[each.finding]:.0f} s"


# --- what may go wrong


def places(of: Told) -> dict[Place, str]:
    """Name each call of executions in a history in which nothing goes wrong, and its sort."""
    world = run(of)
    names = {each.execution.name for each in world.journal.started}
    counts: Counter[tuple[str, str]] = world.faults._counts
    return {
        Place(who, call, nth): sort(call)
        for (who, call), times in counts.items()
        if who in names
        for nth in range(1, (1 if call.endswith(_READ_ALIKE) else times) + 1)
    }


def sort(call: str) -> str:
    """Say of what sort a call is, by its name."""
    if call.startswith("invoke "):
        return "lambda"
    if call.startswith("state "):
        return "state"
    service = call.partition(": ")[2].partition(":")[0]
    return service if service in FAULTS else "aws"


def faults(of: Told) -> list[tuple[Place, Kind]]:
    """Name all that may go wrong in a history, once each."""
    return [(place, kind) for place, sort_ in places(of).items() for kind in FAULTS[sort_]]


def again(place: Place, kind: Kind, times: int) -> dict[Place, Kind]:
    """Let the same go wrong several times on end."""
    return {place._replace(nth=place.nth + each): kind for each in range(times)}


# --- what was found, and what each promise hangs on

_POST = "post-to-slack: "


def _known(name: str, *gone_wrong: tuple[str, str, int, Kind, int]) -> Told:
    """Tell a story in which these calls of executions go wrong: from which one on, how, and how often on end."""
    found: dict[Place, Kind] = {}
    for who, call, nth, kind, times in gone_wrong:
        found |= again(Place(f"finding-{who}-update-1", call, nth), kind, times)
    return STORIES[name].but(found)


KNOWN: Mapping[str, Told] = {
    "what the owner's function answered is lost": _known(
        "a digest", ("1", "invoke post-to-slack", 1, "lost", 1)
    ),
    "who joins alone dies before the digest is made": _known(
        "one alone", ("2", f"{_POST}dynamodb:UpdateItem finding", 2, "death after", 1)
    ),
    "who joins alone is stopped before the digest is made, and the looks run": _known(
        "one alone", ("2", f"{_POST}dynamodb:GetItem digest", 1, "death before", 9)
    ).with_(Deed(20.0, "abort", 2), hours=3.0),
    "many take a place at once": _known(
        "one more has room, and many come",
        *((f"{each}", f"{_POST}dynamodb:UpdateItem channel", 1, "slow", 1) for each in range(3, 15)),
    ),
    "a member is written at the last moment": _known(
        "the last moment", ("8", f"{_POST}dynamodb:UpdateItem finding", 2, "slow", 1)
    ),
    "what Slack took can't be recorded by the run that posted it": _known(
        "its channel can't be read", ("1", f"{_POST}dynamodb:UpdateItem digest", 3, "throttled", 2)
    ),
    "Slack's answer is lost": _known("a digest", ("1", f"{_POST}slack:chat.postMessage", 1, "lost", 1)),
    "Slack's answer is lost, and its channel can't be read": _known(
        "its channel can't be read", ("1", f"{_POST}slack:chat.postMessage", 1, "lost", 1)
    ),
    "who posts dies, and Slack has taken it": _known(
        "a digest", ("1", f"{_POST}slack:chat.postMessage", 1, "death after", 1)
    ),
    "who names the findings dies": _known(
        "a digest", ("1", f"{_POST}slack:chat.postMessage", 2, "death after", 1)
    ),
    "Slack's answer is lost, and it is answered": _known(
        "an answer is asked for", ("1", f"{_POST}slack:chat.postMessage", 1, "lost", 1)
    ).with_(Deed(400.0, "react white_check_mark U0ANN", 1)),
    "what Slack took is recorded later, and it is answered": _known(
        "an answer is asked for", ("1", f"{_POST}dynamodb:UpdateItem digest", 3, "throttled", 2)
    ).with_(Deed(400.0, "react white_check_mark U0ANN", 1)),
    "Slack refuses it for long": _known(
        "a digest", ("1", f"{_POST}slack:chat.postMessage", 1, "throttled", 5)
    ),
}


# --- by hand


@click.command()
@click.option("--of", default="", help="Only the stories with this in their names.")
@click.option(
    "--call", default="post-to-slack", show_default=True, help="Only calls with this in their names."
)
@click.option("--times", default=1, show_default=True, help="How often on end it goes wrong.")
@click.option(
    "--only", default="", help="Only this history of those that are known: end with 1 where it is broken."
)
@click.option("--share", default=1.0, show_default=True, help="Of all that may go wrong: so much, drawn.")
def main(of: str, call: str, times: int, only: str, share: float) -> None:
    """Let everything go wrong that may go wrong, in each story."""
    if only:
        said = after({**STORIES, **KNOWN}[only])
        print("\n".join(said))
        raise SystemExit(1 if said else 0)
    failed = 0
    for name, story in STORIES.items():
        if of in name:
            if said := after(story):
                print(f"{name}: {'; '.join(said)}", flush=True)
            found = [(place, kind) for place, kind in faults(story) if call in place.call]
            drawn = [each for each in found if chance(1, "fault", name, each) < share]
            failed += sum(map(partial(_fails, name, story, times), drawn))
            print(f"{len(drawn):>6}  {name}", flush=True)
    raise SystemExit(1 if failed else 0)


def _fails(name: str, story: Told, times: int, fault: tuple[Place, Kind]) -> bool:
    place, kind = fault
    said = after(story.but(again(place, kind, times)))
    if said:
        print(f"{name}: {place.who}: {place.call} {place.nth}: {kind}: {'; '.join(said)}", flush=True)
    return bool(said)


if __name__ == "__main__":
    main()
