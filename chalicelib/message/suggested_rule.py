"""A rule ready to paste: the item that would suppress this finding here, as DynamoDB's console takes it."""

import json
from datetime import datetime
from decimal import Decimal
from typing import Any

from chalicelib.finding.model import Finding
from chalicelib.message import blocks, console_links
from chalicelib.rules.attributes import Item
from chalicelib.rules.suggested_rule import DAYS, suggest
from chalicelib.text import words

TEXT_LIMIT = 2800
"""Characters of the item's JSON: it has to fit into one section of a message."""


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


def render(finding: Finding, now: datetime, table: str, language: str) -> dict[str, Any] | None:
    """Make the reply that carries the rule: the item in a code block, and a link to the table; None without."""
    rule = suggest(finding, now, language)
    written = text(rule) if rule else ""
    if not 0 < len(written) <= TEXT_LIMIT:
        return None
    lead = words.catalogue(language).paste["lead"].format(days=DAYS)
    address = console_links.table_link(finding.partition, finding.home_region or finding.region, table)
    return {
        "text": lead,
        "blocks": [
            blocks.section(f"{lead}\n```\n{written}\n```"),
            *blocks.buttons([("open_suppressions", words.label("open_suppressions", language), address)]),
        ],
        "unfurl_links": False,
        "unfurl_media": False,
    }


def _typed(value: object) -> dict[str, Any]:
    if isinstance(value, list):
        return {"L": [_typed(each) for each in value]}
    return {"N": str(value)} if isinstance(value, Decimal) else {"S": str(value)}
