"""Patterns: the partition keys that can match a finding's type, and shell-style wildcards in values."""

import fnmatch
import re
from collections.abc import Iterable

LONGEST = 2048
"""Characters of a value in a condition: no ARN is longer (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html)."""

_CUTS = re.compile(r"[:/.!]")
_BRACKETS = re.compile(r"\[!?\]?[^\]]*\]")
_WILDCARDS = frozenset("*?[")


def keys(finding_type: str) -> tuple[str, ...]:
    """Return every partition key whose rules may match this type, most specific first, without repetition.

    ``Recon:EC2/Portscan`` gives ``Recon:EC2/Portscan``, ``*:EC2/Portscan``, ``Recon:EC2/*``, ``*:EC2/*``,
    ``Recon:*``, ``*:*`` and ``*``. Any other key's rules can never match it.
    """
    cuts = [cut.end() for cut in _CUTS.finditer(finding_type)]
    heads = [finding_type] + [finding_type[:end] + "*" for end in reversed(cuts)]
    either = (key for head in heads for key in (head, _any_purpose(head)))
    return tuple(dict.fromkeys(key for key in (*either, "*:*", "*") if key))


def _any_purpose(key: str) -> str:
    _, colon, tail = key.partition(":")
    return f"*:{tail}" if colon and tail else ""


def key_fault(finding_type: str) -> str:
    """Return the fault's key when no type can ever have this partition key, else nothing."""
    if finding_type == "*":
        return ""
    if finding_type != finding_type.strip():
        return "key_space"
    tail = finding_type.removeprefix("*:")
    fixed = tail.removesuffix("*")
    if _WILDCARDS & set(fixed) or not tail or (fixed != tail and fixed and not _CUTS.match(fixed[-1])):
        return "key"
    return "" if ":" in finding_type else "key_colon"


def matches(value: str, patterns: Iterable[str]) -> bool:
    """Whether the whole value matches any of the shell-style patterns, case-sensitively."""
    return any(value == pattern or _matches(value, pattern) for pattern in patterns)


def _matches(value: str, pattern: str) -> bool:
    return wild(pattern) and fnmatch.fnmatchcase(value, pattern)


def wild(text: str) -> bool:
    """Whether a wildcard stands in it."""
    return bool(_WILDCARDS & set(text))


def literals(pattern: str) -> str:
    """Return what stands in a pattern outside of wildcards and brackets."""
    return "".join(character for character in _BRACKETS.sub("", pattern) if character not in _WILDCARDS)


def narrows(pattern: str) -> bool:
    """Whether a letter or digit stands in the pattern outside of brackets."""
    return any(map(str.isalnum, literals(pattern)))


def says_nothing(pattern: str) -> bool:
    """Whether the pattern is no condition: wildcards and marks only (``*``, ``?*``, ``*.*``).

    ``[!p]*`` has no literal outside its brackets either, but leaving it out would hide what it keeps: it is
    evaluated, and ``narrows`` does not count it.
    """
    stars = "*" in pattern or "?" in pattern
    return stars and not narrows(pattern) and not _BRACKETS.search(pattern)
