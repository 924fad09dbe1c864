"""What a replay is asked: which findings, what to do about the missing ones, and where to go on."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from chalicelib.ledger.claim import instant

MARGIN: Final = timedelta(hours=1)
"""Delivery, a queue in Slack's channel and a look's own time: only what is later than all of them is late."""
_LONGEST_INTERVAL: Final = timedelta(hours=6)
"""Between two events of a finding that recurs: https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings_eventbridge.html"""
HOURLY: Final = _LONGEST_INTERVAL + MARGIN + timedelta(hours=1)
DAILY: Final = _LONGEST_INTERVAL + MARGIN + timedelta(days=1)
"""How far the looks go back. A look that goes back less than that and its period never sees what has become due."""

_KEYS: Final = frozenset(
    {"since", "hours", "min_severity", "type", "region", "regions", "dry_run", "reconcile", "proof", "next"}
)


class InvalidRequest(Exception):
    """What was asked for can't be done. Who asked corrects it; a retry never helps."""


@dataclass(frozen=True)
class Position:
    """Where to go on: a page of a detector's list, and which of its findings are done."""

    detector: str = ""
    token: str = ""
    done: tuple[str, ...] = ()


@dataclass(frozen=True)
class ReplayRequest:
    """What to compare, and what to do about what is missing."""

    since: datetime
    min_severity: float = 7.0
    type: str = ""
    """A type or a pattern of it with shell-style wildcards; empty: every type."""
    region: str = ""
    """Another region's list; empty: that of the function."""
    dry_run: bool = False
    reconcile: bool = False
    """Leave alone what is posted and has recurred, until its event is overdue."""
    proof: bool = False
    at: Position = Position()
    regions: tuple[str, ...] = ()
    """More regions that a look by schedule compares."""

    def all_regions(self, here: "Here") -> tuple[str, ...]:
        """Name each region once, the function's own (or ``region``) first."""
        return tuple(dict.fromkeys((self.region or here.region, *self.regions)))

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


def read_request(payload: object, now: datetime) -> ReplayRequest:
    """Read the function's payload; raises InvalidRequest for what it does not know, lest it start what nobody meant.

    ``{"since": "24h" | "7d" | "2026-11-01" | timestamp, "hours": 8, "min_severity": 7, "type": "Recon:*",
    "region": …, "regions": "us-east-1,us-west-2", "dry_run": true, "reconcile": true, "proof": true}``, all optional,
    or ``{"next": …}`` alone.
    """
    if not isinstance(payload, dict):
        raise InvalidRequest("The payload must be a JSON object.")
    if unknown := sorted(map(str, payload.keys() - _KEYS)):
        raise InvalidRequest(f"Unknown: {', '.join(unknown)}. There are: {', '.join(sorted(_KEYS))}.")
    return _continued(payload["next"]) if payload.get("next") else _fresh(payload, now)


def _fresh(payload: Mapping[str, Any], now: datetime) -> ReplayRequest:
    return ReplayRequest(
        since=_since(payload, now),
        min_severity=_number(payload, "min_severity", 7.0, most=10.0),
        type=_text(payload, "type"),
        region=_text(payload, "region"),
        dry_run=_flag(payload, "dry_run"),
        reconcile=_flag(payload, "reconcile"),
        proof=_flag(payload, "proof"),
        regions=_regions(payload),
    )


def _continued(left: Any) -> ReplayRequest:
    try:
        at = Position(left["at"]["detector"], left["at"]["token"], tuple(left["at"]["done"]))
        since, regions = datetime.fromisoformat(left["since"]), tuple(left.get("regions", ()))
        return ReplayRequest(**{**left, "since": since, "at": at, "regions": regions})
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidRequest("next must be the next of an earlier answer, unchanged.") from error


def look_back(text: str, now: datetime) -> datetime:
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
        return look_back(text, now)
    usual = HOURLY if payload.get("reconcile") else DAILY if payload.get("proof") else timedelta(days=1)
    hours = _number(payload, "hours", usual / timedelta(hours=1), most=90 * 24.0)
    return now - timedelta(hours=hours)


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


def _regions(payload: Mapping[str, Any]) -> tuple[str, ...]:
    """Read the regions as the stack's parameter has them: names with commas between them."""
    text = _text(payload, "regions")
    if text and not (payload.get("reconcile") or payload.get("proof")):
        raise InvalidRequest("regions go with reconcile or proof; a replay by hand has one region.")
    names = tuple(text.split(",")) if text else ()
    if wrong := [name for name in names if not re.fullmatch(r"[a-z]{2,}(-[a-z]+)+-[0-9]{1,2}", name)]:
        raise InvalidRequest(f"regions: {wrong[0][:40]!r} is no region's name.")
    return names


def _flag(payload: Mapping[str, Any], name: str) -> bool:
    value = payload.get(name, False)
    if not isinstance(value, bool):
        raise InvalidRequest(f"{name} must be true or false.")
    return value
