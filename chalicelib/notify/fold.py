"""A finding goes into the minute's digest of its channel, as its own message would have to wait for too long."""

from chalicelib import clock
from chalicelib.finding.model import Finding
from chalicelib.ledger import clocks, digests
from chalicelib.ledger.claim import instant
from chalicelib.ledger.notifications import FindingEntry
from chalicelib.ledger.table import as_unreadable
from chalicelib.message.digest import MOST_HOSTS, MOST_RESOURCES, FoldedFinding
from chalicelib.notify import lookups, own_digest, recording, turns
from chalicelib.notify.answers import PostAnswer
from chalicelib.notify.delivery import Done, Plan
from chalicelib.notify.job import Job

_LONGEST_NAME = 120
"""Characters: ten thousand of these are read at once."""


def join(job: Job, entry: FindingEntry, plan: Plan, seconds: int) -> PostAnswer:
    """Write that the digest shows the finding, then see to it that somebody posts the digest.

    In this order: whoever dies in between comes back as a member, and sees to it then. Raises LedgerUnreadable,
    AWSUnavailable, ConditionFailed.
    """
    kept = entry.item.place
    with as_unreadable():
        id_ = digests.digest_id(clocks.item_key(plan.channel), clock.now())
        recorded = recording.recorded(job, entry.item, plan, Done("folded", "", ""))
        member = {"fold": digests.fold(id_, _key(job)), "folded": digests.written(folded(job, plan))}
        entry.change({**recorded, **member})
    turns.leave(kept)
    return own_digest.see_to(job, id_, f"Its own message would have waited for {seconds} s.")


def folded(job: Job, plan: Plan) -> FoldedFinding:
    """Say what the digest is to say of the finding."""
    finding = job.finding
    return FoldedFinding(
        id=_key(job),
        type=finding.type[:_LONGEST_NAME],
        severity=finding.severity,
        account=finding.account_id[:_LONGEST_NAME],
        account_name=lookups.account(job.state).name[:_LONGEST_NAME],
        region=finding.region[:_LONGEST_NAME],
        partition=finding.partition[:_LONGEST_NAME],
        at=_at(finding, job),
        resources=tuple(each[:_LONGEST_NAME] for each in _resources(finding)),
        hosts=tuple(each[:_LONGEST_NAME] for each in (*finding.actor_ips, *finding.domains)[:MOST_HOSTS]),
        sample=finding.sample,
        channel=plan.channel,
        mention=plan.context.mention,
        within=plan.asking.within,
        reminds=plan.asking.reminds,
        escalate=plan.asking.escalate,
    )


def _key(job: Job) -> str:
    return job.claim["finding_id"] if job.claim else ""


def _at(finding: Finding, job: Job) -> str:
    seen = finding.last_seen or finding.updated_at
    return instant(seen) if seen else job.update


def _resources(finding: Finding) -> list[str]:
    own = [each for each in finding.resources if not each.facet]
    return [each.name or each.ids[0] for each in own[:MOST_RESOURCES]]
