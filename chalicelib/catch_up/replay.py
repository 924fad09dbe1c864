"""The second way in, beside EventBridge: what GuardDuty lists and nobody was told goes through the state machine.

Nothing is told twice: an execution's name is made of finding and update, and every execution claims before it tells.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

from chalicelib.aws import guardduty, step_functions
from chalicelib.aws.guardduty import Criteria
from chalicelib.catch_up.missing import Standing, execution_name, judge, on_its_way, update
from chalicelib.errors import AWSUnavailable, InvalidFinding
from chalicelib.finding.event import parse
from chalicelib.finding.getfindings import event, identifiers
from chalicelib.finding.model import Finding
from chalicelib.ledger import records
from chalicelib.ledger.claim import instant
from chalicelib.ledger.records import Record
from chalicelib.rules.patterns import matches

# An execution's input may have 262,144 bytes; what states add to it needs room too.
_LARGEST_INPUT = 200_000

# Executions of one name, all of them over and none of them a telling: then something else is wrong.
_MOST_OF_A_NAME = 9

_GIVEN_UP = "executions ended without telling"
_REFUSED = "Step Functions refused the input"
_NOT_DONE = (_GIVEN_UP, _REFUSED)
_ALREADY = ("told", "suppressed", "under way")
FORETOLD = ("would be told", "would be hidden")

_MOST_NAMED = 100
"""Missing findings that an answer names; the rest it counts."""

_KEYS: Final = frozenset(
    {"since", "hours", "min_severity", "type", "region", "dry_run", "reconcile", "proof", "next"}
)


class InvalidRequest(Exception):
    """What was asked for can't be done. Who asked corrects it; a retry never helps."""


class NoDetector(Exception):
    """GuardDuty is off in the region, or somebody else's."""


@dataclass(frozen=True)
class Position:
    """Where to go on: a page of a detector's list, and which of its findings are done."""

    detector: str = ""
    token: str = ""
    done: tuple[str, ...] = ()


@dataclass(frozen=True)
class Request:
    """What to compare, and what to do about what is missing."""

    since: datetime
    min_severity: float = 7.0
    type: str = ""
    """A type or a pattern of it with shell-style wildcards; empty: every type."""
    region: str = ""
    """Another region's list; empty: that of the function."""
    dry_run: bool = False
    reconcile: bool = False
    """Leave alone what is told and has recurred, until its event is overdue."""
    proof: bool = False
    at: Position = Position()

    def to_json(self) -> dict[str, Any]:
        """Return what `read_request` reads as ``next``."""
        return {**asdict(self), "since": instant(self.since)}


@dataclass(frozen=True)
class Here:
    """Where the functions and the state machine are."""

    partition: str
    region: str
    account: str
    stage: str

    @property
    def machine(self) -> str:
        """The state machine's ARN."""
        place = f"{self.region}:{self.account}"
        return f"arn:{self.partition}:states:{place}:stateMachine:guardduty-notifier-{self.stage}"


@dataclass(frozen=True)
class Judged:
    """One listed finding and what became of it."""

    finding: Finding
    event: Mapping[str, Any]
    """As GuardDuty would have sent it."""
    record: Record
    standing: Standing


@dataclass(frozen=True)
class Page:
    """One page of a list, and where to go on behind it."""

    at: Position
    judged: tuple[Judged, ...]
    unreadable: int
    behind: Position | None


@dataclass
class Tally:
    """What was found and done so far."""

    listed: int = 0
    standings: Counter[Standing] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    """What came of the missing: started, redriven, under way, …."""
    skipped: Counter[str] = field(default_factory=Counter)
    late: int = 0
    """Missing ones that the event path had lost: those whose event may be on its way don't count."""
    suppressed_by: set[str] = field(default_factory=set)
    named: list[dict[str, Any]] = field(default_factory=list)

    @property
    def missing(self) -> int:
        """How many were to be told."""
        return sum(number for standing, number in self.standings.items() if standing.missing)

    def to_json(self) -> dict[str, Any]:
        """Return the counts, and the missing by name as far as there is room."""
        standings, outcomes = self.standings, self.outcomes
        return {
            "listed": self.listed,
            "already_told": standings[Standing.TOLD] + outcomes["told"],
            "not_due": standings[Standing.NOT_DUE],
            "suppressed": standings[Standing.SUPPRESSED] + outcomes["suppressed"],
            "missing": self.missing - sum(outcomes[each] for each in ("told", "suppressed", "under way")),
            "under_way": outcomes["under way"],
            "started": outcomes["started"],
            "redriven": outcomes["redriven"],
            **{name.replace(" ", "_"): outcomes[name] for name in FORETOLD if outcomes[name]},
            "skipped": dict(self.skipped),
            "findings": self.named[:_MOST_NAMED],
            "findings_left_out": max(0, len(self.named) - _MOST_NAMED),
        }


@dataclass(frozen=True)
class Result:
    """What a run came to."""

    tally: Tally
    rest: Request | None = None
    """What is left to do; None where all is done."""
    why: str = ""
    """Why it stopped."""

    def to_json(self) -> dict[str, Any]:
        """Return the function's answer; ``next`` is a payload's ``next``."""
        left = {"next": self.rest.to_json(), "stopped": self.why} if self.rest else {"next": None}
        return {**self.tally.to_json(), **left}


class Outcome(NamedTuple):
    """What came of a missing finding."""

    word: str
    """told, suppressed, under way: an execution had it already. started, redriven: one has it now. Or a reason."""
    rule: str = ""
    """The suppression rule that would hide it."""


Act = Callable[[Judged], Outcome]
"""Does something about a missing finding and says what came of it."""


def read_request(payload: object, now: datetime) -> Request:
    """Read the function's payload; raises InvalidRequest for what it does not know, lest it start what nobody meant.

    ``{"since": "24h" | "7d" | "2026-11-01" | timestamp, "hours": 3, "min_severity": 7, "type": "Recon:*",
    "region": …, "dry_run": true, "reconcile": true, "proof": true}``, all optional, or ``{"next": …}`` alone.
    """
    if not isinstance(payload, dict):
        raise InvalidRequest("The payload must be a JSON object.")
    if unknown := sorted(map(str, payload.keys() - _KEYS)):
        raise InvalidRequest(f"Unknown: {', '.join(unknown)}. There are: {', '.join(sorted(_KEYS))}.")
    return _continued(payload["next"]) if payload.get("next") else _fresh(payload, now)


def _fresh(payload: Mapping[str, Any], now: datetime) -> Request:
    return Request(
        since=_since(payload, now),
        min_severity=_number(payload, "min_severity", 7.0, most=10.0),
        type=_text(payload, "type"),
        region=_text(payload, "region"),
        dry_run=_flag(payload, "dry_run"),
        reconcile=_flag(payload, "reconcile"),
        proof=_flag(payload, "proof"),
    )


def _continued(left: Any) -> Request:
    try:
        at = Position(left["at"]["detector"], left["at"]["token"], tuple(left["at"]["done"]))
        return Request(**{**left, "since": datetime.fromisoformat(left["since"]), "at": at})
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidRequest("next must be the next of an earlier answer, unchanged.") from error


def since(text: str, now: datetime) -> datetime:
    """Read how far to look back: ``24h``, ``7d``, a date (from its beginning, UTC) or an ISO timestamp."""
    if span := re.fullmatch(r"([1-9][0-9]{0,4})([hd])", text.strip(), re.ASCII):
        return now - timedelta(hours=int(span[1]) * (24 if span[2] == "d" else 1))
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError as error:
        said = text[:40]
        raise InvalidRequest(
            f"since is {said!r}: it must be like 24h, 7d, 2026-11-01 or 2026-11-01T08:00Z."
        ) from error
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if moment >= now:
        raise InvalidRequest(f"since is {text.strip()!r}, which is still to come.")
    return moment


def _since(payload: Mapping[str, Any], now: datetime) -> datetime:
    if "hours" in payload and "since" in payload:
        raise InvalidRequest("since or hours, not both.")
    if text := _text(payload, "since"):
        return since(text, now)
    hours = 3.0 if payload.get("reconcile") else 24.0
    return now - timedelta(hours=_number(payload, "hours", hours, most=90 * 24.0))


def _number(payload: Mapping[str, Any], name: str, default: float, most: float) -> float:
    value = payload.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= most:
        raise InvalidRequest(f"{name} must be a number above 0, at most {most:g}.")
    return float(value)


def _text(payload: Mapping[str, Any], name: str) -> str:
    value = payload.get(name) or ""
    if not isinstance(value, str):
        raise InvalidRequest(f"{name} must be a string.")
    return value


def _flag(payload: Mapping[str, Any], name: str) -> bool:
    value = payload.get(name, False)
    if not isinstance(value, bool):
        raise InvalidRequest(f"{name} must be true or false.")
    return value


def run(
    request: Request,
    here: Here,
    now: datetime,
    act: Act,
    has_time: Callable[[], bool],
    watch: Callable[[Tally], None] = lambda _: None,
) -> Result:
    """Compare GuardDuty's list with what is told, and do ``act`` to each missing finding.

    Stops between two findings when time is over, or where AWS throttles; ``rest`` then goes on exactly there.
    Raises NoDetector, and botocore's error where AWS refuses.
    """
    tally, at = Tally(), request.at
    try:
        for page in _pages(request, here, now):
            at = page.at
            tally.skipped.update({"unreadable": page.unreadable} if page.unreadable else {})
            for each in page.judged:
                if not has_time():
                    return Result(tally, replace(request, at=at), "the time limit is near")
                _count(tally, each, act, now)
                at = replace(at, done=(*at.done, each.finding.id))
                watch(tally)
            at = page.behind or at
            if page.behind and not has_time():
                return Result(tally, replace(request, at=at), "the time limit is near")
    except AWSUnavailable as error:
        return Result(tally, replace(request, at=at), str(error))
    return Result(tally)


def _count(tally: Tally, each: Judged, act: Act, now: datetime) -> None:
    """Act first: what AWS then throttles is neither counted nor done, and comes again."""
    outcome = act(each) if each.standing.missing else None
    tally.listed += 1
    tally.standings[each.standing] += 1
    if each.standing is Standing.SUPPRESSED:
        tally.suppressed_by.add(each.record.suppressed_by)
    if outcome is not None:
        _count_missing(tally, each, outcome, now)


def _count_missing(tally: Tally, each: Judged, outcome: Outcome, now: datetime) -> None:
    word = outcome.word
    tally.outcomes[word] += 1
    if word in _NOT_DONE:
        tally.skipped[word] += 1
    if word not in _ALREADY:
        tally.late += not on_its_way(each.finding, each.standing, now)
        tally.named.append(named(each) | {"outcome": word} | ({"rule": outcome.rule} if outcome.rule else {}))


def named(each: Judged) -> dict[str, Any]:
    """Name a missing finding: identifiers only."""
    finding = each.finding
    return {
        "id": finding.id,
        "type": finding.type,
        "severity": finding.severity,
        "account": finding.account_id,
        "region": finding.region,
        "updated": instant(finding.updated_at) if finding.updated_at else "",
        "why": str(each.standing),
    }


def pages_of_ids(request: Request, here: Here, below: int | None = None) -> Iterator[list[str]]:
    """List finding ids only, up to 50 at a time."""
    criteria = Criteria(request.region or here.region, request.since, request.min_severity, below)
    for detector in _detectors(criteria.region):
        for _, ids, _ in guardduty.pages(detector, criteria, ""):
            yield ids


def _detectors(region: str) -> list[str]:
    if found := guardduty.detectors(region):
        return found
    raise NoDetector(f"GuardDuty has no detector in {region}: it is off there, or in another account.")


def _pages(request: Request, here: Here, now: datetime) -> Iterator[Page]:
    """Read the list from the request's position on, judged page by page."""
    criteria = Criteria(request.region or here.region, request.since, request.min_severity)
    detectors, at = _detectors(criteria.region), request.at
    if at.detector and at.detector not in detectors:
        raise InvalidRequest(f"next names the detector {at.detector}, which {criteria.region} has no more.")
    ahead = detectors[detectors.index(at.detector) :] if at.detector else detectors
    for number, detector in enumerate(ahead):
        following = Position(ahead[number + 1]) if detector != ahead[-1] else None
        interval = guardduty.interval(detector, criteria.region) if _by_schedule(request) else None
        for token, ids, more in guardduty.pages(detector, criteria, "" if number else at.token):
            done = at.done if (detector, token) == (at.detector, at.token) else ()
            behind = Position(detector, more) if more else following
            left = [each for each in ids if each not in done]
            judged, unreadable = _judged(request, here, now, detector, left, interval)
            yield Page(Position(detector, token, done), judged, unreadable, behind)


def _by_schedule(request: Request) -> bool:
    return request.reconcile or request.proof


def _judged(
    request: Request, here: Here, now: datetime, detector: str, ids: Sequence[str], interval: timedelta | None
) -> tuple[tuple[Judged, ...], int]:
    """Fetch findings and what is told of them, and judge them; and count those that can't be read."""
    if not ids:
        return (), 0
    region = request.region or here.region
    events = [event(each, here.account, region) for each in guardduty.fetch(detector, region, ids)]
    read = [(told, _parsed(told)) for told in events]
    wanted = [(told, finding) for told, finding in read if finding and _wanted(finding, request)]
    found = records.read(finding.id for _, finding in wanted) if wanted else {}
    judged = (
        Judged(finding, told, record, judge(finding, record, now, interval))
        for told, finding in wanted
        for record in [found.get(finding.id, Record())]
    )
    return tuple(judged), sum(finding is None for _, finding in read)


def _parsed(told: Mapping[str, Any]) -> Finding | None:
    try:
        return parse({**told, "via": "replay"})
    except InvalidFinding:
        return None


def _wanted(finding: Finding, request: Request) -> bool:
    """What the list's criteria can't say: fractions, patterns, and what changed since it was listed."""
    of_type = not request.type or matches(finding.type, (request.type,))
    return of_type and finding.severity >= request.min_severity and not finding.archived


def teller(here: Here, now: datetime) -> Act:
    """Tell missing findings: each by an execution of the state machine, unless one has it already."""

    def tell(each: Judged) -> Outcome:
        claimed = _claimed_by(each, now)
        try:
            return Outcome((claimed and _state(claimed, again=True)) or _start(each, here, now))
        except step_functions.InputRefused:
            return Outcome(_REFUSED)  # one that can't be told must not keep the others from it

    return tell


def looker(now: datetime) -> Act:
    """Only look whether an execution has the missing finding already."""

    def look(each: Judged) -> Outcome:
        claimed = _claimed_by(each, now)
        return Outcome((claimed and _state(claimed, again=False)) or "missing")

    return look


def _claimed_by(each: Judged, now: datetime) -> str:
    """Name the execution that has claimed this update or a newer one."""
    return each.record.claimed_by if each.record.claimed_update >= update(each.finding, now) else ""


def _state(arn: str, *, again: bool) -> str:
    """Say what an execution that has the finding makes of it; empty where a new one is needed.

    One that ended badly is redriven (if ``again``): it keeps its claim.
    """
    execution = step_functions.describe(arn)
    if execution is None:
        return ""
    if execution.status in step_functions.ENDED_BADLY:
        return "redriven" if again and step_functions.redrive(arn) else ""
    return _end(execution.output) if execution.status == "SUCCEEDED" else "under way"


def _end(output: str) -> str:
    """Read how an execution ended that did not fail; empty where it left the telling to another one."""
    try:
        state = json.loads(output)
        told, verdict = state.get("told") or {}, state.get("verdict") or {}
    except (ValueError, AttributeError):
        return ""
    if told.get("status") == "told":
        return "told"
    return "suppressed" if verdict.get("suppressed") is True else ""


def _start(each: Judged, here: Here, now: datetime) -> str:
    """Start an execution under the first name that is free; each name that is taken may have it already."""
    name, text = execution_name(each.finding, now), execution_input(each, now)
    for suffix in ("", *(f"-{number}" for number in range(2, _MOST_OF_A_NAME + 1))):
        if step_functions.start(here.machine, name + suffix, text):
            return "started"
        arn = step_functions.execution_arn(here.machine, name + suffix)
        if state := _state(arn, again=True):
            return state
    return _GIVEN_UP


def execution_input(each: Judged, now: datetime) -> str:
    """Write the input: the event as sent now, which tells it from the input of an earlier replay.

    With the same input a running execution of that name would count as started again.
    """
    told = {**each.event, "via": "replay", "time": instant(now)}
    text = json.dumps(told)
    if each.finding.type.startswith("AttackSequence:") or len(text) > _LARGEST_INPUT:
        return json.dumps(identifiers(told))
    return text
