"""Ids that AWS makes: nobody chooses them, so nobody can give something the id of another."""

import re
from typing import Final

from chalicelib.finding.arns import arn_id

_PREFIXED: Final = r"(?:i|eni|vol|snap|ami|vpc|subnet|sg|lt)-[0-9a-f]+"
_DATABASE: Final = r"(?:db|cluster)-[A-Z0-9]+|shardgroup-[0-9a-z]+"
_OF_IAM: Final = r"A[A-Z]{2}A[A-Z0-9]+"
_ACCOUNT: Final = r"[0-9]{12}"
_HEXADECIMAL: Final = r"[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"

_IN_ARNS: Final = frozenset(
    {
        ("bedrock", "guardrail"),
        ("cloudformation", "stack"),
        *(("ec2", kind) for kind in ("image", "instance", "launch-template", "network-interface")),
        *(("ec2", kind) for kind in ("security-group", "snapshot", "subnet", "volume", "vpc")),
        ("ecs", "task"),
        ("rds", "shard-group"),
    }
)
"""Services and kinds whose ARNs end in an id that AWS made: all others may end in a name of the id's form."""

_MADE: Final = re.compile("|".join((_PREFIXED, _DATABASE, _OF_IAM, _ACCOUNT, _HEXADECIMAL)))
_PRINCIPAL: Final = re.compile(f"{_OF_IAM}|{_ACCOUNT}")
_SESSION: Final = re.compile(r"arn:[^:]*:sts:")


def is_made_by_aws(text: str) -> bool:
    """Know an id by its form; an ARN is none."""
    return bool(_MADE.fullmatch(text))


def is_arn(text: str) -> bool:
    """Know the ARN of a resource; that of a session, whose end a caller chose, is none."""
    return text.startswith("arn:") and not _SESSION.match(text)


def id_in_arn(arn: str) -> str:
    """Read the id that AWS made from an ARN; of a bucket, a cluster or a database, which people name, there is none."""
    parts = arn.split(":", 5)
    if len(parts) < 6 or (parts[2], re.split("[:/]", parts[5])[0]) not in _IN_ARNS:
        return ""
    return own if is_made_by_aws(own := arn_id(arn)) or parts[2] == "bedrock" else ""


def principal_id(text: str) -> str:
    """Read the id of a user, role or account, without what stands behind its colon: a caller chose that."""
    own = text.partition(":")[0]
    return own if _PRINCIPAL.fullmatch(own) else ""


def unqualified(arn: str) -> str:
    """Leave out the version or alias of a function's ARN; any other stays."""
    parts = arn.split(":")
    return ":".join(parts[:7]) if len(parts) > 7 and parts[2:6:3] == ["lambda", "function"] else arn
