"""Whether GuardDuty finds anything here, and whether its accounts have names."""

import json
from typing import Any

from botocore.exceptions import ClientError

from statemachine.deploy.command import missing_functions
from statemachine.operate.checks import Check, StagePlace
from statemachine.session import client


def guardduty_on(place: StagePlace, name: str) -> Check:
    """GuardDuty is on in this region, and this account sees what it should."""
    guardduty = client("guardduty")
    detectors = guardduty.list_detectors()["DetectorIds"]
    if not detectors or guardduty.get_detector(DetectorId=detectors[0])["Status"] != "ENABLED":
        hint = "Switch GuardDuty on in this region, or deploy where it is on."
        return Check(name, False, f"off in {place.region}", hint)
    administrator = guardduty.get_administrator_account(DetectorId=detectors[0]).get("Administrator") or {}
    if administrator.get("AccountId", place.account) != place.account:
        said = f"on in {place.region}, but this is a member account of {administrator['AccountId']}"
        return Check(name, False, said, "Deploy into the administrator account: only it gets all findings.")
    return Check(name, True, f"on in {place.region}{_members(guardduty, detectors[0])}")


def _members(guardduty: Any, detector: str) -> str:
    try:
        pages = guardduty.get_paginator("list_members").paginate(DetectorId=detector)
        members = sum(len(page["Members"]) for page in pages)
    except ClientError:
        return ""  # a matter of interest only
    return f"; administrator of {members} member accounts" if members else "; no member accounts"


def account_names(place: StagePlace, name: str) -> Check:
    """The function can read this account's name, with its own role."""
    if missing_functions(place.stage):
        return Check(name, None, "not looked at: functions are missing")
    answer = client("lambda").invoke(
        FunctionName=place.stage.function("look-up-account"), Payload=json.dumps(own_finding(place)).encode()
    )
    hint = "Deploy into a delegated administrator account, or have DescribeAccount delegated to this one."
    found = _json(answer["Payload"].read())
    if "FunctionError" in answer:
        return Check(name, False, str(found.get("errorMessage") or "look-up-account failed"), hint)
    if not found.get("name"):
        return Check(name, False, str(found.get("cause") or "no name"), hint)
    return Check(name, True, f"{place.account} is {found['name']}")


def own_finding(place: StagePlace) -> dict[str, Any]:
    """Make an event that is enough for the function to name this account."""
    return {
        "version": "0",
        "id": "doctor",
        "detail-type": "GuardDuty Finding",
        "source": "guardduty-notifier.doctor",
        "account": place.account,
        "time": "2026-01-01T00:00:00Z",
        "region": place.region,
        "detail": {
            "id": "doctor",
            "type": "doctor",
            "severity": 1,
            "accountId": place.account,
            "region": place.region,
        },
    }


def _json(text: bytes) -> dict[str, Any]:
    try:
        read = json.loads(text)
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}
