"""What has to hold of answers: who is reminded, when it is over, and what a message and the list say of it."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from math import inf

from chalicelib.ledger import digests, watch
from tests.simulation.journal import Journal, Left, SlackCall, Started
from tests.simulation.story import BOTS, HOUR, START, Story, finding_id

HANDLED = frozenset({"white_check_mark", "heavy_check_mark", "ballot_box_with_check"})
"""The reactions that say that it is handled."""

_REMEMBERED = 90.0
"""Seconds for which what was read of a channel may be used again."""
_FIRST_READ = 15 * 60.0
"""Seconds after it opens again, in which what stands there is taken for older."""
_LOOKED_AT = 1.25 * HOUR
"""Seconds within which the hourly look comes and is over."""
_TAKEN_BACK = 23 * HOUR
"""Seconds for which an answer may be taken back; a look comes each hour, and a day is what is promised."""
_CRITICAL, _HIGH = 9.0, 7.0
"""Severity from which on a finding is of a band that ``ANSWER_WITHIN`` names."""


def reminders(journal: Journal, finding: str) -> list[SlackCall]:
    """The reminders that Slack took."""
    calls = (each for each in journal.calls(finding) if each.taken and each.method == "chat.postMessage")
    return sorted((each for each in calls if each.reminder), key=lambda each: each.at)


def _findings(journal: Journal) -> list[str]:
    return sorted({each.finding for each in journal.attention} | journal.left.keys())


def _of(journal: Journal, finding: str, opening: str) -> list[Started]:
    """The executions that keep the time of one opening of a finding."""
    of_finding = (each for each in journal.attention if each.finding == finding)
    return [each for each in of_finding if each.execution.input["opening"] == opening]


def _looks(journal: Journal, finding: str) -> list[float]:
    names = {each.execution.name for each in journal.attention if each.finding == finding}
    of_finding = (each for each in journal.invocations if each.function == "look-for-answer")
    return sorted(each.began for each in of_finding if each.who in names)


@dataclass
class _Answers:
    """What people said of a finding by a moment: a bot's is no answer, and who had given none takes none away."""

    standing: dict[tuple[str, str, str], float] = field(default_factory=dict)
    """When each reaction was given that says that it is handled: by message, name and user."""
    taken_away: list[float] = field(default_factory=list)


def _answers(journal: Journal, finding: str, until: float = inf) -> _Answers:
    answers = _Answers()
    for each in sorted(journal.reactions, key=lambda one: one.at):
        if each.finding == finding and each.at <= until and each.user not in BOTS and each.name in HANDLED:
            which = (each.ts, each.name, each.user)
            if each.given:
                answers.standing.setdefault(which, each.at)
            elif answers.standing.pop(which, None) is not None:
                answers.taken_away.append(each.at)
    return answers


def _stood(journal: Journal, finding: str, since: float, at: float, until: float) -> bool:
    """Whether a person's answer that was given after a moment stood from another moment to a third."""
    deleted = max((when for when, of in journal.deleted if of == finding and when <= until), default=0.0)
    given = _answers(journal, finding, until).standing.values()
    return any(max(since, deleted) < each <= at for each in given)


def _counts_since(journal: Journal, finding: str, opening: str) -> float:
    """Since when a reaction is an answer to an opening: what stood there when it opened again is older."""
    begun = min((each.at for each in _of(journal, finding, opening)), default=0.0)
    first = min((each.at for each in journal.attention if each.finding == finding), default=0.0)
    return 0.0 if begun <= first else begun + _FIRST_READ


def left_alone(story: Story, journal: Journal) -> Iterator[str]:
    """Nobody is reminded of what a person had answered before it was last looked at."""
    for finding in _findings(journal):
        looks = _looks(journal, finding)
        for each in reminders(journal, finding):
            seen = max((look for look in looks if look < each.at), default=0.0)
            since = _counts_since(journal, finding, each.opening)
            if _stood(journal, finding, since, seen - _REMEMBERED, each.at):
                yield f"reminder {each.reminder} of {finding[-4:]} at {each.at:.0f} s, answered before {seen:.0f} s"


def reminded_once(story: Story, journal: Journal) -> Iterator[str]:
    """Each deadline is reminded of once, and none after a later one."""
    for finding in _findings(journal):
        last: dict[str, int] = {}
        for each in reminders(journal, finding):
            if each.reminder <= last.get(each.opening, 0):
                yield (
                    f"reminder {each.reminder} of {finding[-4:]} at {each.at:.0f} s,"
                    f" after reminder {last[each.opening]}"
                )
            last[each.opening] = max(each.reminder, last.get(each.opening, 0))


def escalated_once(story: Story, journal: Journal) -> Iterator[str]:
    """Others are called once each time that a finding opens, and not before people were reminded."""
    for finding in _findings(journal):
        called = Counter(each.opening for each in reminders(journal, finding) if each.escalates)
        for opening, times in called.items():
            if times > 1:
                yield f"{finding[-4:]}: others were called {times} times since {opening}"


def listed(story: Story, journal: Journal) -> Iterator[str]:
    """What is open is in the list, and nothing else is."""
    for finding, left in journal.left.items():
        if left.watch is None:
            yield f"{finding[-4:]}: nobody can read what it asks for"
        elif left.watch.is_open and left.listed != watch.ANSWER:
            yield f"{finding[-4:]} is open and not listed"
        elif left.listed == watch.ANSWER and not left.watch.is_open:
            yield f"{finding[-4:]} is listed and was answered"


def _seconds(moment: str) -> float:
    return (datetime.fromisoformat(moment) - START).total_seconds()


def asked_for(story: Story, journal: Journal) -> Iterator[str]:
    """Each finding that is posted and is to be answered asks for it: its item says so."""
    asking = {
        (finding_id(each.finding), each.update)
        for each in story.arrivals
        if f"{'critical' if each.severity >= _CRITICAL else 'high'}=" in story.answer_within
        and each.severity >= _HIGH
    }
    shown_by = {each.finding: digests.key(each.digest) for each in journal.joined}
    for each in journal.started:
        asks = (each.finding, each.update) in asking and each.end == "Notified"
        digest = shown_by.get(each.finding, "")
        in_digest = bool(digest) and (digest in journal.left or not journal.calls(digest))
        if asks and each.finding not in journal.left and not in_digest:
            yield f"{each.execution.name} was posted, and no answer is asked for"


def kept_time(story: Story, journal: Journal) -> Iterator[str]:
    """Of what is open an execution keeps the time to the end; one that is lost is replaced where the looks run."""
    for finding, left in journal.left.items():
        if left.watch is not None and left.watch.is_open:
            executions = _of(journal, finding, left.watch.opening)
            kept = any(each.end == "Unanswered" or not each.end for each in executions)
            lost = max((each.ended[-1][0] for each in executions if each.ended), default=0.0)
            since = max(lost, _seconds(left.watch.posted_at))
            if not kept and _looked_after(story, since):
                yield f"{finding[-4:]} is open since {left.watch.posted_at}, and no execution keeps its time"


def _looked_after(story: Story, moment: float) -> bool:
    """Whether an hourly look came after a moment, and nothing went wrong then."""
    faulty = story.calm_after if story.fault_rate or story.faults else 0.0
    quiet = max([moment, faulty, *(each.ends + HOUR for each in story.outages)])
    return quiet + _LOOKED_AT <= story.hours * HOUR


def shown(story: Story, journal: Journal) -> Iterator[str]:
    """An answer that stands when all is over is in the item and on the message, or an execution failed."""
    for finding, left in journal.left.items():
        if left.watch is None or _has_failed(journal, finding, left.watch):
            continue
        look = max(_looks(journal, finding), default=0.0)
        since = max(
            _counts_since(journal, finding, left.watch.opening), _seconds(left.watch.posted_at) - HOUR
        )
        stood = _stood(journal, finding, since, look - _REMEMBERED, journal.ended_at)
        if stood and left.watch.is_open and not left.watch.blind:
            yield f"{finding[-4:]} was answered before {look:.0f} s, and is open"
        # A new message names nobody; an hourly look puts the names on it.
        handled = left.watch.answer is watch.Answer.HANDLED and not left.watch.elsewhere
        if handled and not _shows(left, left.watch.handled_by):
            yield f"{finding[-4:]} was answered by {left.watch.handled_by}, and its message does not say so"


def _has_failed(journal: Journal, finding: str, asked: watch.Watch) -> bool:
    executions = _of(journal, finding, asked.opening)
    return not executions or any(each.execution.status in ("FAILED", "ABORTED") for each in executions)


def _shows(left: Left, users: tuple[str, ...]) -> bool:
    """Whether its message names them; what the message says besides has to be known, for it to be changed."""
    return not (left.shown and left.known) or all(f"<@{user}>" in left.shown[-1] for user in users)


def answerable(story: Story, journal: Journal) -> Iterator[str]:
    """Nobody is reminded where no answer can be seen, nor where none is asked for."""
    for each in journal.slack:
        if each.taken and each.reminder and not story.asks:
            yield f"a reminder at {each.at:.0f} s, and no finding asks"
        if each.taken and each.reminder and not (story.reads_reactions or story.history):
            yield f"a reminder at {each.at:.0f} s, and nobody's answer can be seen"


def taken_back(story: Story, journal: Journal) -> Iterator[str]:
    """An answer that is taken back within a day opens the finding again, where the looks run."""
    for finding, left in journal.left.items():
        if left.watch is None or left.watch.answer is not watch.Answer.HANDLED:
            continue
        stands = any(name in HANDLED and user not in BOTS for _, name, user in left.standing)
        away = _answers(journal, finding).taken_away
        deleted = any(of == finding for _, of in journal.deleted)
        in_time = away and max(away) < _seconds(left.watch.answered_at) + _TAKEN_BACK
        if not stands and not deleted and in_time and _looked_after(story, max(away)):
            yield f"{finding[-4:]}: the answer was taken back at {max(away):.0f} s, and it is not open"


def by_people(story: Story, journal: Journal) -> Iterator[str]:
    """Only people answer."""
    for finding, left in journal.left.items():
        if left.watch is not None and (bots := {*left.watch.seen_by, *left.watch.handled_by} & {*BOTS}):
            yield f"{finding[-4:]} was answered by {sorted(bots)}, no person"


ATTENTION: Mapping[str, Callable[[Story, Journal], Iterator[str]]] = {
    "who answered is left alone": left_alone,
    "one reminder for each deadline": reminded_once,
    "others are called once": escalated_once,
    "what is open is listed": listed,
    "an answer is asked for": asked_for,
    "somebody keeps the time": kept_time,
    "an answer is shown": shown,
    "no reminder without an answer": answerable,
    "taken back": taken_back,
    "people answer": by_people,
}
