"""A rule ready to paste: the item that would suppress this finding here, as DynamoDB's console takes it."""

import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from chalicelib import faults, patterns, suppression
from chalicelib.attributes import Item
from chalicelib.finding.model import Account, Finding, Resource
from chalicelib.message import blocks, links

DAYS = 30
"""How long a pasted rule holds."""

MOST_RESOURCES = 20
"""Resources that one rule names: a longer list nobody reads before pasting it."""

TEXT_LIMIT = 2800
"""Characters of the item's JSON: it has to fit into one section of a message."""

# Wildcards, and spaces at either end, which reading a rule strips.
_NOT_LITERAL = re.compile(r"[*?[]|\A\s|\s\Z")

_REASON = {"en": "(write here why this is known)", "ja": "（既知である理由をここに記入）"}

_LEAD = {
    "en": "To suppress this here for {days} days, create this item (JSON view), with your reason:",
    "ja": "この検出結果を {days} 日間抑制するには、理由を書き換えて次の項目を作成します (JSON 表示):",
}
_OPEN_TABLE = {"en": "Suppression list in DynamoDB", "ja": "DynamoDB の抑制リスト"}


def item(finding: Finding, now: datetime, language: str = "en") -> dict[str, Any] | None:
    """Make the rule: this type, this account, this resource, up to this severity, for 30 days.

    None where no rule can say it: no resource, too many, or names that no rule may have. What is returned has
    been tried on the finding by the engine that suppresses.
    """
    rule = {
        "finding_type": finding.type,
        "rule": _name(finding),
        "reason": _REASON[language],
        "account_id": _one_or_all(_accounts(finding)),
        "resource_id": _one_or_all(_resources(finding)),
        "max_severity": Decimal(str(finding.severity)),
        "expires_at": f"{now + timedelta(days=DAYS):%Y-%m-%d}",
    }
    return rule if _suppresses(rule, finding, now) else None


def text(rule: Item) -> str:
    """Write an item as the console's JSON view takes it: DynamoDB JSON, in visible ASCII.

    What Slack would read as markup, and what no reader sees, is written as JSON's escapes: copied from a
    message it is still exactly this item.
    """
    written = json.dumps({name: _typed(value) for name, value in rule.items()}, indent=2)
    for character in "&<>`":
        written = written.replace(character, f"\\u{ord(character):04x}")
    return written


def table_link(partition: str, region: str, table: str) -> str:
    """Build the address of a table's items in the DynamoDB console, or "" for a partition that we don't know."""
    host = links._console(partition, region)
    page = f"/dynamodbv2/home?region={quote(region, safe='')}#item-explorer?table={quote(table, safe='')}"
    return host + page if host else ""


def render(finding: Finding, now: datetime, table: str, language: str) -> dict[str, Any] | None:
    """Make the reply that carries the rule: the item in a code block, and a link to the table; None without."""
    rule = item(finding, now, language)
    written = text(rule) if rule else ""
    if not 0 < len(written) <= TEXT_LIMIT:
        return None
    lead = _LEAD[language].format(days=DAYS)
    address = table_link(finding.partition, finding.home_region or finding.region, table)
    return {
        "text": f"{lead}\n```\n{written}\n```",
        "blocks": [
            blocks.section(f"{lead}\n```\n{written}\n```"),
            *blocks.buttons([("open_suppressions", _OPEN_TABLE[language], address)]),
        ],
        "unfurl_links": False,
        "unfurl_media": False,
    }


def _name(finding: Finding) -> str:
    resource = finding.resources[0].ids[0] if finding.resources else finding.account_id
    return f"{faults.shown(resource, 60)} ({faults.shown(finding.id, 8)})"


def _accounts(finding: Finding) -> list[str]:
    return [_exactly(account) for account in dict.fromkeys((finding.account_id, *finding.accounts))]


def _resources(finding: Finding) -> list[str]:
    """Name the resource: of one thing's facets the first, of a list as few as cover each of it."""
    facet = next((resource for resource in finding.resources if not resource.listed), None)
    if facet:
        return [_exactly(_known_as(facet))]
    return [_exactly(name) for name in _covering(finding)]


def _covering(finding: Finding) -> Iterator[str]:
    named: list[str] = []
    for resource in finding.resources:
        if not {*resource.ids, resource.name, resource.arn} & {*named}:
            named.append(_known_as(resource))
            yield named[-1]


def _known_as(resource: Resource) -> str:
    # Temporary access keys change with every session; the role or user that holds them does not.
    return resource.name if resource.kind == "access_key" and resource.name else resource.ids[0]


def _exactly(name: str) -> str:
    """Write a pattern that matches this name only, even one with wildcards in it or spaces around it."""
    return _NOT_LITERAL.sub(lambda found: f"[{found[0]}]", name)


def _one_or_all(values: list[str]) -> str | list[str]:
    return values[0] if len(values) == 1 else values


def _suppresses(rule: Item, finding: Finding, now: datetime) -> bool:
    if patterns.wild(finding.type) or len(_resources(finding)) > MOST_RESOURCES:
        return False
    return suppression.check(finding, Account(), [rule], now).suppressed


def _typed(value: object) -> dict[str, Any]:
    if isinstance(value, list):
        return {"L": [_typed(each) for each in value]}
    return {"N": str(value)} if isinstance(value, Decimal) else {"S": str(value)}
