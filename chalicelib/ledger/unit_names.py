"""Organizational units by name, as people know them: an item for each path in the notifications table.

Its key is among the accounts' (``account#ou-…/ou-…``), which are all that the function may write.
"""

from contextlib import suppress
from datetime import datetime
from typing import Any, NamedTuple

from botocore.exceptions import ClientError

from chalicelib import clock
from chalicelib.aws import organizations
from chalicelib.aws.clients import client, transient_as_unavailable
from chalicelib.errors import AWSUnavailable
from chalicelib.ledger.account_names import KEPT
from chalicelib.ledger.table import read_item, text
from chalicelib.settings import notifications_table

_DEEPEST = 5
"""Organizations nests units no deeper: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html."""


class _KeptNames(NamedTuple):
    names: str
    until: float
    """Epoch seconds."""


_paths: dict[str, _KeptNames] = {}
"""In the container, for no longer than in the table."""


def names(ou_path: str, until: float, now: datetime) -> str:
    """Name the units of a path, the nearest last; empty where there is none, or one can't be named.

    Nothing is asked once ``clock.running`` has come to ``until``: names are not worth the account's own.
    """
    units = [part for part in ou_path.split("/") if part.startswith("ou-")][:_DEEPEST]
    if not units:
        return ""
    path = "/".join(units)
    known = _paths.get(path)
    if known is None or known.until <= now.timestamp():
        try:
            known = _read(path, now) or _asked(units, path, until, now)
        except (AWSUnavailable, ClientError, TimeoutError):
            return ""
        _paths[path] = known
    return known.names


def forget() -> None:
    """Forget what the container knows, as a new one."""
    _paths.clear()


def _read(path: str, now: datetime) -> _KeptNames | None:
    found = read_item(f"account#{path}")
    until = float(text(found, "expires_at") or 0)
    return _KeptNames(text(found, "name"), until) if until > now.timestamp() else None


def _asked(units: list[str], path: str, until: float, now: datetime) -> _KeptNames:
    """Ask for each unit, and keep the answer for a day, a refusal too."""
    try:
        said = "/".join([_unit(unit, until) for unit in units])
    except ClientError:
        said = ""
    kept = _KeptNames(said, int((now + KEPT).timestamp()))
    # The next container asks again where it is not written.
    with suppress(AWSUnavailable, ClientError), transient_as_unavailable("dynamodb:PutItem"):
        client("dynamodb").put_item(TableName=notifications_table(), Item=_item(path, kept))
    return kept


def _unit(unit: str, until: float) -> str:
    if clock.running() >= until:
        raise TimeoutError(unit)
    return organizations.unit_name(unit)


def _item(path: str, kept: _KeptNames) -> dict[str, Any]:
    return {
        "finding_id": {"S": f"account#{path}"},
        "name": {"S": kept.names},
        "expires_at": {"N": str(int(kept.until))},
    }
