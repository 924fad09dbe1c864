"""The reminder of a finding or a digest that nobody has answered: a reply in its thread, or one message for many."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from chalicelib.message import blocks, notes, people, phrases
from chalicelib.text import words
from chalicelib.text.untrusted import code, inert

_MOST_NAMED = 10
_MOST_CALLED = 5


class Unanswered(NamedTuple):
    """A finding that waits for an answer, or a digest: then it says the rest of its highest finding."""

    severity: float
    type: str
    account: str
    account_name: str
    since: datetime
    """When it was posted."""
    folded: int = 0
    """Of a digest: how many findings it shows; 0: it is a finding."""
    in_hand: tuple[str, ...] = ()
    """Ids of users that have it in hand."""
    calls: tuple[str, ...] = ()
    """Slack's markup of whom the reminder calls."""
    permalink: str = ""
    """Where its message is."""

    @property
    def findings(self) -> int:
        """How many findings wait with it."""
        return self.folded or 1


def render(finding: Unanswered, now: datetime, language: str, *, last: bool) -> dict[str, Any]:
    """Make the reply in the finding's thread; ``last``: there will be no other."""
    said = words.catalogue(language).attention
    values = {
        "who": people.named(finding.in_hand, language),
        "since": phrases.moment(finding.since),
        "span": people.span(now - finding.since, language),
        "severity": phrases.severity(finding.severity, language),
        "type": inert(finding.type, 120),
        "digest": _digest(finding, language),
    }
    kind = "digest_" if finding.folded else ""
    waits = said[f"{kind}waits_in_hand" if finding.in_hand else f"{kind}waits"].format_map(values)
    how = _how([finding], language)
    shown = [_calling(finding.calls, waits), *([said["last"]] if last else []), how]
    briefly = said[f"{kind}waits_briefly"].format_map(values)
    return _payload(_calling(finding.calls, briefly), "\n".join(shown))


def render_pool(findings: Sequence[Unanswered], language: str) -> dict[str, Any]:
    """Make one message for many findings of a channel, the most urgent first."""
    said = words.catalogue(language).attention
    ranked = sorted(findings, key=lambda each: (-each.severity, each.since))
    calls = [each for finding in ranked for each in finding.calls]
    left = sum(each.findings for each in ranked[_MOST_NAMED:])
    count = {"count": str(sum(each.findings for each in ranked))}
    shown = [
        _calling(calls, said["pooled"].format_map(count)),
        *(f"• {_one(each, language)}" for each in ranked[:_MOST_NAMED]),
        *([said["pooled_more"].format(count=left)] if left > 0 else []),
        _how(ranked[:_MOST_NAMED], language),
    ]
    return _payload(_calling(calls, said["pooled_briefly"].format_map(count)), "\n".join(shown))


def _one(finding: Unanswered, language: str) -> str:
    severity = phrases.severity(finding.severity, language)
    return (
        words.catalogue(language)
        .attention["pooled_digest" if finding.folded else "pooled_one"]
        .format(
            digest=_digest(finding, language),
            message=f"<{finding.permalink}|{severity}>" if finding.permalink else severity,
            type=code(finding.type, 100),
            account=inert(finding.account_name or finding.account, 40),
            since=phrases.moment(finding.since),
        )
    )


def _digest(finding: Unanswered, language: str) -> str:
    said = words.catalogue(language).attention
    return said[words.plural("digest", finding.folded)].format(count=f"{finding.folded:,}")


def _how(findings: Iterable[Unanswered], language: str) -> str:
    """Say what to react to: the message of a finding, or of a digest."""
    said = words.catalogue(language).attention
    return said["how_digest" if any(each.folded for each in findings) else "how"]


def _calling(calls: Iterable[str], said: str) -> str:
    called = [notes.mention(each) for each in dict.fromkeys(filter(None, calls))]
    return " ".join((*called[:_MOST_CALLED], said))


def _payload(text: str, shown: str) -> dict[str, Any]:
    return {"text": text, "blocks": [blocks.section(shown)], "unfurl_links": False, "unfurl_media": False}
