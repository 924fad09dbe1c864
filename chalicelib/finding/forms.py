"""The forms in which people and services hand over a finding, made the one that GuardDuty sends."""

from collections.abc import Mapping
from typing import Any, Final

from chalicelib.finding import getfindings

_SENT: Final = frozenset({"type", "severity", "accountId"})
"""Members that a finding has and an event's envelope does not have."""

_FETCHED: Final = frozenset({"Type", "Severity", "AccountId"})
"""The same as GetFindings spells them."""


def delivered(given: object, home_account: str, home_region: str) -> object:
    """Make the event of a bare finding, and GuardDuty's spelling of GetFindings' own; leave the rest as it is.

    Args:
        given: anything; `parse` says what is wrong with it.
        home_account: the account of the bus that would have delivered a bare finding.
        home_region: the region of that bus.
    """
    if not isinstance(given, dict):
        return given
    if "detail" not in given and "detail-type" not in given and given.keys() & (_SENT | _FETCHED):
        return getfindings.enveloped(_as_sent(given), home_account, home_region)
    detail = given.get("detail")
    return given | {"detail": _as_sent(detail)} if isinstance(detail, dict) else given


def _as_sent(finding: Mapping[str, Any]) -> Mapping[str, Any]:
    fetched = finding.keys() & _FETCHED and not finding.keys() & _SENT
    return getfindings.detail(finding) if fetched else finding
