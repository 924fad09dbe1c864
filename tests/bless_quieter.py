"""The golden weekly messages: the rules that would have cut most, in both languages.

``python -m tests.bless_quieter`` writes them anew, so that the diff shows what readers will see.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from chalicelib.catch_up import quieter_message
from chalicelib.catch_up.quieter_message import Offer
from chalicelib.finding.event import parse
from chalicelib.finding.model import Account, Finding
from chalicelib.rules.quieter import PostedFinding, quieter
from chalicelib.settings import LANGUAGES
from tests import goldens as goldens_of
from tests.bless import EVENTS, SUPPRESSIONS

OFFERS = Path(__file__).parent / "offers"
NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
DAYS = 14

POSTED = {"ec2-port-probe": 41, "iam-user-anomaly": 12, "s3-bucket-public": 7, "iam-user-tor": 4}
"""How often each event was posted. The last came too seldom for a rule."""


def again(name: str, number: int, **changed: Any) -> Finding:
    """An event of ``tests/events`` that came once more, as a finding of its own below Critical."""
    event = json.loads((EVENTS / f"{name}.json").read_text("utf-8"))
    when = (NOW - timedelta(hours=number)).isoformat()
    event["detail"] |= {"id": f"{number:04x}{event['detail']['id'][4:]}", "updatedAt": when, **changed}
    return parse(event)


def offer() -> Offer:
    """What is offered of them; two more findings were not posted."""
    posted = [
        PostedFinding(again(name, number, severity=5), Account(), open=False)
        for name, count in POSTED.items()
        for number in range(count)
    ]
    others = [(again("iam-user-anomaly", number, severity=5), Account()) for number in (90, 91)]
    return Offer(quieter(posted, others, NOW), DAYS, "dev", SUPPRESSIONS)


def goldens() -> Iterator[tuple[Path, dict[str, Any]]]:
    """Make every golden message and the path that it belongs to."""
    for language in LANGUAGES:
        yield golden("quieter", language), quieter_message.payload(offer(), language)


def golden(name: str, language: str) -> Path:
    """Name the file of a golden message."""
    return goldens_of.golden(OFFERS, name, language, whole=True)


def bless() -> None:
    """Write every golden message."""
    goldens_of.rewrite(OFFERS, goldens())


if __name__ == "__main__":
    bless()
