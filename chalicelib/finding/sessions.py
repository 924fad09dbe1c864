"""Names that a caller chose: that of a role's session, that of a federated user. They are shown, and satisfy no rule.

Whoever assumes a role names the session, and may give it the name of anything: of another role, of an instance.
Ids and ARNs carry it too: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
"""

import re
from collections.abc import Iterable
from typing import Final

from chalicelib.finding.fields import unique

UNNAMED: Final = "—"
"""The id of somebody whom nothing names but what a caller chose."""

_ARN = r"(arn:[^:]*:sts::[^:]*:(?:assumed-role/[^/]+|federated-user))/(.*)"
_PRINCIPAL_ID = r"(A[A-Z]{2}A[A-Z0-9]{12,}|\d{12}):.*"

_WITH_SESSION = rf"{_ARN}|(?:A[A-Z]{{2}}A[A-Z0-9]+|\d{{12}}):.+"


def without_session(name: str) -> list[str]:
    """Read what is left of a name without the session's: ``AROA…:any`` is ``AROA…``.

    ``…:assumed-role/Admin/any`` is ``…:assumed-role/Admin``, and the same with a closing slash, which patterns for
    whatever session (``…/Admin/*``) match.
    """
    if arn := re.fullmatch(_ARN, name, re.DOTALL):
        return [arn[1], f"{arn[1]}/"]
    principal_id = re.fullmatch(_PRINCIPAL_ID, name, re.DOTALL)
    return [principal_id[1] if principal_id else name]


def sessions(names: Iterable[str]) -> frozenset[str]:
    """Read the sessions' names that principal ids carry behind their colon, and ARNs behind their last slash."""
    return frozenset(filter(None, map(_session, names)))


def _session(name: str) -> str:
    if arn := re.fullmatch(_ARN, name, re.DOTALL):
        return arn[2]
    return "" if name.startswith("arn:") else name.partition(":")[2]


_NAMED_BY_OTHERS: Final = frozenset(
    ("federateduser", "samluser", "webidentityuser", "directory", "identitycenteruser")
)
"""Types of users whose name is the person's."""


def person(user_type: str, user_name: str, *names: str) -> str:
    """Read who is behind a role that several may have: the session's name, or a federated user's.

    Args:
        user_type: the principal's type.
        user_name: its name, where that may be the person's.
        names: its ids and ARNs.
    """
    known = (_session(each) for each in (user_name, *names) if re.fullmatch(_WITH_SESSION, each, re.DOTALL))
    return next(filter(None, known), user_name if user_type.lower() in _NAMED_BY_OTHERS else "")


def without_chosen(names: list[str], chosen: frozenset[str]) -> list[str]:
    """Leave out names that a caller chose, and the session's in the others."""
    return unique(each for name in names if name not in chosen for each in without_session(name))


def made_of(name: str, chosen: Iterable[str]) -> bool:
    """Say whether a Kubernetes user name has a session's name in it: EKS's mappings may say ``{{SessionName}}``."""
    return any(each in name for each in chosen) and not re.fullmatch(_ARN, name, re.DOTALL)


def or_unnamed(names: list[str], said: Iterable[str]) -> list[str]:
    """Read ``UNNAMED`` where all that was said was left out: who is there has to be shown as somebody."""
    return names or [UNNAMED] * any(said)
