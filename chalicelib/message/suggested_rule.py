"""A rule ready to paste: the item that would suppress this finding here, as DynamoDB's console takes it."""

import json
import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from chalicelib.finding.model import Account, Finding, Resource
from chalicelib.message import blocks, console_links
from chalicelib.rules import faults, patterns, suppressions
from chalicelib.rules.attributes import Item
from chalicelib.text import words

DAYS = 30
"""How long a pasted rule holds."""

MOST_RESOURCES = 20
"""Resources that one rule names: a longer list nobody reads before pasting it."""

TEXT_LIMIT = 2800
"""Characters of the item's JSON: it has to fit into one section of a message."""

# Wildcards, and spaces at either end, which reading a rule strips.
_NOT_LITERAL = re.compile(r"[*?[]|\A\s|\s\Z")


def item(finding: Finding, now: datetime, language: str = "en") -> dict[str, Any] | None:
    """Make the rule: this type, this account, this resource, up to this severity, for 30 days.

    None where no rule can say it: no resource, too many, or names that no rule may have. What is returned has
    been tried on the finding by the engine that suppresses.
    """
    named = list(_resources(finding))
    rule = {
        "finding_type": finding.type,
        "rule": f"{faults.shown(', '.join(named), 60)} {faults.shown(finding.id)[:8]}",
        "reason": words.catalogue(language).paste["reason"],
        "account_id": _pattern(dict.fromkeys((finding.account_id, *finding.accounts))),
        "resource_id": _pattern(named),
        "max_severity": Decimal(str(finding.severity)),
        "expires_at": f"{now + timedelta(days=DAYS):%Y-%m-%d}",
    }
    if patterns.wild(finding.type) or len(named) > MOST_RESOURCES:
        return None
    return rule if suppressions.check(finding, Account(), [rule], now).suppressed else None


def text(rule: Item) -> str:
    """Write an item as the console's JSON view takes it: DynamoDB JSON, in visible ASCII.

    What Slack would read as markup, and what no reader sees, is written as JSON's escapes: copied from a
    message it is still exactly this item.
    """
    lines = (f"  {json.dumps(name)}: {json.dumps(_typed(value))}" for name, value in rule.items())
    written = "{\n" + ",\n".join(lines) + "\n}"
    for character in "&<>`":
        written = written.replace(character, f"\\u{ord(character):04x}")
    return written


def table_link(partition: str, region: str, table: str) -> str:
    """Build the address of a table's items in the DynamoDB console, or "" for a partition that we don't know."""
    host = console_links.console(partition, region)
    page = f"/dynamodbv2/home?region={quote(region, safe='')}#item-explorer?table={quote(table, safe='')}"
    return host + page if host else ""


def render(finding: Finding, now: datetime, table: str, language: str) -> dict[str, Any] | None:
    """Make the reply that carries the rule: the item in a code block, and a link to the table; None without."""
    rule = item(finding, now, language)
    written = text(rule) if rule else ""
    if not 0 < len(written) <= TEXT_LIMIT:
        return None
    lead = words.catalogue(language).paste["lead"].format(days=DAYS)
    address = table_link(finding.partition, finding.home_region or finding.region, table)
    return {
        "text": lead,
        "blocks": [
            blocks.section(f"{lead}\n```\n{written}\n```"),
            *blocks.buttons([("open_suppressions", words.label("open_suppressions", language), address)]),
        ],
        "unfurl_links": False,
        "unfurl_media": False,
    }


def _resources(finding: Finding) -> Iterator[str]:
    """Name what the finding is about: its first resource, and of a list as few as cover each of it."""
    named: list[str] = []
    for resource in _about(finding):
        if not {*resource.ids, resource.name, resource.arn} & {*named}:
            named.append(_known_as(resource))
            yield named[-1]


def _about(finding: Finding) -> tuple[Resource, ...]:
    first = finding.resources[:1]
    if first and first[0].listed:
        return tuple(each for each in finding.resources if each.listed)
    if first and first[0].kind == "eks_cluster":  # its workload says more exactly what the finding is about
        workloads = tuple(each for each in finding.resources if each.kind == "kubernetes_workload")
        return workloads[:1] or first
    return first


def _known_as(resource: Resource) -> str:
    # Temporary access keys change with every session; the role or user that holds them does not. A name that a
    # caller chose is no id.
    if resource.kind == "access_key" and resource.name in resource.ids:
        return resource.name
    if resource.kind == "kubernetes_workload":
        return next((name for name in resource.ids if "/" in name), resource.ids[0])
    return resource.ids[0]


def _pattern(names: Iterable[str]) -> str | list[str]:
    """Write patterns that match these names only, even ones with wildcards in them or spaces around them."""
    exact = [_NOT_LITERAL.sub(lambda found: f"[{found[0]}]", name) for name in names]
    return exact[0] if len(exact) == 1 else exact


def _typed(value: object) -> dict[str, Any]:
    if isinstance(value, list):
        return {"L": [_typed(each) for each in value]}
    return {"N": str(value)} if isinstance(value, Decimal) else {"S": str(value)}
