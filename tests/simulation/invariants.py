"""What has to hold after every history, each a function from what happened to the sentences that say where it did not.

A message counts as posting a finding where Slack took it as a message of the channel, not as a reply in a thread.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise

from tests.simulation.attention import ATTENTION
from tests.simulation.journal import Journal, SlackCall, Started
from tests.simulation.storms import STORMS, owners_ended_badly, visible
from tests.simulation.story import HOUR, Arrival, Story, finding_id

_GRACE = 60.0
"""Seconds that a rule is in force before nothing may be posted against it."""
_LEASE = 600.0
"""Seconds for which a claim may be believed although its owner ended badly: that is visible, and redriven.

It is believed for four minutes past its turn, which may be minutes away.
"""
_LOOKED_FOR = 9 * HOUR
"""Seconds after which a lost event is found: the publishing interval, a margin and the period of the hourly look."""
_IDLE = 300.0
_ASKING = 10.0
"""Seconds that an execution takes at most, between two waits, to ask whether it is its turn."""
_UNORDERED = 60.0
"""Seconds: what arrives closer together may be posted in either order."""

_SHARE_OF_A_TURN = 0.95
"""Of the time between two messages: those that passed the gate may take a moment more or less to be sent."""

_CRITICAL = 9.0
_LOWEST = 7.0
"""Severity from which on the stage's rule starts executions, and the looks list."""

_SHOWING = ("Notified",)
_LEFT_TO_ANOTHER = ("Superseded", "AlreadyNotified")


def broken(story: Story, journal: Journal) -> dict[str, list[str]]:
    """Say which invariants a history breaks, and where."""
    found = {name: list(check(story, journal)) for name, check in INVARIANTS.items()}
    return {name: places for name, places in found.items() if places}


def _posts(calls: list[SlackCall]) -> list[SlackCall]:
    posts = (each for each in calls if each.taken and each.method == "chat.postMessage")
    return [each for each in posts if not (each.reply or each.reminder)]


def _shown(calls: list[SlackCall], folded: Sequence[tuple[float, int]] = (), by: float = float("inf")) -> int:
    """The newest update that a message has shown by a moment; ``folded`` is what digests showed, and when."""
    taken = (each.update for each in calls if each.taken and not each.reply and each.at <= by)
    return max((*taken, *(update for at, update in folded if at <= by)), default=0)


def ends(story: Story, journal: Journal) -> Iterator[str]:
    """Every execution ends."""
    for each in journal.started + journal.attention:
        if each.execution.status == "RUNNING":
            yield f"{each.execution.name} has not ended {journal.ended_at / HOUR:.0f} hours after the start"


def shown_or_failed(story: Story, journal: Journal) -> Iterator[str]:
    """Each finding's newest update that no rule hides is shown, or an execution of it failed visibly."""
    folded, unposted = visible(journal), owners_ended_badly(journal)
    remembered = _remembered(story, journal)
    waiting = {each.finding for each in journal.joined if each.digest in unposted}
    for number in story.findings():
        finding = finding_id(number)
        executions, calls = journal.executions(finding), journal.calls(finding)
        wanted = {
            each.update
            for each in executions
            if each.end not in ("Suppressed", "") and not _left_to_hidden(each, executions)
        }
        excused = {each.update for each in executions if _ended_badly(each)}
        newest = max(wanted - excused - remembered.get(finding, set()), default=0)
        if finding in waiting or any(each >= newest for each in excused):
            continue
        if newest > _shown(calls, folded.get(finding, ())):
            yield f"finding {number}: update {newest} was never shown, and no execution of it failed"


def _remembered(story: Story, journal: Journal) -> dict[str, set[int]]:
    """The updates of findings that are shown by digests alone, and have not risen: a digest stays as it is."""
    severities, found = _severities(story), {}
    for each in journal.joined:
        if not _posts(journal.calls(each.finding)):
            said = severities.get((each.finding, each.update), 0.0)
            found[each.finding] = {
                one.update
                for one in journal.executions(each.finding)
                if one.update > each.update and severities.get((each.finding, one.update), 0.0) <= said
            }
    return found


def _left_to_hidden(each: Started, executions: list[Started]) -> bool:
    """Whether an execution left the finding to one that a rule then hid."""
    others = (one for one in executions if one.end == "Suppressed" and one.at <= each.ended[-1][0])
    return each.end in _LEFT_TO_ANOTHER and any(one.update >= each.update for one in others)


def true_ends(story: Story, journal: Journal) -> Iterator[str]:
    """An execution that leaves the finding to another one leaves it to one that is there."""
    folded = visible(journal)
    for each in journal.started:
        if each.end in _LEFT_TO_ANOTHER:
            at = each.ended[-1][0]
            others = [one for one in journal.executions(each.finding) if one is not each]
            shown = _shown(journal.calls(each.finding), folded.get(each.finding, ()), at)
            if shown < each.update and not any(_covers(one, each.update, at) for one in others):
                yield f"{each.execution.name} ended in {each.end}, and nobody posts update {each.update}"


def _covers(other: Started, update: int, at: float) -> bool:
    """Whether another execution has the update at a moment: it runs, was hidden, or failed just before."""
    if other.update < update or other.at > at:
        return False
    last = max((end for end in other.ended if end[0] <= at), default=None)
    if last is None or any(last[0] < each <= at for each in other.redriven):
        return True
    return last[1] in ("Suppressed", *_SHOWING, *_LEFT_TO_ANOTHER) or at - last[0] < _LEASE


def _ended_badly(each: Started) -> bool:
    return each.execution.status in ("FAILED", "ABORTED")


def lost_events(story: Story, journal: Journal) -> Iterator[str]:
    """An update whose event was lost is posted by the looks that compare with GuardDuty's list, and in time."""
    folded, remembered = visible(journal), _remembered(story, journal)
    for number in story.findings():
        newest = max((each for each in story.arrivals if each.finding == number), key=lambda each: each.of)
        if newest.lost and newest.severity >= _LOWEST and not _excused(story, journal, newest):
            due, finding = newest.of + _LOOKED_FOR, finding_id(number)
            shown = _shown(journal.calls(finding), folded.get(finding, ()), due)
            is_known = shown >= newest.update or newest.update in remembered.get(finding, ())
            if due < story.hours * HOUR and not is_known:
                yield f"finding {number}: the lost update {newest.update} was not shown by {due:.0f} s"


def _excused(story: Story, journal: Journal, newest: Arrival) -> bool:
    """Whether something else than the looks keeps an update from being shown: a rule, a person, Slack, a fault."""
    due = newest.of + _LOOKED_FOR
    archived = any(
        (each.what, each.finding) == ("archive", newest.finding) and each.at < due for each in story.deeds
    )
    out = any(each.ends > newest.of for each in story.outages)
    executions = journal.executions(finding_id(newest.finding))
    failed = any(each.update >= newest.update and _ended_badly(each) for each in executions)
    faulty = bool(story.fault_rate or story.faults)
    hidden = _hidden(journal, newest.finding, newest.severity, newest.of, _LOOKED_FOR)
    return archived or out or failed or faulty or hidden


def _hidden(journal: Journal, number: int, severity: float, begins: float, span: float) -> bool:
    """Whether a rule may have hidden the finding at some time of a span."""
    return severity < _CRITICAL and any(
        rule["finding"] == finding_id(number) and rule["begins"] < begins + span and rule["ends"] > begins
        for rule in journal.rules
    )


def never_older(story: Story, journal: Journal) -> Iterator[str]:
    """Nothing older is shown over newer."""
    for number in story.findings():
        by_message: dict[str, int] = {}
        for each in sorted(journal.calls(finding_id(number)), key=lambda call: call.at):
            if not each.taken or each.reply or not each.update:
                continue
            if each.update < by_message.get(each.ts, 0):
                yield f"finding {number}: at {each.at:.0f} s update {each.update} over {by_message[each.ts]}"
            by_message[each.ts] = each.update


def _severities(story: Story) -> dict[tuple[str, int], float]:
    """Each update's severity; the highest of the finding for a message that does not say which it shows."""
    found: dict[tuple[str, int], float] = {}
    for each in story.arrivals:
        finding = finding_id(each.finding)
        found[finding, each.update] = each.severity
        found[finding, 0] = max(each.severity, found.get((finding, 0), 0.0))
    return found


def nothing_hidden(story: Story, journal: Journal) -> Iterator[str]:
    """Nothing is posted that a rule hides which has been in force for a minute, unless the list can't be read."""
    severities = _severities(story)
    keepers = {each.execution.name for each in journal.attention}
    for call in journal.slack:
        if call.taken and call.suppressed and call.method == "chat.postMessage":
            yield f"a new message at {call.at:.0f} s, which only says that a rule hides its finding"
        severity = severities.get((call.finding, call.update), 10.0)
        # A rule that came after the post is known of with the next update: until then people are asked.
        says_else = call.suppressed or call.unlisted or call.points or call.invocation.who in keepers
        if call.taken and not says_else and severity < _CRITICAL:
            for rule in journal.rules:
                if rule["finding"] == call.finding and rule["begins"] + _GRACE < call.at < rule["ends"]:
                    yield f"update {call.update} at {call.at:.0f} s, hidden since {rule['begins']:.0f} s"


def hidden_by_a_rule(story: Story, journal: Journal) -> Iterator[str]:
    """What ends as hidden is hidden by a rule that was in force meanwhile."""
    severities = _severities(story)
    for each in journal.started:
        if each.end == "Suppressed":
            at = each.ended[-1][0]
            rules = [rule for rule in journal.rules if rule["finding"] == each.finding]
            in_force = any(rule["begins"] <= at and rule["ends"] >= each.at for rule in rules)
            if not in_force or severities.get((each.finding, each.update), 0.0) >= _CRITICAL:
                yield f"{each.execution.name} ended as hidden, and no rule hides it"


def _at_once(journal: Journal, finding: str, posts: list[SlackCall]) -> int:
    """How many of the messages stood at once, at most; one that people delete makes room for one to come.

    One that was made to point to another stands for nothing, from its first moment on.
    """
    pointing = {each.ts for each in journal.calls(finding) if each.points and each.taken}
    moments = [(each.at, 1) for each in posts if each.ts not in pointing]
    moments += [(at, -1) for at, each in journal.deleted if each == finding]
    standing = most = 0
    for _, more in sorted(moments):
        standing = max(0, standing + more)
        most = max(most, standing)
    return most


def once(story: Story, journal: Journal) -> Iterator[str]:
    """Each finding is one message, where Slack's history can be read."""
    if not story.history or story.outages:
        return
    for number in story.findings():
        finding = finding_id(number)
        if (messages := _at_once(journal, finding, _posts(journal.calls(finding)))) > 1:
            yield f"finding {number}: {messages} messages"


def once_where_answered(story: Story, journal: Journal) -> Iterator[str]:
    """Each finding is one message where the function heard each of Slack's answers and lived."""
    for number in story.findings():
        finding = finding_id(number)
        posts = _posts(journal.calls(finding))
        unheard = sum(1 for each in posts[:-1] if not each.answered or each.invocation.died)
        if (messages := _at_once(journal, finding, posts)) > 1 + unheard:
            yield f"finding {number}: {messages} messages, and {unheard} answers were not heard before the last"


def marked(story: Story, journal: Journal) -> Iterator[str]:
    """A message that may be a repetition says so."""
    for number in story.findings():
        finding = finding_id(number)
        plain = [each for each in _posts(journal.calls(finding)) if not each.repeated]
        if (messages := _at_once(journal, finding, plain)) > 1:
            yield f"finding {number}: {messages} messages of which none says that it may be a repetition"


def never_idle(story: Story, journal: Journal) -> Iterator[str]:
    """Slack is not left unused for five minutes while an execution waits for its turn."""
    if story.outages:
        return
    times = sorted(each.at + each.closes for each in journal.slack)
    for before, after in pairwise([0.0, *times, journal.ended_at]):
        if after - before > _IDLE + 2 / story.rate:
            waiting = _waiting_through(journal, before + 1 / story.rate, after)
            if waiting:
                yield f"from {before:.0f} to {after:.0f} s while {waiting} waited"


def _waiting_through(journal: Journal, begins: float, ends_: float) -> str:
    """Name somebody who waits in WaitForSlack at each moment of a span."""
    spans = []
    for each in journal.started:
        entered = [*each.execution.entered]
        for state, following in pairwise([*entered, None]):
            if state is not None and state.state == "WaitForSlack":
                until = following.at if following else each.execution.ended_at
                if until is not None and each.execution.started_at is not None:
                    begin = (state.at - each.execution.started_at).total_seconds() + each.at
                    end = (until - each.execution.started_at).total_seconds() + each.at
                    spans.append((begin, end, each.execution.name))
    at, name = begins, ""
    for begin, end, who in sorted(spans):
        if begin <= at + _ASKING and end > at:
            at, name = end, who
    return name if at + _ASKING >= ends_ else ""


def in_order(story: Story, journal: Journal) -> Iterator[str]:
    """First come, first served by finding within a band, where nothing went wrong."""
    if story.outages or story.fault_rate or story.faults or journal.rules:
        return
    firsts = []
    joined = {each.finding for each in journal.joined}
    for number in story.findings():
        if finding_id(number) in joined:
            continue
        arrivals = [each for each in story.arrivals if each.finding == number and not each.lost]
        posts = _posts(journal.calls(finding_id(number)))
        if (
            arrivals and posts and posts[0].at > min(each.at for each in arrivals)
        ):  # no look was before its event
            critical = any(each.severity >= _CRITICAL for each in arrivals)
            firsts.append((critical, min(each.at for each in arrivals), posts[0].at, number))
    for critical, arrived, posted, number in firsts:
        for other in firsts:
            if other[0] == critical and other[1] > arrived + _UNORDERED and other[2] < posted:
                yield f"finding {other[3]} before finding {number}, which came {other[1] - arrived:.0f} s earlier"


def in_pace(story: Story, journal: Journal) -> Iterator[str]:
    """No two messages of a channel are sent closer together than Slack takes them, where nothing went wrong."""
    if story.outages or story.fault_rate or story.faults:
        return
    posts = [each for each in journal.slack if each.method == "chat.postMessage" and each.finding]
    times = sorted(each.at for each in posts if each.invocation.function == "post-to-slack")
    for before, after in pairwise(times):
        if after - before < _SHARE_OF_A_TURN / story.rate:
            yield f"two messages in {after - before:.2f} s, at {before:.0f} s"


INVARIANTS: Mapping[str, Callable[[Story, Journal], Iterator[str]]] = {
    "every execution ends": ends,
    "shown or failed": shown_or_failed,
    "left to one that is there": true_ends,
    "a lost event is found": lost_events,
    "never older over newer": never_older,
    "nothing hidden is posted": nothing_hidden,
    "hidden by a rule": hidden_by_a_rule,
    "once": once,
    "once where answered": once_where_answered,
    "a repetition is marked": marked,
    "never idle while somebody waits": never_idle,
    "first come, first served": in_order,
    "in pace": in_pace,
    **ATTENTION,
    **STORMS,
}
