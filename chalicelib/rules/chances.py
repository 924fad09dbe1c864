"""Why a readable rule can never match, or perhaps never does: what people mistake for what GuardDuty says."""

import re
from collections.abc import Iterator, Mapping

from chalicelib.rules import finding_types
from chalicelib.rules.patterns import wild

Reason = tuple[str, dict[str, str]]
"""A fault's key, and its sentence's values."""

_ACCOUNT = re.compile(r"[0-9]{12}")
_REGION = re.compile(r"[a-z]{2,4}(-[a-z]+)+-[0-9]+")
_OF_OU = re.compile(r"(?:\A|.*/)(ou-[0-9a-z]+-[0-9a-z]+)")
_WHOLE_PATH = re.compile(r"o-.*/[0-9]{12}/?")


def none(finding_type: str, wanted: Mapping[str, tuple[str, ...]]) -> Iterator[Reason]:
    """Say why no finding can match: not one of a condition's values can be what GuardDuty says."""
    if spelt := finding_types.in_right_case(finding_type):
        yield "type_case", {"value": finding_type, "near": spelt}
    for name, (key, possible) in _POSSIBLE.items():
        values = wanted.get(name, ())
        if values and not any(wild(value) or possible(value) for value in values):
            yield key, {"attribute": name, "value": values[0], "near": _with_wildcards(values[0])}


def small(finding_type: str, wanted: Mapping[str, tuple[str, ...]]) -> Iterator[Reason]:
    """Say why it is likely that no finding matches, though one might."""
    if near := finding_types.nearest(finding_type):
        yield "type_near", {"value": finding_type, "near": near}
    elif not finding_types.is_known(finding_type):
        yield "type_unknown", {"value": finding_type}
    for tag in wanted.get("tag", ()):
        if ":" in tag and "=" not in tag and not tag.startswith("aws:"):
            yield "tag_colon", {"value": tag, "near": tag.replace(":", "=", 1)}


def _is_account(value: str) -> bool:
    return _ACCOUNT.fullmatch(value) is not None


def _is_region(value: str) -> bool:
    return _REGION.fullmatch(value) is not None


def _with_wildcards(value: str) -> str:
    """Write the path of a value's last organisational unit so that it matches all that is below it."""
    unit = _OF_OU.match(value)
    return f"*/{unit[1]}/*" if unit else ""


def _is_path(value: str) -> bool:
    return not _OF_OU.match(value) or _WHOLE_PATH.fullmatch(value) is not None


_POSSIBLE = {
    "account_id": ("account_digits", _is_account),
    "remote_account_id": ("account_digits", _is_account),
    "region": ("region_name", _is_region),
    "ou_path": ("ou_alone", _is_path),
}
"""For each of these conditions, what is said where no value is one that GuardDuty or Organizations says."""
