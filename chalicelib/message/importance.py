"""What a responder acts on comes first: credentials, what is public, other accounts, what most of the steps name.

A list that is too long is cut at its end, so its order decides what a reader sees.
"""

import re
from collections.abc import Callable, Sequence
from itertools import groupby

from chalicelib.finding.model import Finding, Resource
from chalicelib.message import resources
from chalicelib.text import words

CREDENTIALS = "access_key"


def ordered(finding: Finding) -> list[Resource]:
    """Put the resources in order; the one that a plain finding is about stays the first."""
    lead = [] if finding.signals else list(finding.resources[:1])
    return lead + sorted(finding.resources[len(lead) :], key=lambda each: _rank(each, finding))


def _rank(each: Resource, finding: Finding) -> tuple[bool, bool, bool, bool, int, list[tuple[int, str]]]:
    return (
        each.facet and not each.public and each.kind != CREDENTIALS,
        each.kind != CREDENTIALS,
        not each.public,
        each.account_id in ("", finding.account_id),
        -each.signals,
        _natural(resources.called(each)),
    )


def _natural(name: str) -> list[tuple[int, str]]:
    """Order names as people count: ``node-2`` before ``node-10``."""
    parts = re.split(r"([0-9]{1,18})", name)
    return [(int(part), "") if part.isdecimal() and part.isascii() else (0, part) for part in parts]


def things(finding: Finding) -> list[Resource]:
    """Take what the finding is about, without what only belongs to another of its resources."""
    found = [each for each in ordered(finding) if not each.facet]
    return found or list(finding.resources[:1])


def of_a_kind(found: Sequence[Resource]) -> list[list[Resource]]:
    """Group resources by kind; the groups in the order of the most important of each."""
    kinds = list(dict.fromkeys(each.kind for each in found))
    grouped = groupby(sorted(found, key=lambda each: kinds.index(each.kind)), key=lambda each: each.kind)
    return [list(group) for _, group in grouped]


def counts(
    finding: Finding, language: str, show: Callable[[str, int], str], *, public: bool = True
) -> list[str]:
    """Count what the finding is about: ``6 S3 buckets, 1 public``; one alone is named.

    Args:
        show: makes a name fit for where it stands: ``code``, ``inert``.
        public: whether to say how many of them are public.
    """
    return [_count(group, language, show, says_public=public) for group in of_a_kind(things(finding))]


def _count(
    group: Sequence[Resource], language: str, show: Callable[[str, int], str], *, says_public: bool
) -> str:
    kind = resources.kind(group[0], language)
    if len(group) == 1:
        return resources.briefly(group[0], language, show)
    said = words.sentence(
        words.plural("counted", len(group)), language, {"count": str(len(group)), "kind": kind}
    )
    public = sum(each.public for each in group) if says_public else 0
    return (
        words.sentence("counted_public", language, {"what": said, "public": str(public)}) if public else said
    )
