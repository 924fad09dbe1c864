"""A digest's message as it is sent: what it says, where it goes, whose answer it asks for."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from chalicelib import clock, settings
from chalicelib.ledger import digests
from chalicelib.ledger.claim import instant
from chalicelib.ledger.decide import FindingItem, is_unanswered
from chalicelib.ledger.watch import Watch
from chalicelib.message import digest_message
from chalicelib.message.console_links import execution_link
from chalicelib.message.digest import Digest, FoldedFinding
from chalicelib.message.mark import Mark, MarkKind, finding_hash, marked
from chalicelib.notify import opening
from chalicelib.slack.post import Letter


class DigestLetter(NamedTuple):
    """A digest, and the channel where its findings were to go."""

    digest: Digest
    channel: str

    def dressed(self, asked: Watch | None) -> Letter:
        """Make what is sent, with the answer that is asked for on it."""
        letter = self._letter(self.digest, self.channel, asked)
        if self.channel == settings.slack_channel():
            return letter

        def elsewhere(refusal: str) -> Letter:
            """A route's wrong channel must not swallow the digest: it goes to SLACK_CHANNEL and says so."""
            refused = replace(self.digest, refused=(self.channel, refusal))
            return self._letter(refused, settings.slack_channel(), asked)

        return letter._replace(elsewhere=elsewhere)

    def _letter(self, of: Digest, channel: str, asked: Watch | None) -> Letter:
        language, mark = settings.message_language(), mark_of(of.id, of.findings)
        return Letter(
            channel,
            marked(digest_message.render(of, language), mark),
            plain=lambda: marked(digest_message.render_plain(of, language), mark),
            dress=opening.dress(asked, language),
        )


def letter(
    id_: str, execution: str, findings: Sequence[FoldedFinding], item: FindingItem, *, at_least: bool
) -> DigestLetter:
    """Say what a digest's message says, and where it goes."""
    said = Digest(
        id=id_,
        begins=digests.begins(id_),
        findings=findings,
        stage=settings.stage(),
        at_least=at_least,
        repeated=bool(item.repeated) or is_unanswered(item),
        execution=execution_link(execution),
        access_portal=settings.access_portal_url(),
        runbook=settings.runbook_url(),
    )
    channel = next((each.channel for each in said.ranked if each.channel), settings.slack_channel())
    return DigestLetter(said, channel)


def mark_of(id_: str, findings: Sequence[FoldedFinding]) -> Mark:
    """Mark a digest's message."""
    highest = max((each.severity for each in findings), default=0.0)
    hashed = finding_hash(digests.key(id_))
    return Mark(MarkKind.DIGEST, hashed, instant(digests.begins(id_)), highest, len(findings))


def watched(id_: str, findings: Sequence[FoldedFinding]) -> Watch | None:
    """Say which one answer a digest asks for: as soon as any of its findings, of whom the highest calls."""
    asking = [each for each in findings if each.within]
    if not asking:
        return None
    first = max(asking, key=lambda each: (each.severity, each.at))
    calls = sorted((each for each in asking if each.mention), key=lambda each: -each.severity)
    later = sorted((each for each in asking if each.escalate), key=lambda each: -each.severity)
    asked = Watch(
        opening=instant(digests.begins(id_)),
        posted_at=instant(clock.now()),
        within=min(each.within for each in asking),
        severity=first.severity,
        type=first.type,
        account=first.account,
        account_name=first.account_name,
        region=first.region,
        folded=len(findings),
        reminds=any(each.reminds for each in asking),
        mention=calls[0].mention if calls else "",
        escalate=later[0].escalate if later else "",
    )
    return asked.with_(shown=asked.said)
