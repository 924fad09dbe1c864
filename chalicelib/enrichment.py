"""What the states before the telling find out. Each takes the execution's state and returns what it adds."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from chalicelib import settings
from chalicelib.aws import guardduty, metrics, organizations, resource_tags, rule_tables
from chalicelib.errors import AWSUnavailable
from chalicelib.finding.event import parse
from chalicelib.finding.model import Account, Finding
from chalicelib.ledger import notifications
from chalicelib.ledger.claim import claim
from chalicelib.notify import lookups
from chalicelib.rules import suppressions

State = dict[str, Any]

_accounts: dict[str, Account] = {}  # for the life of the container

# A state's output may hold 262,144 bytes with the finding in it. More tags than this are those of a
# sequence of many resources; the finding itself has them.
_MOST_BYTES_OF_TAGS = 60_000


def look_up_account(event: object, own_account_id: str, now: datetime) -> State:
    """Name the finding's account, and say which of its updates this execution is to tell."""
    finding = parse(event)
    try:
        found = _account(finding.account_id, own_account_id, now)
    except ClientError as refusal:
        return _unknown(finding, refusal.response["Error"]["Code"], str(refusal), now)
    return {"name": found.name, "ou_path": found.ou_path, "claim": claim(finding, now)}


def account_unknown(event: object, failure: Mapping[str, str], now: datetime) -> State:
    """Say which update this is, and why nothing is known of the account."""
    return _unknown(parse(event), failure.get("Error", ""), failure.get("Cause", ""), now)


def _unknown(finding: Finding, error: str, cause: str, now: datetime) -> State:
    return {"name": "", "ou_path": "", "claim": claim(finding, now), "error": error, "cause": cause}


def _account(account_id: str, own_account_id: str, now: datetime) -> Account:
    """From the container, else the table, else AWS: a burst makes one call."""
    if account_id not in _accounts:
        _accounts[account_id] = _kept_account(account_id, now) or _asked_account(
            account_id, own_account_id, now
        )
    return _accounts[account_id]


def _kept_account(account_id: str, now: datetime) -> Account | None:
    try:
        return notifications.account(account_id, now)
    except (AWSUnavailable, ClientError):
        return None  # the cache costs a call when it fails, not the name


def _asked_account(account_id: str, own_account_id: str, now: datetime) -> Account:
    found = organizations.describe_account(account_id, own_account_id)
    try:
        notifications.keep_account(account_id, found, now)
    except (AWSUnavailable, ClientError):
        return found  # the next container asks again
    return found


def look_up_resource_tags(event: object, own_account_id: str) -> State:
    """Give the resources' tags: the finding's own, else asked where the resource lives."""
    finding = guardduty.whole(parse(event))
    missing = resource_tags.untagged(finding)
    if finding.sample or not missing:
        return _tags(finding, {}, "")
    if finding.account_id == own_account_id:
        clients = resource_tags.own_clients()
    elif role_name := settings.tag_reader_role_name():
        clients = resource_tags.member_clients(finding, role_name)
    else:
        return _tags(
            finding, {}, "Tags are asked for in the own account only: TAG_READER_ROLE_NAME is not set."
        )
    return _tags(finding, resource_tags.look_up(finding, missing, clients), "")


def _tags(finding: Finding, live: resource_tags.Tags, note: str) -> State:
    carried = {resource.ids[0]: dict(resource.tags) for resource in finding.resources if resource.tags}
    source = "live" if live else "finding" if carried else "none"
    found = {"source": source, "tags": _bounded(live | carried)}
    return found | {"note": note} if note else found


def _bounded(tags: resource_tags.Tags) -> resource_tags.Tags:
    kept: resource_tags.Tags = {}
    room = _MOST_BYTES_OF_TAGS
    for resource, its in tags.items():
        room -= len(json.dumps({resource: its}).encode())
        if room < 0:
            break
        kept[resource] = its
    return kept


def check_suppression_list(state: Mapping[str, Any], now: datetime) -> State:
    """Ask the list about the finding with all that was looked up; what it hides is counted in a metric."""
    finding = enriched(state)
    found = rule_tables.items(settings.suppressions_table(), suppressions.keys(finding.type))
    verdict = suppressions.check(finding, lookups.account(state), found, now)
    if verdict.suppressed and settings.runs_in_lambda():
        print(metrics.line({"Suppressed": 1}, settings.stage(), now))
    return verdict.to_json()


def enriched(state: Mapping[str, Any]) -> Finding:
    """Parse the state's finding, fetch what its event lacks, and add the tags that were looked up."""
    return guardduty.whole(parse(state)).tagged(lookups.tags(state))
