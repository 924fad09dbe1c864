"""The golden messages: what each event of ``tests/events`` becomes in Slack, in both languages.

``python -m tests.bless`` writes them anew, so that the diff shows what readers will see.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from chalicelib.finding.event import parse
from chalicelib.finding.model import Account
from chalicelib.message.console_links import execution_link, table_link
from chalicelib.message.context import Links, MessageContext, Note, Suppressed
from chalicelib.message.render import render, render_news, render_plain
from chalicelib.settings import LANGUAGES
from tests import bless_rules
from tests import goldens as goldens_of

HERE = Path(__file__).parent
EVENTS = HERE / "events"
MESSAGES = HERE / "messages"
EXAMPLE = EVENTS / "example.json"

EXECUTION = "arn:aws:states:eu-west-1:111122223333:execution:guardduty-notifier-dev:1f0e9d8c"
SUPPRESSIONS = table_link("aws", "eu-west-1", "guardduty-notifier-dev-suppressions")
OU_PATH = "o-exampleorgid/r-ab12/ou-ab12-workloads/ou-ab12-payments1/111122223333/"

WHOLE = frozenset(
    {
        "attack-sequence",
        "example",
        "example-with-notes",
        "example-as-plain-text",
        "hostile",
        "iam-user-tor",
        "runtime-container",
        "s3-buckets-exfiltration",
    }
)
"""The events whose messages are kept whole; of the others what a person reads."""

NOTES = (
    Note("tags_unknown", {"why": "AccessDenied"}),
    Note("list_unreadable", {"error": "ThrottlingException"}),
    Note("rule_faulty", {"rule": "Recon:EC2/* / scanners", "why": "reason is missing"}),
    Note("channel_refused", {"channel": "#payments", "error": "channel_not_found"}),
    Note("possibly_repeated"),
)
NEWS = (
    Note("severity_rose", {"from": "5", "to": "8"}),
    Note("new_address", {"address": "198.51.100.7, 203.0.113.9"}),
    Note("count_grew", {"count": "120"}),
    Note("back_after", {"hours": "31"}),
)


def context(language: str, **more: Any) -> MessageContext:
    """Make what the golden messages are rendered with."""
    return MessageContext(
        account=Account("payments-prod", OU_PATH),
        links=Links(execution=execution_link(EXECUTION), suppressions=SUPPRESSIONS),
        language=language,
        **more,
    )


def goldens() -> Iterator[tuple[Path, dict[str, Any]]]:
    """Make every golden message and the path that it belongs to."""
    for language in LANGUAGES:
        for path in sorted(EVENTS.glob("*.json")):
            finding = parse(json.loads(path.read_text()))
            yield golden(path.stem, language), render(finding, context(language))
        yield from _variants(language)


def _variants(language: str) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Make what the example becomes when there is more to say than the finding."""
    example = parse(json.loads(EXAMPLE.read_text()))
    plain = context(language)
    urgent = context(language, mention="<!here>", notes=NOTES)
    since, until = datetime(2026, 11, 20, 9, 50, tzinfo=UTC), datetime(2026, 12, 31, 23, 59, tzinfo=UTC)
    hidden = context(language, suppressed=Suppressed(since, "scanner of the security team", until))
    yield golden("example-with-notes", language), render(example, urgent)
    yield golden("example-suppressed", language), render(example, hidden)
    yield golden("example-as-plain-text", language), render_plain(example, urgent)
    yield golden("example-with-news", language), render_news(example, plain, NEWS)


def golden(name: str, language: str) -> Path:
    """Name the file of a golden message."""
    return goldens_of.golden(MESSAGES, name, language, whole=name in WHOLE)


def bless() -> None:
    """Write every golden message; those without an event are deleted."""
    goldens_of.rewrite(MESSAGES, goldens())


if __name__ == "__main__":
    bless()
    bless_rules.bless()
