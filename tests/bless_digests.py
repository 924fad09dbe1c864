"""The golden digests: storms, and what becomes of them in Slack, in both languages.

``python -m tests.bless_digests`` writes them anew, so that the diff shows what readers will see.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from chalicelib.message.console_links import execution_link
from chalicelib.message.digest import Digest, FoldedFinding
from chalicelib.message.digest_message import render, render_plain
from chalicelib.message.digest_thread import replies
from chalicelib.settings import LANGUAGES
from tests import goldens as goldens_of
from tests.bless import EXECUTION

DIGESTS = Path(__file__).parent / "digests"
WHOLE = frozenset({"storm"})
"""Kept whole; of the others what a person reads."""

NOON = datetime(2026, 11, 20, 14, 5, tzinfo=UTC)
PROBE, BRUTE_FORCE, TOR = (
    "Recon:EC2/PortProbeUnprotectedPort",
    "UnauthorizedAccess:EC2/SSHBruteForce",
    "UnauthorizedAccess:IAMUser/TorIPCaller",
)
KINDS = (*(f"Behavior:EC2/Kind{number:02d}" for number in range(30)),)
"""More than have room."""


def probe(number: int) -> FoldedFinding:
    """One of a port scan's findings: many accounts, two regions, few remote hosts."""
    account = number % 212 if number % 3 else number % 5
    return FoldedFinding(
        id=f"{number:032x}",
        type=PROBE,
        severity=2.0 if number % 10 else 5.0,
        account=f"{account:012d}",
        account_name=f"team-{account:03d}-prod" if account % 7 else "",
        region="us-east-1" if number % 8 == 0 else "eu-west-1",
        at=(NOON - timedelta(seconds=number % 200)).isoformat(),
        resources=(f"i-{number % 4000:017x}",),
        hosts=(f"198.51.100.{number % 4}", *(("scan.example.net",) if number % 9 == 0 else ())),
    )


def brute_force(number: int) -> FoldedFinding:
    """One of the few that matter among them."""
    return probe(number)._replace(
        type=BRUTE_FORCE,
        severity=8.0,
        account="111122223333",
        account_name="payments-prod",
        region="eu-west-1",
        resources=(f"payments-api-{number % 2}",),
        hosts=("203.0.113.80",),
        mention="<!here>",
    )


def tor(number: int) -> FoldedFinding:
    """One of a person's, which has no resource but an access key."""
    return probe(number)._replace(
        type=TOR, severity=5.0, resources=("deploy-bot",), hosts=("192.0.2.44",), region="us-east-1"
    )


def storm() -> list[FoldedFinding]:
    """A port scan over an organisation, and what else came in its minute."""
    return [
        *map(probe, range(9864)),
        *map(brute_force, range(10_000, 10_012)),
        *map(tor, range(20_000, 20_040)),
    ]


def digest(*findings: FoldedFinding, **more: Any) -> Digest:
    """Make the digest of findings."""
    whole = Digest("202611201405-3fa9c1d2", NOON, findings, "dev", execution=execution_link(EXECUTION))
    return replace(whole, **more)


def goldens() -> Iterator[tuple[Path, dict[str, Any]]]:
    """Make every golden digest and the path that it belongs to."""
    whole, samples = digest(*storm()), [brute_force(number)._replace(sample=True) for number in range(60)]
    noted = replace(whole, at_least=True, repeated=True, refused=("#payments", "channel_not_found"))
    kinds = [tor(number)._replace(type=kind) for number, kind in enumerate(KINDS)]
    for language in LANGUAGES:
        yield golden("storm", language), render(whole, language)
        yield golden("storm-as-plain-text", language), render_plain(whole, language)
        yield golden("storm-with-notes", language), render(noted, language)
        yield golden("storm-first-reply", language), replies(whole, language)[0]
        yield golden("storm-last-reply", language), replies(whole, language)[-1]
        yield golden("one", language), render(digest(brute_force(1)), language)
        yield golden("samples", language), render(digest(*samples), language)
        yield golden("some-samples", language), render(digest(*samples, *map(probe, range(60))), language)
        yield golden("many-types", language), render(digest(*kinds), language)


def golden(name: str, language: str) -> Path:
    """Name the file of a golden digest."""
    return goldens_of.golden(DIGESTS, name, language, whole=name in WHOLE)


def bless() -> None:
    """Write every golden digest."""
    goldens_of.rewrite(DIGESTS, goldens())


if __name__ == "__main__":
    bless()
