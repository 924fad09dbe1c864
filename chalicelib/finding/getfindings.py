"""A finding as the GetFindings API returns it, turned into the event that GuardDuty would have sent.

boto3 writes members in Pascal case, events in camel case (the model's ``locationName``), with exceptions.
https://docs.aws.amazon.com/guardduty/latest/APIReference/API_GetFindings.html
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

WIRE_NAMES: Final[Mapping[tuple[str, str], str]] = {
    ("ProductCodes", "Code"): "productCodeId",
    ("ProductCodes", "ProductType"): "productCodeType",
    ("TaskDetails", "TaskCreatedAt"): "createdAt",
    ("KubernetesApiCallAction", "SourceIps"): "sourceIPs",
    ("RdsLoginAttemptAction", "LoginAttributes"): "LoginAttributes",
    ("Account", "Name"): "account",
    ("Ec2Instance", "IamInstanceProfile"): "IamInstanceProfile",
    ("KubernetesWorkload", "KubernetesResourcesTypes"): "type",
    ("Location", "Latitude"): "lat",
    ("Location", "Longitude"): "lon",
}
"""Members whose name in the event is not boto3's with a small first letter, each with its holder's name."""

MAPS: Final[Mapping[str, int]] = {"AffectedResources": 1, "Profiles": 2, "Behavior": 2}
"""Members whose keys are data, not names, and how many levels deep."""

IDENTIFIERS: Final = (
    *("id", "type", "severity", "accountId", "region"),
    *("partition", "arn", "createdAt", "updatedAt"),
)
SERVICE_IDENTIFIERS: Final = ("detectorId", "count", "eventFirstSeen", "eventLastSeen")
"""What the attack sequences' rule passes of a finding, and of its ``service``."""


def event(finding: Mapping[str, object], home_account: str, home_region: str) -> dict[str, object]:
    """Make the EventBridge event of a finding: ``{"source": "aws.guardduty", "detail": {…}, …}``.

    Args:
        finding: one of GetFindings' ``Findings``.
        home_account: the account of the bus that would have delivered it.
        home_region: the region of that bus.
    """
    return enveloped(detail(finding), home_account, home_region)


def enveloped(sent: Mapping[str, object], home_account: str, home_region: str) -> dict[str, object]:
    """Put a finding as events have it into the envelope in which GuardDuty would have sent it."""
    return {
        "version": "0",
        "id": sent.get("id"),
        "detail-type": "GuardDuty Finding",
        "source": "aws.guardduty",
        "account": home_account,
        "time": sent.get("updatedAt"),
        "region": home_region,
        "resources": [],
        "detail": sent,
    }


def detail(finding: Mapping[str, object]) -> dict[str, object]:
    """Make an event's ``detail`` of one of GetFindings' ``Findings``: plain JSON, times as ISO 8601."""
    sent = _members(finding, "Finding")
    service = sent.get("service")
    if isinstance(service, dict) and isinstance(info := service.get("additionalInfo"), dict):
        service["additionalInfo"] = _expanded(info)
    return sent


def _members(members: Mapping[str, object], holder: str) -> dict[str, object]:
    return {_wire_name(holder, name): _value(member, name) for name, member in members.items()}


def _wire_name(holder: str, name: str) -> str:
    return WIRE_NAMES.get((holder, name)) or name[:1].lower() + name[1:]


def _value(value: object, holder: str, levels: int | None = None) -> object:
    levels = MAPS.get(holder, 0) if levels is None else levels
    if isinstance(value, Mapping):
        return _mapped(value, holder, levels) if levels else _members(value, holder)
    if isinstance(value, list | tuple):
        return [_value(item, holder, levels) for item in value]
    return _time(value) if isinstance(value, datetime) else value


def _mapped(value: Mapping[str, object], holder: str, levels: int) -> dict[str, object]:
    return {key: _value(member, "" if levels == 1 else holder, levels - 1) for key, member in value.items()}


def _time(value: datetime) -> str:
    """Write a time as events do; boto3's are aware, one that is not is taken as UTC."""
    aware = value if value.tzinfo else value.replace(tzinfo=UTC)
    return aware.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _expanded(info: dict[str, object]) -> dict[str, object]:
    """Read the JSON string in which GetFindings gives ``additionalInfo``; keep what can't be read."""
    try:
        members = json.loads(str(info.get("value")))
    except (ValueError, RecursionError):
        return info
    return members if isinstance(members, dict) else info


def identifiers(sent: Mapping[str, Any]) -> dict[str, object]:
    """Keep an event's identifiers only, as the attack sequences' rule passes them: the rest is fetched.

    Such a finding can be larger (an event: 1 MB) than an execution's input (262,144 bytes).
    """
    detail, service = sent["detail"], sent["detail"].get("service") or {}
    kept = {name: detail[name] for name in IDENTIFIERS if name in detail}
    about = {name: service[name] for name in SERVICE_IDENTIFIERS if name in service}
    return {**sent, "identifiersOnly": True, "detail": {**kept, "service": {**about, "archived": False}}}
