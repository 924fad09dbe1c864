"""The golden announcements: what each change of rules becomes in Slack, in both languages.

``python -m tests.bless_announcements`` writes them anew, so that the diff shows what readers will see.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from chalicelib.finding.model import Account
from chalicelib.message.context import Note
from chalicelib.rule_feed import message
from chalicelib.rule_feed.change import RuleChange, Table
from chalicelib.rules import dry_run
from chalicelib.rules.dry_run import Hidden, Hindsight
from chalicelib.settings import LANGUAGES
from tests import goldens as goldens_of

ANNOUNCEMENTS = Path(__file__).parent / "announcements"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
PAGES = {
    name: f"https://eu-west-1.console.aws.amazon.com/dynamodbv2/home?region=eu-west-1#item-explorer?table={name}"
    for name in ("suppressions", "routes")
}

WHOLE = frozenset({"added", "added-hostile", "many"})
"""The cases whose announcements are kept whole; of the others what a person reads."""

Item = dict[str, Any]

USUAL: Item = {
    "finding_type": "Recon:EC2/*",
    "rule": "scanners",
    "reason": "our own scanner",
    "account_name": "pay-*",
    "expires_at": "2026-12-31",
    "match_count": Decimal(12),
    "last_matched_at": "2026-11-21T10:20:30Z",
}
HOSTILE: Item = USUAL | {
    "rule": "`x` <!channel> @here \u202egnp",
    "reason": "see https://evil.example.com/a?b&c <!here>\n*Valid.* :tada: ```",
    "container": ["<@U012AB>", "evil.example.com"],
}
BY_ANYONE: Item = {
    "finding_type": "Recon:EC2/PortProbeUnprotectedPort",
    "rule": "ssh",
    "reason": "everybody probes it",
    "local_port": Decimal(22),
    "max_severity": Decimal("3.9"),
    "expires_at": "2026-12-31",
}
ROUTE: Item = {
    "finding_type": "*",
    "rule": "payments",
    "ou_path": "Root/Payments*",
    "channel": "C0123PAY",
    "mention": "@here",
}
ANSWERED: Item = {"answer_within": "30m", "escalate_mention": "S0123456789"}


def change(
    old: Item | None, new: Item | None, table: Table = "suppressions", minutes: float = 0
) -> RuleChange:
    """A change that was made some minutes ago."""
    return RuleChange(table, old, new, NOW - timedelta(minutes=minutes))


def _many() -> list[RuleChange]:
    wide = change(None, USUAL | {"finding_type": "*:EC2/*", "rule": "wide", "account_id": "111122223333"})
    harmless = [change(None, ROUTE | {"rule": f"route {number}"}, "routes") for number in range(12)]
    return [*harmless, wide]


CASES: Mapping[str, Sequence[RuleChange]] = {
    "added": [change(None, USUAL)],
    "added-faulty": [change(None, USUAL | {"acount_id": "111122223333"})],
    "added-never": [change(None, USUAL | {"finding_type": "Recon:EC2/Port*"})],
    "added-expired": [change(None, USUAL | {"expires_at": "2026-11-01"})],
    "added-by-two": [change(None, USUAL | {"domain": "scan.example.com"})],
    "added-by-anyone": [change(None, BY_ANYONE)],
    "added-hostile": [change(None, HOSTILE)],
    "changed": [change(USUAL, USUAL | {"max_severity": Decimal("6.9"), "account_name": {"pay-*", "shop-*"}})],
    "changed-to-faulty": [change(USUAL, {name: USUAL[name] for name in USUAL if name != "reason"})],
    "changed-to-off": [change(USUAL, USUAL | {"enabled": False})],
    "deleted": [change(USUAL, None)],
    "deleted-faulty": [change(USUAL | {"domain": ""}, None)],
    "late": [change(None, USUAL, minutes=95)],
    "route-added": [change(None, ROUTE, "routes")],
    "route-changed": [change(ROUTE, ROUTE | {"channel": "#payments"}, "routes")],
    "route-escalating": [change(ROUTE, ROUTE | ANSWERED, "routes")],
    "route-deleted": [change(ROUTE, None, "routes")],
    "several": [change(None, USUAL), change(USUAL, USUAL | {"region": "eu-*"}), change(USUAL, None)],
    "many": _many(),
}
"""The changes of each case; the past is the same for all."""


def payload(
    changes: Sequence[RuleChange], language: str, notes: Sequence[Note] = (), **past: Any
) -> dict[str, Any]:  # fmt: skip
    """Render the changes; whatever hides would have hidden twelve findings."""
    hiding = [each for each in changes if each.hides(NOW)]
    known: dict[str, Any] = {
        "hidden": tuple(hidden(each.item, findings=12, highest=8.0) for each in hiding),
        "findings": 3400,
        "region": "eu-west-1",
    }
    seen = Hindsight(**(known | past))
    announced = message.announced(changes, seen, NOW)
    return message.render(announced, seen, NOW, language, notes, PAGES)


def hidden(item: Mapping[str, object], **found: Any) -> Hidden:
    """What is known of a rule alone, and what it would have hidden."""
    (of_the_rule,), _ = dry_run.look_back([item], [], lambda _: Account(), NOW)
    return replace(of_the_rule, **found)


def goldens() -> Iterator[tuple[Path, dict[str, Any]]]:
    """Make every golden announcement and the path that it belongs to."""
    for language in LANGUAGES:
        for name, changes in CASES.items():
            yield golden(name, language), payload(changes, language)
        added = CASES["added"]
        repeated = (Note("possibly_repeated"), Note("table_unreachable", {"error": "Throttling"}))
        yield golden("repeated", language), payload(added, language, repeated)
        yield (
            golden("past-unknown", language),
            payload(added, language, hidden=(), unknown="AccessDenied <!here>"),
        )
        yield golden("past-empty", language), payload(added, language, hidden=(hidden(USUAL),))
        in_part = (hidden(USUAL, findings=1, highest=9.5, unnamed=3),)
        yield golden("past-in-part", language), payload(added, language, hidden=in_part, complete=False)


def golden(name: str, language: str) -> Path:
    """Name the file of a golden announcement."""
    return goldens_of.golden(ANNOUNCEMENTS, name, language, whole=name in WHOLE)


def bless() -> None:
    """Write every golden announcement; those without a case are deleted."""
    goldens_of.rewrite(ANNOUNCEMENTS, goldens())


if __name__ == "__main__":
    bless()
