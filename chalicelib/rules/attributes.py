"""The attributes of a rule's item but its conditions, read strictly: what is not as described is ``Unreadable``.

Values come as boto3's ``TypeDeserializer`` gives them (S ``str``, N ``Decimal``, BOOL ``bool``, L ``list``,
SS and NS ``set``, NULL ``None``, M ``dict``, B bytes) or as plain JSON (numbers ``int`` and ``float``).
"""

import difflib
import re
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal

from chalicelib.rules import patterns
from chalicelib.rules.faults import Unreadable
from chalicelib.text import durations

Item = Mapping[str, object]

MEANT: Mapping[str, str] = {
    **dict.fromkeys(("instance_id", "arn", "resource", "resource_arn", "access_key_id"), "resource_id"),
    **dict.fromkeys(("ip", "ip_address", "remote_ip", "source_ip", "src_ip", "cidr"), "actor_ip"),
    **dict.fromkeys(("until", "expires", "expiry", "expiration", "end", "valid_until"), "expires_at"),
    **dict.fromkeys(("user", "username", "user_name", "role", "role_name", "principal_arn"), "principal"),
    **dict.fromkeys(("severity", "up_to"), "max_severity"),
    **dict.fromkeys(("account", "accounts", "aws_account_id"), "account_id"),
    **dict.fromkeys(("ou", "ou_id", "organizational_unit"), "ou_path"),
    **dict.fromkeys(("s3_bucket", "bucket_name"), "bucket"),
    **dict.fromkeys(("key", "s3_key", "object"), "object_key"),
    **dict.fromkeys(("lambda", "lambda_function", "function_name"), "function"),
    **dict.fromkeys(("db", "db_instance", "db_cluster", "rds"), "database"),
    **dict.fromkeys(("eks_cluster", "ecs_cluster", "cluster_name"), "cluster"),
    **dict.fromkeys(("service", "ecs_task"), "ecs_service"),
    **dict.fromkeys(("pod", "deployment", "daemonset", "pod_name"), "workload"),
    **dict.fromkeys(("image_name", "container_image"), "image"),
    **dict.fromkeys(("ami", "ami_id"), "image_id"),
    **dict.fromkeys(("vpc",), "vpc_id"),
    **dict.fromkeys(("subnet",), "subnet_id"),
    **dict.fromkeys(("security_group", "sg"), "security_group_id"),
    **dict.fromkeys(("session", "role_session_name"), "session_name"),
    **dict.fromkeys(("port", "dst_port"), "local_port"),
    **dict.fromkeys(("dns", "hostname", "url", "host"), "domain"),
    **dict.fromkeys(("hash", "sha256"), "file_hash"),
    **dict.fromkeys(("threat", "malware"), "threat_name"),
    **dict.fromkeys(("process", "executable_path", "path"), "process_path"),
    **dict.fromkeys(("comment", "description", "note", "why"), "reason"),
    **dict.fromkeys(("type",), "finding_type"),
    **dict.fromkeys(("id",), "finding_id"),
    **dict.fromkeys(("active", "disabled"), "enabled"),
    **dict.fromkeys(("answer_in", "ack_within", "sla", "remind_after", "within"), "answer_within"),
    **dict.fromkeys(("escalate", "escalate_to", "escalation"), "escalate_mention"),
    **dict.fromkeys(("runbook_url", "playbook", "playbook_url", "wiki", "what_to_do"), "runbook"),
}
"""What people call an attribute, and what it is called."""

_LONGEST_ADDRESS = 500
_ADDRESS = r"https://[A-Za-z0-9.-]+(?::\d{1,5})?(?:[/?#](?:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]|\{type\})*)?"
"""As ``settings.runbook_url`` has it: nothing in it ends a link of Slack's."""

_NUMBER = r"[0-9]+(\.[0-9]+)?"
_DAY = r"([0-9]{4})([-/])([0-9]{2})\2([0-9]{2})"
_MOMENT = r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:?[0-9]{2}.*"


def unknown(item: Item, known: Collection[str]) -> Iterator[Unreadable]:
    """Name each attribute that is not ``known``: it may be a misspelt condition."""
    for attribute in sorted(str(name) for name in item if name not in known):
        if near := _meant(attribute[: patterns.LONGEST].lower(), known):
            yield Unreadable("misspelt", attribute=attribute, near=near)
        else:
            yield Unreadable("unknown", attribute=attribute)


def _meant(attribute: str, known: Collection[str]) -> str:
    if (meant := MEANT.get(attribute.replace("-", "_"), "")) in known:
        return meant
    return next(iter(difflib.get_close_matches(attribute, sorted(known), n=1, cutoff=0.75)), "")


def name(item: Item, attribute: str) -> str:
    """Read a string that must be there and not be blank."""
    value = item.get(attribute)
    if not isinstance(value, str) or not value.strip():
        raise Unreadable("name", attribute=attribute)
    return value


def text(item: Item, attribute: str) -> str:
    """Read a string that may be missing (empty then)."""
    value = item.get(attribute, "")
    if not isinstance(value, str):
        raise Unreadable("text", attribute=attribute)
    return value.strip()


def address(item: Item, attribute: str) -> str:
    """Read an https address that may be missing (empty then); ``{type}`` may stand in it behind the host."""
    if attribute not in item:
        return ""
    written = name(item, attribute).strip()
    if len(written) > _LONGEST_ADDRESS or not re.fullmatch(_ADDRESS, written):
        raise Unreadable("https", attribute=attribute, value=written, limit=_LONGEST_ADDRESS)
    return written


def span(item: Item, attribute: str) -> int:
    """Read a span of time that may be missing (0 then), in seconds: ``15m``, ``24h``."""
    if attribute not in item:
        return 0
    written = name(item, attribute).strip()
    found = durations.seconds(written)
    if not found:
        raise Unreadable("span", attribute=attribute, value=written)
    return found


REASON_TO_WRITE = "(write here why this is known)"
"""Stands where the reason belongs in a rule that is offered: added as it is, the rule hides nothing."""


def reason(item: Item) -> str:
    """Read why: there must be a reason, and a person must have written it."""
    value = item.get("reason")
    if not isinstance(value, str) or not value.strip():
        raise Unreadable("reason")
    if value.strip() == REASON_TO_WRITE:
        raise Unreadable("reason_to_write")
    return value.strip()


def flag(item: Item, attribute: str, default: bool) -> bool:
    """Read a Boolean."""
    value = item.get(attribute, default)
    if not isinstance(value, bool):
        raise Unreadable("flag", attribute=attribute)
    return value


def severity(item: Item, attribute: str, default: float) -> float:
    """Read a severity from 0 to 10: a number, or a string of one."""
    if attribute not in item:
        return default
    value = plain_number(item[attribute])
    if value is None or not 0 <= value <= 10:
        raise Unreadable("severity", attribute=attribute)
    return value


def number(item: Item, attribute: str, default: float) -> float:
    """Read a number, or a string of one."""
    if attribute not in item:
        return default
    value = plain_number(item[attribute])
    if value is None:
        raise Unreadable("number", attribute=attribute)
    return value


def count(item: Item, attribute: str) -> int:
    """Read a counter of the state machine's: a number only."""
    value = item.get(attribute, 0)
    if isinstance(value, str):
        raise Unreadable("number", attribute=attribute)
    return int(number(item, attribute, 0))


def plain_number(value: object) -> float | None:
    """Read a number, or a string of one, without sign and exponent; ``None`` for anything else."""
    if isinstance(value, str):
        return float(value) if re.fullmatch(_NUMBER, value.strip()) else None
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    # Bounded before it is converted: float() of a huge int raises, of a huge Decimal is infinite.
    plain = not isinstance(value, Decimal) or value.is_finite()
    return float(value) if plain and -1e15 < value < 1e15 else None


def expiry(item: Item) -> datetime | None:
    """Read the last moment at which the rule holds, in UTC; ``None`` when it has no end."""
    if "expires_at" not in item:
        return None
    moment = _moment(item["expires_at"])
    if moment is None:
        raise Unreadable("date")
    return moment


def _moment(value: object) -> datetime | None:
    try:
        seconds = plain_number(value)
        if seconds is not None:
            return datetime.fromtimestamp(seconds, UTC)
        return _written(value.strip()) if isinstance(value, str) else None
    except (ValueError, OverflowError, OSError):  # a 13th month; a year that datetime has not
        return None


def _written(text: str) -> datetime | None:
    if day := re.fullmatch(_DAY, text):
        return datetime.combine(date(int(day[1]), int(day[3]), int(day[4])), time.max, UTC)
    if not re.fullmatch(_MOMENT, text):
        return None
    moment = datetime.fromisoformat(text)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
