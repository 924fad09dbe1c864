"""What has to hold of digests: who is in one, what it says, when it is seen, and that it is one message."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import pairwise

from chalicelib.ledger import digests
from chalicelib.ledger.places import interval
from tests.simulation.journal import Joined, Journal, SlackCall, Started
from tests.simulation.story import HOUR, MINUTE, Story, finding_id

CRITICAL = 9.0
"""Severity from which on nothing is folded."""

_PROMISED = 180.0
"""Seconds within which everything is visible where Slack is up and nothing goes wrong."""
_ASKING = 15.0
"""Seconds that states, functions and waits take besides one's turn."""
_LOOKED_AT = 1.5 * HOUR
"""Seconds within which the hourly look comes, and what it then does is done."""


def digest_calls(journal: Journal, id_: str) -> list[SlackCall]:
    """The messages of a digest that Slack took, without what stands in its thread."""
    calls = journal.calls(digests.key(id_))
    return [
        each
        for each in calls
        if each.digest and each.taken and each.method == "chat.postMessage" and not each.reply
    ]


def visible(journal: Journal) -> dict[str, list[tuple[float, int]]]:
    """Say when digests have shown which updates of findings."""
    found: dict[str, list[tuple[float, int]]] = defaultdict(list)
    first = {
        id_: min((each.at for each in digest_calls(journal, id_)), default=None) for id_ in _ids(journal)
    }
    for each in journal.joined:
        if (at := first.get(each.digest)) is not None:
            found[each.finding].append((at, each.update))
    return found


def is_calm(story: Story, journal: Journal) -> bool:
    """Whether nothing went wrong in a history, and nobody interfered."""
    aborted = any(each.aborted for each in journal.started)
    refused = any(each.status == 429 for each in journal.slack)
    return not (story.outages or story.fault_rate or story.faults or aborted or refused)


def owners_ended_badly(journal: Journal) -> set[str]:
    """The digests whose owner failed or was aborted, for people to see, and that are not posted."""
    bad = {each.execution.arn for each in journal.started if each.execution.status in ("FAILED", "ABORTED")}
    left = journal.digests.items()
    return {id_ for id_, each in left if each.owner in bad and not digest_calls(journal, id_)}


def _ids(journal: Journal) -> set[str]:
    return journal.digests.keys() | {each.digest for each in journal.joined}


def _own_posts(journal: Journal, finding: str) -> list[SlackCall]:
    calls = (each for each in journal.calls(finding) if each.taken and each.method == "chat.postMessage")
    return sorted((each for each in calls if not (each.reply or each.reminder)), key=lambda each: each.at)


def _severities(story: Story) -> dict[tuple[str, int], float]:
    return {(finding_id(each.finding), each.update): each.severity for each in story.arrivals}


def in_one(story: Story, journal: Journal) -> Iterator[str]:
    """A finding is in one digest, joins it without a message of its own, and has one later only as it has risen."""
    severities = _severities(story)
    joins = Counter(each.finding for each in journal.joined)
    for each in journal.joined:
        if joins[each.finding] > 1:
            yield f"{each.finding[-4:]} joined {joins[each.finding]} digests"
        for call in _own_posts(journal, each.finding):
            rose = severities.get((each.finding, call.update), 0.0) > _folded_at(severities, each)
            if call.at < each.at and call.answered and not call.invocation.died:
                yield f"{each.finding[-4:]} joined a digest at {each.at:.0f} s, and had a message at {call.at:.0f} s"
            elif call.at >= each.at and not rose:
                yield f"{each.finding[-4:]} is in a digest, and a message at {call.at:.0f} s shows no rise"


def _folded_at(severities: Mapping[tuple[str, int], float], joined: Joined) -> float:
    return severities.get((joined.finding, joined.update), 0.0)


def counted(story: Story, journal: Journal) -> Iterator[str]:
    """A digest says how many findings it has, or that there are at least so many."""
    for id_, left in journal.digests.items():
        for call in digest_calls(journal, id_):
            known = call.counts <= len(left.members) if call.at_least else call.counts == len(left.members)
            if not known:
                yield f"{id_} says {call.counts} at {call.at:.0f} s, and has {len(left.members)}"


def posted_once(story: Story, journal: Journal) -> Iterator[str]:
    """A digest is one message where each of Slack's answers was heard; of others one at most says no repetition."""
    for id_ in _ids(journal):
        posts = digest_calls(journal, id_)
        unheard = sum(1 for each in posts[:-1] if not each.answered or each.invocation.died)
        if len(posts) > 1 + unheard:
            yield f"{id_}: {len(posts)} messages, and {unheard} answers were not heard before the last"
        if story.history and not story.outages and len(posts) > 1:
            yield f"{id_}: {len(posts)} messages, and Slack's history can be read"
        if sum(1 for each in posts if not each.repeated) > 1:
            yield f"{id_}: messages of which none says that it may be a repetition"


def replies_once(story: Story, journal: Journal) -> Iterator[str]:
    """Each reply in a digest's thread is sent once at most."""
    for id_ in _ids(journal):
        sent = (each for each in journal.calls(digests.key(id_)) if each.digest and each.reply)
        for number, times in Counter(each.counts for each in sent if each.taken).items():
            if times > 1:
                yield f"{id_}: reply {number} {times} times"


def never_critical(story: Story, journal: Journal) -> Iterator[str]:
    """Nothing Critical goes into a digest."""
    severities = _severities(story)
    for each in journal.joined:
        if _folded_at(severities, each) >= CRITICAL:
            yield f"{each.finding[-4:]} joined {each.digest} with update {each.update}, which is Critical"


def critical_first(story: Story, journal: Journal) -> Iterator[str]:
    """What is Critical waits for what is Critical alone, where nothing goes wrong: no longer than that takes."""
    if not is_calm(story, journal) or story.asks or journal.rules:
        return
    step, severities = _step(story), _severities(story)
    ahead = _Backlog(step)
    for each in sorted(journal.started, key=lambda one: one.at):
        if severities.get((each.finding, each.update), 0.0) >= CRITICAL:
            due = each.at + ahead.add(each.at) + 2 * step + _ASKING
            shown = (
                call for call in journal.calls(each.finding) if call.taken and call.update >= each.update
            )
            if (at := min((call.at for call in shown), default=journal.ended_at)) > due:
                yield f"{each.execution.name} is Critical, and was shown at {at:.0f} s, not by {due:.0f} s"


class _Backlog:
    """How long a queue is at most, where each that comes adds one step."""

    def __init__(self, step: float) -> None:
        self._step = step
        self._at = self._seconds = 0.0

    def add(self, at: float, share: float = 1.0) -> float:
        """Say how long it is as one more has come."""
        self._seconds = max(0.0, self._seconds - (at - self._at)) + share * self._step
        self._at = at
        return self._seconds


def _step(story: Story) -> float:
    return interval(story.rate) / 1000


def only_where_long(story: Story, journal: Journal) -> Iterator[str]:
    """Nothing is folded where the queue is shorter than what findings are to wait.

    Reckoned anew, from what has come alone: each execution, and each message that is no finding's, adds one turn.
    """
    if journal.joined and not story.folds:
        yield f"{len(journal.joined)} findings joined digests, and there are to be none"
        return
    if not is_calm(story, journal):
        return
    others = [each.at for each in journal.slack if each.digest or each.reminder]
    moments = sorted(
        [(each.at, "") for each in journal.started]
        + [(at, "") for at in others]
        + [(each.at, each.finding) for each in journal.joined]
    )
    backlog = _Backlog(_step(story))
    for at, joined in moments:
        longest = backlog.add(at, 0.0 if joined else 1.0)
        if joined and longest + _step(story) < float(story.fold_after):
            yield f"{joined[-4:]} joined a digest at {at:.0f} s, and the queue was {longest:.0f} s long at most"


def in_three_minutes(story: Story, journal: Journal) -> Iterator[str]:
    """A finding in a digest is visible within three minutes, and after what is Critical, where nothing goes wrong."""
    if not is_calm(story, journal):
        return
    shown, begun = visible(journal), {each.finding: each.at for each in reversed(journal.started)}
    urgent = _urgent(story, journal)
    for each in journal.joined:
        since = begun.get(each.finding, each.at)
        at = min((at for at, _ in shown.get(each.finding, ())), default=journal.ended_at)
        before = sum(1 for moment in urgent if since <= moment <= at)
        # It joins after its queue was seen to be long: who has waited for a verdict or an attempt joins later.
        if at - each.at > _PROMISED + before * _step(story) or each.at - since > MINUTE:
            yield f"{each.finding[-4:]} came at {since:.0f} s, and was visible at {at:.0f} s"


def _urgent(story: Story, journal: Journal) -> list[float]:
    """When messages were sent that go before a digest: of what is Critical, and of other digests."""
    severities = _severities(story)
    return [
        each.at
        for each in journal.slack
        if each.method == "chat.postMessage"
        and (each.digest or severities.get((each.finding, each.update), CRITICAL) >= CRITICAL)
    ]


def posted_or_failed(story: Story, journal: Journal) -> Iterator[str]:
    """A digest is posted, or who owns it ended badly for people to see; where the looks run they post it then."""
    arns = {each.execution.arn: each for each in journal.started}
    for id_, left in journal.digests.items():
        if digest_calls(journal, id_):
            continue
        owner = arns.get(left.owner)
        members = [one for finding in left.members for one in journal.executions(finding)]
        bad = [one for one in members if one.execution.status in ("FAILED", "ABORTED")]
        if not bad and not (owner and owner.execution.status in ("FAILED", "ABORTED")):
            yield f"{id_} was never posted, and nobody's execution has failed"
        elif _looked_after(story, max(_last(each) for each in filter(None, [*bad, owner]))):
            yield f"{id_} was never posted, and the looks go on"


def _last(each: Started) -> float:
    return max((at for at, _ in each.ended), default=0.0)


def _looked_after(story: Story, moment: float) -> bool:
    faulty = story.calm_after if story.fault_rate or story.faults else 0.0
    quiet = max([moment, faulty, *(each.ends + HOUR for each in story.outages)])
    return quiet + _LOOKED_AT <= story.hours * HOUR


def one_answer(story: Story, journal: Journal) -> Iterator[str]:
    """A digest asks for one answer: one execution begins to wait for it, and none for what it shows."""
    begun = Counter(each.execution.name for each in journal.attention)
    waiting: dict[str, set[str]] = defaultdict(set)
    for each in journal.attention:
        if digests.is_key(each.finding):
            waiting[each.finding].add(each.execution.input["opening"])
    for key, openings in waiting.items():
        if len(openings) > 1:
            yield f"{key} opened {len(openings)} times"
    yield from (f"{name} was begun {times} times" for name, times in begun.items() if times > 1)
    posted = {each.finding for each in journal.slack if each.taken and not each.digest}
    alone = {each.finding for each in journal.joined} - posted
    for finding in sorted(alone & {each.finding for each in journal.attention}):
        yield f"{finding[-4:]} is in a digest alone, and somebody waits for its answer"


def owned(story: Story, journal: Journal) -> Iterator[str]:
    """A digest with findings has an owner, and while that is there nobody else posts it."""
    arns = {each.execution.name: each.execution.arn for each in journal.started}
    for id_, left in journal.digests.items():
        names = {each.invocation.who for each in digest_calls(journal, id_)}
        if left.members and not left.owner and not _lost_before(journal, left.members):
            yield f"{id_} has {len(left.members)} findings and no owner"
        if is_calm(story, journal) and names and {arns.get(each, "") for each in names} != {left.owner}:
            yield f"{id_} was posted by {sorted(names)}, and {left.owner} owns it"


def _lost_before(journal: Journal, members: Iterable[str]) -> bool:
    """Whether one of the members' executions failed before it saw to the digest."""
    return any(
        each.execution.status in ("FAILED", "ABORTED") for one in members for each in journal.executions(one)
    )


def digests_in_pace(story: Story, journal: Journal) -> Iterator[str]:
    """A digest and what is in its thread go through the gate as every message does."""
    if not is_calm(story, journal):
        return
    calls = sorted(
        (each for each in journal.slack if each.method == "chat.postMessage"), key=lambda each: each.at
    )
    for before, after in pairwise(calls):
        if (before.digest or after.digest) and after.at - before.at < 0.95 / story.rate:
            yield f"two messages in {after.at - before.at:.2f} s, at {before.at:.0f} s"


STORMS: Mapping[str, Callable[[Story, Journal], Iterator[str]]] = {
    "in one digest": in_one,
    "a digest counts its findings": counted,
    "a digest is one message": posted_once,
    "a digest's replies are sent once": replies_once,
    "nothing Critical is folded": never_critical,
    "what is Critical waits for no storm": critical_first,
    "folded only where the queue is long": only_where_long,
    "visible within three minutes": in_three_minutes,
    "a digest is posted or somebody failed": posted_or_failed,
    "one answer for a digest": one_answer,
    "a digest has one owner": owned,
    "digests in pace": digests_in_pace,
}
