"""What of GuardDuty's list of the last weeks stands in Slack, and what does not: the list crossed with the ledger."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import NamedTuple

from chalicelib.aws import guardduty
from chalicelib.aws.guardduty import Criteria
from chalicelib.errors import InvalidFinding
from chalicelib.finding.event import parse
from chalicelib.finding.getfindings import event
from chalicelib.finding.model import Account, Finding
from chalicelib.finding.prune import prune
from chalicelib.ledger import records, watch
from chalicelib.ledger.claim import key
from chalicelib.ledger.records import Record
from chalicelib.rules import suppressions
from chalicelib.rules.attributes import Item
from chalicelib.rules.conditions import Comparison
from chalicelib.rules.quieter import PostedFinding
from chalicelib.rules.suppressions import Rule

DAYS = 14
"""How far one looks back, unless asked otherwise."""

MOST = 10_000
"""Findings that are read, the newest of each region first: as many as the function's memory holds."""

_CRITICAL = 9
_NAMES = frozenset({"account_name", "ou_path"})


class ListedIn(NamedTuple):
    """Which findings are read."""

    regions: Sequence[str]
    account: str
    """Whose lists these are."""
    since: datetime
    min_severity: float
    """What is below is not delivered."""


class NowHiding:
    """The suppression list as it is now: what it hides of what was posted needs no rule any more."""

    def __init__(self, items: Iterable[Item], account_of: Callable[[str], Account], now: datetime) -> None:
        """``account_of`` is asked only where a rule's answer may depend on an account's name or path."""
        self._account_of, self._now = account_of, now
        self._rules: dict[str, list[Rule]] = {}
        for reading in map(suppressions.read, items):
            if isinstance(reading, Rule) and reading.enabled:
                self._rules.setdefault(reading.finding_type, []).append(reading)

    def hides(self, finding: Finding) -> bool:
        """Whether a rule hides the finding when it comes again."""
        rules = [rule for each in suppressions.keys(finding.type) for rule in self._rules.get(each, ())]
        if not rules:
            return False
        named = any(_NAMES & rule.conditions.wanted.keys() for rule in rules)
        account = self._account_of(finding.account_id) if named else Account()
        comparison = Comparison(finding, account, self._now)
        return any(comparison.holds(rule.conditions) for rule in rules)


class PostedLately:
    """The findings below Critical, each once.

    Their accounts have no names here: no rule that is offered asks for one.
    """

    def __init__(self) -> None:
        self.posted: list[PostedFinding] = []
        """Those that stand in Slack, and that no rule hides now."""
        self.others: list[tuple[Finding, Account]] = []
        self.complete = False
        """Whether all of them were read."""

    def read(
        self, listed: ListedIn, hiding: NowHiding, has_time: Callable[[], bool], table: str = ""
    ) -> None:
        """Read them, as long as there is time; ``table`` is another stage's ledger than the settings name.

        Where it raises what GuardDuty and DynamoDB raise, what was read until then is kept.
        """
        seen: set[str] = set()
        for region, detector, ids in _pages(listed):
            new = [each for each in ids if each not in seen]
            if not has_time() or len(seen) + len(new) > MOST:
                return
            seen.update(new)
            if new:
                self._add(_fetched(listed, region, detector, new), hiding, table)
        self.complete = True

    def _add(self, findings: Sequence[Finding], hiding: NowHiding, table: str) -> None:
        found = records.read((key(each) for each in findings), table)
        for each in findings:
            record = found.get(key(each), Record())
            if record.stands_in_slack and not hiding.hides(each):
                self.posted.append(PostedFinding(each, Account(), record.awaits == watch.ANSWER))
            else:
                self.others.append((each, Account()))


def since(now: datetime, days: int = DAYS) -> datetime:
    """Say from when on findings are read."""
    return now - timedelta(days=days)


def _pages(listed: ListedIn) -> Iterator[tuple[str, str, list[str]]]:
    for region in listed.regions:
        criteria = Criteria(region, listed.since, listed.min_severity, _CRITICAL, newest_first=True)
        for detector in guardduty.detectors(region):
            for _, ids, _ in guardduty.pages(detector, criteria, ""):
                yield region, detector, ids


def _fetched(listed: ListedIn, region: str, detector: str, ids: Sequence[str]) -> list[Finding]:
    """Fetch findings as the state machine judges them: shortened where they are too large for it."""
    found: list[Finding] = []
    for each in guardduty.fetch(detector, region, ids):
        with suppress(InvalidFinding):  # nothing was posted of it
            found.append(parse(prune(event(each, listed.account, region))))
    return [each for each in found if listed.min_severity <= each.severity < _CRITICAL and not each.archived]
