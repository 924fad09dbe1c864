"""A GuardDuty of our own on loopback, with one detector and the findings it is given.

It speaks ListDetectors, GetDetector, DescribeOrganizationConfiguration, ListFindings and GetFindings as the
service does: pages of at most 50 with an empty token behind the last, criteria by a finding's own names, the
sample flag in a JSON string. Over the wire a finding has the names that it has in an event's ``detail``.

https://docs.aws.amazon.com/guardduty/latest/APIReference/API_ListFindings.html
"""

import json
import operator
import re
from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from datetime import datetime
from functools import cache
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import botocore.session
from botocore.model import ListShape, Shape, StructureShape

from statemachine.local.aws_stand_in import AwsFault, AwsRequest, Refused, StandIn

DETECTOR: Final = "2cb1a9d8e7f6054b3c2d1e0f9a8b7c6d"

_MOST: Final = 50
"""Findings of a page, and of one GetFindings."""

_LAST_SECOND: Final = 32_503_680_000
"""The year 3000: what is more is milliseconds."""

_OPERATIONS: Final = (
    ("GET", r"/detector", "ListDetectors"),
    ("GET", r"/detector/([^/]+)", "GetDetector"),
    ("GET", r"/detector/([^/]+)/admin", "DescribeOrganizationConfiguration"),
    ("POST", r"/detector/([^/]+)/findings", "ListFindings"),
    ("POST", r"/detector/([^/]+)/findings/get", "GetFindings"),
)
_COMPARISONS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "eq": lambda value, wanted: _text(value) in wanted,
    "equals": lambda value, wanted: _text(value) in wanted,
    "neq": lambda value, wanted: _text(value) not in wanted,
    "notEquals": lambda value, wanted: _text(value) not in wanted,
    "gt": operator.gt,
    "greaterThan": operator.gt,
    "gte": operator.ge,
    "greaterThanOrEqual": operator.ge,
    "lt": operator.lt,
    "lessThan": operator.lt,
    "lte": operator.le,
    "lessThanOrEqual": operator.le,
}


class GuardDutyStandIn(StandIn):
    """The server and its findings; what it was made with may be changed at any time.

    `findings` are details of events. Without a `detector` the region has none. `frequency` is how often
    recurrences are published: FIFTEEN_MINUTES, ONE_HOUR or SIX_HOURS.
    """

    def __init__(
        self,
        findings: Iterable[Mapping[str, Any]] = (),
        *faults: AwsFault,
        detector: str = DETECTOR,
        frequency: str = "SIX_HOURS",
    ) -> None:
        super().__init__(*faults)
        self.detector = detector
        self.frequency = frequency
        self._findings: dict[str, dict[str, Any]] = {}
        for finding in findings:
            self.put(finding)

    def put(self, finding: Mapping[str, Any]) -> None:
        """Take in a finding, or a newer update of it, as the ``detail`` of an event."""
        kept = _on_the_wire(deepcopy(dict(finding)), _finding_shape())
        service = kept.setdefault("service", {})
        if isinstance(info := service.get("additionalInfo"), dict):
            service["additionalInfo"] = {"type": "default", "value": json.dumps(info)}
        with self._lock:
            self._findings[kept["id"]] = kept

    def operation(self, request: AwsRequest) -> str:
        """Name the operation by method and path."""
        return self._matched(request)[0]

    def answer(self, operation: str, request: AwsRequest) -> dict[str, Any]:
        """Carry it out."""
        if operation == "ListDetectors":
            return {"detectorIds": [self.detector] if self.detector else [], "nextToken": ""}
        if self._matched(request)[1] != self.detector:
            raise Refused("BadRequestException", "The input detectorId is not owned by the current account.")
        return {
            "GetDetector": self._get_detector,
            "DescribeOrganizationConfiguration": self._describe_organization,
            "ListFindings": self._list_findings,
            "GetFindings": self._get_findings,
        }[operation](request.body)

    def _matched(self, request: AwsRequest) -> tuple[str, str]:
        path = urlsplit(request.path).path
        for method, pattern, name in _OPERATIONS:
            if method == request.method and (found := re.fullmatch(pattern, path)):
                return name, unquote(found[1]) if found.groups() else ""
        raise Refused("UnknownOperationException", f"{request.method} {path}", 404)

    def _get_detector(self, _: dict[str, Any]) -> dict[str, Any]:
        return {
            "status": "ENABLED",
            "serviceRole": "arn:aws:iam::111122223333:role/aws-service-role/guardduty.amazonaws.com/Any",
            "findingPublishingFrequency": self.frequency,
        }

    def _describe_organization(self, _: dict[str, Any]) -> dict[str, Any]:
        return {"memberAccountLimitReached": False, "autoEnableOrganizationMembers": "ALL"}

    def _list_findings(self, body: dict[str, Any]) -> dict[str, Any]:
        criterion = body.get("findingCriteria", {}).get("criterion", {})
        found = [finding for finding in self._findings.values() if _meets(finding, criterion)]
        page, start = _page_size(body), _start(body.get("nextToken") or "0")
        ids = [finding["id"] for finding in _sorted(found, body.get("sortCriteria", {}))]
        more = start + page < len(ids)
        return {"findingIds": ids[start : start + page], "nextToken": str(start + page) if more else ""}

    def _get_findings(self, body: dict[str, Any]) -> dict[str, Any]:
        ids = body.get("findingIds", [])
        if len(ids) > _MOST:
            raise Refused("BadRequestException", "The number of findingIds is out of range.")
        return {"findings": [self._findings[each] for each in ids if each in self._findings]}


@cache
def _finding_shape() -> Shape:
    return botocore.session.get_session().get_service_model("guardduty").shape_for("Finding")


def _on_the_wire(value: Any, shape: Shape | None) -> Any:
    """Write times as the API does: events have some in milliseconds, the API's are text or epoch seconds."""
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        members = {each.serialization.get("name", name): each for name, each in shape.members.items()}
        return {name: _on_the_wire(member, members.get(name)) for name, member in value.items()}
    if isinstance(shape, ListShape) and isinstance(value, list):
        return [_on_the_wire(each, shape.member) for each in value]
    late = isinstance(value, int | float) and value > _LAST_SECOND
    return value / 1000 if late and shape is not None and shape.type_name == "timestamp" else value


def _page_size(body: dict[str, Any]) -> int:
    size = int(body.get("maxResults", _MOST))
    if not 1 <= size <= _MOST:
        raise Refused("BadRequestException", "The value of maxResults is out of range.")
    return size


def _start(token: str) -> int:
    if not token.isdecimal():
        raise Refused("BadRequestException", "The nextToken is invalid.")
    return int(token)


def _sorted(findings: list[dict[str, Any]], criteria: dict[str, Any]) -> list[dict[str, Any]]:
    name = criteria.get("attributeName")
    if not name:
        return findings
    return sorted(
        findings, key=lambda each: _comparable(_member(each, name)), reverse=criteria.get("orderBy") == "DESC"
    )


def _meets(finding: dict[str, Any], criterion: Mapping[str, dict[str, Any]]) -> bool:
    return all(
        _compare(comparison, _member(finding, name), wanted)
        for name, condition in criterion.items()
        for comparison, wanted in condition.items()
    )


def _compare(comparison: str, value: Any, wanted: Any) -> bool:
    if comparison not in _COMPARISONS:
        raise Refused("BadRequestException", f"{comparison} is not a condition of this operation.")
    if isinstance(wanted, list):
        return _COMPARISONS[comparison](value, wanted)
    number = _comparable(value)
    return isinstance(number, int | float) and _COMPARISONS[comparison](number, wanted)


def _member(finding: dict[str, Any], name: str) -> Any:
    value: Any = finding
    for part in name.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def _comparable(value: Any) -> Any:
    """A time counts as its epoch milliseconds."""
    if isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\dT", value):
        return datetime.fromisoformat(value).timestamp() * 1000
    return value


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
