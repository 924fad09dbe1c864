"""What is done in Slack for a finding's answer: it is shown, or somebody is reminded. Each is an attempt, as a post."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, NamedTuple, NotRequired, TypedDict

from botocore.exceptions import ClientError

from chalicelib.errors import AWSUnavailable
from chalicelib.ledger import places, watch
from chalicelib.ledger.claim import instant
from chalicelib.ledger.decide import FindingItem
from chalicelib.ledger.notifications import Changes, FindingEntry, held
from chalicelib.ledger.table import ConditionFailed, as_unreadable
from chalicelib.ledger.watch import Watch
from chalicelib.notify import attempt, turns
from chalicelib.notify.attempt import Attempt
from chalicelib.notify.turns import Turn

_LOOK_HOLDS = timedelta(seconds=60)


class RequestedAct(TypedDict):
    """What is to be done, of which finding."""

    finding_id: str
    """The key of the finding's item."""
    opening: str
    """The update that opened it."""
    act: str
    """``show`` or ``remind``."""


class ActRequest(TypedDict):
    """What the states ShowAnswer and Remind pass. Executions wait for days: these names stay readable for as long."""

    attention: RequestedAct
    execution: str
    retry_count: int
    looked: NotRequired[dict[str, Any]]
    """The last answer of the look, or of an act: ``at`` says when it was looked; executions of before have none."""


class ActAnswer(TypedDict):
    """What came of it, as the state Answered? knows it."""

    status: str
    """``turn`` (its turn is later), ``wait`` (look again), ``handled``."""
    seconds: int
    why: str
    how: NotRequired[str]
    """``shown``, ``reminded``, …: what was done in Slack."""


class Doing(NamedTuple):
    """One run of an act."""

    entry: FindingEntry
    opening: str
    execution: str
    nonce: str
    """Of this run of the function alone."""
    retry_count: int
    now: datetime
    looked_at: str = ""
    """When it was looked whether somebody has answered; empty where nobody says."""

    @property
    def item(self) -> FindingItem:
        """The item as it was read or written last."""
        return self.entry.item

    @property
    def watch(self) -> Watch:
        """The watch in it, which is of this opening."""
        found = watch.read(self.item.attention)
        if found is None or found.opening != self.opening:
            raise ConditionFailed
        return found


def read(request: ActRequest, nonce: str, now: datetime) -> Doing:
    """Read what is to be done; the finding's item is read by whoever acts. Raises LedgerUnreadable."""
    asked = request["attention"]
    doing = Doing(
        held(asked["finding_id"], now),
        asked["opening"],
        request["execution"],
        nonce,
        request["retry_count"],
        now,
        str(request.get("looked", {}).get("at", "")),
    )
    with as_unreadable():
        doing.entry.read()
    return doing


def is_of_now(doing: Doing) -> bool:
    """Whether the finding still waits for the answer to this opening."""
    found = watch.read(doing.item.attention)
    return found is not None and found.opening == doing.opening


def is_stale(doing: Doing) -> bool:
    """Whether what was looked for may have come since: it was tried for long, or redriven long after."""
    return bool(doing.looked_at) and doing.looked_at < instant(doing.now - _LOOK_HOLDS)


def busy(doing: Doing) -> ActAnswer | None:
    """Wait for another's post of the finding; None where none is under way."""
    left = attempt.seconds_left(doing.item, doing.now) if doing.item.attempt else 0
    return turn(left, "Another run posts the finding.") if left > 0 else None


def turn(seconds: int, why: str) -> ActAnswer:
    """Come again: who has answered meanwhile is not reminded."""
    return ActAnswer(status="turn", seconds=max(1, seconds), why=why)


def look_again(why: str, how: str = "", seconds: int = 1) -> ActAnswer:
    """Done: the look says what is next."""
    answer = ActAnswer(status="wait", seconds=max(1, seconds), why=why)
    if how:
        answer["how"] = how
    return answer


def change(doing: Doing, **changes: Any) -> None:
    """Write what changes of the watch, and give its place back where it is without one from now on."""
    before = doing.watch
    with as_unreadable():
        doing.entry.change(watch.changes(before.with_(**changes)))
    given_back(before, doing.watch)


def given_back(before: Watch, after: Watch) -> None:
    """Let those behind move forward where nothing is posted in the watch's place."""
    place = places.read_place(before.place)
    if place and not after.place:
        # A place that stays is late when its time has passed: it costs its turn, no more.
        with suppress(AWSUnavailable, ClientError):
            turns.give_back(place)


def take_turn(doing: Doing, queue: str) -> Turn:
    """Take the watch's turn in a queue, and keep its place."""
    kept = doing.watch.place
    taken = turns.take(kept, queue, turns.band_of(doing.watch.severity), again=doing.retry_count > 0)
    if kept != taken.place.to_text():
        with as_unreadable(), turns.giving_back(kept, taken):
            doing.entry.change(watch.changes(doing.watch.with_(place=taken.place.to_text())))
    return taken


def begin(doing: Doing, **changes: Any) -> Attempt:
    """Begin it: nobody else posts the finding until it has ended."""
    with as_unreadable():
        return Attempt(doing.entry, doing.nonce, watch.changes(doing.watch.with_(**changes)))


def end(doing: Doing, begun: Attempt, besides: Changes | None = None, **changes: Any) -> None:
    """Write what came of it, on the watch as it is then: others may have noticed something. Raises LedgerUnreadable."""
    with as_unreadable():
        begun.end(besides or {}, _fresh(doing.opening, changes))


def end_quietly(doing: Doing, begun: Attempt, **changes: Any) -> None:
    """Write that Slack took nothing; an attempt that stays ends by its time."""
    with suppress(AWSUnavailable, ClientError):
        begun.end({}, _fresh(doing.opening, changes))


def _fresh(opening: str, changes: dict[str, Any]) -> Callable[[FindingItem], Changes]:
    def fresh(item: FindingItem) -> Changes:
        found = watch.read(item.attention)
        return watch.changes(found.with_(**changes)) if found and found.opening == opening else {}

    return fresh
