"""Whether GuardDuty finds anything here, and whether its accounts have names."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from botocore.exceptions import ClientError

from statemachine.deploy.command import missing_functions
from statemachine.operate.checks import Check, StagePlace
from statemachine.session import client

_REFUSALS = frozenset({"AccessDenied", "AccessDeniedException", "AWSOrganizationsNotInUseException"})
_OF_ACCOUNTS = ("DescribeAccount", "ListAccounts", "GetAccountInformation")
_DELEGATE = "Deploy into a delegated administrator account, or have DescribeAccount delegated to this one."


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


def findings_published(place: StagePlace, name: str) -> Check:
    """GuardDuty publishes what is new of a known finding in time, in each region that the stage compares.

    https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings_eventbridge.html
    """
    found = [how for region in (place.region, *place.stage.regions) for how in _publishing(region)]
    if not found:
        return Check(name, None, "not looked at: GuardDuty is off")
    late = [how for how in found if how.frequency == "SIX_HOURS"]
    if not late:
        return Check(name, True, "what is new of a known finding is published within an hour")
    hint = (
        "Until then a higher severity or a new address is not seen. In each: aws guardduty update-detector"
        f" --region {late[0].region} --detector-id {late[0].detector} --finding-publishing-frequency FIFTEEN_MINUTES"
    )
    where = ", ".join(how.region for how in late)
    return Check(
        name, None, f"what is new of a known finding is published every six hours only in {where}", hint
    )


class _Publishing(NamedTuple):
    region: str
    detector: str
    frequency: str
    """SIX_HOURS unless somebody asked for another."""


def _publishing(region: str) -> Iterator[_Publishing]:
    guardduty = client("guardduty", region)
    for detector in guardduty.list_detectors()["DetectorIds"]:
        frequency = guardduty.get_detector(DetectorId=detector)["FindingPublishingFrequency"]
        yield _Publishing(region, detector, frequency)


def account_names(place: StagePlace, name: str) -> Check:
    """The function can read this account's name, with its own role."""
    if missing_functions(place.stage):
        return Check(name, None, "not looked at: functions are missing")
    answer = client("lambda").invoke(
        FunctionName=place.stage.function("look-up-account"), Payload=json.dumps(own_finding(place)).encode()
    )
    found = _json(answer["Payload"].read())
    its_log = f"The log of {place.stage.function('look-up-account')} says why."
    if "FunctionError" in answer:
        return Check(name, False, str(found.get("errorMessage") or "look-up-account failed"), its_log)
    if not found.get("name"):
        hint = _DELEGATE if _not_delegated(found) else its_log
        return Check(name, False, str(found.get("cause") or "no name"), hint)
    return Check(name, True, f"{place.account} is {found['name']}")


def _not_delegated(found: Mapping[str, Any]) -> bool:
    """Say whether it was the accounts that were refused, and no table."""
    cause = str(found.get("cause"))
    return found.get("error") in _REFUSALS and any(f"the {call} operation" in cause for call in _OF_ACCOUNTS)


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
