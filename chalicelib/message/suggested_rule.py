"""A rule ready to paste: the item that would suppress this finding here, as DynamoDB's console takes it."""

import json
import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from chalicelib.finding.model import Account, Finding, Thing
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
    named = _conditions(finding)
    shown = ", ".join(name for wanted in named.values() for name in wanted)
    rule: dict[str, Any] = {
        "finding_type": finding.type,
        "rule": f"{faults.shown(shown, 60)} {faults.shown(finding.id)[:8]}",
        "reason": words.catalogue(language).paste["reason"],
        "account_id": _pattern(dict.fromkeys((finding.account_id, *finding.accounts))),
        **{name: _pattern(wanted) for name, wanted in named.items()},
        "max_severity": Decimal(str(finding.severity)),
        "expires_at": f"{now + timedelta(days=DAYS):%Y-%m-%d}",
    }
    if patterns.wild(finding.type) or not named or max(map(len, named.values())) > MOST_RESOURCES:
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


def _conditions(finding: Finding) -> dict[str, list[str]]:
    """Name what the finding is about, by conditions that mean nothing else."""
    by_whom = [each.kind == "access_key" and not each.listed for each in finding.resources[:1]] == [True]
    names = ("principal",) if by_whom else ("resource_id", *BESIDE)
    named = {name: [_lasting(thing) for thing in finding.members.get(name, ())] for name in names}
    named["workload"] = [thing[-1] for thing in finding.members.get("workload", ()) if "workload" in names]
    if any("" in wanted for wanted in named.values()):
        return {}
    return {name: list(dict.fromkeys(wanted)) for name, wanted in named.items() if wanted}


BESIDE = ("namespace", "workload", "ecs_service", "container")
"""What runs in a cluster or on an instance: said where the finding says it."""


def _lasting(thing: Thing) -> str:
    """Choose the name that what comes again has too: no temporary key, and the cluster before its instance."""
    names = [name for name in thing if not name.startswith("ASIA")]
    clusters = [name for name in names if ":cluster/" in name]
    return next(iter((*clusters, *names)), "")


def _pattern(names: Iterable[str]) -> str | list[str]:
    """Write patterns that match these names only, even ones with wildcards in them or spaces around them."""
    exact = [_NOT_LITERAL.sub(lambda found: f"[{found[0]}]", name) for name in names]
    return exact[0] if len(exact) == 1 else exact


def _typed(value: object) -> dict[str, Any]:
    if isinstance(value, list):
        return {"L": [_typed(each) for each in value]}
    return {"N": str(value)} if isinstance(value, Decimal) else {"S": str(value)}
