"""Whatever people have of findings, as the events that GuardDuty would have sent.

Events of EventBridge; findings as ``aws guardduty get-findings`` prints them, as the console, an export to S3 and an
event's ``detail`` have them; alone, in lists, or one a line; in what SNS, SQS, Kinesis, Lambda and CloudWatch Logs wrap
around them, one in the other too.
"""

import base64
import binascii
import gzip
import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.finding import getfindings
from statemachine import json_file
from statemachine.session import WrongInput

LARGEST = 262_144
"""Bytes of an execution's input: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html."""
LARGEST_SEQUENCE = 1_048_576
"""Bytes of an event, of which an attack sequence's rule passes only identifiers."""

_DEEPEST = 10
"""Wrappers around a finding: more than any path through AWS puts there."""

_FORMS = (
    "Give an event of EventBridge, a finding, what aws guardduty get-findings prints, or a message of SNS or SQS"
    " that holds one"
)

_MEMBERS = frozenset(
    {
        *("accountId", "arn", "createdAt", "description", "id", "partition", "region", "resource"),
        *("schemaVersion", "service", "severity", "title", "type", "updatedAt"),
    }
)
_API_MEMBERS = frozenset(name[0].upper() + name[1:] for name in _MEMBERS)
_ENOUGH = 3
"""Members by which a finding is known, as none of them is always there."""

_CARRIERS = (
    *("Findings", "findings", "Records", "records", "Messages", "Entries", "events", "logEvents"),
    *("Sns", "Message", "Body", "body", "message", "kinesis", "awslogs", "data", "input", "detail"),
)
"""Members in which services put what they carry, those of the outer wrappers first."""
_ENCODED = frozenset({"data"})
"""Those whose text is base64, of something that may be compressed."""


@dataclass(frozen=True)
class OwnEvent:
    """One thing of a file."""

    name: str
    """The file, and which of several in it."""
    event: dict[str, Any] | None
    """None where it is a stranger."""
    stranger: str = ""
    """What it is instead of a finding of GuardDuty."""


def read_events(path: str) -> list[OwnEvent]:
    """Read a file, or standard input (``-``); raises WrongInput for what is nothing of the kind."""
    found = [each for document in json_file.documents(path) for each in _unwrapped(document.value, path, 0)]
    if not found:
        raise WrongInput(f"{path}: no finding in it. {_FORMS}.")
    named = [
        OwnEvent(path if len(found) == 1 else f"{path}#{number}", event, stranger)
        for number, (event, stranger) in enumerate(found, 1)
    ]
    for each in named:
        _refuse_large(each)
    return named


_Found = tuple[dict[str, Any] | None, str]


def _unwrapped(value: Any, where: str, depth: int) -> Iterator[_Found]:
    if depth > _DEEPEST:
        raise WrongInput(f"{where}: wrapped more than {_DEEPEST} times. {_FORMS}.")
    if isinstance(value, list):
        for each in value:
            yield from _unwrapped(each, where, depth)
    elif isinstance(value, str):
        for document in json_file.documents_of(value, f"{where}: what a message in it holds"):
            yield from _unwrapped(document.value, where, depth + 1)
    elif isinstance(value, dict):
        yield from _of_object(value, where, depth)
    else:
        raise _no_finding(where, value)


def _of_object(value: dict[str, Any], where: str, depth: int) -> Iterator[_Found]:
    if "detail-type" in value or "source" in value:
        yield _checked(value, where), ""
    elif "DetailType" in value or "Source" in value:
        yield _put_entry(value, where), ""
    elif stranger := _stranger(value):
        yield None, stranger
    elif len(_MEMBERS & value.keys()) >= _ENOUGH:
        yield getfindings.enveloped(value, str(value.get("accountId")), str(value.get("region"))), ""
    elif len(_API_MEMBERS & value.keys()) >= _ENOUGH:
        yield getfindings.event(value, str(value.get("AccountId")), str(value.get("Region"))), ""
    else:
        yield from _carried(value, where, depth)


def _carried(value: dict[str, Any], where: str, depth: int) -> Iterator[_Found]:
    name = next((name for name in _CARRIERS if isinstance(value.get(name), dict | list | str)), "")
    if not name:
        raise _no_finding(where, value)
    inside = value[name]
    if name in _ENCODED and isinstance(inside, str):
        inside = _decoded(inside, where)
    yield from _unwrapped(inside, where, depth + 1)


def _checked(event: dict[str, Any], where: str) -> dict[str, Any]:
    """Let an event pass that EventBridge could deliver."""
    if (
        isinstance(event.get("source"), str)
        and isinstance(event.get("detail-type"), str)
        and isinstance(event.get("detail"), dict)
    ):
        return event
    raise WrongInput(
        f"{where}: not an EventBridge event (source, detail-type and detail are needed). {_FORMS}."
    )


def _put_entry(entry: dict[str, Any], where: str) -> dict[str, Any]:
    """Make an event of what ``aws events put-events`` takes."""
    detail = entry.get("Detail")
    if isinstance(detail, str):
        detail = json_file.documents_of(detail, f"{where}: Detail")[0].value
    made = {
        "version": "0",
        "id": "",
        "detail-type": entry.get("DetailType"),
        "source": entry.get("Source"),
        "account": detail.get("accountId", "") if isinstance(detail, dict) else "",
        "time": entry.get("Time", ""),
        "region": detail.get("region", "") if isinstance(detail, dict) else "",
        "resources": entry.get("Resources", []),
        "detail": detail,
    }
    return _checked(made, where)


def _stranger(value: Mapping[str, Any]) -> str:
    """Say whose finding it is, where it has the form of Security Hub."""
    if "ProductArn" in value or "AwsAccountId" in value:
        return "a finding as Security Hub writes it (ASFF), not as GuardDuty does: aws guardduty get-findings has it"
    if "class_uid" in value:
        return "a finding as OCSF has it (Security Hub), not as GuardDuty does: aws guardduty get-findings has it"
    return ""


def _decoded(text: str, where: str) -> str:
    try:
        carried = base64.b64decode(text, validate=True)
        if carried.startswith(b"\x1f\x8b"):
            carried = gzip.decompress(carried)
        return carried.decode("utf-8-sig")
    except (binascii.Error, EOFError, OSError, UnicodeError, zlib.error) as error:
        raise WrongInput(f"{where}: a record's data can't be read ({error}).") from None


def _no_finding(where: str, value: Any) -> WrongInput:
    if isinstance(value, dict) and ("FindingIds" in value or "findingIds" in value):
        return WrongInput(
            f"{where}: it names findings only. Fetch them:"
            " aws guardduty get-findings --detector-id ID --finding-ids ID…"
        )
    return WrongInput(f"{where}: no GuardDuty finding in it. {_FORMS}.")


def _refuse_large(own: OwnEvent) -> None:
    if own.event is None:
        return
    is_sequence = str(own.event["detail"].get("type")).startswith("AttackSequence:")
    size = _bytes(own.event)
    if size > (LARGEST_SEQUENCE if is_sequence else LARGEST):
        raise WrongInput(
            f"{own.name}: {size:,} bytes: an execution can be started with {LARGEST:,},"
            f" an attack sequence's event can have {LARGEST_SEQUENCE:,}. AWS would not deliver it"
        )


def _bytes(event: Any) -> int:
    text = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
    return len(text.encode("utf-8", "surrogatepass"))
