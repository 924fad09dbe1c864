"""How a condition's values are compared with one name: each way makes, of the values, a question about a name."""

import ipaddress
import re
from collections.abc import Callable
from fnmatch import translate
from functools import lru_cache

from chalicelib.rules.patterns import wild
from chalicelib.rules.values import network

Question = Callable[[str], bool]


@lru_cache(maxsize=512)
def by_patterns(wanted: tuple[str, ...]) -> Question:
    """Ask whether the whole name matches any of the shell-style patterns, case-sensitively."""
    exact = frozenset(wanted)
    patterns = [translate(pattern) for pattern in wanted if wild(pattern)]
    if not patterns:
        return exact.__contains__
    # Since Python 3.11 each "*" becomes an atomic group, so hostile patterns can't backtrack:
    # https://github.com/python/cpython/blob/3.11/Lib/fnmatch.py
    any_of_them = re.compile("|".join(patterns))
    return lambda name: name in exact or any_of_them.match(name) is not None


_OF_S3 = re.compile(r"arn:[^:]*:s3:")


@lru_cache(maxsize=512)
def by_ids(wanted: tuple[str, ...]) -> Question:
    """Ask as ``by_patterns``, but of an object's ARN what stands before the first slash, and the key behind it, apart.

    Whoever writes the object chooses its key: no wildcard that means a bucket, or anything else, may reach into it.
    """
    is_meant = by_patterns(wanted)
    halves = [value.partition("/") for value in wanted]
    objects = [(by_patterns((bucket,)), by_patterns((key,))) for bucket, slash, key in halves if slash]

    def named(name: str) -> bool:
        bucket, slash, key = name.partition("/")
        if not slash or not _OF_S3.match(name):
            return is_meant(name)
        return any(of_bucket(bucket) and of_key(key) for of_bucket, of_key in objects)

    return named


@lru_cache(maxsize=512)
def by_networks(wanted: tuple[str, ...]) -> Question:
    """Ask whether the name is an address in any of the networks; an IPv4 address in IPv6's form is both."""
    networks = [network(cidr) for cidr in wanted]

    def within(name: str) -> bool:
        try:
            parsed = ipaddress.ip_address(name.strip())
        except ValueError:
            return False
        mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
        return any(one in cidr for one in (parsed, mapped) if one is not None for cidr in networks)

    return within
