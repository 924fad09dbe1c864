"""What is unusual in an anomaly: in the form of ``detection.anomaly``, and in the older ones of ``additionalInfo``.

What GuardDuty says of the normal (``profiles``, ``profiledBehavior``) is no detail: a reader asks what is not.
https://docs.aws.amazon.com/guardduty/latest/APIReference/API_Anomaly.html
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from chalicelib.finding.fields import (
    LONGEST_LABEL,
    Members,
    at,
    first,
    flag,
    found,
    items,
    record,
    records,
    several,
    text,
    words_of,
)
from chalicelib.finding.model import Detail, Form

FEATURES: Final[Mapping[str, str]] = {
    "api": "unusual_api",
    "asn": "unusual_network",
    "asnorg": "unusual_network",
    "asnorganisation": "unusual_network",
    "asnorganization": "unusual_network",
    "isp": "unusual_network",
    "useragent": "unusual_user_agent",
    "username": "unusual_user",
    "useridentity": "unusual_user",
    "usertype": "unusual_user_type",
    "bucket": "unusual_bucket",
    "hoursofday": "unusual_hour",
    "instancetype": "unusual_instance_type",
    "port": "unusual_port",
}
"""Our labels for what GuardDuty compares with the past, by its names in small letters and in the singular."""

LABELS: Final = (*dict.fromkeys(FEATURES.values()), "unusual")
"""The labels of all details that are made here; the last is that of what we don't know."""

OLDER: Final = ("unusual", "anomalies", "unusualBehavior")
"""Members of ``additionalInfo`` that say what is unusual."""

PROFILES: Final = ("profiledBehavior", "profiles")
"""Members of ``additionalInfo`` that say what is normal."""

# unusualASNsAccountProfiling, isUnusualUserIdentity, anomalousAPIs
_NAME: Final = re.compile(
    r"(?:isUnusual|unusual|anomalous)?(.+?)(?:(?:Account|UserIdentity|Bucket)*Profiling)?", re.DOTALL
)
_COUNTED: Final = re.compile(r"numberOf.*", re.DOTALL)

_OF_SERVICE: Final = re.compile(r"[\w.-]{1,80}:\[([^\]]*)\]")
_NETWORK: Final = re.compile(
    r"asnNumber:\s?(\d{1,10})\s{1,3}asnOrg:\s?([^,]{0,200}?)(?=[\s,]{0,3}(?:asnNumber:|$))"
)
_BETWEEN: Final = re.compile(r"\s,\s*")
_CALL: Final = re.compile(r"\s*(\w+)(?::(\w*))?\s*")

FeatureText = tuple[str, str]
"""What GuardDuty compares with the past, and a text that it says of it."""


def described(service: Members, more: Members) -> Iterator[Detail]:
    """Read what is unusual, each API, network and so on as a detail of its own.

    Args:
        service: the finding's ``service``.
        more: its ``additionalInfo``.
    """
    by_label: dict[str, list[str]] = {label: [] for label in LABELS}
    for name, said in (*_behaviour(service), *_older(more)):
        feature = _feature(name)
        label = FEATURES.get(feature, "unusual")
        by_label[label] += _values(feature, said) if label != "unusual" else [_unknown(name, said)]
    for label, values in by_label.items():
        yield from several(label, values, Form.TEXT if label in _WORDS else Form.CODE)


_WORDS: Final = frozenset(("unusual", "unusual_network", "unusual_user_type", "unusual_hour"))


def _behaviour(service: Members) -> Iterator[FeatureText]:
    """Read ``{"Account": {"API": {"profileSubtype": "UNSEEN", "observations": {"text": […]}}}}``."""
    for behaviours in records(at(service, "detection.anomaly.unusual.behavior")):
        for subject, features in behaviours.items():
            for feature, observed in record(features).items():
                name = (
                    subject
                    if _feature(feature) not in FEATURES and _feature(subject) in FEATURES
                    else feature
                )
                if first(observed, "profileSubtype").upper() != "FREQUENT":
                    yield from ((name, said) for said in found(observed, "observations.text") or [""])


def _older(more: Members) -> Iterator[FeatureText]:
    for group in OLDER:
        for part in items(more.get(group)):
            if not isinstance(part, dict):
                yield "", text(part)
            for name, member in record(part).items():
                yield from ((name, said) for said in _texts(name, member))


def _texts(name: str, member: object) -> Iterator[str]:
    """Read the texts of a member; of numbers of the past and of what is not unusual, none."""
    if _COUNTED.fullmatch(name):
        return
    for each in items(member):
        if flag(each) is None:
            yield from (text(each),) if not isinstance(each, dict) else found(each, *each)
        elif flag(each):
            yield "yes"


def _feature(name: str) -> str:
    """Read what is compared from GuardDuty's name: ``unusualASNsAccountProfiling`` is ``asn``."""
    return re.sub(r"[\W_]+", "", _core(name)).lower().removesuffix("s")


def _core(name: str) -> str:
    core = _NAME.fullmatch(name[:LONGEST_LABEL])
    return core[1] if core else ""


def _values(feature: str, said: str) -> Iterable[str]:
    if feature == "api":
        return _apis(said)
    if networks := _NETWORK.findall(said):
        return [f"{name} (AS{number})".strip() for number, name in networks]
    return [each.strip() for each in _BETWEEN.split(said)]


def _apis(said: str) -> Iterator[str]:
    """Read ``iam.amazonaws.com:[ListUsers:AccessDenied , GetUser:success]``.

    It is ``ListUsers (AccessDenied)`` and ``GetUser``.
    """
    for call in _OF_SERVICE.sub(r"\1,", said).split(","):
        known = _CALL.fullmatch(call)
        error = known[2] if known and known[2] and known[2].lower() != "success" else ""
        yield f"{known[1]} ({error})" if known and error else known[1] if known else call.strip()


def _unknown(name: str, said: str) -> str:
    """Say what we don't know in GuardDuty's words: ``unusualThingsAccountProfiling`` is ``things``."""
    return ": ".join(filter(None, (words_of(_core(name)), said)))
